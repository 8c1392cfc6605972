//! The built-in manifests. Weights of our own are built in, too; others lie in a folder and are known by digest.

use crate::error::ModelError;
use crate::manifest::Manifest;
use crate::network::Weights;
use std::path::{Path, PathBuf};

/// A name, its manifest, and what onnxruntime made of the picture of `models/parity/make.py`, where that is known.
type Entry = (&'static str, &'static str, Option<&'static str>);

macro_rules! entry {
    ($name:literal) => {
        ($name, manifest!($name), Some(include_str!(concat!("../parity/", $name, ".json"))))
    };
    ($name:literal without reference) => {
        ($name, manifest!($name), None)
    };
}

macro_rules! manifest {
    ($name:literal) => {
        include_str!(concat!("../zoo/", $name, "/manifest.toml"))
    };
}

const ENTRIES: [Entry; 9] = [
    entry!("light-person-192"),
    entry!("movenet-lightning-192"),
    entry!("movenet-multipose-256"),
    entry!("osnet-x0-25-msmt17"),
    entry!("person-reid-retail-0287"),
    entry!("shopper-448x336"),
    entry!("yolox-nano" without reference),
    entry!("yolox-nano-416x416"),
    entry!("yolox-nano-480x640"),
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
        ENTRIES.iter().map(|(name, ..)| *name)
    }

    /// The built-in manifest called `name`.
    pub fn manifest(name: &str) -> Result<Manifest, ModelError> {
        let Some((_, text, _)) = ENTRIES.iter().find(|(known, ..)| *known == name) else {
            let known = Self::names().collect::<Vec<_>>().join(", ");
            return Err(ModelError::Unknown { name: name.to_owned(), known });
        };
        Manifest::parse(text, &format!("models/zoo/{name}/manifest.toml"))
    }

    /// What onnxruntime made of the parity picture with the network called `name`, as JSON.
    pub(crate) fn reference(name: &str) -> Option<&'static str> {
        ENTRIES.iter().find(|(known, ..)| *known == name)?.2
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
