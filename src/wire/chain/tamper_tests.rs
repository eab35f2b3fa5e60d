//! A dump in which something was flipped, dropped, swapped, inserted or replaced, by seed.
//!
//! `LAWTAIL_TAMPER_EVENTS=100000` makes it a large one.

use super::*;
use crate::model::Finding;
use crate::wire::lines;
use crate::wire::samples::{emissions, finding, origin};

/// Deeds done to the dump, one at a time.
const DEEDS: u64 = 60;

/// SplitMix64 (Steele, Lea, Flood 2014).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((value ^ (value >> 31)) % bound as u64) as usize
    }
}

fn dump(key: u8, length: usize) -> Vec<String> {
    let key = Arc::new(SigningKey::from_seed(&[key; 32]));
    let mut chain = Chain::default().signing(Some(key), None).unwrap();
    let (mut dump, mut number, mut time) = (Vec::new(), 0, Timestamp(1_772_442_900_000_000));
    while dump.len() < length {
        number += 64;
        let findings = (number..number + 64).map(|count| Finding { count, ..finding() });
        let said = findings.map(|finding| Emission::Finding(Box::new(finding)));
        let others = emissions().into_iter().filter(|it| !matches!(it, Emission::Finding(_)));
        let said: Vec<Emission> = said.chain(others).collect();
        time = time + CHECKPOINT_INTERVAL / 8;
        let events = chain.extend(&said, &origin(), time);
        dump.extend(events.iter().map(|event| lines::encode(event).unwrap()));
    }
    dump
}

/// What `lawtail verify` makes of a line, also where the quick way is not taken.
fn digest(line: &[u8]) -> Result<Digested, Fault> {
    let digested = Digested::of_line(line);
    let with_care = lines::decode(line).map(|event| Digested::of(&event));
    assert_eq!(format!("{digested:?}"), format!("{with_care:?}"));
    digested
}

fn faults<'a>(dump: impl Iterator<Item = &'a Result<Digested, Fault>>) -> Vec<Fault> {
    let keys = vec![SigningKey::from_seed(&[1; 32]).public()];
    let mut verifier = Verifier::new(Extent::Whole, keys);
    let follow = |line: &Result<Digested, Fault>| {
        line.clone().and_then(|event| verifier.follow(event)).err()
    };
    let mut found: Vec<Fault> = dump.filter_map(follow).collect();
    found.extend(verifier.finish());
    found
}

#[test]
fn every_deed_is_found() {
    let length = std::env::var("LAWTAIL_TAMPER_EVENTS").ok().and_then(|text| text.parse().ok());
    let texts = dump(1, length.unwrap_or(4_000));
    let lines: Vec<_> = texts.iter().map(|line| digest(line.as_bytes())).collect();
    assert_eq!(faults(lines.iter()), []);
    // Of somebody who has everything but the key.
    let forged = dump(2, 200);
    let last = lines.len() - 1;
    for seed in 0..DEEDS {
        let mut dice = Dice(seed);
        let mut order: Vec<&Result<Digested, Fault>> = lines.iter().collect();
        // The very last line is a matter of the printed head.
        let at = dice.below(last);
        let other = (at + 1 + dice.below(last - 1)) % last;
        let changed;
        match seed % 6 {
            0 => {
                let mut text = texts[at].clone().into_bytes();
                let byte = dice.below(text.len());
                text[byte] ^= 1 << dice.below(8);
                changed = digest(&text);
                order[at] = &changed;
            }
            1 => drop(order.remove(at)),
            2 => order.swap(at, other),
            3 => {
                changed = digest(forged[dice.below(forged.len())].as_bytes());
                order.insert(at, &changed);
            }
            4 => {
                changed = digest(forged[at % forged.len()].as_bytes());
                order[at] = &changed;
            }
            _ => {
                let moved = order.remove(at);
                order.insert(other, moved);
            }
        }
        let found = faults(order.iter().copied());
        // Topics are chains of their own: the order between them is not part of the evidence.
        let same = |topic| of(topic, order.iter().copied()).eq(of(topic, lines.iter()));
        let untouched = Topic::ALL.into_iter().all(same) && order.iter().all(|line| line.is_ok());
        assert_eq!(found.is_empty(), untouched, "seed {seed}, line {at}, {other}: {found:?}");
        assert!(found.iter().all(|fault| fault.code == Code::EVD_001));
    }
}

fn of<'a>(
    topic: Topic,
    lines: impl Iterator<Item = &'a Result<Digested, Fault>>,
) -> impl Iterator<Item = (u64, Node, bool)> {
    let events = lines.filter_map(|line| line.as_ref().ok()).filter(move |it| it.topic == topic);
    events.map(|event| (event.sequence, event.hash, event.wrong.is_none()))
}
