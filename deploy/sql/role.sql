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
-- Running it again is safe: what exists already is left as it is, the grants are repeated, and tables
-- that the publication lacks join it.
--
-- No table joins whose UPDATE or DELETE PostgreSQL would then refuse to the CRM itself: one without a
-- replica identity, that is, mostly, without a primary key. It is left out with a warning that says
-- why and what would mend it; mend it and run this again. The CRM's tables are never altered here.
-- Of a partitioned table the root is published, whichever of its partitions are listed, and rows
-- come under the root's name, as `lawtail init` writes it. What inherits from a table is published
-- with it, under its own name.
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

-- What follows knows nothing of psql's variables.
SELECT set_config('lawtail.role', :'role', true) AS role,
    set_config('lawtail.publication', :'publication', true) AS publication,
    set_config('lawtail.tables', :'tables', true) AS tables \gset told_

DO $$
DECLARE
    reader text := current_setting('lawtail.role');
    publication text := current_setting('lawtail.publication');
    version int := current_setting('server_version_num');
    existing jsonb;
    stored_published boolean;
    tables text[] := '{}';
    chosen record;
BEGIN
    -- Columns of later versions are read by their names, so that earlier ones need not have them.
    SELECT to_jsonb(p) INTO existing FROM pg_publication p WHERE p.pubname = publication;
    stored_published := CASE
        WHEN version < 180000 THEN false
        WHEN existing IS NULL THEN true
        ELSE existing ->> 'pubgencols' = 's'
    END;
    FOR chosen IN
        WITH RECURSIVE named AS (
            SELECT btrim(part[1], E' \t\r\n')::regclass AS named
            FROM regexp_matches(current_setting('lawtail.tables'),
                '(?:"(?:[^"]|"")*"|[^",])+', 'g') AS part
            WHERE btrim(part[1], E' \t\r\n') <> ''
        ), wanted (id) AS (
            SELECT coalesce(pg_partition_root(named), named)::oid FROM named
            UNION
            SELECT child.oid FROM wanted
                JOIN pg_class parent ON parent.oid = wanted.id AND parent.relkind = 'r'
                JOIN pg_inherits i ON i.inhparent = parent.oid
                JOIN pg_class child ON child.oid = i.inhrelid AND child.relkind = 'r'
        ), members AS (
            -- What holds the rows: the table, or its partitions of the lowest level.
            SELECT id, id AS member FROM wanted
            UNION
            SELECT id, tree.relid FROM wanted, pg_partition_tree(id) tree WHERE tree.isleaf
        ), refused AS (
            SELECT id, member, CASE
                WHEN c.relkind = 'p' AND NOT EXISTS (
                        SELECT FROM pg_index x WHERE x.indrelid = c.oid AND x.indisprimary
                            AND x.indimmediate)
                    THEN ARRAY['has no primary key of its own, so that partitions that come later '
                        || 'have no replica identity', 'give it a primary key']
                WHEN c.relkind = 'r' AND c.relreplident <> 'f' AND NOT EXISTS (
                        SELECT FROM pg_index x WHERE x.indrelid = c.oid AND x.indisvalid
                            AND x.indimmediate
                            AND CASE c.relreplident WHEN 'd' THEN x.indisprimary
                                WHEN 'i' THEN x.indisreplident ELSE false END)
                    THEN CASE c.relreplident
                        WHEN 'd' THEN ARRAY['has no primary key, or one that is deferrable',
                            'give it a primary key, or ALTER TABLE %s REPLICA IDENTITY FULL']
                        WHEN 'i' THEN ARRAY['has lost the index of its replica identity',
                            'ALTER TABLE %s REPLICA IDENTITY DEFAULT; without a primary key, FULL']
                        ELSE ARRAY['has REPLICA IDENTITY NOTHING',
                            'ALTER TABLE %s REPLICA IDENTITY DEFAULT; without a primary key, FULL']
                    END
                -- From 18 on, an identity of all columns may hold none that is not published.
                WHEN version >= 180000 AND c.relkind = 'r' AND c.relreplident = 'f' AND EXISTS (
                        SELECT FROM pg_attribute a WHERE a.attrelid = c.oid
                            AND NOT a.attisdropped AND (a.attgenerated = 'v'
                                OR a.attgenerated = 's' AND NOT stored_published))
                    THEN ARRAY['has REPLICA IDENTITY FULL and generated columns that are not '
                        || 'published', 'ALTER TABLE %s REPLICA IDENTITY DEFAULT, with a primary key']
                END AS reason
            FROM members JOIN pg_class c ON c.oid = member
            WHERE c.relkind IN ('r', 'p')
        ), worst AS (
            SELECT DISTINCT ON (id) id, member, reason FROM refused
            WHERE reason IS NOT NULL ORDER BY id, member <> id, member
        )
        SELECT wanted.id::regclass AS name, c.relkind, c.relpersistence,
            format('%s %s', worst.member::regclass, worst.reason[1]) AS reason,
            format(worst.reason[2], worst.member::regclass) AS remedy,
            EXISTS (SELECT FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid
                WHERE p.pubname = publication AND r.prrelid = wanted.id) AS is_in,
            (SELECT string_agg(named::text, ', ' ORDER BY named::text) FROM named
                WHERE pg_partition_root(named) = wanted.id AND named <> wanted.id) AS partitions
        FROM wanted JOIN pg_class c ON c.oid = wanted.id LEFT JOIN worst USING (id)
        ORDER BY wanted.id::regclass::text
    LOOP
        IF chosen.relkind NOT IN ('r', 'p') OR chosen.relpersistence <> 'p' THEN
            RAISE WARNING '% is left out: no changes are written to the log of a view, a foreign, '
                'an unlogged or a temporary table', chosen.name;
            CONTINUE;
        END IF;
        IF chosen.remedy IS NOT NULL AND chosen.is_in THEN
            RAISE WARNING '% is in the publication, so that PostgreSQL refuses its UPDATE and DELETE '
                'to the CRM: %', chosen.name, chosen.reason
                USING HINT = format('ALTER PUBLICATION %I DROP TABLE %s at once, unless its rows are '
                    'only ever inserted; or %s.', publication, chosen.name, chosen.remedy);
        ELSIF chosen.remedy IS NOT NULL THEN
            RAISE WARNING '% is left out: in the publication, PostgreSQL would refuse its UPDATE and '
                'DELETE to the CRM: %', chosen.name, chosen.reason
                USING HINT = format('First %s; then run this script again.', chosen.remedy);
            CONTINUE;
        END IF;
        IF chosen.partitions IS NOT NULL THEN
            RAISE NOTICE '% is published, of which % was listed', chosen.name, chosen.partitions;
        END IF;
        EXECUTE format('GRANT SELECT ON %s TO %I', chosen.name, reader);
        IF NOT chosen.is_in THEN
            tables := tables || format('ONLY %s', chosen.name);
        END IF;
    END LOOP;
    -- Never FOR ALL TABLES: that makes the server refuse updates and deletes of every table without
    -- a primary key, also of those that the CRM adds later.
    IF existing IS NULL AND tables = '{}' THEN
        RAISE EXCEPTION 'none of the tables can be published; nothing was done';
    ELSIF existing IS NULL THEN
        EXECUTE format('CREATE PUBLICATION %I FOR TABLE %s WITH (publish_via_partition_root = true%s)',
            publication, array_to_string(tables, ', '),
            CASE WHEN version >= 180000 THEN ', publish_generated_columns = stored' END);
    ELSIF (existing ->> 'puballtables')::boolean THEN
        RAISE WARNING 'the publication % is FOR ALL TABLES: PostgreSQL refuses UPDATE and DELETE of '
            'every table without a primary key, also of those that come later', publication
            USING HINT = 'Drop it, and run this script again.';
    ELSE
        IF NOT (existing ->> 'pubviaroot')::boolean THEN
            RAISE WARNING 'the publication % sends rows under the names of their partitions',
                publication USING HINT = format('ALTER PUBLICATION %I SET '
                    '(publish_via_partition_root = true), where the policies name roots.', publication);
        END IF;
        IF tables <> '{}' THEN
            EXECUTE format('ALTER PUBLICATION %I ADD TABLE %s', publication,
                array_to_string(tables, ', '));
        END IF;
    END IF;
END
$$;

COMMIT;
