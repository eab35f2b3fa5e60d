//! Mapped tables that lose, while the stream is followed, the shape in which the policies read them.
//!
//! *Why*: a column that was renamed or dropped reads as not known, and the rules that rest on it would fall silent.
//! So a table is held against the policies whenever its shape has changed, and what it has lost of what they read is
//! said; also at first sight, where it was made sure at the start that all tables fit. From the first change in a shape that
//! does not fit on its changes are undecided, and where the ledger is written from what is missing, all that the
//! ledger is asked is: a gap with its bounds (COV-002), which is told of as it begins and again with its end.
//!
//! *When it ends*: with the first change in a shape that fits, or under policies that it fits. What was written
//! meanwhile is still missing from the ledger, until the table has been copied anew.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::data_map::Reshaped;
use super::decide::Deciding;
use crate::model::{
    Activity, Change, Emission, Fault, Finding, Gap, GapCause, Lsn, TableName, Timestamp,
};
use crate::policy::Hidden;

/// The tables that do not fit, each with what is wrong.
pub type UnfitTables = BTreeMap<TableName, String>;

/// A table that does not fit.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Unfit {
    /// The finding that told of it.
    told: Uuid,
    /// The first transaction in that shape.
    from: Lsn,
    /// The columns that the policies read and that it has lost.
    lost: BTreeSet<String>,
    /// What the ledger lacks since.
    hides: Hidden,
}

impl Unfit {
    /// What is wrong, in words.
    pub fn why(&self, table: &TableName) -> String {
        let lost: Vec<&str> = self.lost.iter().map(String::as_str).collect();
        format!("{table} has lost what the policies read of it: {}", lost.join(", "))
    }
}

impl Deciding<'_> {
    /// Holds a table in another shape than before against the policies. Returns whether a gap has begun.
    pub(super) fn hold_against_policies(
        &mut self,
        change: &Change,
        reshaped: &Reshaped,
    ) -> Result<bool, Fault> {
        let (table, name, here) = (&change.table, &change.table.name, change.position.commit);
        let policies = &self.engine.policies;
        let known = self.unfit().get(name).cloned();
        let had = |name: &&str| {
            let before = known.as_ref().is_some_and(|known| known.lost.contains(*name));
            before || reshaped.lost.contains(*name) || (reshaped.anew && self.engine.fitted)
        };
        let lacks = policies.pack.lacks(table).into_iter().chain(policies.own.lacks(table));
        let lost: BTreeSet<String> = lacks.filter(had).map(str::to_owned).collect();
        if lost.is_empty() {
            if let Some(unfit) = known {
                self.fits_again(name, &unfit, here);
            }
            return Ok(false);
        }
        let hides = policies.pack.hides(table, &lost);
        let hidden = known.as_ref().map(|known| known.hides).unwrap_or_default();
        if hides > hidden {
            self.lack_records_of(name, hides)?;
        }
        let begins = known.is_none();
        let hides = hides.max(hidden);
        let unfit = match known {
            Some(known) => Unfit { lost, hides, ..known },
            None => self.becomes_unfit(name, Unfit { told: Uuid::nil(), from: here, lost, hides }),
        };
        self.unfit_mut().insert(name.clone(), unfit);
        Ok(begins)
    }

    /// Whether the rows of a table are not understood at present.
    pub(super) fn is_unfit(&self, table: &TableName) -> bool {
        self.unfit().contains_key(table)
    }

    fn becomes_unfit(&mut self, table: &TableName, unfit: Unfit) -> Unfit {
        let here = unfit.from;
        let gap = self.unfit_between(self.decided_to().min(here), here);
        let reason = format!("{}; from {here} on its changes are undecided", unfit.why(table));
        let finding = self.gap_finding(&gap, table.clone(), reason);
        let told = finding.id;
        self.emit(Emission::Coverage(gap));
        self.emit(Emission::Finding(Box::new(finding)));
        Unfit { told, ..unfit }
    }

    fn fits_again(&mut self, table: &TableName, unfit: &Unfit, here: Lsn) {
        self.unfit_mut().remove(table);
        let from = unfit.from;
        let gap = self.unfit_between(from, here);
        let missing = match unfit.hides {
            Hidden::Nothing => "",
            _ => "; what they recorded is missing until the table has been copied",
        };
        let reason = format!(
            "{table} fits the policies again; its changes between {from} and {here} are undecided{missing}"
        );
        if unfit.hides > Hidden::Nothing && self.copy_place().is_none() {
            self.copy_again.insert(table.clone());
        }
        let finding = self.gap_finding(&gap, table.clone(), reason);
        self.emit(Emission::Coverage(gap));
        let closed = Finding { id: unfit.told, activity: Activity::Close, ..finding };
        self.emit(Emission::Finding(Box::new(closed)));
    }

    fn unfit_between(&self, from: Lsn, to: Lsn) -> Gap {
        let time: Timestamp = self.now;
        Gap { from, to, time, cause: GapCause::TableUnfit }
    }
}
