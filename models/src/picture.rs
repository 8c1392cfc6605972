//! Pictures into networks: scaled, cut out, padded, put into the order and range that the manifest asks for.

use crate::manifest::{Channels, Fit, InputForm, InputType, Layout};
use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::U8x3;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};
use schemas::Picture;

/// What each pixel value 0..=255 becomes, by channel in the network's order.
pub(crate) struct Tables {
    pub(crate) floats: [[f32; 256]; 3],
    pub(crate) integers: [[i32; 256]; 3],
}

impl Tables {
    pub(crate) fn new(form: &InputForm) -> Self {
        let floats = [0, 1, 2].map(|c| std::array::from_fn(|pixel| (pixel as f32 - form.mean[c]) * form.scale[c]));
        let integers = match form.dtype {
            InputType::F32 => [[0; 256]; 3],
            InputType::I32 => floats.map(|channel| channel.map(|v: f32| v.round() as i32)),
        };
        Self { floats, integers }
    }
}

/// An RGB picture of exactly the network's size.
pub(crate) struct Canvas {
    width: usize,
    rgb: Vec<u8>,
}

/// A part of a picture, in that picture's pixels; may reach beyond it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Region {
    pub(crate) left: f32,
    pub(crate) top: f32,
    pub(crate) width: f32,
    pub(crate) height: f32,
}

impl Canvas {
    pub(crate) fn grey(width: u32, height: u32, level: u8) -> Self {
        Self { width: width as usize, rgb: vec![level; 3 * width as usize * height as usize] }
    }

    /// A picture that has the right size already.
    pub(crate) fn of(picture: &Picture, width: u32, height: u32) -> Option<Self> {
        let fits = (picture.width(), picture.height()) == (width, height);
        fits.then(|| Self { width: width as usize, rgb: picture.rgb().to_vec() })
    }

    /// Copies `rgb` (`width` columns) to the place whose top left corner is `(left, top)`.
    fn paste(&mut self, rgb: &[u8], width: usize, left: usize, top: usize) {
        for (row, source) in rgb.chunks_exact(3 * width).enumerate() {
            let at = 3 * ((top + row) * self.width + left);
            self.rgb[at..at + 3 * width].copy_from_slice(source);
        }
    }

    /// The numbers that the network eats, in its order of axes and channels.
    pub(crate) fn values<T: Copy>(&self, form: &InputForm, tables: &[[T; 256]; 3]) -> Vec<T> {
        let source = match form.channels {
            Channels::Rgb => [0, 1, 2],
            Channels::Bgr => [2, 1, 0],
        };
        let mut values = Vec::with_capacity(self.rgb.len());
        let pixels = self.rgb.chunks_exact(3);
        match form.layout {
            Layout::Nhwc => values.extend(pixels.flat_map(|p| [0, 1, 2].map(|c| tables[c][usize::from(p[source[c]])]))),
            Layout::Nchw => {
                for c in [0, 1, 2] {
                    values.extend(pixels.clone().map(|p| tables[c][usize::from(p[source[c]])]));
                }
            }
            Layout::Patches(side) => {
                let (side, row) = (side as usize, 3 * self.width);
                for (c, y, x) in (0..3 * side * side).map(|n| (n / (side * side), n / side % side, n % side)) {
                    let (table, first) = (&tables[c], 3 * x + source[c]);
                    for pixels in self.rgb.chunks_exact(row).skip(y).step_by(side) {
                        values.extend(pixels[first..].iter().step_by(3 * side).map(|&p| table[usize::from(p)]));
                    }
                }
            }
        }
        values
    }
}

/// Scales pictures; keeps its buffers between calls.
pub(crate) struct Scaler {
    resizer: Resizer,
    options: ResizeOptions,
}

impl Scaler {
    pub(crate) fn new() -> Self {
        // A triangle as wide as the shrinking asks for, as PIL and torchvision do: no aliasing.
        let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear)).use_alpha(false);
        Self { resizer: Resizer::new(), options }
    }

    /// The whole picture, as `form` wants pictures to fit. A picture that already has
    /// [`InputForm::scaled_size`] of the source's `width x height` is taken as it is.
    /// Gives the canvas and the size of the picture on it.
    pub(crate) fn whole(
        &mut self,
        picture: &Picture,
        (width, height): (u32, u32),
        form: &InputForm,
    ) -> Result<(Canvas, (u32, u32)), String> {
        let (w, h) = form.scaled_size(width, height);
        let mut canvas = Canvas::grey(form.width, form.height, pad(form));
        if (picture.width(), picture.height()) == (w, h) {
            canvas.paste(picture.rgb(), w as usize, 0, 0);
        } else {
            let all = Region { left: 0.0, top: 0.0, width: picture.width() as f32, height: picture.height() as f32 };
            canvas.paste(&self.scaled(picture, all, w, h)?, w as usize, 0, 0);
        }
        Ok((canvas, (w, h)))
    }

    /// A part of the picture stretched over the whole canvas; what lies beyond the picture is grey. Nothing where the
    /// part and the picture share less than one pixel of the canvas or of the picture.
    pub(crate) fn part(&mut self, picture: &Picture, part: Region, form: &InputForm) -> Result<Option<Canvas>, String> {
        let (zoom_x, zoom_y) = (form.width as f32 / part.width, form.height as f32 / part.height);
        let right = (part.left + part.width).min(picture.width() as f32);
        let bottom = (part.top + part.height).min(picture.height() as f32);
        let (left, top) = (part.left.max(0.0), part.top.max(0.0));
        let seen = Region { left, top, width: right - left, height: bottom - top };
        if !(seen.width >= 1.0 && seen.height >= 1.0 && zoom_x.is_finite() && zoom_y.is_finite()) {
            return Ok(None);
        }
        let span = |low: f32, high: f32, zoom: f32, max: u32| {
            let low = ((low * zoom).round().max(0.0) as u32).min(max);
            (low, ((high * zoom).round().max(0.0) as u32).min(max) - low)
        };
        let (x, w) = span(left - part.left, right - part.left, zoom_x, form.width);
        let (y, h) = span(top - part.top, bottom - part.top, zoom_y, form.height);
        if w == 0 || h == 0 {
            return Ok(None);
        }
        let mut canvas = Canvas::grey(form.width, form.height, pad(form));
        canvas.paste(&self.scaled(picture, seen, w, h)?, w as usize, x as usize, y as usize);
        Ok(Some(canvas))
    }

    fn scaled(&mut self, picture: &Picture, from: Region, width: u32, height: u32) -> Result<Vec<u8>, String> {
        // Typed, for the one pixel form there is: the untyped call would compile every form into this crate (2 min).
        let source = TypedImageRef::<U8x3>::from_buffer(picture.width(), picture.height(), picture.rgb());
        let source = source.map_err(|e| e.to_string())?;
        let mut rgb = vec![0; 3 * width as usize * height as usize];
        let mut target = TypedImage::<U8x3>::from_buffer(width, height, &mut rgb).map_err(|e| e.to_string())?;
        let [left, top, w, h] = [from.left, from.top, from.width, from.height].map(f64::from);
        let options = self.options.crop(left, top, w, h);
        self.resizer.resize_typed(&source, &mut target, &options).map_err(|e| e.to_string())?;
        Ok(rgb)
    }
}

fn pad(form: &InputForm) -> u8 {
    match form.fit {
        Fit::Letterbox { pad } => pad,
        Fit::Stretch => 0,
    }
}
