//! A register for a CRM that lawtail does not know: its tables and what was found in them. Everything
//! else is left for the controller, and `lawtail check` names what is missing.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::draft::{About, Drafted, categories};
use crate::model::{Category, TableName};

const HEAD: &str = "\
# A draft of the record of processing activities (GDPR Art. 30). What the database cannot say is left
# out: `lawtail check` names each place.

register: draft

controller:
  name: # confirm: who determines purposes and means?
  contact: # confirm: where are you reached about privacy?

# confirm: each purpose for which you process the data, for example
#   newsletter: {term: \"dpv:DirectMarketing\", direct_marketing: true}
purposes:

activities:
";

const OPEN: &str = "    recipients: # confirm: who receives the data?
    transfers: # confirm: does it leave the European Economic Area?
    retention: # confirm: when is it erased?
";

/// The table of the people that a table is about in the end.
fn people_of<'a>(table: &'a Drafted<'_>, drafted: &'a [Drafted<'_>]) -> &'a TableName {
    let by_name: BTreeMap<&TableName, &Drafted<'_>> =
        drafted.iter().map(|it| (&it.scanned.table.name, it)).collect();
    let mut people = &table.scanned.table.name;
    // Each step leads to another table.
    for _ in drafted {
        match by_name.get(people).map(|it| &it.about) {
            Some(About::Other { table, .. }) => people = table,
            Some(About::Itself { .. } | About::Nobody) | None => break,
        }
    }
    people
}

/// The register: one activity for each table of people, with the tables that are about them.
pub fn register(drafted: &[Drafted<'_>]) -> String {
    let mut activities: BTreeMap<&TableName, (Vec<&TableName>, BTreeSet<&str>)> = BTreeMap::new();
    for table in drafted {
        let own = &table.scanned.table.name;
        let people = people_of(table, drafted);
        let (tables, found) = activities.entry(people).or_default();
        tables.push(own);
        found.extend(categories(table.scanned).map(Category::key));
    }
    let mut text = HEAD.to_owned();
    for (people, (tables, found)) in activities {
        let tables: Vec<String> = tables.into_iter().map(TableName::to_string).collect();
        let found: Vec<&str> = found.into_iter().collect();
        let _ = writeln!(text, "\n  {}_{}:", people.schema, people.name);
        text.push_str("    purpose: # confirm: one of the purposes above\n");
        let _ = writeln!(text, "    tables: [{}]", tables.join(", "));
        text.push_str(
            "    basis: # confirm: the lawful basis (Art. 6(1)), or `per_subject: […]`\n",
        );
        text.push_str("    subjects: # confirm: who are they, for example [customers]?\n");
        let _ = writeln!(text, "    categories: [{}]", found.join(", "));
        text.push_str(OPEN);
    }
    text
}
