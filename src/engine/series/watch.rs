//! Counts each series at each commit, and says which are beyond their threshold.

use std::collections::{BTreeMap, BTreeSet};

use super::actors::Actors;
use super::alarm::Candidate;
use super::arrivals::Arrivals;
use super::counters::{Counter, Counters, Told, model_key};
use super::expected::{Crowd, Expected};
use super::explain::Explanation;
use super::fresh;
use super::model::Model;
use super::name::{Class, Series};
use super::noticed::{Noticed, Readiness, Withheld};
use super::shared::{Shared, Stage};
use super::tail::Score;
use super::tally::{self, Done, Parts, Tally};
use crate::engine::decision::Counts;
use crate::engine::detect::{Settled, Signal, Touch};
use crate::engine::state::State;
use crate::model::{Fault, Hour, OperationKind, Position, Reference, TimeZone, Timestamp, limits};
use crate::policy::{Policies, Statistics};

/// What is new has at least this part of what is expected of it, also when nobody uses to work with its table.
const SELDOM: f64 = 0.2;

/// In the hour after one with an alarm, what is as improbable as this goes on with its incident: once in a
/// thousand hours.
const GOES_ON: Score = 3_000;

/// The statistics' memory of one batch: [`Watch::load`] at its beginning, [`Watch::touch`] for every change,
/// [`Watch::settle`] at every commit (or [`Watch::abandon`]), [`Watch::store`] at its end.
#[derive(Debug)]
pub struct Watch {
    enabled: bool,
    tally: Tally,
    pub(super) counters: Counters,
    pub(super) actors: Actors,
    pub(super) shared: Shared,
    /// Once it was asked for.
    pub(super) arrivals: Option<Arrivals>,
    pub(super) noticed: BTreeMap<(Class, Noticed), u64>,
    /// Of the last transaction.
    pub(super) withheld: Vec<Withheld>,
    changed: bool,
}

/// When a transaction was committed, and the settings.
pub(super) struct Moment<'a> {
    pub hour: Hour,
    pub time: Timestamp,
    pub zone: &'a TimeZone,
    pub budget: u32,
}

impl Watch {
    /// As it was left: between two transactions, or within one with what earlier batches added up.
    pub fn load(state: &State, settings: &Statistics, within: bool) -> Result<Self, Fault> {
        let enabled = settings.alert_budget_per_week > 0;
        let shared = if enabled { Shared::load(state)? } else { Shared::default() };
        Ok(Watch {
            enabled,
            tally: if within { Tally::load(state)? } else { Tally::default() },
            counters: Counters::new(shared.series),
            actors: Actors::default(),
            shared,
            arrivals: None,
            noticed: BTreeMap::new(),
            withheld: Vec::new(),
            changed: false,
        })
    }

    /// Adds one change of the transaction in progress.
    pub fn touch(&mut self, touch: &Touch) {
        if self.enabled {
            self.tally.touch(touch);
        }
    }

    /// Adds one change that lies in an envelope of declared maintenance.
    pub fn touch_within(&mut self, envelope: &str, touch: &Touch) {
        if self.enabled {
            self.tally.touch_within(envelope, touch);
        }
    }

    /// These envelopes hold: what lies in them is not counted when the transaction ends.
    pub fn excuse(&mut self, within: &BTreeSet<String>) {
        self.tally.excuse(within);
    }

    /// The transaction ends. `tripped` is what the tripwires say of it: of that, statistics have
    /// nothing to add. Returns the alarms.
    pub fn settle(
        &mut self,
        state: &mut State,
        policies: &Policies,
        settled: &Settled,
        tripped: &[Signal],
    ) -> Result<Vec<Signal>, Fault> {
        let (parts, seen) = self.tally.take(state);
        let nothing = parts.is_empty() && seen.is_empty();
        if !self.enabled || settled.kind.is_copy() || nothing {
            return Ok(Vec::new());
        }
        self.changed = true;
        let hour = self.shared.reach(settled.time.hour());
        let Statistics { alert_budget_per_week: budget, time_zone: zone } = &policies.statistics;
        let moment = Moment { hour, time: settled.time, zone, budget: *budget };
        self.meet(state, &parts, tripped, &moment)?;
        for (actor, first) in seen {
            self.actors.meet(state, actor, (moment.hour, moment.time), ((0, 0), first))?;
        }
        let mut candidates = Vec::new();
        for (series, done) in tally::series(&parts, |actor| self.is_free(actor, &moment)) {
            candidates.extend(self.observe(state, series, &done, &moment)?);
        }
        for (series, done) in self.fresh(&parts, &moment) {
            candidates.extend(self.observe(state, series, &done, &moment)?);
        }
        candidates.extend(self.arrivals(state, &parts, &moment)?);
        self.note_habits(&parts, &moment);
        candidates.extend(self.returns(&parts));
        candidates.extend(self.novelties(&parts));
        self.conclude(state, policies, &parts, candidates, tripped, &moment)
    }

    /// Whether no incident is open about an actor: then it counts for what several do.
    pub(super) fn is_free(&self, actor: Option<Reference>, moment: &Moment<'_>) -> bool {
        let actor = actor.and_then(|actor| self.actors.get(actor));
        actor.is_none_or(|it| !it.is_involved(moment.time))
    }

    /// What of the last transaction would have been an alarm, were the budget not spent.
    pub fn withheld(&mut self) -> Vec<Withheld> {
        std::mem::take(&mut self.withheld)
    }

    /// The transaction will never end: forgets it.
    pub fn abandon(&mut self, state: &mut State) {
        self.tally.take(state);
    }

    /// The end of the batch: writes what must survive it, and counts.
    pub fn store(mut self, state: &mut State, settings: &Statistics, counts: &mut Counts) {
        counts.evicted_series += self.counters.evicted() + self.tally.overflow();
        counts.noticed = std::mem::take(&mut self.noticed);
        let per_week = settings.alert_budget_per_week;
        counts.statistics = self.enabled.then(|| self.readiness(per_week));
        self.tally.store(state);
        if self.changed {
            self.shared.series = self.counters.number();
            self.shared.store(state);
        }
        self.arrivals.iter().for_each(|arrivals| arrivals.store(state));
        self.counters.store(state);
        self.actors.store(state);
    }

    fn readiness(&self, per_week: u32) -> Readiness {
        let threshold = |class: Class| (class, self.shared.pool(class).threshold);
        Readiness {
            stage: self.shared.stage(),
            thresholds: Class::ALL.map(threshold).into(),
            series: self.counters.number(),
            budget: (self.shared.budget.spent(self.shared.hour), per_week),
        }
    }

    /// Notes who is there, and whom the tripwires speak of.
    fn meet(
        &mut self,
        state: &State,
        parts: &Parts,
        tripped: &[Signal],
        moment: &Moment<'_>,
    ) -> Result<(), Fault> {
        let mut rows: BTreeMap<Reference, ((u64, u64), Position)> = BTreeMap::new();
        for (part, content) in parts {
            let Some(actor) = part.actor else { continue };
            let nothing = ((0, 0), content.extent.first);
            let ((sum, at_once), first) = rows.entry(actor).or_insert(nothing);
            *sum += content.extent.records;
            *at_once = content.number().max(*at_once);
            *first = content.extent.first.min(*first);
        }
        for (actor, rows) in rows {
            self.actors.meet(state, actor, (moment.hour, moment.time), rows)?;
            if tripped.iter().any(|signal| signal.actor == Some(actor))
                && let Some(met) = self.actors.change(actor)
            {
                // The incident is the tripwire's from now on, and costs nothing.
                let spent = met.taken_over(moment.time);
                spent.into_iter().for_each(|hour| self.shared.budget.give_back(hour));
                met.involve(moment.time, true);
            }
        }
        for (part, content) in parts {
            let actor = part.actor.and_then(|actor| self.actors.change_if_back(actor));
            actor.into_iter().for_each(|actor| _ = actor.since.add(content));
        }
        Ok(())
    }

    /// Counts a series, and compares it with what is usual.
    fn observe(
        &mut self,
        state: &mut State,
        series: Series,
        done: &Done,
        moment: &Moment<'_>,
    ) -> Result<Option<Candidate>, Fault> {
        let (series, mut counter) = self.counter(state, series, moment)?;
        if counter.records == 0 {
            (counter.first, counter.since) = (done.first, moment.time);
        }
        counter.records += done.records;
        counter.meet(&done.actors);
        counter.batch |= done.people.count() >= limits::BATCH;
        counter.people.merge(&done.people);
        counter.deeds.merge(&done.deeds);
        counter.number = counter.people.count();
        let actor = series.actor().and_then(|actor| self.actors.get(actor));
        counter.involved |= actor.is_some_and(|actor| actor.is_involved(moment.time));
        let tripped = actor.is_some_and(|actor| actor.is_tripped(moment.time));
        // Of whoever is back after long nothing is expected: see `returns`.
        let back = actor.and_then(|actor| actor.back).is_some_and(|it| it.told == Told::Nothing);
        let said = tripped || back || counter.told == Told::Withheld;
        // What has been told goes on with every row.
        let below = counter.number < counter.bar && counter.told != Told::Alarm;
        let silent = below || said || !fresh::is_compared(&series, &counter);
        let candidate = match silent {
            true => None,
            false => self.compare(state, &series, &mut counter, moment)?,
        };
        self.counters.hold(series, counter);
        Ok(candidate)
    }

    /// The counter of a series, with the hour in progress.
    fn counter(
        &mut self,
        state: &mut State,
        series: Series,
        moment: &Moment<'_>,
    ) -> Result<(Series, Counter), Fault> {
        let known = self.counters.take(state, &series)?;
        let (series, known) = match known {
            Some(counter) => (series, Some(counter)),
            None => {
                let series = self.counters.admit(state, series, moment.hour)?;
                let known = self.counters.take(state, &series)?;
                (series, known)
            }
        };
        let born = known.as_ref().map_or(moment.hour, |counter| counter.born);
        let after = |known: &Counter| known.told == Told::Alarm && known.hour + 1 == moment.hour;
        let follows = known.as_ref().is_some_and(after);
        match known {
            Some(counter) if counter.hour >= moment.hour => return Ok((series, counter)),
            Some(counter) => {
                self.counters.list(state, &series, counter.hour, moment.hour);
                self.close(state, &series, &counter, moment)?;
            }
            None => {}
        }
        let (_, expected) = self.expected(state, &series, moment)?;
        let floor = self.shared.floor(self.class(state, &series)?);
        let mut counter = Counter::new(born, moment.hour, expected.rows_for(floor), moment.time);
        counter.follows = follows;
        if follows {
            counter.bar = counter.bar.min(expected.rows_for(GOES_ON));
        }
        Ok((series, counter))
    }

    /// An hour of a series has ended: it is learnt.
    fn close(
        &mut self,
        state: &mut State,
        series: &Series,
        counter: &Counter,
        moment: &Moment<'_>,
    ) -> Result<(), Fault> {
        if !fresh::is_usual(series, counter, self.shared.stage()) {
            return Ok(());
        }
        let key = model_key(series);
        let model = state.read::<Model>(&key)?;
        let mut model = model.unwrap_or_else(|| Model::new(counter.born, moment.zone));
        let learnt = !counter.involved && counter.told != Told::Alarm;
        let hand = !counter.batch && !self.is_job(series);
        if learnt && !model.knows() && !matches!(series, Series::Fresh { .. }) {
            self.shared.first_week(series, counter.number, hand);
        }
        model.close(counter.hour, counter.number, learnt, moment.zone);
        if learnt {
            model.meet(counter.actors.len());
        }
        model.pass(moment.hour, moment.zone);
        state.write(key, &model);
        // A newcomer is compared with whoever works at the same table.
        if let Series::Actor { table, operation, .. } = series
            && learnt
            && (hand || *operation == OperationKind::Insert)
        {
            let key = model_key(&Series::Table { table: table.clone(), operation: *operation });
            if let Some(mut model) = state.read::<Model>(&key)? {
                model.peers.add(counter.number);
                state.write(key, &model);
            }
        }
        Ok(())
    }

    fn compare(
        &mut self,
        state: &mut State,
        series: &Series,
        counter: &mut Counter,
        moment: &Moment<'_>,
    ) -> Result<Option<Candidate>, Fault> {
        if counter.told == Told::Alarm {
            return Ok(Some(Candidate::of(series, counter)));
        }
        let (model, mut expected) = self.expected(state, series, moment)?;
        expected.crowd = self.crowd(state, series, counter, moment)?;
        if let (Series::Fresh { .. }, None, Some(crowd)) = (series, &model, expected.crowd) {
            (expected.mean, expected.dispersion) = (crowd.mean, crowd.dispersion);
        }
        let class = if model.is_some() { series.class() } else { Class::Newcomers };
        let stage = self.shared.stage();
        // In the beginning everything is new: that says nothing.
        if class == Class::Newcomers && stage == Stage::Cold {
            return Ok(None);
        }
        let score = expected.score(counter.number);
        let threshold = self.shared.threshold(state, class, series)?;
        let threshold = threshold + self.shared.beyond(moment.budget);
        self.shared.note(state, class, series, score, moment.budget)?;
        let new = class == Class::Newcomers;
        let least = if new { limits::RETURN_ROWS } else { limits::UNUSUAL_ROWS };
        let bar = expected.rows_for(threshold).max(least);
        // To be looked at again at the threshold, or when the peak has grown.
        let grown = counter.number + counter.number / 4 + 1;
        counter.bar = if counter.number < bar { bar.min(grown) } else { grown };
        if counter.number < bar {
            // What goes on with an incident may be less improbable than what opens one.
            let goes_on = counter.follows && score >= GOES_ON;
            let candidate = || Candidate { goes_on, ..Candidate::of(series, counter) };
            return Ok(goes_on.then(candidate));
        }
        if stage == Stage::Cold {
            counter.told = Told::Withheld;
            *self.noticed.entry((class, Noticed::Shadow)).or_default() += 1;
            return Ok(None);
        }
        let explanation = Explanation {
            observed: counter.people.words(),
            slot: moment.zone.slot(moment.hour),
            new: model.is_none(),
            expected,
            history: model.map_or(Vec::new(), |model| model.same_slots(moment.hour)),
            silent_below: bar,
        };
        let (excess, reason) =
            (score.saturating_sub(threshold), explanation.reason(series, moment.zone));
        Ok(Some(Candidate { class, excess, reason, ..Candidate::of(series, counter) }))
    }

    /// What is usual of a series at this hour, and its model if that knows it.
    fn expected(
        &self,
        state: &State,
        series: &Series,
        moment: &Moment<'_>,
    ) -> Result<(Option<Model>, Expected), Fault> {
        if let Some(model) = known(state, series)? {
            let expected = model.expected_at(moment.hour, moment.zone);
            return Ok((Some(model), expected));
        }
        if let Series::Fresh { .. } = series {
            let Crowd { mean, dispersion } = self.newcomers(state, series, 0, moment)?;
            return Ok((None, Expected { mean, dispersion, work: None, crowd: None }));
        }
        let hand = !self.is_job(series) && is_named(state, series)?;
        Ok((None, self.expected_of_new(state, series, hand, moment)?))
    }

    /// What is expected of a series of which nothing is known yet; by hand unless a job does it.
    pub(super) fn expected_of_new(
        &self,
        state: &State,
        series: &Series,
        hand: bool,
        moment: &Moment<'_>,
    ) -> Result<Expected, Fault> {
        let slot = moment.zone.slot(moment.hour);
        let mut expected = self.shared.expected_of_new(series, hand);
        let table = match series {
            Series::Actor { table, operation, .. }
            | Series::Unnamed { table, operation }
            | Series::Fresh { table, operation } => Some((table, *operation)),
            Series::Columns { table, .. } => Some((table, OperationKind::Update)),
            _ => None,
        };
        let table =
            table.map(|(table, operation)| Series::Table { table: table.clone(), operation });
        if let Some(model) = table.map(|table| known(state, &table)).transpose()?.flatten() {
            if !matches!(series, Series::Columns { .. }) {
                let peers = model.peers.expected(expected);
                expected = if peers.mean > expected.mean { peers } else { expected };
            }
            // What is new happens when its table is usually worked with.
            let busy = match series {
                Series::Fresh { .. } => model.is_worked(slot).max(model.relative(slot)),
                _ => model.relative(slot),
            };
            expected.mean *= busy.clamp(SELDOM, 1.0);
        }
        // A series that was only ever seen with alarms is not known, and yet returns.
        let own = state.read::<Model>(&model_key(series))?;
        let monthly = own.and_then(|model| model.same_days(moment.hour, slot.day));
        expected.mean = expected.mean.max(monthly.unwrap_or(0.0));
        Ok(expected)
    }

    /// What as many actors as are at a table usually do there.
    fn crowd(
        &self,
        state: &State,
        series: &Series,
        counter: &Counter,
        moment: &Moment<'_>,
    ) -> Result<Option<Crowd>, Fault> {
        let table = match series {
            Series::Fresh { .. } => {
                return self.newcomers(state, series, counter.actors.len(), moment).map(Some);
            }
            Series::Table { .. } => series.clone(),
            Series::Columns { table, .. } => {
                Series::Table { table: table.clone(), operation: OperationKind::Update }
            }
            _ => return Ok(None),
        };
        let (slot, new) = (moment.zone.slot(moment.hour), self.shared.expected_of_anybody());
        let model = known(state, &table)?;
        Ok(model.and_then(|model| model.crowd(counter.actors.len(), slot, new)))
    }

    /// Whether it is a series of an actor who is rather a job.
    fn is_job(&self, series: &Series) -> bool {
        let actor = series.actor().and_then(|actor| self.actors.get(actor));
        actor.is_some_and(|actor| actor.is_job())
    }

    fn class(&self, state: &State, series: &Series) -> Result<Class, Fault> {
        Ok(known(state, series)?.map_or(Class::Newcomers, |_| series.class()))
    }
}

/// Whether a series is no longer new.
pub(super) fn knows(state: &State, series: &Series) -> Result<bool, Fault> {
    Ok(known(state, series)?.is_some())
}

/// Whether those who are new at a table are to be compared with people: not where nobody is ever named.
fn is_named(state: &State, series: &Series) -> Result<bool, Fault> {
    let Series::Unnamed { table, .. } = series else { return Ok(true) };
    for operation in [OperationKind::Insert, OperationKind::Update, OperationKind::Delete] {
        let series = Series::Table { table: table.clone(), operation };
        if state.read::<Model>(&model_key(&series))?.is_some_and(|model| model.is_named()) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The model of a series, once it knows the series.
fn known(state: &State, series: &Series) -> Result<Option<Model>, Fault> {
    Ok(state.read::<Model>(&model_key(series))?.filter(Model::knows))
}
