//! A throwaway PostgreSQL cluster, for the demonstration and for tests against the real server.
//!
//! Everything blocks: an asynchronous caller starts and stops it on a blocking thread.
//!
//! *Nothing is left behind.* A guardian, one waiting shell, holds the reading end of a pipe whose
//! writing end only this process has. When that end closes, because the cluster was dropped or
//! because this process died in whatever way (SIGKILL too), the guardian stops the server and
//! removes the folder. Only a machine that stops leaves the folder, to its own cleaning of the
//! temporary folder. The server and the guardian live in process groups of their own, so that
//! Ctrl-C in a terminal reaches us first.

use std::ffi::{OsStr, OsString};
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::model::{Code, Fault};

/// The database user that owns the cluster, a superuser.
pub const SUPERUSER: &str = "postgres";

/// How long a start or a stop may take, in seconds.
const PATIENCE_SECONDS: &str = "60";

/// How often a start is tried on another port, because the free port may be taken before the
/// server binds it.
const PORT_ATTEMPTS: u32 = 5;

/// Programs that make a folder a server's program folder.
const PROGRAMS: [&str; 3] = ["initdb", "pg_ctl", "postgres"];

/// Waits for the pipe to close, then stops the server and removes the folder. A line on the pipe
/// dismisses it. Arguments: `pg_ctl`, data folder, whole folder.
const GUARDIAN: &str = r#"
    trap '' HUP INT TERM
    cd /
    if read -r _; then exit 0; fi
    "$1" stop -D "$2" -m immediate -s
    rm -rf -- "$3"
"#;

/// What the cluster should be like.
#[derive(Clone, Debug, Default)]
pub struct ClusterSettings {
    /// Folder of the server's programs; `None`: the newest that is installed.
    pub programs: Option<PathBuf>,
    /// Lines of `postgresql.conf`, as name and value; they win over our own.
    pub settings: Vec<(String, String)>,
    /// Lines of `pg_hba.conf`, put before our own. Ours are `trust` for the socket, whose folder
    /// only the server's user can enter, and `scram-sha-256` for loopback.
    pub host_rules: Vec<String>,
}

/// How to stop the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopMode {
    /// Disconnects everybody and writes a checkpoint.
    Fast,
    /// As a crash: the next start recovers from the log.
    Immediate,
}

/// A running or stopped cluster. Dropping it stops the server and removes its folder.
#[derive(Debug)]
pub struct Cluster {
    programs: PathBuf,
    folder: PathBuf,
    account: Option<Account>,
    port: u16,
    password: String,
    guardian: Child,
}

impl Cluster {
    /// Creates a cluster and waits until it accepts connections.
    ///
    /// # Errors
    /// `DEM-001` when no server is installed, or when it cannot be created or started; the cause
    /// then tells the server's own message.
    pub fn start(settings: ClusterSettings) -> Result<Cluster, Fault> {
        let programs = match settings.programs {
            Some(ref folder) => folder.clone(),
            None => find_programs()?,
        };
        let folder = create_folder()?;
        let account = Account::for_owner_of(&folder);
        // From here on the guardian removes the folder, whatever fails.
        let (account, guardian) = match account.and_then(|account| {
            let guardian = start_guardian(&programs, &folder, account.as_ref())?;
            Ok((account, guardian))
        }) {
            Ok(pair) => pair,
            Err(fault) => {
                let _ = fs::remove_dir_all(&folder);
                return Err(fault);
            }
        };
        let password = random_hexadecimal()?;
        let mut cluster = Cluster { programs, folder, account, port: 0, password, guardian };
        cluster.initialise(&settings)?;
        cluster.start_on_a_free_port()?;
        Ok(cluster)
    }

    /// Starts the server again after [`Cluster::stop`], on the same port.
    pub fn start_again(&self) -> Result<(), Fault> {
        let log = self.log_file();
        let port = format!("-c port={}", self.port);
        let mut command = self.command("pg_ctl");
        command.args(["start", "--silent", "--wait", "--timeout", PATIENCE_SECONDS]);
        command.arg("-D").arg(self.data_folder()).arg("-l").arg(&log).args(["-o", &port]);
        run(command).map_err(|fault| match last_line(&log) {
            Some(line) => Fault::new(Code::DEM_001, format!("{}; {line}", fault.cause))
                .help("read the server's message"),
            None => fault,
        })
    }

    /// Stops the server and waits until it is gone.
    pub fn stop(&self, mode: StopMode) -> Result<(), Fault> {
        let mode = match mode {
            StopMode::Fast => "fast",
            StopMode::Immediate => "immediate",
        };
        let mut command = self.command("pg_ctl");
        command.args(["stop", "--silent", "--wait", "--timeout", PATIENCE_SECONDS]);
        command.arg("-D").arg(self.data_folder()).args(["-m", mode]);
        run(command)
    }

    /// Stops the server and leaves its folder, which is returned, to the caller.
    pub fn keep(mut self) -> Result<PathBuf, Fault> {
        self.stop(StopMode::Fast)?;
        let dismissed = self.guardian.stdin.as_mut().map(|pipe| pipe.write_all(b"keep\n"));
        match dismissed {
            Some(Ok(())) => Ok(self.folder.clone()),
            _ => Err(broken("dismiss the guardian", "its pipe is closed")),
        }
    }

    /// Connection URL of the superuser over loopback.
    pub fn url(&self, database: &str) -> String {
        self.url_of(SUPERUSER, &self.password, database)
    }

    /// Connection URL of a role over loopback. Password and names must not need escaping.
    pub fn url_of(&self, role: &str, password: &str, database: &str) -> String {
        format!("postgres://{role}:{password}@127.0.0.1:{}/{database}", self.port)
    }

    /// Folder of the Unix socket. Only the server's user and root can enter it.
    pub fn socket_folder(&self) -> PathBuf {
        self.folder.join("socket")
    }

    /// Everything the cluster owns lies below this folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Port on loopback, and of the Unix socket.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Password of the superuser.
    pub fn password(&self) -> &str {
        &self.password
    }

    /// Process id of the server; `None` when it is stopped.
    pub fn pid(&self) -> Option<u32> {
        let text = fs::read_to_string(self.data_folder().join("postmaster.pid")).ok()?;
        text.lines().next()?.trim().parse().ok()
    }

    /// Folder of the server's programs, such as `pg_recvlogical`.
    pub fn programs(&self) -> &Path {
        &self.programs
    }

    /// Writes a file that only the server's user can read, such as a TLS key, and returns its
    /// path.
    pub fn write_file(&self, name: &str, content: &[u8]) -> Result<PathBuf, Fault> {
        let path = self.folder.join(name);
        let written = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&path)
            .and_then(|mut file| file.write_all(content))
            .and_then(|()| give_to(&path, self.account.as_ref()));
        written.map_err(|error| broken("write a file of the cluster", error))?;
        Ok(path)
    }

    fn data_folder(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn log_file(&self) -> PathBuf {
        self.folder.join("server.log")
    }

    fn command(&self, program: &str) -> Command {
        command(self.programs.join(program), &self.folder, self.account.as_ref())
    }

    fn initialise(&self, settings: &ClusterSettings) -> Result<(), Fault> {
        let password_file = self.write_file("password", self.password.as_bytes())?;
        let socket_folder = self.socket_folder();
        DirBuilder::new()
            .mode(0o700)
            .create(&socket_folder)
            .and_then(|()| give_to(&socket_folder, self.account.as_ref()))
            .map_err(|error| broken("create the socket's folder", error))?;
        let mut initdb = self.command("initdb");
        initdb.args(["--no-sync", "--encoding=UTF8", "--locale=C", "--auth-local=trust"]);
        initdb.args(["--auth-host=scram-sha-256", "--username", SUPERUSER]);
        initdb.arg("--pwfile").arg(password_file).arg("-D").arg(self.data_folder());
        run(initdb)?;
        self.configure(settings).map_err(|error| broken("configure the cluster", error))
    }

    fn configure(&self, settings: &ClusterSettings) -> std::io::Result<()> {
        let socket_folder = self.socket_folder().display().to_string();
        let ours = [
            ("listen_addresses", "127.0.0.1"),
            ("unix_socket_directories", &socket_folder),
            ("wal_level", "logical"),
            ("timezone", "UTC"),
            ("shared_buffers", "64MB"),
            // The folder lives no longer than this process, so a power cut may take it.
            ("fsync", "off"),
            ("synchronous_commit", "off"),
            ("full_page_writes", "off"),
        ];
        let data = self.data_folder();
        let mut configuration =
            OpenOptions::new().append(true).open(data.join("postgresql.conf"))?;
        let given = settings.settings.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        for (name, value) in ours.into_iter().chain(given) {
            writeln!(configuration, "{name} = '{}'", value.replace('\'', "''"))?;
        }
        let host_file = data.join("pg_hba.conf");
        let own_rules = fs::read_to_string(&host_file)?;
        fs::write(&host_file, format!("{}\n{own_rules}", settings.host_rules.join("\n")))
    }

    fn start_on_a_free_port(&mut self) -> Result<(), Fault> {
        let mut attempt = 1;
        loop {
            self.port = free_port().map_err(|error| broken("find a free port", error))?;
            match self.start_again() {
                Err(fault) if attempt < PORT_ATTEMPTS && self.port_was_taken() => {
                    drop(fault);
                    attempt += 1;
                }
                outcome => return outcome,
            }
        }
    }

    fn port_was_taken(&self) -> bool {
        TcpListener::bind(("127.0.0.1", self.port)).is_err()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // Closing the pipe is what the guardian waits for.
        drop(self.guardian.stdin.take());
        let _ = self.guardian.wait();
    }
}

/// A user of the operating system.
#[derive(Clone, Debug)]
struct Account {
    user: u32,
    group: u32,
}

impl Account {
    /// The account the server must run as: `None` is our own. The server refuses to run as root,
    /// so root hands over to `postgres`, or to `nobody` where that does not exist.
    fn for_owner_of(folder: &Path) -> Result<Option<Account>, Fault> {
        let owner = fs::metadata(folder).map_err(|error| broken("look at the folder", error))?;
        if owner.uid() != 0 {
            return Ok(None);
        }
        let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let account = ["postgres", "nobody"].iter().find_map(|name| Account::parse(&users, name));
        let account = account.ok_or_else(|| {
            Fault::new(
                Code::DEM_001,
                "PostgreSQL does not run as root, and there is no user for it",
            )
            .help("run it as an ordinary user, or install the server: apt-get install postgresql")
        })?;
        give_to(folder, Some(&account)).map_err(|error| broken("hand over the folder", error))?;
        Ok(Some(account))
    }

    fn parse(users: &str, name: &str) -> Option<Account> {
        let fields = |line: &str| {
            let mut fields = line.split(':');
            (fields.next()? == name).then_some(())?;
            let user = fields.nth(1)?.parse().ok()?;
            Some(Account { user, group: fields.next()?.parse().ok()? })
        };
        users.lines().find_map(fields)
    }
}

/// The newest server that is installed.
fn find_programs() -> Result<PathBuf, Fault> {
    let told = Command::new("pg_config").arg("--bindir").stdin(Stdio::null()).output().ok();
    let told = told.map(|output| {
        PathBuf::from(String::from_utf8_lossy(&output.stdout).trim_end().to_string())
    });
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut candidates: Vec<PathBuf> = told.into_iter().collect();
    candidates.extend(debian_folders());
    candidates.extend(std::env::split_paths(&path));
    candidates
        .into_iter()
        .find(|folder| PROGRAMS.iter().all(|program| folder.join(program).is_file()))
        .ok_or_else(|| Fault::new(Code::DEM_001, "no PostgreSQL server is installed"))
}

/// Where Debian puts servers, newest first.
fn debian_folders() -> Vec<PathBuf> {
    let entries = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let version = |name: OsString| name.to_str().and_then(|name| name.parse::<u32>().ok());
    let mut versions: Vec<(u32, PathBuf)> = entries
        .filter_map(|entry| Some((version(entry.file_name())?, entry.path().join("bin"))))
        .collect();
    versions.sort_by(|a, b| b.cmp(a));
    versions.into_iter().map(|(_, folder)| folder).collect()
}

/// A folder of our own that nobody else can enter.
fn create_folder() -> Result<PathBuf, Fault> {
    let folder = std::env::temp_dir().join(format!("lawtail-{}", random_hexadecimal()?));
    DirBuilder::new()
        .mode(0o700)
        .create(&folder)
        .map_err(|error| broken("create a temporary folder", error))?;
    Ok(folder)
}

fn start_guardian(
    programs: &Path,
    folder: &Path,
    account: Option<&Account>,
) -> Result<Child, Fault> {
    let mut shell = command("/bin/sh", Path::new("/"), account);
    shell.args(["-c", GUARDIAN, "lawtail-guardian"]);
    shell.arg(programs.join("pg_ctl")).arg(folder.join("data")).arg(folder);
    shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    shell.spawn().map_err(|error| broken("start the guardian", error))
}

/// A command in a process group of its own, run by `account` in `folder`.
fn command(program: impl AsRef<OsStr>, folder: &Path, account: Option<&Account>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).stdin(Stdio::null()).process_group(0);
    // Nothing of the caller's environment may redirect the server's programs.
    for name in ["PGDATA", "PGHOST", "PGPORT", "PGUSER", "PGOPTIONS", "PGDATABASE"] {
        command.env_remove(name);
    }
    if let Some(account) = account {
        command.uid(account.user).gid(account.group);
    }
    command
}

/// Runs a command to its end.
fn run(mut command: Command) -> Result<(), Fault> {
    let name = Path::new(command.get_program()).file_name().map(OsStr::to_os_string);
    let name = name.unwrap_or_default().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| broken(&format!("run {name}"), error))?;
    if output.status.success() {
        return Ok(());
    }
    let message = String::from_utf8_lossy(&output.stderr);
    let message = message.lines().map(str::trim).filter(|line| !line.is_empty());
    let message = message.take(3).collect::<Vec<_>>().join("; ");
    Err(broken(&format!("run {name}"), message))
}

fn give_to(path: &Path, account: Option<&Account>) -> std::io::Result<()> {
    account.map_or(Ok(()), |account| chown(path, Some(account.user), Some(account.group)))
}

fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// 128 random bits.
fn random_hexadecimal() -> Result<String, Fault> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| broken("draw random bytes", error))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The last complaint in the server's log.
fn last_line(log: &Path) -> Option<String> {
    let text = fs::read_to_string(log).ok()?;
    let complaint = |line: &&str| line.contains("FATAL:") || line.contains("ERROR:");
    text.lines().rev().find(complaint).map(str::to_string)
}

fn broken(attempt: &str, reason: impl std::fmt::Display) -> Fault {
    Fault::new(Code::DEM_001, format!("could not {attempt}: {reason}"))
        .help("correct what the message names; the server comes with: apt-get install postgresql")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_read_from_the_user_database() {
        let users = "root:x:0:0:root:/root:/bin/sh\npostgres:x:105:110:,,,:/var:/bin/sh\nbroken\n";
        let account = Account::parse(users, "postgres").unwrap();
        assert_eq!((account.user, account.group), (105, 110));
        assert!(Account::parse(users, "nobody").is_none());
        assert!(Account::parse("nobody:x:y:z", "nobody").is_none());
    }

    #[test]
    fn a_missing_server_is_a_fault_that_says_what_to_install() {
        let programs = Some(PathBuf::from("/nonexistent"));
        let fault = Cluster::start(ClusterSettings { programs, ..Default::default() }).unwrap_err();
        assert_eq!(fault.code, Code::DEM_001);
        assert!(fault.remedy().contains("apt-get install postgresql"));
    }

    #[test]
    fn a_cluster_stops_starts_again_and_leaves_nothing() {
        let cluster = Cluster::start(ClusterSettings::default()).unwrap();
        let port = cluster.port();
        let reachable = || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok();
        assert!(reachable() && cluster.pid().is_some());
        cluster.stop(StopMode::Immediate).unwrap();
        assert!(!reachable() && cluster.pid().is_none());
        cluster.start_again().unwrap();
        assert!(reachable());
        let folder = cluster.folder().to_path_buf();
        drop(cluster);
        assert!(!folder.exists() && !reachable());
    }
}
