//! OB-002: the levels to which people consent, and what needs one.
//!
//! Whether a level was reached is asked of `engine/assess/level`. Where the CRM has a switch for seeing to
//! it itself, switching it off is told of as well.

use serde::{Deserialize, Serialize};

use super::violation;
use crate::engine::assess::{Circumstances, Question, Violation};
use crate::engine::classified::Classified;
use crate::engine::decide::Deciding;
use crate::engine::keys;
use crate::engine::ledger::{Stamp, since};
use crate::engine::questions::{Assessment, begins, is_listed_anew};
use crate::engine::word::Word;
use crate::model::limits::LEVELS_KEPT;
use crate::model::{
    Cell, Channel, Code, Evidence, EvidenceRole, Fault, OperationKind, Outcome, Severity, TableName,
};
use crate::policy::{Condition, Level, Selector};

/// The levels that a data subject's row has shown, the newest last: when, which, and the row. `None` is a
/// word that the pack does not know, or a row that is gone.
pub(in crate::engine) type Levels = Vec<(Stamp, Option<u8>, Evidence)>;

/// Whether the CRM sees to levels itself, as a row of its settings said last.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Enforced {
    enforced: Option<bool>,
    stamp: Stamp,
    table: TableName,
}

/// What a row uses data for: purpose and channel stand where its mapping has them.
struct Used<'a> {
    when: &'a [Condition],
    purpose: &'a Selector<String>,
    channel: Option<&'a Selector<Channel>>,
}

impl Deciding<'_> {
    /// Notes the level of a person, and the settings.
    pub(super) fn note_levels(
        &mut self,
        change: &Classified<'_>,
        circumstances: &Circumstances,
    ) -> Result<(), Fault> {
        let record = change.record();
        let duties = &record.mapping.duties;
        if !duties.levels_enforced.is_empty() {
            self.note_settings(change, circumstances)?;
        }
        let (Some(selector), Some(subject)) = (&duties.consent_level, change.subject()) else {
            return Ok(());
        };
        let removed = record.change.operation.new_row().is_none();
        let unsent = selector.column().is_some_and(|it| record.cell(it) == Cell::Unchanged);
        if unsent && !removed {
            return Ok(());
        }
        let key = keys::levels(subject);
        if removed {
            self.state.remove(key);
            return Ok(());
        }
        let level = record.select(selector, &self.state, &self.engine.pseudonyms)?;
        let level = level.map(|Level(level)| level);
        let mut levels = self.state.read::<Levels>(&key)?.unwrap_or_default();
        let last = levels.last().filter(|_| !circumstances.copied);
        if last.is_some_and(|(_, last, _)| *last == level) {
            return Ok(());
        }
        let evidence = Evidence { role: EvidenceRole::Permission, ..circumstances.evidence() };
        levels.push((circumstances.stamp, level, evidence));
        let surplus = levels.len().saturating_sub(LEVELS_KEPT);
        levels.drain(..surplus);
        self.state.write(key, &levels);
        Ok(())
    }

    /// A row of the settings.
    fn note_settings(
        &mut self,
        change: &Classified<'_>,
        circumstances: &Circumstances,
    ) -> Result<(), Fault> {
        let record = change.record();
        let conditions = &record.mapping.duties.levels_enforced;
        let removed = record.change.operation.new_row().is_none();
        let enforced = if removed { None } else { record.holds(conditions) };
        let held = record.held(conditions);
        // Where several conditions say which row it is, another row says nothing.
        let entered = record.change.operation.kind() == OperationKind::Insert;
        let alone = conditions.len() == 1;
        if enforced != Some(true) && held != Some(true) && !alone {
            return Ok(());
        }
        let (stamp, table) = (circumstances.stamp, circumstances.table.clone());
        let settings = Enforced { enforced, stamp, table };
        self.state.write(keys::LEVELS_ENFORCED.to_vec(), &settings);
        let switched = held == Some(true) || entered;
        if enforced != Some(false) || !switched {
            return Ok(());
        }
        let off = Violation {
            severity: Severity::Medium,
            column: Some("enforcement".to_owned()),
            ..violation(
                Code::OB_002,
                "the CRM does not see to levels of consent: the setting is switched off".to_owned(),
            )
        };
        self.report(off, circumstances, circumstances.time)
    }

    /// Asks for the level that a message, or a place on a list, needs.
    pub(super) fn ask_for_level(&self, change: &Classified<'_>) -> Result<Assessment, Fault> {
        let record = change.record();
        let mapping = record.mapping;
        let Some(selector) = &mapping.duties.needs_level else { return Ok(Assessment::default()) };
        let message = mapping.activity.as_ref().map(|message| Used {
            when: &message.when,
            purpose: &message.purpose,
            channel: Some(&message.channel),
        });
        let list = mapping.membership.as_ref().map(|list| Used {
            when: &list.when,
            purpose: &list.purpose,
            channel: None,
        });
        let Some(used) = message.or(list) else { return Ok(Assessment::default()) };
        let removed = record.change.operation.new_row().is_none();
        let needed = selector.column().into_iter().chain(used.purpose.column());
        match begins(record, used.when) {
            _ if removed => return Ok(Assessment::default()),
            Some(true) => {}
            Some(false) if used.channel.is_none() && is_listed_anew(record, used.when, needed) => {}
            Some(false) => return Ok(Assessment::default()),
            None => return Ok(Assessment::settled(Outcome::Undecided)),
        }
        let known = (&self.state, &self.engine.pseudonyms);
        let Some(needed) = Word::of(record, selector, known)? else {
            return Ok(Assessment::settled(Outcome::Undecided));
        };
        let purpose = Word::of(record, used.purpose, known)?;
        let channel = used.channel.map(|channel| Word::of(record, channel, known));
        let channel = channel.transpose()?.flatten();
        let for_what = purpose.as_ref().and_then(Word::awaits);
        let over = channel.as_ref().and_then(Word::awaits);
        let enforced = self.are_levels_enforced()?;
        let question = match needed {
            Word::Known(Level(needed)) if for_what.or(over).is_none() => {
                let used = (purpose.and_then(Word::known), channel.and_then(Word::known));
                Question::Level { needed, enforced, used }
            }
            needed => Question::LevelThrough { needed, enforced, used: (purpose, channel) },
        };
        Ok(Assessment::of(question))
    }

    /// Whether the CRM sees to levels, as far as is known; where nothing is, it is taken to.
    fn are_levels_enforced(&self) -> Result<bool, Fault> {
        let settings = self.state.recall::<Enforced>(keys::LEVELS_ENFORCED)?;
        let Some(Enforced { enforced, stamp, table }) = settings else { return Ok(true) };
        let stands = since(&self.state, &table)? <= stamp.place;
        Ok(!(stands && enforced == Some(false)))
    }
}
