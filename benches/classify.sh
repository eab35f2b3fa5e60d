#!/usr/bin/env bash
# How fast `lawtail classify` reads free text, beside Microsoft Presidio's pattern recognisers on the same
# file, and which of the two finds more.
#
#     benches/classify.sh [--binary FILE] [--python FILE] [--megabytes N]
#
# python: of an environment with `pip install presidio-analyzer faker==40.54.0`. Megabytes per second of
# processor time (user and system), reading and writing JSON included, so that other work on the machine
# does not count; the best of three. Presidio reads the beginning of the file for twenty seconds. Its
# language model is not used: it has no names then, which the comparison on the four kinds both know says.
#
# Ends with one line a bar, `BAR <name> <value> <target> ok|short`, and fails if one is short.
set -euo pipefail
cd "$(dirname "$0")/.."

binary=target/release/lawtail python=python3 megabytes=200
while [ $# -gt 0 ]; do
  case $1 in
    --binary) binary=$2; shift 2 ;;
    --python) python=$2; shift 2 ;;
    --megabytes) megabytes=$2; shift 2 ;;
    *) sed -n '5p' "$0" >&2; exit 2 ;;
  esac
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

failed=0
bar() { # name value target
  local verdict=ok
  awk -v v="$2" -v t="$3" 'BEGIN { exit !(v >= t) }' || { verdict=short; failed=1; }
  echo "BAR $1 $2 $3 $verdict"
}
# Megabytes per second of processor time, the best of three.
speed() {
  local TIMEFORMAT='%U %S' best=0 size
  size=$(stat -c %s "$1")
  for _ in 1 2 3; do
    { time "$binary" classify <"$1" >"$work/answers"; } 2>"$work/time"
    best=$(awk -v s="$size" -v b="$best" 'END { v = s / ($1 + $2) / 1e6; printf "%.1f", v > b ? v : b }' "$work/time")
  done
  echo "$best"
}
f1() { "$python" tests/texts/score.py "$work/labels" "$1" | awk '$1 == "all" { print $3 }'; }

for kind in sparse dense; do
  "$python" benches/classify.py make "$work/$kind" "$kind" "$((megabytes * 1000000))"
done
sparse=$(speed "$work/sparse")
dense=$(speed "$work/dense")
presidio=$("$python" benches/classify.py presidio "$work/sparse" "$work/theirs" 20)
echo "Presidio: $presidio MB/s"

"$python" tests/texts/generate.py 1500 >"$work/notes" 2>"$work/labels"
"$binary" classify <"$work/notes" >"$work/ours"
"$python" benches/classify.py presidio "$work/notes" "$work/theirs" 10000 >/dev/null
ours=$(f1 "$work/ours") theirs=$(f1 "$work/theirs")
echo "F1 on generated notes: $ours, Presidio $theirs"

bar classify_sparse_megabytes_per_second "$sparse" 200
bar classify_dense_megabytes_per_second "$dense" 60
bar classify_times_presidio "$(awk -v a="$sparse" -v b="$presidio" 'BEGIN { printf "%.0f", a / b }')" 500
bar classify_f1_above_presidio "$(awk -v a="$ours" -v b="$theirs" 'BEGIN { printf "%.3f", a - b }')" 0.001
exit $failed
