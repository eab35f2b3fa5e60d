//! Cells and rows. Content is personal until proven otherwise, so nothing here prints it.

use std::fmt;

use bytes::Bytes;

/// What a change says about one column of one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell<'a> {
    /// SQL null.
    Null,
    /// A large (TOASTed) value that this update did not touch: PostgreSQL did not send it. A
    /// state, never a value.
    Unchanged,
    /// The column's content.
    Known(Content<'a>),
}

impl<'a> Cell<'a> {
    /// The content, when it is known.
    pub fn known(self) -> Option<Content<'a>> {
        match self {
            Cell::Known(content) => Some(content),
            Cell::Null | Cell::Unchanged => None,
        }
    }
}

/// The content of a cell in PostgreSQL's text representation. Its `Debug` shows only its length;
/// the text comes out through [`Content::reveal`] alone, so that every place that touches
/// personal data can be found by that name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Content<'a>(&'a [u8]);

impl<'a> Content<'a> {
    /// Wraps bytes as they came from the server.
    pub fn new(bytes: &'a [u8]) -> Self {
        Content(bytes)
    }

    /// The content itself. Whoever calls this answers for where it goes.
    pub fn reveal(self) -> &'a [u8] {
        self.0
    }

    /// The content as text; `None` when it is not UTF-8.
    pub fn reveal_text(self) -> Option<&'a str> {
        std::str::from_utf8(self.0).ok()
    }
}

impl fmt::Debug for Content<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Content({} bytes)", self.0.len())
    }
}

/// Where one cell lies in its row's bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// SQL null.
    Null,
    /// Not sent by the server.
    Unchanged,
    /// `bytes[start..end]` of the row.
    Bytes {
        /// Offset of the first byte.
        start: u32,
        /// Offset after the last byte.
        end: u32,
    },
}

/// One version of a row: the bytes as they came from the network, and where each column lies in
/// them. Copying a row copies no content. Rows are equal when their cells are, wherever these lie.
#[derive(Clone)]
pub struct Row {
    bytes: Bytes,
    spans: Box<[Span]>,
}

impl Row {
    /// Builds a row over shared bytes.
    ///
    /// Returns `None` when a span lies outside the bytes.
    pub fn new(bytes: Bytes, spans: Vec<Span>) -> Option<Self> {
        let fits = spans.iter().all(|span| match *span {
            Span::Bytes { start, end } => start <= end && end as usize <= bytes.len(),
            Span::Null | Span::Unchanged => true,
        });
        fits.then(|| Row { bytes, spans: spans.into_boxed_slice() })
    }

    /// Builds a row from separate cells: for journals and tests.
    pub fn from_cells<'a>(cells: impl IntoIterator<Item = Cell<'a>>) -> Self {
        let mut bytes = Vec::new();
        let mut spans = Vec::new();
        for cell in cells {
            spans.push(match cell {
                Cell::Null => Span::Null,
                Cell::Unchanged => Span::Unchanged,
                Cell::Known(content) => {
                    let start = bytes.len() as u32;
                    bytes.extend_from_slice(content.reveal());
                    Span::Bytes { start, end: bytes.len() as u32 }
                }
            });
        }
        Row { bytes: bytes.into(), spans: spans.into_boxed_slice() }
    }

    /// The cell of a column, by its index in [`Table::columns`](super::Table::columns). A column
    /// beyond the row's end (it was added later) is null.
    pub fn cell(&self, column: usize) -> Cell<'_> {
        match self.spans.get(column) {
            None | Some(Span::Null) => Cell::Null,
            Some(Span::Unchanged) => Cell::Unchanged,
            Some(&Span::Bytes { start, end }) => {
                Cell::Known(Content(&self.bytes[start as usize..end as usize]))
            }
        }
    }

    /// Every cell in column order.
    pub fn cells(&self) -> impl ExactSizeIterator<Item = Cell<'_>> {
        (0..self.spans.len()).map(|column| self.cell(column))
    }

    /// Number of cells.
    pub fn width(&self) -> usize {
        self.spans.len()
    }

    /// Size of the content in bytes, for memory budgets.
    pub fn content_bytes(&self) -> usize {
        self.bytes.len()
    }
}

impl PartialEq for Row {
    fn eq(&self, other: &Row) -> bool {
        self.cells().eq(other.cells())
    }
}

impl Eq for Row {}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.cells()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_never_shows_content() {
        let row = Row::from_cells([Cell::Known(Content::new(b"Ada")), Cell::Null, Cell::Unchanged]);
        assert_eq!(format!("{row:?}"), "[Known(Content(3 bytes)), Null, Unchanged]");
    }

    #[test]
    fn cells_come_back_as_they_went_in() {
        let cells = [Cell::Known(Content::new(b"a")), Cell::Null, Cell::Known(Content::new(b""))];
        assert!(Row::from_cells(cells).cells().eq(cells));
    }

    #[test]
    fn rows_are_equal_when_their_cells_are_wherever_these_lie() {
        let span = Span::Bytes { start: 2, end: 3 };
        let row = Row::new(Bytes::from_static(b"--a-"), vec![span, Span::Null]);
        let cells = [Cell::Known(Content::new(b"a")), Cell::Null];
        assert_eq!(row, Some(Row::from_cells(cells)));
        assert_ne!(row, Some(Row::from_cells([cells[0], Cell::Unchanged])));
    }

    #[test]
    fn a_span_outside_the_bytes_is_refused() {
        let outside = vec![Span::Bytes { start: 0, end: 2 }];
        assert!(Row::new(Bytes::from_static(b"a"), outside).is_none());
        let backwards = vec![Span::Bytes { start: 1, end: 0 }];
        assert!(Row::new(Bytes::from_static(b"a"), backwards).is_none());
    }
}
