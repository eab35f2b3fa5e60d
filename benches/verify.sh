#!/usr/bin/env bash
# How fast `lawtail verify` checks a dump of signed events.
#
#     benches/verify.sh [--events N]
#
# Writes a dump of signed findings with checkpoints, then verifies it with the release build, three times;
# the best counts. Seconds are those of the clock: the work is spread over all processors.
#
# Ends with the line `BAR verify_events_per_second <value> <target> ok|short`, and fails if it is short.
set -euo pipefail
cd "$(dirname "$0")/.."

events=1000000
while [ $# -gt 0 ]; do
  case $1 in
    --events) events=$2; shift 2 ;;
    *) sed -n '4p' "$0" >&2; exit 2 ;;
  esac
done
target=200000
rate=$(LAWTAIL_BENCH_EVENTS=$events cargo bench --locked -q --bench verify)
verdict=ok
[ "$rate" -ge "$target" ] || verdict=short
echo "BAR verify_events_per_second $rate $target $verdict"
[ "$verdict" = ok ]
