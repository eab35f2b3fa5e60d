//! Rows in the text format of `COPY` (PostgreSQL manual, "COPY", "Text Format").

use bytes::Bytes;

use crate::model::{Code, Fault, Row, RowPlace, Span};

/// Decodes one line into a row of `columns` cells. Where nothing is escaped, which is nearly
/// always, the row shares the line's bytes.
///
/// Fails with `WIR-001` when the line does not have the table's shape.
pub(in crate::shell::source::postgres) fn decode(
    line: &Bytes,
    columns: usize,
) -> Result<Row, Fault> {
    let shape = || Fault::new(Code::WIR_001, "a row of the initial copy has another shape");
    let Some((b'\n', _)) = line.split_last() else { return Err(shape()) };
    let content = line.slice(..line.len() - 1);
    if columns == 0 {
        return Row::new(content, Vec::new()).ok_or_else(shape);
    }
    let fields = || content.split(|&byte| byte == b'\t');
    if fields().count() != columns {
        return Err(shape());
    }
    let escaped = fields().any(|field| field != NULL && field.contains(&b'\\'));
    let row = if escaped { unescaped(fields(), columns) } else { shared(&content, columns) };
    row.ok_or_else(shape)
}

/// Splits off a first column that says where the row lies, `(page,number)`.
///
/// Fails with `WIR-001` when there is none.
pub(super) fn split_place(line: &Bytes) -> Result<(RowPlace, Bytes), Fault> {
    let split = || {
        let end = line.iter().position(|&byte| byte == b')')?;
        let text = str::from_utf8(line.get(..end)?.strip_prefix(b"(")?).ok()?;
        let (page, number) = text.split_once(',')?;
        let place = RowPlace { page: page.parse().ok()?, number: number.parse().ok()? };
        // Without a column there is no tab before the line's end.
        let rest = match line.get(end + 1)? {
            b'\t' => line.slice(end + 2..),
            _ => line.slice(end + 1..),
        };
        Some((place, rest))
    };
    split().ok_or_else(|| Fault::new(Code::WIR_001, "a row of the copy does not say where it lies"))
}

/// How `COPY` writes SQL null.
const NULL: &[u8] = b"\\N";

fn shared(content: &Bytes, columns: usize) -> Option<Row> {
    let mut spans = Vec::with_capacity(columns);
    let mut start = 0;
    for field in content.split(|&byte| byte == b'\t') {
        let end = start + field.len();
        spans.push(span(field, start, end)?);
        start = end + 1;
    }
    Row::new(content.clone(), spans)
}

fn unescaped<'a>(fields: impl Iterator<Item = &'a [u8]>, columns: usize) -> Option<Row> {
    let (mut bytes, mut spans) = (Vec::new(), Vec::with_capacity(columns));
    for field in fields {
        let start = bytes.len();
        if field != NULL {
            unescape(field, &mut bytes);
        }
        spans.push(span(field, start, bytes.len())?);
    }
    Row::new(bytes.into(), spans)
}

fn span(field: &[u8], start: usize, end: usize) -> Option<Span> {
    if field == NULL {
        return Some(Span::Null);
    }
    Some(Span::Bytes { start: start.try_into().ok()?, end: end.try_into().ok()? })
}

fn unescape(field: &[u8], out: &mut Vec<u8>) {
    let mut bytes = field.iter();
    while let Some(&byte) = bytes.next() {
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        out.extend(bytes.next().map(|escaped| match escaped {
            b'b' => 8,
            b't' => b'\t',
            b'n' => b'\n',
            b'v' => 11,
            b'f' => 12,
            b'r' => b'\r',
            other => *other,
        }));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Cell;

    /// Writes a line as the server does.
    fn encode(cells: &[Option<String>]) -> Bytes {
        let cell = |cell: &Option<String>| match cell {
            None => "\\N".to_owned(),
            Some(text) => text
                .replace('\\', "\\\\")
                .replace('\u{8}', "\\b")
                .replace('\t', "\\t")
                .replace('\n', "\\n")
                .replace('\u{b}', "\\v")
                .replace('\u{c}', "\\f")
                .replace('\r', "\\r"),
        };
        let line: Vec<String> = cells.iter().map(cell).collect();
        Bytes::from(line.join("\t") + "\n")
    }

    fn cells(row: &Row) -> Vec<Option<String>> {
        row.cells()
            .map(|cell| match cell {
                Cell::Known(content) => content.reveal_text().map(str::to_owned),
                Cell::Null | Cell::Unchanged => None,
            })
            .collect()
    }

    proptest! {
        #[test]
        fn every_line_the_server_writes_is_read_back(
            row in prop::collection::vec(prop::option::of("[a-zé\\\\N\u{8}\t\n\u{b}\u{c}\r]{0,6}"), 1..6)
        ) {
            let decoded = decode(&encode(&row), row.len()).unwrap();
            prop_assert_eq!(cells(&decoded), row);
        }

        #[test]
        fn any_bytes_are_a_row_or_a_fault(
            line in prop::collection::vec(any::<u8>(), 0..40), columns in 0usize..5
        ) {
            if let Ok(row) = decode(&Bytes::from(line), columns) {
                prop_assert_eq!(row.width(), columns);
            }
        }
    }

    #[test]
    fn the_place_of_a_row_is_split_off() {
        for (line, rest) in
            [("(4294967294,65535)\ta\tb\n", "a\tb\n"), ("(4294967294,65535)\n", "\n")]
        {
            let (place, found) = split_place(&Bytes::from(line)).unwrap();
            assert_eq!(place, RowPlace { page: u32::MAX - 1, number: u16::MAX });
            assert_eq!(found, rest);
        }
        for line in ["", "(1,2", "secret\n", "(secret,1)\t\n", "(1,70000)\t\n"] {
            let fault = split_place(&Bytes::from(line)).unwrap_err();
            assert!(!fault.to_string().contains("secret"));
        }
    }

    #[test]
    fn empty_text_and_null_are_told_apart() {
        let row = decode(&Bytes::from_static(b"\t\\N\n"), 2).unwrap();
        assert_eq!(cells(&row), [Some(String::new()), None]);
    }

    #[test]
    fn a_line_of_another_shape_is_a_fault_that_does_not_quote_it() {
        for line in ["secret\tsecret\n", "secret", ""] {
            let fault = decode(&Bytes::from(line), 1).unwrap_err();
            assert!(!fault.to_string().contains("secret"));
        }
    }
}
