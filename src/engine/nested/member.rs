//! One member of a JSON document, where it stands in the text.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

/// What stands under a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Member<'a> {
    /// Nothing, or JSON's null.
    Null,
    /// A string, a number, `t` or `f` as PostgreSQL writes a boolean, or the JSON of what is put together.
    Text(&'a str),
    /// It cannot be told: this is no document with members, or the string is written with escapes.
    Unknown,
}

/// The member under the keys of a path, which dots separate. PostgreSQL writes jsonb without escapes but for
/// quotes, backslashes and control characters, so that hardly any string is unknown.
pub fn member<'a>(document: &'a str, path: &str) -> Member<'a> {
    let mut text = document;
    for key in path.split('.') {
        match text.trim_start().bytes().next() {
            Some(b'n') if text.trim() == "null" => return Member::Null,
            Some(b'{') => {}
            // As some languages write a document without members.
            Some(b'[') if is_empty_list(text) => return Member::Null,
            _ => return Member::Unknown,
        }
        let Ok(members) = serde_json::from_str::<BTreeMap<String, &RawValue>>(text) else {
            return Member::Unknown;
        };
        match members.get(key) {
            Some(value) => text = value.get(),
            None => return Member::Null,
        }
    }
    single(text)
}

fn is_empty_list(text: &str) -> bool {
    let within = text.trim().strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    within.is_some_and(|within| within.trim().is_empty())
}

fn single(text: &str) -> Member<'_> {
    match text {
        "null" => Member::Null,
        "true" => Member::Text("t"),
        "false" => Member::Text("f"),
        _ => match text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
            Some(content) if content.contains('\\') => Member::Unknown,
            Some(content) => Member::Text(content),
            None => Member::Text(text),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = r#"{"email": {"news": true, "since": "2026-01-02", "grüße": "ä"}, "sms": null,
        "level": 3, "note": "a \"quoted\" word", "tags": ["a"]}"#;

    #[test]
    fn members_are_read_as_columns_would_be() {
        assert_eq!(member(DOCUMENT, "email.news"), Member::Text("t"));
        assert_eq!(member(DOCUMENT, "email.since"), Member::Text("2026-01-02"));
        assert_eq!(member(DOCUMENT, "email.grüße"), Member::Text("ä"));
        assert_eq!(member(DOCUMENT, "level"), Member::Text("3"));
        assert_eq!(member(DOCUMENT, "tags"), Member::Text(r#"["a"]"#));
    }

    #[test]
    fn what_is_not_there_is_null() {
        for path in ["sms", "sms.news", "fax", "fax.news", "email.fax"] {
            assert_eq!(member(DOCUMENT, path), Member::Null, "{path}");
        }
        for document in ["null", "[]", "[ ]", r#"{"email": []}"#] {
            assert_eq!(member(document, "email.news"), Member::Null, "{document}");
        }
    }

    #[test]
    fn what_cannot_be_told_is_unknown() {
        assert_eq!(member(DOCUMENT, "note"), Member::Unknown, "escapes");
        for document in ["", "{", "[1]", "12", "\"text\"", r#"{"email": }"#] {
            assert_eq!(member(document, "email"), Member::Unknown, "{document}");
        }
        assert_eq!(member(DOCUMENT, "level.of"), Member::Unknown, "a number has no members");
    }
}
