//! A row as a journal writes it: an object of columns and their content.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::{Cell, Content, Row, Table};

/// The columns that a journal names, in its order. A column may be named twice here; whoever turns
/// them into a row refuses that. Deliberately without `Debug`: it holds content.
pub(super) struct Cells(pub(super) Vec<(String, CellText)>);

/// What a journal says of one column.
pub(super) enum CellText {
    /// `null`.
    Null,
    /// `{"unchanged":true}`.
    Unchanged,
    /// Text, or what PostgreSQL would print for a number or a truth value.
    Known(Vec<u8>),
}

/// How content is written that is not text, and what is not content.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Special {
    Unchanged(bool),
    Hex(String),
}

impl Cells {
    /// The columns of a row that are not null.
    pub(super) fn of_row(row: &Row, table: &Table) -> Self {
        let named = table.columns.iter().zip(row.cells()).filter_map(|(column, cell)| {
            let text = match cell {
                Cell::Null => return None,
                Cell::Unchanged => CellText::Unchanged,
                Cell::Known(content) => CellText::Known(content.reveal().to_vec()),
            };
            Some((column.name.clone(), text))
        });
        Cells(named.collect())
    }
}

impl CellText {
    /// As a cell.
    pub(super) fn cell(&self) -> Cell<'_> {
        match self {
            CellText::Null => Cell::Null,
            CellText::Unchanged => Cell::Unchanged,
            CellText::Known(content) => Cell::Known(Content::new(content)),
        }
    }
}

impl Serialize for Cells {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (column, text) in &self.0 {
            map.serialize_entry(column, text)?;
        }
        map.end()
    }
}

impl Serialize for CellText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            CellText::Null => serializer.serialize_unit(),
            CellText::Unchanged => Special::Unchanged(true).serialize(serializer),
            CellText::Known(content) => match std::str::from_utf8(content) {
                Ok(text) => serializer.serialize_str(text),
                Err(_) => Special::Hex(to_hex(content)).serialize(serializer),
            },
        }
    }
}

impl<'de> Deserialize<'de> for Cells {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(CellsVisitor)
    }
}

struct CellsVisitor;

impl<'de> Visitor<'de> for CellsVisitor {
    type Value = Cells;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of columns")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Cells, A::Error> {
        let mut cells = Vec::new();
        while let Some(cell) = map.next_entry()? {
            cells.push(cell);
        }
        Ok(Cells(cells))
    }
}

impl<'de> Deserialize<'de> for CellText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CellTextVisitor)
    }
}

struct CellTextVisitor;

impl<'de> Visitor<'de> for CellTextVisitor {
    type Value = CellText;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text, an integer, true, false, null, {\"unchanged\":true} or {\"hex\":\"…\"}")
    }

    fn visit_unit<E>(self) -> Result<CellText, E> {
        Ok(CellText::Null)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<CellText, E> {
        Ok(CellText::Known(if truth { b"t" } else { b"f" }.to_vec()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<CellText, E> {
        Ok(CellText::Known(number.to_string().into_bytes()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<CellText, E> {
        Ok(CellText::Known(number.to_string().into_bytes()))
    }

    fn visit_str<E>(self, text: &str) -> Result<CellText, E> {
        Ok(CellText::Known(text.as_bytes().to_vec()))
    }

    fn visit_string<E>(self, text: String) -> Result<CellText, E> {
        Ok(CellText::Known(text.into_bytes()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<CellText, A::Error> {
        match Special::deserialize(MapAccessDeserializer::new(map))? {
            Special::Unchanged(true) => Ok(CellText::Unchanged),
            Special::Unchanged(false) => Err(A::Error::custom("unchanged can only be true")),
            Special::Hex(digits) => from_hex(&digits)
                .map(CellText::Known)
                .ok_or_else(|| A::Error::custom("hex is an even number of hexadecimal digits")),
        }
    }
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(digits: &str) -> Option<Vec<u8>> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).map(|digit| digit as u8);
    let pair = |pair: &[u8]| match pair {
        [high, low] => Some(digit(high)? << 4 | digit(low)?),
        _ => None,
    };
    digits.as_bytes().chunks(2).map(pair).collect()
}
