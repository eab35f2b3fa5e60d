//! The replication slot: its state, its making and dropping, and our own leftovers on it.

use std::time::Duration;

use postgres_protocol::escape::escape_identifier;
use tokio::time::{Instant, sleep};

use super::connection::Connection;
use super::control::{Control, column};
use super::lock;
use super::slot_health::{self, SlotHealth};
use super::status::Flushed;
use crate::model::{Code, Fault, Lsn, Timestamp, limits};

/// How often to look meanwhile.
pub(super) const LOOK_INTERVAL: Duration = Duration::from_millis(200);

/// What the server says about a slot (PostgreSQL manual, `pg_replication_slots`).
#[derive(Clone, Debug)]
pub(super) struct SlotState {
    /// Process that uses it.
    pub active_pid: Option<i32>,
    /// That process's `application_name`, as far as we may see it.
    pub application_name: String,
    /// Whether it is a logical slot of pgoutput in our database.
    pub ours: bool,
    /// How the server keeps it.
    pub health: SlotHealth,
    /// Everything below has been confirmed.
    pub confirmed: Lsn,
    /// Bytes of log that the server keeps for it.
    pub retained_bytes: u64,
    /// How far the server's log had been written when it was asked.
    pub flushed: Flushed,
}

/// Whether standbys shall keep a copy of the slot, so that a promoted one can go on with it
/// (PostgreSQL manual, "Replication Slot Synchronization"; from 17 on).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FailoverSlot {
    /// Where the server can; a slot that is there already stays as it is.
    #[default]
    Auto,
    /// Where the server can; a slot that is there already is changed.
    Yes,
    /// No.
    No,
}

/// The first version with failover slots.
const FIRST_WITH_FAILOVER: i32 = 170_000;

/// A slot just made.
#[derive(Debug)]
pub(super) struct NewSlot {
    /// The first position it will hand over.
    pub consistent_point: Lsn,
    /// Name of the snapshot that shows everything before that position.
    pub snapshot: String,
}

/// What a slot is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SlotKind {
    /// To be followed.
    Kept(FailoverSlot),
    /// For a snapshot and its position.
    Temporary,
}

/// The state of a slot; `None` when there is none.
pub(super) async fn look(
    control: &Control,
    slot: &str,
    version: i32,
) -> Result<Option<SlotState>, Fault> {
    let query = format!(
        "SELECT {}, s.active_pid, coalesce(a.application_name, ''), \
            s.plugin = 'pgoutput' AND s.database = current_database(), \
            coalesce(s.confirmed_flush_lsn, '0/0')::text, \
            coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), s.restart_lsn), 0)::int8, \
            (extract(epoch FROM clock_timestamp()) * 1000000)::int8, \
            pg_current_wal_flush_lsn()::text \
         FROM pg_replication_slots s LEFT JOIN pg_stat_activity a ON a.pid = s.active_pid \
         WHERE s.slot_name = $1::text",
        slot_health::columns(version)
    );
    let rows = control.rows(&query, &[&slot]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let own = slot_health::COLUMNS;
    Ok(Some(SlotState {
        health: SlotHealth::read(row, 0)?,
        active_pid: column(row, own)?,
        application_name: column(row, own + 1)?,
        ours: column::<Option<bool>>(row, own + 2)?.unwrap_or(false),
        confirmed: lsn(column(row, own + 3)?)?,
        retained_bytes: u64::try_from(column::<i64>(row, own + 4)?).unwrap_or(0),
        flushed: Flushed {
            time: Timestamp(column(row, own + 5)?),
            lsn: lsn(column(row, own + 6)?)?,
        },
    }))
}

/// Has the server end the control session of a lawtail that has stopped asking, and with it the
/// lock. Before 14 the server cannot.
pub(super) async fn expire_when_silent(control: &Control, version: i32) -> Result<(), Fault> {
    if version < 140_000 {
        return Ok(());
    }
    let patience = limits::CONTROL_SILENCE.as_millis();
    control.execute(&format!("SET idle_session_timeout = {patience}")).await
}

/// The state of a slot that nobody uses; `None` when there is no slot.
///
/// A walsender that a crashed or stopped lawtail left behind is given a moment to notice. It is
/// terminated when it has our application name and we hold the lock, which a living lawtail would
/// hold: two that terminated each other would never end.
///
/// Fails with `PG-005` when somebody else uses the slot, or when it is not of our kind.
pub(super) async fn look_free(
    control: &Control,
    slot: &str,
    version: i32,
    application_name: &str,
) -> Result<Option<SlotState>, Fault> {
    let begun = Instant::now();
    // Before we take the slot, so that nobody takes us for dead.
    let mut locked = lock::is_taken(control, slot).await?;
    let mut orphan_since = None;
    loop {
        let Some(state) = look(control, slot, version).await? else { return Ok(None) };
        if !state.ours {
            let cause = format!("the slot \"{slot}\" is not a pgoutput slot of this database");
            let help =
                "name another one: database.slot in lawtail.yaml; or drop it, if nobody uses it";
            return Err(Fault::new(Code::PG_005, cause).help(help));
        }
        let Some(pid) = state.active_pid else { return Ok(Some(state)) };
        if state.application_name != application_name
            || begun.elapsed() > limits::SLOT_RELEASE_TIMEOUT
        {
            return Err(in_use(slot, pid, &state.application_name, application_name));
        }
        locked = locked || lock::is_taken(control, slot).await?;
        let since = *orphan_since.get_or_insert_with(Instant::now);
        if !locked {
            orphan_since = None;
        } else if since.elapsed() > limits::WALSENDER_GRACE {
            tracing::warn!(slot, pid, "terminating the walsender that a former run left behind");
            terminate(control, slot, pid, application_name).await?;
            orphan_since = None;
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
    kind: SlotKind,
) -> Result<NewSlot, Fault> {
    let command = create_command(slot, version, kind);
    let rows = connection.query(&command).await.map_err(|failure| failure.fault())?;
    let cell = |index: usize| rows.first().and_then(|row| row.get(index)?.as_deref());
    match (cell(1), cell(2)) {
        (Some(point), Some(snapshot)) => {
            Ok(NewSlot { consistent_point: lsn(point)?, snapshot: snapshot.to_owned() })
        }
        _ => Err(Fault::new(Code::PG_009, "the new slot came without a snapshot")),
    }
}

fn create_command(slot: &str, version: i32, kind: SlotKind) -> String {
    let option = match (version, kind) {
        (FIRST_WITH_FAILOVER.., SlotKind::Kept(FailoverSlot::Auto | FailoverSlot::Yes)) => {
            "(SNAPSHOT 'export', FAILOVER true)"
        }
        (150_000.., _) => "(SNAPSHOT 'export')",
        _ => "EXPORT_SNAPSHOT",
    };
    let temporary = if kind == SlotKind::Temporary { "TEMPORARY " } else { "" };
    let name = escape_identifier(slot);
    format!("CREATE_REPLICATION_SLOT {name} {temporary}LOGICAL pgoutput {option}")
}

/// Lets standbys keep a copy of a slot that is there already, where the settings ask for it.
///
/// Only a connection in replication mode can do this.
pub(super) async fn mend_failover(
    connection: &mut Connection,
    slot: &str,
    state: &SlotState,
    wanted: FailoverSlot,
) -> Result<(), Fault> {
    // Where it is not known, the server is too old; where it is synced, its standby was promoted.
    if state.health.failover != Some(false) {
        return Ok(());
    }
    let command = format!("ALTER_REPLICATION_SLOT {} (FAILOVER true)", escape_identifier(slot));
    match wanted {
        FailoverSlot::No => {}
        FailoverSlot::Auto => tracing::warn!(
            slot,
            remedy = format!(
                "set database.failover_slot: true, or run \"{command}\" on a replication \
                 connection while lawtail is stopped"
            ),
            "the slot does not survive a failover"
        ),
        FailoverSlot::Yes => {
            connection.query(&command).await.map_err(|failure| failure.fault())?;
            tracing::info!(slot, "standbys may keep a copy of the slot from now on");
        }
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_made_as_its_version_understands() {
        let made = |version, failover| {
            let command = create_command("s", version, SlotKind::Kept(failover));
            command.strip_prefix("CREATE_REPLICATION_SLOT \"s\" LOGICAL pgoutput ").unwrap().into()
        };
        let options: [String; 5] = [
            made(140_000, FailoverSlot::Yes),
            made(160_000, FailoverSlot::Yes),
            made(170_000, FailoverSlot::Auto),
            made(170_000, FailoverSlot::Yes),
            made(180_000, FailoverSlot::No),
        ];
        let with = "(SNAPSHOT 'export', FAILOVER true)";
        assert_eq!(
            options,
            ["EXPORT_SNAPSHOT", "(SNAPSHOT 'export')", with, with, "(SNAPSHOT 'export')"]
        );
    }
}
