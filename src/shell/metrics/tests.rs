use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use uuid::Uuid;

use super::*;
use crate::engine::detect::trial::{person, policies, table};
use crate::engine::series::{Class, Noticed, Readiness, Stage};
use crate::engine::{Census, Requests};
use crate::model::{
    Affected, BreachType, Category, Channel, Code, Finding, Gap, GapCause, Handling, IncidentState,
    Interruption, OpenTransaction, OperationKind, Outcome, Position, Severity, SeverityScore,
    Standing, Status, TableName, limits,
};
use crate::policy::{Exception, Maturity, PermissionStatus, RequestKind};
use crate::shell::clock::ManualClock;
use crate::shell::monitor::Monitor;

fn incident(number: u128, deadline_seconds: i64) -> Incident {
    Incident {
        id: Uuid::from_u128(number),
        version: 1,
        activity: Activity::Create,
        code: Code::SEC_001,
        further_codes: Vec::new(),
        state: IncidentState::Open,
        breach_types: vec![BreachType::Integrity],
        score: SeverityScore {
            processing_context: 300,
            ease_of_identification: 100,
            confidentiality: 0,
            integrity: 25,
            availability: 0,
            malicious_intent: 0,
        },
        occurred: Timestamp(0),
        latest: Timestamp(0),
        detected: Timestamp(0),
        deadline: Timestamp(deadline_seconds * 1_000_000),
        first: Position::default(),
        last: Position::default(),
        actor: Some(person(77)),
        further_actors: Vec::new(),
        affected: Affected {
            subjects: None,
            records: 1,
            cells: Vec::new(),
            tables: Vec::new(),
            reversible: true,
        },
        handling: Handling::default(),
        transaction: None,
        reason: "expected and observed".into(),
        policy_digest: "digest".into(),
    }
}

fn finding() -> Finding {
    Finding {
        id: Uuid::from_u128(1),
        activity: Activity::Create,
        code: Code::CN_002,
        status: Status::Violation,
        severity: Code::CN_002.severity(),
        standing: Standing::Enforced,
        position: Position::default(),
        xid: 7,
        time: Timestamp(0),
        judged: Timestamp(0),
        table: table("crm.sends"),
        subject: Some(person(88)),
        actor: Some(person(77)),
        purpose: Some("newsletter".into()),
        channel: None,
        reason: "opted out".into(),
        evidence: Vec::new(),
        count: 1,
        profile: "strict".into(),
        policy_digest: "digest".into(),
        own_rule: None,
    }
}

fn emissions() -> Vec<Emission> {
    let gap = Gap { from: Lsn(1), to: Lsn(2), time: Timestamp(0), cause: GapCause::SlotLost };
    vec![
        Emission::Finding(Box::new(finding())),
        Emission::Incident(Box::new(incident(1, 1_000))),
        Emission::Coverage(gap),
    ]
}

fn decide(metrics: &Metrics, counts: &Counts, emissions: &[Emission], seconds: i64) {
    let time = Timestamp(seconds * 1_000_000);
    let checkpoint = Checkpoint { time, ..Checkpoint::default() };
    metrics.decided(counts, emissions, &checkpoint, time);
}

fn value(metrics: &Metrics, series: &str) -> Option<f64> {
    let text = metrics.text();
    let line =
        text.lines().find_map(|line| line.strip_prefix(&format!("{series} ")).map(str::to_owned));
    line.map(|value| value.parse().unwrap())
}

/// Label names and values of every series.
fn labels(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let Some((_, rest)) = line.split_once('{') else { continue };
        let (pairs, _) = rest.rsplit_once('}').unwrap();
        for pair in pairs.split("\",") {
            let (name, value) = pair.split_once("=\"").unwrap();
            found.push((name.to_owned(), value.trim_end_matches('"').to_owned()));
        }
    }
    found
}

fn busy_counts() -> Counts {
    let contacts = table("crm.contacts");
    Counts {
        unfit: None,
        changes: BTreeMap::from([((contacts.clone(), OperationKind::Update), 5)]),
        judged: BTreeMap::from([((contacts, Outcome::Unlawful), 2)]),
        waiting: 3,
        cells: BTreeMap::from([((Category::Email, OperationKind::Update), 9)]),
        unknown_actors: 1,
        evicted_series: 4,
        maintenance_rows: [6, 2],
        noticed: [((Class::Tables, Noticed::OverBudget), 2)].into(),
        statistics: Some(Readiness {
            stage: Stage::Warming,
            thresholds: vec![(Class::Tables, 4_200)],
            series: 17,
            budget: (1, 2),
        }),
        interruptions: BTreeMap::from([(Interruption::Cancelled, 2)]),
        transactions: 1,
        permissions: Some(Census::from([
            ((Channel::Email, "newsletter".into(), PermissionStatus::Confirmed), 5),
            ((Channel::Post, String::new(), PermissionStatus::OptedOut), 0),
        ])),
        requests: Requests {
            open: [(RequestKind::Access, 2)].into(),
            overdue: [(RequestKind::Access, 1)].into(),
        },
        silences: vec![(Channel::Email, 0), (Channel::Email, 90)],
    }
}

#[test]
fn decisions_add_up() {
    let metrics = Metrics::new(&policies());
    decide(&metrics, &busy_counts(), &emissions(), 60);
    decide(&metrics, &busy_counts(), &[], 120);
    for (series, expected) in [
        ("lawtail_changes_total{op=\"update\",table=\"crm.contacts\"}", 10.0),
        ("lawtail_judged_total{outcome=\"unlawful\",table=\"crm.contacts\"}", 4.0),
        ("lawtail_waiting_judgements", 6.0),
        ("lawtail_permissions{channel=\"email\",purpose=\"newsletter\",status=\"confirmed\"}", 5.0),
        (
            "lawtail_permissions{channel=\"post\",purpose=\"every purpose\",status=\"opted_out\"}",
            0.0,
        ),
        (
            "lawtail_personal_fields_changed_total{category=\"user.contact.email\",op=\"update\"}",
            18.0,
        ),
        ("lawtail_unknown_actor_changes_total", 2.0),
        ("lawtail_detector_series_evicted_total", 8.0),
        ("lawtail_maintenance_rows_total{outcome=\"within\"}", 12.0),
        ("lawtail_maintenance_rows_total{outcome=\"exceeded\"}", 4.0),
        ("lawtail_statistical_alarms_total{class=\"tables\",outcome=\"over_budget\"}", 4.0),
        ("lawtail_alert_budget", 2.0),
        ("lawtail_alert_budget_remaining", 1.0),
        ("lawtail_detector_series", 17.0),
        ("lawtail_detector_threshold_score{class=\"tables\"}", 4_200.0),
        ("lawtail_detector_stage{class=\"tables\",stage=\"warming\"}", 1.0),
        ("lawtail_detector_stage{class=\"tables\",stage=\"mature\"}", 0.0),
        ("lawtail_unlawful_processing_total{reason=\"CN-002\",table=\"crm.sends\"}", 1.0),
        ("lawtail_findings_total{code=\"CN-002\",severity=\"critical\"}", 1.0),
        ("lawtail_findings_total{code=\"SEC-001\",severity=\"high\"}", 1.0),
        ("lawtail_coverage_gaps_total{cause=\"slot_lost\"}", 1.0),
        ("lawtail_withdrawal_to_silence_seconds_bucket{channel=\"email\",le=\"0\"}", 2.0),
        ("lawtail_withdrawal_to_silence_seconds_sum{channel=\"email\"}", 180.0),
        ("lawtail_withdrawal_to_silence_seconds_count{channel=\"sms\"}", 0.0),
        ("lawtail_outbox_events", 3.0),
        ("lawtail_last_commit_timestamp_seconds", 120.0),
        ("lawtail_change_latency_seconds_count", 2.0),
    ] {
        assert_eq!(value(&metrics, series), Some(expected), "{series}");
    }
}

#[test]
fn updates_of_a_finding_or_incident_do_not_count_it_again() {
    let metrics = Metrics::new(&policies());
    let again = Finding { activity: Activity::Update, count: 9, ..finding() };
    let grown = Incident { activity: Activity::Update, ..incident(1, 1_000) };
    let updates = [Emission::Finding(Box::new(again)), Emission::Incident(Box::new(grown))];
    decide(&metrics, &Counts::default(), &updates, 1);
    let series = "lawtail_findings_total{code=\"CN-002\",severity=\"critical\"}";
    assert_eq!(value(&metrics, series), Some(0.0));
    let series = "lawtail_incidents_open{severity_level=\"high\",state=\"open\"}";
    assert_eq!(value(&metrics, series), Some(1.0));
}

#[test]
fn an_alarm_before_the_commit_is_counted_when_its_transaction_ends_with_its_lead() {
    let metrics = Metrics::new(&policies());
    let of = |committed| OpenTransaction {
        xid: 7,
        first: Lsn(1),
        backend: None,
        erased_cells: 0,
        special_cells: 0,
        interruption: None,
        committed,
        continued_by: None,
    };
    let told = |number, activity, state, committed| {
        let transaction = Some(of(committed));
        let incident = Incident { activity, state, transaction, ..incident(number, 1_000) };
        decide(&metrics, &busy_counts(), &[Emission::Incident(Box::new(incident))], 1);
    };
    told(1, Activity::Create, IncidentState::Provisional, None);
    told(2, Activity::Create, IncidentState::Provisional, None);
    let standing = "lawtail_incidents_open{severity_level=\"high\",state=\"provisional\"}";
    assert_eq!(value(&metrics, standing), Some(2.0));
    told(1, Activity::Update, IncidentState::Committed, Some(Timestamp(3_000_000)));
    told(1, Activity::Update, IncidentState::Committed, Some(Timestamp(3_000_000)));
    told(2, Activity::Close, IncidentState::Aborted, None);
    for (series, expected) in [
        (standing, 0.0),
        ("lawtail_incidents_open{severity_level=\"high\",state=\"committed\"}", 1.0),
        ("lawtail_open_transaction_alarms_total{outcome=\"committed\"}", 1.0),
        ("lawtail_open_transaction_alarms_total{outcome=\"aborted\"}", 1.0),
        ("lawtail_open_transaction_alarms_total{outcome=\"unknown\"}", 0.0),
        ("lawtail_open_transaction_alarms_without_backend_total{outcome=\"aborted\"}", 1.0),
        ("lawtail_alarm_lead_seconds_count", 1.0),
        ("lawtail_alarm_lead_seconds_sum", 3.0),
        ("lawtail_circuit_breaker_total{action=\"cancelled\"}", 10.0),
    ] {
        assert_eq!(value(&metrics, series), Some(expected), "{series}");
    }
}

#[test]
fn known_series_start_at_zero_and_unknown_moments_are_absent() {
    let metrics = Metrics::new(&policies());
    for series in [
        "lawtail_findings_total{code=\"LB-001\",severity=\"high\"}",
        "lawtail_coverage_gaps_total{cause=\"slot_missing\"}",
        "lawtail_published_events_total{outcome=\"failed\",topic=\"findings\"}",
        "lawtail_incidents_open{severity_level=\"very_high\",state=\"open\"}",
        "lawtail_slot_retained_bytes",
    ] {
        assert_eq!(value(&metrics, series), Some(0.0), "{series}");
    }
    assert_eq!(value(&metrics, "lawtail_incident_next_deadline_timestamp_seconds"), None);
    assert_eq!(value(&metrics, "lawtail_outbox_oldest_timestamp_seconds"), None);
    assert_eq!(
        value(&metrics, "lawtail_build_info{ruleset=\"digest\",version=\"0.1.0\"}"),
        Some(1.0)
    );
}

#[test]
fn the_next_deadline_is_the_earliest_that_still_runs() {
    let metrics = Metrics::new(&policies());
    let series = "lawtail_incident_next_deadline_timestamp_seconds";
    let requests = Requests { open: [(RequestKind::Erasure, 3)].into(), ..Requests::default() };
    metrics.restore(&[incident(1, 1_000), incident(2, 2_000)], (5, &requests), 7);
    assert_eq!(value(&metrics, series), Some(1_000.0));
    assert_eq!(value(&metrics, "lawtail_waiting_judgements"), Some(5.0));
    decide(&metrics, &Counts::default(), &[], 1_000);
    assert_eq!(value(&metrics, series), Some(2_000.0));
    decide(&metrics, &Counts::default(), &[], 2_000);
    assert_eq!(value(&metrics, series), None);
}

#[test]
fn events_leave_the_outbox_when_they_are_delivered() {
    let metrics = Metrics::new(&policies());
    decide(&metrics, &Counts::default(), &emissions(), 1);
    metrics.publish_failed(Topic::Findings);
    metrics.outbox_oldest(Some(Timestamp(1_500_000)));
    assert_eq!(value(&metrics, "lawtail_outbox_events"), Some(3.0));
    assert_eq!(value(&metrics, "lawtail_outbox_oldest_timestamp_seconds"), Some(1.5));
    metrics.delivered(Topic::Findings);
    metrics.outbox_oldest(None);
    assert_eq!(value(&metrics, "lawtail_outbox_events"), Some(2.0));
    assert_eq!(value(&metrics, "lawtail_outbox_oldest_timestamp_seconds"), None);
    let series = "lawtail_published_events_total{outcome=\"delivered\",topic=\"findings\"}";
    assert_eq!(value(&metrics, series), Some(1.0));
}

#[test]
fn positions_show_the_lag_and_memory_is_measured() {
    let metrics = Metrics::new(&policies());
    metrics.positions(Lsn(5_000), Lsn(4_000), 9_000);
    assert_eq!(value(&metrics, "lawtail_checkpoint_lsn_lag_bytes"), Some(1_000.0));
    assert_eq!(value(&metrics, "lawtail_slot_retained_bytes"), Some(9_000.0));
    assert!(value(&metrics, "process_resident_memory_bytes") > Some(1e6));
}

#[test]
fn the_checks_of_readiness_and_the_budget_are_shown() {
    let monitor = Monitor::new(&policies(), Arc::new(ManualClock::at(Timestamp(0))));
    monitor.slot_budget(77);
    let wire = |up| format!("\nlawtail_health_ok{{check=\"wire\"}} {up}\n");
    let text = monitor.text();
    assert!(text.contains(&wire(0)), "{text}");
    assert!(text.contains("\nlawtail_health_ok{check=\"loop\"} 1\n"));
    assert!(text.contains("\nlawtail_slot_budget_bytes 77\n"));
    monitor.received();
    assert!(monitor.text().contains(&wire(1)));
}

#[test]
fn the_process_is_measured() {
    let metrics = Metrics::new(&policies());
    for name in ["process_open_fds", "process_threads", "process_start_time_seconds"] {
        assert!(value(&metrics, name) > Some(0.0), "{name}");
    }
}

#[test]
fn no_data_subject_actor_or_value_is_ever_a_label() {
    let metrics = Metrics::new(&policies());
    decide(&metrics, &busy_counts(), &emissions(), 1);
    metrics.outbox_oldest(Some(Timestamp(1)));
    let text = metrics.text();
    let allowed = BTreeSet::from([
        "table",
        "op",
        "outcome",
        "category",
        "reason",
        "code",
        "severity",
        "severity_level",
        "state",
        "cause",
        "topic",
        "status",
        "check",
        "command",
        "kind",
        "version",
        "ruleset",
        "le",
        "action",
        "class",
        "stage",
        "channel",
        "purpose",
    ]);
    let labels = labels(&text);
    assert!(labels.len() > 40);
    for (name, value) in labels {
        assert!(allowed.contains(name.as_str()), "{name} is not an allowed label");
        assert!(!value.contains(&person(77).to_string()), "{name} names an actor");
        assert!(!value.contains(&person(88).to_string()), "{name} names a data subject");
    }
}

#[test]
fn the_number_of_series_is_bounded_under_a_hostile_load() {
    let metrics = Metrics::new(&policies());
    let operations = [
        OperationKind::Insert,
        OperationKind::Update,
        OperationKind::Delete,
        OperationKind::Truncate,
    ];
    let outcomes = [Outcome::NotPersonal, Outcome::Lawful, Outcome::Undecided, Outcome::Unlawful];
    let violations = [Code::LB_001, Code::CN_001, Code::CN_002, Code::CN_003, Code::ER_002];
    for number in 0..10 * limits::TABLE_LABELS {
        let name = TableName::new("crm", format!("t{number}"));
        let mut counts = Counts::default();
        for operation in operations {
            counts.changes.insert((name.clone(), operation), 1);
            for category in Category::ALL {
                counts.cells.insert((*category, operation), 1);
            }
        }
        for outcome in outcomes {
            counts.judged.insert((name.clone(), outcome), 1);
        }
        let found = violations.map(|code| {
            Emission::Finding(Box::new(Finding { code, table: name.clone(), ..finding() }))
        });
        decide(&metrics, &counts, &found, 1);
    }
    let series = metrics.text().lines().filter(|line| !line.starts_with('#')).count();
    assert!((1_000..4_000).contains(&series), "{series}");
}

#[test]
fn what_counts_as_information_is_counted_apart_from_what_is_unlawful() {
    let mut policies = policies();
    policies.rules.maturity.insert(Code::CN_005, Maturity::Trial);
    policies.rules.exceptions.push(Exception {
        name: "recall".into(),
        rule: Code::CN_002,
        own: None,
        tables: BTreeSet::new(),
        purposes: BTreeSet::new(),
        channels: BTreeSet::new(),
        actors: BTreeSet::new(),
        owner: "head of marketing".into(),
        reason: "a recall".into(),
        expires: Timestamp(0),
    });
    let metrics = Metrics::new(&policies);
    let zero = metrics.text();
    assert!(
        zero.contains("lawtail_suppressed_findings_total{code=\"CN-002\",exception=\"recall\"} 0")
    );
    assert!(zero.contains("lawtail_trial_findings_total{code=\"CN-005\"} 0"));
    let (exception, owner) = ("recall".to_owned(), "head of marketing".to_owned());
    let standing = Standing::Suppressed { exception, owner };
    let suppressed = Finding { standing, severity: Severity::Informational, ..finding() };
    let counted = Finding { activity: Activity::Update, count: 3, ..suppressed.clone() };
    let trial = Finding { standing: Standing::Trial, code: Code::CN_005, ..suppressed.clone() };
    for finding in [suppressed, counted, trial] {
        metrics.emitted(&Emission::Finding(Box::new(finding)));
    }
    let text = metrics.text();
    for line in [
        "lawtail_suppressed_findings_total{code=\"CN-002\",exception=\"recall\"} 1",
        "lawtail_trial_findings_total{code=\"CN-005\"} 1",
        "lawtail_findings_total{code=\"CN-002\",severity=\"informational\"} 1",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    assert!(!text.contains("lawtail_unlawful_processing_total{"), "{text}");
}

#[test]
fn one_set_of_policies_is_in_force() {
    let metrics = Metrics::new(&policies());
    let mut others = policies();
    others.digest = "another".into();
    metrics.policies_replaced(&others);
    metrics.policies_read(Reload::Accepted);
    let text = metrics.text();
    assert!(text.contains("ruleset=\"another\"") && !text.contains("ruleset=\"digest\""));
    assert!(text.contains("lawtail_policy_reloads_total{outcome=\"accepted\"} 1"));
    assert!(text.contains("lawtail_policy_reloads_total{outcome=\"refused\"} 0"));
}
