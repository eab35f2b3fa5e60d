//! `TupleData`: one version of one row.

use super::reader::Reader;
use crate::model::{Fault, OldRow, Row, Span};

/// An old row, by the tag before it: `K` for the identity columns only, otherwise the whole row.
pub(super) fn old_row(reader: &mut Reader<'_>, tag: u8) -> Result<OldRow, Fault> {
    let row = row(reader)?;
    Ok(if tag == b'K' { OldRow::Key(row) } else { OldRow::Full(row) })
}

/// A row over the message's own bytes, cut to the tuple so that an update's two rows do not each
/// count the whole message.
pub(super) fn row(reader: &mut Reader<'_>) -> Result<Row, Fault> {
    let count = reader.u16()?.into();
    let start = reader.offset();
    // A cell takes at least the byte of its kind.
    let spans = reader.list(count, 1, "columns", |reader| span(reader, start))?;
    let row = Row::new(reader.slice(start..reader.offset()), spans);
    row.ok_or_else(|| reader.fault("cells within the row"))
}

fn span(reader: &mut Reader<'_>, row: usize) -> Result<Span, Fault> {
    match reader.one_of("a cell n, u or t; binary cells (b) were not asked for", cell_kind)? {
        b'n' => Ok(Span::Null),
        b'u' => Ok(Span::Unchanged),
        _ => {
            let content = reader.content()?;
            // `Reader::open` refuses messages whose offsets would not fit.
            let [start, end] = [content.start, content.end].map(|offset| (offset - row) as u32);
            Ok(Span::Bytes { start, end })
        }
    }
}

fn cell_kind(tag: u8) -> Option<u8> {
    matches!(tag, b'n' | b'u' | b't').then_some(tag)
}
