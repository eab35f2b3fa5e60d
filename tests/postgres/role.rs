//! `deploy/sql/role.sql` takes nothing away from the CRM: no table joins the publication whose changes
//! PostgreSQL would then refuse. And rows of partitions come under the name under which they are mapped.

use std::collections::BTreeSet;

use lawtail::model::Event;

use crate::support::Scene;

/// Tables with whatever a replica identity may lack, one row each, in the column `v`.
const CRM: &str = "CREATE TABLE crm.log (v text); \
    CREATE TABLE crm.silent (id int PRIMARY KEY, v text); \
    ALTER TABLE crm.silent REPLICA IDENTITY NOTHING; \
    CREATE TABLE crm.late (id int PRIMARY KEY DEFERRABLE, v text); \
    CREATE TABLE crm.lost (id int NOT NULL, v text); \
    CREATE UNIQUE INDEX lost_id ON crm.lost (id); \
    ALTER TABLE crm.lost REPLICA IDENTITY USING INDEX lost_id; DROP INDEX crm.lost_id; \
    CREATE TABLE crm.base (id int PRIMARY KEY, v text); \
    CREATE TABLE crm.heir () INHERITS (crm.base); \
    CREATE TABLE crm.keyless (day date, v text) PARTITION BY RANGE (day); \
    CREATE TABLE crm.keyless_1 PARTITION OF crm.keyless DEFAULT; \
    ALTER TABLE crm.keyless_1 REPLICA IDENTITY FULL; \
    CREATE TABLE crm.muted (id int PRIMARY KEY, v text) PARTITION BY RANGE (id); \
    CREATE TABLE crm.muted_1 PARTITION OF crm.muted DEFAULT; \
    ALTER TABLE crm.muted_1 REPLICA IDENTITY NOTHING; \
    CREATE TABLE crm.computed (id int PRIMARY KEY, v text, \
        loud text GENERATED ALWAYS AS (upper(v)) STORED); \
    ALTER TABLE crm.computed REPLICA IDENTITY FULL; \
    CREATE TABLE crm.\"Odd, \"\"one\"\"\" (v text PRIMARY KEY); \
    CREATE UNLOGGED TABLE crm.scratch (v text); CREATE VIEW crm.seen AS SELECT 'x' AS v";

const TABLES: [&str; 13] = [
    "log",
    "silent",
    "late",
    "lost",
    "base",
    "heir",
    "keyless",
    "muted",
    "computed",
    "\"Odd, \"\"one\"\"\"",
    "scratch",
    "seen",
    "contacts",
];

/// Names of the published tables.
const PUBLISHED: &str =
    "SELECT string_agg(tablename, ' ' ORDER BY tablename) FROM pg_publication_tables";

async fn run_as_the_crm(scene: &Scene) {
    for table in TABLES.into_iter().filter(|table| !["seen", "contacts"].contains(table)) {
        let id = match table {
            "log" | "keyless" | "scratch" | "\"Odd, \"\"one\"\"\"" => "(v) VALUES ('a')",
            _ => "(id, v) VALUES (1, 'a')",
        };
        scene.run(&format!("INSERT INTO crm.{table} {id}")).await;
        scene.run(&format!("UPDATE crm.{table} SET v = 'b'")).await;
        scene.run(&format!("DELETE FROM crm.{table}")).await;
    }
}

#[tokio::test]
async fn no_change_of_the_crm_is_refused_after_the_script() {
    let scene = Scene::new("role_harmless").await;
    scene.run(CRM).await;
    let of_18 = scene.value("SELECT (current_setting('server_version_num')::int >= 180000)::text");
    let of_18 = of_18.await == "true";
    if of_18 {
        scene
            .run(
                "CREATE TABLE crm.virtual (id int PRIMARY KEY, v text, \
                     w text GENERATED ALWAYS AS (upper(v)) VIRTUAL); \
                 ALTER TABLE crm.virtual REPLICA IDENTITY FULL",
            )
            .await;
    }
    let mut tables = TABLES.map(|table| format!("crm.{table}")).join(",\n  ");
    tables.push_str(if of_18 { ", crm.virtual" } else { "" });
    for publication in ["there already", "made anew"] {
        let said = scene.role_script(&tables).unwrap();
        run_as_the_crm(&scene).await;
        if of_18 {
            scene.run("INSERT INTO crm.virtual VALUES (1); DELETE FROM crm.virtual").await;
            assert!(said.contains("crm.virtual is left out"), "{said}");
        }
        assert_eq!(scene.value(PUBLISHED).await, "Odd, \"one\" base computed contacts");
        for (table, why) in [
            ("log", "crm.log has no primary key"),
            ("silent", "REPLICA IDENTITY NOTHING"),
            ("late", "deferrable"),
            ("lost", "lost the index"),
            ("heir", "crm.heir has no primary key"),
            ("keyless", "partitions that come later"),
            ("muted", "crm.muted_1 has REPLICA IDENTITY NOTHING"),
            ("scratch", "unlogged"),
            ("seen", "view"),
        ] {
            let line = said.lines().find(|line| line.contains(&format!("crm.{table} is left out")));
            let line = line.unwrap_or_else(|| panic!("{publication}, {table}: {said}"));
            assert!(line.contains(why), "{line}");
        }
        assert_eq!(said.matches("HINT:  First ").count(), 7 + usize::from(of_18), "{said}");
        scene.run("DROP PUBLICATION role_harmless").await;
    }
}

#[tokio::test]
async fn what_was_mended_joins_when_the_script_runs_again() {
    let scene = Scene::new("role_mended").await;
    scene.run(CRM).await;
    let nothing = scene.role_script("crm.log").unwrap();
    assert!(nothing.contains("REPLICA IDENTITY FULL; then run this script again"), "{nothing}");
    scene
        .run("ALTER TABLE crm.log REPLICA IDENTITY FULL; GRANT ALL ON crm.log TO CURRENT_USER")
        .await;
    assert_eq!(scene.role_script("crm.log, crm.contacts").unwrap(), "");
    assert_eq!(scene.value(PUBLISHED).await, "contacts log");
    // What somebody put there by hand is left, and told.
    scene.run("ALTER TABLE crm.log REPLICA IDENTITY DEFAULT").await;
    let said = scene.role_script("crm.log, crm.contacts").unwrap();
    assert!(said.contains("ALTER PUBLICATION role_mended DROP TABLE crm.log at once"), "{said}");
    assert_eq!(scene.value(PUBLISHED).await, "contacts log");
    scene.run("DROP PUBLICATION role_mended").await;
    let said = scene.role_script("crm.late, crm.lost").unwrap_err();
    assert!(said.contains("none of the tables can be published"), "{said}");
}

#[tokio::test]
async fn rows_of_partitions_come_under_their_root() {
    let scene = Scene::new("role_roots").await;
    scene
        .run(
            "DROP PUBLICATION role_roots; \
             CREATE TABLE crm.visits (id int, day date, PRIMARY KEY (id, day)) \
                 PARTITION BY RANGE (day); \
             CREATE TABLE crm.visits_26 PARTITION OF crm.visits \
                 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01') PARTITION BY RANGE (day); \
             CREATE TABLE crm.visits_26_1 PARTITION OF crm.visits_26 \
                 FOR VALUES FROM ('2026-01-01') TO ('2026-07-01'); \
             INSERT INTO crm.visits VALUES (1, '2026-05-09')",
        )
        .await;
    let said = scene.role_script("crm.visits_26_1, crm.visits_26, crm.contacts").unwrap();
    assert!(
        said.contains("crm.visits is published, of which crm.visits_26, crm.visits_26_1"),
        "{said}"
    );
    assert_eq!(scene.value(PUBLISHED).await, "contacts visits");
    let mut follower = scene.follow(None).await;
    follower.until_changes(1).await;
    scene
        .run(
            "UPDATE crm.visits SET id = 2; \
             CREATE TABLE crm.visits_26_2 PARTITION OF crm.visits_26 \
                 FOR VALUES FROM ('2026-07-01') TO ('2027-01-01'); \
             INSERT INTO crm.visits VALUES (3, '2026-08-09'); DELETE FROM crm.visits_26_2",
        )
        .await;
    follower.until_changes(4).await;
    let tables = follower.events.iter().filter_map(|event| match event {
        Event::Change(change) => Some(change.table.name.to_string()),
        _ => None,
    });
    assert_eq!(tables.collect::<BTreeSet<_>>(), BTreeSet::from(["crm.visits".to_owned()]));
}
