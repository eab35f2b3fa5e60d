//! Turns decoded messages into the events of the model: gives every change its position and the
//! shape of its table.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::pgoutput::{Emitted, Message};
use crate::model::{
    self, Begin, Change, Code, Commit, Event, Fault, Lsn, OldRow, Operation, Position, Row, Table,
};

/// Follows one replication connection.
///
/// Ordinals within a transaction are those of [`Position`]: Begin is 0, the first change 1,
/// `TRUNCATE` of several tables is one change for each, and Commit comes after the last change.
/// Messages that are not changes take no number.
///
/// A cell that an update left untouched stays [`Cell::Unchanged`](crate::model::Cell::Unchanged)
/// in the new row even when the whole old row was sent: that the value did not change is itself
/// something to know, and its content is then in the same column of the old row.
#[derive(Debug, Default)]
pub struct Assembler {
    tables: BTreeMap<u32, Arc<Table>>,
    /// The last position given out in the open transaction.
    open: Option<Position>,
}

impl Assembler {
    /// Knows nothing yet.
    pub fn new() -> Self {
        Assembler::default()
    }

    /// Forgets everything: the open transaction and the shapes of tables. For a new connection,
    /// on which the server tells both again.
    pub fn reset(&mut self) {
        *self = Assembler::default();
    }

    /// Takes the next message of the stream and appends the events it makes, which may be none.
    ///
    /// # Errors
    /// `WIR-001` when the message cannot stand here: a change or commit outside a transaction, a
    /// transaction within another, a table that was not described, a row that does not have the
    /// shape of its table. Then nothing may be taken before [`Assembler::reset`].
    pub fn take(&mut self, message: Message, out: &mut Vec<Event>) -> Result<(), Fault> {
        match message {
            Message::Begin(begin) => out.push(self.begin(begin)?),
            Message::Commit { commit, end, .. } => out.push(self.commit(commit, end)?),
            Message::Relation(table) => {
                self.tables.insert(table.oid, Arc::new(table));
            }
            Message::Insert { relation, new } => {
                out.push(self.change("Insert", relation, Operation::Insert { new })?);
            }
            Message::Update { relation, old, new } => {
                out.push(self.change("Update", relation, Operation::Update { old, new })?);
            }
            Message::Delete { relation, old } => {
                out.push(self.change("Delete", relation, Operation::Delete { old })?);
            }
            Message::Truncate { relations, .. } => {
                for relation in relations {
                    out.push(self.change("Truncate", relation, Operation::Truncate)?);
                }
            }
            // Nothing in the engine asks for them yet.
            Message::Origin { .. } | Message::Type { .. } => {}
            Message::Emitted(emitted) => out.extend(self.message(emitted)),
        }
        Ok(())
    }

    fn begin(&mut self, begin: Begin) -> Result<Event, Fault> {
        if let Some(open) = self.open {
            let cause = format!("Begin message within the transaction {}", open.commit);
            return Err(Fault::new(Code::WIR_001, cause));
        }
        self.open = Some(Position { commit: begin.commit, ordinal: 0 });
        Ok(Event::Begin(begin))
    }

    fn commit(&mut self, commit: Lsn, end: Lsn) -> Result<Event, Fault> {
        let open = self.open.take().ok_or_else(|| outside("Commit"))?;
        if open.commit != commit || end < commit {
            let cause = format!(
                "Commit message of {commit} with the end {end} in the transaction {}",
                open.commit
            );
            return Err(Fault::new(Code::WIR_001, cause));
        }
        Ok(Event::Commit(Commit { position: next(open), end }))
    }

    /// Messages of others, and those outside of a transaction, which nobody could take back, say
    /// nothing to us.
    fn message(&self, emitted: Emitted) -> Option<Event> {
        let addressed = emitted.transactional && emitted.prefix.starts_with(model::Message::PREFIX);
        let Emitted { prefix, content, .. } = emitted;
        (addressed && self.open.is_some())
            .then_some(Event::Message(model::Message { prefix, content }))
    }

    fn change(&mut self, kind: &str, relation: u32, what: Operation) -> Result<Event, Fault> {
        let open = self.open.as_mut().ok_or_else(|| outside(kind))?;
        let table = self.tables.get(&relation).ok_or_else(|| {
            let cause = format!("{kind} message for table {relation}, which was not described");
            Fault::new(Code::WIR_001, cause)
        })?;
        let rows = [what.new_row(), what.old_row().and_then(OldRow::identity)];
        if let Some(row) = rows.into_iter().flatten().find(|row| !has_shape(row, table)) {
            let (width, columns) = (row.width(), table.columns.len());
            let cause = format!(
                "{kind} message with a row of {width} columns for table {relation}, which was \
                 described with {columns}"
            );
            return Err(Fault::new(Code::WIR_001, cause));
        }
        *open = next(*open);
        Ok(Event::Change(Change { position: *open, table: Arc::clone(table), operation: what }))
    }
}

/// The position after this one in the same transaction.
pub(super) fn next(position: Position) -> Position {
    Position { ordinal: position.ordinal + 1, ..position }
}

fn has_shape(row: &Row, table: &Table) -> bool {
    row.width() == table.columns.len()
}

fn outside(kind: &str) -> Fault {
    Fault::new(Code::WIR_001, format!("{kind} message outside a transaction"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::{
        Cell, Column, Content, ReplicaIdentity, TableName, Timestamp, TransactionKind,
    };
    use crate::wire::pgoutput::tests::message;

    fn begin(commit: u64) -> Message {
        let (commit, time, kind) = (Lsn(commit), Timestamp(1), TransactionKind::Live);
        Message::Begin(Begin { commit, time, xid: 7, kind })
    }

    fn commit(commit: u64, end: u64) -> Message {
        Message::Commit { commit: Lsn(commit), end: Lsn(end), time: Timestamp(1) }
    }

    fn table(oid: u32, columns: &[&str]) -> Table {
        let column = |name: &&str| Column { name: (*name).into(), type_oid: 25, key: false };
        Table {
            oid,
            name: TableName::new("crm", format!("t{oid}")),
            replica_identity: ReplicaIdentity::Full,
            columns: columns.iter().map(column).collect(),
        }
    }

    fn row(cells: &[&str]) -> Row {
        Row::from_cells(cells.iter().map(|text| Cell::Known(Content::new(text.as_bytes()))))
    }

    fn insert(relation: u32, cells: &[&str]) -> Message {
        Message::Insert { relation, new: row(cells) }
    }

    /// Everything the messages make, or the first fault.
    fn assemble(messages: Vec<Message>) -> Result<Vec<Event>, Fault> {
        let mut assembler = Assembler::new();
        let mut events = Vec::new();
        for message in messages {
            assembler.take(message, &mut events)?;
        }
        Ok(events)
    }

    fn complaint(messages: Vec<Message>) -> String {
        let fault = assemble(messages).expect_err("this order of messages is wrong");
        assert_eq!(fault.code, Code::WIR_001);
        fault.cause
    }

    fn position(event: &Event) -> Position {
        match event {
            Event::Begin(begin) => Position { commit: begin.commit, ordinal: 0 },
            Event::Change(change) => change.position,
            Event::Commit(commit) => commit.position,
            Event::Message(_) => Position::default(),
            Event::Idle(_) | Event::Gap(_) | Event::Uncommitted(_) | Event::Copy(_) => {
                panic!("the assembler makes no such event")
            }
        }
    }

    #[test]
    fn a_transaction_is_numbered_from_begin_to_commit_and_each_truncated_table_counts() {
        let relations = vec![1, 2];
        let events = assemble(vec![
            Message::Relation(table(1, &["id"])),
            Message::Relation(table(2, &[])),
            begin(10),
            insert(1, &["a"]),
            Message::Origin { commit: Lsn(3), name: "elsewhere".into() },
            Message::Truncate { relations, cascade: false, restart_identity: false },
            commit(10, 12),
            begin(20),
            commit(20, 20),
        ])
        .unwrap();
        let positions: Vec<_> = events.iter().map(|e| position(e).to_string()).collect();
        assert_eq!(positions, ["0/A+0", "0/A+1", "0/A+2", "0/A+3", "0/A+4", "0/14+0", "0/14+1"]);
        let Event::Commit(Commit { end, .. }) = events[4] else {
            panic!("the fifth is the commit")
        };
        assert_eq!(end, Lsn(12));
    }

    #[test]
    fn a_message_addressed_to_us_comes_within_its_transaction_and_takes_no_number() {
        let emitted = |prefix: &str, transactional| {
            Message::Emitted(Emitted {
                transactional,
                lsn: Lsn(9),
                prefix: prefix.into(),
                content: "u7".into(),
            })
        };
        let events = assemble(vec![
            Message::Relation(table(1, &["id"])),
            emitted("lawtail.actor", false),
            begin(10),
            emitted("lawtail.actor", true),
            emitted("debezium", true),
            insert(1, &["a"]),
            commit(10, 12),
        ])
        .unwrap();
        let said = model::Message { prefix: "lawtail.actor".into(), content: "u7".into() };
        assert_eq!(events[1], Event::Message(said));
        assert_eq!(position(&events[2]), Position { commit: Lsn(10), ordinal: 1 });
        assert_eq!(events.len(), 4);
    }

    #[test]
    fn a_change_keeps_the_shape_it_was_made_under() {
        let events = assemble(vec![
            begin(10),
            Message::Relation(table(1, &["id"])),
            insert(1, &["a"]),
            Message::Relation(table(1, &["id", "email"])),
            insert(1, &["b", "c"]),
        ])
        .unwrap();
        let widths: Vec<_> = events
            .iter()
            .filter_map(|event| match event {
                Event::Change(change) => Some(change.table.columns.len()),
                _ => None,
            })
            .collect();
        assert_eq!(widths, [1, 2]);
    }

    #[test]
    fn an_untouched_cell_stays_unchanged_beside_its_old_value() {
        let new = Row::from_cells([Cell::Unchanged]);
        let old = OldRow::Full(row(&["long"]));
        let update = Message::Update { relation: 1, old: old.clone(), new: new.clone() };
        let shape = Message::Relation(table(1, &["notes"]));
        let events = assemble(vec![shape, begin(10), update]).unwrap();
        let Event::Change(change) = &events[1] else { panic!("the update is the second event") };
        assert_eq!(change.operation, Operation::Update { old, new });
    }

    #[test]
    fn messages_that_cannot_stand_where_they_are_are_faults() {
        let shape = || Message::Relation(table(1, &["id"]));
        let outside = complaint(vec![shape(), insert(1, &["a"])]);
        assert_eq!(outside, "Insert message outside a transaction");
        assert_eq!(complaint(vec![commit(1, 2)]), "Commit message outside a transaction");
        let nested = complaint(vec![begin(10), begin(20)]);
        assert_eq!(nested, "Begin message within the transaction 0/A");
        assert!(complaint(vec![begin(10), commit(11, 12)]).contains("0/B"));
        assert!(complaint(vec![begin(10), commit(10, 9)]).contains("the end 0/9"));
        assert!(complaint(vec![begin(10), insert(1, &["a"])]).contains("not described"));
        let wide = complaint(vec![shape(), begin(10), insert(1, &["a", "b"])]);
        assert!(wide.contains("a row of 2 columns") && wide.contains("described with 1"), "{wide}");
    }

    #[test]
    fn a_reset_forgets_the_open_transaction_and_the_shapes() {
        let mut assembler = Assembler::new();
        let mut events = Vec::new();
        for message in [Message::Relation(table(1, &["id"])), begin(10), insert(1, &["a"])] {
            assembler.take(message, &mut events).unwrap();
        }
        assembler.reset();
        assembler.take(begin(10), &mut events).unwrap();
        let fault = assembler.take(insert(1, &["a"]), &mut events).unwrap_err();
        assert!(fault.cause.contains("not described"), "{}", fault.cause);
    }

    proptest! {
        #[test]
        fn positions_within_a_transaction_rise_by_one_without_a_gap(
            kinds in proptest::collection::vec(0_u32..4, 0..20),
        ) {
            let mut messages = vec![begin(10)];
            messages.extend((0..4).map(|oid| Message::Relation(table(oid, &["id"]))));
            messages.extend(kinds.iter().map(|&kind| match kind {
                0 => insert(kind, &["a"]),
                1 => Message::Delete { relation: kind, old: OldRow::Key(row(&["a"])) },
                2 => Message::Origin { commit: Lsn(1), name: String::new() },
                _ => Message::Truncate {
                    relations: (0..kind).collect(),
                    cascade: true,
                    restart_identity: false,
                },
            }));
            messages.push(commit(10, 11));
            let events = assemble(messages).unwrap();
            for (ordinal, event) in (0..).zip(&events) {
                prop_assert_eq!(position(event), Position { commit: Lsn(10), ordinal });
            }
        }

        #[test]
        fn no_order_of_messages_makes_the_assembler_panic(
            messages in proptest::collection::vec(message(), 0..20),
        ) {
            let mut assembler = Assembler::new();
            let mut events = Vec::new();
            for message in messages {
                if assembler.take(message, &mut events).is_err() {
                    assembler.reset();
                }
            }
            for pair in events.windows(2) {
                let begins = matches!(pair[1], Event::Begin(_));
                prop_assert!(begins || position(&pair[0]) < position(&pair[1]));
            }
        }
    }
}
