//! How far the daemon is, as the server knows it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use indicatif::ProgressBar;
use tokio_postgres::Client;

use super::load::refused;
use crate::model::Fault;

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(100);

/// Rows copied so far of the tables that are being copied.
const COPIED: &str = "SELECT relid::oid, tuples_processed FROM pg_stat_progress_copy \
                      WHERE datname = current_database()";

/// Whether the slot's reader has caught up with the log and now follows it.
const STREAMING: &str = "SELECT EXISTS (SELECT FROM pg_replication_slots AS slot \
                         JOIN pg_stat_replication AS sender ON sender.pid = slot.active_pid \
                         WHERE slot.slot_name = $1 AND sender.state = 'streaming')";

/// Whether everything up to a position was acknowledged.
const ACKNOWLEDGED: &str = "SELECT EXISTS (SELECT FROM pg_replication_slots \
                            WHERE slot_name = $1 AND confirmed_flush_lsn >= $2::text::pg_lsn)";

/// Waits for the end of the initial copy and moves the bar along.
pub async fn initial_copy(client: &Client, slot: &str, bar: &ProgressBar) -> Result<(), Fault> {
    let mut copied: BTreeMap<u32, i64> = BTreeMap::new();
    loop {
        let rows = client.query(COPIED, &[]).await.map_err(|error| refused("look", &error))?;
        for row in rows {
            copied.insert(row.get(0), row.get(1));
        }
        let sum: i64 = copied.values().sum();
        bar.set_position(sum.unsigned_abs().min(bar.length().unwrap_or(0)));
        if is_true(client, STREAMING, &[&slot]).await? {
            return Ok(());
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Waits until the daemon has acknowledged everything that is in the log now. It acknowledges only
/// what is decided and delivered, so its outbox is then empty. False when `patience` ends first.
pub async fn drained(client: &Client, slot: &str, patience: Duration) -> Result<bool, Fault> {
    let row = client.query_one("SELECT pg_current_wal_lsn()::text", &[]).await;
    let target: String = row.map_err(|error| refused("look", &error))?.get(0);
    let begin = Instant::now();
    while begin.elapsed() < patience {
        if is_true(client, ACKNOWLEDGED, &[&slot, &target]).await? {
            return Ok(true);
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(false)
}

async fn is_true(
    client: &Client,
    question: &str,
    parameters: &[&(dyn tokio_postgres::types::ToSql + Sync)],
) -> Result<bool, Fault> {
    let row = client.query_one(question, parameters).await;
    Ok(row.map_err(|error| refused("look", &error))?.get(0))
}
