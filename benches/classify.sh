#!/usr/bin/env bash
# How fast `lawtail classify` reads free text, beside Microsoft Presidio's pattern recognisers on the same
# file, and which of the two finds more.
#
#     benches/classify.sh [--binary FILE] [--python FILE] [--megabytes N]
#
# python: of an environment with presidio-analyzer and faker; without it, one is made in the user's cache
# (`pip install presidio-analyzer faker`). Megabytes per second of processor time (user and system), reading
# and writing JSON included, so that other work on the machine does not count; the best of three. Presidio
# reads the beginning of the same file for twenty seconds. Its pattern recognisers need no language model, and
# none is used: it has no names and addresses then, so F1 is also given for the kinds that both look for
# (e-mail, telephone, IBAN, card, IP address, national identifiers). Texts: the notes of tests/texts and
# generated ones. How Presidio's entities are read as our categories stands in classify.py.
#
# Ends with one line a bar, `BAR <name> <value> <target> ok|short`, and fails if one is short.
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "$0")/.."

binary=target/release/lawtail python= megabytes=200
while [ $# -gt 0 ]; do
  case $1 in
    --binary) binary=$2; shift 2 ;;
    --python) python=$2; shift 2 ;;
    --megabytes) megabytes=$2; shift 2 ;;
    *) sed -n '5p' "$0" >&2; exit 2 ;;
  esac
done
if [ -z "$python" ]; then
  cache=${XDG_CACHE_HOME:-$HOME/.cache}/lawtail-presidio
  python=$cache/bin/python
  [ -x "$python" ] || python3 -m venv "$cache"
  "$python" -c 'import presidio_analyzer, faker' 2>"$cache/log" ||
    "$python" -m pip install --quiet presidio-analyzer==2.2.366 faker==40.54.0
fi
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
    best=$(awk -v s="$size" -v b="$best" 'END { v = s / ($1 + $2) / 1e6; printf "%.1f", (v > b ? v : b) }' "$work/time")
  done
  echo "$best"
}
# F1 of answers, over all categories or those that match.
f1() { # labels answers categories
  "$python" tests/texts/score.py "$1" "$2" | awk -v kinds="$3" '
    $1 ~ kinds { right += $5; false += $7; missed += $9 }
    END { printf "%.3f", 2 * right / (2 * right + false + missed) }'
}
both='email|phone|bank_account|credit_card|ip_address|national_identification'

for kind in sparse dense; do
  "$python" benches/classify.py make "$work/$kind" "$kind" "$((megabytes * 1000000))"
done
sparse=$(speed "$work/sparse")
dense=$(speed "$work/dense")
presidio=$("$python" benches/classify.py presidio "$work/sparse" "$work/theirs" 20)
echo "Presidio: $presidio MB/s"

compare() { # title texts labels
  "$binary" classify <"$2" >"$work/ours"
  "$python" benches/classify.py presidio "$2" "$work/theirs" 10000 >"$work/speed"
  ours=$(f1 "$3" "$work/ours" '^user') theirs=$(f1 "$3" "$work/theirs" '^user')
  ours_both=$(f1 "$3" "$work/ours" "$both") theirs_both=$(f1 "$3" "$work/theirs" "$both")
  echo "F1 on $1: $ours, Presidio $theirs; on the kinds both look for: $ours_both, Presidio $theirs_both"
}
"$python" tests/texts/generate.py 1500 >"$work/generated" 2>"$work/generated.labels"
compare "generated notes" "$work/generated" "$work/generated.labels"
"$python" benches/classify.py notes "$work/notes" "$work/notes.labels" tests/texts/*.txt
compare "the notes of tests/texts" "$work/notes" "$work/notes.labels"

bar classify_sparse_megabytes_per_second "$sparse" 200
bar classify_dense_megabytes_per_second "$dense" 60
bar classify_times_presidio "$(awk -v a="$sparse" -v b="$presidio" 'BEGIN { printf "%.0f", a / b }')" 500
bar classify_f1_above_presidio "$(awk -v a="$ours_both" -v b="$theirs_both" 'BEGIN { printf "%.3f", a - b }')" 0.001
exit $failed
