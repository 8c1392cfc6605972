//! Where a network spends its time under tract, node by node, grouped by what each node is in the ONNX file.
//!
//! `layers FOLDER_OF_ONNX_FILES [NAME_OR_MANIFEST] [RUNS]` prints, as tab separated lines, the milliseconds of the
//! quickest whole run and, for each kind of layer, nodes, milliseconds (sum of the nodes' medians) and share; then the same for
//! tract's own operators, which tells how a layer was lowered. `benchmarks/onnx/run.sh` sets it beside onnxruntime.

#![allow(clippy::print_stdout)]
#![allow(clippy::disallowed_methods)] // a stopwatch of its own: the program measures nothing else

use models::{Zoo, optimised};
use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::time::Instant;
use tract_onnx::prelude::*;
use tract_onnx::tract_core::plan::eval;

/// What a layer is called here and in `profile.py`: convolutions by kernel and stride, the rest by ONNX operator.
fn kinds(onnx: &[u8]) -> TractResult<Vec<(String, String)>> {
    let proto = tract_onnx::onnx().proto_model_for_read(&mut &onnx[..])?;
    let graph = proto.graph.ok_or_else(|| TractError::msg("no graph"))?;
    let channels: BTreeMap<&str, i64> =
        graph.initializer.iter().map(|t| (t.name.as_str(), t.dims.first().copied().unwrap_or(0))).collect();
    let kind = |node: &tract_onnx::pb::NodeProto| {
        if node.op_type != "Conv" {
            return group(&node.op_type).to_owned();
        }
        let ints = |name: &str| node.attribute.iter().find(|a| a.name == name).map(|a| a.ints.clone());
        let groups = node.attribute.iter().find(|a| a.name == "group").map_or(1, |a| a.i);
        let outputs = node.input.get(1).and_then(|w| channels.get(w.as_str())).copied().unwrap_or(0);
        let kernel = ints("kernel_shape").map_or("?".into(), |k| format!("{}x{}", k[0], k[1]));
        let stride = ints("strides").map_or(1, |s| s[0]);
        let dense = if groups == 1 {
            "dense"
        } else if groups == outputs {
            "depthwise"
        } else {
            "grouped"
        };
        format!("conv {dense} {kernel} stride {stride}")
    };
    Ok(graph
        .node
        .iter()
        .map(|n| (if n.name.is_empty() { n.output[0].clone() } else { n.name.clone() }, kind(n)))
        .collect())
}

/// Layers without weights.
fn group(op: &str) -> &'static str {
    match op {
        "Sigmoid" | "Mul" | "Relu" | "Clip" | "HardSwish" | "Exp" | "Tanh" => "activation",
        "Add" | "Sub" | "Div" | "Sum" => "arithmetic",
        "Concat" | "Slice" | "Split" | "Gather" | "GatherND" => "concat, slice",
        "Resize" | "Upsample" => "resize",
        "MaxPool" | "AveragePool" | "GlobalAveragePool" | "ReduceMean" => "pool",
        "Reshape" | "Transpose" | "Squeeze" | "Unsqueeze" | "Cast" | "Flatten" => "reshape, transpose, cast",
        "Gemm" | "MatMul" => "matrix product",
        _ => "other",
    }
}

/// The kind of the ONNX node that a tract node came from: the longest name that the tract name starts with.
fn kind_of<'a>(name: &str, kinds: &'a [(String, String)]) -> &'a str {
    let from = kinds.iter().filter(|(onnx, _)| {
        name.strip_prefix(onnx.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '#', '-']))
    });
    from.max_by_key(|(onnx, _)| onnx.len()).map_or("other", |(_, kind)| kind)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn print_groups(title: &str, groups: &BTreeMap<String, (usize, f64)>) {
    let total: f64 = groups.values().map(|(_, ms)| ms).sum();
    let mut rows: Vec<_> = groups.iter().collect();
    rows.sort_by(|a, b| b.1.1.total_cmp(&a.1.1));
    for (name, (nodes, ms)) in rows {
        println!("{title}\t{name}\t{nodes}\t{ms:.3}\t{:.1}", 100.0 * ms / total);
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().collect();
    let folder = args.get(1).ok_or("usage: layers FOLDER_OF_ONNX_FILES [NAME_OR_MANIFEST] [RUNS]")?;
    let name = args.get(2).map_or("yolox-nano-416x416", String::as_str);
    let runs: usize = args.get(3).map_or(Ok(50), |n| n.parse())?;
    let (manifest, weights) = Zoo::new(folder).find(name, Path::new("."))?;
    let start = Instant::now();
    let plan = optimised(&manifest, &weights)?;
    println!(
        "load\t{}\t{:.1} ms, {} nodes",
        manifest.label(),
        start.elapsed().as_secs_f64() * 1e3,
        plan.model().nodes.len()
    );
    let kinds = kinds(&weights.read()?)?;
    let shape = manifest.input.shape();
    let input = match manifest.input.dtype {
        models::InputType::F32 => Tensor::zero::<f32>(&shape)?,
        models::InputType::I32 => Tensor::zero::<i32>(&shape)?,
    };
    let mut state = plan.spawn()?;
    let mut whole = Vec::new();
    for _ in 0..runs + 3 {
        let start = Instant::now();
        state.run(tvec!(input.clone().into()))?;
        whole.push(start.elapsed().as_secs_f64() * 1e3);
    }
    println!("quickest run\tof {runs}\t{:.3} ms", whole.into_iter().fold(f64::INFINITY, f64::min));

    let mut times: Vec<Vec<f64>> = vec![Vec::new(); plan.model().nodes.len()];
    for _ in 0..runs {
        state.run_plan_with_eval(tvec!(input.clone().into()), |context, state, node, inputs| {
            let start = Instant::now();
            let out = eval(context, state, node, inputs);
            times[node.id].push(start.elapsed().as_secs_f64() * 1e3);
            out
        })?;
    }
    let (mut by_layer, mut by_operator) = (BTreeMap::new(), BTreeMap::new());
    for (node, times) in plan.model().nodes.iter().zip(times).filter(|(_, times)| !times.is_empty()) {
        let ms = median(times);
        for (groups, key) in
            [(&mut by_layer, kind_of(&node.name, &kinds).to_owned()), (&mut by_operator, node.op.name().to_string())]
        {
            let entry = groups.entry(key).or_insert((0usize, 0.0));
            *entry = (entry.0 + 1, entry.1 + ms);
        }
        if std::env::var_os("NODES").is_some() {
            let (kind, info) = (kind_of(&node.name, &kinds), node.op.info()?.join("; "));
            println!("node\t{}\t{}\t{kind}\t{ms:.3}\t{info}", node.name, node.op.name());
        }
    }
    print_groups("layer", &by_layer);
    print_groups("operator", &by_operator);
    Ok(())
}
