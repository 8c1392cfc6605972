#!/usr/bin/env python3
"""Draws simulated scales beside a real log: spectra, spreads, a step, and how walking nearby shows.

usage: cargo run -p simstore --example scale_log > /tmp/scales.csv
       python3 benchmarks/simstore/compare_scales.py --log PLATE_DATA_JSON --ours /tmp/scales.csv --out scales.png

The log is nanostore/benchmark1/plate_data.json: batches of base64 float32 [12][shelf][plate] at 60 Hz. Needs numpy, matplotlib.
"""
import argparse
import base64
import csv
import json
from collections import defaultdict

import matplotlib
import numpy as np

matplotlib.use("Agg")
import matplotlib.pyplot as plt

HZ = 60.0
QUIET_S = 4.8  # nobody walks nearby before


def real(path):
    """{(gondola, shelf, plate): grams}, only plates that say numbers that change."""
    batches = defaultdict(list)
    for line in open(path):
        document = json.loads(line)["document"]
        values = document["plate_data"]["values"]
        grams = np.frombuffer(base64.b64decode(values["data"]), "<f4").reshape(values["shape"])
        gondola = document["plate_data"]["plate_id"]["shelf_id"]["gondola_id"]["id"]
        batches[gondola].append((document["header"]["t_origin"], grams))
    plates = {}
    for gondola, found in batches.items():
        grams = np.concatenate([g for _, g in sorted(found, key=lambda b: b[0])]).astype(float)
        for shelf in range(grams.shape[1]):
            for plate in range(grams.shape[2]):
                course = grams[:, shelf, plate]
                if np.isfinite(course).all() and course.std() > 0:
                    plates[(gondola, shelf, plate)] = course
    return plates


def ours(path):
    """{scale: grams}; what was not heard is filled with what was heard last."""
    scales = defaultdict(list)
    for row in csv.DictReader(open(path)):
        scales[row["scale"]].append((float(row["seconds"]), float(row["grams"])))
    courses = {}
    for name, samples in scales.items():
        grams = np.array([g for _, g in sorted(samples)])
        known = np.isfinite(grams)
        courses[name] = np.interp(np.arange(len(grams)), np.flatnonzero(known), grams[known])
    return courses


def spectrum(course, size=256):
    """Power density in g2/Hz, Welch's way, without the line through each window."""
    window, powers, at = np.hanning(size), [], np.arange(size)
    for begin in range(0, len(course) - size + 1, size // 2):
        part = course[begin : begin + size]
        part = part - np.polyval(np.polyfit(at, part, 1), at)
        powers.append(np.abs(np.fft.rfft(part * window)) ** 2 / (HZ * (window**2).sum()))
    return np.fft.rfftfreq(size, 1 / HZ), 2 * np.mean(powers, 0)


def main():
    arguments = argparse.ArgumentParser()
    for name in ("--log", "--ours", "--out"):
        arguments.add_argument(name, required=True)
    asked = arguments.parse_args()
    sides = [("real", real(asked.log)), ("ours", ours(asked.ours))]
    figure, axes = plt.subplots(4, 2, figsize=(15, 18))
    quiet = int(QUIET_S * HZ)
    for column, (side, courses) in enumerate(sides):
        powers = []
        for name, course in courses.items():
            if np.ptp(course) < 200:
                frequency, power = spectrum(course)
                powers.append(power)
                axes[0, column].loglog(frequency[1:], power[1:], lw=0.3, alpha=0.5)
        for share in (10, 50, 90):
            axes[0, column].loglog(frequency[1:], np.percentile(powers, share, axis=0)[1:], "k", lw=1.5)
        axes[0, column].set(title=f"{side}: spectra of {len(powers)} scales, 10/50/90 %", xlabel="Hz", ylabel="g2/Hz")
        axes[0, column].set_ylim(1e-5, 1e2)
        step = max(courses, key=lambda name: np.abs(course_step(courses[name])).max())
        at = int(np.abs(course_step(courses[step])).argmax())
        course = courses[step][max(0, at - 40) : at + 80]
        axes[1, column].plot((np.arange(len(course)) - 40) / HZ, course - course[0], ".-", lw=0.8)
        axes[1, column].set(title=f"{side}: the step at {step}", xlabel="s", ylabel="g")
        noisy = sorted((n for n in courses if np.ptp(courses[n]) < 200), key=lambda n: courses[n].std())
        for i, share in enumerate((0.1, 0.5, 0.75, 0.9, 0.97)):
            course = courses[noisy[int(share * len(noisy))]]
            axes[2, column].plot(np.arange(len(course)) / HZ, course - np.median(course) + 25 * i, lw=0.5)
        axes[2, column].set(title=f"{side}: courses at 10, 50, 75, 90, 97 % of spread", xlabel="s", ylabel="g")
        axes[2, column].set_ylim(-25, 160)
        spreads = {"quiet": [c[:quiet].std() for c in courses.values() if np.ptp(c) < 200]}
        spreads["walked by"] = [c[quiet:].std() for c in courses.values() if np.ptp(c) < 200]
        for name, spread in spreads.items():
            axes[3, column].semilogx(np.sort(spread), np.linspace(0, 1, len(spread)), label=name)
            quantiles = np.quantile(spread, [0.05, 0.25, 0.5, 0.75, 0.95]).round(2)
            print(f"{side} {name}: standard deviation at 5/25/50/75/95 %, g: {quantiles.tolist()}")
        axes[3, column].set(title=f"{side}: share of scales with at most this spread", xlabel="g")
        axes[3, column].set_xlim(0.2, 40)
        axes[3, column].legend()
    figure.tight_layout()
    figure.savefig(asked.out, dpi=70)


def course_step(course):
    """How far it moves within a tenth of a second."""
    return course[6:] - course[:-6]


main()
