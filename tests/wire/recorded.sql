-- How recorded.hex was made, with PostgreSQL 15.18, wal_level = logical and a database in UTF-8.
-- Every message of pgoutput's protocol version 1 occurs, about invented people.

CREATE SCHEMA crm;
CREATE TYPE crm.stage AS ENUM ('lead', 'customer');
CREATE TABLE crm.contacts (id int PRIMARY KEY, email text, stage crm.stage, notes text);
ALTER TABLE crm.contacts REPLICA IDENTITY FULL;
ALTER TABLE crm.contacts ALTER notes SET STORAGE EXTERNAL;
CREATE TABLE crm.deals (id int PRIMARY KEY, amount numeric);
CREATE TABLE crm.audit (at timestamptz, entry text);
ALTER TABLE crm.audit REPLICA IDENTITY FULL;
CREATE PUBLICATION p FOR TABLE crm.contacts, crm.deals, crm.audit;
SELECT pg_create_logical_replication_slot('s', 'pgoutput');

INSERT INTO crm.contacts VALUES
    (1, 'ada@example.org', 'lead', repeat('Ada likes engines. ', 150)),
    (2, 'łukasz@example.org', 'customer', '');

BEGIN;
UPDATE crm.contacts SET stage = 'customer' WHERE id = 1;  -- the notes stay untouched
UPDATE crm.deals SET amount = 1 WHERE id = 99;            -- no row
INSERT INTO crm.deals VALUES (1, 12.50), (2, NULL);
UPDATE crm.deals SET amount = 13 WHERE id = 1;            -- the key stays
UPDATE crm.deals SET id = 3 WHERE id = 2;                 -- the key changes
SELECT pg_logical_emit_message(true, 'basis', 'contract');
COMMIT;

ALTER TABLE crm.deals ADD COLUMN note text DEFAULT 'new';
INSERT INTO crm.deals VALUES (4, 1, 'x');
DELETE FROM crm.deals WHERE id = 1;
DELETE FROM crm.contacts WHERE id = 2;

BEGIN;
TRUNCATE crm.deals, crm.audit RESTART IDENTITY;
COMMIT;

SELECT pg_replication_origin_create('elsewhere');
SELECT pg_replication_origin_session_setup('elsewhere');
BEGIN;
SELECT pg_replication_origin_xact_setup('0/ABC', '2026-01-01 12:00+00');
INSERT INTO crm.audit VALUES ('2026-01-01 12:00+00', 'synced');
COMMIT;
SELECT pg_replication_origin_session_reset();

BEGIN;
INSERT INTO crm.audit VALUES (now(), 'aborted');
ROLLBACK;

SELECT encode(data, 'hex') FROM pg_logical_slot_peek_binary_changes(
    's', NULL, NULL, 'proto_version', '1', 'publication_names', 'p', 'messages', 'true');
