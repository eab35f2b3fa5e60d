//! What must be true of the server before we follow it, each with a fault of its own.

use std::time::Duration;

use tokio::time::timeout;

use super::connection::Connection;
use super::control::{Control, column};
use crate::model::{Code, Fault, Lsn, Timestamp, limits};

/// `pg_replication_slots.wal_status` came with 13.
const OLDEST_VERSION: i32 = 130_000;

/// The cause of a fault: a server that replays another one's log.
pub(super) const STANDBY: &str = "the server is a standby";

/// What we need to know about the server.
#[derive(Clone, Copy, Debug)]
pub(super) struct Server {
    /// `server_version_num`: 150018 for 15.18.
    pub version: i32,
    /// After this long without an answer the server drops us; `None`: never.
    pub sender_timeout: Option<Duration>,
}

/// Which database this is. A restored backup or another cluster has another identity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct System {
    /// System identifier, made at `initdb`, decimal.
    pub identifier: String,
    /// Timeline; rises when a standby is promoted or a backup is restored.
    pub timeline: u32,
    /// Database name.
    pub database: String,
}

/// Checks `wal_level`, the role and the publication.
///
/// Fails with `PG-003`, `PG-004`, `PG-006`, or `PG-009` for a standby or a server that is too
/// old.
pub(super) async fn check(control: &Control, publication: &str) -> Result<Server, Fault> {
    let row = control
        .row(
            "SELECT current_setting('server_version_num')::int4, current_setting('wal_level'), \
                pg_is_in_recovery(), current_user::text, \
                (SELECT setting::int8 FROM pg_settings WHERE name = 'wal_sender_timeout'), \
                EXISTS (SELECT FROM pg_roles WHERE rolname = current_user \
                    AND (rolsuper OR rolreplication)) \
                OR EXISTS (SELECT FROM pg_roles WHERE rolname = 'rds_replication' \
                    AND pg_has_role(oid, 'MEMBER'))",
            &[],
        )
        .await?;
    let version = column(&row, 0)?;
    if version < OLDEST_VERSION {
        return Err(Fault::new(Code::PG_009, format!("the server's version is {version}"))
            .help("lawtail needs PostgreSQL 13 or newer"));
    }
    if column(&row, 2)? {
        return Err(Fault::new(Code::PG_009, STANDBY)
            .help("connect to the primary: lawtail follows the server that takes the writes"));
    }
    let wal_level: &str = column(&row, 1)?;
    if wal_level != "logical" {
        return Err(Fault::new(Code::PG_003, format!("wal_level is {wal_level}")));
    }
    let user: &str = column(&row, 3)?;
    if !column(&row, 5)? {
        let cause = format!("the role {user} may not replicate");
        return Err(Fault::new(Code::PG_004, cause));
    }
    check_publication(control, publication).await?;
    let timeout = u64::try_from(column::<i64>(&row, 4)?).ok().filter(|&timeout| timeout > 0);
    Ok(Server { version, sender_timeout: timeout.map(Duration::from_millis) })
}

pub(super) async fn check_publication(control: &Control, publication: &str) -> Result<(), Fault> {
    let rows = control
        .rows(
            "SELECT pubinsert AND pubupdate AND pubdelete AND pubtruncate FROM pg_publication \
             WHERE pubname = $1::text",
            &[&publication],
        )
        .await?;
    match rows.first() {
        None => {
            let cause = format!("the database has no publication \"{publication}\"");
            Err(Fault::new(Code::PG_006, cause))
        }
        Some(row) if !column::<bool>(row, 0)? => {
            let cause = format!(
                "the publication \"{publication}\" leaves out some kinds of change: a withdrawal or \
                 an erasure would not be seen"
            );
            Err(Fault::new(Code::POL_003, cause)
                .help("ALTER PUBLICATION … SET (publish = 'insert, update, delete, truncate')"))
        }
        Some(_) => Ok(()),
    }
}

/// Asks the server who it is, and how far its log is written.
pub(super) async fn identify(connection: &mut Connection) -> Result<(System, Lsn), Fault> {
    let answer = timeout(limits::SILENCE_TIMEOUT, connection.query("IDENTIFY_SYSTEM")).await;
    let rows = match answer {
        Ok(answer) => answer.map_err(|failure| failure.fault())?,
        Err(_) => return Err(Fault::new(Code::PG_001, "the server has fallen silent")),
    };
    let cell = |index: usize| rows.first().and_then(|row| row.get(index).cloned().flatten());
    let system = || {
        let (identifier, timeline) = (cell(0)?, cell(1)?.parse().ok()?);
        let written = cell(2)?.parse().ok()?;
        Some((System { identifier, timeline, database: cell(3)? }, written))
    };
    system().ok_or_else(|| Fault::new(Code::PG_009, "the server does not identify itself"))
}

/// Where a timeline comes from, in the form of its history file. The first has none.
pub(super) async fn history(
    connection: &mut Connection,
    timeline: u32,
) -> Result<Option<String>, Fault> {
    if timeline <= 1 {
        return Ok(None);
    }
    let command = format!("TIMELINE_HISTORY {timeline}");
    let rows = connection.query(&command).await.map_err(|failure| failure.fault())?;
    Ok(rows.first().and_then(|row| row.get(1).cloned().flatten()))
}

/// The server's clock.
pub(super) async fn server_time(control: &Control) -> Result<Timestamp, Fault> {
    let row =
        control.row("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::int8", &[]).await?;
    column(&row, 0).map(Timestamp)
}
