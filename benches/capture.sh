#!/usr/bin/env bash
# How fast lawtail drains a slot, side by side with pg_recvlogical throwing the same bytes away, how
# much memory it takes, and how soon it publishes, side by side with pg_recvlogical | kcat to Kafka.
#
#     benches/capture.sh [--only drain|memory|latency] [--rows N] [--rounds N] [--binary FILE]
#                        [--copy-rows N] [--transaction-rows N] [--latency-seconds N]
#
# drain   Three backlogs on a realistic contact table of twenty columns, everything switched on:
#           many    N rows in transactions of 100
#           one     one transaction of N rows
#           single  0.4 N transactions of one row
#         Each is decoded from the same log through two slots, once by lawtail and once by
#         pg_recvlogical, alternating. Time runs for both from the start of the replication to the
#         server's record that everything was confirmed; medians are compared. Processor seconds are
#         those of the kernel's accounting for lawtail, from its start, and for the server.
# memory  The largest resident memory of an initial copy and of one transaction, both large, and how it
#         came about: the largest so far each time the number of changes decided has doubled.
# latency From the commit to the arrival at a consumer, at 1,000 transactions a second of one row each.
#         lawtail publishes findings, not rows, so each change is made one: it stores a phone number of
#         somebody whose lawful basis is nowhere on record, somebody else each time, and the grace is
#         0 s. The judgement itself, with its looks into the ledger, is part of what is timed; with the
#         120 s of the other parts it would be waiting for the grace that is measured. A deadline is
#         reached once stream time is beyond it, so each finding waits for the transaction after its own.
#         At the other end pg_recvlogical with test_decoding, which comes with the server and does less
#         than any other plugin, writes each commit through kcat to a real broker of one partition,
#         everything as it is set up by default. Both follow the same commits at the same time on the
#         same machine. An arrival is when a reader of standard input has the line: behind `tail -F`
#         on lawtail's file, behind a second kcat on the topic. lawtail has then made the decision
#         durable in its store (and syncs the file at this moment); the broker syncs nothing. Times of
#         commits are the server's, on the same clock. The first five seconds do not count.
#
# Ends with one line a bar, `BAR <name> <value> <target> ok|short`, and fails if one is short.
set -euo pipefail
cd "$(dirname "$0")/.."

only='' rows=500000 rounds=5 binary=target/release/lawtail copy_rows=10000000 transaction_rows=5000000
latency_seconds=60
while [ $# -gt 0 ]; do
  case $1 in
    --only) only=$2; shift 2 ;;
    --rows) rows=$2; shift 2 ;;
    --rounds) rounds=$2; shift 2 ;;
    --binary) binary=$2; shift 2 ;;
    --copy-rows) copy_rows=$2; shift 2 ;;
    --transaction-rows) transaction_rows=$2; shift 2 ;;
    --latency-seconds) latency_seconds=$2; shift 2 ;;
    *) sed -n '5,6p' "$0" >&2; exit 2 ;;
  esac
done
here=$PWD/benches/capture
source benches/cluster.sh
source benches/kafka.sh

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
# Processor seconds of a process so far: fields 14 and 15 of its stat line, user and system.
cpu() { awk -v hz="$(getconf CLK_TCK)" '{ sub(/^.*\) /, ""); print ($12 + $13) / hz }' "/proc/$1/stat"; }
memory() { awk '/VmHWM/ { printf "%.0f", $2 / 1024 }' "/proc/$pid_of_lawtail/status"; }
# growth FILE: what lawtail has decided and the most memory that it has held, each second until it ends.
growth() {
  local decided
  : >"$1"
  while sleep 1 && kill -0 "$pid_of_lawtail" 2>/dev/null; do
    # It answers as soon as it has opened its store.
    decided=$(curl -s "http://$listen/metrics" | awk '/^lawtail_changes_total/ { n += $2 } END { printf "%d", n }') || continue
    echo "$decided $(memory)" >>"$1"
  done
}
# Prints what `growth` wrote down: one reading for each doubling of the changes, and the last.
curve() {
  awk -v next_one=100000 '{ n = $1; m = $2 } n >= next_one { printf "  %d changes: %d MiB\n", n, m; while (next_one <= n) next_one *= 2 }
    END { printf "  %d changes: %d MiB\n", n, m }' "$1"
}
median() { sort -g | awk '{ v[NR] = $1 } END { print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", (b > 0) ? a / b : 0 }'; }
say() { echo "$(date +%T) $*"; }

failed=0
bar() { # name value target at_least|at_most
  local verdict=ok
  awk -v v="$2" -v t="$3" -v how="$4" 'BEGIN { exit !(how == "at_least" ? v >= t : v <= t) }' || { verdict=short; failed=1; }
  echo "BAR $1 $2 $3 $verdict"
}

# load N: a server with N contacts, and settings for a lawtail that has seen nothing.
load() {
  cluster_start -c max_wal_size=8GB -c shared_buffers=256MB -c fsync=off -c synchronous_commit=off \
    -c autovacuum=off
  trap 'stop_lawtail; cluster_stop' EXIT
  say "loading $1 contacts"
  sql -f "$here/schema.sql" >/dev/null
  sql >/dev/null <<SQL
INSERT INTO crm.contacts SELECT c.* FROM generate_series(1, $1) n, crm.contact(n) c;
-- One contact in a hundred lacks what the policies ask for: those are the findings.
INSERT INTO crm.lawful_bases (contact_id, purpose, basis, status, modified_by)
SELECT n, 'customer_relationship', 'contract', 'active', 'user' || n % 40
FROM generate_series(1, $1) n WHERE n % 100 > 0;
ANALYZE;
CREATE PUBLICATION lawtail FOR TABLE crm.contacts, crm.lawful_bases;
CHECKPOINT;
SQL
  (umask 077; head -c 32 /dev/urandom >"$work/key")
  listen=127.0.0.1:$(free_port)
  cat >"$work/lawtail.yaml" <<YAML
database: {url: "$url"}
policies: {folder: "$here/policies"}
store: {folder: "$work/store"}
pseudonym_key: {file: "$work/key"}
publish: {file: {path: "$work/events.jsonl"}}
http: {listen: "$listen"}
slot_budget: 1TiB
YAML
}

copy() {
  say "initial copy"
  SECONDS=0
  start_lawtail
  growth "$work/copying" &
  until grep -q '^.*INFO.* streaming' "$work/lawtail.log"; do
    sleep 0.2; kill -0 "$pid_of_lawtail" || { cat "$work/lawtail.log"; exit 1; }
  done
  # It streams while the last rows of the copy are still being decided: those are done when a change
  # after them is confirmed.
  target=$(sql -Atc "SELECT pg_current_wal_lsn()")
  sql -c "UPDATE crm.contacts SET lead_score = lead_score WHERE id = 1"
  watch lawtail
  drained
  copy_memory=$(memory) copy_cpu=$(cpu "$pid_of_lawtail")
  say "initial copy of $1 contacts and their bases: $SECONDS s, cpu $copy_cpu s, $copy_memory MiB"
  curve "$work/copying"
  stop_lawtail
}

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
  sql -c "UPDATE crm.contacts SET lead_score = (id + $1) % 100, modified_at = now() WHERE id <= $rows" >/dev/null
}
backlog_single() {
  sql >/dev/null <<SQL
DO \$\$ BEGIN FOR i IN 1 .. $((rows * 2 / 5)) LOOP
  UPDATE crm.contacts SET mobile = '+49151' || (10000000 + (id * 3 + $1) % 89999999) WHERE id = i;
  COMMIT;
END LOOP; END \$\$;
SQL
}
# The end of the log as a target, with something after it, so that a reader sees its end.
target() {
  target=$(sql -Atc "SELECT pg_current_wal_lsn()")
  sql -c "SELECT pg_logical_emit_message(true, 'bench', '')" -c CHECKPOINT >/dev/null
}

# watch SLOT: begins to watch a slot being drained, before its client starts.
watch() {
  PGOPTIONS='-c statement_timeout=20min' sql -Atc "SELECT * FROM drained('$1', '$target')" >"$work/drained" &
  watcher=$!
  until [ "$(sql -Atc "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT * FROM drained%'")" = 1 ]; do :; done
}
# Waits until it is: sets `seconds`.
drained() {
  wait $watcher || { tail -5 "$work/lawtail.log" >&2; exit 1; }
  read -r seconds <"$work/drained"
}
# Processor seconds of the server's processes so far, those that have ended included. When it has
# worked off a backlog lawtail takes another walsender, so that no single process tells it all; while
# a slot is drained the rest of the server hardly works.
server_cpu() {
  local postmaster hz=0 ended=0 living=0
  postmaster=$(head -1 "$work/cluster/postmaster.pid") hz=$(getconf CLK_TCK)
  ended=$(awk -v hz="$hz" '{ sub(/^.*\) /, ""); print ($14 + $15) / hz }' "/proc/$postmaster/stat")
  living=$(for child in $(pgrep -P "$postmaster"); do cpu "$child" 2>/dev/null || true; done | awk '{ s += $1 } END { print s + 0 }')
  awk -v a="$ended" -v b="$living" 'BEGIN { print a + b }'
}
drain_lawtail() {
  local before
  watch lawtail
  before=$(server_cpu)
  start_lawtail
  [ -z "${growing:-}" ] || growth "$work/growing" &
  drained
  kill -0 "$pid_of_lawtail" || { echo "lawtail went away" >&2; tail -5 "$work/lawtail.log" >&2; exit 1; }
  lawtail_seconds=$seconds
  lawtail_cpu=$(cpu "$pid_of_lawtail") lawtail_memory=$(memory)
  sender_cpu=$(awk -v a="$(server_cpu)" -v b="$before" 'BEGIN { print a - b }')
  stop_lawtail
}
drain_bare() {
  watch bare
  "$programs/pg_recvlogical" -d "$url" --slot bare --start --no-loop -f - --endpos="$target" \
    -o proto_version=1 -o publication_names=lawtail >/dev/null &
  local reader=$!
  drained
  bare_seconds=$seconds
  wait $reader
}

drains() {
  load "$rows"
  copy "$rows"
  sql -c "SELECT pg_create_logical_replication_slot('bare', 'pgoutput')" >/dev/null
  local kind round file
  for kind in many one single; do
    for file in l b lc sc m; do : >"$work/$file"; done
    for round in $(seq "$rounds"); do
      say "$kind: writing the backlog"
      backlog_$kind "$round"
      target
      if [ $((round % 2)) = 0 ]; then drain_bare; drain_lawtail; else drain_lawtail; drain_bare; fi
      echo "$lawtail_seconds" >>"$work/l"; echo "$bare_seconds" >>"$work/b"
      echo "$lawtail_cpu" >>"$work/lc"; echo "$sender_cpu" >>"$work/sc"; echo "$lawtail_memory" >>"$work/m"
      say "$kind round $round: lawtail $lawtail_seconds s (cpu $lawtail_cpu s, walsender $sender_cpu s, $lawtail_memory MiB), pg_recvlogical $bare_seconds s"
    done
    case $kind in single) least=0.8 ;; *) least=0.9 ;; esac
    bar "capture_$kind" "$(ratio "$(median <"$work/b")" "$(median <"$work/l")")" $least at_least
    bar "cpu_$kind" "$(ratio "$(median <"$work/lc")" "$(median <"$work/sc")")" 1.0 at_most
    bar "memory_$kind" "$(median <"$work/m")" 128 at_most
  done
  stop_lawtail; cluster_stop; trap - EXIT
}

memories() {
  rows=$transaction_rows
  load "$copy_rows"
  copy "$copy_rows"
  say "one transaction of $rows rows"
  backlog_one 1
  target
  growing=yes drain_lawtail
  curve "$work/growing"
  say "drained in $lawtail_seconds s, cpu $lawtail_cpu s, walsender $sender_cpu s"
  bar memory_copy "$copy_memory" 128 at_most
  bar memory_transaction "$lawtail_memory" 128 at_most
  stop_lawtail; cluster_stop; trap - EXIT
}

followers=() readers=() rival= relay=
# follow OUT COMMAND…: notes when each line of what the command says came.
follow() {
  mkfifo "$1.pipe"
  python3 "$here/arrivals.py" "$1" <"$1.pipe" &
  readers+=($!)
  "${@:2}" >"$1.pipe" &
  followers+=($!)
}
latency_stop() {
  kill "${followers[@]}" "${readers[@]}" $rival $relay 2>/dev/null || true
  kafka_stop; stop_lawtail; cluster_stop
}
latencies() {
  local changes=$(((latency_seconds + 5) * 1000)) begin from to before
  local -a ours theirs
  load "$changes"
  trap latency_stop EXIT
  sql -c "TRUNCATE crm.lawful_bases" -c "CREATE SEQUENCE public.next_one" \
    -c "SELECT pg_create_logical_replication_slot('rival', 'test_decoding')" >/dev/null
  cp -r "$here/policies" "$work/policies"
  sed -i 's/^grace: .*/grace: 0s/' "$work/policies/policy.yaml"
  sed -i "s|folder: \"$here/policies\"|folder: \"$work/policies\"|" "$work/lawtail.yaml"
  copy "$changes"
  start_lawtail
  kafka_start changes
  mkfifo "$work/rival.pipe"
  kcat -q -P -b "$broker" -t changes <"$work/rival.pipe" &
  relay=$!
  "$programs/pg_recvlogical" -d "$url" --slot rival --start --no-loop -f - -o include-xids=0 \
    -o include-timestamp=1 -o skip-empty-xacts=1 >"$work/rival.pipe" 2>"$work/rival.log" &
  rival=$!
  follow "$work/theirs" kcat -q -C -u -b "$broker" -t changes -o end
  follow "$work/ours" tail -q -n 0 -F "$work/events.jsonl"
  sleep 5
  say "1,000 changes a second for $((changes / 1000)) s"
  cat >"$work/change.sql" <<'SQL'
SELECT nextval('public.next_one') AS id \gset
UPDATE crm.contacts SET phone = '+4931' || (1000000 + :id), modified_at = now() WHERE id = :id;
SQL
  begin=$(date +%s.%N) before=$(cpu "$pid_of_lawtail")
  "$programs/pgbench" -n -f "$work/change.sql" -R 1000 -c 4 -M prepared -t $((changes / 4)) "$url" >"$work/pgbench.log" 2>&1
  say "$(grep -E '^tps|lag' "$work/pgbench.log" | tr '\n' ' ')"
  sleep 10
  say "processor time of lawtail: $(awk -v a="$(cpu "$pid_of_lawtail")" -v b="$before" -v n="$changes" 'BEGIN { printf "%.0f", 1e6 * (a - b) / n }') us a change"
  # One after the other, so that nothing is cut off that has been taken.
  kill "$rival"; wait "$rival" "$relay" || true
  sleep 1
  kill "${followers[@]}"; wait "${readers[@]}"
  from=$(awk -v t="$begin" 'BEGIN { printf "%.6f", t + 5 }') to=$(date +%s)
  read -ra ours < <(python3 "$here/arrivals.py" --latency "$from" "$to" "$work/ours")
  read -ra theirs < <(python3 "$here/arrivals.py" --latency "$from" "$to" "$work/theirs")
  say "lawtail: ${ours[0]} changes, ${ours[*]:1} ms (50 %, 99 %, most); pg_recvlogical | kcat: ${theirs[0]}, ${theirs[*]:1} ms"
  # A figure of other changes, or of a part of them, would be none.
  [ "${ours[0]}" = "${theirs[0]}" ] || { echo "lawtail told of ${ours[0]} changes, the other of ${theirs[0]}" >&2; exit 1; }
  bar latency_p99 "$(ratio "${ours[2]}" "${theirs[2]}")" 2.0 at_most
  latency_stop; trap - EXIT
}

case ${only:-all} in
  drain) drains ;;
  memory) memories ;;
  latency) latencies ;;
  all) drains; work=$(mktemp -d); memories; work=$(mktemp -d); latencies ;;
esac
exit $failed
