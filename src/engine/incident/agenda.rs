//! What falls due at some moment of stream time, kept in the engine's state.
//!
//! Asking whether anything is due reads one small record; the entries are only looked at when
//! something is.

use serde::{Deserialize, Serialize};

use crate::engine::state::State;
use crate::model::{Fault, Timestamp};

const NEXT: &[u8] = b"incident/next";
const ENTRIES: &[u8] = b"incident/due/";
const ENTRIES_END: &[u8] = b"incident/due0";

/// One entry. Each names a record by its key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Due {
    /// An incident may have gone quiet.
    Quiet(Vec<u8>),
    /// The time for notification has run out.
    Deadline(Vec<u8>),
    /// A case may be forgotten.
    Case(Vec<u8>),
    /// An alarm may have been lost sight of for too long, or need not be remembered any more.
    Alarm(Vec<u8>),
}

/// Enters something.
pub(super) fn schedule(state: &mut State, time: Timestamp, due: &Due) -> Result<(), Fault> {
    let (Due::Quiet(record) | Due::Deadline(record) | Due::Alarm(record) | Due::Case(record)) = due;
    let key = [ENTRIES, &time.sortable(), record].concat();
    state.write(key, &(time, due));
    let next = state.recall::<Timestamp>(NEXT)?;
    if next.is_none_or(|next| time < next) {
        state.write(NEXT.to_vec(), &time);
    }
    Ok(())
}

/// Takes the first entry that is due, if there is one.
pub(super) fn take(state: &mut State, now: Timestamp) -> Result<Option<Due>, Fault> {
    if state.recall::<Timestamp>(NEXT)?.is_none_or(|next| now < next) {
        return Ok(None);
    }
    match state.first::<(Timestamp, Due)>(ENTRIES, ENTRIES_END)? {
        None => {
            state.remove(NEXT.to_vec());
            Ok(None)
        }
        Some((_, (time, _))) if now < time => {
            state.write(NEXT.to_vec(), &time);
            Ok(None)
        }
        Some((key, (_, due))) => {
            state.remove(key);
            Ok(Some(due))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn entries_come_in_the_order_of_time_and_only_once_due() {
        let view = BTreeMap::new();
        let mut state = State::new(&view);
        let entry = |name: &str| Due::Quiet(name.as_bytes().to_vec());
        for (time, name) in [(30, "c"), (10, "a"), (20, "b"), (20, "bb")] {
            schedule(&mut state, Timestamp(time), &entry(name)).unwrap();
        }
        let mut take = |now| take(&mut state, Timestamp(now)).unwrap();
        assert_eq!(take(9), None);
        assert_eq!(take(10), Some(entry("a")));
        assert_eq!(take(19), None);
        assert_eq!(take(20), Some(entry("b")));
        assert_eq!(take(20), Some(entry("bb")));
        assert_eq!(take(20), None);
        assert_eq!(take(99), Some(entry("c")));
        assert_eq!(take(99), None);
    }
}
