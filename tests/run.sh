#!/usr/bin/env bash
# Runs every check of the project against real servers: PostgreSQL, the installed one and three
# newer ones, and Apache Kafka.
#
# Installs what is missing by package name when it may (root or passwordless sudo); otherwise says
# what to install. The servers are started and stopped by the tests themselves, on free loopback
# ports. After one run it works offline.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '\n== %s\n' "$*"; }

# Each line: a command or file that shows that the package is there, and the package.
needs=(
  "/usr/lib/postgresql/*/bin/postgres|postgresql"
  "cc|build-essential"
  "make|build-essential"
  "pkg-config|pkg-config"
  "/usr/include/openssl/ssl.h|libssl-dev"
  "/usr/include/zlib.h|zlib1g-dev"
  "openssl|openssl"
  "java|openjdk-17-jre-headless"
  "mvn|maven"
  "npm|npm"
  "promtool|prometheus"
  "amtool|prometheus-alertmanager"
)

missing=()
for need in "${needs[@]}"; do
  shown_by=${need%%|*} package=${need##*|}
  case $shown_by in
    /*) compgen -G "$shown_by" >/dev/null || missing+=("$package") ;;
    *) command -v "$shown_by" >/dev/null || missing+=("$package") ;;
  esac
done

if [ ${#missing[@]} -gt 0 ]; then
  if [ "$(id -u)" = 0 ]; then
    as_root=()
  elif sudo -n true 2>/dev/null; then
    as_root=(sudo)
  else
    echo "Please install what the tests need: apt-get install ${missing[*]}" >&2
    exit 1
  fi
  say "installing ${missing[*]}"
  "${as_root[@]}" apt-get update -q
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -q --no-install-recommends "${missing[@]}"
fi

# What the differential tests compare with where it can be had; they say what they have skipped.
if [ "$(id -u)" = 0 ]; then
  newest=$(basename "$(find /usr/lib/postgresql -mindepth 1 -maxdepth 1 | sort -V | tail -n 1)")
  for extra in wal2json pgvector; do
    package=postgresql-$newest-$extra
    if ! dpkg -s "$package" >/dev/null 2>&1; then
      DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$package" ||
        echo "without $package"
    fi
  done
fi

say "Apache Kafka from Maven Central"
tests/kafka/fetch.sh

say "PostgreSQL 16, 17 and 18 from the npm registry"
brought=$(tests/postgres/fetch.sh)
mapfile -t servers <<<"$brought"

# Without a network, use what earlier runs have brought.
if ! cargo fetch --locked -q 2>/dev/null; then
  export CARGO_NET_OFFLINE=true
fi

# From nothing, what the compiler would keep for the next change costs more than it saves.
[ -d target/debug ] || export CARGO_INCREMENTAL=0

say "formatting"
cargo fmt --check

say "clippy"
cargo clippy --locked --all-targets -- -D warnings

# The targets are a workspace of their own, with the versions that lawtail is locked to; nothing is
# linked, so libFuzzer itself is not built.
say "fuzz targets"
cp Cargo.lock fuzz/Cargo.lock
CUSTOM_LIBFUZZER_PATH=target/libfuzzer.a \
  cargo check --manifest-path fuzz/Cargo.toml --target-dir target --bins -q

say "alert rules"
promtool check rules deploy/prometheus/*.yaml
promtool test rules deploy/prometheus/tests/*.yaml
promtool check config --syntax-only deploy/compose/prometheus.yaml
amtool check-config deploy/alertmanager/alertmanager.yaml

say "deployment"
tests/deploy/lint.sh

say "documentation"
RUSTDOCFLAGS="-D warnings -D rustdoc::broken_intra_doc_links" cargo doc --locked --no-deps --document-private-items -q

# Once, as the tests need it: built by itself it has other features of what it depends on.
say "building"
cargo test --locked --lib --bins --tests --no-run -q
lawtail=${CARGO_TARGET_DIR:-target}/debug/lawtail

say "policies"
"$lawtail" check policies
"$lawtail" test policies

say "examples in the documentation"
cargo test --locked --doc -q

for programs in "${servers[@]}"; do
  say "the PostgreSQL source on $("$programs/postgres" --version)"
  LAWTAIL_TEST_POSTGRES=$programs cargo test --locked -q --test postgres -- \
    follow:: gaps:: login:: refusals:: trouble::
done

say "tests"
# What waits for brokers and for killed servers runs beside what computes; its output comes after.
waits=(campaign daemon kafka)
beside=() before=()
for target in tests/*.rs tests/*/main.rs; do
  name=${target%/main.rs} name=$(basename "$name" .rs)
  case " ${waits[*]} " in
    *" $name "*) beside+=(--test "$name") ;;
    *) before+=(--test "$name") ;;
  esac
done
output=$(mktemp)
waiting='' failed=0
trap '[ -z "$waiting" ] || kill -- "-$waiting" 2>/dev/null; rm -f "$output"' EXIT
# A group of its own, which ends with this script.
setsid cargo test --locked --no-fail-fast "${beside[@]}" >"$output" 2>&1 &
waiting=$!
cargo test --locked --no-fail-fast --lib --bins "${before[@]}" || failed=$?
wait "$waiting" || failed=$?
waiting=''
cat "$output"
exit "$failed"
