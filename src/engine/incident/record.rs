//! An incident as it grows, between its events.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::severity;
use crate::engine::detect::{Extent, Signal, Subjects};
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
    /// Records of which the stream does not say whose they are.
    unattributed: u64,
    /// Whether every signal could tell data subjects at all.
    countable: bool,
    /// Whether there was an event.
    published: bool,
    /// Records in the last event.
    published_records: u64,
    /// Severity in the last event.
    published_band: SeverityBand,
    /// Whether anything was added since the last event.
    grown: bool,
    /// When it will have gone quiet.
    quiet: Timestamp,
}

impl Record {
    /// Opens an incident with its first signal.
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
            state: IncidentState::Open,
            breach_types: vec![signal.breach],
            score: severity::score(signal.code, signal.breach, &affected),
            occurred: signal.occurred,
            detected: now,
            deadline: now + limits::NOTIFICATION_WINDOW,
            first: signal.extent.first,
            last: signal.extent.last,
            actor: signal.actor,
            affected,
            handling: Handling::default(),
            transaction: None,
            reason: signal.reason.clone(),
            policy_digest: policy_digest.to_owned(),
        };
        let mut record = Record {
            incident,
            subjects: Subjects::default(),
            unattributed: 0,
            countable: true,
            published: false,
            published_records: 0,
            published_band: SeverityBand::Low,
            grown: false,
            quiet: now,
        };
        record.add(signal, now);
        record
    }

    /// Adds a signal. The reason stays that of the first one: why there is an incident at all.
    pub fn add(&mut self, signal: &Signal, now: Timestamp) {
        let extent = &signal.extent;
        self.subjects.merge(&extent.subjects);
        self.unattributed += extent.unattributed;
        self.countable &= signal.countable;
        self.grown = true;
        self.quiet = self.quiet.max(now + limits::INCIDENT_GAP);
        let counted = self.counted();
        let incident = &mut self.incident;
        incident.occurred = incident.occurred.min(signal.occurred);
        incident.first = incident.first.min(extent.first);
        incident.last = incident.last.max(extent.last);
        let affected = &mut incident.affected;
        affected.subjects = counted;
        affected.records += extent.records;
        affected.reversible &= extent.reversible;
        if let Err(place) = affected.tables.binary_search(&signal.table) {
            affected.tables.insert(place, signal.table.clone());
        }
        add_cells(&mut affected.cells, extent);
        incident.score = severity::score(signal.code, signal.breach, affected);
    }

    /// A tripwire says what statistics only thought unusual: goes on under its code. What both have counted
    /// counts once.
    pub fn escalate(&mut self, signal: &Signal, now: Timestamp) {
        let extent = &signal.extent;
        self.unattributed = self.unattributed.saturating_sub(extent.records);
        let incident = &mut self.incident;
        incident.code = signal.code;
        incident.reason = format!("{}; before that: {}", signal.reason, incident.reason);
        if !incident.breach_types.contains(&signal.breach) {
            incident.breach_types.push(signal.breach);
        }
        let affected = &mut incident.affected;
        affected.records = affected.records.saturating_sub(extent.records);
        for count in &mut affected.cells {
            let again = extent.cells.get(&count.category).copied().unwrap_or(0);
            count.cells = count.cells.saturating_sub(again);
        }
        affected.cells.retain(|count| count.cells > 0);
        self.published_records = 0;
        self.add(signal, now);
    }

    /// When it will have gone quiet, as far as is known now.
    pub fn quiet(&self) -> Timestamp {
        self.quiet
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

    /// Whether there is news that cannot wait: it is new, twice as large or more severe. Doubling
    /// keeps the number of events logarithmic in the size of the incident.
    pub fn is_news(&self) -> bool {
        let records = self.incident.affected.records;
        let doubled = records > 0 && records >= self.published_records.saturating_mul(2);
        self.is_new() || doubled || self.incident.score.band() > self.published_band
    }

    /// Whether the last event no longer tells the truth.
    pub fn is_outdated(&self) -> bool {
        self.grown
    }

    /// The incident as of now, as its next event.
    pub fn publish(&mut self) -> Incident {
        let first = self.incident.version == 0;
        self.incident.activity = if first { Activity::Create } else { Activity::Update };
        self.incident.version += 1;
        self.published = true;
        self.published_records = self.incident.affected.records;
        self.published_band = self.incident.score.band();
        self.grown = false;
        self.incident.clone()
    }

    fn counted(&self) -> Option<SubjectCount> {
        if !self.countable || self.subjects.is_empty() {
            return None;
        }
        let counted = self.subjects.count();
        Some(SubjectCount { exact: counted.exact && self.unattributed == 0, ..counted })
    }
}

fn add_cells(cells: &mut Vec<CategoryCount>, extent: &Extent) {
    for (&category, &added) in &extent.cells {
        match cells.binary_search_by_key(&category, |count| count.category) {
            Ok(place) => cells[place].cells += added,
            Err(place) => cells.insert(place, CategoryCount { category, cells: added }),
        }
    }
}
