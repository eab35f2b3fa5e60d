//! Is this unusual? Counts of each series against what the series usually does at this hour.
//!
//! [`Watch`] counts rows by commit time in hours on the wall (buckets), for each series: one actor in
//! one table, one actor in all tables, one actor and one sensitivity of data, one table, one set of categories changed
//! in a table.
//! At each commit the hours in progress are compared with the `model` of their series; how improbable
//! is the `tail`'s to say, how improbable is too improbable the `threshold`'s, and how often anybody
//! may be told the `budget`'s. An alarm is a [`Signal`](super::detect::Signal) like that of a tripwire.
//!
//! **What**: activity that is unusual for its actor, its table or its time (code SEC-009).
//!
//! **Why**: noticing what should not happen is part of the security of processing (GDPR Art. 32(1)), and
//! not noticing is fined (CNIL SAN-2026-001). MITRE ATT&CK T1078, Valid Accounts.
//!
//! **Blind spots**: whoever stays within what is usual for the account; reading, which leaves no row;
//! a series in its first week beyond what is usual of new ones; see `docs/detection.md`.
//!
//! An hour is closed by the stream, when the series is touched in a later one, and never by a clock of
//! ours. So batches and restarts change nothing: `tests/laws.rs`, `tests/scenarios.rs`.

mod actors;
mod alarm;
mod arrivals;
mod budget;
mod counters;
mod deeds;
mod expected;
mod explain;
mod fresh;
mod habit;
mod history;
mod model;
mod month;
mod name;
mod noticed;
mod novelty;
mod people;
mod returns;
mod shared;
mod tail;
mod tally;
mod threshold;
mod watch;

#[cfg(test)]
mod fresh_tests;
#[cfg(test)]
mod tests;

pub use history::{has_learnt, learnt};
pub use name::Class;
pub use noticed::{Noticed, Readiness, Withheld};
pub use shared::Stage;
pub use watch::Watch;
