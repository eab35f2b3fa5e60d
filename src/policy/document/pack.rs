//! A pack as written: `packs/<name>.yaml`.

use std::collections::BTreeMap;

use super::about::{self, About};
use super::node::{Node, Value};
use super::reader::{Fields, Reader, calling_code, optional, time_zone};
use super::security;
use super::selector::{Selected, channel, conditions, selector};
use super::{columns, duties, evidence, person};
use crate::model::{Place, TableName};
use crate::policy::{
    ActivityMapping, BasisMapping, ContactPointMapping, Hashing, Pack, PermissionMapping,
    Provenance, RequestMapping, Selector, TableMapping, ValueMap,
};

/// A pack with the places that checks against other documents need.
pub struct PackDocument {
    /// The pack.
    pub pack: Pack,
    /// Where each table stands.
    pub tables: BTreeMap<TableName, Place>,
    /// Every purpose it names, with its place.
    pub purposes: Vec<(String, Place)>,
}

/// What is noted while reading, for checks between tables and documents.
#[derive(Default)]
pub(super) struct Notes {
    tables: BTreeMap<TableName, Place>,
    about: About,
    lookups: Vec<(TableName, String, Place)>,
    audits: Vec<(TableName, Place)>,
    purposes: Vec<(String, Place)>,
    pub(super) hashings: Vec<(Hashing, Place)>,
    pub(super) evaluations: Vec<Place>,
}

const PROVENANCES: [(&str, Provenance); 3] =
    [("origin", Provenance::Origin), ("replica", Provenance::Replica), ("feed", Provenance::Feed)];

const PACK_KEYS: &[&str] = &["pack", "provenance", "time_zone", "telephone_country", "tables"];

const TABLE_KEYS: [&str; 46] = [
    "subject",
    "about",
    "key",
    "contact_points",
    "basis",
    "permissions",
    "activity",
    "request",
    "append_only",
    "child",
    "profiling",
    "actor",
    "test_rows",
    "deactivated",
    "restricted",
    "category",
    "legal_hold",
    "collected_at",
    "obtained_elsewhere",
    "list_import",
    "preferred_channel",
    "subject_act",
    "list_membership",
    "portal_choice",
    "columns",
    "soft_deleted",
    "owner",
    "merged_into",
    "export",
    "account",
    "credential",
    "destination",
    "audited_by",
    "consent_level",
    "needs_consent_level",
    "consent_levels_enforced",
    "copies",
    "pseudonymised",
    "pseudonym",
    "resolves",
    "data_export",
    "recipient",
    "access",
    "encrypted",
    "tenant",
    "kept_until",
];

const REQUEST_KEYS: [&str; 8] =
    ["kind", "fulfilled", "rejected", "withdrawn", "extended", "paused", "reason", "received_at"];
const PERMISSION_KEYS: [&str; 15] = [
    "address",
    "hashed",
    "channel",
    "purpose",
    "status",
    "when",
    "evidence",
    "captured_at",
    "requested_at",
    "confirmed_at",
    "documented_by",
    "valid_until",
    "by_staff",
    "imported",
    "hinged",
];

/// Reads a pack.
pub fn read(reader: &mut Reader, root: &Node) -> Option<PackDocument> {
    let fields = reader.fields(root, PACK_KEYS)?;
    let name = fields.required("pack", reader).and_then(|node| reader.text(node));
    let provenance = fields
        .required("provenance", reader)
        .and_then(|node| reader.one_of(node, "provenance", &PROVENANCES));
    let zone = optional(&fields, "time_zone", |node| time_zone(reader, node));
    let telephones = optional(&fields, "telephone_country", |node| calling_code(reader, node));
    let mut notes = Notes::default();
    let tables =
        fields.required("tables", reader).and_then(|node| read_tables(reader, node, &mut notes));
    check_references(reader, &notes);
    evidence::check_hashings(reader, &notes.hashings);
    let mut pack = Pack {
        name: name?,
        provenance: provenance?,
        time_zone: zone?.unwrap_or_default(),
        telephone_country: telephones?,
        tables: tables?,
    };
    evidence::check_evaluations(reader, &notes.evaluations, pack.tables.values());
    // What is said of tables without people would be of no use to anybody.
    about::resolve(reader, &mut pack.tables, &notes.tables).then_some(())?;
    let zone = &pack.time_zone;
    pack.tables.values_mut().for_each(|mapping| mapping.time_zone = zone.clone());
    for (table, field, _) in notes.lookups {
        if let Some(mapping) = pack.tables.get_mut(&table) {
            mapping.looked_up.entry(field).or_default();
        }
    }
    Some(PackDocument { pack, tables: notes.tables, purposes: notes.purposes })
}

fn read_tables(
    reader: &mut Reader,
    node: &Node,
    notes: &mut Notes,
) -> Option<BTreeMap<TableName, TableMapping>> {
    let mut tables = BTreeMap::new();
    let mut complete = true;
    for (key, node) in reader.entries(node)? {
        let name = reader.table_name(&key.name, &key.place);
        if let Some(name) = &name {
            notes.tables.insert(name.clone(), key.place.clone());
        }
        let mapping = read_table(reader, node, notes);
        if let Some(name) = &name {
            notes.about.note(name, node);
        }
        match (name, mapping) {
            (Some(name), Some(mapping)) => drop(tables.insert(name, mapping)),
            _ => complete = false,
        }
    }
    complete.then_some(tables)
}

fn read_table(reader: &mut Reader, node: &Node, notes: &mut Notes) -> Option<TableMapping> {
    let fields = reader.fields(node, &TABLE_KEYS)?;
    let subject = about::read(reader, &fields, &mut notes.about);
    let key = optional(&fields, "key", |node| reader.column(node));
    let contact_points = fields
        .optional("contact_points")
        .map_or(Some(Vec::new()), |node| reader.some(node, contact_point));
    let basis = optional(&fields, "basis", |node| read_basis(reader, node, notes));
    let permissions = fields.optional("permissions").map_or(Some(Vec::new()), |node| {
        reader.some(node, |reader, node| read_permission(reader, node, notes))
    });
    let activity = optional(&fields, "activity", |node| read_activity(reader, node, notes));
    let request = optional(&fields, "request", |node| read_request(reader, node, notes));
    let append_only = fields
        .optional("append_only")
        .map_or(Some(None), |node| evidence::append_only(reader, node));
    let child = optional(&fields, "child", |node| person::child(reader, node, notes));
    let profiling = optional(&fields, "profiling", |node| evidence::profiling(reader, node, notes));
    let actor = optional(&fields, "actor", |node| reader.column(node));
    let test_rows = conditions(reader, fields.optional("test_rows"));
    let deactivated = conditions(reader, fields.optional("deactivated"));
    let restricted = conditions(reader, fields.optional("restricted"));
    let security = security::read(reader, &fields, &mut notes.audits);
    let person = person::read(reader, &fields, notes);
    let subject_act = optional(&fields, "subject_act", |node| person::subject_act(reader, node));
    let membership =
        optional(&fields, "list_membership", |node| person::membership(reader, node, notes));
    let portal = optional(&fields, "portal_choice", |node| person::portal(reader, node, notes));
    let duties = duties::read(reader, &fields, notes);
    let columns = fields
        .optional("columns")
        .map_or(Some(BTreeMap::new()), |node| columns::read(reader, node));
    let mapping = TableMapping {
        subject: subject?,
        key: key?,
        contact_points: contact_points?,
        basis: basis?,
        permissions: permissions?,
        activity: activity?,
        request: request?,
        deactivated: deactivated?,
        restricted: restricted?,
        append_only: append_only?,
        child: child?,
        profiling: profiling?,
        person: person?,
        subject_act: subject_act?,
        membership: membership?,
        portal: portal?,
        duties: duties?,
        actor: actor?,
        test_rows: test_rows?,
        security: security?,
        columns: columns?,
        ..TableMapping::default()
    };
    let of_people = person::is_said_of_people(reader, &fields, &mapping);
    if !(duties::check(reader, &fields, &mapping) && of_people) {
        return None;
    }
    if mapping.subject.is_none() && names_people(&mapping) {
        let cause =
            "contact points, bases, permissions, activities and requests are about somebody";
        let help = "say about whom: `about: {table: …, column: …}`; each row of a list that knows \
                    nothing but addresses is somebody of its own: `subject: {key: …}`";
        reader.fault(fields.place(), cause, help);
        return None;
    }
    Some(mapping)
}

fn names_people(mapping: &TableMapping) -> bool {
    !mapping.contact_points.is_empty()
        || !mapping.permissions.is_empty()
        || mapping.basis.is_some()
        || mapping.activity.is_some()
        || mapping.request.is_some()
        || mapping.subject_act.is_some()
        || mapping.membership.is_some()
        || mapping.portal.is_some()
}

fn contact_point(reader: &mut Reader, node: &Node) -> Option<ContactPointMapping> {
    let fields = reader.fields(node, &["channel", "column", "when", "changed_by_subject"])?;
    let channel = fields.required("channel", reader).and_then(|node| match node.value {
        Value::Map(_) => {
            let help = "where one column holds addresses of several kinds, write an entry for each channel with \
                        the rows it is about: {channel: email, column: value, when: [{column: kind, in: [mail]}]}";
            reader.fault(&node.place, "a contact point has one channel, and this is a mapping", help);
            None
        }
        _ => channel(reader, node),
    });
    let column = fields.required("column", reader).and_then(|node| reader.column(node));
    let when = conditions(reader, fields.optional("when"));
    let changed_by_subject = conditions(reader, fields.optional("changed_by_subject"));
    Some(ContactPointMapping {
        channel: channel?,
        column: column?,
        when: when?,
        changed_by_subject: changed_by_subject?,
    })
}

fn read_basis(reader: &mut Reader, node: &Node, notes: &mut Notes) -> Option<BasisMapping> {
    let keys = ["purpose", "basis", "when", "withdrawn", "valid_until"];
    let fields = reader.fields(node, &keys)?;
    let purpose = selected(reader, &fields, "purpose", notes);
    note_purposes(purpose.as_ref(), fields.optional("purpose"), notes);
    let basis = selected(reader, &fields, "basis", notes);
    let when = conditions(reader, fields.optional("when"));
    let withdrawn = conditions(reader, fields.optional("withdrawn"));
    let valid_until = optional(&fields, "valid_until", |node| reader.column(node));
    Some(BasisMapping {
        purpose: purpose?,
        basis: basis?,
        when: when?,
        withdrawn: withdrawn?,
        valid_until: valid_until?,
    })
}

fn read_permission(
    reader: &mut Reader,
    node: &Node,
    notes: &mut Notes,
) -> Option<PermissionMapping> {
    let fields = reader.fields(node, &PERMISSION_KEYS)?;
    let address = optional(&fields, "address", |node| reader.column(node));
    let channel = selected(reader, &fields, "channel", notes);
    let hashed = evidence::hashed(reader, &fields, channel.as_ref(), &mut notes.hashings);
    let purpose = match fields.optional("purpose") {
        None => Some(None),
        Some(node) => {
            let purpose = selected(reader, &fields, "purpose", notes);
            note_purposes(purpose.as_ref(), Some(node), notes);
            purpose.map(Some)
        }
    };
    let status = selected(reader, &fields, "status", notes);
    let mut tests = |key| conditions(reader, fields.optional(key));
    let (when, evidence) = (tests("when"), tests("evidence"));
    let (by_staff, imported) = (tests("by_staff"), tests("imported"));
    let mut column = |key| optional(&fields, key, |node| reader.column(node));
    let (captured_at, requested_at) = (column("captured_at"), column("requested_at"));
    let (confirmed_at, valid_until) = (column("confirmed_at"), column("valid_until"));
    let documented_by = fields
        .optional("documented_by")
        .map_or(Some(Vec::new()), |node| reader.some(node, Reader::column));
    let hinged = fields.optional("hinged").map_or(Some(false), |node| reader.flag(node));
    let mapping = PermissionMapping {
        address: address?,
        hashed: hashed?,
        channel: channel?,
        purpose: purpose?,
        status: status?,
        when: when?,
        evidence: evidence?,
        captured_at: captured_at?,
        requested_at: requested_at?,
        confirmed_at: confirmed_at?,
        documented_by: documented_by?,
        valid_until: valid_until?,
        by_staff: by_staff?,
        imported: imported?,
        hinged: hinged?,
    };
    evidence::check(reader, &fields, &mapping).then_some(mapping)
}

fn read_activity(reader: &mut Reader, node: &Node, notes: &mut Notes) -> Option<ActivityMapping> {
    let fields = reader.fields(node, &["channel", "purpose", "address", "hashed", "when"])?;
    let channel = selected(reader, &fields, "channel", notes);
    let hashed = evidence::hashed(reader, &fields, channel.as_ref(), &mut notes.hashings);
    let purpose = selected(reader, &fields, "purpose", notes);
    note_purposes(purpose.as_ref(), fields.optional("purpose"), notes);
    let address = optional(&fields, "address", |node| reader.column(node));
    let when = conditions(reader, fields.optional("when"));
    Some(ActivityMapping {
        channel: channel?,
        purpose: purpose?,
        address: address?,
        hashed: hashed?,
        when: when?,
    })
}

fn read_request(reader: &mut Reader, node: &Node, notes: &mut Notes) -> Option<RequestMapping> {
    let fields = reader.fields(node, &REQUEST_KEYS)?;
    let kind = selected(reader, &fields, "kind", notes);
    let fulfilled = match fields.required("fulfilled", reader) {
        Some(node) => conditions(reader, Some(node)),
        None => None,
    };
    let rejected = conditions(reader, fields.optional("rejected"));
    let withdrawn = conditions(reader, fields.optional("withdrawn"));
    let extended = conditions(reader, fields.optional("extended"));
    let paused = conditions(reader, fields.optional("paused"));
    let reason = optional(&fields, "reason", |node| reader.column(node));
    let received_at = optional(&fields, "received_at", |node| reader.column(node));
    if let (Some(node), None) = (fields.optional("reason"), fields.optional("rejected")) {
        let cause = "a reason is asked for when a request is refused, and nothing says when it is";
        reader.fault(&node.place, cause, "add `rejected:` with the conditions of a refusal");
        return None;
    }
    Some(RequestMapping {
        kind: kind?,
        fulfilled: fulfilled?,
        rejected: rejected?,
        withdrawn: withdrawn?,
        extended: extended?,
        paused: paused?,
        reason: reason?,
        received_at: received_at?,
    })
}

/// Notes a table that is to be in the pack.
pub(super) fn note_table(notes: &mut Notes, table: &TableName, place: &Place) {
    notes.audits.push((table.clone(), place.clone()));
}

/// A required selector; notes the table that it looks up.
pub(super) fn selected<T: Selected>(
    reader: &mut Reader,
    fields: &Fields<'_>,
    key: &str,
    notes: &mut Notes,
) -> Option<Selector<T>> {
    let node = fields.required(key, reader)?;
    let found = selector(reader, node)?;
    if let Selector::Lookup { table, field, .. } = &found {
        notes.lookups.push((table.clone(), field.clone(), node.place.clone()));
    }
    Some(found)
}

/// Notes the purposes that the document itself names; those in columns come with the stream.
pub(super) fn note_purposes(
    purpose: Option<&Selector<String>>,
    node: Option<&Node>,
    notes: &mut Notes,
) {
    let (Some(purpose), Some(node)) = (purpose, node) else { return };
    let named: Vec<&String> = match purpose {
        Selector::Fixed(purpose) => vec![purpose],
        Selector::Column { values, .. } | Selector::Lookup { values, .. } => match values {
            ValueMap::Itself => Vec::new(),
            ValueMap::Listed(listed) => listed.values().collect(),
        },
    };
    notes.purposes.extend(named.into_iter().map(|name| (name.clone(), node.place.clone())));
}

/// Checks what one table says about another.
fn check_references(reader: &mut Reader, notes: &Notes) {
    let names: Vec<String> = notes.tables.keys().map(TableName::to_string).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    notes.about.check(reader, &names);
    let lookups = notes.lookups.iter().map(|(table, _, place)| (table, place));
    let audits = notes.audits.iter().map(|(table, place)| (table, place));
    for (table, place) in lookups.chain(audits) {
        if !notes.tables.contains_key(table) {
            reader.unknown(place, "table", &table.to_string(), &names);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Code;
    use crate::policy::document::node;

    fn country(text: &str) -> Result<Option<String>, Vec<String>> {
        let text = format!(
            "pack: small\nprovenance: origin\n{text}\ntables: {{crm.people: {{subject: {{key: id}}}}}}"
        );
        let root = node::parse("packs/small.yaml", &text, Code::POL_002).expect("it is YAML");
        let mut reader = Reader::new(Code::POL_002);
        let read = read(&mut reader, &root);
        let code = |document: PackDocument| document.pack.telephone_country;
        read.map(|it| code(it).map(|code| code.digits().to_owned()))
            .ok_or_else(|| reader.into_faults().into_iter().map(|it| it.cause).collect())
    }

    #[test]
    fn a_pack_may_say_where_its_telephone_numbers_are_dialled() {
        assert_eq!(country(""), Ok(None));
        assert_eq!(country("telephone_country: DE"), Ok(Some("49".into())));
        assert_eq!(country("telephone_country: \"NO\""), Ok(Some("47".into())));
        let cause = vec!["a text is expected, and this is a boolean".to_owned()];
        assert_eq!(country("telephone_country: NO"), Err(cause));
        for wrong in ["Germany", "49", "de", "+49"] {
            let faults = country(&format!("telephone_country: \"{wrong}\""));
            let cause = format!("`{wrong}` is no country with telephone numbers");
            assert_eq!(faults, Err(vec![cause]));
        }
    }
}
