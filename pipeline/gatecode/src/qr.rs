//! QR: a code as something that a camera reads.

#[cfg(test)]
mod tests;

use fast_qr::{ECL, QRBuilder};

/// Light modules around a symbol; readers need them.
pub const QUIET_MODULES: u32 = 4;
/// Largest module, in pixels.
pub const MODULE_PX_MAX: u32 = 32;

/// Black on white in colours that a terminal's theme does not change (of the 256).
const BLACK_ON_WHITE: &str = "\x1b[38;5;16;48;5;231m";
const PLAIN: &str = "\x1b[0m";

/// Why there is no symbol. Give up: the text has to be another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QrError {
    /// There is nothing to draw.
    #[error("there is nothing to draw")]
    Empty,
    /// No symbol holds so much.
    #[error("no QR symbol holds {0} bytes: 2953 is the most")]
    TooLong(usize),
}

/// A QR symbol (ISO/IEC 18004): a square of dark and light modules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    side: u32,
    dark: Vec<bool>,
}

impl Symbol {
    /// The smallest symbol of this text that stands the loss of 15 % of it (level M); of 7 % (L), where M does not hold the text.
    /// A code of 500 characters makes a symbol of about 85 modules a side.
    ///
    /// # Errors
    /// [`QrError`]; a code of [`issue`](crate::issue) always has a symbol.
    ///
    /// ```
    /// let symbol = gatecode::qr::Symbol::of("v4.public.made-up")?;
    /// assert_eq!(symbol.side(), 25);
    /// # Ok::<(), gatecode::qr::QrError>(())
    /// ```
    pub fn of(code: &str) -> Result<Self, QrError> {
        if code.is_empty() {
            return Err(QrError::Empty);
        }
        let drawn = [ECL::M, ECL::L].into_iter().find_map(|level| QRBuilder::new(code).ecl(level).build().ok());
        let drawn = drawn.ok_or(QrError::TooLong(code.len()))?;
        let dark = (0..drawn.size).flat_map(|y| drawn[y][..drawn.size].iter().map(|module| module.value())).collect();
        Ok(Self { side: u32::try_from(drawn.size).expect("177 at most"), dark })
    }

    /// Modules a side, without the quiet zone: 21 to 177.
    pub fn side(&self) -> u32 {
        self.side
    }

    /// Whether the module in column `x` of row `y` is dark, from 0 at the upper left; outside the symbol all is light.
    pub fn dark(&self, x: u32, y: u32) -> bool {
        x < self.side && y < self.side && self.dark[(y * self.side + x) as usize]
    }

    /// A greyscale PNG, black on white with the quiet zone around it; `module_px` pixels a module, taken as 1 if less and
    /// as [`MODULE_PX_MAX`] if more. A camera wants 3 at least of its own pixels a module.
    pub fn png(&self, module_px: u32) -> Vec<u8> {
        let module_px = module_px.clamp(1, MODULE_PX_MAX);
        let side_px = (self.side + 2 * QUIET_MODULES) * module_px;
        let mut pixels = Vec::with_capacity((side_px * side_px) as usize);
        for y in 0..side_px {
            let row = (0..side_px).map(|x| if self.dark_framed(x / module_px, y / module_px) { 0 } else { 255 });
            pixels.extend(row);
        }
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, side_px, side_px);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::Eight);
        let written = encoder.write_header().and_then(|mut writer| writer.write_image_data(&pixels));
        written.expect("memory takes a picture of its own size");
        file
    }

    /// Lines for a terminal, each two rows of modules high, in half blocks with the quiet zone around them. Colours are set, so that it
    /// is dark on light in every terminal that knows 256 of them.
    pub fn terminal(&self) -> String {
        let side = self.side + 2 * QUIET_MODULES;
        let mut text = String::new();
        for y in (0..side).step_by(2) {
            text += BLACK_ON_WHITE;
            text.extend((0..side).map(|x| match (self.dark_framed(x, y), self.dark_framed(x, y + 1)) {
                (false, false) => ' ',
                (true, false) => '▀',
                (false, true) => '▄',
                (true, true) => '█',
            }));
            text += PLAIN;
            text.push('\n');
        }
        text
    }

    /// [`Symbol::dark`], counted from the corner of the quiet zone.
    fn dark_framed(&self, x: u32, y: u32) -> bool {
        // What wraps around is far outside.
        self.dark(x.wrapping_sub(QUIET_MODULES), y.wrapping_sub(QUIET_MODULES))
    }
}
