//! Jobs that change data which they never changed before.
//!
//! A job does the same every time. When the one that writes meter readings begins to change addresses, its counts may
//! be small beside what it does at night, and yet somebody else is at work under its name, or another version of it. So
//! which categories of personal data each account changes in which table is remembered, and of an account that is
//! rather a job it is an alarm when ten people's data of another category change within a day.
//!
//! **False positives**: a new version of the job, once: declare the first run as maintenance.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::alarm::{Candidate, Cause};
use super::counters::Told;
use super::deeds::Account;
use super::explain;
use super::name::{Class, Series, in_categories};
use super::tally::{Content, Parts};
use super::watch::{Moment, Watch};
use crate::model::{Hour, OperationKind, Position, Reference, TableName, Timestamp, limits};

/// Tables of which it is remembered what an account changes there, the latest.
const TABLES: usize = 64;

/// An account has been seen for so long before anything is new of it.
const KNOWN: Hour = 14 * 24;

/// What is new stays so for a day, and is usual after that.
const DAY: Hour = 24;

/// What an account changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Habits {
    /// Since when it is remembered.
    since: Hour,
    /// Table, categories, and when it was last seen there.
    tables: Vec<(u64, u64, Hour)>,
    /// What is new.
    pub novel: Option<Novel>,
}

/// Categories that an account has begun to change in a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Novel {
    hour: Hour,
    pub table: TableName,
    pub categories: u64,
    pub account: Account,
    pub first: Position,
    pub since: Timestamp,
    pub rows: u64,
    pub told: Told,
}

impl Habits {
    /// The account changes these categories in a table, of which so much is in this transaction.
    pub fn see(&mut self, job: bool, table: &TableName, content: &Content, moment: &Moment<'_>) {
        let changed = content.changed_categories();
        if changed == 0 {
            return;
        }
        if self.tables.is_empty() {
            self.since = moment.hour;
        }
        if let Some(novel) = self.novel.take_if(|it| moment.hour.saturating_sub(it.hour) >= DAY) {
            *self.known(&novel.table, moment.hour) |= novel.categories;
        }
        let old = job && moment.hour.saturating_sub(self.since) >= KNOWN;
        // One thing at a time: what else is new meanwhile is taken for a part of it.
        let elsewhere = self.novel.as_ref().is_some_and(|novel| novel.table != *table);
        let known = self.known(table, moment.hour);
        let new = changed & !*known;
        if !old || elsewhere {
            *known |= new;
            return;
        }
        if new == 0 {
            return;
        }
        let novel = self.novel.get_or_insert_with(|| Novel {
            hour: moment.hour,
            table: table.clone(),
            categories: 0,
            account: Account::default(),
            first: content.extent.first,
            since: moment.time,
            rows: 0,
            told: Told::Nothing,
        });
        novel.categories |= new;
        novel.rows =
            novel.rows.saturating_add(novel.account.add_changed(content, novel.categories));
    }

    /// The same in another stream: nothing is in progress.
    pub fn elsewhere(self) -> Self {
        Habits { novel: None, ..self }
    }

    /// The categories that it changes in a table.
    fn known(&mut self, table: &TableName, hour: Hour) -> &mut u64 {
        let (table, operation) = (table.clone(), OperationKind::Update);
        let name = Series::Table { table, operation }.number();
        let place = match self.tables.iter().position(|(other, ..)| *other == name) {
            Some(place) => place,
            None => {
                if self.tables.len() >= TABLES {
                    let quietest = (0..self.tables.len()).min_by_key(|it| self.tables[*it].2);
                    if let Some(place) = quietest {
                        self.tables.remove(place);
                    }
                }
                self.tables.push((name, 0, hour));
                self.tables.len() - 1
            }
        };
        self.tables[place].2 = hour;
        &mut self.tables[place].1
    }
}

impl Watch {
    /// Notes which categories the accounts of a transaction have changed.
    pub(super) fn note_habits(&mut self, parts: &Parts, moment: &Moment<'_>) {
        let updates = parts.iter().filter(|(part, _)| part.operation == OperationKind::Update);
        for (part, content) in updates {
            if let Some(actor) = part.actor {
                self.actors.note_habits(actor, &part.table, content, moment);
            }
        }
    }

    /// Jobs that change what they never did, and of many.
    pub(super) fn novelties(&self, parts: &Parts) -> Vec<Candidate> {
        let mut found: BTreeMap<Reference, Candidate> = BTreeMap::new();
        for (part, content) in parts {
            let Some(actor) = part.actor else { continue };
            let novel = self.actors.get(actor).and_then(|it| it.habits.novel.as_ref());
            let Some(novel) = novel.filter(|it| {
                it.table == part.table && content.changed_categories() & it.categories != 0
            }) else {
                continue;
            };
            let number = novel.account.people.count();
            if number < limits::RETURN_ROWS || novel.told == Told::Withheld {
                continue;
            }
            let what = in_categories(novel.categories);
            let words = novel.account.people.words();
            let candidate = Candidate {
                class: Class::Newcomers,
                excess: 0,
                number,
                records: novel.rows,
                people: novel.account.people.clone(),
                actors: Vec::new(),
                first: novel.first,
                since: novel.since,
                deeds: novel.account.deeds.clone(),
                told: novel.told == Told::Alarm,
                goes_on: false,
                cause: Cause::Novelty(actor, part.table.clone()),
                reason: explain::novelty(&words, &part.table, &what, limits::RETURN_ROWS),
            };
            found.insert(actor, candidate);
        }
        found.into_values().collect()
    }
}
