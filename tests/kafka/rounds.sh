#!/usr/bin/env bash
# Plays rounds of faults of brokers and publishers on a real Kafka (docs/testing.md).
set -euo pipefail
cd "$(dirname "$0")/../.."

usage="usage: tests/kafka/rounds.sh [--rounds N] [--seed N] [--seconds N] [--three]"
rounds=200 seed=1 seconds= test=many_rounds
while [ $# -gt 0 ]; do
  case $1 in
    --rounds) rounds=${2:?$usage}; shift 2 ;;
    --seed) seed=${2:?$usage}; shift 2 ;;
    --seconds) seconds=${2:?$usage}; shift 2 ;;
    --three) test=of_three_brokers; shift ;;
    *) echo "$usage" >&2; exit 2 ;;
  esac
done
tests/kafka/fetch.sh >/dev/null
export KAFKA_ROUNDS=$rounds KAFKA_SEED=$seed KAFKA_SECONDS=$seconds
exec cargo test --locked --test kafka "$test" -- --ignored --nocapture
