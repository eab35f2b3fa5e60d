//! Own rules: what a change must not say, in the controller's words (OWN-001).
//!
//! A condition is evaluated when its row comes, since nothing of the row is kept. What it asks of the
//! ledger is left open and answered about the end of the transaction ([`Left`]): a word for each
//! question, and no value.

mod evaluate;
mod left;
mod value;

use super::assess::{Circumstances, Question};
use super::classified::Classified;
use super::decide::Deciding;
use super::judge::Due;
use super::keys;
use super::questions::Assessment;
use crate::model::{Fault, OperationKind, Outcome, Position, Timestamp};
use evaluate::Evaluation;
pub use left::{Asked, Left};

impl Deciding<'_> {
    /// Holds a change against the rules of its table. What a copy brings is no change of anybody's, and
    /// an emptied table has no rows to look at.
    pub(super) fn judge_own(
        &mut self,
        change: &Classified<'_>,
        circumstances: &Circumstances,
    ) -> Result<Assessment, Fault> {
        let engine = self.engine;
        let rules = engine.policies.own.of_table(&circumstances.table);
        let operation = change.record().change.operation.kind();
        let mut assessment = Assessment::default();
        if rules.is_empty() || circumstances.copied || operation == OperationKind::Truncate {
            return Ok(assessment);
        }
        for rule in rules.iter().filter(|rule| rule.operations.contains(&operation)) {
            let evaluation = Evaluation::new(change, circumstances, (engine, &self.state));
            match evaluation.left(&rule.when)? {
                Left::Told(Some(false)) => {}
                Left::Told(None) => {
                    assessment.outcome = assessment.outcome.max(Some(Outcome::Undecided));
                }
                left => {
                    if left.asks_for_size() {
                        self.await_size(circumstances)?;
                    }
                    let rule = rule.named.name.clone();
                    assessment.questions.push(Question::Own { rule, left });
                }
            }
        }
        Ok(assessment)
    }

    /// Somebody will ask how many changes the transaction has.
    fn await_size(&mut self, change: &Circumstances) -> Result<(), Fault> {
        let key = keys::transaction_size(change.stamp.place);
        if self.state.read::<u64>(&key)?.is_none() {
            self.state.write(key, &0u64);
        }
        Ok(())
    }

    /// The transaction is over: if somebody asked, its size is known until they have been answered.
    pub(super) fn note_size(&mut self, commit: Position, time: Timestamp) -> Result<(), Fault> {
        if self.engine.policies.own.all().len() == 0 {
            return Ok(());
        }
        let key =
            keys::transaction_size(super::ledger::Place { part: self.part(), position: commit });
        if self.state.read::<u64>(&key)?.is_some() {
            self.state.write(key.clone(), &commit.ordinal.saturating_sub(1));
            let deadline = time + self.engine.policies.profile.grace;
            self.expect(keys::due(deadline, commit, u8::MAX), &Due::Over(key));
        }
        Ok(())
    }
}
