-- Whole old rows in the change stream: REPLICA IDENTITY FULL for each table of lawtail's publication and
-- for each of their partitions. Optional; lawtail never runs it.
--
-- By default PostgreSQL writes no old values of an update into its log, only the key of a row that is
-- deleted. lawtail then cannot tell which columns an update changed, says COV-001, and leaves what depends
-- on it undecided (`lawtail explain COV-001`). With FULL the log holds the whole old row of each update and
-- delete: more log, so measure it on a busy table.
--
-- Run it after role.sql, as the owner of the tables or a superuser:
--
--     psql -d crm -v publication=lawtail -f full-identity.sql
--
-- It prints what it changed. No row is read or written; each table is locked for a moment, and one that
-- cannot be locked within two seconds is left as it is, with a warning: run it again. A partition that comes
-- later begins with DEFAULT again: see partition-identity.sql. Back: ALTER TABLE … REPLICA IDENTITY DEFAULT.
--
-- From PostgreSQL 18 on a table is left as it is, with a warning, when it has generated columns that are not
-- published: with FULL the server would refuse UPDATE and DELETE of it to the CRM itself. So is one of which
-- the publication lists columns, in every version.

\set ON_ERROR_STOP on

SELECT set_config('lawtail.publication', :'publication', false) AS publication \gset told_

DO $$
DECLARE
    publication text := current_setting('lawtail.publication');
    chosen record;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_publication p WHERE p.pubname = publication) THEN
        RAISE EXCEPTION 'there is no publication %; run role.sql first', publication;
    END IF;
    FOR chosen IN
        SELECT DISTINCT format('%I.%I', s.nspname, m.relname) AS name,
            EXISTS (SELECT FROM pg_publication_rel r WHERE r.prpubid = b.oid AND r.prrelid = c.oid
                AND to_jsonb(r) ->> 'prattrs' IS NOT NULL) AS listed,
            current_setting('server_version_num')::int >= 180000 AND EXISTS (
                SELECT FROM pg_attribute a WHERE a.attrelid = m.oid AND NOT a.attisdropped
                    AND (a.attgenerated = 'v' OR a.attgenerated = 's'
                        AND to_jsonb(b) ->> 'pubgencols' <> 's')) AS computed
        FROM pg_publication_tables p JOIN pg_publication b ON b.pubname = p.pubname
        JOIN pg_namespace n ON n.nspname = p.schemaname
        JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = p.tablename
        JOIN LATERAL (SELECT c.oid AS member
            UNION SELECT t.relid FROM pg_partition_tree(c.oid) t WHERE t.isleaf) held ON true
        JOIN pg_class m ON m.oid = held.member JOIN pg_namespace s ON s.oid = m.relnamespace
        WHERE p.pubname = publication AND m.relreplident <> 'f' AND m.relkind IN ('r', 'p')
        ORDER BY 1
    LOOP
        IF chosen.listed OR chosen.computed THEN
            RAISE WARNING '% is left as it is: with REPLICA IDENTITY FULL, PostgreSQL would refuse its '
                'UPDATE and DELETE to the CRM, for the publication leaves columns of it out', chosen.name;
            CONTINUE;
        END IF;
        BEGIN
            SET LOCAL lock_timeout = '2s';
            EXECUTE format('ALTER TABLE %s REPLICA IDENTITY FULL', chosen.name);
            RAISE NOTICE '% has REPLICA IDENTITY FULL now', chosen.name;
        EXCEPTION WHEN lock_not_available OR insufficient_privilege THEN
            RAISE WARNING '% is left as it is: %', chosen.name, SQLERRM
                USING HINT = 'Run this again when it is quiet, as the owner of the table.';
        END;
        -- So that no lock is held while the next is waited for.
        COMMIT;
    END LOOP;
END
$$;
