//! Where each record of the engine lies. The first byte is the kind, so that a kind is a range.

use crate::model::{Channel, ChunkId, Code, Position, Reference, TableName, Timestamp};

/// Checkpoint and open transaction.
pub(super) const PROGRESS: &[u8] = b"P";

/// First byte of waiting judgements and finding windows, in the order in which they are due.
const DUE: u8 = b'W';

/// A data subject.
pub(super) fn subject(subject: Reference) -> Vec<u8> {
    join(b'S', &[&subject.0])
}

/// Every lawful basis of a data subject for a purpose: a range.
pub(super) fn bases(subject: Reference, purpose: &str) -> (Vec<u8>, Vec<u8>) {
    prefix(join(b'B', &[&subject.0, purpose.as_bytes(), &[0]]))
}

/// One lawful basis, by the row that records it.
pub(super) fn basis(subject: Reference, purpose: &str, row: Reference) -> Vec<u8> {
    join(b'B', &[&subject.0, purpose.as_bytes(), &[0], &row.0])
}

/// Whether a key is that of a lawful basis.
pub(super) fn is_basis(key: &[u8]) -> bool {
    key.first() == Some(&b'B')
}

/// Every permission of a holder (contact point or data subject) for a channel and purpose, the
/// empty purpose meaning every purpose: a range.
pub(super) fn permissions(
    holder: Reference,
    channel: Channel,
    purpose: &str,
) -> (Vec<u8>, Vec<u8>) {
    prefix(join(b'M', &[&holder.0, &[channel as u8], purpose.as_bytes(), &[0]]))
}

/// One permission, by the row and the place in the row that record it.
pub(super) fn permission(
    holder: Reference,
    channel: Channel,
    purpose: &str,
    row: Reference,
    place: u8,
) -> Vec<u8> {
    let parts: [&[u8]; 6] =
        [&holder.0, &[channel as u8], purpose.as_bytes(), &[0], &row.0, &[place]];
    join(b'M', &parts)
}

/// The keys of the bases and permissions that a row records.
pub(super) fn recorded_by(row: Reference) -> Vec<u8> {
    join(b'R', &[&row.0])
}

/// An erased data subject or contact point.
pub(super) fn erased(reference: Reference) -> Vec<u8> {
    join(b'E', &[&reference.0])
}

/// The columns of a row that other tables look up.
pub(super) fn looked_up(row: Reference) -> Vec<u8> {
    join(b'L', &[&row.0])
}

/// The data map of a table.
pub(super) fn profile(table: &TableName) -> Vec<u8> {
    join(b'C', &[table.schema.as_bytes(), &[0], table.name.as_bytes()])
}

/// Which coverage gaps of a table have been announced.
pub(super) fn announced(table: &TableName) -> Vec<u8> {
    join(b'A', &[table.schema.as_bytes(), &[0], table.name.as_bytes()])
}

/// The window in which one finding stands for all of its kind.
pub(super) fn window(code: Code, whom: Reference, purpose: &str) -> Vec<u8> {
    join(b'F', &[code.text().as_bytes(), &[0], &whom.0, purpose.as_bytes()])
}

/// Since when the records of a table stand: those written before were emptied away.
pub(super) fn emptied(table: &TableName) -> Vec<u8> {
    join(b'X', &[table.schema.as_bytes(), &[0], table.name.as_bytes()])
}

/// Since when the records of every table stand: an initial copy replaces whatever came before.
pub(super) const COPIED: &[u8] = b"Y";

/// The copy that has begun and has not ended.
pub(super) const COPY: &[u8] = b"ZC";

/// The tables that have been copied.
pub(super) const COPIED_TABLES: &[u8] = b"ZT";

/// How far a chunk of that copy has come.
pub(super) fn copy_mark(chunk: ChunkId) -> Vec<u8> {
    join(b'Z', &[b"M", &chunk.relation.to_be_bytes(), &chunk.page.to_be_bytes()])
}

/// How far every chunk has come: a range.
pub(super) fn copy_marks() -> (Vec<u8>, Vec<u8>) {
    prefix(b"ZM".to_vec())
}

/// Stream time at the end of an unbroken part of the stream.
pub(super) fn part_end(part: u32) -> Vec<u8> {
    join(b'G', &[&part.to_be_bytes()])
}

/// Something due at a moment, made by the change at `position`; `lane` tells apart what one change
/// may leave behind.
pub(super) fn due(time: Timestamp, position: Position, lane: u8) -> Vec<u8> {
    let commit = position.commit.0.to_be_bytes();
    join(DUE, &[&time.sortable(), &commit, &position.ordinal.to_be_bytes(), &[lane]])
}

/// Everything due before a moment: a range.
pub(super) fn due_before(time: Timestamp) -> (Vec<u8>, Vec<u8>) {
    (vec![DUE], join(DUE, &[&time.sortable()]))
}

fn join(kind: u8, parts: &[&[u8]]) -> Vec<u8> {
    let mut key = Vec::with_capacity(1 + parts.iter().map(|part| part.len()).sum::<usize>());
    key.push(kind);
    parts.iter().for_each(|part| key.extend_from_slice(part));
    key
}

/// The range of all keys that start with `start`, which must end below 0xFF.
fn prefix(start: Vec<u8>) -> (Vec<u8>, Vec<u8>) {
    let mut end = start.clone();
    *end.last_mut().expect("a key has at least its kind") += 1;
    (start, end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_due_lies_in_the_order_of_time() {
        let at = |time| due(Timestamp(time), Position::default(), 0);
        assert!(at(-1) < at(0) && at(0) < at(1));
        let (from, to) = due_before(Timestamp(1));
        assert!(from <= at(-1) && at(0) < to && to <= at(1));
    }

    #[test]
    fn one_purpose_is_not_the_prefix_of_another() {
        let (someone, row) = (Reference([1; 16]), Reference([2; 16]));
        let (from, to) = bases(someone, "news");
        let other = basis(someone, "newsletter", row);
        assert!(!(from <= other && other < to));
        let own = basis(someone, "news", row);
        assert!(from <= own && own < to);
    }
}
