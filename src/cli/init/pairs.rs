//! A reference whose table stands in the row itself, as frameworks write it: `notable_type` beside
//! `notable_id`, or `tipo_objeto` beside `id_objeto`.

use super::suggest::labels;
use super::words;
use crate::model::{Table, TableName};

/// The two columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Says of which table.
    pub kind: String,
    /// Says which of its rows.
    pub column: String,
}

/// Words for the kind of a thing.
const KIND: &str = "\
    type typ tipo tip kind class klass klasse classe clase klasa art soort druh slag tyyppi tipus model \
    entity objekttyp";

/// Words for its key.
const KEY: &str = "id ids uuid guid nr no num number key pk ref";

/// The pair of a table, unless the key has a foreign key of its own.
pub fn pair(table: &Table) -> Option<Pair> {
    let names = || table.columns.iter().map(|column| column.name.as_str());
    let is_free = |name: &&str| {
        let facts = table.facts.columns.get(*name);
        facts.is_none_or(|facts| facts.references.is_none() && !facts.primary_key)
    };
    names().find_map(|kind| {
        let stem = without(kind, KIND)?;
        let mut keys = names().filter(is_free);
        let column = keys.find(|key| without(key, KEY).is_some_and(|other| other == stem))?;
        Some(Pair { kind: kind.to_owned(), column: column.to_owned() })
    })
}

/// The rest of a name of which the last or the first word is one of these.
fn without(name: &str, of: &str) -> Option<String> {
    let words = words::words(name);
    let rest = match &words[..] {
        [rest @ .., last] if words::is_one(last, of) => rest,
        [first, rest @ ..] if words::is_one(first, of) => rest,
        _ => return None,
    };
    (!rest.is_empty()).then(|| rest.concat())
}

/// The labels that the schema allows for the kind, each with the only one of these tables that it names.
pub fn named_tables<'a>(
    table: &Table,
    pair: &Pair,
    tables: impl Iterator<Item = &'a TableName> + Clone,
) -> Vec<(String, &'a TableName)> {
    let found = labels(table, &pair.kind).into_iter().filter_map(|label| {
        let mut fitting = tables.clone().filter(|name| stands_for(&label, &name.name));
        let only = fitting.next().filter(|_| fitting.next().is_none())?;
        Some((label, only))
    });
    found.collect()
}

/// Whether a label is the name of a table: `App\Models\Client`, `Client` and `client` of `clients` or
/// `T_CLIENT`.
fn stands_for(label: &str, table: &str) -> bool {
    let own = label.rsplit(['\\', ':', '.', '/']).next().unwrap_or(label);
    let label = words::folded(own);
    let words = words::words(table);
    // `t_`, `tbl_` and the like say nothing of what is in a table.
    let plain = match &words[..] {
        [first, rest @ ..] if !rest.is_empty() && words::is_one(first, "t tb tbl tab") => rest,
        all => all,
    };
    let name = plain.concat();
    let plural = ["", "s", "es"].map(|end| format!("{label}{end}"));
    plural.contains(&name) || words::are_forms_of_one(&label, &name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Column, ReplicaIdentity, TableFacts};

    fn table(columns: &[&str]) -> Table {
        let column = |name: &&str| Column { name: (*name).into(), type_oid: 25, key: false };
        Table {
            oid: 1,
            name: TableName::new("crm", "notes"),
            replica_identity: ReplicaIdentity::Default,
            columns: columns.iter().map(column).collect(),
            facts: TableFacts::default(),
        }
    }

    #[test]
    fn a_kind_and_a_key_of_one_name_are_a_pair_in_any_style() {
        for (kind, column) in [
            ("notable_type", "notable_id"),
            ("parentType", "parentId"),
            ("propietario_tipo", "propietario_id"),
            ("tipo_objeto", "id_objeto"),
            ("COM_OBJET_TYPE", "COM_OBJET_ID"),
            ("rodzic_typ", "rodzic_nr"),
        ] {
            let pair = pair(&table(&["id", kind, column, "body"]));
            assert_eq!(pair.map(|it| (it.kind, it.column)), Some((kind.into(), column.into())));
        }
    }

    #[test]
    fn a_kind_beside_another_key_is_none() {
        for columns in [
            &["id", "type", "contact_id"][..],
            &["contact_type", "account_id"],
            &["note_type", "body"],
            &["type_id", "kind"],
        ] {
            assert_eq!(pair(&table(columns)), None, "{columns:?}");
        }
    }

    #[test]
    fn a_label_names_its_table_with_and_without_a_namespace() {
        for (label, name) in [
            ("Cliente", "clientes"),
            ("App\\Models\\Client", "clients"),
            ("Crm::Person", "persons"),
            ("eleve", "T_ELEVE"),
            ("osoba", "osoby"),
        ] {
            assert!(stands_for(label, name), "{label} {name}");
        }
        for (label, name) in [("Cliente", "propietarios"), ("Note", "clients"), ("C", "clients")] {
            assert!(!stands_for(label, name), "{label} {name}");
        }
    }
}
