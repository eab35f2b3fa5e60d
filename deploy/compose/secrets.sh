#!/usr/bin/env bash
# Makes the secrets of deploy/compose.yaml, once. The files are readable by the containers' users,
# which differ, and the folder by nobody else.
set -euo pipefail
cd "$(dirname "$0")"
mkdir -p -m 0700 secrets
for name in crm-password lawtail-password grafana-password; do
  [ -s "secrets/$name" ] || openssl rand -hex 24 | tr -d '\n' >"secrets/$name"
done
[ -s secrets/pseudonym.key ] || openssl rand -out secrets/pseudonym.key 32
chmod 0444 secrets/*
