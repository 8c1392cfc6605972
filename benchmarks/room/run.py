#!/usr/bin/env python3
"""People across cameras on a floor with known truth, by `aisleflow floor`: see README.md.

    benchmarks/room/run.py                                  every case of the room
    benchmarks/room/run.py --jitter 20 --seed 1             every stitcher setting within +-20 %: mean and least
    benchmarks/room/run.py --det cam1=FILE --det cam2=FILE --gt FILE --cameras FILE --fps 4    another sequence
"""
import argparse
import concurrent.futures
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile

from collections import namedtuple
from pathlib import Path

import score

ROOT = Path(__file__).resolve().parent.parent.parent

# Detections by camera; fps and size are those of the detections, x_min and every say what is scored.
Sequence = namedtuple("Sequence", "name detections gt cameras fps width height x_min")
Case = namedtuple("Case", "name sequence cameras every")


def room(data):
    """The two sequences of the room."""
    folder = os.path.join(data, "room")
    for name, prefix in (("J_1_1", "CMC1"), ("J_5_2", "CMC2")):
        detections = {f"cam{n}": os.path.join(folder, f"{prefix}_DET_{name}_Cam{n}.txt") for n in (1, 2, 3, 4)}
        yield Sequence(name, detections, os.path.join(folder, f"GT_{name}_WORLD_CENTROID.txt"),
                       os.path.join(folder, "cameras.json"), 4.0, 1920, 1024, score.X_MIN_M)


def cases(sequence):
    """All cameras, fewer cameras, fewer frames."""
    cameras = list(sequence.detections)
    yield Case(f"{sequence.name}, {len(cameras)} camera(s)", sequence, cameras, 1)
    for few in (2, 1):
        if len(cameras) > few:
            yield Case(f"{sequence.name}, {' and '.join(cameras[:few])}", sequence, cameras[:few], 1)
    for every, word in ((2, "2nd"), (4, "4th")):
        yield Case(f"{sequence.name}, every {word} frame", sequence, cameras, every)


class Failed(Exception):
    """The command did not do it."""


def evaluate(binary, case, settings=(), keep=None):
    """Runs one case and scores it. `settings` are NAME=VALUE of the stitcher; `keep`: where to leave the result."""
    s = case.sequence
    with tempfile.TemporaryDirectory() as work:
        out = keep or os.path.join(work, "out.txt")
        command = [binary, "floor", "--cameras", s.cameras, "--fps", str(s.fps), "--width", str(s.width),
                   "--height", str(s.height), "--every", str(case.every), "--out", out]
        for camera in case.cameras:
            command += ["--detections", f"{camera}={s.detections[camera]}"]
        for setting in settings:
            command += ["--set", setting]
        done = subprocess.run(command, text=True, capture_output=True)
        if done.returncode:
            raise Failed(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr.split('stack backtrace')[0].strip()}")
        result = score.score(score.read(s.gt, case.every, s.x_min), score.read(out, case.every, s.x_min))
    spent = re.search(r"([\d.]+) ms a tick \(median\), ([\d.]+) ms \(p99\)", done.stdout)
    return {**result, "median_ms": float(spent[1]), "p99_ms": float(spent[2])}


def settings_of(binary):
    """(name, default, low, high) of every stitcher setting, from the command's help."""
    text = subprocess.run([binary, "floor", "--help"], check=True, capture_output=True, text=True).stdout
    part = re.search(r"Stitcher settings:(.*?)(?:\n\n|\Z)", text, re.S)
    found = re.findall(r"(\w+) = (\d+) \((\d+)\.\.=(\d+)\)", part[1]) if part else []
    if not found:
        raise SystemExit(f"{binary} floor --help lists no stitcher settings")
    return [(name, int(default), int(low), int(high)) for name, default, low, high in found]


def drawn(binary, number, seed):
    """`number` draws of every setting, each within +-20 % of its default and in its range."""
    draw, settings = random.Random(seed), settings_of(binary)
    draws = []
    for _ in range(number):
        values = [(name, round(default * draw.uniform(0.8, 1.2)), low, high) for name, default, low, high in settings]
        draws.append([f"{name}={min(max(value, low), high)}" for name, value, low, high in values])
    return draws


# Runs that failed; said at the end.
failures = []


def outcome(case, run):
    """What came of a run; none, noted, where it failed."""
    try:
        return run.result()
    except Failed as failed:
        failures.append(f"{case.name}: {failed}")
        return None


def compare(args, found):
    print("| case | IDF1 | MOTA | switches | error m | misses | false | tracks of people | ms a tick, median / p99 |")
    print("| --- |" + " ---: |" * 8)
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        keep = lambda case: os.path.join(args.keep, re.sub(r"\W+", "_", case.name) + ".txt") if args.keep else None
        runs = [pool.submit(evaluate, args.binary, case, args.set, keep(case)) for case in found]
        for case, run in zip(found, runs):
            x = outcome(case, run)
            if x is None:
                continue
            print(f"| {case.name} | {x['IDF1']:.1f} | {x['MOTA']:.1f} | {x['IDSW']} | {x['error_m']:.3f} | {x['misses']} "
                  f"| {x['false']} | {x['tracks']} of {x['people']} | {x['median_ms']:.2f} / {x['p99_ms']:.2f} |", flush=True)


def jitter(args, found):
    draws = drawn(args.binary, args.jitter, args.seed)
    print(f"{args.jitter} draws, every stitcher setting within +-20 %, seed {args.seed}\n")
    print("| case | IDF1 mean | least | most | MOTA mean | least | switches mean | most | error m, mean | most |")
    print("| --- |" + " ---: |" * 9)
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        runs = [[pool.submit(evaluate, args.binary, case, [*draw, *args.set]) for draw in draws] for case in found]
        for case, drawn_runs in zip(found, runs):
            results = [x for x in (outcome(case, run) for run in drawn_runs) if x]
            if not results:
                continue
            idf1, mota, switches, error = ([x[m] for x in results] for m in ("IDF1", "MOTA", "IDSW", "error_m"))
            mean = statistics.mean
            print(f"| {case.name} | {mean(idf1):.1f} | {min(idf1):.1f} | {max(idf1):.1f} | {mean(mota):.1f} | {min(mota):.1f} "
                  f"| {mean(switches):.1f} | {max(switches)} | {mean(error):.3f} | {max(error):.3f} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=os.path.join(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"), "debug", "aisleflow"))
    parser.add_argument("--shared", default=os.environ.get("AISLEFLOW_SHARED", "../shared"))
    parser.add_argument("--only", default="", help="cases whose name contains this, e.g. 'J_5_2, 4' or 'every'")
    parser.add_argument("--jitter", type=int, default=0, metavar="N", help="N draws of every stitcher setting")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2, help="runs at once")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a stitcher setting, in every run")
    parser.add_argument("--keep", metavar="DIR", help="leave the results there (without --jitter)")
    own = parser.add_argument_group("another sequence")
    own.add_argument("--det", action="append", default=[], metavar="CAM=FILE", help="detections of one camera")
    own.add_argument("--gt", help="the truth: frame id -1 -1 -1 -1 -1 x y z, metres")
    own.add_argument("--cameras", help="3x4 matrices by name, metres")
    own.add_argument("--fps", type=float, default=4.0)
    own.add_argument("--width", type=int, default=1920)
    own.add_argument("--height", type=int, default=1024)
    own.add_argument("--x-min", type=float, default=score.X_MIN_M, help="metres; less is not scored")
    args = parser.parse_args()
    if not os.path.exists(args.binary):
        parser.error(f"{args.binary} is missing: make build")
    if args.det:
        if not (args.gt and args.cameras):
            parser.error("--det needs --gt and --cameras")
        detections = dict(given.split("=", 1) for given in args.det)
        sequences = [Sequence(Path(args.gt).stem, detections, args.gt, args.cameras, args.fps, args.width, args.height, args.x_min)]
    else:
        data = os.path.join(args.shared, "data")
        if not os.path.isdir(os.path.join(data, "room")):
            sys.exit(f"skipped: no room at {data}; set AISLEFLOW_SHARED")
        sequences = list(room(data))
    if args.keep:
        os.makedirs(args.keep, exist_ok=True)
    found = [case for sequence in sequences for case in cases(sequence) if args.only in case.name]
    (jitter if args.jitter else compare)(args, found)
    if failures:
        sys.exit(f"\n{len(failures)} run(s) failed, and count nowhere above:\n" + "\n".join(failures))


if __name__ == "__main__":
    main()
