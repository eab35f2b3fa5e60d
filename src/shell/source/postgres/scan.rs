//! A look at a whole database for its data map: every table, a sample of its rows, nothing written.
//!
//! One read-only transaction under one snapshot. A table of which the role may read nothing, or
//! that does not answer in time, is left out and said. Rows are read like those of a copy, and
//! forgotten once they are counted.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use postgres_protocol::escape::escape_identifier;

use super::control::{Control, column};
use super::copy::decode;
use super::facts::facts;
use super::refusal::control_fault;
use super::{Address, tls};
use crate::engine;
use crate::engine::classify::{Declared, Role, TableProfile};
use crate::model::{Code, Column, Fault, ReplicaIdentity, Table, TableFacts, TableName, limits};
use crate::policy::{Pack, TableMapping};

/// How a database is looked at.
pub struct ScanSettings {
    /// Where it is.
    pub address: Address,
    /// Only these schemas; all of the database's own when empty.
    pub schemas: Vec<String>,
    /// Most rows to look at in one table.
    pub rows: u32,
}

/// What is known of one table.
pub struct Scanned {
    /// Its shape.
    pub table: Table,
    /// Its verdicts.
    pub profile: TableProfile,
}

/// A table whose rows were not looked at.
pub struct Skipped {
    /// Which.
    pub table: TableName,
    /// Why.
    pub reason: String,
    /// Whether it was judged all the same, by its names and types.
    pub judged: bool,
}

/// What a scan found.
#[derive(Default)]
pub struct Found {
    /// Tables, by name.
    pub tables: Vec<Scanned>,
    /// Tables whose rows were not looked at.
    pub skipped: Vec<Skipped>,
}

/// A relation of the database.
struct Relation {
    table: Table,
    /// `r` table, `p` partitioned, `m` materialised view, `f` foreign table.
    kind: String,
    /// Its rows, or those of one of its partitions, lie on another server.
    foreign: bool,
    /// What is read of each column; `None`: the role may not read it.
    readable: Vec<bool>,
    /// Columns whose values may be long: only their beginning is read.
    long: Vec<bool>,
    rows: u64,
    pages: u64,
}

const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// Partitions belong to their root, and views show what other tables hold. The rights to what is
/// dropped meanwhile are null; reading it says so.
const RELATIONS: &str = "SELECT c.oid, n.nspname::text, c.relname::text, c.relkind::text, \
        coalesce(has_schema_privilege(n.oid, 'USAGE'), true), \
        coalesce(p.rows, c.reltuples)::int8, \
        coalesce(p.pages, c.relpages)::int8, \
        a.attname::text, a.atttypid, \
        coalesce(has_column_privilege(c.oid, a.attnum, 'SELECT'), true), \
        a.attlen = -1 AND a.atttypid <> 1700, \
        coalesce(a.attnum = ANY (i.indkey::int2[]), false), \
        coalesce(p.foreign, c.relkind = 'f'), c.relreplident::text \
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
    LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary \
    LEFT JOIN LATERAL (SELECT sum(greatest(l.reltuples, 0)) AS rows, \
            sum(l.relpages) AS pages, bool_or(l.relkind = 'f') AS foreign \
        FROM pg_partition_tree(CASE WHEN c.relkind = 'p' THEN c.oid END) t JOIN pg_class l ON l.oid = t.relid \
        WHERE t.isleaf) AS p ON c.relkind = 'p' \
    WHERE c.relkind IN ('r', 'p', 'm', 'f') AND NOT c.relispartition \
        AND c.relpersistence <> 't' AND n.nspname NOT LIKE 'pg\\_%' \
        AND n.nspname <> 'information_schema' \
        AND (cardinality($1::text[]) = 0 OR n.nspname = ANY ($1)) \
    ORDER BY n.nspname, c.relname, a.attnum";

/// What the policies say of a table.
#[derive(Clone, Debug, Default)]
pub struct Mapped {
    /// Of its columns.
    pub columns: Declared,
    /// Of its rows.
    pub rows: Option<Role>,
}

impl Mapped {
    /// As the pack has it, by table.
    pub fn by(pack: &Pack) -> BTreeMap<TableName, Mapped> {
        let mapped = |mapping: &TableMapping| Mapped {
            columns: mapping.columns.clone(),
            rows: engine::said(mapping),
        };
        pack.tables.iter().map(|(name, mapping)| (name.clone(), mapped(mapping))).collect()
    }
}

/// Looks at the database. `mapped` is what the policies say of its tables; `progress` is
/// told how many tables are done, and of how many.
///
/// # Errors
///
/// `PG-001`, `PG-002`, `PG-007`, `PG-012` and their like when the database cannot be looked at as a whole.
pub async fn scan(
    settings: &ScanSettings,
    mapped: &BTreeMap<TableName, Mapped>,
    mut progress: impl FnMut(usize, usize),
) -> Result<Found, Fault> {
    let tls = tls::settings(&settings.address)?;
    let control = Control::open(&settings.address, tls.as_ref(), "lawtail/scan").await?;
    control.execute(BEGIN).await?;
    control.execute(&timeouts()).await?;
    // Partitions are locked to be listed.
    control.execute("SAVEPOINT lawtail").await?;
    let relations = relations(&control, &settings.schemas).await.map_err(too_busy)?;
    control.execute("ROLLBACK TO lawtail; RELEASE lawtail").await?;
    let count = relations.len();
    let (nothing, mut found) = (Mapped::default(), Found::default());
    for (done, relation) in relations.into_iter().enumerate() {
        progress(done, count);
        let Mapped { columns: declared, rows } =
            mapped.get(&relation.table.name).unwrap_or(&nothing);
        if relation.readable.iter().all(|readable| !readable) && !relation.readable.is_empty() {
            found.skip(&relation, "the role may read none of its columns".to_owned(), false);
            continue;
        }
        let mut profile = TableProfile::of(&relation.table, declared, *rows);
        if relation.foreign {
            let some = if relation.kind == "f" { "its" } else { "some of its" };
            found.skip(&relation, format!("{some} rows lie on another server"), true);
        } else if let Some(reason) =
            look(&control, &relation, settings.rows, declared, &mut profile).await?
        {
            found.skip(&relation, reason, true);
        }
        profile.conclude(&relation.table, declared);
        found.tables.push(Scanned { table: relation.table, profile });
    }
    progress(count, count);
    control.execute("ROLLBACK").await?;
    Ok(found)
}

/// A scan does not reconnect by itself: what else is a lost connection is told to who started it.
fn too_busy(fault: Fault) -> Fault {
    if fault.code == Code::PG_008 { Fault::new(Code::PG_012, fault.cause) } else { fault }
}

fn timeouts() -> String {
    let milliseconds = |limit: Duration| limit.as_millis();
    format!(
        // Rows that a policy hides would be missing in silence; so the table is left alone, and named.
        "SET LOCAL row_security = off; SET LOCAL statement_timeout = {}; SET LOCAL lock_timeout = {}",
        milliseconds(limits::SCAN_STATEMENT_TIMEOUT),
        milliseconds(limits::SCAN_LOCK_TIMEOUT)
    )
}

impl Found {
    fn skip(&mut self, relation: &Relation, reason: String, judged: bool) {
        let table = relation.table.name.clone();
        self.skipped.push(Skipped { table, reason, judged });
    }
}

async fn relations(control: &Control, schemas: &[String]) -> Result<Vec<Relation>, Fault> {
    let schemas = schemas.to_vec();
    let mut relations: Vec<Relation> = Vec::new();
    for row in control.rows(RELATIONS, &[&schemas]).await? {
        let oid: u32 = column(&row, 0)?;
        if relations.last().is_none_or(|last| last.table.oid != oid) {
            relations.push(relation(&row, oid)?);
        }
        let Some(relation) = relations.last_mut() else { continue };
        let Some(name) = column::<Option<String>>(&row, 7)? else { continue };
        let (usable, readable): (bool, bool) = (column(&row, 4)?, column(&row, 9)?);
        relation.readable.push(usable && readable);
        relation.long.push(column(&row, 10)?);
        let (type_oid, key) = (column(&row, 8)?, column(&row, 11)?);
        relation.table.columns.push(Column { name, type_oid, key });
    }
    let oids: Vec<u32> = relations.iter().map(|relation| relation.table.oid).collect();
    let mut facts = facts(control, &oids).await?;
    for relation in &mut relations {
        relation.table.facts = facts.remove(&relation.table.oid).unwrap_or_default();
    }
    Ok(relations)
}

fn relation(row: &tokio_postgres::Row, oid: u32) -> Result<Relation, Fault> {
    let pages = u64::try_from(column::<i64>(row, 6)?).unwrap_or(0);
    let rows = column::<i64>(row, 5)?;
    Ok(Relation {
        table: Table {
            oid,
            name: TableName::new(column::<&str>(row, 1)?, column::<&str>(row, 2)?),
            replica_identity: match column::<&str>(row, 13)? {
                "f" => ReplicaIdentity::Full,
                "i" => ReplicaIdentity::Index,
                "n" => ReplicaIdentity::Nothing,
                _ => ReplicaIdentity::Default,
            },
            columns: Vec::new(),
            facts: TableFacts::default(),
        },
        kind: column(row, 3)?,
        foreign: column(row, 12)?,
        readable: Vec::new(),
        long: Vec::new(),
        rows: u64::try_from(rows).ok().filter(|rows| *rows > 0).unwrap_or(pages * ROWS_PER_PAGE),
        pages,
    })
}

/// Counts a sample of the rows; why that was not possible, if it was not.
async fn look(
    control: &Control,
    relation: &Relation,
    rows: u32,
    declared: &Declared,
    profile: &mut TableProfile,
) -> Result<Option<String>, Fault> {
    if rows == 0 || relation.table.columns.is_empty() {
        return Ok(None);
    }
    control.execute("SAVEPOINT lawtail").await?;
    let share = match measured(control, relation).await {
        Ok((pages, total)) => share(pages, total, rows),
        Err(fault) => return give_up(control, fault).await,
    };
    let mut queries = vec![query(relation, rows, None)];
    if let Some(millionths) = share {
        queries.insert(0, query(relation, rows, Some(millionths)));
    }
    let mut counted = 0;
    for query in queries {
        // Enough of them from all over the table; else the statistics were wrong.
        if counted >= u64::from(rows) / 2 {
            break;
        }
        match count(control, relation, &query, declared, profile).await {
            Ok(more) => counted += more,
            Err(fault) => return give_up(control, fault).await,
        }
    }
    // Going back gives the lock on the table back; a mere release would keep it to the end.
    control.execute("ROLLBACK TO lawtail; RELEASE lawtail").await?;
    Ok(None)
}

/// Leaves a table alone, and says why. If this fails as well, there is no connection any more.
async fn give_up(control: &Control, fault: Fault) -> Result<Option<String>, Fault> {
    control.execute("ROLLBACK TO lawtail; RELEASE lawtail").await?;
    Ok(Some(fault.cause))
}

/// Pages and rows of a relation, by the planner's statistics. Where nobody has counted, by its size,
/// for which the server waits for whoever has locked it.
async fn measured(control: &Control, relation: &Relation) -> Result<(u64, u64), Fault> {
    if relation.pages > 0 {
        return Ok((relation.pages, relation.rows));
    }
    let query = "SELECT (coalesce((SELECT sum(pg_relation_size(relid)) \
            FROM pg_partition_tree($1::oid) WHERE isleaf), pg_relation_size($1::oid), 0) \
            / current_setting('block_size')::int8)::int8";
    let row = control.row(query, &[&relation.table.oid]).await?;
    let pages = u64::try_from(column::<i64>(&row, 0)?).unwrap_or(0);
    Ok((pages, pages * ROWS_PER_PAGE))
}

/// As many as small rows would be.
const ROWS_PER_PAGE: u64 = 64;

/// Share of the pages to read, in millionths of all; `None` for a table that is read from its
/// beginning. A quarter more than needed, since pages are not equally full.
fn share(pages: u64, total: u64, rows: u32) -> Option<u64> {
    let wanted = u64::from(rows) * 1_250_000 / total.max(1);
    (pages > limits::SCAN_WHOLE_PAGES && wanted < 500_000).then_some(wanted.max(1))
}

/// `COPY` of a sample. What may be long is cut off by the server.
fn query(relation: &Relation, rows: u32, millionths: Option<u64>) -> String {
    let name = &relation.table.name;
    let columns = relation.table.columns.iter().zip(&relation.readable).zip(&relation.long);
    let columns: Vec<String> = columns
        .map(|((column, readable), long)| {
            let name = escape_identifier(&column.name);
            match (readable, long, column.type_oid) {
                (false, _, _) | (_, _, BYTEA) => "NULL".to_owned(),
                (true, true, _) => format!("left({name}::text, {})", limits::SCAN_CELL_CHARACTERS),
                (true, false, _) => name,
            }
        })
        .collect();
    let (schema, table) = (escape_identifier(&name.schema), escape_identifier(&name.name));
    let only = if relation.kind == "r" { "ONLY " } else { "" };
    // The same seed each time, so that two scans of the same table say the same.
    let sample = millionths.map_or(String::new(), |millionths| {
        let percent = format!("{}.{:04}", millionths / 10_000, millionths % 10_000);
        format!(" TABLESAMPLE SYSTEM ({percent}) REPEATABLE (1)")
    });
    format!(
        "COPY (SELECT {} FROM {only}{schema}.{table}{sample} LIMIT {rows}) TO STDOUT",
        columns.join(", ")
    )
}

/// Object identifier of `bytea`: its content is not looked at.
const BYTEA: u32 = 17;

async fn count(
    control: &Control,
    relation: &Relation,
    query: &str,
    declared: &Declared,
    profile: &mut TableProfile,
) -> Result<u64, Fault> {
    let stream = control.copy_out(query).await?;
    let mut stream = std::pin::pin!(stream);
    let mut rows = 0;
    while let Some(line) = stream.next().await {
        let line: Bytes = line.map_err(|error| control_fault(&error))?;
        let row = decode(&line, relation.table.columns.len())?;
        profile.observe(&relation.table, &row, declared);
        rows += 1;
    }
    Ok(rows)
}
