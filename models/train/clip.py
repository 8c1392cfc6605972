#!/usr/bin/env python3
"""Packs part of a real clip: boxes by a teacher network (YOLOX, Apache-2.0), wrists and feet unknown.

    clip.py CLIP.mp4 TEACHER.onnx OUT [--to SHARE] [--every N]

Pictures in which the teacher is in doubt about anybody (0.15 to 0.5) are left out: what it missed would be taught as nobody.
"""
import argparse
import json
from pathlib import Path

import cv2
import numpy as np

from dataset import COLUMNS, FEET, FULL, PERSON, PICTURE, SHARE, VISIBLE, WRISTS
from teacher import Teacher


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clip"), parser.add_argument("teacher"), parser.add_argument("out")
    parser.add_argument("--to", type=float, default=0.5, help="share of the clip from its beginning")
    parser.add_argument("--every", type=int, default=2, help="every n-th picture")
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--height", type=int, default=384)
    args = parser.parse_args()
    video, teach = cv2.VideoCapture(args.clip), Teacher(args.teacher)
    pictures, rows = [], []
    for n in range(int(video.get(cv2.CAP_PROP_FRAME_COUNT) * args.to)):
        good, picture = video.read()
        if not good:
            break
        if n % args.every:
            continue
        boxes, scores = teach(picture, score_min=0.15)
        if ((scores > 0.15) & (scores < 0.5)).any():
            continue
        h, w = picture.shape[:2]
        ratio = min(args.width / w, args.height / h)
        canvas = np.full((args.height, args.width, 3), 114, np.uint8)
        small = cv2.resize(picture, (int(w * ratio), int(h * ratio)), interpolation=cv2.INTER_AREA)
        canvas[: small.shape[0], : small.shape[1]] = small
        for box in boxes:
            row = np.full(COLUMNS, np.nan, np.float32)
            row[[PICTURE, PERSON, SHARE]] = len(pictures), len(rows), 1.0
            row[VISIBLE : VISIBLE + 4] = box * ratio
            row[[WRISTS + 2, WRISTS + 5, FEET + 2, COLUMNS - 1]] = 0
            rows.append(row)
        pictures.append(cv2.cvtColor(canvas, cv2.COLOR_BGR2RGB))
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    np.save(out / "pictures.npy", np.array(pictures))
    np.save(out / "people.npy", np.array(rows, np.float32).reshape(-1, COLUMNS))
    # Four pictures, some seconds apart, to a "shop".
    group = max(1, len(pictures) // 4)
    about = {"count": len(pictures), "width": args.width, "height": args.height, "shops": [f"{i % group}" for i in range(len(pictures))], "views": ["clip"] * len(pictures)}
    json.dump(about, open(out / "pack.json", "w"))
    print(len(pictures), "pictures,", len(rows), "people")


if __name__ == "__main__":
    main()
