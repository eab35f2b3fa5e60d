//! A pack is linked to the register: from then on every value that means anything is listed.
//!
//! The purposes that a pack takes from a column are those of the register; any other text in that
//! column, which may be anything, means nothing and is kept nowhere.

mod duties;

use std::collections::{BTreeMap, BTreeSet};

use super::{
    AgeOfConsent, Hashing, Pack, PermissionMapping, Register, RequestKind, Selector, Storage,
    SubjectMapping, TableMapping, ValueMap,
};
use crate::model::{Category, Channel, TableName};

/// The words that matter of each looked-up column.
type Words = BTreeMap<(TableName, String), BTreeSet<String>>;

/// Lists the register's purposes wherever a purpose stands for itself, and notes the words that
/// matter of each looked-up column.
pub(super) fn link(mut pack: Pack, register: &Register, ages: &AgeOfConsent) -> Pack {
    let purposes: BTreeMap<String, String> =
        register.purposes.keys().map(|purpose| (purpose.clone(), purpose.clone())).collect();
    for (name, mapping) in &mut pack.tables {
        purpose_selectors(mapping).for_each(|selector| list(selector, &purposes));
        let activity = register.activity_of(name);
        let categories = activity.into_iter().flat_map(|activity| &activity.subjects);
        let categories = categories.map(|name| (name.clone(), name.clone())).collect();
        mapping.person.category.iter_mut().for_each(|selector| list(selector, &categories));
        let born = mapping.child.iter_mut().filter_map(|child| child.born.as_mut());
        born.for_each(|born| born.ages = ages.clone());
    }
    pack.tables.values_mut().for_each(declare_addresses);
    find_rights(&mut pack, register);
    super::security::link(&mut pack.tables);
    find_followed(&mut pack, register);
    duties::link(&mut pack, register);
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

/// A column by which people are reached holds what its channel says, also while it is empty and
/// whatever it is called; unless the pack declares something else. Where several channels share a column it
/// holds contact data.
fn declare_addresses(mapping: &mut TableMapping) {
    let fixed = |channel: &Selector<Channel>| match channel {
        Selector::Fixed(channel) => Some(*channel),
        Selector::Column { .. } | Selector::Lookup { .. } => None,
    };
    let points = mapping.contact_points.iter();
    let points = points.map(|it| (Some(&it.column), Some(held_by(it.channel))));
    let held = |channel: &Selector<Channel>, hashed: Option<Hashing>| match hashed {
        Some(_) => Some(Category::UniqueIdentifier),
        None => fixed(channel).map(held_by),
    };
    let permissions = mapping.permissions.iter();
    let permissions = permissions.map(|it| (it.address.as_ref(), held(&it.channel, it.hashed)));
    let activity = mapping.activity.iter();
    let activity = activity.map(|it| (it.address.as_ref(), held(&it.channel, it.hashed)));
    let addresses: Vec<(String, Category)> = points
        .chain(permissions)
        .chain(activity)
        .filter_map(|(column, category)| Some((column?.clone(), category?)))
        .collect();
    let mut held: BTreeMap<String, Category> = BTreeMap::new();
    for (column, category) in addresses {
        let known = held.entry(column).or_insert(category);
        if *known != category {
            *known = Category::Contact;
        }
    }
    for (column, category) in held {
        mapping.columns.entry(column).or_insert(Some(category));
    }
}

/// What somebody is reached by over a channel.
fn held_by(channel: Channel) -> Category {
    match channel {
        Channel::Email => Category::Email,
        Channel::Sms | Channel::Phone => Category::PhoneNumber,
        Channel::Post => Category::Address,
        Channel::Fax => Category::FaxNumber,
        Channel::Push => Category::DeviceIdentifier,
    }
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

/// Which rows have to be followed because of what the pack says of people, or the register of the time
/// limits for their erasure.
fn find_followed(pack: &mut Pack, register: &Register) {
    let named = |holds: &dyn Fn(&TableName, &TableMapping) -> bool| -> BTreeSet<TableName> {
        let tables = pack
            .tables
            .iter()
            .filter(|(name, mapping)| mapping.is_subject_table() && holds(name, mapping));
        tables.map(|(name, _)| name.clone()).collect()
    };
    let is_limited =
        |name: &TableName| register.activity_of(name).is_some_and(|it| it.erase_after.is_some());
    let limited = named(&|name, _| is_limited(name));
    let sourced = named(&|_, mapping| mapping.person.source.is_some());
    let preferring = named(&|_, mapping| mapping.person.preferred_channel.is_some());
    let hinged = permitted(pack, |permission| permission.hinged);
    let unbound = permitted(pack, |permission| permission.address.is_none());
    let portals = pack.tables.values().filter(|mapping| mapping.portal.is_some());
    let choosing: BTreeSet<TableName> = portals.flat_map(people).cloned().collect();
    for (name, mapping) in &mut pack.tables {
        let own = mapping.is_subject_table();
        let about: Vec<TableName> = people(mapping).into_iter().cloned().collect();
        let among = |tables: &BTreeSet<TableName>| about.iter().any(|it| tables.contains(it));
        let records = mapping.request.is_some()
            || mapping.basis.is_some()
            || !mapping.permissions.is_empty()
            || mapping.append_only.is_some();
        mapping.followed.storage = match own {
            true if limited.contains(name) => Storage::Limited,
            true if register.sets_limits() => Storage::Unlimited,
            false if among(&limited) => Storage::About { holds: register.keeps(name) && !records },
            _ => Storage::Unjudged,
        };
        let acts = mapping.activity.is_some();
        let own_or = |tables: &BTreeSet<TableName>| among(tables) || (own && tables.contains(name));
        mapping.followed.informs = acts && own_or(&sourced);
        mapping.followed.prefers = acts && own_or(&preferring);
        let reached = !mapping.contact_points.is_empty();
        mapping.followed.hinges = reached && own_or(&hinged);
        mapping.followed.shares = reached && own_or(&unbound);
        mapping.followed.chooses = own && choosing.contains(name);
    }
}

/// The tables of people who have such permissions.
fn permitted(pack: &Pack, such: impl Fn(&PermissionMapping) -> bool) -> BTreeSet<TableName> {
    let mut tables = BTreeSet::new();
    for (name, mapping) in &pack.tables {
        if mapping.permissions.iter().any(&such) {
            tables.extend(people(mapping).into_iter().cloned());
            tables.insert(name.clone());
        }
    }
    tables
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
    mapping.subject.as_ref().map(SubjectMapping::people).unwrap_or_default()
}

fn purpose_selectors(mapping: &mut TableMapping) -> impl Iterator<Item = &mut Selector<String>> {
    let basis = mapping.basis.iter_mut().map(|basis| &mut basis.purpose);
    let permissions = mapping.permissions.iter_mut().filter_map(|it| it.purpose.as_mut());
    let activity = mapping.activity.iter_mut().map(|activity| &mut activity.purpose);
    let membership = mapping.membership.iter_mut().map(|membership| &mut membership.purpose);
    let portal = mapping.portal.iter_mut().filter_map(|portal| portal.purpose.as_mut());
    basis.chain(permissions).chain(activity).chain(membership).chain(portal)
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
    if let Some(portal) = &mapping.portal {
        note_lookup(&portal.channel, words);
        note_lookup(&portal.status, words);
        portal.purpose.iter().for_each(|purpose| note_lookup(purpose, words));
    }
    mapping.membership.iter().for_each(|it| note_lookup(&it.purpose, words));
    mapping.duties.consent_level.iter().for_each(|level| note_lookup(level, words));
    mapping.duties.needs_level.iter().for_each(|level| note_lookup(level, words));
    mapping.duties.transfer.iter().for_each(|it| note_lookup(&it.country, words));
    let born = mapping.child.iter().filter_map(|child| child.born.as_ref());
    born.filter_map(|it| it.country.as_ref()).for_each(|country| note_lookup(country, words));
    mapping.person.category.iter().for_each(|category| note_lookup(category, words));
    mapping.person.preferred_channel.iter().for_each(|channel| note_lookup(channel, words));
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
    use crate::policy::{self, ContactPointMapping};

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

    #[test]
    fn a_column_by_which_people_are_reached_is_declared_unless_the_pack_says_otherwise() {
        let point = |channel, column: &str| ContactPointMapping {
            channel,
            column: column.to_owned(),
            when: Vec::new(),
            changed_by_subject: Vec::new(),
        };
        let mut mapping = TableMapping {
            contact_points: vec![point(Channel::Email, "a"), point(Channel::Phone, "b")],
            columns: BTreeMap::from([("b".to_owned(), None)]),
            ..TableMapping::default()
        };
        declare_addresses(&mut mapping);
        assert_eq!(mapping.columns["a"], Some(Category::Email));
        assert_eq!(mapping.columns["b"], None);
    }
}
