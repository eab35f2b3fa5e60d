//! An incident as it grows, between its events.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::act::Act;
use super::counts::Counts;
use super::severity;
use crate::engine::detect::{Signal, Subjects, grouped};
use crate::model::{
    Activity, Affected, CategoryCount, Handling, Incident, IncidentState, OpenTransaction,
    SeverityBand, SubjectCount, Timestamp, limits,
};

/// An incident that still collects signals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    /// As of now; its version is that of its last event.
    incident: Incident,
    /// The data subjects of all its signals together.
    subjects: Subjects,
    /// What each detector has counted.
    counts: Counts,
    /// What is known of the act by its signals.
    acts: Vec<Act>,
    /// Whether every signal could tell data subjects at all.
    countable: bool,
    /// Whether there was an event.
    published: bool,
    /// Records in the last event.
    published_records: u64,
    /// Severity in the last event.
    published_band: SeverityBand,
    /// Further codes and actors, and tables, in the last event.
    published_parties: (usize, usize, usize),
    /// Whether anything was added since the last event.
    grown: bool,
    /// When it will have gone quiet.
    quiet: Timestamp,
    /// When the last signal came.
    heard: Timestamp,
    /// When it is looked at next.
    look: Timestamp,
}

impl Record {
    /// Opens an incident for its first signal, which is yet to be added.
    pub fn open(id: Uuid, signal: &Signal, now: Timestamp, policy_digest: &str) -> Self {
        let affected = Affected {
            subjects: None,
            records: 0,
            cells: Vec::new(),
            tables: Vec::new(),
            reversible: true,
        };
        let incident = Incident {
            id,
            version: 0,
            activity: Activity::Create,
            code: signal.code,
            further_codes: Vec::new(),
            state: IncidentState::Open,
            breach_types: vec![signal.breach],
            score: severity::score(&[signal.code], &[signal.breach], &affected),
            occurred: signal.occurred,
            latest: now,
            detected: now,
            deadline: now + limits::NOTIFICATION_WINDOW,
            first: signal.extent.first,
            last: signal.extent.last,
            actor: signal.actor,
            further_actors: Vec::new(),
            affected,
            handling: Handling::default(),
            transaction: None,
            reason: signal.reason.clone(),
            policy_digest: policy_digest.to_owned(),
        };
        Record {
            incident,
            subjects: Subjects::default(),
            counts: Counts::default(),
            acts: Vec::new(),
            countable: true,
            published: false,
            published_records: 0,
            published_band: SeverityBand::Low,
            published_parties: (0, 0, 0),
            grown: false,
            quiet: now,
            heard: now,
            look: Timestamp(i64::MAX),
        }
    }

    /// Notes the part of one of several actors, whose further deeds then belong to it. Half of the room is for
    /// what is still to come.
    pub fn takes_part(&mut self, part: &Act) -> bool {
        let takes = !self.acts.contains(part) && self.acts.len() < limits::ACTS_OF_RECORD / 2;
        if takes {
            self.acts.push(part.clone());
        }
        takes
    }

    /// Adds a signal of an act that belongs to it.
    pub fn join(&mut self, act: Act, signal: &Signal, now: Timestamp) {
        let mut same = self.acts.iter().filter(|it| it.code == act.code).peekable();
        // The code is known, but not of these data.
        let elsewhere = same.peek().is_some() && !same.any(|it| it.class == act.class);
        if elsewhere {
            self.incident.reason += &format!("; {}: {}", signal.code, signal.reason);
        }
        if !self.acts.contains(&act) {
            self.acts.push(act);
        }
        self.add(signal, now);
    }

    /// Adds a signal. The reason is that of the first one of each code: why there is an incident at all.
    pub fn add(&mut self, signal: &Signal, now: Timestamp) {
        let extent = &signal.extent;
        self.subjects.merge(&extent.subjects);
        self.counts.add(signal);
        // What touched no row takes nothing from what is known of others.
        self.countable &= signal.countable || extent.records == 0;
        self.grown = true;
        self.heard = self.heard.max(now);
        self.quiet = self.quiet.max(now + Act::quiet_after(signal.code));
        self.name(signal);
        let total = self.counts.total();
        let counted = self.counted(total.unattributed);
        let incident = &mut self.incident;
        incident.occurred = incident.occurred.min(signal.occurred);
        incident.latest = incident.latest.max(now);
        incident.first = incident.first.min(extent.first);
        incident.last = incident.last.max(extent.last);
        let affected = &mut incident.affected;
        affected.subjects = counted;
        // Stretches of the log may grow together; what was true stays true.
        affected.records = affected.records.max(total.records);
        // Nobody is touched without a record.
        let exact = affected.subjects.filter(|subjects| subjects.exact);
        affected.records = affected.records.max(exact.map_or(0, |subjects| subjects.value));
        affected.reversible &= extent.reversible;
        if let Err(place) = affected.tables.binary_search(&signal.table) {
            affected.tables.insert(place, signal.table.clone());
        }
        for (category, cells) in total.cells {
            match affected.cells.binary_search_by_key(&category, |count| count.category) {
                Ok(place) => affected.cells[place].cells = cells.max(affected.cells[place].cells),
                Err(place) => affected.cells.insert(place, CategoryCount { category, cells }),
            }
        }
        let codes = [&[incident.code], &incident.further_codes[..]].concat();
        incident.score = severity::score(&codes, &incident.breach_types, affected);
    }

    /// Codes, actors and kinds of breach.
    fn name(&mut self, signal: &Signal) {
        let incident = &mut self.incident;
        if !incident.codes().any(|code| code == signal.code) {
            let further = match Act::rank(signal.code) > Act::rank(incident.code) {
                true => {
                    incident.reason =
                        format!("{}; before that: {}", signal.reason, incident.reason);
                    std::mem::replace(&mut incident.code, signal.code)
                }
                false => {
                    incident.reason += &format!("; {}: {}", signal.code, signal.reason);
                    signal.code
                }
            };
            incident.further_codes.push(further);
            incident.further_codes.sort();
        }
        if !incident.breach_types.contains(&signal.breach) {
            incident.breach_types.push(signal.breach);
        }
        for &actor in signal.actor.iter().chain(signal.together.iter().flatten()) {
            let lead = *incident.actor.get_or_insert(actor);
            match incident.further_actors.binary_search(&actor) {
                Err(place) if actor != lead => incident.further_actors.insert(place, actor),
                _ => {}
            }
        }
    }

    /// Whether a signal is about the same people for the most part, or where either knows of nobody, about a
    /// table that it is about.
    pub fn concerns(&self, signal: &Signal) -> bool {
        let people = &signal.extent.subjects;
        match self.subjects.is_empty() || people.is_empty() {
            true => self.incident.affected.tables.contains(&signal.table),
            false => self.subjects.are_mostly(people),
        }
    }

    /// When it will have gone quiet, as far as is known now.
    pub fn quiet(&self) -> Timestamp {
        self.quiet
    }

    /// Whether what has come since the last event has settled: it is told, though more may come.
    pub fn has_settled(&self, now: Timestamp) -> bool {
        self.grown && now >= self.heard + limits::INCIDENT_GAP
    }

    /// When it has to be looked at, if that is sooner than it would be; from then on it will be.
    pub fn sooner(&mut self) -> Option<Timestamp> {
        let settles = self.heard + limits::INCIDENT_GAP;
        let next = if self.grown { settles.min(self.quiet) } else { self.quiet };
        (next < self.look).then(|| {
            self.look = next;
            next
        })
    }

    /// It is looked at now; `false` when a look is still to come.
    pub fn is_looked_at(&mut self, now: Timestamp) -> bool {
        let is_due = self.look <= now;
        if is_due {
            self.look = Timestamp(i64::MAX);
        }
        is_due
    }

    /// Whether an event was ever published.
    pub fn is_new(&self) -> bool {
        !self.published
    }

    /// Goes on with what was told before the commit, under its id, with its clock, and with the
    /// numbers of the commit, which are the true ones.
    pub fn succeed(&mut self, told: Incident) {
        let incident = &mut self.incident;
        (incident.id, incident.version) = (told.id, told.version);
        (incident.detected, incident.deadline) = (told.detected, told.deadline);
        incident.transaction = told.transaction;
        incident.state = IncidentState::Committed;
    }

    /// What is known of the act by its signals.
    pub fn acts(&self) -> &[Act] {
        &self.acts
    }

    /// The incident as of now.
    pub fn incident(&self) -> &Incident {
        &self.incident
    }

    /// Adds to what is known of the transaction that it was told of before the commit.
    pub fn add_to_transaction(&mut self, add: impl Fn(&mut OpenTransaction) -> bool) {
        if let Some(transaction) = &mut self.incident.transaction {
            add(transaction);
        }
    }

    /// Whether there is news that cannot wait: it is new, twice as large, more severe, told under another
    /// code, in another table or by twice as many actors. Doubling keeps the number of events logarithmic in the size of the
    /// incident.
    pub fn is_news(&self) -> bool {
        let records = self.incident.affected.records;
        let doubled = records > 0 && records >= self.published_records.saturating_mul(2);
        let (codes, actors, tables) = self.published_parties;
        let more = self.incident.further_codes.len() > codes
            || self.incident.affected.tables.len() > tables
            || self.incident.further_actors.len() > 2 * actors;
        self.is_new() || doubled || more || self.incident.score.band() > self.published_band
    }

    /// Whether the last event no longer tells the truth.
    pub fn is_outdated(&self) -> bool {
        self.grown
    }

    /// The incident as of now, as its next event. The reason of each signal says what it saw; from the
    /// second event on the whole is said as well.
    pub fn publish(&mut self) -> Incident {
        let first = self.incident.version == 0;
        self.incident.activity = if first { Activity::Create } else { Activity::Update };
        self.incident.version += 1;
        self.published = true;
        self.published_records = self.incident.affected.records;
        self.published_band = self.incident.score.band();
        let Incident { further_codes, further_actors, affected, .. } = &self.incident;
        self.published_parties = (further_codes.len(), further_actors.len(), affected.tables.len());
        self.grown = false;
        let mut told = self.incident.clone();
        if !first {
            told.reason += &whole(&told);
        }
        told
    }

    fn counted(&self, unattributed: u64) -> Option<SubjectCount> {
        if !self.countable || self.subjects.is_empty() {
            return None;
        }
        let counted = self.subjects.count();
        Some(SubjectCount { exact: counted.exact && unattributed == 0, ..counted })
    }
}

/// All that an incident has come to, in words.
fn whole(incident: &Incident) -> String {
    let Affected { subjects, records, tables, .. } = &incident.affected;
    let many = |number: u64, noun: &str| match number {
        1 => format!("1 {noun}"),
        number => format!("{} {noun}s", grouped(number)),
    };
    let people = match subjects {
        Some(SubjectCount { value, exact }) => {
            format!("{}{}", if *exact { "" } else { "about " }, many(*value, "data subject"))
        }
        None => "an unknown number of data subjects".to_owned(),
    };
    let place = match &tables[..] {
        [] => String::new(),
        [one] => format!(" in {one}"),
        several => format!(" in {}", many(several.len() as u64, "table")),
    };
    let actors = usize::from(incident.actor.is_some()) + incident.further_actors.len();
    let by = match actors {
        0 => String::new(),
        actors => format!(" by {}", many(actors as u64, "known actor")),
    };
    format!("; in all so far: {people}, {}{place}{by}", many(*records, "record"))
}
