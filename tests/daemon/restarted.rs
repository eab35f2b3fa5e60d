//! The CRM's database is restarted under a running lawtail.

use lawtail::shell::cluster::StopMode;

use crate::support::published::{assert_valid, assert_verified};
use crate::support::{Crm, Home, database, rows};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_of_postgresql_is_waited_for_and_loses_nothing() {
    let cluster = database::own(&[]);
    let mut crm = Crm::on(cluster, "restarted").await;
    crm.run(&rows::contacts(1..20)).await;
    crm.run(&rows::opt_out(1)).await;
    let home = Home::following(&crm);
    let mut lawtail = home.start();
    lawtail.until_streaming().await;
    let mut expected = Vec::new();
    for (round, mode) in (1..).zip([StopMode::Fast, StopMode::Immediate]) {
        let id = round * 1_000;
        for id in id..id + 5 {
            crm.run(&rows::stranger(id)).await;
            expected.push(home.without_basis(id));
        }
        crm.run(&rows::opt_out(1 + round)).await;
        // On a thread of its own: a server that stops waits for its clients.
        let stopping = tokio::task::spawn_blocking(move || cluster.stop(mode));
        stopping.await.unwrap().unwrap();
        lawtail
            .until("the loss to be noticed", async |lawtail| {
                (lawtail.metric("lawtail_source_connected").await? == 0.0).then_some(())
            })
            .await;
        tokio::task::spawn_blocking(|| cluster.start_again()).await.unwrap().unwrap();
        crm.reconnect().await;
        crm.run(&rows::mail(1 + round)).await;
        expected.push(home.after_opt_out(1 + round));
        lawtail.until_found(&home, "CN-002", 1 + round).await;
    }
    crm.run(&rows::stranger(9_999)).await;
    expected.push(home.without_basis(9_999));
    lawtail.until_found(&home, "LB-001", 9_999).await;
    assert_eq!(lawtail.get("/readyz").await.unwrap().0, 200);
    // Each outage is said once, however many attempts it took.
    assert!(!lawtail.said("not streaming").is_empty());
    lawtail.terminate().await.assert_clean();

    expected.sort();
    assert_eq!(home.published().facts(), expected);
    assert_eq!(home.published().repeated(), 0);
    assert_valid(&home.events());
    assert_verified(&home.events());
}
