#!/usr/bin/env python3
"""The cart's join: rates, latency, memory, corrections, and the same events in other engines (README.md).

    benchmarks/join/run.py [--peers DIR] [--runs N] [--events N] [--only WHAT]

Needs `cargo build --locked --workspace --bin join`. Python 3.11 for the peers; makes its virtual environments under --work.
"""
import argparse
import os
import re
import statistics
import subprocess
import sys

from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PEERS = {"duck": "", "bw": "", "pw": "", "fl": "-flink"}


def python_of(work, name):
    """The interpreter of a virtual environment, made when it is missing."""
    folder, wanted = work / f"venv{name}", HERE / f"requirements{name}.txt"
    python, stamp = folder / "bin" / "python", folder / "installed.txt"
    if not stamp.exists() or stamp.read_text() != wanted.read_text():
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r", wanted], check=True)
        stamp.write_text(wanted.read_text())
    return python


def load():
    return f"load {os.getloadavg()[0]:.1f} of {os.cpu_count()}"


def ours(binary, *words):
    return subprocess.run([binary, *map(str, words)], check=True, capture_output=True, text=True).stdout.strip()


def rates(binary, events, runs):
    for keys in ("", "real"):
        for workers in (1, 2):
            for tick_ms in (10, 100, 1000):
                words = ["rate", events, tick_ms, workers] + ([keys] if keys else [])
                said = [ours(binary, *words) for _ in range(runs)]
                wall, cpu = ([float(re.search(rf" {what} (\d+)", line)[1]) for line in said] for what in ("per_s", "per_cpu_s"))
                show = lambda numbers: f"{statistics.median(numbers):>10,.0f} ({min(numbers):,.0f} to {max(numbers):,.0f})"
                print(f"{keys or 'bare':<5} {workers} workers {tick_ms:>5} ms: {show(wall)} a second, {show(cpu)} a cpu second; {load()}", flush=True)


def peers(binary, folder, work, events, runs):
    data = work / f"events-{events}"
    data.mkdir(parents=True, exist_ok=True)
    ours(binary, "write", events, data)
    python = python_of(work, "")
    convert = "import duckdb, sys\nfor n in ('events', 'bindings', 'plan', 'price'):\n    duckdb.sql(f\"copy (from '{sys.argv[1]}/{n}.csv') to '{sys.argv[1]}/{n}.parquet' (format parquet)\")"
    subprocess.run([python, "-c", convert, data], check=True)
    rate_of = {}
    for _ in range(runs):
        mine = ours(binary, "rate", events, 100, 1)
        rate_of.setdefault("ours", []).append(float(re.search(r" per_s (\d+)", mine)[1]))
        print(f"{mine}; {load()}", flush=True)
    sums = re.search(r"sums \[([^\]]*)\]", mine)[1].split(", ")
    for name, venv in PEERS.items():
        program = Path(folder) / f"{name}.py"
        if not program.exists():
            print(f"{name}: no {program.name} there")
            continue
        words = {"duck": [data, 1], "fl": ["stream", data]}.get(name, [data])
        for _ in range(runs):
            run = subprocess.run([python_of(work, venv), program, *map(str, words)], capture_output=True, text=True)
            lines = [line for line in run.stdout.splitlines() if line.strip()]
            print(f"{name}: {lines[-1] if lines else (run.stderr.strip().splitlines() or ['nothing'])[-1]}; {load()}", flush=True)
            rate_of.setdefault(name, []).extend(map(float, re.findall(r" (\d+) ev/s", run.stdout)))
            if name == "duck":
                found = re.search(r"\((\d+), (-?\d+), (-?\d+), (?:Decimal\()?'?(-?\d+)", run.stdout)
                theirs = found and [*found.groups()[:3], str(int(found[4]) % 1_000_000_007)]
                assert theirs == sums, f"DuckDB sums {theirs}, ours {sums}"
                print("sums agree")
    base = statistics.median(rate_of["ours"])
    for name, rates in rate_of.items():
        if rates:
            print(f"{name}: median {statistics.median(rates):,.0f} a second of {len(rates)} runs ({min(rates):,.0f} to {max(rates):,.0f}), {statistics.median(rates) / base:.2f} of ours")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peers", help="folder with duck.py, bw.py, pw.py, fl.py")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--events", type=int, default=5_000_000)
    parser.add_argument("--peer-events", type=int, default=500_000)
    parser.add_argument("--only", choices=["rate", "latency", "memory", "correction", "peers"])
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    parser.add_argument("--work", type=Path, default=target / "join")
    arguments = parser.parse_args()
    binary, want = target / "debug" / "join", lambda what: arguments.only in (None, what)
    if want("rate"):
        rates(binary, arguments.events, arguments.runs)
    for what, words in (("latency", [30]), ("correction", [1_000_000])):
        for _ in range(arguments.runs if want(what) else 0):
            print(f"{ours(binary, what, *words)}\n{load()}", flush=True)
    if want("memory"):
        print(ours(binary, "memory", 3_600), flush=True)
    if arguments.peers and want("peers"):
        peers(binary, arguments.peers, arguments.work, arguments.peer_events, arguments.runs)


main()
