//! What is told of the row before a change, under each replica identity.

use lawtail::model::OperationKind;

use crate::scene::{Scene, everything};
use crate::servers::Server;
use crate::told::Cell;

/// Text that PostgreSQL stores out of line, compressed or not.
const LARGE: &str = "
    CREATE FUNCTION crm.incompressible(seed int) RETURNS text LANGUAGE sql AS
        'SELECT string_agg(md5((n * seed)::text), '''') FROM generate_series(1, 400) n'
";

/// The same life of some rows for a table of every identity.
fn life(table: &str) -> String {
    "
    INSERT INTO TABLE VALUES (1, 'ada', 'ada', NULL, crm.incompressible(1));
    INSERT INTO TABLE VALUES (2, 'bob', '', '', repeat('compressible ', 90000));
    INSERT INTO TABLE VALUES (3, 'cyd', NULL, NULL, NULL);
    UPDATE TABLE SET a = 'x';
    UPDATE TABLE SET a = a;
    UPDATE TABLE SET a = NULL WHERE id = 1;
    UPDATE TABLE SET id = id + 10 WHERE id < 3;
    UPDATE TABLE SET name = upper(name) WHERE id = 11;
    UPDATE TABLE SET large = crm.incompressible(2) WHERE id = 11;
    UPDATE TABLE SET large = NULL, id = 22 WHERE id = 12;
    UPDATE TABLE SET large = large || 'x' WHERE id = 11;
    UPDATE TABLE SET b = 'b', id = id, name = name;
    DELETE FROM TABLE WHERE id = 11;
    DELETE FROM TABLE
    "
    .replace("TABLE", table)
}

async fn old_rows_are_told_as_far_as_the_identity_goes(server: Server) {
    let mut scene = Scene::new(server, "identities").await;
    scene.run(LARGE).await;
    let columns = "(id int NOT NULL, name text NOT NULL, a text, b text, large text)";
    let identities = [
        ("by_default", "ALTER TABLE TABLE ADD PRIMARY KEY (id)"),
        ("by_both", "ALTER TABLE TABLE ADD PRIMARY KEY (name, id)"),
        ("whole", "ALTER TABLE TABLE REPLICA IDENTITY FULL"),
        ("whole_with_key", "ALTER TABLE TABLE ADD PRIMARY KEY (id), REPLICA IDENTITY FULL"),
        (
            "by_index",
            "ALTER TABLE TABLE ADD PRIMARY KEY (id), ADD CONSTRAINT by_name UNIQUE (name);
            ALTER TABLE TABLE REPLICA IDENTITY USING INDEX by_name",
        ),
    ];
    for (table, identity) in identities {
        scene.run(&format!("CREATE TABLE crm.{table} {columns}")).await;
        scene.run(&identity.replace("TABLE TABLE", &format!("TABLE crm.{table}"))).await;
    }
    scene.follow().await;
    for (table, _) in identities {
        scene.run(&life(&format!("crm.{table}"))).await;
    }
    let transcript = scene.agree(everything).await;
    let unchanged = |told: &&crate::told::Told| {
        told.new.iter().flatten().any(|(name, cell)| name == "large" && *cell == Cell::Unchanged)
    };
    let updates = transcript.changes().filter(|told| told.kind == OperationKind::Update);
    assert!(updates.filter(unchanged).count() >= identities.len() * 8);
    scene.leave().await;
}

async fn without_an_identity_rows_are_inserted_and_nothing_else(server: Server) {
    let mut scene = Scene::new(server, "no_identity").await;
    scene
        .run(
            "CREATE TABLE crm.log (id int, v text);
            CREATE TABLE crm.silent (id int PRIMARY KEY, v text);
            ALTER TABLE crm.silent REPLICA IDENTITY NOTHING",
        )
        .await;
    scene.follow().await;
    for table in ["crm.log", "crm.silent"] {
        scene.run(&format!("INSERT INTO {table} VALUES (1, 'a'), (2, NULL)")).await;
        let update = format!("UPDATE {table} SET v = 'b'");
        assert_eq!(scene.refused(&update).await, "55000");
        assert_eq!(scene.refused(&format!("DELETE FROM {table}")).await, "55000");
        scene.run(&format!("TRUNCATE {table}")).await;
        scene.run(&format!("INSERT INTO {table} VALUES (3, 'c')")).await;
    }
    let transcript = scene.agree(everything).await;
    assert_eq!(transcript.changes().count(), 2 * 4 + 1);
    scene.leave().await;
}

/// The identity may change between two changes of one transaction.
async fn an_identity_that_changes_holds_from_then_on(server: Server) {
    let mut scene = Scene::new(server, "changing_identity").await;
    scene.run("CREATE TABLE crm.t (id int PRIMARY KEY, k text NOT NULL UNIQUE, v text)").await;
    scene.run("INSERT INTO crm.t SELECT n, 'k' || n, 'v' FROM generate_series(1, 9) n").await;
    scene.follow().await;
    scene
        .transaction(
            "UPDATE crm.t SET id = 101 WHERE id = 1;
            ALTER TABLE crm.t REPLICA IDENTITY FULL;
            UPDATE crm.t SET id = 102 WHERE id = 2;
            DELETE FROM crm.t WHERE id = 3;
            ALTER TABLE crm.t REPLICA IDENTITY USING INDEX t_k_key;
            UPDATE crm.t SET k = 'other' WHERE id = 4;
            DELETE FROM crm.t WHERE id = 5;
            ALTER TABLE crm.t REPLICA IDENTITY DEFAULT;
            DELETE FROM crm.t WHERE id = 6",
        )
        .await;
    scene.agree(everything).await;
    scene.leave().await;
}

/// A key so large that it is stored out of line is told with every update.
async fn a_key_stored_out_of_line_is_told(server: Server) {
    let mut scene = Scene::new(server, "large_key").await;
    scene.run(LARGE).await;
    scene
        .run(
            "CREATE TABLE crm.t (k text PRIMARY KEY, v text);
            ALTER TABLE crm.t ALTER k SET STORAGE EXTERNAL",
        )
        .await;
    scene.follow().await;
    scene
        .run(
            "INSERT INTO crm.t VALUES (left(crm.incompressible(1), 2500), 'a');
            UPDATE crm.t SET v = 'b';
            UPDATE crm.t SET k = left(crm.incompressible(2), 2500);
            DELETE FROM crm.t",
        )
        .await;
    scene.agree(everything).await;
    scene.leave().await;
}

mod tests {
    crate::servers::on_every_version! {
        old_rows_are_told_as_far_as_the_identity_goes
        without_an_identity_rows_are_inserted_and_nothing_else
        an_identity_that_changes_holds_from_then_on
        a_key_stored_out_of_line_is_told
    }
}
