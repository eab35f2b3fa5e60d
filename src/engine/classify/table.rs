//! What is known of a table: one profile and one verdict per column.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::column::ColumnProfile;
use super::facts;
use super::kind::Kind;
use super::names::Reading;
use super::role::{self, Role};
use super::verdict::{self, Setting};
use crate::model::{Category, Column, ColumnVerdict, Row, Table};

/// Verdicts are reached again after this many sampled rows, then at each doubling, and from
/// [`SETTLED`] on at every multiple of it.
const FIRST_LOOKS: [u64; 3] = [16, 64, 256];

/// See [`FIRST_LOOKS`].
const SETTLED: u64 = 2048;

/// The columns that the pack or the operator declares; `None` declares "not personal".
pub type Declared = BTreeMap<String, Option<Category>>;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct ProfiledColumn {
    name: String,
    type_oid: u32,
    profile: ColumnProfile,
}

/// A table's profile: counters and verdicts, never values. A record of the engine's state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableProfile {
    role: Role,
    sampled: u64,
    columns: Vec<ProfiledColumn>,
    verdicts: Vec<ColumnVerdict>,
}

impl TableProfile {
    /// Judged by names and types alone.
    pub fn new(table: &Table, declared: &Declared) -> Self {
        let mut profile = TableProfile {
            role: Role::Unknown,
            sampled: 0,
            columns: Vec::new(),
            verdicts: Vec::new(),
        };
        profile.reshape(table, declared);
        profile
    }

    /// Counts one row. The caller decides which rows to sample
    /// ([`SAMPLE_ROWS`](crate::model::limits::SAMPLE_ROWS), then one in
    /// [`SAMPLE_EVERY`](crate::model::limits::SAMPLE_EVERY)). Returns the indexes of the columns
    /// whose verdict changed; empty for nearly every row.
    pub fn observe(&mut self, table: &Table, row: &Row, declared: &Declared) -> Vec<usize> {
        for (column, cell) in self.columns.iter_mut().zip(row.cells()) {
            column.profile.observe(cell, Kind::of(column.type_oid));
        }
        self.sampled += 1;
        if is_due(self.sampled) { self.judge(table, declared) } else { Vec::new() }
    }

    /// Follows a change of the table's shape or of the declarations: columns keep their counters
    /// by name, unless their type changed. Returns the indexes of the columns that are new or
    /// whose verdict changed.
    pub fn reshape(&mut self, table: &Table, declared: &Declared) -> Vec<usize> {
        let mut known: BTreeMap<String, (ProfiledColumn, ColumnVerdict)> =
            std::mem::take(&mut self.columns)
                .into_iter()
                .zip(std::mem::take(&mut self.verdicts))
                .map(|(column, verdict)| (column.name.clone(), (column, verdict)))
                .collect();
        let mut changed = Vec::new();
        for (index, column) in table.columns.iter().enumerate() {
            let kept = known.remove(&column.name);
            match kept.filter(|(kept, _)| kept.type_oid == column.type_oid) {
                Some((kept, verdict)) => {
                    self.columns.push(kept);
                    self.verdicts.push(verdict);
                }
                None => {
                    changed.push(index);
                    self.columns.push(ProfiledColumn {
                        name: column.name.clone(),
                        type_oid: column.type_oid,
                        profile: ColumnProfile::default(),
                    });
                    self.verdicts.push(verdict::silent());
                }
            }
        }
        changed.extend(self.judge(table, declared));
        changed.sort_unstable();
        changed.dedup();
        changed
    }

    /// Whether the profile is of this shape; otherwise it must be reshaped first.
    pub fn fits(&self, table: &Table) -> bool {
        let same = |(own, column): (&ProfiledColumn, &Column)| {
            own.name == column.name && own.type_oid == column.type_oid
        };
        self.columns.len() == table.columns.len()
            && self.columns.iter().zip(&table.columns).all(same)
    }

    /// The columns that the table has lost, each with a verdict that says so. To be asked before
    /// [`Self::reshape`].
    pub fn dropped(&self, table: &Table) -> Vec<(String, ColumnVerdict)> {
        let lost = self.columns.iter().filter(|column| table.column(&column.name).is_none());
        lost.map(|column| (column.name.clone(), verdict::dropped())).collect()
    }

    /// The verdicts, in the order of the table's columns.
    pub fn verdicts(&self) -> &[ColumnVerdict] {
        &self.verdicts
    }

    /// What the table's rows are taken for.
    pub fn role(&self) -> Role {
        self.role
    }

    /// How many rows were counted.
    pub fn sampled(&self) -> u64 {
        self.sampled
    }

    /// Whether any column holds personal data other than the key of a person or a reference to
    /// it.
    pub fn is_personal(&self) -> bool {
        let mut categories = self.verdicts.iter().filter_map(|verdict| verdict.category);
        categories.any(|category| category != Category::UniqueIdentifier)
    }

    /// Reaches every verdict again. Returns the indexes of those whose category or source
    /// changed.
    fn judge(&mut self, table: &Table, declared: &Declared) -> Vec<usize> {
        let readings: Vec<Reading> = facts::readings(table);
        self.role = role::of(table, &readings);
        let setting = Setting::new(self.role, &readings);
        let mut changed = Vec::new();
        for (index, (column, reading)) in self.columns.iter().zip(&readings).enumerate() {
            let current = &self.verdicts[index];
            let verdict = match declared.get(&column.name) {
                Some(&category) => verdict::declared(category),
                None => {
                    let kind = Kind::of(column.type_oid);
                    verdict::reach(&setting, reading, kind, &column.profile, current.category)
                }
            };
            if (current.category, current.source) != (verdict.category, verdict.source) {
                changed.push(index);
            }
            self.verdicts[index] = verdict;
        }
        changed
    }
}

fn is_due(sampled: u64) -> bool {
    FIRST_LOOKS.contains(&sampled)
        || (sampled >= 512 && sampled.is_power_of_two())
        || (sampled > 0 && sampled.is_multiple_of(SETTLED))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Cell, Column, Content, ReplicaIdentity, TableFacts, TableName};

    fn table(name: &str, columns: &[(&str, u32)]) -> Table {
        let column = |&(name, type_oid): &(&str, u32)| Column {
            name: name.to_owned(),
            type_oid,
            key: false,
        };
        Table {
            oid: 1,
            name: TableName::new("crm", name),
            replica_identity: ReplicaIdentity::Full,
            columns: columns.iter().map(column).collect(),
            facts: TableFacts::default(),
        }
    }

    fn row(values: &[&str]) -> Row {
        Row::from_cells(values.iter().map(|value| Cell::Known(Content::new(value.as_bytes()))))
    }

    fn categories(profile: &TableProfile) -> Vec<Option<Category>> {
        profile.verdicts().iter().map(|verdict| verdict.category).collect()
    }

    #[test]
    fn a_name_is_a_persons_only_in_a_table_of_people() {
        let columns = [("id", 23), ("name", 25), ("email", 25)];
        let contacts = TableProfile::new(&table("contacts", &columns), &Declared::new());
        let expected = [Category::UniqueIdentifier, Category::Name, Category::Email];
        assert_eq!(categories(&contacts), expected.map(Some));
        assert!(contacts.is_personal());
        let products = TableProfile::new(&table("products", &columns), &Declared::new());
        assert_eq!(categories(&products), [None, None, None]);
        assert!(!products.is_personal());
    }

    #[test]
    fn values_speak_where_the_name_is_silent() {
        let table = table("sends", &[("id", 20), ("target", 25)]);
        let mut profile = TableProfile::new(&table, &Declared::new());
        let mut changed = Vec::new();
        for number in 0..16 {
            let address = format!("person{number}@example.org");
            changed = profile.observe(&table, &row(&["7", &address]), &Declared::new());
        }
        assert_eq!(changed, [1]);
        assert_eq!(profile.verdicts()[1].category, Some(Category::Email));
        assert!(profile.verdicts()[1].why.contains("16 of 16"));
    }

    #[test]
    fn a_declaration_wins_over_every_sign() {
        let table = table("contacts", &[("email", 25), ("blob", 25)]);
        let declared = Declared::from([
            ("email".to_owned(), None),
            ("blob".to_owned(), Some(Category::Health)),
        ]);
        let mut profile = TableProfile::new(&table, &declared);
        for _ in 0..64 {
            profile.observe(&table, &row(&["ada@example.org", "x"]), &declared);
        }
        assert_eq!(categories(&profile), [None, Some(Category::Health)]);
    }

    #[test]
    fn a_new_column_starts_fresh_and_the_others_keep_their_counters() {
        let before = table("contacts", &[("email", 25)]);
        let mut profile = TableProfile::new(&before, &Declared::new());
        profile.observe(&before, &row(&["ada@example.org"]), &Declared::new());
        let after = table("contacts", &[("shoe_size", 23), ("email", 25)]);
        assert_eq!(profile.reshape(&after, &Declared::new()), [0]);
        assert_eq!(categories(&profile), [None, Some(Category::Email)]);
        assert_eq!(profile.columns[1].profile.values, 1);
    }

    #[test]
    fn a_column_that_drifts_is_judged_again_but_not_at_once() {
        let table = table("sends", &[("target", 25)]);
        let mut profile = TableProfile::new(&table, &Declared::new());
        let mut feed = |value: &str, times: usize| {
            for _ in 0..times {
                profile.observe(&table, &row(&[value]), &Declared::new());
            }
            profile.verdicts()[0].category
        };
        assert_eq!(feed("ada@example.org", 2048), Some(Category::Email));
        assert_eq!(feed("closed", 2048), Some(Category::Email));
        assert_eq!(feed("closed", 8192), None);
    }

    #[test]
    fn a_profile_survives_its_storage_and_holds_no_value() {
        let table = table("contacts", &[("email", 25), ("notes", 25)]);
        let mut profile = TableProfile::new(&table, &Declared::new());
        profile.observe(&table, &row(&["canary@example.org", "canary"]), &Declared::new());
        let stored = postcard::to_stdvec(&profile).unwrap();
        assert!(!stored.windows(6).any(|window| window == b"canary"));
        assert_eq!(postcard::from_bytes::<TableProfile>(&stored).unwrap(), profile);
    }
}
