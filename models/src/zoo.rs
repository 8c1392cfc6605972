//! The built-in manifests. Weights of our own are built in, too; others lie in a folder and are known by digest.

use crate::error::ModelError;
use crate::manifest::Manifest;
use crate::network::Weights;
use std::path::{Path, PathBuf};

macro_rules! zoo {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../zoo/", $name, "/manifest.toml")))),*]
    };
}

const ENTRIES: [(&str, &str); 9] = zoo![
    "light-person-192",
    "movenet-lightning-192",
    "movenet-multipose-256",
    "osnet-x0-25-msmt17",
    "person-reid-retail-0287",
    "shopper-448x336",
    "yolox-nano",
    "yolox-nano-416x416",
    "yolox-nano-480x640",
];

/// Weights in this program, by the name of their manifest.
const BUILT: [(&str, &[u8]); 1] = [(Zoo::DEFAULT, include_bytes!("../zoo/shopper-448x336/shopper-448x336.onnx"))];

/// The built-in manifests and the folder that holds their weights.
#[derive(Clone, Debug)]
pub struct Zoo {
    weights: PathBuf,
}

impl Zoo {
    /// The detector that needs no file from elsewhere.
    pub const DEFAULT: &'static str = "shopper-448x336";

    /// A zoo whose ONNX files lie in `weights`.
    pub fn new(weights: impl Into<PathBuf>) -> Self {
        Self { weights: weights.into() }
    }

    /// The names of the built-in manifests, in order.
    pub fn names() -> impl Iterator<Item = &'static str> {
        ENTRIES.iter().map(|(name, _)| *name)
    }

    /// The built-in manifest called `name`.
    pub fn manifest(name: &str) -> Result<Manifest, ModelError> {
        let Some((_, text)) = ENTRIES.iter().find(|(known, _)| *known == name) else {
            let known = Self::names().collect::<Vec<_>>().join(", ");
            return Err(ModelError::Unknown { name: name.to_owned(), known });
        };
        Manifest::parse(text, &format!("models/zoo/{name}/manifest.toml"))
    }

    /// The built-in manifest called `name`, and where its weights are or should be.
    pub fn entry(&self, name: &str) -> Result<(Manifest, Weights), ModelError> {
        let manifest = Self::manifest(name)?;
        let weights = match BUILT.iter().find(|(built, _)| *built == name) {
            Some(&(name, bytes)) => Weights::Built { name, bytes },
            None => Weights::File(self.weights.join(&manifest.file)),
        };
        Ok((manifest, weights))
    }

    /// A model by what a configuration says: the path of a manifest (`*.toml`, weights beside it, relative to
    /// `folder`), else the name of a built-in one.
    pub fn find(&self, model: &str, folder: &Path) -> Result<(Manifest, Weights), ModelError> {
        if model.ends_with(".toml") { Manifest::read(&folder.join(model)) } else { self.entry(model) }
    }
}
