#!/usr/bin/env bash
# Makes the secrets of deploy/compose.yaml, once, and the file .env beside it. The folder is open to
# nobody else. What lawtail reads belongs to a group that its container joins, since it takes no secret
# that others can read; the files of the other containers are readable by their users, which differ.
set -euo pipefail
cd "$(dirname "$0")"
mkdir -p -m 0700 secrets
for name in crm-password lawtail-password grafana-password; do
  [ -s "secrets/$name" ] || openssl rand -hex 24 | tr -d '\n' >"secrets/$name"
done
[ -s secrets/pseudonym.key ] || openssl rand -out secrets/pseudonym.key 32
# The CRM's container has no say in its groups, so it has a copy of lawtail's password.
cp -f secrets/lawtail-password secrets/crm-lawtail-password
chmod 0444 secrets/crm-password secrets/crm-lawtail-password secrets/grafana-password
chmod 0440 secrets/lawtail-password secrets/pseudonym.key
# Without root on the host, its own group is that of root in the containers.
group=$(id -g)
if docker info --format '{{.SecurityOptions}}' 2>/dev/null | grep -q rootless; then group=0; fi
echo "LAWTAIL_SECRETS_GROUP=$group" >../.env
