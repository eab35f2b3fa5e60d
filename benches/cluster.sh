# A throwaway PostgreSQL for the benchmarks, on a free loopback port. Sourced.

programs=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
work=$(mktemp -d)
server=

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
as_owner() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; else "$@"; fi; }
sql() { "$programs/psql" -X -q -v ON_ERROR_STOP=1 -d "$url" "$@"; }

# cluster_start [-c setting=value]…
cluster_start() {
  chmod 755 "$work"; mkdir "$work/cluster"
  [ "$(id -u)" != 0 ] || chown postgres "$work/cluster"
  as_owner "$programs/initdb" -D "$work/cluster" -U postgres -A trust --no-sync >/dev/null
  local port; port=$(free_port)
  as_owner "$programs/postgres" -D "$work/cluster" -p "$port" -c listen_addresses=127.0.0.1 \
    -c unix_socket_directories= -c wal_level=logical "$@" >"$work/postgres.log" 2>&1 &
  server=$!
  url="postgresql://postgres@127.0.0.1:$port/postgres?sslmode=disable"
  until "$programs/pg_isready" -q -d "$url"; do sleep 0.1; kill -0 $server; done
}
cluster_stop() {
  # The shell that started it in the background ignores an interrupt, so the server is told itself.
  kill -INT "$(head -1 "$work/cluster/postmaster.pid" 2>/dev/null)" 2>/dev/null || true
  [ -z "$server" ] || wait "$server" 2>/dev/null || true
  rm -rf "$work"
}
