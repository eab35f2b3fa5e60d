#!/usr/bin/env bash
# Brings Apache Kafka from Maven Central as jars into a cache folder outside the repository, once;
# later runs need no network. Prints the folder. Installs nothing.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# The same version stands in pom.xml and tests/support/kafka.rs.
version=4.1.0
folder=${LAWTAIL_TEST_CACHE:-$HOME/.cache/lawtail-tests}/kafka-$version

for tool in java mvn; do
  if ! command -v "$tool" >/dev/null; then
    echo "tests/kafka/fetch.sh: $tool is missing; on Debian: apt-get install default-jdk-headless maven" >&2
    exit 1
  fi
done
# The mark is written last: a folder without it is half a download.
if [ ! -f "$folder/complete" ]; then
  mkdir -p "$folder"
  mvn --quiet --batch-mode --file "$here/pom.xml" dependency:copy-dependencies \
    -DincludeScope=runtime -DoutputDirectory="$folder" >&2
  touch "$folder/complete"
fi
echo "$folder"
