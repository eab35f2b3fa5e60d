//! Metrics of a copy of the rows that are there already.

use prometheus::{GaugeVec, IntGauge, IntGaugeVec};

use super::registration::Registration;
use super::signed;
use crate::shell::source::postgres::CopyProgress;

/// See the module.
pub(super) struct CopyMetrics {
    rows: IntGauge,
    bytes: IntGauge,
    tables: IntGaugeVec,
    left: GaugeVec,
}

impl CopyMetrics {
    pub fn new(register: &Registration) -> Self {
        let metrics = CopyMetrics {
            rows: register.gauge("copy_rows", "Rows read by the copy that runs or ran last."),
            bytes: register
                .gauge("copy_bytes", "Bytes of row text read by the copy that runs or ran last."),
            tables: register.gauges(
                "copy_tables",
                "Tables of the copy that runs, by whether they have been read to their end.",
                &["state"],
            ),
            left: register.absent_moment(
                "copy_left_seconds",
                "How long the copy will take still, at its pace so far; absent without one.",
            ),
        };
        metrics.show(None);
        metrics
    }

    pub fn show(&self, progress: Option<&CopyProgress>) {
        if let Some(progress) = progress {
            self.rows.set(signed(progress.rows));
            self.bytes.set(signed(progress.bytes));
        }
        let done = progress.map_or(0, |it| it.tables_done);
        let waiting = progress.map_or(0, |it| it.tables.saturating_sub(it.tables_done));
        self.tables.with_label_values(&["done"]).set(signed(done as u64));
        self.tables.with_label_values(&["waiting"]).set(signed(waiting as u64));
        self.left.reset();
        if let Some(left) = progress.and_then(|it| it.left) {
            self.left.with_label_values(&[] as &[&str]).set(left.as_secs_f64());
        }
    }
}
