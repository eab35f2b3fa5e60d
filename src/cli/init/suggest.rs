//! What columns may mean beyond whose data they hold: comments for a person to decide on. Nothing
//! here is in force.

use std::fmt::Write;

use super::draft::quoted;
use super::wishes::{self, Says};
use super::words;
use crate::model::{Column, Table};

/// Object identifier of `bool` in `pg_type.dat`.
const BOOL: u32 = 16;

/// Of `int2` and `bpchar`, in which older systems keep a yes or no.
const INT2: u32 = 21;
const BPCHAR: u32 = 1042;

/// Of `date`, `timestamp` and `timestamptz`.
const DATE: u32 = 1082;
const TIMESTAMP: u32 = 1114;
const TIMESTAMPTZ: u32 = 1184;

/// Writes what may be said of the table, as comments.
pub fn suggestions(table: &Table, points: &[(&str, &str)], text: &mut String) {
    test_rows(table, text);
    let mut flags = Vec::new();
    for column in table.columns.iter().filter(|column| !is_moment(column)) {
        let Some(says) = says(table, column) else { continue };
        let name = quoted(&column.name);
        match says {
            Says::Restricted => restriction(&name, column, text),
            Says::NoProfiling => objection(&name, column, text),
            Says::No | Says::Yes => flags.push((column, says == Says::No)),
        }
    }
    let name = &table.name.name;
    let own_state = table.columns.iter().find(|column| words::is_state(&column.name));
    if flags.is_empty() && wishes::are_wishes(name) {
        flags.extend(own_state.map(|state| (state, false)));
    }
    permissions(table, &flags, text);
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

/// What a column says of a person's wishes; a flag says it by less. Of texts of a fixed length it is not known
/// whether more than one letter fits: `kontakt_email` may be an address.
pub(super) fn says(table: &Table, column: &Column) -> Option<Says> {
    let name = &column.name;
    let has_labels = !labels(table, name).is_empty() && !words::is_kind(name);
    let is_flag = match column.type_oid {
        BOOL | INT2 => true,
        BPCHAR => has_labels || !wishes::names_contact(name),
        _ => has_labels,
    };
    if is_flag { wishes::flag_says(name) } else { wishes::says(name) }
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

/// The permissions that columns may record, each with whether it is a refusal: one list for the table.
fn permissions(table: &Table, flags: &[(&Column, bool)], text: &mut String) {
    let names: Vec<String> = flags.iter().map(|(column, _)| quoted(&column.name)).collect();
    let _ = match &names[..] {
        [] => return,
        [name] => {
            writeln!(text, "    # confirm: does {name} record whether a message may be sent?")
        }
        names => {
            let names = names.join(", ");
            writeln!(text, "    # confirm: do {names} record whether a message may be sent?")
        }
    };
    text.push_str("    # permissions:\n");
    for (column, refuses) in flags {
        let (name, channel) = (quoted(&column.name), channel(table, column));
        let values = values(table, column, *refuses);
        let _ = writeln!(text, "    #   - channel: {channel}");
        let _ = writeln!(text, "    #     status: {{column: {name}, values: {values}}}");
    }
}

/// What the values of such a column may mean.
fn values(table: &Table, column: &Column, refuses: bool) -> String {
    let labels = labels(table, &column.name);
    match (column.type_oid == BOOL, refuses) {
        (true, true) => "{true: opted_out, false: unknown}".to_owned(),
        (true, false) => "{true: given, false: unknown}".to_owned(),
        (false, _) if labels.is_empty() => "{…: …}".to_owned(),
        (false, _) => {
            let pairs: Vec<String> =
                labels.iter().map(|label| format!("{}: …", quoted(label))).collect();
            format!("{{{}}}", pairs.join(", "))
        }
    }
}

/// For which channel a permission may be: the column's name says it, or another column of the row.
fn channel(table: &Table, column: &Column) -> String {
    if let Some(channel) = wishes::channel_named(&column.name) {
        return channel.to_owned();
    }
    let kinds = table.columns.iter().filter(|other| words::is_kind(&other.name));
    let known = |kind: &Column| -> (String, Vec<String>) {
        let labels = labels(table, &kind.name).into_iter();
        let pairs = labels.filter_map(|label| {
            let channel = words::channel_of(&label)?;
            Some(format!("{}: {channel}", quoted(&label)))
        });
        (quoted(&kind.name), pairs.collect())
    };
    match kinds.map(known).find(|(_, pairs)| !pairs.is_empty()) {
        Some((kind, pairs)) => format!("{{column: {kind}, values: {{{}}}}}", pairs.join(", ")),
        None => "…".to_owned(),
    }
}

/// The texts that the schema itself allows.
pub(super) fn labels(table: &Table, column: &str) -> Vec<String> {
    table.facts.columns.get(column).map(|facts| facts.allowed.clone()).unwrap_or_default()
}
