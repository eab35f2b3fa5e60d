//! Tests of the engine's memory.

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
