//! CloudEvents in structured mode, one JSON object per line (CloudEvents JSON format 1.0).

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::event::{CloudEvent, Signature, Topic};
use super::view::{EventView, SignatureView};
use crate::model::{Code, Fault};

/// CloudEvents `specversion`.
pub const SPECIFICATION: &str = "1.0";

/// CloudEvents `datacontenttype`.
pub const CONTENT_TYPE: &str = "application/json";

/// A line. Members it does not name are refused: they would not be covered by the hash.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    #[serde(borrow)]
    specversion: Cow<'a, str>,
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    source: Cow<'a, str>,
    #[serde(borrow)]
    r#type: Cow<'a, str>,
    #[serde(borrow)]
    subject: Cow<'a, str>,
    #[serde(borrow)]
    time: Cow<'a, str>,
    #[serde(borrow)]
    dataschema: Cow<'a, str>,
    #[serde(borrow)]
    datacontenttype: Cow<'a, str>,
    #[serde(borrow)]
    partitionkey: Cow<'a, str>,
    #[serde(borrow)]
    sequence: Cow<'a, str>,
    #[serde(borrow)]
    previoushash: Cow<'a, str>,
    #[serde(borrow)]
    hash: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    authorityuid: Option<Text<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    fingerprint: Option<Text<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    signature: Option<Text<'a>>,
    /// Byte for byte, because the hash covers it so.
    #[serde(borrow)]
    data: &'a RawValue,
}

/// A text that is borrowed also where it may be missing.
#[derive(Serialize, Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// The `sequence` extension: decimal with leading zeros, because its order is that of text
/// (CloudEvents extension "sequence").
pub fn sequence_text(sequence: u64) -> String {
    format!("{sequence:020}")
}

/// The event as one line, without its end.
///
/// # Errors
/// `PUB-001` when the data is not JSON on one line; what [`Chain::seal`](super::Chain::seal) made
/// always is.
pub fn encode(event: &CloudEvent) -> Result<String, Fault> {
    let refused = || Fault::new(Code::PUB_001, format!("event {} is not JSON", event.id));
    if event.data.contains(['\n', '\r']) {
        return Err(refused());
    }
    let data: &RawValue = serde_json::from_str(&event.data).map_err(|_| refused())?;
    let signed = event.signature.as_ref();
    let text = |of: fn(&Signature) -> &String| signed.map(|it| Text(of(it).as_str().into()));
    let line = Line {
        specversion: SPECIFICATION.into(),
        id: event.id.as_str().into(),
        source: event.source.as_str().into(),
        r#type: event.kind.as_str().into(),
        subject: event.subject.as_str().into(),
        time: event.time.as_str().into(),
        dataschema: event.schema.as_str().into(),
        datacontenttype: CONTENT_TYPE.into(),
        partitionkey: event.key.as_str().into(),
        sequence: sequence_text(event.sequence).into(),
        previoushash: event.previous.as_str().into(),
        hash: event.hash.as_str().into(),
        authorityuid: text(|it| &it.authority),
        fingerprint: text(|it| &it.fingerprint),
        signature: text(|it| &it.value),
        data,
    };
    serde_json::to_string(&line).map_err(|_| refused())
}

/// The event of a line.
///
/// # Errors
/// `EVD-001` when the line is not an event of ours. The cause never quotes the line.
pub fn decode(line: &[u8]) -> Result<CloudEvent, Fault> {
    view(line).map(EventView::into_owned)
}

/// The same without a copy of what stands in the line.
///
/// # Errors
/// As [`decode`].
pub fn view(line: &[u8]) -> Result<EventView<'_>, Fault> {
    let fault = |cause: String| Fault::new(Code::EVD_001, cause);
    let line: Line<'_> = serde_json::from_slice(line).map_err(|error| {
        let what = match error.classify() {
            serde_json::error::Category::Data => "has not the members of an event",
            _ => "is not JSON",
        };
        fault(format!("the line {what} (column {})", error.column()))
    })?;
    if line.specversion != SPECIFICATION || line.datacontenttype != CONTENT_TYPE {
        return Err(fault("the line is of another version or content type".into()));
    }
    let sequence = plain_sequence(&line.sequence);
    let mut topics = Topic::ALL.into_iter();
    let topic = topics.find(|topic| topic.event_type() == line.r#type);
    let (Some(sequence), Some(topic)) = (sequence, topic) else {
        return Err(fault("the line's type or sequence is none of ours".into()));
    };
    let signature = match (line.authorityuid, line.fingerprint, line.signature) {
        (None, None, None) => None,
        (Some(Text(authority)), Some(Text(fingerprint)), Some(Text(value))) => {
            Some(SignatureView { authority, fingerprint, value })
        }
        _ => return Err(fault("the line has a part of a signature".into())),
    };
    Ok(EventView {
        topic,
        id: line.id,
        kind: line.r#type,
        source: line.source,
        subject: line.subject,
        time: line.time,
        schema: line.dataschema,
        key: line.partitionkey,
        sequence,
        previous: line.previoushash,
        hash: line.hash,
        signature,
        data: line.data.get().into(),
    })
}

/// The same of a line as [`encode`] writes nearly all: its members in that order, and none but the data with
/// anything escaped. `None` for any other line. The data is taken as it stands, without a look at whether it
/// is JSON: whoever uses this has to compare the hash, which covers it.
pub fn quick_view(line: &[u8]) -> Option<EventView<'_>> {
    let mut rest = std::str::from_utf8(line).ok()?.strip_suffix('}')?;
    let mut member = |before: &str| {
        let (value, after) = rest.strip_prefix(before)?.split_once('"')?;
        let plain = value.bytes().all(|byte| byte >= b' ' && byte != b'\\');
        rest = after;
        plain.then_some(value)
    };
    if member(r#"{"specversion":""#)? != SPECIFICATION {
        return None;
    }
    let (id, source) = (member(r#","id":""#)?, member(r#","source":""#)?);
    let (kind, subject) = (member(r#","type":""#)?, member(r#","subject":""#)?);
    let (time, schema) = (member(r#","time":""#)?, member(r#","dataschema":""#)?);
    if member(r#","datacontenttype":""#)? != CONTENT_TYPE {
        return None;
    }
    let key = member(r#","partitionkey":""#)?;
    let sequence = plain_sequence(member(r#","sequence":""#)?)?;
    let (previous, hash) = (member(r#","previoushash":""#)?, member(r#","hash":""#)?);
    let signature = match member(r#","authorityuid":""#) {
        None => None,
        Some(authority) => Some(SignatureView {
            authority: authority.into(),
            fingerprint: member(r#","fingerprint":""#)?.into(),
            value: member(r#","signature":""#)?.into(),
        }),
    };
    let data = rest.strip_prefix(r#","data":"#)?;
    let topic = Topic::ALL.into_iter().find(|topic| topic.event_type() == kind)?;
    Some(EventView {
        topic,
        id: id.into(),
        kind: kind.into(),
        source: source.into(),
        subject: subject.into(),
        time: time.into(),
        schema: schema.into(),
        key: key.into(),
        sequence,
        previous: previous.into(),
        hash: hash.into(),
        signature,
        data: data.into(),
    })
}

/// Only as `sequence_text` writes it: other spellings would not be covered by the hash.
fn plain_sequence(text: &str) -> Option<u64> {
    let plain = text.len() == 20 && text.bytes().all(|it| it.is_ascii_digit());
    text.parse().ok().filter(|_| plain)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    prop_compose! {
        fn event()(
            topic in prop::sample::select(Topic::ALL.to_vec()),
            texts in prop::array::uniform9(".*"),
            sequence in any::<u64>(),
            data in ".*",
            signature in prop::option::of(prop::array::uniform3(".*")),
        ) -> CloudEvent {
            let [id, source, subject, time, schema, key, previous, hash, member] = texts;
            let data = serde_json::json!({ member: data, "a": [1, null] }).to_string();
            let kind = topic.event_type().to_owned();
            let signature = signature.map(|[authority, fingerprint, value]| {
                Signature { authority, fingerprint, value }
            });
            CloudEvent {
                topic, id, kind, source, subject, time, schema, key, sequence, previous, hash,
                signature, data,
            }
        }
    }

    prop_compose! {
        /// Without anything that JSON escapes, as all are that lawtail writes.
        fn plain_event()(
            mut event in event(),
            texts in prop::array::uniform9("[a-z0-9/:.-]{0,12}"),
            signature in prop::option::of(prop::array::uniform3("[0-9a-f]{0,8}")),
        ) -> CloudEvent {
            let [id, source, subject, time, schema, key, previous, hash, _] = texts;
            event.signature = signature.map(|[authority, fingerprint, value]| {
                Signature { authority, fingerprint, value }
            });
            CloudEvent { id, source, subject, time, schema, key, previous, hash, ..event }
        }
    }

    proptest! {
        #[test]
        fn a_line_reads_back_what_was_written(event in event()) {
            let line = encode(&event).unwrap();
            prop_assert!(!line.contains('\n'));
            if let Some(quick) = quick_view(line.as_bytes()) {
                prop_assert_eq!(quick.into_owned(), event.clone());
            }
            prop_assert_eq!(decode(line.as_bytes()).unwrap(), event);
        }

        #[test]
        fn what_is_read_quickly_is_what_the_line_says(event in plain_event(), at: prop::sample::Index, byte: u8) {
            let mut line = encode(&event).unwrap().into_bytes();
            prop_assert_eq!(quick_view(&line).unwrap().into_owned(), event);
            let at = at.index(line.len());
            line[at] = byte;
            // Of a damaged line it may take what is no JSON, and never anything else than it says.
            if let (Some(quick), Ok(slow)) = (quick_view(&line), decode(&line)) {
                prop_assert_eq!(quick.into_owned(), slow);
            }
        }

        #[test]
        fn any_bytes_are_a_fault_and_not_a_panic(bytes: Vec<u8>) {
            prop_assert_eq!(decode(&bytes).unwrap_err().code, Code::EVD_001);
        }

        #[test]
        fn a_damaged_line_never_panics(event in event(), at: prop::sample::Index, byte: u8) {
            let mut line = encode(&event).unwrap().into_bytes();
            let at = at.index(line.len());
            line[at] = byte;
            let _ = decode(&line);
        }
    }

    fn line() -> String {
        let text = |text: &str| text.to_owned();
        encode(&CloudEvent {
            topic: Topic::Findings,
            id: text("i"),
            kind: text(Topic::Findings.event_type()),
            source: text("/lawtail/1/crm"),
            subject: text("s"),
            time: text("2026-01-01T00:00:00Z"),
            schema: text("d"),
            key: text("k"),
            sequence: 7,
            previous: text("p"),
            hash: text("h"),
            signature: None,
            data: text("{}"),
        })
        .unwrap()
    }

    #[test]
    fn a_line_is_a_structured_cloud_event() {
        expect_test::expect![[r#"{"specversion":"1.0","id":"i","source":"/lawtail/1/crm","type":"eu.lawtail.finding.v1","subject":"s","time":"2026-01-01T00:00:00Z","dataschema":"d","datacontenttype":"application/json","partitionkey":"k","sequence":"00000000000000000007","previoushash":"p","hash":"h","data":{}}"#]]
        .assert_eq(&line());
    }

    #[test]
    fn what_the_hash_would_not_cover_is_refused() {
        let good = line();
        let changes = [
            (r#""specversion":"1.0""#, r#""specversion":"1.1""#),
            (r#""specversion":"1.0""#, r#""specversion":"1.0","more":1"#),
            (r#""id":"i""#, r#""id":"i","id":"i""#),
            (r#""id":"i","#, ""),
            ("application/json", "text/plain"),
            ("00000000000000000007", "7"),
            ("finding.v1", "finding.v2"),
            (r#""hash":"h""#, r#""hash":"h","signature":"s""#),
        ];
        for (from, to) in changes {
            let bad = good.replacen(from, to, 1);
            assert_ne!(bad, good);
            assert_eq!(decode(bad.as_bytes()).unwrap_err().code, Code::EVD_001, "{bad}");
        }
    }
}
