//! What can go wrong, and what that explains.

use crate::dice::Dice;
use crate::history::Justified;

/// A fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// SIGKILL of lawtail.
    Kill,
    /// SIGTERM of lawtail.
    Terminate,
    /// SIGSTOP of lawtail, longer than `wal_sender_timeout`.
    Freeze,
    /// SIGKILL of lawtail during its first initial copy.
    KillInCopy,
    /// A receiver that takes connections and never answers, longer than `wal_sender_timeout`.
    BlockedReceiver,
    /// No space where the events go.
    FullEvents,
    /// No space where the store lies.
    FullStore,
    /// The walsender is told to end.
    WalsenderEnds,
    /// SIGKILL of a backend, upon which PostgreSQL recovers as after a crash.
    BackendKilled,
    /// PostgreSQL is restarted in an orderly way.
    RestartFast,
    /// PostgreSQL is restarted as after a crash.
    RestartImmediate,
    /// Every connection is cut.
    Cut,
    /// One direction of every connection is cut.
    HalfCut,
    /// The network holds everything back for a while.
    Stall,
    /// The network is slow for a while.
    Slow,
    /// The network refuses connections for a while.
    Refused,
    /// Somebody drops the slot while lawtail is down.
    SlotDropped,
    /// Somebody drops the slot while lawtail follows.
    SlotDroppedLive,
    /// Somebody drops the slot and makes one of the same name.
    SlotRecreated,
    /// Somebody advances the slot.
    SlotAdvanced,
    /// `max_slot_wal_keep_size` is exceeded while lawtail is down.
    SlotLost,
    /// A base backup is restored in place, on the same timeline.
    Restored,
    /// A base backup is restored in place, which begins a new timeline.
    RestoredAnew,
    /// The machine goes back to an earlier state of its disk, slots and all.
    RolledBack,
    /// The server dies for good and its standby, to which slots are synchronised, takes over.
    Promoted,
}

use Fault::{
    BackendKilled, BlockedReceiver, Cut, Freeze, FullEvents, FullStore, HalfCut, Kill, KillInCopy,
    Promoted, Refused, RestartFast, RestartImmediate, Restored, RestoredAnew, RolledBack,
    SlotAdvanced, SlotDropped, SlotDroppedLive, SlotLost, SlotRecreated, Slow, Stall, Terminate,
    WalsenderEnds,
};

/// Faults that explain no gap.
const HARMLESS: [Fault; 15] = [
    Kill,
    Terminate,
    Freeze,
    BlockedReceiver,
    FullEvents,
    FullStore,
    WalsenderEnds,
    BackendKilled,
    RestartFast,
    RestartImmediate,
    Cut,
    HalfCut,
    Stall,
    Slow,
    Refused,
];

/// Faults after which a part cannot have been seen.
const LOSING: [Fault; 5] = [SlotDropped, SlotDroppedLive, SlotRecreated, SlotAdvanced, SlotLost];

/// Faults that take committed transactions back. One in a round.
const REWINDING: [Fault; 3] = [Restored, RestoredAnew, RolledBack];

impl Fault {
    /// Every fault.
    pub fn all() -> Vec<Fault> {
        [&HARMLESS[..], &LOSING, &REWINDING, &[KillInCopy, Promoted]].concat()
    }

    /// Whether a gap has to be announced after it.
    pub fn loses(self) -> bool {
        LOSING.contains(&self) || REWINDING.contains(&self)
    }

    /// Whether it takes committed transactions back.
    pub fn rewinds(self) -> bool {
        REWINDING.contains(&self)
    }
}

/// The faults of a round: each fault begins one round in so many, and chance adds others.
pub fn choose(seed: u64, dice: &mut Dice) -> Vec<Fault> {
    let all = Fault::all();
    let first = all[(seed % all.len() as u64) as usize];
    let mut faults = vec![first];
    let others: &[Fault] = if dice.chance(25) && !first.loses() { &LOSING } else { &HARMLESS };
    for _ in 0..dice.below(4) {
        faults.push(others[dice.below(others.len() as u64) as usize]);
    }
    // The copy is at the beginning.
    if first != KillInCopy && dice.chance(50) {
        faults.rotate_left(1);
    }
    faults
}

/// What these faults explain. A copy that is broken off announces its gap again.
pub fn justified(faults: &[Fault]) -> Justified {
    let loses = faults.iter().any(|fault| fault.loses());
    // Whether a promotion is a gap depends on whether the slot was there in time.
    let copied_again = faults.contains(&KillInCopy) || faults.contains(&Promoted);
    let many = 4 * faults.len();
    Justified {
        least_gaps: loses.into(),
        most_gaps: if loses || copied_again { many } else { 0 },
        least_copies: (!loses && !copied_again).into(),
        most_copies: if loses || copied_again { 1 + many } else { 1 },
    }
}
