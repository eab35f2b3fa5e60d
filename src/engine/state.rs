//! The engine's memory: typed records over an ordered map of bytes.
//!
//! Everything the engine remembers between batches (ledger, waiting judgements, detector state,
//! data map, checkpoint) is a record here, so that one transaction of the store keeps them
//! consistent and one decision depends on nothing else.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::model::{Code, Fault};

/// A key with its value.
pub type Entry = (Vec<u8>, Vec<u8>);

/// What a decision reads. The same answers must come for the whole of one decision.
pub trait View {
    /// The value of a key.
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Fault>;

    /// At most `limit` entries with `from <= key < to`, in key order.
    fn scan(&self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<Entry>, Fault>;
}

/// An ordered map in memory, for `check`, `test`, `replay` and the engine's own tests.
impl View for BTreeMap<Vec<u8>, Vec<u8>> {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        Ok(BTreeMap::get(self, key).cloned())
    }

    fn scan(&self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<Entry>, Fault> {
        if from >= to {
            return Ok(Vec::new());
        }
        let range = self.range(from.to_vec()..to.to_vec()).take(limit);
        Ok(range.map(|(key, value)| (key.clone(), value.clone())).collect())
    }
}

/// What a decision writes: `None` removes the key.
pub type Writes = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// A view with the writes of the decision in progress on top.
pub struct State<'a> {
    view: &'a dyn View,
    writes: Writes,
}

impl<'a> State<'a> {
    /// No writes yet.
    pub fn new(view: &'a dyn View) -> Self {
        State { view, writes: Writes::new() }
    }

    /// Reads a record.
    pub fn read<T: DeserializeOwned>(&self, key: &[u8]) -> Result<Option<T>, Fault> {
        match self.writes.get(key) {
            Some(Some(bytes)) => decode(bytes).map(Some),
            Some(None) => Ok(None),
            None => self.view.get(key)?.map(|bytes| decode(&bytes)).transpose(),
        }
    }

    /// Writes a record.
    pub fn write<T: Serialize>(&mut self, key: Vec<u8>, record: &T) {
        let bytes = postcard::to_stdvec(record).expect("records of the engine serialise");
        self.writes.insert(key, Some(bytes));
    }

    /// Removes a record.
    pub fn remove(&mut self, key: Vec<u8>) {
        self.writes.insert(key, None);
    }

    /// The first record with `from <= key < to`.
    pub fn first<T: DeserializeOwned>(
        &self,
        from: &[u8],
        to: &[u8],
    ) -> Result<Option<(Vec<u8>, T)>, Fault> {
        let written = self.first_written(from, to);
        let stored = self.first_stored(from, to)?;
        let (key, bytes) = match (written, stored) {
            (Some(written), Some(stored)) if written.0 <= stored.0 => written,
            (_, Some(stored)) => stored,
            (Some(written), None) => written,
            (None, None) => return Ok(None),
        };
        Ok(Some((key, decode(&bytes)?)))
    }

    /// Every record with `from <= key < to`, in key order. For ranges that are known to be short:
    /// the records of one data subject, one contact point.
    pub fn all<T: DeserializeOwned>(
        &self,
        from: &[u8],
        to: &[u8],
    ) -> Result<Vec<(Vec<u8>, T)>, Fault> {
        if from >= to {
            return Ok(Vec::new());
        }
        let stored = self.view.scan(from, to, usize::MAX)?;
        let mut merged: BTreeMap<Vec<u8>, Option<Vec<u8>>> =
            stored.into_iter().map(|(key, value)| (key, Some(value))).collect();
        for (key, value) in self.writes.range(from.to_vec()..to.to_vec()) {
            merged.insert(key.clone(), value.clone());
        }
        let present = merged.into_iter().filter_map(|(key, value)| Some((key, value?)));
        present.map(|(key, value)| Ok((key, decode(&value)?))).collect()
    }

    /// The writes, when the decision is done.
    pub fn into_writes(self) -> Writes {
        self.writes
    }

    fn first_written(&self, from: &[u8], to: &[u8]) -> Option<Entry> {
        if from >= to {
            return None;
        }
        let mut range = self.writes.range(from.to_vec()..to.to_vec());
        range.find_map(|(key, value)| Some((key.clone(), value.clone()?)))
    }

    fn first_stored(&self, from: &[u8], to: &[u8]) -> Result<Option<Entry>, Fault> {
        let mut next = from.to_vec();
        while next.as_slice() < to {
            let page = self.view.scan(&next, to, 16)?;
            let Some((last, _)) = page.last() else { return Ok(None) };
            next = successor(last);
            let visible = page.into_iter().find(|(key, _)| !self.writes.contains_key(key));
            if visible.is_some() {
                return Ok(visible);
            }
        }
        Ok(None)
    }
}

/// The smallest key greater than `key`.
fn successor(key: &[u8]) -> Vec<u8> {
    let mut next = key.to_vec();
    next.push(0);
    next
}

fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Fault> {
    postcard::from_bytes(bytes)
        .map_err(|error| Fault::new(Code::STO_003, format!("a record cannot be read: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(keys: &[&str]) -> BTreeMap<Vec<u8>, Vec<u8>> {
        let record = |key: &&str| (key.as_bytes().to_vec(), postcard::to_stdvec(*key).unwrap());
        keys.iter().map(record).collect()
    }

    #[test]
    fn writes_hide_what_is_stored() {
        let view = stored(&["a", "b"]);
        let mut state = State::new(&view);
        state.write(b"a".to_vec(), &"new");
        state.remove(b"b".to_vec());
        assert_eq!(state.read::<String>(b"a").unwrap().as_deref(), Some("new"));
        assert_eq!(state.read::<String>(b"b").unwrap(), None);
    }

    #[test]
    fn a_scan_merges_both_in_key_order_and_stops_before_its_end() {
        let view = stored(&["a", "c", "e", "z"]);
        let mut state = State::new(&view);
        state.write(b"b".to_vec(), &"b");
        state.write(b"d".to_vec(), &"d");
        state.remove(b"c".to_vec());
        let found: Vec<String> =
            state.all(b"a", b"z").unwrap().into_iter().map(|(_, record)| record).collect();
        assert_eq!(found, ["a", "b", "d", "e"]);
    }

    #[test]
    fn a_damaged_record_is_a_fault_and_not_a_default() {
        let view = BTreeMap::from([(b"a".to_vec(), vec![0xFF; 3])]);
        let fault = State::new(&view).read::<String>(b"a").unwrap_err();
        assert_eq!(fault.code, Code::STO_003);
    }
}
