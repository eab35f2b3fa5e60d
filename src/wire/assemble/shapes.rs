//! The shapes of tables, as the server has told them.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{Code, Fault, OldRow, Operation, Row, Table};

/// Shapes by object identifier of the table.
#[derive(Debug, Default)]
pub(super) struct Shapes(BTreeMap<u32, Shape>);

#[derive(Debug)]
struct Shape {
    /// `None`: it was told and could not be read.
    table: Option<Arc<Table>>,
    /// Which of the connection's descriptions it is; a later one replaces an earlier one.
    number: u64,
}

impl Shapes {
    /// Takes a description; without a table one that could not be read, so that no row is read by
    /// an outdated one.
    pub(super) fn describe(&mut self, oid: u32, table: Option<Table>, number: u64) {
        self.0.insert(oid, Shape { table: table.map(Arc::new), number });
    }

    /// Takes over what was told later than what is known here.
    pub(super) fn adopt(&mut self, others: Shapes) {
        for (oid, shape) in others.0 {
            if self.0.get(&oid).is_none_or(|known| known.number < shape.number) {
                self.0.insert(oid, shape);
            }
        }
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// The table of a change, if the change's rows have its shape.
    pub(super) fn table(
        &self,
        kind: &str,
        relation: u32,
        what: &Operation,
    ) -> Result<&Arc<Table>, Fault> {
        let table = self.0.get(&relation).and_then(|shape| shape.table.as_ref());
        let table = table.ok_or_else(|| {
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
        Ok(table)
    }
}

fn has_shape(row: &Row, table: &Table) -> bool {
    row.width() == table.columns.len()
}
