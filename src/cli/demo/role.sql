-- What lawtail may do in the demonstration, and nothing more: follow the publication, and read the
-- published tables for the initial copy. `:password` is filled in at random for each run.

CREATE ROLE lawtail LOGIN REPLICATION PASSWORD ':password';
GRANT USAGE ON SCHEMA crm TO lawtail;
GRANT SELECT ON ALL TABLES IN SCHEMA crm TO lawtail;

CREATE PUBLICATION lawtail FOR TABLE
    crm.users, crm.companies, crm.contacts, crm.event_visitors, crm.lawful_bases, crm.consents,
    crm.campaigns, crm.sends, crm.calls, crm.cases, crm.orders, crm.exports,
    crm.privacy_requests, crm.audit_log;
