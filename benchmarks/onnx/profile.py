#!/usr/bin/env python3
"""Where a network spends its time under onnxruntime, in the same groups as benchmarks/src/bin/layers.rs.

    profile.py MODEL.onnx [RUNS] [LAYERS_OUTPUT]

One thread, all graph optimisations on; medians for each node, the quickest of the whole runs (a busy machine slows
whole runs far more than single nodes). With LAYERS_OUTPUT (what `layers` printed) both stand side by side.
"""
import collections
import json
import os
import statistics
import sys
import tempfile
import time

import numpy as np
import onnx
import onnxruntime as ort

GROUPS = {
    "activation": "Sigmoid Mul Relu Clip HardSwish Exp Tanh QuickGelu FusedMul",
    "arithmetic": "Add Sub Div Sum",
    "concat, slice": "Concat Slice Split Gather GatherND SpaceToDepth",
    "resize": "Resize Upsample",
    "pool": "MaxPool AveragePool GlobalAveragePool ReduceMean",
    "reshape, transpose, cast": "Reshape Transpose Squeeze Unsqueeze Cast Flatten ReorderInput ReorderOutput",
    "matrix product": "Gemm MatMul FusedGemm",
}
GROUP_OF = {op: group for group, ops in GROUPS.items() for op in ops.split()}


def kinds(path):
    """Group of each convolution, by its name and by its output's, after which onnxruntime calls what it rewrites."""
    graph = onnx.load(path).graph
    outputs = {t.name: t.dims[0] for t in graph.initializer}
    found = {}
    for node in graph.node:
        if node.op_type == "Conv":
            a = {x.name: onnx.helper.get_attribute_value(x) for x in node.attribute}
            groups, channels = a.get("group", 1), outputs.get(node.input[1], 0)
            dense = "dense" if groups == 1 else "depthwise" if groups == channels else "grouped"
            kernel, stride = a.get("kernel_shape", [0, 0]), a.get("strides", [1, 1])[0]
            found[node.name] = found[node.output[0]] = f"conv {dense} {kernel[0]}x{kernel[1]} stride {stride}"
    return found


def main():
    path, runs = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 50
    folder = tempfile.mkdtemp()
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    plain = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    given = plain.get_inputs()[0]
    feed = {given.name: np.zeros(given.shape, np.int32 if "int32" in given.type else np.float32)}
    times = []
    for _ in range(runs + 3):
        start = time.perf_counter()
        plain.run(None, feed)
        times.append((time.perf_counter() - start) * 1e3)
    whole = min(times)

    options.enable_profiling = True
    options.profile_file_prefix = os.path.join(folder, "profile")
    session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    for _ in range(runs):
        session.run(None, feed)
    spans = collections.defaultdict(list)
    operator = {}
    for e in json.load(open(session.end_profiling())):
        if e.get("cat") == "Node" and e["name"].endswith("_kernel_time"):
            node = e["name"][: -len("_kernel_time")]
            spans[node].append(e["dur"] / 1e3)
            operator[node] = e["args"]["op_name"]
    convolutions = kinds(path)
    groups = collections.defaultdict(lambda: [0, 0.0])
    for node, durations in spans.items():
        names = [n for n in convolutions if node == n or node.startswith((n + "_", n + "/"))]
        name = max(names, key=len) if names else None
        kind = convolutions[name] if "Conv" in operator[node] and name else GROUP_OF.get(operator[node], "other")
        kind = "conv (unnamed)" if "Conv" in operator[node] and not name else kind
        groups[kind][0] += 1
        groups[kind][1] += statistics.median(durations)
    tract, tract_whole = {}, None
    if len(sys.argv) > 3:
        for line in open(sys.argv[3]):
            part = line.rstrip("\n").split("\t")
            if part[0] == "layer":
                tract[part[1]] = float(part[3])
            elif part[0] == "quickest run":
                tract_whole = float(part[2].split()[0])
    total = sum(ms for _, ms in groups.values())
    print(f"onnxruntime {ort.__version__}, one thread: quickest run {whole:.2f} ms" + (f"; tract {tract_whole:.2f} ms, {tract_whole / whole:.2f} times" if tract_whole else ""))
    print(f"{'layer':32} {'ort ms':>8} {'share':>6} {'tract ms':>9} {'share':>6} {'times':>6} {'of the gap':>10}")
    gap = sum(tract.values()) - total
    for kind in sorted(set(groups) | set(tract), key=lambda k: -max(groups[k][1] if k in groups else 0, tract.get(k, 0))):
        a, b = groups[kind][1] if kind in groups else 0.0, tract.get(kind, 0.0)
        ratio = f"{b / a:.1f}" if a else "-"
        share = f"{100 * b / sum(tract.values()):.1f}" if tract else "-"
        print(f"{kind:32} {a:8.3f} {100 * a / total:6.1f} {b:9.3f} {share:>6} {ratio:>6} {f'{100 * (b - a) / gap:.0f} %' if tract else '-':>10}")


main()
