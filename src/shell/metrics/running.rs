//! Gauges of incidents whose time for notification is still running.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use prometheus::{GaugeVec, IntGaugeVec};
use uuid::Uuid;

use super::registration::Registration;
use crate::model::{Activity, Incident, IncidentState, SeverityBand, Timestamp};

const BANDS: [SeverityBand; 4] =
    [SeverityBand::Low, SeverityBand::Medium, SeverityBand::High, SeverityBand::VeryHigh];

/// The incidents and the gauges that show them.
pub(super) struct Running {
    incidents: Mutex<BTreeMap<Uuid, Incident>>,
    open: IntGaugeVec,
    urgent: IntGaugeVec,
    next_deadline: GaugeVec,
}

impl Running {
    pub fn new(register: &Registration) -> Self {
        let running = Running {
            incidents: Mutex::default(),
            open: register.gauges(
                "incidents_open",
                "Incidents whose time for notification is running, as of their last events.",
                &["severity_level", "state"],
            ),
            urgent: register.gauges(
                "incidents_urgent",
                "Those of them below high severity that cannot wait: of a kind that hardly ever happens by \
                 mistake, or about more than 100 people.",
                &["state"],
            ),
            // Absent without one: a zero would look like a deadline that passed in 1970.
            next_deadline: register.absent_moment(
                "incident_next_deadline_timestamp_seconds",
                "The next deadline for notification: 72 hours after awareness, before that after detection. \
                 Absent without one.",
            ),
        };
        running.show(&BTreeMap::new());
        running
    }

    /// An incident was opened, updated or closed. Returns what it was before, if it
    /// was running.
    pub fn update(&self, incident: &Incident) -> Option<Incident> {
        let mut incidents = self.incidents.lock().unwrap_or_else(PoisonError::into_inner);
        let ended = incident.activity == Activity::Close || incident.handling.stage.ends_clock();
        let before = match ended {
            false => incidents.insert(incident.id, incident.clone()),
            true => incidents.remove(&incident.id),
        };
        self.show(&incidents);
        before
    }

    /// Stream time has moved on: an incident that nobody has taken up is shown until its deadline.
    pub fn advance(&self, now: Timestamp) {
        let mut incidents = self.incidents.lock().unwrap_or_else(PoisonError::into_inner);
        let before = incidents.len();
        incidents.retain(|_, incident| incident.is_running(now));
        if incidents.len() < before {
            self.show(&incidents);
        }
    }

    fn show(&self, incidents: &BTreeMap<Uuid, Incident>) {
        // One that was rolled back is closed, and no longer here.
        let shown = IncidentState::ALL.into_iter().filter(|it| *it != IncidentState::Aborted);
        for state in shown.clone() {
            let urgent = incidents.values().filter(|it| it.state == state && it.is_urgent());
            self.urgent.with_label_values(&[state.name()]).set(urgent.count() as i64);
        }
        for (band, state) in shown.flat_map(|state| BANDS.map(|band| (band, state))) {
            let matching =
                incidents.values().filter(|it| (it.score.band(), it.state) == (band, state));
            let gauge = self.open.with_label_values(&[band.name(), state.name()]);
            gauge.set(matching.count() as i64);
        }
        match incidents.values().map(Incident::due).min() {
            Some(next) => self.next_deadline.with_label_values::<&str>(&[]).set(next.as_seconds()),
            None => self.next_deadline.reset(),
        }
    }
}
