//! What a register declares beside its processing activities.

use std::collections::BTreeMap;

use super::node::Node;
use super::reader::{Fields, Reader, optional};
use super::register::category;
use crate::model::Heading;
use crate::policy::{Attestation, Attested, Governance, ImpactAssessment};

/// The keys of these declarations.
pub const KEYS: [&str; 4] = ["enrichment", "large_scale", "deleted_with_person", "attestations"];

/// What the register declares.
pub fn read(reader: &mut Reader, fields: &Fields<'_>) -> Option<Governance> {
    let otherwise = Governance::default();
    let enrichment = optional(fields, "enrichment", |node| enrichment(reader, node));
    let large_scale = optional(fields, "large_scale", |node| at_least_one(reader, node));
    let deleted_with_person =
        optional(fields, "deleted_with_person", |node| reader.some(node, Reader::table));
    let attestations = optional(fields, "attestations", |node| attestations(reader, node));
    Some(Governance {
        enrichment: enrichment?.unwrap_or_default(),
        large_scale: large_scale?.unwrap_or(otherwise.large_scale),
        deleted_with_person: deleted_with_person?.unwrap_or_default().into_iter().collect(),
        attestations: attestations?.unwrap_or_default(),
    })
}

/// `{svc.enrich: [user.contact.address]}`; an empty list: nothing.
fn enrichment(reader: &mut Reader, node: &Node) -> Option<BTreeMap<String, Vec<Heading>>> {
    let entries = reader.entries(node)?;
    let mut read = BTreeMap::new();
    let mut complete = true;
    for (key, node) in entries {
        if key.name.contains('@') || key.name.chars().any(char::is_whitespace) {
            let help = "name the technical account of the integration, such as svc.enrich";
            reader.fault(&key.place, "this may be a person's name", help);
            complete = false;
        }
        match reader.each(node, category) {
            Some(categories) => drop(read.insert(key.name.clone(), categories)),
            None => complete = false,
        }
    }
    complete.then_some(read)
}

fn at_least_one(reader: &mut Reader, node: &Node) -> Option<u64> {
    let number = reader.number(node)?;
    if number == 0 {
        reader.fault(&node.place, "0 is out of range", "nobody is no scale; write 1 or more");
        return None;
    }
    Some(number)
}

/// `{cookie_banner: {day: 2026-02-01, by: head of marketing}}`.
fn attestations(reader: &mut Reader, node: &Node) -> Option<BTreeMap<Attestation, Attested>> {
    let names = Attestation::ALL.map(|(name, ..)| name);
    let mut read = BTreeMap::new();
    let mut complete = true;
    for (key, node) in reader.entries(node)? {
        let item = Attestation::ALL.iter().find(|(name, ..)| *name == key.name);
        if item.is_none() {
            reader.unknown(&key.place, "attestation", &key.name, &names);
        }
        match (item, attested(reader, node)) {
            (Some((_, item, _)), Some(attested)) => drop(read.insert(*item, attested)),
            _ => complete = false,
        }
    }
    complete.then_some(read)
}

fn attested(reader: &mut Reader, node: &Node) -> Option<Attested> {
    let fields = reader.fields(node, &["day", "by"])?;
    let day = fields.required("day", reader).and_then(|node| reader.day(node));
    let by = fields.required("by", reader).and_then(|node| reader.role(node));
    Some(Attested { day: day?, by: by? })
}

/// `impact_assessment: {done: 2026-01-31}` or `{not_needed: reason}`.
pub fn assessment(reader: &mut Reader, node: &Node) -> Option<ImpactAssessment> {
    let fields = reader.fields(node, &["done", "not_needed"])?;
    match (fields.optional("done"), fields.optional("not_needed")) {
        (Some(node), None) => reader.day(node).map(ImpactAssessment::Done),
        (None, Some(node)) => reader.role(node).map(ImpactAssessment::NotNeeded),
        _ => {
            let help = "give exactly one: `done: 2026-01-31`, or `not_needed:` with the reason";
            reader.fault(fields.place(), "an assessment is done, or is not needed", help);
            None
        }
    }
}
