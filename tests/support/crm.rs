//! A small CRM in memory that writes a log: for laws and simulation.

use std::sync::Arc;
use std::time::Duration;

use lawtail::model::{
    Begin, Cell, Change, Column, Commit, Content, Event, Gap, GapCause, Idle, Lsn, Message, OldRow,
    Operation, Position, ReplicaIdentity, Row, Table, TableFacts, TableName, Timestamp,
    TransactionKind,
};

use super::dice::Dice;

/// Text that must never come out anywhere.
pub const CANARY: &str = "Kanarienvogel";

/// The first moment of every simulated log.
pub const START: Timestamp = Timestamp(1_780_000_000_000_000);

pub fn table(oid: u32, name: &str, columns: &[&str]) -> Arc<Table> {
    let column = |name: &&str| Column { name: (*name).into(), type_oid: 25, key: true };
    Arc::new(Table {
        oid,
        name: TableName::new("crm", name),
        replica_identity: ReplicaIdentity::Full,
        columns: columns.iter().map(column).collect(),
        facts: TableFacts::default(),
    })
}

pub fn contacts() -> Arc<Table> {
    let columns = ["id", "first_name", "last_name", "email", "notes", "is_test", "modified_by"];
    table(1, "contacts", &columns)
}

pub fn lawful_bases() -> Arc<Table> {
    let columns = ["id", "contact_id", "purpose", "basis", "status", "modified_by"];
    table(2, "lawful_bases", &columns)
}

pub fn consents() -> Arc<Table> {
    let columns = [
        "id",
        "contact_id",
        "channel",
        "purpose",
        "address",
        "state",
        "source",
        "confirmed_at",
        "ip_address",
        "modified_by",
    ];
    table(3, "consents", &columns)
}

pub fn campaigns() -> Arc<Table> {
    table(4, "campaigns", &["id", "name", "channel", "purpose"])
}

pub fn sends() -> Arc<Table> {
    let columns =
        ["id", "campaign_id", "contact_id", "channel", "address", "status", "modified_by"];
    table(5, "sends", &columns)
}

pub fn privacy_requests() -> Arc<Table> {
    table(6, "privacy_requests", &["id", "contact_id", "kind", "status", "modified_by"])
}

pub fn row(cells: &[Option<&str>]) -> Row {
    Row::from_cells(cells.iter().map(|cell| match cell {
        None => Cell::Null,
        Some(text) => Cell::Known(Content::new(text.as_bytes())),
    }))
}

/// Writes a log, transaction by transaction.
pub struct Log {
    pub events: Vec<Event>,
    lsn: u64,
    time: Timestamp,
    ordinal: u64,
    xid: u32,
}

impl Default for Log {
    fn default() -> Self {
        Log { events: Vec::new(), lsn: 0x1000, time: START, ordinal: 0, xid: 700 }
    }
}

impl Log {
    pub fn pass(&mut self, time: Duration) {
        self.time = self.time + time;
    }

    /// The moment that was reached.
    pub fn time(&self) -> Timestamp {
        self.time
    }

    /// A log that goes on from here by itself, at other positions.
    pub fn fork(&self, by: u64) -> Log {
        Log { events: Vec::new(), lsn: self.lsn + by, ..*self }
    }

    /// Says who is behind the changes that follow in the transaction.
    pub fn message(&mut self, actor: &str) {
        let (prefix, content) = (Message::ACTOR.into(), actor.as_bytes().to_vec().into());
        self.events.push(Event::Message(Message { prefix, content }));
    }

    pub fn begin(&mut self) {
        self.begin_as(TransactionKind::Live);
    }

    pub fn begin_as(&mut self, kind: TransactionKind) {
        self.lsn += 0x100;
        self.xid += 1;
        self.ordinal = 0;
        let (xid, commit, time) = (self.xid, Lsn(self.lsn), self.time);
        self.events.push(Event::Begin(Begin { xid, commit, time, kind }));
    }

    pub fn insert(&mut self, table: &Arc<Table>, new: Row) {
        self.change(table, Operation::Insert { new });
    }

    pub fn update(&mut self, table: &Arc<Table>, old: Row, new: Row) {
        self.change(table, Operation::Update { old: OldRow::Full(old), new });
    }

    pub fn delete(&mut self, table: &Arc<Table>, old: Row) {
        self.change(table, Operation::Delete { old: OldRow::Full(old) });
    }

    pub fn change(&mut self, table: &Arc<Table>, operation: Operation) {
        self.ordinal += 1;
        let position = Position { commit: Lsn(self.lsn), ordinal: self.ordinal };
        self.events.push(Event::Change(Change { position, table: Arc::clone(table), operation }));
    }

    pub fn commit(&mut self) {
        let position = Position { commit: Lsn(self.lsn), ordinal: self.ordinal + 1 };
        self.events.push(Event::Commit(Commit { position, end: Lsn(self.lsn + 0x40) }));
    }

    pub fn gap(&mut self) {
        let from = Lsn(self.lsn);
        self.lsn += 0x1000;
        let (to, cause) = (Lsn(self.lsn), GapCause::SlotLost);
        self.events.push(Event::Gap(Gap { from, to, time: self.time, cause }));
    }

    pub fn idle(&mut self) {
        self.lsn += 0x100;
        self.events.push(Event::Idle(Idle { lsn: Lsn(self.lsn), time: self.time }));
    }
}

/// A random life of a CRM: contacts with and without basis, consents in every state, messages to
/// all of them, erasures and returns, mass changes, quiet hours. Every personal cell carries the
/// canary.
pub fn life(seed: u64, transactions: usize) -> Vec<Event> {
    let mut life = Life { dice: Dice::new(seed), log: Log::default(), people: Vec::new(), row: 0 };
    life.start();
    for _ in 0..transactions {
        life.transaction();
    }
    life.log.pass(Duration::from_secs(48 * 3600));
    life.log.idle();
    life.log.idle();
    life.log.events
}

struct Life {
    dice: Dice,
    log: Log,
    people: Vec<u64>,
    row: u64,
}

impl Life {
    fn start(&mut self) {
        self.log.begin_as(TransactionKind::InitialCopy);
        let purposes = ["newsletter", "product_news", "order_service", "unheard_of"];
        for (id, purpose) in purposes.into_iter().enumerate() {
            let id = id.to_string();
            let cells = [Some(id.as_str()), Some("spring"), Some("email"), Some(purpose)];
            self.log.insert(&campaigns(), row(&cells));
        }
        for _ in 0..5 {
            self.contact();
            if self.dice.chance(80) {
                self.basis();
            }
        }
        self.log.commit();
    }

    fn transaction(&mut self) {
        let pause = [0, 1, 30, 200, 4000][self.dice.below(5) as usize];
        self.log.pass(Duration::from_secs(pause));
        if self.dice.chance(10) {
            self.log.idle();
        }
        self.log.begin();
        for _ in 0..=self.dice.below(4) {
            match self.dice.below(12) {
                0..3 => self.contact(),
                3..5 => self.basis(),
                5..7 => self.consent(),
                7..9 => self.message(),
                9 => self.edit(),
                10 => self.erasure(),
                _ => self.mass_edit(),
            }
        }
        self.log.commit();
    }

    fn next_row(&mut self) -> String {
        self.row += 1;
        self.row.to_string()
    }

    fn someone(&mut self) -> u64 {
        match self.people.len() as u64 {
            0 => 0,
            people => self.people[self.dice.below(people) as usize],
        }
    }

    fn contact(&mut self) {
        let person = self.dice.below(60);
        self.people.push(person);
        self.log.insert(&contacts(), contact_row(person, 0));
    }

    fn edit(&mut self) {
        let person = self.someone();
        let version = self.dice.below(3);
        self.log.update(&contacts(), contact_row(person, 0), contact_row(person, version));
    }

    fn mass_edit(&mut self) {
        if self.dice.chance(15) {
            for person in 0..450 {
                self.log.update(&contacts(), contact_row(person, 0), contact_row(person, 1));
            }
        }
    }

    fn basis(&mut self) {
        let (row_id, person) = (self.next_row(), self.someone().to_string());
        let status = if self.dice.chance(80) { "active" } else { "withdrawn" };
        self.log.insert(&lawful_bases(), basis_row(&row_id, &person, status));
    }

    fn consent(&mut self) {
        let (row_id, person) = (self.next_row(), self.someone());
        let states = ["requested", "confirmed", "confirmed", "opted_out", "unmapped"];
        let state = states[self.dice.below(5) as usize];
        let (address, person) = (address(person), person.to_string());
        let cells = [
            Some(row_id.as_str()),
            Some(&person),
            Some("email"),
            Some("newsletter"),
            Some(&address),
            Some(state),
            Some("form"),
            None,
            None,
            Some("ada"),
        ];
        self.log.insert(&consents(), row(&cells));
    }

    fn message(&mut self) {
        let (row_id, person) = (self.next_row(), self.someone());
        let campaign = self.dice.below(4).to_string();
        let status = if self.dice.chance(70) { "sent" } else { "queued" };
        let (address, person) = (address(person), person.to_string());
        let cells = [
            Some(row_id.as_str()),
            Some(&campaign),
            Some(&person),
            Some("email"),
            Some(&address),
            Some(status),
            Some("service"),
        ];
        self.log.insert(&sends(), row(&cells));
    }

    fn erasure(&mut self) {
        let (row_id, person) = (self.next_row(), self.someone());
        self.log.delete(&contacts(), contact_row(person, 0));
        let person = person.to_string();
        let cells =
            [Some(row_id.as_str()), Some(&person), Some("erasure"), Some("completed"), Some("ada")];
        self.log.insert(&privacy_requests(), row(&cells));
    }
}

fn address(person: u64) -> String {
    format!("{CANARY}{person}@example.org")
}

pub fn basis_row(row_id: &str, person: &str, status: &str) -> Row {
    let purpose = Some("customer_relationship");
    row(&[Some(row_id), Some(person), purpose, Some("contract"), Some(status), Some("ada")])
}

pub fn contact_row(person: u64, version: u64) -> Row {
    let (id, email) = (person.to_string(), address(person));
    let notes = format!("{CANARY} version {version}");
    let cells = [
        Some(id.as_str()),
        Some(CANARY),
        Some(CANARY),
        Some(&email),
        Some(&notes),
        Some("f"),
        Some("ada"),
    ];
    row(&cells)
}
