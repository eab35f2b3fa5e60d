//! Makes metrics and enters them in the registry, all under one prefix.

use prometheus::core::Collector;
use prometheus::process_collector::ProcessCollector;
use prometheus::{
    Gauge, GaugeVec, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge,
    IntGaugeVec, Opts, Registry,
};

const PREFIX: &str = "lawtail";

/// From a few milliseconds, which is a good day, to the hours of a backlog.
const LATENCY_SECONDS: [f64; 14] =
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 300.0, 3_600.0];

/// From at once to a day, within which a withdrawal is to reach every record.
const DELAY_SECONDS: [f64; 8] = [0.0, 1.0, 60.0, 600.0, 3_600.0, 21_600.0, 43_200.0, 86_400.0];

const VALID: &str = "names and labels are written in this program and valid";

/// The registry, while it is being filled.
pub(super) struct Registration<'a>(pub &'a Registry);

impl Registration<'_> {
    pub fn counter(&self, name: &str, help: &str) -> IntCounter {
        self.enter(IntCounter::with_opts(options(name, help)).expect(VALID))
    }

    pub fn counters(&self, name: &str, help: &str, labels: &[&str]) -> IntCounterVec {
        self.enter(IntCounterVec::new(options(name, help), labels).expect(VALID))
    }

    pub fn gauge(&self, name: &str, help: &str) -> IntGauge {
        self.enter(IntGauge::with_opts(options(name, help)).expect(VALID))
    }

    pub fn gauges(&self, name: &str, help: &str, labels: &[&str]) -> IntGaugeVec {
        self.enter(IntGaugeVec::new(options(name, help), labels).expect(VALID))
    }

    /// A moment in seconds since the Unix epoch; 0 until it is known.
    pub fn moment(&self, name: &str, help: &str) -> Gauge {
        self.enter(Gauge::with_opts(options(name, help)).expect(VALID))
    }

    /// A moment that may be absent.
    pub fn absent_moment(&self, name: &str, help: &str) -> GaugeVec {
        self.enter(GaugeVec::new(options(name, help), &[]).expect(VALID))
    }

    pub fn latency(&self, name: &str, help: &str) -> Histogram {
        let options = HistogramOpts::new(name, help).namespace(PREFIX);
        let options = options.buckets(LATENCY_SECONDS.to_vec());
        self.enter(Histogram::with_opts(options).expect(VALID))
    }

    /// How long something took, in seconds up to a day, by label.
    pub fn delays(&self, name: &str, help: &str, labels: &[&str]) -> HistogramVec {
        let options = HistogramOpts::new(name, help).namespace(PREFIX);
        let options = options.buckets(DELAY_SECONDS.to_vec());
        self.enter(HistogramVec::new(options, labels).expect(VALID))
    }

    /// A constant 1 whose labels tell what runs.
    pub fn build_info(&self) -> IntGaugeVec {
        let help = "Version of the program and digest of the policies in force.";
        self.gauges("build_info", help, &["version", "ruleset"])
    }

    /// Memory, descriptors, threads, processor time and start of this process, under the names that
    /// Prometheus' client libraries agree on.
    pub fn process(&self) {
        let process = ProcessCollector::for_self();
        self.0.register(Box::new(process)).expect("no metric is declared twice");
    }

    fn enter<M: Collector + Clone + 'static>(&self, metric: M) -> M {
        self.0.register(Box::new(metric.clone())).expect("no metric is declared twice");
        metric
    }
}

fn options(name: &str, help: &str) -> Opts {
    Opts::new(name, help).namespace(PREFIX)
}
