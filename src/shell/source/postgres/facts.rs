//! What the server's catalogue says about tables beyond names and types: [`TableFacts`].
//!
//! Every role may read these catalogues; no row of a table is looked at.

use std::collections::BTreeMap;

use super::control::{Control, column};
use crate::model::{Fault, Part, ReferencedColumn, Structure, TableFacts, TableName};

/// Levels of types within types.
const DEEPEST_TYPE: usize = 8;

const COMMENTS: &str = "SELECT d.objoid, a.attname::text, d.description \
    FROM pg_description d \
    LEFT JOIN pg_attribute a ON a.attrelid = d.objoid AND a.attnum = d.objsubid AND d.objsubid > 0 \
    WHERE d.classoid = 'pg_class'::regclass AND d.objoid = ANY ($1)";

/// Constraints, one line for each of their columns. For the text of a CHECK the server locks its
/// table, so that of a table which somebody else has locked is left out.
const CONSTRAINTS: &str = "SELECT c.conrelid, a.attname::text, c.contype::text, \
        cardinality(c.conkey), n.nspname::text, r.relname::text, f.attname::text, \
        CASE WHEN c.contype = 'c' THEN pg_get_constraintdef(c.oid) END \
    FROM pg_constraint c \
    CROSS JOIN LATERAL unnest(c.conkey, coalesce(c.confkey, c.conkey)) AS k (own, other) \
    JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.own \
    LEFT JOIN pg_class r ON r.oid = c.confrelid AND c.contype = 'f' \
    LEFT JOIN pg_namespace n ON n.oid = r.relnamespace \
    LEFT JOIN pg_attribute f ON f.attrelid = r.oid AND f.attnum = k.other \
    WHERE c.contype IN ('p', 'u', 'f', 'c') AND c.conrelid = ANY ($1) \
        AND (c.contype <> 'c' OR NOT EXISTS (SELECT FROM pg_locks l \
            WHERE l.relation = c.conrelid AND l.mode = 'AccessExclusiveLock')) \
    ORDER BY c.conrelid, c.conname";

const UNIQUE_INDEXES: &str = "SELECT i.indrelid, a.attname::text FROM pg_index i \
    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] \
    WHERE i.indisunique AND i.indisvalid AND i.indnkeyatts = 1 AND i.indpred IS NULL \
        AND i.indrelid = ANY ($1)";

const LABELS: &str = "SELECT a.attrelid, a.attname::text, \
        array_agg(e.enumlabel::text ORDER BY e.enumsortorder) \
    FROM pg_attribute a JOIN pg_enum e ON e.enumtypid = a.atttypid \
    WHERE a.attrelid = ANY ($1) AND a.attnum > 0 GROUP BY a.attrelid, a.attname";

const COLUMN_TYPES: &str = "SELECT attrelid, attname::text, atttypid FROM pg_attribute \
    WHERE attrelid = ANY ($1) AND attnum > 0 AND NOT attisdropped";

/// The types of those columns, and the types that these are put together of.
const TYPES: &str = "WITH RECURSIVE used (oid) AS ( \
        SELECT atttypid FROM pg_attribute \
        WHERE attrelid = ANY ($1) AND attnum > 0 AND NOT attisdropped \
        UNION \
        SELECT part.oid FROM used u JOIN pg_type t ON t.oid = u.oid CROSS JOIN LATERAL ( \
            SELECT t.typbasetype WHERE t.typbasetype <> 0 \
            UNION ALL SELECT t.typelem WHERE t.typelem <> 0 AND t.typlen = -1 \
            UNION ALL SELECT a.atttypid FROM pg_attribute a WHERE t.typtype = 'c' \
                AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped \
        ) AS part (oid) \
    ) \
    SELECT t.oid, t.typbasetype, \
        CASE WHEN t.typlen = -1 AND t.typcategory = 'A' THEN t.typelem ELSE 0::oid END, \
        t.typname = 'hstore' AND t.typtype = 'b', \
        ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE t.typtype = 'c' \
            AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum), \
        ARRAY(SELECT a.atttypid FROM pg_attribute a WHERE t.typtype = 'c' \
            AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum) \
    FROM used JOIN pg_type t ON t.oid = used.oid";

/// The facts about these relations, by object identifier. Those without any are left out.
pub(super) async fn facts(
    control: &Control,
    relations: &[u32],
) -> Result<BTreeMap<u32, TableFacts>, Fault> {
    let relations = relations.to_vec();
    let mut facts: BTreeMap<u32, TableFacts> = BTreeMap::new();
    for row in control.rows(COMMENTS, &[&relations]).await? {
        let table = facts.entry(column(&row, 0)?).or_default();
        let comment = Some(column::<String>(&row, 2)?);
        match column::<Option<String>>(&row, 1)? {
            Some(name) => table.columns.entry(name).or_default().comment = comment,
            None => table.comment = comment,
        }
    }
    for row in control.rows(CONSTRAINTS, &[&relations]).await? {
        constraint(&row, &mut facts)?;
    }
    for row in control.rows(UNIQUE_INDEXES, &[&relations]).await? {
        let table = facts.entry(column(&row, 0)?).or_default();
        table.columns.entry(column(&row, 1)?).or_default().unique = true;
    }
    for row in control.rows(LABELS, &[&relations]).await? {
        let table = facts.entry(column(&row, 0)?).or_default();
        table.columns.entry(column(&row, 1)?).or_default().allowed = column(&row, 2)?;
    }
    let types = types(control, &relations).await?;
    for row in control.rows(COLUMN_TYPES, &[&relations]).await? {
        let type_oid = column(&row, 2)?;
        let structure = types.structure(type_oid, DEEPEST_TYPE);
        if structure != Structure::of_type(type_oid) {
            let table = facts.entry(column(&row, 0)?).or_default();
            table.columns.entry(column(&row, 1)?).or_default().structure = structure;
        }
    }
    Ok(facts)
}

fn constraint(
    row: &tokio_postgres::Row,
    facts: &mut BTreeMap<u32, TableFacts>,
) -> Result<(), Fault> {
    let table = facts.entry(column(row, 0)?).or_default();
    let about = table.columns.entry(column(row, 1)?).or_default();
    let alone = column::<i32>(row, 3)? == 1;
    match column::<&str>(row, 2)? {
        "p" => {
            about.primary_key = true;
            about.unique |= alone;
        }
        "u" => about.unique |= alone,
        "f" => {
            let names = (column(row, 4)?, column(row, 5)?, column(row, 6)?);
            if let (Some(schema), Some(name), Some(column)) = names {
                let (schema, name): (String, String) = (schema, name);
                let table = TableName::new(schema, name);
                about.references = Some(ReferencedColumn { table, column });
            }
        }
        _ if alone => {
            let text: Option<&str> = column(row, 7)?;
            if about.allowed.is_empty() {
                about.allowed = text.map(allowed).unwrap_or_default();
            }
        }
        _ => {}
    }
    Ok(())
}

/// The texts of a CHECK that is nothing but a list of allowed ones, as the server writes it:
/// `CHECK ((state = ANY (ARRAY['new'::text, 'open'::text])))`.
fn allowed(check: &str) -> Vec<String> {
    let Some((before, list)) = check.split_once("= ANY") else { return Vec::new() };
    let other = ["AND", "OR", "NOT"];
    if before.contains('\'') || check.split_whitespace().any(|word| other.contains(&word)) {
        return Vec::new();
    }
    // Within a literal, two quotes are one.
    let mut texts = Vec::new();
    let mut rest = list;
    while let Some((_, from)) = rest.split_once('\'') {
        let mut text = String::new();
        rest = from;
        while let Some((part, after)) = rest.split_once('\'') {
            text.push_str(part);
            rest = after;
            match after.strip_prefix('\'') {
                Some(more) => {
                    text.push('\'');
                    rest = more;
                }
                None => break,
            }
        }
        texts.push(text);
    }
    texts
}

/// Types by object identifier.
struct Types(BTreeMap<u32, Type>);

struct Type {
    base: u32,
    element: u32,
    is_hstore: bool,
    fields: Vec<(String, u32)>,
}

async fn types(control: &Control, relations: &Vec<u32>) -> Result<Types, Fault> {
    let mut types = BTreeMap::new();
    for row in control.rows(TYPES, &[relations]).await? {
        let (names, oids): (Vec<String>, Vec<u32>) = (column(&row, 4)?, column(&row, 5)?);
        let found = Type {
            base: column(&row, 1)?,
            element: column(&row, 2)?,
            is_hstore: column(&row, 3)?,
            fields: names.into_iter().zip(oids).collect(),
        };
        types.insert(column(&row, 0)?, found);
    }
    Ok(Types(types))
}

impl Types {
    fn structure(&self, oid: u32, depth: usize) -> Structure {
        let Some(found) = self.0.get(&oid).filter(|_| depth > 0) else {
            return Structure::of_type(oid);
        };
        if found.base != 0 {
            return self.structure(found.base, depth - 1);
        }
        if found.is_hstore {
            return Structure::Map;
        }
        if found.element != 0 {
            return Structure::Array(Box::new(self.part(found.element, depth)));
        }
        if !found.fields.is_empty() {
            let field = |(name, oid): &(String, u32)| (name.clone(), self.part(*oid, depth));
            return Structure::Composite(found.fields.iter().map(field).collect());
        }
        Structure::of_type(oid)
    }

    fn part(&self, oid: u32, depth: usize) -> Part {
        let base = self.0.get(&oid).map_or(0, |found| found.base);
        let type_oid = if base == 0 { oid } else { base };
        Part { type_oid, structure: self.structure(oid, depth - 1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_that_lists_texts_is_read_and_any_other_is_not() {
        let list = "CHECK (((state)::text = ANY ((ARRAY['new'::character varying, \
            'it''s open'::character varying])::text[])))";
        assert_eq!(allowed(list), ["new", "it's open"]);
        for other in [
            "CHECK ((age > 17))",
            "CHECK ((mail ~~ '%@%'::text))",
            "CHECK (((state = ANY (ARRAY['a'::text])) OR (state IS NULL)))",
            "CHECK ((state <> ALL (ARRAY['a'::text])))",
        ] {
            assert!(allowed(other).is_empty(), "{other}");
        }
    }
}
