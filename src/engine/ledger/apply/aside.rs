//! What a row says of whoever it is about, while nobody knows who that is.

use super::{Ledger, end_of_validity};
use crate::engine::ledger::BasisRecord;
use crate::engine::ledger::orphans::{Orphan, Words};
use crate::model::{EvidenceRole, Fault, Reference};
use crate::policy::{BasisMapping, LawfulBasis};

impl Ledger<'_, '_> {
    pub(super) fn orphan(&self, row: Reference, words: Words) -> Orphan {
        let role = match &words {
            Words::Basis { .. } => EvidenceRole::LawfulBasis,
            Words::Permission { .. } | Words::Record => EvidenceRole::Permission,
        };
        Orphan { row, words, stamp: self.stamp, evidence: self.evidence(role, row) }
    }

    /// What the row says of whoever it is about, as long as nobody knows who that is.
    pub(super) fn words(&self) -> Result<Vec<Words>, Fault> {
        let (record, mapping) = (self.record, self.record.mapping);
        let mut words = Vec::new();
        if let Some(basis) =
            mapping.basis.as_ref().filter(|it| record.holds(&it.when) == Some(true))
            && (basis.withdrawn.is_empty() || record.holds(&basis.withdrawn) != Some(true))
            && let Some(purpose) = record.select(&basis.purpose, self.state, self.pseudonyms)?
        {
            let which = record.select(&basis.basis, self.state, self.pseudonyms)?;
            let says = self.basis_says(basis, which);
            let silent = which.is_none() && record.is_silent(&basis.basis);
            words.extend((!silent).then_some(Words::Basis { purpose, says }));
        }
        for (place, permission) in mapping.permissions.iter().enumerate() {
            words.extend(self.permission_words(permission, place as u8)?);
        }
        Ok(words)
    }

    /// What a row that records a lawful basis says; the end of a validity that cannot be read is nothing.
    pub(super) fn basis_says(
        &self,
        mapping: &BasisMapping,
        basis: Option<LawfulBasis>,
    ) -> BasisRecord {
        let record = self.record;
        let zone = &record.mapping.time_zone;
        let end = mapping.valid_until.as_ref().and_then(|column| record.text(column));
        match end.map_or(Some(None), |end| end_of_validity(end, zone)) {
            Some(valid_until) => BasisRecord { basis, valid_until },
            None => BasisRecord { basis: None, valid_until: None },
        }
    }
}
