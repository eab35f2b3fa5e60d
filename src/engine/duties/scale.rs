//! DPIA-001: processing of a kind and on a scale that asks for a data protection impact assessment.
//!
//! *What*: an activity of the register without an impact assessment comes to process, for as many people
//! as the register calls a large scale, special categories of data, scores, data of children, or what
//! follows people about (Art. 35(1) and (3); Article 29 Working Party, WP 248 rev.01). Said once for each
//! activity and kind. What the initial copy brings counts: it is processed as well.
//!
//! *Silent*: values whose former ones were not sent, because whether they are new is not known; rows about
//! somebody unknown.
//!
//! *Not a finding*: an activity whose assessment is done, or said not to be needed; a value that takes the
//! place of another, which is no further person; test people.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::people::People;
use super::{filled, violation};
use crate::engine::assess::Circumstances;
use crate::engine::classified::Classified;
use crate::engine::decide::Deciding;
use crate::engine::keys;
use crate::engine::ledger::childhood;
use crate::engine::record::Record;
use crate::model::{Category, Code, Fault, Sensitivity, Timestamp};
use crate::policy::BirthMapping;

/// What asks for an assessment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Kind {
    Special,
    Scores,
    Children,
    Tracking,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Special => "special categories of personal data",
            Kind::Scores => "scores that evaluate people",
            Kind::Children => "data of children",
            Kind::Tracking => "data that follows people about",
        }
    }

    fn of(category: Category) -> Option<Kind> {
        use Category::{BrowsingHistory, CookieIdentifier, DeviceIdentifier, PreciseLocation};
        match category {
            _ if category.sensitivity() != Sensitivity::Ordinary => Some(Kind::Special),
            PreciseLocation | BrowsingHistory | CookieIdentifier | DeviceIdentifier => {
                Some(Kind::Tracking)
            }
            _ => None,
        }
    }
}

/// On what scale an activity does each: people with such a value, until it has been said.
type Scale = BTreeMap<Kind, Option<People>>;

impl Deciding<'_> {
    /// Whether a row says of somebody that they are a child, and did not before.
    fn is_new_child(&self, record: &Record<'_>, time: Timestamp) -> Result<bool, Fault> {
        let Some(child) = &record.mapping.child else { return Ok(false) };
        let is_told = |born: &BirthMapping| record.altered(&born.column) == Some(true);
        if !record.began(&child.when) && !child.born.as_ref().is_some_and(is_told) {
            return Ok(false);
        }
        let told = childhood(record, time, &self.state, &self.engine.pseudonyms)?;
        Ok(told.and_then(|childhood| childhood.at(time)) == Some(true))
    }

    /// Counts what a change brings of it.
    pub(super) fn follow_scale(
        &mut self,
        change: &Classified<'_>,
        circumstances: &Circumstances,
    ) -> Result<(), Fault> {
        let record = change.record();
        let new = record.change.operation.new_row().is_some();
        let Some(person) = change.subject() else { return Ok(()) };
        if !record.mapping.duties.unassessed || !new || self.engine.is_retired(Code::DPIA_001) {
            return Ok(());
        }
        let mut kinds: Vec<Kind> = Vec::new();
        let table = &record.change.table;
        for (index, verdict) in self.data_map.verdicts(&table.name).iter().enumerate() {
            let kind = verdict.category.and_then(Kind::of);
            kinds.extend(kind.filter(|_| filled(record, index) == Some(true)));
        }
        if let Some(profiling) = &record.mapping.profiling {
            let mut columns = profiling.columns.iter().filter_map(|it| table.column(it));
            let scored = columns.any(|index| filled(record, index) == Some(true));
            kinds.extend(scored.then_some(Kind::Scores));
        }
        kinds
            .extend(self.is_new_child(record, circumstances.stamp.time)?.then_some(Kind::Children));
        kinds.sort_unstable();
        kinds.dedup();
        if kinds.is_empty() {
            return Ok(());
        }
        let register = &self.engine.policies.register;
        let Some(activity) = register.activity_of(&table.name) else { return Ok(()) };
        let large = register.governance.large_scale;
        let key = keys::scale(&activity.id);
        let mut scale = self.state.recall::<Scale>(&key)?.unwrap_or_default();
        let (mut found, mut more) = (Vec::new(), false);
        for kind in kinds {
            let people = scale.entry(kind).or_insert_with(|| Some(People::default()));
            let Some(known) = people else { continue };
            more |= known.note(person);
            if known.count() >= large {
                *people = None;
                found.push(kind);
            }
        }
        if more {
            self.state.write(key, &scale);
        }
        for kind in found {
            let mut asked = violation(
                Code::DPIA_001,
                format!(
                    "the activity {} has come to process {}, of {large} people or \
                     more, and the register names no impact assessment",
                    activity.id,
                    kind.name()
                ),
            );
            // Each kind is told of by itself, whatever the purpose.
            asked.column = Some(kind.name().to_owned());
            self.report(asked, circumstances, circumstances.time)?;
        }
        Ok(())
    }
}
