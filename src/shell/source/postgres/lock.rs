//! One lawtail per slot: an advisory lock, held by the control connection for as long as it lives.
//!
//! The slot itself is nobody's while rows are copied and while a connection is made anew.

use tokio::time::{Instant, sleep};

use super::control::{Control, column};
use super::slot::LOOK_INTERVAL;
use crate::model::{Code, Fault, limits};

/// The key under which a slot's lock is known, within the database.
const KEY: &str = "hashtextextended('lawtail/' || $1::text, 0)";

/// Takes the lock. A session of ours that is on its way out is given a moment.
///
/// Fails with `PG-005` and the holder.
pub(super) async fn take(
    control: &Control,
    slot: &str,
    application_name: &str,
) -> Result<(), Fault> {
    let begun = Instant::now();
    loop {
        if is_taken(control, slot).await? {
            return Ok(());
        }
        let Some(holder) = holder(control, slot).await? else { continue };
        if holder.application_name != application_name
            || begun.elapsed() > limits::SLOT_RELEASE_TIMEOUT
        {
            return Err(holder.fault(slot));
        }
        sleep(LOOK_INTERVAL).await;
    }
}

/// Takes the lock, or has it already. `false`: another session holds it. Needs no privilege.
pub(super) async fn is_taken(control: &Control, slot: &str) -> Result<bool, Fault> {
    let taking = format!("SELECT pg_try_advisory_lock({KEY})");
    column(&control.row(&taking, &[&slot]).await?, 0)
}

/// Who has the lock.
struct Holder {
    pid: i32,
    application_name: String,
    address: String,
}

impl Holder {
    fn fault(&self, slot: &str) -> Fault {
        let shown =
            |text: &str| if text.is_empty() { "unknown".to_owned() } else { text.to_owned() };
        let cause = format!(
            "another lawtail follows by the slot \"{slot}\": process {} of the server, application \
             \"{}\", connected from {}",
            self.pid,
            shown(&self.application_name),
            shown(&self.address)
        );
        Fault::new(Code::PG_005, cause)
    }
}

async fn holder(control: &Control, slot: &str) -> Result<Option<Holder>, Fault> {
    let query = format!(
        "SELECT l.pid, coalesce(a.application_name, ''), \
            coalesce(host(a.client_addr), CASE WHEN a.client_port = -1 THEN 'a local socket' END, '') \
         FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid \
         WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 \
            AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
            AND (l.classid::int8 << 32 | l.objid::int8) = {KEY}"
    );
    let rows = control.rows(&query, &[&slot]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let (pid, application_name, address) = (column(row, 0)?, column(row, 1)?, column(row, 2)?);
    Ok(Some(Holder { pid, application_name, address }))
}
