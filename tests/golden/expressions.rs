//! Conditions held against the `cel` crate's own interpreter, and against rows that nobody expects.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use proptest::prelude::*;

use lawtail::engine::Engine;
use lawtail::engine::pseudonym::Pseudonymizer;
use lawtail::model::{Batch, Code, Emission, Outcome};
use lawtail::policy::{compile, embedded};
use lawtail::wire::journal;

/// What a rule makes of one inserted row.
#[derive(Debug, PartialEq)]
enum Made {
    Found,
    Nothing,
    Undecided,
}

const COLUMNS: &str = "{a: integer, b: bigint, x: double precision, flag: boolean, tags: \"text[]\", \
                       extra: jsonb, at: timestamptz}";

fn engine(when: &str) -> Result<Engine, String> {
    let mut files = embedded::demo();
    let rule = format!(
        "rule: house\ntables: [crm.exports]\noperations: [insert]\ncolumns: {COLUMNS}\nseverity: low\n\
         article: house rule 1\nsays: it is so\nremedy: mend it\nwhen: {}\n",
        serde_json::to_string(when).unwrap()
    );
    files.insert("rules/house.yaml".into(), rule);
    let policies = compile(&files).map_err(|faults| faults[0].to_string())?;
    Ok(Engine::new(Arc::new(policies), Pseudonymizer::new(b"own rules"), "own".into()))
}

fn made(engine: &Engine, row: &serde_json::Value) -> Made {
    let columns = ["id", "object", "a", "b", "x", "flag", "tags", "extra", "at", "modified_by"];
    let columns = columns.map(|name| format!(r#"{{"name":"{name}"}}"#)).join(",");
    let told = format!(
        r#"{{"table":{{"name":"crm.exports","identity":"full","columns":[{columns}]}}}}
{{"begin":{{"time":"12:00"}}}}
{{"insert":{{"table":"crm.exports","new":{row}}}}}
{{"commit":{{}}}}
{{"idle":{{"time":"+1h"}}}}
"#
    );
    let events = journal::read(&told).unwrap_or_else(|faults| panic!("{faults:?}\n{told}"));
    let decision = engine.decide(&BTreeMap::new(), &Batch { events }).unwrap();
    let found = decision
        .emissions()
        .iter()
        .any(|it| matches!(it, Emission::Finding(finding) if finding.code == Code::OWN_001));
    let undecided = decision.counts().judged.keys().any(|(_, it)| *it == Outcome::Undecided);
    match (found, undecided) {
        (true, _) => Made::Found,
        (false, true) => Made::Undecided,
        (false, false) => Made::Nothing,
    }
}

/// A rule that uses all there is.
static EVERYTHING: LazyLock<Engine> = LazyLock::new(|| {
    let when = "new.flag || new.a * new.b > 7 || new.x / 0.0 > 1.0 \
                || new.tags.all(t, t.matches('^a+$')) || new.extra.a.b[1] == 'c' \
                || new.extra.exists(e, e > 3) || new.at + duration('1h') > tx.at \
                || new.object.lowerAscii() in new.tags || size(new.extra) > 2 \
                || double(new.object) > 0.5 || int(new.object) % new.a == 0 \
                || (new.flag ? new.a : new.b) in [1, new.a]";
    engine(when).expect("it is sound")
});

/// A row of which everything is known.
#[derive(Clone, Debug, serde::Serialize)]
struct Known {
    object: String,
    a: i64,
    b: i64,
    x: f64,
    flag: bool,
    tags: Vec<String>,
}

impl Known {
    fn row(&self) -> serde_json::Value {
        let quoted: Vec<String> = self.tags.iter().map(|tag| format!("\"{tag}\"")).collect();
        serde_json::json!({
            "id": 1, "object": self.object, "a": self.a.to_string(), "b": self.b.to_string(),
            "x": self.x.to_string(), "flag": if self.flag { "t" } else { "f" },
            "tags": format!("{{{}}}", quoted.join(",")), "modified_by": "eve",
        })
    }

    /// What the `cel` crate's own interpreter makes of it.
    fn interpreted(&self, when: &str) -> Made {
        let mut context = cel::Context::default();
        context.add_variable("new", self).unwrap();
        let expression = cel::parser::PrattParser::new().parse(when).unwrap();
        match cel::Value::resolve(&expression, &context) {
            Ok(cel::Value::Bool(true)) => Made::Found,
            Ok(cel::Value::Bool(false)) => Made::Nothing,
            Ok(other) => panic!("{when} is {other:?}"),
            Err(_) => Made::Undecided,
        }
    }
}

fn known() -> impl Strategy<Value = Known> {
    let word = || prop::sample::select(vec!["", "a", "ab", "bc", "äb", "contacts"]);
    let whole = || prop_oneof![-3i64..4, Just(i64::MAX), Just(i64::MIN)];
    let number = prop::sample::select(vec![-1.5, -0.5, 0.0, 0.5, 1.0, 2.5, 1e15]);
    (word(), whole(), whole(), number, any::<bool>(), prop::collection::vec(word(), 0..4)).prop_map(
        |(object, a, b, x, flag, tags)| Known {
            object: object.into(),
            a,
            b,
            x,
            flag,
            tags: tags.into_iter().map(str::to_owned).collect(),
        },
    )
}

fn whole() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "new.a",
        "new.b",
        "0",
        "1",
        "3",
        "size(new.object)",
        "size(new.tags)",
    ]);
    leaf.prop_map(str::to_owned).prop_recursive(3, 8, 2, |inner| {
        let operator = prop::sample::select(vec!["+", "-", "*", "/", "%"]);
        (inner.clone(), operator, inner)
            .prop_map(|(a, operator, b)| format!("({a} {operator} {b})"))
    })
}

fn condition() -> impl Strategy<Value = String> {
    let relation = || prop::sample::select(vec!["==", "!=", "<", "<=", ">", ">="]);
    let text = || prop::sample::select(vec!["new.object", "'a'", "'ab'", "'äb'", "''"]);
    let number =
        || prop::sample::select(vec!["new.x", "0.5", "1.0", "(new.x + 0.5)", "(new.x * 2.0)"]);
    let test = prop::sample::select(vec!["contains", "startsWith", "endsWith"]);
    let quantifier = prop::sample::select(vec!["exists", "all", "exists_one"]);
    let leaf = prop_oneof![
        Just("new.flag".to_owned()),
        Just("true".to_owned()),
        (whole(), relation(), whole()).prop_map(|(a, it, b)| format!("{a} {it} {b}")),
        (number(), relation(), number()).prop_map(|(a, it, b)| format!("{a} {it} {b}")),
        (text(), relation(), text()).prop_map(|(a, it, b)| format!("{a} {it} {b}")),
        (text(), test, text()).prop_map(|(a, it, b)| format!("{a}.{it}({b})")),
        text().prop_map(|a| format!("{a} in ['a', 'contacts']")),
        text().prop_map(|a| format!("{a} in new.tags")),
        (quantifier, text()).prop_map(|(it, a)| format!("new.tags.{it}(t, t == {a})")),
        whole().prop_map(|a| format!("{a} in [1, 2, new.b]")),
    ];
    leaf.prop_recursive(4, 16, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} && {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} || {b})")),
            inner.clone().prop_map(|a| format!("!({a})")),
            (inner.clone(), inner.clone(), inner)
                .prop_map(|(a, b, c)| format!("({a} ? {b} : {c})")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(60) })]

    /// Of rows of which everything is known, conditions say what the language says. What is an error
    /// there is undecided here.
    #[test]
    fn conditions_mean_what_the_language_says(
        when in condition(),
        rows in prop::collection::vec(known(), 12),
    ) {
        // A rule that can never match is refused, and so is one with more parts than it may have.
        if let Ok(engine) = engine(&when) {
            for known in rows {
                let expected = known.interpreted(&when);
                prop_assert_eq!(made(&engine, &known.row()), expected, "{} of {:?}", when, known);
            }
        }
    }

    /// Whatever stands in a row, a rule finds, does not, or cannot tell.
    #[test]
    fn any_row_is_judged(
        cells in prop::collection::vec(prop_oneof![
            Just(serde_json::Value::Null),
            Just(serde_json::json!({"unchanged": true})),
            "[-+0-9eE.]{0,24}".prop_map(serde_json::Value::String),
            "[{}\\[\\]\",:a-c0-9\\\\ ]{0,40}".prop_map(serde_json::Value::String),
            "\\PC{0,30}".prop_map(serde_json::Value::String),
        ], 8..9)
    ) {
        let names = ["object", "a", "b", "x", "flag", "tags", "extra", "at"];
        let row: serde_json::Map<String, serde_json::Value> =
            names.iter().map(|name| (*name).to_owned()).zip(cells).collect();
        made(&EVERYTHING, &serde_json::Value::Object(row));
    }
}

fn one(when: &str, row: &serde_json::Value) -> Made {
    made(&engine(when).unwrap_or_else(|fault| panic!("{when}: {fault}")), row)
}

#[test]
fn null_is_told_only_where_it_is_asked_for() {
    let row = serde_json::json!({"id": 1, "extra": r#"{"a": null, "b": 1}"#, "modified_by": "eve"});
    let cases = [
        ("new.object == null", Made::Found),
        ("has(new.object)", Made::Nothing),
        ("new.object == 'a'", Made::Undecided),
        ("new.object != 'a'", Made::Undecided),
        ("!(new.object in ['a'])", Made::Undecided),
        ("new.object == null || new.object == 'a'", Made::Found),
        ("new.object != null && new.object == 'a'", Made::Nothing),
        ("new.a + 1 > 0", Made::Undecided),
        ("has(new.extra.a) || has(new.extra.c.d)", Made::Nothing),
        ("new.extra.b == 1", Made::Found),
        ("new.extra.b == 'one'", Made::Nothing),
        ("new.extra.c == 1", Made::Undecided),
        ("new.object != new.modified_by", Made::Found),
        ("tx.actor == 'eve' && tx.actor != null", Made::Found),
    ];
    for (when, expected) in cases {
        assert_eq!(one(when, &row), expected, "{when}");
    }
}

#[test]
fn no_value_makes_a_rule_work_without_end() {
    let long = "a".repeat(60_000);
    let tags = format!("{{{}}}", vec!["a"; 900].join(","));
    let row = serde_json::json!({"id": 1, "object": long, "tags": tags, "modified_by": "eve"});
    // Nine hundred looks at sixty thousand bytes are more than a rule may ask for.
    let each = "new.tags.all(t, new.object.contains(t))";
    assert_eq!(one(each, &row), Made::Undecided);
    assert_eq!(one("new.object.contains('ab')", &row), Made::Nothing);
    let row =
        |object: String, tags: String| serde_json::json!({"id": 1, "object": object, "tags": tags});
    let longer = row("a".repeat(70_000), "{}".into());
    assert_eq!(one("new.object == 'a'", &longer), Made::Undecided);
    let many = row("a".into(), format!("{{{}}}", vec!["a"; 1_001].join(",")));
    assert_eq!(one("new.object in new.tags", &many), Made::Undecided);
}

/// What is there is not null, also where it cannot be read as what it is, or is too long to be looked at.
#[test]
fn whether_a_column_is_null_needs_no_reading() {
    let null = |column: &str| engine(&format!("new.{column} == null")).unwrap();
    let long = format!("\"{}\"", "x".repeat(70_000));
    let there =
        [("a", "7.5"), ("tags", "{a"), ("at", "infinity"), ("extra", "{"), ("extra", &long)];
    for (column, text) in there {
        let row = serde_json::json!({"id": "1", column: text});
        assert_eq!(made(&null(column), &row), Made::Nothing, "{column}");
        let there = engine(&format!("has(new.{column})")).unwrap();
        assert_eq!(made(&there, &row), Made::Found, "{column}");
    }
    for row in [serde_json::json!({"id": "1"}), serde_json::json!({"id": "1", "extra": "null"})] {
        assert_eq!(made(&null("extra"), &row), Made::Found);
    }
}
