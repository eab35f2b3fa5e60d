//! A log decided in pieces of random size: where it is cut does not matter.

use std::collections::BTreeMap;

use lawtail::engine::Engine;
use lawtail::model::{Batch, Emission, Event};

use super::dice::Dice;

/// What the engine says of the log, from an empty memory on.
pub fn told(engine: &Engine, events: &[Event], dice: &mut Dice) -> Vec<Emission> {
    let mut memory = BTreeMap::new();
    let mut told = Vec::new();
    let mut rest = events;
    while !rest.is_empty() {
        let size = (1 + dice.below(9)).min(rest.len() as u64) as usize;
        let (piece, after) = rest.split_at(size);
        let decision = engine.decide(&memory, &Batch { events: piece.to_vec() }).unwrap();
        for (key, value) in decision.writes() {
            match value {
                Some(value) => memory.insert(key.clone(), value.clone()),
                None => memory.remove(key),
            };
        }
        told.extend_from_slice(decision.emissions());
        rest = after;
    }
    told
}
