//! One server of each version, shared by the tests of this process.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use lawtail::shell::cluster::{Cluster, ClusterSettings};
use tokio::sync::{Mutex, MutexGuard};

/// Which PostgreSQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Server {
    /// The newest that the operating system has installed; 15 on Debian 12.
    Installed,
    /// What `tests/postgres/fetch.sh` brings.
    V16,
    V17,
    V18,
}

/// A started server, and whose turn it is on it.
struct Shared {
    cluster: OnceLock<Cluster>,
    turn: Mutex<()>,
}

static SHARED: [Shared; 4] =
    [const { Shared { cluster: OnceLock::new(), turn: Mutex::const_new(()) } }; 4];

impl Server {
    /// The running server, for one test at a time: making a slot waits for every open transaction
    /// of the server, those that another test has prepared included.
    pub async fn take(self) -> (&'static Cluster, MutexGuard<'static, ()>) {
        let shared = &SHARED[self as usize];
        let turn = shared.turn.lock().await;
        let cluster = tokio::task::block_in_place(|| shared.cluster.get_or_init(|| self.start()));
        (cluster, turn)
    }

    fn start(self) -> Cluster {
        let settings = [
            ("max_replication_slots", "60"),
            ("max_wal_senders", "60"),
            ("max_prepared_transactions", "20"),
            // Large transactions leave memory after 64 kB instead of 64 MB.
            ("logical_decoding_work_mem", "64kB"),
        ];
        let settings = settings.map(|(name, value)| (name.into(), value.into())).into();
        let settings =
            ClusterSettings { programs: self.programs(), settings, ..ClusterSettings::default() };
        Cluster::start(settings).unwrap_or_else(|fault| panic!("{self:?}: {fault}"))
    }

    fn programs(self) -> Option<PathBuf> {
        let major = match self {
            Server::Installed => return None,
            Server::V16 => "16",
            Server::V17 => "17",
            Server::V18 => "18",
        };
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/postgres/fetch.sh");
        let output = Command::new(script).arg(major).output().expect("the script runs");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "PostgreSQL {major} cannot be brought: {told}");
        Some(String::from_utf8_lossy(&output.stdout).trim_end().into())
    }
}

/// Makes each of these functions a test on every version: `name::v17` and so on.
macro_rules! on_every_version {
    ($($(#[$comment:meta])* $name:ident)*) => {$(
        $(#[$comment])*
        mod $name {
            use crate::servers::Server;

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn installed() {
                super::super::$name(Server::Installed).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn v16() {
                super::super::$name(Server::V16).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn v17() {
                super::super::$name(Server::V17).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn v18() {
                super::super::$name(Server::V18).await;
            }
        }
    )*};
}
pub(crate) use on_every_version;
