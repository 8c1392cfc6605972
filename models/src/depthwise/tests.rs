use super::*;
use proptest::prelude::*;

/// The definition, output by output.
fn slowly(op: &Depthwise, picture: &[f32], kernel: &[f32], bias: &[f32]) -> Vec<f32> {
    let mut out = Vec::new();
    for channel in 0..op.channels {
        for row in 0..op.output[0] {
            for column in 0..op.output[1] {
                let mut sum = bias[if bias.len() == 1 { 0 } else { channel }];
                for r in 0..op.kernel[0] {
                    for c in 0..op.kernel[1] {
                        let (y, x) = (row * STRIDE + r, column * STRIDE + c);
                        let (y, x) = (y.wrapping_sub(op.pad[0]), x.wrapping_sub(op.pad[1]));
                        let inside = y < op.input[0] && x < op.input[1];
                        let value = if inside { picture[(channel * op.input[0] + y) * op.input[1] + x] } else { 0.0 };
                        sum += kernel[(channel * op.kernel[0] + r) * op.kernel[1] + c] * value;
                    }
                }
                out.push(sum);
            }
        }
    }
    out
}

proptest! {
    #[test]
    fn equals_the_definition(
        (channels, height, width) in (2usize..4, 1usize..23, 1usize..40),
        side in prop::sample::select(vec![3usize, 5, 7]),
        (pad, bias_each) in (0usize..4, any::<bool>()),
        seed in 0u32..1000,
    ) {
        prop_assume!(height + 2 * pad >= side && width + 2 * pad >= side);
        let output = [height, width].map(|n| (n + 2 * pad - side) / STRIDE + 1);
        let op = Depthwise { channels, input: [height, width], output, kernel: [side; 2], pad: [pad; 2], batched: true };
        let number = |i: usize| ((i as u32).wrapping_mul(2_654_435_761).wrapping_add(seed) >> 8) as f32 / 8e6 - 1.0;
        let picture: Vec<f32> = (0..channels * height * width).map(number).collect();
        let kernel: Vec<f32> = (0..channels * side * side).map(|i| number(i + 7)).collect();
        let bias: Vec<f32> = (0..if bias_each { channels } else { 1 }).map(|i| number(i + 3)).collect();
        prop_assert_eq!(op.run(&picture, &kernel, &bias), slowly(&op, &picture, &kernel, &bias));
    }
}
