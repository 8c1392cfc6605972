#!/usr/bin/env python3
"""Few and many shoppers, honest and adversarial, through simulator, pipeline and scores: one row for each cell.

    benchmarks/simstore/grid.py                                  films: some 5 minutes a cell on two cores
    benchmarks/simstore/grid.py --detector yolox-nano-480x640 --models DIR
    benchmarks/simstore/grid.py --level observations             simulated detections: a minute a cell
    benchmarks/simstore/grid.py --shoppers 12 --adversarial 0.4 --seconds 60 --keep DIR
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def call(*command):
    done = subprocess.run([str(part) for part in command], text=True, capture_output=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def cell(args, shoppers, adversarial, folder):
    """Simulates, runs and scores one cell."""
    scenario = (HERE / "scenarios" / f"corner-{shoppers}.toml").read_text()
    lines = [line for line in scenario.splitlines() if not line.startswith("adversarial_share")]
    lines.insert(lines.index("[people]") + 1, f"adversarial_share = {adversarial}")
    file = folder / "scenario.toml"
    file.write_text("\n".join(lines) + "\n")
    seed = ["--seed", args.seed] if args.seed is not None else []
    call(args.bin / "simstore", "generate", "--scenario", file, "--out", folder / "shop", "--level", args.level,
         "--seconds", args.seconds, *seed)
    detector = ["--detector", args.detector] if args.detector else []
    call(args.bin / "aisleflow", "run", "--config", folder / "shop/store.toml", "--data", folder / "shop",
         "--models", args.models or folder, "--out", folder / "tables", *detector)
    return json.loads(call(args.bin / "simstore", "score", "--truth", folder / "shop/truth", "--tables", folder / "tables",
                           "--json"))


COLUMNS = ["shoppers, adversarial", "people", "recall corner", "recall shelf", "false a picture", "camera: HOTA", "IDF1", "switches",
           "floor: IDF1", "MOTA", "switches", "tracks", "error mm"]


def share(parts):
    """Hits of all, with both counts."""
    hits, of = sum(part["hits"] for part in parts), sum(part["of"] for part in parts)
    return f"{hits / of:.3f} ({hits} of {of})" if of else "-"


def row(name, board):
    """One line of the table, from the scoreboard."""
    recall = lambda kind: share([c["recall"] for c in board["detection"] if c["camera"].startswith(kind)])
    cameras, floor = board["tracking_all"], board["floor"]
    cells = [name, floor["clear"]["people"], recall("corner"), recall("shelf"),
             f"{board['detection_all']['false_per_frame']:.3f}", f"{cameras['hota']['hota']:.3f}", f"{cameras['idf1']:.3f}",
             cameras["clear"]["switches"], f"{floor['idf1']:.3f}", f"{floor['mota']:.3f}", floor["clear"]["switches"],
             floor["clear"]["tracks"], f"{floor['error_mm'][0]:.0f}"]
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    target = os.environ.get("CARGO_TARGET_DIR", ROOT / "target")
    parser.add_argument("--bin", type=Path, default=Path(target) / "debug", help="folder of the two programs")
    parser.add_argument("--models", type=Path, help="folder of the detector's weights, where it is not built in")
    parser.add_argument("--detector", help="another network than the built-in one")
    parser.add_argument("--level", choices=["video", "observations"], default="video")
    parser.add_argument("--shoppers", type=int, nargs="+", choices=[4, 12], default=[4, 12])
    parser.add_argument("--adversarial", type=float, nargs="+", default=[0.0, 0.4])
    parser.add_argument("--seconds", type=int, default=120)
    parser.add_argument("--seed", type=int, help="instead of the scenarios' own")
    parser.add_argument("--keep", type=Path, help="leave shops and tables there")
    args = parser.parse_args()
    print("| " + " | ".join(COLUMNS) + " |\n| ---" + " | ---:" * (len(COLUMNS) - 1) + " |")
    for shoppers in args.shoppers:
        for adversarial in args.adversarial:
            name = f"{args.level}-{shoppers}-{adversarial}"
            with tempfile.TemporaryDirectory() as scratch:
                folder = (args.keep or Path(scratch)) / name
                folder.mkdir(parents=True, exist_ok=True)
                row(f"{shoppers}, {adversarial}", cell(args, shoppers, adversarial, folder))


if __name__ == "__main__":
    main()
