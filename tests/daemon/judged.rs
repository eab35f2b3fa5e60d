//! People judge incidents through the running program, and what they did is evidence.

use std::process::{Command, Output};

use lawtail::wire::Topic;
use serde_json::Value;

use crate::support::process::program;
use crate::support::published::{assert_valid, assert_verified};
use crate::support::{Crm, Home, Lawtail, rows};

const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// Runs a command that asks the daemon.
pub async fn ask(home: &Home, lawtail: &Lawtail, token: &str, arguments: &[&str]) -> Output {
    let url = format!("http://{}", lawtail.address().unwrap());
    let file = home.path(token);
    let arguments: Vec<String> = arguments.iter().map(|it| (*it).to_owned()).collect();
    tokio::task::spawn_blocking(move || {
        let mut command = Command::new(program());
        command.args(arguments).args(["--url", &url, "--token-file"]).arg(file);
        command.output().unwrap()
    })
    .await
    .unwrap()
}

async fn incident(home: &Home, lawtail: &Lawtail, arguments: &[&str]) -> Value {
    let arguments = [&["incident", "--json"], arguments].concat();
    let output = ask(home, lawtail, "officer.token", &arguments).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Runs a command that is refused, and returns the fault.
async fn refused(home: &Home, lawtail: &Lawtail, token: &str, arguments: &[&str]) -> String {
    let output = ask(home, lawtail, token, arguments).await;
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8(output.stderr).unwrap()
}

fn stage(incident: &Value) -> &str {
    incident["unmapped"]["gdpr"]["handling"]["stage"].as_str().unwrap()
}

#[tokio::test]
async fn an_officer_takes_an_incident_from_its_detection_to_its_end() {
    let crm = Crm::new("judged").await;
    crm.run(&rows::contacts(1..60)).await;
    let tokens = "{listen: '127.0.0.1:0', tokens: [{name: officer, token_file: officer.token}]}";
    let home = Home::following(&crm).with("http", tokens);
    home.write("officer.token", format!("{TOKEN}\n"));
    home.write("wrong.token", "another 0123456789abcdef0123456789");
    let mut lawtail = home.start();
    lawtail.until_streaming().await;
    crm.run("DELETE FROM crm.contacts WHERE id BETWEEN 10 AND 49").await;
    const DEADLINE: &str = "lawtail_incident_next_deadline_timestamp_seconds";
    let from_detection = lawtail.until_metric(DEADLINE, |_| true).await;

    let listed = incident(&home, &lawtail, &["list"]).await;
    let id = listed[0]["finding_info_list"][0]["uid"].as_str().unwrap().to_owned();
    assert_eq!((listed.as_array().unwrap().len(), stage(&listed[0])), (1, "new"));
    let because = |action: &'static str, reason: &'static str| {
        [action, &id, "--reason", reason].map(str::to_owned)
    };
    let step = async |lawtail: &Lawtail, words: &[String]| {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        stage(&incident(&home, lawtail, &words).await).to_owned()
    };
    assert_eq!(step(&lawtail, &because("ack", "looking into it")).await, "acknowledged");
    let mut aware = because("confirm", "not one of our own jobs").to_vec();
    aware.extend(["--aware".to_owned(), "2020-01-01T00:00:00Z".to_owned()]);
    assert_eq!(step(&lawtail, &aware).await, "confirmed");
    let from_awareness = lawtail.until_metric(DEADLINE, |deadline| deadline < from_detection).await;
    assert_eq!(from_awareness, 1_577_836_800.0 + 72.0 * 3_600.0, "overdue, and still shown");

    let close = ["incident", "acknowledge", &id, "--reason", "looking into it"];
    assert!(refused(&home, &lawtail, "officer.token", &close).await.contains("INC-002"));
    let named = ["incident", "close", &id, "--reason", "as ada@example.org told us"];
    let fault = refused(&home, &lawtail, "officer.token", &named).await;
    assert!(fault.contains("INC-003") && !fault.contains("ada@"), "{fault}");
    assert!(
        refused(&home, &lawtail, "wrong.token", &["incident", "list"]).await.contains("API-001")
    );
    let nobody = ["incident", "show", "00000000-0000-0000-0000-000000000000"];
    assert!(refused(&home, &lawtail, "officer.token", &nobody).await.contains("INC-001"));
    lawtail.terminate().await.assert_clean();

    // What was done is there after a restart.
    let mut lawtail = home.start();
    lawtail.until_streaming().await;
    crm.run(&rows::stranger(999)).await;
    lawtail.until_found(&home, "LB-001", 999).await;
    assert_eq!(lawtail.metric(DEADLINE).await, Some(from_awareness));
    assert_eq!(step(&lawtail, &because("notify", "reported to the authority")).await, "notified");
    lawtail
        .until("no deadline", async |it| it.metric(DEADLINE).await.is_none().then_some(()))
        .await;
    for (format, wanted) in [
        ("markdown", "## Nature of the breach (Art. 33(3)(a))"),
        ("html", "<h2>Nature of the breach <small>Art. 33(3)(a)</small></h2>"),
        ("json", "\"heading\":\"Nature of the breach\""),
    ] {
        let report = ["report", "incident", &id, "--format", format];
        let output = ask(&home, &lawtail, "officer.token", &report).await;
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains(wanted) && text.contains("reasons for the delay"), "{text}");
    }
    assert_eq!(step(&lawtail, &because("close", "restored from the backup")).await, "closed");
    lawtail.terminate().await.assert_clean();
    assert_valid(&home.events());
    assert_verified(&home.events());
    let published = home.published();
    let events = published.once(Topic::Incidents);
    let bodies: Vec<Value> =
        events.iter().map(|event| serde_json::from_str(&event.data).unwrap()).collect();
    let mut stages: Vec<&str> = bodies.iter().map(stage).collect();
    stages.dedup();
    assert_eq!(stages, ["new", "acknowledged", "confirmed", "notified", "closed"]);
}

#[tokio::test]
async fn without_tokens_nobody_is_answered_and_without_a_daemon_the_fault_says_so() {
    let crm = Crm::new("unjudged").await;
    let home = Home::following(&crm);
    home.write("officer.token", TOKEN);
    let mut lawtail = home.start();
    lawtail.until_streaming().await;
    assert_eq!(lawtail.get("/incidents").await.unwrap().0, 401);
    let list = ["incident", "list"];
    let fault = refused(&home, &lawtail, "officer.token", &list).await;
    assert!(fault.contains("API-001") && fault.contains("the settings name no token"), "{fault}");
    let url = format!("http://{}", lawtail.address().unwrap());
    lawtail.terminate().await.assert_clean();
    let mut command = Command::new(program());
    command
        .args(["incident", "list", "--url", &url, "--token-file"])
        .arg(home.path("officer.token"));
    let output = command.output().unwrap();
    assert!(String::from_utf8(output.stderr).unwrap().contains("API-002"));
}
