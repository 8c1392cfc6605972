#!/usr/bin/env bash
# The whole recipe at toy size: pictures, pack, a few steps, ONNX, scores, and the file run by tract. Proves that it runs, not that it learns.
#   models/train/smoke.sh [FOLDER]
set -euo pipefail
cd "$(dirname "$0")/../.."
bin="${CARGO_TARGET_DIR:-target}/debug"
folder=${1:-$(mktemp -d)}
python="${PYTHON:-$folder/venv/bin/python}"
if [ ! -x "$(command -v "$python")" ]; then
  echo 'a virtual environment with PyTorch (PYTHON=... uses one that is there)'
  python3 -m venv "$folder/venv"
  "$python" -m pip install --quiet --disable-pip-version-check -r models/train/requirements.txt
fi
"$bin/simstore" frames --out "$folder/pictures" --count 96 --per-camera 2 --seed 5
"$bin/simstore" frames --out "$folder/held-out" --count 16 --per-camera 1 --seed 6
"$python" models/train/dataset.py "$folder/pack" "$folder/pictures"
"$python" models/train/train.py --pack "$folder/pack" --out "$folder/run" --steps 12 --workers 0
"$python" models/train/train.py --pack "$folder/pack" --out "$folder/run" --steps 20 --workers 0   # goes on
"$python" models/train/export.py "$folder/run/last.pt" "$folder/shopper.onnx" --no-looks
"$python" models/train/evaluate.py "$folder/shopper.onnx" "$folder/held-out" >"$folder/scores.json"
sed "s/^sha256 = .*/sha256 = \"$(sha256sum "$folder/shopper.onnx" | cut -d' ' -f1)\"/; s/^file = .*/file = \"shopper.onnx\"/; s/^version = .*/version = \"0.0.1-smoke\"/" \
  models/zoo/shopper-448x336/manifest.toml >"$folder/manifest.toml"
"$bin/aisleflow" models verify "$folder/manifest.toml"
"$bin/aisleflow" models bench "$folder/manifest.toml" --runs 5
echo "the whole recipe ran: $folder"
