#!/usr/bin/env bash
# How fast lawtail drains a slot, side by side with pg_recvlogical throwing the same bytes away.
#
#     benches/capture.sh [--rows N] [--rounds N] [--binary target/release/lawtail]
#
# Three backlogs on a realistic contact table of twenty columns, everything switched on:
#   many    N rows in transactions of 100
#   one     one transaction of N rows
#   single  0.4 N transactions of one row
# Each is decoded from the same log through two slots, once by lawtail and once by pg_recvlogical,
# alternating, and the medians are compared. The processor seconds are those of the kernel's
# accounting for lawtail and for its walsender.
#
# Ends with one line a bar, `BAR <name> <value> <target> ok|short`, and fails if one is short.
set -euo pipefail
cd "$(dirname "$0")/.."

rows=500000 rounds=5 binary=target/release/lawtail
while [ $# -gt 0 ]; do
  case $1 in
    --rows) rows=$2; shift 2 ;;
    --rounds) rounds=$2; shift 2 ;;
    --binary) binary=$2; shift 2 ;;
    *) echo "usage: benches/capture.sh [--rows N] [--rounds N] [--binary FILE]" >&2; exit 2 ;;
  esac
done
singles=$((rows * 2 / 5))
here=$PWD/benches/capture

source benches/cluster.sh
cluster_start -c max_wal_size=8GB -c shared_buffers=256MB -c fsync=off -c synchronous_commit=off
trap 'stop_lawtail; cluster_stop' EXIT

pid_of_lawtail=
start_lawtail() {
  LAWTAIL_KEY=$work/key "$binary" run -c "$work/lawtail.yaml" >"$work/lawtail.log" 2>&1 &
  pid_of_lawtail=$!
}
stop_lawtail() {
  [ -n "$pid_of_lawtail" ] || return 0
  kill -TERM "$pid_of_lawtail" 2>/dev/null || true
  wait "$pid_of_lawtail" 2>/dev/null || true
  pid_of_lawtail=
}
now() { date +%s.%N; }
# Processor seconds of a process so far: fields 14 and 15 of its stat line, user and system.
cpu() { awk '{ sub(/^.*\) /, ""); print ($12 + $13) / 100 }' "/proc/$1/stat" 2>/dev/null || echo 0; }
median() { sort -g | awk '{ v[NR] = $1 } END { print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }

echo "loading $rows contacts"
sql -f "$here/schema.sql" >/dev/null
sql >/dev/null <<SQL
INSERT INTO crm.contacts SELECT c.* FROM generate_series(1, $rows) n, crm.contact(n) c;
-- One contact in a hundred lacks what the policies ask for: those are the findings.
INSERT INTO crm.lawful_bases (contact_id, purpose, basis, status, modified_by)
SELECT n, 'customer_relationship', 'contract', 'active', 'user' || n % 40
FROM generate_series(1, $rows) n WHERE n % 100 > 0;
SELECT setval('crm.contacts_id_seq', $rows);
ANALYZE;
CREATE PUBLICATION lawtail FOR TABLE crm.contacts, crm.lawful_bases;
SQL

head -c 32 /dev/urandom >"$work/key"
cat >"$work/lawtail.yaml" <<YAML
database: {url: "$url"}
policies: {folder: "$here/policies"}
store: {folder: "$work/store"}
pseudonym_key: {file: "$work/key"}
publish: {file: {path: "$work/events.jsonl"}}
http: {listen: "127.0.0.1:$(free_port)"}
slot_budget: 1TiB
YAML

confirmed() { sql -Atc "SELECT confirmed_flush_lsn >= '$1' FROM pg_replication_slots WHERE slot_name = 'lawtail'"; }
wait_confirmed() { until [ "$(confirmed "$1")" = t ]; do sleep 0.05; kill -0 "$pid_of_lawtail"; done; }

begun=$(now)
start_lawtail
until [ "$(sql -Atc "SELECT count(*) FROM pg_replication_slots WHERE slot_name = 'lawtail'")" = 1 ]; do sleep 0.1; done
copied() { [ "$(confirmed 0/1)" = t ] && grep -q streaming "$work/lawtail.log"; }
until copied; do sleep 0.1; kill -0 "$pid_of_lawtail"; done
echo "initial copy of $((rows * 199 / 100)) rows: $(ratio "$(awk "BEGIN { print $(now) - $begun }")" 1) s"
stop_lawtail
sql -Atc "SELECT pg_create_logical_replication_slot('bare', 'pgoutput')" >/dev/null

backlog_many() {
  sql >/dev/null <<SQL
DO \$\$ BEGIN FOR i IN 0 .. $((rows / 100)) - 1 LOOP
  UPDATE crm.contacts SET phone = '+4930' || (1000000 + (id * 7 + $1) % 8999999), modified_at = now()
  WHERE id > i * 100 AND id <= i * 100 + 100;
  COMMIT;
END LOOP; END \$\$;
SQL
}
backlog_one() {
  sql -c "UPDATE crm.contacts SET lead_score = (id + $1) % 100, modified_at = now()" >/dev/null
}
backlog_single() {
  sql >/dev/null <<SQL
DO \$\$ BEGIN FOR i IN 1 .. $singles LOOP
  UPDATE crm.contacts SET mobile = '+49151' || (10000000 + (id * 3 + $1) % 89999999) WHERE id = i;
  COMMIT;
END LOOP; END \$\$;
SQL
}

drain_lawtail() {
  local target=$1 begun sender
  begun=$(now)
  start_lawtail
  until sender=$(sql -Atc "SELECT active_pid FROM pg_replication_slots WHERE slot_name = 'lawtail' AND active_pid IS NOT NULL") && [ -n "$sender" ]; do sleep 0.02; done
  wait_confirmed "$target"
  lawtail_seconds=$(awk "BEGIN { print $(now) - $begun }")
  lawtail_cpu=$(cpu "$pid_of_lawtail") sender_cpu=$(cpu "$sender")
  lawtail_memory=$(awk '/VmHWM/ { print $2 / 1024 }' "/proc/$pid_of_lawtail/status")
  stop_lawtail
}
drain_bare() {
  local target=$1 begun
  begun=$(now)
  "$programs/pg_recvlogical" -d "$url" --slot bare --start --no-loop -f - --endpos="$target" \
    -o proto_version=1 -o publication_names=lawtail >/dev/null
  bare_seconds=$(awk "BEGIN { print $(now) - $begun }")
}

declare -A bars
for kind in many one single; do
  : >"$work/l"; : >"$work/b"; : >"$work/lc"; : >"$work/sc"; : >"$work/m"
  for round in $(seq "$rounds"); do
    backlog_$kind "$round"
    target=$(sql -Atc "SELECT pg_current_wal_lsn()")
    # Something after the target, so that both have an end to see.
    sql -c "SELECT pg_logical_emit_message(true, 'bench', '')" >/dev/null
    sql -c CHECKPOINT
    if [ $((round % 2)) = 0 ]; then drain_bare "$target"; drain_lawtail "$target"; else drain_lawtail "$target"; drain_bare "$target"; fi
    echo "$lawtail_seconds" >>"$work/l"; echo "$bare_seconds" >>"$work/b"
    echo "$lawtail_cpu" >>"$work/lc"; echo "$sender_cpu" >>"$work/sc"; echo "$lawtail_memory" >>"$work/m"
    echo "$kind round $round: lawtail $lawtail_seconds s (cpu $lawtail_cpu s, walsender $sender_cpu s, $lawtail_memory MiB), pg_recvlogical $bare_seconds s"
  done
  bars[$kind]=$(ratio "$(median <"$work/b")" "$(median <"$work/l")")
  bars[${kind}_cpu]=$(ratio "$(median <"$work/lc")" "$(median <"$work/sc")")
done

failed=0
bar() { # name value target at_least|at_most
  local verdict=ok
  awk -v v="$2" -v t="$3" -v how="$4" 'BEGIN { exit !(how == "at_least" ? v >= t : v <= t) }' || { verdict=short; failed=1; }
  echo "BAR $1 $2 $3 $verdict"
}
bar capture_many "${bars[many]}" 0.9 at_least
bar capture_one "${bars[one]}" 0.9 at_least
bar capture_single "${bars[single]}" 0.8 at_least
bar cpu_many "${bars[many_cpu]}" 1.0 at_most
bar cpu_one "${bars[one_cpu]}" 1.0 at_most
bar cpu_single "${bars[single_cpu]}" 1.0 at_most
exit $failed
