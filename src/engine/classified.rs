//! A change with what it touched: whose data, by whom, which categories.

use super::pseudonym::Pseudonymizer;
use super::record::Record;
use super::state::State;
use crate::model::{Category, Cell, ColumnVerdict, Fault, OperationKind, Reference, Sensitivity};
use crate::policy::Storage;

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
    /// How many of them were emptied, overwritten by a word for nobody, or removed.
    pub erased: u64,
    /// Whether it is known that they changed: false when old values were not sent.
    certain: bool,
    /// Whether the old values were in the stream.
    pub reversible: bool,
    left: Left,
    /// A special category of which a value is known to have been set.
    pub special: Option<Category>,
    /// Whether they say no more than how somebody is reached.
    only_reaches: bool,
}

/// Personal cells after an update.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// Whether any was set, altered or emptied.
    pub touched: bool,
    /// Still with the value that they had.
    pub kept: u64,
    /// With a value that may be the one that they had.
    pub unsure: u64,
    /// With another value.
    pub written: u64,
    /// With words in its place that say that it was taken out.
    pub taken_out: u64,
}

/// What is left of the value of a cell.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Remains {
    Nothing,
    /// Words that say that it was taken out.
    Words,
    Value,
}

impl Remains {
    /// In free text a few words may be all that there is to say; and words that stood there before are what they
    /// were.
    fn of(
        record: &Record<'_>,
        (index, category): (usize, Category),
        changed: Option<bool>,
    ) -> Remains {
        if is_empty(record, index) {
            return Remains::Nothing;
        }
        let may_be_words = category != Category::PrivateContent && changed != Some(false);
        match may_be_words && record.is_erased_at(index) {
            true => Remains::Words,
            false => Remains::Value,
        }
    }
}

/// Whether nothing stands in a cell: null, blank text, or no bytes, members or elements.
fn is_empty(record: &Record<'_>, index: usize) -> bool {
    let blank = |text: &str| matches!(text.trim(), "" | "{}" | "[]" | "\"\"" | "\\x");
    match record.content(index) {
        Some(content) => std::str::from_utf8(content).is_ok_and(blank),
        None => record.cell_at(index) == Cell::Null,
    }
}

impl Left {
    fn count(&mut self, remains: Remains, changed: Option<bool>) {
        self.touched |= changed != Some(false);
        match (remains, changed) {
            (Remains::Nothing, _) => {}
            (Remains::Words, Some(true)) => self.taken_out += 1,
            (_, Some(false)) => self.kept += 1,
            (_, Some(true)) => self.written += 1,
            (_, None) => self.unsure += 1,
        }
    }
}

/// Whether a category says something of one person, and not of a whole group.
fn is_of_one_person(category: Category) -> bool {
    use Category::*;
    !matches!(
        category,
        AccountSettings
            | State
            | Country
            | AgeRange
            | Childrens
            | Gender
            | Language
            | PrivacyPreferences
            | ImpreciseLocation
    )
}

impl Default for Touched {
    fn default() -> Self {
        Touched {
            categories: Vec::new(),
            erased: 0,
            certain: true,
            reversible: false,
            left: Left::default(),
            special: None,
            only_reaches: true,
        }
    }
}

/// Whether a category says no more than how somebody is reached.
fn reaches(category: Category) -> bool {
    use Category::*;
    matches!(
        category,
        Address
            | City
            | Contact
            | Country
            | Email
            | FaxNumber
            | Organization
            | PhoneNumber
            | PostalCode
            | State
            | Street
            | Url
    )
}

impl Touched {
    /// Looks at each personal column: was it set or altered, and do we know?
    pub fn of(record: &Record<'_>, verdicts: &[ColumnVerdict]) -> Touched {
        let operation = record.change.operation.kind();
        let removal = matches!(operation, OperationKind::Delete | OperationKind::Truncate);
        let whole_old = record.change.operation.old_row().and_then(|old| old.full()).is_some();
        let reversible = operation == OperationKind::Insert || whole_old;
        let mut touched = Touched { reversible, ..Touched::default() };
        let actor = record.mapping.actor.as_ref();
        let actor = actor.and_then(|column| record.change.table.column(column));
        let weighs = operation == OperationKind::Update
            && (record.mapping.erasable
                || record.mapping.restrictable
                || record.mapping.followed.storage == Storage::Limited
                || record.mapping.person.source.is_some());
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
                    touched.only_reaches &= reaches(category) || record.says_nothing_at(index);
                }
                continue;
            }
            let changed = record.changed(index);
            if weighs && actor != Some(index) && is_of_one_person(category) {
                touched.left.count(Remains::of(record, (index, category), changed), changed);
            }
            match changed {
                Some(false) => {}
                // An insert sets what is not null; an update may also empty.
                Some(true) if operation == OperationKind::Insert && value == Cell::Null => {}
                changed => {
                    touched.categories.push(category);
                    let remains = Remains::of(record, (index, category), changed);
                    let update = operation == OperationKind::Update;
                    let erased = value == Cell::Null || (update && remains != Remains::Value);
                    touched.erased += u64::from(erased);
                    touched.certain &= changed.is_some();
                    touched.only_reaches &= reaches(category) || record.says_nothing_at(index);
                    let known = matches!(value, Cell::Known(_)) && remains != Remains::Nothing;
                    let set = changed == Some(true) && known;
                    if set && category.sensitivity() == Sensitivity::Special {
                        touched.special = touched.special.or(Some(category));
                    }
                }
            }
        }
        touched
    }
}

impl<'a> Classified<'a> {
    /// `actor`: by whom. The state tells about whom a record is that the row names.
    pub fn new(
        record: Record<'a>,
        verdicts: &[ColumnVerdict],
        (state, pseudonyms): (&State<'_>, &Pseudonymizer),
        actor: Option<Reference>,
    ) -> Result<Classified<'a>, Fault> {
        Ok(Classified {
            row: record.row(pseudonyms),
            subject: record.subject(state, pseudonyms)?,
            actor,
            touched: Touched::of(&record, verdicts),
            record,
        })
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

    /// Whether those cells say no more than how somebody is reached: all others are flags that are down or counts of
    /// none.
    pub fn only_reaches(&self) -> bool {
        self.touched.only_reaches
    }

    /// What an update leaves of what is personal in the row. Who changed it, and traits that many
    /// people share, do not count.
    pub fn left(&self) -> Left {
        self.touched.left
    }

    /// Whether it is known that those cells changed: false when old values were not sent.
    pub fn certain(&self) -> bool {
        self.touched.certain
    }

    /// Whether personal cells were only emptied, overwritten by words for nobody, or removed.
    pub fn erasing(&self) -> bool {
        self.touched.erased == self.touched.categories.len() as u64
    }

    /// Whether the old values were in the stream.
    pub fn reversible(&self) -> bool {
        self.touched.reversible
    }

    /// A special category of personal data of which a value was set.
    pub fn special(&self) -> Option<Category> {
        self.touched.special
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
