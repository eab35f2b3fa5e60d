-- Tables of HubSpot as Fivetran copies them as far as the pack maps them. Names and
-- types only, from the sources that docs/crm/hubspot.md names.
CREATE SCHEMA hubspot;

CREATE TABLE hubspot.contact (
    id bigint PRIMARY KEY,
    property_email text,
    property_firstname text,
    property_lastname text,
    property_phone text,
    property_jobtitle text,
    property_company text,
    property_address text,
    property_city text,
    property_zip text,
    property_country text,
    property_website text,
    property_lifecyclestage text,
    property_hs_legal_basis text,
    property_hs_email_optout boolean,
    property_createdate timestamp,
    _fivetran_deleted boolean,
    _fivetran_synced timestamptz
);

CREATE TABLE hubspot.email_campaign (
    id bigint PRIMARY KEY,
    app_id bigint,
    name text,
    type text,
    sub_type text,
    subject text
);

CREATE TABLE hubspot.email_event (
    id text PRIMARY KEY,
    app_id bigint,
    portal_id bigint,
    email_campaign_id bigint,
    type text,
    recipient text,
    created timestamptz,
    sent_by_id text,
    caused_by_id text,
    filtered_event boolean,
    _fivetran_synced timestamptz
);
