//! SIGTERM ends it cleanly in whatever it is doing.

use std::fs::File;
use std::io::Write;
use std::process::Command;

use crate::support::{Crm, Home, database, rows};

#[tokio::test]
async fn a_stopped_lawtail_starts_again_where_it_stopped() {
    let crm = Crm::new("stopping").await;
    crm.run(&rows::contacts(1..20)).await;
    let home = Home::following(&crm);
    let mut expected = Vec::new();
    for round in 1..=3 {
        let mut lawtail = home.start();
        lawtail.until_streaming().await;
        crm.run(&rows::stranger(round * 100)).await;
        expected.push(home.without_basis(round * 100));
        let active = format!(
            "SELECT active::text FROM pg_replication_slots WHERE slot_name = '{}'",
            crm.name
        );
        crm.until_value(&active, "true").await;
        let ended = lawtail.terminate().await;
        ended.assert_clean();
        assert!(ended.stderr.contains("SIGTERM: stopping"), "{}", ended.stderr);
        crm.until_value(&active, "false").await;
    }
    let mut lawtail = home.start();
    lawtail.until_found(&home, "LB-001", 300).await;
    assert!(lawtail.said("the initial copy begins").is_empty());
    assert!(lawtail.said("terminating the walsender that a former run left behind").is_empty());
    lawtail.terminate().await.assert_clean();
    expected.sort();
    assert_eq!(home.published().facts(), expected);
    assert_eq!(home.published().repeated(), 0);
}

#[tokio::test]
async fn waiting_for_an_open_transaction_it_still_stops() {
    // A server of its own: the open transaction would hold up every other test's slot.
    let cluster = database::own(&[]);
    let crm = Crm::on(cluster, "stopping_slot").await;
    let other = database::connect(&cluster.url(crm.name)).await;
    other.batch_execute("BEGIN; UPDATE crm.users SET active = true").await.unwrap();
    let home = Home::following(&crm);
    let mut lawtail = home.start();
    lawtail.until_said("making the slot; this waits for open transactions to end").await;
    lawtail.terminate().await.assert_clean();
    other.batch_execute("COMMIT").await.unwrap();
    let mut lawtail = home.start();
    lawtail.until_streaming().await;
    lawtail.terminate().await.assert_clean();
}

#[tokio::test]
async fn while_it_starts_it_stops_as_well() {
    // Takes connections and never answers.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let crm = Crm::new("stopping_start").await;
    let url = format!("postgres://u:p@127.0.0.1:{port}/d?connect_timeout=600");
    let home = Home::following(&crm).with("database", &format!("{{url: '{url}'}}"));
    let lawtail = home.start();
    let accepted = tokio::task::spawn_blocking(move || silent.accept().unwrap());
    let _connection = accepted.await.unwrap();
    lawtail.terminate().await.assert_clean();
}

#[tokio::test]
async fn signals_are_heeded_before_anything_is_read() {
    let crm = Crm::new("stopping_soon").await;
    let home = Home::following(&crm);
    let key = home.path("pseudonym.key");
    let content = std::fs::read(&key).unwrap();
    std::fs::remove_file(&key).unwrap();
    // Whoever reads a pipe waits until somebody writes it.
    assert!(Command::new("mkfifo").args(["-m", "600"]).arg(&key).status().unwrap().success());
    let lawtail = home.start();
    let opened = tokio::task::spawn_blocking(move || File::create(key).unwrap());
    let mut pipe = opened.await.unwrap();
    lawtail.signal("HUP");
    lawtail.tell_to_stop();
    pipe.write_all(&content).unwrap();
    drop(pipe);
    lawtail.ended().await.assert_clean();
}
