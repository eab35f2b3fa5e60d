//! What columns may mean beyond whose data they hold: comments for a person to decide on. Nothing
//! here is in force.

use std::fmt::Write;

use super::draft::quoted;
use crate::model::Table;

/// Object identifier of `bool` in `pg_type.dat`.
const BOOL: u32 = 16;

/// Parts of names that tell of a "no".
const REFUSALS: [&str; 14] = [
    "optout",
    "optedout",
    "hasopted",
    "unsubscri",
    "blacklist",
    "suppress",
    "donot",
    "donotcall",
    "noemail",
    "nomail",
    "nocall",
    "objection",
    "blocked",
    "withdrawn",
];

/// Parts of names that tell of a "yes", or of either.
const GRANTS: [&str; 9] = [
    "optin",
    "optedin",
    "subscri",
    "consent",
    "newsletter",
    "marketing",
    "permission",
    "gdpr",
    "rgpd",
];

/// Names of columns that say by which way, for what and in which state.
const STATES: [&str; 4] = ["status", "state", "answer", "decision"];

/// Parts of names of tables that record messages or calls.
const MESSAGES: [&str; 9] = [
    "send",
    "sent",
    "message",
    "mailing",
    "campaignlog",
    "campaignmember",
    "call",
    "trace",
    "delivery",
];

/// Writes what may be said of the table, as comments.
pub fn suggestions(table: &Table, text: &mut String) {
    test_rows(table, text);
    let is_refusal = |name: &str| REFUSALS.iter().any(|part| name.contains(part));
    let is_grant = |name: &str| GRANTS.iter().any(|part| name.contains(part));
    let flags = table.columns.iter().map(|column| (column, folded(&column.name)));
    let flags: Vec<_> = flags.filter(|(_, name)| is_refusal(name) || is_grant(name)).collect();
    for (column, name) in &flags {
        let (name, refuses, boolean) =
            (quoted(&column.name), is_refusal(name), column.type_oid == BOOL);
        permission(&name, refuses, boolean, &labels(table, &column.name), text);
    }
    let table_name = folded(&table.name.name);
    let own_state = table.columns.iter().find(|it| STATES.contains(&folded(&it.name).as_str()));
    if flags.is_empty()
        && (is_refusal(&table_name) || is_grant(&table_name))
        && let Some(state) = own_state
    {
        permission(&quoted(&state.name), false, false, &labels(table, &state.name), text);
    }
    if table_name.contains("basis") || table_name.contains("bases") {
        text.push_str(
            "    # confirm: do these rows record why the data may be processed?\n    \
             # basis: {purpose: …, basis: …}\n",
        );
    }
    if ["request", "erasure", "dsar"].iter().any(|part| table_name.contains(part)) {
        text.push_str(
            "    # confirm: are these rows requests of data subjects?\n    \
             # request: {kind: …, fulfilled: […]}\n",
        );
    }
    if MESSAGES.iter().any(|part| table_name.contains(part)) {
        text.push_str(
            "    # confirm: are these rows messages or calls, and which of them took place?\n    \
             # activity: {channel: …, purpose: …, address: …, when: […]}\n",
        );
    }
}

fn test_rows(table: &Table, text: &mut String) {
    let is_test =
        |name: &str| ["istest", "test", "isdemo", "demo"].contains(&folded(name).as_str());
    let mut columns = table.columns.iter().filter(|column| column.type_oid == BOOL);
    if let Some(column) = columns.find(|column| is_test(&column.name)) {
        let name = quoted(&column.name);
        text.push_str("    # confirm: are rows with this flag no people?\n");
        let _ = writeln!(text, "    # test_rows: [{{column: {name}, in: [true]}}]");
    }
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
fn labels(table: &Table, column: &str) -> Vec<String> {
    table.facts.columns.get(column).map(|facts| facts.allowed.clone()).unwrap_or_default()
}

fn folded(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphanumeric()).collect::<String>().to_lowercase()
}
