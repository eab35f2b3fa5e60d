//! What becomes of the database while it is followed is seen and said.

use std::process::Command;

use crate::support::{Crm, Home, Lawtail};

const LOOK_AGAIN: &str = "lawtail_attestation_ok{check=\"publication\"}";

/// Runs a script of `deploy/sql` as the superuser.
fn script(crm: &Crm, name: &str) {
    let file = format!("{}/deploy/sql/{name}", env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(crm.cluster.programs().join("psql"))
        .args(["-X", "-q", "-d", &crm.cluster.url(crm.name), "-f", &file])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn passed(check: &str) -> String {
    format!("lawtail_attestation_ok{{check=\"{check}\"}}")
}

async fn until_looked(lawtail: &mut Lawtail) {
    lawtail.until_metric(LOOK_AGAIN, |_| true).await;
}

#[tokio::test]
async fn a_changed_database_shows_across_a_restart_until_it_is_accepted() {
    let crm = Crm::new("attested").await;
    script(&crm, "event-triggers.sql");
    let home = Home::following(&crm);
    let mut lawtail = home.start();
    until_looked(&mut lawtail).await;
    for check in ["publication", "triggers", "schema_changes_visible", "wal_level"] {
        assert_eq!(lawtail.metric(&passed(check)).await, Some(1.0), "{check}");
    }
    // The test server keeps any amount of log for a slot.
    assert_eq!(lawtail.metric(&passed("slot_wal_limit")).await, Some(0.0));
    lawtail.terminate().await.assert_clean();

    crm.run("ALTER PUBLICATION attested DROP TABLE crm.sends").await;
    crm.run(
        "CREATE TABLE crm.younger (id int PRIMARY KEY); GRANT SELECT ON crm.younger TO attested",
    )
    .await;
    crm.run("ALTER PUBLICATION attested ADD TABLE crm.younger").await;
    crm.run("CREATE FUNCTION crm.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'")
        .await;
    crm.run("CREATE TRIGGER t AFTER INSERT ON crm.cases FOR EACH ROW EXECUTE FUNCTION crm.f()")
        .await;
    script(&crm, "event-triggers-drop.sql");
    let mut lawtail = home.start();
    until_looked(&mut lawtail).await;
    for check in ["publication", "triggers", "schema_changes_visible"] {
        assert_eq!(lawtail.metric(&passed(check)).await, Some(0.0), "{check}");
    }
    assert_eq!(lawtail.metric(&passed("replica_identity")).await, Some(0.0), "crm.sends is gone");
    let said = lawtail.said("the database is not as it should be");
    let about = |check: &str| {
        let line = said.iter().find(|line| line["check"] == check).unwrap();
        line["object"].as_str().unwrap().to_owned()
    };
    assert_eq!(about("publication"), "crm.sends");
    assert_eq!(about("triggers"), "crm.cases t");
    let joined = said.iter().filter(|line| line["object"] == "crm.younger");
    assert_eq!(joined.map(|line| &line["check"]).collect::<Vec<_>>(), ["publication"]);
    lawtail.terminate().await.assert_clean();

    // A publication that harms the CRM is wrong from the first look on.
    crm.run(
        "ALTER TABLE crm.calls REPLICA IDENTITY DEFAULT; \
         ALTER TABLE crm.calls DROP CONSTRAINT calls_pkey CASCADE",
    )
    .await;
    std::fs::remove_file(home.path("store").join("attestation.json")).unwrap();
    let mut lawtail = home.start();
    until_looked(&mut lawtail).await;
    assert_eq!(lawtail.metric(&passed("replica_identity")).await, Some(0.0));
    let said = lawtail.said("the database is not as it should be");
    let refused = said.iter().find(|line| line["check"] == "replica_identity").unwrap();
    assert_eq!(refused["object"], "crm.calls");
    assert_eq!(refused["is"], "default; UPDATE and DELETE are refused: no replica identity");
    lawtail.terminate().await.assert_clean();

    std::fs::remove_file(home.path("store/attestation.json")).unwrap();
    let mut lawtail = home.start();
    until_looked(&mut lawtail).await;
    assert_eq!(lawtail.metric(LOOK_AGAIN).await, Some(1.0));
    assert_eq!(lawtail.metric(&passed("schema_changes_visible")).await, Some(0.0));
    lawtail.terminate().await.assert_clean();
}

#[tokio::test]
async fn schema_changes_are_counted_and_the_crm_never_fails_because_of_it() {
    let crm = Crm::new("schema_changed").await;
    script(&crm, "event-triggers.sql");
    script(&crm, "event-triggers.sql");
    crm.run("CREATE ROLE schema_changer").await;
    crm.run("GRANT CREATE ON DATABASE schema_changed TO schema_changer").await;
    let home = Home::following(&crm);
    let mut lawtail = home.start();
    lawtail.until_streaming().await;
    // Somebody without any right on the schema of the event triggers.
    crm.run(
        "SET ROLE schema_changer; CREATE SCHEMA own; CREATE TABLE own.a (id int, note text); \
         ALTER TABLE own.a ALTER id TYPE bigint; DROP TABLE own.a; RESET ROLE",
    )
    .await;
    crm.run("CREATE TEMPORARY TABLE passing (id int); DROP TABLE passing").await;
    let count = |command| format!("lawtail_schema_changes_total{{command=\"{command}\"}}");
    for command in ["CREATE SCHEMA", "CREATE TABLE", "rewrite", "ALTER TABLE", "drop"] {
        let number = lawtail.until_metric(&count(command), |number| number > 0.0).await;
        assert_eq!(number, 1.0, "{command}");
    }
    let said = lawtail.said("schema change");
    let created = said.iter().find(|line| line["command"] == "CREATE TABLE").unwrap();
    assert_eq!((&created["identity"], &created["object"]), (&"own.a".into(), &"table".into()));
    // What cannot be reported is a warning of the CRM's session, and no failure.
    let emit = "EXECUTE ON FUNCTION pg_logical_emit_message(boolean, text, text)";
    crm.run(&format!("REVOKE {emit} FROM PUBLIC")).await;
    crm.run("SET ROLE schema_changer; CREATE TABLE own.unreported (id int); RESET ROLE").await;
    assert_eq!(crm.value("SELECT to_regclass('own.unreported')::text").await, "own.unreported");
    crm.run(&format!("GRANT {emit} TO PUBLIC")).await;
    // A message that anybody could send is not believed.
    crm.run(
        "SELECT pg_logical_emit_message(true, 'lawtail.ddl', '{\"command\":\"x@example.org\"}')",
    )
    .await;
    lawtail.until_metric(&count("other"), |number| number > 0.0).await;
    assert!(!lawtail.stderr().contains("x@example.org"));
    assert_eq!(lawtail.metric(&count("CREATE TABLE")).await, Some(1.0));
    lawtail.terminate().await.assert_clean();
}

#[tokio::test]
async fn the_state_of_the_slot_is_measured() {
    let crm = Crm::on(
        crate::support::database::own(&[("max_slot_wal_keep_size", "64MB")]),
        "slot_measured",
    )
    .await;
    let home = Home::following(&crm);
    let mut lawtail = home.start();
    let status = "lawtail_slot_wal_status{status=\"reserved\"}";
    lawtail.until_metric(status, |value| value == 1.0).await;
    let limit = f64::from(64 << 20);
    assert_eq!(lawtail.metric("lawtail_slot_wal_limit_bytes").await, Some(limit));
    assert!(lawtail.metric("lawtail_slot_safe_wal_bytes").await.unwrap() > limit / 2.0);
    assert_eq!(lawtail.metric("lawtail_slot_wal_low").await, Some(0.0));
    lawtail.terminate().await.assert_clean();
}
