//! SEC-011: many records merged into one.
//!
//! **What**: one actor merged many records into one and the same survivor within a sliding window.
//!
//! **Why**: a merged record is out of sight, so that merging hides and destroys under the name of tidying
//! up (GDPR Art. 4(12), integrity; Art. 5(1)(d)). MITRE ATT&CK T1565.001, Stored Data Manipulation.
//!
//! **Not counted**: records that were merged into the same one before.
//!
//! **False positives**: a tool that removes duplicates joins pairs, at times handfuls: each survivor is
//! a series of its own. A record that was entered a dozen times over is one; merge it in two goes or raise
//! `merge`.
//!
//! **Blind spots**: merging by deletion alone, without a column that names the survivor, is SEC-002's.

use super::{Detector, Sign};
use crate::engine::pseudonym::Pseudonymizer;
use crate::engine::record::Record;
use crate::model::OperationKind;

/// What the change shows.
pub fn sign(record: &Record<'_>, pseudonyms: &Pseudonymizer) -> Option<Sign> {
    let column = record.mapping.security.merged_into.as_ref()?;
    let index = record.change.table.column(column)?;
    let update = record.change.operation.kind() == OperationKind::Update;
    let merged = update && record.changed(index) == Some(true);
    let survivor = record.content(index).filter(|_| merged)?;
    Some(Sign::of(Detector::Merge).to(pseudonyms.counted(&[b"merged into", survivor])))
}

#[cfg(test)]
mod tests {
    use crate::engine::detect::trial::{Trial, change, person};
    use crate::engine::detect::{Detector, Sign, Touch};
    use crate::model::Code;

    fn merged(number: u32, survivor: u32) -> Touch {
        let signs = vec![Sign::of(Detector::Merge).to(person(survivor))];
        Touch { signs, categories: Vec::new(), ..change("crm.contacts", number) }
    }

    #[test]
    fn many_records_merged_into_one_are_an_alarm() {
        let mut trial = Trial::new();
        let signals = trial.commit(60, (0..60).map(|number| merged(number, 7)));
        assert_eq!((signals.len(), signals[0].code), (1, Code::SEC_011));
        assert_eq!(
            signals[0].reason,
            "60 records merged into one in crm.contacts by one actor within 1 h; the tripwire is 10"
        );
    }

    #[test]
    fn a_tool_that_joins_pairs_and_handfuls_is_no_alarm() {
        let mut trial = Trial::new();
        assert!(trial.commit(60, (0..600).map(|number| merged(number, number / 3))).is_empty());
    }
}
