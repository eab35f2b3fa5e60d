//! What servers may say: well-behaved ones, and those that a fuzz target has thought up.

use proptest::prelude::*;

use super::*;
use crate::model::Code;

fn frame(tag: u8, body: &[u8]) -> Vec<u8> {
    [&[tag][..], &(body.len() as u32 + 4).to_be_bytes(), body].concat()
}

fn row(cells: &[&str]) -> Vec<u8> {
    let cell = |cell: &&str| [&(cell.len() as u32).to_be_bytes(), cell.as_bytes()].concat();
    let content: Vec<u8> = cells.iter().flat_map(cell).collect();
    frame(b'D', &[&(cells.len() as u16).to_be_bytes(), &content[..]].concat())
}

/// A login without a password, the answers to our questions, and a stream.
fn well_behaved() -> Vec<u8> {
    let mut said = frame(b'R', &[0; 4]);
    said.extend(frame(b'S', b"server_encoding\0UTF8\0"));
    said.extend(frame(b'Z', b"I"));
    said.extend(row(&["7", "2", "0/9000", "crm"]));
    said.extend(frame(b'Z', b"I"));
    said.extend(row(&["00000002.history", "1\t0/3000\tno reason\n"]));
    said.extend(frame(b'Z', b"I"));
    said.extend(frame(b'W', &[0; 3]));
    said.extend(frame(b'd', &[&b"k"[..], &[0; 17]].concat()));
    for line in include_str!("../../../../tests/wire/recorded.hex").lines() {
        let digit = |at: usize| u8::from_str_radix(&line[at..at + 2], 16).unwrap();
        let message = (0..line.len() / 2).map(|at| digit(2 * at));
        let header = [&b"w"[..], &[0; 24]].concat();
        said.extend(frame(b'd', &header.into_iter().chain(message).collect::<Vec<_>>()));
    }
    said
}

fn first_of_scram(iterations: &str) -> Vec<u8> {
    let offered = frame(b'R', &[&[0, 0, 0, 10][..], b"SCRAM-SHA-256\0\0"].concat());
    let nonce = str::from_utf8(NONCE).unwrap();
    let first = format!("r={nonce}server,s=c2FsdA==,i={iterations}");
    [offered, frame(b'R', &[&[0, 0, 0, 11][..], first.as_bytes()].concat())].concat()
}

#[test]
fn a_well_behaved_server_is_followed_to_the_end_in_any_cut() {
    let said = well_behaved();
    for piece in [1, 3, 24, 4096, usize::MAX] {
        let heard = converse(&said, piece);
        assert!(heard.changes > 3, "{heard:?}");
        assert_eq!((heard.fault.code, heard), (Code::PG_008, converse(&said, said.len())));
    }
}

#[test]
fn a_server_that_never_lets_us_in_is_refused_and_not_believed() {
    let proof = frame(b'R', &[&[0, 0, 0, 12][..], b"v=AAAA"].concat());
    let in_at_last = frame(b'R', &[0; 4]);
    for said in [
        [first_of_scram("2"), proof].concat(),
        [first_of_scram("2"), in_at_last].concat(),
        frame(b'R', &[0, 0, 0, 11, b'r', b'=']),
        frame(b'R', &[0, 0, 0, 12]),
        frame(b'R', &[0, 0, 0, 5, 1, 2]),
        frame(b'R', &[0, 0, 0, 9]),
        frame(b'v', &[0; 8]),
        frame(b'E', b"C28P01\0Mno\0\0"),
    ] {
        assert_eq!(converse(&said, 5).fault.code, Code::PG_002);
    }
}

#[test]
fn a_server_cannot_have_us_hash_for_hours() {
    for iterations in ["1000001", "4294967295"] {
        let fault = converse(&first_of_scram(iterations), usize::MAX).fault;
        assert_eq!(fault.code, Code::PG_002);
        assert!(fault.cause.contains("rounds of hashing"), "{fault}");
    }
    // The nonce is ours, so the answer is made, and then the server hangs up.
    let fault = converse(&first_of_scram("4096"), usize::MAX).fault;
    assert_eq!(fault.code, Code::PG_001);
}

#[test]
fn nobody_has_our_memory_before_they_have_let_us_in() {
    let long = [&b"N"[..], &i32::to_be_bytes(1 << 20)].concat();
    assert_eq!(converse(&long, 1).fault.code, Code::WIR_001);
}

#[test]
fn an_answer_without_an_end_is_a_fault() {
    let mut said = [frame(b'R', &[0; 4]), frame(b'Z', b"I")].concat();
    let large = frame(b'D', &vec![0; 1 << 20]);
    (0..17).for_each(|_| said.extend(&large));
    assert_eq!(converse(&said, usize::MAX).fault.code, Code::WIR_001);
}

proptest! {
    #[test]
    fn any_harm_ends_in_a_fault_that_is_the_same_in_any_cut(
        at in any::<prop::sample::Index>(), byte in any::<u8>(), piece in 1usize..80
    ) {
        let mut said = well_behaved();
        let at = at.index(said.len());
        said[at] = byte;
        let heard = converse(&said, piece);
        prop_assert!(matches!(heard.fault.code.text().as_bytes(), [b'P', b'G', ..] | [b'W', ..]));
        prop_assert_eq!(heard, converse(&said, usize::MAX));
    }
}
