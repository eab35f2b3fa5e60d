//! Any sequence of messages makes events in order or a fault. A message is two bytes of length and
//! so many bytes of payload; what is told to be kept is kept and given back; after a fault the
//! connection begins anew.
#![no_main]

use std::collections::BTreeMap;

use bytes::Bytes;
use lawtail::model::{Code, Event, Fault, Lsn, Position};
use lawtail::wire::{Assembler, Sent, Then};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut assembler = Assembler::new(Lsn::ZERO);
    let mut kept = BTreeMap::new();
    let mut events = Vec::new();
    let mut rest = data;
    while let Some((length, after)) = rest.split_first_chunk::<2>() {
        let length = usize::from(u16::from_be_bytes(*length)).min(after.len());
        let (payload, after) = after.split_at(length);
        rest = after;
        let payload = Bytes::copy_from_slice(payload);
        if let Err(fault) = take(&mut assembler, &mut kept, payload, &mut events) {
            assert_eq!(fault.code, Code::WIR_001);
            assembler = Assembler::new(Lsn::ZERO);
            kept.clear();
        }
    }
    events.retain(|event| {
        !matches!(event, Event::Message(_) | Event::Uncommitted(_) | Event::Gap(_))
    });
    for pair in events.windows(2) {
        let (before, after) = (position(&pair[0]), position(&pair[1]));
        match pair[1] {
            Event::Begin(_) => assert_eq!(after.ordinal, 0),
            _ => assert_eq!(after, Position { ordinal: before.ordinal + 1, ..before }),
        }
    }
});

fn take(
    assembler: &mut Assembler,
    kept: &mut BTreeMap<u32, Vec<Bytes>>,
    payload: Bytes,
    events: &mut Vec<Event>,
) -> Result<(), Fault> {
    match assembler.receive(Sent::default(), &payload, events)? {
        Then::Nothing | Then::Ask { .. } | Then::Say(_) => {}
        Then::Keep { xid } => kept.entry(xid).or_default().push(payload),
        Then::Drop { xid } => drop(kept.remove(&xid)),
        Then::Replay { xid } => {
            for payload in kept.remove(&xid).unwrap_or_default() {
                assembler.replay(&payload, events)?;
            }
            assembler.end_replay(events)?;
        }
    }
    Ok(())
}

fn position(event: &Event) -> Position {
    match event {
        Event::Begin(begin) => Position { commit: begin.commit, ordinal: 0 },
        Event::Change(change) => change.position,
        Event::Commit(commit) => commit.position,
        _ => panic!("only these have a position"),
    }
}
