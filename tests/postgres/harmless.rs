//! Following a database takes nothing away from it, whatever it does afterwards.

use crate::support::{Scene, told};

#[tokio::test]
async fn tables_that_the_crm_adds_later_may_be_changed_without_a_key() {
    let scene = Scene::new("harmless_tables").await;
    let mut follower = scene.follow(None).await;
    follower.until_commits(1).await;
    scene
        .run(
            "CREATE TABLE crm.imports (line text); INSERT INTO crm.imports VALUES ('one'), ('two'); \
             UPDATE crm.imports SET line = 'three'; DELETE FROM crm.imports; \
             INSERT INTO crm.contacts VALUES (1, 'Ada')",
        )
        .await;
    follower.until_commits(2).await;
    assert_eq!(told(&follower.events), ["copy", "commit", "begin", "insert 1|Ada", "commit"]);
}

#[tokio::test]
async fn no_session_of_ours_keeps_old_rows_alive_while_it_follows() {
    let scene = Scene::new("harmless_vacuum").await;
    scene.run("INSERT INTO crm.contacts VALUES (1, 'Ada')").await;
    let mut follower = scene.follow(None).await;
    follower.until_commits(1).await;
    let sessions = "SELECT count(*)::text FROM pg_stat_activity WHERE usename = 'harmless_vacuum'";
    assert_ne!(scene.value(sessions).await, "0");
    let holding = format!("{sessions} AND (state LIKE 'idle in%' OR backend_xmin IS NOT NULL)");
    scene.until(&holding, "0").await;
}

#[tokio::test]
async fn a_partition_that_comes_later_is_followed() {
    let scene = Scene::new("harmless_leaf").await;
    scene
        .run(
            "CREATE TABLE crm.visits (id int, day date, PRIMARY KEY (id, day)) \
                 PARTITION BY RANGE (day); \
             CREATE TABLE crm.visits_may PARTITION OF crm.visits \
                 FOR VALUES FROM ('2026-05-01') TO ('2026-06-01'); \
             GRANT SELECT ON crm.visits, crm.visits_may TO harmless_leaf; \
             ALTER PUBLICATION harmless_leaf SET (publish_via_partition_root = false); \
             ALTER PUBLICATION harmless_leaf ADD TABLE crm.visits",
        )
        .await;
    let mut follower = scene.follow(None).await;
    follower.until_commits(1).await;
    scene
        .run(
            "CREATE TABLE crm.visits_june PARTITION OF crm.visits \
                 FOR VALUES FROM ('2026-06-01') TO ('2026-07-01'); \
             GRANT SELECT ON crm.visits_june TO harmless_leaf; \
             INSERT INTO crm.visits VALUES (1, '2026-05-09'), (2, '2026-06-09')",
        )
        .await;
    follower.until_changes(2).await;
    // On a slow machine the next look at the publication comes first, and the partition is copied.
    let mut changes = follower.changes();
    changes.sort();
    changes.dedup();
    assert_eq!(changes, ["insert 1|2026-05-09", "insert 2|2026-06-09"]);
}

#[tokio::test]
async fn partitions_that_may_not_be_read_stop_nothing_else() {
    let scene = Scene::new("harmless_hidden").await;
    scene
        .run(
            "CREATE TABLE crm.visits (id int, day date, PRIMARY KEY (id, day)) \
                 PARTITION BY RANGE (day); \
             GRANT SELECT ON crm.visits TO harmless_hidden; \
             ALTER PUBLICATION harmless_hidden SET (publish_via_partition_root = false); \
             ALTER PUBLICATION harmless_hidden ADD TABLE crm.visits",
        )
        .await;
    let mut follower = scene.follow(None).await;
    follower.until_commits(1).await;
    scene
        .run(
            "CREATE TABLE crm.visits_june PARTITION OF crm.visits \
                 FOR VALUES FROM ('2026-06-01') TO ('2026-07-01'); \
             CREATE TABLE crm.visits_july PARTITION OF crm.visits \
                 FOR VALUES FROM ('2026-07-01') TO ('2026-08-01'); \
             GRANT SELECT ON crm.visits_july TO harmless_hidden; \
             ALTER TABLE crm.visits_july ENABLE ROW LEVEL SECURITY; \
             INSERT INTO crm.visits VALUES (1, '2026-06-09'), (2, '2026-07-09')",
        )
        .await;
    follower.until_changes(2).await;
    // At a new start it is looked at in any case, and it goes on.
    let resume = follower.resume();
    follower.source.stop().await;
    let mut follower = scene.follow(Some(resume)).await;
    scene.run("INSERT INTO crm.contacts VALUES (1, 'Ada')").await;
    let ada = || "insert 1|Ada".to_owned();
    follower.until("a change of another table", |events| told(events).contains(&ada())).await;
    assert!(!follower.copies.copied.iter().any(|table| table.name.starts_with("visits_j")));
    // Once one may be read, the next start copies it.
    let resume = follower.resume();
    follower.source.stop().await;
    scene.run("GRANT SELECT ON crm.visits_june TO harmless_hidden").await;
    let mut follower = scene.follow(Some(resume)).await;
    let copied = |events: &[_]| told(events).contains(&"table copy".into());
    follower.until("its copy", copied).await;
}
