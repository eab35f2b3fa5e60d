//! Initial copy and live changes: what is unlawful is found once, and nothing else.

use lawtail::policy::embedded;
use lawtail::wire::Topic;
use serde_json::Value;

use crate::support::published::{assert_valid, assert_verified};
use crate::support::{Crm, Home, rows};

#[tokio::test]
async fn what_is_unlawful_is_found_once_and_nothing_else() {
    let crm = Crm::new("follow").await;
    crm.run(&rows::contacts(1..60)).await;
    crm.run(&(rows::opt_out(1) + &rows::opt_in(2))).await;
    crm.run(&rows::stranger(60)).await;
    let home = Home::following(&crm);
    let mut lawtail = home.start();
    lawtail.until_streaming().await;

    for id in 100..110 {
        crm.run(&rows::contact(id)).await;
    }
    crm.run(&rows::stranger(200)).await;
    crm.run(&rows::mail(1)).await;
    crm.run(&rows::mail(2)).await;
    crm.run(&(rows::opt_out(100) + &rows::opt_in(101))).await;
    crm.run(&rows::mail(100)).await;
    crm.run(&rows::mail(101)).await;
    crm.run("UPDATE crm.contacts SET city = 'Potsdam' WHERE id IN (3, 102)").await;
    crm.run("DELETE FROM crm.contacts WHERE id = 103").await;
    crm.run("DELETE FROM crm.contacts WHERE id BETWEEN 10 AND 49").await;
    // Judged last: what comes before it has been judged then.
    crm.run(&rows::stranger(999)).await;
    lawtail.until_found(&home, "LB-001", 999).await;

    let mut expected = vec![
        ("LB-001".to_owned(), None),
        home.without_basis(200),
        home.without_basis(999),
        home.after_opt_out(1),
        home.after_opt_out(100),
    ];
    expected.sort();
    assert_eq!(home.published().facts(), expected);
    let incidents = home.published().incidents();
    let incidents: Vec<&str> = incidents.iter().map(|found| found.code.as_str()).collect();
    assert_eq!(incidents, ["SEC-002"]);
    assert_eq!(lawtail.get("/livez").await.unwrap().0, 200);
    assert_eq!(lawtail.get("/readyz").await.unwrap().0, 200);
    lawtail.terminate().await.assert_clean();
    assert_eq!(home.published().repeated(), 0);
    assert_valid(&home.events());
    assert_verified(&home.events());
}

/// What the pack declares of a path goes before its values, also of a column that joins later.
#[tokio::test]
async fn declared_paths_are_what_the_catalogue_says() {
    let crm = Crm::new("declared_paths").await;
    let home = Home::following(&crm);
    let declared = "      lifecycle: none\n      extra: none\n      extra$.nick: user.name\n";
    let pack = embedded::demo()["packs/demo.yaml"].clone();
    home.write("policies/packs/demo.yaml", pack.replacen("      lifecycle: none\n", declared, 1));
    let mut lawtail = home.start();
    lawtail.until_streaming().await;
    crm.run("ALTER TABLE crm.contacts ADD extra jsonb").await;
    for id in 1..40 {
        let extra = format!("{{\"nick\":\"zz{id}\",\"mail\":\"q{id}@example.org\"}}");
        crm.run(&rows::contact(id)).await;
        crm.run(&format!("UPDATE crm.contacts SET extra = '{extra}' WHERE id = {id}")).await;
    }
    crm.run(&rows::stranger(999)).await;
    lawtail.until_found(&home, "LB-001", 999).await;

    let published = home.published();
    let last = |path: &str| {
        let subject = format!("/extra/{path}");
        let mut events = published.once(Topic::Catalogue).into_iter();
        let told = events.rfind(|event| event.subject.ends_with(&subject));
        told.map(|event| serde_json::from_str::<Value>(&event.data).unwrap().to_string())
    };
    let nick = last("$.nick").expect("the declared path was told of");
    assert!(nick.contains("user.name") && nick.contains("declared"), "{nick}");
    assert!(last("$.mail").is_none_or(|mail| !mail.contains("user.contact.email")));
    lawtail.terminate().await.assert_clean();
}
