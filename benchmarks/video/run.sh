#!/usr/bin/env bash
# Installs the peer into a virtual environment of its own, builds ours, and runs run.py. Arguments are passed on.
set -euo pipefail
cd "$(dirname "$0")/../.."
target="${CARGO_TARGET_DIR:-target}"
cargo build --quiet --locked --workspace
venv="$target/venv-video"
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check -r benchmarks/video/requirements.txt
exec "$venv/bin/python" benchmarks/video/run.py --binary "$target/debug/aisleflow" "$@"
