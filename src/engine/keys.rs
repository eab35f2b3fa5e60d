//! Where each record of the engine lies. The first byte is the kind, so that a kind is a range.

use super::ledger::Place;
use crate::model::{Channel, ChunkId, Code, Lsn, Position, Reference, TableName, Timestamp};

/// The kinds of record of which there are as many as people, contact points and rows, looked up at
/// random: data subjects, bases, permissions, what rows record, what other tables look up, about
/// whom a record is, what rules and duties remember of data subjects.
pub(super) const LEDGER: &[u8] = b"02BLMRSr";

/// What has been said of the policies.
pub(super) const POLICIES: &[u8] = b"e";

/// Checkpoint and open transaction.
pub(super) const PROGRESS: &[u8] = b"P";

/// The interval that is being observed.
pub(super) const OBSERVED: &[u8] = b"7";

/// First byte of waiting judgements and finding windows, in the order in which they are due.
const DUE: u8 = b'W';

/// Everything that is or will be due: a range.
pub(super) const DUE_FROM: &[u8] = &[DUE];

/// See [`DUE_FROM`].
pub(super) const DUE_END: &[u8] = &[DUE + 1];

/// A data subject: contact points and lawful bases.
pub(super) fn subject(subject: Reference) -> Vec<u8> {
    join(b'S', &[&subject.0])
}

/// How the names of all lawful bases of a data subject for a purpose begin.
pub(super) fn bases(subject: Reference, purpose: &str) -> Vec<u8> {
    join(b'B', &[&subject.0, purpose.as_bytes(), &[0]])
}

/// The name of one lawful basis, by the row that records it. It lies in the record of the data
/// subject as long as there is room.
pub(super) fn basis(subject: Reference, purpose: &str, row: Reference) -> Vec<u8> {
    join(b'B', &[&subject.0, purpose.as_bytes(), &[0], &row.0])
}

/// How the names of all lawful bases of a data subject begin.
pub(super) fn bases_of(subject: Reference) -> Vec<u8> {
    join(b'B', &[&subject.0])
}

/// Every permission of a holder: a range.
pub(super) fn permissions_of(holder: Reference) -> (Vec<u8>, Vec<u8>) {
    let from = join(b'M', &[&holder.0]);
    let to = [from.as_slice(), &[0xFF]].concat();
    (from, to)
}

/// How many permissions stand: a range.
pub(super) const CENSUS: &[u8] = b"3";

/// See [`CENSUS`].
pub(super) const CENSUS_END: &[u8] = b"4";

/// How many permissions the rows of a table record.
pub(super) fn census(table: &TableName) -> Vec<u8> {
    join(b'3', &[table.schema.as_bytes(), &[0], table.name.as_bytes()])
}

/// The channel and purpose that the name of a permission is about.
pub(super) fn scope_of_permission(name: &[u8]) -> Option<(Channel, &str)> {
    let (channel, rest) = name.get(1 + size_of::<Reference>()..)?.split_first()?;
    let channel = Channel::ALL.into_iter().find(|it| *it as u8 == *channel)?;
    let end = rest.iter().position(|byte| *byte == 0)?;
    Some((channel, std::str::from_utf8(&rest[..end]).ok()?))
}

/// How many changes a transaction has, as long as an own rule waits to hear it.
pub(super) fn transaction_size(place: Place) -> Vec<u8> {
    join(b'8', &[&place.part.to_be_bytes(), &place.position.commit.0.to_be_bytes()])
}

/// Whether a name is that of a lawful basis.
pub(super) fn is_basis(name: &[u8]) -> bool {
    name.first() == Some(&b'B')
}

/// Every permission of a holder (contact point or data subject) for a channel and purpose, the
/// empty purpose meaning every purpose.
pub(super) fn permissions(holder: Reference, channel: Channel, purpose: &str) -> Vec<u8> {
    join(b'M', &[&holder.0, &[channel as u8], purpose.as_bytes(), &[0]])
}

/// The name of one permission, by the row and the place in the row that record it.
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

/// The record among whose bases the ones are whose names begin like this, and how they are called
/// in it: by purpose and row.
pub(super) fn among_bases(name: &[u8]) -> (Vec<u8>, &[u8]) {
    let (subject, which) = name[1..].split_at(size_of::<Reference>());
    (join(b'S', &[subject]), which)
}

/// The record among whose permissions the ones are whose names begin like this, and how they are
/// called in it: by row and place in the row.
pub(super) fn among_permissions(name: &[u8]) -> (Vec<u8>, &[u8]) {
    let purpose = 1 + size_of::<Reference>() + 1;
    let end = name[purpose..].iter().position(|byte| *byte == 0);
    let (key, which) = name.split_at(end.map_or(name.len(), |end| purpose + end + 1));
    (key.to_vec(), which)
}

/// What lies behind a key that is the beginning of others: a range.
pub(super) fn behind(key: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let (mut from, mut to) = (key.to_vec(), key.to_vec());
    from.push(0);
    to.extend_from_slice(&[0xFF; 18]);
    (from, to)
}

/// The names of the bases and permissions that a row records.
pub(super) fn recorded_by(row: Reference) -> Vec<u8> {
    join(b'R', &[&row.0])
}

/// Whether anybody was ever erased.
pub(super) const ERASED: &[u8] = b"E";

/// An erased data subject or contact point.
pub(super) fn erased(reference: Reference) -> Vec<u8> {
    join(b'E', &[&reference.0])
}

/// A request that has not been answered, by its row.
pub(super) fn request(row: Reference) -> Vec<u8> {
    join(b'Q', &[&row.0])
}

/// Whether any consent was ever withdrawn.
pub(super) const WITHDRAWN: &[u8] = b"K";

/// The consents that a data subject has withdrawn.
pub(super) fn withdrawn(subject: Reference) -> Vec<u8> {
    join(b'K', &[&subject.0])
}

/// Whether anybody ever objected by way of a request that was granted.
pub(super) const OBJECTED: &[u8] = b"2O";

/// The objections of a data subject that were granted.
pub(super) fn objected(subject: Reference) -> Vec<u8> {
    join(b'2', &[b"O", &subject.0])
}

/// Whether anybody ever objected to profiling.
pub(super) const UNPROFILED: &[u8] = b"2U";

/// The rows that say that a data subject has objected to profiling.
pub(super) fn unprofiled(subject: Reference) -> Vec<u8> {
    join(b'2', &[b"U", &subject.0])
}

/// How long the data of a data subject is kept.
pub(super) fn kept(subject: Reference) -> Vec<u8> {
    join(b'r', &[b"K", &subject.0])
}

/// The rows about a data subject for which it is to be kept by law.
pub(super) fn holds(subject: Reference) -> Vec<u8> {
    join(b'r', &[b"H", &subject.0])
}

/// How long everybody's data is kept: a range.
pub(super) const KEPT_FROM: &[u8] = b"rK";

/// See [`KEPT_FROM`].
pub(super) const KEPT_END: &[u8] = b"rL";

/// Whose record a key of that range names.
pub(super) fn kept_by(key: &[u8]) -> Option<Reference> {
    Some(Reference(key.get(2..)?.try_into().ok()?))
}

/// Which contact points of a data subject were changed.
pub(super) fn readdressed(subject: Reference) -> Vec<u8> {
    join(b'r', &[b"A", &subject.0])
}

/// The channel by which a data subject wants to be reached.
pub(super) fn preference(subject: Reference) -> Vec<u8> {
    join(b'r', &[b"C", &subject.0])
}

/// The purposes that a data subject consented to within one transaction.
pub(super) fn bundle(subject: Reference) -> Vec<u8> {
    join(b'r', &[b"B", &subject.0])
}

/// That a data subject is still to be informed of where the data came from.
pub(super) fn uninformed(subject: Reference) -> Vec<u8> {
    join(b'r', &[b"N", &subject.0])
}

/// Where a data subject made the last choices in a portal.
pub(super) fn choices(subject: Reference) -> Vec<u8> {
    join(b'r', &[b"P", &subject.0])
}

/// Something of a row that is wrong unless it is set right by its deadline.
pub(super) fn pending(code: Code, row: Reference, column: &str) -> Vec<u8> {
    join(b'1', &[code.text().as_bytes(), &row.0, column.as_bytes()])
}

/// The levels to which a data subject has consented.
pub(super) fn levels(subject: Reference) -> Vec<u8> {
    join(b'2', &[b"L", &subject.0])
}

/// Whether the CRM itself sees to levels of consent.
pub(super) const LEVELS_ENFORCED: &[u8] = b"2F";

/// What stood in the columns of a data subject before they were corrected.
pub(super) fn corrected(subject: Reference) -> Vec<u8> {
    join(b'2', &[b"C", &subject.0])
}

/// What one transaction has deleted of a data subject.
pub(super) fn deleted(commit: Lsn, subject: Reference) -> Vec<u8> {
    join(b'2', &[b"D", &commit.0.to_be_bytes(), &subject.0])
}

/// What rows have recorded of whoever this record turns out to be about.
pub(super) fn orphans(record: Reference) -> Vec<u8> {
    join(b'2', &[b"W", &record.0])
}

/// What rows have recorded of a purpose or channel that stands in this record.
pub(super) fn late(record: Reference) -> Vec<u8> {
    join(b'2', &[b"P", &record.0])
}

/// The records that what a row has recorded waits for.
pub(super) fn late_of(row: Reference) -> Vec<u8> {
    join(b'2', &[b"Q", &row.0])
}

/// The data subjects who have a contact point, where permissions are bound to none.
pub(super) fn shared(point: Reference) -> Vec<u8> {
    join(b'2', &[b"H", &point.0])
}

/// Where it is said whom a token stands for.
pub(super) fn token(token: Reference) -> Vec<u8> {
    join(b'2', &[b"T", &token.0])
}

/// When the last message came after a no of a holder to a channel and purpose.
pub(super) fn silence(holder: Reference, channel: Channel, purpose: &str) -> Vec<u8> {
    join(b'2', &[b"S", &holder.0, &[channel as u8], purpose.as_bytes()])
}

/// How many people an account has lately given values of a column.
pub(super) fn enriched(actor: Reference, table: &TableName, column: &str) -> Vec<u8> {
    let (schema, name) = (table.schema.as_bytes(), table.name.as_bytes());
    join(b'4', &[b"N", &actor.0, schema, &[0], name, &[0], column.as_bytes()])
}

/// On what scale an activity processes what asks for an impact assessment.
pub(super) fn scale(activity: &str) -> Vec<u8> {
    join(b'4', &[b"I", activity.as_bytes()])
}

/// That a data subject has asked for erasure, and where it stands.
pub(super) fn erasure_asked(subject: Reference) -> Vec<u8> {
    join(b'4', &[b"E", &subject.0])
}

/// An open row among requests whose kind is not known yet.
pub(super) fn unnamed_request(row: Reference) -> Vec<u8> {
    join(b'4', &[b"U", &row.0])
}

/// How many erased people the transaction has brought back that did so last.
pub(super) const RETURNED: &[u8] = b"4R";

/// The messages whose rows the transaction has deleted that did so last.
pub(super) const GONE_MESSAGES: &[u8] = b"4G";

/// The transaction that was the last to delete a row which had something to itself.
pub(super) const ASIDE: &[u8] = b"4A";

/// What a deleted row had to itself, by a letter for what that is.
pub(super) fn aside(what: u8, of: Reference) -> Vec<u8> {
    join(b'4', &[b"A", &[what], &of.0])
}

/// Since when nothing of the stream is missing.
pub(super) const UNBROKEN: &[u8] = b"pU";

/// The columns of a row that other tables look up.
pub(super) fn looked_up(row: Reference) -> Vec<u8> {
    join(b'L', &[&row.0])
}

/// About whom a record is through which the rows of other tables are about somebody.
pub(super) fn whose(record: Reference) -> Vec<u8> {
    join(b'0', &[&record.0])
}

/// The data map of a table.
pub(super) fn profile(table: &TableName) -> Vec<u8> {
    join(b'C', &[table.schema.as_bytes(), &[0], table.name.as_bytes()])
}

/// Which coverage gaps of a table have been announced.
pub(super) fn announced(table: &TableName) -> Vec<u8> {
    join(b'A', &[table.schema.as_bytes(), &[0], table.name.as_bytes()])
}

/// What has been told of a table that the register does not list.
pub(super) fn told(table: &TableName) -> Vec<u8> {
    join(b'U', &[table.schema.as_bytes(), &[0], table.name.as_bytes()])
}

/// What was done to a row for which an objection was lifted in the same transaction.
pub(super) fn lifted(row: Reference) -> Vec<u8> {
    join(b'4', &[b"L", &row.0])
}

/// When a table of the register was last seen.
pub(super) fn seen(table: &TableName) -> Vec<u8> {
    join(b'V', &[table.schema.as_bytes(), &[0], table.name.as_bytes()])
}

/// The window in which one finding stands for all of its kind.
pub(super) fn window(code: Code, whom: Reference, purpose: &str) -> Vec<u8> {
    join(b'F', &[code.text().as_bytes(), &[0], &whom.0, purpose.as_bytes()])
}

/// Since when the records of a table stand: those written before were emptied away.
pub(super) fn emptied(table: &TableName) -> Vec<u8> {
    join(b'X', &[table.schema.as_bytes(), &[0], table.name.as_bytes()])
}

/// When a table of permissions was emptied, and its rows did not go for good.
pub(super) fn cleared(table: &TableName) -> Vec<u8> {
    join(b'2', &[b"X", table.schema.as_bytes(), &[0], table.name.as_bytes()])
}

/// Since when the records of every table stand: an initial copy replaces whatever came before.
pub(super) const COPIED: &[u8] = b"Y";

/// Since when the rows of a table can no longer be counted person by person: one left, and whose it
/// was is not known.
pub(super) fn uncounted(table: &TableName) -> Vec<u8> {
    join(b'N', &[table.schema.as_bytes(), &[0], table.name.as_bytes()])
}

/// The copy was interrupted: some rows may have been counted twice.
pub(super) const MISCOUNTED: &[u8] = b"YI";

/// What a transaction that is still open has touched.
pub(super) fn open(xid: u32, first: Lsn) -> Vec<u8> {
    join(b'O', &[&xid.to_be_bytes(), &first.0.to_be_bytes()])
}

/// The copy that has begun and has not ended.
pub(super) const COPY: &[u8] = b"ZC";

/// How the tables that have been copied were read.
pub(super) const READINGS: &[u8] = b"ZR";

/// The tables that have been copied.
pub(super) const COPIED_TABLES: &[u8] = b"ZT";

/// Tables that a copy has left to one of their own, which has not ended yet.
pub(super) const AWAITED_TABLES: &[u8] = b"ZV";

/// How far a chunk of that copy has come.
pub(super) fn copy_mark(chunk: ChunkId) -> Vec<u8> {
    join(b'Z', &[b"M", &chunk.relation.to_be_bytes(), &chunk.page.to_be_bytes()])
}

/// How far every chunk has come: a range.
pub(super) fn copy_marks() -> (Vec<u8>, Vec<u8>) {
    (b"ZM".to_vec(), b"ZN".to_vec())
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

/// Where what is due at a moment begins, and what is due before it ends.
pub(super) fn due_at(time: Timestamp) -> Vec<u8> {
    join(DUE, &[&time.sortable()])
}

fn join(kind: u8, parts: &[&[u8]]) -> Vec<u8> {
    let mut key = Vec::with_capacity(1 + parts.iter().map(|part| part.len()).sum::<usize>());
    key.push(kind);
    parts.iter().for_each(|part| key.extend_from_slice(part));
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_due_lies_in_the_order_of_time() {
        let at = |time| due(Timestamp(time), Position::default(), 0);
        assert!(at(-1) < at(0) && at(0) < at(1));
        let to = due_at(Timestamp(1));
        assert!(DUE_FROM <= at(-1).as_slice() && at(0) < to && to <= at(1));
        assert!(at(i64::MAX).as_slice() < DUE_END);
    }

    #[test]
    fn a_basis_is_among_those_of_its_person_and_a_permission_among_those_of_its_purpose() {
        let (someone, row) = (Reference([0; 16]), Reference([2; 16]));
        let name = basis(someone, "news", row);
        let (all, one) = among_bases(&name);
        assert_eq!(all, subject(someone));
        assert_eq!(one, [b"news\0", row.0.as_slice()].concat());
        assert_eq!(among_bases(&bases(someone, "news")), (all.clone(), b"news\0".as_slice()));
        let name = permission(someone, Channel::Email, "news", row, 3);
        assert_eq!(scope_of_permission(&name), Some((Channel::Email, "news")));
        assert_eq!(scope_of_permission(&name[..20]), None);
        let (all, one) = among_permissions(&name);
        assert_eq!(all, permissions(someone, Channel::Email, "news"));
        assert_eq!(one, [row.0.as_slice(), &[3]].concat());
        assert_eq!(among_permissions(&all), (all.clone(), b"".as_slice()));
    }
}
