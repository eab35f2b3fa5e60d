//! What columns may mean beyond whose data they hold: comments for a person to decide on. Nothing
//! here is in force.

use std::fmt::Write;

use super::draft::quoted;
use super::wishes::{self, Says};
use super::{requests, words};
use crate::model::{Category, Column, Table};
use crate::shell::source::postgres::Scanned;

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
pub fn suggestions(scanned: &Scanned, points: &[(&str, &str)], text: &mut String) {
    let table = &scanned.table;
    test_rows(table, text);
    let name = &table.name.name;
    let own_state =
        table.columns.iter().find(|column| words::is_state(words::own_name(table, &column.name)));
    let are_requests = requests::are_requests(name);
    wished(scanned, own_state.filter(|_| !are_requests), points, text);
    let table_name = words::folded(name);
    if table_name.contains("basis") || table_name.contains("bases") {
        text.push_str(
            "    # confirm: do these rows record why the data may be processed?\n    \
             # basis: {purpose: …, basis: …}\n",
        );
    }
    if are_requests {
        requests::suggestion(table, own_state, text);
    }
    if words::are_messages(name) && !wishes::are_refusals(name) {
        activity(table, points, own_state, text);
    }
}

/// Whose row says since when they live may be too young to consent for themselves.
pub fn children(scanned: &Scanned, text: &mut String) {
    let verdicts = scanned.table.columns.iter().zip(scanned.profile.verdicts());
    let mut born = verdicts.filter(|(_, it)| it.category == Some(Category::DateOfBirth));
    if let Some((column, _)) = born.next() {
        let column = quoted(&column.name);
        let _ = writeln!(
            text,
            "    # confirm: may these people be children, and where does it say who consents for them?\n    \
             # child: {{born: {column}, guardian: [{{column: …, is_null: false}}]}}"
        );
    }
}

/// What the columns, or the rows as a whole, may say of a person's wishes.
fn wished(scanned: &Scanned, state: Option<&Column>, points: &[(&str, &str)], text: &mut String) {
    let table = &scanned.table;
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
    if !flags.is_empty() {
        permissions(scanned, &flags, points, text);
    } else if wishes::are_wishes(name)
        && let Some(answer) = state.or_else(|| only_flag(table))
    {
        permissions(scanned, &[(answer, wishes::are_refusals(name))], points, text);
    } else if wishes::are_refusals(name) {
        refusals(table, points, text);
    }
}

/// Where each row is a wish, its only yes or no is the answer, whatever it is called.
fn only_flag(table: &Table) -> Option<&Column> {
    let mut flags = table.columns.iter().filter(|column| column.type_oid == BOOL);
    flags.next().filter(|_| flags.next().is_none())
}

/// Rows that are a no by being there.
fn refusals(table: &Table, points: &[(&str, &str)], text: &mut String) {
    text.push_str("    # confirm: does each row say that no messages are wanted?\n");
    text.push_str("    # permissions:\n");
    let by_name = words::sent_by(&table.name.name).filter(|channel| *channel == "sms");
    for (channel, column) in points {
        let column = quoted(column);
        let channel = by_name.filter(|_| *channel == "phone").unwrap_or(channel);
        let _ = writeln!(
            text,
            "    #   - {{address: {column}, channel: {channel}, status: opted_out}}"
        );
    }
    if points.is_empty() {
        let channel = by_name.or_else(|| wishes::channel_named(&table.name.name)).unwrap_or("…");
        let _ = writeln!(text, "    #   - {{channel: {channel}, status: opted_out}}");
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
    let by_kind = channel_column(table);
    let channel = by_kind
        .or_else(|| words::sent_by(&table.name.name).map(str::to_owned))
        .or_else(|| points.first().filter(|_| points.len() == 1).map(|it| it.0.to_owned()));
    let channel = channel.unwrap_or_else(|| "…".to_owned());
    let mut written = table
        .columns
        .iter()
        .filter(|column| words::is_address(words::own_name(table, &column.name)));
    let address = match (points, written.next()) {
        ([(_, column)], _) => quoted(column),
        ([], Some(column)) => quoted(&column.name),
        _ => "…".to_owned(),
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
    const TESTS: &str = "\
        test tests demo prueba pruebas essai prova teste testu testowy testowa testdaten testdatensatz proef zkusebni";
    const IS: &str = "is ist es est e jest czy er on je row record contact kontakt";
    let is_test = |name: &str| {
        let words = words::words(words::own_name(table, name));
        let named = |word: &String| words::is_one(word, TESTS);
        let other = |word: &String| words::is_one(word, IS);
        words.iter().any(named) && words.iter().all(|word| named(word) || other(word))
    };
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
fn permissions(
    scanned: &Scanned,
    flags: &[(&Column, bool)],
    points: &[(&str, &str)],
    text: &mut String,
) {
    let table = &scanned.table;
    let names: Vec<String> = flags.iter().map(|(column, _)| quoted(&column.name)).collect();
    let do_they = if names.len() == 1 { "does" } else { "do" };
    let names = names.join(", ");
    let _ =
        writeln!(text, "    # confirm: {do_they} {names} record whether a message may be sent?");
    if flags.iter().any(|(column, refuses)| !refuses && has_three(scanned, column)) {
        text.push_str(
            "    # Some rows hold neither yes nor no: then a no is an answer, and nobody was asked where none is.\n",
        );
    }
    text.push_str("    # permissions:\n");
    for (column, refuses) in flags {
        let (name, channel) = (quoted(&column.name), channel(table, column, points));
        let values = values(scanned, column, *refuses);
        let _ = writeln!(text, "    #   - channel: {channel}");
        let _ = writeln!(text, "    #     status: {{column: {name}, values: {values}}}");
    }
}

/// Whether rows were seen in which a flag says neither yes nor no, and others in which it says one of them.
fn has_three(scanned: &Scanned, column: &Column) -> bool {
    let place = scanned.table.columns.iter().position(|other| other.name == column.name);
    column.type_oid == BOOL && place.is_some_and(|place| scanned.profile.is_partly_null(place))
}

/// What the values of such a column may mean.
fn values(scanned: &Scanned, column: &Column, refuses: bool) -> String {
    let labels = labels(&scanned.table, &column.name);
    let three = has_three(scanned, column);
    let (set, unset) = match (refuses, three) {
        (true, _) => ("opted_out", "unknown"),
        (false, true) => ("given", "opted_out"),
        (false, false) => ("given", "unknown"),
    };
    let asked = if three { ", \"\": unknown" } else { "" };
    match column.type_oid {
        BOOL => format!("{{true: {set}, false: {unset}{asked}}}"),
        INT2 => format!("{{1: {set}, 0: {unset}}}"),
        _ if labels.is_empty() => "{…: …}".to_owned(),
        _ => {
            let flag = as_flag(&labels).filter(|_| labels.len() == 2);
            let pairs = labels.iter().map(|label| {
                let means = match flag {
                    Some(yes) if label == yes => set,
                    Some(_) => unset,
                    None => "…",
                };
                format!("{}: {means}", quoted(label))
            });
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        }
    }
}

/// Of one letter for yes and one for no, that for yes: `O` and `N`.
fn as_flag(labels: &[String]) -> Option<&String> {
    let mut yes = labels.iter().filter(|it| words::is_one(&words::folded(it), "y j o s t d i a 1"));
    let no = labels.iter().any(|it| words::is_one(&words::folded(it), "n f 0"));
    yes.next().filter(|_| no)
}

/// For which channel a permission may be: the column's name says it, or another column of the row, or there is
/// only one by which the person is reached.
fn channel(table: &Table, column: &Column, points: &[(&str, &str)]) -> String {
    if let Some(channel) = wishes::channel_named(&column.name) {
        return channel.to_owned();
    }
    let only = || points.first().filter(|_| points.len() == 1).map(|it| it.0.to_owned());
    channel_column(table).or_else(only).unwrap_or_else(|| "…".to_owned())
}

/// The column that says by which channel, as far as the schema lists its words.
fn channel_column(table: &Table) -> Option<String> {
    let kinds = table.columns.iter().filter(|other| words::is_kind(&other.name));
    let known = |kind: &Column| -> (String, Vec<String>) {
        let labels = labels(table, &kind.name).into_iter();
        let pairs = labels.filter_map(|label| {
            Some(format!("{}: {}", quoted(&label), words::channel_wished(&label)?))
        });
        (quoted(&kind.name), pairs.collect())
    };
    let (kind, pairs) = kinds.map(known).find(|(_, pairs)| !pairs.is_empty())?;
    Some(format!("{{column: {kind}, values: {{{}}}}}", pairs.join(", ")))
}

/// The texts that the schema itself allows.
pub(super) fn labels(table: &Table, column: &str) -> Vec<String> {
    table.facts.columns.get(column).map(|facts| facts.allowed.clone()).unwrap_or_default()
}
