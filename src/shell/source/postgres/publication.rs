//! The tables of a publication, in the shape in which the stream describes them.

use std::collections::BTreeMap;

use super::control::{Control, column};
use super::facts::facts;
use crate::model::{Code, Column, Fault, ReplicaIdentity, Table, TableFacts, TableName};

/// A published table, and how to read it.
#[derive(Clone, Debug)]
pub(super) struct PublishedTable {
    /// Its shape: published columns in the order of the stream.
    pub table: Table,
    /// Exactly the published columns, as a list of expressions.
    pub columns: String,
    /// The condition under which its rows are published.
    pub filter: Option<String>,
    /// Rows by the planner's statistics, or a guess by size.
    pub estimated_rows: u64,
    /// Whether we may read every published column; copying it needs that, following it does not.
    pub readable: bool,
    /// Whether row security hides rows of it from us; copying it needs that it does not.
    pub row_security: bool,
}

/// From 15 on a publication may choose columns and rows; from 18 on it may include generated
/// columns, which before are never sent. Size and rights of what is dropped while the server makes
/// the list are null.
fn query(version: i32) -> String {
    let (chosen, filter) = match version {
        180_000.. => ("a.attname = ANY (p.attnames)", "p.rowfilter"),
        150_000.. => ("a.attname = ANY (p.attnames) AND a.attgenerated = ''", "p.rowfilter"),
        _ => ("a.attgenerated = ''", "NULL::text"),
    };
    format!(
        "SELECT c.oid, n.nspname::text, c.relname::text, c.relreplident::text, \
            {filter}, \
            CASE WHEN c.reltuples >= 0 THEN c.reltuples::int8 \
                ELSE coalesce(pg_relation_size(c.oid), 0) / 128 END, \
            a.attname::text, quote_ident(a.attname), a.atttypid, \
            coalesce(c.relreplident = 'f' OR a.attnum = ANY (i.indkey::int2[]), false), \
            coalesce(has_schema_privilege(n.oid, 'USAGE') \
                AND has_column_privilege(c.oid, a.attnum, 'SELECT'), true), \
            row_security_active(c.oid) \
         FROM pg_publication_tables p \
         JOIN pg_namespace n ON n.nspname = p.schemaname \
         JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = p.tablename \
         LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 \
            AND NOT a.attisdropped AND {chosen} \
         LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisvalid AND i.indimmediate \
            AND (c.relreplident = 'd' AND i.indisprimary \
                OR c.relreplident = 'i' AND i.indisreplident) \
         WHERE p.pubname = $1::text \
         ORDER BY n.nspname, c.relname, a.attnum"
    )
}

/// The tables of a publication, by name.
pub(super) async fn tables(
    control: &Control,
    version: i32,
    publication: &str,
) -> Result<Vec<PublishedTable>, Fault> {
    let rows = control.rows(&query(version), &[&publication]).await?;
    let mut tables: Vec<PublishedTable> = Vec::new();
    for row in &rows {
        let oid: u32 = column(row, 0)?;
        if tables.last().is_none_or(|last| last.table.oid != oid) {
            tables.push(table_of(row, oid)?);
        }
        let Some(published) = tables.last_mut() else { continue };
        // A table without a published column has one line with nulls.
        let Some(name) = column::<Option<String>>(row, 6)? else { continue };
        if !published.columns.is_empty() {
            published.columns.push_str(", ");
        }
        published.columns.push_str(column(row, 7)?);
        let key = column(row, 9)?;
        published.table.columns.push(Column { name, type_oid: column(row, 8)?, key });
        published.readable &= column::<bool>(row, 10)?;
    }
    let oids: Vec<u32> = tables.iter().map(|published| published.table.oid).collect();
    let mut facts = facts(control, &oids).await?;
    for Table { oid, facts: known, .. } in tables.iter_mut().map(|published| &mut published.table) {
        *known = facts.remove(oid).unwrap_or_default();
    }
    Ok(tables)
}

/// By what each published table is published: its own object id, and those of the entries in the
/// publication. They are given out anew when a table is taken out and put back, or dropped and made
/// again, so that this shows however short the time in between was.
pub(super) type Memberships = BTreeMap<TableName, String>;

/// From 15 on a publication may name schemas.
pub(super) async fn memberships(
    control: &Control,
    version: i32,
    publication: &str,
) -> Result<Memberships, Fault> {
    let schemas = match version {
        150_000.. => {
            "(SELECT s.oid::text FROM pg_publication_namespace s \
                WHERE s.pnpubid = b.oid AND s.pnnspid = c.relnamespace)"
        }
        _ => "NULL",
    };
    let query = format!(
        "SELECT p.schemaname::text, p.tablename::text, concat_ws(' ', c.oid, \
            (SELECT string_agg(r.oid::text, ' ' ORDER BY r.oid) FROM pg_publication_rel r \
                WHERE r.prpubid = b.oid AND (r.prrelid = c.oid \
                    OR r.prrelid IN (SELECT a.relid FROM pg_partition_ancestors(c.oid) a))), \
            {schemas}) \
         FROM pg_publication_tables p JOIN pg_publication b ON b.pubname = p.pubname \
         JOIN pg_namespace n ON n.nspname = p.schemaname \
         JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = p.tablename \
         WHERE p.pubname = $1::text"
    );
    let rows = control.rows(&query, &[&publication]).await?;
    let membership = |row| {
        let name = TableName::new(column::<&str>(row, 0)?, column::<&str>(row, 1)?);
        Ok((name, column(row, 2)?))
    };
    rows.iter().map(membership).collect()
}

fn table_of(row: &tokio_postgres::Row, oid: u32) -> Result<PublishedTable, Fault> {
    let replica_identity = match column(row, 3)? {
        "n" => ReplicaIdentity::Nothing,
        "f" => ReplicaIdentity::Full,
        "i" => ReplicaIdentity::Index,
        _ => ReplicaIdentity::Default,
    };
    let name = TableName::new(column::<&str>(row, 1)?, column::<&str>(row, 2)?);
    Ok(PublishedTable {
        table: Table {
            oid,
            name,
            replica_identity,
            columns: Vec::new(),
            facts: TableFacts::default(),
        },
        columns: String::new(),
        filter: column(row, 4)?,
        estimated_rows: column::<i64>(row, 5)?.try_into().unwrap_or(0),
        readable: true,
        row_security: column(row, 11)?,
    })
}

/// Those that we may not read.
pub(super) fn unreadable(tables: &[PublishedTable]) -> Vec<TableName> {
    let hidden = tables.iter().filter(|table| !table.readable || table.row_security);
    hidden.map(|published| published.table.name.clone()).collect()
}

/// What a copy of everything needs.
///
/// Fails with `PG-004` and the names of all tables that we may not read.
pub(super) fn check_readable(unreadable: &[TableName]) -> Result<(), Fault> {
    match unreadable {
        [] => Ok(()),
        hidden => {
            Err(Fault::new(Code::PG_004, format!("the role may not read all of {}", named(hidden))))
        }
    }
}

/// Tables in a sentence.
pub(super) fn named<'a>(tables: impl IntoIterator<Item = &'a TableName>) -> String {
    tables.into_iter().map(TableName::to_string).collect::<Vec<_>>().join(", ")
}
