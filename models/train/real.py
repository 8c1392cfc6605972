#!/usr/bin/env python3
"""How a network does on real clips: beside YOLOX's boxes, and beside ground truth where there is one.

    real.py MODEL.onnx TEACHER.onnx CLIP[:FROM-TO] [...] [--gt CLIP=gt.txt] [--score S] [--draw DIR]

FROM-TO are shares of the clip (0.5-1). YOLOX's boxes of 0.5 and more must be found (recall); of 0.2 and more may be (precision: our boxes
that are one of them). Truth in MOTChallenge form, boxes of flag 1. IoU 0.5, each box once, our strongest first. Several scores, because
the shipped threshold need not be the best one here. With --draw, every 40th picture with both: ours red, YOLOX's green.
"""
import argparse
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from evaluate import iou, look, session
from teacher import Teacher

SCORES = (0.2, 0.3, 0.4, 0.5, 0.6)


def matched(boxes, truth):
    """For each of our boxes, strongest first, which true one it is (-1: none)."""
    left, out = np.ones(len(truth), bool), []
    for box in boxes:
        over = iou(box, truth) * left if len(truth) else np.zeros(0)
        k = int(over.argmax()) if len(over) else -1
        out.append(k if k >= 0 and over[k] >= 0.5 else -1)
        if out[-1] >= 0:
            left[k] = False
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model"), parser.add_argument("teacher"), parser.add_argument("clips", nargs="+")
    parser.add_argument("--gt", action="append", default=[])
    parser.add_argument("--every", type=int, default=2)
    parser.add_argument("--draw")
    args = parser.parse_args()
    net, teach = session(args.model), Teacher(args.teacher)
    truths = dict(g.split("=", 1) for g in args.gt)
    print(f"{'clip':34} {'against':7} {'people':>7} " + " ".join(f"{f'@{s}':>13}" for s in SCORES) + "   recall/precision")
    for clip in args.clips:
        path, _, share = clip.partition(":")
        low, high = map(float, share.split("-")) if share else (0.0, 1.0)
        video = cv2.VideoCapture(path)
        count = int(video.get(cv2.CAP_PROP_FRAME_COUNT))
        truth = {}
        for line in open(truths[path]) if path in truths else []:
            f = line.split(",")
            if float(f[6]) > 0:
                left, top, w, h = map(float, f[2:6])
                truth.setdefault(int(f[0]), []).append([left, top, left + w, top + h])
        sums = {against: {s: [0, 0, 0] for s in SCORES} for against in ("yolox", *(["truth"] if truth else []))}
        people = dict.fromkeys(sums, 0)
        for n in range(count):
            good, picture = video.read()
            if not good:
                break
            if not low * count <= n < high * count or n % args.every:
                continue
            ours = look(net, Image.fromarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)))
            boxes, scores = teach(picture, score_min=0.2)
            real = np.array(truth.get(n + 1, [])).reshape(-1, 4)
            people["yolox"] += int((scores >= 0.5).sum())
            for s in SCORES:
                mine = [p["box"] for p in ours if p["score"] >= s]
                hits = matched(mine, boxes)
                sums["yolox"][s][0] += len({k for k in hits if k >= 0 and scores[k] >= 0.5})
                sums["yolox"][s][1] += sum(k >= 0 for k in hits)
                sums["yolox"][s][2] += len(mine)
                if truth:
                    hits = sum(k >= 0 for k in matched(mine, real))
                    sums["truth"][s][0] += hits
                    sums["truth"][s][1] += hits
                    sums["truth"][s][2] += len(mine)
            if truth:
                people["truth"] += len(real)
            if args.draw and n // args.every % 40 == 0:
                draw(Path(args.draw) / f"{Path(path).stem}-{n:05}.jpg", picture, ours, boxes[scores >= 0.5])
        for against, by_score in sums.items():
            cells = [f"{100 * a / max(1, people[against]):5.1f}/{100 * b / max(1, c):5.1f}" for a, b, c in by_score.values()]
            print(f"{Path(path).name[:28] + (' ' + share if share else ''):34} {against:7} {people[against]:7} " + " ".join(f"{c:>13}" for c in cells))


def draw(path, picture, ours, theirs):
    path.parent.mkdir(parents=True, exist_ok=True)
    for box in theirs.astype(int):
        cv2.rectangle(picture, box[:2].tolist(), box[2:].tolist(), (0, 200, 0), 1)
    for p in ours:
        if p["score"] < 0.3:
            continue
        box = p["box"].astype(int)
        cv2.rectangle(picture, box[:2].tolist(), box[2:].tolist(), (0, 0, 255), 2)
        cv2.putText(picture, f"{p['score']:.2f}", (int(box[0]), int(box[1]) + 12), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (0, 0, 255), 1)
        for x, y, seen in [*p["wrists"], p["feet"]]:
            if seen >= 0.3:
                cv2.circle(picture, (int(x), int(y)), 4, (255, 120, 0), 2)
    cv2.imwrite(str(path), picture)


if __name__ == "__main__":
    main()
