//! Schema changes as the event triggers of `deploy/sql/event-triggers.sql` report them.
//!
//! Anybody who may connect to the CRM's database can send such a message, so nothing in it is
//! trusted: what is counted and logged is known beforehand or looks like the name of an object.

use serde::Deserialize;
use tracing::info;

use super::monitor::Monitor;
use crate::model::{Batch, Event, Lsn, Message};

/// Prefix of the messages.
pub const PREFIX: &str = "lawtail.ddl";

/// The label of a command that is not among [`COMMANDS`].
const OTHER: &str = "other";

/// Commands that change what the change stream can show; "drop" and "rewrite" stand for the other
/// two events, whose command the server does not tell object by object.
const COMMANDS: [&str; 22] = [
    "ALTER PUBLICATION",
    "ALTER SCHEMA",
    "ALTER TABLE",
    "ALTER TRIGGER",
    "ALTER TYPE",
    "CREATE FUNCTION",
    "CREATE INDEX",
    "CREATE POLICY",
    "CREATE PUBLICATION",
    "CREATE RULE",
    "CREATE SCHEMA",
    "CREATE SEQUENCE",
    "CREATE TABLE",
    "CREATE TABLE AS",
    "CREATE TRIGGER",
    "CREATE TYPE",
    "CREATE VIEW",
    "GRANT",
    "REVOKE",
    "SELECT INTO",
    "drop",
    "rewrite",
];

/// What a message says; other fields are ignored.
#[derive(Deserialize)]
struct Report {
    command: Option<String>,
    object: Option<String>,
    identity: Option<String>,
    persistence: Option<String>,
    user: Option<String>,
}

/// Counts and logs the reports of a batch, as far as they are new: what ended before `decided` was
/// reported before. After a lost connection a report may be counted twice.
pub fn report(batch: &Batch, decided: Lsn, monitor: &Monitor) {
    // A batch that begins within a transaction continues one that is not decided yet.
    let mut known = false;
    for event in &batch.events {
        match event {
            Event::Begin(begin) => known = begin.commit < decided,
            Event::Message(message) if message.prefix == PREFIX && !known => {
                monitor.schema_changed(told(message));
            }
            _ => {}
        }
    }
}

/// Logs a report and returns its label.
fn told(message: &Message) -> &'static str {
    let Ok(report) = serde_json::from_slice::<Report>(&message.content) else {
        info!("a schema change that cannot be read");
        return OTHER;
    };
    let command = known_command(report.command.as_deref().unwrap_or(""));
    info!(
        command,
        object = name(&report.object),
        identity = name(&report.identity),
        persistence = name(&report.persistence),
        user = name(&report.user),
        "schema change"
    );
    command
}

fn known_command(command: &str) -> &'static str {
    COMMANDS.into_iter().find(|known| *known == command).unwrap_or(OTHER)
}

/// The text, if it has the form of a name; otherwise nothing, since it may be anything.
fn name(text: &Option<String>) -> Option<&str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
    let begins = |part: &str| part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let named = |text: &str| text.chars().all(plain) && text.split('.').all(begins);
    text.as_deref().filter(|text| text.len() <= 128 && named(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(content: &str) -> Message {
        Message { prefix: PREFIX.into(), content: content.to_owned().into() }
    }

    #[test]
    fn labels_are_known_beforehand() {
        assert_eq!(
            told(&message(r#"{"command":"ALTER TABLE","identity":"crm.a"}"#)),
            "ALTER TABLE"
        );
        assert_eq!(told(&message(r#"{"command":"ada@example.org"}"#)), OTHER);
        assert_eq!(told(&message(r#"{"command":"GRANT","identity":null}"#)), "GRANT");
        assert_eq!(told(&message("not json")), OTHER);
        assert_eq!(told(&message(r#"{"command":7}"#)), OTHER);
    }

    #[test]
    fn what_does_not_look_like_a_name_is_not_repeated() {
        assert_eq!(name(&Some("crm.contacts_2".into())), Some("crm.contacts_2"));
        for text in [
            "ada@example.org",
            "Ada Lovelace",
            "+49 30 1234",
            "0301234567",
            "crm.19800131",
            "a\nb",
            &"x".repeat(129),
        ] {
            assert_eq!(name(&Some(text.into())), None);
        }
    }
}
