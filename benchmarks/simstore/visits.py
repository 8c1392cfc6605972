#!/usr/bin/env python3
"""Who was there on whose account, and what they were billed: cells of a simulated shop through simulator, pipeline and scores, one line each, with Wilson intervals.

    benchmarks/simstore/visits.py                                     observation level: 1,000 visits and more a cell, minutes each
    benchmarks/simstore/visits.py --cells corner-12-0 --noise yolox-nano
    benchmarks/simstore/visits.py --seeds 6 --jobs 8                  six shops a cell, a sixth of the time each, eight at once
    benchmarks/simstore/visits.py --level video --visits 40 --every 1 2 5   films; also as if cameras were slower: what was found in every n-th
                                                                      picture of all cameras, given as detections (needs `pip install duckdb`)

Of several shops hits are added up; of medians and other figures the median shop's is told. A cell is SHOP-SHOPPERS-ADVERSARIAL. `--visits` is how many are aimed at: the seconds are taken from how many came in an hour of such a shop.
"""
import argparse
import json
import math
import re
import statistics
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from grid import ROOT, call
import os

# Visits that come in an hour of the scenario, roughly.
HOURLY = {"corner-4": 90, "corner-12": 200, "large-40": 330}
# With as much as this on their lists the large shop is full: 35 shoppers and three of staff, most of the time.
BASKET = {"corner": 3, "large": 12}
CELLS = ["corner-4-0", "corner-4-0.4", "corner-12-0", "corner-12-0.4", "large-40-0", "large-40-0.4"]
COLUMNS = ["cell", "visits of members right", "of staff", "without a code", "parties whole", "ticks right", "switches a visit",
           "entered, left: median s", "dwell: median, 95 % s", "path", "lost wrongly", "floor IDF1", "units: F1", "receipts right", "reviewed", "receipt after s: median, 95 %", "x real time"]


def pooled(boards):
    """One score of several shops."""
    first = boards[0]
    if isinstance(first, dict) and {"hits", "of", "wilson_95"} <= first.keys():
        hits, of = sum(b["hits"] for b in boards), sum(b["of"] for b in boards)
        if not of:
            return {**first, "hits": hits, "of": of}
        share, z = hits / of, 1.959964
        middle, half = share + z * z / (2 * of), z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
        return {"share": share, "hits": hits, "of": of, "wilson_95": [(middle + sign * half) / (1 + z * z / of) for sign in (-1, 1)]}
    if isinstance(first, dict):
        whole = {key: pooled([b[key] for b in boards if b.get(key) is not None] or [None]) for key in first}
        if {"f1", "precision", "recall"} <= first.keys():
            p, r = whole["precision"]["share"], whole["recall"]["share"]
            whole["f1"] = None if p is None or r is None else 2 * p * r / (p + r) if p + r else 0.0
        return whole
    if isinstance(first, bool) or not isinstance(first, (int, float)):
        return first
    return sum(boards) if isinstance(first, int) else statistics.median(boards)


def scenario(shop, shoppers, adversarial, seconds, seed, args):
    staff = {"corner": 1, "large": 3}[shop]
    lines = [f"name = '{shop}-{shoppers}'", f"shop = '{shop}'", f"seed = {seed}", f"seconds = {seconds}", f"level = '{args.level}'",
             "[people]", f"at_once_max = {shoppers}", f"basket_mean = {BASKET[shop]}", "parties_share = 0.3", f"staff = {staff}", "members = 2000",
             f"adversarial_share = {adversarial}", f"tailgaters_share = {args.tailgaters}"]
    if args.noise and args.level == "observations":
        lines += ["[observation]", f"noise = '{args.noise}'"]
    lines += ["[delivery]", f"scale_hz = {args.scale_hz}", f"skew_ms_max = {args.skew_ms}"]
    return "\n".join(lines) + "\n"


def told(figure, form=".2f"):
    """A dash where there was nothing to measure."""
    return "-" if figure is None else format(figure, form)


def ratio(part):
    if not part["of"]:
        return "-"
    low, high = part["wilson_95"]
    return f"{part['share']:.3f} [{low:.3f}, {high:.3f}] ({part['hits']}/{part['of']})"


def billed(receipts):
    """What was billed; dashes where nothing knew of goods."""
    if receipts is None:
        return ["-"] * 4
    share, after = receipts["in_the_end"], receipts["after_s"]
    return [told(share["f1"], ".3f"), ratio(share["right"]), ratio(receipts["reviewed"]), f"{told(after['median'])}, {told(after['p95'])}"]


def line(name, board, seconds, took):
    v, floor = board["visits"], board["floor"]
    visits = v["members"]["of"] + v["staff"]["of"]
    cells = [name, ratio(v["members"]), ratio(v["staff"]), ratio(v["tailgaters"]), ratio(v["parties"]), told(v["ticks"]["share"], ".4f"),
             f"{v['switches'] / max(1, visits):.3f}", f"{told(v['entered_s']['median'])}, {told(v['left_s']['median'])}",
             f"{told(v['dwell_s']['median'])}, {told(v['dwell_s']['p95'])}", told(v["path_share"]["median"], ".3f"), v["lost"],
             told(floor["idf1"], ".3f"), *billed(board["receipts"]), f"{seconds / took:.0f}"]
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    target = os.environ.get("CARGO_TARGET_DIR", ROOT / "target")
    parser.add_argument("--bin", type=Path, default=Path(target) / "debug", help="folder of the two programs")
    parser.add_argument("--level", choices=["video", "observations"], default="observations")
    parser.add_argument("--cells", nargs="+", default=CELLS)
    parser.add_argument("--visits", type=int, default=1000)
    parser.add_argument("--noise", help="errors of detections: a preset, or a file that `simstore fit` wrote")
    parser.add_argument("--skew-ms", type=int, default=0, help="clocks of cameras and gates are off by so much at most")
    parser.add_argument("--scale-hz", type=int, default=20, help="how often scales speak; 60 is what real ones do")
    parser.add_argument("--no-scales", action="store_true", help="of films: goods are known by what cameras see of slots")
    parser.add_argument("--tailgaters", type=float, default=0.05)
    parser.add_argument("--every", type=int, nargs="+", default=[1], help="of films: also at this fraction of the cameras' speed; 1 comes first")
    parser.add_argument("--detector", help="of films: another network than the built-in one")
    parser.add_argument("--models", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=1, help="so many shops, of this seed and the next ones, share a cell's time")
    parser.add_argument("--jobs", type=int, default=1, help="so many shops at once")
    parser.add_argument("--keep", type=Path, help="leave shops and tables there")
    args = parser.parse_args()
    if args.every[0] != 1 or args.every != [1] and (args.level != "video" or args.no_scales):
        parser.error("--every begins with 1, and other fractions are of films with scales: looks of slots need pictures")
    print("| " + " | ".join(COLUMNS) + " |\n| ---" + " | ---:" * (len(COLUMNS) - 1) + " |", flush=True)
    for name in args.cells:
        shop, shoppers, adversarial = name.split("-")
        seconds = int(3600 * args.visits / HOURLY[f"{shop}-{shoppers}"])
        seeds = range(args.seed, args.seed + args.seeds)
        with tempfile.TemporaryDirectory() as scratch, ThreadPoolExecutor(args.jobs) as jobs:
            folders = [(args.keep or Path(scratch)) / f"{name}-{seed}" for seed in seeds]
            whats = [(folder, scenario(shop, shoppers, adversarial, seconds // args.seeds, seed, args)) for folder, seed in zip(folders, seeds)]
            shops = list(jobs.map(lambda what: played(*what, args), whats))
        for i, every in enumerate(args.every):
            board, took = pooled([shop[i][0] for shop in shops]), sum(shop[i][1] for shop in shops)
            line(name if every == 1 else f"{name}, one frame of {every}", board, seconds, took)


def played(folder, text, args):
    """One shop: for each of `--every` its score, and how long the pipeline took."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "scenario.toml"
    file.write_text(text)
    call(args.bin / "simstore", "generate", "--scenario", file, "--out", folder / "shop")
    config = (folder / "shop/store.toml").read_text()
    if args.no_scales:
        config = re.sub(r"^scales = .*\n|^\[\[scales\]\]\n(?:.+\n)*", "", config, flags=re.MULTILINE)
    scores = []
    for every in args.every:
        file, tables = folder / "shop" / f"store-{every}.toml", folder / f"tables-{every}"
        file.write_text(config if every == 1 else slower(folder, config, every))
        detector = ["--detector", args.detector] if args.detector and every == 1 else []
        before = os.times().elapsed
        call(args.bin / "aisleflow", "run", "--config", file, "--data", folder / "shop", "--models", args.models or folder,
             "--out", tables, *detector)
        took = os.times().elapsed - before
        scores.append((json.loads(call(args.bin / "simstore", "score", "--truth", folder / "shop/truth", "--tables", tables, "--json")), took))
    return scores


def slower(folder, config, every):
    """The shop's configuration with cameras that take every n-th picture only: what the first run found in these is what they see."""
    import duckdb
    found, mine = folder / "tables-1/detections/**/*.parquet", folder / "shop" / f"every-{every}"
    mine.mkdir(exist_ok=True)
    for camera in re.findall(r'^\[\[cameras\]\]\nname = "(.+)"', config, flags=re.MULTILINE):
        duckdb.sql(f"COPY (SELECT * EXCLUDE (camera, tracklet_id) FROM read_parquet('{found}', hive_partitioning = false) "
                   f"WHERE camera = '{camera}' AND frame % {every} = 0 "
                   f"ORDER BY event_time, left_px, top_px, right_px, bottom_px, score) TO '{mine}/{camera}.parquet'")
    video, rows = r'^kind = "video"\npath = "cameras/(.+)\.mp4"\n(?:start = .+\n)?', rf'kind = "detections"\npath = "every-{every}/\1.parquet"\n'
    return re.sub(video, rows, config, flags=re.MULTILINE)


if __name__ == "__main__":
    main()
