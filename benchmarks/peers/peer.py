#!/usr/bin/env python3
"""Runs one Python tracker over every sequence: MOTChallenge results into --out, and `timing.json` with the processor
seconds spent in the tracker's own calls (parsing and writing excluded)."""
import argparse
import json
import os
import time
import warnings

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"  # the peers gain nothing from more, and idle threads would be charged to them
warnings.filterwarnings("ignore")

import supervision as sv  # noqa: E402

from sequences import detections, sequences  # noqa: E402


def tracker(kind, fps):
    """A fresh tracker and the name of its method; every setting not named here is the library's default."""
    if kind == "bytetrack":
        return sv.ByteTrack(frame_rate=fps), "update_with_detections"
    import trackers
    from trackers.utils.state_representations import XCYCSRStateEstimator

    make = {
        "sort": lambda: trackers.SORTTracker(frame_rate=fps),
        # Memory is counted at 30 frames a second, so this is 30 frames at any rate.
        "sort30": lambda: trackers.SORTTracker(lost_track_buffer=30, frame_rate=30),
        # The same with the state of the paper (centre, area, ratio) and identities at once: stronger here.
        "sort30_paper": lambda: trackers.SORTTracker(
            lost_track_buffer=30, frame_rate=30, minimum_consecutive_frames=1, state_estimator_class=XCYCSRStateEstimator),
        "ocsort": lambda: trackers.OCSORTTracker(frame_rate=fps),
        "cbiou": lambda: trackers.CBIoUTracker(frame_rate=fps),
    }
    return make[kind](), "update"


def run(kind, seq, frames):
    peer, method = tracker(kind, seq.fps)
    update, rows, spent = getattr(peer, method), [], 0.0
    for number, (boxes, scores) in enumerate(frames, 1):
        given = sv.Detections(xyxy=boxes, confidence=scores, class_id=scores.astype(int) * 0)
        start = time.process_time()
        out = update(given)
        spent += time.process_time() - start
        for (x0, y0, x1, y1), identity, score in zip(out.xyxy, out.tracker_id, out.confidence):
            if identity >= 0:
                rows.append(f"{number},{identity + 1},{x0:.2f},{y0:.2f},{x1 - x0:.2f},{y1 - y0:.2f},{score:.3f},-1,-1,-1")
    return rows, spent


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tracker")
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--repeat", type=int, default=3)
    args = parser.parse_args()
    found = sequences(args.data)
    given = {s.name: detections(s) for s in found}
    passes = []
    for _ in range(args.repeat):
        spent = 0.0
        for seq in found:
            rows, seconds = run(args.tracker, seq, given[seq.name])
            spent += seconds
            os.makedirs(os.path.join(args.out, seq.set), exist_ok=True)
            with open(os.path.join(args.out, seq.set, f"{seq.name}.txt"), "w") as file:
                file.writelines(row + "\n" for row in rows)
        passes.append(spent)
    with open(os.path.join(args.out, "timing.json"), "w") as file:
        json.dump({"frames": sum(s.length for s in found), "seconds": passes}, file)


if __name__ == "__main__":
    main()
