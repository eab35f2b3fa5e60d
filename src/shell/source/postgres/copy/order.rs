//! The order in which tables are copied: what others refer to comes before them, so that a campaign
//! or a contract is mostly known when a row names it. Connections read side by side, so it is no
//! promise; who reads the rows does without it.

use std::collections::BTreeMap;

use crate::model::{Table, TableName};

/// How many references lead on from each table, at most. References in a circle end where they began.
pub(super) fn depths<'a>(tables: impl Iterator<Item = &'a Table>) -> BTreeMap<TableName, usize> {
    let referred: BTreeMap<&TableName, Vec<&TableName>> = tables
        .map(|table| {
            let references = table.facts.columns.values().filter_map(|it| it.references.as_ref());
            (&table.name, references.map(|column| &column.table).collect())
        })
        .collect();
    let mut depths: BTreeMap<TableName, usize> =
        referred.keys().map(|name| ((*name).clone(), 0)).collect();
    // A way without a circle is shorter than there are tables.
    for _ in 0..referred.len() {
        let mut settled = true;
        for (name, others) in &referred {
            let others = others.iter().filter(|other| *other != name);
            let deepest = others.filter_map(|other| depths.get(*other)).max();
            let depth = deepest.map_or(0, |depth| (depth + 1).min(referred.len()));
            settled &= depths.insert((*name).clone(), depth) == Some(depth);
        }
        if settled {
            break;
        }
    }
    depths
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ColumnFacts, ReferencedColumn, ReplicaIdentity, TableFacts};

    fn table(name: &str, refers_to: &[&str]) -> Table {
        let columns = refers_to.iter().map(|other| {
            let references =
                ReferencedColumn { table: TableName::new("crm", *other), column: "id".into() };
            let facts = ColumnFacts { references: Some(references), ..ColumnFacts::default() };
            (format!("{other}_id"), facts)
        });
        let facts = TableFacts { columns: columns.collect(), ..TableFacts::default() };
        let replica_identity = ReplicaIdentity::Default;
        let name = TableName::new("crm", name);
        Table { oid: 7, name, replica_identity, columns: Vec::new(), facts }
    }

    fn order(tables: &[Table]) -> Vec<String> {
        let depths = depths(tables.iter());
        let mut names: Vec<&TableName> = tables.iter().map(|table| &table.name).collect();
        names.sort_by_key(|name| depths[*name]);
        names.into_iter().map(|name| name.name.to_string()).collect()
    }

    #[test]
    fn what_others_refer_to_comes_before_them() {
        let tables = [
            table("claims", &["contracts"]),
            table("contracts", &["people", "elsewhere"]),
            table("people", &["people"]),
        ];
        assert_eq!(order(&tables), ["people", "contracts", "claims"]);
    }

    #[test]
    fn references_in_a_circle_come_to_an_end() {
        let tables = [table("a", &["b"]), table("b", &["a"]), table("c", &[])];
        assert_eq!(order(&tables).len(), 3);
        assert_eq!(order(&tables)[0], "c");
    }
}
