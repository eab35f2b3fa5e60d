//! A standby that shall be able to take over with a copy of the slot (PostgreSQL manual,
//! "Replication Slot Synchronization").

use super::super::control::{Control, column};
use super::super::{Address, tls};
use super::Server;
use crate::model::Fault;
use crate::shell::diagnosis::Remarks;

/// What a standby says of itself.
#[derive(Clone, Debug, Default)]
struct Standby {
    version: i32,
    in_recovery: bool,
    /// Keeps copies of slots up to date; 17 and newer.
    sync_slots: bool,
    feedback: bool,
    /// Its own slot on the primary.
    primary_slot: String,
    /// Whether our slot is there as a copy that is kept up to date.
    synced: Option<bool>,
}

pub async fn look(
    server: &Server<'_>,
    address: &Address,
    remarks: &mut Remarks,
) -> Result<(), Fault> {
    let tls = tls::settings(address)?;
    let control = Control::open(address, tls.as_ref(), "lawtail/doctor").await?;
    remarks.ok("reach", address.to_string());
    let row = control
        .row(
            "SELECT current_setting('server_version_num')::int4, pg_is_in_recovery(), \
                coalesce(current_setting('sync_replication_slots', true) = 'on', false), \
                current_setting('hot_standby_feedback') = 'on', \
                current_setting('primary_slot_name')",
            &[],
        )
        .await?;
    let mut standby = Standby {
        version: column(&row, 0)?,
        in_recovery: column(&row, 1)?,
        sync_slots: column(&row, 2)?,
        feedback: column(&row, 3)?,
        primary_slot: column(&row, 4)?,
        synced: None,
    };
    if standby.version >= 170_000 {
        let query = "SELECT synced AND NOT temporary AND invalidation_reason IS NULL \
            FROM pg_replication_slots WHERE slot_name = $1::text";
        let rows = control.rows(query, &[&server.subject.settings.slot]).await?;
        standby.synced = rows.first().map(|row| column(row, 0)).transpose()?;
    }
    say(&standby, remarks);
    Ok(())
}

fn say(standby: &Standby, remarks: &mut Remarks) {
    if standby.version < 170_000 {
        let found = "the server is older than 17 and keeps no copies of slots";
        return remarks.warn("version", found, "a failover to it is a gap and a new initial copy");
    }
    if !standby.in_recovery {
        return remarks.warn("role", "the server is not a standby", "name a standby's address");
    }
    let settings = [
        (
            "sync_replication_slots",
            standby.sync_slots,
            "set sync_replication_slots = on, and a \
          dbname in primary_conninfo",
        ),
        ("hot_standby_feedback", standby.feedback, "set hot_standby_feedback = on"),
        (
            "primary_slot_name",
            !standby.primary_slot.is_empty(),
            "give the standby a physical slot \
          on the primary and name it in primary_slot_name",
        ),
    ];
    for (check, good, remedy) in settings {
        match good {
            true => remarks.ok(check, "set"),
            false => remarks.warn(check, "not set: the slot is not copied", remedy),
        }
    }
    match standby.synced {
        Some(true) => remarks.ok("synced", "the standby has a copy of the slot"),
        Some(false) => remarks.warn(
            "synced",
            "the copy of the slot cannot be used yet",
            "wait until the standby has caught up with the slot; then look again",
        ),
        None => remarks.warn(
            "synced",
            "the standby has no copy of the slot",
            "see the remarks above; the slot itself must have failover on",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::diagnosis::Verdict;

    fn bad(standby: &Standby) -> Vec<&'static str> {
        let mut remarks = Remarks::about("standby");
        say(standby, &mut remarks);
        let bad = remarks.all.iter().filter(|remark| remark.verdict != Verdict::Ok);
        bad.map(|remark| remark.check).collect()
    }

    #[test]
    fn whatever_keeps_the_slot_from_being_copied_is_named() {
        let good = Standby {
            version: 170_000,
            in_recovery: true,
            sync_slots: true,
            feedback: true,
            primary_slot: "standby".into(),
            synced: Some(true),
        };
        assert!(bad(&good).is_empty());
        assert_eq!(bad(&Standby { version: 160_000, ..good.clone() }), ["version"]);
        assert_eq!(bad(&Standby { in_recovery: false, ..good.clone() }), ["role"]);
        assert_eq!(bad(&Standby { synced: Some(false), ..good }), ["synced"]);
        let bare = Standby { version: 180_000, in_recovery: true, ..Standby::default() };
        let all = ["sync_replication_slots", "hot_standby_feedback", "primary_slot_name", "synced"];
        assert_eq!(bad(&bare), all);
    }
}
