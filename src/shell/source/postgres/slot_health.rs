//! How the server keeps a slot, as far as its version can tell.

use std::time::Duration;

use tokio_postgres::Row;

use super::control::column;
use crate::model::{Fault, Timestamp};

/// What `pg_replication_slots` and the settings say about the log kept for a slot (PostgreSQL
/// manual, `pg_replication_slots`, "Replication"). What a server is too old to tell is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SlotHealth {
    /// `reserved`, `extended`, `unreserved` or `lost`; empty while the slot is being made.
    pub wal_status: String,
    /// Bytes that may still be written before the slot is in danger; `None` without a limit, and
    /// for a slot that is lost.
    pub safe_wal_bytes: Option<u64>,
    /// `max_slot_wal_keep_size` in bytes; `None` is no limit: the slot can fill the disk.
    pub limit_bytes: Option<u64>,
    /// Why the server has given up on the slot, from 17 on.
    pub invalidation: Option<String>,
    /// Since when nobody uses it, from 17 on.
    pub inactive_since: Option<Timestamp>,
    /// Whether it conflicted with recovery, from 16 on.
    pub conflicting: Option<bool>,
    /// Whether standbys may keep a copy of it, from 17 on.
    pub failover: Option<bool>,
    /// Whether it is such a copy, or was one before its standby was promoted, from 17 on.
    pub synced: Option<bool>,
    /// `idle_replication_slot_timeout`, from 18 on; `None` also where it is off.
    pub idle_timeout: Option<Duration>,
}

/// Number of columns that [`columns`] selects.
pub(super) const COLUMNS: usize = 9;

/// What to select of `pg_replication_slots s`: the same columns for every version, null where the
/// version has no such thing.
pub(super) fn columns(version: i32) -> String {
    let since = |first: i32, expression: &'static str, kind: &str| match version >= first {
        true => expression.to_owned(),
        false => format!("NULL::{kind}"),
    };
    [
        "coalesce(s.wal_status, '')".to_owned(),
        "s.safe_wal_size".to_owned(),
        // Asked every second, so without the view of all settings.
        "nullif(pg_size_bytes(current_setting('max_slot_wal_keep_size')), -1)".to_owned(),
        since(170_000, "s.invalidation_reason", "text"),
        since(170_000, "(extract(epoch FROM s.inactive_since) * 1000000)::int8", "int8"),
        since(160_000, "s.conflicting", "boolean"),
        since(170_000, "s.failover", "boolean"),
        since(170_000, "s.synced", "boolean"),
        since(
            180_000,
            "nullif(extract(epoch FROM \
                current_setting('idle_replication_slot_timeout')::interval), 0)::int8",
            "int8",
        ),
    ]
    .join(", ")
}

impl SlotHealth {
    /// Reads what [`columns`] has selected, from column `first` on.
    pub(super) fn read(row: &Row, first: usize) -> Result<Self, Fault> {
        let bytes = |index| -> Result<Option<u64>, Fault> {
            // Below zero the server keeps the log only until its next checkpoint.
            Ok(column::<Option<i64>>(row, index)?.map(|bytes| u64::try_from(bytes).unwrap_or(0)))
        };
        Ok(SlotHealth {
            wal_status: column(row, first)?,
            safe_wal_bytes: bytes(first + 1)?,
            limit_bytes: bytes(first + 2)?,
            invalidation: column(row, first + 3)?,
            inactive_since: column::<Option<i64>>(row, first + 4)?.map(Timestamp),
            conflicting: column(row, first + 5)?,
            failover: column(row, first + 6)?,
            synced: column(row, first + 7)?,
            idle_timeout: bytes(first + 8)?.map(Duration::from_secs),
        })
    }

    /// Why the slot can never be used again; `None` while it can.
    pub fn invalid(&self) -> Option<&str> {
        match &self.invalidation {
            Some(reason) => Some(reason),
            None => (self.wal_status == "lost").then_some("wal_removed"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_asked_only_for_what_it_has() {
        let known = |version| {
            let columns = columns(version);
            ["conflicting", "invalidation_reason", "inactive_since", "failover", "synced", "idle_"]
                .map(|name| columns.contains(name))
        };
        assert_eq!(known(130_000), [false; 6]);
        assert_eq!(known(150_018), [false; 6]);
        assert_eq!(known(160_004), [true, false, false, false, false, false]);
        assert_eq!(known(170_010), [true, true, true, true, true, false]);
        assert_eq!(known(180_000), [true; 6]);
    }

    #[test]
    fn a_slot_is_invalid_when_it_is_lost_or_has_a_reason() {
        let slot = |wal_status: &str, reason: Option<&str>| SlotHealth {
            wal_status: wal_status.into(),
            invalidation: reason.map(str::to_owned),
            ..SlotHealth::default()
        };
        assert_eq!(slot("unreserved", None).invalid(), None);
        assert_eq!(slot("lost", None).invalid(), Some("wal_removed"));
        assert_eq!(slot("lost", Some("idle_timeout")).invalid(), Some("idle_timeout"));
        assert_eq!(slot("reserved", Some("rows_removed")).invalid(), Some("rows_removed"));
    }
}
