#!/usr/bin/env python3
"""Our tracker beside its peers on the same detections: one table of scores for each set, and frames per processor second.

    benchmarks/peers/run.py --data DIR              every tracker, scores and speed
    benchmarks/peers/run.py --data DIR --jitter 40  ours alone, every setting drawn within +-20 % of its default

DIR holds mot17/ and mot15/ (README.md). Python 3.11; makes its virtual environments under --work on the first run.
"""
import argparse
import json
import os
import random
import re
import statistics
import subprocess
import sys

from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
VENVS = {"bytetrack": ["bytetrack"], "trackers": ["sort", "sort30", "sort30_paper", "ocsort", "cbiou"]}
METRICS = ("HOTA", "MOTA", "IDF1", "IDSW")


def python_of(work, name):
    """The interpreter of a virtual environment, made when it is missing."""
    folder, wanted = work / f"venv-{name}", HERE / f"requirements-{name}.txt"
    python, stamp = folder / "bin" / "python", folder / "installed.txt"
    if not stamp.exists() or stamp.read_text() != wanted.read_text():
        print(f"installing {wanted.name} into {folder}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r", wanted], check=True)
        stamp.write_text(wanted.read_text())
    return python


def sequences(data, python):
    """(set, name, folder, detections) of every sequence, as sequences.py finds them."""
    code = "import json, sys, sequences; print(json.dumps([(s.set, s.name, s.folder, s.detections) for s in sequences.sequences(sys.argv[1])]))"
    return json.loads(subprocess.run([python, "-c", code, data], cwd=HERE, check=True, capture_output=True, text=True).stdout)


def ours(binary, found, out, settings=(), repeat=1, extra=()):
    """Tracks every sequence with `aisleflow track`; returns (frames, processor seconds)."""
    total = [0, 0.0]
    for group, name, folder, detections in found:
        (out / group).mkdir(parents=True, exist_ok=True)
        command = [binary, "track", "--detections", detections, "--seqinfo", os.path.join(folder, "seqinfo.ini"),
                   "--out", out / group / f"{name}.txt", "--timing", "--repeat", str(repeat), *extra]
        for setting in settings:
            command += ["--set", setting]
        timing = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        total[0] += timing["frames"]
        total[1] += timing["seconds"]
    return tuple(total)


def mean(scores, metric):
    return statistics.mean(s[metric] for s in scores.values())


def table(results):
    """One Markdown table for each set: HOTA / MOTA / IDF1 / switches, per sequence and mean."""
    first = next(iter(results.values()))
    for group, sequences_ in first.items():
        names = list(sequences_)
        print(f"\n{group}: HOTA / MOTA / IDF1 / switches\n\n| tracker | {' | '.join(names)} | mean |")
        print("| --- |" + " --- |" * (len(names) + 1))
        for tracker, sets in results.items():
            cell = lambda x: f"{x['HOTA']:.1f} / {x['MOTA']:.1f} / {x['IDF1']:.1f} / {x['IDSW']:.0f}"
            cells = [cell(sets[group][n]) for n in names] + [cell({m: mean(sets[group], m) for m in METRICS})]
            print(f"| {tracker} | {' | '.join(cells)} |")


def compare(args, pythons):
    out, speeds = args.work / "results", {}
    for venv, trackers in VENVS.items():
        for tracker in trackers:
            command = [pythons[venv], HERE / "peer.py", tracker, "--data", args.data, "--out", out / tracker, "--repeat", str(args.runs)]
            subprocess.run(command, check=True)
            timing = json.loads((out / tracker / "timing.json").read_text())
            speeds[tracker] = timing["frames"] / statistics.median(timing["seconds"])
    found = sequences(args.data, pythons["bytetrack"])
    passes = [ours(args.aisleflow, found, out / "aisleflow", repeat=20) for _ in range(args.runs)]
    speeds["aisleflow"] = statistics.median(frames / max(seconds, 1e-9) for frames, seconds in passes)
    ours(args.aisleflow, found, out / "aisleflow_filled", extra=["--fill-gaps-ms", "700"])
    names = [t for trackers in VENVS.values() for t in trackers] + ["aisleflow", "aisleflow_filled"]
    scored = score(args.data, pythons, [out / n for n in names])
    table(dict(zip(names, scored)))
    print("\naisleflow_filled is not online: gaps of up to 700 ms are filled with straight lines afterwards.")
    print(f"\n| tracker | frames per processor second (median of {args.runs}) | of ByteTrack's |\n| --- | --- | --- |")
    for name, speed in speeds.items():
        print(f"| {name} | {speed:,.0f} | {speed / speeds['bytetrack']:.1f} x |")


def score(data, pythons, folders):
    command = [pythons["bytetrack"], HERE / "score.py", "--data", data, *folders]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def settings_of(binary):
    """(name, default, low, high) of every tracker setting, from the command's help."""
    text = subprocess.run([binary, "track", "--help"], check=True, capture_output=True, text=True).stdout
    return [(n, int(d), int(l), int(h)) for n, d, l, h in re.findall(r"(\w+) = (\d+) \((\d+)\.\.=(\d+)\)", text)]


def jitter(args, pythons):
    draw, found = random.Random(args.seed), sequences(args.data, pythons["bytetrack"])
    folders = []
    for number in range(args.jitter):
        settings = []
        for name, default, low, high in settings_of(args.aisleflow):
            value = round(default * draw.uniform(0.8, 1.2))
            settings.append(f"{name}={min(max(value, low), high)}")
        folders.append(args.work / "results" / "jitter" / str(number))
        ours(args.aisleflow, found, folders[-1], settings)
    draws = score(args.data, pythons, folders)
    print(f"{args.jitter} draws, every setting within +-20 %, seed {args.seed}\n\n| set | metric | mean | deviation | least | most |")
    print("| --- | --- | --- | --- | --- | --- |")
    for group in draws[0]:
        for metric in METRICS:
            xs = [mean(d[group], metric) for d in draws]
            print(f"| {group} | {metric} | {statistics.mean(xs):.2f} | {statistics.pstdev(xs):.2f} | {min(xs):.2f} | {max(xs):.2f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    shared = os.environ.get("AISLEFLOW_SHARED")
    parser.add_argument("--data", default=shared and os.path.join(shared, "data"), help="default: $AISLEFLOW_SHARED/data")
    parser.add_argument("--aisleflow", type=Path, default=ROOT / "target" / "debug" / "aisleflow")
    parser.add_argument("--work", type=Path, default=ROOT / "target" / "peers", help="virtual environments and results")
    parser.add_argument("--runs", type=int, default=5, help="timed runs, of which the median counts")
    parser.add_argument("--jitter", type=int, default=0, metavar="N", help="N draws of our settings instead")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    if not args.data:
        parser.error("give --data DIR or set AISLEFLOW_SHARED")
    if not args.aisleflow.exists():
        parser.error(f"{args.aisleflow} is missing: make build")
    pythons = {name: python_of(args.work, name) for name in (VENVS if not args.jitter else ["bytetrack"])}
    (jitter if args.jitter else compare)(args, pythons)


if __name__ == "__main__":
    main()
