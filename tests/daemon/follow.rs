//! Initial copy and live changes: what is unlawful is found once, and nothing else.

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
