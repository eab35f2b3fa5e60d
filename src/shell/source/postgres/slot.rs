//! The replication slot: its state, its making and dropping, and our own leftovers on it.

use std::time::Duration;

use postgres_protocol::escape::escape_identifier;
use tokio::time::{Instant, sleep};

use super::connection::Connection;
use super::control::{Control, column};
use super::status::Flushed;
use crate::model::{Code, Fault, Lsn, Timestamp};

/// A walsender of ours that has heard nothing from its client for this long has lost it: a living
/// lawtail speaks every [`limits::FEEDBACK_INTERVAL`](crate::model::limits::FEEDBACK_INTERVAL).
const STALE_AFTER: Duration = Duration::from_secs(5);

/// How long to wait for a walsender of ours to let go of the slot.
pub(super) const RELEASE_TIMEOUT: Duration = Duration::from_secs(8);

/// How often to look meanwhile.
pub(super) const LOOK_INTERVAL: Duration = Duration::from_millis(200);

/// What the server says about a slot (PostgreSQL manual, `pg_replication_slots`).
#[derive(Clone, Debug)]
pub(super) struct SlotState {
    /// Process that uses it.
    pub active_pid: Option<i32>,
    /// That process's `application_name`, as far as we may see it.
    pub application_name: String,
    /// When that process last heard from its client, as text only to be compared. Told only to
    /// members of `pg_read_all_stats`.
    pub last_reply: Option<String>,
    /// Whether it is a logical slot of pgoutput in our database.
    pub ours: bool,
    /// `reserved`, `extended`, `unreserved` or `lost`; empty while it is being made.
    pub wal_status: String,
    /// Everything below has been confirmed.
    pub confirmed: Lsn,
    /// Bytes of log that the server keeps for it.
    pub retained_bytes: u64,
    /// How far the server's log had been written when it was asked.
    pub flushed: Flushed,
}

impl SlotState {
    /// The server has given up on the slot.
    pub fn lost(&self) -> bool {
        self.wal_status == "lost"
    }
}

/// A slot just made.
#[derive(Debug)]
pub(super) struct NewSlot {
    /// The first position it will hand over.
    pub consistent_point: Lsn,
    /// Name of the snapshot that shows everything before that position.
    pub snapshot: String,
}

/// The state of a slot; `None` when there is none.
pub(super) async fn look(control: &Control, slot: &str) -> Result<Option<SlotState>, Fault> {
    let rows = control
        .rows(
            "SELECT s.active_pid, coalesce(a.application_name, ''), \
                CASE WHEN r.state IS NOT NULL THEN coalesce(r.reply_time::text, 'never') END, \
                s.plugin = 'pgoutput' AND s.database = current_database(), \
                coalesce(s.wal_status, ''), coalesce(s.confirmed_flush_lsn, '0/0')::text, \
                coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), s.restart_lsn), 0)::int8, \
                (extract(epoch FROM clock_timestamp()) * 1000000)::int8, \
                pg_current_wal_flush_lsn()::text \
             FROM pg_replication_slots s \
             LEFT JOIN pg_stat_activity a ON a.pid = s.active_pid \
             LEFT JOIN pg_stat_replication r ON r.pid = s.active_pid \
             WHERE s.slot_name = $1::text",
            &[&slot],
        )
        .await?;
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(Some(SlotState {
        active_pid: column(row, 0)?,
        application_name: column(row, 1)?,
        last_reply: column(row, 2)?,
        ours: column::<Option<bool>>(row, 3)?.unwrap_or(false),
        wal_status: column(row, 4)?,
        confirmed: lsn(column(row, 5)?)?,
        retained_bytes: u64::try_from(column::<i64>(row, 6)?).unwrap_or(0),
        flushed: Flushed { time: Timestamp(column(row, 7)?), lsn: lsn(column(row, 8)?)? },
    }))
}

/// The state of a slot that nobody uses; `None` when there is no slot.
///
/// A walsender that a crashed lawtail left behind is given a moment to notice. If it has our
/// application name and we are shown that it has heard nothing meanwhile, it is terminated. What
/// we are not shown may be a living lawtail's: two that terminated each other would never end.
///
/// Fails with `PG-005` when somebody else uses the slot, or when it is not of our kind.
pub(super) async fn look_free(
    control: &Control,
    slot: &str,
    application_name: &str,
) -> Result<Option<SlotState>, Fault> {
    let begun = Instant::now();
    let mut since = ((None, None), Instant::now());
    loop {
        let Some(state) = look(control, slot).await? else { return Ok(None) };
        if !state.ours {
            let cause = format!("the slot \"{slot}\" is not a pgoutput slot of this database");
            return Err(Fault::new(Code::PG_005, cause));
        }
        let Some(pid) = state.active_pid else { return Ok(Some(state)) };
        if state.application_name != application_name || begun.elapsed() > RELEASE_TIMEOUT {
            return Err(in_use(slot, pid, &state.application_name, application_name));
        }
        let seen = (Some(pid), state.last_reply);
        if since.0 != seen {
            since = (seen, Instant::now());
        } else if since.0.1.is_some() && since.1.elapsed() > STALE_AFTER {
            tracing::warn!(slot, pid, "terminating the walsender that a former run left behind");
            terminate(control, slot, pid, application_name).await?;
        }
        sleep(LOOK_INTERVAL).await;
    }
}

fn in_use(slot: &str, pid: i32, by: &str, ours: &str) -> Fault {
    let shown = if by.is_empty() { "unknown" } else { by };
    let cause = format!("the slot \"{slot}\" is used by process {pid}, application \"{shown}\"");
    let fault = Fault::new(Code::PG_005, cause);
    if by != ours {
        return fault;
    }
    fault.help(
        "stop the other lawtail, or give this one a slot of its own; if the other is gone already, \
         the server notices within its wal_sender_timeout",
    )
}

/// Looks once more at whose process it is, in the same statement that ends it.
async fn terminate(
    control: &Control,
    slot: &str,
    pid: i32,
    application_name: &str,
) -> Result<(), Fault> {
    let statement = "SELECT pg_terminate_backend(a.pid) FROM pg_stat_activity a \
        JOIN pg_replication_slots s ON s.active_pid = a.pid \
        WHERE s.slot_name = $1::text AND a.pid = $2 AND a.application_name = $3::text \
            AND a.usename = current_user";
    control.rows(statement, &[&slot, &pid, &application_name]).await?;
    Ok(())
}

/// Makes the slot, with a snapshot that lives until the connection runs another command. A temporary
/// slot goes away with the connection.
///
/// Waits for the transactions that are open now, however long they take. Fails with `PG-010` when
/// no slot is free.
pub(super) async fn create(
    connection: &mut Connection,
    slot: &str,
    version: i32,
    temporary: bool,
) -> Result<NewSlot, Fault> {
    let option = if version >= 150_000 { "(SNAPSHOT 'export')" } else { "EXPORT_SNAPSHOT" };
    let name = escape_identifier(slot);
    let kind = if temporary { "TEMPORARY LOGICAL" } else { "LOGICAL" };
    let command = format!("CREATE_REPLICATION_SLOT {name} {kind} pgoutput {option}");
    let rows = connection.query(&command).await.map_err(|failure| failure.fault())?;
    let cell = |index: usize| rows.first().and_then(|row| row.get(index)?.as_deref());
    match (cell(1), cell(2)) {
        (Some(point), Some(snapshot)) => {
            Ok(NewSlot { consistent_point: lsn(point)?, snapshot: snapshot.to_owned() })
        }
        _ => Err(Fault::new(Code::PG_009, "the new slot came without a snapshot")),
    }
}

/// Drops a slot that nobody uses.
pub(super) async fn drop_slot(control: &Control, slot: &str) -> Result<(), Fault> {
    control.rows("SELECT pg_drop_replication_slot($1::text::name)", &[&slot]).await?;
    Ok(())
}

/// How far the server's log has been written.
pub(super) async fn flushed(control: &Control) -> Result<Lsn, Fault> {
    lsn(column(&control.row("SELECT pg_current_wal_flush_lsn()::text", &[]).await?, 0)?)
}

fn lsn(text: &str) -> Result<Lsn, Fault> {
    text.parse().map_err(|_| Fault::new(Code::PG_009, "the server sent a malformed LSN"))
}
