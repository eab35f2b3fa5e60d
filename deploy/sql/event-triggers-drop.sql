-- Removes what event-triggers.sql and partition-identity.sql made. From then on lawtail says at each start
-- that schema changes are not visible to it, and partitions that come later send no old values.
--
--     psql -d crm -f event-triggers-drop.sql

\set ON_ERROR_STOP on

BEGIN;
DROP EVENT TRIGGER IF EXISTS lawtail_ddl_command_end;
DROP EVENT TRIGGER IF EXISTS lawtail_sql_drop;
DROP EVENT TRIGGER IF EXISTS lawtail_table_rewrite;
DROP EVENT TRIGGER IF EXISTS lawtail_partition_identity;
DROP FUNCTION IF EXISTS lawtail.report_schema_change();
DROP FUNCTION IF EXISTS lawtail.give_partitions_identity();
DROP SCHEMA IF EXISTS lawtail;
COMMIT;
