#!/usr/bin/env python3
"""What looking costs, and what it is good for: networks, every n-th frame, and the motion gate on the same films, beside the truth.

    benchmarks/simstore/look.py [--scenario FILE] [--seconds N] [--detector NAME ... --models DIR] [--every N ...] [--runs N]

Inference and dataflow on one thread each. `frames/s` are the films' frames (10 a second a camera) over the seconds of the run, medians; `of a
core` is processor time of everything, decoding included. Without --detector the built-in network.
"""
import argparse
import json
import os
import re
import statistics
import tempfile
import time
from pathlib import Path

from grid import COLUMNS, ROOT, call, row


def run(args, folder, detector, every, gate):
    """Runs one setting; gives frames/s, frames a processor second, milliseconds of inference a frame looked at, and the scores."""
    config = folder / "shop/store-look.toml"
    text = (folder / "shop/store.toml").read_text()
    text += f"\n[models]\ndetector = \"{detector}\"\nlook_every_frames = {every}\n[gate_motion]\nenabled = {str(gate).lower()}\n"
    config.write_text(text)
    speeds, told = [], ""
    for turn in range(args.runs):
        out = folder / f"tables-{detector}-{every}-{gate}-{turn}"
        before, start = os.times(), time.perf_counter()
        told = call(args.bin / "aisleflow", "run", "--config", config, "--data", folder / "shop", "--models", args.models or folder,
                    "--threads", 1, "--out", out)
        wall, after = time.perf_counter() - start, os.times()
        speeds.append((wall, after.children_user + after.children_system - before.children_user - before.children_system))
    board = json.loads(call(args.bin / "simstore", "score", "--truth", folder / "shop/truth", "--tables", out, "--json"))
    detect = re.search(r"detect [\d.]+ s \(([\d.]+) ms", told)
    return [statistics.median(column) for column in zip(*speeds)], float(detect.group(1)) if detect else 0.0, board


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    target = os.environ.get("CARGO_TARGET_DIR", ROOT / "target")
    parser.add_argument("--bin", type=Path, default=Path(target) / "debug", help="folder of the two programs")
    parser.add_argument("--scenario", type=Path, default=ROOT / "benchmarks/simstore/scenarios/demo.toml")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--detector", nargs="+", default=["shopper-448x336"])
    parser.add_argument("--models", type=Path, help="folder of weights that are not built in")
    parser.add_argument("--every", type=int, nargs="+", default=[1, 2, 3, 5])
    parser.add_argument("--runs", type=int, default=1)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        call(args.bin / "simstore", "generate", "--scenario", args.scenario, "--out", folder / "shop", "--level", "video",
             "--seconds", args.seconds)
        print("| looking | frames/s | frames a processor second | " + " | ".join(COLUMNS[1:]) + " |")
        print("| --- " + "| ---: " * (len(COLUMNS) + 1) + "|")
        for detector in args.detector:
            for every, gate in [(every, False) for every in args.every] + [(1, True)]:
                (wall, cpu), ms, board = run(args, folder, detector, every, gate)
                films = list((folder / "shop/cameras").glob("*.mp4"))
                frames = args.seconds * 10 * len(films)
                what = f"{detector}, every {every}{', gate' if gate else ''} ({ms:.1f} ms)"
                row(f"{what} | {frames / wall:.0f} | {frames / cpu:.0f}", board)


if __name__ == "__main__":
    main()
