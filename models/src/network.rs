//! A network ready to run: weights checked against the manifest, optimised by tract, shared by threads.

use crate::error::ModelError;
use crate::manifest::{InputType, Kind, Manifest};
use crate::picture::{Canvas, Tables};
use crate::pool;
use schemas::{InferenceFault, ModelId, Picture};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tract_onnx::prelude::*;
use tract_onnx::tract_hir::infer::Factoid;

/// Where a network's weights are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Weights {
    /// In an ONNX file.
    File(PathBuf),
    /// In this program.
    Built {
        /// What the file was called.
        name: &'static str,
        /// The ONNX file.
        bytes: &'static [u8],
    },
}

impl Weights {
    /// The file, or its name where it is built in.
    pub fn path(&self) -> &Path {
        match self {
            Weights::File(path) => path,
            Weights::Built { name, .. } => Path::new(name),
        }
    }

    /// Whether these are the weights that `manifest` was written for.
    pub fn check(&self, manifest: &Manifest) -> Result<(), ModelError> {
        let (expected, found) = (manifest.sha256.clone(), digest(&self.read()?));
        if found == expected {
            return Ok(());
        }
        Err(ModelError::DigestWrong { path: self.path().to_owned(), expected, found })
    }

    /// The ONNX file's bytes.
    pub fn read(&self) -> Result<Cow<'static, [u8]>, ModelError> {
        match self {
            Weights::File(path) => {
                let bytes = std::fs::read(path);
                bytes.map(Cow::Owned).map_err(|e| ModelError::FileMissing { path: path.clone(), reason: e.to_string() })
            }
            Weights::Built { bytes, .. } => Ok(Cow::Borrowed(bytes)),
        }
    }
}

/// One network, one fixed shape. `Send + Sync`; each thread takes a [`Runner`].
pub(crate) struct Network {
    pub(crate) manifest: Manifest,
    pub(crate) label: String,
    pub(crate) id: ModelId,
    tables: Tables,
    plan: Arc<TypedRunnableModel>,
}

impl Network {
    /// Reads, checks and optimises; runs once on a grey picture, so that whatever is wrong shows now.
    pub(crate) fn load(manifest: &Manifest, weights: &Weights, kind: Kind) -> Result<Arc<Self>, ModelError> {
        let name = format!("{}@{}", manifest.name, manifest.version);
        if !manifest.serves(kind) {
            return Err(ModelError::KindWrong { model: name, expected: kind.word(), found: manifest.kind.word() });
        }
        weights.check(manifest)?;
        let (bytes, weights) = (weights.read()?, weights.path());
        let plan = plan(manifest, &name, weights, &bytes)?;
        let label = manifest.label();
        let (id, tables) = (ModelId::mint(&label), Tables::new(&manifest.input));
        let network = Arc::new(Self { manifest: manifest.clone(), label, id, tables, plan });
        network.check_output(&name, weights)?;
        Ok(network)
    }

    fn check_output(self: &Arc<Self>, name: &str, weights: &Path) -> Result<(), ModelError> {
        let input = &self.manifest.input;
        let unreadable = |e: InferenceFault| ModelError::OnnxUnreadable { path: weights.to_owned(), reason: e.reason };
        let mut runner = self.runner()?;
        let out = runner.outputs(&Canvas::grey(input.width, input.height, 114)).map_err(unreadable)?;
        let found: Vec<String> = out.iter().map(|t| shown(t.shape(), t.datum_type())).collect();
        let expected = shown(&self.manifest.output_shape(), f32::datum_type());
        if found.len() != 1 || found[0] != expected {
            return Err(ModelError::OutputMismatch { model: name.to_owned(), expected, found: found.join(" and ") });
        }
        Ok(())
    }

    /// What one thread needs to run it.
    pub(crate) fn runner(self: &Arc<Self>) -> Result<Runner, ModelError> {
        let unreadable =
            |e: TractError| ModelError::OnnxUnreadable { path: self.manifest.file.clone(), reason: format!("{e:#}") };
        Ok(Runner { state: self.plan.spawn().map_err(unreadable)?, network: Arc::clone(self) })
    }

    /// A fault of this network.
    pub(crate) fn fault(&self, reason: impl Into<String>) -> InferenceFault {
        InferenceFault { model: self.label.clone(), reason: reason.into() }
    }
}

/// Runs a network once on a picture of exactly its input's size; gives the raw output's shape and values.
///
/// For parity checks: no scaling before, no decoding after. Another size is an [`ModelError::InputMismatch`].
pub fn raw_output(
    manifest: &Manifest,
    weights: &Weights,
    picture: &Picture,
) -> Result<(Vec<usize>, Vec<f32>), ModelError> {
    let network = Network::load(manifest, weights, manifest.kind)?;
    let (form, mut runner) = (&manifest.input, network.runner()?);
    let canvas = Canvas::of(picture, form.width, form.height).ok_or_else(|| ModelError::InputMismatch {
        model: network.label.clone(),
        expected: format!("a picture of {} x {}", form.width, form.height),
        found: format!("{} x {}", picture.width(), picture.height()),
    })?;
    let values = runner
        .run(&canvas)
        .map_err(|e| ModelError::OnnxUnreadable { path: weights.path().to_owned(), reason: e.reason })?;
    Ok((manifest.output_shape(), values))
}

/// A network alone in one thread, for timing it.
pub struct Bare(Runner);

impl Bare {
    /// Reads and checks `weights`, whatever the network is for.
    pub fn load(manifest: &Manifest, weights: &Weights) -> Result<Self, ModelError> {
        Ok(Self(Network::load(manifest, weights, manifest.kind)?.runner()?))
    }

    /// Runs once on a grey picture that has the input's size: numbers in, network, numbers out.
    pub fn run(&mut self) -> Result<(), InferenceFault> {
        let input = &self.0.network.manifest.input;
        let canvas = Canvas::grey(input.width, input.height, 114);
        self.0.run(&canvas).map(|_| ())
    }
}

/// The optimised plan that sessions run, for profiling.
pub fn optimised(manifest: &Manifest, weights: &Weights) -> Result<Arc<TypedRunnableModel>, ModelError> {
    Ok(Arc::clone(&Network::load(manifest, weights, manifest.kind)?.plan))
}

/// A network's state in one thread.
pub(crate) struct Runner {
    network: Arc<Network>,
    state: TypedSimpleState,
}

impl Runner {
    /// Runs the network on one picture; the values of its output, all finite.
    pub(crate) fn run(&mut self, canvas: &Canvas) -> Result<Vec<f32>, InferenceFault> {
        let out = self.outputs(canvas)?;
        let values = out[0].to_plain_array_view::<f32>().map_err(|e| self.network.fault(format!("{e:#}")))?;
        let values: Vec<f32> = values.iter().copied().collect();
        let finite = values.iter().fold(true, |all, v| all & v.is_finite());
        if finite { Ok(values) } else { Err(self.network.fault("the network's output holds NaN or infinity")) }
    }

    fn outputs(&mut self, canvas: &Canvas) -> Result<TVec<TValue>, InferenceFault> {
        let form = &self.network.manifest.input;
        let tensor = match form.dtype {
            InputType::F32 => tensor(&form.shape(), canvas.values(form, &self.network.tables.floats)),
            InputType::I32 => tensor(&form.shape(), canvas.values(form, &self.network.tables.integers)),
        };
        let out = tensor.and_then(|t| self.state.run(tvec!(t.into())));
        out.map_err(|e| {
            let reset = self.state.reset_turn(); // a failed run leaves its values behind
            let reset = reset.map_or_else(|e| format!("; and resetting failed: {e:#}"), |()| String::new());
            self.network.fault(format!("{e:#}{reset}"))
        })
    }
}

fn tensor<T: Datum>(shape: &[usize; 4], values: Vec<T>) -> TractResult<Tensor> {
    Ok(tract_ndarray::Array4::from_shape_vec(*shape, values)?.into_tensor())
}

/// From bytes to an optimised plan of one fixed input shape.
fn plan(manifest: &Manifest, name: &str, weights: &Path, bytes: &[u8]) -> Result<Arc<TypedRunnableModel>, ModelError> {
    let unreadable = |e: TractError| ModelError::OnnxUnreadable { path: weights.to_owned(), reason: format!("{e:#}") };
    // Declared output shapes are sometimes wrong (resized networks); what really comes out is checked later.
    let any_size = manifest.input.any_size;
    let onnx = tract_onnx::onnx().with_ignore_output_shapes(true).with_ignore_value_info(any_size);
    let mut model = onnx.model_for_read(&mut &bytes[..]).map_err(unreadable)?;
    let dtype = match manifest.input.dtype {
        InputType::F32 => f32::datum_type(),
        InputType::I32 => i32::datum_type(),
    };
    let shape = manifest.input.shape();
    check_input(&model, name, &shape, dtype, any_size)?;
    model.set_input_fact(0, InferenceFact::dt_shape(dtype, shape)).map_err(unreadable)?;
    faster(model).map_err(unreadable)
}

/// Optimises, after rewriting what tract does slowly.
fn faster(model: InferenceModel) -> TractResult<Arc<TypedRunnableModel>> {
    let mut model = model.into_typed()?.into_decluttered()?;
    pool::replace(&mut model)?;
    model.into_optimized()?.into_runnable()
}

fn check_input(
    model: &InferenceModel,
    name: &str,
    shape: &[usize],
    dtype: DatumType,
    any_size: bool,
) -> Result<(), ModelError> {
    let mismatch =
        |found: String| Err(ModelError::InputMismatch { model: name.to_owned(), expected: shown(shape, dtype), found });
    let count = model.inputs.len();
    if count != 1 {
        return mismatch(format!("{count} inputs"));
    }
    let Ok(fact) = model.input_fact(0) else { return mismatch("an input without a description".into()) };
    let dims: Vec<Option<i64>> = fact.shape.dims().map(|d| d.concretize().and_then(|d| d.to_i64().ok())).collect();
    let found_dtype = fact.datum_type.concretize();
    let fits = dims.len() == shape.len()
        && dims
            .iter()
            .zip(shape)
            .all(|(found, want)| any_size || found.is_none_or(|f| usize::try_from(f) == Ok(*want)));
    if fits && found_dtype.is_none_or(|found| found == dtype) {
        return Ok(());
    }
    let dims: Vec<String> = dims.iter().map(|d| d.map_or("?".into(), |d| d.to_string())).collect();
    mismatch(format!("{} {}", dims.join("x"), found_dtype.map_or("?".into(), type_name)))
}

fn shown(shape: &[usize], dtype: DatumType) -> String {
    let dims: Vec<String> = shape.iter().map(usize::to_string).collect();
    format!("{} {}", dims.join("x"), type_name(dtype))
}

fn type_name(dtype: DatumType) -> String {
    format!("{dtype:?}").to_lowercase()
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}"); // writing to a String cannot fail
        text
    })
}
