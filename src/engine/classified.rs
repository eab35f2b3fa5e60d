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
    touched: Touched,
}

/// The personal cells that a change set, altered or removed.
pub struct Touched {
    /// Their categories, one per cell.
    pub categories: Vec<Category>,
    /// How many of them were emptied or removed.
    pub erased: u64,
    /// Whether it is known that they changed: false when old values were not sent.
    certain: bool,
    /// Whether the old values were in the stream.
    pub reversible: bool,
}

impl Touched {
    /// Looks at each personal column: was it set or altered, and do we know?
    pub fn of(record: &Record<'_>, verdicts: &[ColumnVerdict]) -> Touched {
        let operation = record.change.operation.kind();
        let removal = matches!(operation, OperationKind::Delete | OperationKind::Truncate);
        let whole_old = record.change.operation.old_row().and_then(|old| old.full()).is_some();
        let reversible = operation == OperationKind::Insert || whole_old;
        let mut touched = Touched { categories: Vec::new(), erased: 0, certain: true, reversible };
        for (index, verdict) in verdicts.iter().enumerate() {
            let Some(category) = verdict.category else { continue };
            if category == Category::UniqueIdentifier {
                continue;
            }
            let value = record.cell_at(index);
            if removal {
                if value != Cell::Null {
                    touched.categories.push(category);
                    touched.erased += 1;
                }
                continue;
            }
            match record.changed(index) {
                Some(false) => {}
                // An insert sets what is not null; an update may also empty.
                Some(true) if operation == OperationKind::Insert && value == Cell::Null => {}
                changed => {
                    touched.categories.push(category);
                    touched.erased += u64::from(value == Cell::Null);
                    touched.certain &= changed.is_some();
                }
            }
        }
        touched
    }
}

impl<'a> Classified<'a> {
    /// `said` is who the transaction says is behind it. It counts where the row names nobody: the
    /// column names who is responsible in the CRM, the message who held the pen.
    pub fn new(
        record: Record<'a>,
        verdicts: &[ColumnVerdict],
        pseudonyms: &Pseudonymizer,
        said: Option<Reference>,
    ) -> Classified<'a> {
        Classified {
            row: record.row(pseudonyms),
            subject: record.subject(pseudonyms),
            actor: record.actor(pseudonyms).or(said),
            touched: Touched::of(&record, verdicts),
            record,
        }
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
        &self.touched.categories
    }

    /// Whether it is known that those cells changed: false when old values were not sent.
    pub fn certain(&self) -> bool {
        self.touched.certain
    }

    /// Whether personal cells were only emptied or removed.
    pub fn erasing(&self) -> bool {
        self.touched.erased == self.touched.categories.len() as u64
    }

    /// Whether the old values were in the stream.
    pub fn reversible(&self) -> bool {
        self.touched.reversible
    }

    /// Whether anything personal happened. A row about a data subject is personal by its very
    /// existence, whatever its columns say; and so is every step of an act towards the data
    /// subject, such as a message that goes from queued to sent.
    pub fn is_personal(&self) -> bool {
        let mapping = self.record.mapping;
        let appeared = self.record.change.operation.kind() != OperationKind::Update;
        let acted = mapping.activity.is_some();
        !self.touched.categories.is_empty() || ((appeared || acted) && mapping.subject.is_some())
    }
}
