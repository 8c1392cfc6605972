//! Depthwise convolution with stride 2: the one layer of YOLOX that tract 0.23 computes number by number (its AVX kernel
//! is for stride 1 only: 22 times onnxruntime's time). Put in its place when a network is loaded.
//!
//! Each channel's plane is copied once into a frame of zeros, even and odd columns apart, so that the inputs of sixteen
//! neighbouring outputs lie side by side for every tap and the compiler can use vector registers. Sums run over the
//! taps in the order of the kernel, bias first, without fused multiply-add, as tract's own do: the values are the same
//! on every machine, however wide its registers.

use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::*;
use tract_onnx::tract_core::model::{Rewriter, TypedModelPatch};
use tract_onnx::tract_core::ops::cnn::{Conv, KernelFormat};
use tract_onnx::tract_core::ops::nn::DataFormat;

/// Outputs computed together: a register of AVX-512, two of AVX2, four of SSE2.
const LANES: usize = 16;

/// Batch of 1 (or no batch axis), channels first, f32, stride 2, no dilation; inputs: picture, kernel
/// `[channels, 1, rows, columns]`, bias.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Depthwise {
    channels: usize,
    input: [usize; 2],
    output: [usize; 2],
    kernel: [usize; 2],
    pad: [usize; 2],
    batched: bool,
}

/// Between outputs.
const STRIDE: usize = 2;

impl Op for Depthwise {
    fn name(&self) -> StaticName {
        "DepthwiseStride2".into()
    }

    fn info(&self) -> TractResult<Vec<String>> {
        Ok(vec![format!("{self:?}")])
    }

    op_as_typed_op!();
}

impl EvalOp for Depthwise {
    op_out_of_plan!();

    fn eval(&self, _context: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let [picture, kernel, bias] = &*inputs else { bail!("three inputs expected") };
        let (picture, kernel, bias) =
            (picture.to_plain_array_view::<f32>()?, kernel.to_plain_array_view::<f32>()?, bias.to_plain_array_view::<f32>()?);
        let slices = (picture.as_slice(), kernel.as_slice(), bias.as_slice());
        let (Some(picture), Some(kernel), Some(bias)) = slices else { bail!("inputs in standard order expected") };
        let values = self.run(picture, kernel, bias);
        Ok(tvec!(tract_ndarray::ArrayD::from_shape_vec(&*self.shape(), values)?.into_tensor().into()))
    }
}

impl TypedOp for Depthwise {
    fn output_facts(&self, _inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        Ok(tvec!(f32::fact(&*self.shape())))
    }

    as_op!();
}

impl Depthwise {
    fn shape(&self) -> TVec<usize> {
        let shape = tvec!(1, self.channels, self.output[0], self.output[1]);
        if self.batched { shape } else { shape[1..].into() }
    }

    /// Columns of one phase of the frame: room for the last lanes' reading beyond the outputs.
    fn phase_width(&self) -> usize {
        self.output[1].next_multiple_of(LANES) + (self.kernel[1] - 1) / STRIDE + 1
    }

    fn run(&self, picture: &[f32], kernel: &[f32], bias: &[f32]) -> Vec<f32> {
        let [rows, columns] = self.output;
        let taps = self.kernel[0] * self.kernel[1];
        let frame_rows = (rows - 1) * STRIDE + self.kernel[0];
        let mut frame = vec![0.0; frame_rows * STRIDE * self.phase_width()];
        let mut out = vec![0.0; self.channels * rows * columns];
        let planes = picture.chunks_exact(self.input[0] * self.input[1]).zip(out.chunks_exact_mut(rows * columns));
        for (channel, (plane, out)) in planes.enumerate() {
            self.fill(plane, &mut frame);
            let bias = bias[if bias.len() == 1 { 0 } else { channel }];
            self.plane(&frame, &kernel[channel * taps..][..taps], bias, out);
        }
        out
    }

    /// Copies a plane into the frame; what lies around stays zero.
    fn fill(&self, plane: &[f32], frame: &mut [f32]) {
        let (width, line) = (self.phase_width(), self.phase_width() * STRIDE);
        for (row, source) in plane.chunks_exact(self.input[1]).enumerate() {
            let Some(target) = frame.get_mut((row + self.pad[0]) * line..).and_then(|f| f.get_mut(..line)) else { break };
            for (phase, target) in target.chunks_exact_mut(width).enumerate() {
                let first = (phase + self.pad[1]) % STRIDE; // the first column that falls into this phase
                let target = &mut target[(first + self.pad[1]) / STRIDE..];
                for (to, from) in target.iter_mut().zip(source.iter().skip(first).step_by(STRIDE)) {
                    *to = *from;
                }
            }
        }
    }

    fn plane(&self, frame: &[f32], kernel: &[f32], bias: f32, out: &mut [f32]) {
        match self.kernel {
            [3, 3] => self.plane_of::<3, 3>(frame, kernel, bias, out),
            [5, 5] => self.plane_of::<5, 5>(frame, kernel, bias, out),
            _ => self.plane_of::<7, 7>(frame, kernel, bias, out),
        }
    }

    fn plane_of<const R: usize, const C: usize>(&self, frame: &[f32], kernel: &[f32], bias: f32, out: &mut [f32]) {
        let (width, columns) = (self.phase_width(), self.output[1]);
        let line = width * STRIDE;
        for (row, out) in out.chunks_exact_mut(columns).enumerate() {
            let lines: [&[f32]; R] = std::array::from_fn(|r| &frame[(row * STRIDE + r) * line..][..line]);
            for (block, out) in out.chunks_mut(LANES).enumerate() {
                let mut sums = [bias; LANES];
                for r in 0..R {
                    for c in 0..C {
                        let from = (c % STRIDE) * width + c / STRIDE + block * LANES;
                        let weight = kernel[r * C + c];
                        for (sum, value) in sums.iter_mut().zip(&lines[r][from..from + LANES]) {
                            *sum += weight * value;
                        }
                    }
                }
                out.copy_from_slice(&sums[..out.len()]);
            }
        }
    }
}

/// Puts [`Depthwise`] in the place of every convolution that it can do.
pub(crate) fn replace(model: &mut TypedModel) -> TractResult<()> {
    Rewriter::default().with_rule_for("depthwise", rule).rewrite(&(), model)
}

fn rule(_: &(), model: &TypedModel, node: &TypedNode, name: &str, conv: &Conv) -> TractResult<Option<TypedModelPatch>> {
    let fact = model.outlet_fact(node.inputs[0])?;
    let Some(op) = depthwise(model, node, conv, fact)? else { return Ok(None) };
    let mut patch = TypedModelPatch::default();
    let inputs = patch.taps(model, &node.inputs)?;
    let out = patch.wire_node(name, op, &inputs)?;
    patch.shunt_outside(model, node.id.into(), out[0])?;
    Ok(Some(patch))
}

/// The operator that does what `conv` does, if it can.
fn depthwise(model: &TypedModel, node: &TypedNode, conv: &Conv, fact: &TypedFact) -> TractResult<Option<Depthwise>> {
    let pool = &conv.pool_spec;
    let (batched, channels, height, width) = match (pool.data_format, fact.shape.as_concrete()) {
        (DataFormat::NCHW, Some(&[1, channels, height, width])) => (true, channels, height, width),
        (DataFormat::CHW, Some(&[channels, height, width])) => (false, channels, height, width),
        _ => return Ok(None),
    };
    let (kernel, strides) = (&*pool.kernel_shape, pool.strides());
    let plain = fact.datum_type == f32::datum_type() && conv.q_params.is_none() && node.inputs.len() == 3;
    let each = conv.group == channels && pool.output_channels == channels && pool.input_channels == channels;
    let square = matches!(kernel, [3, 3] | [5, 5] | [7, 7]) && *strides == [STRIDE; 2];
    let undilated = pool.dilations().iter().all(|d| *d == 1) && conv.kernel_fmt == KernelFormat::OIHW;
    if !(plain && each && square && undilated && channels > 1) {
        return Ok(None);
    }
    let weights = model.outlet_fact(node.inputs[1])?.shape.as_concrete();
    let bias = model.outlet_fact(node.inputs[2])?.shape.as_concrete().map(|s| s.iter().product::<usize>());
    if weights != Some(&[channels, 1, kernel[0], kernel[1]]) || !matches!(bias, Some(n) if n == 1 || n == channels) {
        return Ok(None);
    }
    let sides = pool.computed_padding(&[height, width]);
    let (input, kernel) = ([height, width], [kernel[0], kernel[1]]);
    let (output, pad) = ([0, 1].map(|i| sides[i].convoluted), [0, 1].map(|i| sides[i].pad_before));
    Ok(Some(Depthwise { channels, input, output, kernel, pad, batched }))
}

#[cfg(test)]
mod tests;
