//! Random lives of a permission against a model of what may be believed (CN-004, CN-005, CN-011), and of
//! the ledger against one of what stands on record.

#[path = "consents/ledger.rs"]
mod ledger;
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use lawtail::engine::Engine;
use lawtail::engine::pseudonym::Pseudonymizer;
use lawtail::model::{
    Batch, Code, Column, Emission, Event, ReplicaIdentity, Row, Table, TableFacts, TableName,
    Timestamp,
};
use lawtail::policy;
use support::crm::{self, Log};
use support::dice::Dice;

const COLUMNS: [&str; 12] = [
    "id",
    "contact_id",
    "channel",
    "purpose",
    "address",
    "state",
    "source",
    "notice_version",
    "requested_at",
    "confirmed_at",
    "ip_address",
    "modified_by",
];

const MINUTE: Duration = Duration::from_secs(60);

/// More than the window in which one finding stands for all of its kind.
const PAUSE: Duration = Duration::from_secs(25 * 3600);

fn table() -> Arc<Table> {
    let column = |name: &&str| Column { name: (*name).into(), type_oid: 25, key: true };
    Arc::new(Table {
        oid: 3,
        name: TableName::new("crm", "consents"),
        replica_identity: ReplicaIdentity::Full,
        columns: COLUMNS.iter().map(column).collect(),
        facts: TableFacts::default(),
    })
}

/// One record of Ada's permission.
#[derive(Clone, Debug, PartialEq)]
struct Consent {
    state: &'static str,
    requested: Option<Timestamp>,
    confirmed: Option<Timestamp>,
    address: Option<u64>,
    actor: &'static str,
}

impl Consent {
    fn row(&self, id: u64) -> Row {
        let (id, text) = (id.to_string(), |it: Timestamp| it.to_string());
        let (requested, confirmed) = (self.requested.map(text), self.confirmed.map(text));
        let address = self.address.map(|number| format!("192.0.2.{number}"));
        crm::row(&[
            Some(id.as_str()),
            Some("1"),
            Some("email"),
            Some("newsletter"),
            Some("ada@example.org"),
            Some(self.state),
            Some("web form"),
            Some("notice-4"),
            requested.as_deref(),
            confirmed.as_deref(),
            address.as_deref(),
            Some(self.actor),
        ])
    }

    /// When the person acted last, as the CRM says.
    fn claimed(&self) -> Option<Timestamp> {
        self.requested.max(self.confirmed)
    }

    fn is_evident(&self) -> bool {
        self.confirmed.is_some() && self.address.is_some()
    }
}

/// What was decided so far, as the law sees it.
#[derive(Default)]
struct Model {
    rows: BTreeMap<u64, Consent>,
    /// The last word, and when it was recorded.
    last: Option<(bool, Timestamp)>,
    ever_requested: bool,
}

impl Model {
    /// Records a state and says what is wrong about it.
    fn record(&mut self, id: u64, now: Timestamp, new: &Consent) -> BTreeSet<Code> {
        let old = self.rows.insert(id, new.clone());
        let before = old.as_ref();
        let altered = |of: fn(&Consent) -> Option<u64>| match before {
            None => of(new).is_some(),
            Some(old) => of(old) != of(new),
        };
        let requested = altered(|it| it.requested.map(|time| time.0.unsigned_abs()));
        let confirmed = altered(|it| it.confirmed.map(|time| time.0.unsigned_abs()));
        let evidence = requested || confirmed || altered(|it| it.address);
        let same = old.as_ref().filter(|old| old.state == new.state);
        if same.is_some() && !evidence {
            return BTreeSet::new();
        }
        let touched = same.is_some_and(|old| !self.is_new_act(old, new));
        let mut wrong = BTreeSet::new();
        if new.state == "confirmed" {
            let claimed = new.confirmed.filter(|_| confirmed);
            let is_old = |than: Timestamp| claimed.is_some_and(|it| it + MINUTE * 10 < than);
            if let Some((false, refused)) = self.last
                && !touched
                && !(new.is_evident() && evidence && !is_old(refused))
            {
                wrong.insert(Code::CN_011);
            }
            if is_old(now) {
                wrong.insert(Code::CN_005);
            }
            let news = confirmed || before.is_none_or(|old| old.state != "confirmed");
            if let Some(came) = new.confirmed.filter(|_| news)
                && self.is_implausible(new, came, requested && confirmed)
            {
                wrong.insert(Code::CN_004);
            }
        }
        match new.state {
            _ if touched => {}
            "confirmed" => self.last = Some((true, now)),
            "opted_out" => self.last = Some((false, now)),
            _ => self.ever_requested = true,
        }
        wrong
    }

    /// Whether a row that says what it said before tells of another act, and not of what was corrected in it.
    fn is_new_act(&self, old: &Consent, new: &Consent) -> bool {
        let later = new.claimed() > old.claimed();
        let refused = self.last.filter(|(yes, _)| !yes).map(|(_, refused)| refused);
        new.is_evident() && later && new.claimed() > refused
    }

    fn is_implausible(&self, new: &Consent, came: Timestamp, at_once: bool) -> bool {
        let Some(asked) = new.requested else { return !self.ever_requested };
        let early = came + MINUTE * 5 < asked;
        let machine = asked <= came && came < asked + Duration::from_secs(2);
        early || machine || (at_once && new.actor == "eve")
    }
}

struct Life {
    dice: Dice,
    log: Log,
    now: Timestamp,
    model: Model,
    expected: BTreeSet<(usize, Code)>,
}

impl Life {
    fn moment(&mut self) -> Timestamp {
        let before = [0, 1, 30, 3600, 30 * 86_400][self.dice.below(5) as usize];
        self.now - Duration::from_secs(before)
    }

    fn step(&mut self, number: usize) {
        self.now = self.now + PAUSE;
        self.log.pass(PAUSE);
        let id = 1 + self.dice.below(2);
        let old = self.model.rows.get(&id).cloned();
        let blank = Consent {
            state: "requested",
            requested: None,
            confirmed: None,
            address: None,
            actor: "svc.web-form",
        };
        let mut new = old.clone().unwrap_or(blank);
        new.state =
            ["requested", "confirmed", "confirmed", "opted_out"][self.dice.below(4) as usize];
        if self.dice.chance(40) {
            new.requested = self.dice.chance(80).then(|| self.moment());
        }
        if self.dice.chance(40) {
            new.confirmed = self.dice.chance(80).then(|| self.moment());
        }
        if self.dice.chance(40) {
            new.address = self.dice.chance(80).then(|| self.dice.below(200));
        }
        new.actor = if self.dice.chance(30) { "eve" } else { "svc.web-form" };
        self.log.begin();
        match &old {
            None => self.log.insert(&table(), new.row(id)),
            Some(old) => self.log.update(&table(), old.row(id), new.row(id)),
        }
        self.log.commit();
        let wrong = self.model.record(id, self.now, &new);
        self.expected.extend(wrong.into_iter().map(|code| (number, code)));
    }
}

/// The number of the transaction that a finding is about.
fn found(events: &[Event], engine: &Engine) -> BTreeSet<(usize, Code)> {
    let commits: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::Begin(begin) => Some(begin.commit),
            _ => None,
        })
        .collect();
    let memory: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
    let decision = engine.decide(&memory, &Batch { events: events.to_vec() }).expect("well-formed");
    let judged = [Code::CN_004, Code::CN_005, Code::CN_011];
    let finding = |emission: &Emission| match emission {
        Emission::Finding(finding) if judged.contains(&finding.code) => {
            let number = commits.iter().position(|commit| *commit == finding.position.commit);
            Some((number.expect("it is one of ours"), finding.code))
        }
        _ => None,
    };
    decision.emissions().iter().filter_map(finding).collect()
}

fn engine() -> Engine {
    let policies = policy::compile(&policy::embedded::demo()).expect("the demo's policies compile");
    Engine::new(Arc::new(policies), Pseudonymizer::new(b"a key for tests"), "1/crm".into())
}

#[test]
fn a_recorded_yes_is_believed_exactly_when_the_model_believes_it() {
    let engine = engine();
    let mut seen = BTreeMap::new();
    for seed in 0..300 {
        let (now, model) = (crm::START, Model::default());
        let (dice, log, expected) = (Dice::new(seed), Log::default(), BTreeSet::new());
        let mut life = Life { dice, log, now, model, expected };
        (0..12).for_each(|number| life.step(number));
        assert_eq!(found(&life.log.events, &engine), life.expected, "seed {seed}");
        for (_, code) in life.expected {
            *seen.entry(code).or_insert(0) += 1;
        }
    }
    assert!(seen.len() == 3 && seen.values().all(|count| *count > 100), "{seen:?}");
}
