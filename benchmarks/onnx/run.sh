#!/bin/sh
# Layer by layer, tract beside onnxruntime, one thread each, one after the other on the same machine.
#   AISLEFLOW_SHARED=... benchmarks/onnx/run.sh [NAME] [RUNS]      (Python with models/parity/requirements.txt: PYTHON=...)
set -eu
name=${1:-yolox-nano-416x416}
runs=${2:-50}
folder="${AISLEFLOW_SHARED:?set AISLEFLOW_SHARED to the folder that holds models/}/models"
here=$(cd "$(dirname "$0")" && pwd)
file=$(sed -n 's/^file = "\(.*\)"/\1/p' "$here/../../models/zoo/$name/manifest.toml")
out=$(mktemp)
trap 'rm -f "$out"' EXIT
${LAYERS:-cargo run -q -p benchmarks --bin layers --} "$folder" "$name" "$runs" > "$out"
grep -v '^layer' "$out"
${PYTHON:-python3} "$here/profile.py" "$folder/$file" "$runs" "$out"
