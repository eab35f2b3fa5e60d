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
    /// From here on to the page all that the view holds is hidden by writes, and stays so.
    hidden_from: Vec<u8>,
    entries: Vec<Entry>,
    /// Whether there is nothing behind the last entry.
    last: bool,
}

impl Page {
    /// Whether it tells what lies first from this key on, or from where else to look for it.
    fn reaches(&self, from: &[u8]) -> bool {
        let end = self.entries.last().map(|(key, _)| key.as_slice());
        self.hidden_from.as_slice() <= from && (self.last || end.is_some_and(|end| from <= end))
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
    /// Where records are serialised, so that each is allocated once and no larger than it is.
    scratch: Vec<u8>,
}

impl<'a> State<'a> {
    /// No writes yet.
    pub fn new(view: &'a dyn View) -> Self {
        let (recalled, shared) = (RefCell::default(), RefCell::default());
        let (ahead, scratch) = (RefCell::default(), Vec::new());
        State { view, writes: BTreeMap::new(), recalled, shared, ahead, scratch }
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
        let bytes = self.serialised(record);
        self.put(key, Written::Bytes(bytes));
    }

    /// Writes a record under a key that the view is known not to hold: what is removed again by the
    /// same decision leaves no trace.
    pub fn add<T: Serialize>(&mut self, key: Vec<u8>, record: &T) {
        let bytes = self.serialised(record);
        self.put(key, Written::Added(bytes));
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

    fn serialised<T: Serialize>(&mut self, record: &T) -> Vec<u8> {
        let scratch = postcard::to_extend(record, std::mem::take(&mut self.scratch));
        self.scratch = scratch.expect("records of the engine serialise");
        let bytes = self.scratch.to_vec();
        self.scratch.clear();
        bytes
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

    /// As [`State::first`], of what was there before the decision in progress and is left as it was.
    pub fn first_untouched<T: DeserializeOwned>(
        &self,
        from: &[u8],
        to: &[u8],
    ) -> Result<Option<(Vec<u8>, T)>, Fault> {
        let stored = self.first_stored(from, to)?;
        stored.map(|(key, bytes)| Ok((key, decode(&bytes)?))).transpose()
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
            let next = successor(end);
            let hidden_from = if behind == 0 { page.hidden_from } else { from.to_vec() };
            page = Page { hidden_from, ..self.page(next, to)? };
        };
        ahead.insert(to.to_vec(), page);
        Ok(first)
    }

    fn page(&self, from: Vec<u8>, to: &[u8]) -> Result<Page, Fault> {
        let entries = self.view.scan(&from, to, PAGE)?;
        let last = entries.len() < PAGE;
        Ok(Page { hidden_from: from, entries, last })
    }
}

/// The smallest key greater than `key`.
fn successor(key: &[u8]) -> Vec<u8> {
    let mut next = key.to_vec();
    next.push(0);
    next
}

/// The bytes of a record, or of a part of one that is kept as it is.
pub(super) fn encode<T: Serialize + ?Sized>(record: &T) -> Vec<u8> {
    postcard::to_stdvec(record).expect("records of the engine serialise")
}

/// A record from its bytes; `STO-003` when they are of something else.
pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Fault> {
    postcard::from_bytes(bytes)
        .map_err(|error| Fault::new(Code::STO_003, format!("a record cannot be read: {error}")))
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
