//! The tables of a publication, in the shape in which the stream describes them.

use super::control::{Control, column};
use crate::model::{Code, Column, Fault, ReplicaIdentity, Table, TableName};

/// A published table, and how to read it.
#[derive(Clone, Debug)]
pub(super) struct PublishedTable {
    /// Its shape: published columns in the order of the stream.
    pub table: Table,
    /// `SELECT` of exactly the published columns and rows.
    pub select: String,
    /// Rows by the planner's statistics, or a guess by size.
    pub estimated_rows: u64,
    /// Bytes on disk.
    pub estimated_bytes: u64,
    /// Whether we may read every published column.
    readable: bool,
}

/// From 15 on a publication may choose columns and rows; from 18 on it may include generated
/// columns, which before are never sent.
fn query(version: i32) -> String {
    let (chosen, filter) = match version {
        180_000.. => ("a.attname = ANY (p.attnames)", "p.rowfilter"),
        150_000.. => ("a.attname = ANY (p.attnames) AND a.attgenerated = ''", "p.rowfilter"),
        _ => ("a.attgenerated = ''", "NULL::text"),
    };
    format!(
        "SELECT c.oid, n.nspname::text, c.relname::text, c.relreplident::text, \
            format('%s%I.%I', CASE c.relkind WHEN 'p' THEN '' ELSE 'ONLY ' END, \
                n.nspname, c.relname), \
            {filter}, \
            CASE WHEN c.reltuples >= 0 THEN c.reltuples::int8 \
                ELSE pg_relation_size(c.oid) / 128 END, \
            pg_table_size(c.oid), \
            a.attname::text, quote_ident(a.attname), a.atttypid, \
            coalesce(c.relreplident = 'f' OR a.attnum = ANY (i.indkey::int2[]), false), \
            has_schema_privilege(n.oid, 'USAGE') \
                AND coalesce(has_column_privilege(c.oid, a.attnum, 'SELECT'), true) \
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
///
/// Fails with `PG-004` and the names of all tables that we may not read.
pub(super) async fn tables(
    control: &Control,
    version: i32,
    publication: &str,
) -> Result<Vec<PublishedTable>, Fault> {
    let rows = control.rows(&query(version), &[&publication]).await?;
    let mut tables: Vec<PublishedTable> = Vec::new();
    let mut selects: Vec<(Vec<String>, String)> = Vec::new();
    for row in &rows {
        let oid: u32 = column(row, 0)?;
        if tables.last().is_none_or(|last| last.table.oid != oid) {
            let (table, source) = table_of(row, oid)?;
            tables.push(table);
            selects.push((Vec::new(), source));
        }
        let (Some(published), Some((columns, _))) = (tables.last_mut(), selects.last_mut()) else {
            continue;
        };
        // A table without a published column has one line with nulls.
        let Some(name) = column::<Option<String>>(row, 8)? else { continue };
        columns.push(column(row, 9)?);
        let key = column(row, 11)?;
        published.table.columns.push(Column { name, type_oid: column(row, 10)?, key });
        published.readable &= column::<bool>(row, 12)?;
    }
    for (published, (columns, source)) in tables.iter_mut().zip(selects) {
        published.select = format!("SELECT {} {source}", columns.join(", "));
    }
    check_readable(&tables)?;
    Ok(tables)
}

fn table_of(row: &tokio_postgres::Row, oid: u32) -> Result<(PublishedTable, String), Fault> {
    let replica_identity = match column(row, 3)? {
        "n" => ReplicaIdentity::Nothing,
        "f" => ReplicaIdentity::Full,
        "i" => ReplicaIdentity::Index,
        _ => ReplicaIdentity::Default,
    };
    let name = TableName::new(column::<&str>(row, 1)?, column::<&str>(row, 2)?);
    let filter = column::<Option<&str>>(row, 5)?;
    let condition = filter.map(|filter| format!(" WHERE {filter}")).unwrap_or_default();
    let source = format!("FROM {}{condition}", column::<&str>(row, 4)?);
    let published = PublishedTable {
        table: Table { oid, name, replica_identity, columns: Vec::new() },
        select: String::new(),
        estimated_rows: column::<i64>(row, 6)?.try_into().unwrap_or(0),
        estimated_bytes: column::<i64>(row, 7)?.try_into().unwrap_or(0),
        readable: true,
    };
    Ok((published, source))
}

fn check_readable(tables: &[PublishedTable]) -> Result<(), Fault> {
    let hidden: Vec<String> = tables
        .iter()
        .filter(|published| !published.readable)
        .map(|published| published.table.name.to_string())
        .collect();
    if hidden.is_empty() {
        return Ok(());
    }
    Err(Fault::new(Code::PG_004, format!("the role may not read {}", hidden.join(", "))))
}
