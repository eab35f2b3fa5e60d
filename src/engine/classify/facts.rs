//! What the catalogue adds to the words of a column's name: references, lists of allowed terms
//! and comments.

use std::collections::BTreeSet;

use super::categories::is_coded;
use super::fold::fold;
use super::names::{self, Reading, Sense};
use super::neighbours;
use super::role::{self, Role};
use super::surroundings::Surroundings;
use crate::model::{Category, ColumnFacts, Table};

/// The readings of a table's columns, in their order.
pub(super) fn readings(table: &Table) -> Vec<Reading> {
    let names = table.columns.iter().map(|column| column.name.as_str());
    let surroundings = Surroundings::of(&table.name.name, names);
    let reading = |name: &str| {
        let by_name = names::read_in(name, &surroundings);
        match table.facts.columns.get(name) {
            Some(facts) => with_facts(by_name, facts, table),
            None => by_name,
        }
    };
    let mut readings: Vec<Reading> =
        table.columns.iter().map(|column| reading(&column.name)).collect();
    neighbours::complete(&mut readings, table);
    readings
}

fn with_facts(by_name: Reading, facts: &ColumnFacts, table: &Table) -> Reading {
    if by_name.sense == Sense::Staff {
        return by_name;
    }
    if let Some(reading) = referring(&by_name, facts, table) {
        return reading;
    }
    if !facts.allowed.is_empty() {
        return among_terms(by_name, &facts.allowed);
    }
    let may_be_key = matches!(by_name.sense, Sense::Silent | Sense::Key);
    if facts.primary_key && may_be_key {
        return Reading { sense: Sense::Key, phrase: "primary key".to_owned(), ..by_name };
    }
    match (&facts.comment, by_name.sense) {
        (Some(comment), Sense::Silent) => commented(comment).unwrap_or(by_name),
        _ => by_name,
    }
}

/// A foreign key refers to people, or to something that is none; a reference to a list of genders
/// or countries says what its name says.
fn referring(by_name: &Reading, facts: &ColumnFacts, table: &Table) -> Option<Reading> {
    let target = facts.references.as_ref().filter(|target| target.table != table.name)?;
    match role::by_name(&target.table.name) {
        Some(Role::Person) => Some(Reading {
            sense: Sense::Reference,
            weak: false,
            phrase: target.table.name.to_string(),
            ..by_name.clone()
        }),
        Some(Role::Thing | Role::Organisation | Role::Audit) => match by_name.sense {
            Sense::Personal(category) if is_coded(category) => None,
            _ => Some(Reading { sense: Sense::Listed, ..by_name.clone() }),
        },
        _ => None,
    }
}

/// A column that may hold only certain terms: of gender and marital status they say so themselves;
/// contact data and names they cannot be.
fn among_terms(by_name: Reading, terms: &[String]) -> Reading {
    let terms: BTreeSet<String> = terms.iter().map(|term| fold(term)).collect();
    if let Some(category) = category_of_terms(&terms) {
        let sense = Sense::Personal(category);
        let phrase = "its terms".to_owned();
        return Reading { sense, weak: true, phrase, ..by_name };
    }
    match by_name.sense {
        Sense::Personal(category) if is_coded(category) || category == Category::AgeRange => {
            by_name
        }
        _ => Reading { sense: Sense::Listed, ..by_name },
    }
}

fn category_of_terms(terms: &BTreeSet<String>) -> Option<Category> {
    const GENDERS: [&str; 30] = [
        "m",
        "f",
        "w",
        "d",
        "x",
        "h",
        "k",
        "z",
        "u",
        "o",
        "male",
        "female",
        "man",
        "woman",
        "other",
        "unknown",
        "diverse",
        "nonbinary",
        "mannlich",
        "weiblich",
        "divers",
        "homme",
        "femme",
        "hombre",
        "mujer",
        "masculino",
        "femenino",
        "feminino",
        "maschio",
        "femmina",
    ];
    const MARITAL: [&str; 16] = [
        "single",
        "married",
        "divorced",
        "widowed",
        "ledig",
        "verheiratet",
        "celibataire",
        "marie",
        "soltero",
        "casado",
        "celibe",
        "sposato",
        "panna",
        "zonaty",
        "gehuwd",
        "gift",
    ];
    let all_genders = terms.iter().all(|term| GENDERS.contains(&term.as_str()));
    let has = |words: [&str; 4]| words.iter().any(|word| terms.contains(*word));
    let telling = has(["f", "female", "femme", "weiblich"])
        || has(["w", "k", "femenino", "feminino"])
        || has(["z", "mujer", "woman", "femmina"]);
    if all_genders && telling && terms.len() > 1 {
        return Some(Category::Gender);
    }
    let marital = terms.iter().filter(|term| MARITAL.contains(&term.as_str())).count();
    (marital >= 2).then_some(Category::MaritalStatus)
}

/// What the first words of a comment say, where the name says nothing.
fn commented(comment: &str) -> Option<Reading> {
    let sentence = comment.split(['.', ';', '(', '\n', ':']).next().unwrap_or("");
    let reading = names::read(sentence);
    let speaks = matches!(reading.sense, Sense::Personal(_) | Sense::Reference | Sense::Staff);
    speaks.then(|| Reading { phrase: format!("{} (comment)", reading.phrase), ..reading })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Column, ReferencedColumn, ReplicaIdentity, TableFacts, TableName};

    fn sense(table: &str, column: &str, facts: ColumnFacts) -> Sense {
        let column = Column { name: column.to_owned(), type_oid: 25, key: false };
        let columns = [(column.name.clone(), facts)].into();
        let table = Table {
            oid: 1,
            name: TableName::new("public", table),
            replica_identity: ReplicaIdentity::Full,
            columns: vec![column],
            facts: TableFacts { comment: None, columns },
        };
        readings(&table).remove(0).sense
    }

    fn refers_to(table: &str) -> ColumnFacts {
        let table = TableName::new("public", table);
        let references = Some(ReferencedColumn { table, column: "id".to_owned() });
        ColumnFacts { references, ..ColumnFacts::default() }
    }

    fn commented(comment: &str) -> ColumnFacts {
        ColumnFacts { comment: Some(comment.to_owned()), ..ColumnFacts::default() }
    }

    fn allows(terms: &[&str]) -> ColumnFacts {
        let allowed = terms.iter().map(|term| (*term).to_owned()).collect();
        ColumnFacts { allowed, ..ColumnFacts::default() }
    }

    #[test]
    fn a_foreign_key_to_people_refers_to_a_person_whatever_its_name() {
        assert_eq!(sense("loans", "target", refers_to("customers")), Sense::Reference);
        assert_eq!(sense("loans", "client_id", refers_to("tenants_config_types")), Sense::Listed);
        assert_eq!(sense("loans", "created_by", refers_to("users")), Sense::Staff);
    }

    #[test]
    fn a_comment_speaks_where_the_name_is_silent() {
        let born = Sense::Personal(Category::DateOfBirth);
        assert_eq!(sense("x", "c17", commented("Customer's birth date")), born);
        assert_eq!(sense("x", "c17", commented("Geburtsdatum des Kunden")), born);
        assert_eq!(sense("x", "c17", commented("Colour of the box")), Sense::Silent);
        let phone = Sense::Personal(Category::PhoneNumber);
        assert_eq!(sense("x", "phone", commented("e-mail address")), phone);
    }

    #[test]
    fn listed_terms_are_no_names_but_may_be_genders() {
        assert_eq!(sense("x", "status", allows(&["open", "closed"])), Sense::Listed);
        assert_eq!(sense("x", "email", allows(&["none", "daily"])), Sense::Listed);
        let gender = Sense::Personal(Category::Gender);
        assert_eq!(sense("x", "c3", allows(&["m", "f", "d"])), gender);
        assert_eq!(sense("x", "c3", allows(&["m", "l", "xl"])), Sense::Listed);
    }
}
