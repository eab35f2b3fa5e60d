//! JSON (RFC 8259) as a walk: no tree is built, and a level too deep is passed over.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{FLAG, INTEGER, NUMBER, TEXT, Walk};

/// Reads a document. What is malformed ends the walk.
pub(super) fn read(walk: &mut Walk<'_>, text: &str, depth: usize) {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    // The error may quote the text; that the walk ends here is all there is to know.
    let _ = Value { walk, depth }.deserialize(&mut deserializer);
}

/// One value with the levels that may still lie in it.
struct Value<'w, 'v> {
    walk: &'w mut Walk<'v>,
    depth: usize,
}

impl<'de> DeserializeSeed<'de> for Value<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let Value { walk, depth } = self;
        while let Some(key) = members.next_key::<String>()? {
            if depth > 1 && walk.key(&key) {
                let read = members.next_value_seed(Value { walk, depth: depth - 1 });
                walk.visitor.leave();
                read?;
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        let Value { walk, depth } = self;
        loop {
            if depth > 1 && walk.left > 0 {
                walk.visitor.element();
                let next = elements.next_element_seed(Value { walk, depth: depth - 1 });
                walk.visitor.leave();
                if next?.is_none() {
                    return Ok(());
                }
            } else if elements.next_element::<IgnoredAny>()?.is_none() {
                return Ok(());
            }
        }
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.walk.value(text, TEXT);
        Ok(())
    }

    fn visit_bool<E>(self, flag: bool) -> Result<(), E> {
        self.walk.value(if flag { "t" } else { "f" }, FLAG);
        Ok(())
    }

    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        self.walk.value(&number.to_string(), INTEGER);
        Ok(())
    }

    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        self.walk.value(&number.to_string(), INTEGER);
        Ok(())
    }

    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        self.walk.value(&number.to_string(), NUMBER);
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}
