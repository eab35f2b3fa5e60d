//! How well the columns of databases with rows are classified, through `lawtail scan` itself. Prints the
//! figures of `docs/classification.md`: `cargo test --test scan populated -- --nocapture`.
//!
//! In the files beside this one a column's label stands at the end of its line in CREATE TABLE; none means
//! that it is not personal, `?` that people may differ, `*` any category. `-- at table.column path label`
//! labels a path of a column of JSON or an array, of which the paths are counted and not the whole.

use std::collections::BTreeMap;

use lawtail::model::Category;
use serde_json::Value;

use super::{cluster, connect, scan};

/// A column: its label, and whether its values are put together of others.
type Columns = BTreeMap<(String, String), (String, bool)>;

/// Paths and their labels.
type Paths = BTreeMap<(String, String, String), String>;

fn labels(text: &str) -> (Columns, Paths) {
    let (mut columns, mut paths) = (Columns::new(), Paths::new());
    let mut table: Option<String> = None;
    for line in text.lines() {
        if let Some(place) = line.strip_prefix("-- at ") {
            let parts: Vec<&str> = place.split_whitespace().collect();
            let [place, path, label] = parts.as_slice() else { panic!("not a path: {line}") };
            let (table, column) = place.split_once('.').expect("a table and its column");
            paths.insert((table.into(), column.into(), (*path).into()), checked(label));
        } else if let Some(name) = line.strip_prefix("CREATE TABLE ") {
            table = Some(name.trim_end_matches(" (").replace('"', ""));
        } else if line.starts_with(')') {
            table = None;
        } else if let Some(table) = &table {
            let (column, label) = line.split_once(" -- ").unwrap_or((line, "-"));
            let name = column.split_whitespace().next().expect("a column").replace('"', "");
            let parted = column.contains(" jsonb") || column.contains("[]");
            columns.insert((table.clone(), name), (checked(label), parted));
        }
    }
    (columns, paths)
}

fn checked(label: &str) -> String {
    let label = label.trim();
    let known = Category::from_key(label).is_some() || matches!(label, "-" | "?" | "*");
    assert!(known, "unknown label {label}");
    label.to_owned()
}

/// Found and meant, found and not meant, meant and not found, of so many with the same category.
#[derive(Default)]
struct Score {
    columns: u32,
    right: u32,
    wrong: u32,
    missed: u32,
    same: u32,
}

impl Score {
    fn precision(&self) -> f64 {
        f64::from(self.right) / f64::from(self.right + self.wrong)
    }

    fn recall(&self) -> f64 {
        f64::from(self.right) / f64::from(self.right + self.missed)
    }

    fn f1(&self) -> f64 {
        f64::from(2 * self.right) / f64::from(2 * self.right + self.wrong + self.missed)
    }

    fn count(&mut self, label: &str, found: &str, of: &Value) {
        // Keys of people are reported apart, as in `tests/classification.rs`.
        let personal = |category: &str| !matches!(category, "-" | "user.unique_id");
        let same = label == found || label == "*" && personal(found);
        self.columns += 1;
        match (personal(label), personal(found)) {
            (true, true) => (self.right, self.same) = (self.right + 1, self.same + u32::from(same)),
            (false, true) => self.wrong += 1,
            (true, false) => self.missed += 1,
            (false, false) => {}
        }
        if !same {
            let kind = if personal(label) == personal(found) { "category" } else { "PERSONAL" };
            let place = format!("{}.{} {}", of["table"], of["column"], of["path"]);
            println!("{kind} {place}: {found}, labelled {label}: {}", of["why"]);
        }
    }
}

/// Scans every database of a folder.
async fn evaluate(folder: &str) -> Score {
    let base = format!("{}/tests/populated", env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| std::fs::read_to_string(path).expect("readable");
    let prelude = read(&format!("{base}/prelude.sql"));
    let entries = std::fs::read_dir(format!("{base}/{folder}")).expect("the folder is there");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("readable").path()).collect();
    files.sort();
    let mut score = Score::default();
    for file in files {
        let text = read(&file.to_string_lossy());
        let name = format!("{folder}_{}", file.file_stem().expect("a name").to_string_lossy());
        let server = connect("postgres").await;
        server.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
        let client = connect(&name).await;
        client.batch_execute(&prelude).await.unwrap();
        client.batch_execute(&text).await.unwrap();
        let url = cluster().url(&name);
        let output = scan(&["--database-url", &url, "--format", "json"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let found: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
        let (columns, paths) = labels(&text);
        for entry in &found {
            let text = |key: &str| entry[key].as_str().unwrap_or("-").to_owned();
            let (label, parted) = &columns[&(text("table"), text("column"))];
            let label = match (parted, entry["path"].as_str()) {
                (true, None) => continue,
                (_, Some(path)) => {
                    let place = (text("table"), text("column"), path.to_owned());
                    paths.get(&place).map_or("-", String::as_str)
                }
                (false, None) => label,
            };
            if label != "?" {
                score.count(label, &text("category"), entry);
            }
        }
    }
    let (precision, recall) = (score.precision(), score.recall());
    println!(
        "{folder}: {} columns and paths: precision {precision:.3} recall {recall:.3} F1 {:.3}; \
         same category: {} of {}",
        score.columns,
        score.f1(),
        score.same,
        score.right,
    );
    score
}

/// The folders were labelled before anything was run on them, one after the other; each was scored before
/// anything was changed for it.
#[tokio::test]
async fn populated_databases_in_many_languages_are_told() {
    for folder in ["first", "second", "third", "fourth"] {
        let score = evaluate(folder).await;
        assert!(score.precision() >= 0.97, "{folder}: precision {:.3}", score.precision());
        assert!(score.f1() >= 0.97, "{folder}: F1 {:.3}", score.f1());
    }
}
