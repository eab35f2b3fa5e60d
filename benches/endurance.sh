#!/usr/bin/env bash
# Whether lawtail stays as it is: 1,000 changes a second for an hour, published to a real Kafka that is
# restarted twice, while its metrics are scraped.
#
#     benches/endurance.sh [--seconds N] [--rate N] [--binary FILE] [--kafka-heap SIZE]
#
# Contacts are changed at random, one change a transaction; one contact in a hundred has no lawful basis.
# Kafka stops in an orderly way after a third of the time and after two thirds, and is away for 20 seconds
# each time. Every 5 seconds /metrics is read and a line of samples.tsv written: seconds, resident memory in
# KiB, threads, descriptors, changes decided, events in the outbox, bytes of the store.
#
# The first fifth of the time is left out as warming up (caches fill, the allocator settles). Of the second
# and the last the medians are compared:
#
#   endurance_memory       resident memory, last fifth against second
#   endurance_threads      threads more in the last fifth
#   endurance_descriptors  descriptors more in the last fifth
#   endurance_rate         changes decided a second, as a share of the rate asked for
#   endurance_scrapes      scrapes that failed
#   endurance_once         events that a reader of committed messages misses, or sees again
#
# Ends with one line a bar, `BAR <name> <value> <target> ok|short`, and fails if one is short.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=3600 rate=1000 binary=target/release/lawtail kafka_heap=256m
while [ $# -gt 0 ]; do
  case $1 in
    --seconds) seconds=$2; shift 2 ;;
    --rate) rate=$2; shift 2 ;;
    --binary) binary=$2; shift 2 ;;
    --kafka-heap) kafka_heap=$2; shift 2 ;;
    *) sed -n '5p' "$0" >&2; exit 2 ;;
  esac
done
contacts=200000 every=5 away=20
here=$PWD/benches/capture
source benches/cluster.sh
source benches/kafka.sh
samples=${SAMPLES:-$work/samples.tsv}

say() { echo "$(date +%T) $*"; }
failed=0
bar() { # name value target at_least|at_most
  local verdict=ok
  awk -v v="$2" -v t="$3" -v how="$4" 'BEGIN { exit !(how == "at_least" ? v >= t : v <= t) }' || { verdict=short; failed=1; }
  echo "BAR $1 $2 $3 $verdict"
}
pid_of_lawtail='' pid_of_load='' pid_of_sampling=''
finish() {
  kill $pid_of_load $pid_of_sampling 2>/dev/null || true
  [ -z "$pid_of_lawtail" ] || { kill -TERM "$pid_of_lawtail" 2>/dev/null || true; wait "$pid_of_lawtail" 2>/dev/null || true; }
  kafka_stop; cluster_stop
}
metric() { awk -v name="$1" 'index($1, name) == 1 { n += $2 } END { printf "%d", n }' "$work/scrape"; }
sample() {
  local begun=$SECONDS status=/proc/$pid_of_lawtail/status
  while kill -0 "$pid_of_lawtail" 2>/dev/null; do
    if curl -sf -m 4 "http://$listen/metrics" >"$work/scrape"; then
      printf '%d\t%d\t%d\t%d\t%d\t%d\t%d\n' $((SECONDS - begun)) \
        "$(awk '/VmRSS/ { print $2 }' "$status")" "$(awk '/Threads/ { print $2 }' "$status")" \
        "$(metric process_open_fds)" "$(metric lawtail_changes_total)" \
        "$(metric lawtail_outbox_events)" "$(du -sb "$work/store" | cut -f1)" >>"$samples"
    else
      echo "$((SECONDS - begun))" >>"$work/failed_scrapes"
    fi
    sleep $every
  done
}
# The median of a column over a part of the time.
median() { # column from to
  awk -v c="$1" -v from="$2" -v to="$3" '$1 >= from && $1 < to { print $c }' "$samples" | sort -g |
    awk '{ v[NR] = $1 } END { if (NR == 0) exit 1; print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}
less() { awk -v a="$1" -v b="$2" 'BEGIN { print a - b }'; }

cluster_start -c max_wal_size=2GB -c shared_buffers=128MB -c fsync=off -c synchronous_commit=off
trap finish EXIT
say "loading $contacts contacts"
sql -f "$here/schema.sql" >/dev/null
sql >/dev/null <<SQL
INSERT INTO crm.contacts SELECT c.* FROM generate_series(1, $contacts) n, crm.contact(n) c;
INSERT INTO crm.lawful_bases (contact_id, purpose, basis, status, modified_by)
SELECT n, 'customer_relationship', 'contract', 'active', 'user' || n % 40
FROM generate_series(1, $contacts) n WHERE n % 100 > 0;
ANALYZE;
CREATE PUBLICATION lawtail FOR TABLE crm.contacts, crm.lawful_bases;
SQL
kafka_start endurance
(umask 077; head -c 32 /dev/urandom >"$work/key")
listen=127.0.0.1:$(free_port)
cat >"$work/lawtail.yaml" <<YAML
database: {url: "$url"}
policies: {folder: "$here/policies"}
store: {folder: "$work/store"}
pseudonym_key: {file: "$work/key"}
publish:
  file: {path: "$work/events.jsonl"}
  kafka: {brokers: ["$broker"]}
http: {listen: "$listen"}
slot_budget: 1TiB
YAML
"$binary" run -c "$work/lawtail.yaml" >"$work/lawtail.log" 2>&1 &
pid_of_lawtail=$!
until grep -q '^.*INFO.* streaming' "$work/lawtail.log"; do
  sleep 0.2; kill -0 "$pid_of_lawtail" || { cat "$work/lawtail.log"; exit 1; }
done
: >"$samples"; : >"$work/failed_scrapes"
say "$rate changes a second for $seconds s"
cat >"$work/change.sql" <<SQL
\\set id random(1, $contacts)
\\set number random(1000000, 9999999)
UPDATE crm.contacts SET phone = '+4930' || :number, modified_at = now() WHERE id = :id;
SQL
"$programs/pgbench" -n -f "$work/change.sql" -R "$rate" -c 4 -M prepared -T "$seconds" "$url" >"$work/pgbench.log" 2>&1 &
pid_of_load=$!
sample &
pid_of_sampling=$!
for restart in 1 2; do
  sleep $((seconds / 3 - (restart - 1) * away))
  say "Kafka goes"
  kill -TERM "$pid_of_kafka"; wait "$pid_of_kafka" || true
  sleep $away
  kafka_run endurance
  say "Kafka is back"
done
wait "$pid_of_load"; pid_of_load=
say "$(grep -E '^tps|lag' "$work/pgbench.log" | tr '\n' ' ')"
# Everything that is decided leaves.
for _ in $(seq 120); do
  curl -sf "http://$listen/metrics" >"$work/scrape" && [ "$(metric lawtail_outbox_events)" = 0 ] && break
  sleep 1
done
kill "$pid_of_sampling" 2>/dev/null || true; pid_of_sampling=
kill -TERM "$pid_of_lawtail"; wait "$pid_of_lawtail" || true; pid_of_lawtail=

fifth=$((seconds / 5)) last=$((seconds * 4 / 5))
memory=("$(median 2 $fifth $((2 * fifth)))" "$(median 2 $last "$seconds")")
threads=("$(median 3 $fifth $((2 * fifth)))" "$(median 3 $last "$seconds")")
descriptors=("$(median 4 $fifth $((2 * fifth)))" "$(median 4 $last "$seconds")")
decided=$(awk -v to="$seconds" 'NR == 1 { t = $1; n = $5 } $1 <= to { last = $1; m = $5 } END { printf "%.3f", (m - n) / (last - t) }' "$samples")
say "memory ${memory[0]} then ${memory[1]} KiB; threads ${threads[*]}; descriptors ${descriptors[*]}; most $(sort -g -k2 "$samples" | tail -1 | cut -f2) KiB; store $(tail -1 "$samples" | cut -f7) bytes; $(wc -l <"$samples") scrapes"
# What the file has, a reader of committed messages has once.
python3 - "$work/events.jsonl" >"$work/said" <<'PY'
import json, sys
with open(sys.argv[1]) as lines:
    for event in map(json.loads, lines):
        print(event["id"])
PY
for topic in findings incidents catalog coverage policies evidence; do
  kcat -q -C -e -b "$broker" -t "lawtail.$topic" -o beginning -X isolation.level=read_committed -f '%h\n'
done | grep -o 'ce_id=[^,]*' | cut -d= -f2 >"$work/read"
# Lines that only one of them has, as often as it has them more.
differ=$(diff <(sort "$work/said") <(sort "$work/read") | grep -c '^[<>]' || true)
say "$(wc -l <"$work/said") events in the file, $(wc -l <"$work/read") read from Kafka"
bar endurance_memory "$(awk -v a="${memory[1]}" -v b="${memory[0]}" 'BEGIN { printf "%.3f", a / b }')" 1.05 at_most
bar endurance_threads "$(less "${threads[1]}" "${threads[0]}")" 0 at_most
bar endurance_descriptors "$(less "${descriptors[1]}" "${descriptors[0]}")" 0 at_most
bar endurance_rate "$(awk -v a="$decided" -v b="$rate" 'BEGIN { printf "%.3f", a / b }')" 0.98 at_least
bar endurance_scrapes "$(wc -l <"$work/failed_scrapes")" 0 at_most
bar endurance_once "$differ" 0 at_most
exit $failed
