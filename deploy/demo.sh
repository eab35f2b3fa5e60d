#!/usr/bin/env bash
# Builds lawtail and plays its demonstration: deploy/demo.sh [--seconds N] [--contacts N] …
#
# On a Debian machine with a Rust toolchain it installs what is missing. Where it may not, it says
# what to install. `lawtail demo --help` tells every option.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

has_header() {
    cc -E -include "$1" -x c /dev/null -o /dev/null 2>/dev/null
}

has_server() {
    local folders program
    folders=("$(pg_config --bindir 2>/dev/null || true)" /usr/lib/postgresql/*/bin)
    for program in "${folders[@]}"; do
        if [ -x "$program/initdb" ] && [ -x "$program/postgres" ]; then return 0; fi
    done
    command -v initdb >/dev/null && command -v postgres >/dev/null
}

# librdkafka is built from C and C++ by make, with the system's OpenSSL and zlib, which are found
# by pkg-config. `cc` comes with gcc, and the C library's headers with g++.
missing=()
command -v cc >/dev/null || missing+=(gcc)
command -v g++ >/dev/null || missing+=(g++)
command -v make >/dev/null || missing+=(make)
command -v pkg-config >/dev/null || missing+=(pkg-config)
has_header openssl/ssl.h || missing+=(libssl-dev)
has_header zlib.h || missing+=(zlib1g-dev)
has_server || missing+=(postgresql)

if [ ${#missing[@]} -gt 0 ]; then
    command_line=(apt-get install --yes --no-install-recommends "${missing[@]}")
    as_root=(env DEBIAN_FRONTEND=noninteractive)
    [ "$(id -u)" -eq 0 ] || as_root=(sudo "${as_root[@]}")
    if ! command -v apt-get >/dev/null; then
        echo "Please install what these packages of Debian hold: ${missing[*]}" >&2
        exit 1
    fi
    if [ "${as_root[0]}" = sudo ] && ! sudo -n true 2>/dev/null; then
        echo "Some packages are missing, and this user may not install them. Please run:" >&2
        echo "    sudo apt-get update && sudo ${command_line[*]}" >&2
        exit 1
    fi
    echo "Installing ${missing[*]}" >&2
    log=$(mktemp)
    trap 'rm -f "$log"' EXIT
    if ! { "${as_root[@]}" apt-get update && "${as_root[@]}" "${command_line[@]}"; } \
        >"$log" 2>&1 </dev/null; then
        tail -n 20 "$log" >&2
        echo "Installing failed. The command was: apt-get update && ${command_line[*]}" >&2
        exit 1
    fi
    rm -f "$log"
    trap - EXIT
fi

if ! command -v cargo >/dev/null; then
    echo "A Rust toolchain is missing: see https://rustup.rs" >&2
    exit 1
fi

quiet=(--quiet)
if [ -t 2 ]; then quiet=(); else echo "Building (some minutes the first time)" >&2; fi
exec cargo run --release --locked "${quiet[@]}" -- demo "$@"
