//! What the detectors of breaches count, and how much of it they keep.

use std::time::Duration;

/// Data subjects counted exactly per counter; beyond, an estimate.
pub const EXACT_SUBJECTS: usize = 1_024;

/// Sliding windows of the detectors; beyond, the quietest one is given up and counted.
pub const WINDOWS: u64 = 8_192;

/// Series of counts that the statistical layers keep, at about half a kilobyte each and, while an hour has
/// more than a few people, up to about a kibibyte more for whom it was about; a further one takes the place
/// of one that has been quiet for [`SERIES_QUIET_DAYS`], or counts with all others.
pub const SERIES: u64 = 50_000;

/// Days after which a series may be given up for want of room.
pub const SERIES_QUIET_DAYS: i32 = 14;

/// Series (table, operation, actor) counted within one transaction, and sets of columns within each.
pub const SERIES_OF_TRANSACTION: (usize, usize) = (1_024, 64);

/// Most statistical alarms a week that a policy may ask for.
pub const ALERT_BUDGET: u32 = 1_000;

/// Data subjects whom one transaction changes in one table where nobody does it by hand.
pub const BATCH: u64 = 10;

/// No statistical alarm is about fewer rows.
pub const UNUSUAL_ROWS: u64 = 5;

/// An actor who was away for longer is dormant (MITRE ATT&CK T1078), in hours.
pub const DORMANT_HOURS: i32 = 60 * 24;

/// Rows within a day of a return that are an alarm.
pub const RETURN_ROWS: u64 = 10;

/// Accounts that were first seen within one day that are an alarm, where people join one by one.
pub const NEW_ACCOUNTS: usize = 10;

/// Hours before the statistics speak, and before they speak as loudly as they are allowed to.
pub const WARM_UP_HOURS: (i32, i32) = (7 * 24, 14 * 24);

/// Actors whose references a decision keeps.
pub const KNOWN_ACTORS: usize = 1_024;

/// From how many former owners, or bank accounts, what was touched must have come to be an alarm. A
/// series remembers no more of them.
pub const SOURCES: usize = 3;

/// Accounts that are moved to one new address domain within [`ACCOUNT_WINDOW`].
pub const ACCOUNTS_MOVED: u64 = 3;

/// Window of the detectors that look at accounts and single changes.
pub const ACCOUNT_WINDOW: Duration = Duration::from_secs(3600);

/// Data subjects, columns and time in which values replaced by ciphertext are an alarm (SEC-016).
pub const ENCRYPTED: (u64, usize, Duration) = (20, 2, Duration::from_secs(300));

/// Data subjects that get one contact point in place of their own within a day (SEC-017).
pub const CONTACT_POINTS_REDIRECTED: u64 = 10;

/// Records given to another tenant within [`ACCOUNT_WINDOW`] (SEC-018): more than one household.
pub const TENANT_MOVES: u64 = 3;

/// Records whose key (SEC-019) or end of storage (SEC-020) changes within [`ACCOUNT_WINDOW`].
pub const RECORDS_REWRITTEN: u64 = 20;

/// What was queued when an account was switched off may still be written for this long.
pub const LEAVER_SLACK: Duration = Duration::from_secs(300);

/// Replaced values that are compared with each other in one transaction and table; those of further
/// rows are not.
pub const MOVES: usize = 4_096;

/// So many values moved between rows in one transaction are an alarm.
pub const MOVED_VALUES: usize = 20;

/// How long an entry of a CRM's own audit log is kept at least: taking out a younger one is an alarm.
pub const AUDIT_LOG_PERIOD: Duration = Duration::from_secs(30 * 24 * 3600);

/// Schema changes of one table that are told of one transaction, and tables of which any are.
pub const SCHEMA_CHANGES: usize = 16;

/// Series (detector, table, actor) followed within one transaction; further ones are not, and
/// their changes are counted.
pub const TALLY_SERIES: usize = 1_024;
