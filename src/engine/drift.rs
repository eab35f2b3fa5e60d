//! MIN-001, REG-001: where the database and the record of processing activities part.
//!
//! A place with personal data that the record does not list is told of when its verdict is reached:
//! as MIN-001 where it joined a table that was known, as REG-001 once for a table and category
//! otherwise. A table that the record lists and that nobody has changed for a long time is told of
//! as stream time passes.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::assess::{Circumstances, Violation};
use super::decide::Deciding;
use super::keys;
use super::standing::{self, About};
use super::state::State;
use crate::model::limits::REGISTER_SILENCE;
use crate::model::{
    Activity, Category, Code, Emission, Fault, Finding, Sensitivity, Severity, Status, TableName,
    Timestamp,
};

/// A place whose verdict has become personal.
#[derive(Clone, Debug)]
pub(super) struct News {
    /// Column.
    pub column: String,
    /// Path within its values.
    pub path: Option<String>,
    /// What it holds.
    pub category: Category,
    /// It joined a table that was known.
    pub added: bool,
}

/// What has been told of a table: the keys of categories, and the empty text for the table itself.
type Told = BTreeSet<String>;

/// When a table of the record was last seen to change.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Seen {
    time: Timestamp,
    /// That it has not been seen since has been told.
    told: bool,
}

/// So long ago that the next change is written down as seen.
const NEVER: Timestamp = Timestamp(i64::MIN / 2);

impl Deciding<'_> {
    /// Compares what became known of a table with the record.
    pub(super) fn compare(&mut self, news: &[News], change: &Circumstances) -> Result<(), Fault> {
        let engine = self.engine;
        let register = &engine.policies.register;
        let table = &change.table;
        if news.is_empty() || is_passing(table) {
            return Ok(());
        }
        let is_listed = register.activity_of(table).is_some();
        let key = keys::told(table);
        let mut told = self.state.read::<Told>(&key)?.unwrap_or_default();
        let before = told.len();
        for News { column, path, category, added } in news {
            if *category == Category::UniqueIdentifier || register.lists(table, *category) {
                continue;
            }
            let place = path.as_deref().map_or(column.clone(), |path| format!("{column} {path}"));
            let said = if is_listed { category.key() } else { "" };
            let is_new = told.insert(said.to_owned());
            let violation = match (added, is_listed, is_new) {
                (true, ..) => unregistered(place, *category, table),
                (false, true, true) => drifted(
                    category.key().to_owned(),
                    format!(
                        "{table} holds {} (column {place}), which the register does not list for it",
                        category.key()
                    ),
                ),
                (false, false, true) => drifted(
                    String::new(),
                    format!(
                        "{table} holds personal data (column {place}: {}), and no activity of the \
                     register lists the table",
                        category.key()
                    ),
                ),
                (false, _, false) => continue,
            };
            let whom = self.engine.pseudonyms.row(table, &[]);
            let change = Circumstances { subject: None, ..change.clone() };
            let about = About::new(&violation, &change, change.time);
            let Some(standing) = self.engine.standing(&about) else { continue };
            let finding = self.finding(violation, &change, (whom, standing), change.time);
            self.emit(Emission::Finding(Box::new(finding)));
        }
        if told.len() > before {
            self.state.write(key, &told);
        }
        Ok(())
    }

    /// When a table of the record was last written down as seen; `None` when it is not in the
    /// record.
    pub(super) fn last_seen(&self, table: &TableName) -> Result<Option<Timestamp>, Fault> {
        if self.engine.policies.register.activity_of(table).is_none() {
            return Ok(None);
        }
        let seen = self.state.read::<Seen>(&keys::seen(table))?;
        Ok(Some(seen.filter(|seen| !seen.told).map_or(NEVER, |seen| seen.time)))
    }

    /// Looks for tables of the record that have not been seen for long. To be called as time moves
    /// on; does something once in each interval.
    pub(super) fn look_at_register(&mut self) -> Result<(), Fault> {
        let engine = self.engine;
        let activities = &engine.policies.register.activities;
        for table in activities.iter().flat_map(|activity| &activity.tables) {
            let key = keys::seen(table);
            let Some(seen) = self.state.read::<Seen>(&key)? else {
                self.state.write(key, &Seen { time: self.now, told: false });
                continue;
            };
            if !seen.told && self.now >= seen.time + REGISTER_SILENCE {
                self.state.write(key, &Seen { told: true, ..seen });
                self.tell_silence(table, seen.time);
            }
        }
        Ok(())
    }

    /// A part of the stream was not seen: nobody knows whether a table of the record changed in it,
    /// so its silence counts from here.
    pub(super) fn silence_begins_anew(&mut self) -> Result<(), Fault> {
        self.state.write(keys::UNBROKEN.to_vec(), &self.now);
        let engine = self.engine;
        let activities = &engine.policies.register.activities;
        for table in activities.iter().flat_map(|activity| &activity.tables) {
            let key = keys::seen(table);
            if self.state.read::<Seen>(&key)?.is_some_and(|seen| !seen.told) {
                write_seen(&mut self.state, table, self.now);
                self.data_map.seen(table, self.now);
            }
        }
        Ok(())
    }

    /// A table of the record has left the publication: that it does not change from here on says
    /// nothing, until it is seen again.
    pub(super) fn silence_says_nothing(&mut self, table: &TableName) -> Result<(), Fault> {
        if self.last_seen(table)?.is_some() {
            self.state.write(keys::seen(table), &Seen { time: self.now, told: true });
            self.data_map.seen(table, NEVER);
        }
        Ok(())
    }

    fn tell_silence(&mut self, table: &TableName, since: Timestamp) {
        let (code, days) = (Code::REG_001, REGISTER_SILENCE.as_secs() / 86_400);
        let position = self.position();
        let (purpose, channel, actor, judged) = (None, None, None, self.now);
        let about = About { code, own: None, table, purpose, channel, actor, judged };
        let Some(standing) = self.engine.standing(&about) else { return };
        let finding = Finding {
            id: self.identify(&[code.text(), &table.to_string(), &since.to_string()]),
            activity: Activity::Create,
            code,
            status: Status::Violation,
            severity: standing::severity(&standing, Severity::Low),
            standing,
            position,
            xid: 0,
            time: self.now,
            judged: self.now,
            table: table.clone(),
            subject: None,
            actor: None,
            purpose: None,
            channel: None,
            reason: format!("the register lists {table}, which has not changed for {days} days"),
            evidence: Vec::new(),
            count: 1,
            profile: self.engine.policies.profile.name.clone(),
            own_rule: None,
            policy_digest: self.engine.policies.digest.clone(),
        };
        self.emit(Emission::Finding(Box::new(finding)));
    }
}

/// Writes down when a table of the record was seen.
pub(super) fn write_seen(state: &mut State<'_>, table: &TableName, time: Timestamp) {
    state.write(keys::seen(table), &Seen { time, told: false });
}

/// Tables that hold data only on its way elsewhere are not processing of their own.
fn is_passing(table: &TableName) -> bool {
    let passing = |name: &str| {
        let mut words = name.split('_');
        words.any(|word| {
            let words = ["tmp", "temp", "temporary", "staging", "stg", "pgloader"];
            words.iter().any(|passing| word.eq_ignore_ascii_case(passing))
        })
    };
    passing(&table.name) || passing(&table.schema)
}

fn unregistered(place: String, category: Category, table: &TableName) -> Violation {
    let severity = match category.sensitivity() {
        Sensitivity::Ordinary => Code::MIN_001.severity(),
        Sensitivity::Special | Sensitivity::Criminal => Severity::Critical,
    };
    let reason = format!(
        "column {place} was added to {table} and holds {}, which the register does not list for it",
        category.key()
    );
    Violation {
        code: Code::MIN_001,
        severity,
        column: Some(place),
        ..drifted(String::new(), reason)
    }
}

fn drifted(about: String, reason: String) -> Violation {
    Violation {
        code: Code::REG_001,
        severity: Code::REG_001.severity(),
        reason,
        evidence: Vec::new(),
        purpose: None,
        channel: None,
        column: Some(about),
    }
}
