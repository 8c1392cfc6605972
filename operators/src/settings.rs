//! Settings of operators: every setting with its unit, default and range in one place, so that configuration, command line and
//! trials all know them.

/// One setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Name with its unit.
    pub name: &'static str,
    /// Default.
    pub default: u32,
    /// Smallest value allowed.
    pub low: u32,
    /// Largest value allowed.
    pub high: u32,
    /// What it means.
    pub meaning: &'static str,
}

/// Makes a struct of whole numbers with their defaults and ranges, a list `ALL` of them, and `set` by name.
macro_rules! settings {
    ($(#[doc = $about:literal])* $kind:ident, $of:literal;
     $(#[doc = $doc:literal] $name:ident = $default:literal in $low:literal..=$high:literal;)*) => {
        $(#[doc = $about])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $kind {
            $(#[doc = $doc] pub $name: u32,)*
        }

        impl Default for $kind {
            fn default() -> Self {
                Self { $($name: $default,)* }
            }
        }

        impl $kind {
            /// Every setting: name, default, smallest and largest value, what it means.
            pub const ALL: &'static [$crate::settings::Setting] = &[
                $($crate::settings::Setting {
                    name: stringify!($name), default: $default, low: $low, high: $high, meaning: $doc,
                },)*
            ];

            /// Sets one setting by name.
            ///
            /// # Errors
            /// In words, when there is no such setting or the value is outside its range.
            pub fn set(&mut self, name: &str, value: u32) -> Result<(), String> {
                let (field, range) = match name {
                    $(stringify!($name) => (&mut self.$name, $low..=$high),)*
                    _ => return Err(format!(concat!("no ", $of, " setting is called {:?}"), name)),
                };
                if !range.contains(&value) {
                    return Err(format!("{name} = {value} is outside {}..={}", range.start(), range.end()));
                }
                *field = value;
                Ok(())
            }
        }
    };
}

pub(crate) use settings;
