#!/usr/bin/env bash
# Runs once, in the container of the CRM, when its database is made.
set -euo pipefail
tables=$(sed -n 's/^CREATE TABLE \([a-z_]*\) .*/crm.\1/p' /lawtail/schema.sql | paste -sd, -)
psql -X -q -v ON_ERROR_STOP=1 -U postgres -d crm -f /lawtail/schema.sql
psql -X -q -U postgres -d crm -v role=lawtail -v publication=lawtail -v schemas=crm \
  -v tables="$tables" -f /lawtail/role.sql
# Read by psql itself, so that it stands on no command line.
psql -X -q -v ON_ERROR_STOP=1 -U postgres -d crm <<'SQL'
\set password `cat /run/secrets/crm-lawtail-password`
ALTER ROLE lawtail PASSWORD :'password';
SQL
