//! Metrics of what was seen and judged: changes, cells, findings and gaps.

use prometheus::{HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec};

use super::registration::Registration;
use super::signed;
use super::tables::TableLabels;
use crate::engine::{Census, Counts, Requests};
use crate::model::{
    Activity, Channel, Code, Finding, Gap, GapCause, Meaning, Severity, Standing, Status, TableName,
};
use crate::policy::RequestKind;

/// The label of a permission that is not about one purpose: no purpose of a register has blanks.
const EVERY_PURPOSE: &str = "every purpose";

/// See the module.
pub(super) struct JudgementMetrics {
    tables: TableLabels,
    changes: IntCounterVec,
    judged: IntCounterVec,
    waiting: IntGauge,
    open_requests: IntGaugeVec,
    overdue_requests: IntGaugeVec,
    permissions: IntGaugeVec,
    cells: IntCounterVec,
    unlawful: IntCounterVec,
    unknown_actors: IntCounter,
    findings: IntCounterVec,
    gaps: IntCounterVec,
    evicted_series: IntCounter,
    silence: HistogramVec,
    maintenance_rows: IntCounterVec,
}

impl JudgementMetrics {
    pub fn new<'a>(
        register: &Registration,
        mapped_tables: impl Iterator<Item = &'a TableName>,
    ) -> Self {
        let metrics = JudgementMetrics {
            tables: TableLabels::new(mapped_tables),
            changes: register.counters("changes_total", "Changes seen.", &["table", "op"]),
            judged: register.counters("judged_total", "Changes judged.", &["table", "outcome"]),
            waiting: register.gauge(
                "waiting_judgements",
                "Judgements that wait for a basis or permission to be recorded.",
            ),
            open_requests: register.gauges(
                "open_requests",
                "Requests of data subjects that have not been answered, by kind.",
                &["kind"],
            ),
            overdue_requests: register.gauges(
                "overdue_requests",
                "Open requests of data subjects whose time to answer has passed, by kind.",
                &["kind"],
            ),
            permissions: register.gauges(
                "permissions",
                "Permissions on record, by what they say; confirmed is a double opt-in.",
                &["channel", "purpose", "status"],
            ),
            cells: register.counters(
                "personal_fields_changed_total",
                "Personal cells changed.",
                &["category", "op"],
            ),
            unlawful: register.counters(
                "unlawful_processing_total",
                "Findings of unlawful processing that count in full; the reason is their code.",
                &["table", "reason"],
            ),
            unknown_actors: register.counter(
                "unknown_actor_changes_total",
                "Changes without a known actor in tables that should name one.",
            ),
            findings: register.counters(
                "findings_total",
                "Findings and incidents, counted when they are opened.",
                &["code", "severity"],
            ),
            gaps: register.counters(
                "coverage_gaps_total",
                "Parts of the change stream that were not seen.",
                &["cause"],
            ),
            maintenance_rows: register.counters(
                "maintenance_rows_total",
                "Rows changed under declared maintenance, within it or beyond it.",
                &["outcome"],
            ),
            evicted_series: register.counter(
                "detector_series_evicted_total",
                "Series of changes that the detectors could not follow for want of room.",
            ),
            silence: register.delays(
                "withdrawal_to_silence_seconds",
                "From a no to the last message that came all the same, by channel; 0: none came.",
                &["channel"],
            ),
        };
        metrics.start_at_zero();
        metrics
    }

    pub fn restore(&self, waiting: u64, requests: &Requests) {
        self.waiting.set(signed(waiting));
        self.requests(requests);
    }

    fn requests(&self, more: &Requests) {
        for (gauges, counts) in
            [(&self.open_requests, &more.open), (&self.overdue_requests, &more.overdue)]
        {
            for (kind, count) in counts {
                gauges.with_label_values(&[kind.name()]).add(*count);
            }
        }
    }

    /// How many permissions stand. What has come to nothing is among them with 0.
    pub fn permissions(&self, census: &Census) {
        for ((channel, purpose, status), count) in census {
            let purpose = if purpose.is_empty() { EVERY_PURPOSE } else { purpose.as_str() };
            let labels = [channel.name(), purpose, status.name()];
            self.permissions.with_label_values(&labels).set(signed(*count));
        }
    }

    pub fn counted(&self, counts: &Counts) {
        counts.permissions.iter().for_each(|census| self.permissions(census));
        for ((table, operation), count) in &counts.changes {
            let labels = [&self.tables.of(table), operation.name()];
            self.changes.with_label_values(&labels).inc_by(*count);
        }
        for ((table, outcome), count) in &counts.judged {
            let labels = [&self.tables.of(table), outcome.name()];
            self.judged.with_label_values(&labels).inc_by(*count);
        }
        for ((category, operation), count) in &counts.cells {
            self.cells.with_label_values(&[category.key(), operation.name()]).inc_by(*count);
        }
        self.waiting.add(counts.waiting);
        self.requests(&counts.requests);
        self.unknown_actors.inc_by(counts.unknown_actors);
        self.evicted_series.inc_by(counts.evicted_series);
        for (channel, seconds) in &counts.silences {
            let silence = self.silence.with_label_values(&[channel.name()]);
            silence.observe(*seconds as f64);
        }
        for (outcome, rows) in ["within", "exceeded"].into_iter().zip(counts.maintenance_rows) {
            self.maintenance_rows.with_label_values(&[outcome]).inc_by(rows);
        }
    }

    pub fn found(&self, finding: &Finding) {
        if finding.activity != Activity::Create {
            return;
        }
        self.findings(finding.code, finding.severity).inc();
        let unlawful =
            finding.status == Status::Violation && finding.severity > Severity::Informational;
        if unlawful && finding.standing == Standing::Enforced {
            let labels = [&self.tables.of(&finding.table), finding.code.text()];
            self.unlawful.with_label_values(&labels).inc();
        }
    }

    /// An incident was opened. It counts under its code's own severity, because that of the
    /// incident may still rise.
    pub fn opened(&self, code: Code) {
        self.findings(code, code.severity()).inc();
    }

    pub fn gap(&self, gap: &Gap) {
        self.gaps.with_label_values(&[gap.cause.name()]).inc();
    }

    fn findings(&self, code: Code, severity: Severity) -> IntCounter {
        let severity = severity.name().to_ascii_lowercase();
        self.findings.with_label_values(&[code.text(), &severity])
    }

    /// Every series whose labels are known beforehand: otherwise `increase()` would not see the
    /// first event of a series.
    fn start_at_zero(&self) {
        for channel in Channel::ALL {
            self.silence.with_label_values(&[channel.name()]);
        }
        for code in Code::ALL {
            if let Meaning::Finding { severity, .. } = code.meaning() {
                self.findings(*code, severity);
            }
        }
        for kind in RequestKind::ALL {
            self.open_requests.with_label_values(&[kind.name()]);
            self.overdue_requests.with_label_values(&[kind.name()]);
        }
        for outcome in ["within", "exceeded"] {
            self.maintenance_rows.with_label_values(&[outcome]);
        }
        for cause in GapCause::ALL {
            self.gaps.with_label_values(&[cause.name()]);
        }
    }
}
