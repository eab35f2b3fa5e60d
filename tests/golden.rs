//! Golden tests: a journal in, findings as text out.
//!
//! Each case is `tests/golden/<name>.journal`, which tells its story in its first comment, and
//! `tests/golden/<name>.expect`; `UPDATE_EXPECT=1 cargo test --test golden` writes the latter anew.
//! The policies are those of the demonstration with small tripwires. Comments of the form
//! `# key: value` before the first line of the journal choose something else:
//!
//! | comment | chooses |
//! |---|---|
//! | `# profile: gdpr-baseline` | another profile, also one from `tests/golden/policies/` |
//! | `# grace: 0s` | another grace |
//! | `# pack: flags` | pack and register from `tests/golden/policies/` |
//! | `# catalogue: shown` | prints the data map as well |
//! | `# rules: {CN-005: trial}` | what policy.yaml says of rules |
//! | `# exceptions: {…}` | its exceptions |
//! | `# own: opt-out-reason` | own rules from `tests/golden/policies/rules/` |
//! | `# register: shorter` | another register from `tests/golden/policies/` |
//! | `# maintenance: {…}` | its envelopes of declared maintenance |
//! | `# maintenance_by_message: {…}` | who may declare more |
//! | `# replaced: 9 gdpr-baseline` | that profile from the ninth event on |
//! | `# replaced_rules: {CN-005: enforced}` | with it, what policy.yaml says of rules |
//! | `# replaced_register: shorter` | with it, another register |

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cases::CASES;
use expect_test::expect_file;
use lawtail::engine::Engine;
use lawtail::engine::pseudonym::Pseudonymizer;
use lawtail::model::{Batch, Code, Emission, Event, Meaning, Outcome, TableName};
use lawtail::policy::{self, Policies};
use lawtail::wire;

macro_rules! golden {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                check(stringify!($name));
            }
        )*

        /// Every case that is tested.
        pub const CASES: &[&str] = &[$(stringify!($name)),*];
    };
}

#[path = "golden/cases.rs"]
mod cases;
#[path = "golden/expressions.rs"]
mod expressions;
#[path = "golden/shuffled.rs"]
mod shuffled;

fn check(name: &str) {
    let journal = fs::read_to_string(folder().join(format!("{name}.journal")))
        .unwrap_or_else(|error| panic!("{name}.journal: {error}"));
    assert!(journal.starts_with("# "), "{name}.journal begins with its story");
    let events = wire::journal::read(&journal).unwrap_or_else(|faults| panic!("{faults:#?}"));
    let choices = choices(&journal);
    let replaced = choices.get("replaced").map(|text| text.split_once(' ').expect("two words"));
    let other = replaced.map_or("strict", |(_, profile)| profile);
    let (former, engine) = (engine(&choices), engine(&with_profile(&choices, other)));
    let first =
        replaced.map_or(events.len(), |(first, _)| first.parse::<usize>().expect("a number") - 1);
    let (before, after) = events.split_at(first);
    let told = run(&[(&former, before), (&engine, after)]);
    let each = before.chunks(1).map(|event| (&former, event));
    let each: Vec<_> = each.chain(after.chunks(1).map(|event| (&engine, event))).collect();
    assert_eq!(run(&each), told, "cutting the stream changes nothing");
    expect_file![folder().join(format!("{name}.expect"))]
        .assert_eq(&told.text(choices.contains_key("catalogue")));
}

/// What was said and counted about one journal.
#[derive(Debug, Default, PartialEq)]
struct Told {
    emissions: Vec<Emission>,
    judged: BTreeMap<(TableName, Outcome), u64>,
    waiting: i64,
    silences: Vec<(lawtail::model::Channel, u64)>,
}

impl Told {
    fn text(&self, catalogue: bool) -> String {
        let mut text = String::new();
        for emission in &self.emissions {
            if catalogue || !matches!(emission, Emission::Catalogue(_)) {
                writeln!(text, "{}", wire::text::line(emission)).expect("text grows");
            }
        }
        for ((table, outcome), count) in &self.judged {
            writeln!(text, "judged {table}: {count} {}", outcome.name()).expect("text grows");
        }
        if self.waiting != 0 {
            writeln!(text, "waiting: {}", self.waiting).expect("text grows");
        }
        text
    }
}

/// Lists that own rules may use.
const LISTS: [&str; 3] =
    ["lists/adequate.yaml", "lists/privileged.yaml", "lists/special_columns.yaml"];

fn run(batches: &[(&Engine, &[Event])]) -> Told {
    let mut memory = BTreeMap::new();
    let mut told = Told::default();
    for (engine, events) in batches.iter().filter(|(_, events)| !events.is_empty()) {
        let batch = Batch { events: events.to_vec() };
        let decision = engine.decide(&memory, &batch).expect("the journal is well-formed");
        told.emissions.extend_from_slice(decision.emissions());
        let counts = decision.counts();
        told.waiting += counts.waiting;
        told.silences.extend_from_slice(&counts.silences);
        for (judged, count) in &counts.judged {
            *told.judged.entry(judged.clone()).or_default() += count;
        }
        for (key, value) in decision.writes() {
            match value {
                Some(value) => memory.insert(key.clone(), value.clone()),
                None => memory.remove(key),
            };
        }
    }
    told
}

/// The comments `# key: value` before the first line.
fn choices(journal: &str) -> BTreeMap<String, String> {
    let known = [
        "profile",
        "grace",
        "pack",
        "register",
        "catalogue",
        "rules",
        "exceptions",
        "own",
        "replaced",
        "replaced_rules",
        "replaced_register",
        "maintenance",
        "maintenance_by_message",
    ];
    let comments = journal.lines().map_while(|line| line.strip_prefix('#'));
    let pairs = comments.filter_map(|comment| comment.trim().split_once(": "));
    pairs
        .filter(|(key, _)| known.contains(key))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

/// The same choices with another profile.
fn with_profile(choices: &BTreeMap<String, String>, profile: &str) -> BTreeMap<String, String> {
    let mut choices = choices.clone();
    if choices.contains_key("replaced") {
        choices.insert("profile".to_owned(), profile.to_owned());
        for key in ["rules", "register"] {
            if let Some(other) = choices.get(&format!("replaced_{key}")).cloned() {
                choices.insert(key.to_owned(), other);
            }
        }
    }
    choices
}

fn engine(choices: &BTreeMap<String, String>) -> Engine {
    let policies = policies(choices);
    Engine::new(Arc::new(policies), Pseudonymizer::new(b"golden"), "golden".into())
}

fn policies(choices: &BTreeMap<String, String>) -> Policies {
    let chosen =
        |key: &str, otherwise: &str| choices.get(key).map_or(otherwise, String::as_str).to_owned();
    let (profile, grace, pack) =
        (chosen("profile", "strict"), chosen("grace", "5s"), chosen("pack", "demo"));
    let mut documents = policy::embedded::demo();
    let register = chosen("register", &pack);
    for (kind, name) in [("packs", &pack), ("register", &register), ("profiles", &profile)] {
        let path = format!("{kind}/{name}.yaml");
        if let Ok(text) = fs::read_to_string(folder().join("policies").join(&path)) {
            documents.insert(path, text);
        }
    }
    let own = choices.get("own").into_iter().flat_map(|names| names.split(' '));
    for name in own.map(|name| format!("rules/{name}.yaml")).chain(LISTS.map(str::to_owned)) {
        let text = fs::read_to_string(folder().join("policies").join(&name));
        documents.insert(name, text.expect("the document is there"));
    }
    let mut choice = format!(
        "pack: {pack}\nregister: {register}\nprofile: {profile}\ngrace: {grace}\n\
         detection:\n\
         \x20 mass_change: {{subjects: 5, share_per_mille: 100, window: 10m}}\n\
         \x20 mass_deletion: {{subjects: 5, share_per_mille: 100, window: 10m}}\n\
         \x20 bulk_consent: {{subjects: 5, share_per_mille: 0, window: 10m}}\n"
    );
    for key in ["rules", "exceptions", "maintenance", "maintenance_by_message"] {
        if let Some(said) = choices.get(key) {
            writeln!(choice, "{key}: {said}").expect("text grows");
        }
    }
    documents.insert("policy.yaml".into(), choice);
    policy::compile(&documents).unwrap_or_else(|faults| panic!("{faults:#?}"))
}

/// A key that a form begins to write is told of like a new column, once enough values of the column
/// were seen without it; the same key from the beginning is no news (MIN-001, MIN-002).
#[test]
fn a_path_that_joins_a_known_column_is_told_once() {
    let table = r#"{"table":{"name":"crm.members","identity":"full","columns":[{"name":"id"},{"name":"extra","type":3802}]}}"#;
    let insert = |id: u32, extra: &str| {
        let new = format!(r#"{{"id":{id},"extra":{}}}"#, serde_json::to_string(extra).unwrap());
        format!(r#"{{"insert":{{"table":"crm.members","new":{new}}}}}"#)
    };
    let told = |later: &str| {
        let rows = (0..2500)
            .map(|id| insert(id, if id < 600 { r#"{"email":"a@example.org"}"# } else { later }));
        let rows: Vec<String> = rows.collect();
        let journal = format!(
            "{table}\n{{\"begin\":{{\"time\":\"12:00\"}}}}\n{}\n{{\"commit\":{{}}}}\n",
            rows.join("\n")
        );
        let events = wire::journal::read(&journal).unwrap();
        let choices = BTreeMap::from([("pack".to_owned(), "flags".to_owned())]);
        let told = run(&[(&engine(&choices), &events)]).text(false);
        told.matches("finding MIN-001").count()
    };
    assert_eq!(told(r#"{"email":"a@example.org","iban":"none"}"#), 1);
    assert_eq!(told(r#"{"email":"a@example.org","points":"none"}"#), 0);
}

/// From a no to the last message that came all the same, however the stream is cut; a gap leaves the
/// number out.
#[test]
fn silence_after_a_no_is_measured_by_channel() {
    let story = fs::read_to_string(folder().join("cn_002_many_messages_in_a_day.journal")).unwrap();
    let quiet = "{\"idle\":{\"time\":\"+50h\"}}\n{\"idle\":{\"time\":\"+1h\"}}\n";
    let gap = r#"{"gap":{"from":"0/2000900","to":"0/2000A00","time":"+1h","cause":"slot_lost"}}"#;
    let silences = |journal: &str| {
        let events = wire::journal::read(journal).unwrap();
        let engine = engine(&BTreeMap::new());
        let whole = run(&[(&engine, &events)]).silences;
        let each: Vec<_> = events.chunks(1).map(|event| (&engine, event)).collect();
        assert_eq!(run(&each).silences, whole);
        whole
    };
    let email = lawtail::model::Channel::Email;
    assert_eq!(silences(&format!("{story}\n{quiet}")), [(email, 14_400)]);
    let (no, after) = story.split_once("{\"idle\"").unwrap();
    assert_eq!(silences(&format!("{no}{gap}\n{{\"idle\"{after}\n{quiet}")), []);
}

/// The rules that the guide shows are those of the cases here.
#[test]
fn the_own_rules_of_the_guide_are_tested() {
    let guide = include_str!("../docs/policy.md");
    let shown: Vec<&str> = guide
        .split("```yaml\n")
        .skip(1)
        .filter_map(|block| block.split("```").next())
        .filter(|block| block.starts_with("rule: ") || block.starts_with("list: "))
        .collect();
    for document in &shown {
        let (kind, name) = document.lines().next().and_then(|it| it.split_once(": ")).unwrap();
        let path = folder().join(format!("policies/{kind}s/{name}.yaml"));
        let text = fs::read_to_string(&path).unwrap_or_else(|_| panic!("{name} has no document"));
        assert_eq!(*document, text, "{name}");
        let chosen = format!("# own: {name}");
        let cases = CASES.iter().map(|case| folder().join(format!("{case}.journal")));
        let is_tested = |case: PathBuf| fs::read_to_string(case).unwrap().contains(&chosen);
        assert!(kind == "list" || cases.into_iter().any(is_tested), "{name} has no case");
    }
    assert!(shown.len() >= 4, "{shown:?}");
}

/// What else the guide shows is checked in the folder of the demonstration: whole documents as they stand, tables as
/// a pack of their own beside the tables that they refer to.
#[test]
fn the_examples_of_the_guide_are_without_fault() {
    let demonstration = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
    let (documents, faults) = lawtail::shell::policies::read_folder(&demonstration);
    assert!(faults.is_empty(), "{faults:?}");
    let guide = include_str!("../docs/policy.md");
    let blocks = guide.split("```yaml\n").skip(1).filter_map(|block| block.split("```").next());
    let mut checked = 0;
    for block in blocks {
        let mut documents = documents.clone();
        let kind = block.split([':', '.']).next().unwrap_or_default();
        let renamed =
            |key: &str| block.replacen(&format!("{key}: demo"), &format!("{key}: shown"), 1);
        let (path, text) = match kind {
            "crm" => ("packs/shown.yaml", shown_pack(block)),
            "pack" => ("policy.yaml", block.to_owned()),
            "rules" | "maintenance" => {
                ("policy.yaml", format!("{}\n{block}", documents["policy.yaml"]))
            }
            "register" => ("register/shown.yaml", renamed("register")),
            "profile" => ("profiles/shown.yaml", block.replacen("strict", "shown", 1)),
            "tests" => ("tests/shown.yaml", block.to_owned()),
            // Rules and lists have cases of their own; the rest are pieces of what stands above.
            _ => continue,
        };
        documents.insert(path.to_owned(), text);
        if let Err(faults) = policy::compile_with_tests(&documents) {
            panic!("{block}\n{faults:#?}");
        }
        checked += 1;
    }
    assert!(checked >= 13, "{checked}");
}

/// Tables of the guide as a pack, with those that they refer to: one is of people where a person is named by it.
fn shown_pack(block: &str) -> String {
    let table =
        |line: &str| line.strip_suffix(':').filter(|it| it.starts_with("crm.")).map(str::to_owned);
    let shown: BTreeSet<String> = block.lines().filter_map(table).collect();
    let is_end = |letter: char| !(letter.is_alphanumeric() || letter == '_');
    let named = block.split("crm.").skip(1).filter_map(|rest| rest.split(is_end).next());
    let others: BTreeSet<String> = named.map(|name| format!("crm.{name}")).collect();
    let mut pack = String::from("pack: shown\nprovenance: origin\ntables:\n");
    block.lines().for_each(|line| writeln!(pack, "  {line}").expect("text grows"));
    for other in others.difference(&shown) {
        let about = if other == "crm.contacts" { "subject: {key: id}" } else { "about: nobody" };
        writeln!(pack, "  {other}: {{{about}}}").expect("text grows");
    }
    pack
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

#[test]
fn every_journal_is_tested() {
    let tested: BTreeSet<String> = CASES.iter().map(|name| (*name).to_owned()).collect();
    let written: BTreeSet<String> = fs::read_dir(folder())
        .expect("the folder is there")
        .map(|entry| entry.expect("it can be listed").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "journal"))
        .map(|path| path.file_stem().expect("a file has a name").to_string_lossy().into_owned())
        .collect();
    let different: Vec<_> = written.symmetric_difference(&tested).collect();
    assert!(different.is_empty(), "{different:?}");
}

/// A case belongs to the code with which its name begins, as in `lb_001_…`.
#[test]
fn every_finding_has_cases_in_which_it_is_raised_and_in_which_it_is_not() {
    for code in Code::ALL {
        if !matches!(code.meaning(), Meaning::Finding { .. }) {
            continue;
        }
        let prefix = format!("{}_", code.text().to_lowercase().replace('-', "_"));
        let raised: BTreeSet<bool> = CASES
            .iter()
            .filter(|name| name.starts_with(&prefix))
            .map(|name| fs::read_to_string(folder().join(format!("{name}.expect"))))
            .map(|text| text.expect("every case has its text").contains(code.text()))
            .collect();
        assert_eq!(raised, BTreeSet::from([true, false]), "{code}");
    }
}
