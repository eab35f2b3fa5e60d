//! A month in the life of the catalogue's CRM, and what is found when something happens after it.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use lawtail::engine::Engine;
use lawtail::engine::pseudonym::Pseudonymizer;
use lawtail::model::{Event, Incident};
use lawtail::{policy, wire};
use serde_json::{Value, json};

use crate::catalogue::{self, Case, DECOY, Deed, PEOPLE};
use crate::support::dice::Dice;
use crate::{Memory, decide, opened};

/// How a scenario is diluted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spread {
    /// One transaction.
    AtOnce,
    /// A transaction for each row, over an hour.
    Hour,
    /// As [`Spread::Hour`], by three accounts in turn.
    Accounts,
    /// A transaction for each row, within five minutes and in three tables, one after the other.
    Tables,
}

impl Spread {
    /// The table in which one of so many deeds is done that would be done in this one.
    fn table(self, table: &str, index: i64, number: i64) -> String {
        let alike: &[&str] = match table {
            "crm.contacts" => &["crm.contacts", "crm.leads", "crm.members"],
            "crm.exports" => &["crm.exports", "crm.reports"],
            "crm.cases" => &["crm.cases", "crm.complaints"],
            _ => return table.to_owned(),
        };
        let place = if self == Spread::Tables { index * alike.len() as i64 / number } else { 0 };
        alike[place as usize].to_owned()
    }
}

const CONTACT: &[&str] = &[
    "id",
    "first_name",
    "email",
    "phone",
    "iban",
    "owner_id",
    "master_id",
    "deleted_at",
    "opt_in",
    "opt_in_click",
    "client_id",
    "x_ref",
    "modified_by",
];
const EXPORT: &[&str] = &["id", "object", "row_count", "status", "modified_by"];
const CASE: &[&str] = &["id", "contact_id", "status", "modified_by"];

const TABLES: [(&str, &[&str]); 13] = [
    ("users", &["id", "username", "email", "role", "active", "mfa", "modified_by"]),
    ("contacts", CONTACT),
    ("leads", CONTACT),
    ("members", CONTACT),
    ("cases", CASE),
    ("complaints", CASE),
    ("payslips", &["id", "user_id", "amount", "modified_by"]),
    ("audit_log", &["id", "actor", "action", "table_name", "row_id"]),
    ("exports", EXPORT),
    ("reports", EXPORT),
    ("tokens", &["id", "scope", "modified_by"]),
    ("webhooks", &["id", "url", "approved_by", "modified_by"]),
    ("shares", &["id", "object", "audience", "active", "modified_by"]),
];

/// The days of the month before: two weeks of warming up and two benign ones.
const DAYS: i64 = 28;

/// 2026-01-05, a Monday, in days since 2026-01-01.
pub const MONDAY: i64 = 4;

pub fn engine() -> Engine {
    engine_with("detection: {schema_changes_by: [deploy]}")
}

/// With these lines in `policy.yaml`.
pub fn engine_with(settings: &str) -> Engine {
    let pseudonyms = Pseudonymizer::new(b"catalogue");
    let contacts = "crm.contacts".parse().expect("it is a table");
    let decoy = pseudonyms.subject(&contacts, DECOY.to_string().as_bytes()).to_string();
    let mut documents = policy::embedded::demo();
    let choice = "pack: catalogue\nregister: catalogue\nprofile: strict\ngrace: 5s\n";
    documents.insert("policy.yaml".into(), format!("{choice}{settings}\n"));
    for (kind, text) in [
        ("packs", include_str!("policies/pack.yaml")),
        ("register", include_str!("policies/register.yaml")),
    ] {
        // The register names the decoy by its reference, as `lawtail decoy` writes it.
        let text = text.replace("4077", &decoy);
        documents.insert(format!("{kind}/catalogue.yaml"), text);
    }
    let policies = policy::compile(&documents).unwrap_or_else(|faults| panic!("{faults:#?}"));
    Engine::new(Arc::new(policies), pseudonyms, "catalogue".into())
}

/// A journal in the making. Transactions may be added in any order of time.
#[derive(Default)]
pub struct Journal {
    transactions: Vec<(i64, Vec<String>)>,
}

impl Journal {
    pub fn commit(&mut self, second: i64, lines: Vec<String>) {
        self.transactions.push((second, lines));
    }

    /// What begins as given, followed by the transactions; `end` lets time pass. `far` puts them far behind
    /// everything that was written before.
    pub fn events(mut self, mut text: String, far: bool, end: i64) -> Vec<Event> {
        self.transactions.sort_by_key(|(second, _)| *second);
        for (number, (second, lines)) in self.transactions.iter().enumerate() {
            let mut begin = json!({"begin": {"time": moment(*second)}});
            if far && number == 0 {
                begin["begin"]["commit"] = "7/0".into();
            }
            writeln!(text, "{begin}\n{}\n{{\"commit\":{{}}}}", lines.join("\n")).unwrap();
        }
        writeln!(text, "{}", json!({"idle": {"time": moment(end)}})).unwrap();
        wire::journal::read(&text).unwrap_or_else(|faults| panic!("{faults:#?}"))
    }
}

/// A moment by its second since 2026-01-01.
fn moment(second: i64) -> String {
    let start = lawtail::model::Timestamp::parse("2026-01-01T00:00:00Z").expect("it is one");
    lawtail::model::Timestamp(start.0 + second * 1_000_000).to_string()
}

pub fn tables() -> String {
    let mut text = String::new();
    for (name, columns) in TABLES {
        let columns: Vec<Value> = columns.iter().map(|name| json!({"name": name})).collect();
        let table = json!({"name": format!("crm.{name}"), "identity": "full", "columns": columns});
        writeln!(text, "{}", json!({"table": table})).unwrap();
    }
    text
}

pub fn copy() -> String {
    let mut text = tables();
    let begin = json!({"begin": {"time": moment(-45 * 86_400), "kind": "initial_copy"}});
    writeln!(text, "{begin}").unwrap();
    let mut insert = |table: &str, new: Value| {
        writeln!(text, "{}", json!({"insert": {"table": table, "new": new}})).unwrap();
    };
    let names = ["ann", "bob", "cem", "dora", "mallory", "trudy", "eve"];
    (1..).zip(names).for_each(|(id, name)| insert("crm.users", catalogue::user(id, name)));
    let agents = (0..15).map(|id| catalogue::user(100 + id, &format!("agent{id}")));
    agents.for_each(|user| insert("crm.users", user));
    let people = (0..PEOPLE).chain([DECOY]);
    people.for_each(|id| insert("crm.contacts", catalogue::contact(id)));
    (0..100).for_each(|id| insert("crm.cases", catalogue::case(id)));
    for id in 0..20 {
        let entry = json!({"id": id, "actor": "ann", "action": "update", "table_name": "cases", "row_id": id});
        insert("crm.audit_log", entry);
    }
    writeln!(text, "{{\"commit\":{{}}}}").unwrap();
    text
}

impl Deed {
    /// The same where it is done when the scenario is diluted like this.
    fn within(&self, spread: Spread, index: i64, number: i64) -> Deed {
        let mut line = self.line.clone();
        let change = line.as_object_mut().and_then(|line| line.values_mut().next());
        if let Some(table) = change.and_then(|change| change.get_mut("table")) {
            *table = spread.table(table.as_str().unwrap_or_default(), index, number).into();
        }
        Deed { line, ..*self }
    }
}

/// The lines of a deed by an account.
pub fn lines(deed: &Deed, who: &str, entry: u64) -> Vec<String> {
    let who = deed.by.unwrap_or(who);
    let actor = json!({"message": {"prefix": "lawtail.actor", "content": who}});
    let mut lines = vec![actor.to_string(), deed.line.to_string().replace("{who}", who)];
    if deed.audited {
        lines.push(catalogue::log_entry(entry, who).to_string());
    }
    lines
}

/// The month, and the memory after it.
pub struct Month {
    seed: u64,
    pub memory: Memory,
    /// What was opened in the benign weeks.
    pub false_pages: Vec<Incident>,
}

impl Month {
    pub fn live(engine: &Engine, seed: u64) -> Month {
        let mut dice = Dice::new(seed.wrapping_mul(0x9E37_79B9) + 1);
        let mut journal = Journal::default();
        let line = |deed: Deed, who: &str| lines(&deed, who, 1_000);
        for minute in 0..30 {
            let deed = edit(&mut dice);
            journal.commit(-44 * 86_400 + minute * 600, line(deed, "dora"));
        }
        for day in (0..DAYS).filter(|day| day % 7 < 5) {
            for hour in 9..17 {
                for who in ["ann", "bob", "cem"] {
                    for _ in 0..dice.below(7) {
                        let second = (MONDAY + day) * 86_400 + hour * 3_600;
                        let second = second + dice.below(3_600) as i64;
                        journal.commit(second, line(edit(&mut dice), who));
                    }
                }
            }
        }
        let events = journal.events(copy(), false, (MONDAY + DAYS) * 86_400);
        let mut memory = Memory::new();
        let told = opened(decide(engine, &mut memory, &events, 4_096));
        Month { seed, memory, false_pages: told }
    }

    /// The events of a scenario after the month, and when it began.
    pub fn events(&self, case: &Case, benign: bool, spread: Spread) -> (Vec<Event>, i64) {
        let mut dice = Dice::new(self.seed + 77);
        let deeds = if benign { (case.benign)(&mut dice) } else { (case.act)(&mut dice) };
        let begun = (MONDAY + DAYS) * 86_400 + case.hour * 3_600 + 60;
        let mut journal = Journal::default();
        let number = deeds.len() as i64;
        let mut whole = Vec::new();
        for (index, deed) in (0..).zip(&deeds) {
            let who = match spread {
                Spread::Accounts => ["eve", "mallory", "trudy"][index as usize % 3],
                Spread::AtOnce | Spread::Hour | Spread::Tables => "eve",
            };
            let lines = lines(&deed.within(spread, index, number), who, 2_000 + index as u64);
            match spread {
                Spread::AtOnce => whole.extend(lines),
                Spread::Hour | Spread::Accounts => {
                    journal.commit(begun + index * 3_400 / number, lines);
                }
                Spread::Tables => journal.commit(begun + index * 300 / number, lines),
            }
        }
        if !whole.is_empty() {
            journal.commit(begun, whole);
        }
        (journal.events(tables(), true, begun + 3 * 3_600), begun)
    }

    /// What a scenario opens, and seconds from its beginning to the first alarm.
    pub fn play(
        &self,
        engine: &Engine,
        case: &Case,
        benign: bool,
        spread: Spread,
    ) -> (Vec<Incident>, Option<i64>) {
        let (events, begun) = self.events(case, benign, spread);
        let incidents = opened(decide(engine, &mut self.memory.clone(), &events, 4_096));
        let start = lawtail::model::Timestamp::parse("2026-01-01T00:00:00Z").expect("it is one");
        let second = |it: &Incident| (it.detected.0 - start.0) / 1_000_000 - begun;
        let latency = incidents.iter().map(second).min();
        (incidents, latency)
    }
}

/// One contact is called by another name.
pub fn edit(dice: &mut Dice) -> Deed {
    let old = catalogue::contact(dice.below(PEOPLE));
    let mut new = old.clone();
    new["modified_by"] = "{who}".into();
    new["first_name"] = format!("Ada {}", dice.below(100)).into();
    let line = json!({"update": {"table": "crm.contacts", "old": old, "new": new}});
    Deed { line, by: None, audited: false }
}

/// Codes with how often they were opened.
pub fn codes(incidents: &[Incident]) -> String {
    let mut codes: BTreeMap<&str, usize> = BTreeMap::new();
    incidents.iter().for_each(|it| *codes.entry(it.code.text()).or_default() += 1);
    let words: Vec<String> = codes.iter().map(|(code, count)| format!("{code} x{count}")).collect();
    if words.is_empty() { "-".into() } else { words.join(", ") }
}
