#!/usr/bin/env python3
"""Scores MOTChallenge results with TrackEval: RESULTS holds SET/SEQUENCE.txt; prints one JSON
object for each of them."""
import argparse
import contextlib
import io
import json
import os
import shutil
import tempfile

import numpy as np
import trackeval

from sequences import sequences


def quiet(config, **changes):
    """TrackEval's default configuration with everything that prints, plots or writes switched off."""
    off = ("PRINT_CONFIG", "PRINT_RESULTS", "TIME_PROGRESS", "OUTPUT_SUMMARY", "OUTPUT_DETAILED", "PLOT_CURVES",
           "OUTPUT_EMPTY_CLASSES", "USE_PARALLEL", "DISPLAY_LESS_PROGRESS")
    return {**config, **{key: False for key in off if key in config}, **changes}


def score(root, results):
    """{set: {sequence: {HOTA, MOTA, IDF1, IDSW}}} in percent."""
    table = {}
    for name in sorted({s.set for s in sequences(root)}, reverse=True):
        found = [s for s in sequences(root) if s.set == name]
        with tempfile.TemporaryDirectory() as work:
            data = os.path.join(work, "tracker", "t", "data")
            os.makedirs(data)
            for s in found:
                shutil.copy(os.path.join(results, name, f"{s.name}.txt"), data)
            config = quiet(
                trackeval.datasets.MotChallenge2DBox.get_default_dataset_config(),
                GT_FOLDER=os.path.join(root, name), TRACKERS_FOLDER=os.path.join(work, "tracker"),
                SKIP_SPLIT_FOL=True, TRACKERS_TO_EVAL=["t"], SEQ_INFO={s.name: s.length for s in found},
                DO_PREPROC=name != "mot15")
            metrics = [trackeval.metrics.HOTA({"PRINT_CONFIG": False}), trackeval.metrics.CLEAR({"PRINT_CONFIG": False}),
                       trackeval.metrics.Identity({"PRINT_CONFIG": False})]
            with contextlib.redirect_stdout(io.StringIO()):
                evaluator = trackeval.Evaluator(quiet(trackeval.Evaluator.get_default_eval_config()))
                out, _ = evaluator.evaluate([trackeval.datasets.MotChallenge2DBox(config)], metrics)
        for s in found:
            x = out["MotChallenge2DBox"]["t"][s.name]["pedestrian"]
            table.setdefault(name, {})[s.name] = {
                "HOTA": 100 * float(np.mean(x["HOTA"]["HOTA"])), "MOTA": 100 * float(x["CLEAR"]["MOTA"]),
                "IDF1": 100 * float(x["Identity"]["IDF1"]), "IDSW": int(x["CLEAR"]["IDSW"])}
    return table


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", nargs="+")
    parser.add_argument("--data", required=True)
    args = parser.parse_args()
    print(json.dumps([score(args.data, results) for results in args.results]))


if __name__ == "__main__":
    main()
