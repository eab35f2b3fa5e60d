//! Somebody asks the running program what is on record of a person.

use serde_json::Value;

use crate::judged::ask;
use crate::support::{Crm, Home, rows};

#[tokio::test]
async fn what_a_person_agreed_to_is_told_with_its_evidence_and_without_a_value() {
    let crm = Crm::new("asked").await;
    let tokens = "{listen: '127.0.0.1:0', tokens: [{name: officer, token_file: officer.token}]}";
    let home = Home::following(&crm).with("http", tokens);
    home.write("officer.token", "0123456789abcdef0123456789abcdef\n");
    home.write("wrong.token", "another 0123456789abcdef0123456789");
    let mut lawtail = home.start();
    lawtail.until_streaming().await;
    crm.run(&rows::contact(17)).await;
    crm.run(&rows::opt_in(17)).await;
    crm.run(&rows::opt_out(17)).await;
    crm.run(&rows::stranger(18)).await;
    lawtail.until_found(&home, "LB-001", 18).await;

    let subject = ["report", "subject", "crm.contacts/17", "--format"];
    let output = ask(&home, &lawtail, "officer.token", &[&subject[..], &["json"]].concat()).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["subject"], home.subject(17));
    let told: Vec<(&str, bool)> = answer["statements"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["says"].as_str().unwrap(), it["stands"] == true))
        .collect();
    assert_eq!(told[0], ("contract", true), "{answer:#}");
    assert!(told.contains(&("opted_out", true)), "{answer:#}");
    let evidence = &answer["statements"][0]["evidence"];
    assert_eq!(evidence["table"], "crm.lawful_bases");
    assert!(evidence["position"]["commit"].is_string());

    let by_address = ["report", "subject", "email:GRACE17@example.org"];
    let output = ask(&home, &lawtail, "officer.token", &by_address).await;
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("| permission | email | newsletter | opted_out |"), "{text}");
    let output =
        ask(&home, &lawtail, "officer.token", &[&subject[..], &["json-ld"]].concat()).await;
    let records: Value = serde_json::from_slice(&output.stdout).unwrap();
    let record = &records["@graph"][0];
    assert_eq!(record["dpv:hasConsentStatus"]["@id"], "dpv:ConsentWithdrawn", "{records:#}");
    for text in [text, answer.to_string(), records.to_string(), lawtail.stderr()] {
        assert!(!text.to_lowercase().contains("grace17"), "{text}");
    }

    let refused = ask(&home, &lawtail, "wrong.token", &by_address).await;
    assert!(String::from_utf8_lossy(&refused.stderr).contains("API-001"));
    let nobody = ["report", "subject", "crm.campaigns/1"];
    let refused = ask(&home, &lawtail, "officer.token", &nobody).await;
    assert!(String::from_utf8_lossy(&refused.stderr).contains("API-003"));
    lawtail.terminate().await.assert_clean();
}
