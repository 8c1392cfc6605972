use super::*;
use tract_onnx::tract_core::ops::nn::DataFormat;

/// A maximum over `rows x columns` of a 2-channel picture of 11 x 14, padded unevenly.
fn model(rows: usize, columns: usize) -> TypedModel {
    let mut model = TypedModel::default();
    let picture = model.add_source("picture", f32::fact([1, 2, 11, 14])).expect("a source");
    let pool_spec = PoolSpec {
        data_format: DataFormat::NCHW,
        kernel_shape: tvec!(rows, columns),
        padding: PaddingSpec::Explicit(tvec!(2, 1), tvec!(0, 3)),
        dilations: None,
        strides: None,
        input_channels: 2,
        output_channels: 2,
    };
    let out = model.wire_node("pool", MaxPool { pool_spec, with_index_outputs: None }, &[picture]).expect("a node");
    model.select_output_outlets(&out).expect("an output");
    model
}

fn run(model: TypedModel) -> Vec<f32> {
    let value = |i: usize| ((i * 7919 + 13) % 257) as f32 - 300.0; // all negative: padding must not win
    let picture = tract_ndarray::Array4::from_shape_fn((1, 2, 11, 14), |(_, c, y, x)| value((c * 11 + y) * 14 + x));
    let out =
        model.into_optimized().and_then(|m| m.into_runnable()).and_then(|p| p.run(tvec!(picture.into_tensor().into())));
    out.expect("runs")[0].to_plain_array_view::<f32>().expect("floats").iter().copied().collect()
}

#[test]
fn a_split_maximum_is_the_same_maximum() {
    for (rows, columns) in [(5, 5), (3, 4), (9, 2)] {
        let mut split = model(rows, columns);
        replace(&mut split).expect("rewrites");
        assert_eq!(split.nodes.iter().filter(|n| n.op_is::<MaxPool>()).count(), 2);
        assert_eq!(run(split), run(model(rows, columns)), "{rows} x {columns}");
    }
}

#[test]
fn a_maximum_over_a_line_is_left_alone() {
    let mut line = model(1, 5);
    replace(&mut line).expect("rewrites");
    assert_eq!(line.nodes.iter().filter(|n| n.op_is::<MaxPool>()).count(), 1);
}
