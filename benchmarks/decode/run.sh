#!/usr/bin/env bash
# Decoding through the pipeline's reader beside `ffmpeg -threads 1 -i FILE -f null -`: frames a second of wall time and of CPU
# time of the whole process, measured in turns, medians; then memory of 1 and 4 cameras of 1080p.
# Usage: AISLEFLOW_SHARED=FOLDER benchmarks/decode/run.sh [RUNS]
set -euo pipefail
cd "$(dirname "$0")/../.."
runs=${1:-5}
data=${AISLEFLOW_SHARED:?names the folder that holds data/}/data
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cargo build --quiet --locked --workspace
decode=${CARGO_TARGET_DIR:-target}/debug/decode
ffmpeg -v error -i "$data/people/one-by-one-person-detection.mp4" -frames:v 600 -vf scale=1920:1080 \
    -c:v libx264 -preset veryfast -crf 23 "$work/people-1080p.mp4"

# Seconds of wall and of CPU time of a command.
timed() {
    local TIMEFORMAT='%R %U %S'
    { time "$@" >/dev/null 2>&1; } 2>&1 | awk '{ print $1, $2 + $3 }'
}
# Frames a second from seconds in column $1 of stdin, median of the lines.
median() { sort -n -k"$1" | awk -v c="$1" -v n="$2" '{ v[NR] = $c } END { printf "%.0f", n / v[int((NR + 1) / 2)] }'; }

echo "| clip | frames | ffmpeg frames/s (CPU) | ours (CPU) | ratio (CPU) | ours, scaled to 640x480 (CPU) |"
echo "| --- | --- | --- | --- | --- | --- |"
for file in "$data/pets/vtest.avi" "$data/nanostore/video/cps-test-01-nodepth-cam1.mp4" \
    "$data/people/one-by-one-person-detection.mp4" "$work/people-1080p.mp4"; do
    frames=$("$decode" decode source 1 "$file" | awk '{ print $2 }')
    : >"$work/ffmpeg"; : >"$work/ours"; : >"$work/scaled"
    for _ in $(seq "$runs"); do
        timed ffmpeg -v error -nostdin -threads 1 -i "$file" -f null - >>"$work/ffmpeg"
        timed "$decode" decode source 1 "$file" >>"$work/ours"
        timed "$decode" scale 640x480 1 "$file" >>"$work/scaled"
    done
    row=()
    for who in ffmpeg ours scaled; do
        for column in 1 2; do row+=("$(median $column "$frames" <"$work/$who")"); done
    done
    awk -v f="$(basename "$file")" -v n="$frames" -v r="${row[*]}" 'BEGIN { split(r, v, " ");
        printf "| %s | %d | %d (%d) | %d (%d) | %.2f (%.2f) | %d (%d) |\n",
            f, n, v[1], v[2], v[3], v[4], v[3] / v[1], v[4] / v[2], v[5], v[6] }'
done

echo
echo "Memory of the whole process beyond what it had before opening, MiB resident (of it not pages of libraries), at 10 %, 50 %"
echo "and 100 % of the frames of each 1080p camera:"
for mode in decode scale full; do
    for cameras in 1 4; do
        files=()
        for _ in $(seq "$cameras"); do files+=("$work/people-1080p.mp4"); done
        "$decode" "$mode" 640x480 1 "${files[@]}" | sed "s/.*beyond_mib/$mode, $cameras at once:/"
    done
done
