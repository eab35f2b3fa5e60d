//! The server's version and settings.

use super::super::control::column;
use super::Server;
use crate::model::Fault;
use crate::shell::diagnosis::Remarks;

/// The oldest version that can be followed.
const OLDEST: i32 = 130_000;

/// Less than this and a busy moment looks like a dead client, in milliseconds.
const SHORT_TIMEOUT: i64 = 10_000;

/// What the settings of the server are; numbers in the unit of `pg_settings`.
struct Settings {
    standby: bool,
    wal_level: String,
    slots: (i64, i64),
    senders: (i64, i64),
    has_slot: bool,
    keep_megabytes: i64,
    sender_timeout: i64,
    decoding_kibibytes: i64,
    idle_slot_timeout: Option<i64>,
}

const QUERY: &str = "SELECT pg_is_in_recovery(), current_setting('wal_level'), \
    current_setting('max_replication_slots')::int8, \
    (SELECT count(*) FROM pg_replication_slots), \
    current_setting('max_wal_senders')::int8, (SELECT count(*) FROM pg_stat_replication), \
    EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = $1::text), \
    (SELECT setting::int8 FROM pg_settings WHERE name = 'max_slot_wal_keep_size'), \
    (SELECT setting::int8 FROM pg_settings WHERE name = 'wal_sender_timeout'), \
    (SELECT setting::int8 FROM pg_settings WHERE name = 'logical_decoding_work_mem'), \
    (SELECT setting::int8 FROM pg_settings WHERE name = 'idle_replication_slot_timeout')";

/// `running`: a lawtail has a slot and a walsender already.
pub async fn look(server: &Server<'_>, running: bool, remarks: &mut Remarks) -> Result<(), Fault> {
    let (major, minor) = (server.version / 10_000, server.version % 10_000);
    match server.version >= OLDEST {
        true => remarks.ok("version", format!("PostgreSQL {major}.{minor}")),
        false => {
            let found = format!("PostgreSQL {major}.{minor}");
            remarks.wrong("version", found, "lawtail needs PostgreSQL 13 or newer");
            return Ok(());
        }
    }
    let row = server.control.row(QUERY, &[&server.subject.settings.slot]).await?;
    let settings = Settings {
        standby: column(&row, 0)?,
        wal_level: column(&row, 1)?,
        slots: (column(&row, 2)?, column(&row, 3)?),
        senders: (column(&row, 4)?, column(&row, 5)?),
        has_slot: column(&row, 6)?,
        keep_megabytes: column(&row, 7)?,
        sender_timeout: column(&row, 8)?,
        decoding_kibibytes: column(&row, 9)?,
        idle_slot_timeout: column(&row, 10)?,
    };
    say_essential(&settings, running, remarks);
    say_kept(settings.keep_megabytes, server.subject.slot_budget, remarks);
    say_times(&settings, remarks);
    Ok(())
}

fn say_essential(settings: &Settings, running: bool, remarks: &mut Remarks) {
    match settings.standby {
        false => remarks.ok("primary", "the server takes the writes"),
        true => remarks.wrong(
            "primary",
            "the server is a standby",
            "connect to the primary: lawtail follows the server that takes the writes",
        ),
    }
    match settings.wal_level.as_str() {
        "logical" => remarks.ok("wal_level", "logical"),
        other => {
            remarks.wrong("wal_level", other, "set wal_level = logical and restart PostgreSQL")
        }
    }
    let (most, used) = settings.slots;
    let found = format!("{used} of {most} are used");
    match settings.has_slot || used < most {
        true => remarks.ok("max_replication_slots", found),
        false => remarks.wrong(
            "max_replication_slots",
            found,
            "raise max_replication_slots and restart PostgreSQL, or drop a slot that nobody uses",
        ),
    }
    let (most, used) = settings.senders;
    let found = format!("{used} of {most} are used");
    match running || used < most {
        true => remarks.ok("max_wal_senders", found),
        false => {
            remarks.wrong("max_wal_senders", found, "raise max_wal_senders and restart PostgreSQL");
        }
    }
}

fn say_kept(megabytes: i64, slot_budget: u64, remarks: &mut Remarks) {
    const CHECK: &str = "max_slot_wal_keep_size";
    let Ok(megabytes) = u64::try_from(megabytes) else {
        return remarks.warn(
            CHECK,
            "unlimited: a slot that nobody reads fills the CRM's disk",
            "set max_slot_wal_keep_size to what the disk can spare",
        );
    };
    let found = format!("{megabytes} MB");
    match megabytes << 20 > slot_budget {
        true => remarks.ok(CHECK, found),
        false => remarks.warn(
            CHECK,
            format!("{found}, and slot_budget is {} MB: the slot is lost first", slot_budget >> 20),
            "set slot_budget in lawtail.yaml well below max_slot_wal_keep_size",
        ),
    }
}

fn say_times(settings: &Settings, remarks: &mut Remarks) {
    const CHECK: &str = "wal_sender_timeout";
    let found = format!("{} ms", settings.sender_timeout);
    match settings.sender_timeout {
        0 => remarks.warn(
            CHECK,
            "off: a connection that is dead is not noticed",
            "set wal_sender_timeout = 60s",
        ),
        ..SHORT_TIMEOUT => remarks.warn(CHECK, found, "set wal_sender_timeout = 60s"),
        _ => remarks.ok(CHECK, found),
    }
    let found = format!("{} kB for each walsender", settings.decoding_kibibytes);
    remarks.ok("logical_decoding_work_mem", found);
    if let Some(seconds) = settings.idle_slot_timeout {
        match seconds {
            0 => remarks.ok("idle_replication_slot_timeout", "off"),
            _ => remarks.warn(
                "idle_replication_slot_timeout",
                format!("a lawtail that is stopped for {seconds} s loses its slot"),
                "set it to longer than the longest stop you expect, or to 0",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::diagnosis::Verdict;

    fn settings() -> Settings {
        Settings {
            standby: false,
            wal_level: "logical".into(),
            slots: (10, 3),
            senders: (10, 3),
            has_slot: false,
            keep_megabytes: 1_024,
            sender_timeout: 60_000,
            decoding_kibibytes: 65_536,
            idle_slot_timeout: None,
        }
    }

    fn found(settings: &Settings, running: bool) -> Vec<(&'static str, Verdict)> {
        let mut remarks = Remarks::about("database");
        say_essential(settings, running, &mut remarks);
        say_times(settings, &mut remarks);
        let bad = remarks.all.into_iter().filter(|remark| remark.verdict != Verdict::Ok);
        bad.map(|remark| (remark.check, remark.verdict)).collect()
    }

    #[test]
    fn each_setting_has_its_remark() {
        assert_eq!(found(&settings(), false), []);
        let worst = Settings {
            standby: true,
            wal_level: "replica".into(),
            slots: (3, 3),
            senders: (3, 3),
            sender_timeout: 0,
            idle_slot_timeout: Some(60),
            ..settings()
        };
        assert_eq!(
            found(&worst, false),
            [
                ("primary", Verdict::Fault),
                ("wal_level", Verdict::Fault),
                ("max_replication_slots", Verdict::Fault),
                ("max_wal_senders", Verdict::Fault),
                ("wal_sender_timeout", Verdict::Warning),
                ("idle_replication_slot_timeout", Verdict::Warning),
            ]
        );
    }

    #[test]
    fn what_a_running_lawtail_uses_is_not_missing() {
        let full = Settings { slots: (3, 3), senders: (3, 3), has_slot: true, ..settings() };
        assert_eq!(found(&full, true), []);
    }

    #[test]
    fn the_budget_must_be_reached_before_the_slot_is_lost() {
        let verdict = |megabytes, budget| {
            let mut remarks = Remarks::about("database");
            say_kept(megabytes, budget, &mut remarks);
            remarks.all[0].verdict
        };
        assert_eq!(verdict(-1, 1 << 30), Verdict::Warning);
        assert_eq!(verdict(1_024, 1 << 30), Verdict::Warning);
        assert_eq!(verdict(1_025, 1 << 30), Verdict::Ok);
    }
}
