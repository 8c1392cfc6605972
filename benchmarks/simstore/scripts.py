#!/usr/bin/env python3
"""What scripted shoppers were billed: the nanostore's hand-labelled lists played again, and variants of every hard kind, one line each.

    benchmarks/simstore/scripts.py --nanostore DIR              the lists of DIR/events, in the shop of DIR
    benchmarks/simstore/scripts.py --kinds all --count 50       variants, in the corner shop
    benchmarks/simstore/scripts.py --kinds wrong_slot hand_over

Units are counted by article, as the score does: of three told and two true, two are right and one is false.
"""
import argparse
import json
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from grid import ROOT, call

KINDS = ["wrong_slot", "right_slot", "two_at_once", "take_and_return", "neighbours", "crossing_hands", "hand_over", "shirt", "pocket", "bag",
         "swap_places", "same_clothes", "resting_hand", "held_long", "same_article", "equal_weight"]
COLUMNS = ["script", "played", "units true", "units told", "right", "precision", "recall", "F1", "receipts right", "reviewed"]


def ratio(hits, of):
    return f"{hits / of:.3f}" if of else "-"


class Sum:
    """Units and receipts of some scripts."""

    def __init__(self):
        self.scripts = self.true = self.told = self.hits = self.receipts = self.right = self.cases = self.interactions = 0

    def add(self, receipts):
        share = receipts["in_the_end"]
        self.scripts += 1
        self.true += share["recall"]["of"]
        self.told += share["precision"]["of"]
        self.hits += share["recall"]["hits"]
        self.right += share["right"]["hits"]
        self.receipts += share["right"]["of"]
        self.cases += receipts["reviewed"]["hits"]
        self.interactions += receipts["reviewed"]["of"]

    def line(self, name):
        p = self.hits / self.told if self.told else 1.0
        r = self.hits / self.true if self.true else 1.0
        f1 = 2 * p * r / (p + r) if p + r else 0.0
        cells = [name, self.scripts, self.true, self.told, self.hits, f"{p:.3f}", f"{r:.3f}", f"{f1:.3f}",
                 f"{self.right}/{self.receipts}", f"{ratio(self.cases, self.interactions)} ({self.cases}/{self.interactions})"]
        return "| " + " | ".join(str(cell) for cell in cells) + " |"


def played(folder, args):
    """What was billed in one script; none where nobody was there to bill."""
    tables = folder / "tables"
    call(args.bin / "aisleflow", "run", "--config", folder / "store.toml", "--data", folder, "--models", folder, "--out", tables)
    board = json.loads(call(args.bin / "simstore", "score", "--truth", folder / "truth", "--tables", tables, "--json"))
    return board["receipts"]


def tell(name, folders, args, each):
    whole = Sum()
    with ThreadPoolExecutor(args.jobs) as jobs:
        billed = list(jobs.map(lambda folder: played(folder, args), folders))
    for folder, receipts in zip(folders, billed):
        if receipts is None:
            continue
        one = Sum()
        one.add(receipts)
        whole.add(receipts)
        if each or (args.wrong and one.right < one.receipts):
            print(one.line(folder.name), flush=True)
    print(whole.line(f"**{name}**"), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    target = os.environ.get("CARGO_TARGET_DIR", ROOT / "target")
    parser.add_argument("--bin", type=Path, default=Path(target) / "debug", help="folder of the two programs")
    parser.add_argument("--nanostore", type=Path, help="folder of the nanostore's description and lists")
    parser.add_argument("--kinds", nargs="+", default=[], help="hard kinds, or all")
    parser.add_argument("--count", type=int, default=50, help="variants of each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1, help="so many scripts at once")
    parser.add_argument("--wrong", action="store_true", help="also one line for each script whose receipt is wrong")
    parser.add_argument("--keep", type=Path, help="leave scripts and tables there")
    args = parser.parse_args()
    if not args.nanostore and not args.kinds:
        parser.error("neither --nanostore nor --kinds: nothing to play")
    print("| " + " | ".join(COLUMNS) + " |\n| ---" + " | ---:" * (len(COLUMNS) - 1) + " |", flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        root = args.keep or Path(scratch)
        root.mkdir(parents=True, exist_ok=True)
        play = [args.bin / "simstore"]
        if args.nanostore:
            out = root / "lists"
            call(*play, "reenact", "--nanostore", args.nanostore, "--seed", str(args.seed), "--out", out)
            tell("lists", sorted(path for path in out.iterdir() if (path / "store.toml").exists()), args, True)
        for kind in KINDS if args.kinds == ["all"] else args.kinds:
            out = root / kind
            call(*play, "variants", "--hard", kind, "--count", str(args.count), "--seed", str(args.seed), "--out", out)
            tell(kind, sorted(path for path in out.iterdir() if (path / "store.toml").exists()), args, False)


if __name__ == "__main__":
    main()
