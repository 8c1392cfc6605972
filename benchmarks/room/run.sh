#!/usr/bin/env bash
# Installs TrackEval into a virtual environment of its own, builds ours, tests the scorer, and runs run.py. Arguments are passed on.
set -euo pipefail
cd "$(dirname "$0")/../.."
target="${CARGO_TARGET_DIR:-target}"
cargo build --quiet --locked --workspace
venv="$target/venv-room"
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check -r benchmarks/room/requirements.txt
"$venv/bin/python" benchmarks/room/score.py --self-test 2>/dev/null || { echo 'the scorer is wrong: benchmarks/room/score.py --self-test'; exit 1; }
exec "$venv/bin/python" benchmarks/room/run.py --binary "$target/debug/aisleflow" "$@"
