//! What was not seen: the stream breaks off, and goes on somewhere else.

use super::Deciding;
use crate::engine::keys;
use crate::model::{Fault, Gap, GapCause, Lsn, Position, TableName};

impl Deciding<'_> {
    /// A part of the stream was not seen.
    pub(super) fn gap(&mut self, gap: &Gap) -> Result<(), Fault> {
        if gap.cause == GapCause::Undecodable {
            // Told again with its transaction.
            if gap.to <= self.progress.undecodable {
                return Ok(());
            }
            self.progress.undecodable = gap.to;
        }
        match gap.cause.breaks_off() {
            true => {
                self.observed.gap(gap);
                self.break_off();
                self.now = self.now.max(gap.time);
                self.silence_begins_anew()?;
            }
            // Time does not move on: the transactions of that part are still to come.
            false if gap.cause == GapCause::CopyInterrupted => {
                if !self.copy_interrupted(gap.to)? {
                    return Ok(());
                }
            }
            false => {}
        }
        let another_log = gap.cause.leads_to_another_log();
        if gap.cause.breaks_off() && gap.cause != GapCause::Undecodable {
            self.lose_all(another_log)?;
        }
        if another_log {
            self.progress.undecodable = Lsn::ZERO;
            self.forget_copies()?;
            // Positions of another log cannot be compared with ours. An end without a position says
            // for good that we are in one, and that nothing of it has been decided.
            self.progress.checkpoint.position = Position::default();
            self.progress.checkpoint.end = gap.to;
        }
        self.announce_gap(gap, TableName::new("pg_catalog", "pg_replication_slots"));
        Ok(())
    }

    /// What comes now does not follow on what came before: the open transaction never ends.
    pub(super) fn break_off(&mut self) {
        self.state.write(keys::part_end(self.progress.part), &self.now);
        self.progress.part += 1;
        self.progress.open = None;
        self.tally.abandon(&mut self.state);
        self.watch.abandon(&mut self.state);
    }
}
