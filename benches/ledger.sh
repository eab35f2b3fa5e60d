#!/usr/bin/env bash
# The ledger with many people, side by side with the same facts in tables of PostgreSQL.
#
#     benches/ledger.sh [--subjects N] [--lookups N] [--changes N] [--binary FILE]
#
# N people, each with a lawful basis, two contact points and three permissions, go through the engine into a
# store as the initial copy brings them; 10,000,000 unless it is said otherwise, so 30,000,000 permissions.
#
# lookups   The question of whether a message may be sent, by the function that judging calls, for people in
#           no order, one after the other. Cold: a new process on a store whose files have been put out of the
#           system's page cache. Warm: the same people once more. PostgreSQL, restarted and with its files put
#           out of the page cache as well, answers the same question by primary key through a prepared
#           statement over a Unix socket, with 256 MB of shared buffers.
# changes   Opt-outs in transactions of 100, each decided and made durable, against UPDATE by primary key in
#           transactions of 100.
# disk      The store against tables and indexes. The store also holds what rows record, and the data map.
# memory    The largest resident memory of any step of lawtail's.
#
# Medians of single lookups and of transactions are compared, of the same people in the same run. FILE is the
# benchmark built before (`cargo bench --no-run --bench ledger` says where it lies). The files are put out of
# the page cache by posix_fadvise, for which nobody need be root; how much stayed is printed.
#
# Ends with one line a bar, `BAR <name> <value> <target> ok|short`, and fails if one is short.
set -euo pipefail
cd "$(dirname "$0")/.."

subjects=10000000 lookups=100000 changes=20000 binary=
while [ $# -gt 0 ]; do
  case $1 in
    --subjects) subjects=$2; shift 2 ;;
    --lookups) lookups=$2; shift 2 ;;
    --changes) changes=$2; shift 2 ;;
    --binary) binary=$2; shift 2 ;;
    *) sed -n '4p' "$0" >&2; exit 2 ;;
  esac
done
if [ -z "$binary" ]; then
  binary=$(cargo bench --locked -q --no-run --bench ledger --message-format json |
    python3 -c 'import json, sys
for line in sys.stdin:
    built = json.loads(line)
    if built.get("target", {}).get("name") == "ledger" and built.get("executable"): print(built["executable"])')
fi
source benches/cluster.sh

failed=0
bar() { # name value target at_least|at_most
  local verdict=ok
  awk -v v="$2" -v t="$3" -v how="$4" 'BEGIN { exit !(how == "at_least" ? v >= t : v <= t) }' || { verdict=short; failed=1; }
  echo "BAR $1 $2 $3 $verdict"
}
say() { echo "$(date +%T) $*"; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", (b > 0) ? a / b : 0 }'; }
# step NAME ARGUMENT…: runs a step and remembers what it says as `NAME.WORD`.
declare -A said
step() {
  local word value
  while read -r word value; do
    said[$1.$word]=$value
  done < <("$binary" "$@" || echo failed 1)
  [ -z "${said[$1.failed]:-}" ] || { echo "the step $1 failed" >&2; exit 1; }
  say "$1: $(for word in "${!said[@]}"; do case $word in "$1".*) echo "${word#"$1".} ${said[$word]}" ;; esac; done | sort | paste -sd ';' | sed 's/;/, /g')"
}
# Puts the files of a folder out of the page cache.
evict() {
  sync -f "$1"
  find "$1" -type f -exec dd if={} iflag=nocache count=0 status=none \;
  if command -v fincore >/dev/null; then
    say "$(find "$1" -type f -print0 | xargs -0 fincore -b -n -o RES | awk '{ s += $1 } END { printf "%.1f", s / 2^20 }') MiB of $1 stay in the page cache"
  fi
}
# What the store's files take.
disk() { du -sm "$1" | cut -f1; }

trap cluster_stop EXIT
store=$work/store
say "$subjects people"
step load "$store" "$subjects"
disk_of_store=$(disk "$store")

settings=(-c shared_buffers=256MB -c max_wal_size=4GB -c "unix_socket_directories=$work/cluster")
cluster_start "${settings[@]}"
port=$(sed -n 4p "$work/cluster/postmaster.pid")
socket="host=$work/cluster port=$port user=postgres dbname=postgres"
step postgres-load "$socket" "$subjects"

evict "$store"
step lookups "$store" "$subjects" "$lookups"
say "PostgreSQL starts anew"
kill -INT "$(head -1 "$work/cluster/postmaster.pid")"
wait "$server" || true
evict "$work/cluster"
as_owner "$programs/postgres" -D "$work/cluster" -p "$port" -c listen_addresses=127.0.0.1 -c wal_level=logical \
  "${settings[@]}" >>"$work/postgres.log" 2>&1 &
server=$!
until "$programs/pg_isready" -q -d "$url"; do sleep 0.1; kill -0 $server; done
step postgres-lookups "$socket" "$subjects" "$lookups"

step changes "$store" "$subjects" "$changes"
step postgres-changes "$socket" "$subjects" "$changes"

for pass in cold warm; do
  bar "ledger_lookup_$pass" "$(ratio "${said[postgres-lookups.${pass}_median]}" "${said[lookups.${pass}_median]}")" 1.0 at_least
done
bar ledger_change "$(ratio "${said[postgres-changes.change_median]}" "${said[changes.change_median]}")" 1.0 at_least
bar ledger_disk "$(ratio "$disk_of_store" "${said[postgres-load.disk_mib]}")" 2.0 at_most
most=0
for name in load lookups changes; do
  [ "${said[$name.resident_mib]}" -le "$most" ] || most=${said[$name.resident_mib]}
done
bar ledger_resident_mib "$most" 256 at_most
exit $failed
