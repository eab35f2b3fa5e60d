//! The rows of a transaction in any order.

use std::fs;

use lawtail::model::Emission;
use lawtail::wire;

use super::{choices, engine, folder, run};

/// Mixes: 2^64 over the golden ratio.
const ODD: u64 = 0x9E37_79B9_7F4A_7C15;

/// In which order one transaction brings a person, the account, what is recorded of either and messages to
/// them changes nothing about what is found of whom. Only a no and a message of the same transaction stand in
/// the order in which they were written.
#[test]
fn the_order_of_rows_within_a_transaction_changes_nothing() {
    for (name, transaction) in [
        ("cn_001_consent_before_its_account", 0),
        ("cn_001_consent_before_its_account", 1),
        ("cn_002_address_written_after_the_message", 1),
        ("cn_002_address_written_after_the_message", 2),
        ("cn_002_address_written_after_the_message", 3),
        ("lb_001_basis_of_a_card_of_nobody", 0),
    ] {
        let journal = fs::read_to_string(folder().join(format!("{name}.journal"))).unwrap();
        let engine = engine(&choices(&journal));
        let parts: Vec<&str> = journal.split("{\"begin\"").collect();
        let rows: Vec<&str> =
            parts[transaction + 1].lines().filter(|line| line.contains("\"table\":")).collect();
        let told = |order: &[usize]| {
            let mut parts: Vec<String> = parts.iter().map(|part| (*part).to_owned()).collect();
            let (begin, commit) = (parts[transaction + 1].find(rows[0]).unwrap(), "{\"commit\"");
            let end = parts[transaction + 1].find(commit).unwrap();
            let text: Vec<&str> = order.iter().map(|&row| rows[row]).collect();
            parts[transaction + 1].replace_range(begin..end, &(text.join("\n") + "\n"));
            let events = wire::journal::read(&parts.join("{\"begin\"")).unwrap();
            let told = run(&[(&engine, &events)]);
            let mut found: Vec<_> = told.emissions.iter().filter_map(found).collect();
            found.sort();
            (found, told.judged)
        };
        let written: Vec<usize> = (0..rows.len()).collect();
        let expected = told(&written);
        for round in 1..=60_u64 {
            let mut order = written.clone();
            let mixed =
                |row: &usize| (*row as u64 + round).wrapping_mul(ODD.wrapping_mul(round)) >> 7;
            order.sort_by_key(mixed);
            assert_eq!(told(&order), expected, "{name}, transaction {transaction}: {order:?}");
        }
    }
}

/// What is found of whom, wherever it was written.
fn found(emission: &Emission) -> Option<String> {
    match emission {
        Emission::Finding(it) => {
            Some(format!("{} {:?} {:?} {}", it.code, it.subject, it.purpose, it.count))
        }
        _ => None,
    }
}
