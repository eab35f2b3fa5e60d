//! Two records of one person whose permissions differ.
//!
//! People are one person here when they share a contact point and are called the same: of the names in a
//! person's own row one short keyed hash is kept. A family that shares a mailbox has several names.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::lookup::{Period, stood};
use super::{History, PermissionRecord, SubjectRecord, Version, histories, sharing};
use crate::engine::classified::Classified;
use crate::engine::keys;
use crate::engine::pseudonym::Pseudonymizer;
use crate::engine::record::says;
use crate::engine::state::State;
use crate::model::limits::RECORDS_COMPARED;
use crate::model::{
    Category, Cell, Channel, ColumnVerdict, Fault, OperationKind, Reference, Timestamp,
};
use crate::policy::PermissionStatus;

/// What somebody is called who is called nothing.
pub const UNNAMED: u64 = 0;

/// Of one contact point a yes and a no stand on record, in rows about different people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// The contact point.
    pub holder: Reference,
    /// Channel.
    pub channel: Channel,
    /// Purpose; empty for every purpose.
    pub purpose: String,
}

impl Conflict {
    /// The records that still contradict those of `subject`, by the people they are about: the newest of
    /// each that is valid. `row` is one that recorded what `subject` says. Of the others no more than
    /// [`RECORDS_COMPARED`] are looked at.
    pub fn contradicting(
        &self,
        (subject, row): (Reference, Option<Reference>),
        now: Timestamp,
        state: &State<'_>,
    ) -> Result<Vec<(Reference, Version<PermissionRecord>)>, Fault> {
        let mut newest: BTreeMap<Reference, Version<PermissionRecord>> = BTreeMap::new();
        let mut note = |history: &History<PermissionRecord>, whom| -> Result<(), Fault> {
            for (about, version) in valid(state, (history, whom), now)? {
                let known = newest.get(&about);
                if known.is_none_or(|known| known.stamp.place < version.stamp.place) {
                    newest.insert(about, version);
                }
            }
            Ok(())
        };
        // Behind the row stands the place in it.
        let scope = keys::permissions(self.holder, self.channel, &self.purpose);
        if let Some(row) = row {
            let name = [scope.as_slice(), &row.0].concat();
            histories::some::<PermissionRecord>(state, (&scope, &name), 1, |history| {
                note(history, None).map(|()| true)
            })?;
        }
        histories::some::<PermissionRecord>(
            state,
            (&scope, &scope),
            RECORDS_COMPARED,
            |history| note(history, None).map(|()| true),
        )?;
        for whom in sharing::having(state, self.holder)? {
            let scope = keys::permissions(whom, self.channel, &self.purpose);
            histories::each(state, &scope, |history| note(history, Some(whom)))?;
        }
        let own = newest.remove(&subject).and_then(|own| decision(&own));
        let differs =
            |it: &Version<_>| own.is_some() && decision(it).is_some_and(|it| Some(it) != own);
        Ok(newest.into_iter().filter(|(_, version)| differs(version)).collect())
    }

    /// Whether any record about somebody else may contradict what is said of `subject`.
    pub fn is_contradicted(
        &self,
        (subject, says): (Reference, bool),
        now: Timestamp,
        state: &State<'_>,
    ) -> Result<bool, Fault> {
        let scope = keys::permissions(self.holder, self.channel, &self.purpose);
        let other = |(about, version): &(Reference, Version<_>)| {
            *about != subject && decision(version).is_some_and(|it| it != says)
        };
        let mut found = false;
        histories::some::<PermissionRecord>(
            state,
            (&scope, &scope),
            RECORDS_COMPARED,
            |history| {
                found = valid(state, (history, None), now)?.iter().any(other);
                Ok(!found)
            },
        )?;
        for whom in sharing::having(state, self.holder)? {
            if found {
                break;
            }
            let scope = keys::permissions(whom, self.channel, &self.purpose);
            histories::each(state, &scope, |history| {
                found |= valid(state, (history, Some(whom)), now)?.iter().any(other);
                Ok(())
            })?;
        }
        Ok(found)
    }
}

/// What stands in a history, is valid, and is about somebody: by itself, or as it is that person's.
fn valid(
    state: &State<'_>,
    (history, whose): (&History<PermissionRecord>, Option<Reference>),
    now: Timestamp,
) -> Result<Vec<(Reference, Version<PermissionRecord>)>, Fault> {
    let about = |version: &Version<PermissionRecord>| {
        let says = version.says.filter(|says| !says.is_over(now))?;
        Some((says.about.or(whose)?, version.clone()))
    };
    Ok(stood(state, history, Period::Now)?.filter_map(about).collect())
}

/// Yes or no; `None` where it is neither.
fn decision(version: &Version<PermissionRecord>) -> Option<bool> {
    version.says.and_then(|says| says.status).and_then(yes_or_no)
}

pub(super) fn yes_or_no(status: PermissionStatus) -> Option<bool> {
    use PermissionStatus::{Confirmed, Given, OptedOut, Requested, SoftOptIn, Unknown};
    match status {
        Given | Confirmed | SoftOptIn => Some(true),
        OptedOut => Some(false),
        Requested | Unknown => None,
    }
}

/// Notes what the person is called, and that a record of a person is none any more: deleted, merged into
/// another or switched off.
pub fn note_identity(
    change: &Classified<'_>,
    verdicts: &[ColumnVerdict],
    state: &mut State<'_>,
    pseudonyms: &Pseudonymizer,
) -> Result<(), Fault> {
    let record = change.record();
    let (mapping, operation) = (record.mapping, record.change.operation.kind());
    if !mapping.is_subject_table() || mapping.contact_points.is_empty() {
        return Ok(());
    }
    let may_leave = !mapping.security.soft_deleted.is_empty()
        || !mapping.deactivated.is_empty()
        || mapping.security.merged_into.is_some();
    let named = change.categories().iter().any(|category| is_name(*category));
    if operation == OperationKind::Update && !named && !may_leave {
        return Ok(());
    }
    let Some(subject) = change.subject() else { return Ok(()) };
    let merged = mapping.security.merged_into.as_ref();
    let left = operation == OperationKind::Delete
        || says(record, &mapping.security.soft_deleted) == Some(true)
        || says(record, &mapping.deactivated) == Some(true)
        || merged.is_some_and(|column| matches!(record.cell(column), Cell::Known(_)));
    let key = keys::subject(subject);
    let before = state.share::<SubjectRecord>(&key)?.identity;
    let identity = match left {
        true => None,
        // An update that leaves the names alone.
        false if !named && before.is_some() => return Ok(()),
        false => Some(identity(change, verdicts, pseudonyms)),
    };
    if before == identity {
        return Ok(());
    }
    let mut known = state.own::<SubjectRecord>(&key)?;
    known.identity = identity;
    state.write_shared(key, known);
    Ok(())
}

fn is_name(category: Category) -> bool {
    matches!(category, Category::Name | Category::FirstName | Category::LastName)
}

/// Whether a word says how somebody is addressed, and not who it is: two records of one person may differ in it.
fn is_salutation(word: &str) -> bool {
    const SALUTATIONS: &str = "\
        mr mrs ms miss mx sir madam dr prof herr frau hr fr dipl ing mag monsieur madame mademoiselle mme mlle \
        sig signor signora signorina dott dottssa señor señora sr sra srta don doña senhor senhora dna dl domnul \
        doamna pan pani pán paní inż mgr heer mevrouw mw dhr fru frk fröken herra rouva neiti úr asszony \
        κύριος κυρία κ κα divers firma";
    SALUTATIONS.split(' ').any(|other| other == word)
}

/// The words of the names, but for how somebody is addressed, whatever their order and spelling; 0 for whoever is called nothing.
fn identity(
    change: &Classified<'_>,
    verdicts: &[ColumnVerdict],
    pseudonyms: &Pseudonymizer,
) -> u64 {
    let record = change.record();
    let columns = record.change.table.columns.iter().zip(verdicts);
    let named = columns.filter(|(_, verdict)| verdict.category.is_some_and(is_name));
    let texts = named.filter_map(|(column, _)| record.text(&column.name));
    let split = |text: &str| -> Vec<String> {
        let words = text.split(|one: char| !one.is_alphanumeric()).filter(|word| !word.is_empty());
        words.map(str::to_lowercase).filter(|word| !is_salutation(word)).collect()
    };
    let mut words: Vec<String> = texts.flat_map(split).collect();
    words.sort_unstable();
    words.dedup();
    if words.is_empty() {
        return UNNAMED;
    }
    let parts: Vec<&[u8]> =
        std::iter::once(b"identity".as_slice()).chain(words.iter().map(String::as_bytes)).collect();
    let hash = pseudonyms.counted(&parts);
    hash.0.iter().take(size_of::<u64>()).fold(0, |hash, byte| (hash << 8) | u64::from(*byte)).max(1)
}
