#!/usr/bin/env python3
"""What building blocks of a network cost under tract and under onnxruntime: one thread, median of RUNS, same files.

    blocks.py BLOCKS_BINARY [RUNS]

BLOCKS_BINARY is `blocks` of this package's build. Networks for shops are chosen by this table (models/train/README.md).
Sizes are those of a 448 x 336 picture: 1/2 is 224 x 168, 1/4 112 x 84, 1/8 56 x 42, 1/16 28 x 21.
"""
import os
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper

HEIGHT, WIDTH = 336, 448


class Net:
    """A chain of layers on one picture."""

    def __init__(self, channels, shrink, layout="nchw"):
        self.shape = [1, channels, HEIGHT // shrink, WIDTH // shrink]
        self.given = [self.shape[0], self.shape[2], self.shape[3], channels] if layout == "nhwc" else list(self.shape)
        self.nodes, self.weights, self.last, self.macs = [], [], "x", 0
        if layout == "nhwc":
            self.add("Transpose", perm=[0, 3, 1, 2])

    def add(self, op, *weights, inputs=None, **attributes):
        names = []
        for w in weights:
            names.append(f"w{len(self.weights)}")
            self.weights.append(numpy_helper.from_array(w, names[-1]))
        out = f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, (inputs or [self.last]) + names, [out], name=out, **attributes))
        self.last = out
        return self

    def conv(self, out, kernel, stride=1, groups=1, pad=None, act="Relu"):
        _, c, h, w = self.shape
        rng = np.random.default_rng(len(self.nodes))
        weights = rng.normal(0, 0.1, (out, c // groups, kernel, kernel)).astype(np.float32)
        p = kernel // 2 if pad is None else pad
        self.add("Conv", weights, np.zeros(out, np.float32), kernel_shape=[kernel] * 2, strides=[stride] * 2, group=groups, pads=[p] * 4)
        self.shape = [1, out, (h + 2 * p - kernel) // stride + 1, (w + 2 * p - kernel) // stride + 1]
        self.macs += self.shape[2] * self.shape[3] * weights.size
        return self.add(act) if act else self

    def pool(self):
        self.shape = [1, self.shape[1], self.shape[2] // 2, self.shape[3] // 2]
        return self.add("MaxPool", kernel_shape=[2, 2], strides=[2, 2])

    def space_to_depth(self):
        self.shape = [1, 4 * self.shape[1], self.shape[2] // 2, self.shape[3] // 2]
        return self.add("SpaceToDepth", blocksize=2)

    def up(self):
        self.shape = [1, self.shape[1], 2 * self.shape[2], 2 * self.shape[3]]
        self.add("Resize", inputs=[self.last, "", "scales"], mode="nearest", nearest_mode="floor", coordinate_transformation_mode="asymmetric")
        self.weights.append(numpy_helper.from_array(np.array([1, 1, 2, 2], np.float32), "scales"))
        return self

    def silu(self):
        at = self.last
        self.add("Sigmoid")
        return self.add("Mul", inputs=[at, self.last])

    def save(self, path):
        graph = helper.make_graph(self.nodes, "block", [helper.make_tensor_value_info("x", TensorProto.FLOAT, self.given)],
                                  [helper.make_tensor_value_info(self.last, TensorProto.FLOAT, None)], self.weights)
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)


def blocks():
    n = Net
    yield "picture to 1/2: 3x3 stride 2, 16", n(3, 1).conv(16, 3, 2)
    yield "picture to 1/2: the same from NHWC", n(3, 1, "nhwc").conv(16, 3, 2)
    yield "picture to 1/2: 2x2 stride 2, 16", n(3, 1).conv(16, 2, 2, pad=0)
    yield "picture to 1/2: space to depth, 3x3, 16", n(3, 1).space_to_depth().conv(16, 3)
    yield "picture to 1/4: 4x4 stride 4, 32", n(3, 1).conv(32, 4, 4, pad=0)
    yield "patches of 4x4 to 1/4: 1x1, 32", n(48, 4).conv(32, 1)
    yield "picture to 1/4: 6x6 stride 4, 32", n(3, 1).conv(32, 6, 4, pad=1)
    yield "picture to 1/4: 8x8 stride 4, 32", n(3, 1).conv(32, 8, 4, pad=2)
    yield "picture to 1/4: 3x3 stride 2, 16, twice to 32", n(3, 1).conv(16, 3, 2).conv(32, 3, 2)
    yield "picture to 1/4: 3x3 stride 2, 12, then 2x2 stride 2, 32", n(3, 1).conv(12, 3, 2).conv(32, 2, 2, pad=0)
    for shrink, c in [(4, 24), (4, 32), (8, 48), (8, 64), (16, 96), (16, 128)]:
        where = f"1/{shrink}, {c}"
        yield f"{where}: dense 3x3", n(c, shrink).conv(c, 3)
        yield f"{where}: 1x1", n(c, shrink).conv(c, 1)
        yield f"{where}: depthwise 3x3", n(c, shrink).conv(c, 3, groups=c)
        yield f"{where}: depthwise 5x5", n(c, shrink).conv(c, 5, groups=c)
        yield f"{where}: depthwise 3x3, 1x1", n(c, shrink).conv(c, 3, groups=c, act=None).conv(c, 1)
        yield f"{where}: grouped 3x3, 4 groups", n(c, shrink).conv(c, 3, groups=4)
        yield f"{where}: 1x1 to half, dense 3x3 back", n(c, shrink).conv(c // 2, 1).conv(c, 3)
    for shrink, c, d in [(4, 32, 64), (8, 64, 128)]:
        where = f"1/{shrink}, {c} to 1/{2 * shrink}, {d}"
        yield f"{where}: dense 3x3 stride 2", n(c, shrink).conv(d, 3, 2)
        yield f"{where}: dense 2x2 stride 2", n(c, shrink).conv(d, 2, 2, pad=0)
        yield f"{where}: depthwise 3x3 stride 2, 1x1", n(c, shrink).conv(c, 3, 2, groups=c, act=None).conv(d, 1)
        yield f"{where}: max pool, 1x1", n(c, shrink).pool().conv(d, 1)
        yield f"{where}: space to depth, 1x1", n(c, shrink).space_to_depth().conv(d, 1)
    for act in ["Relu", "HardSwish", "LeakyRelu"]:
        net = n(64, 8)
        yield f"1/8, 64: 1x1 and {act}", net.conv(64, 1, act=None).add(act) if act != "HardSwish" else net.conv(64, 1, act=None).add("HardSigmoid", alpha=1 / 6, beta=0.5).add("Mul", inputs=[f"t0", f"t1"])
    yield "1/8, 64: 1x1 and SiLU", n(64, 8).conv(64, 1, act=None).silu()
    yield "1/16, 64 to 1/8: nearest", n(64, 16).up()


def main():
    binary, runs = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 40
    folder = tempfile.mkdtemp()
    rows = []
    for i, (name, net) in enumerate(blocks()):
        path = os.path.join(folder, f"{i:03}.onnx")
        net.save(path)
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        feed, times = {"x": np.zeros(net.given, np.float32)}, []
        for _ in range(runs + 2):
            start = time.perf_counter()
            session.run(None, feed)
            times.append((time.perf_counter() - start) * 1e3)
        rows.append((path, name, net.macs / 1e6, statistics.median(times[2:])))
    told = subprocess.run([binary, str(runs)] + [r[0] for r in rows], check=True, capture_output=True, text=True).stdout
    tract = {path: float(ms) for path, ms in (line.split("\t") for line in told.splitlines())}
    print(f"{'block':58} {'MMAC':>7} {'tract ms':>9} {'GMAC/s':>7} {'ort ms':>8} {'GMAC/s':>7} {'times':>6}")
    for path, name, mmac, ms in rows:
        t = tract[path]
        print(f"{name:58} {mmac:7.1f} {t:9.3f} {mmac / t:7.1f} {ms:8.3f} {mmac / ms:7.1f} {t / ms:6.2f}")


main()
