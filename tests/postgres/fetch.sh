#!/usr/bin/env bash
# Brings the PostgreSQL servers that Debian does not package beside its own into a cache folder
# outside the repository, once; later runs need no network. They are the binaries of the npm
# packages @embedded-postgres/*, each verified by its checksum. Installs nothing.
#
#   fetch.sh        brings all of them, and prints their program folders
#   fetch.sh 17     only this one
set -euo pipefail

# A server does not run as root but as an account that may not enter root's home.
if [ "$(id -u)" = 0 ]; then
  default=/var/cache/lawtail-tests
else
  default=$HOME/.cache/lawtail-tests
fi
cache=${LAWTAIL_TEST_CACHE:-$default}

# Each line: major version, version of the package, SHA-256 for x86-64, SHA-256 for arm64.
servers=(
  "16 16.14.0-beta.17 dfe7ecd8365ab907786e5f3d69179399f9675ac800153219efb2590257c2d551 6802bdb96c200de808f33d6cc4a0171c14110fc4af2f71155f14b8be56dd83aa"
  "17 17.10.0-beta.17 5bad48012c3a7415c06310f632ce9a0f9da20dadb70e774e4985c2f416a4445b c235902b8f75c94bcfa2f2071ef4e3c35e5410b93bed65b1f3a398aaa8ef880a"
  "18 18.4.0-beta.17 795d587bb466423385db256dc81e61f2ee40c9e10efde21e881f3e997dd1bdb2 5c2c5ba809d0f47d1bebaf46c2ea01e1fe7017beb28618e009016500107f9cea"
)

case $(uname -m) in
  x86_64) machine=x64 ;;
  aarch64 | arm64) machine=arm64 ;;
  *)
    echo "tests/postgres/fetch.sh: there are no servers for $(uname -m)" >&2
    exit 1
    ;;
esac

# The mark is written last: a folder without it is half a download.
bring() {
  local version=$1 checksum=$2 folder=$3
  if ! command -v npm >/dev/null; then
    echo "tests/postgres/fetch.sh: npm is missing; on Debian: apt-get install npm" >&2
    exit 1
  fi
  rm -rf "$folder"
  mkdir -p "$folder"
  (
    cd "$folder"
    npm pack --silent "@embedded-postgres/linux-$machine@$version" >/dev/null
    archive=$(echo ./*.tgz)
    echo "$checksum  $archive" | sha256sum --check --quiet >&2
    tar --extract --gzip --file "$archive" --strip-components=2 package/native
    rm "$archive"
    # The package tells its symbolic links in a file, because npm packs none.
    tr '}' '\n' <pg-symlinks.json |
      sed -n 's|.*"source":"native/\([^"]*\)","target":"native/\([^"]*\)".*|\1 \2|p' |
      while read -r source target; do
        ln -s --force --relative "$source" "$target"
      done
    touch complete
  )
}

for server in "${servers[@]}"; do
  read -r major version x64 arm64 <<<"$server"
  [ $# = 0 ] || [ "$1" = "$major" ] || continue
  folder=$cache/postgres-$version-$machine
  [ -f "$folder/complete" ] || bring "$version" "${!machine}" "$folder"
  echo "$folder/bin"
done
