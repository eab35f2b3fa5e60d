//! What a person watching the demonstration sees. Colour only on a terminal that wants it.

use std::time::Duration;

use anstream::println;
use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressStyle};

use super::scoreboard::{Score, Scoreboard};
use super::sighting::{Kind, Sighting};
use crate::model::Severity;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();

/// A heading.
pub fn heading(text: &str) {
    println!("{BOLD}{text}{BOLD:#}");
}

/// A fact about the surroundings: `PostgreSQL   port 40123`.
pub fn fact(name: &str, text: &str) {
    println!("  {DIM}{name:<12}{DIM:#} {text}");
}

/// Names of the columns of [`sighting`].
pub fn sightings_heading() {
    println!();
    println!("{DIM}{:<8}  {:<8}  {:<7}  {:<16}  why{DIM:#}", "time", "severity", "code", "about");
}

/// One finding or incident on one line.
pub fn sighting(sighting: &Sighting) {
    let colour = colour(sighting.severity);
    let time = sighting.time.get(11..19).unwrap_or("");
    let severity = sighting.severity.name();
    let severity = if severity.len() > 8 { "Info" } else { severity };
    println!(
        "{DIM}{time}{DIM:#}  {colour}{severity:<8}  {}{colour:#}  {BOLD}{:<16}{BOLD:#}  {}{}  \
         {DIM}{}{DIM:#}",
        sighting.code.to_string() + &" ".repeat(7 - sighting.code.text().len().min(7)),
        about(sighting),
        sighting.message,
        clock(sighting),
        sighting.article,
    );
}

/// The pseudonym of the person, shortened, or the table.
fn about(sighting: &Sighting) -> String {
    let table = || sighting.tables.first().map(|table| table.name.to_string());
    match (sighting.kind, sighting.subject) {
        (Kind::Incident, _) | (_, None) => table().unwrap_or_default(),
        (_, Some(subject)) => subject.to_string()[..12].to_string(),
    }
}

/// The 72 hours of an incident: `; notify by 2026-02-03 10:00 UTC (72 h)`.
fn clock(sighting: &Sighting) -> String {
    let minutes = sighting.deadline.as_deref().and_then(|deadline| deadline.get(..16));
    minutes.map_or(String::new(), |minutes| {
        format!("; notify by {} UTC (72 h)", minutes.replace('T', " "))
    })
}

fn colour(severity: Severity) -> Style {
    match severity {
        Severity::Critical => BAD,
        Severity::High => AnsiColor::Red.on_default(),
        Severity::Medium => AnsiColor::Yellow.on_default(),
        Severity::Low => AnsiColor::Cyan.on_default(),
        Severity::Informational => AnsiColor::Blue.on_default(),
    }
}

/// The bar of the initial copy, on the standard error and only on a terminal.
pub fn copy_bar(rows: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("  initial copy {bar:32} {pos}/{len} rows {elapsed}");
    let bar = ProgressBar::new(rows);
    bar.set_style(style.expect("the template is well formed"));
    bar
}

/// Seeded against found.
pub fn table(board: &Scoreboard) {
    println!();
    println!(
        "{BOLD}{:<8}{:>8}{:>8}{:>8}{:>12}{:>16}{BOLD:#}",
        "code", "seeded", "found", "missed", "unexpected", "median latency"
    );
    for (code, score) in &board.0 {
        row(code.text(), score);
    }
    let total = board.total();
    row("total", &total);
    let style = if total.unexpected == 0 { GOOD } else { BAD };
    println!();
    println!("{style}findings on clean traffic: {}{style:#}", total.unexpected);
}

fn row(name: &str, score: &Score) {
    let wrong = |number: usize| if number == 0 { Style::new() } else { BAD };
    let (missed, unexpected) = (wrong(score.missed()), wrong(score.unexpected));
    println!(
        "{name:<8}{:>8}{:>8}{missed}{:>8}{missed:#}{unexpected}{:>12}{unexpected:#}{:>16}",
        score.seeded,
        score.found,
        score.missed(),
        score.unexpected,
        score.median().map_or("-".to_string(), seconds),
    );
}

fn seconds(duration: Duration) -> String {
    format!("{}.{:02} s", duration.as_secs(), duration.subsec_millis() / 10)
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::model::{Code, Reference, TableName};

    fn incident() -> Sighting {
        Sighting {
            kind: Kind::Incident,
            id: String::new(),
            code: Code::SEC_002,
            severity: Severity::High,
            subject: None,
            tables: vec![TableName::new("crm", "contacts")],
            message: String::new(),
            article: String::new(),
            time: "2026-01-31T10:00:00Z".to_string(),
            deadline: Some("2026-02-03T10:00:00.5Z".to_string()),
            seen: Instant::now(),
        }
    }

    #[test]
    fn an_incident_shows_its_table_and_its_clock() {
        assert_eq!(about(&incident()), "contacts");
        assert_eq!(clock(&incident()), "; notify by 2026-02-03 10:00 UTC (72 h)");
    }

    #[test]
    fn a_finding_shows_a_shortened_pseudonym() {
        let subject = Some(Reference([0xA5; 16]));
        let finding = Sighting { kind: Kind::Finding, subject, deadline: None, ..incident() };
        assert_eq!(about(&finding), "a5a5a5a5a5a5");
        assert_eq!(clock(&finding), "");
    }

    #[test]
    fn latencies_are_shown_in_hundredths_of_a_second() {
        assert_eq!(seconds(Duration::from_millis(5_049)), "5.04 s");
    }
}
