//! `lawtail scan` against a real PostgreSQL, from the outside.

use std::process::{Command, Output};
use std::sync::OnceLock;

use lawtail::shell::cluster::{Cluster, ClusterSettings};
use serde_json::Value;
use tokio_postgres::{Client, NoTls};

mod populated;

/// Stands in every value that could leak.
const CANARY: &str = "kanarienvogel";

const SCHEMA: &str = "
CREATE TYPE address AS (street text, city text);
CREATE TYPE level AS ENUM ('new', 'won');
CREATE TABLE contacts (
    id int PRIMARY KEY, first_name text, email text UNIQUE, extra jsonb, phones text[],
    home address, homes address[], level level, stage text CHECK (stage IN ('a', 'b')),
    photo bytea, \"odd \"\"name\" text);
COMMENT ON TABLE contacts IS 'people';
CREATE TABLE orders (id bigint, contact_id int REFERENCES contacts, day date)
    PARTITION BY RANGE (day);
CREATE TABLE orders_2024 PARTITION OF orders FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE MATERIALIZED VIEW mails AS SELECT email FROM contacts;
CREATE VIEW everybody AS SELECT * FROM contacts;
CREATE TABLE hidden (email text);
CREATE TABLE empty (email text, note text);
CREATE TABLE partly (email text, phone text);
CREATE SCHEMA other;
CREATE TABLE other.things (label text);
INSERT INTO contacts SELECT i, 'Ada', 'kanarienvogel' || i || '@example.org',
    jsonb_build_object('address', jsonb_build_object('city', 'kanarienvogel'),
        'emails', jsonb_build_array('kanarienvogel@example.org'),
        'by_mail', jsonb_build_object('kanarienvogel' || i || '@example.org', 'x')),
    ARRAY['+49 30 901820'], ROW('kanarienvogel 1', 'Wien')::address, ARRAY[ROW('Ring 1', 'Wien')::address],
    'new', 'a', 'kanarienvogel', 'x' FROM generate_series(1, 60) i;
INSERT INTO orders SELECT i, i, '2024-05-01' FROM generate_series(1, 20) i;
REFRESH MATERIALIZED VIEW mails;
GRANT USAGE ON SCHEMA other TO scanner;
GRANT SELECT ON contacts, orders, mails, empty, other.things TO scanner;
GRANT SELECT (email) ON partly TO scanner;
";

fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(|| {
        Cluster::start(ClusterSettings::default()).unwrap_or_else(|fault| panic!("{fault}"))
    })
}

/// A database of a test's own with the schema.
async fn database(name: &str) -> Client {
    let server = connect("postgres").await;
    server.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
    let own = connect(name).await;
    // The role belongs to the server: whichever test comes first makes it.
    let role = "DO $$ BEGIN CREATE ROLE scanner LOGIN PASSWORD 's3cret'; \
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$";
    server.batch_execute(role).await.unwrap();
    own.batch_execute(SCHEMA).await.unwrap();
    own
}

async fn connect(name: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(&cluster().url(name), NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

fn url(name: &str) -> String {
    cluster().url_of("scanner", "s3cret", name)
}

fn scan(arguments: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_lawtail");
    Command::new(program).arg("scan").args(arguments).env_remove("DATABASE_URL").output().unwrap()
}

/// What was found as JSON, having checked that no value is in what was written.
fn found(name: &str, arguments: &[&str]) -> Vec<Value> {
    let url = url(name);
    let output = scan(&[&["--database-url", &url, "--format", "json"], arguments].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(!text.contains(CANARY) && !String::from_utf8_lossy(&output.stderr).contains(CANARY));
    serde_json::from_str(&text).unwrap()
}

fn category(found: &[Value], table: &str, column: &str, path: Option<&str>) -> Option<String> {
    let is_it = |entry: &&Value| {
        entry["table"] == table && entry["column"] == column && entry["path"].as_str() == path
    };
    let mut entries = found.iter().filter(is_it);
    let entry = entries.next().unwrap_or_else(|| panic!("no entry for {table}.{column} {path:?}"));
    assert!(entries.next().is_none(), "one entry for each place");
    entry["category"].as_str().map(str::to_owned)
}

#[tokio::test]
async fn every_column_and_path_of_every_table_has_one_entry() {
    let _client = database("entries").await;
    let found = found("entries", &[]);
    for (table, column, path, expected) in [
        ("contacts", "id", None, Some("user.unique_id")),
        ("contacts", "email", None, Some("user.contact.email")),
        ("contacts", "extra", Some("$.address.city"), Some("user.contact.address.city")),
        ("contacts", "extra", Some("$.emails[*]"), Some("user.contact.email")),
        ("contacts", "extra", Some("$.by_mail.{*}~"), Some("user.contact.email")),
        ("contacts", "phones", Some("$[*]"), Some("user.contact.phone_number")),
        ("contacts", "home", Some("$.street"), Some("user.contact.address.street")),
        ("contacts", "homes", Some("$[*].city"), Some("user.contact.address.city")),
        ("contacts", "level", None, None),
        ("contacts", "odd \"name", None, None),
        ("orders", "day", None, None),
        ("mails", "email", None, Some("user.contact.email")),
        ("empty", "email", None, Some("user.contact.email")),
        ("things", "label", None, None),
    ] {
        assert_eq!(category(&found, table, column, path).as_deref(), expected, "{table}.{column}");
    }
    for entry in &found {
        let confidence = entry["confidence"].as_f64().unwrap();
        assert!((0.0..=1.0).contains(&confidence), "{entry}");
        assert!(entry["why"].as_str().is_some_and(|why| !why.is_empty()), "{entry}");
        assert_eq!(entry["category"].is_null(), entry["sensitivity"].is_null(), "{entry}");
        let keys: Vec<&String> = entry.as_object().unwrap().keys().collect();
        assert_eq!(keys.len(), 8, "{keys:?}");
    }
    let tables: Vec<&str> = found.iter().filter_map(|entry| entry["table"].as_str()).collect();
    assert!(!tables.contains(&"orders_2024") && !tables.contains(&"everybody"));
    assert!(!tables.contains(&"hidden"));
}

#[tokio::test]
async fn what_may_not_be_read_is_said_and_the_rest_is_judged() {
    let _client = database("rights").await;
    let output = scan(&["--database-url", &url("rights"), "--schema", "public"]);
    assert!(output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("public.hidden: left out"), "{said}");
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(table.contains("user.contact.email") && !table.contains(CANARY));
    assert!(!table.contains("other.things"));
    let found = found("rights", &[]);
    assert_eq!(category(&found, "partly", "phone", None).unwrap(), "user.contact.phone_number");
}

#[tokio::test]
async fn a_table_that_is_locked_is_judged_by_its_names() {
    let mut client = database("locked").await;
    let held = client.transaction().await.unwrap();
    held.batch_execute("LOCK TABLE contacts IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let output = scan(&["--database-url", &url("locked"), "--format", "json"]);
    held.rollback().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("public.contacts: judged by names and types alone"), "{said}");
    let found: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(category(&found, "contacts", "email", None).unwrap(), "user.contact.email");
}

#[tokio::test]
async fn a_partition_that_is_locked_stops_the_list_and_is_told_with_a_remedy() {
    let mut client = database("listed").await;
    let held = client.transaction().await.unwrap();
    held.batch_execute("LOCK TABLE orders_2024 IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let output = scan(&["--database-url", &url("listed")]);
    held.rollback().await.unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("PG-012") && said.contains("scan again when"), "{said}");
    assert!(scan(&["--database-url", &url("listed")]).status.success());
}

/// A partition on a server that does not answer is not asked.
#[tokio::test]
async fn partitions_on_another_server_are_left_alone() {
    let client = database("elsewhere").await;
    client
        .batch_execute(
            "CREATE EXTENSION postgres_fdw; \
             CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '1'); \
             CREATE USER MAPPING FOR PUBLIC SERVER far OPTIONS (password_required 'false'); \
             CREATE TABLE visits (email text, day date) PARTITION BY RANGE (day); \
             CREATE TABLE visits_new PARTITION OF visits \
                FOR VALUES FROM ('2026-01-01') TO ('2027-01-01'); \
             CREATE FOREIGN TABLE visits_old PARTITION OF visits \
                FOR VALUES FROM ('2025-01-01') TO ('2026-01-01') SERVER far; \
             GRANT SELECT ON visits TO scanner",
        )
        .await
        .unwrap();
    let output = scan(&["--database-url", &url("elsewhere"), "--format", "json"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stderr).unwrap();
    let reason = "public.visits: judged by names and types alone: some of its rows lie on another";
    assert!(said.contains(reason), "{said}");
    let found: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(category(&found, "visits", "email", None).unwrap(), "user.contact.email");
}

/// Columns of silent names with made-up values, and what looks like personal data beside them.
#[tokio::test]
async fn values_speak_through_a_scan_where_names_are_silent() {
    let client = database("silent").await;
    client
        .batch_execute(
            "CREATE TABLE customer_extra AS SELECT i AS customer_id, \
                '0' || 151 + i % 28 || '/' || 5000000 + i * 7919 % 999983 AS attr3, \
                (date '1938-01-01' + i * 97 % 24000)::text AS custom_field_4, \
                date '1941-06-01' + i * 61 % 23000 AS data11, \
                date '2015-01-01' + i * 13 % 4000 AS data12, \
                'P' || i || '@example.org' AS c_17, \
                format('%s.%s.%s.%s', 1 + i % 12, i % 20, i % 9, i % 30) AS data8, \
                format('%s.%s.%s.%s', 1 + i * 37 % 220, i * 53 % 256, i * 71 % 256, 1 + i % 250) \
                    AS data9, \
                md5(i::text)::uuid::text AS data6, 1600000000 + i * 86399 AS data7, \
                (4006381000000 + i * 37)::text AS data5, 'A-' || 10000 + i AS data2 \
             FROM generate_series(1, 300) i; \
             GRANT SELECT ON customer_extra TO scanner",
        )
        .await
        .unwrap();
    let found = found("silent", &[]);
    for (column, expected) in [
        ("customer_id", Some("user.unique_id")),
        ("attr3", Some("user.contact.phone_number")),
        ("custom_field_4", Some("user.demographic.date_of_birth")),
        ("data11", Some("user.demographic.date_of_birth")),
        ("c_17", Some("user.contact.email")),
        ("data9", Some("user.device.ip_address")),
        ("data12", None),
        ("data8", None),
        ("data6", None),
        ("data7", None),
        ("data5", None),
        ("data2", None),
    ] {
        let verdict = category(&found, "customer_extra", column, None);
        assert_eq!(verdict.as_deref(), expected, "{column}");
    }
}

#[tokio::test]
async fn declarations_of_a_pack_win_and_are_shown_as_such() {
    let client = database("declared").await;
    client
        .batch_execute(
            "CREATE SCHEMA crm; GRANT USAGE ON SCHEMA crm TO scanner; \
             CREATE TABLE crm.consents (id int, channel text, state text); \
             GRANT SELECT ON crm.consents TO scanner",
        )
        .await
        .unwrap();
    let policies = concat!(env!("CARGO_MANIFEST_DIR"), "/policies");
    let found = found("declared", &["--policies", policies, "--schema", "crm"]);
    let declared = found.iter().filter(|entry| entry["why"] == "declared").count();
    assert!(declared > 0, "{found:?}");
    assert!(found.iter().all(|entry| entry["schema"] == "crm"));
}

/// The demonstration's policies with declarations of paths within columns of its contacts.
fn with_declared_paths() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in lawtail::policy::embedded::demo() {
        let declared = "      lifecycle: none\n      extra: none\n      extra$.nick: user.name\n      \
            \"tags$[*]\": none\n";
        let text = text.replacen("      lifecycle: none\n", declared, 1);
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

#[tokio::test]
async fn declared_paths_win_over_what_their_values_say() {
    let client = database("paths").await;
    client
        .batch_execute(
            "CREATE SCHEMA crm; GRANT USAGE ON SCHEMA crm TO scanner; \
             CREATE TABLE crm.contacts AS SELECT i AS id, ARRAY['p' || i || '@example.org'] AS tags, \
                jsonb_build_object('nick', 'zz' || i, 'mail', 'q' || i || '@example.org') AS extra, \
                jsonb_build_object('mail', 'r' || i || '@example.org') AS other \
             FROM generate_series(1, 40) i; \
             GRANT SELECT ON crm.contacts TO scanner",
        )
        .await
        .unwrap();
    let folder = with_declared_paths();
    let policies = folder.path().to_str().unwrap();
    let found = found("paths", &["--policies", policies, "--schema", "crm"]);
    for (column, path, expected, declared) in [
        ("extra", "$.nick", Some("user.name"), true),
        ("extra", "$.mail", None, true),
        ("tags", "$[*]", None, true),
        ("other", "$.mail", Some("user.contact.email"), false),
    ] {
        let verdict = category(&found, "contacts", column, Some(path));
        assert_eq!(verdict.as_deref(), expected, "{column} {path}");
        let same = |it: &&Value| it["column"] == column && it["path"] == path;
        let entry = found.iter().find(same).unwrap();
        assert_eq!(entry["why"] == "declared", declared, "{entry}");
    }
}

#[tokio::test]
async fn names_alone_decide_when_no_row_may_be_read() {
    let client = database("names").await;
    client.batch_execute("ALTER TABLE contacts RENAME COLUMN email TO zzz").await.unwrap();
    let with = found("names", &[]);
    assert_eq!(category(&with, "contacts", "zzz", None).unwrap(), "user.contact.email");
    let without = found("names", &["--sample-rows", "0"]);
    assert_eq!(category(&without, "contacts", "zzz", None), None);
}

#[tokio::test]
async fn a_large_table_is_sampled_from_all_over() {
    let client = database("large").await;
    client
        .batch_execute(
            "CREATE TABLE big AS SELECT i AS id, CASE WHEN i < 50000 THEN 'closed' \
                ELSE 'p' || i || '@example.org' END AS zzz FROM generate_series(1, 200000) i; \
             ANALYZE big; GRANT SELECT ON big TO scanner",
        )
        .await
        .unwrap();
    let found = found("large", &[]);
    assert_eq!(category(&found, "big", "zzz", None).unwrap(), "user.contact.email");
}

#[tokio::test]
async fn what_is_wrong_is_a_fault_with_a_remedy() {
    let output = scan(&[]);
    assert_eq!(output.status.code(), Some(2));
    let output = scan(&["--database-url", "postgresql://scanner:s3cret@127.0.0.1:1/x"]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("PG-001") && said.contains("remedy") && !said.contains("s3cret"),
        "{said}"
    );
    let url = cluster().url_of("nobody_here", "s3cret", "postgres");
    let output = scan(&["--database-url", &url]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("PG-002"));
}
