#!/usr/bin/env bash
# Layer by layer, tract beside onnxruntime, one thread each, one after the other on the same machine.
#   AISLEFLOW_SHARED=... benchmarks/onnx/run.sh [NAME] [RUNS]
set -euo pipefail
cd "$(dirname "$0")/../.."
name=${1:-yolox-nano-416x416}
runs=${2:-50}
folder="${AISLEFLOW_SHARED:?names the folder that holds models/}/models"
target="${CARGO_TARGET_DIR:-target}"
built="models/zoo/$name/$name.onnx"
file=$(sed -n 's/^file = "\(.*\)"/\1/p' "models/zoo/$name/manifest.toml")
venv="$target/venv-onnx"
if [ ! -x "$venv/bin/python" ]; then python3 -m venv "$venv"; fi
"$venv/bin/pip" install --quiet --disable-pip-version-check -r models/parity/requirements.txt
cargo build --quiet --locked --workspace
out=$(mktemp)
trap 'rm -f "$out"' EXIT
if [ -f "$built" ]; then onnx="$built"; else onnx="$folder/$file"; fi
"$target/debug/layers" "$folder" "$name" "$runs" >"$out"
grep -v '^layer' "$out"
"$venv/bin/python" benchmarks/onnx/profile.py "$onnx" "$runs" "$out"
