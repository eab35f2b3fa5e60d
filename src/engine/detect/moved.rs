//! SEC-018, SEC-019 and SEC-020: records of another tenant, under another key, for a longer time.
//!
//! **What**: by one actor and within an hour, at least three records were given to another tenant
//! (`tenant`, SEC-018); the keys of at least twenty data subjects were changed (SEC-019); at least twenty
//! records are to be kept for longer, or for good (`kept_until`, SEC-020).
//!
//! **Why**: the other tenant's people can see them from then on (GDPR Art. 4(12), confidentiality). Whoever
//! has another key is not found any more by what refers to the former one: consents, objections, requests
//! (Art. 5(1)(d), availability). Who pushes the end of storage out keeps what should go (Art. 5(1)(e)).
//! MITRE ATT&CK T1565.001, Stored Data Manipulation.
//!
//! **Not counted**: a tenant that is set for the first time; keys in other tables; an end that comes nearer,
//! or is entered for the first time.
//!
//! **False positives**: a household that was filed with the wrong tenant is two records; more of them, new
//! keys and a legal hold are work to be declared as maintenance.
//!
//! **Blind spots**: a copy under the other tenant, which is an insert; tables without REPLICA IDENTITY FULL.

use super::{Detector, Sign};
use crate::engine::pseudonym::Pseudonymizer;
use crate::engine::record::Record;
use crate::model::{Cell, OperationKind};
use crate::policy::SubjectMapping;

/// What the change shows.
pub fn signs(record: &Record<'_>, pseudonyms: &Pseudonymizer) -> Vec<Sign> {
    if record.change.operation.kind() != OperationKind::Update {
        return Vec::new();
    }
    let security = &record.mapping.security;
    let column = |name: &Option<String>| record.change.table.column(name.as_deref()?);
    let tenant = column(&security.tenant).and_then(|index| record.replaced(index));
    let to = tenant.map(|(_, new)| pseudonyms.counted(&[b"tenant", new]));
    let moved = to.map(|to| Sign::of(Detector::Tenant).to(to));
    let longer = security.kept_until.as_ref().is_some_and(|column| is_longer(record, column));
    let longer = longer.then(|| Sign::of(Detector::KeptLonger));
    moved.into_iter().chain(longer).collect()
}

/// Whether the key of a data subject was changed.
pub fn rekeyed(record: &Record<'_>) -> Option<Sign> {
    let Some(SubjectMapping::Itself { key }) = &record.mapping.subject else { return None };
    let update = record.change.operation.kind() == OperationKind::Update;
    let index = record.change.table.column(key).filter(|_| update)?;
    record.replaced(index).map(|_| Sign::of(Detector::Rekeyed))
}

/// Whether a row is kept for longer than before: until a later day, or for good.
fn is_longer(record: &Record<'_>, column: &str) -> bool {
    let read = |text| Some(record.mapping.time_zone.moments(text)?.0);
    let Some(before) = record.former_text(column).flatten().and_then(read) else { return false };
    let later = || record.text(column).and_then(read).is_some_and(|now| now > before);
    record.cell(column) == Cell::Null || later()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::detect::Touch;
    use crate::engine::detect::trial::{Trial, change, person};
    use crate::model::{BreachType, Code};

    fn touched(number: u32, sign: Sign) -> Touch {
        Touch { signs: vec![sign], categories: Vec::new(), ..change("crm.contacts", number) }
    }

    fn all(detector: Detector, rows: u32) -> Vec<(Code, BreachType)> {
        let sign = || Sign::of(detector).to(person(7));
        let signals = Trial::new().commit(60, (0..rows).map(|row| touched(row, sign())));
        signals.iter().map(|signal| (signal.code, signal.breach)).collect()
    }

    #[test]
    fn many_records_moved_renamed_or_kept_are_an_alarm_and_a_few_are_none() {
        for (detector, rows, code, breach) in [
            (Detector::Tenant, 3, Code::SEC_018, BreachType::Confidentiality),
            (Detector::Rekeyed, 20, Code::SEC_019, BreachType::Availability),
            (Detector::KeptLonger, 20, Code::SEC_020, BreachType::Integrity),
        ] {
            assert_eq!(all(detector, rows), [(code, breach)]);
            assert_eq!(all(detector, rows - 1), []);
        }
    }
}
