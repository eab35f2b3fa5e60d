-- Tables of Mailchimp as Fivetran copies them as far as the pack maps them. Names and
-- types only, from the sources that docs/crm/mailchimp.md names.
CREATE SCHEMA mailchimp;

CREATE TABLE mailchimp.list (
    id text PRIMARY KEY,
    name text,
    date_created timestamptz
);

CREATE TABLE mailchimp.member (
    id text,
    list_id text,
    email_address text,
    email_client text,
    email_type text,
    status text,
    unique_email_id text,
    language text,
    latitude double precision,
    longitude double precision,
    country_code text,
    timezone text,
    ip_opt text,
    ip_signup text,
    timestamp_opt timestamptz,
    timestamp_signup timestamptz,
    last_changed timestamptz,
    member_rating integer,
    vip boolean,
    _fivetran_synced timestamptz,
    PRIMARY KEY (id, list_id)
);

CREATE TABLE mailchimp.campaign_recipient (
    campaign_id text,
    member_id text,
    list_id text,
    combination_id text,
    _fivetran_synced timestamptz,
    PRIMARY KEY (campaign_id, member_id)
);
