#!/usr/bin/env python3
"""Real video through ours and through the Python pipeline, same weights, one run: see README.md."""
import argparse
import collections
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib

import duckdb

MODELS = [("yolox-nano-416x416", "yolox_nano_416x416.onnx", 416, 416),
          ("yolox-nano-480x640", "yolox_nano_480x640.onnx", 640, 480)]


def timed(command):
    """Runs a command; gives what it printed, wall seconds, and processor seconds of it and its children."""
    before, start = os.times(), time.perf_counter()
    done = subprocess.run(command, text=True, capture_output=True)
    wall, after = time.perf_counter() - start, os.times()
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return done.stdout, wall, cpu


def ours(args, work, config, data, name):
    """Runs `aisleflow run`; gives its tables' folder, its report, wall and processor seconds."""
    out = os.path.join(work, name)
    command = [args.binary, "run", "--config", config, "--data", data, "--models", args.models, "--out", out,
               "--workers", "1", "--threads", "1"]
    printed, wall, cpu = timed(command)
    return out, printed, wall, cpu


def rows(out):
    """frame (from 1), tracklet, left, top, width, height, score of every sighting with a tracklet."""
    return duckdb.sql(f"""
        SELECT camera, frame + 1, tracklet_id, left_px, top_px, right_px - left_px, bottom_px - top_px, score
        FROM read_parquet('{out}/detections/**/*.parquet') WHERE tracklet_id IS NOT NULL ORDER BY 2, 3""").fetchall()


def motchallenge(found, path):
    """Writes rows as MOTChallenge text."""
    numbers = {}
    with open(path, "w") as file:
        for _, frame, tracklet, left, top, width, height, score in found:
            number = numbers.setdefault(tracklet, len(numbers) + 1)
            file.write(f"{frame},{number},{left:.2f},{top:.2f},{width:.2f},{height:.2f},{score:.3f},-1,-1,-1\n")


def pets(args, work):
    """The table on pets/vtest.avi."""
    print("pets/vtest.avi against mot15/PETS09-S2L1, every frame")
    print(f"{'':28}{'HOTA':>7}{'MOTA':>7}{'IDF1':>7}{'IDSW':>6}{'frames/s':>10}{'frames/CPU s':>14}")
    peer = os.path.join(args.shared, "eval", "video_peer.py")
    video = os.path.join(args.data, "pets", "vtest.avi")
    for name, weights, width, height in MODELS:
        config = os.path.join(work, f"{name}.toml")
        with open(config, "w") as file:
            file.write(f'[store]\nname = "pets"\n[output]\ndetections = true\n[models]\ndetector = "{name}"\n'
                       '[[cameras]]\nname = "view1"\npath = "vtest.avi"\nstart = 2009-01-01T00:00:00Z\n')
        result, speeds, spent = os.path.join(work, f"peer-{name}.txt"), collections.defaultdict(list), ""
        for turn in range(args.runs):
            _, wall, cpu = timed([sys.executable, peer, video, os.path.join(args.models, weights), result,
                                  "--width", str(width), "--height", str(height), "--fps", "10"])
            speeds["peer"].append((795 / wall, 795 / cpu))
            out, printed, wall, cpu = ours(args, work, config, os.path.join(args.data, "pets"), f"{name}-{turn}")
            speeds["ours"].append((795 / wall, 795 / cpu))
            spent = re.search(r"^spent +(.*)$", printed, re.M).group(1)
        mine = os.path.join(work, f"ours-{name}.txt")
        motchallenge(rows(out), mine)
        for who, path in (("peer", result), ("ours", mine)):
            command = [sys.executable, peer, "--eval", os.path.join(args.data, "mot15"), "PETS09-S2L1", path]
            scored, _, _ = timed(command)
            value = dict(re.findall(r"(HOTA|MOTA|IDF1|IDSW) ([-\d.]+)", scored))
            wall, cpu = (statistics.median(column) for column in zip(*speeds[who]))
            print(f"{who + ' ' + name:28}{value['HOTA']:>7}{value['MOTA']:>7}{value['IDF1']:>7}{value['IDSW']:>6}{wall:>10.1f}{cpu:>14.1f}")
        print(f"{'':5}ours spent {spent}")
    own(args, work)


def own(args, work):
    """The built-in network on the same video: no peer runs it, so ours alone."""
    config = os.path.join(work, "own.toml")
    with open(config, "w") as file:
        file.write('[store]\nname = "pets"\n[output]\ndetections = true\n'
                   '[[cameras]]\nname = "view1"\npath = "vtest.avi"\nstart = 2009-01-01T00:00:00Z\n')
    speeds = []
    for turn in range(args.runs):
        out, printed, wall, cpu = ours(args, work, config, os.path.join(args.data, "pets"), f"own-{turn}")
        speeds.append((795 / wall, 795 / cpu))
    mine = os.path.join(work, "ours-own.txt")
    motchallenge(rows(out), mine)
    peer = os.path.join(args.shared, "eval", "video_peer.py")
    scored, _, _ = timed([sys.executable, peer, "--eval", os.path.join(args.data, "mot15"), "PETS09-S2L1", mine])
    value = dict(re.findall(r"(HOTA|MOTA|IDF1|IDSW) ([-\d.]+)", scored))
    wall, cpu = (statistics.median(column) for column in zip(*speeds))
    print(f"{'ours, built-in network':28}{value['HOTA']:>7}{value['MOTA']:>7}{value['IDF1']:>7}{value['IDSW']:>6}{wall:>10.1f}{cpu:>14.1f}")
    print(f"{'':5}ours spent " + re.search(r"^spent +(.*)$", printed, re.M).group(1))


def inside(x, y, polygon):
    """Even-odd rule."""
    found = False
    for (x0, y0), (x1, y1) in zip(polygon, polygon[1:] + polygon[:1]):
        if (y0 > y) != (y1 > y) and x < x0 + (y - y0) / (y1 - y0) * (x1 - x0):
            found = not found
    return found


def continuity(sightings):
    """Ids, frames without any of them between the first and the last, longest such stretch, of {frame: {ids}}."""
    frames = sorted(sightings)
    if not frames:
        return 0, 0, 0
    gaps = [b - a - 1 for a, b in zip(frames, frames[1:])]
    return len(set().union(*sightings.values())), sum(gaps), max(gaps, default=0)


def nanostore(args, work):
    """The one shopper in four cameras. The peer knows no regions, so that ours are held against its boxes too."""
    config = os.path.join(os.path.dirname(__file__), "..", "..", "pipeline", "examples", "nanostore.toml")
    with open(config, "rb") as file:
        cameras = tomllib.load(file)["cameras"]
    with open(config) as file, open(os.path.join(work, "nanostore.toml"), "w") as copy:
        copy.write(file.read().replace("[store]", "[output]\ndetections = true\n\n[store]"))
    folder = os.path.join(args.data, "nanostore", "video")
    out, printed, _, _ = ours(args, work, os.path.join(work, "nanostore.toml"), folder, "nanostore")
    print("\nnanostore, YOLOX-nano 480x640: the one shopper (lost: no box with an id, between the first and the last)")
    print(f"{'camera':8}{'peer ids':>9}{'in shop':>9}{'lost s':>8}{'longest':>9}{'ours':>7}{'lost s':>8}{'longest':>9}")
    mine = collections.defaultdict(lambda: collections.defaultdict(set))
    for camera, frame, tracklet, *_ in rows(out):
        mine[camera][frame].add(tracklet)
    peer = os.path.join(args.shared, "eval", "video_peer.py")
    for camera in cameras:
        name, path = camera["name"], os.path.join(work, f"peer-{camera['name']}.txt")
        timed([sys.executable, peer, os.path.join(folder, camera["path"]), os.path.join(args.models, MODELS[1][1]), path,
               "--width", "640", "--height", "480", "--fps", "10"])
        everyone, shop = collections.defaultdict(set), collections.defaultdict(set)
        for line in open(path).read().split():
            frame, number, left, top, width, height = (float(v) for v in line.split(",")[:6])
            everyone[frame].add(number)
            foot = (left + width / 2, min(top + height, 359.9))
            if any(inside(*foot, region["polygon_px"]) for region in camera["regions"]):
                shop[frame].add(number)
        ids, lost, longest = continuity(shop)
        tracklets, our_lost, our_longest = continuity(mine[name])
        print(f"{name:8}{continuity(everyone)[0]:>9}{ids:>9}{lost / 10:>8.1f}{longest / 10:>9.1f}"
              f"{tracklets:>7}{our_lost / 10:>8.1f}{our_longest / 10:>9.1f}")
    print("".join(line + "\n" for line in printed.splitlines() if line.startswith(("store", "found"))), end="")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--shared", default=os.environ.get("AISLEFLOW_SHARED", "../shared"))
    parser.add_argument("--runs", type=int, default=3, help="runs of each, in turns; the median is printed")
    parser.add_argument("--only", choices=["pets", "nanostore"])
    args = parser.parse_args()
    args.data, args.models = os.path.join(args.shared, "data"), os.path.join(args.shared, "models")
    if not os.path.isdir(args.data):
        sys.exit(f"skipped: no footage at {args.data}; set AISLEFLOW_SHARED")
    with tempfile.TemporaryDirectory() as work:
        if args.only != "nanostore":
            pets(args, work)
        if args.only != "pets":
            nanostore(args, work)


if __name__ == "__main__":
    main()
