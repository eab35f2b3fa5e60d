//! How well personal data in texts is found: labelled notes in `tests/texts/*.txt`. Prints the figures
//! of `docs/classification.md`: `cargo test --test texts -- --nocapture`.
//!
//! A line is `language: text`, spans marked as `[category:text]`, special categories after ` => `; `\n` is
//! the end of a line of the text.

use std::collections::{BTreeMap, BTreeSet};

use lawtail::engine::classify::text::{SpecialCategory, read};
use lawtail::model::Category;

struct Note {
    language: String,
    text: String,
    spans: BTreeSet<(usize, usize, Category)>,
    special: BTreeSet<SpecialCategory>,
}

fn category(mark: &str) -> Option<Category> {
    Some(match mark {
        "name" => Category::Name,
        "email" => Category::Email,
        "phone" => Category::PhoneNumber,
        "addr" => Category::Address,
        "iban" => Category::BankAccount,
        "card" => Category::CreditCard,
        "ip" => Category::IpAddress,
        "id" => Category::NationalIdentifier,
        "pass" => Category::PassportNumber,
        "plate" => Category::VehicleRegistration,
        "dob" => Category::DateOfBirth,
        _ => return None,
    })
}

fn note(line: &str) -> Note {
    let (language, rest) = line.split_once(": ").expect("a line has a language");
    let (marked, special) = rest.split_once(" => ").unwrap_or((rest, ""));
    let marked = marked.replace("\\n", "\n");
    let mut note = Note {
        language: language.to_owned(),
        text: String::new(),
        spans: BTreeSet::new(),
        special: special
            .split_whitespace()
            .map(|name| SpecialCategory::from_name(name).expect("a special category"))
            .collect(),
    };
    let mut rest = marked.as_str();
    while let Some((before, after)) = rest.split_once('[') {
        note.text.push_str(before);
        let (mark, after) = after.split_once(':').expect("a mark has a category");
        let (piece, after) = after.split_once(']').expect("a mark ends");
        let start = note.text.chars().count();
        note.text.push_str(piece);
        let category = category(mark).unwrap_or_else(|| panic!("unknown category in {line}"));
        note.spans.insert((start, note.text.chars().count(), category));
        rest = after;
    }
    note.text.push_str(rest);
    note
}

/// Found and meant, found and not meant, meant and not found.
#[derive(Clone, Copy, Default)]
struct Score {
    right: u32,
    wrong: u32,
    missed: u32,
}

impl Score {
    fn f1(self) -> f64 {
        let all = 2 * self.right + self.wrong + self.missed;
        if all == 0 { 1.0 } else { f64::from(2 * self.right) / f64::from(all) }
    }
}

/// Spans of one category that overlap by more than half of both are the same.
fn same(one: (usize, usize, Category), other: (usize, usize, Category)) -> bool {
    let shared = one.1.min(other.1).saturating_sub(one.0.max(other.0));
    one.2 == other.2 && 2 * shared > (one.1 - one.0).max(other.1 - other.0)
}

fn measure(title: &str, file: &str) -> Score {
    let mut scores: BTreeMap<String, Score> = BTreeMap::new();
    for line in file.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let note = note(line);
        let reading = read(&note.text);
        let found: Vec<_> =
            reading.spans.iter().map(|it| (it.start, it.end, it.category)).collect();
        let mut add = |label: &str, right: bool, wrong: bool| {
            for key in ["all", &note.language, label] {
                let score = scores.entry(key.to_owned()).or_default();
                score.right += u32::from(right);
                score.wrong += u32::from(!right && wrong);
                score.missed += u32::from(!right && !wrong);
            }
            if !right {
                println!(
                    "{title}: {} {label}: {}",
                    if wrong { "false" } else { "missed" },
                    note.text
                );
            }
        };
        for span in &found {
            add(span.2.key(), note.spans.iter().any(|label| same(*label, *span)), true);
        }
        for label in note.spans.iter().filter(|label| !found.iter().any(|it| same(**label, *it))) {
            add(label.2.key(), false, false);
        }
        for special in &reading.special {
            add(special.name(), note.special.contains(special), true);
        }
        for special in note.special.iter().filter(|it| !reading.special.contains(it)) {
            add(special.name(), false, false);
        }
    }
    for (key, score) in &scores {
        let Score { right, wrong, missed } = score;
        println!(
            "{title} {key:56} F1 {:.3}  right {right} false {wrong} missed {missed}",
            score.f1()
        );
    }
    scores.get("all").copied().unwrap_or_default()
}

#[test]
fn notes_are_read_as_people_label_them() {
    let dev = measure("dev", include_str!("texts/dev.txt"));
    let held_out = measure("held out", include_str!("texts/held_out.txt"));
    let second = measure("second", include_str!("texts/second.txt"));
    let third = measure("third", include_str!("texts/third.txt"));
    let fourth = measure("fourth", include_str!("texts/fourth.txt"));
    let fifth = measure("fifth", include_str!("texts/fifth.txt"));
    let sixth = measure("sixth", include_str!("texts/sixth.txt"));
    let seventh = measure("seventh", include_str!("texts/seventh.txt"));
    let eighth = measure("eighth", include_str!("texts/eighth.txt"));
    let ninth = measure("ninth", include_str!("texts/ninth.txt"));
    let tenth = measure("tenth", include_str!("texts/tenth.txt"));
    let eleventh = measure("eleventh", include_str!("texts/eleventh.txt"));
    let twelfth = measure("twelfth", include_str!("texts/twelfth.txt"));
    let thirteenth = measure("thirteenth", include_str!("texts/thirteenth.txt"));
    let fourteenth = measure("fourteenth", include_str!("texts/fourteenth.txt"));
    let fifteenth = measure("fifteenth", include_str!("texts/fifteenth.txt"));
    let sixteenth = measure("sixteenth", include_str!("texts/sixteenth.txt"));
    let seventeenth = measure("seventeenth", include_str!("texts/seventeenth.txt"));
    let eighteenth = measure("eighteenth", include_str!("texts/eighteenth.txt"));
    let nineteenth = measure("nineteenth", include_str!("texts/nineteenth.txt"));
    let twentieth = measure("twentieth", include_str!("texts/twentieth.txt"));
    assert!(dev.f1() >= 0.95, "dev: {:.3}", dev.f1());
    assert!(held_out.f1() >= 0.85, "held out: {:.3}", held_out.f1());
    assert!(second.f1() >= 0.95, "second: {:.3}", second.f1());
    assert!(third.f1() >= 0.92, "third: {:.3}", third.f1());
    assert!(fourth.f1() >= 0.92, "fourth: {:.3}", fourth.f1());
    assert!(fifth.f1() >= 0.97, "fifth: {:.3}", fifth.f1());
    assert!(sixth.f1() >= 0.95, "sixth: {:.3}", sixth.f1());
    assert!(seventh.f1() >= 0.95, "seventh: {:.3}", seventh.f1());
    assert!(eighth.f1() >= 0.96, "eighth: {:.3}", eighth.f1());
    assert!(ninth.f1() >= 0.95, "ninth: {:.3}", ninth.f1());
    assert!(tenth.f1() >= 0.95, "tenth: {:.3}", tenth.f1());
    assert!(eleventh.f1() >= 0.90, "eleventh: {:.3}", eleventh.f1());
    assert!(twelfth.f1() >= 0.96, "twelfth: {:.3}", twelfth.f1());
    assert!(thirteenth.f1() >= 0.95, "thirteenth: {:.3}", thirteenth.f1());
    assert!(fourteenth.f1() >= 0.96, "fourteenth: {:.3}", fourteenth.f1());
    assert!(sixteenth.f1() >= 0.85, "sixteenth: {:.3}", sixteenth.f1());
    assert!(seventeenth.f1() >= 0.96, "seventeenth: {:.3}", seventeenth.f1());
    assert!(eighteenth.f1() >= 0.95, "eighteenth: {:.3}", eighteenth.f1());
    assert!(nineteenth.f1() >= 0.95, "nineteenth: {:.3}", nineteenth.f1());
    assert!(twentieth.f1() >= 0.95, "twentieth: {:.3}", twentieth.f1());
    assert!(fifteenth.f1() >= 0.90, "fifteenth: {:.3}", fifteenth.f1());
}
