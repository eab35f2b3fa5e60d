//! What the detectors are told of a change.

use super::classified::Classified;
use super::decide::Deciding;
use super::detect::schema_change::SchemaChange;
use super::detect::{
    Sign, Touch, access, account, audit_bypass, audit_tampered, ciphertext, contact_point,
    destination, export, leaver, merge, moved, payee, reassignment, scramble, soft_deletion,
};
use super::keys;
use super::ledger::{Applied, SubjectRecord};
use crate::model::{Fault, Message, OperationKind, Position, Timestamp};
use crate::policy::Provenance;

impl Deciding<'_> {
    /// Tells them. `time` is stream time, `copied` whether the row was there before.
    pub(super) fn touched(
        &mut self,
        change: &Classified<'_>,
        applied: &Applied,
        test: bool,
        (time, copied): (Timestamp, bool),
    ) -> Result<(), Fault> {
        let mut touch = Touch::of(change, applied, test);
        self.note_entry(change, copied);
        if !test {
            touch.signs = self.signs(change, time, copied)?;
            if !copied && self.tally.compares(&touch.table) {
                let verdicts = self.data_map.verdicts(&touch.table);
                touch.moves = scramble::moves(change, verdicts, &self.engine.pseudonyms);
            }
        }
        let envelope = if copied { None } else { self.envelope(change, &touch, time) };
        match envelope {
            Some(envelope) => {
                self.tally.touch_within(&envelope, &touch);
                self.watch.touch_within(&envelope, &touch);
            }
            None => {
                self.tally.touch(&touch);
                self.watch.touch(&touch);
            }
        }
        Ok(())
    }

    /// What the columns that the pack maps for security say.
    fn signs(
        &mut self,
        change: &Classified<'_>,
        time: Timestamp,
        copied: bool,
    ) -> Result<Vec<Sign>, Fault> {
        let mut signs = Vec::new();
        let record = change.record();
        let pseudonyms = &self.engine.pseudonyms;
        let security = &record.mapping.security;
        if let Some(mapping) = &security.account {
            self.accounts.note(record, mapping, time, &mut self.state, pseudonyms)?;
            signs.extend(account::address(record, time, copied, &mut self.state, pseudonyms)?);
        }
        signs.extend(destination::sign(record, copied, &mut self.state, pseudonyms)?);
        if copied {
            return Ok(Vec::new());
        }
        if record.change.operation.kind() == OperationKind::Truncate {
            return Ok(audit_tampered::sign(record, time).into_iter().collect());
        }
        let own = match change.actor() {
            Some(actor) => self.accounts.of(actor, &self.state)?,
            None => None,
        };
        signs.extend(leaver::sign(change, own, time));
        signs.extend(self.engine.decoys.sign(change));
        let verdicts = self.data_map.verdicts(&record.change.table.name);
        signs.extend(payee::sign(change, verdicts, pseudonyms));
        signs.extend(ciphertext::signs(change, verdicts, pseudonyms));
        signs.extend(contact_point::sign(record, pseudonyms));
        signs.extend(moved::rekeyed(record));
        if security.is_empty() {
            return Ok(signs);
        }
        if let Some(mapping) = &security.account {
            signs.extend(account::signs(change, mapping, pseudonyms));
        }
        signs.extend(account::credential(change, pseudonyms));
        signs.extend(audit_tampered::sign(record, time));
        signs.extend(access::sign(change, pseudonyms));
        signs.extend(moved::signs(record, pseudonyms));
        signs.extend(soft_deletion::sign(record));
        signs.extend(reassignment::sign(record, change.actor(), own, pseudonyms));
        signs.extend(merge::sign(record, pseudonyms));
        signs.extend(export::sign(record));
        if self.engine.policies.pack.provenance == Provenance::Origin {
            signs.extend(audit_bypass::sign(record));
        }
        Ok(signs)
    }

    /// A message reports a schema change.
    pub(super) fn schema_changed(&mut self, message: &Message, position: Position) {
        let engine = self.engine;
        let named = |role: &[u8]| engine.pseudonyms.actor(role);
        let change = SchemaChange::read(&message.content, position, &engine.policies, named);
        let Some(change) = change else { return };
        match self.engine.envelopes.of_schema(&change, self.transaction_time()) {
            Some(envelope) => self.tally.schema_changed_within(&envelope, change),
            None => self.tally.schema_changed(change),
        }
    }

    /// Counts the row if it is an entry of an audit log.
    fn note_entry(&mut self, change: &Classified<'_>, copied: bool) {
        let record = change.record();
        if copied || record.change.operation.kind() != OperationKind::Insert {
            return;
        }
        for (table, when) in &record.mapping.security.audits {
            if record.holds(when) == Some(true) {
                self.tally.audited(table);
            }
        }
    }

    /// Whether the row is a test record, or about one. A person who is declared to be a test is
    /// one only afterwards.
    pub(super) fn is_test(&self, change: &Classified<'_>) -> Result<bool, Fault> {
        let record = change.record();
        if record.mapping.is_subject_table() {
            return Ok(record.is_test() == Some(true));
        }
        let Some(subject) = change.subject() else { return Ok(false) };
        let known = self.state.share::<SubjectRecord>(&keys::subject(subject))?;
        Ok(known.test || record.is_test() == Some(true))
    }
}
