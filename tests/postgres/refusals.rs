//! What is missing is said at the start, each with its own code.

use lawtail::model::Code;
use lawtail::shell::source::postgres::SourceSettings;

use crate::support::{PASSWORD, Scene, client_program, cluster, connect, refusal, settings};

#[tokio::test]
async fn wal_level_too_low() {
    for level in ["replica", "minimal"] {
        let senders = if level == "minimal" { "0" } else { "10" };
        let cluster = cluster(&[("wal_level", level), ("max_wal_senders", senders)], Vec::new());
        let admin = connect(&cluster.url("postgres")).await;
        // The server warns that it cannot be used yet, and creates it.
        admin.batch_execute("CREATE PUBLICATION p").await.unwrap();
        let settings = settings(&cluster.url("postgres"), "p");
        let fault = refusal(settings).await;
        assert_eq!(fault.code, Code::PG_003, "{fault}");
    }
}

#[tokio::test]
async fn a_missing_publication() {
    let scene = Scene::new("refuse_publication").await;
    scene.run("DROP PUBLICATION refuse_publication").await;
    let fault = scene.refusal(scene.settings()).await;
    assert_eq!(fault.code, Code::PG_006);
    assert!(fault.cause.contains("refuse_publication"));
}

#[tokio::test]
async fn a_publication_dropped_while_streaming() {
    let scene = Scene::new("refuse_dropped").await;
    let mut follower = scene.follow(None).await;
    follower.until_commits(1).await;
    scene.run("DROP PUBLICATION refuse_dropped").await;
    scene.run("INSERT INTO crm.contacts VALUES (1, 'Ada')").await;
    let fault = follower.until_fault().await;
    assert_eq!(fault.code, Code::PG_006, "{fault}");
    // Up to 17 the stream itself ends with it, and only a new slot gets beyond that place.
    let version = scene.value("SELECT current_setting('server_version_num')").await;
    if version.parse::<u32>().unwrap() < 180_000 {
        assert!(fault.remedy().contains("gap"));
    }
}

#[tokio::test]
async fn missing_privileges() {
    let scene = Scene::new("refuse_privileges").await;
    scene.run("REVOKE SELECT ON crm.contacts FROM refuse_privileges").await;
    let fault = scene.refusal(scene.settings()).await;
    assert_eq!(fault.code, Code::PG_004);
    assert!(fault.cause.contains("crm.contacts"), "{fault}");
    scene.run("ALTER ROLE refuse_privileges NOREPLICATION").await;
    assert_eq!(scene.refusal(scene.settings()).await.code, Code::PG_004);
}

#[tokio::test]
async fn row_security_that_would_hide_rows() {
    let scene = Scene::new("refuse_hidden").await;
    scene.run("INSERT INTO crm.contacts VALUES (1, 'Ada')").await;
    scene.run("ALTER TABLE crm.contacts ENABLE ROW LEVEL SECURITY").await;
    let fault = scene.refusal(scene.settings()).await;
    assert_eq!(fault.code, Code::PG_004);
    assert!(fault.cause.contains("crm.contacts"), "{fault}");
}

#[tokio::test]
async fn a_slot_in_use_by_another() {
    let scene = Scene::new("refuse_in_use").await;
    let mut follower = scene.follow(None).await;
    follower.until("a stream", |events| events.len() > 2).await;
    follower.source.stop().await;
    let output = std::process::Command::new(client_program(scene.cluster, "pg_recvlogical"))
        .args(["-d", &scene.url(), "--slot", scene.name, "--start", "-f", "/dev/null"])
        .args(["-o", "proto_version=1", "-o", "publication_names=refuse_in_use"])
        .stderr(std::process::Stdio::null())
        .spawn();
    let mut other = output.unwrap();
    let active = "SELECT active::text FROM pg_replication_slots WHERE slot_name = 'refuse_in_use'";
    scene.until(active, "true").await;
    let fault = scene.refusal(scene.settings()).await;
    assert_eq!(fault.code, Code::PG_005);
    assert!(fault.cause.contains("pg_recvlogical"), "{fault}");
    assert!(other.try_wait().unwrap().is_none(), "the other consumer was left alone");
    other.kill().unwrap();
    other.wait().unwrap();
}

#[tokio::test]
async fn a_slot_of_another_kind() {
    let scene = Scene::new("refuse_kind").await;
    scene.run("SELECT pg_create_physical_replication_slot('refuse_kind')").await;
    assert_eq!(scene.refusal(scene.settings()).await.code, Code::PG_005);
}

#[tokio::test]
async fn no_slot_is_free() {
    let cluster = cluster(&[("max_replication_slots", "0")], Vec::new());
    let admin = connect(&cluster.url("postgres")).await;
    admin.batch_execute("CREATE PUBLICATION p").await.unwrap();
    let settings = settings(&cluster.url("postgres"), "p");
    let mut follower = crate::support::Follower::new(settings, None).await;
    assert_eq!(follower.until_fault().await.code, Code::PG_010);
}

#[tokio::test]
async fn a_slot_name_that_the_server_would_refuse() {
    let scene = Scene::new("refuse_name").await;
    for slot in ["", "Über", "a-b", &"x".repeat(64)] {
        let settings = SourceSettings { slot: slot.into(), ..scene.settings() };
        assert_eq!(scene.refusal(settings).await.code, Code::CFG_002);
    }
    assert!(
        !scene
            .refusal(scene.settings_at("host=/nonexistent user=u"))
            .await
            .to_string()
            .contains(PASSWORD)
    );
}
