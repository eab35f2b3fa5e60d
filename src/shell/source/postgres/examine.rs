//! Everything that must be true of the database, looked at without changing anything in it.

mod publication;
mod role;
mod server;
mod slot;
mod standby;

use std::net::IpAddr;

use super::connection::Connection;
use super::control::{Control, column};
use super::{Address, Host, SourceSettings, TlsMode, attest, tls};
use crate::model::Fault;
use crate::policy::Pack;
use crate::shell::diagnosis::{Remark, Remarks};

/// What is examined.
pub struct Subject<'a> {
    /// What lawtail would follow.
    pub settings: &'a SourceSettings,
    /// What the policies say about its tables, if they can be read.
    pub pack: Option<&'a Pack>,
    /// Log that the server may keep for us, in bytes.
    pub slot_budget: u64,
    /// Standbys that shall be able to take over.
    pub standbys: &'a [Address],
}

/// What is known about the server once it was reached.
struct Server<'a> {
    control: Control,
    version: i32,
    subject: &'a Subject<'a>,
    /// Name under which the connections of a running lawtail appear.
    application_name: String,
}

/// What was found.
pub struct Examined {
    /// Every remark, in order.
    pub remarks: Vec<Remark>,
    /// Whether a lawtail uses the slot now.
    pub running: bool,
}

/// Looks at database, publication, slot and event triggers.
pub async fn examine(subject: &Subject<'_>) -> Examined {
    let mut database = Remarks::about("database");
    let server = match reach(subject, &mut database).await {
        Ok(server) => server,
        Err(fault) => {
            database.fault("reach", &fault);
            return Examined { remarks: database.all, running: false };
        }
    };
    let running = is_running(&server).await.unwrap_or(false);
    let outcome = server::look(&server, running, &mut database).await;
    note("server", outcome, &mut database);
    let outcome = role::look(&server, &mut database).await;
    note("role", outcome, &mut database);
    let (mut published, mut pack) = (Remarks::about("publication"), Remarks::about("pack"));
    let outcome = publication::look(&server, &mut published, &mut pack).await;
    note("tables", outcome, &mut published);
    let mut kept = Remarks::about("slot");
    let outcome = slot::look(&server, &mut kept).await;
    note("state", outcome, &mut kept);
    let mut standbys = Remarks::about("standby");
    for address in subject.standbys {
        let outcome = standby::look(&server, address, &mut standbys).await;
        note("reach", outcome, &mut standbys);
    }
    let mut triggers = Remarks::about("event triggers");
    let outcome = event_triggers(&server, &mut triggers).await;
    note("installed", outcome, &mut triggers);
    let groups = [database, published, pack, kept, standbys, triggers];
    Examined { remarks: groups.into_iter().flat_map(|group| group.all).collect(), running }
}

/// What could not be looked at is a fault of its own.
fn note(check: &'static str, outcome: Result<(), Fault>, remarks: &mut Remarks) {
    if let Err(fault) = outcome {
        remarks.fault(check, &fault);
    }
}

/// Connects in both ways that lawtail does.
async fn reach<'a>(subject: &'a Subject<'a>, remarks: &mut Remarks) -> Result<Server<'a>, Fault> {
    let SourceSettings { address, slot, .. } = subject.settings;
    let tls = tls::settings(address)?;
    let name = "lawtail/doctor";
    let control = Control::open(address, tls.as_ref(), name).await?;
    let row = control.row("SELECT current_setting('server_version_num')::int4", &[]).await?;
    let version = column(&row, 0)?;
    remarks.ok("reach", address.to_string());
    match Connection::open(address, tls.as_ref(), name).await {
        Ok(_) => remarks.ok("replication", "a replication connection is let in"),
        Err(fault) => remarks.fault("replication", &fault),
    }
    let encrypted =
        "SELECT ssl, coalesce(version, '') FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    let row = control.row(encrypted, &[]).await?;
    say_tls(address, column(&row, 0)?, column(&row, 1)?, remarks);
    let application_name = super::driver::application_name(slot);
    Ok(Server { control, version, subject, application_name })
}

fn say_tls(address: &Address, encrypted: bool, version: &str, remarks: &mut Remarks) {
    let local = match &address.host {
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            name == "localhost" || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
        }
    };
    match (encrypted, address.tls) {
        (true, TlsMode::VerifyFull) => remarks.ok("tls", format!("{version}, verified")),
        (true, _) => remarks.warn(
            "tls",
            format!("{version}, and who answers is not verified in full"),
            "set sslmode=verify-full, and sslrootcert where the authority is your own",
        ),
        (false, _) if local => remarks.ok("tls", "none is needed on this machine"),
        (false, _) => remarks.warn(
            "tls",
            "personal data crosses the network unencrypted",
            "turn on ssl in the server and set sslmode=verify-full",
        ),
    }
}

/// Whether the slot is used by a lawtail now.
async fn is_running(server: &Server<'_>) -> Result<bool, Fault> {
    let slot = &server.subject.settings.slot;
    let state = super::slot::look(&server.control, slot, server.version).await?;
    Ok(state.is_some_and(|state| {
        state.active_pid.is_some() && state.application_name == server.application_name
    }))
}

async fn event_triggers(server: &Server<'_>, remarks: &mut Remarks) -> Result<(), Fault> {
    let rows = server.control.rows(attest::OWN_EVENT_TRIGGERS, &[]).await?;
    let mut absent = Vec::new();
    for row in &rows {
        if !column::<bool>(row, 2)? {
            absent.push(format!("{} is {}", column::<&str>(row, 0)?, column::<&str>(row, 1)?));
        }
    }
    match absent.is_empty() {
        true => remarks.ok("installed", "schema changes are visible"),
        false => remarks.warn(
            "installed",
            format!("schema changes are not visible: {}", absent.join(", ")),
            "run deploy/sql/event-triggers.sql as a superuser; without it coverage is reduced",
        ),
    }
    Ok(())
}
