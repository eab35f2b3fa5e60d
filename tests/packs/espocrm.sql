-- Tables of EspoCRM 8/9 as far as the pack maps them. Names and types only, from the sources that
-- docs/crm/espocrm.md names.

CREATE TABLE "user" (
    id character varying PRIMARY KEY,
    user_name character varying,
    type character varying,
    password character varying,
    auth_method character varying,
    api_key character varying,
    salutation_name character varying,
    first_name character varying,
    last_name character varying,
    is_active boolean,
    title character varying,
    gender character varying,
    avatar_color character varying,
    delete_id character varying,
    avatar_id character varying,
    default_team_id character varying,
    deleted boolean,
    created_at timestamp,
    modified_at timestamp,
    created_by_id character varying,
    modified_by_id character varying
);

CREATE TABLE account (
    id character varying PRIMARY KEY,
    name character varying,
    website character varying,
    type character varying,
    industry character varying,
    sic_code character varying,
    billing_address_street character varying,
    billing_address_city character varying,
    billing_address_postal_code character varying,
    description text,
    created_at timestamp,
    assigned_user_id character varying,
    deleted boolean,
    billing_address_state character varying,
    billing_address_country character varying,
    shipping_address_street character varying,
    shipping_address_city character varying,
    shipping_address_state character varying,
    shipping_address_country character varying,
    shipping_address_postal_code character varying,
    modified_at timestamp,
    created_by_id character varying,
    modified_by_id character varying
);

CREATE TABLE contact (
    id character varying PRIMARY KEY,
    deleted boolean,
    salutation_name character varying,
    first_name character varying,
    last_name character varying,
    middle_name character varying,
    description text,
    do_not_call boolean,
    address_street character varying,
    address_city character varying,
    address_state character varying,
    address_country character varying,
    address_postal_code character varying,
    created_at timestamp,
    modified_at timestamp,
    account_id character varying,
    campaign_id character varying,
    created_by_id character varying,
    modified_by_id character varying,
    assigned_user_id character varying,
    version_number bigint,
    stream_updated_at timestamp
);

CREATE TABLE lead (
    id character varying PRIMARY KEY,
    first_name character varying,
    last_name character varying,
    title character varying,
    status character varying,
    source character varying,
    industry character varying,
    opportunity_amount double precision,
    opportunity_amount_currency character varying,
    website character varying,
    account_name character varying,
    do_not_call boolean,
    converted_at timestamp,
    assigned_user_id character varying,
    deleted boolean,
    salutation_name character varying,
    middle_name character varying,
    description text,
    address_street character varying,
    address_city character varying,
    address_state character varying,
    address_country character varying,
    address_postal_code character varying,
    campaign_id character varying,
    created_account_id character varying,
    created_contact_id character varying,
    created_at timestamp,
    modified_at timestamp,
    created_by_id character varying,
    modified_by_id character varying
);

CREATE TABLE email_address (
    id character varying PRIMARY KEY,
    name character varying,
    deleted boolean,
    lower character varying,
    invalid boolean,
    opt_out boolean
);

CREATE TABLE entity_email_address (
    id bigint PRIMARY KEY,
    entity_id character varying,
    email_address_id character varying,
    entity_type character varying,
    "primary" boolean,
    deleted boolean
);

CREATE TABLE phone_number (
    id character varying PRIMARY KEY,
    name character varying,
    deleted boolean,
    type character varying,
    numeric character varying,
    invalid boolean,
    opt_out boolean
);

CREATE TABLE campaign (
    id character varying PRIMARY KEY,
    name character varying,
    deleted boolean,
    status character varying,
    type character varying,
    start_date date,
    end_date date,
    description text,
    assigned_user_id character varying,
    created_at timestamp,
    modified_at timestamp,
    created_by_id character varying,
    modified_by_id character varying
);

CREATE TABLE campaign_log_record (
    id character varying PRIMARY KEY,
    action character varying,
    action_date timestamp,
    data text,
    string_data character varying,
    string_additional_data character varying,
    application character varying,
    is_test boolean,
    campaign_id character varying,
    parent_id character varying,
    object_id character varying,
    queue_item_id character varying,
    deleted boolean,
    parent_type character varying,
    object_type character varying,
    created_at timestamp,
    created_by_id character varying
);

CREATE TABLE target_list (
    id character varying PRIMARY KEY,
    name character varying,
    deleted boolean,
    description text,
    created_at timestamp,
    modified_at timestamp,
    created_by_id character varying,
    modified_by_id character varying
);

CREATE TABLE contact_target_list (
    id bigint PRIMARY KEY,
    contact_id character varying,
    target_list_id character varying,
    opted_out boolean,
    deleted boolean
);

CREATE TABLE lead_target_list (
    id bigint PRIMARY KEY,
    lead_id character varying,
    target_list_id character varying,
    opted_out boolean,
    deleted boolean
);
