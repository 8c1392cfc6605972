#!/usr/bin/env python3
"""How well appearance tells people apart: cosines of the same person's and of different people's boxes in pictures of one shop.

    looks.py MODEL.onnx FOLDER [--limit N]

Pairs from two pictures of one shop, boxes of which at least 60 % shows. Prints quantiles of both, the equal error rate, and the straight line
that fits the log likelihood ratio best (logistic regression): slope and the cosine that speaks neither for nor against. They are the
stitcher's `appearance_milli` and `likeness_permille`.
"""
import argparse
import json
from pathlib import Path

import numpy as np
from PIL import Image

from evaluate import iou, look, session


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model"), parser.add_argument("folder"), parser.add_argument("--limit", type=int)
    args = parser.parse_args()
    net, shops = session(args.model), {}
    for line in list(open(Path(args.folder) / "labels.jsonl"))[: args.limit]:
        label = json.loads(line)
        real = [p for p in label["people"] if p["visible"] is not None and p["visible_share"] >= 0.6]
        box = np.array([p["visible"] for p in real]).reshape(-1, 4)
        for p in look(net, Image.open(Path(args.folder) / label["image"]).convert("RGB")):
            over = iou(p["box"], box) if len(box) else np.zeros(0)
            if len(over) and over.max() >= 0.5 and p["score"] >= 0.3:
                view = p["looks"] / (np.linalg.norm(p["looks"]) + 1e-9)
                shops.setdefault(label["shop_seed"], []).append((label["image"], real[int(over.argmax())]["person"], view))
    same, other = [], []
    for seen in shops.values():
        for i, a in enumerate(seen):
            for b in seen[:i]:
                if a[0] != b[0]:
                    (same if a[1] == b[1] else other).append(float(a[2] @ b[2]))
    same, other = np.array(same), np.array(other)
    print(f"{len(same)} pairs of the same, {len(other)} of different people")
    for name, values in (("same", same), ("different", other)):
        print(f"{name:10}", " ".join(f"{q:.0%}: {np.quantile(values, q):.2f}" for q in (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)))
    bars = np.linspace(-1, 1, 401)
    miss, wrong = (same[:, None] < bars).mean(0), (other[:, None] >= bars).mean(0)
    k = np.abs(miss - wrong).argmin()
    print(f"equal error rate {(miss[k] + wrong[k]) / 2:.3f} at {bars[k]:.2f}")
    # Both kinds weigh the same.
    x = np.concatenate([same, other])
    y, weight = np.arange(len(x)) < len(same), np.concatenate([np.full(len(same), 0.5 / len(same)), np.full(len(other), 0.5 / len(other))])
    features, w = np.stack([x, np.ones_like(x)], 1), np.zeros(2)
    for _ in range(30):
        p = 1 / (1 + np.exp(-features @ w))
        w += np.linalg.solve(features.T @ (features * (weight * p * (1 - p))[:, None]) + 1e-9 * np.eye(2), features.T @ (weight * (y - p)))
    print(f"log likelihood ratio: {w[0]:.2f} for each unit of cosine above {-w[1] / w[0]:.2f}")


if __name__ == "__main__":
    main()
