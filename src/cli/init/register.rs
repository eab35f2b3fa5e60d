//! A register for a CRM that lawtail does not know: its tables and what was found in them. Everything
//! else is for the controller to confirm, and declares no basis meanwhile.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::draft::{About, Drafted, categories};
use crate::model::{Category, Sensitivity, TableName};

const HEAD: &str = "\
# A draft of the record of processing activities (GDPR Art. 30). What the database cannot say stands here
# as something that is to be confirmed, and claims nothing: no basis is declared for anybody, so that
# whose basis is not on record is told of (LB-001). `lawtail check` lists each line.

register: draft

controller:
  name: to be confirmed # confirm: who determines purposes and means?
  contact: to be confirmed # confirm: where are you reached about privacy?

# Each purpose for which you process the data, for example
#   newsletter: {term: \"dpv:DirectMarketing\", direct_marketing: true}
purposes:
  unconfirmed: {term: \"dpv:Purpose\", direct_marketing: true} # confirm: for what is it processed?

activities:
";

const BASIS: &str = "    # confirm: on which basis (Art. 6(1))? One word declares it for everybody, as in `basis: contract`;
    # otherwise list what the `basis` of the pack may say of each person:
    basis: {per_subject: [consent, contract, legal_obligation, vital_interests, public_interest, legitimate_interests]}
";

const SPECIAL: &str =
    "    # confirm: special categories (Art. 9) are among them; under which condition of Art. 9(2)?
    # special_categories: …
";

const OPEN: &str = "    recipients: [to be confirmed] # confirm: who receives the data?
    transfers: [to be confirmed] # confirm: does it leave the European Economic Area?
    retention: to be confirmed # confirm: when is it erased?
";

/// The table of the people that a table is about in the end.
fn people_of<'a>(table: &'a Drafted<'_>, drafted: &'a [Drafted<'_>]) -> &'a TableName {
    let by_name: BTreeMap<&TableName, &Drafted<'_>> =
        drafted.iter().map(|it| (&it.scanned.table.name, it)).collect();
    let mut people = &table.scanned.table.name;
    // Each step leads to another table.
    for _ in drafted {
        let about = by_name.get(people).map(|it| &it.about);
        let Some(next) = about.and_then(About::referred) else { break };
        people = next;
    }
    people
}

/// The same for tests, with a basis declared for everybody.
pub fn declared(register: &str) -> String {
    let (_, rest) = register.split_once("register: draft\n").unwrap_or(("", register));
    let unmarked = rest.lines().filter(|line| !line.trim_start().starts_with('#')).map(|line| {
        let line = line.split_once(" # confirm: ").map_or(line, |(written, _)| written);
        let is_basis = line.trim_start().starts_with("basis: ");
        if is_basis { "    basis: contract\n".to_owned() } else { format!("{line}\n") }
    });
    format!("{DECLARED}{}", unmarked.collect::<String>())
}

const DECLARED: &str = "\
# Not in force: the draft with a basis declared for everybody, for tests/declared.yaml, which shows what
# then is lawful. Remove both once the register itself is confirmed.

register: declared
";

/// The register: one activity for each table of people, with the tables that are about them.
pub fn register(drafted: &[Drafted<'_>]) -> String {
    let mut activities: BTreeMap<&TableName, (Vec<&TableName>, BTreeSet<Category>)> =
        BTreeMap::new();
    for table in drafted {
        let own = &table.scanned.table.name;
        let people = people_of(table, drafted);
        let (tables, found) = activities.entry(people).or_default();
        tables.push(own);
        found.extend(categories(table.scanned));
    }
    let mut text = HEAD.to_owned();
    for (people, (tables, found)) in activities {
        let tables: Vec<String> = tables.into_iter().map(TableName::to_string).collect();
        let special = found.iter().any(|it| it.sensitivity() == Sensitivity::Special);
        // Of keys alone there is at least the key.
        let mut found: Vec<&str> = found.into_iter().map(Category::key).collect();
        found.sort_unstable();
        if found.is_empty() {
            found.push(Category::UniqueIdentifier.key());
        }
        let _ = writeln!(text, "\n  {}_{}:", people.schema, people.name);
        text.push_str("    purpose: unconfirmed # confirm: which of the purposes above?\n");
        let _ = writeln!(text, "    tables: [{}]", tables.join(", "));
        text.push_str(BASIS);
        if special {
            text.push_str(SPECIAL);
        }
        text.push_str(
            "    subjects: [to be confirmed] # confirm: who are they, for example [customers]?\n",
        );
        let _ = writeln!(text, "    categories: [{}]", found.join(", "));
        text.push_str(OPEN);
    }
    text
}
