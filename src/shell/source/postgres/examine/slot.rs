//! The slot: whose it is, how the server keeps it, and whether it survives a failover.

use super::super::control::column;
use super::super::slot::{self, SlotState};
use super::super::{FailoverSlot, SlotHealth};
use super::Server;
use crate::model::Fault;
use crate::shell::diagnosis::Remarks;

pub async fn look(server: &Server<'_>, remarks: &mut Remarks) -> Result<(), Fault> {
    let name = &server.subject.settings.slot;
    match slot::look(&server.control, name, server.version).await? {
        None => remarks.ok("exists", format!("{name} is made at the first start")),
        Some(state) if !state.ours => remarks.wrong(
            "exists",
            format!("{name} is not a pgoutput slot of this database"),
            "set database.slot to another name, or drop that slot",
        ),
        Some(state) => {
            remarks.ok("exists", format!("{name}, confirmed up to {}", state.confirmed));
            say_user(server, &state, remarks);
            say_kept(&state.health, state.retained_bytes, remarks);
            say_failover(&state.health, server.subject.settings.failover, remarks);
        }
    }
    look_at_standbys(server, remarks).await
}

fn say_user(server: &Server<'_>, state: &SlotState, remarks: &mut Remarks) {
    let Some(pid) = state.active_pid else { return remarks.ok("user", "nobody uses it now") };
    match state.application_name == server.application_name {
        true => remarks.ok("user", format!("a lawtail follows it, process {pid} of the server")),
        false => remarks.wrong(
            "user",
            format!("process {pid} of the server, application \"{}\"", state.application_name),
            "stop the other consumer, or set database.slot to a slot of our own",
        ),
    }
}

fn say_kept(health: &SlotHealth, retained_bytes: u64, remarks: &mut Remarks) {
    const CHECK: &str = "wal_status";
    let found = format!("{}, {} MB of log are kept", health.wal_status, retained_bytes >> 20);
    match (health.invalid(), health.wal_status.as_str()) {
        (Some(reason), _) => remarks.warn(
            CHECK,
            format!("the server has given up on the slot: {reason}"),
            "the next start announces the gap and takes a new initial copy; raise \
             max_slot_wal_keep_size",
        ),
        (None, "unreserved") => remarks.warn(
            CHECK,
            found,
            "start lawtail now, or raise max_slot_wal_keep_size: the slot is lost at the next \
             checkpoint",
        ),
        _ => remarks.ok(CHECK, found),
    }
}

fn say_failover(health: &SlotHealth, wanted: FailoverSlot, remarks: &mut Remarks) {
    match (health.failover, wanted) {
        (None, _) => {
            remarks.ok("failover", "the server is older than 17: a failover is a gap and a copy");
        }
        (Some(true), _) => remarks.ok("failover", "standbys may keep a copy of the slot"),
        (Some(false), FailoverSlot::No) => remarks.ok("failover", "off, as the settings say"),
        (Some(false), _) => remarks.warn(
            "failover",
            "the slot does not survive a failover",
            "set database.failover_slot: true and start lawtail",
        ),
    }
}

/// Physical slots belong to standbys; what a failover slot needs of the primary is that no logical
/// slot runs ahead of them.
async fn look_at_standbys(server: &Server<'_>, remarks: &mut Remarks) -> Result<(), Fault> {
    if server.version < 170_000 || server.subject.settings.failover == FailoverSlot::No {
        return Ok(());
    }
    let query = "SELECT (SELECT count(*) FROM pg_replication_slots WHERE slot_type = 'physical'), \
        current_setting('synchronized_standby_slots')";
    let row = server.control.row(query, &[]).await?;
    let (physical, synchronized): (i64, &str) = (column(&row, 0)?, column(&row, 1)?);
    let check = "synchronized_standby_slots";
    match (physical, synchronized) {
        (0, "") => remarks.ok(check, "no standby has a slot here"),
        (_, "") => remarks.warn(
            check,
            "empty: lawtail may be ahead of a standby that is then promoted, which is a gap",
            "set synchronized_standby_slots on the primary to the slots of the standbys that may \
             take over",
        ),
        (_, slots) => remarks.ok(check, slots),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::diagnosis::Verdict;

    #[test]
    fn a_slot_that_is_lost_or_nearly_so_is_said() {
        let verdict = |wal_status: &str, invalidation: Option<&str>| {
            let mut remarks = Remarks::about("slot");
            let invalidation = invalidation.map(str::to_owned);
            let wal_status = wal_status.to_owned();
            let health = SlotHealth { wal_status, invalidation, ..SlotHealth::default() };
            say_kept(&health, 0, &mut remarks);
            remarks.all[0].verdict
        };
        assert_eq!(verdict("extended", None), Verdict::Ok);
        assert_eq!(verdict("unreserved", None), Verdict::Warning);
        assert_eq!(verdict("lost", None), Verdict::Warning);
        assert_eq!(verdict("reserved", Some("idle_timeout")), Verdict::Warning);
    }

    #[test]
    fn a_slot_without_failover_is_said_where_it_is_wanted() {
        let verdict = |failover, wanted| {
            let mut remarks = Remarks::about("slot");
            say_failover(&SlotHealth { failover, ..SlotHealth::default() }, wanted, &mut remarks);
            remarks.all[0].verdict
        };
        assert_eq!(verdict(None, FailoverSlot::Yes), Verdict::Ok);
        assert_eq!(verdict(Some(true), FailoverSlot::Auto), Verdict::Ok);
        assert_eq!(verdict(Some(false), FailoverSlot::Auto), Verdict::Warning);
        assert_eq!(verdict(Some(false), FailoverSlot::No), Verdict::Ok);
    }
}
