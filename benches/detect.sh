#!/usr/bin/env bash
# What the statistics of SEC-009 cost, with 50,000 series: bytes of a series, and processor time of a change.
#
#     benches/detect.sh [--series N] [--debug]
#
# The same stream is decided with the statistics and without; the difference is theirs. `alone` is a
# transaction of one row, `of_many` a row in one of a hundred. --debug measures the debug build, to see that it
# works; its times say nothing.
#
# Ends with one line a bar, `BAR <name> <value> <target> ok|short`, and fails if one is short.
set -euo pipefail
cd "$(dirname "$0")/.."

series=50000 profile=()
while [ $# -gt 0 ]; do
  case $1 in
    --series) series=$2; shift 2 ;;
    --debug) profile=(--profile dev); shift ;;
    *) sed -n '4p' "$0" >&2; exit 2 ;;
  esac
done
figures=$(LAWTAIL_BENCH_SERIES=$series cargo bench --locked -q "${profile[@]}" --bench detect)
echo "$figures"

short=0
bar() {
  local value verdict=ok
  value=$(awk -v name="$1" '$1 == name { print $2 }' <<<"$figures")
  if [ "$value" -gt "$2" ]; then verdict=short short=1; fi
  echo "BAR detect_$1 $value $2 $verdict"
}
# 35 MB for 50,000 series.
bar bytes_per_series 700
# Looking up a row's series and counting it, models not asked.
bar ns_per_change_of_many 328
# Four series are read, counted and written again with the transaction.
bar ns_per_change_alone 20000
exit $short
