//! The text of a drafted pack. Names come from the database and go into comments too, so one that is not
//! plain is quoted.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use tokio_postgres::types::Type;

use super::draft::{About, Drafted, Key, Reference, Unclear, holds_personal, primary, quoted};
use super::pairs::{self, Pair};
use super::{suggest, wishes, words};
use crate::engine::classify::Role;
use crate::model::{Category, Column, ReplicaIdentity, Table, TableName};
use crate::shell::source::postgres::Scanned;

const HEAD: &str = "\
# A draft from classification, foreign keys and names. Each `confirm` is for somebody who knows the
# CRM; docs/crm/generic.md goes through them in an hour.

pack: draft
provenance: origin # confirm: or `replica`, where another system's data is synced into this database

tables:
";

/// The pack.
pub fn pack(drafted: &[Drafted<'_>], unclear: &[Unclear<'_>]) -> String {
    let mut text = String::from(HEAD);
    let people: BTreeSet<&TableName> = drafted
        .iter()
        .filter(|it| matches!(it.about, About::Itself { .. }))
        .map(|it| &it.scanned.table.name)
        .collect();
    for table in drafted {
        mapping(table, &people, &mut text);
    }
    not_drafted(unclear, &mut text);
    text
}

/// What is not in force: of some tables it is known at least which columns say whose they are.
fn not_drafted(unclear: &[Unclear<'_>], text: &mut String) {
    let paired = |it: &&Unclear<'_>| it.pair.is_some();
    if unclear.iter().any(|it| it.pair.is_none()) {
        text.push_str(
            "\n  # confirm: these hold personal data as well, or refer to a table that does; whose, the\n  \
             # schema does not say, or its names cannot be written here:\n",
        );
    }
    for unclear in unclear.iter().filter(|it| !paired(it)) {
        let _ = writeln!(text, "  # {}", quoted(&unclear.table.to_string()));
    }
    if unclear.iter().any(|it| paired(&it)) {
        text.push_str(
            "\n  # confirm: whose data these hold stands in two columns of each row; which word stands for\n  \
             # which table of people, or of records about them? Until it is written, they are not judged:\n",
        );
    }
    for unclear in unclear.iter().filter(paired) {
        let Some(Pair { kind, column }) = &unclear.pair else { continue };
        let (kind, column) = (quoted(kind), quoted(column));
        let TableName { schema, name } = unclear.table;
        let _ = writeln!(text, "  # {}.{}:", quoted(schema), quoted(name));
        let _ = writeln!(
            text,
            "  #   about: {{column: {column}, table: {{column: {kind}, values: {{…: …}}}}}}"
        );
    }
}

fn mapping(drafted: &Drafted<'_>, people: &BTreeSet<&TableName>, text: &mut String) {
    let scanned = drafted.scanned;
    let _ = writeln!(text, "\n  {}:", scanned.table.name);
    match &drafted.about {
        About::Itself { key, doubtful } => itself(drafted, key, *doubtful, text),
        About::Other(reference) => {
            let is_far = !people.contains(&reference.table) && !holds_personal(scanned);
            other(&scanned.table, reference, is_far, text);
        }
        About::ByKind { pair, tables } => by_kind(&scanned.table, pair, tables, text),
        About::Nobody if scanned.profile.role() == Role::Organisation => text.push_str(
            "    # confirm: is each row an organisation and nobody in it? Otherwise write\n    \
             # `subject: {key: …}` or `about: {table: …, column: …}`.\n    about: nobody\n",
        ),
        About::Nobody => text.push_str(
            "    # confirm: is it about whoever worked with the CRM, or does a column name a person?\n    \
             # Then write `about: {table: …, column: …}`.\n    about: nobody\n",
        ),
    }
    row_key(drafted, text);
    match &drafted.about {
        About::Itself { .. } => {
            contact_points(&points(scanned), None, text);
            suggest::children(scanned, text);
        }
        About::Other(reference) if !reference.by_work => child_points(scanned, text),
        About::ByKind { .. } => child_points(scanned, text),
        About::Other(_) | About::Nobody => {}
    }
    actor(&scanned.table, text);
    suggest::suggestions(scanned, &points(scanned), text);
}

fn itself(drafted: &Drafted<'_>, key: &Key, doubtful: bool, text: &mut String) {
    if wishes::are_refusals(&drafted.scanned.table.name.name) {
        text.push_str(
            "    # confirm: is it a list of addresses? Such a list is a table of people of its own, as here.\n",
        );
    } else if doubtful {
        text.push_str(
            "    # confirm: is each row a person? No reference to one was found; otherwise\n    \
             # write `about: {table: …, column: …}` or `about: nobody`.\n",
        );
    }
    if !key.sure {
        text.push_str(
            "    # confirm: does this column alone name a person, and for good? The table has no primary key;\n    \
             # without one, or REPLICA IDENTITY FULL, PostgreSQL cannot publish it (deploy/sql/role.sql).\n",
        );
    }
    let _ = writeln!(text, "    subject: {{key: {}}}", quoted(&key.column));
}

fn other(owner: &Table, reference: &Reference, is_far: bool, text: &mut String) {
    let Reference { table, column, by_name, by_work } = reference;
    if *by_work {
        text.push_str(
            "    # confirm: the column may only say who worked on the row; then write\n    \
             # `subject: {key: …}` or `about: nobody`.\n",
        );
    }
    if *by_name {
        text.push_str("    # confirm: no foreign key says so, only the column's name.\n");
        if let Some(pair) = pairs::pair(owner).filter(|pair| pair.column == *column) {
            let kind = quoted(&pair.kind);
            let _ = writeln!(
                text,
                "    # If {kind} says of which table: `about: {{column: {}, table: {{column: {kind}, values: …}}}}`.",
                quoted(column)
            );
        }
    }
    if is_far {
        text.push_str(
            "    # confirm: is it data about people? Only its reference says so; otherwise leave it out.\n",
        );
    }
    let _ = writeln!(text, "    about: {{table: {table}, column: {}}}", quoted(column));
}

/// Of which table a row is, the row says itself.
fn by_kind(owner: &Table, pair: &Pair, tables: &[(String, TableName)], text: &mut String) {
    let known = |label: &String| tables.iter().any(|(known, _)| known == label);
    let labels = suggest::labels(owner, &pair.kind);
    let others: Vec<String> = labels.iter().filter(|it| !known(it)).map(|it| quoted(it)).collect();
    text.push_str("    # confirm: does each word stand for this table?\n");
    if !others.is_empty() {
        let _ = writeln!(
            text,
            "    # Rows of the other kinds ({}) are about somebody unknown, and so undecided.",
            others.join(", ")
        );
    }
    let values: Vec<String> =
        tables.iter().map(|(label, table)| format!("{}: {table}", quoted(label))).collect();
    let _ = writeln!(text, "    about:\n      column: {}", quoted(&pair.column));
    let _ = writeln!(
        text,
        "      table: {{column: {}, values: {{{}}}}}",
        quoted(&pair.kind),
        values.join(", ")
    );
}

/// By what a row is told from others, where that is not `id`: what other tables look rows up by. The
/// primary key is known without it.
fn row_key(drafted: &Drafted<'_>, text: &mut String) {
    if matches!(drafted.about, About::Itself { .. }) {
        return;
    }
    let table = &drafted.scanned.table;
    let parts = primary(table);
    if let Some(key) = drafted.key.as_ref().filter(|key| key.sure) {
        if key.column != "id" {
            let _ = writeln!(text, "    key: {}", quoted(&key.column));
        }
        return;
    }
    if parts.len() > 1 {
        let parts: Vec<String> = parts.into_iter().map(quoted).collect();
        let _ = writeln!(
            text,
            "    # confirm: rows are named by {} together. If one column alone tells them apart,\n    \
             # name it, so that tests and other tables can refer to them by it:",
            parts.join(" and ")
        );
    } else {
        let full = match table.replica_identity {
            ReplicaIdentity::Full => {
                "and with REPLICA IDENTITY FULL an update looks like another row"
            }
            _ => "and PostgreSQL cannot publish it (deploy/sql/role.sql)",
        };
        let _ = writeln!(
            text,
            "    # confirm: the table has no primary key, {full}.\n    \
             # Which column tells its rows apart?"
        );
    }
    let guess = drafted.key.as_ref().map_or("…".to_owned(), |key| quoted(&key.column));
    let _ = writeln!(text, "    # key: {guess}");
}

/// The columns that reach somebody, each with its channel.
pub fn points(scanned: &Scanned) -> Vec<(&'static str, &str)> {
    let verdicts = scanned.table.columns.iter().zip(scanned.profile.verdicts());
    let points = verdicts.filter_map(|(column, verdict)| {
        // An address somewhere within a document is no column that reaches anybody, nor is a flag that is
        // named for one.
        let kind = Type::from_oid(column.type_oid);
        let is_other = matches!(kind, Some(Type::JSON | Type::JSONB | Type::BOOL));
        let is_short = matches!(kind, Some(Type::BPCHAR | Type::INT2 | Type::INT4));
        if is_other || is_short && suggest::says(&scanned.table, column).is_some() {
            return None;
        }
        let channel = match verdict.category? {
            Category::Email => "email",
            Category::PhoneNumber => "phone",
            Category::FaxNumber => "fax",
            _ => return None,
        };
        Some((channel, column.name.as_str()))
    });
    points.collect()
}

/// Addresses that stand in a table of their own: in force where the table's name says that it is one,
/// otherwise for a person to decide.
fn child_points(scanned: &Scanned, text: &mut String) {
    let name = &scanned.table.name.name;
    let mut points = points(scanned);
    let reaches = words::reaches_by(name);
    if reaches == Some(None) && mixed_points(scanned, &points, text) {
        return;
    }
    if let (true, Some(Some(channel))) = (points.is_empty(), reaches) {
        let mut columns = scanned.table.columns.iter().filter(|it| is_text(it));
        let column =
            columns.find(|column| words::is_address(words::own_name(&scanned.table, &column.name)));
        points.extend(column.map(|column| (channel, column.name.as_str())));
    }
    match reaches {
        Some(_) => contact_points(&points, Some("confirm: is the person reached by it?"), text),
        None if points.is_empty() || words::are_messages(name) => {}
        None => {
            text.push_str("    # confirm: is the person reached by it, beyond this row?\n");
            text.push_str("    # contact_points:\n");
            for (channel, column) in points {
                let column = quoted(column);
                let _ = writeln!(text, "    #   - {{channel: {channel}, column: {column}}}");
            }
        }
    }
}

/// Addresses of all channels in one column, where another says which; in force as far as its labels are known.
fn mixed_points(scanned: &Scanned, points: &[(&str, &str)], text: &mut String) -> bool {
    let table = &scanned.table;
    let is_value = |it: &&Column| {
        let found = points.iter().any(|(_, column)| *column == it.name);
        is_text(it) && (found || words::is_address(words::own_name(table, &it.name)))
    };
    let mut values = table.columns.iter().filter(is_value);
    let kind = table.columns.iter().find(|column| words::is_kind(&column.name));
    let (Some(value), None, Some(kind)) = (values.next(), values.next(), kind) else {
        return false;
    };
    let (value, column) = (quoted(&value.name), quoted(&kind.name));
    let mut channels: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for label in suggest::labels(table, &kind.name) {
        if let Some(channel) = words::channel_of(&label) {
            channels.entry(channel).or_default().push(quoted(&label));
        }
    }
    let mark = if channels.is_empty() { "# " } else { "" };
    let _ = writeln!(
        text,
        "    {mark}contact_points: # confirm: which kinds reach the person, and how?"
    );
    if channels.is_empty() {
        channels = ["email", "phone"].map(|channel| (channel, vec!["…".to_owned()])).into();
    }
    for (channel, labels) in channels {
        let when = format!("[{{column: {column}, in: [{}]}}]", labels.join(", "));
        let _ =
            writeln!(text, "    {mark}  - {{channel: {channel}, column: {value}, when: {when}}}");
    }
    true
}

fn is_text(column: &Column) -> bool {
    matches!(
        Type::from_oid(column.type_oid),
        None | Some(Type::TEXT | Type::VARCHAR | Type::BPCHAR)
    )
}

fn contact_points(points: &[(&str, &str)], question: Option<&str>, text: &mut String) {
    if points.is_empty() {
        return;
    }
    match question {
        Some(question) => _ = writeln!(text, "    contact_points: # {question}"),
        None => text.push_str("    contact_points:\n"),
    }
    for (channel, column) in points {
        let column = quoted(column);
        let _ = writeln!(text, "      - {{channel: {channel}, column: {column}}}");
    }
}

/// The column that says who changed the row last.
pub fn changer(table: &Table) -> Option<&str> {
    worded(table).find(|name| words::names_changer(name))
}

/// The columns that do not say when something was.
fn worded(table: &Table) -> impl Iterator<Item = &str> {
    let is_moment = |column: &&Column| {
        use Type as T;
        let moments = [T::BOOL, T::DATE, T::TIME, T::TIMESTAMP, T::TIMESTAMPTZ];
        Type::from_oid(column.type_oid).is_some_and(|kind| moments.contains(&kind))
    };
    table.columns.iter().filter(move |it| !is_moment(it)).map(|it| it.name.as_str())
}

fn actor(table: &Table, text: &mut String) {
    if let Some(actor) = changer(table) {
        let actor = quoted(actor);
        let _ = writeln!(text, "    actor: {actor} # confirm: does it name who changed the row?");
        return;
    }
    text.push_str("    # confirm: which column names who changed the row?\n");
    // In a table of staff an account is the person's own.
    let is_staff = words::are_staff(&table.name.name);
    let maker = worded(table).find(|name| {
        words::names_maker(name) || !is_staff && words::names_doer(words::own_name(table, name))
    });
    let _ = writeln!(text, "    # actor: {}", maker.map_or("…".to_owned(), quoted));
}
