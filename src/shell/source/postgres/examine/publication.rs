//! The publication: what the change stream shows, and whether the pack fits it.

use super::super::control::column;
use super::super::publication::{PublishedTable, check_readable};
use super::super::refused::REFUSED;
use super::super::{preflight, publication};
use super::Server;
use super::role::some_of;
use crate::model::Fault;
use crate::shell::diagnosis::Remarks;

/// A property of published tables that weakens what can be seen.
struct Weakness {
    check: &'static str,
    /// Names the tables that have it; `$1` is the publication.
    query: &'static str,
    found: &'static str,
    remedy: &'static str,
    fault: bool,
}

/// The published tables.
macro_rules! published {
    ($condition:literal) => {
        concat!(
            "SELECT DISTINCT format('%I.%I', n.nspname, c.relname) FROM pg_publication_tables p \
             JOIN pg_namespace n ON n.nspname = p.schemaname \
             JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = p.tablename \
             WHERE p.pubname = $1::text AND ",
            $condition,
            " ORDER BY 1"
        )
    };
}

/// Where updates come without old values: published tables, and the partitions that hold their rows.
/// A partition has an identity of its own, whatever that of its root is.
const WITHOUT_OLD_VALUES: &str = "\
    SELECT DISTINCT format('%I.%I', s.nspname, m.relname) FROM pg_publication_tables p \
    JOIN pg_namespace n ON n.nspname = p.schemaname \
    JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = p.tablename \
    JOIN LATERAL (SELECT c.oid AS member \
        UNION SELECT t.relid FROM pg_partition_tree(c.oid) t WHERE t.isleaf) held ON true \
    JOIN pg_class m ON m.oid = held.member JOIN pg_namespace s ON s.oid = m.relnamespace \
    WHERE p.pubname = $1::text AND m.relreplident IN ('d', 'i') ORDER BY 1";

const WEAKNESSES: [Weakness; 7] = [
    Weakness {
        check: "old values",
        query: WITHOUT_OLD_VALUES,
        found: "updates come without old values (COV-001) from",
        remedy: "run deploy/sql/full-identity.sql, or ALTER TABLE … REPLICA IDENTITY FULL, where what was \
                 changed has to be known; on PostgreSQL 18 not where it has virtual generated columns",
        fault: false,
    },
    Weakness {
        check: "old values to come",
        query: published!(
            "c.relkind = 'p' AND c.relreplident = 'f' AND NOT EXISTS (\
                SELECT FROM pg_event_trigger e WHERE e.evtname = 'lawtail_partition_identity' \
                    AND e.evtenabled IN ('O', 'A'))"
        ),
        found: "a new partition begins with REPLICA IDENTITY DEFAULT, so that its updates will come without \
                old values (COV-001), of",
        remedy: "run deploy/sql/partition-identity.sql as a superuser, or let whatever makes the partitions \
                 say ALTER TABLE … REPLICA IDENTITY FULL for each",
        fault: false,
    },
    Weakness {
        check: "partitions to come",
        query: published!(
            "c.relkind = 'p' AND NOT EXISTS (\
                SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary \
                    AND i.indimmediate)"
        ),
        found: "PostgreSQL would refuse UPDATE and DELETE to the CRM in partitions that come later, of",
        remedy: "give each a primary key of its own",
        fault: false,
    },
    Weakness {
        check: "partitions",
        query: published!("c.relispartition"),
        found: "rows come under the names of partitions, which the pack must name:",
        remedy: "ALTER PUBLICATION … SET (publish_via_partition_root = true)",
        fault: false,
    },
    Weakness {
        check: "unlogged",
        query: published!(
            "EXISTS (SELECT FROM pg_partition_tree(c.oid) t JOIN pg_class k ON k.oid = t.relid \
                WHERE k.relpersistence <> 'p')"
        ),
        found: "unlogged partitions do not appear in the change stream, of",
        remedy: "ALTER TABLE … SET LOGGED for each partition",
        fault: false,
    },
    Weakness {
        check: "generated columns",
        query: published!(
            "EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid \
                AND a.attgenerated <> '' AND NOT a.attisdropped \
                AND (current_setting('server_version_num')::int < 180000 \
                    OR NOT to_jsonb(p) -> 'attnames' ? a.attname))"
        ),
        found: "generated columns are not in the change stream of",
        remedy: "classify what they are made from; from PostgreSQL 18 on ALTER PUBLICATION … SET \
                 (publish_generated_columns = stored) publishes the stored ones",
        fault: false,
    },
    Weakness {
        check: "row security",
        query: published!("row_security_active(c.oid)"),
        found: "row security would hide rows from the initial copy of",
        remedy: "ALTER ROLE … BYPASSRLS for the role of lawtail",
        fault: true,
    },
];

pub async fn look(
    server: &Server<'_>,
    remarks: &mut Remarks,
    pack: &mut Remarks,
) -> Result<(), Fault> {
    let name = &server.subject.settings.publication;
    if let Err(fault) = preflight::check_publication(&server.control, name).await {
        remarks.fault("exists", &fault);
        return Ok(());
    }
    remarks.ok("exists", format!("{name}, with insert, update, delete and truncate"));
    look_at_choice(server, remarks).await?;
    look_for_refused(server, remarks).await?;
    for weakness in &WEAKNESSES {
        look_for(weakness, server, remarks).await?;
    }
    match publication::tables(&server.control, server.version, name).await {
        Err(fault) => remarks.fault("readable", &fault),
        Ok(tables) => {
            // Row security has a line of its own.
            let hidden = tables.iter().filter(|table| !table.readable);
            let hidden: Vec<_> =
                hidden.map(|PublishedTable { table, .. }| table.name.clone()).collect();
            match check_readable(&hidden) {
                Err(fault) => remarks.fault("readable", &fault),
                Ok(()) => remarks.ok("readable", format!("all {} tables", tables.len())),
            }
            let tables: Vec<_> = tables.into_iter().map(|published| published.table).collect();
            look_at_pack(server, &tables, pack);
        }
    }
    Ok(())
}

/// How the publication chooses its tables. From 15 on it may name schemas.
async fn look_at_choice(server: &Server<'_>, remarks: &mut Remarks) -> Result<(), Fault> {
    let schemas = match server.version {
        150_000.. => "EXISTS (SELECT FROM pg_publication_namespace s WHERE s.pnpubid = p.oid)",
        _ => "false",
    };
    let query = format!(
        "SELECT CASE WHEN p.puballtables THEN 'FOR ALL TABLES' \
            WHEN {schemas} THEN 'FOR TABLES IN SCHEMA' ELSE '' END \
         FROM pg_publication p WHERE p.pubname = $1::text"
    );
    let row = server.control.row(&query, &[&server.subject.settings.publication]).await?;
    match column(&row, 0)? {
        "" => remarks.ok("chosen tables", "the publication lists its tables"),
        choice => remarks.warn(
            "chosen tables",
            format!(
                "{choice}: PostgreSQL refuses UPDATE and DELETE to the CRM of every table in it without \
                 a key, also of those that come later"
            ),
            "make a publication of the tables with personal data; see deploy/sql/role.sql",
        ),
    }
    Ok(())
}

/// What would harm the CRM itself.
async fn look_for_refused(server: &Server<'_>, remarks: &mut Remarks) -> Result<(), Fault> {
    const CHECK: &str = "identity";
    let query = format!(
        "SELECT format('%I.%I (%s)', n.nspname, c.relname, r.reason) FROM ({REFUSED}) r \
         JOIN pg_class c ON c.oid = r.member JOIN pg_namespace n ON n.oid = c.relnamespace \
         ORDER BY 1"
    );
    let rows = server.control.rows(&query, &[&server.subject.settings.publication]).await?;
    let tables: Vec<String> = rows.iter().map(|row| column(row, 0)).collect::<Result<_, _>>()?;
    match tables.is_empty() {
        true => remarks.ok(CHECK, "PostgreSQL refuses no UPDATE and DELETE to the CRM"),
        false => remarks.wrong(
            CHECK,
            format!(
                "harms the CRM: PostgreSQL refuses it UPDATE and DELETE of {}",
                some_of(&tables)
            ),
            "ALTER PUBLICATION … DROP TABLE at once; then give each a primary key, or ALTER TABLE … \
             REPLICA IDENTITY FULL, and run deploy/sql/role.sql again",
        ),
    }
    Ok(())
}

async fn look_for(
    weakness: &Weakness,
    server: &Server<'_>,
    remarks: &mut Remarks,
) -> Result<(), Fault> {
    let Weakness { check, query, found, remedy, fault } = weakness;
    let mut tables = Vec::new();
    for row in &server.control.rows(query, &[&server.subject.settings.publication]).await? {
        tables.push(column::<String>(row, 0)?);
    }
    let found = || format!("{found} {}", some_of(&tables));
    match (tables.is_empty(), fault) {
        (true, _) => remarks.ok(check, "no table is concerned"),
        (false, true) => remarks.wrong(check, found(), remedy),
        (false, false) => remarks.warn(check, found(), remedy),
    }
    Ok(())
}

fn look_at_pack(server: &Server<'_>, tables: &[crate::model::Table], remarks: &mut Remarks) {
    let Some(pack) = server.subject.pack else { return };
    let mapped = pack.tables.keys();
    let unseen: Vec<String> = mapped
        .filter(|name| !tables.iter().any(|table| table.name == **name))
        .map(ToString::to_string)
        .collect();
    match unseen.is_empty() {
        true => remarks.ok("tables", "all tables of the pack are published"),
        false => remarks.warn(
            "tables",
            format!("the publication does not contain {}", some_of(&unseen)),
            "ALTER PUBLICATION … ADD TABLE, and grant SELECT on them",
        ),
    }
    let faults: Vec<Fault> = tables.iter().filter_map(|table| pack.fits(table).err()).collect();
    match faults.is_empty() {
        true => remarks.ok("columns", "all columns that the pack uses are published"),
        false => faults.iter().for_each(|fault| remarks.fault("columns", fault)),
    }
}
