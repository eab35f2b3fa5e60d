//! Any bytes make a message or a fault, outside a chunk and within, and the memory of a message
//! stays proportional to them.
#![no_main]

use bytes::Bytes;
use lawtail::model::{Code, Fault, OldRow, Row};
use lawtail::wire::pgoutput::{Message, decode, decode_streamed};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let payload = Bytes::copy_from_slice(data);
    check(decode(&payload), data);
    check(decode_streamed(&payload).map(|(_, message)| message), data);
});

fn check(decoded: Result<Message, Fault>, data: &[u8]) {
    match decoded {
        Ok(Message::Insert { new, .. }) => bounded(&new, data),
        Ok(Message::Update { old, new, .. }) => {
            bounded(&new, data);
            old.identity().iter().for_each(|row| bounded(row, data));
        }
        Ok(Message::Delete { old, .. }) => {
            assert_ne!(old, OldRow::Absent);
            old.identity().iter().for_each(|row| bounded(row, data));
        }
        Ok(Message::Relation(table)) => assert!(table.columns.len() * 10 <= data.len()),
        Ok(Message::Truncate { relations, .. }) => assert!(relations.len() * 4 <= data.len()),
        Ok(_) => {}
        Err(fault) => assert_eq!(fault.code, Code::WIR_001),
    }
}

/// Every cell can be read and lies in the message.
fn bounded(row: &Row, data: &[u8]) {
    let content: usize =
        row.cells().filter_map(|cell| cell.known()).map(|content| content.reveal().len()).sum();
    assert!(row.width() + content <= data.len());
}
