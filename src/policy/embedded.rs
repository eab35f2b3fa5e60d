//! The demonstration's policies, inside the binary, so that `lawtail demo` needs no files.

use std::collections::BTreeMap;

/// Path and text of a document in `policies/`.
macro_rules! document {
    ($path:literal) => {
        ($path, include_str!(concat!("../../policies/", $path)))
    };
}

/// The documents of `policies/` with the demonstration's own choice of what is in force.
pub fn demo() -> BTreeMap<String, String> {
    let documents = [
        ("policy.yaml", include_str!("embedded/policy.yaml")),
        document!("packs/demo.yaml"),
        document!("register/demo.yaml"),
        document!("profiles/gdpr-baseline.yaml"),
        document!("profiles/strict.yaml"),
    ];
    documents.into_iter().map(|(path, text)| (path.to_owned(), text.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::TableName;
    use crate::policy::compile;

    #[test]
    fn the_demonstration_s_policies_compile() {
        let policies = compile(&demo()).map_err(|faults| faults[0].to_string()).unwrap();
        assert_eq!(policies.profile.grace, Duration::from_secs(5));
        let campaigns = &policies.pack.tables[&TableName::new("crm", "campaigns")];
        assert!(campaigns.looked_up.contains_key("purpose"));
    }

    #[test]
    fn every_table_of_the_demonstration_is_mapped_with_columns_it_has() {
        let schema = include_str!("../cli/demo/schema.sql");
        let policies = compile(&demo()).map_err(|faults| faults[0].to_string()).unwrap();
        let tables = created_tables(schema);
        assert_eq!(tables.len(), policies.pack.tables.len());
        for (table, columns) in tables {
            let mapping = &policies.pack.tables[&TableName::new("crm", table)];
            let actor = mapping.actor.iter();
            let points = mapping.contact_points.iter().map(|point| &point.column);
            let named =
                mapping.columns.keys().chain(mapping.looked_up.keys()).chain(actor).chain(points);
            for column in named {
                assert!(columns.contains(&column.as_str()), "{table} has no column {column}");
            }
        }
    }

    /// Tables and columns of the schema's `CREATE TABLE` statements.
    fn created_tables(schema: &str) -> Vec<(&str, Vec<&str>)> {
        let mut tables: Vec<(&str, Vec<&str>)> = Vec::new();
        for line in schema.lines() {
            let mut words = line.split_whitespace();
            match (line.strip_prefix("CREATE TABLE "), words.next()) {
                (Some(rest), _) => tables.push((rest.trim_end_matches(" ("), Vec::new())),
                (None, Some(column)) if line.starts_with("    ") => {
                    tables.last_mut().expect("columns follow a table").1.push(column);
                }
                _ => {}
            }
        }
        tables
    }
}
