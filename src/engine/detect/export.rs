//! SEC-003: more records exported than anybody reads.
//!
//! **What**: the CRM's own rows about exports, reports or reads add up, for one actor and within a
//! sliding window, to at least the records of `mass_export`. A row counts by its number of records, or
//! as one record where no column says how many.
//!
//! **Why**: reading leaves no trace in the change stream but this one. Disclosure to somebody without need
//! is a breach of confidentiality (GDPR Art. 4(12)); noticing it is security of processing (Art. 32(1)).
//! MITRE ATT&CK T1213.004, Customer Relationship Management Software; T1119; T1020.
//!
//! **Counted**: a job whose number comes later counts by what it has grown, if the old row is sent whole.
//!
//! **False positives**: scheduled reports and backups by a service account: leave them out with
//! `when`. Reports at the end of a quarter: raise the number, or declare them as maintenance.
//!
//! **Blind spots**: exports that the CRM does not record, SELECT in the database itself, and numbers
//! that it records wrongly.

use super::{Detector, Sign};
use crate::engine::record::Record;
use crate::model::OperationKind;

/// What the change shows.
pub fn sign(record: &Record<'_>) -> Option<Sign> {
    let export = record.mapping.security.export.as_ref()?;
    if record.change.operation.new_row().is_none() || record.holds(&export.when) != Some(true) {
        return None;
    }
    let insert = record.change.operation.kind() == OperationKind::Insert;
    let began = insert || (!export.when.is_empty() && record.held(&export.when) == Some(false));
    let records = match &export.rows {
        None => u64::from(began),
        Some(column) => {
            let now = number(record.text(column));
            let before = if began { 0 } else { number(record.former_text(column)?) };
            now.saturating_sub(before)
        }
    };
    (records > 0).then(|| Sign { records, ..Sign::of(Detector::Export) })
}

/// A whole number; what is not one counts nothing.
fn number(text: Option<&str>) -> u64 {
    let whole = text.map(|text| text.split_once('.').map_or(text, |(whole, _)| whole).trim());
    whole.and_then(|whole| whole.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use crate::engine::detect::trial::{Trial, change, person};
    use crate::engine::detect::{Detector, Sign, Touch};
    use crate::model::{BreachType, Code, OperationKind};

    fn exported(records: u64) -> Touch {
        Touch {
            operation: OperationKind::Insert,
            about_people: false,
            subject: None,
            categories: Vec::new(),
            signs: vec![Sign { records, ..Sign::of(Detector::Export) }],
            ..change("crm.exports", 0)
        }
    }

    #[test]
    fn exports_of_a_day_add_up_to_an_alarm() {
        let mut trial = Trial::new();
        assert!(trial.commit(60, [exported(5_000)]).is_empty());
        let signals = trial.commit(3_600, [exported(5_000)]);
        assert_eq!((signals.len(), signals[0].code), (1, Code::SEC_003));
        assert_eq!(
            (signals[0].extent.records, signals[0].breach),
            (10_000, BreachType::Confidentiality)
        );
        assert_eq!(
            signals[0].reason,
            "10,000 records exported by crm.exports by one actor within 24 h; \
             the tripwire is 10,000"
        );
    }

    #[test]
    fn a_row_that_names_somebody_stands_for_its_records_as_well() {
        let named = Touch { subject: Some(person(3)), about_people: true, ..exported(10_000) };
        assert_eq!(Trial::new().commit(60, [named]).len(), 1);
    }

    #[test]
    fn lists_of_a_normal_day_and_the_next_day_s_are_no_alarm() {
        let mut trial = Trial::new();
        for day in 0..5 {
            assert!(trial.commit(90_000 * day, [exported(9_000)]).is_empty());
        }
    }

    #[test]
    fn only_whole_numbers_count() {
        let numbers = [Some("5000"), Some("12.0"), Some("many"), Some("-3"), None];
        assert_eq!(numbers.map(super::number), [5_000, 12, 0, 0, 0]);
    }
}
