//! Random workloads: a script of statements for several sessions, a function of its seed alone.
//!
//! No statement may wait for another session, so that a script has one course: each session writes
//! only rows whose id leaves its number when divided by [`SESSIONS`], and a statement that locks a
//! whole table is written only while no other open or prepared transaction has used it.

use std::collections::{BTreeMap, BTreeSet};

use lawtail::model::TableName;

use crate::carried::Identity;
use crate::support::dice::Dice;
use crate::tables::{Kind, Table};

/// Sessions of a workload.
pub const SESSIONS: usize = 3;

/// One statement.
#[derive(Debug)]
pub struct Step {
    pub session: usize,
    pub statement: String,
    /// The server is to refuse it.
    pub fails: bool,
}

/// A transaction that has not ended.
#[derive(Default)]
struct Open {
    used: BTreeSet<usize>,
    locked: BTreeSet<usize>,
    /// The tables as they were at its begin and at each of its savepoints.
    before: Vec<Vec<Table>>,
}

impl Open {
    /// What an undone transaction did to the tables is undone with it.
    fn restore(&self, tables: &mut [Table], level: usize) {
        for &locked in &self.locked {
            tables[locked] = self.before[level][locked].clone();
        }
    }
}

/// Writes a script.
pub struct Workload {
    dice: Dice,
    tables: Vec<Table>,
    open: Vec<Option<Open>>,
    prepared: BTreeMap<u64, Open>,
    fresh: u64,
    /// Whether tables may change their shape or be emptied.
    pub shapes_change: bool,
    steps: Vec<Step>,
}

impl Workload {
    pub fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let tables = (0..6).map(|number| Table::random(number, &mut dice)).collect();
        let open = (0..SESSIONS).map(|_| None).collect();
        let prepared = BTreeMap::new();
        Workload { dice, tables, open, prepared, fresh: 1, shapes_change: true, steps: Vec::new() }
    }

    /// Statements that make the tables.
    pub fn schema(&self) -> String {
        let tables: Vec<String> = self.tables.iter().map(Table::definition).collect();
        format!("CREATE TYPE crm.mood AS ENUM ('sad', 'it''s');\n{}", tables.join(";\n"))
    }

    /// The tables whose rows can be carried forward: those that keep their shape.
    pub fn identities(&self) -> BTreeMap<TableName, Identity> {
        let steady = self.tables.iter().filter(|table| !table.restless);
        steady.map(|table| (table.table_name(), table.identity())).collect()
    }

    /// The next steps.
    pub fn steps(&mut self, count: usize) -> Vec<Step> {
        while self.steps.len() < count {
            let session = self.dice.below(SESSIONS as u64) as usize;
            match self.open[session].is_some() {
                true => self.within(session),
                false => self.outside(session),
            }
        }
        std::mem::take(&mut self.steps)
    }

    /// Steps that end every transaction.
    pub fn end(&mut self) -> Vec<Step> {
        for session in 0..SESSIONS {
            if self.open[session].is_some() {
                self.finish(session);
            }
        }
        while !self.prepared.is_empty() {
            self.finish_prepared(0);
        }
        std::mem::take(&mut self.steps)
    }

    fn say(&mut self, session: usize, statement: impl Into<String>) {
        self.steps.push(Step { session, statement: statement.into(), fails: false });
    }

    fn outside(&mut self, session: usize) {
        if !self.prepared.is_empty() && self.dice.chance(25) {
            return self.finish_prepared(session);
        }
        self.open[session] = Some(Open { before: vec![self.tables.clone()], ..Open::default() });
        if self.dice.chance(25) {
            // A statement on its own is a transaction.
            self.write(session);
            self.open[session] = None;
        } else {
            self.say(session, "BEGIN");
        }
    }

    fn within(&mut self, session: usize) {
        match self.dice.below(100) {
            0..58 => self.write(session),
            58..66 => {
                let tables = self.tables.clone();
                self.transaction(session).before.push(tables);
                self.say(session, "SAVEPOINT s");
            }
            66..72 => self.end_savepoint(session),
            72..75 => self.fail(session),
            75..79 => {
                let prefix = ["lawtail.actor", "other"][self.dice.below(2) as usize];
                let kept = self.dice.chance(80);
                self.say(
                    session,
                    format!("SELECT pg_logical_emit_message({kept}, '{prefix}', 'x')"),
                );
            }
            79..84 if self.shapes_change => self.change_table(session),
            _ => self.finish(session),
        }
    }

    fn transaction(&mut self, session: usize) -> &mut Open {
        self.open[session].as_mut().expect("the session is within a transaction")
    }

    fn end_savepoint(&mut self, session: usize) {
        if self.transaction(session).before.len() == 1 {
            return;
        }
        if self.dice.chance(50) {
            self.transaction(session).before.pop();
            self.say(session, "RELEASE s");
        } else {
            self.undo_to_savepoint(session);
        }
    }

    fn undo_to_savepoint(&mut self, session: usize) {
        let open = self.open[session].take().expect("the session is within a transaction");
        open.restore(&mut self.tables, open.before.len() - 1);
        self.open[session] = Some(open);
        self.say(session, "ROLLBACK TO s");
    }

    fn fail(&mut self, session: usize) {
        let statement = "SELECT 1 / 0".to_owned();
        self.steps.push(Step { session, statement, fails: true });
        match self.transaction(session).before.len() {
            1 => self.roll_back(session),
            _ => self.undo_to_savepoint(session),
        }
    }

    fn roll_back(&mut self, session: usize) {
        let open = self.open[session].take().expect("the session is within a transaction");
        open.restore(&mut self.tables, 0);
        self.say(session, "ROLLBACK");
    }

    fn finish(&mut self, session: usize) {
        match self.dice.below(10) {
            0..2 => self.roll_back(session),
            2..4 => {
                let open = self.open[session].take().expect("the session is within a transaction");
                let name = self.next_fresh();
                self.prepared.insert(name, open);
                // The name belongs to the server, where seeds follow each other.
                self.say(session, format!("PREPARE TRANSACTION 'generated {name}'"));
            }
            _ => {
                self.open[session] = None;
                self.say(session, "COMMIT");
            }
        }
    }

    fn finish_prepared(&mut self, session: usize) {
        let Some((name, open)) = self.prepared.pop_first() else { return };
        let verb = if self.dice.chance(70) { "COMMIT" } else { "ROLLBACK" };
        if verb == "ROLLBACK" {
            open.restore(&mut self.tables, 0);
        }
        self.say(session, format!("{verb} PREPARED 'generated {name}'"));
    }

    fn next_fresh(&mut self) -> u64 {
        self.fresh += 1;
        self.fresh
    }

    /// The first of `count` new ids of a session.
    fn next_ids(&mut self, session: usize, count: u64) -> u64 {
        self.fresh += count;
        (self.fresh - count) * SESSIONS as u64 + session as u64
    }

    fn others(&self, session: usize) -> impl Iterator<Item = &Open> {
        let open = self.open.iter().enumerate().filter(move |(other, _)| *other != session);
        open.filter_map(|(_, open)| open.as_ref()).chain(self.prepared.values())
    }

    /// One statement that writes rows, if there is a table it may use.
    fn write(&mut self, session: usize) {
        let table = self.dice.below(self.tables.len() as u64) as usize;
        if self.others(session).any(|other| other.locked.contains(&table)) {
            return;
        }
        self.transaction(session).used.insert(table);
        let updates = self.tables[table].kind.has_old_rows();
        let statement = match self.dice.below(100) {
            0..30 => self.insert_some(table, session),
            30..37 => self.insert_many(table, session),
            _ if !updates => self.insert_some(table, session),
            37..70 => self.update(table, session),
            70..80 => self.update_key(table, session),
            80..87 => self.upsert(table, session),
            _ => {
                let rows = self.some_rows(session);
                let name = &self.tables[table].name;
                format!("DELETE FROM {name} WHERE {rows}")
            }
        };
        self.say(session, statement);
    }

    fn insert_some(&mut self, table: usize, session: usize) -> String {
        let count = 1 + self.dice.below(4);
        let first = self.next_ids(session, count);
        let ids = (0..count).map(|n| first + n * SESSIONS as u64);
        let table = &self.tables[table];
        let rows: Vec<String> = ids.map(|id| table.row(id, &mut self.dice)).collect();
        format!("INSERT INTO {} ({}) VALUES {}", table.name, table.column_list(), rows.join(", "))
    }

    /// Often more than the 64 kB after which the server lets go of a transaction.
    fn insert_many(&mut self, table: usize, session: usize) -> String {
        let count = 100 + self.dice.below(900);
        let first = self.next_ids(session, count);
        let table = &self.tables[table];
        let select = table.series(first, SESSIONS as u64, count);
        format!("INSERT INTO {} ({}) {select}", table.name, table.column_list())
    }

    /// Rows of this session only.
    fn some_rows(&mut self, session: usize) -> String {
        let modulus = 2 + self.dice.below(30);
        let rest = self.dice.below(modulus);
        format!("id % {SESSIONS} = {session} AND id / {SESSIONS} % {modulus} = {rest}")
    }

    fn update(&mut self, table: usize, session: usize) -> String {
        let rows = self.some_rows(session);
        let table = &self.tables[table];
        let assignments = table.assignments(&mut self.dice);
        format!("UPDATE {} SET {assignments} WHERE {rows}", table.name)
    }

    fn update_key(&mut self, table: usize, session: usize) -> String {
        let id = self.next_ids(session, 1);
        let Table { name, kind, .. } = &self.tables[table];
        let one = format!("id = (SELECT max(id) FROM {name} WHERE id % {SESSIONS} = {session})");
        match kind {
            Kind::ByIndex => format!("UPDATE {name} SET uid = 'k{id}' WHERE {one}"),
            _ => format!("UPDATE {name} SET id = {id} WHERE {one}"),
        }
    }

    fn upsert(&mut self, table: usize, session: usize) -> String {
        if !self.tables[table].kind.has_primary_key() {
            return self.update(table, session);
        }
        let id = self.dice.below(self.fresh) * SESSIONS as u64 + session as u64;
        let table = &self.tables[table];
        let unique = self.fresh;
        self.fresh += 1;
        format!(
            "INSERT INTO {} ({}) VALUES {} ON CONFLICT (id) DO UPDATE SET {}",
            table.name,
            table.column_list(),
            table.row_with(id, &format!("p{unique}"), &mut self.dice),
            table.assignments(&mut self.dice),
        )
    }

    /// A statement that locks a whole table, if there is one that nobody else uses.
    fn change_table(&mut self, session: usize) {
        let table = self.dice.below(self.tables.len() as u64) as usize;
        if self.others(session).any(|other| other.used.contains(&table)) {
            return;
        }
        let open = self.transaction(session);
        open.used.insert(table);
        open.locked.insert(table);
        let number = self.next_fresh();
        let table = &mut self.tables[table];
        let statement = match table.restless {
            true => table.change(number, &mut self.dice),
            false => format!("TRUNCATE {}", table.name),
        };
        self.say(session, statement);
    }
}
