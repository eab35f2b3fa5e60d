//! Any sequence of messages makes events in order or a fault. A message is two bytes of length and
//! so many bytes of payload; after a fault the connection begins anew.
#![no_main]

use bytes::Bytes;
use lawtail::model::{Code, Event, Position};
use lawtail::wire::Assembler;
use lawtail::wire::pgoutput::decode;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut assembler = Assembler::new();
    let mut events = Vec::new();
    let mut rest = data;
    while let Some((length, after)) = rest.split_first_chunk::<2>() {
        let length = usize::from(u16::from_be_bytes(*length)).min(after.len());
        let (payload, after) = after.split_at(length);
        rest = after;
        let Ok(message) = decode(&Bytes::copy_from_slice(payload)) else { continue };
        if let Err(fault) = assembler.take(message, &mut events) {
            assert_eq!(fault.code, Code::WIR_001);
            assembler.reset();
        }
    }
    events.retain(|event| !matches!(event, Event::Message(_)));
    for pair in events.windows(2) {
        let (before, after) = (position(&pair[0]), position(&pair[1]));
        match pair[1] {
            Event::Begin(_) => assert_eq!(after.ordinal, 0),
            _ => assert_eq!(after, Position { ordinal: before.ordinal + 1, ..before }),
        }
    }
});

fn position(event: &Event) -> Position {
    match event {
        Event::Begin(begin) => Position { commit: begin.commit, ordinal: 0 },
        Event::Change(change) => change.position,
        Event::Commit(commit) => commit.position,
        _ => panic!("only these have a position"),
    }
}
