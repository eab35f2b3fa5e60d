//! What a real server sent, recorded once (`tests/wire/recorded.sql` says how), through the decoder,
//! the assembler and the journal. `UPDATE_EXPECT=1` writes the expected journal anew.

use bytes::Bytes;
use expect_test::expect_file;
use lawtail::model::{Event, Lsn};
use lawtail::wire::journal;
use lawtail::wire::pgoutput::{Message, decode};
use lawtail::wire::{Assembler, Sent, Then};

/// The recorded payloads, one per line in hexadecimal.
fn payloads() -> Vec<Bytes> {
    include_str!("wire/recorded.hex").lines().map(bytes_of).collect()
}

fn bytes_of(line: &str) -> Bytes {
    let byte = |at| u8::from_str_radix(&line[at..at + 2], 16).expect("two hexadecimal digits");
    (0..line.len()).step_by(2).map(byte).collect()
}

fn events(payloads: &[Bytes]) -> Vec<Event> {
    let mut assembler = Assembler::new(Lsn::ZERO);
    let mut events = Vec::new();
    for payload in payloads {
        let then = assembler.receive(Sent::default(), payload, &mut events);
        assert_eq!(then, Ok(Then::Nothing), "the server keeps the order");
    }
    events
}

#[test]
fn a_recorded_stream_becomes_the_expected_journal() {
    let events = events(&payloads());
    let journal = journal::write(&events);
    expect_file!["wire/recorded.jsonl"].assert_eq(&journal);
    assert_eq!(journal::read(&journal), Ok(events));
}

#[test]
fn the_recording_holds_every_kind_of_message() {
    let mut kinds: Vec<_> = payloads().iter().map(|payload| char::from(payload[0])).collect();
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds.into_iter().collect::<String>(), "BCDIMORTUY");
}

#[test]
fn every_truncation_of_a_recorded_message_is_an_error() {
    for payload in payloads() {
        for length in 0..payload.len() {
            assert!(decode(&payload.slice(..length)).is_err());
        }
    }
}

#[test]
fn an_application_message_and_a_truncation_carry_what_the_server_was_told() {
    let messages: Vec<_> = payloads().iter().map(|p| decode(p).unwrap()).collect();
    let emitted = messages.iter().find_map(|message| match message {
        Message::Emitted(emitted) => Some(emitted),
        _ => None,
    });
    let emitted = emitted.expect("one was emitted");
    assert!(emitted.transactional);
    assert_eq!((emitted.prefix.as_str(), &emitted.content[..]), ("basis", &b"contract"[..]));
    let truncated = |message: &Message| {
        matches!(message, Message::Truncate { relations, cascade: false, restart_identity: true }
            if relations.len() == 2)
    };
    assert!(messages.iter().any(truncated));
}
