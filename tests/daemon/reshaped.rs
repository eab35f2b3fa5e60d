//! A column that the policies read is renamed while the program runs: said at once, and mended when it comes back.

use lawtail::wire::Topic;
use serde_json::Value;

use crate::support::{Crm, Home, Lawtail, rows};

/// Causes of the gaps published so far.
fn gaps(home: &Home) -> Vec<String> {
    let published = home.published();
    let told = published.once(Topic::Coverage).into_iter();
    let cause = |data: &str| -> Option<String> {
        let body: Value = serde_json::from_str(data).ok()?;
        Some(body["unmapped"]["gdpr"]["cause"].as_str()?.to_owned())
    };
    told.filter_map(|event| cause(&event.data)).collect()
}

#[tokio::test]
async fn a_table_that_loses_a_column_is_a_gap_until_it_has_been_copied_anew() {
    let crm = Crm::new("reshaped").await;
    crm.run(&rows::contact(1)).await;
    let home = Home::following(&crm);
    let mut lawtail = home.start();
    lawtail.until_streaming().await;
    crm.run(&rows::stranger(100)).await;
    lawtail.until_found(&home, "LB-001", 100).await;
    let ready = "lawtail_health_ok{check=\"tables\"}";
    assert_eq!(lawtail.metric(ready).await, Some(1.0));

    // A column that nobody reads is nobody's business.
    crm.run("ALTER TABLE crm.contacts RENAME COLUMN city TO town").await;
    crm.run(&rows::stranger(101).replace("city", "town")).await;
    lawtail.until_found(&home, "LB-001", 101).await;
    assert!(gaps(&home).is_empty(), "{:?}", gaps(&home));
    crm.run("ALTER TABLE crm.contacts RENAME COLUMN town TO city").await;

    // In the middle of a transaction, and a stranger after it of whom nobody can say that no basis is on record.
    let record =
        rows::contact(102).replace("(contact_id, purpose, basis,", "(contact_id, purpose, ground,");
    let rename = "ALTER TABLE crm.lawful_bases RENAME COLUMN basis TO ground;";
    crm.run(&format!("BEGIN; {rename} {record} COMMIT;")).await;
    lawtail.until_metric(ready, |ok| ok == 0.0).await;
    let (status, why) = lawtail.get("/readyz").await.unwrap();
    assert_eq!(status, 503);
    assert!(why.contains("crm.lawful_bases has lost what the policies read of it: basis"), "{why}");
    assert_eq!(gaps(&home), ["table_unfit"]);
    crm.run(&rows::stranger(103)).await;
    let undecided = "lawtail_judged_total{outcome=\"undecided\",table=\"crm.contacts\"}";
    lawtail.until_metric(undecided, |count| count >= 2.0).await;
    assert_eq!(home.has_found("LB-001", 103), None);

    // It is renamed back; with the copy everything is judged again, also what was written meanwhile.
    crm.run("ALTER TABLE crm.lawful_bases RENAME COLUMN ground TO basis").await;
    crm.run(&rows::contact(104)).await;
    lawtail.until_metric(ready, |ok| ok == 1.0).await;
    let copied = async |lawtail: &Lawtail| (lawtail.said("copy done").len() > 1).then_some(());
    lawtail.until("the copy of the table", copied).await;
    crm.run("UPDATE crm.contacts SET last_name = 'Murray' WHERE id = 102").await;
    crm.run(&rows::stranger(105)).await;
    lawtail.until_found(&home, "LB-001", 105).await;
    assert_eq!(home.has_found("LB-001", 102), None);
    assert_eq!(gaps(&home), ["table_unfit", "table_unfit"]);
    lawtail.terminate().await.assert_clean();
}
