-- Tables of CiviCRM as far as the pack maps them. Names and
-- types only, from the sources that docs/crm/civicrm.md names.
CREATE SCHEMA civicrm;

CREATE TABLE civicrm.civicrm_contact (
    id integer PRIMARY KEY,
    contact_type character varying,
    external_identifier character varying,
    display_name character varying,
    organization_name character varying,
    nick_name character varying,
    legal_name character varying,
    "image_URL" text,
    preferred_communication_method character varying,
    preferred_language character varying,
    hash character varying,
    api_key character varying,
    first_name character varying,
    middle_name character varying,
    prefix_id integer,
    email_greeting_display character varying,
    postal_greeting_display character varying,
    addressee_display character varying,
    job_title character varying,
    gender_id integer,
    birth_date date,
    is_deceased boolean,
    deceased_date date,
    household_name character varying,
    sic_code character varying,
    do_not_email boolean,
    do_not_trade boolean,
    is_opt_out boolean,
    created_date timestamp,
    modified_date timestamp,
    contact_sub_type character varying,
    legal_identifier character varying,
    sort_name character varying,
    last_name character varying,
    suffix_id integer,
    formal_title character varying,
    source character varying,
    do_not_phone boolean,
    do_not_mail boolean,
    do_not_sms boolean,
    employer_id integer,
    user_unique_id character varying,
    is_deleted boolean
);

CREATE TABLE civicrm.civicrm_email (
    id integer PRIMARY KEY,
    contact_id integer,
    location_type_id integer,
    email character varying,
    is_primary boolean,
    is_billing boolean,
    on_hold integer,
    is_bulkmail boolean,
    hold_date timestamp,
    reset_date timestamp,
    signature_text text,
    signature_html text
);

CREATE TABLE civicrm.civicrm_phone (
    id integer PRIMARY KEY,
    contact_id integer,
    location_type_id integer,
    is_primary boolean,
    is_billing boolean,
    phone character varying,
    phone_ext character varying,
    phone_numeric character varying,
    phone_type_id integer
);

CREATE TABLE civicrm.civicrm_group_contact (
    id integer PRIMARY KEY,
    group_id integer,
    contact_id integer,
    status character varying,
    location_id integer,
    email_id integer
);

CREATE TABLE civicrm.civicrm_mailing_event_queue (
    id integer PRIMARY KEY,
    job_id integer,
    email_id integer,
    contact_id integer,
    hash character varying,
    phone_id integer,
    is_test smallint
);
