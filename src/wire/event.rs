//! An event as it leaves lawtail: a CloudEvent, ready for any publisher.

use serde::{Deserialize, Serialize};

/// Where an event goes; the topic's name is the prefix plus [`Topic::suffix`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// Findings.
    Findings,
    /// Incidents.
    Incidents,
    /// The data map; compacted by key.
    Catalogue,
    /// What was not seen.
    Coverage,
    /// What became of the policies.
    Policies,
    /// What the chains say about themselves: checkpoints and signing keys.
    Evidence,
}

impl Topic {
    /// Every topic.
    pub const ALL: [Topic; 6] = [
        Topic::Findings,
        Topic::Incidents,
        Topic::Catalogue,
        Topic::Coverage,
        Topic::Policies,
        Topic::Evidence,
    ];

    /// The end of the topic's name: `findings` in `lawtail.findings`.
    pub fn suffix(self) -> &'static str {
        match self {
            Topic::Findings => "findings",
            Topic::Incidents => "incidents",
            Topic::Catalogue => "catalog",
            Topic::Coverage => "coverage",
            Topic::Policies => "policies",
            Topic::Evidence => "evidence",
        }
    }

    /// CloudEvents `type` of the topic's events.
    pub fn event_type(self) -> &'static str {
        match self {
            Topic::Findings => "eu.lawtail.finding.v1",
            Topic::Incidents => "eu.lawtail.incident.v1",
            Topic::Catalogue => "eu.lawtail.catalog.v1",
            Topic::Coverage => "eu.lawtail.coverage.v1",
            Topic::Policies => "eu.lawtail.policy.v1",
            Topic::Evidence => "eu.lawtail.evidence.v1",
        }
    }

    /// CloudEvents `dataschema` of the topic's events: the `$id` of a schema in `deploy/schemas`.
    pub fn schema(self) -> &'static str {
        match self {
            Topic::Findings => "urn:lawtail:schema:finding.v1",
            Topic::Incidents => "urn:lawtail:schema:incident.v1",
            Topic::Catalogue => "urn:lawtail:schema:catalog.v1",
            Topic::Coverage => "urn:lawtail:schema:coverage.v1",
            Topic::Policies => "urn:lawtail:schema:policy.v1",
            Topic::Evidence => "urn:lawtail:schema:evidence.v1",
        }
    }
}

/// One CloudEvent 1.0 (<https://github.com/cloudevents/spec>), linked into its topic's hash chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloudEvent {
    /// Topic.
    pub topic: Topic,
    /// `id`: derived from content, so that a replay repeats it.
    pub id: String,
    /// `type`, such as `eu.lawtail.finding.v1`.
    pub kind: String,
    /// `source`: `/lawtail/<system identifier>/<database>`.
    pub source: String,
    /// `subject`: table and row or incident, without any value.
    pub subject: String,
    /// `time`, RFC 3339: the commit time.
    pub time: String,
    /// `dataschema`.
    pub schema: String,
    /// `partitionkey` and Kafka key: the data subject's or incident's reference, or the table.
    pub key: String,
    /// Number within the topic's chain, from 1.
    pub sequence: u64,
    /// Hash of the previous event of the topic, hexadecimal; 64 zeros for the first.
    pub previous: String,
    /// SHA-256 over every attribute above and the data, and over the signature where there is
    /// one, hexadecimal.
    pub hash: String,
    /// Who vouches for it, if anybody.
    pub signature: Option<Signature>,
    /// The body: JSON.
    pub data: String,
}

/// A signature, by the names of OCSF's object `attestation`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// `authorityuid`: id of the key.
    pub authority: String,
    /// `fingerprint`: SHA-256 over the event's attributes and data, the key's id among them,
    /// hexadecimal.
    pub fingerprint: String,
    /// `signature`: Ed25519 over the 32 bytes of the fingerprint, hexadecimal.
    pub value: String,
}
