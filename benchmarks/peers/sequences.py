"""Where the sequences are and how they are read; used by peer.py, score.py and run.py. Needs numpy alone."""
import configparser
import os
from collections import namedtuple

import numpy as np

Sequence = namedtuple("Sequence", "set name folder detections fps length width height")

# The sets by folder, and the detections that every tracker gets.
SETS = {"mot17": "det/det.txt", "mot15": "det/det_frcnn.txt"}


def sequences(root):
    """Every sequence under `root` that has ground truth and detections, sets and names in order."""
    found = []
    for name, detections in sorted(SETS.items(), reverse=True):
        folder = os.path.join(root, name)
        for seq in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
            path = os.path.join(folder, seq)
            if os.path.exists(os.path.join(path, detections)):
                ini = configparser.ConfigParser()
                ini.read(os.path.join(path, "seqinfo.ini"))
                s = ini["Sequence"]
                numbers = [int(float(s[k])) for k in ("frameRate", "seqLength", "imWidth", "imHeight")]
                found.append(Sequence(name, seq, path, os.path.join(path, detections), *numbers))
    if not found:
        raise SystemExit(f"no sequences under {root}: it must hold mot17/ and mot15/ (see README.md)")
    return found


def detections(seq):
    """One (boxes as x0 y0 x1 y1, scores) for each frame of the sequence, frames without people included."""
    rows = np.loadtxt(seq.detections, delimiter=",", ndmin=2)
    boxes = rows[:, 2:6].copy()
    boxes[:, 2:] += boxes[:, :2]
    frames = rows[:, 0].astype(int)
    return [(boxes[frames == f], rows[frames == f, 6]) for f in range(1, seq.length + 1)]
