#!/usr/bin/env python3
"""Writes the reference values of models/tests/parity.rs: what onnxruntime makes of a picture given by a formula.

    pip install -r models/parity/requirements.txt
    python models/parity/make.py FOLDER_OF_ONNX_FILES [NAME ...]     (rewrites models/parity/NAME.json)

The picture, W x H, RGB, bytes: value(x, y, c) = (A[c] x + B[c] y + C[c] (x y mod 251) / 16 + disc) mod 256 with whole
numbers only, so that Rust and Python draw the same one: smooth slopes with edges, a fine texture so that no two cells
see the same, and a bright disc off the middle. It goes into the network as the manifest says (order of channels and
axes, mean, scale). Every SAMPLES-th part of the output is kept, and its largest absolute value.
"""
import hashlib
import json
import math
import pathlib
import sys
import tomllib

import numpy as np
import onnxruntime as ort

SAMPLES = 400
HERE = pathlib.Path(__file__).resolve().parent


def picture(width, height):
    """height x width x 3, uint8: the formula, also in models/tests/parity.rs."""
    x, y = np.arange(width, dtype=np.int64)[None, :], np.arange(height, dtype=np.int64)[:, None]
    inside = (x - width * 2 // 5) ** 2 + (y - height // 2) ** 2 < (width // 5) ** 2
    planes = [(a * x // width + b * y // height + (x * y % 251) // 16 + np.where(inside, d, 0)) % 256
              for a, b, d in ((150, 60, 70), (40, 170, 90), (90, 90, 20))]
    return np.stack(planes, 2).astype(np.uint8)


def tensor(form):
    rgb = picture(form["width"], form["height"])
    pixels = (rgb if form["channels"] == "rgb" else rgb[..., ::-1]).astype(np.float32)
    values = (pixels - np.float32(form["mean"])) * np.float32(form["scale"])
    if form["layout"] == "patches":
        side = form["patch"]
        values = values.reshape(form["height"] // side, side, form["width"] // side, side, 3).transpose(4, 1, 3, 0, 2)
        values = values.reshape(3 * side * side, form["height"] // side, form["width"] // side)
    values = values.transpose(2, 0, 1) if form["layout"] == "nchw" else values
    return np.ascontiguousarray(values[None]).astype(np.float32 if form["dtype"] == "f32" else np.int32)


def reference(manifest, weights):
    built = HERE.parent / "zoo" / manifest["name"] / manifest["file"]
    data = (built if built.exists() else weights / manifest["file"]).read_bytes()
    assert hashlib.sha256(data).hexdigest() == manifest["sha256"], manifest["file"]
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    output = session.run(None, {session.get_inputs()[0].name: tensor(manifest["input"])})[0]
    flat = output.ravel()
    step = max(1, -(-flat.size // SAMPLES))
    while step > 1 and math.gcd(step, output.shape[-1]) > 1:
        step += 1  # so that the samples walk through all columns
    return {"model": manifest["name"], "sha256": manifest["sha256"], "onnxruntime": ort.__version__,
            "shape": list(output.shape), "step": step, "largest": round(float(np.abs(flat).max()), 6),
            "values": [round(float(v), 6) for v in flat[::step]]}


if __name__ == "__main__":
    for path in sorted((HERE.parent / "zoo").glob("*/manifest.toml")):
        manifest, weights = tomllib.loads(path.read_text()), pathlib.Path(sys.argv[1])
        if len(sys.argv) > 2 and manifest["name"] not in sys.argv[2:]:
            continue
        if not any(p.exists() for p in (path.parent / manifest["file"], weights / manifest["file"])):
            print("skipped", manifest["name"], ": no", weights / manifest["file"])
            continue
        found = reference(manifest, weights)
        (HERE / f"{found['model']}.json").write_text(json.dumps(found) + "\n")
        print(found["model"], found["shape"], len(found["values"]), "values, largest", found["largest"])
