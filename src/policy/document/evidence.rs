//! What a pack says of the proof of consent: which tables are written once, which columns evaluate
//! a person, and what the columns of a permission prove.

use super::node::{Node, Value};
use super::pack::Notes;
use super::reader::{Fields, Reader};
use super::selector::conditions;
use crate::model::{Channel, Place};
use crate::policy::{
    AppendOnly, Hashing, PermissionMapping, ProfilingMapping, Retention, Selector, TableMapping,
};

const HASHINGS: [(&str, Hashing); 3] =
    [("md5", Hashing::Md5), ("sha1", Hashing::Sha1), ("sha256", Hashing::Sha256)];

/// `append_only: true`, or `append_only: {recorded_at: …, kept_for: …}` for a table whose rows are
/// deleted when their time has come.
pub fn append_only(reader: &mut Reader, node: &Node) -> Option<Option<AppendOnly>> {
    if !matches!(node.value, Value::Map(_)) {
        let append_only = reader.flag(node)?;
        return Some(append_only.then(AppendOnly::default));
    }
    let fields = reader.fields(node, &["recorded_at", "kept_for"])?;
    let recorded_at = fields.required("recorded_at", reader).and_then(|node| reader.column(node));
    let kept_for = fields.required("kept_for", reader).and_then(|node| reader.duration(node));
    let retention = Retention { recorded_at: recorded_at?, kept_for: kept_for? };
    Some(Some(AppendOnly { retention: Some(retention) }))
}

/// `profiling: {columns: […], objected: […]}`, or one of both. Notes where evaluations are whose row says
/// nothing of objections.
pub(super) fn profiling(
    reader: &mut Reader,
    node: &Node,
    notes: &mut Notes,
) -> Option<ProfilingMapping> {
    let fields = reader.fields(node, &["columns", "objected"])?;
    let columns = fields
        .optional("columns")
        .map_or(Some(Vec::new()), |node| reader.some(node, Reader::column));
    let objected = conditions(reader, fields.optional("objected"));
    let mapping = ProfilingMapping { columns: columns?, objected: objected? };
    if mapping.columns.is_empty() && mapping.objected.is_empty() {
        let help =
            "name the `columns` that evaluate the person, or say when the person has `objected`";
        reader.fault(fields.place(), "this says nothing of profiling", help);
        return None;
    }
    if mapping.objected.is_empty() {
        notes.evaluations.push(fields.place().clone());
    }
    Some(mapping)
}

/// Evaluations need an objection somewhere.
pub(super) fn check_evaluations<'a>(
    reader: &mut Reader,
    evaluations: &[Place],
    tables: impl Iterator<Item = &'a TableMapping>,
) {
    let mut rules = tables.filter_map(|mapping| mapping.profiling.as_ref());
    if rules.any(|rule| !rule.objected.is_empty()) {
        return;
    }
    for place in evaluations {
        let help = "say when the person has `objected`, here or in the table that holds it";
        reader.fault(place, "no table says who has objected to profiling", help);
    }
}

/// `hashed: sha256` beside the `address` of e-mail.
pub fn hashed(
    reader: &mut Reader,
    fields: &Fields<'_>,
    channel: Option<&Selector<Channel>>,
    hashings: &mut Vec<(Hashing, Place)>,
) -> Option<Option<Hashing>> {
    let Some(node) = fields.optional("hashed") else { return Some(None) };
    let hashing = reader.one_of(node, "hash", &HASHINGS)?;
    if fields.optional("address").is_none() {
        let help = "add `address` with the column that holds the hash, or remove `hashed`";
        reader.fault(&node.place, "`hashed` says nothing without `address`", help);
        return None;
    }
    if channel.is_some_and(|channel| *channel != Selector::Fixed(Channel::Email)) {
        let cause = "only hashes of e-mail addresses can be matched";
        reader.fault(&node.place, cause, "write `channel: email`, in an entry of its own");
        return None;
    }
    hashings.push((hashing, node.place.clone()));
    Some(Some(hashing))
}

/// An address has one hash by which it is known, so all lists must hold the same.
pub fn check_hashings(reader: &mut Reader, hashings: &[(Hashing, Place)]) {
    let Some((first, _)) = hashings.first() else { return };
    if let Some((_, place)) = hashings.iter().find(|(hashing, _)| hashing != first) {
        let cause = "the pack reads hashes of another kind elsewhere";
        let help =
            "keep the kind by which the list of refusals is written, and leave the others out";
        reader.fault(place, cause, help);
    }
}

/// Keys that say nothing without another.
pub fn check(reader: &mut Reader, fields: &Fields<'_>, mapping: &PermissionMapping) -> bool {
    let both = mapping.requested_at.is_some() && mapping.confirmed_at.is_some();
    let claimed = mapping.captured_at.is_some() || mapping.confirmed_at.is_some();
    let needs = [
        ("requested_at", mapping.confirmed_at.is_some(), "`confirmed_at`"),
        ("by_staff", both, "`requested_at` and `confirmed_at`"),
        ("imported", claimed, "`captured_at` or `confirmed_at`"),
    ];
    let mut sound = true;
    if let Some(node) = fields.optional("hinged").filter(|_| mapping.address.is_some()) {
        let cause = "a permission with an address holds for that address alone";
        reader.fault(&node.place, cause, "remove `hinged`");
        sound = false;
    }
    for (key, met, others) in needs {
        if let Some(node) = fields.optional(key).filter(|_| !met) {
            let cause = format!("`{key}` says nothing without {others}");
            reader.fault(&node.place, cause, format!("add {others}, or remove `{key}`"));
            sound = false;
        }
    }
    sound
}
