//! The sessions of a copy, all of which see the same snapshot.

use std::sync::Arc;

use postgres_protocol::escape::escape_literal;
use tokio_rustls::rustls::ClientConfig;

use super::super::address::Address;
use super::super::control::{Control, column};
use crate::model::{Code, Fault, Lsn};

/// How to open a session.
pub(in super::super) struct Opening<'a> {
    /// Where.
    pub address: &'a Address,
    /// Encryption.
    pub tls: Option<&'a Arc<ClientConfig>>,
    /// `application_name`.
    pub name: String,
    /// How many at most.
    pub connections: usize,
}

/// Sessions under one snapshot. It ends with them.
pub(in super::super) struct Sessions {
    /// At least one.
    pub sessions: Vec<Control>,
    /// The snapshot as text.
    pub snapshot: String,
    /// Every transaction id from here on is newer than the snapshot.
    pub next: u64,
    /// Whatever the snapshot shows lies below this position of the log.
    pub position: Lsn,
    /// Length of a page in bytes.
    pub page_bytes: u64,
}

/// No row may be hidden from us without a word; rows come in the order in which they lie, which
/// only a scan of the table itself gives, on its own and from its beginning. A database without an
/// encoding holds bytes that are no text in any: they come as they are, or not at all.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
const PLAN: &str = "SET LOCAL row_security = off; SET LOCAL synchronize_seqscans = off; \
    SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL enable_seqscan = off; \
    SET LOCAL enable_indexscan = off; SET LOCAL enable_indexonlyscan = off; \
    SET LOCAL enable_bitmapscan = off; \
    SELECT set_config('client_encoding', 'SQL_ASCII', true) \
        WHERE current_setting('server_encoding') = 'SQL_ASCII'";

impl Sessions {
    /// Under a snapshot that was exported, or under a new one. Where the server has no room for as
    /// many sessions as wanted, there are fewer.
    pub async fn open(opening: &Opening<'_>, exported: Option<&str>) -> Result<Sessions, Fault> {
        let first = opening.session().await?;
        first.execute(&begin(exported)).await?;
        // The record of a commit is in the log before any snapshot shows it.
        let row = first
            .row(
                "SELECT pg_current_snapshot()::text, \
                    pg_snapshot_xmax(pg_current_snapshot())::text::int8, \
                    pg_current_wal_insert_lsn()::text, current_setting('block_size')::int8",
                &[],
            )
            .await?;
        let malformed = |_| Fault::new(Code::PG_009, "the server sent a malformed LSN");
        let mut sessions = Sessions {
            snapshot: column(&row, 0)?,
            next: u64::try_from(column::<i64>(&row, 1)?).unwrap_or(0),
            position: column::<&str>(&row, 2)?.parse().map_err(malformed)?,
            page_bytes: u64::try_from(column::<i64>(&row, 3)?).unwrap_or(8192),
            sessions: vec![first],
        };
        sessions.join(opening).await?;
        Ok(sessions)
    }

    async fn join(&mut self, opening: &Opening<'_>) -> Result<(), Fault> {
        if opening.connections < 2 {
            return Ok(());
        }
        let row = self.first().row("SELECT pg_export_snapshot()", &[]).await?;
        let exported: String = column(&row, 0)?;
        while self.sessions.len() < opening.connections {
            match opening.session().await {
                Ok(session) => {
                    session.execute(&begin(Some(&exported))).await?;
                    self.sessions.push(session);
                }
                Err(fault) if fault.code == Code::PG_010 => {
                    let connections = self.sessions.len();
                    tracing::warn!(connections, "the server has no room for more connections");
                    break;
                }
                Err(fault) => return Err(fault),
            }
        }
        Ok(())
    }

    /// One of them, for the catalog.
    pub fn first(&self) -> &Control {
        &self.sessions[0]
    }
}

impl Opening<'_> {
    async fn session(&self) -> Result<Control, Fault> {
        Control::open(self.address, self.tls, &self.name).await
    }
}

fn begin(exported: Option<&str>) -> String {
    match exported.map(escape_literal) {
        Some(snapshot) => format!("{BEGIN}; SET TRANSACTION SNAPSHOT {snapshot}; {PLAN}"),
        None => format!("{BEGIN}; {PLAN}"),
    }
}
