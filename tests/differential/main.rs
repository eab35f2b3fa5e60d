//! What PostgreSQL committed is what lawtail hands over: differential tests with PostgreSQL as the
//! oracle, on the installed server and on PostgreSQL 16, 17 and 18.
//!
//! Two slots read the same log: ours through [`PostgresSource`], and one of `test_decoding`, the
//! server's own plugin, through SQL. What both tell is compared transaction by transaction (id,
//! commit time, end in the log) and change by change (table, operation, the text of every cell,
//! null, unchanged or known, old key or old row). Besides, the initial copy and the stream must
//! give the same text for the same value, and the initial copy carried forward by the stream must
//! be what a new initial copy finds.
//!
//! [`PostgresSource`]: lawtail::shell::source::postgres::PostgresSource
//!
//! - `values.rs`: every type at its edges.
//! - `identities.rs`, `publications.rs`, `transactions.rs`: what can happen to tables
//!   and rows.
//! - `packaged.rs`: wal2json as another oracle, and types of PostGIS and pgvector, where installed.
//! - `generated.rs`: random workloads of interleaved sessions. A failure prints its seed:
//!
//!   ```text
//!   # one workload on each version
//!   LAWTAIL_SEED=42 cargo test --test differential any_workload
//!   # from seed 42 on, for an hour, on PostgreSQL 17
//!   LAWTAIL_SEED=42 LAWTAIL_SECONDS=3600 \
//!       cargo test --test differential any_workload_is_handed_over_as_it_was_committed::v17
//!   ```
//!
//! The servers are brought by `tests/postgres/fetch.sh`, which needs the network once.

mod carried;
mod generated;
mod identities;
mod oracle;
mod packaged;
mod publications;
mod scene;
mod servers;
#[path = "../support/mod.rs"]
mod support;
mod tables;
mod told;
mod transactions;
mod values;
mod workload;
