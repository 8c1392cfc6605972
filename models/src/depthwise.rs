//! Depthwise convolution: the operator that tract has a fast kernel for on WebAssembly and none on x86-64, where it walks
//! output by output through a table of taps. Put in its place when a network is loaded.
//!
//! Each channel's plane is copied once into a frame of zeros, for stride 2 with even and odd columns apart, so that the
//! inputs of sixteen neighbouring outputs lie side by side for every tap. Sums run over taps in the order of the kernel,
//! bias first, as tract's own do: equal values on every machine, however wide its registers.

use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::*;
use tract_onnx::tract_core::model::{Rewriter, TypedModelPatch};
use tract_onnx::tract_core::ops::cnn::{Conv, KernelFormat};
use tract_onnx::tract_core::ops::nn::DataFormat;

/// Outputs computed together: a register of AVX-512, two of AVX2, four of SSE2.
const LANES: usize = 16;

/// Batch of 1, NCHW, f32, square stride, no dilation; inputs: picture, kernel `[channels, 1, rows, columns]`, bias.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Depthwise {
    channels: usize,
    input: [usize; 2],
    output: [usize; 2],
    kernel: [usize; 2],
    pad: [usize; 2],
    stride: usize,
}

impl Op for Depthwise {
    fn name(&self) -> StaticName {
        "DepthwiseRows".into()
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
        let shape = (1, self.channels, self.output[0], self.output[1]);
        Ok(tvec!(tract_ndarray::Array4::from_shape_vec(shape, values)?.into_tensor().into()))
    }
}

impl TypedOp for Depthwise {
    fn output_facts(&self, _inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        Ok(tvec!(f32::fact([1, self.channels, self.output[0], self.output[1]])))
    }

    as_op!();
}

impl Depthwise {
    /// Columns of one phase of the frame: room for the last lanes' reading beyond the outputs.
    fn phase_width(&self) -> usize {
        self.output[1].next_multiple_of(LANES) + (self.kernel[1] - 1) / self.stride + 1
    }

    fn run(&self, picture: &[f32], kernel: &[f32], bias: &[f32]) -> Vec<f32> {
        let [rows, columns] = self.output;
        let taps = self.kernel[0] * self.kernel[1];
        let frame_rows = (rows - 1) * self.stride + self.kernel[0];
        let mut frame = vec![0.0; frame_rows * self.stride * self.phase_width()];
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
        let (width, line) = (self.phase_width(), self.phase_width() * self.stride);
        for (row, source) in plane.chunks_exact(self.input[1]).enumerate() {
            let Some(target) = frame.get_mut((row + self.pad[0]) * line..).and_then(|f| f.get_mut(..line)) else { break };
            if self.stride == 1 {
                let room = source.len().min(width - self.pad[1]);
                target[self.pad[1]..][..room].copy_from_slice(&source[..room]);
                continue;
            }
            for (column, value) in source.iter().enumerate() {
                let (at, phase) = ((column + self.pad[1]) / self.stride, (column + self.pad[1]) % self.stride);
                if at < width {
                    target[phase * width + at] = *value;
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
        let line = width * self.stride;
        for (row, out) in out.chunks_exact_mut(columns).enumerate() {
            let lines: [&[f32]; R] = std::array::from_fn(|r| &frame[(row * self.stride + r) * line..][..line]);
            for (block, out) in out.chunks_mut(LANES).enumerate() {
                let mut sums = [bias; LANES];
                for r in 0..R {
                    for c in 0..C {
                        let from = (c % self.stride) * width + c / self.stride + block * LANES;
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
    let Some(&[1, channels, height, width]) = fact.shape.as_concrete() else { return Ok(None) };
    let (kernel, strides) = (&*pool.kernel_shape, pool.strides());
    let plain = fact.datum_type == f32::datum_type() && conv.q_params.is_none() && node.inputs.len() == 3;
    let each = conv.group == channels && pool.output_channels == channels && pool.input_channels == channels;
    let square = matches!(kernel, [3, 3] | [5, 5] | [7, 7]) && matches!(&*strides, [1, 1] | [2, 2]);
    let order = pool.data_format == DataFormat::NCHW && conv.kernel_fmt == KernelFormat::OIHW;
    if !(plain && each && square && order && channels > 1 && pool.dilations().iter().all(|d| *d == 1)) {
        return Ok(None);
    }
    let shape = |i: usize| Ok::<_, TractError>(model.outlet_fact(node.inputs[i])?.shape.as_concrete().map(<[usize]>::to_vec));
    let bias: Option<usize> = shape(2)?.map(|s| s.iter().product());
    if shape(1)?.as_deref() != Some(&[channels, 1, kernel[0], kernel[1]]) || !(bias == Some(1) || bias == Some(channels)) {
        return Ok(None);
    }
    let sides = pool.computed_padding(&[height, width]);
    Ok(Some(Depthwise {
        channels,
        input: [height, width],
        output: [sides[0].convoluted, sides[1].convoluted],
        kernel: [kernel[0], kernel[1]],
        pad: [sides[0].pad_before, sides[1].pad_before],
        stride: strides[0],
    }))
}

#[cfg(test)]
mod tests;
