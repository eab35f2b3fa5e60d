//! `lawtail doctor`: green where all is well, and one line with a remedy for each thing that is
//! not.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use lawtail::shell::cluster::Cluster;
use serde_json::Value;

use crate::support::patience::until;
use crate::support::{Crm, Home, database};

/// The good setup: the scripts of `deploy/sql` literally, as the documents advise.
async fn good(name: &'static str) -> (Crm, Home) {
    good_on(database::own(&[("max_slot_wal_keep_size", "20GB")]), name).await
}

async fn good_on(cluster: &'static Cluster, name: &'static str) -> (Crm, Home) {
    let crm = Crm::on(cluster, name).await;
    database::script(cluster, name, "event-triggers.sql", &[]);
    database::script(cluster, name, "full-identity.sql", &[("publication", name)]);
    let home = Home::following(&crm);
    (crm, home)
}

/// The documents of a policy folder, by their paths in it.
fn walk(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let paths = entries.flat_map(|path| match path.is_dir() {
        true => fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect(),
        false => vec![path],
    });
    let inside = |path: PathBuf| path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
    paths.map(inside).collect()
}

/// Exit code and what was found, as JSON.
fn found(home: &Home) -> (i32, Vec<Value>) {
    let output = home.doctor(&["--format", "json"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(!text.contains(database::PASSWORD));
    let document: Value = serde_json::from_str(&text)
        .unwrap_or_else(|_| panic!("{text} {}", String::from_utf8_lossy(&output.stderr)));
    (output.status.code().unwrap(), document["checks"].as_array().unwrap().clone())
}

/// Group, check and verdict of everything that is not ok, having checked that each has a remedy.
fn bad(home: &Home) -> Vec<String> {
    let (exit, checks) = found(home);
    let bad: Vec<&Value> = checks.iter().filter(|check| check["verdict"] != "ok").collect();
    for check in &bad {
        assert!(check["remedy"].as_str().is_some_and(|remedy| remedy.len() > 5), "{check}");
    }
    let fault = bad.iter().any(|check| check["verdict"] == "fault");
    assert_eq!(exit, i32::from(fault), "{bad:?}");
    let word = |check: &Value, key: &str| check[key].as_str().unwrap().to_owned();
    let line = |check: &&Value| {
        format!("{} {}: {}", word(check, "group"), word(check, "check"), word(check, "verdict"))
    };
    bad.iter().map(line).collect()
}

#[tokio::test]
async fn a_good_setup_is_green_also_beside_a_running_lawtail() {
    let (_crm, mut home) = good("healthy").await;
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    home.set("http", &format!("{{listen: '127.0.0.1:{port}'}}"));
    assert_eq!(bad(&home), Vec::<String>::new());
    let text = String::from_utf8(home.doctor(&[]).stdout).unwrap();
    assert!(text.lines().count() > 30 && text.contains(" 0 warnings, 0 faults"), "{text}");
    let mut lawtail = home.start();
    lawtail.until_streaming().await;
    assert_eq!(bad(&home), Vec::<String>::new());
    lawtail.terminate().await.assert_clean();
}

#[tokio::test]
async fn each_broken_precondition_of_the_database_has_its_line() {
    let (crm, home) = good("ailing").await;
    let cases: [(&str, &str, &[&str]); 18] = [
        (
            "ALTER ROLE ailing NOREPLICATION",
            "ALTER ROLE ailing REPLICATION",
            &["database replication: fault", "database may replicate: fault"],
        ),
        (
            "ALTER ROLE ailing SUPERUSER CREATEDB",
            "ALTER ROLE ailing NOSUPERUSER NOCREATEDB",
            &["database least privilege: warning"],
        ),
        (
            "ALTER ROLE ailing RESET default_transaction_read_only",
            "ALTER ROLE ailing SET default_transaction_read_only = on",
            &["database read only: warning"],
        ),
        (
            "GRANT UPDATE ON crm.contacts TO ailing",
            "REVOKE UPDATE ON crm.contacts FROM ailing",
            &["database no writing: warning"],
        ),
        (
            "ALTER PUBLICATION ailing RENAME TO other",
            "ALTER PUBLICATION other RENAME TO ailing",
            &["publication exists: fault"],
        ),
        (
            "ALTER PUBLICATION ailing SET (publish = 'insert, update, delete')",
            "ALTER PUBLICATION ailing SET (publish = 'insert, update, delete, truncate')",
            &["publication exists: fault"],
        ),
        (
            "REVOKE SELECT ON crm.contacts FROM ailing",
            "GRANT SELECT ON crm.contacts TO ailing",
            &["publication readable: fault"],
        ),
        (
            "ALTER TABLE crm.sends REPLICA IDENTITY NOTHING",
            "ALTER TABLE crm.sends REPLICA IDENTITY FULL",
            &["publication identity: fault"],
        ),
        (
            "ALTER TABLE crm.sends REPLICA IDENTITY DEFAULT; \
             ALTER PUBLICATION ailing DROP TABLE crm.sends; \
             ALTER PUBLICATION ailing ADD TABLE crm.sends WHERE (status = 'sent')",
            "ALTER PUBLICATION ailing DROP TABLE crm.sends; \
             ALTER PUBLICATION ailing ADD TABLE crm.sends; \
             ALTER TABLE crm.sends REPLICA IDENTITY FULL",
            &["publication identity: fault", "publication old values: warning"],
        ),
        (
            "CREATE TABLE crm.lines (line text); GRANT SELECT ON crm.lines TO ailing; \
             ALTER PUBLICATION ailing ADD TABLE crm.lines",
            "DROP TABLE crm.lines",
            &["publication identity: fault", "publication old values: warning"],
        ),
        (
            "CREATE SCHEMA later; ALTER PUBLICATION ailing ADD TABLES IN SCHEMA later",
            "DROP SCHEMA later",
            &["publication chosen tables: warning"],
        ),
        (
            "ALTER TABLE crm.sends REPLICA IDENTITY DEFAULT",
            "ALTER TABLE crm.sends REPLICA IDENTITY FULL",
            &["publication old values: warning"],
        ),
        (
            "ALTER TABLE crm.sends ENABLE ROW LEVEL SECURITY",
            "ALTER TABLE crm.sends DISABLE ROW LEVEL SECURITY",
            &["publication row security: fault"],
        ),
        (
            "ALTER TABLE crm.sends ADD twice bigint GENERATED ALWAYS AS (id * 2) STORED",
            "ALTER TABLE crm.sends DROP twice",
            &["publication generated columns: warning"],
        ),
        (
            "ALTER TABLE crm.contacts RENAME modified_by TO changed_by",
            "ALTER TABLE crm.contacts RENAME changed_by TO modified_by",
            &["pack columns: fault"],
        ),
        (
            "ALTER PUBLICATION ailing DROP TABLE crm.sends",
            "ALTER PUBLICATION ailing ADD TABLE crm.sends",
            &["pack tables: warning"],
        ),
        (
            "SELECT pg_create_logical_replication_slot('ailing', 'test_decoding')",
            "SELECT pg_drop_replication_slot('ailing')",
            &["slot exists: fault"],
        ),
        (
            "ALTER EVENT TRIGGER lawtail_sql_drop DISABLE",
            "ALTER EVENT TRIGGER lawtail_sql_drop ENABLE ALWAYS",
            &["event triggers installed: warning"],
        ),
    ];
    for (break_it, mend_it, expected) in cases {
        crm.run(break_it).await;
        assert_eq!(bad(&home), expected, "{break_it}");
        crm.run(mend_it).await;
    }
    assert_eq!(bad(&home), Vec::<String>::new());
}

#[tokio::test]
async fn partitions_and_somebody_else_at_the_slot_have_their_lines() {
    let (crm, mut home) = good("parted").await;
    crm.run(
        "CREATE TABLE crm.visits (id int PRIMARY KEY) PARTITION BY RANGE (id); \
         CREATE TABLE crm.visits_1 PARTITION OF crm.visits FOR VALUES FROM (0) TO (9); \
         ALTER TABLE crm.visits REPLICA IDENTITY FULL; \
         ALTER TABLE crm.visits_1 REPLICA IDENTITY FULL; \
         GRANT SELECT ON crm.visits, crm.visits_1 TO parted; \
         ALTER PUBLICATION parted SET (publish_via_partition_root = false); \
         ALTER PUBLICATION parted ADD TABLE crm.visits",
    )
    .await;
    assert_eq!(bad(&home), ["publication partitions: warning"]);
    crm.run("ALTER PUBLICATION parted SET (publish_via_partition_root = true)").await;
    let to_come = "publication old values to come: warning";
    assert_eq!(bad(&home), [to_come], "a partition that comes later begins with DEFAULT");
    crm.run("CREATE TABLE crm.visits_0 PARTITION OF crm.visits FOR VALUES FROM (50) TO (60)").await;
    assert_eq!(bad(&home), ["publication old values: warning", to_come]);
    database::script(crm.cluster, "parted", "partition-identity.sql", &[]);
    database::script(crm.cluster, "parted", "full-identity.sql", &[("publication", "parted")]);
    crm.run(
        "CREATE TABLE crm.visits_5 PARTITION OF crm.visits FOR VALUES FROM (60) TO (70); \
         CREATE TABLE crm.visits_6 (LIKE crm.visits INCLUDING ALL); \
         ALTER TABLE crm.visits ATTACH PARTITION crm.visits_6 FOR VALUES FROM (70) TO (80)",
    )
    .await;
    assert_eq!(bad(&home), Vec::<String>::new());
    crm.run(
        "CREATE UNLOGGED TABLE crm.visits_2 PARTITION OF crm.visits FOR VALUES FROM (9) TO (20)",
    )
    .await;
    assert_eq!(bad(&home), ["publication unlogged: warning"]);
    crm.run("DROP TABLE crm.visits_2; ALTER TABLE crm.visits_1 REPLICA IDENTITY NOTHING").await;
    assert_eq!(bad(&home), ["publication identity: fault"], "it is the partition that counts");
    crm.run(
        "ALTER TABLE crm.visits_1 REPLICA IDENTITY FULL; \
         ALTER TABLE crm.visits DROP CONSTRAINT visits_pkey",
    )
    .await;
    assert_eq!(bad(&home), ["publication partitions to come: warning"]);
    crm.run("DROP TABLE crm.visits").await;

    crm.run("SELECT pg_create_logical_replication_slot('parted', 'pgoutput')").await;
    let mut other = Command::new(crm.cluster.programs().join("pg_recvlogical"))
        .args(["-d", &crm.url(), "--slot", "parted", "--start", "-f", "/dev/null"])
        .args(["-o", "proto_version=1", "-o", "publication_names=parted"])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let user = until("the slot to be used", async || {
        let bad = bad(&home);
        (!bad.is_empty()).then_some(bad)
    })
    .await;
    other.kill().unwrap();
    other.wait().unwrap();
    assert_eq!(user, ["slot user: fault"]);

    let wrong = crm.cluster.url_of("parted", "wrong-password", "parted");
    home.set("database", &format!("{{url: '{wrong}', slot: parted, publication: parted}}"));
    assert_eq!(bad(&home), ["database reach: fault"]);
}

/// From 18 on a publication may hold them, and a table may have others that none can hold.
#[tokio::test]
async fn generated_columns_that_are_published_are_no_weakness() {
    let cluster = database::own_of("18", &[("max_slot_wal_keep_size", "20GB")]);
    let (crm, home) = good_on(cluster, "generated").await;
    crm.run("ALTER TABLE crm.sends ADD twice bigint GENERATED ALWAYS AS (id * 2) STORED").await;
    assert_eq!(bad(&home), Vec::<String>::new());
    crm.run(
        "CREATE TABLE crm.halves (id int PRIMARY KEY, half int GENERATED ALWAYS AS (id / 2) VIRTUAL); \
         GRANT SELECT ON crm.halves TO generated; ALTER PUBLICATION generated ADD TABLE crm.halves",
    )
    .await;
    database::script(
        crm.cluster,
        "generated",
        "full-identity.sql",
        &[("publication", "generated")],
    );
    let expected = ["publication old values: warning", "publication generated columns: warning"];
    assert_eq!(bad(&home), expected, "the script leaves it as it is");
    crm.run(
        "DROP TABLE crm.halves; ALTER PUBLICATION generated SET (publish_generated_columns = none)",
    )
    .await;
    let refused = ["publication identity: fault", "publication generated columns: warning"];
    assert_eq!(bad(&home), refused);
}

#[tokio::test]
async fn a_server_that_is_not_set_up_has_a_line_for_each_setting() {
    let cluster = database::own(&[
        ("wal_level", "replica"),
        ("max_replication_slots", "0"),
        ("wal_sender_timeout", "0"),
    ]);
    let crm = Crm::on(cluster, "untouched").await;
    let bad = bad(&Home::following(&crm));
    for expected in [
        "database wal_level: fault",
        "database max_replication_slots: fault",
        "database max_slot_wal_keep_size: warning",
        "database wal_sender_timeout: warning",
        "event triggers installed: warning",
    ] {
        assert!(bad.contains(&expected.to_owned()), "{expected}: {bad:?}");
    }
}

#[tokio::test]
async fn each_broken_precondition_of_the_machine_has_its_line() {
    let (_crm, mut home) = good("machine").await;
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let http = format!("{{listen: '{}'}}", taken.local_addr().unwrap());
    home.write("empty.key", [0; 32]);
    for entry in walk(&home.path("policies")) {
        let text = fs::read_to_string(home.path("policies").join(&entry)).unwrap();
        let marked = text.replacen("register: demo\n", "register: demo # confirm: which?\n", 1);
        home.write(&format!("drafted/{entry}"), marked);
    }
    let cases = [
        ("store", "{folder: pseudonym.key/store}", "{folder: store}", "store writable: fault"),
        ("http", &http, "{listen: '127.0.0.1:0'}", "http listen: fault"),
        (
            "publish",
            "{file: {path: nowhere/events.jsonl}}",
            "{file: {path: events.jsonl}}",
            "event file writable: fault",
        ),
        (
            "publish",
            "{kafka: {brokers: ['127.0.0.1:1']}}",
            "{file: {path: events.jsonl}}",
            "kafka reach: fault",
        ),
        ("policies", "{folder: nowhere}", "{folder: policies}", "policies read: fault"),
        ("policies", "{folder: drafted}", "{folder: policies}", "policies confirmed: warning"),
        ("slot_budget", "100GiB", "1GiB", "database max_slot_wal_keep_size: warning"),
    ];
    for (section, broken, mended, expected) in cases {
        home.set(section, broken);
        assert_eq!(bad(&home), [expected], "{section}");
        home.set(section, mended);
    }
    home.set("pseudonym_key", "{file: empty.key}");
    assert_eq!(bad(&home), ["keys pseudonym key: warning"]);
    let open = fs::Permissions::from_mode(0o644);
    fs::set_permissions(home.path("empty.key"), open).unwrap();
    assert_eq!(bad(&home), ["keys pseudonym key: warning", "keys secret files: warning"]);
    let anybodys = fs::Permissions::from_mode(0o666);
    fs::set_permissions(home.path("empty.key"), anybodys).unwrap();
    assert_eq!(bad(&home), ["settings read: fault"]);
    home.set("pseudonym_key", "{file: missing.key}");
    assert_eq!(bad(&home), ["settings read: fault"]);
    assert_eq!(home.doctor(&["--no-such-flag"]).status.code(), Some(2));
}
