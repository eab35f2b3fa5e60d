//! The engine's memory: typed records over an ordered map of bytes.
//!
//! Everything the engine remembers between batches (ledger, waiting judgements, detector state,
//! data map, checkpoint) is a record here, so that one transaction of the store keeps them
//! consistent and one decision depends on nothing else.

use std::any::Any;
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::keys;
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

/// Where a record lies: a store may lay out the two parts differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Facts about people: by far the most records, small, asked for one by one in no order.
    Ledger,
    /// Everything else: few records, of which many are written again with every decision.
    Rest,
}

impl Part {
    /// The part that a key belongs to.
    pub fn of(key: &[u8]) -> Part {
        match key.first() {
            Some(kind) if keys::LEDGER.contains(kind) => Part::Ledger,
            _ => Part::Rest,
        }
    }

    /// The one part that holds all keys with `from <= key < to`, if only one can.
    pub fn of_range(from: &[u8], to: &[u8]) -> Option<Part> {
        let first = from.first().copied().unwrap_or(0);
        let last = match to {
            [] => first,
            [kind] => kind.saturating_sub(1).max(first),
            [kind, ..] => *kind,
        };
        let part = Part::of(&[first]);
        (first..=last).all(|kind| Part::of(&[kind]) == part).then_some(part)
    }
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

/// A record as the decision in progress has left it.
enum Written {
    Bytes(Vec<u8>),
    /// Of a key that the view does not hold.
    Added(Vec<u8>),
    /// Serialised when the decision is done.
    Held(Box<dyn Held>),
    Removed,
}

impl Written {
    fn bytes(&self) -> Option<Cow<'_, [u8]>> {
        match self {
            Written::Bytes(bytes) | Written::Added(bytes) => Some(Cow::Borrowed(bytes)),
            Written::Held(record) => Some(Cow::Owned(record.encode())),
            Written::Removed => None,
        }
    }

    fn into_bytes(self) -> Option<Vec<u8>> {
        self.bytes().map(Cow::into_owned)
    }
}

/// A record of any kind.
trait Held {
    fn encode(&self) -> Vec<u8>;
    fn into_any(self: Box<Self>) -> Box<dyn Any>;
}

impl<T: Serialize + 'static> Held for T {
    fn encode(&self) -> Vec<u8> {
        encode(self)
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}

/// How many entries are read at a time while the first one is looked for.
const PAGE: usize = 16;

/// What the view holds from a key on, whatever the decision in progress has written.
struct Page {
    from: Vec<u8>,
    entries: Vec<Entry>,
    /// Whether there is nothing behind the last entry.
    last: bool,
}

impl Page {
    /// Whether it tells what lies first from this key on, or from where else to look for it.
    fn reaches(&self, from: &[u8]) -> bool {
        let end = self.entries.last().map(|(key, _)| key.as_slice());
        self.from.as_slice() <= from && (self.last || end.is_some_and(|end| from <= end))
    }
}

/// A record under its key.
type Shared = (Vec<u8>, Rc<dyn Any>);

/// A view with the writes of the decision in progress on top.
pub struct State<'a> {
    view: &'a dyn View,
    writes: BTreeMap<Vec<u8>, Written>,
    /// What the view said of the records that many changes ask for, until one is written.
    recalled: RefCell<BTreeMap<Vec<u8>, Option<Vec<u8>>>>,
    /// The record that was shared last, as it stands: one change asks for the same one several
    /// times over.
    shared: RefCell<Option<Shared>>,
    /// What was read last of each range that [`State::first`] was asked for, by its end: what is
    /// due is asked for at every transaction, and the view does not change meanwhile.
    ahead: RefCell<BTreeMap<Vec<u8>, Page>>,
}

impl<'a> State<'a> {
    /// No writes yet.
    pub fn new(view: &'a dyn View) -> Self {
        let (recalled, shared) = (RefCell::default(), RefCell::default());
        State { view, writes: BTreeMap::new(), recalled, shared, ahead: RefCell::default() }
    }

    /// Reads a record.
    pub fn read<T: DeserializeOwned>(&self, key: &[u8]) -> Result<Option<T>, Fault> {
        match self.writes.get(key) {
            Some(written) => written.bytes().map(|bytes| decode(&bytes)).transpose(),
            None => self.view.get(key)?.map(|bytes| decode(&bytes)).transpose(),
        }
    }

    /// Reads a record, or the empty one when there is none. Asked again for the same record it
    /// does not look or decode again.
    pub fn share<T: DeserializeOwned + Default + 'static>(
        &self,
        key: &[u8],
    ) -> Result<Rc<T>, Fault> {
        if let Some((last, record)) = &*self.shared.borrow()
            && last == key
        {
            return Ok(Rc::clone(record).downcast().expect("a key holds one kind of record"));
        }
        let record = Rc::new(self.read::<T>(key)?.unwrap_or_default());
        *self.shared.borrow_mut() = Some((key.to_vec(), record.clone()));
        Ok(record)
    }

    /// As [`State::share`], for whoever goes on to write it.
    pub fn own<T>(&mut self, key: &[u8]) -> Result<T, Fault>
    where
        T: DeserializeOwned + Default + Clone + 'static,
    {
        let record = self.share::<T>(key)?;
        *self.shared.get_mut() = None;
        Ok(Rc::unwrap_or_clone(record))
    }

    /// Writes a record that will be shared again.
    pub fn write_shared<T: Serialize + 'static>(&mut self, key: Vec<u8>, record: T) {
        self.write(key.clone(), &record);
        *self.shared.get_mut() = Some((key, Rc::new(record)));
    }

    /// Reads one of the few records that many changes ask for: the view is asked once.
    pub fn recall<T: DeserializeOwned>(&self, key: &[u8]) -> Result<Option<T>, Fault> {
        let mut recalled = self.recalled.borrow_mut();
        if let Some(bytes) = recalled.get(key) {
            return bytes.as_deref().map(decode).transpose();
        }
        if self.writes.contains_key(key) {
            return self.read(key);
        }
        let bytes = self.view.get(key)?;
        let record = bytes.as_deref().map(decode).transpose();
        recalled.insert(key.to_vec(), bytes);
        record
    }

    /// Writes a record.
    pub fn write<T: Serialize>(&mut self, key: Vec<u8>, record: &T) {
        self.put(key, Written::Bytes(encode(record)));
    }

    /// Writes a record under a key that the view is known not to hold: what is removed again by the
    /// same decision leaves no trace.
    pub fn add<T: Serialize>(&mut self, key: Vec<u8>, record: &T) {
        self.put(key, Written::Added(encode(record)));
    }

    /// Writes a large record that the same decision will want again: see [`State::take`].
    pub fn hold<T: Serialize + 'static>(&mut self, key: Vec<u8>, record: T) {
        self.put(key, Written::Held(Box::new(record)));
    }

    /// Reads a record that is changed and then held again; until then it may be missing.
    pub fn take<T: DeserializeOwned + 'static>(&mut self, key: &[u8]) -> Result<Option<T>, Fault> {
        if let Some(Written::Held(_)) = self.writes.get(key)
            && let Some(Written::Held(record)) = self.writes.remove(key)
        {
            let record = record.into_any().downcast::<T>();
            return Ok(Some(*record.expect("a key holds one kind of record")));
        }
        self.read(key)
    }

    /// Removes a record.
    pub fn remove(&mut self, key: Vec<u8>) {
        if let Some(Written::Added(_)) = self.writes.get(&key) {
            self.writes.remove(&key);
            return;
        }
        self.put(key, Written::Removed);
    }

    fn put(&mut self, key: Vec<u8>, record: Written) {
        let shared = self.shared.get_mut();
        if shared.as_ref().is_some_and(|(last, _)| *last == key) {
            *shared = None;
        }
        self.recalled.get_mut().remove(&key);
        self.writes.insert(key, record);
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
            merged.insert(key.clone(), value.bytes().map(Cow::into_owned));
        }
        let present = merged.into_iter().filter_map(|(key, value)| Some((key, value?)));
        present.map(|(key, value)| Ok((key, decode(&value)?))).collect()
    }

    /// As [`State::all`], the keys alone.
    pub fn keys(&self, from: &[u8], to: &[u8]) -> Result<Vec<Vec<u8>>, Fault> {
        let stored = self.view.scan(from, to, usize::MAX)?;
        let mut keys: BTreeSet<Vec<u8>> = stored.into_iter().map(|(key, _)| key).collect();
        for (key, value) in self.writes.range(from.to_vec()..to.to_vec()) {
            match value {
                Written::Removed => keys.remove(key),
                Written::Bytes(_) | Written::Added(_) | Written::Held(_) => {
                    keys.insert(key.clone())
                }
            };
        }
        Ok(keys.into_iter().collect())
    }

    /// The writes, when the decision is done.
    pub fn into_writes(self) -> Writes {
        let writes = self.writes.into_iter();
        writes.map(|(key, written)| (key, written.into_bytes())).collect()
    }

    fn first_written(&self, from: &[u8], to: &[u8]) -> Option<Entry> {
        if from >= to {
            return None;
        }
        let mut range = self.writes.range(from.to_vec()..to.to_vec());
        range.find_map(|(key, value)| Some((key.clone(), value.bytes()?.into_owned())))
    }

    fn first_stored(&self, from: &[u8], to: &[u8]) -> Result<Option<Entry>, Fault> {
        if from >= to {
            return Ok(None);
        }
        let mut ahead = self.ahead.borrow_mut();
        let known = ahead.remove(to).filter(|page| page.reaches(from));
        let mut page = known.map_or_else(|| self.page(from.to_vec(), to), Ok)?;
        let first = loop {
            let behind = page.entries.partition_point(|(key, _)| key.as_slice() < from);
            let mut left = page.entries[behind..].iter();
            let visible = left.find(|(key, _)| !self.writes.contains_key(key));
            if visible.is_some() || page.last {
                break visible.cloned();
            }
            let end = page.entries.last().map_or(from, |(key, _)| key);
            page = self.page(successor(end), to)?;
        };
        ahead.insert(to.to_vec(), page);
        Ok(first)
    }

    fn page(&self, from: Vec<u8>, to: &[u8]) -> Result<Page, Fault> {
        let entries = self.view.scan(&from, to, PAGE)?;
        let last = entries.len() < PAGE;
        Ok(Page { from, entries, last })
    }
}

/// The smallest key greater than `key`.
fn successor(key: &[u8]) -> Vec<u8> {
    let mut next = key.to_vec();
    next.push(0);
    next
}

fn encode<T: Serialize + ?Sized>(record: &T) -> Vec<u8> {
    postcard::to_stdvec(record).expect("records of the engine serialise")
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
    fn the_first_record_is_found_wherever_the_search_begins_and_whatever_was_written() {
        let keys: Vec<String> = (10..60).map(|number| number.to_string()).collect();
        let view = stored(&keys.iter().map(String::as_str).collect::<Vec<_>>());
        let mut state = State::new(&view);
        let first = |state: &State, from: &str| {
            let found = state.first::<String>(from.as_bytes(), b"60").unwrap();
            found.map(|(key, _)| String::from_utf8(key).unwrap())
        };
        for from in ["10", "300", "26", "25x", "59", "59x", "10"] {
            let expected = keys.iter().find(|key| key.as_str() >= from).cloned();
            assert_eq!(first(&state, from), expected, "from {from}");
        }
        for number in 10..59 {
            state.remove(number.to_string().into_bytes());
        }
        assert_eq!(first(&state, "10").as_deref(), Some("59"));
        state.write(b"40".to_vec(), &"new");
        assert_eq!(first(&state, "10").as_deref(), Some("40"));
        assert_eq!(first(&state, "41").as_deref(), Some("59"));
        state.remove(b"59".to_vec());
        assert_eq!(first(&state, "41"), None);
        assert_eq!(first(&state, "10").as_deref(), Some("40"));
        assert_eq!(first(&state, "60"), None);
    }

    #[test]
    fn what_is_added_and_removed_again_leaves_no_trace() {
        let view = stored(&["a"]);
        let mut state = State::new(&view);
        state.add(b"b".to_vec(), &"b");
        assert_eq!(state.first::<String>(b"b", b"c").unwrap().unwrap().1, "b");
        state.add(b"c".to_vec(), &"c");
        state.remove(b"b".to_vec());
        state.remove(b"a".to_vec());
        assert_eq!(state.first::<String>(b"a", b"d").unwrap().unwrap().1, "c");
        let writes = state.into_writes();
        assert_eq!(writes.keys().collect::<Vec<_>>(), [&b"a".to_vec(), &b"c".to_vec()]);
        assert_eq!(writes[b"a".as_slice()], None);
    }

    #[test]
    fn a_held_record_is_read_taken_and_written_like_any_other() {
        let view = stored(&["a"]);
        let mut state = State::new(&view);
        assert_eq!(state.take::<String>(b"a").unwrap().as_deref(), Some("a"));
        state.hold(b"a".to_vec(), "held".to_owned());
        assert_eq!(state.read::<String>(b"a").unwrap().as_deref(), Some("held"));
        assert_eq!(state.all::<String>(b"a", b"b").unwrap()[0].1, "held");
        assert_eq!(state.take::<String>(b"a").unwrap().as_deref(), Some("held"));
        state.hold(b"a".to_vec(), "again".to_owned());
        let written = postcard::to_stdvec("again").unwrap();
        assert_eq!(state.into_writes(), Writes::from([(b"a".to_vec(), Some(written))]));
    }

    #[test]
    fn what_is_recalled_gives_way_to_what_is_written() {
        let view = stored(&["a"]);
        let mut state = State::new(&view);
        assert_eq!(state.recall::<String>(b"a").unwrap().as_deref(), Some("a"));
        assert_eq!(state.recall::<String>(b"b").unwrap(), None);
        state.write(b"b".to_vec(), &"new");
        state.remove(b"a".to_vec());
        assert_eq!(state.recall::<String>(b"a").unwrap(), None);
        assert_eq!(state.recall::<String>(b"b").unwrap().as_deref(), Some("new"));
    }

    #[test]
    fn what_is_shared_follows_what_is_written() {
        let view = stored(&["a"]);
        let mut state = State::new(&view);
        let share = |state: &State, key: &str| state.share::<String>(key.as_bytes()).unwrap();
        assert_eq!(*share(&state, "a"), "a");
        assert_eq!(*share(&state, "none"), "");
        assert_eq!(*share(&state, "a"), "a");
        state.write(b"a".to_vec(), &"new");
        assert_eq!(*share(&state, "a"), "new");
        let owned: String = state.own(b"a").unwrap();
        assert_eq!((owned.as_str(), share(&state, "a").as_str()), ("new", "new"));
        state.write_shared(b"a".to_vec(), "newest".to_owned());
        assert_eq!(*share(&state, "a"), "newest");
        assert_eq!(state.read::<String>(b"a").unwrap().as_deref(), Some("newest"));
        state.remove(b"a".to_vec());
        assert_eq!(*share(&state, "a"), "");
    }

    #[test]
    fn a_damaged_record_is_a_fault_and_not_a_default() {
        let view = BTreeMap::from([(b"a".to_vec(), vec![0xFF; 3])]);
        let fault = State::new(&view).read::<String>(b"a").unwrap_err();
        assert_eq!(fault.code, Code::STO_003);
    }
}
