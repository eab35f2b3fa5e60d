//! A pack is linked to the register: from then on every value that means anything is listed.
//!
//! The purposes that a pack takes from a column are those of the register; any other text in that
//! column, which may be anything, means nothing and is kept nowhere.

use std::collections::{BTreeMap, BTreeSet};

use super::{Pack, Register, RequestKind, Selector, SubjectMapping, TableMapping, ValueMap};
use crate::model::TableName;

/// The words that matter of each looked-up column.
type Words = BTreeMap<(TableName, String), BTreeSet<String>>;

/// Lists the register's purposes wherever a purpose stands for itself, and notes the words that
/// matter of each looked-up column.
pub(super) fn link(mut pack: Pack, register: &Register) -> Pack {
    let purposes: BTreeMap<String, String> =
        register.purposes.keys().map(|purpose| (purpose.clone(), purpose.clone())).collect();
    for mapping in pack.tables.values_mut() {
        purpose_selectors(mapping).for_each(|selector| list(selector, &purposes));
    }
    find_rights(&mut pack, register);
    super::security::link(&mut pack.tables);
    let mut words = Words::new();
    for mapping in pack.tables.values() {
        note(mapping, &mut words);
    }
    for ((table, column), words) in words {
        if let Some(mapping) = pack.tables.get_mut(&table) {
            mapping.looked_up.insert(column, words);
        }
    }
    pack
}

/// What an erasure must reach: people of whom a request may come, and what is about them, unless the
/// register keeps it. The requests themselves are kept: they prove that it was done. And of whom
/// processing may be restricted; keeping the records of their rights is no such processing.
fn find_rights(pack: &mut Pack, register: &Register) {
    let erased = whose(pack, RequestKind::Erasure);
    let mut restricted = whose(pack, RequestKind::Restriction);
    let flags = pack.tables.iter().filter(|(_, mapping)| !mapping.restricted.is_empty());
    restricted.extend(flags.map(|(name, _)| name.clone()));
    for (name, mapping) in &mut pack.tables {
        let mut about = people(mapping);
        if about.is_empty() {
            about.push(name);
        }
        let among = |tables: &BTreeSet<TableName>| about.iter().any(|it| tables.contains(*it));
        let (may_be_erased, may_be_restricted) = (among(&erased), among(&restricted));
        let asks = mapping.request.is_some();
        let records = asks || mapping.basis.is_some() || !mapping.permissions.is_empty();
        let own = mapping.is_subject_table();
        let is_about = mapping.subject.is_some();
        mapping.erasable = is_about && may_be_erased && !asks && !register.keeps(name);
        mapping.restrictable = is_about && may_be_restricted && (own || !records);
    }
}

/// The tables of people who may ask for this.
fn whose(pack: &Pack, kind: RequestKind) -> BTreeSet<TableName> {
    let asks = |mapping: &&TableMapping| {
        mapping.request.as_ref().is_some_and(|request| request.kind.may_be(&kind))
    };
    pack.tables.values().filter(asks).flat_map(people).cloned().collect()
}

/// The tables of the people about whom the rows of another are.
fn people(mapping: &TableMapping) -> Vec<&TableName> {
    match &mapping.subject {
        Some(SubjectMapping::About { table, .. }) => vec![table],
        Some(SubjectMapping::AboutOneOf { tables, .. }) => tables.values().collect(),
        Some(SubjectMapping::Itself { .. }) | None => Vec::new(),
    }
}

fn purpose_selectors(mapping: &mut TableMapping) -> impl Iterator<Item = &mut Selector<String>> {
    let basis = mapping.basis.iter_mut().map(|basis| &mut basis.purpose);
    let permissions = mapping.permissions.iter_mut().filter_map(|it| it.purpose.as_mut());
    let activity = mapping.activity.iter_mut().map(|activity| &mut activity.purpose);
    basis.chain(permissions).chain(activity)
}

fn list(selector: &mut Selector<String>, purposes: &BTreeMap<String, String>) {
    if let Selector::Column { values, .. } | Selector::Lookup { values, .. } = selector
        && *values == ValueMap::Itself
    {
        *values = ValueMap::Listed(purposes.clone());
    }
}

fn note(mapping: &TableMapping, words: &mut Words) {
    if let Some(basis) = &mapping.basis {
        note_lookup(&basis.purpose, words);
        note_lookup(&basis.basis, words);
    }
    for permission in &mapping.permissions {
        note_lookup(&permission.channel, words);
        note_lookup(&permission.status, words);
        permission.purpose.iter().for_each(|purpose| note_lookup(purpose, words));
    }
    if let Some(activity) = &mapping.activity {
        note_lookup(&activity.channel, words);
        note_lookup(&activity.purpose, words);
    }
    if let Some(request) = &mapping.request {
        note_lookup(&request.kind, words);
    }
}

fn note_lookup<T>(selector: &Selector<T>, words: &mut Words) {
    if let Selector::Lookup { table, field, values: ValueMap::Listed(listed), .. } = selector {
        let noted = words.entry((table.clone(), field.clone())).or_default();
        noted.extend(listed.keys().cloned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy;

    #[test]
    fn only_purposes_of_the_register_mean_anything() {
        let policies = policy::compile(&policy::embedded::demo()).expect("the demo's compile");
        let campaigns = &policies.pack.tables[&TableName::new("crm", "campaigns")];
        let words = &campaigns.looked_up["purpose"];
        assert!(words.iter().eq(policies.register.purposes.keys()));
        let consents = &policies.pack.tables[&TableName::new("crm", "consents")];
        let purpose = consents.permissions[0].purpose.as_ref();
        assert!(matches!(
            purpose,
            Some(Selector::Column { values: ValueMap::Listed(listed), .. })
                if listed.contains_key("newsletter") && !listed.contains_key("anything")
        ));
    }
}
