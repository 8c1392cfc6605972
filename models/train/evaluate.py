#!/usr/bin/env python3
"""How well an ONNX file finds the people of `simstore frames` folders, which it must not have seen.

    evaluate.py MODEL.onnx FOLDER... [--limit N] [--json OUT]

Boxes match at IoU 0.5 with visible boxes, each once, strongest first. People of whom less than 60 % shows neither count nor spoil. The
score from which boxes count is the lowest at which there are at most 0.1 false ones a picture. A wrist is found where a
wrist of the matched box lies within 25 px (at 640 x 480; in proportion elsewhere) of one that the id buffer shows, hand in a rack.
"""
import argparse
import collections
import json
from pathlib import Path

import numpy as np
import onnxruntime as ort
from PIL import Image

from network import PATCH
from read import letterboxed, people


def iou(a, b):
    w, h = np.minimum(a[2], b[:, 2]) - np.maximum(a[0], b[:, 0]), np.minimum(a[3], b[:, 3]) - np.maximum(a[1], b[:, 1])
    shared = w.clip(0) * h.clip(0)
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[:, 2] - b[:, 0]) * (b[:, 3] - b[:, 1]) - shared + 1e-9)


def session(path):
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    return ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def look(net, picture):
    """People in a picture (PIL), in its px."""
    height, width = (PATCH * side for side in net.get_inputs()[0].shape[2:])
    values, scale = letterboxed(picture, width, height)
    found = people(net.run(None, {net.get_inputs()[0].name: values})[0][0], width, height, score_min=0.05)
    for p in found:
        p["box"], p["full"] = p["box"] * np.tile(scale, 2), p["full"] * np.tile(scale, 2)
        p["wrists"][:, :2] *= scale
        p["feet"][:2] *= scale
    return found


def calibrated(boxes):
    """Scale and shift of the scores' logits after which a score is the chance that a box is right (Platt 1999), by Newton's method."""
    logit = np.array([np.log(s / (1 - s)) for s, _ in boxes])
    right = np.array([r for _, r in boxes], float)
    x, w = np.stack([logit, np.ones_like(logit)], 1), np.array([1.0, 0.0])
    for _ in range(30):
        p = 1 / (1 + np.exp(-x @ w))
        w = w + np.linalg.solve(x.T @ (x * (p * (1 - p))[:, None]) + 1e-6 * np.eye(2), x.T @ (right - p))
    return [round(float(v), 3) for v in w]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--json")
    args = parser.parse_args()
    net = session(args.model)
    boxes, truth, wrists, feet, frames = [], collections.Counter(), [], [], 0
    for folder in map(Path, args.folders):
        for line in list(open(folder / "labels.jsonl"))[: args.limit]:
            label = json.loads(line)
            view, scale = label["camera"]["view"], label["width"] / 640
            frames += 1
            real = [p for p in label["people"] if p["visible"] is not None]
            box = np.array([p["visible"] for p in real]).reshape(-1, 4)
            counts = np.array([p["visible_share"] >= 0.6 and min(p["visible"][2] - p["visible"][0], p["visible"][3] - p["visible"][1]) >= 12 * scale for p in real], bool)
            for view_of in (view, "all"):
                truth[view_of] += int(counts.sum())
            taken = {}
            for p in look(net, Image.open(folder / label["image"]).convert("RGB")):
                over = iou(p["box"], box) if len(box) else np.zeros(0)
                over[[k for k in taken]] = 0
                k = int(over.argmax()) if len(over) else -1
                if k >= 0 and over[k] >= 0.5:
                    taken[k] = p
                    boxes.append((p["score"], "right" if counts[k] else "neither", view))
                else:
                    # On somebody who does not count, in part: neither.
                    spoils = len(box) == 0 or iou(p["box"], box[~counts]).max(initial=0) < 0.3
                    boxes.append((p["score"], "false" if spoils else "neither", view))
            for k, p in enumerate(real):
                joints = p["joints"]
                if p["reaches"] and joints[f"{p['reaches']}_wrist"][2] == 2 and counts[k]:
                    at = np.array(joints[f"{p['reaches']}_wrist"][:2])
                    found = taken.get(k)
                    off = np.linalg.norm(found["wrists"][:, :2] - at, axis=1) / scale if found else np.array([np.inf])
                    wrists.append((view, off.min(), found["wrists"][off.argmin(), 2] if found else 0))
                if counts[k] and joints["left_ankle"][2] == 2 and joints["right_ankle"][2] == 2 and k in taken:
                    mid = (np.array(joints["left_ankle"][:2]) + joints["right_ankle"][:2]) / 2
                    feet.append((view, np.linalg.norm(taken[k]["feet"][:2] - mid) / scale))
    boxes.sort(key=lambda b: -b[0])
    false = np.cumsum([b[1] == "false" for b in boxes])
    within = np.flatnonzero(false <= 0.1 * frames)
    bar = boxes[within[-1]][0] if len(within) else 1.0
    result = {"pictures": frames, "score": round(bar, 3), "people": dict(truth), "recall": {}, "wrists": {}, "feet_px": {}}
    for view in sorted(truth):
        mine = [b for b in boxes if b[0] >= bar and (view == "all" or b[2] == view)]
        result["recall"][view] = round(sum(b[1] == "right" for b in mine) / max(1, truth[view]), 4)
        hands = [w for w in wrists if view in ("all", w[0])]
        if hands:
            result["wrists"][view] = {
                "count": len(hands), "within_25px": round(np.mean([w[1] <= 25 for w in hands]), 4),
                "median_px": round(float(np.median([w[1] for w in hands])), 2), "confidence": round(float(np.median([w[2] for w in hands])), 3)}
        off = [f[1] for f in feet if view in ("all", f[0])]
        if off:
            result["feet_px"][view] = {"median": round(float(np.median(off)), 2), "p90": round(float(np.quantile(off, 0.9)), 2)}
    result["calibration"] = calibrated([(b[0], b[1] == "right") for b in boxes if b[1] != "neither"])
    print(json.dumps(result, indent=1))
    if args.json:
        json.dump(result, open(args.json, "w"), indent=1)


if __name__ == "__main__":
    main()
