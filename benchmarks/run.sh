#!/usr/bin/env bash
# Every measurement of benchmarks/RESULTS.md, one after the other; some hours on two cores. Footage, models and peers' scorers
# are found under AISLEFLOW_SHARED (see CONTRIBUTING.md); Python 3.11 is needed for the peers.
set -euo pipefail
cd "$(dirname "$0")/.."
: "${AISLEFLOW_SHARED:?names the folder that holds data/ and models/}"
grep -m1 'model name' /proc/cpuinfo; nproc; git rev-parse --short HEAD
benchmarks/decode/run.sh
cargo run -q --locked -p benchmarks --bin correction
cargo run -q --locked -p benchmarks --bin crowd
cargo build -q --locked --workspace --bin join
python3 benchmarks/join/run.py --peers "$AISLEFLOW_SHARED/eval/join-peers"
cargo run -q --locked -p benchmarks --bin gate_codes
benchmarks/room/run.sh
benchmarks/room/run.sh --jitter 20
python3 benchmarks/peers/run.py
python3 benchmarks/peers/run.py --jitter 30
benchmarks/video/run.sh
python3 benchmarks/simstore/grid.py --level observations --seconds 300
python3 benchmarks/simstore/grid.py --seconds 60
python3 benchmarks/simstore/visits.py
python3 benchmarks/personal/run.py
python3 benchmarks/simstore/look.py --models "$AISLEFLOW_SHARED/models"
"${CARGO_TARGET_DIR:-target}"/debug/aisleflow models bench --models "$AISLEFLOW_SHARED/models"
benchmarks/onnx/run.sh shopper-448x336
benchmarks/onnx/run.sh yolox-nano-416x416
benchmarks/onnx/run.sh yolox-nano-480x640
