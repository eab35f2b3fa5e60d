//! What `lawtail check` says of own rules.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::Arc;

use expect_test::expect;

use super::untested;
use crate::model::TableName;
use crate::policy::expression::{self, Kind, Scope};
use crate::policy::{compile, compile_with_tests, embedded};

const HEAD: &str = "\
rule: house
tables: [crm.exports]
operations: [insert]
columns: {row_count: integer, exported_columns: \"text[]\", extra: jsonb, taken_at: timestamptz}
severity: low
article: house rule 1
says: it is so
remedy: mend it
";

fn folder(rule: &str) -> BTreeMap<String, String> {
    let mut files = embedded::demo();
    files.insert("rules/house.yaml".into(), rule.into());
    let list = "list: staff\nas_of: 2026-01-01\nsource: directory\nvalues: [svc.a, svc.b]\n";
    files.insert("lists/staff.yaml".into(), list.into());
    files
}

/// The faults of a rule with this condition, a line each.
fn faults(when: &str) -> String {
    told(&folder(&format!("{HEAD}when: {when}\n")))
}

fn told(files: &BTreeMap<String, String>) -> String {
    let mut text = String::new();
    for fault in compile(files).err().unwrap_or_default() {
        let place = fault.place.as_ref().map(ToString::to_string).unwrap_or_default();
        writeln!(text, "{place}: {}\n  {}", fault.cause, fault.remedy()).unwrap();
    }
    text
}

#[test]
fn what_can_be_judged_is_no_fault() {
    let conditions = [
        "new.row_count > 100 && op == 'insert'",
        "\"!(tx.actor in lists.staff) && tx.size >= 3\"",
        "\"new.exported_columns.exists(c, c.startsWith('health')) ? new.row_count > 1 : false\"",
        "new.extra.reason == null || size(new.extra.tags) > 3 || new.extra['a b'] == 1",
        "new.taken_at > tx.at - duration('72h') && new.object.matches('^c.*s$')",
        "new['object'] in ['contacts', 'leads'] && has(new.extra.note)",
        "double(new.row_count) * 1.5 >= 10.0 && -new.row_count < 0",
        "table == 'crm.exports' && int(new.object) % 2 == 1",
    ];
    for when in conditions {
        assert_eq!(faults(when), "", "{when}");
    }
}

#[test]
fn an_unknown_column_is_named_with_its_place() {
    expect![[r#"
        rules/house.yaml:9:11 (when): unknown column `row_counts`
          did you mean `row_count`? allowed: exported_columns, extra, id, modified_by, object, row_count, taken_at; a column that the pack does not know is declared under `columns`
    "#]]
    .assert_eq(&faults("new.row_counts > 3"));
}

#[test]
fn a_value_of_the_wrong_type_is_named_with_its_place() {
    expect![[r#"
        rules/house.yaml:9:11 (when): int cannot be compared with string
          a column is text unless the rule declares its type under `columns`
    "#]]
    .assert_eq(&faults("new.row_count == 'many'"));
    expect![[r#"
        rules/house.yaml:9:11 (when): a condition is true or false, and this is int
          compare it with something
    "#]]
    .assert_eq(&faults("new.row_count"));
}

#[test]
fn a_rule_that_can_never_match_is_named() {
    let unreachable = [
        "op == 'delete'",
        "old.object == 'contacts'",
        "new.object == 'contacts' && new.object == 'leads'",
        "new.row_count > 1 && false",
    ];
    for when in unreachable {
        let told = faults(when);
        assert!(
            told.contains("rules/house.yaml:9:7 (when): the rule house can never match"),
            "{when}: {told}"
        );
    }
    expect![[r#"
        rules/house.yaml:9:7 (when): the rule house can never match: its condition holds of none of its operations and tables
          look at `operations` and at what the condition asks of `op`, `old` and `new`: an inserted row has no old version, a deleted one no new version
    "#]]
    .assert_eq(&faults("op == 'delete'"));
}

#[test]
fn a_join_with_nobody_is_named() {
    expect![[r#"
        rules/house.yaml:9:7 (when): crm.exports is about nobody, so `permission` has nobody to ask about
          add `subject` or `about` to the table in the pack, or leave this out
    "#]]
    .assert_eq(&faults("permission('email', 'newsletter') == 'given'"));
}

#[test]
fn everything_else_that_is_wrong_is_said() {
    let wrong = [
        ("nothing > 3", "unknown name `nothing`"),
        ("now() > tx.at", "unknown function `now`"),
        ("new.row_count > 1 &&", "this is not CEL"),
        ("op == 'truncate'", "unknown operation `truncate`"),
        ("tx.actor == 'Eve Miller'", "a person's name"),
        ("tx.actor in lists.staf", "unknown list `staf`"),
        ("tx.application == 'x'", "unknown word `application` of tx"),
        ("subject.nice", "is about nobody"),
        ("new.row_count > null", "not more or less"),
        ("new.exported_columns.map(c, c) == ['a']", "`map` and `filter` are not offered"),
        (
            "new.exported_columns.exists(c, new.exported_columns.exists(d, d == c))",
            "within another",
        ),
        ("new.object.matches('(')", "the pattern cannot be used"),
        ("new.object.matches(new.object)", "no text that is written out"),
        ("new.row_count + 1.5 > 2.0", "cannot be calculated with"),
        ("new.object.name == 'a'", "has no member"),
        ("size(new.row_count) > 1", "has no size"),
        ("\"{'a': 1} == {'a': 1}\"", "objects are not made here"),
        ("(tx.size > 3) == true", "no part of a value"),
        ("tx.size + 1 > 3", "compared as a whole"),
        ("new.taken_at > '2026-01-01'", "cannot be compared"),
        ("new.taken_at > timestamp('soon')", "not a moment"),
        ("taken", "unknown name `taken`"),
    ];
    for (when, expected) in wrong {
        let text = faults(when);
        assert!(text.contains(expected), "{when}: {text}");
        assert!(text.starts_with("rules/house.yaml:9:"), "{when}: {text}");
    }
    let macros = format!("{HEAD}macros: {{a: b && true, b: new.row_count > 1}}\nwhen: a\n");
    assert!(told(&folder(&macros)).contains("unknown name `b`"), "a macro uses those above it");
    let macros = format!("{HEAD}macros: {{b: new.row_count > 1, a: b && true}}\nwhen: a\n");
    assert_eq!(told(&folder(&macros)), "");
}

#[test]
fn neither_length_nor_depth_nor_macros_are_without_bound() {
    let long = format!("new.object == '{}'", "a".repeat(5_000));
    assert!(faults(&long).contains("more than 4096 bytes"), "{}", faults(&long));
    for deep in [
        format!("new.extra{} == 1", ".a".repeat(1_000)),
        format!("{}1 > 0", "1 + ".repeat(900)),
        format!("{}true", "true ? true : ".repeat(200)),
        format!("{}{}", "[".repeat(300), "]".repeat(300)),
    ] {
        assert!(!faults(&format!("\"{deep}\"")).is_empty(), "{}", &deep[..40]);
    }
    let mut macros = String::from("macros:\n  m0: new.row_count > 1\n");
    for level in 1..12 {
        let below = level - 1;
        writeln!(macros, "  m{level}: m{below} && m{below} && m{below}").unwrap();
    }
    let text = told(&folder(&format!("{HEAD}{macros}when: m11\n")));
    assert!(text.contains("more than 500 parts"), "{text}");
}

#[test]
fn a_rule_that_no_test_shows_both_ways_is_named() {
    let with = |tests: &str| {
        let mut files = folder(&format!("{HEAD}when: new.row_count > 3\n"));
        files.insert("tests/house.yaml".into(), format!("tests:\n{tests}"));
        let tested = compile_with_tests(&files).map_err(|faults| faults[0].to_string()).unwrap();
        untested(&tested.in_force).first().map(ToString::to_string).unwrap_or_default()
    };
    let step = "{insert: crm.exports, row: {id: 1, row_count: 4}}";
    let found = format!(
        "  - {{name: a, given: [{step}], expect: [{{code: OWN-001, rule: house, at: 1}}]}}\n"
    );
    let absent = format!("  - {{name: b, given: [{step}], expect: [], absent: [house]}}\n");
    expect![[r#"
        POL-002 a policy document is wrong
          place:  rules/house.yaml:1:1
          cause:  no test names the rule under `absent`: house
          remedy: add to tests/: one with `expect: [{code: OWN-001, rule: house, at: …}]` and one with `absent: [house]`, or put the rule on trial in policy.yaml"#]]
    .assert_eq(&with(&found));
    assert!(with(&absent).contains("no test expects a finding of the rule"));
    assert_eq!(with(&format!("{found}{absent}")), "");
}

#[test]
fn names_that_nothing_has_are_faults() {
    let mut files = folder(&format!("{HEAD}when: new.row_count > 3\n"));
    let choice = files["policy.yaml"].clone() + "\nrules: {hause: trial}\n";
    files.insert("policy.yaml".into(), choice);
    assert!(told(&files).contains("unknown own rule `hause`"), "{}", told(&files));
    let other = HEAD.replace("rule: house", "rule: house\npack: dema");
    let files = folder(&format!("{other}when: new.row_count > 3\n"));
    assert!(told(&files).contains("there is no pack `dema`"), "{}", told(&files));
    let table = HEAD.replace("crm.exports", "crm.export");
    let files = folder(&format!("{table}when: new.row_count > 3\n"));
    assert!(told(&files).contains("unknown table `crm.export`"), "{}", told(&files));
}

#[test]
fn rules_and_their_lists_are_part_of_the_digest() {
    let digest = |files| compile(&files).map_err(|faults| faults[0].to_string()).unwrap().digest;
    let rule = || folder(&format!("{HEAD}when: new.row_count > 3\n"));
    let one = digest(rule());
    let mut other = rule();
    other.get_mut("lists/staff.yaml").unwrap().push_str("# later\n");
    assert_ne!(one, digest(other));
    assert_ne!(one, digest(embedded::demo()));
    assert_eq!(one, digest(rule()));
}

proptest::proptest! {
    /// Whatever stands there is a rule or a fault.
    #[test]
    fn any_text_is_a_rule_or_a_fault(text in "[-a-z0-9 .,:?!'\"()\\[\\]{}<>=&|+*/%@`\\\\]{0,80}") {
        let _ = crate::policy::expression::parse(&text);
    }

    /// Texts of the language's own words come further.
    #[test]
    fn any_words_are_a_rule_or_a_fault(
        words in proptest::collection::vec(proptest::sample::select(WORDS), 0..24)
    ) {
        let kind = |name: &str| Kind::of_type(name).unwrap();
        let lists = BTreeMap::from([("staff".into(), Arc::new(BTreeSet::from(["a".into()])))]);
        let columns = [("row_count", "integer"), ("object", "text"), ("extra", "jsonb")];
        let columns = columns.map(|(name, of)| (name.to_owned(), kind(of)));
        let scope = Scope {
            tables: BTreeMap::from([(TableName::new("crm", "exports"), (true, true))]),
            columns: columns.into(),
            macros: BTreeMap::new(),
            lists: &lists,
            purposes: BTreeSet::from(["newsletter".into()]),
        };
        if let Ok(parsed) = expression::parse(&words.join(" ")) {
            let _ = expression::compile(&parsed, &scope);
        }
    }
}

const WORDS: &[&str] = &[
    "new",
    "old",
    ".",
    "row_count",
    "object",
    "extra",
    "exported_columns",
    "taken_at",
    "op",
    "table",
    "tx",
    "at",
    "actor",
    "size",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "==",
    "!=",
    "<",
    ">=",
    "&&",
    "||",
    "!",
    "-",
    "+",
    "*",
    "/",
    "%",
    "?",
    ":",
    ",",
    "in",
    "1",
    "1.5",
    "2u",
    "'a'",
    "b'a'",
    "null",
    "true",
    "has",
    "exists",
    "all",
    "map",
    "x",
    "lists",
    "staff",
    "permission",
    "basis",
    "subject",
    "duration",
    "timestamp",
    "matches",
    "contains",
    "''",
    "r'x'",
    "9223372036854775808",
];
