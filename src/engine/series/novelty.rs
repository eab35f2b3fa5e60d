//! Jobs that do to data what they never did before.
//!
//! A job does the same every time. When the one that writes meter readings begins to change addresses, or to add or
//! delete people, its counts may be small beside what it does at night, and yet somebody else is at work under its name,
//! or another version of it. So it is remembered into which tables with personal data each account inserts, from which
//! it deletes, and which categories it changes there; and of an account that is rather a job it is an alarm when
//! something else of this kind is done to ten people's data within a day.
//!
//! People take on other work, and are not looked at like that, but for one thing: whoever never deleted from a table in
//! four weeks, and then does, little by little, until thirty people are gone from it within two weeks.
//!
//! **False positives**: a new version of the job, once: declare the first run as maintenance.

use serde::{Deserialize, Serialize};

use super::alarm::{Candidate, Cause};
use super::counters::Told;
use super::deeds::Account;
use super::explain;
use super::name::{Class, Series, in_categories};
use super::tally::{Content, Part, Parts};
use super::watch::{Moment, Watch};
use crate::model::{Hour, OperationKind, Position, TableName, Timestamp, limits};

/// Tables of which it is remembered what an account changes there, the latest.
const TABLES: usize = 64;

/// How much of something new is an alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Pace {
    /// An account has been seen for so long before anything is new of it.
    known: Hour,
    /// What is new stays so for this long, and is usual after that.
    within: Hour,
    people: u64,
    job: bool,
}

/// What a job does, it does at once.
const OF_A_JOB: Pace = Pace { known: 14 * 24, within: 24, people: limits::RETURN_ROWS, job: true };

/// What a person may delete little by little.
const OF_A_PERSON: Pace = Pace { known: 28 * 24, within: 14 * 24, people: 30, job: false };

impl Pace {
    /// Of a job, or of a person, who was first seen so many hours ago.
    fn of(job: bool, operation: OperationKind, age: Hour) -> Option<Pace> {
        let pace = if job { OF_A_JOB } else { OF_A_PERSON };
        let watched = job || operation == OperationKind::Delete;
        (watched && age >= pace.known).then_some(pace)
    }
}

/// So much that is new is told apart; what else is new meanwhile is taken for a part of it.
const NEW: usize = 8;

/// In place of categories: what is inserted or deleted, is so as a whole.
const WHOLE_ROWS: u64 = 1;

/// What an account does to personal data.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Habits {
    /// Table and kind of change, categories, and when it was last seen there.
    tables: Vec<(u64, u64, Hour)>,
    /// What is new.
    novel: Vec<Novel>,
}

/// Something that an account has begun to do in a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Novel {
    hour: Hour,
    pace: Pace,
    pub table: TableName,
    pub operation: OperationKind,
    pub categories: u64,
    pub account: Account,
    pub first: Position,
    pub since: Timestamp,
    pub rows: u64,
    pub told: Told,
}

/// Which categories a part of a transaction changed, or whether it inserted or deleted any.
fn done(operation: OperationKind, content: &Content) -> u64 {
    match operation {
        OperationKind::Update => content.changed_categories(),
        _ if content.is_personal() => WHOLE_ROWS,
        _ => 0,
    }
}

impl Novel {
    fn is(&self, part: &Part) -> bool {
        (&self.table, self.operation) == (&part.table, part.operation)
    }

    fn of(pace: Pace, part: &Part, content: &Content, moment: &Moment<'_>) -> Novel {
        Novel {
            hour: moment.hour,
            pace,
            table: part.table.clone(),
            operation: part.operation,
            categories: 0,
            account: Account::default(),
            first: content.extent.first,
            since: moment.time,
            rows: 0,
            told: Told::Nothing,
        }
    }

    fn reason(&self) -> String {
        let Novel { table, operation, pace, .. } = self;
        let what = match operation {
            OperationKind::Update => format!(" in {}", in_categories(self.categories)),
            _ => String::new(),
        };
        let people = self.account.people.words();
        explain::novelty(&people, (table, *operation), &what, pace.job, pace.people)
    }

    fn add(&mut self, content: &Content) {
        let rows = match self.operation {
            OperationKind::Update => self.account.add_changed(content, self.categories),
            _ => self.account.add(content),
        };
        self.rows = self.rows.saturating_add(rows);
    }
}

impl Habits {
    /// The account, which is rather a job or not and was first seen so many hours ago, does this to a table. Says
    /// whether anything has changed.
    pub fn see(
        &mut self,
        (job, age): (bool, Hour),
        part: &Part,
        content: &Content,
        moment: &Moment<'_>,
    ) -> bool {
        let done = done(part.operation, content);
        if done == 0 {
            return false;
        }
        let ended = self.end(moment.hour);
        let room = self.novel.len() < NEW || self.novel.iter().any(|novel| novel.is(part));
        let (known, seen) = self.known(&part.table, part.operation, moment.hour);
        let new = done & !*known;
        let pace = Pace::of(job, part.operation, age).filter(|_| new != 0 && room);
        let Some(pace) = pace else {
            *known |= new;
            return seen || ended || new != 0;
        };
        let place = self.novel.iter().position(|novel| novel.is(part)).unwrap_or_else(|| {
            self.novel.push(Novel::of(pace, part, content, moment));
            self.novel.len() - 1
        });
        let novel = &mut self.novel[place];
        novel.categories |= new;
        novel.add(content);
        true
    }

    /// What has been new for long enough is usual from now on.
    fn end(&mut self, hour: Hour) -> bool {
        let (ended, novel): (Vec<Novel>, Vec<Novel>) = std::mem::take(&mut self.novel)
            .into_iter()
            .partition(|novel| hour.saturating_sub(novel.hour) >= novel.pace.within);
        self.novel = novel;
        for novel in &ended {
            *self.known(&novel.table, novel.operation, hour).0 |= novel.categories;
        }
        !ended.is_empty()
    }

    /// What is new of a part of a transaction.
    fn novel(&self, part: &Part, content: &Content) -> Option<&Novel> {
        let done = done(part.operation, content);
        self.novel.iter().find(|novel| novel.is(part) && done & novel.categories != 0)
    }

    /// Notes what became of what is new.
    pub fn tell(&mut self, table: &TableName, operation: OperationKind, told: Told) {
        let same = |it: &&mut Novel| (&it.table, it.operation) == (table, operation);
        self.novel.iter_mut().find(same).into_iter().for_each(|novel| novel.told = told);
    }

    /// The same in another stream: nothing is in progress.
    pub fn elsewhere(self) -> Self {
        Habits { novel: Vec::new(), ..self }
    }

    /// What it does in a table, and whether this is the first time within the hour.
    fn known(
        &mut self,
        table: &TableName,
        operation: OperationKind,
        hour: Hour,
    ) -> (&mut u64, bool) {
        let name = Series::Table { table: table.clone(), operation }.number();
        let place = match self.tables.iter().position(|(other, ..)| *other == name) {
            Some(place) => place,
            None => {
                if self.tables.len() >= TABLES {
                    let quietest = (0..self.tables.len()).min_by_key(|it| self.tables[*it].2);
                    quietest.into_iter().for_each(|place| _ = self.tables.remove(place));
                }
                self.tables.push((name, 0, Hour::MIN));
                self.tables.len() - 1
            }
        };
        let (_, categories, seen) = &mut self.tables[place];
        let first = *seen != hour;
        *seen = hour;
        (categories, first)
    }
}

impl Watch {
    /// Notes what the accounts of a transaction have done to personal data.
    pub(super) fn note_habits(&mut self, parts: &Parts, moment: &Moment<'_>) {
        for (part, content) in parts {
            if let Some(actor) = part.actor {
                self.actors.note_habits(actor, part, content, moment);
            }
        }
    }

    /// Those who do what they never did, and to many.
    pub(super) fn novelties(&self, parts: &Parts) -> Vec<Candidate> {
        let mut found = Vec::new();
        for (part, content) in parts {
            let Some(actor) = part.actor else { continue };
            let met = self.actors.get(actor);
            let Some(novel) = met.and_then(|it| it.habits.novel(part, content)) else { continue };
            let number = novel.account.people.count();
            if number < novel.pace.people || novel.told == Told::Withheld {
                continue;
            }
            let reason = novel.reason();
            found.push(Candidate {
                class: Class::Newcomers,
                excess: 0,
                number,
                records: novel.rows,
                people: novel.account.people.clone(),
                actors: Vec::new(),
                at_it: Vec::new(),
                first: novel.first,
                since: novel.since,
                deeds: novel.account.deeds.clone(),
                told: novel.told == Told::Alarm,
                goes_on: false,
                cause: Cause::Novelty(actor, part.table.clone(), part.operation),
                reason,
            });
        }
        found
    }
}
