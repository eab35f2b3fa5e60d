//! Whether the daemon does its work: what `/livez` and `/readyz` answer.
//!
//! "The process is up" proves nothing. Ready means that bytes move on the wire and that positions
//! advance; each check says why it failed, with numbers and without a name of anybody.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;

use super::clock::Clock;
use crate::engine::UnfitTables;
use crate::model::limits::{SILENCE_TIMEOUT, STALL_TIMEOUT};
use crate::model::{Lsn, Timestamp};

/// What the run loop tells of itself, and the clock to compare it with.
pub struct Health {
    clock: Arc<dyn Clock>,
    seen: Mutex<Seen>,
}

/// The last things seen.
#[derive(Clone, Debug)]
struct Seen {
    stopped: bool,
    /// Since when the loop has been at work on one batch.
    busy: Option<Timestamp>,
    heard: Option<Timestamp>,
    decided: Lsn,
    acknowledged: Lsn,
    /// Since when the acknowledged position has stood behind the decided one.
    held: Option<Timestamp>,
    /// Since when nothing was delivered though the outbox was not empty.
    undelivered: Option<Timestamp>,
    /// Mapped tables that have lost the shape in which the policies read them.
    unfit: UnfitTables,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Its name.
    pub name: &'static str,
    /// Whether it passed.
    pub ok: bool,
    /// What was found.
    pub why: String,
}

/// The answer: passed when every check has passed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whether all checks passed.
    pub ok: bool,
    /// Each of them.
    pub checks: Vec<Check>,
}

impl Health {
    /// Nothing heard yet.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let seen = Seen {
            stopped: false,
            busy: None,
            heard: None,
            decided: Lsn::ZERO,
            acknowledged: Lsn::ZERO,
            held: None,
            undelivered: None,
            unfit: UnfitTables::new(),
        };
        Health { clock, seen: Mutex::new(seen) }
    }

    /// Bytes came over the wire: a change or a keepalive.
    pub fn heard(&self) {
        self.update(|seen, now| seen.heard = Some(now));
    }

    /// The loop has begun work on a batch.
    pub fn work_begins(&self) {
        self.update(|seen, now| seen.busy = Some(now));
    }

    /// The loop is done with it and waits again.
    pub fn work_ends(&self) {
        self.update(|seen, _| seen.busy = None);
    }

    /// The loop has ended.
    pub fn stopped(&self) {
        self.update(|seen, _| seen.stopped = true);
    }

    /// How far the stream is decided and acknowledged.
    pub fn positions(&self, decided: Lsn, acknowledged: Lsn) {
        self.update(|seen, now| {
            let behind = acknowledged < decided;
            let moved = acknowledged > seen.acknowledged;
            seen.held = match seen.held {
                Some(since) if behind && !moved => Some(since),
                _ => behind.then_some(now),
            };
            seen.decided = decided;
            seen.acknowledged = acknowledged;
        });
    }

    /// How many events wait in the outbox, and whether some were just delivered.
    pub fn outbox(&self, waiting: u64, delivered: bool) {
        self.update(|seen, now| {
            seen.undelivered = match seen.undelivered {
                Some(since) if waiting > 0 && !delivered => Some(since),
                _ => (waiting > 0).then_some(now),
            };
        });
    }

    /// The mapped tables that do not fit the policies any more.
    pub fn unfit(&self, tables: &UnfitTables) {
        self.update(|seen, _| seen.unfit.clone_from(tables));
    }

    /// Whether the run loop is alive: it has not ended and is not stuck in one batch.
    pub fn live(&self) -> Report {
        let (seen, now) = self.seen();
        Report::of(vec![loop_alive(&seen, now)])
    }

    /// Whether the work gets done.
    pub fn ready(&self) -> Report {
        let (seen, now) = self.seen();
        Report::of(vec![
            loop_alive(&seen, now),
            wire_moves(&seen, now),
            positions_advance(&seen, now),
            events_leave(&seen, now),
            tables_fit(&seen),
        ])
    }

    fn update(&self, change: impl FnOnce(&mut Seen, Timestamp)) {
        let now = self.clock.now();
        change(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner), now);
    }

    fn seen(&self) -> (Seen, Timestamp) {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
        (seen, self.clock.now())
    }
}

impl Report {
    fn of(checks: Vec<Check>) -> Self {
        Report { ok: checks.iter().all(|check| check.ok), checks }
    }
}

fn loop_alive(seen: &Seen, now: Timestamp) -> Check {
    let busy = seen.busy.map_or(0, |since| seconds(now, since));
    let (ok, why) = match seen.busy {
        _ if seen.stopped => (false, "the run loop has ended".to_owned()),
        Some(_) if busy > STALL_TIMEOUT.as_secs() => {
            (false, format!("the run loop has been at work on one batch for {busy} s"))
        }
        Some(_) => (true, "the run loop is at work".to_owned()),
        None => (true, "the run loop is waiting for changes".to_owned()),
    };
    Check { name: "loop", ok, why }
}

fn wire_moves(seen: &Seen, now: Timestamp) -> Check {
    let (ok, why) = match seen.heard {
        None => (false, "nothing has come from the database yet".to_owned()),
        Some(heard) => {
            let age = seconds(now, heard);
            (recent(age, SILENCE_TIMEOUT), format!("the database was last heard {age} s ago"))
        }
    };
    Check { name: "wire", ok, why }
}

fn positions_advance(seen: &Seen, now: Timestamp) -> Check {
    let Seen { decided, acknowledged, .. } = *seen;
    let (ok, why) = match seen.held {
        None => (true, format!("everything decided is acknowledged, up to {acknowledged}")),
        Some(since) => {
            let age = seconds(now, since);
            let why = format!(
                "the acknowledged position has stood at {acknowledged} for {age} s; decided is {decided}"
            );
            (recent(age, STALL_TIMEOUT), why)
        }
    };
    Check { name: "positions", ok, why }
}

fn events_leave(seen: &Seen, now: Timestamp) -> Check {
    let (ok, why) = match seen.undelivered {
        None => (true, "the outbox is empty".to_owned()),
        Some(since) => {
            let age = seconds(now, since);
            (recent(age, STALL_TIMEOUT), format!("no event has left the outbox for {age} s"))
        }
    };
    Check { name: "outbox", ok, why }
}

fn tables_fit(seen: &Seen) -> Check {
    let why: Vec<&str> = seen.unfit.values().map(String::as_str).collect();
    let (ok, why) = match why.is_empty() {
        true => (true, "no mapped table has lost a column that the policies read".to_owned()),
        false => (false, why.join("; ")),
    };
    Check { name: "tables", ok, why }
}

fn recent(age: u64, limit: Duration) -> bool {
    age <= limit.as_secs()
}

fn seconds(now: Timestamp, since: Timestamp) -> u64 {
    u64::try_from(now.microseconds_since(since) / 1_000_000).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::clock::ManualClock;

    fn health() -> (Arc<ManualClock>, Health) {
        let clock = Arc::new(ManualClock::at(Timestamp(0)));
        (Arc::clone(&clock), Health::new(clock))
    }

    fn failed(report: &Report) -> Vec<&'static str> {
        report.checks.iter().filter(|check| !check.ok).map(|check| check.name).collect()
    }

    fn pass(clock: &ManualClock, timeout: Duration) {
        clock.pass(timeout + Duration::from_secs(1));
    }

    #[test]
    fn not_ready_before_the_first_byte_but_alive() {
        let (_, health) = health();
        assert!(health.live().ok);
        assert_eq!(failed(&health.ready()), ["wire"]);
        health.heard();
        assert_eq!(failed(&health.ready()), [] as [&str; 0]);
    }

    #[test]
    fn a_silent_wire_is_not_ready_and_says_for_how_long() {
        let (clock, health) = health();
        health.heard();
        pass(&clock, SILENCE_TIMEOUT);
        let report = health.ready();
        assert_eq!(failed(&report), ["wire"]);
        assert_eq!(report.checks[1].why, "the database was last heard 61 s ago");
        assert!(health.live().ok);
    }

    #[test]
    fn a_position_that_stands_while_work_is_decided_is_not_ready() {
        let (clock, health) = health();
        health.positions(Lsn(10), Lsn(10));
        pass(&clock, STALL_TIMEOUT);
        health.heard();
        health.positions(Lsn(20), Lsn(10));
        assert!(health.ready().ok, "it has only just fallen behind");
        pass(&clock, STALL_TIMEOUT);
        health.heard();
        health.positions(Lsn(30), Lsn(10));
        assert_eq!(failed(&health.ready()), ["positions"]);
        health.positions(Lsn(30), Lsn(11));
        assert!(health.ready().ok, "it moves, though it is behind");
    }

    #[test]
    fn an_outbox_that_nothing_leaves_is_not_ready() {
        let (clock, health) = health();
        health.outbox(3, false);
        pass(&clock, STALL_TIMEOUT);
        health.heard();
        health.outbox(4, false);
        assert_eq!(failed(&health.ready()), ["outbox"]);
        health.outbox(1, true);
        assert!(health.ready().ok);
        health.outbox(0, true);
        pass(&clock, STALL_TIMEOUT);
        health.heard();
        assert!(health.ready().ok);
    }

    #[test]
    fn a_table_that_does_not_fit_is_not_ready_and_alive() {
        let (_, health) = health();
        health.heard();
        let why = "the pack crm uses columns of crm.consents that are not published: state";
        let table = crate::model::TableName::new("crm", "consents");
        health.unfit(&UnfitTables::from([(table, why.to_owned())]));
        assert_eq!(failed(&health.ready()), ["tables"]);
        assert_eq!(health.ready().checks[4].why, why);
        assert!(health.live().ok);
        health.unfit(&UnfitTables::new());
        assert!(health.ready().ok);
    }

    #[test]
    fn a_loop_that_hangs_or_has_ended_is_not_alive() {
        let (clock, health) = health();
        health.work_begins();
        assert!(health.live().ok);
        pass(&clock, STALL_TIMEOUT);
        assert_eq!(failed(&health.live()), ["loop"]);
        health.work_ends();
        assert!(health.live().ok);
        health.stopped();
        assert_eq!(failed(&health.live()), ["loop"]);
    }
}
