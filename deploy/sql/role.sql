-- The role and the publication that lawtail needs, and nothing more.
--
-- Run it once per database, as the owner of the tables or a superuser:
--
--     psql -d crm -v role=lawtail -v publication=lawtail \
--          -v schemas='crm' -v tables='crm.contacts, crm.consents, crm.sends' \
--          -f role.sql
--
-- then give the role a password that appears in no file and no log:
--
--     psql -d crm -c '\password lawtail'
--
-- Running it again is safe: what exists already is left as it is, and the grants are repeated.
--
-- Two more grants are optional: pg_read_all_stats for the address of whoever has a transaction open
-- that raises an alarm, and pg_signal_backend for the circuit breaker. Neither is given here;
-- docs/open-transactions.md says how.
--
-- What the role may do: log in, replicate, and read the tables listed. It may not write, it owns
-- nothing, it is no superuser. REPLICATION is a right of the whole server: such a role can read
-- the change stream of every database whose pg_hba.conf rules let it log in, so restrict it there
-- to this database and to lawtail's address.
--
-- The server needs wal_level = logical (a restart), two free replication slots
-- (max_replication_slots) and two free walsenders (max_wal_senders): one of each for the stream, and
-- one for a moment whenever a table joins the publication. Set max_slot_wal_keep_size
-- so that no slot, ours included, can ever fill the disk.
--
-- It needs no membership in pg_read_all_stats, pg_monitor or pg_signal_backend: what a former lawtail
-- left behind on the slot is told from a living one by an advisory lock (docs/operations.md), and a
-- role may always end sessions of its own.
--
-- Managed services: docs/managed-services.md. On Amazon RDS and Aurora REPLICATION cannot be granted;
-- this script grants rds_replication there instead.

\set ON_ERROR_STOP on

BEGIN;

-- On Amazon RDS and Aurora there is a role for it; elsewhere it is an attribute.
SELECT format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT', :'role')
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role') \gexec
SELECT CASE
    WHEN EXISTS (SELECT FROM pg_roles WHERE rolname = 'rds_replication')
        THEN format('GRANT rds_replication TO %I', :'role')
    ELSE format('ALTER ROLE %I REPLICATION', :'role')
END \gexec

-- The values of our sessions are read-only in any case; this says so to the server as well.
ALTER ROLE :"role" SET default_transaction_read_only = on;

GRANT USAGE ON SCHEMA :schemas TO :"role";
GRANT SELECT ON :tables TO :"role";

-- Never FOR ALL TABLES: that makes the server refuse updates and deletes of every table without a
-- primary key, also of those that the CRM adds later.
SELECT format('CREATE PUBLICATION %I FOR TABLE %s', :'publication', :'tables')
WHERE NOT EXISTS (SELECT FROM pg_publication WHERE pubname = :'publication') \gexec

COMMIT;
