//! Values that are put together of others: JSON, arrays, composite types, hstore.
//!
//! One pass over PostgreSQL's text, linear in its length for each level of the type, bounded in
//! depth and in the number of keys and single values: what lies beyond is passed over. A text that
//! is not well-formed is read up to where it stops making sense. Nothing is kept: a [`Visitor`] is
//! told what stands where.

mod json;
mod literal;
mod member;

pub use member::{Member, member};

use crate::model::limits::{NESTED_DEPTH, NESTED_PARTS};
use crate::model::{Part, Structure};

/// Is told what a value is put together of, in the order of its text.
pub trait Visitor {
    /// What follows, up to [`Visitor::leave`], lies under this key. False passes it over, without a
    /// `leave`.
    fn key(&mut self, key: &str) -> bool;

    /// What follows, up to [`Visitor::leave`], is an element of a list.
    fn element(&mut self);

    /// The end of the last key or element.
    fn leave(&mut self);

    /// A single value as text, with the object identifier of its type in `pg_type`.
    fn value(&mut self, text: &str, type_oid: u32);
}

/// Object identifiers of the types that JSON's single values correspond to.
const TEXT: u32 = 25;
const INTEGER: u32 = 20;
const NUMBER: u32 = 1700;
const FLAG: u32 = 16;

/// Reads a value of this structure. A plain one is not read.
pub fn read(structure: &Structure, text: &str, visitor: &mut dyn Visitor) {
    let mut walk = Walk { visitor, left: NESTED_PARTS };
    walk.structure(structure, text, NESTED_DEPTH);
}

/// Reads an array of any dimensions: its elements that are not null, as texts, until it is told to
/// stop.
pub fn elements(text: &str, element: &mut dyn FnMut(&str) -> bool) {
    literal::array(text, element);
}

/// A walk through one value.
struct Walk<'v> {
    visitor: &'v mut dyn Visitor,
    /// Keys and single values that may still be looked at.
    left: usize,
}

impl Walk<'_> {
    fn structure(&mut self, structure: &Structure, text: &str, depth: usize) {
        if depth == 0 || self.left == 0 {
            return;
        }
        match structure {
            Structure::Plain => {}
            Structure::Json => json::read(self, text, depth),
            Structure::Map => literal::map(text, |key, value| {
                if self.key(key) {
                    value.iter().for_each(|value| self.value(value, TEXT));
                    self.visitor.leave();
                }
                self.left > 0
            }),
            Structure::Array(part) => literal::array(text, |element| {
                self.visitor.element();
                self.part(part, element, depth);
                self.visitor.leave();
                self.left > 0
            }),
            Structure::Composite(fields) => {
                let mut fields = fields.iter();
                literal::composite(text, |value| {
                    let Some((name, part)) = fields.next() else { return false };
                    if let Some(value) = value
                        && self.key(name)
                    {
                        self.part(part, value, depth);
                        self.visitor.leave();
                    }
                    self.left > 0
                });
            }
        }
    }

    fn part(&mut self, part: &Part, text: &str, depth: usize) {
        match part.structure {
            Structure::Plain => self.value(text, part.type_oid),
            ref structure => self.structure(structure, text, depth - 1),
        }
    }

    /// A key costs as much as a value: a document may have millions that lead to none.
    fn key(&mut self, key: &str) -> bool {
        if self.left == 0 {
            return false;
        }
        self.left -= 1;
        self.visitor.key(key)
    }

    fn value(&mut self, text: &str, type_oid: u32) {
        if self.left > 0 {
            self.left -= 1;
            self.visitor.value(text, type_oid);
        }
    }
}

#[cfg(test)]
mod tests;
