//! The attributes of an event as headers (CloudEvents Kafka protocol binding 1.0.2, binary mode).

use rdkafka::message::{Header, OwnedHeaders};

use crate::wire::{CloudEvent, lines};

/// All of them, those of the signature where there is one.
pub(super) fn of(event: &CloudEvent) -> OwnedHeaders {
    let sequence = lines::sequence_text(event.sequence);
    let headers: [(&str, &str); 12] = [
        ("ce_specversion", lines::SPECIFICATION),
        ("ce_id", &event.id),
        ("ce_source", &event.source),
        ("ce_type", &event.kind),
        ("ce_subject", &event.subject),
        ("ce_time", &event.time),
        ("ce_dataschema", &event.schema),
        ("ce_partitionkey", &event.key),
        ("ce_sequence", &sequence),
        ("ce_previoushash", &event.previous),
        ("ce_hash", &event.hash),
        ("content-type", lines::CONTENT_TYPE),
    ];
    let signed = event.signature.iter().flat_map(|signed| -> [(&str, &str); 3] {
        [
            ("ce_authorityuid", &signed.authority),
            ("ce_fingerprint", &signed.fingerprint),
            ("ce_signature", &signed.value),
        ]
    });
    let empty = OwnedHeaders::new_with_capacity(headers.len() + 3);
    headers
        .into_iter()
        .chain(signed)
        .fold(empty, |all, (key, value)| all.insert(Header { key, value: Some(value) }))
}
