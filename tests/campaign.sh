#!/usr/bin/env bash
# Plays rounds of faults on a real PostgreSQL and the real program (docs/testing.md).
set -euo pipefail
cd "$(dirname "$0")/.."

usage="usage: tests/campaign.sh [--rounds N] [--seed N] [--seconds N]"
rounds=300 seed=1 seconds=
while [ $# -gt 0 ]; do
  case $1 in
    --rounds) rounds=${2:?$usage} ;;
    --seed) seed=${2:?$usage} ;;
    --seconds) seconds=${2:?$usage} ;;
    *) echo "$usage" >&2; exit 2 ;;
  esac
  shift 2
done

if [ -z "${LAWTAIL_PROGRAM:-}" ]; then
  cargo build --locked --release
  LAWTAIL_PROGRAM=$PWD/target/release/lawtail
fi
export LAWTAIL_PROGRAM CAMPAIGN_ROUNDS=$rounds CAMPAIGN_SEED=$seed CAMPAIGN_SECONDS=$seconds
exec cargo test --locked --test campaign a_long_campaign -- --ignored --nocapture
