//! What lawtail cannot work with: one clear fault each, with code, cause and remedy, and exit
//! code 1.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use crate::support::database::{self, PASSWORD};
use crate::support::{Crm, Ended, Home, rows};

/// It ends by itself with one fault, whose text holds these words.
async fn refused(home: &Home, code: &str, words: &[&str]) -> Ended {
    let ended = home.start().ended().await;
    assert_eq!(ended.faults(), [code], "{}", ended.stderr);
    for word in words {
        assert!(ended.stderr.contains(word), "no \"{word}\" in: {}", ended.stderr);
    }
    ended
}

fn at(url: &str) -> String {
    format!("{{url: '{url}', slot: refused, publication: refused}}")
}

#[tokio::test]
async fn a_database_that_cannot_be_reached_or_does_not_let_in() {
    let crm = Crm::new("refused").await;
    let mut home = Home::following(&crm);
    let port = crm.cluster.port();
    let cases = [
        (
            "postgres://u:p@nowhere.invalid:5432/d?connect_timeout=20".into(),
            "PG-001",
            "nowhere.invalid",
        ),
        ("postgres://u:p@127.0.0.1:1/d".into(), "PG-001", "127.0.0.1:1"),
        (
            crm.cluster.url_of("refused", "wrong-password", "refused"),
            "PG-002",
            "authentication failed",
        ),
        (crm.cluster.url_of("nobody", PASSWORD, "refused"), "PG-002", "nobody"),
        (crm.cluster.url_of("refused", PASSWORD, "nothing"), "PG-002", "nothing"),
        (crm.url() + "?sslmode=require", "PG-007", "does not offer TLS"),
        (format!("postgres://refused@127.0.0.1:{port}/refused"), "PG-002", "none is configured"),
        ("postgres://u:p@h/d?sslmode=perhaps".into(), "CFG-002", "sslmode is one of"),
    ];
    for (url, code, word) in cases {
        home.set("database", &at(&url));
        let ended = refused(&home, code, &[word]).await;
        assert!(!ended.stderr.contains("wrong-password"), "{}", ended.stderr);
    }
}

#[tokio::test]
async fn a_database_that_is_not_prepared() {
    let crm = Crm::new("unprepared").await;
    let home = Home::following(&crm);
    crm.run("ALTER TABLE crm.contacts RENAME COLUMN modified_by TO changed_by").await;
    refused(&home, "POL-003", &["crm.contacts", "modified_by"]).await;
    crm.run("ALTER TABLE crm.contacts RENAME COLUMN changed_by TO modified_by").await;
    crm.run("REVOKE SELECT ON crm.contacts, crm.sends FROM unprepared").await;
    refused(&home, "PG-004", &["crm.contacts, crm.sends", "deploy/sql/role.sql"]).await;
    crm.run("GRANT SELECT ON crm.contacts, crm.sends TO unprepared").await;
    crm.run("ALTER ROLE unprepared NOREPLICATION").await;
    refused(&home, "PG-004", &["deploy/sql/role.sql"]).await;
    crm.run("ALTER ROLE unprepared REPLICATION; DROP PUBLICATION unprepared").await;
    refused(&home, "PG-006", &["no publication", "unprepared", "deploy/sql/role.sql"]).await;
}

/// What ends the process is one object a line as well, where that was asked for.
#[tokio::test]
async fn the_last_word_has_the_format_of_the_log() {
    let crm = Crm::new("worded").await;
    crm.run("DROP PUBLICATION worded").await;
    let mut home = Home::following(&crm);
    home.set("log", "{format: json}");
    let ended = home.start().ended().await;
    let lines: Vec<serde_json::Value> =
        ended.stderr.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let last = lines.last().unwrap();
    assert_eq!((&last["level"], &last["code"]), (&"ERROR".into(), &"PG-006".into()));
    assert!(last["remedy"].as_str().unwrap().contains("role.sql"), "{last}");
    assert!(last["cause"].as_str().unwrap().contains("no publication"), "{last}");
}

#[tokio::test]
async fn a_server_whose_log_says_too_little() {
    let cluster = database::own(&[("wal_level", "replica")]);
    let crm = Crm::on(cluster, "too_little").await;
    refused(&Home::following(&crm), "PG-003", &["wal_level is replica", "wal_level = logical"])
        .await;
}

#[tokio::test]
async fn a_slot_that_somebody_else_uses() {
    let crm = Crm::new("slot_used").await;
    crm.run("SELECT pg_create_logical_replication_slot('slot_used', 'pgoutput')").await;
    let other = Command::new(crm.cluster.programs().join("pg_recvlogical"))
        .args(["-d", &crm.url(), "--slot", crm.name, "--start", "-f", "/dev/null"])
        .args(["-o", "proto_version=1", "-o", "publication_names=slot_used"])
        .stderr(Stdio::null())
        .spawn();
    let mut other = Killed(other.unwrap());
    let active = "SELECT active::text FROM pg_replication_slots WHERE slot_name = 'slot_used'";
    crm.until_value(active, "true").await;
    refused(&Home::following(&crm), "PG-005", &["slot_used", "pg_recvlogical"]).await;
    assert!(other.0.try_wait().unwrap().is_none(), "the other consumer was left alone");
}

/// A process that ends with its test, however that ends.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn a_second_lawtail_on_the_same_store_or_slot() {
    let crm = Crm::new("second").await;
    crm.run(&(rows::contact(1) + &rows::opt_out(1))).await;
    let home = Home::following(&crm);
    let mut first = home.start();
    first.until_streaming().await;
    crm.run(&rows::mail(1)).await;
    first.until_found(&home, "CN-002", 1).await;
    // Half a line, as if the first were just writing it: it is not the second's to tidy up.
    let published = std::fs::read(home.events()).unwrap();
    let torn = [published.as_slice(), b"{\"half\":"].concat();
    std::fs::write(home.events(), &torn).unwrap();
    refused(&home, "STO-001", &["another lawtail is using it"]).await;
    assert_eq!(std::fs::read(home.events()).unwrap(), torn);
    // With a store of its own it meets the first at the slot.
    refused(&Home::following(&crm), "PG-005", &["lawtail/second"]).await;
    // Also when the second may see how lately the first was heard.
    crm.run("GRANT pg_read_all_stats TO second; ALTER ROLE second INHERIT").await;
    refused(&Home::following(&crm), "PG-005", &["lawtail/second"]).await;
    assert!(first.said("not streaming").is_empty());
    crm.run(&rows::stranger(2)).await;
    first.until_found(&home, "LB-001", 2).await;
    first.terminate().await.assert_clean();
}

#[tokio::test]
async fn a_folder_a_file_or_a_port_that_cannot_be_used() {
    let crm = Crm::new("unusable").await;
    let home = || Home::following(&crm);
    refused(
        &home().with("store", "{folder: pseudonym.key/store}"),
        "STO-001",
        &["pseudonym.key/store"],
    )
    .await;
    let strange = home();
    strange.write("store/keyspaces/strange", "not a tree");
    refused(&strange, "STO-003", &["keyspaces/strange", "restore the folder from a backup"]).await;
    let no_file = home().with("publish", "{file: {path: policies}}");
    refused(&no_file, "PUB-001", &["policies"]).await;
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let no_port = home().with("http", &format!("{{listen: '{address}'}}"));
    refused(&no_port, "NET-001", &[&address, "http.listen"]).await;
    let no_policies = home().with("policies", "{folder: nowhere}");
    refused(&no_policies, "POL-001", &["nowhere"]).await;
    let kafka = "{kafka: {brokers: ['h:1'], properties: {acks: '0'}}}";
    refused(&home().with("publish", kafka), "CFG-002", &["kafka.properties.acks"]).await;
}

#[tokio::test]
async fn settings_with_several_faults() {
    let crm = Crm::new("faulty").await;
    let home = Home::following(&crm);
    home.write(
        "lawtail.yaml",
        "\
database:
  url: postgres://u@h/d
  password: ${LAWTAIL_TEST_IS_NOT_SET}
  slot: Not-A-Slot
policies: {folder: policies}
store: {folder: store}
pseudonym_key: {file: nowhere.key}
publish: {}
http: {listen: everywhere}
nonsense: 1
",
    );
    let ended = home.start_as_written().ended().await;
    let codes = ["CFG-003", "CFG-002", "CFG-003", "CFG-002", "CFG-002", "CFG-002"];
    assert_eq!(ended.faults(), codes, "{}", ended.stderr);
    for line in [3, 4, 7, 8, 9, 10] {
        assert!(
            ended.stderr.contains(&format!("lawtail.yaml:{line}:")),
            "{line}: {}",
            ended.stderr
        );
    }
    home.write("lawtail.yaml", "database: [");
    assert_eq!(home.start_as_written().ended().await.faults(), ["CFG-001"]);
    std::fs::remove_file(home.path("lawtail.yaml")).unwrap();
    assert_eq!(home.start_as_written().ended().await.faults(), ["CFG-001"]);
}

#[tokio::test]
async fn policies_with_several_faults() {
    let crm = Crm::new("faulty_policies").await;
    let home = Home::following(&crm);
    let policy = "pack: demo\nregister: demo\nprofile: strict\ngrace: soon\nnonsense: 1\n";
    home.write("policies/policy.yaml", policy);
    home.write("policies/profiles/torn.yaml", "profile: torn\nchannels: [\n");
    let ended = home.start().ended().await;
    let codes = ended.faults();
    assert_eq!(codes, ["POL-002", "POL-002", "POL-001"], "{}", ended.stderr);
    for place in ["policy.yaml:4:8", "policy.yaml:5:1", "profiles/torn.yaml:2:11"] {
        assert!(ended.stderr.contains(place), "no {place}: {}", ended.stderr);
    }
}

#[test]
fn a_wrong_command_line_is_another_exit_code() {
    for arguments in [&["run", "--nonsense"][..], &["nonsense"], &[]] {
        let output = Command::new(env!("CARGO_BIN_EXE_lawtail")).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(told.contains("Usage:") && !told.contains("panicked"), "{told}");
    }
}
