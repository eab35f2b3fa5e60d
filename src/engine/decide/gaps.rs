//! What was not seen: the stream breaks off, and goes on somewhere else.

use super::Deciding;
use crate::engine::keys;
use crate::model::{
    Activity, Code, Emission, Fault, Finding, Gap, GapCause, Lsn, Position, Standing, Status,
    TableName,
};

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
        if gap.cause.breaks_off() {
            self.lack_records_up_to(gap.to);
            match gap.cause {
                // No copy follows by itself, as it does on every other gap.
                GapCause::Undecodable => self.copy_at_next_start()?,
                _ => self.lose_all(another_log)?,
            }
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

    /// A part of the stream was not seen: said twice, as a coverage event with its bounds and as a
    /// finding for whoever reads findings.
    pub(in crate::engine) fn announce_gap(&mut self, gap: &Gap, table: TableName) {
        self.emit(Emission::Coverage(gap.clone()));
        let reason = match gap.cause {
            GapCause::CopyInterrupted => format!(
                "the copy was interrupted: of the rows that it had not read yet, those changed \
                 between {} and {} are known only from there",
                gap.from, gap.to
            ),
            GapCause::TableUnpublished => format!(
                "{table} left the publication between {} and {}; its changes are not seen any more",
                gap.from, gap.to
            ),
            cause => format!(
                "changes between {} and {} were not seen: {}",
                gap.from,
                gap.to,
                cause.name()
            ),
        };
        let finding = self.gap_finding(gap, table, reason);
        self.emit(Emission::Finding(Box::new(finding)));
    }

    /// What whoever reads findings is told of a gap.
    pub(in crate::engine) fn gap_finding(
        &self,
        gap: &Gap,
        table: TableName,
        reason: String,
    ) -> Finding {
        let (from, to, name) = (gap.from.to_string(), gap.to.to_string(), table.to_string());
        let mut parts = vec![gap.cause.name(), &from, &to];
        if matches!(gap.cause, GapCause::TableUnpublished | GapCause::TableUnfit) {
            parts.push(&name);
        }
        Finding {
            id: self.identify(&parts),
            activity: Activity::Create,
            code: Code::COV_002,
            status: Status::Gap,
            severity: Code::COV_002.severity(),
            standing: Standing::Enforced,
            position: Position { commit: gap.to, ordinal: 0 },
            xid: 0,
            time: gap.time,
            judged: self.now,
            table,
            subject: None,
            actor: None,
            purpose: None,
            channel: None,
            reason,
            evidence: Vec::new(),
            count: 1,
            profile: self.engine.policies.profile.name.clone(),
            policy_digest: self.engine.policies.digest.clone(),
            own_rule: None,
        }
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
