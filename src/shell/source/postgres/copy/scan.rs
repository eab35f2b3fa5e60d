//! Where the rows of the published tables lie, and how they are read: relation by relation, chunk
//! of pages by chunk of pages.

use std::collections::BTreeMap;
use std::sync::Arc;

use postgres_protocol::escape::escape_literal;

use super::super::control::{Control, column};
use super::super::publication::PublishedTable;
use super::order;
use crate::model::{ChunkId, CopyRelation, Fault, Reached, RowPlace, Table};

/// A range of row places can be read without reading what lies before it from this version on.
const RANGES_SINCE: i32 = 140_000;

/// A relation to be read.
#[derive(Clone, Debug)]
pub(super) struct Scan {
    /// Which.
    pub relation: CopyRelation,
    /// The published table that its rows are of, in the shape of the stream.
    pub table: Arc<Table>,
    /// Its size in bytes.
    pub bytes: u64,
    /// Published columns, `FROM`, and the conditions of every row.
    columns: String,
    source: String,
    conditions: Vec<String>,
}

/// A part of a relation, read by one session in the order in which the rows lie.
#[derive(Clone, Debug)]
pub(super) struct Chunk {
    /// Of what.
    pub scan: Arc<Scan>,
    /// Its name.
    pub id: ChunkId,
    /// The first page after it; `None` when the relation can only be read as a whole.
    pub end: Option<u32>,
    /// Everything up to here has been read before.
    pub after: Option<RowPlace>,
}

/// The relations of the tables. Whoever may read a partitioned table, and not its partitions, reads
/// each of them through it. A role that may read single columns of a table may not ask where a row
/// lies: that table is read as a whole. Size and rights of what has been dropped since the snapshot
/// are null; reading it says so.
const RELATIONS: &str = "SELECT r.oid, l.oid, coalesce(pg_relation_filenode(l.oid), 0), \
        coalesce(pg_relation_size(l.oid), 0)::int8, current_setting('block_size')::int8, \
        coalesce(has_table_privilege(r.oid, 'SELECT'), true), r.relkind = 'p', \
        CASE WHEN l.oid = r.oid OR has_table_privilege(l.oid, 'SELECT') \
                AND has_schema_privilege(l.relnamespace, 'USAGE') \
            THEN format('ONLY %I.%I', ln.nspname, l.relname) END, \
        format('%I.%I', rn.nspname, r.relname) \
    FROM pg_class r JOIN pg_namespace rn ON rn.oid = r.relnamespace \
    CROSS JOIN LATERAL (SELECT r.oid WHERE r.relkind <> 'p' \
        UNION ALL SELECT t.relid FROM pg_partition_tree(r.oid) t \
            WHERE t.isleaf AND r.relkind = 'p') AS leaf (oid) \
    JOIN pg_class l ON l.oid = leaf.oid AND l.relkind = 'r' \
    JOIN pg_namespace ln ON ln.oid = l.relnamespace \
    WHERE r.oid = ANY ($1) \
    ORDER BY rn.nspname, r.relname, ln.nspname, l.relname";

/// The relations of published tables, in the order in which to copy them.
pub(super) async fn scans(
    control: &Control,
    published: &[PublishedTable],
) -> Result<Vec<Scan>, Fault> {
    let by_oid: BTreeMap<u32, &PublishedTable> =
        published.iter().map(|published| (published.table.oid, published)).collect();
    let oids: Vec<u32> = by_oid.keys().copied().collect();
    let mut scans: Vec<Scan> = Vec::new();
    for row in control.rows(RELATIONS, &[&oids]).await? {
        let (root, leaf): (u32, u32) = (column(&row, 0)?, column(&row, 1)?);
        let Some(published) = by_oid.get(&root) else { continue };
        let size = column::<i64>(&row, 3)?;
        let (by_place, partitioned): (bool, bool) = (column(&row, 5)?, column(&row, 6)?);
        let through: &str = column(&row, 8)?;
        let mut scan = Scan {
            relation: CopyRelation {
                table: published.table.name.clone(),
                oid: leaf,
                file: column(&row, 2)?,
                pages: u32::try_from(size / column::<i64>(&row, 4)?).ok(),
            },
            table: Arc::new(published.table.clone()),
            bytes: u64::try_from(size).unwrap_or(0),
            columns: published.columns.clone(),
            source: through.to_owned(),
            conditions: published.filter.iter().map(|filter| format!("({filter})")).collect(),
        };
        if !by_place {
            if let Some(whole) = scans.last_mut().filter(|last| last.relation.oid == root) {
                whole.bytes += scan.bytes;
                continue;
            }
            (scan.relation.oid, scan.relation.file, scan.relation.pages) = (root, 0, None);
            if !partitioned {
                scan.source = format!("ONLY {through}");
            }
        } else if let Some(direct) = column::<Option<String>>(&row, 7)? {
            scan.source = direct;
        } else {
            scan.conditions.push(format!("tableoid = {leaf}"));
        }
        scans.push(scan);
    }
    let depths = order::depths(published.iter().map(|published| &published.table));
    scans.sort_by_key(|scan| depths.get(&scan.table.name).copied());
    Ok(scans)
}

/// Length of a chunk in pages, of the length wanted.
pub(super) fn chunk_pages(version: i32, wanted: u64) -> u32 {
    match version {
        RANGES_SINCE.. => u32::try_from(wanted).unwrap_or(u32::MAX).max(1),
        _ => u32::MAX,
    }
}

impl Scan {
    /// Leaves out row versions that were not yet there in an earlier snapshot: `snapshot`, of which
    /// the present one, where transaction ids end before `next`, is a later state.
    ///
    /// A row version carries 32 bits of the id of the transaction that wrote it, and keeps them
    /// also when it is frozen. It is visible now, so that id is the last one below `next` with
    /// these bits, or, if the version was frozen before the counter came round, one that is
    /// 2^32 or more older. The latter is told apart only where its bits lie outside of what the
    /// snapshots have between them: else it is left out, although it was there. Ids 1 and 2 are
    /// older than every snapshot.
    pub fn leave_out_newer(&mut self, snapshot: &str, next: u64) {
        let snapshot = escape_literal(snapshot);
        // Both in 0..2^32, so the sum does not pass the range of int8.
        let low = next % (1 << 32);
        let age = format!("((4294967296 + {low} - xmin::text::int8 - 1) % 4294967296 + 1)");
        self.conditions.push(format!(
            "(xmin::text IN ('1', '2') \
              OR pg_visible_in_snapshot(greatest({next} - {age}, 3)::text::xid8, {snapshot}))"
        ));
    }

    /// Its chunks, without what has been read of them before.
    pub fn chunks(
        self: &Arc<Self>,
        chunk_pages: u32,
        reached: &BTreeMap<ChunkId, Reached>,
    ) -> Vec<Chunk> {
        let pages = self.relation.pages.unwrap_or(1);
        let starts = (0..pages).step_by(chunk_pages.max(1) as usize);
        let chunk = |page: u32| {
            let id = ChunkId { relation: self.relation.oid, page };
            let after = match reached.get(&id) {
                Some(Reached::End) => return None,
                Some(Reached::Row(place)) => Some(*place),
                None => None,
            };
            let end = self.relation.pages.map(|pages| page.saturating_add(chunk_pages).min(pages));
            Some(Chunk { scan: Arc::clone(self), id, end, after })
        };
        starts.filter_map(chunk).collect()
    }
}

impl Chunk {
    /// Reads what is left of the chunk; each row begins with its place if the chunk has an end.
    pub fn statement(&self) -> String {
        let Scan { columns, source, conditions, .. } = &*self.scan;
        let mut conditions = conditions.clone();
        let mut columns = columns.clone();
        if let Some(end) = self.end {
            let separator = if columns.is_empty() { "" } else { ", " };
            columns = format!("ctid{separator}{columns}");
            conditions.insert(0, format!("ctid < '({end},0)'"));
            conditions.insert(
                0,
                match self.after {
                    Some(RowPlace { page, number }) => format!("ctid > '({page},{number})'"),
                    None => format!("ctid >= '({},0)'", self.id.page),
                },
            );
        }
        let condition = match conditions.is_empty() {
            true => String::new(),
            false => format!(" WHERE {}", conditions.join(" AND ")),
        };
        format!("COPY (SELECT {columns} FROM {source}{condition}) TO STDOUT")
    }

    /// Bytes of the relation between its beginning, or where it goes on, and a place in it; to its
    /// end without one.
    pub fn bytes_to(&self, page: Option<u32>) -> u64 {
        let (Some(end), Some(pages)) = (self.end, self.scan.relation.pages) else {
            return if page.is_none() { self.scan.bytes } else { 0 };
        };
        let begin = self.after.map_or(self.id.page, |after| after.page);
        let read = page.unwrap_or(end).saturating_sub(begin);
        self.scan.bytes / u64::from(pages.max(1)) * u64::from(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ReplicaIdentity, TableFacts, TableName};

    fn scan(pages: Option<u32>) -> Arc<Scan> {
        let name = TableName::new("crm", "contacts");
        let (oid, replica_identity) = (7, ReplicaIdentity::Default);
        Arc::new(Scan {
            relation: CopyRelation { table: name.clone(), oid, file: 9, pages },
            table: Arc::new(Table {
                oid,
                name,
                replica_identity,
                columns: Vec::new(),
                facts: TableFacts::default(),
            }),
            bytes: u64::from(pages.unwrap_or(3)) * 8192,
            columns: "id, name".to_owned(),
            source: "ONLY crm.contacts".to_owned(),
            conditions: vec!["(id > 5)".to_owned()],
        })
    }

    #[test]
    fn chunks_cover_every_page_once() {
        for (pages, length) in [(0, 4), (1, 4), (4, 4), (9, 4), (9, u32::MAX)] {
            let chunks = scan(Some(pages)).chunks(length, &BTreeMap::new());
            let covered = chunks.iter().flat_map(|it| it.id.page..it.end.unwrap());
            assert_eq!(covered.collect::<Vec<_>>(), (0..pages).collect::<Vec<_>>());
            assert_eq!(
                chunks.iter().map(|it| it.bytes_to(None)).sum::<u64>(),
                u64::from(pages) * 8192
            );
        }
    }

    #[test]
    fn what_was_read_before_is_not_read_again() {
        let at = |page| ChunkId { relation: 7, page };
        let place = RowPlace { page: 5, number: 3 };
        let reached = BTreeMap::from([(at(0), Reached::End), (at(4), Reached::Row(place))]);
        let statements: Vec<String> =
            scan(Some(9)).chunks(4, &reached).iter().map(Chunk::statement).collect();
        let wanted = |range: &str| {
            format!(
                "COPY (SELECT ctid, id, name FROM ONLY crm.contacts WHERE {range} AND (id > 5)) \
                 TO STDOUT"
            )
        };
        assert_eq!(
            statements,
            [
                wanted("ctid > '(5,3)' AND ctid < '(8,0)'"),
                wanted("ctid >= '(8,0)' AND ctid < '(9,0)'"),
            ]
        );
    }

    #[test]
    fn a_table_without_places_is_one_chunk() {
        let chunks = scan(None).chunks(4, &BTreeMap::new());
        assert_eq!(chunks.len(), 1);
        let statement = "COPY (SELECT id, name FROM ONLY crm.contacts WHERE (id > 5)) TO STDOUT";
        assert_eq!(chunks[0].statement(), statement);
    }
}
