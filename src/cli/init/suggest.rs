//! What columns may mean beyond whose data they hold: comments for a person to decide on. Nothing
//! here is in force.

use std::fmt::Write;

use super::draft::quoted;
use super::words::{self, Says};
use crate::model::{Column, Table};

/// Object identifier of `bool` in `pg_type.dat`.
const BOOL: u32 = 16;

/// Of `date`, `timestamp` and `timestamptz`.
const DATE: u32 = 1082;
const TIMESTAMP: u32 = 1114;
const TIMESTAMPTZ: u32 = 1184;

/// Writes what may be said of the table, as comments.
pub fn suggestions(table: &Table, points: &[(&str, &str)], text: &mut String) {
    test_rows(table, text);
    let mut is_flagged = false;
    for column in table.columns.iter().filter(|column| !is_moment(column)) {
        let Some(says) = words::says(&column.name) else { continue };
        let name = quoted(&column.name);
        match says {
            Says::Restricted => restriction(&name, column, text),
            Says::NoProfiling => objection(&name, column, text),
            Says::No | Says::Yes => {
                is_flagged = true;
                let labels = labels(table, &column.name);
                permission(&name, says == Says::No, column.type_oid == BOOL, &labels, text);
            }
        }
    }
    let name = &table.name.name;
    let own_state = table.columns.iter().find(|column| words::is_state(&column.name));
    if !is_flagged
        && matches!(words::says(name), Some(Says::No | Says::Yes))
        && let Some(state) = own_state
    {
        permission(&quoted(&state.name), false, false, &labels(table, &state.name), text);
    }
    let table_name = words::folded(name);
    if table_name.contains("basis") || table_name.contains("bases") {
        text.push_str(
            "    # confirm: do these rows record why the data may be processed?\n    \
             # basis: {purpose: …, basis: …}\n",
        );
    }
    if words::are_requests(name) {
        text.push_str(
            "    # confirm: are these rows requests of data subjects?\n    \
             # request: {kind: …, fulfilled: […]}\n",
        );
    }
    if words::are_messages(name) {
        activity(table, points, own_state, text);
    }
}

/// Rows that may be messages, with what is known of where they went and in which state they are.
fn activity(table: &Table, points: &[(&str, &str)], state: Option<&Column>, text: &mut String) {
    let (channel, address) = match points {
        [(channel, column)] => (*channel, quoted(column)),
        _ => ("…", "…".to_owned()),
    };
    let when = state.map_or("…".to_owned(), |state| {
        let labels = labels(table, &state.name);
        let labels: Vec<String> = labels.iter().map(|label| quoted(label)).collect();
        let labels = if labels.is_empty() { "…".to_owned() } else { labels.join(", ") };
        format!("{{column: {}, in: [{labels}]}}", quoted(&state.name))
    });
    text.push_str(
        "    # confirm: are these rows messages or calls, and which of them took place?\n",
    );
    let _ = writeln!(
        text,
        "    # activity: {{channel: {channel}, purpose: …, address: {address}, when: [{when}]}}"
    );
}

fn test_rows(table: &Table, text: &mut String) {
    let is_test =
        |name: &str| ["istest", "test", "isdemo", "demo"].contains(&words::folded(name).as_str());
    let mut columns = table.columns.iter().filter(|column| column.type_oid == BOOL);
    if let Some(column) = columns.find(|column| is_test(&column.name)) {
        let name = quoted(&column.name);
        text.push_str("    # confirm: are rows with this flag no people?\n");
        let _ = writeln!(text, "    # test_rows: [{{column: {name}, in: [true]}}]");
    }
}

/// Whether a column says when something was, and not what.
fn is_moment(column: &Column) -> bool {
    [DATE, TIMESTAMP, TIMESTAMPTZ].contains(&column.type_oid)
}

/// A condition under which a column says "yes".
fn set(name: &str, column: &Column) -> String {
    let value = if column.type_oid == BOOL { "true" } else { "…" };
    format!("[{{column: {name}, in: [{value}]}}]")
}

/// Data that may only be stored is no refusal of messages: it forbids much more.
fn restriction(name: &str, column: &Column, text: &mut String) {
    let condition = set(name, column);
    let _ =
        writeln!(text, "    # confirm: does {name} say that data may only be stored (Art. 18)?");
    let _ = writeln!(text, "    # restricted: {condition}");
}

/// An objection to profiling says nothing of messages (Art. 21).
fn objection(name: &str, column: &Column, text: &mut String) {
    let condition = set(name, column);
    let _ = writeln!(
        text,
        "    # confirm: does {name} object to profiling (Art. 21), and which columns hold"
    );
    let _ = writeln!(text, "    # the result of profiling?");
    let _ = writeln!(text, "    # profiling: {{columns: […], objected: {condition}}}");
}

/// A permission that a column may record.
fn permission(name: &str, refuses: bool, boolean: bool, labels: &[String], text: &mut String) {
    let values = match (boolean, refuses) {
        (true, true) => "{true: opted_out, false: unknown}".to_owned(),
        (true, false) => "{true: given, false: unknown}".to_owned(),
        (false, _) if labels.is_empty() => "{…: …}".to_owned(),
        (false, _) => {
            let pairs: Vec<String> =
                labels.iter().map(|label| format!("{}: …", quoted(label))).collect();
            format!("{{{}}}", pairs.join(", "))
        }
    };
    let _ = writeln!(text, "    # confirm: does {name} record whether a message may be sent?");
    text.push_str("    # permissions:\n");
    let _ = writeln!(text, "    #   - channel: …");
    let _ = writeln!(text, "    #     status: {{column: {name}, values: {values}}}");
}

/// The texts that the schema itself allows.
pub(super) fn labels(table: &Table, column: &str) -> Vec<String> {
    table.facts.columns.get(column).map(|facts| facts.allowed.clone()).unwrap_or_default()
}
