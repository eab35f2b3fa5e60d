//! Writes what a fleet does as the events of a change stream.

use std::sync::Arc;
use std::time::Duration;

use lawtail::model::{Event, Row, Table, TransactionKind};

use crate::support::crm::{self, Log, START, row};

/// Something that one actor does at once: one transaction.
#[derive(Clone, Debug)]
pub struct Work {
    /// Seconds since that Monday, 00:00 UTC.
    pub time: i64,
    pub actor: String,
    pub deed: Deed,
    pub rows: u64,
}

/// To what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Updates contacts.
    Edit,
    /// Inserts contacts.
    Contact,
    /// Deletes contacts.
    Delete,
    /// Inserts visitors of a fair.
    Visitor,
    /// Sends messages.
    Send,
    /// Exports.
    Export,
}

/// From the first moment of a log to a Monday five weeks later.
pub const MONDAY: i64 = {
    let start = START.0 / 1_000_000;
    let day = start.div_euclid(86_400);
    (day + 35 + (7 - (day + 3).rem_euclid(7))) * 86_400 - start
};

fn tables() -> [Arc<Table>; 3] {
    [
        crm::contacts(),
        crm::table(21, "event_visitors", &["id", "full_name", "email", "event", "modified_by"]),
        crm::table(22, "exports", &["id", "object", "rows", "modified_by"]),
    ]
}

/// A log that goes on from week to week.
pub struct Writer {
    log: Log,
    row: u64,
}

impl Writer {
    pub fn new() -> Self {
        Writer { log: Log::default(), row: 0 }
    }

    /// A copy that goes on by itself, far enough away for its positions never to meet ours.
    pub fn fork(&self, by: u64) -> Writer {
        Writer { log: self.log.fork(by << 32), row: self.row + (by << 32) }
    }

    /// The events of what was done, which must lie behind what was written before.
    pub fn write(&mut self, mut done: Vec<Work>, end: i64) -> Vec<Event> {
        done.retain(|work| work.rows > 0);
        done.sort_by_key(|work| work.time);
        for work in done {
            self.reach(work.time);
            self.log.begin_as(TransactionKind::Live);
            (0..work.rows).for_each(|_| self.change(&work));
            self.log.commit();
        }
        self.reach(end);
        self.log.idle();
        std::mem::take(&mut self.log.events)
    }

    fn reach(&mut self, time: i64) {
        let now = self.log.time().0 / 1_000_000 - START.0 / 1_000_000 - MONDAY;
        let missing = u64::try_from(time - now).unwrap_or(0);
        self.log.pass(Duration::from_secs(missing));
    }

    fn change(&mut self, work: &Work) {
        self.row += 1;
        let [contacts, visitors, exports] = tables();
        let (id, actor) = (self.row.to_string(), work.actor.as_str());
        let log = &mut self.log;
        match work.deed {
            Deed::Edit => {
                let person = self.row % 3_000;
                log.update(&contacts, contact(person, 0, actor), contact(person, 1, actor));
            }
            Deed::Contact => log.insert(&contacts, contact(self.row, 0, actor)),
            Deed::Delete => {
                log.message(actor);
                log.delete(&contacts, contact(self.row, 0, actor));
            }
            Deed::Visitor => {
                let email = format!("visitor{}@example.org", self.row);
                log.insert(
                    &visitors,
                    row(&[Some(&id), Some("Ada Muster"), Some(&email), Some("fair"), Some(actor)]),
                );
            }
            Deed::Send => {
                let (person, email) = ("7", "person7@example.org");
                let cells = [
                    Some(id.as_str()),
                    Some("1"),
                    Some(person),
                    Some("email"),
                    Some(email),
                    Some("queued"),
                    Some(actor),
                ];
                log.insert(&crm::sends(), row(&cells));
            }
            Deed::Export => {
                log.insert(&exports, row(&[Some(&id), Some("contacts"), Some("500"), Some(actor)]))
            }
        }
    }
}

fn contact(person: u64, version: u64, actor: &str) -> Row {
    let (id, email) = (person.to_string(), format!("person{person}.{version}@example.org"));
    row(&[Some(&id), Some("Ada"), Some("Muster"), Some(&email), None, Some("f"), Some(actor)])
}
