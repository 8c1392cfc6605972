//! What can be set on dwells: every setting with its unit, default and range in one place.

use crate::settings::settings;

settings! {
    /// Settings of dwells, whole numbers with the unit last in the name.
    DwellSettings, "dwell";
    /// A stay ends when they are elsewhere, or not seen, for longer than this; shorter ones end nothing.
    absence_ms = 1000 in 0..=600_000;
    /// A stay shorter than this is none: somebody brushed a border.
    stay_min_ms = 300 in 0..=60_000;
    /// Who moves less than this in `still_ms` stands still.
    still_mm = 250 in 10..=5000;
    /// The time in which they move less.
    still_ms = 1000 in 100..=60_000;
    /// Who stands still in a zone for so long altogether has stopped there.
    stopped_ms = 2000 in 0..=600_000;
    /// Who stands still in it for so long loiters.
    loitered_ms = 90_000 in 0..=86_400_000;
}
