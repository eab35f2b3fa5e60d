//! What to do on a new connection, decided from the slot's state and from where we were.

use tokio::time::Instant;

use super::Resume;
use super::looks::Looks;
use super::publication::Memberships;
use super::slot::SlotState;
use super::timeline::{Known, Standing};
use crate::engine::Checkpoint;
use crate::model::{CopyMemory, GapCause, Lsn, Position, Table};

/// Where we were.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Progress {
    /// Where to go on; zero until an initial copy has been handed over whole. While another copy
    /// is being taken, how far the stream had come before it.
    pub from: Lsn,
    /// A part that was not seen, from this position on, which the next initial copy announces.
    pub gap: Option<(GapCause, Lsn)>,
    /// Whether we know why the slot is there, if it is.
    pub slot_expected: bool,
    /// The database of the store.
    pub system: Option<(String, u32)>,
    /// How far its log was decided when this run began.
    pub position: Position,
    /// How far its log has come to us in this run; what lies between here and what was
    /// acknowledged may be decided already.
    pub reached: Lsn,
    /// Copies, as far as they have been handed over.
    pub memory: CopyMemory,
    /// In a copy, the ordinal of the next row.
    pub ordinal: u64,
    /// What was published when it was looked at last.
    pub memberships: Memberships,
    /// The published tables with what the catalogue said of them, looked at then as well.
    pub tables: Vec<Table>,
    /// When what is published was looked at.
    pub looks: Looks,
    /// When to try again to copy tables that have joined.
    pub join_again: Option<Instant>,
}

impl Progress {
    /// From what the store remembers.
    pub fn new(resume: Option<Resume>) -> Self {
        let Some(Resume { checkpoint, system_identifier, timeline, copies }) = resume else {
            return Progress::default();
        };
        let system = Some((system_identifier, timeline));
        // That the log is another one was announced, and nothing of it has been decided yet.
        if checkpoint.position == Position::default() && checkpoint.end != Lsn::ZERO {
            return Progress { system, ..Progress::of_another_log(checkpoint.end) };
        }
        Progress {
            from: checkpoint.end,
            slot_expected: true,
            system,
            position: checkpoint.position,
            ordinal: checkpoint.position.ordinal + 1,
            memory: copies,
            ..Progress::default()
        }
    }

    /// In a log of which nothing is known but that it is another one, which was announced up to
    /// `end`. Nothing but a new copy leads on, and the log has no slot yet that would keep what
    /// comes before it; a slot that a backup brought back is not the one we left.
    pub fn of_another_log(end: Lsn) -> Self {
        let gap = Some((GapCause::SlotMissing, end));
        Progress { from: end, gap, slot_expected: true, ..Progress::default() }
    }

    /// What to announce before anything else when the server's log is not the one we followed.
    pub fn left_log(&self, acknowledged: Lsn, standing: Standing) -> Option<(GapCause, Lsn)> {
        // Of a stream that never began nothing was missed.
        if self.from == Lsn::ZERO && self.memory.open.is_none() {
            return None;
        }
        let from = self.from.max(acknowledged);
        match standing {
            Standing::Same | Standing::Continued { .. } => None,
            Standing::Foreign => Some((GapCause::SystemChanged, from)),
            Standing::Restored { common } => Some((GapCause::Restored, common.min(from))),
        }
    }

    /// What a server has to be compared with; `None` in a new store.
    pub fn known(&self, acknowledged: Lsn) -> Option<Known<'_>> {
        let (identifier, timeline) = self.system.as_ref()?;
        let end = self.from.max(acknowledged).max(self.reached);
        let checkpoint = Checkpoint { position: self.position, end, ..Checkpoint::default() };
        Some(Known { identifier, timeline: *timeline, checkpoint })
    }
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Plan {
    /// Stream from here.
    Stream(Lsn),
    /// Drop the slot if there is one, make it anew, announce what was missed, copy, then stream.
    Copy(Option<(GapCause, Lsn)>),
    /// Go on with the copy that was interrupted, then stream.
    GoOn,
}

/// Decides, for a server whose log is the one of the store. `acknowledged` is what was acknowledged
/// in this run.
///
/// Every gap ends in a new initial copy: what happened in between cannot be known, but where it
/// led to can.
pub(super) fn plan(progress: &Progress, acknowledged: Lsn, slot: Option<&SlotState>) -> Plan {
    let from = progress.from.max(acknowledged);
    let copy = progress.memory.open.as_ref().map(|open| open.origin.point);
    if copy.is_none() && progress.gap.is_some() {
        return Plan::Copy(progress.gap);
    }
    if copy.is_none() && progress.from == Lsn::ZERO {
        return Plan::Copy(match slot {
            // Somebody confirmed up to here, and that knowledge is not in our store.
            Some(slot) if !progress.slot_expected => Some((GapCause::SlotAdvanced, slot.confirmed)),
            _ => None,
        });
    }
    let cause = match slot {
        None => GapCause::SlotMissing,
        Some(slot) if slot.health.invalid().is_some() => GapCause::SlotLost,
        // Starting below it, the server would go on from there without a word.
        Some(slot) if slot.confirmed > copy.unwrap_or(from) => GapCause::SlotAdvanced,
        Some(_) if copy.is_some() => return Plan::GoOn,
        Some(_) => return Plan::Stream(from),
    };
    Plan::Copy(match progress.gap {
        // What has happened since belongs to the gap that the copy was to close.
        Some(gap) => Some(gap),
        // Of a stream that never began nothing was missed.
        None if progress.from == Lsn::ZERO => None,
        None => Some((cause, from)),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::slot_health::SlotHealth;
    use super::super::status::Flushed;
    use super::*;
    use crate::model::{CopyNews, CopyOrigin, Timestamp, TransactionKind};

    fn slot(confirmed: u64, wal_status: &str) -> SlotState {
        SlotState {
            active_pid: None,
            application_name: String::new(),
            ours: true,
            health: SlotHealth { wal_status: wal_status.into(), ..SlotHealth::default() },
            confirmed: Lsn(confirmed),
            retained_bytes: 0,
            flushed: Flushed { time: Timestamp(0), lsn: Lsn(confirmed) },
        }
    }

    fn resume(commit: u64, end: u64) -> Resume {
        let position = Position { commit: Lsn(commit), ordinal: 3 };
        Resume {
            checkpoint: Checkpoint { position, end: Lsn(end), time: Timestamp(0) },
            system_identifier: "1".into(),
            timeline: 1,
            copies: CopyMemory::default(),
        }
    }

    /// Within a copy just below 800, after a stream up to `end`.
    fn copying(kind: TransactionKind, end: u64) -> Resume {
        let mut resume = resume(799, end);
        resume.copies.note(&CopyNews::Begun(Box::new(CopyOrigin {
            kind,
            point: Lsn(800),
            snapshot: "1:1:".into(),
            chunk_pages: 8,
            tables: BTreeSet::new(),
            relations: Vec::new(),
        })));
        resume
    }

    fn decided(resume: Option<Resume>, slot: Option<SlotState>) -> Plan {
        plan(&Progress::new(resume), Lsn::ZERO, slot.as_ref())
    }

    #[test]
    fn a_new_store_copies_and_announces_a_slot_it_does_not_know() {
        assert_eq!(decided(None, None), Plan::Copy(None));
        let unknown = Some((GapCause::SlotAdvanced, Lsn(80)));
        assert_eq!(decided(None, Some(slot(80, "reserved"))), Plan::Copy(unknown));
    }

    #[test]
    fn an_unfinished_copy_goes_on_while_its_slot_stands_where_it_began() {
        for kind in [TransactionKind::InitialCopy, TransactionKind::TableCopy] {
            for confirmed in [792, 800] {
                let slot = slot(confirmed, "extended");
                assert_eq!(decided(Some(copying(kind, 400)), Some(slot)), Plan::GoOn);
            }
        }
        let finished = decided(Some(resume(799, 800)), Some(slot(800, "reserved")));
        assert_eq!(finished, Plan::Stream(Lsn(800)));
    }

    #[test]
    fn an_unfinished_copy_whose_slot_is_gone_is_taken_anew() {
        let lost = [
            (None, GapCause::SlotMissing),
            (Some(slot(800, "lost")), GapCause::SlotLost),
            (Some(slot(808, "reserved")), GapCause::SlotAdvanced),
        ];
        for (slot, cause) in lost {
            // What was never followed cannot have been missed.
            let first = copying(TransactionKind::InitialCopy, 0);
            assert_eq!(decided(Some(first), slot.clone()), Plan::Copy(None));
            for kind in [TransactionKind::InitialCopy, TransactionKind::TableCopy] {
                let again = decided(Some(copying(kind, 400)), slot.clone());
                assert_eq!(again, Plan::Copy(Some((cause, Lsn(400)))));
            }
        }
    }

    #[test]
    fn another_log_is_a_gap_from_the_last_position_that_both_have() {
        let left = |resume, standing| Progress::new(Some(resume)).left_log(Lsn::ZERO, standing);
        let restored = |common| Standing::Restored { common: Lsn(common) };
        let gap = |cause, from| Some((cause, Lsn(from)));
        assert_eq!(left(resume(800, 808), Standing::Foreign), gap(GapCause::SystemChanged, 808));
        assert_eq!(left(resume(800, 808), restored(700)), gap(GapCause::Restored, 700));
        assert_eq!(left(resume(800, 808), restored(900)), gap(GapCause::Restored, 808));
        assert_eq!(left(resume(800, 808), Standing::Same), None);
        assert_eq!(left(resume(800, 808), Standing::Continued { fork: Lsn(808) }), None);
        // Rows of a copy are known, even before the first stream.
        let copying = copying(TransactionKind::InitialCopy, 0);
        assert_eq!(left(copying, Standing::Foreign), gap(GapCause::SystemChanged, 0));
        assert_eq!(left(resume(0, 0), Standing::Foreign), None);
    }

    #[test]
    fn in_another_log_nothing_leads_on_but_a_copy_whatever_slot_there_is() {
        let mut resume = resume(0, 640);
        resume.checkpoint.position = Position::default();
        let gap = Plan::Copy(Some((GapCause::SlotMissing, Lsn(640))));
        for slot in [None, Some(slot(600, "reserved")), Some(slot(640, "reserved"))] {
            assert_eq!(decided(Some(resume.clone()), slot), gap);
        }
    }

    #[test]
    fn a_slot_at_or_below_the_checkpoint_streams_from_the_checkpoint() {
        for confirmed in [0, 799, 808] {
            let plan = decided(Some(resume(800, 808)), Some(slot(confirmed, "extended")));
            assert_eq!(plan, Plan::Stream(Lsn(808)));
        }
    }

    #[test]
    fn every_way_to_lose_a_part_is_announced_with_its_cause() {
        let causes = [
            (None, GapCause::SlotMissing),
            (Some(slot(808, "lost")), GapCause::SlotLost),
            (Some(slot(809, "reserved")), GapCause::SlotAdvanced),
        ];
        for (slot, cause) in causes {
            let plan = decided(Some(resume(800, 808)), slot);
            assert_eq!(plan, Plan::Copy(Some((cause, Lsn(808)))));
        }
    }

    #[test]
    fn within_a_run_streaming_goes_on_from_what_was_acknowledged() {
        let progress = Progress::new(Some(resume(800, 808)));
        let plan = plan(&progress, Lsn(1000), Some(&slot(1000, "reserved")));
        assert_eq!(plan, Plan::Stream(Lsn(1000)));
    }
}
