//! A lawtail that hangs does not keep the slot from the one that replaces it.

use std::process::{Child, Command, Stdio};

use crate::support::{Crm, Home, Lawtail, rows};

fn signal(lawtail: &Lawtail, name: &str) {
    let sent = Command::new("kill").args([name, &lawtail.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// A consumer that ends with its test, however that ends.
struct Consumer(Child);

impl Drop for Consumer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Process that uses a slot.
async fn user_of(crm: &Crm, slot: &str) -> String {
    let query =
        format!("SELECT active_pid::text FROM pg_replication_slots WHERE slot_name = '{slot}'");
    crm.value(&query).await
}

#[tokio::test]
async fn the_walsender_of_a_stopped_lawtail_is_ended_and_nobody_elses() {
    let crm = Crm::new("taken_over").await;
    crm.run("SELECT pg_create_logical_replication_slot('bystander', 'pgoutput')").await;
    let bystander = Command::new(crm.cluster.programs().join("pg_recvlogical"))
        .args(["-d", &crm.url(), "--slot", "bystander", "--start", "-f", "/dev/null"])
        .args(["-o", "proto_version=1", "-o", "publication_names=taken_over"])
        .stderr(Stdio::null())
        .spawn();
    let _bystander = Consumer(bystander.unwrap());
    let active = "SELECT active::text FROM pg_replication_slots WHERE slot_name = 'bystander'";
    crm.until_value(active, "true").await;
    let bystander = user_of(&crm, "bystander").await;

    let first_home = Home::following(&crm);
    let mut first = first_home.start();
    first.until_streaming().await;
    let stale = user_of(&crm, "taken_over").await;
    signal(&first, "-STOP");

    let second_home = Home::following(&crm);
    let mut second = second_home.start();
    second.until_said("terminating the walsender that a former run left behind").await;
    second.until_streaming().await;
    crm.run(&rows::stranger(1)).await;
    second.until_found(&second_home, "LB-001", 1).await;
    let taken = user_of(&crm, "taken_over").await;
    assert_ne!(taken, stale);
    assert_eq!(user_of(&crm, "bystander").await, bystander);

    // The first awakes, and leaves the slot to whoever has it now.
    signal(&first, "-CONT");
    first.until_said("not streaming").await;
    crm.run(&rows::stranger(2)).await;
    second.until_found(&second_home, "LB-001", 2).await;
    assert_eq!(user_of(&crm, "taken_over").await, taken);
    second.terminate().await.assert_clean();
}
