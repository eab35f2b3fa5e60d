-- Partitions take the REPLICA IDENTITY FULL of their root. Optional.
--
-- PostgreSQL gives each new partition REPLICA IDENTITY DEFAULT, whatever its root and its siblings have, so
-- that updates in next month's partition would come without old values (COV-001). With this event trigger a
-- partition that is made or attached becomes FULL like its root, in the same transaction. Roots that are not
-- FULL keep their partitions as they are. No row is read or written.
--
-- Event triggers can be made by superusers only (managed services: docs/managed-services.md). Run it once per
-- database, after full-identity.sql:
--
--     psql -d crm -f partition-identity.sql
--
-- Running it again replaces it; event-triggers-drop.sql removes it. Making a partition never fails because of
-- it: whatever goes wrong becomes a WARNING. Where nobody may make event triggers, let whatever makes the
-- partitions do it: ALTER TABLE … REPLICA IDENTITY FULL (with pg_partman, on its template table).

\set ON_ERROR_STOP on

BEGIN;

CREATE SCHEMA IF NOT EXISTS lawtail;
REVOKE ALL ON SCHEMA lawtail FROM PUBLIC;

-- Whatever was made or altered, and the partitions below it: those of lowest level that are DEFAULT while
-- their root is FULL. From PostgreSQL 18 on not where the server would then refuse changes to the CRM.
CREATE OR REPLACE FUNCTION lawtail.give_partitions_identity() RETURNS event_trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    partition regclass;
BEGIN
    FOR partition IN
        SELECT DISTINCT m.oid::regclass
        FROM pg_event_trigger_ddl_commands() d
        JOIN LATERAL pg_partition_tree(d.objid::regclass) t ON t.isleaf
        JOIN pg_class m ON m.oid = t.relid
        JOIN pg_class root ON root.oid = pg_partition_root(t.relid)
        WHERE d.classid = 'pg_class'::regclass AND d.object_type = 'table'
            AND root.oid <> m.oid AND root.relreplident = 'f'
            AND m.relkind = 'r' AND m.relreplident = 'd'
            AND NOT (current_setting('server_version_num')::int >= 180000 AND EXISTS (
                SELECT FROM pg_attribute a WHERE a.attrelid = m.oid AND NOT a.attisdropped
                    AND (a.attgenerated = 'v' OR a.attgenerated = 's' AND EXISTS (
                        SELECT FROM pg_publication b WHERE to_jsonb(b) ->> 'pubgencols' = 'n'))))
    LOOP
        EXECUTE format('ALTER TABLE %s REPLICA IDENTITY FULL', partition);
    END LOOP;
EXCEPTION WHEN OTHERS THEN
    RAISE WARNING 'a partition stays without old values in the change stream: %', SQLSTATE;
END
$$;

DROP EVENT TRIGGER IF EXISTS lawtail_partition_identity;
CREATE EVENT TRIGGER lawtail_partition_identity ON ddl_command_end
    WHEN TAG IN ('CREATE TABLE', 'CREATE TABLE AS', 'ALTER TABLE')
    EXECUTE FUNCTION lawtail.give_partitions_identity();

COMMIT;
