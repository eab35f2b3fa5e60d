//! What to do on a new connection, decided from the slot's state and from where we were.

use super::Resume;
use super::slot::SlotState;
use super::timeline::{Known, Standing};
use crate::engine::Checkpoint;
use crate::model::{GapCause, Lsn, Position};

/// Where we were.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Progress {
    /// Where to go on; zero until an initial copy has been handed over whole.
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
}

impl Progress {
    /// From what the store remembers.
    pub fn new(resume: Option<Resume>) -> Self {
        match resume {
            None => Progress {
                from: Lsn::ZERO,
                gap: None,
                slot_expected: false,
                system: None,
                position: Position::default(),
                reached: Lsn::ZERO,
            },
            Some(resume) => Progress {
                from: if copy_unfinished(&resume.checkpoint) {
                    Lsn::ZERO
                } else {
                    resume.checkpoint.end
                },
                gap: interrupted(&resume.checkpoint),
                slot_expected: true,
                system: Some((resume.system_identifier, resume.timeline)),
                position: resume.checkpoint.position,
                reached: Lsn::ZERO,
            },
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

/// The gap that an unfinished copy was to close: what has happened since its snapshot belongs to it
/// as well, so it is announced again with later bounds.
fn interrupted(checkpoint: &Checkpoint) -> Option<(GapCause, Lsn)> {
    let again = copy_unfinished(checkpoint) && checkpoint.end != Lsn::ZERO;
    again.then_some((GapCause::SlotMissing, checkpoint.end))
}

/// Whether the checkpoint lies within an initial copy. The copy's positions are one below the
/// slot's first position, and a record of the log never begins there: records are aligned to
/// eight bytes.
fn copy_unfinished(checkpoint: &Checkpoint) -> bool {
    let commit = checkpoint.position.commit;
    let in_copy = commit.0 % 8 == 7;
    checkpoint.end == Lsn::ZERO || in_copy && checkpoint.end <= commit
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Plan {
    /// Stream from here.
    Stream(Lsn),
    /// Drop the slot if there is one, make it anew, announce what was missed, copy, then stream.
    Copy(Option<(GapCause, Lsn)>),
}

/// Decides. `acknowledged` is what was acknowledged in this run.
///
/// Every gap ends in a new initial copy: what happened in between cannot be known, but where it
/// led to can.
pub(super) fn plan(
    progress: &Progress,
    acknowledged: Lsn,
    slot: Option<&SlotState>,
    standing: Standing,
) -> Plan {
    let from = progress.from.max(acknowledged);
    if progress.gap.is_some() {
        return Plan::Copy(progress.gap);
    }
    if progress.from == Lsn::ZERO {
        return Plan::Copy(match slot {
            // Somebody confirmed up to here, and that knowledge is not in our store.
            Some(slot) if !progress.slot_expected => Some((GapCause::SlotAdvanced, slot.confirmed)),
            _ => None,
        });
    }
    match standing {
        Standing::Same | Standing::Continued { .. } => {}
        Standing::Foreign => return Plan::Copy(Some((GapCause::SystemChanged, from))),
        Standing::Restored { common } => {
            return Plan::Copy(Some((GapCause::Restored, common.min(from))));
        }
    }
    let cause = match slot {
        None => GapCause::SlotMissing,
        Some(slot) if slot.health.invalid().is_some() => GapCause::SlotLost,
        // Starting below it, the server would go on from there without a word.
        Some(slot) if slot.confirmed > from => GapCause::SlotAdvanced,
        Some(_) => return Plan::Stream(from),
    };
    Plan::Copy(Some((cause, from)))
}

#[cfg(test)]
mod tests {
    use super::super::slot_health::SlotHealth;
    use super::super::status::Flushed;
    use super::*;
    use crate::model::Timestamp;

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
        }
    }

    fn decided(resume: Option<Resume>, slot: Option<SlotState>) -> Plan {
        plan(&Progress::new(resume), Lsn::ZERO, slot.as_ref(), Standing::Same)
    }

    #[test]
    fn a_new_store_copies_and_announces_a_slot_it_does_not_know() {
        assert_eq!(decided(None, None), Plan::Copy(None));
        let unknown = Some((GapCause::SlotAdvanced, Lsn(80)));
        assert_eq!(decided(None, Some(slot(80, "reserved"))), Plan::Copy(unknown));
    }

    #[test]
    fn an_unfinished_copy_is_taken_anew_without_a_gap() {
        assert_eq!(decided(Some(resume(799, 0)), Some(slot(800, "reserved"))), Plan::Copy(None));
        // The second copy of a store: its end is still that of the stream before, and so is the
        // beginning of the gap.
        let again = Plan::Copy(Some((GapCause::SlotMissing, Lsn(400))));
        assert_eq!(decided(Some(resume(799, 400)), Some(slot(800, "reserved"))), again);
        let finished = decided(Some(resume(799, 800)), Some(slot(800, "reserved")));
        assert_eq!(finished, Plan::Stream(Lsn(800)));
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
        let with = |standing| {
            let progress = Progress::new(Some(resume(800, 808)));
            plan(&progress, Lsn::ZERO, Some(&slot(808, "reserved")), standing)
        };
        let gap = |cause, from| Plan::Copy(Some((cause, Lsn(from))));
        assert_eq!(with(Standing::Foreign), gap(GapCause::SystemChanged, 808));
        assert_eq!(with(Standing::Restored { common: Lsn(700) }), gap(GapCause::Restored, 700));
        assert_eq!(with(Standing::Continued { fork: Lsn(808) }), Plan::Stream(Lsn(808)));
    }

    #[test]
    fn within_a_run_streaming_goes_on_from_what_was_acknowledged() {
        let progress = Progress::new(Some(resume(800, 808)));
        let plan = plan(&progress, Lsn(1000), Some(&slot(1000, "reserved")), Standing::Same);
        assert_eq!(plan, Plan::Stream(Lsn(1000)));
    }
}
