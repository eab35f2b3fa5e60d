//! Words without quotes that YAML takes for truth values.

use super::*;
use crate::model::TableName;
use crate::policy::{PermissionStatus, Selector, Test, ValueMap};

fn pack(values: &str, conditions: &str) -> crate::policy::Pack {
    let pack = format!(
        "pack: small\nprovenance: origin\ntables:\n  crm.contacts:\n    subject: {{key: id}}\n    \
         test_rows: {conditions}\n    permissions:\n      - channel: email\n        \
         status: {{column: word, values: {values}}}\n"
    );
    let mut files = with("packs/small.yaml", &pack);
    let register = REGISTER.replace(", crm.bases", "").replace("[crm.orders]", "[crm.contacts]");
    let register = register[..register.find("  orders:").expect("its last activity")].to_owned();
    files.insert("register/small.yaml".into(), register);
    let policies = compile(&files);
    policies.map_err(|faults| faults[0].to_string()).expect("it compiles").pack
}

fn meant(values: &str) -> Vec<(String, &'static str)> {
    let pack = pack(values, "[{column: is_test, in: [true]}]");
    let contacts = &pack.tables[&TableName::new("crm", "contacts")];
    let Selector::Column { values: ValueMap::Listed(listed), .. } = &contacts.permissions[0].status
    else {
        panic!("a column")
    };
    let name = |(word, status): (&String, &PermissionStatus)| (word.clone(), status.name());
    listed.iter().map(name).collect()
}

#[test]
fn a_word_is_what_is_written_and_a_boolean_is_what_it_stands_for() {
    let of = |pairs: &[(&str, &'static str)]| -> Vec<(String, &'static str)> {
        pairs.iter().map(|(word, status)| ((*word).to_owned(), *status)).collect()
    };
    let (given, no) = ("given", "opted_out");
    assert_eq!(meant("{si: given, no: opted_out}"), of(&[("f", no), ("no", no), ("si", given)]));
    assert_eq!(
        meant("{On: given, off: opted_out}"),
        of(&[("On", given), ("f", no), ("off", no), ("t", given)])
    );
    // What is said of a boolean in so many words goes before what a word stands for.
    assert_eq!(meant("{yes: given, t: opted_out}"), of(&[("t", no), ("yes", given)]));
    // In quotes it is a word, and two words for one truth value may mean different things.
    assert_eq!(meant("{\"yes\": given, \"no\": opted_out}"), of(&[("no", no), ("yes", given)]));
    assert_eq!(meant("{yes: given, on: confirmed}"), of(&[("on", "confirmed"), ("yes", given)]));
}

#[test]
fn conditions_take_such_words_as_they_are_written() {
    let tested = |conditions: &str| {
        let pack = pack("{a: given}", conditions);
        match &pack.tables[&TableName::new("crm", "contacts")].test_rows[0].test {
            Test::In(texts) | Test::NotIn(texts) => texts.iter().cloned().collect::<Vec<_>>(),
            _ => Vec::new(),
        }
    };
    assert_eq!(tested("[{column: kind, in: [yes, 1]}]"), ["1", "t", "yes"]);
    assert_eq!(tested("[{column: kind, not_in: [No]}]"), ["No", "f"]);
    assert_eq!(tested("[{column: kind, in: [\"off\"]}]"), ["off"]);
}
