//! What a pack says of people beyond who they are.

use super::node::Node;
use super::pack::{Notes, note_purposes, selected};
use super::reader::{Fields, Reader, optional};
use super::selector::{Selected, conditions};
use crate::policy::{
    AgeOfConsent, BirthMapping, ChildMapping, Condition, ImportMapping, MembershipMapping,
    PersonMapping, PortalMapping, Selector, SourceMapping, SubjectAct, TableMapping,
};

/// The keys that say something of the person whose row it is.
const PERSON_KEYS: [&str; 6] = [
    "category",
    "legal_hold",
    "collected_at",
    "obtained_elsewhere",
    "list_import",
    "preferred_channel",
];

/// Whether what is said of people stands in a table of people.
pub fn is_said_of_people(reader: &mut Reader, fields: &Fields<'_>, mapping: &TableMapping) -> bool {
    let keys = ["deactivated", "restricted", "child"];
    for key in keys.into_iter().chain(PERSON_KEYS) {
        let Some(node) = fields.optional(key).filter(|_| !mapping.is_subject_table()) else {
            continue;
        };
        let cause = format!("`{key}` is said of a person, and the rows of this table are none");
        reader.fault(&node.place, cause, "move it to the table of people, the one with `subject:`");
        return false;
    }
    true
}

/// What the keys say of the person whose row it is.
pub(super) fn read(
    reader: &mut Reader,
    fields: &Fields<'_>,
    notes: &mut Notes,
) -> Option<PersonMapping> {
    let category = optional_selector(reader, fields, "category", notes);
    let legal_hold = conditions(reader, fields.optional("legal_hold"));
    let collected_at = optional(fields, "collected_at", |node| reader.column(node));
    let source = optional(fields, "obtained_elsewhere", |node| source(reader, node));
    let import = optional(fields, "list_import", |node| import(reader, node));
    let preferred_channel = optional_selector(reader, fields, "preferred_channel", notes);
    Some(PersonMapping {
        category: category?,
        legal_hold: legal_hold?,
        collected_at: collected_at?,
        source: source?,
        import: import?,
        preferred_channel: preferred_channel?,
    })
}

fn optional_selector<T: Selected>(
    reader: &mut Reader,
    fields: &Fields<'_>,
    key: &str,
    notes: &mut Notes,
) -> Option<Option<Selector<T>>> {
    match fields.optional(key) {
        None => Some(None),
        Some(_) => selected(reader, fields, key, notes).map(Some),
    }
}

/// `child: {when: […], born: birth_date, country: {column: …}, guardian: […]}`.
pub(super) fn child(reader: &mut Reader, node: &Node, notes: &mut Notes) -> Option<ChildMapping> {
    let fields = reader.fields(node, &["when", "born", "country", "guardian"])?;
    let when = conditions(reader, fields.optional("when"));
    let born = optional(&fields, "born", |node| reader.column(node));
    let country = optional_selector(reader, &fields, "country", notes);
    let guardian = conditions(reader, fields.optional("guardian"));
    let (born, country) = (born?, country?);
    if fields.optional("when").or(fields.optional("born")).is_none() {
        let help = "say `when` the row calls the person a child, or where it says when the person was `born`";
        reader.fault(fields.place(), "nothing tells who is a child", help);
        return None;
    }
    if let (None, Some(country)) = (&born, fields.optional("country")) {
        let help = "add `born`, or remove `country`";
        reader.fault(
            &country.place,
            "the country sets an age, and nothing tells the person's",
            help,
        );
        return None;
    }
    let born = born.map(|column| BirthMapping { column, country, ages: AgeOfConsent::default() });
    Some(ChildMapping { when: when?, born, guardian: guardian? })
}

/// `subject_act: {when: […], at: …}`; both may be left out.
pub fn subject_act(reader: &mut Reader, node: &Node) -> Option<SubjectAct> {
    let fields = reader.fields(node, &["when", "at"])?;
    let when = conditions(reader, fields.optional("when"));
    let at = optional(&fields, "at", |node| reader.column(node));
    Some(SubjectAct { when: when?, at: at? })
}

/// `obtained_elsewhere: {when: […], informed: […]}`.
pub fn source(reader: &mut Reader, node: &Node) -> Option<SourceMapping> {
    let fields = reader.fields(node, &["when", "informed"])?;
    let when = required(reader, &fields, "when");
    let informed = conditions(reader, fields.optional("informed"));
    Some(SourceMapping { when: when?, informed: informed? })
}

/// `list_import: {when: […], evidence: […]}`.
pub fn import(reader: &mut Reader, node: &Node) -> Option<ImportMapping> {
    let fields = reader.fields(node, &["when", "evidence"])?;
    let when = required(reader, &fields, "when");
    let evidence = conditions(reader, fields.optional("evidence"));
    Some(ImportMapping { when: when?, evidence: evidence? })
}

/// `list_membership: {purpose: …, when: […]}`.
pub(super) fn membership(
    reader: &mut Reader,
    node: &Node,
    notes: &mut Notes,
) -> Option<MembershipMapping> {
    let fields = reader.fields(node, &["purpose", "when"])?;
    let purpose = selected(reader, &fields, "purpose", notes);
    note_purposes(purpose.as_ref(), fields.optional("purpose"), notes);
    let when = conditions(reader, fields.optional("when"));
    Some(MembershipMapping { purpose: purpose?, when: when? })
}

/// `portal_choice: {channel: …, purpose: …, status: …, when: […]}`.
pub(super) fn portal(reader: &mut Reader, node: &Node, notes: &mut Notes) -> Option<PortalMapping> {
    let fields = reader.fields(node, &["channel", "purpose", "status", "when"])?;
    let channel = selected(reader, &fields, "channel", notes);
    let purpose = optional_selector(reader, &fields, "purpose", notes);
    let named = purpose.as_ref().and_then(|purpose| purpose.as_ref());
    note_purposes(named, fields.optional("purpose"), notes);
    let status = selected(reader, &fields, "status", notes);
    let when = conditions(reader, fields.optional("when"));
    Some(PortalMapping { channel: channel?, purpose: purpose?, status: status?, when: when? })
}

fn required(reader: &mut Reader, fields: &Fields<'_>, key: &str) -> Option<Vec<Condition>> {
    let node = fields.required(key, reader)?;
    conditions(reader, Some(node))
}
