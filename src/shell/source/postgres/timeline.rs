//! Is this still the server whose log we have read, and does its log still hold what we read?

use super::System;
use crate::engine::Checkpoint;
use crate::model::Lsn;

/// How the server at hand relates to the one of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// The same log, or nothing to compare with.
    Same,
    /// A promoted standby whose log holds everything that we have read, and goes on from `fork`.
    Continued {
        /// Where the new timeline begins.
        fork: Lsn,
    },
    /// The server's log does not hold all that we have read: a restored backup, or a promoted
    /// standby that had not received everything.
    Restored {
        /// Up to here both logs are the same.
        common: Lsn,
    },
    /// Another cluster.
    Foreign,
}

/// What the store remembers of the server.
#[derive(Clone, Debug)]
pub(super) struct Known<'a> {
    /// System identifier.
    pub identifier: &'a str,
    /// Timeline.
    pub timeline: u32,
    /// How far its log was decided.
    pub checkpoint: Checkpoint,
}

/// Decides. `written` is how far the server's log is written; `history` is the content of its
/// timeline history, asked for when the timeline differs (PostgreSQL manual, "Streaming Replication
/// Protocol", `TIMELINE_HISTORY`).
pub(super) fn standing(
    known: &Known<'_>,
    system: &System,
    written: Lsn,
    history: Option<&str>,
) -> Standing {
    if known.identifier != system.identifier {
        return Standing::Foreign;
    }
    if known.timeline == system.timeline {
        return match holds(known, written) {
            true => Standing::Same,
            false => Standing::Restored { common: written },
        };
    }
    match history.and_then(|history| fork(history, known.timeline)) {
        Some(fork) if holds(known, fork) => Standing::Continued { fork },
        Some(fork) => Standing::Restored { common: fork },
        // Our timeline is no ancestor of this one: how much they share is not known.
        None => Standing::Restored { common: Lsn::ZERO },
    }
}

/// Whether a log that ends here holds everything that was decided. A transaction may be decided in
/// part; then its commit, further on, has to be there as well.
fn holds(known: &Known<'_>, end: Lsn) -> bool {
    let Checkpoint { position, end: decided, .. } = known.checkpoint;
    decided <= end && position.commit < end.max(Lsn(1))
}

/// Where a timeline was left: each line of a history names a parent timeline and the position at
/// which the next one forked from it.
fn fork(history: &str, timeline: u32) -> Option<Lsn> {
    history.lines().find_map(|line| {
        let mut words = line.split_whitespace();
        let parent: u32 = words.next()?.parse().ok()?;
        let point = words.next()?.parse().ok()?;
        (parent == timeline).then_some(point)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Position, Timestamp};

    const HISTORY: &str =
        "1\t0/3000\tno recovery target specified\n\n2\t0/5000\tbefore 2000-01-01\n";

    fn stands(timeline: u32, (commit, end): (u64, u64), system: u32, written: u64) -> Standing {
        let position = Position { commit: Lsn(commit), ordinal: 1 };
        let checkpoint = Checkpoint { position, end: Lsn(end), time: Timestamp(0) };
        let known = Known { identifier: "7", timeline, checkpoint };
        let system = System { identifier: "7".into(), timeline: system, ..System::default() };
        standing(&known, &system, Lsn(written), Some(HISTORY))
    }

    #[test]
    fn a_promotion_after_our_checkpoint_is_the_same_log() {
        let fork = Lsn(0x3000);
        assert_eq!(stands(1, (0x2F00, 0x3000), 3, 0x9000), Standing::Continued { fork });
        let fork = Lsn(0x5000);
        assert_eq!(stands(2, (0x2F00, 0x3000), 3, 0x9000), Standing::Continued { fork });
    }

    #[test]
    fn a_promotion_before_our_checkpoint_has_lost_what_we_saw() {
        let restored = Standing::Restored { common: Lsn(0x3000) };
        assert_eq!(stands(1, (0x3000, 0x3008), 3, 0x9000), restored);
        // Half of a transaction was decided that never committed on the new timeline.
        assert_eq!(stands(1, (0x3000, 0x2000), 3, 0x9000), restored);
    }

    #[test]
    fn a_log_that_ends_before_our_checkpoint_was_restored() {
        assert_eq!(stands(3, (0x5F00, 0x6000), 3, 0x6000), Standing::Same);
        let restored = Standing::Restored { common: Lsn(0x5FF8) };
        assert_eq!(stands(3, (0x5F00, 0x6000), 3, 0x5FF8), restored);
        assert_eq!(stands(3, (0, 0), 3, 0), Standing::Same);
    }

    #[test]
    fn a_timeline_of_no_known_descent_shares_nothing_for_certain() {
        let restored = Standing::Restored { common: Lsn::ZERO };
        assert_eq!(stands(9, (0x10, 0x20), 3, 0x9000), restored);
        let known = Known { identifier: "7", timeline: 1, checkpoint: Checkpoint::default() };
        let elsewhere = System { identifier: "8".into(), timeline: 1, ..System::default() };
        assert_eq!(standing(&known, &elsewhere, Lsn(1), None), Standing::Foreign);
        let next = System { identifier: "7".into(), timeline: 2, ..System::default() };
        assert_eq!(standing(&known, &next, Lsn(1), None), restored);
        assert_eq!(standing(&known, &next, Lsn(1), Some("1\tnonsense")), restored);
    }
}
