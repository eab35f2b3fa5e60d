#!/usr/bin/env bash
# How long `lawtail scan` takes on one table of 200 columns and a million rows, beside psql copying
# the same number of sampled rows out of it.
#
#     benches/scan.sh [--rows N] [--sample N] [--rounds N] [--binary FILE]
#
# Both read pages sampled by the server; psql throws the rows away. Rounds alternate, medians are
# compared. Ends with the line `BAR scan_ratio <value> <target> ok|short`, and fails if it is short.
set -euo pipefail
cd "$(dirname "$0")/.."

rows=1000000 sample=1000 rounds=5 binary=target/release/lawtail
while [ $# -gt 0 ]; do
  case $1 in
    --rows) rows=$2; shift 2 ;;
    --sample) sample=$2; shift 2 ;;
    --rounds) rounds=$2; shift 2 ;;
    --binary) binary=$2; shift 2 ;;
    *) sed -n '5p' "$0" >&2; exit 2 ;;
  esac
done
source benches/cluster.sh
trap cluster_stop EXIT
cluster_start -c shared_buffers=256MB -c fsync=off -c max_wal_size=8GB

columns=$(for i in $(seq 1 40); do
  echo "'Ada' || i AS first_name_$i, 'p' || i || '@example.org' AS email_$i, i * $i AS number_$i, \
    '+49 30 90' || (100000 + i % 900000) AS phone_$i, 'note ' || i || ' on it' AS text_$i,"
done)
sql -c "CREATE UNLOGGED TABLE wide AS SELECT ${columns%,} FROM generate_series(1, $rows) i" -c "ANALYZE wide"

seconds() { local from to; from=$(date +%s%N); "$@" >/dev/null; to=$(date +%s%N); awk -v n=$((to - from)) 'BEGIN { print n / 1e9 }'; }
median() { sort -g | awk '{ v[NR] = $1 } END { print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
percent=$(awk -v s="$sample" -v r="$rows" 'BEGIN { printf "%.4f", 125 * s / r }')
copy="COPY (SELECT * FROM wide TABLESAMPLE SYSTEM ($percent) REPEATABLE (1) LIMIT $sample) TO STDOUT"

for round in $(seq 1 "$rounds"); do
  scanned=$(seconds "$binary" scan --database-url "$url" --sample-rows "$sample" --format json)
  copied=$(seconds sql -c "$copy")
  echo "round $round: scan $scanned s, copy $copied s"
  echo "$scanned" >>"$work/scanned"; echo "$copied" >>"$work/copied"
done
scanned=$(median <"$work/scanned") copied=$(median <"$work/copied")
ratio=$(awk -v a="$scanned" -v b="$copied" 'BEGIN { printf "%.2f", a / b }')
target=3.00
verdict=$(awk -v v="$ratio" -v t=$target 'BEGIN { print (v <= t) ? "ok" : "short" }')
echo "BAR scan_ratio $ratio $target $verdict"
[ "$verdict" = ok ]
