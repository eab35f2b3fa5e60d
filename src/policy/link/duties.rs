//! Which duties pack and register together ask of the rows of a table.

use std::collections::{BTreeMap, BTreeSet};

use super::people;
use crate::model::TableName;
use crate::policy::{Deletion, Pack, Register, TableMapping};

/// Finds out.
pub(super) fn link(pack: &mut Pack, register: &Register) {
    let repeated = repeated(pack, register);
    let proven = proven(pack, register);
    let resolved: BTreeSet<TableName> = pack
        .tables
        .values()
        .filter_map(|mapping| Some(mapping.duties.resolves.as_ref()?.table.clone()))
        .collect();
    for (name, mapping) in &mut pack.tables {
        let own = mapping.is_subject_table();
        // What the law asks to keep shows how things were: an invoice is no copy that must follow.
        if register.keeps(name) {
            mapping.duties.copies.clear();
        }
        if !resolved.contains(name) {
            mapping.duties.token = None;
        }
        mapping.duties.repeated = repeated.get(name).cloned().unwrap_or_default();
        mapping.duties.deletion = match own {
            true if proven.contains(name) => Deletion::Person,
            false if is_evidence(name, mapping, register) => Deletion::Evidence,
            false if people(mapping).iter().any(|people| proven.contains(*people)) => {
                Deletion::About
            }
            _ => Deletion::Unrelated,
        };
        let activity = register.activity_of(name);
        mapping.duties.unassessed = mapping.subject.is_some()
            && activity.is_some_and(|activity| activity.impact_assessment.is_none());
        let duties = &mapping.duties;
        let enriched = own && !register.governance.enrichment.is_empty();
        let mapped = duties.consent_level.is_some()
            || duties.needs_level.is_some()
            || !duties.levels_enforced.is_empty()
            || !duties.copies.is_empty()
            || !duties.repeated.is_empty()
            || duties.pseudonymised.is_some()
            || duties.token.is_some()
            || duties.resolves.is_some()
            || duties.delivery.is_some()
            || duties.transfer.is_some();
        let any = mapped || enriched || duties.unassessed || duties.deletion != Deletion::Unrelated;
        mapping.duties.any = any;
    }
}

/// The columns of people that other tables repeat.
fn repeated(pack: &Pack, register: &Register) -> BTreeMap<TableName, BTreeSet<String>> {
    let mut repeated: BTreeMap<TableName, BTreeSet<String>> = BTreeMap::new();
    for (name, mapping) in &pack.tables {
        if register.keeps(name) {
            continue;
        }
        for people in people(mapping) {
            let columns = mapping.duties.copies.values().cloned();
            repeated.entry(people.clone()).or_default().extend(columns);
        }
    }
    repeated
}

/// The tables of people of whom other tables hold evidence that must not go with them.
fn proven(pack: &Pack, register: &Register) -> BTreeSet<TableName> {
    let tables = pack.tables.iter();
    let evidence = tables.filter(|(name, mapping)| is_evidence(name, mapping, register));
    evidence.flat_map(|(_, mapping)| people(mapping)).cloned().collect()
}

fn is_evidence(name: &TableName, mapping: &TableMapping, register: &Register) -> bool {
    let proves = mapping.basis.is_some()
        || !mapping.permissions.is_empty()
        || mapping.request.is_some()
        || mapping.append_only.is_some();
    let about = !mapping.is_subject_table() && mapping.subject.is_some();
    about && proves && !register.governance.deleted_with_person.contains(name)
}
