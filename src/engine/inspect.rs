//! What is looked at within the cells of a change: personal data that does not belong there
//! (MIN-002) and contact data that reaches nobody (ACC-001).
//!
//! Only cells that are known to have changed, of columns where something can be found: which those
//! are is worked out once for each verdict of the table, so that any other row costs nothing.

use std::sync::Arc;

use super::assess::{Circumstances, Violation, accuracy, minimisation};
use super::classified::Classified;
use super::classify::{Role, TableProfile};
use super::decide::Deciding;
use super::record::Record;
use crate::model::{Category, Cell, Channel, Code, Fault, Structure, Table};

/// A column whose cells are looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Inspected {
    column: usize,
    what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    /// Contact data of this category.
    Form(Category),
    /// Free text; whether it stands in rows about people.
    Text(bool),
    /// Texts within values; whether they stand in rows about people.
    Texts(Structure, bool),
}

/// The columns of a table that are looked at.
pub(super) fn inspected(table: &Table, profile: &TableProfile) -> Arc<[Inspected]> {
    let about_people = matches!(profile.role(), Role::Person | Role::Record);
    let columns = profile.verdicts().iter().enumerate().filter_map(|(column, verdict)| {
        let what = match verdict.category {
            Some(category) if accuracy::has_form(category) && profile.is_text(column) => {
                What::Form(category)
            }
            _ => match profile.structure(table, column).into_owned() {
                Structure::Plain if profile.is_free_text(column) => What::Text(about_people),
                Structure::Plain => return None,
                structure => What::Texts(structure, about_people),
            },
        };
        // What the operator calls not personal is not looked at.
        let declared = verdict.source == crate::model::VerdictSource::Declared;
        let exempt = declared && verdict.category.is_none();
        (!exempt).then_some(Inspected { column, what })
    });
    columns.collect()
}

impl Deciding<'_> {
    /// Looks at the changed cells of one change.
    pub(super) fn inspect(
        &mut self,
        change: &Classified<'_>,
        circumstances: &Circumstances,
    ) -> Result<(), Fault> {
        let record = change.record();
        if record.change.operation.new_row().is_none() {
            return Ok(());
        }
        let table = &record.change.table;
        for Inspected { column, what } in self.data_map.inspected(&table.name).iter() {
            // Of an old value that was not sent, nobody knows whether it was as wrong before.
            if record.changed(*column) != Some(true) {
                continue;
            }
            let Cell::Known(content) = record.cell_at(*column) else { continue };
            let Some(text) = content.reveal_text() else { continue };
            let name = &table.columns[*column].name;
            let violation = match what {
                // What was there before lawtail looked is not written now.
                What::Form(_) if circumstances.copied => None,
                What::Form(category) => {
                    let category = self.reached_by(record, name)?.unwrap_or(Some(*category));
                    let wrong = category.filter(|it| accuracy::is_malformed(*it, text));
                    wrong.map(|category| {
                        let key = category.key();
                        let reason = format!("column {name} ({key}) got a malformed value");
                        violation(Code::ACC_001, name, reason)
                    })
                }
                What::Text(people) => {
                    minimisation::mention(text, *people).map(|it| mention(name, "free text", it))
                }
                What::Texts(structure, people) => {
                    minimisation::mention_within(structure, text, *people)
                        .map(|it| mention(name, "a text within it", it))
                }
            };
            if let Some(violation) = violation {
                self.report(violation, circumstances, circumstances.time)?;
            }
        }
        Ok(())
    }

    /// What stands in a column that the pack maps as an address, by the channel of the row: one column
    /// may hold addresses of each. `None`: it is no such column; `Some(None)`: of what form it has to be
    /// is not known.
    fn reached_by(
        &self,
        record: &Record<'_>,
        column: &str,
    ) -> Result<Option<Option<Category>>, Fault> {
        let mapping = record.mapping;
        if mapping.contact_points.iter().any(|it| it.column == column && !it.when.is_empty()) {
            let point = record.contact_points().find(|it| it.column == column);
            return Ok(Some(point.and_then(|point| form(point.channel))));
        }
        let message = mapping.activity.iter().map(|it| (&it.address, &it.channel, it.hashed));
        let permissions = mapping.permissions.iter();
        let permissions = permissions.map(|it| (&it.address, &it.channel, it.hashed));
        let mut mapped = message.chain(permissions);
        let found = mapped.find(|(address, ..)| address.as_deref() == Some(column));
        let Some((_, channel, hashed)) = found else { return Ok(None) };
        if hashed.is_some() {
            return Ok(Some(None));
        }
        let channel = record.select(channel, &self.state, &self.engine.pseudonyms)?;
        Ok(Some(channel.and_then(form)))
    }
}

/// Of what form an address of the channel has to be, where that can be told.
fn form(channel: Channel) -> Option<Category> {
    match channel {
        Channel::Email => Some(Category::Email),
        Channel::Sms | Channel::Phone => Some(Category::PhoneNumber),
        Channel::Fax => Some(Category::FaxNumber),
        Channel::Post | Channel::Push => None,
    }
}

fn mention(column: &str, place: &str, category: Category) -> Violation {
    let reason = format!("column {column} holds {} in {place}", category.key());
    let severity = minimisation::severity(category, Code::MIN_002.severity());
    // What is graver is told of even where an account number was told of before.
    let graver = severity > Code::MIN_002.severity();
    let about = if graver { format!("{column} {}", category.key()) } else { column.to_owned() };
    Violation { severity, ..violation(Code::MIN_002, &about, reason) }
}

fn violation(code: Code, column: &str, reason: String) -> Violation {
    Violation {
        code,
        severity: code.severity(),
        reason,
        evidence: Vec::new(),
        purpose: None,
        channel: None,
        column: Some(column.to_owned()),
    }
}
