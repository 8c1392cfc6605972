//! Manifests: what a network is, what it eats and what its output means. One TOML file stands beside each network.
//!
//! Reading is strict: every key is required where it has a meaning and refused where it has none, and all mistakes are
//! reported at once.

mod read;
#[cfg(test)]
mod tests;

use crate::error::ModelError;
use crate::network::Weights;
use std::path::{Path, PathBuf};

/// What a model is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Finds people in a picture.
    Detector,
    /// Describes the appearance of one person.
    Embedder,
    /// Finds wrists and feet.
    Poser,
}

impl Kind {
    /// The word in manifests.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Detector => "detector",
            Kind::Embedder => "embedder",
            Kind::Poser => "poser",
        }
    }
}

/// Order of a picture's axes, after the batch of 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Channel, row, column.
    Nchw,
    /// Row, column, channel.
    Nhwc,
    /// Cut into squares of so many pixels a side: (channel, row in the square, column in the square), row of squares, column of
    /// squares. A first layer that looks at one square at a time is then a plain matrix product.
    Patches(u32),
}

/// Order of the channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channels {
    /// Red first.
    Rgb,
    /// Blue first.
    Bgr,
}

/// Type of the input's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputType {
    /// 32-bit float.
    F32,
    /// 32-bit integer.
    I32,
}

/// How a picture of another shape is brought into the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// Aspect kept, put at the top left, the rest filled with this grey level.
    Letterbox {
        /// Grey level, 0..=255.
        pad: u8,
    },
    /// Both sides stretched to fit.
    Stretch,
}

/// What the network eats: one RGB or BGR picture, each number `(pixel - mean) * scale` with pixels in 0..=255.
#[derive(Clone, Debug, PartialEq)]
pub struct InputForm {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Order of axes.
    pub layout: Layout,
    /// Order of channels.
    pub channels: Channels,
    /// Number type.
    pub dtype: InputType,
    /// Subtracted from each pixel, by channel in the network's own order.
    pub mean: [f32; 3],
    /// Multiplied with the rest, by channel in the network's own order.
    pub scale: [f32; 3],
    /// How pictures are made to fit.
    pub fit: Fit,
    /// The network takes any size (it is fully convolutional): what its file says of width and height is passed over.
    pub any_size: bool,
}

impl InputForm {
    /// The tensor's shape.
    pub fn shape(&self) -> [usize; 4] {
        let (width, height) = (self.width as usize, self.height as usize);
        match self.layout {
            Layout::Nchw => [1, 3, height, width],
            Layout::Nhwc => [1, height, width, 3],
            Layout::Patches(side) => {
                let side = side as usize;
                [1, 3 * side * side, height / side, width / side]
            }
        }
    }

    /// The size to which a picture of `width x height` is scaled before it goes in: for a letterbox
    /// `(int(width * r), int(height * r))` with `r = min(H / height, W / width)` (as YOLOX does; small pictures grow),
    /// else the input's own. At least 1 x 1.
    pub fn scaled_size(&self, width: u32, height: u32) -> (u32, u32) {
        if self.fit == Fit::Stretch {
            return (self.width, self.height);
        }
        let (w, h) = (f64::from(width.max(1)), f64::from(height.max(1)));
        let ratio = (f64::from(self.height) / h).min(f64::from(self.width) / w);
        // 1e-6: 768 * (640 / 768) must be 640, not 639.
        let side = |length: f64, max: u32| ((length * ratio + 1e-6) as u32).clamp(1, max);
        (side(w, self.width), side(h, self.height))
    }
}

/// What the output means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Head {
    /// Raw YOLOX heads, `1 x cells x (5 + classes)`: x, y, log width, log height (in strides), objectness, classes
    /// (both already through a sigmoid). Ge et al., "YOLOX: Exceeding YOLO series in 2021", arXiv 2107.08430.
    Yolox {
        /// Pixels between cells, finest first, in the order of the output's rows.
        strides: Vec<u32>,
        /// Number of classes.
        classes: u32,
        /// The class that means a person.
        person: u32,
    },
    /// Aisleflow's own, `1 x cells x (23 + appearance)`, in strides from the middle of the cell: x, y, log width, log height of the
    /// visible box; its score; the same four of the whole body; two wrists (the one farther left in the picture first) and the feet
    /// as x, y, whether seen; x, y and score of a wrist that is here, and x, y of the middle of its owner's box; appearance. Scores are
    /// logits.
    /// `models/train/README.md` says how it is taught.
    People {
        /// Pixels between cells.
        stride: u32,
        /// Length of the appearance; 0 for none.
        appearance: u32,
    },
    /// MoveNet MultiPose, `1 x people x 56`: 17 keypoints (y, x, score), then ymin, xmin, ymax, xmax, score; in 0..=1.
    MovenetMultipose,
    /// MoveNet SinglePose, `1 x 1 x 17 x 3`: y, x, score of 17 keypoints; in 0..=1.
    MovenetLightning,
    /// One vector, `1 x dims`.
    Embedding {
        /// Its length.
        dims: u32,
    },
}

/// Numbers of a cell in [`Head::People`] before its appearance.
pub(crate) const PEOPLE_VALUES: usize = 23;

/// What counts. Where a head has no use for one, it is neutral (0 or 1).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    /// Boxes and keypoints below this are not reported.
    pub score_min: f32,
    /// Of two boxes that overlap by more than this, the weaker goes.
    pub iou_max: f32,
    /// A box of which more than this share lies in a stronger one is a part of the same person and goes, if it is weak too
    /// ([`Self::part_score`]); 1 where every box is somebody.
    pub part_inside: f32,
    /// So many times the stronger one's score a box inside it needs to be somebody else.
    pub part_score: f32,
    /// Most boxes a picture; the weakest go.
    pub detections_max: u32,
    /// Wrists and feet of a detector that finds them too are reported from this score on.
    pub joint_min: f32,
}

/// A network described: valid by construction.
#[derive(Clone, Debug, PartialEq)]
pub struct Manifest {
    /// Name, for example `yolox-nano-480x640`.
    pub name: String,
    /// Version of the weights; a new digest needs a new one.
    pub version: String,
    /// What it is for.
    pub kind: Kind,
    /// The ONNX file, relative to the folder of weights (or to the manifest's own folder).
    pub file: PathBuf,
    /// SHA-256 digest of that file, 64 hexadecimal digits.
    pub sha256: String,
    /// Licence of the weights (SPDX where there is one).
    pub licence: String,
    /// Public address that the weights came from; `models/train` for those of this project.
    pub source: String,
    /// Public address of the very file, where there is one: `aisleflow models pull` fetches it.
    pub download: Option<String>,
    /// What it eats.
    pub input: InputForm,
    /// What its output means.
    pub head: Head,
    /// What counts.
    pub thresholds: Thresholds,
    /// Names of classes or keypoints, in the output's order; empty for embeddings.
    pub labels: Vec<String>,
}

impl Manifest {
    /// Reads a manifest's text; `origin` names it in messages.
    pub fn parse(text: &str, origin: &str) -> Result<Self, ModelError> {
        read::manifest(text).map_err(|problems| ModelError::Manifest { origin: origin.to_owned(), problems })
    }

    /// Reads the manifest at `path`; gives it together with the weights beside it.
    pub fn read(path: &Path) -> Result<(Self, Weights), ModelError> {
        let text = std::fs::read_to_string(path)
            .map_err(|e| ModelError::FileMissing { path: path.to_owned(), reason: e.to_string() })?;
        let manifest = Self::parse(&text, &path.display().to_string())?;
        let weights = path.parent().unwrap_or(Path::new("")).join(&manifest.file);
        Ok((manifest, Weights::File(weights)))
    }

    /// `name@version+d`, d being the first eight digits of the digest: what stands on every row the model caused.
    pub fn label(&self) -> String {
        format!("{}@{}+{}", self.name, self.version, &self.sha256[..8])
    }

    /// Whether the model can do the job: its own, and MoveNet MultiPose finds people as well as their wrists.
    pub fn serves(&self, kind: Kind) -> bool {
        self.kind == kind || (self.head == Head::MovenetMultipose && kind != Kind::Embedder)
    }

    /// The shape that the network's output must have.
    pub fn output_shape(&self) -> Vec<usize> {
        match &self.head {
            Head::Yolox { strides, classes, .. } => {
                let cells = |stride: &u32| (self.input.width / stride) as usize * (self.input.height / stride) as usize;
                vec![1, strides.iter().map(cells).sum(), 5 + *classes as usize]
            }
            Head::People { stride, appearance } => {
                let cells = (self.input.width / stride) as usize * (self.input.height / stride) as usize;
                vec![1, cells, PEOPLE_VALUES + *appearance as usize]
            }
            Head::MovenetMultipose => vec![1, 6, 56],
            Head::MovenetLightning => vec![1, 1, 17, 3],
            Head::Embedding { dims } => vec![1, *dims as usize],
        }
    }
}
