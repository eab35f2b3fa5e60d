//! SEC-006: sensitive records opened to more people.
//!
//! **What**: a row that the pack maps under `access` opens records to many (a share with everyone, a role
//! that may read all), or a row that restricts who sees them is deleted or switched off.
//!
//! **Why**: who may see data of Art. 9 is to be few by design (GDPR Art. 25(2), Art. 32(1)(b)). MITRE
//! ATT&CK T1098.003, T1222.
//!
//! **Not counted**: actors who manage access (`managed_by`); rows that were open before; what the
//! initial copy brings.
//!
//! **False positives**: a rule that is replaced by another within one transaction: name who does that
//! under `managed_by`, or declare it as maintenance.
//!
//! **Blind spots**: rules in code or in views; grants in the database itself, which SEC-014 sees of tables;
//! tables without REPLICA IDENTITY FULL, of which a deleted row does not say what it restricted.

use super::account::is_managed;
use super::{Detector, Sign};
use crate::engine::classified::Classified;
use crate::engine::pseudonym::Pseudonymizer;
use crate::engine::record::Record;
use crate::model::OperationKind;
use crate::policy::Condition;

/// What the change shows.
pub fn sign(change: &Classified<'_>, pseudonyms: &Pseudonymizer) -> Option<Sign> {
    let record = change.record();
    let mapping = record.mapping.security.access.as_ref()?;
    let widened = record.began(&mapping.opens)
        || record.ended(&mapping.restricts)
        || is_removed(record, &mapping.restricts);
    let suspect = widened && !is_managed(change.actor(), &mapping.managed_by, pseudonyms);
    suspect.then(|| Sign::of(Detector::Access))
}

fn is_removed(record: &Record<'_>, conditions: &[Condition]) -> bool {
    record.change.operation.kind() == OperationKind::Delete
        && !conditions.is_empty()
        && record.held(conditions) == Some(true)
}

#[cfg(test)]
mod tests {
    use crate::engine::detect::trial::{Trial, change};
    use crate::engine::detect::{Detector, Sign, Touch};
    use crate::model::{BreachType, Code};

    #[test]
    fn one_rule_that_opens_records_is_an_alarm() {
        let sign = Sign::of(Detector::Access);
        let opened = Touch { signs: vec![sign], subject: None, ..change("crm.shares", 1) };
        let signals = Trial::new().commit(60, [opened]);
        assert_eq!((signals.len(), signals[0].code), (1, Code::SEC_006));
        assert_eq!(signals[0].breach, BreachType::Confidentiality);
        assert_eq!(
            signals[0].reason,
            "1 rule that opens records to more people made in crm.shares by one actor within 1 h; \
             one is enough"
        );
    }
}
