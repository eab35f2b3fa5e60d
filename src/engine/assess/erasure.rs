//! ER-001, RET-003: an erasure that left something behind.
//!
//! *What*: a request for erasure was recorded as fulfilled, and when the time for carrying it out is
//! over, the person's own row still holds personal data, or rows of other tables are still about the
//! person (ER-001); or the row was only marked as switched off (RET-003).
//!
//! *Undecided*: what stood in the row was not seen; rows of a table without old values; a part of
//! the stream was not seen; erasures that the initial copy finds; rows about somebody whose own row
//! was overwritten or emptied, because nobody is named in it any more.
//!
//! *Not a finding*: tables that the register keeps after an erasure; a row that was overwritten or
//! emptied while the request was open; who came back since.

use super::Violation;
use crate::engine::ledger::{OwnRow, Place, Remainder, Standing};
use crate::model::{Code, Evidence, EvidenceRole, Reference, TableName};

/// What is looked at.
pub struct Left<'a> {
    /// The table of people.
    pub table: &'a TableName,
    /// The person's own row.
    pub row: Option<Reference>,
    /// What stands in it.
    pub own: OwnRow,
    /// Where the request was first seen: what was overwritten before was no erasure.
    pub requested: Place,
    /// Where it was fulfilled.
    pub fulfilled: Place,
    /// Rows of other tables.
    pub remainders: &'a [Remainder],
}

/// What the erasure left behind, if anything.
pub fn judge(left: &Left<'_>) -> Option<Violation> {
    let Left { own, .. } = left;
    let returned = own.place > left.fulfilled;
    match own.standing {
        Standing::Kept if !returned => Some(incomplete(left, true)),
        Standing::Deactivated if !returned => Some(deactivated(left)),
        Standing::Overwritten if own.place < left.requested => Some(incomplete(left, true)),
        Standing::Gone if !left.remainders.is_empty() => Some(incomplete(left, false)),
        _ => None,
    }
}

fn incomplete(left: &Left<'_>, own_row: bool) -> Violation {
    let rows = |it: &Remainder| match it.rows {
        1 => format!("1 row of {}", it.table),
        rows => format!("{rows} rows of {}", it.table),
    };
    let mut what: Vec<String> = left.remainders.iter().map(rows).collect();
    if own_row {
        what.insert(0, format!("the person's own row of {}", left.table));
    }
    let reason = format!("an erasure was recorded as fulfilled and left {}", what.join(", "));
    violation(Code::ER_001, reason, left, own_row)
}

fn deactivated(left: &Left<'_>) -> Violation {
    let reason = "an erasure was recorded as fulfilled and the person's row was only switched off";
    violation(Code::RET_003, reason.to_owned(), left, true)
}

fn violation(code: Code, reason: String, left: &Left<'_>, own_row: bool) -> Violation {
    let own = Evidence {
        role: EvidenceRole::Remainder,
        table: left.table.clone(),
        row: left.row,
        position: left.own.place.position,
    };
    let rows = left.remainders.iter().map(|it| Evidence {
        role: EvidenceRole::Remainder,
        table: it.table.clone(),
        row: None,
        position: it.place.position,
    });
    let evidence = Some(own).filter(|_| own_row).into_iter().chain(rows).collect();
    let severity = code.severity();
    Violation { code, severity, reason, evidence, purpose: None, channel: None, column: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Lsn, Position};

    fn place(commit: u64) -> Place {
        Place { part: 0, position: Position { commit: Lsn(commit), ordinal: 1 } }
    }

    /// Requested at 10, fulfilled at 20.
    fn found(standing: Standing, at: u64, rows: u32) -> Option<Code> {
        let (people, notes) = (TableName::new("crm", "people"), TableName::new("crm", "notes"));
        let remainder = Remainder { table: notes, rows, place: place(5) };
        let left = Left {
            table: &people,
            row: None,
            own: OwnRow { standing, place: place(at) },
            requested: place(10),
            fulfilled: place(20),
            remainders: if rows == 0 { &[] } else { std::slice::from_ref(&remainder) },
        };
        judge(&left).map(|violation| violation.code)
    }

    #[test]
    fn what_stands_in_the_row_decides() {
        assert_eq!(found(Standing::Kept, 1, 0), Some(Code::ER_001));
        assert_eq!(found(Standing::Deactivated, 1, 2), Some(Code::RET_003));
        assert_eq!(found(Standing::Gone, 15, 0), None);
        assert_eq!(found(Standing::Gone, 15, 2), Some(Code::ER_001));
        assert_eq!(found(Standing::Emptied, 15, 2), None, "they point at nobody");
        assert_eq!(found(Standing::Unknown, 0, 2), None, "it has not been seen");
    }

    #[test]
    fn only_what_was_overwritten_after_the_request_was_erased_by_it() {
        assert_eq!(found(Standing::Overwritten, 5, 0), Some(Code::ER_001));
        assert_eq!(found(Standing::Overwritten, 15, 0), None);
        assert_eq!(found(Standing::Overwritten, 25, 0), None);
    }

    #[test]
    fn who_was_entered_again_since_was_erased_before() {
        assert_eq!(found(Standing::Kept, 25, 2), None);
        assert_eq!(found(Standing::Deactivated, 25, 0), None);
    }
}
