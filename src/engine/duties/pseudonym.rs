//! ER-004: a pseudonymisation that is none any more.
//!
//! *What*: a row that stands under pseudonyms is given clear values again; or a row is written under a
//! token, and another table of the same database says whom that stands for. GDPR Art. 4(5) asks that what
//! it takes to name the person is kept apart; Art. 32(1)(a).
//!
//! *Undecided*: rows that the copy brings before the entry of their token; whether a row stood under pseudonyms before the change was not sent.
//!
//! *Not a finding*: another pseudonym in place of one; a value that is only removed; a row that ceases to
//! stand under pseudonyms by the same change is told of when its columns are given clear values; a token
//! whose entry has been deleted.

use super::{violation, written};
use crate::engine::assess::{Circumstances, accuracy};
use crate::engine::classified::Classified;
use crate::engine::decide::Deciding;
use crate::engine::keys;
use crate::engine::ledger::{Place, since};
use crate::engine::record::Record;
use crate::model::{Code, Evidence, Fault, OperationKind, Outcome, Reference};
use crate::policy::PseudonymisedMapping;

impl Deciding<'_> {
    /// Notes whom a token stands for: only that it is said, not who.
    pub(super) fn note_token(
        &mut self,
        change: &Classified<'_>,
        circumstances: &Circumstances,
    ) -> Result<(), Fault> {
        let record = change.record();
        let Some(mapping) = &record.mapping.duties.resolves else { return Ok(()) };
        let refer = |text: &str| {
            let parts = [b"token".as_slice(), text.as_bytes()];
            self.engine.pseudonyms.row(&mapping.table, &parts)
        };
        let former = record.former_text(&mapping.column).flatten().map(refer);
        let now = record.text(&mapping.column).filter(|text| !text.is_empty()).map(refer);
        match record.change.operation.new_row() {
            None => now.into_iter().for_each(|token| self.state.remove(keys::token(token))),
            Some(_) => {
                let gone = former.filter(|former| Some(*former) != now);
                gone.into_iter().for_each(|token| self.state.remove(keys::token(token)));
                if let Some(token) = now {
                    let said = (circumstances.stamp.place, circumstances.evidence());
                    self.state.write(keys::token(token), &said);
                }
            }
        }
        Ok(())
    }

    /// Holds a row that stands under a pseudonym against both.
    pub(super) fn follow_pseudonym(
        &mut self,
        change: &Classified<'_>,
        circumstances: &Circumstances,
    ) -> Result<Option<Outcome>, Fault> {
        let record = change.record();
        let duties = &record.mapping.duties;
        let by_token = match &duties.token {
            Some(column) => self.resolved(record, column)?,
            None => None,
        };
        if let Some(evidence) = by_token {
            let mut found = violation(
                Code::ER_004,
                "a row was written under a token, and another table of the same database says \
                 whom it stands for"
                    .to_owned(),
            );
            found.evidence.push(evidence);
            found.column = duties.token.clone();
            return self.found_wrong(found, circumstances);
        }
        let Some(mapping) = &duties.pseudonymised else { return Ok(None) };
        match unmasked(record, mapping) {
            Unmasked::No => Ok(None),
            Unmasked::Unknown => Ok(Some(Outcome::Undecided)),
            Unmasked::Column(column) => {
                let mut found = violation(
                    Code::ER_004,
                    format!("column {column} stood under a pseudonym and was given a clear value"),
                );
                found.column = Some(column.to_owned());
                self.found_wrong(found, circumstances)
            }
        }
    }

    /// A row that bears a token when it is copied: the entry may have been copied before it, or may follow.
    pub(super) fn follow_copied_token(
        &mut self,
        change: &Classified<'_>,
        circumstances: &Circumstances,
    ) -> Result<Option<Outcome>, Fault> {
        let record = change.record();
        let Some(column) = &record.mapping.duties.token else { return Ok(None) };
        if record.text(column).is_none_or(str::is_empty) {
            return Ok(None);
        }
        match self.follow_pseudonym(change, circumstances)? {
            None => Ok(Some(Outcome::Undecided)),
            found => Ok(found),
        }
    }

    /// The row that says whom the token of a row stands for.
    fn resolved(&self, record: &Record<'_>, column: &str) -> Result<Option<Evidence>, Fault> {
        let table = &record.change.table;
        let written = table.column(column).and_then(|index| written(record, index));
        let Some(token) = record.text(column).filter(|_| written == Some(true)) else {
            return Ok(None);
        };
        let parts = [b"token".as_slice(), token.as_bytes()];
        let token: Reference = self.engine.pseudonyms.row(&table.name, &parts);
        let Some((place, evidence)) = self.state.read::<(Place, Evidence)>(&keys::token(token))?
        else {
            return Ok(None);
        };
        let stands = since(&self.state, &evidence.table)? <= place;
        Ok(Some(evidence).filter(|_| stands && place.part == self.part()))
    }
}

enum Unmasked<'a> {
    No,
    Unknown,
    Column(&'a str),
}

/// Whether an update gave a clear value to a column of a row that stood under pseudonyms.
fn unmasked<'a>(record: &Record<'_>, mapping: &'a PseudonymisedMapping) -> Unmasked<'a> {
    if record.change.operation.kind() != OperationKind::Update {
        return Unmasked::No;
    }
    let mut unknown = false;
    for column in &mapping.columns {
        let index = record.change.table.column(column);
        let changed = index.map_or(Some(false), |index| record.changed(index));
        let Some(text) = record.text(column).filter(|_| changed != Some(false)) else { continue };
        let former = record.former_text(column).flatten();
        if is_pseudonym(text, former) {
            continue;
        }
        match (record.held(&mapping.when), changed) {
            (Some(false), _) => {}
            (Some(true), Some(true)) => return Unmasked::Column(column),
            _ => unknown = true,
        }
    }
    if unknown { Unmasked::Unknown } else { Unmasked::No }
}

/// Whether a value names nobody: masked, hashed, said to be missing, or made like the one before.
fn is_pseudonym(text: &str, former: Option<&str>) -> bool {
    let text = text.trim();
    let letters =
        |text: &str| -> String { text.chars().take_while(|one| !one.is_ascii_digit()).collect() };
    // ERASED:7 and ERASED:8, user-0017 and user-0018; a name shares no such beginning with another.
    let alike = former.is_some_and(|former| {
        let (own, other) = (letters(text), letters(former));
        own.len() >= 3 && own == other && own.len() < text.len()
    });
    let token = text.len() >= 16
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_=+/".contains(&byte))
        && text.bytes().filter(u8::is_ascii_digit).count() >= 3;
    text.is_empty() || alike || token || accuracy::is_left_out(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pseudonym_is_told_from_a_clear_value() {
        for (text, former) in [
            ("", None),
            ("ERASED:8", Some("ERASED:7")),
            ("user-0018", Some("user-0017")),
            ("a***@example.org", None),
            ("d41d8cd98f00b204e9800998ecf8427e", Some("ada")),
            ("3f2504e0-4f89-11d3-9a0c-0305e82c3301", None),
            ("Anonymous", None),
        ] {
            assert!(is_pseudonym(text, former), "{text}");
        }
        for (text, former) in [
            ("Ada Lovelace", Some("ERASED:7")),
            ("ada@example.org", Some("d41d8cd98f00b204e9800998ecf8427e")),
            ("+49 30 901820", Some("ERASED:7")),
            ("Byron", Some("Byrne")),
        ] {
            assert!(!is_pseudonym(text, former), "{text}");
        }
    }
}
