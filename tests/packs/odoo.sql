-- Tables of Odoo 17/18 (and OCA privacy_consent) as far as the pack maps them. Names and types only,
-- from the sources that docs/crm/odoo.md names.

CREATE TABLE ir_model (
    id integer PRIMARY KEY,
    model character varying,
    name jsonb
);

CREATE TABLE res_users (
    id integer PRIMARY KEY,
    company_id integer,
    partner_id integer,
    active boolean,
    login character varying,
    password character varying,
    totp_secret character varying,
    signature text,
    action_id integer,
    share boolean,
    notification_type character varying,
    karma integer,
    create_uid integer,
    create_date timestamp,
    write_uid integer,
    write_date timestamp
);

CREATE TABLE res_partner (
    id integer PRIMARY KEY,
    name character varying,
    complete_name character varying,
    company_id integer,
    create_date timestamp,
    create_uid integer,
    write_uid integer,
    write_date timestamp,
    ref character varying,
    lang character varying,
    tz character varying,
    vat character varying,
    company_registry character varying,
    website character varying,
    function character varying,
    type character varying,
    street character varying,
    street2 character varying,
    zip character varying,
    city character varying,
    state_id integer,
    country_id integer,
    email character varying,
    phone character varying,
    mobile character varying,
    email_normalized character varying,
    phone_sanitized character varying,
    commercial_company_name character varying,
    company_name character varying,
    comment text,
    partner_latitude numeric,
    partner_longitude numeric,
    active boolean,
    employee boolean,
    is_company boolean,
    color integer,
    partner_share boolean,
    customer_rank integer,
    supplier_rank integer,
    user_id integer,
    parent_id integer,
    message_bounce integer,
    signup_token character varying,
    signup_type character varying,
    signup_expiration timestamp,
    calendar_last_notif_ack timestamp,
    title integer
);

CREATE TABLE crm_lead (
    id integer PRIMARY KEY,
    campaign_id integer,
    source_id integer,
    user_id integer,
    team_id integer,
    stage_id integer,
    partner_id integer REFERENCES res_partner,
    priority character varying,
    expected_revenue numeric,
    date_deadline date,
    contact_name character varying,
    partner_name character varying,
    function character varying,
    email_from character varying,
    email_normalized character varying,
    phone character varying,
    mobile character varying,
    phone_state character varying,
    email_state character varying,
    website character varying,
    street character varying,
    zip character varying,
    city character varying,
    description text,
    probability double precision,
    automated_probability double precision,
    won_status character varying,
    lost_reason_id integer,
    date_open timestamp,
    day_open double precision,
    create_uid integer,
    create_date timestamp,
    write_uid integer,
    write_date timestamp
);

CREATE TABLE mailing_list (
    id integer PRIMARY KEY,
    name jsonb,
    active boolean,
    is_public boolean,
    create_uid integer,
    create_date timestamp,
    write_uid integer,
    write_date timestamp
);

CREATE TABLE mailing_contact (
    id integer PRIMARY KEY,
    name character varying,
    company_name character varying,
    title_id integer,
    email character varying,
    email_normalized character varying,
    message_bounce integer,
    country_id integer,
    create_uid integer,
    create_date timestamp,
    write_uid integer,
    write_date timestamp
);

CREATE TABLE mailing_subscription (
    id integer PRIMARY KEY,
    contact_id integer REFERENCES mailing_contact,
    list_id integer REFERENCES mailing_list,
    opt_out boolean,
    opt_out_reason_id integer,
    opt_out_datetime timestamp,
    create_uid integer,
    create_date timestamp,
    write_uid integer,
    write_date timestamp
);

CREATE TABLE mail_blacklist (
    id integer PRIMARY KEY,
    email character varying,
    active boolean,
    create_uid integer,
    create_date timestamp,
    write_uid integer,
    write_date timestamp
);

CREATE TABLE phone_blacklist (
    id integer PRIMARY KEY,
    number character varying,
    active boolean,
    create_uid integer,
    create_date timestamp,
    write_uid integer,
    write_date timestamp
);

CREATE TABLE mailing_trace (
    id integer PRIMARY KEY,
    trace_type character varying,
    trace_status character varying,
    model character varying,
    res_id integer,
    email character varying,
    message_id character varying,
    sent_datetime timestamp,
    failure_type character varying,
    mass_mailing_id integer,
    mail_mail_id integer,
    mail_mail_id_int integer,
    campaign_id integer,
    open_datetime timestamp,
    reply_datetime timestamp,
    failure_reason text,
    links_click_datetime timestamp,
    sms_id_int integer,
    sms_number character varying,
    sms_code character varying,
    create_uid integer,
    create_date timestamp,
    write_uid integer,
    write_date timestamp
);

CREATE TABLE privacy_log (
    id integer PRIMARY KEY,
    date timestamp,
    anonymized_name character varying,
    anonymized_email character varying,
    user_id integer REFERENCES res_users,
    execution_details text,
    records_description text,
    additional_note text,
    create_uid integer,
    create_date timestamp,
    write_uid integer,
    write_date timestamp
);

CREATE TABLE privacy_activity (
    id integer PRIMARY KEY,
    active boolean,
    name character varying,
    description text,
    controller_id integer,
    subject_find boolean,
    subject_domain character varying,
    consent_required character varying,
    default_consent boolean,
    create_uid integer,
    create_date timestamp,
    write_uid integer,
    write_date timestamp
);

CREATE TABLE privacy_consent (
    id integer PRIMARY KEY,
    active boolean,
    accepted boolean,
    last_metadata text,
    partner_id integer REFERENCES res_partner,
    activity_id integer REFERENCES privacy_activity,
    state character varying,
    create_uid integer,
    create_date timestamp,
    write_uid integer,
    write_date timestamp
);
