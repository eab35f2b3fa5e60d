-- Removes what event-triggers.sql made. From then on lawtail says at each start that schema changes
-- are not visible to it.
--
--     psql -d crm -f event-triggers-drop.sql

\set ON_ERROR_STOP on

BEGIN;
DROP EVENT TRIGGER IF EXISTS lawtail_ddl_command_end;
DROP EVENT TRIGGER IF EXISTS lawtail_sql_drop;
DROP EVENT TRIGGER IF EXISTS lawtail_table_rewrite;
DROP FUNCTION IF EXISTS lawtail.report_schema_change();
DROP SCHEMA IF EXISTS lawtail;
COMMIT;
