//! An event as it stands in a text, without a copy of its parts: what verification looks at.

use std::borrow::Cow;

use super::event::{CloudEvent, Signature, Topic};

/// As [`CloudEvent`], whose members tell what each is.
#[derive(Debug)]
pub struct EventView<'a> {
    pub(super) topic: Topic,
    pub(super) id: Cow<'a, str>,
    pub(super) kind: Cow<'a, str>,
    pub(super) source: Cow<'a, str>,
    pub(super) subject: Cow<'a, str>,
    pub(super) time: Cow<'a, str>,
    pub(super) schema: Cow<'a, str>,
    pub(super) key: Cow<'a, str>,
    pub(super) sequence: u64,
    pub(super) previous: Cow<'a, str>,
    pub(super) hash: Cow<'a, str>,
    pub(super) signature: Option<SignatureView<'a>>,
    pub(super) data: Cow<'a, str>,
}

/// As [`Signature`].
#[derive(Debug)]
pub(super) struct SignatureView<'a> {
    pub(super) authority: Cow<'a, str>,
    pub(super) fingerprint: Cow<'a, str>,
    pub(super) value: Cow<'a, str>,
}

impl<'a> EventView<'a> {
    /// Of an event that is there.
    pub fn of(event: &'a CloudEvent) -> Self {
        let signature = event.signature.as_ref().map(|signature| SignatureView {
            authority: (&signature.authority).into(),
            fingerprint: (&signature.fingerprint).into(),
            value: (&signature.value).into(),
        });
        EventView {
            topic: event.topic,
            id: (&event.id).into(),
            kind: (&event.kind).into(),
            source: (&event.source).into(),
            subject: (&event.subject).into(),
            time: (&event.time).into(),
            schema: (&event.schema).into(),
            key: (&event.key).into(),
            sequence: event.sequence,
            previous: (&event.previous).into(),
            hash: (&event.hash).into(),
            signature,
            data: (&event.data).into(),
        }
    }

    /// The event of its own.
    pub fn into_owned(self) -> CloudEvent {
        let signature = self.signature.map(|signature| Signature {
            authority: signature.authority.into_owned(),
            fingerprint: signature.fingerprint.into_owned(),
            value: signature.value.into_owned(),
        });
        CloudEvent {
            topic: self.topic,
            id: self.id.into_owned(),
            kind: self.kind.into_owned(),
            source: self.source.into_owned(),
            subject: self.subject.into_owned(),
            time: self.time.into_owned(),
            schema: self.schema.into_owned(),
            key: self.key.into_owned(),
            sequence: self.sequence,
            previous: self.previous.into_owned(),
            hash: self.hash.into_owned(),
            signature,
            data: self.data.into_owned(),
        }
    }
}
