//! Does a pack fit a table as the database publishes it?

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Condition, Duties, Pack, PersonMapping, Selector, SubjectMapping, TableMapping};
use crate::model::{Code, Fault, Table};

/// A place in a row as policies name it: a column, or with `$.` the path of a member of the JSON in one.
pub fn place(name: &str) -> (&str, Option<&str>) {
    name.split_once("$.").map_or((name, None), |(column, path)| (column, Some(path)))
}

/// Object identifiers of `json` and `jsonb` in `pg_type.dat`; 0 where the type is not known.
const WITH_MEMBERS: [u32; 3] = [114, 3802, 0];

/// What is kept from the ledger by columns that are missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Hidden {
    /// Nothing that other changes are judged by.
    #[default]
    Nothing,
    /// Where people are reached and what they permit; not why their data may be there.
    Permissions,
    /// Anything.
    Everything,
}

impl Pack {
    /// Checks that every column which the pack uses of the table is there, and holds JSON where a path lies
    /// in it.
    ///
    /// # Errors
    /// `POL-003` with the columns that are missing. Without it, everything that needs them would
    /// be undecided.
    pub fn fits(&self, table: &Table) -> Result<(), Fault> {
        let Some(mapping) = self.tables.get(&table.name) else { return Ok(()) };
        let lacking = lacking(mapping.places(), table);
        let (uses, within): (BTreeSet<&str>, BTreeSet<&str>) =
            lacking.into_iter().partition(|name| is_missing(name, table));
        let uses: BTreeSet<&str> = uses.into_iter().map(|name| place(name).0).collect();
        let wrong = [
            (uses, "uses columns of", "are not published"),
            (within, "reads members of columns of", "hold no JSON"),
        ];
        let Some((names, does, but)) = wrong.into_iter().find(|(names, ..)| !names.is_empty())
        else {
            return Ok(());
        };
        let names: Vec<&str> = names.into_iter().collect();
        let (pack, table, names) = (&self.name, &table.name, names.join(", "));
        let cause = format!("the pack {pack} {does} {table} that {but}: {names}");
        Err(Fault::new(Code::POL_003, cause))
    }

    /// The columns that the pack uses of the table and cannot read.
    pub fn lacks(&self, table: &Table) -> BTreeSet<&str> {
        let places = self.tables.get(&table.name).map(TableMapping::places).unwrap_or_default();
        lacking(places, table).into_iter().map(|name| place(name).0).collect()
    }

    /// What the table has lost keeps from the ledger.
    pub fn hides(&self, table: &Table, lost: &BTreeSet<String>) -> Hidden {
        let Some(mapping) = self.tables.get(&table.name).filter(|it| it.tells_of_others()) else {
            return Hidden::Nothing;
        };
        let reads = |places: BTreeSet<&str>| {
            let mut missing = lacking(places, table).into_iter();
            missing.any(|name| lost.contains(place(name).0))
        };
        match (reads(mapping.told_of_people()), reads(mapping.told_of_messages())) {
            (true, _) => Hidden::Everything,
            (false, true) => Hidden::Permissions,
            (false, false) => Hidden::Nothing,
        }
    }
}

/// Those of the places that cannot be read.
fn lacking<'a>(mut places: BTreeSet<&'a str>, table: &Table) -> BTreeSet<&'a str> {
    places.retain(|name| is_missing(name, table) || is_without_member(name, table));
    places
}

/// Whether the column of a place is not there.
fn is_missing(name: &str, table: &Table) -> bool {
    table.column(place(name).0).is_none()
}

/// Whether a place is a member of a column that is there and has none.
fn is_without_member(name: &str, table: &Table) -> bool {
    let (column, path) = place(name);
    let found = table.column(column).map(|index| table.columns[index].type_oid);
    path.is_some() && found.is_some_and(|found| !WITH_MEMBERS.contains(&found))
}

impl TableMapping {
    /// The columns that judgements rest on.
    pub fn uses(&self) -> BTreeSet<&str> {
        self.places().into_iter().map(|name| place(name).0).collect()
    }

    /// Whether changes of other tables are judged by what rows of this one say.
    fn tells_of_others(&self) -> bool {
        self.is_subject_table()
            || self.passes_on
            || self.basis.is_some()
            || self.request.is_some()
            || !self.permissions.is_empty()
            || !self.contact_points.is_empty()
            || !self.looked_up.is_empty()
            || !self.restricted.is_empty()
    }

    /// The columns, and members of those that hold JSON, from which the ledger knows where people are reached
    /// and what they permit.
    fn told_of_messages(&self) -> BTreeSet<&str> {
        let mut used = BTreeSet::new();
        used.extend(self.contact_points.iter().map(|point| point.column.as_str()));
        let conditions = self.contact_points.iter();
        let conditions = conditions.flat_map(|point| [&point.when, &point.changed_by_subject]);
        used.extend(conditions.flat_map(|conditions| tested(conditions)));
        for permission in &self.permissions {
            used.extend(permission.address.as_deref());
            used.extend(
                selected(&permission.channel).into_iter().chain(selected(&permission.status)),
            );
            used.extend(permission.purpose.as_ref().and_then(selected));
            used.extend(tested(&permission.when).chain(tested(&permission.evidence)));
            used.extend(permission.claims().chain(permission.valid_until.as_deref()));
            used.extend(permission.documented_by.iter().map(String::as_str));
            used.extend(tested(&permission.by_staff).chain(tested(&permission.imported)));
        }
        used
    }

    /// The same, from which it knows who people are, why their data may be there and what they ask for.
    fn told_of_people(&self) -> BTreeSet<&str> {
        let mut used = BTreeSet::new();
        match &self.subject {
            Some(SubjectMapping::Itself { key: column } | SubjectMapping::About { column, .. }) => {
                used.insert(column.as_str());
            }
            Some(SubjectMapping::AboutOneOf { kind, column, .. }) => {
                used.extend([kind.as_str(), column.as_str()]);
            }
            Some(SubjectMapping::AboutThrough { column, .. }) => drop(used.insert(column)),
            None => {}
        }
        used.extend(self.key.as_deref());
        // What the rows of others name is the declared key, the person's, or `id`.
        let named = self.passes_on && self.key.is_none() && !self.is_subject_table();
        used.extend(named.then_some("id"));
        used.extend(self.looked_up.keys().map(String::as_str));
        used.extend(tested(&self.test_rows).chain(tested(&self.restricted)));
        if let Some(basis) = &self.basis {
            used.extend(selected(&basis.purpose).into_iter().chain(selected(&basis.basis)));
            used.extend(tested(&basis.when).chain(tested(&basis.withdrawn)));
            used.extend(basis.valid_until.as_deref());
        }
        if let Some(request) = &self.request {
            used.extend(selected(&request.kind));
            used.extend(tested(&request.fulfilled).chain(tested(&request.rejected)));
            used.extend(tested(&request.withdrawn).chain(tested(&request.extended)));
            used.extend(tested(&request.paused));
            used.extend(
                request.reason.as_deref().into_iter().chain(request.received_at.as_deref()),
            );
        }
        used
    }

    /// The columns, and members of those that hold JSON, that judgements rest on.
    fn places(&self) -> BTreeSet<&str> {
        let mut used = self.told_of_people();
        used.append(&mut self.told_of_messages());
        used.extend(self.actor.as_deref());
        used.extend(self.person.columns());
        used.extend(self.uses_of_data());
        used.extend(self.duties.columns());
        used.extend(tested(&self.deactivated).chain(self.security.uses()));
        if let Some(activity) = &self.activity {
            used.extend(selected(&activity.channel).into_iter().chain(selected(&activity.purpose)));
            used.extend(activity.address.as_deref());
            used.extend(tested(&activity.when));
        }
        let retention = self.append_only.as_ref().and_then(|it| it.retention.as_ref());
        used.extend(retention.map(|it| it.recorded_at.as_str()));
        if let Some(child) = &self.child {
            used.extend(tested(&child.when).chain(tested(&child.guardian)));
            used.extend(child.born.iter().map(|born| born.column.as_str()));
            let country = child.born.iter().filter_map(|born| born.country.as_ref());
            used.extend(country.flat_map(selected));
        }
        if let Some(profiling) = &self.profiling {
            used.extend(profiling.columns.iter().map(String::as_str));
            used.extend(tested(&profiling.objected));
        }
        used
    }

    /// The columns of what rows tell of the use of data, and of acts of the data subject's own.
    fn uses_of_data(&self) -> BTreeSet<&str> {
        let mut used = BTreeSet::new();
        if let Some(list) = &self.membership {
            used.extend(list.purpose.column().into_iter().chain(tested(&list.when)));
        }
        if let Some(portal) = &self.portal {
            used.extend(portal.channel.column().into_iter().chain(portal.status.column()));
            used.extend(portal.purpose.as_ref().and_then(Selector::column));
            used.extend(tested(&portal.when));
        }
        if let Some(act) = &self.subject_act {
            used.extend(tested(&act.when).chain(act.at.as_deref()));
        }
        used
    }
}

impl PersonMapping {
    fn columns(&self) -> impl Iterator<Item = &str> {
        let category = self.category.as_ref().and_then(Selector::column);
        let preferred = self.preferred_channel.as_ref().and_then(Selector::column);
        let conditions = [&self.legal_hold].into_iter();
        let source = self.source.iter().flat_map(|it| [&it.when, &it.informed]);
        let import = self.import.iter().flat_map(|it| [&it.when, &it.evidence]);
        let conditions = conditions.chain(source).chain(import);
        let tested = conditions.flat_map(|conditions| tested(conditions));
        tested.chain(category).chain(preferred).chain(self.collected_at.as_deref())
    }
}

impl Duties {
    fn columns(&self) -> BTreeSet<&str> {
        let mut used = BTreeSet::new();
        let levels = [&self.consent_level, &self.needs_level].into_iter().flatten();
        used.extend(levels.filter_map(selected));
        used.extend(tested(&self.levels_enforced));
        used.extend(self.copies.keys().map(String::as_str));
        used.extend(self.repeated.iter().map(String::as_str));
        used.extend(self.token.as_deref());
        if let Some(mapping) = &self.pseudonymised {
            used.extend(tested(&mapping.when).chain(mapping.columns.iter().map(String::as_str)));
        }
        used.extend(self.resolves.as_ref().map(|mapping| mapping.column.as_str()));
        if let Some(delivery) = &self.delivery {
            used.extend(tested(&delivery.when).chain(tested(&delivery.delivered)));
            used.extend(tested(&delivery.cancelled).chain(delivery.data_of.as_deref()));
        }
        if let Some(transfer) = &self.transfer {
            used.extend(selected(&transfer.country));
            used.extend(tested(&transfer.when).chain(tested(&transfer.safeguards)));
        }
        used
    }
}

fn selected<T>(selector: &Selector<T>) -> Option<&str> {
    match selector {
        Selector::Fixed(_) => None,
        Selector::Column { column, .. } | Selector::Lookup { column, .. } => Some(column),
    }
}

fn tested(conditions: &[Condition]) -> impl Iterator<Item = &str> {
    conditions.iter().map(|condition| condition.column.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Column, ReplicaIdentity, TableFacts, TableName};
    use crate::policy;

    fn published(columns: &[&str]) -> Table {
        let column = |name: &&str| Column { name: (*name).into(), type_oid: 25, key: false };
        Table {
            oid: 1,
            name: TableName::new("crm", "privacy_requests"),
            replica_identity: ReplicaIdentity::Full,
            columns: columns.iter().map(column).collect(),
            facts: TableFacts::default(),
        }
    }

    #[test]
    fn a_column_that_is_not_published_is_named() {
        let policies = policy::compile(&policy::embedded::demo()).expect("the demo's compile");
        let columns = ["id", "contact_id", "kind", "status", "received_at", "modified_by"];
        let whole = published(&columns);
        assert_eq!(policies.pack.fits(&whole), Ok(()));
        let fault = policies.pack.fits(&published(&["id", "contact_id", "kind"])).unwrap_err();
        assert_eq!(fault.code, Code::POL_003);
        assert!(fault.cause.contains("modified_by, received_at, status"), "{}", fault.cause);
    }

    /// The demonstration's policies with another column in place of one, once.
    fn with(column: &str, other: &str) -> Result<policy::Policies, Vec<Fault>> {
        let mut files = policy::embedded::demo();
        let text = files.get_mut("packs/demo.yaml").expect("the demo's pack");
        let begin = text.find("crm.privacy_requests:").expect("its requests");
        let changed = text[begin..].replacen(column, other, 1);
        text.truncate(begin);
        text.push_str(&changed);
        policy::compile(&files)
    }

    #[test]
    fn members_are_read_of_json_alone() {
        let policies =
            with("column: status, in: [completed]", "column: state$.now, in: [completed]")
                .unwrap_or_else(|faults| panic!("{faults:?}"));
        let columns = ["contact_id", "kind", "status", "received_at", "modified_by"];
        let fault = policies.pack.fits(&published(&columns)).unwrap_err();
        assert!(fault.cause.ends_with("that are not published: state"), "{}", fault.cause);
        let mut whole = published(&[&columns[..], &["state"]].concat());
        let fault = policies.pack.fits(&whole).unwrap_err();
        assert!(fault.cause.ends_with("that hold no JSON: state$.now"), "{}", fault.cause);
        whole.columns.last_mut().expect("the state").type_oid = WITH_MEMBERS[1];
        assert_eq!(policies.pack.fits(&whole), Ok(()));
    }

    #[test]
    fn what_is_lost_keeps_from_the_ledger_what_is_written_from_it() {
        let policies = policy::compile(&policy::embedded::demo()).expect("the demo's compile");
        let lost = |table: &str, column: &str| {
            let table = TableName::new("crm", table);
            let mapping = &policies.pack.tables[&table];
            let there: Vec<&str> = mapping.uses().into_iter().filter(|it| *it != column).collect();
            let shape = Table { name: table, ..published(&there) };
            assert_eq!(policies.pack.lacks(&shape), BTreeSet::from([column]));
            policies.pack.hides(&shape, &BTreeSet::from([column.to_owned()]))
        };
        assert_eq!(lost("lawful_bases", "basis"), Hidden::Everything);
        assert_eq!(lost("consents", "state"), Hidden::Permissions);
        assert_eq!(lost("contacts", "phone"), Hidden::Permissions);
        assert_eq!(lost("contacts", "id"), Hidden::Everything);
        assert_eq!(lost("sends", "status"), Hidden::Nothing);
        assert_eq!(lost("contacts", "owner_id"), Hidden::Nothing);
        let whole =
            published(&["id", "contact_id", "kind", "status", "received_at", "modified_by"]);
        assert!(policies.pack.lacks(&whole).is_empty());
    }

    #[test]
    fn a_member_is_no_column() {
        for (column, other) in [
            ("column: contact_id", "column: about$.contact"),
            ("received_at: received_at", "received_at: times$.received"),
            ("actor: modified_by", "actor: log$.by"),
        ] {
            let faults = with(column, other).unwrap_err();
            assert!(faults[0].cause.contains("is a member of a column"), "{}", faults[0]);
        }
        assert!(with("column: status", "column: states$[*]").is_err(), "an element of a list");
    }
}
