//! From what is beyond its threshold to signals: one for each actor and table, within the budget.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::counters::{Counter, Told};
use super::deeds::Deeds;
use super::name::{Class, Series};
use super::noticed::{Noticed, Withheld};
use super::people::People;
use super::tail::Score;
use super::tally::{Content, Part, Parts};
use super::watch::{Moment, Watch, knows};
use crate::engine::detect::{Extent, Signal};
use crate::engine::incident;
use crate::engine::state::State;
use crate::model::{
    BreachType, Code, Fault, OperationKind, Position, Reference, TableName, Timestamp,
};
use crate::policy::Policies;

/// Actors of what several did together who are named.
pub(super) const NAMED: usize = 16;

/// Something that may be worth an alarm.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub class: Class,
    /// How far beyond the threshold.
    pub excess: Score,
    /// Data subjects and rows of nobody known in the hour, or rows since the return.
    pub number: u64,
    /// Rows of the hour, or since the return.
    pub records: u64,
    /// Whom the hour was about.
    pub people: People,
    /// Who was at it, of what several do together.
    pub actors: Vec<Reference>,
    /// Who was at a table.
    pub at_it: Vec<Reference>,
    /// First change of these.
    pub first: Position,
    /// Commit time of that.
    pub since: Timestamp,
    /// Which cells of which categories that were.
    pub deeds: Deeds,
    /// Whether there was an alarm already.
    pub told: bool,
    /// Whether it only goes on with what is open: it is no alarm by itself.
    pub goes_on: bool,
    pub cause: Cause,
    /// In words; empty of one that goes on.
    pub reason: String,
}

impl Candidate {
    /// The hour of a series.
    pub fn of(series: &Series, counter: &Counter) -> Self {
        Candidate {
            class: series.class(),
            excess: 0,
            number: counter.number,
            records: counter.records,
            people: counter.people.clone(),
            actors: match series {
                Series::Fresh { .. } => counter.actors.iter().take(NAMED).copied().collect(),
                _ => Vec::new(),
            },
            at_it: counter.actors.clone(),
            first: counter.first,
            since: counter.since,
            deeds: counter.deeds.clone(),
            told: counter.told == Told::Alarm,
            goes_on: false,
            cause: Cause::Series(series.clone()),
            reason: String::new(),
        }
    }
}

impl Candidate {
    /// As it is put on record instead of an alarm.
    fn withheld(self, table: TableName, actor: Option<Reference>) -> Withheld {
        let series = match &self.cause {
            Cause::Series(series) => series.number(),
            Cause::Return(_) => 0,
            Cause::Novelty(..) => 1,
            Cause::Arrivals(_) => 2,
        };
        let Candidate { first: position, number, reason, .. } = self;
        Withheld { position, table, actor, number, reason, series }
    }

    /// Adds to the extent of the transaction what of the hour came before it.
    fn precede(&self, extent: &mut Extent) {
        self.people.precede(extent);
        self.deeds.precede(extent);
        extent.records = extent.records.max(self.records);
        extent.first = extent.first.min(self.first);
    }
}

/// What it is about.
#[derive(Clone, Debug)]
pub(super) enum Cause {
    Series(Series),
    Return(Reference),
    Novelty(Reference, TableName, OperationKind),
    /// Of these accounts, which are new.
    Arrivals(Vec<Reference>),
}

impl Cause {
    /// Whether a part of the transaction belongs to it.
    fn covers(&self, part: &Part, content: &Content) -> bool {
        match self {
            Cause::Return(actor) => part.actor == Some(*actor),
            Cause::Novelty(actor, table, operation) => {
                (part.actor, &part.table, part.operation) == (Some(*actor), table, *operation)
            }
            Cause::Arrivals(actors) => part.actor.is_some_and(|it| actors.contains(&it)),
            Cause::Series(series) => match series {
                Series::Actor { actor, table, operation } => {
                    (part.actor, &part.table, part.operation) == (Some(*actor), table, *operation)
                }
                Series::Sensitivity { actor, sensitivity } => {
                    part.actor == Some(*actor) && content.has(*sensitivity)
                }
                Series::Table { table, operation } => {
                    (&part.table, part.operation) == (table, *operation)
                }
                Series::Columns { table, categories } => {
                    part.table == *table && content.has_changed(*categories)
                }
                Series::Everywhere { actor, operation } => {
                    (part.actor, part.operation) == (Some(*actor), *operation)
                }
                Series::Unnamed { table, operation } => {
                    (part.actor, &part.table, part.operation) == (None, table, *operation)
                }
                Series::Fresh { table, operation } => {
                    part.actor.is_some() && (&part.table, part.operation) == (table, *operation)
                }
                Series::Other { .. } => false,
            },
        }
    }

    /// Whether it is about all tables together.
    fn is_everywhere(&self) -> bool {
        matches!(self, Cause::Series(Series::Everywhere { .. }))
    }

    /// Whether one who did most of it is nothing to it.
    fn is_of_several(&self) -> bool {
        matches!(self, Cause::Series(Series::Fresh { .. }))
    }

    fn actor(&self) -> Option<Reference> {
        match self {
            Cause::Return(actor) | Cause::Novelty(actor, ..) => Some(*actor),
            Cause::Series(series) => series.actor(),
            Cause::Arrivals(_) => None,
        }
    }
}

/// Parts of a transaction that belong together.
struct Covered {
    table: TableName,
    operation: OperationKind,
    actor: Option<Reference>,
    extent: Extent,
}

impl Watch {
    /// The signals of a transaction. What several series say of one part of it is said once.
    pub(super) fn conclude(
        &mut self,
        state: &State,
        policies: &Policies,
        parts: &Parts,
        mut candidates: Vec<Candidate>,
        tripped: &[Signal],
        moment: &Moment<'_>,
    ) -> Result<Vec<Signal>, Fault> {
        let mut one_act = !tripped.is_empty();
        // What is told of goes on as it began, so that no row is counted twice. An incident is the actor's rather than
        // the table's, and the greatest surprise explains best.
        let order = |it: &Candidate| (!it.told, it.cause.actor().is_none(), Reverse(it.excess));
        candidates.sort_by_key(order);
        let mut used: BTreeSet<&Part> = BTreeSet::new();
        let mut withheld = false;
        let mut signals = Vec::new();
        for candidate in candidates {
            let others = used.clone();
            let covered = self.covered(state, parts, &candidate, &mut used, moment)?;
            let Some(covered) = covered else {
                if withheld {
                    self.mark(&candidate, Told::Withheld);
                }
                continue;
            };
            let class = incident::data_class(policies, &covered.table).clone();
            let kind = (Code::SEC_009, breach(covered.operation));
            let open =
                one_act || incident::is_open(state, kind, covered.actor, &class, moment.time)?;
            // What was told goes on as long as its incident.
            if (candidate.told || candidate.goes_on) && !open {
                used = others;
                continue;
            }
            let mut reason = candidate.reason.clone();
            if !open {
                let Some(before) = self.shared.budget.spend(moment.hour, moment.budget) else {
                    self.tell(&candidate, Noticed::OverBudget);
                    self.withheld.push(candidate.withheld(covered.table, covered.actor));
                    withheld = true;
                    continue;
                };
                if before > 0 {
                    reason += &format!("; {before} alarms before it were over the budget");
                }
            }
            // What one transaction does is one act.
            one_act = true;
            signals.push(self.say(candidate, covered, reason, open, moment));
        }
        Ok(signals)
    }

    /// The signal of a candidate, which opens an incident or joins one that is open.
    fn say(
        &mut self,
        candidate: Candidate,
        covered: Covered,
        reason: String,
        open: bool,
        moment: &Moment<'_>,
    ) -> Signal {
        let Covered { table, operation, actor, mut extent } = covered;
        if !open || (!candidate.told && self.is_first_of_hour(&candidate, actor, moment)) {
            candidate.precede(&mut extent);
        }
        self.tell(&candidate, if open { Noticed::Joined } else { Noticed::Told });
        if let Some(actor) = actor.and_then(|actor| self.actors.change(actor)) {
            actor.involve(moment.time, false);
            if !open {
                actor.spend(moment.hour);
            }
            actor.told = moment.hour;
        }
        let occurred = if open { moment.time } else { candidate.since };
        let (code, breach) = (Code::SEC_009, breach(operation));
        let together = actor.is_none().then_some(candidate.actors);
        Signal { code, breach, table, actor, together, extent, countable: true, occurred, reason }
    }

    /// Whether nothing of what a candidate has counted in this hour was told of.
    fn is_first_of_hour(
        &self,
        candidate: &Candidate,
        actor: Option<Reference>,
        moment: &Moment<'_>,
    ) -> bool {
        if let Some(actor) = actor {
            return self.actors.get(actor).is_some_and(|it| it.told < moment.hour);
        }
        let Cause::Series(
            Series::Table { table, operation }
            | Series::Unnamed { table, operation }
            | Series::Fresh { table, operation },
        ) = &candidate.cause
        else {
            return false;
        };
        let (table, operation) = (table.clone(), *operation);
        let of_table = [
            Series::Table { table: table.clone(), operation },
            Series::Unnamed { table: table.clone(), operation },
            Series::Fresh { table, operation },
        ];
        !of_table.iter().any(|series| self.counters.has_told(series, moment.hour))
    }

    /// What of the transaction a candidate is about, unless another one was about it.
    fn covered<'p>(
        &self,
        state: &State,
        parts: &'p Parts,
        candidate: &Candidate,
        used: &mut BTreeSet<&'p Part>,
        moment: &Moment<'_>,
    ) -> Result<Option<Covered>, Fault> {
        let mut actor = candidate.cause.actor();
        if (actor.is_none() || candidate.cause.is_everywhere())
            && let Some((principal, own)) = self.principal(state, parts, candidate, moment)?
        {
            if candidate.cause.is_of_several() || knows(state, &own)? {
                return Ok(None);
            }
            actor = Some(principal);
        }
        let mut extents: BTreeMap<(&TableName, OperationKind), Extent> = BTreeMap::new();
        let covered = parts.iter().filter(|(part, content)| candidate.cause.covers(part, content));
        for (part, content) in covered {
            if used.insert(part) {
                extents
                    .entry((&part.table, part.operation))
                    .and_modify(|extent| extent.merge(&content.extent))
                    .or_insert_with(|| content.extent.clone());
            }
        }
        let most = extents.iter().max_by_key(|(_, extent)| extent.records);
        let Some((&(table, operation), _)) = most else { return Ok(None) };
        let mut rest = extents.values();
        let Some(mut extent) = rest.next().cloned() else { return Ok(None) };
        rest.for_each(|more| extent.merge(more));
        Ok(Some(Covered { table: table.clone(), operation, actor, extent }))
    }

    /// Whoever did more than half of what happened to a table in the hour, or the table in which more than half of
    /// what somebody did happened, and the series of that: once it is known, it says by itself whether it is unusual.
    fn principal(
        &self,
        state: &State,
        parts: &Parts,
        candidate: &Candidate,
        moment: &Moment<'_>,
    ) -> Result<Option<(Reference, Series)>, Fault> {
        let Cause::Series(series) = &candidate.cause else { return Ok(None) };
        let covered = parts.iter().filter(|(part, content)| candidate.cause.covers(part, content));
        let mut own: Vec<(Reference, Series)> = Vec::new();
        for (Part { table, operation, actor }, _) in covered {
            let (table, operation) = (table.clone(), *operation);
            own.extend(actor.map(|actor| (actor, Series::Actor { actor, table, operation })));
        }
        // Who did most may not have had a part in the transaction with which the count became too high.
        if let Some((table, operation)) = series.of_table() {
            let others = candidate.at_it.iter().map(|actor| {
                let (actor, table) = (*actor, table.clone());
                (actor, Series::Actor { actor, table, operation })
            });
            own.extend(others);
        }
        for (actor, own) in own {
            if self.counters.number_in(state, &own, moment.hour)? > candidate.number / 2 {
                return Ok(Some((actor, own)));
            }
        }
        Ok(None)
    }

    /// Notes what became of an alarm.
    fn tell(&mut self, candidate: &Candidate, noticed: Noticed) {
        // An alarm that goes on within its hour was counted when it began.
        if !candidate.told {
            *self.noticed.entry((candidate.class, noticed)).or_default() += 1;
        }
        let told = if noticed == Noticed::OverBudget { Told::Withheld } else { Told::Alarm };
        self.mark(candidate, told);
    }

    fn mark(&mut self, candidate: &Candidate, told: Told) {
        match &candidate.cause {
            Cause::Series(series) => self.counters.mark(series, told),
            Cause::Novelty(actor, table, operation) => {
                let actor = self.actors.change(*actor);
                actor.into_iter().for_each(|it| it.habits.tell(table, *operation, told));
            }
            Cause::Arrivals(_) => {
                self.arrivals.as_mut().into_iter().for_each(|it| it.tell(told));
            }
            Cause::Return(actor) => {
                let actor = self.actors.change(*actor);
                actor
                    .and_then(|actor| actor.back.as_mut())
                    .into_iter()
                    .for_each(|it| it.told = told);
            }
        }
    }
}

/// What an operation may hurt.
fn breach(operation: OperationKind) -> BreachType {
    match operation {
        OperationKind::Delete | OperationKind::Truncate => BreachType::Availability,
        OperationKind::Insert | OperationKind::Update => BreachType::Integrity,
    }
}
