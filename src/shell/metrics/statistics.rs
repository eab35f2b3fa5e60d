//! Metrics of the statistical alarms: how they stand, and what became of them.

use prometheus::{IntCounterVec, IntGauge, IntGaugeVec};

use super::registration::Registration;
use super::signed;
use crate::engine::Counts;
use crate::engine::series::{Class, Noticed, Stage};

/// See the module.
pub(super) struct StatisticsMetrics {
    alarms: IntCounterVec,
    budget: IntGauge,
    remaining: IntGauge,
    stage: IntGaugeVec,
    threshold: IntGaugeVec,
    series: IntGauge,
}

impl StatisticsMetrics {
    pub fn new(register: &Registration) -> Self {
        let metrics = StatisticsMetrics {
            alarms: register.counters(
                "statistical_alarms_total",
                "Statistical alarms, by class and what became of them.",
                &["class", "outcome"],
            ),
            budget: register.gauge(
                "alert_budget",
                "Incidents that statistics alone may open within seven days.",
            ),
            remaining: register.gauge(
                "alert_budget_remaining",
                "How many of these are left, as of the last transaction.",
            ),
            stage: register.gauges(
                "detector_stage",
                "1 for how far the statistics of a class have come.",
                &["class", "stage"],
            ),
            threshold: register.gauges(
                "detector_threshold_score",
                "Score from which there is a statistical alarm: -1000 times the logarithm of p.",
                &["class"],
            ),
            series: register.gauge("detector_series", "Series of counts that are followed."),
        };
        for class in Class::ALL {
            for noticed in Noticed::ALL {
                metrics.alarms.with_label_values(&[class.name(), noticed.name()]);
            }
        }
        metrics
    }

    pub fn counted(&self, counts: &Counts) {
        for ((class, noticed), count) in &counts.noticed {
            self.alarms.with_label_values(&[class.name(), noticed.name()]).inc_by(*count);
        }
        let Some(standing) = &counts.statistics else { return };
        let (spent, budget) = standing.budget;
        self.budget.set(budget.into());
        self.remaining.set(budget.saturating_sub(spent).into());
        self.series.set(signed(standing.series));
        for (class, threshold) in &standing.thresholds {
            self.threshold.with_label_values(&[class.name()]).set((*threshold).into());
            for stage in Stage::ALL {
                let now = i64::from(stage == standing.stage);
                self.stage.with_label_values(&[class.name(), stage.name()]).set(now);
            }
        }
    }
}
