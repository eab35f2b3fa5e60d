//! What a publication leaves out, and under which name it tells what it holds.

use lawtail::model::{OperationKind, TableName};

use crate::scene::{Scene, by_table, everything};
use crate::servers::Server;
use crate::told::{Cell, Cells, Told};

fn id(cells: &Cells) -> i64 {
    let id = cells.iter().find_map(|(name, cell)| match cell {
        Cell::Text(text) if name == "id" => std::str::from_utf8(text).ok()?.parse().ok(),
        _ => None,
    });
    id.expect("the row has an id")
}

fn without(mut told: Told, hidden: &[&str]) -> Told {
    for cells in [&mut told.old, &mut told.new].into_iter().flatten() {
        cells.retain(|(name, _)| !hidden.contains(&name.as_str()));
    }
    told
}

async fn columns_that_are_not_published_are_never_told(server: Server) {
    let publication = "
        CREATE SCHEMA crm;
        CREATE TABLE crm.t (id int PRIMARY KEY, secret text, v text, gone int, large text);
        ALTER TABLE crm.t DROP COLUMN gone;
        CREATE TABLE crm.only_key (id int PRIMARY KEY, secret text);
        CREATE PUBLICATION lawtail FOR TABLE crm.t (large, v, id), crm.only_key (id)";
    let mut scene = Scene::publishing(server, "column_lists", publication).await;
    scene.run("INSERT INTO crm.t VALUES (1, 'secret', 'a', 'b')").await;
    scene.follow().await;
    scene
        .run(
            "INSERT INTO crm.t SELECT 2, 'secret', 'a', string_agg(md5(n::text), '')
                FROM generate_series(1, 500) n;
            UPDATE crm.t SET secret = 'other secret';
            UPDATE crm.t SET v = 'b', id = id + 10;
            DELETE FROM crm.t WHERE id = 11;
            INSERT INTO crm.only_key VALUES (1, 'secret');
            UPDATE crm.only_key SET secret = 'other secret';
            DELETE FROM crm.only_key",
        )
        .await;
    let transcript = scene.agree(|told| Some(without(told, &["secret"]))).await;
    assert!(!format!("{:?}", (&transcript.copied, &transcript.ours)).contains("secret"));
    let names = |told: &Told| {
        let names = told.new.iter().flatten().map(|(name, _)| name.clone());
        names.collect::<Vec<_>>()
    };
    assert_eq!(names(&transcript.copied[0]), ["id", "v", "large"]);
    assert_eq!(names(transcript.changes().next().unwrap()), ["id", "v", "large"]);
    scene.leave().await;
}

/// A row filter makes an update that crosses it an insert or a delete.
fn filtered(mut told: Told) -> Option<Told> {
    if &*told.table.name != "t" {
        return Some(told);
    }
    let matches = |cells: &Option<Cells>| cells.as_ref().map(|cells| id(cells) < 100);
    match (told.kind, matches(&told.old), matches(&told.new)) {
        (OperationKind::Truncate, ..) | (_, None | Some(true), None | Some(true)) => Some(told),
        (_, None | Some(false), None | Some(false)) => None,
        (_, _, Some(true)) => {
            (told.kind, told.old) = (OperationKind::Insert, None);
            Some(told)
        }
        (_, _, Some(false)) if told.old.is_none() => None,
        (_, _, _) => {
            (told.kind, told.new) = (OperationKind::Delete, None);
            Some(told)
        }
    }
}

async fn rows_that_are_not_published_are_never_told(server: Server) {
    let publication = "
        CREATE SCHEMA crm;
        CREATE TABLE crm.t (id int PRIMARY KEY, v text);
        CREATE PUBLICATION lawtail FOR TABLE crm.t WHERE (id < 100)";
    let mut scene = Scene::publishing(server, "row_filters", publication).await;
    scene.run("INSERT INTO crm.t VALUES (1, 'in'), (101, 'out')").await;
    scene.follow().await;
    scene
        .run(
            "INSERT INTO crm.t VALUES (2, 'in'), (102, 'out');
            UPDATE crm.t SET v = v || ' changed';
            UPDATE crm.t SET id = id + 200 WHERE id = 2;
            UPDATE crm.t SET id = id - 100 WHERE id = 102;
            UPDATE crm.t SET id = id + 10;
            DELETE FROM crm.t WHERE id > 11;
            TRUNCATE crm.t",
        )
        .await;
    let transcript = scene.agree(filtered).await;
    assert_eq!(transcript.copied.len(), 1);
    let kinds: Vec<_> = transcript.changes().map(|told| told.kind.name()).collect();
    let expected = "insert update update delete insert update update delete truncate insert";
    assert_eq!(kinds.join(" "), expected);
    scene.leave().await;
}

const PARTITIONS: &str = "
    CREATE SCHEMA crm;
    CREATE TABLE crm.root (id int, region text, v text, PRIMARY KEY (id, region))
        PARTITION BY LIST (region);
    CREATE TABLE crm.north PARTITION OF crm.root FOR VALUES IN ('n');
    CREATE TABLE crm.south (gone int, v text, region text NOT NULL, id int NOT NULL);
    ALTER TABLE crm.south DROP COLUMN gone;
    ALTER TABLE crm.root ATTACH PARTITION crm.south FOR VALUES IN ('s');
    CREATE TABLE crm.rest PARTITION OF crm.root DEFAULT PARTITION BY RANGE (id);
    CREATE TABLE crm.low PARTITION OF crm.rest FOR VALUES FROM (0) TO (100);
    CREATE TABLE crm.high PARTITION OF crm.rest FOR VALUES FROM (100) TO (200)";

const PARTITIONED_LIFE: &str = "
    INSERT INTO crm.root VALUES (1, 'n', 'a'), (2, 's', 'b'), (3, 'x', 'c'), (103, 'x', 'd');
    UPDATE crm.root SET v = v || '!';
    UPDATE crm.root SET region = 's' WHERE id = 1;
    UPDATE crm.root SET id = 104 WHERE id = 3;
    UPDATE crm.south SET v = NULL, id = id + 10;
    DELETE FROM crm.root WHERE id = 104;
    INSERT INTO crm.high VALUES (150, 'y', 'direct');
    CREATE TABLE crm.late PARTITION OF crm.rest FOR VALUES FROM (200) TO (300);
    INSERT INTO crm.root VALUES (250, 'z', 'in a late partition')";

fn is_partition(name: &str) -> bool {
    ["north", "south", "low", "high", "late"].contains(&name)
}

async fn partitions_are_told_under_the_name_of_their_root(server: Server) {
    let publication = format!(
        "{PARTITIONS};
        CREATE PUBLICATION lawtail FOR TABLES IN SCHEMA crm WITH (publish_via_partition_root)"
    );
    let mut scene = Scene::publishing(server, "partition_root", &publication).await;
    scene.run("INSERT INTO crm.root VALUES (-1, 'n', NULL), (-2, 's', 'b'), (99, 'q', 'c')").await;
    scene.follow().await;
    scene.run(PARTITIONED_LIFE).await;
    scene.run("TRUNCATE crm.root;\nINSERT INTO crm.root VALUES (5, 's', 'after')").await;
    let transcript = scene
        .agree(|mut told| {
            let truncated = told.kind == OperationKind::Truncate;
            if is_partition(&told.table.name) || &*told.table.name == "rest" {
                if truncated {
                    return None;
                }
                told.table = TableName::new("crm", "root");
            }
            // A partition has its columns in an order of its own.
            for cells in [&mut told.old, &mut told.new].into_iter().flatten() {
                cells.sort_by_key(|(name, _)| {
                    ["id", "region", "v"].iter().position(|it| it == name)
                });
            }
            Some(told)
        })
        .await;
    let root = TableName::new("crm", "root");
    assert_eq!(transcript.copied.len(), 3);
    assert!(transcript.copied.iter().all(|told| told.table == root));
    let rows = by_table(scene.copy().await);
    assert_eq!(rows.keys().collect::<Vec<_>>(), [&root]);
    scene.leave().await;
}

async fn partitions_are_told_under_their_own_names(server: Server) {
    let publication = format!("{PARTITIONS};\nCREATE PUBLICATION lawtail FOR TABLES IN SCHEMA crm");
    let mut scene = Scene::publishing(server, "partition_leaves", &publication).await;
    scene.run("INSERT INTO crm.root VALUES (-1, 'n', NULL), (-2, 's', 'b'), (99, 'q', 'c')").await;
    scene.follow().await;
    scene.run(PARTITIONED_LIFE).await;
    scene
        .run("TRUNCATE crm.low;\nTRUNCATE crm.root;\nINSERT INTO crm.root VALUES (5, 's', 'x')")
        .await;
    let transcript = scene
        .agree(|told| {
            (&*told.table.schema == "fence" || is_partition(&told.table.name)).then_some(told)
        })
        .await;
    let mut names: Vec<_> = transcript.copied.iter().map(|told| &*told.table.name).collect();
    // They are read side by side.
    names.sort_unstable();
    assert_eq!(names, ["low", "north", "south"]);
    scene.leave().await;
}

/// Without a word about them generated columns are not told; from 18 on those that are stored may.
async fn generated_columns_are_told_where_they_are_published(server: Server) {
    let mut scene = Scene::bare(server, "generated_columns", "").await;
    let published = scene.version >= 18;
    let option = if published { " WITH (publish_generated_columns = stored)" } else { "" };
    let computed =
        if published { ", virtual int GENERATED ALWAYS AS (id * 3) VIRTUAL" } else { "" };
    scene
        .run(&format!(
            "CREATE SCHEMA crm;
            CREATE TABLE crm.t (id int PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2) STORED,
                v text{computed}, shout text GENERATED ALWAYS AS (upper(v)) STORED);
            CREATE PUBLICATION lawtail FOR TABLES IN SCHEMA crm{option}"
        ))
        .await;
    scene.fence_in().await;
    scene.run("INSERT INTO crm.t VALUES (1, DEFAULT, 'a')").await;
    scene.follow().await;
    scene
        .run(
            "INSERT INTO crm.t VALUES (2, DEFAULT, repeat('x', 100000));
            UPDATE crm.t SET v = 'b' WHERE id = 1;
            UPDATE crm.t SET id = 3 WHERE id = 2;
            DELETE FROM crm.t WHERE id = 3",
        )
        .await;
    let hidden: &[&str] = if published { &["virtual"] } else { &["twice", "shout"] };
    let transcript = scene.agree(|told| Some(without(told, hidden))).await;
    let columns = transcript.changes().next().unwrap().new.as_ref().unwrap().len();
    assert_eq!(columns, if published { 4 } else { 2 });
    assert_eq!(transcript.copied[0].new.as_ref().unwrap().len(), columns);
    scene.leave().await;
}

async fn tables_of_any_name_and_width_are_told(server: Server) {
    let mut scene = Scene::new(server, "names_and_widths").await;
    let odd = [
        r#""Odd ""schema""".t"#.to_owned(),
        r#"crm."a.b""#.to_owned(),
        r#"crm."INSERT: id[integer]:1""#.to_owned(),
        "crm.\"line\n\ttab \\ 'quote' ; --\"".to_owned(),
        format!("crm.\"{}\"", "ü".repeat(31)),
        "crm.\"select\"".to_owned(),
        "crm.\" \"".to_owned(),
    ];
    let columns = [
        "id",
        "\"new-tuple:\"",
        "\"a b\"",
        "\"]:\"\"x\"",
        "\"Null\"",
        "\"table\"",
        "\" \"",
        "\"\t\n\"",
        "\"日本\"",
    ];
    for table in &odd {
        let columns = columns.map(|column| format!("{column} text")).join(", ");
        scene.run(&format!("CREATE TABLE {table} ({columns}, PRIMARY KEY (id, \"a b\"))")).await;
    }
    let wide: Vec<String> = (0..1600).map(|n| format!("c{n} \"char\"")).collect();
    scene.run(&format!("CREATE TABLE crm.wide ({}, PRIMARY KEY (c7))", wide.join(", "))).await;
    scene.run("CREATE TABLE crm.columnless ()").await;
    scene.run("CREATE TABLE crm.dropped (a int, id int PRIMARY KEY, b int, c text)").await;
    scene.run("ALTER TABLE crm.dropped DROP a, DROP b").await;
    let fill = |round: usize| {
        let cells: Vec<String> =
            (0..columns.len()).map(|n| format!("'{round} {n} x''\"'")).collect();
        let mut statements = Vec::new();
        for table in &odd {
            statements.push(format!("INSERT INTO {table} VALUES ({})", cells.join(", ")));
            statements.push(format!("UPDATE {table} SET id = id || '+', \"Null\" = NULL"));
        }
        let wide: Vec<String> = (0..1600)
            .map(|n| {
                if n % 3 == 1 && n != 7 { "NULL".into() } else { format!("'{}'", (n + round) % 10) }
            })
            .collect();
        statements.push(format!("INSERT INTO crm.wide VALUES ({})", wide.join(", ")));
        statements.push("INSERT INTO crm.columnless DEFAULT VALUES".into());
        statements.push(format!("INSERT INTO crm.dropped VALUES ({round}, 'c')"));
        statements.join(";\n")
    };
    scene.run(&fill(1)).await;
    scene.follow().await;
    scene.run(&fill(2)).await;
    scene.run("UPDATE crm.wide SET c1599 = 'x';\nDELETE FROM crm.wide WHERE c7 = '8'").await;
    let transcript = scene.agree(everything).await;
    assert_eq!(transcript.copied.len(), odd.len() + 3);
    let copied_anew = by_table(scene.copy().await);
    assert!(by_table(transcript.copied).keys().eq(copied_anew.keys()));
    scene.leave().await;
}

mod tests {
    crate::servers::on_every_version! {
        columns_that_are_not_published_are_never_told
        rows_that_are_not_published_are_never_told
        partitions_are_told_under_the_name_of_their_root
        partitions_are_told_under_their_own_names
        generated_columns_are_told_where_they_are_published
        tables_of_any_name_and_width_are_told
    }
}
