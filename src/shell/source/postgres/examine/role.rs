//! The role: enough rights, and no more.

use super::super::control::column;
use super::Server;
use crate::model::Fault;
use crate::shell::diagnosis::Remarks;

/// A right that is more than lawtail needs.
const TOO_MUCH: &str = "ALTER ROLE … NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS; a role made by \
    deploy/sql/role.sql has none of it";

const QUERY: &str = "SELECT current_user::text, r.rolsuper, r.rolreplication \
        OR EXISTS (SELECT FROM pg_roles g WHERE g.rolname = 'rds_replication' \
            AND pg_has_role(g.oid, 'MEMBER')), \
    concat_ws(', ', CASE WHEN r.rolsuper THEN 'superuser' END, \
        CASE WHEN r.rolcreatedb THEN 'createdb' END, \
        CASE WHEN r.rolcreaterole THEN 'createrole' END, \
        CASE WHEN r.rolbypassrls THEN 'bypassrls' END), \
    current_setting('default_transaction_read_only')::boolean \
    FROM pg_roles r WHERE r.rolname = current_user";

/// Tables and schemas that the role could change, in any schema of the CRM.
const WRITABLE: &str = "SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c \
    JOIN pg_namespace n ON n.oid = c.relnamespace \
    WHERE c.relkind IN ('r', 'p') AND n.nspname <> 'information_schema' \
        AND n.nspname NOT LIKE 'pg\\_%' \
        AND has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE') \
    ORDER BY 1";

/// Names of tables are told up to this many.
const NAMED: usize = 5;

pub async fn look(server: &Server<'_>, remarks: &mut Remarks) -> Result<(), Fault> {
    let row = server.control.row(QUERY, &[]).await?;
    let name: &str = column(&row, 0)?;
    let (superuser, replicates): (bool, bool) = (column(&row, 1)?, column(&row, 2)?);
    match superuser || replicates {
        true => remarks.ok("may replicate", format!("{name} may")),
        false => remarks.wrong(
            "may replicate",
            format!("{name} may not"),
            "run deploy/sql/role.sql as a database owner",
        ),
    }
    match column(&row, 3)? {
        "" => remarks.ok("least privilege", format!("{name} has no right over the server")),
        rights => remarks.warn("least privilege", format!("{name} is {rights}"), TOO_MUCH),
    }
    match column(&row, 4)? {
        true => remarks.ok("read only", "the role's transactions are"),
        false => remarks.warn(
            "read only",
            "the role's transactions may write",
            "ALTER ROLE … SET default_transaction_read_only = on",
        ),
    }
    if superuser {
        return Ok(());
    }
    let mut writable = Vec::new();
    for row in &server.control.rows(WRITABLE, &[]).await? {
        writable.push(column::<String>(row, 0)?);
    }
    match writable.is_empty() {
        true => remarks.ok("no writing", format!("{name} can change no table")),
        false => remarks.warn(
            "no writing",
            format!("{name} can change {}", some_of(&writable)),
            "REVOKE INSERT, UPDATE, DELETE, TRUNCATE on them; check grants to PUBLIC too",
        ),
    }
    Ok(())
}

/// The first few names, and how many more there are.
pub(super) fn some_of(names: &[String]) -> String {
    let shown = names[..names.len().min(NAMED)].join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
