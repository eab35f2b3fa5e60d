#!/bin/sh
# Runs one fuzz target with the stable toolchain: fuzz/run.sh TARGET [libFuzzer options]
set -eu
cd "$(dirname "$0")"
target=$1
shift

corpus=corpus/$target
mkdir -p "$corpus" "artifacts/$target"
case $target in
journal) cp ../tests/wire/recorded.jsonl "$corpus/recorded" ;;
checks) cp ../src/engine/classify/checks/national/vectors.tsv "$corpus/identifiers" ;;
assemble) sed 's/.*/& &/' ../tests/wire/recorded.hex | awk '{ printf "%04x%s", length($1) / 2, $2 }' | xxd -r -p >"$corpus/recorded" ;;
connection) sh connection.sh "$corpus" ;;
pgoutput) n=0; while read -r line; do n=$((n + 1)); printf %s "$line" | xxd -r -p >"$corpus/recorded-$n"; done <../tests/wire/recorded.hex ;;
esac

llvm=-Cllvm-args=-sanitizer-coverage
RUSTFLAGS="-Cpasses=sancov-module $llvm-level=4 $llvm-inline-8bit-counters $llvm-pc-table \
$llvm-trace-compares -Ccodegen-units=1" \
    cargo run --release --target "$(rustc -vV | sed -n 's/^host: //p')" --bin "$target" -- \
    -artifact_prefix="artifacts/$target/" "$@" "$corpus"
