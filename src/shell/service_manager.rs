//! What the service manager is told: systemd's `sd_notify(3)`, a datagram to `$NOTIFY_SOCKET`.
//! Without that variable nothing is sent.
//!
//! Ready is said as soon as settings, policies and store are sound and metrics are served. Waiting
//! for the database is no reason to be killed by a start timeout: making the slot may wait for hours
//! until somebody ends a transaction. How the work goes is the status, in the words of `/readyz`.

use std::future::Future;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio::time::{MissedTickBehavior, interval};
use tracing::warn;

use super::health::Report;
use super::monitor::Monitor;

/// Between two looks at our health when no watchdog asks for a shorter one.
const LOOK: Duration = Duration::from_secs(5);

/// Between two looks at least, whatever the watchdog asks.
const FASTEST: Duration = Duration::from_millis(100);

/// The other end. It never makes us wait: a manager whose queue is full misses a message, and the
/// next look says it again.
struct Manager(UnixDatagram);

impl Manager {
    /// As `$NOTIFY_SOCKET` says: a path, or after `@` a name that is in no file system.
    fn of_environment() -> Option<io::Result<Manager>> {
        let address = std::env::var("NOTIFY_SOCKET").ok()?;
        Some(Manager::at(&address))
    }

    fn at(address: &str) -> io::Result<Manager> {
        let address = match address.strip_prefix('@') {
            Some(name) => SocketAddr::from_abstract_name(name)?,
            None => SocketAddr::from_pathname(address)?,
        };
        let socket = UnixDatagram::unbound()?;
        socket.set_nonblocking(true)?;
        socket.connect_addr(&address)?;
        Ok(Manager(socket))
    }

    /// Whether it was taken.
    fn told(&self, message: &str) -> bool {
        self.0.send(message.as_bytes()).is_ok()
    }
}

/// How long the watchdog waits for a sign of life (`sd_watchdog_enabled(3)`).
fn watchdog() -> Option<Duration> {
    let allowed = std::env::var("WATCHDOG_USEC").ok()?.parse().ok()?;
    let ours =
        std::env::var("WATCHDOG_PID").map_or(true, |id| id == std::process::id().to_string());
    ours.then_some(Duration::from_micros(allowed))
}

/// Ends with whoever holds it.
pub struct Telling(Option<AbortHandle>);

impl Drop for Telling {
    fn drop(&mut self) {
        if let Some(task) = &self.0 {
            task.abort();
        }
    }
}

/// Says that we are ready, and from then on how we are: the status when it changes, and a sign of
/// life in half of the time that the watchdog allows.
pub fn tell(monitor: Arc<Monitor>) -> Telling {
    let Some(manager) = Manager::of_environment() else { return Telling(None) };
    match manager {
        Ok(manager) => Telling(Some(tokio::spawn(keep_telling(manager, monitor)).abort_handle())),
        Err(error) => {
            warn!(%error, "the service manager cannot be told that lawtail is ready");
            Telling(None)
        }
    }
}

async fn keep_telling(manager: Manager, monitor: Arc<Monitor>) {
    let watchdog = watchdog();
    let pause = watchdog.map_or(LOOK, |allowed| (allowed / 2).clamp(FASTEST, LOOK));
    let mut looks = interval(pause);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut ready = false;
    let mut said = String::new();
    loop {
        looks.tick().await;
        ready = ready || manager.told("READY=1");
        let status = status(&monitor.health().ready());
        if status != said && manager.told(&format!("STATUS={status}")) {
            said = status;
        }
        if watchdog.is_some() && shows_life(&monitor.health().live()) {
            manager.told("WATCHDOG=1");
        }
    }
}

/// The same future, which tells the service manager that we are stopping when it is ready.
pub async fn said_before(stop: impl Future<Output = ()>) {
    stop.await;
    // Stopping does not depend on who hears of it.
    if let Some(Ok(manager)) = Manager::of_environment() {
        manager.told("STOPPING=1\nSTATUS=stopping");
    }
}

/// What fails, or that nothing does.
fn status(ready: &Report) -> String {
    let failing: Vec<&str> =
        ready.checks.iter().filter(|check| !check.ok).map(|check| check.why.as_str()).collect();
    if failing.is_empty() { "following".to_owned() } else { failing.join("; ") }
}

/// Not for a loop that hangs, so that the watchdog bites.
fn shows_life(live: &Report) -> bool {
    live.ok
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Timestamp;
    use crate::model::limits::STALL_TIMEOUT;
    use crate::shell::clock::ManualClock;
    use crate::shell::health::Health;

    #[test]
    fn a_loop_that_hangs_gives_no_sign_of_life() {
        let clock = Arc::new(ManualClock::at(Timestamp(0)));
        let health = Health::new(Arc::clone(&clock) as _);
        health.work_begins();
        assert!(shows_life(&health.live()));
        clock.pass(STALL_TIMEOUT + Duration::from_secs(1));
        assert!(!shows_life(&health.live()));
        health.work_ends();
        assert!(shows_life(&health.live()));
    }

    #[test]
    fn the_status_says_what_fails_or_that_nothing_does() {
        let clock = Arc::new(ManualClock::at(Timestamp(0)));
        let health = Health::new(Arc::clone(&clock) as _);
        assert_eq!(status(&health.ready()), "nothing has come from the database yet");
        health.heard();
        assert_eq!(status(&health.ready()), "following");
        health.outbox(3, false);
        clock.pass(STALL_TIMEOUT + Duration::from_secs(1));
        assert_eq!(
            status(&health.ready()),
            "the database was last heard 61 s ago; no event has left the outbox for 61 s"
        );
    }

    #[test]
    fn a_manager_that_does_not_listen_never_makes_us_wait() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        let manager = Manager::at(path.to_str().unwrap()).unwrap();
        let taken = (0..100_000).take_while(|_| manager.told("WATCHDOG=1")).count();
        assert!((1..100_000).contains(&taken), "{taken}");
        let mut message = [0; 64];
        assert_eq!(socket.recv(&mut message).unwrap(), "WATCHDOG=1".len());
        assert!(manager.told("READY=1"), "there is room again");
    }

    #[test]
    fn a_manager_may_have_a_name_that_is_in_no_file_system() {
        let name = format!("lawtail-test-{}", std::process::id());
        let address = SocketAddr::from_abstract_name(&name).unwrap();
        let socket = UnixDatagram::bind_addr(&address).unwrap();
        assert!(Manager::at(&format!("@{name}")).unwrap().told("READY=1"));
        let mut message = [0; 64];
        assert_eq!(socket.recv(&mut message).unwrap(), "READY=1".len());
    }
}
