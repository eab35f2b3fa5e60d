//! The circuit breaker: whether the statement of an open transaction is cancelled.
//!
//! Off unless it is asked for. It acts on alarms before the commit alone, and on exactly the
//! backend that has the transaction open: whether it still has is checked in the statement that
//! cancels. What is cancelled is the statement that runs (`pg_cancel_backend`): the transaction is
//! then aborted by the server. A transaction that waits between two statements has none to cancel
//! and stays open.

use super::control::{Asker, column};
use crate::model::{Backend, Fault, Interruption};

/// Cancels the statement of a backend if it still has this transaction open. Needs
/// `pg_signal_backend`, or the same role.
const CANCEL: &str = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity
     WHERE pid = $1 AND backend_xid = $2::text::xid";

/// What the circuit breaker is set to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CircuitBreaker {
    /// Whether it acts.
    pub mode: BreakerMode,
    /// Who is never cancelled.
    pub allow: Vec<Account>,
}

/// Whether the circuit breaker acts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BreakerMode {
    /// It does nothing and says nothing.
    #[default]
    Off,
    /// It says what it would do.
    DryRun,
    /// It cancels.
    On,
}

/// Those of whom all that is given here is true. An application can give itself any name, a role
/// not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Database role.
    pub user: Option<String>,
    /// `application_name`.
    pub application: Option<String>,
}

impl Account {
    fn is(&self, backend: &Backend) -> bool {
        let fits = |wanted: &Option<String>, name: &String| {
            wanted.as_ref().is_none_or(|wanted| wanted == name)
        };
        fits(&self.user, &backend.user) && fits(&self.application, &backend.application)
    }
}

impl CircuitBreaker {
    /// Acts on the open transaction `xid` of a backend; `None` when it is off.
    pub(super) async fn act(
        &self,
        asker: &Asker,
        xid: u32,
        backend: &Backend,
    ) -> Option<Interruption> {
        match self.mode {
            BreakerMode::Off => None,
            BreakerMode::DryRun | BreakerMode::On
                if self.allow.iter().any(|account| account.is(backend)) =>
            {
                Some(Interruption::Allowed)
            }
            BreakerMode::DryRun => Some(Interruption::WouldCancel),
            BreakerMode::On => Some(match cancel(asker, xid, backend.pid).await {
                Ok(true) => Interruption::Cancelled,
                Ok(false) => Interruption::Gone,
                Err(fault) => {
                    let (code, cause) = (fault.code, &fault.cause);
                    tracing::warn!(xid, pid = backend.pid, %code, cause, "could not cancel");
                    Interruption::Refused
                }
            }),
        }
    }
}

/// Whether a statement was cancelled.
async fn cancel(asker: &Asker, xid: u32, pid: i32) -> Result<bool, Fault> {
    let rows = asker.rows(CANCEL, &[&pid, &xid.to_string()]).await?;
    match rows.first() {
        Some(row) => column(row, 0),
        None => Ok(false),
    }
}
