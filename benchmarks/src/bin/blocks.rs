//! How long small networks take under tract: `blocks RUNS FILE.onnx...` prints, for each file, its path and the median
//! milliseconds of one run on one thread, tab separated. Shapes are those of the file; the networks take turns, so that a busy
//! moment slows all of them. `benchmarks/onnx/blocks.py` makes such files and sets onnxruntime beside it.

#![allow(clippy::print_stdout)]
#![allow(clippy::disallowed_methods)] // a stopwatch of its own: the program measures nothing else

use std::error::Error;
use std::time::Instant;
use tract_onnx::prelude::*;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let runs: usize = args.next().ok_or("usage: blocks RUNS FILE.onnx...")?.parse()?;
    let mut blocks = Vec::new();
    for path in args {
        let model = tract_onnx::onnx().with_ignore_output_shapes(true).model_for_path(&path)?;
        let model = model.into_optimized()?;
        let fact = model.input_fact(0)?.clone();
        let shape = fact.shape.as_concrete().ok_or("an input of no fixed shape")?.to_vec();
        let input = Tensor::zero_dt(fact.datum_type, &shape)?;
        blocks.push((path, model.into_runnable()?.spawn()?, input, Vec::new()));
    }
    for _ in 0..runs + 2 {
        for (_, state, input, times) in &mut blocks {
            let start = Instant::now();
            state.run(tvec!(input.clone().into()))?;
            times.push(start.elapsed().as_secs_f64() * 1e3);
        }
    }
    for (path, _, _, mut times) in blocks {
        times.drain(..2);
        times.sort_by(f64::total_cmp);
        println!("{path}\t{:.4}", times[times.len() / 2]);
    }
    Ok(())
}
