#!/usr/bin/env python3
"""Scores people on the floor: TrackEval's CLEAR and Identity, with the distance in metres instead of overlap.

    benchmarks/room/score.py --gt FILE RESULT ...    one JSON object for each result
    benchmarks/room/score.py --self-test             known values of hand-made cases
"""
import argparse
import json
import math
import sys
import unittest

import numpy as np
import trackeval

# A result counts within so many metres of the truth.
REACH_M = 0.5
# Only what lies at x >= this many metres is scored, in truth and result alike.
X_MIN_M = 1.9


def read(path, every=1, x_min=X_MIN_M):
    """{frame: [(id, x, y)]} of a MOTChallenge 3-D file (blanks or commas) where it is scored."""
    frames = {}
    with open(path) as file:
        for line in file:
            values = [float(value) for value in line.replace(",", " ").split()]
            if values and (values[0] - 1) % every == 0 and values[7] >= x_min:
                frames.setdefault(int(values[0]), []).append((int(values[1]), values[7], values[8]))
    return frames


def similarity(truth, found, reach=REACH_M):
    """1 at no distance, 0.5 (TrackEval's threshold) at `reach` metres."""
    a = np.array([row[1:] for row in truth], float).reshape(-1, 2)
    b = np.array([row[1:] for row in found], float).reshape(-1, 2)
    distance = np.linalg.norm(a[:, None] - b[None], axis=2)
    return np.maximum(0, 1 - distance / (2 * reach))


def score(truth, found, reach=REACH_M):
    """IDF1 and MOTA in percent, ID switches, mean error of matches in metres, and what they are made of."""
    frames = sorted(set(truth) | set(found))
    sides = [[side.get(frame, []) for frame in frames] for side in (truth, found)]
    numbers = []
    for side in sides:
        for frame, rows in zip(frames, side):
            if len({row[0] for row in rows}) < len(rows):
                raise ValueError(f"frame {frame} has an id twice")
        numbers.append({name: i for i, name in enumerate(sorted({row[0] for rows in side for row in rows}))})
    ids = [[np.array([number[row[0]] for row in rows], int) for rows in side] for side, number in zip(sides, numbers)]
    data = {
        "gt_ids": ids[0], "tracker_ids": ids[1],
        "num_gt_ids": len(numbers[0]), "num_tracker_ids": len(numbers[1]),
        "num_gt_dets": sum(map(len, sides[0])), "num_tracker_dets": sum(map(len, sides[1])),
        "num_timesteps": len(frames),
        "similarity_scores": [similarity(a, b, reach) for a, b in zip(*sides)],
    }
    quiet = {"PRINT_CONFIG": False}
    clear = trackeval.metrics.CLEAR(quiet).eval_sequence(data)
    identity = trackeval.metrics.Identity(quiet).eval_sequence(data)
    matched = int(clear["CLR_TP"])
    return {
        "IDF1": 100 * float(identity["IDF1"]), "MOTA": 100 * float(clear["MOTA"]), "IDSW": int(clear["IDSW"]),
        # MOTP is the mean similarity of matches.
        "error_m": 2 * reach * (1 - float(clear["MOTP"])) if matched else math.nan,
        "misses": int(clear["CLR_FN"]), "false": int(clear["CLR_FP"]),
        "tracks": len(numbers[1]), "people": len(numbers[0]),
    }


class Cases(unittest.TestCase):
    """Known values, by hand."""

    def walk(self, name, frames, x=5.0, y=0.0):
        return [(frame, name, x, y) for frame in frames]

    def frames(self, *walks):
        frames = {}
        for frame, name, x, y in (row for walk in walks for row in walk):
            frames.setdefault(frame, []).append((name, x, y))
        return frames

    def test_perfect(self):
        truth = self.frames(self.walk(1, range(1, 11)), self.walk(2, range(1, 11), y=3))
        found = self.frames(self.walk(7, range(1, 11), x=5.3, y=0.4 / 3), self.walk(9, range(1, 11), y=3))
        s = score(truth, found)
        self.assertEqual((s["IDF1"], s["MOTA"], s["IDSW"], s["misses"], s["false"]), (100, 100, 0, 0, 0))
        self.assertAlmostEqual(s["error_m"], math.hypot(0.3, 0.4 / 3) / 2)

    def test_reach(self):
        truth = self.frames(self.walk(1, range(1, 5)))
        self.assertEqual(score(truth, self.frames(self.walk(1, range(1, 5), x=5.499)))["MOTA"], 100)
        far = score(truth, self.frames(self.walk(1, range(1, 5), x=5.501)))
        self.assertEqual((far["IDF1"], far["MOTA"], far["misses"], far["false"]), (0, -100, 4, 4))
        self.assertTrue(math.isnan(far["error_m"]))

    def test_a_switch(self):
        # One person of 10 frames, found as 6 frames of one id and 4 of another: 2 * 6 / (10 + 10).
        truth = self.frames(self.walk(1, range(1, 11)))
        s = score(truth, self.frames(self.walk(1, range(1, 7)), self.walk(2, range(7, 11))))
        self.assertAlmostEqual(s["IDF1"], 60)
        self.assertAlmostEqual(s["MOTA"], 90)
        self.assertEqual((s["IDSW"], s["tracks"]), (1, 2))

    def test_misses_and_false(self):
        # 10 + 10 people-frames, one person missed for 5 frames, one ghost for 2: MOTA 1 - 7/20, IDF1 2*15/(20+17).
        truth = self.frames(self.walk(1, range(1, 11)), self.walk(2, range(1, 11), y=3))
        found = self.frames(self.walk(1, range(1, 11)), self.walk(2, range(1, 6), y=3), self.walk(3, [4, 5], x=9))
        s = score(truth, found)
        self.assertAlmostEqual(s["MOTA"], 65)
        self.assertAlmostEqual(s["IDF1"], 100 * 30 / 37)
        self.assertEqual((s["IDSW"], s["misses"], s["false"]), (0, 5, 2))

    def test_nobody(self):
        truth = self.frames(self.walk(1, range(1, 5)))
        s = score(truth, {})
        self.assertEqual((s["IDF1"], s["MOTA"], s["misses"]), (0, 0, 4))

    def test_an_id_twice(self):
        twice = self.frames(self.walk(1, [1]), self.walk(1, [1], x=8))
        with self.assertRaisesRegex(ValueError, "frame 1"):
            score(twice, twice)

    def test_reading(self):
        import tempfile
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
            file.write("1 4 -1 -1 -1 -1 -1 1.89 0 0.8 0 0 0\n1 5 -1 -1 -1 -1 -1 1.9 0.5 0.8 0 0 0\n"
                       "2,5,-1,-1,-1,-1,0.9,2,0.5,0\n\n3,5,-1,-1,-1,-1,0.9,2.5,0.5,0\n")
            file.flush()
            self.assertEqual(read(file.name), {1: [(5, 1.9, 0.5)], 2: [(5, 2.0, 0.5)], 3: [(5, 2.5, 0.5)]})
            self.assertEqual(sorted(read(file.name, every=2)), [1, 3])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", nargs="*")
    parser.add_argument("--gt")
    parser.add_argument("--every", type=int, default=1, help="score every N-th frame only")
    parser.add_argument("--x-min", type=float, default=X_MIN_M, help="metres; less is not scored")
    parser.add_argument("--reach", type=float, default=REACH_M, help="metres within which a result counts")
    parser.add_argument("--self-test", action="store_true")
    args = parser.parse_args()
    if args.self_test:
        unittest.main(argv=[sys.argv[0]])
    if not args.gt or not args.results:
        parser.error("give --gt FILE and results, or --self-test")
    truth = read(args.gt, args.every, args.x_min)
    for result in args.results:
        print(json.dumps(score(truth, read(result, args.every, args.x_min), args.reach)))


if __name__ == "__main__":
    main()
