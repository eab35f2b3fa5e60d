//! The demonstration, scraped by a real Prometheus with our rules: every query of every dashboard is
//! asked, and the rules are evaluated.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::dashboards;
use super::prometheus::Prometheus;

/// How long all of them together may take. Generous: machines are shared.
const PATIENCE: Duration = Duration::from_secs(180);

/// Queries that have no answer in a healthy run, by a part of their text, and why.
const RIGHTLY_EMPTY: [(&str, &str); 7] = [
    ("lawtail_schema_changes_total", "the demonstration has no event triggers"),
    ("outcome=\"undecided\"}[24h]", "what is undecided may all lie before the first scrape"),
    ("lawtail_slot_loss_expected_timestamp_seconds", "no slot is being lost"),
    ("lawtail_slot_safe_wal_bytes", "the demonstration's server sets no limit for slots"),
    ("lawtail_outbox_oldest_timestamp_seconds", "nothing waits for longer than a moment"),
    ("lawtail_copy_left_seconds", "the copy is soon over"),
    ("lawtail_alarm_lead_seconds_sum", "an alarm before a commit comes late, if at all"),
];

/// `lawtail demo` without an end, until it is dropped.
struct Demo {
    child: Child,
    metrics: String,
}

impl Demo {
    fn start() -> Demo {
        let mut child = Command::new(env!("CARGO_BIN_EXE_lawtail"))
            .args(["demo", "--contacts", "3000"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let metrics = lines.find_map(|line| {
            let line = line.unwrap();
            let address = line.trim().strip_prefix("metrics")?.trim().strip_prefix("http://")?;
            Some(address.strip_suffix("/metrics")?.to_owned())
        });
        // What it says from now on is read by nobody, and must not stop it.
        std::thread::spawn(move || lines.for_each(drop));
        Demo { child, metrics: metrics.expect("it says where its metrics are") }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // SIGTERM, so that it takes its database with it.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

/// A query as Grafana sends it when nothing is chosen.
fn as_sent(query: &str) -> String {
    query.replace("$job", ".+").replace("$instance", ".+").replace("$__rate_interval", "1m")
}

fn rightly_empty(query: &str) -> bool {
    RIGHTLY_EMPTY.iter().any(|(part, _)| query.contains(part))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_query_is_answered_and_every_rule_evaluated_while_the_demonstration_runs() {
    let demo = Demo::start();
    let prometheus = Prometheus::scraping(&demo.metrics).await;
    let dashboards = dashboards::all();
    let mut waiting: Vec<(String, String, String)> = Vec::new();
    for (name, dashboard) in &dashboards {
        for (panel, query) in dashboards::queries(dashboard) {
            waiting.push((name.clone(), panel, as_sent(&query)));
        }
    }
    let asked = waiting.len();
    assert!(asked > 50, "{asked}");
    for (part, why) in RIGHTLY_EMPTY {
        let named = waiting.iter().any(|(_, _, query)| query.contains(part));
        assert!(named, "no query asks for {part} ({why})");
    }
    let firing = |name| format!("ALERTS{{alertname=\"{name}\",alertstate=\"firing\"}}");
    for name in ["LawtailWatchdog", "LawtailMinorIncidentOpen", "LawtailUnlawfulProcessing"] {
        waiting.push(("alerts".into(), name.into(), firing(name)));
    }

    let deadline = Instant::now() + PATIENCE;
    while !waiting.iter().all(|(_, _, query)| rightly_empty(query)) {
        let mut left = Vec::new();
        for (name, panel, query) in waiting {
            if prometheus.query(&query).await.is_none_or(|result| result.is_empty()) {
                left.push((name, panel, query));
            }
        }
        waiting = left;
        assert!(Instant::now() < deadline, "no data: {waiting:#?}\n{}", prometheus.log());
        sleep(Duration::from_secs(1)).await;
    }
    // Those without data are at least understood, which `query` has asserted.

    let broken = loop {
        if let Some(broken) = prometheus.broken_rules().await {
            break broken;
        }
        assert!(Instant::now() < deadline, "rules were not evaluated: {}", prometheus.log());
        sleep(Duration::from_secs(1)).await;
    };
    assert!(broken.is_empty(), "{broken:#?}");
    for name in ["LawtailAbsent", "LawtailBlind", "LawtailSlotEndangered", "LawtailSlow"] {
        assert_eq!(prometheus.query(&firing(name)).await, Some(vec![]), "{name}");
    }
}
