-- Makes schema changes visible to lawtail. Optional.
--
-- The change stream does not contain DDL. With these event triggers each schema change writes a
-- small message into its own transaction, which reaches lawtail at its place in the stream; it
-- writes no row and changes nothing. Without them lawtail says once at each start that its coverage
-- is reduced.
--
-- Event triggers can be made by superusers only (managed services: docs/managed-services.md). Run it
-- once per database:
--
--     psql -d crm -f event-triggers.sql
--
-- and event-triggers-drop.sql to be rid of them. Running it again replaces them.
--
-- A schema change never fails because of them: whatever goes wrong becomes a WARNING.

\set ON_ERROR_STOP on

BEGIN;

CREATE SCHEMA IF NOT EXISTS lawtail;
REVOKE ALL ON SCHEMA lawtail FROM PUBLIC;

-- One object that was changed, as a message within the transaction. Only names go into it: the text
-- of the command may quote values.
CREATE OR REPLACE FUNCTION lawtail.report_schema_change() RETURNS event_trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    report json;
BEGIN
    IF tg_event = 'ddl_command_end' THEN
        FOR report IN
            SELECT json_build_object('command', d.command_tag,
                'object', replace(d.object_type, ' ', '_'), 'identity', d.object_identity,
                'persistence', CASE c.relpersistence WHEN 'p' THEN 'logged'
                    WHEN 'u' THEN 'unlogged' END,
                'user', session_user)
            FROM pg_event_trigger_ddl_commands() d
            LEFT JOIN pg_class c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid
            WHERE d.schema_name IS DISTINCT FROM 'pg_temp'
        LOOP
            PERFORM pg_logical_emit_message(true, 'lawtail.ddl', report::text);
        END LOOP;
    ELSIF tg_event = 'sql_drop' THEN
        FOR report IN
            SELECT json_build_object('command', 'drop',
                'object', replace(d.object_type, ' ', '_'), 'identity', d.object_identity,
                'user', session_user)
            FROM pg_event_trigger_dropped_objects() d
            WHERE d.original AND NOT d.is_temporary
        LOOP
            PERFORM pg_logical_emit_message(true, 'lawtail.ddl', report::text);
        END LOOP;
    ELSE
        SELECT json_build_object('command', 'rewrite', 'object', 'table',
            'identity', format('%I.%I', n.nspname, c.relname),
            'persistence', CASE c.relpersistence WHEN 'p' THEN 'logged'
                WHEN 'u' THEN 'unlogged' END,
            'user', session_user) INTO report
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.oid = pg_event_trigger_table_rewrite_oid() AND c.relpersistence <> 't';
        IF report IS NOT NULL THEN
            PERFORM pg_logical_emit_message(true, 'lawtail.ddl', report::text);
        END IF;
    END IF;
EXCEPTION WHEN OTHERS THEN
    RAISE WARNING 'lawtail does not see this schema change: %', SQLSTATE;
END
$$;

DROP EVENT TRIGGER IF EXISTS lawtail_ddl_command_end;
DROP EVENT TRIGGER IF EXISTS lawtail_sql_drop;
DROP EVENT TRIGGER IF EXISTS lawtail_table_rewrite;

CREATE EVENT TRIGGER lawtail_ddl_command_end ON ddl_command_end
    EXECUTE FUNCTION lawtail.report_schema_change();
CREATE EVENT TRIGGER lawtail_sql_drop ON sql_drop
    EXECUTE FUNCTION lawtail.report_schema_change();
CREATE EVENT TRIGGER lawtail_table_rewrite ON table_rewrite
    EXECUTE FUNCTION lawtail.report_schema_change();

-- Also where session_replication_role is set to replica.
ALTER EVENT TRIGGER lawtail_ddl_command_end ENABLE ALWAYS;
ALTER EVENT TRIGGER lawtail_sql_drop ENABLE ALWAYS;
ALTER EVENT TRIGGER lawtail_table_rewrite ENABLE ALWAYS;

COMMIT;
