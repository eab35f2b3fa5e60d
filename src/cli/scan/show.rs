//! The data map as a table and as JSON. Names come from the database, so they are shown without
//! characters that a terminal would obey.

use std::io::{self, BufWriter, Write};

use serde::Serialize;

use crate::cli::faults::{FAINT, STRONG};
use crate::model::{Category, ColumnVerdict, Sensitivity};
use crate::shell::source::postgres::{Found, Scanned};

/// One column, or one path within its values.
#[derive(Serialize)]
struct Entry<'a> {
    schema: &'a str,
    table: &'a str,
    column: &'a str,
    path: Option<&'a str>,
    category: Option<Category>,
    sensitivity: Option<Sensitivity>,
    confidence: f64,
    why: &'a str,
}

impl<'a> Entry<'a> {
    fn new(
        scanned: &'a Scanned,
        column: usize,
        path: Option<&'a str>,
        verdict: &'a ColumnVerdict,
    ) -> Self {
        Entry {
            schema: &scanned.table.name.schema,
            table: &scanned.table.name.name,
            column: &scanned.table.columns[column].name,
            path,
            category: verdict.category,
            sensitivity: verdict.sensitivity(),
            confidence: f64::from(verdict.confidence) / 1000.0,
            why: &verdict.why,
        }
    }
}

/// Every column of a table in its order, each followed by its paths.
fn entries(scanned: &Scanned) -> impl Iterator<Item = Entry<'_>> {
    let columns = scanned.profile.verdicts().iter().enumerate();
    columns.flat_map(move |(column, verdict)| {
        let paths = scanned.profile.paths(column);
        let paths = paths.map(move |(path, verdict)| (Some(path), verdict));
        std::iter::once((None, verdict))
            .chain(paths)
            .map(move |(path, verdict)| Entry::new(scanned, column, path, verdict))
    })
}

/// One JSON array.
pub fn json(found: &Found) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    let entries: Vec<Entry<'_>> = found.tables.iter().flat_map(entries).collect();
    serde_json::to_writer_pretty(&mut out, &entries)?;
    writeln!(out)?;
    out.flush()
}

/// Table by table, for people.
pub fn table(found: &Found) -> io::Result<()> {
    let (strong, faint) = (STRONG, FAINT);
    let mut out = anstream::AutoStream::auto(io::stdout().lock());
    for scanned in &found.tables {
        let name = shown(&scanned.table.name.to_string());
        let rows = scanned.profile.sampled();
        let role = scanned.profile.role();
        writeln!(out, "{strong}{name}{strong:#}  {faint}{}, {rows} rows{faint:#}", role.words())?;
        let entries: Vec<Entry<'_>> = entries(scanned).collect();
        let place = |entry: &Entry<'_>| match entry.path {
            Some(path) => format!("  {}", shown(path)),
            None => shown(entry.column),
        };
        let width = entries.iter().map(|entry| place(entry).chars().count()).max().unwrap_or(0);
        for entry in &entries {
            let category = entry.category.map_or("-", Category::key);
            let sensitivity = match entry.sensitivity {
                None => "-",
                Some(Sensitivity::Ordinary) => "ordinary",
                Some(Sensitivity::Special) => "special",
                Some(Sensitivity::Criminal) => "criminal",
            };
            let (place, why) = (place(entry), shown(entry.why));
            let confidence = entry.confidence;
            writeln!(
                out,
                "  {place:width$}  {category:34}  {sensitivity:8}  {confidence:.2}  {faint}{why}{faint:#}"
            )?;
        }
        writeln!(out)?;
    }
    out.flush()
}

/// Says on standard error which tables' rows were not looked at.
pub fn skipped(found: &Found) {
    for skipped in &found.skipped {
        let (table, reason) = (shown(&skipped.table.to_string()), shown(&skipped.reason));
        match skipped.judged {
            true => anstream::eprintln!("{table}: judged by names and types alone: {reason}"),
            false => anstream::eprintln!("{table}: left out: {reason}"),
        }
    }
}

/// A name from the database without characters that a terminal would obey.
pub fn shown(text: &str) -> String {
    let safe = |letter: char| if letter.is_control() { '\u{FFFD}' } else { letter };
    text.chars().map(safe).collect()
}
