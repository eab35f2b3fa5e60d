//! A change with what it touched: whose data, by whom, which categories.

use super::pseudonym::Pseudonymizer;
use super::record::Record;
use crate::model::{Category, Cell, ColumnVerdict, OperationKind, Reference};

/// A change whose columns have been looked up in the data map. The only way to one is
/// [`Classified::new`], and the only way to a judgement is through one.
pub struct Classified<'a> {
    record: Record<'a>,
    row: Option<Reference>,
    subject: Option<Reference>,
    actor: Option<Reference>,
    categories: Vec<Category>,
    certain: bool,
    erasing: bool,
    reversible: bool,
}

impl<'a> Classified<'a> {
    /// Looks at each personal column: was it set or altered, and do we know?
    pub fn new(
        record: Record<'a>,
        verdicts: &[ColumnVerdict],
        pseudonyms: &Pseudonymizer,
    ) -> Classified<'a> {
        let operation = record.change.operation.kind();
        let removal = matches!(operation, OperationKind::Delete | OperationKind::Truncate);
        let whole_old = record.change.operation.old_row().and_then(|old| old.full()).is_some();
        let mut classified = Classified {
            row: record.row(pseudonyms),
            subject: record.subject(pseudonyms),
            actor: record.actor(pseudonyms),
            categories: Vec::new(),
            certain: true,
            erasing: true,
            reversible: operation == OperationKind::Insert || whole_old,
            record,
        };
        for (index, verdict) in verdicts.iter().enumerate() {
            let Some(category) = verdict.category else { continue };
            if category == Category::UniqueIdentifier {
                continue;
            }
            let value = record.cell_at(index);
            if removal {
                if value != Cell::Null {
                    classified.categories.push(category);
                }
                continue;
            }
            match record.changed(index) {
                Some(false) => {}
                // An insert sets what is not null; an update may also empty.
                Some(true) if operation == OperationKind::Insert && value == Cell::Null => {}
                changed => {
                    classified.categories.push(category);
                    classified.certain &= changed.is_some();
                    classified.erasing &= value == Cell::Null;
                }
            }
        }
        classified
    }

    /// The change.
    pub fn record(&self) -> &Record<'a> {
        &self.record
    }

    /// Its row.
    pub fn row(&self) -> Option<Reference> {
        self.row
    }

    /// About whom.
    pub fn subject(&self) -> Option<Reference> {
        self.subject
    }

    /// By whom.
    pub fn actor(&self) -> Option<Reference> {
        self.actor
    }

    /// Categories of the personal cells that were set, altered or removed, one per cell.
    pub fn categories(&self) -> &[Category] {
        &self.categories
    }

    /// Whether it is known that those cells changed: false when old values were not sent.
    pub fn certain(&self) -> bool {
        self.certain
    }

    /// Whether personal cells were only emptied or removed.
    pub fn erasing(&self) -> bool {
        self.erasing
    }

    /// Whether the old values were in the stream.
    pub fn reversible(&self) -> bool {
        self.reversible
    }

    /// Whether anything personal happened. A row about a data subject is personal by its very
    /// existence, whatever its columns say; and so is every step of an act towards the data
    /// subject, such as a message that goes from queued to sent.
    pub fn is_personal(&self) -> bool {
        let mapping = self.record.mapping;
        let appeared = self.record.change.operation.kind() != OperationKind::Update;
        let acted = mapping.activity.is_some();
        !self.categories.is_empty() || ((appeared || acted) && mapping.subject.is_some())
    }
}
