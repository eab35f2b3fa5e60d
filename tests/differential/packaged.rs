//! With what is packaged beside the installed server: wal2json as another oracle, and the types of
//! PostGIS and pgvector. Where a package is missing, its test says that it was skipped.

use lawtail::model::{OperationKind, TableName};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::scene::{Scene, everything};
use crate::servers::Server;
use crate::told::{Cell, Cells, Told};

/// A transaction as far as both sides tell it.
type Changes = (u32, Vec<Told>);

/// One line of wal2json's second format.
#[derive(Deserialize)]
struct Line {
    action: String,
    xid: u32,
    schema: Option<String>,
    table: Option<String>,
    columns: Option<Vec<Column>>,
    identity: Option<Vec<Column>>,
}

#[derive(Deserialize)]
struct Column {
    name: String,
    value: Option<Box<RawValue>>,
}

impl Column {
    /// Numbers and truth values come without quotes.
    fn cell(&self) -> Cell {
        match self.value.as_ref().map(|value| value.get()) {
            None => Cell::Null,
            Some("true") => Cell::text("t"),
            Some("false") => Cell::text("f"),
            Some(text) if text.starts_with('"') => {
                Cell::text(&serde_json::from_str::<String>(text).unwrap())
            }
            Some(number) => Cell::text(number),
        }
    }
}

fn cells(columns: &[Column]) -> Cells {
    columns.iter().map(|column| (column.name.clone(), column.cell())).collect()
}

fn told(line: &Line) -> Told {
    let kind = match line.action.as_str() {
        "I" => OperationKind::Insert,
        "U" => OperationKind::Update,
        "D" => OperationKind::Delete,
        "T" => OperationKind::Truncate,
        other => panic!("what is {other}?"),
    };
    let (schema, table) = (line.schema.as_deref().unwrap(), line.table.as_deref().unwrap());
    Told {
        table: TableName::new(schema, table),
        kind,
        old: line.identity.as_deref().map(cells),
        new: line.columns.as_deref().map(cells),
    }
}

/// What the two can agree on: wal2json leaves out what was not sent, tells nulls of the old row, and
/// takes an old key that was not sent from the new row.
fn comparable(mut told: Told) -> Told {
    for row in [&mut told.old, &mut told.new].into_iter().flatten() {
        row.retain(|(_, cell)| *cell != Cell::Unchanged);
    }
    if let Some(old) = &mut told.old {
        old.retain(|(_, cell)| *cell != Cell::Null);
    }
    if told.kind == OperationKind::Update && &*told.table.name != "whole" {
        told.old = None;
    }
    told
}

async fn wal2json(scene: &Scene) -> Vec<Changes> {
    let get = "SELECT data FROM pg_logical_slot_get_changes('with_wal2json', NULL, NULL, \
        'format-version', '2', 'include-xids', '1')";
    let settings = "SET datestyle = ISO; SET intervalstyle = postgres; SET timezone = UTC; \
        SET extra_float_digits = 3";
    scene.admin.batch_execute(settings).await.unwrap();
    let mut all: Vec<Changes> = Vec::new();
    for row in scene.admin.query(get, &[]).await.unwrap() {
        let line: Line = serde_json::from_str(row.get(0)).unwrap();
        match line.action.as_str() {
            "B" => all.push((line.xid, Vec::new())),
            "C" => {}
            _ => all.last_mut().expect("it has begun").1.push(comparable(told(&line))),
        }
    }
    all.retain(|(_, changes)| !changes.is_empty());
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wal2json_tells_the_same() {
    let mut scene = Scene::new(Server::Installed, "with_wal2json").await;
    let make = "SELECT pg_create_logical_replication_slot('with_wal2json', 'wal2json')";
    if let Err(error) = scene.admin.batch_execute(make).await {
        // The server does not find the plugin's file.
        assert_eq!(error.code().map(|code| code.code()), Some("58P01"), "{error}");
        eprintln!("skipped: wal2json is not installed beside the server");
        return scene.leave().await;
    }
    scene.follow_alone().await;
    let columns = "(id int PRIMARY KEY, big bigint, price numeric(9,2), yes boolean, name text, \
        born date, seen timestamptz, doc jsonb, tags text[], mail varchar(40))";
    scene.run(&format!("CREATE TABLE crm.keyed {columns}; CREATE TABLE crm.whole {columns}")).await;
    scene.run("ALTER TABLE crm.whole REPLICA IDENTITY FULL").await;
    for table in ["crm.keyed", "crm.whole"] {
        let life = "
            INSERT INTO TABLE VALUES (1, 9007199254740993, 1.10, true, 'it''s \"ada\" \\ größer',
                '0044-03-15 BC', '2024-02-29 12:00:00.000001+00', '{\"a\": [1, null]}',
                '{x,\"y z\",NULL}', 'a@b.example');
            INSERT INTO TABLE (id, name) VALUES (2, ''), (3, repeat('tab	and line', 20000));
            UPDATE TABLE SET yes = false, price = -0.01 WHERE id = 1;
            UPDATE TABLE SET big = 7 WHERE id = 3;
            UPDATE TABLE SET id = 30 WHERE id = 3;
            DELETE FROM TABLE WHERE id = 2";
        scene.run(&life.replace("TABLE", table)).await;
        let many = format!(
            "INSERT INTO {table} (id, name) SELECT n, 'n' || n FROM generate_series(100, 3000) n; \
             SAVEPOINT one; DELETE FROM {table} WHERE id < 200; ROLLBACK TO one; \
             UPDATE {table} SET mail = 'x' WHERE id = 100"
        );
        scene.transaction(&many).await;
        scene.run(&format!("TRUNCATE {table}")).await;
    }
    let ours = scene.transcript().await.ours.into_iter();
    let ours: Vec<Changes> =
        ours.map(|it| (it.xid, it.changes.into_iter().map(comparable).collect())).collect();
    let theirs = wal2json(&scene).await;
    scene.run("SELECT pg_drop_replication_slot('with_wal2json')").await;
    for (own, other) in ours.iter().zip(&theirs) {
        assert_eq!(own.0, other.0);
        let differing = own.1.iter().zip(&other.1).find(|(own, other)| own != other);
        assert_eq!((differing, own.1.len()), (None, other.1.len()));
    }
    assert_eq!(ours.len(), theirs.len());
    assert!(ours.len() > 15, "{}", ours.len());
    scene.leave().await;
}

/// Values of an extension's types, by the copy and by the stream, as `test_decoding` tells them.
async fn types_of(extension: &str, database: &str, columns: &str, rows: &[&str]) {
    let mut scene = Scene::new(Server::Installed, database).await;
    let there = "SELECT FROM pg_available_extensions WHERE name = $1::text";
    if scene.admin.query(there, &[&extension]).await.unwrap().is_empty() {
        eprintln!("skipped: the extension {extension} is not installed beside the server");
        return scene.leave().await;
    }
    scene.run(&format!("CREATE EXTENSION {extension}")).await;
    scene.run(&format!("CREATE TABLE crm.odd (id int PRIMARY KEY, {columns})")).await;
    scene.run("ALTER TABLE crm.odd REPLICA IDENTITY FULL").await;
    for (id, row) in rows.iter().enumerate() {
        scene.run(&format!("INSERT INTO crm.odd VALUES ({id}, {row})")).await;
    }
    scene.follow().await;
    for (id, row) in rows.iter().enumerate() {
        scene.run(&format!("INSERT INTO crm.odd VALUES (100 + {id}, {row})")).await;
    }
    scene.run("UPDATE crm.odd SET id = id + 1000; DELETE FROM crm.odd WHERE id = 1000").await;
    let transcript = scene.agree(everything).await;
    let odd = TableName::new("crm", "odd");
    let content = |told: &Told| told.new.as_ref().map(|row| row[1..].to_vec());
    let copied: Vec<_> =
        transcript.copied.iter().filter(|it| it.table == odd).map(content).collect();
    let inserted = |it: &&Told| it.table == odd && it.kind == OperationKind::Insert;
    let streamed: Vec<_> = transcript.changes().filter(inserted).map(content).collect();
    assert_eq!(copied.len(), rows.len());
    assert_eq!(copied, streamed);
    scene.leave().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn vectors_are_told_as_they_are() {
    let rows = ["'[1,2.5,-3e-7]', '[0,0,1]'", "NULL, '[3.4028235e38,-1,0.1]'"];
    types_of("vector", "with_vectors", "v vector(3), w vector", &rows).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn places_on_the_map_are_told_as_they_are() {
    let rows = [
        "'SRID=4326;POINT(13.4050000001 52.52)', 'POINT(2 48)'",
        "'POLYGON((0 0,0 1,1 1,0 0))', NULL",
        "'GEOMETRYCOLLECTION EMPTY', 'SRID=4326;LINESTRING(0 0,1 1)'",
    ];
    types_of("postgis", "with_places", "g geometry, h geography", &rows).await;
}
