#!/usr/bin/env python3
"""Holds simstore's HOTA, CLEAR and IDF1 against TrackEval 1.3.0 on random sequences, to 1e-6.

    python3 -m venv VENV && VENV/bin/pip install -r benchmarks/room/requirements.txt
    VENV/bin/python benchmarks/simstore/check_score.py [--sequences N] [--seed S]
    VENV/bin/python benchmarks/simstore/check_score.py --golden benchmarks/simstore/tests/golden/score.json
"""
import argparse
import json
import subprocess
import sys

import numpy as np
import trackeval

COUNTS = ("IDSW", "MT", "CLR_TP", "CLR_FN", "CLR_FP", "IDTP")


def sequence(random, frames, people, decimals=None):
    """Tracks that follow people with errors, losses, switches and ghosts; likeness as overlaps of boxes on a line."""
    tracks = max(1, int(people * random.uniform(0.5, 3)))
    places = random.uniform(0, 10, people)
    owner = random.integers(0, people, tracks)
    steps = []
    for _ in range(frames):
        places = places + random.normal(0, 0.3, people)
        owner = np.where(random.random(tracks) < 0.05, random.integers(0, people, tracks), owner)
        truth = np.flatnonzero(random.random(people) < random.choice([0, 0.9, 0.9, 0.9, 1]))
        found = np.flatnonzero(random.random(tracks) < random.choice([0, 0.6, 0.8, 0.8, 1]))
        at = places[owner[found]] + random.normal(0, 0.25, len(found))
        # Boxes of width 1: overlap by distance.
        shared = np.maximum(0, 1 - np.abs(places[truth][:, None] - at[None]))
        like = shared / (2 - shared)
        if decimals is not None:
            like = np.round(like, decimals)
        steps.append({"truth": truth.tolist(), "found": found.tolist(), "like": like.ravel().tolist()})
    return {"truths": people, "founds": tracks, "steps": steps}


def expected(sequence):
    """TrackEval's numbers."""
    steps = sequence["steps"]
    data = {
        "gt_ids": [np.array(s["truth"], int) for s in steps], "tracker_ids": [np.array(s["found"], int) for s in steps],
        "num_gt_ids": sequence["truths"], "num_tracker_ids": sequence["founds"],
        "num_gt_dets": sum(len(s["truth"]) for s in steps), "num_tracker_dets": sum(len(s["found"]) for s in steps),
        "num_timesteps": len(steps),
        "similarity_scores": [np.array(s["like"], float).reshape(len(s["truth"]), len(s["found"])) for s in steps],
    }
    quiet = {"PRINT_CONFIG": False}
    hota = trackeval.metrics.HOTA().eval_sequence(data)
    clear = trackeval.metrics.CLEAR(quiet).eval_sequence(data)
    identity = trackeval.metrics.Identity(quiet).eval_sequence(data)
    numbers = {name: float(np.mean(hota[name])) for name in ("HOTA", "DetA", "AssA", "LocA")}
    numbers.update({name: float(clear[name]) for name in ("MOTA", "MOTP", "IDSW", "MT", "CLR_TP", "CLR_FN", "CLR_FP")})
    numbers.update({name: float(identity[name]) for name in ("IDF1", "IDTP")})
    return {name: int(value) if name in COUNTS else value for name, value in numbers.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sequences", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--golden", help="write a few small sequences with TrackEval's numbers here instead")
    parser.add_argument("--program", help="the example score_sequences, where it is built already")
    args = parser.parse_args()
    random = np.random.default_rng(args.seed)
    if args.golden:
        cases = [sequence(random, frames, people, 4) for frames, people in [(12, 1), (20, 3), (30, 4), (25, 6)]]
        cases = [{**case, "expected": expected(case)} for case in cases]
        with open(args.golden, "w") as file:
            json.dump(cases, file, separators=(",", ":"))
            file.write("\n")
        return 0
    cases = [sequence(random, int(random.integers(1, 80)), int(random.integers(1, 12))) for _ in range(args.sequences)]
    run = [args.program] if args.program else ["cargo", "run", "-q", "-p", "simstore", "--example", "score_sequences"]
    ours = json.loads(subprocess.run(run, input=json.dumps(cases), capture_output=True, text=True, check=True).stdout)
    worst = {}
    for case, found in zip(cases, ours, strict=True):
        for name, value in expected(case).items():
            worst[name] = max(worst.get(name, 0), abs(value - found[name]))
    print(f"{len(cases)} sequences, seed {args.seed}: largest difference to TrackEval {trackeval.__version__}")
    for name, difference in worst.items():
        print(f"  {name:7} {difference:.2e}")
    return 0 if max(worst.values()) <= 1e-6 else 1


if __name__ == "__main__":
    sys.exit(main())
