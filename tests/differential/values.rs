//! The text of every value is the server's own, in the initial copy and in the stream.

use std::collections::BTreeMap;

use lawtail::model::OperationKind;

use crate::scene::{Scene, everything};
use crate::servers::Server;
use crate::told::{Cell, Told};

/// Types that a test makes for itself.
const TYPES: &str = r#"
    CREATE EXTENSION hstore;
    CREATE EXTENSION citext;
    CREATE EXTENSION ltree;
    CREATE TYPE crm.mood AS ENUM ('sad', 'it''s ok', 'tab	and \ and "', 'größer');
    CREATE TYPE crm."Odd ] [Type" AS (a int, "b c" text, d date[]);
    CREATE TYPE crm.nested AS (inside crm."Odd ] [Type", m crm.mood);
    CREATE DOMAIN crm.email AS text CHECK (VALUE LIKE '%@%');
    CREATE DOMAIN crm.flag AS boolean;
    CREATE DOMAIN crm.amount AS numeric(12,2);
    CREATE DOMAIN crm.many AS int[];
    CREATE TYPE crm.textrange AS RANGE (subtype = text, multirange_type_name = crm.textmultirange)
"#;

/// Each line: a type, then its values as SQL expressions of it.
const VALUES: &str = include_str!("values.txt");

/// Settings under which values have another text. They belong to the database; lawtail's sessions
/// have their own.
const ELSEWHERE: &str = "
    ALTER DATABASE CURRENT SET datestyle = 'German, DMY';
    ALTER DATABASE CURRENT SET intervalstyle = 'iso_8601';
    ALTER DATABASE CURRENT SET timezone = 'Pacific/Chatham';
    ALTER DATABASE CURRENT SET extra_float_digits = -5;
    ALTER DATABASE CURRENT SET bytea_output = 'escape'
";

struct Case {
    table: String,
    data_type: &'static str,
    values: Vec<&'static str>,
}

fn cases() -> Vec<Case> {
    let lines = VALUES.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let case = |(number, line): (usize, &'static str)| {
        let (data_type, values) = line.split_once(": ").expect("a type and its values");
        Case {
            table: format!("v{number}"),
            data_type,
            values: values.split(" ¦ ").chain(["NULL"]).collect(),
        }
    };
    lines.enumerate().map(case).collect()
}

/// Statements that put every value into its table, with ids from `first` on.
fn inserts(cases: &[Case], first: usize) -> String {
    let mut statements = String::new();
    for Case { table, data_type, values } in cases {
        for (number, value) in values.iter().enumerate() {
            let id = first + number;
            let insert =
                format!("INSERT INTO crm.{table} VALUES ({id}, ({value})::{data_type});\n");
            statements.push_str(&insert);
        }
    }
    statements
}

async fn every_value_has_the_servers_own_text_in_copy_and_stream(server: Server) {
    let mut scene = Scene::new(server, "every_value").await;
    scene.run(&ELSEWHERE.replace("CURRENT", "every_value")).await;
    scene.run(TYPES).await;
    let cases = cases();
    for Case { table, data_type, .. } in &cases {
        scene.run(&format!("CREATE TABLE crm.{table} (id int PRIMARY KEY, v {data_type})")).await;
        scene.run(&format!("ALTER TABLE crm.{table} REPLICA IDENTITY FULL")).await;
    }
    scene.run(&inserts(&cases, 0)).await;
    scene.follow().await;
    scene.transaction(&inserts(&cases, 1000)).await;
    for Case { table, .. } in &cases {
        let first = "(SELECT v FROM crm.TABLE WHERE id = 0)".replace("TABLE", table);
        scene.run(&format!("UPDATE crm.{table} SET v = {first} WHERE id >= 1001")).await;
        scene.run(&format!("UPDATE crm.{table} SET id = -id WHERE id > 0")).await;
        scene.run(&format!("DELETE FROM crm.{table} WHERE id = -1000")).await;
    }
    let transcript = scene.agree(everything).await;

    let values = |rows: &mut dyn Iterator<Item = &Told>, first: usize| {
        let value = |row: &Told| {
            let [(_, Cell::Text(id)), (_, value)] = row.new.as_deref()? else { return None };
            let id: usize = std::str::from_utf8(id).ok()?.parse().ok()?;
            Some(((row.table.name.to_string(), id - first), value.clone()))
        };
        rows.filter_map(value).collect::<BTreeMap<(String, usize), Cell>>()
    };
    let copied = values(&mut transcript.copied.iter(), 0);
    let inserts = transcript.changes().filter(|told| told.kind == OperationKind::Insert);
    let streamed = values(&mut inserts.filter(|told| &*told.table.schema == "crm"), 1000);
    assert_eq!(copied.len(), cases.iter().map(|case| case.values.len()).sum::<usize>());
    for (case, value) in &copied {
        assert_eq!(Some(value), streamed.get(case), "copy and stream of {case:?}");
    }
    assert_eq!(copied.len(), streamed.len());
    scene.leave().await;
}

async fn a_database_in_another_encoding_is_told_in_utf_8(server: Server) {
    let options = "ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0";
    let mut scene = Scene::bare(server, "latin1", options).await;
    scene
        .run("CREATE SCHEMA crm; CREATE TABLE crm.\"größe\" (id int PRIMARY KEY, \"öre\" text)")
        .await;
    scene.run("CREATE PUBLICATION lawtail FOR TABLE crm.\"größe\"").await;
    scene.fence_in().await;
    scene.run("INSERT INTO crm.\"größe\" VALUES (1, 'Ærøskøbing ÿ\u{a0}')").await;
    scene.follow().await;
    scene.run("INSERT INTO crm.\"größe\" VALUES (2, 'Ærøskøbing ÿ\u{a0}')").await;
    let transcript = scene.agree(everything).await;
    let streamed = transcript.changes().next().unwrap();
    let name = &streamed.new.as_ref().unwrap()[1];
    assert_eq!(*name, ("öre".to_owned(), Cell::text("Ærøskøbing ÿ\u{a0}")));
    assert_eq!(transcript.copied[0].new.as_ref().unwrap()[1], *name);
    assert_eq!(transcript.copied[0].table, streamed.table);
    scene.leave().await;
}

/// `SQL_ASCII` means that nobody knows the encoding. Text that happens to be UTF-8 comes as it is, and
/// so do other bytes, which the oracle's session would be refused.
async fn bytes_of_no_known_encoding_come_as_they_are_and_never_as_other_text(server: Server) {
    let options = "ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0";
    let mut scene = Scene::bare(server, "sql_ascii", options).await;
    scene.run("CREATE SCHEMA crm; CREATE TABLE crm.notes (id int PRIMARY KEY, v text)").await;
    scene.run("CREATE PUBLICATION lawtail FOR TABLE crm.notes").await;
    scene.fence_in().await;
    scene.run("INSERT INTO crm.notes VALUES (1, 'größe')").await;
    scene.follow().await;
    scene.run("INSERT INTO crm.notes VALUES (2, 'größe')").await;
    let transcript = scene.agree(everything).await;
    let streamed = transcript.changes().next().unwrap();
    assert_eq!(streamed.new.as_ref().unwrap()[1].1, Cell::text("größe"));
    assert_eq!(transcript.copied[0].new.as_ref().unwrap()[1].1, Cell::text("größe"));
    scene.run("INSERT INTO crm.notes VALUES (3, E'secret \\xff')").await;
    let odd = Cell::Text(b"secret \xff".to_vec());
    let streamed = scene.transcript().await.ours;
    let streamed = streamed.iter().flat_map(|it| &it.changes).filter_map(|it| it.new.as_ref());
    assert!(streamed.into_iter().any(|row| row.get(1).is_some_and(|(_, cell)| *cell == odd)));
    let copied = scene.copy().await;
    let copied = copied.iter().filter_map(|it| it.new.as_ref());
    assert!(copied.into_iter().any(|row| row.get(1).is_some_and(|(_, cell)| *cell == odd)));
    scene.leave().await;
}

mod tests {
    crate::servers::on_every_version! {
        every_value_has_the_servers_own_text_in_copy_and_stream
        a_database_in_another_encoding_is_told_in_utf_8
        bytes_of_no_known_encoding_come_as_they_are_and_never_as_other_text
    }
}
