//! One shared server, and for each test a database with the demonstration's CRM, a role that may
//! follow it, and a publication.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use lawtail::model::Lsn;
use lawtail::shell::cluster::{Cluster, ClusterSettings};
use tokio_postgres::{Client, NoTls};

use super::patience::until;
use super::rows;

/// The tables of the demonstration's CRM.
const SCHEMA: &str = include_str!("../../../src/cli/demo/schema.sql");

/// What lawtail follows.
const TABLES: &str = "crm.users, crm.companies, crm.contacts, crm.event_visitors, \
    crm.lawful_bases, crm.consents, crm.campaigns, crm.sends, crm.calls, crm.cases, crm.orders, \
    crm.exports, crm.privacy_requests, crm.audit_log";

/// Password of every role.
pub const PASSWORD: &str = "s3cret-of-the-role";

/// The server that tests share. It goes away with this process.
pub fn shared() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(|| cluster(&[]))
}

/// A server of a test's own, with a few more settings. It goes away with this process.
pub fn own(settings: &[(&str, &str)]) -> &'static Cluster {
    Box::leak(Box::new(cluster(settings)))
}

/// The same of a version that `tests/postgres/fetch.sh` brings.
pub fn own_of(major: &str, settings: &[(&str, &str)]) -> &'static Cluster {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/postgres/fetch.sh");
    let output = Command::new(script).arg(major).output().expect("the script runs");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "PostgreSQL {major} cannot be brought: {told}");
    let programs = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim_end());
    Box::leak(Box::new(started(Some(programs), settings)))
}

fn cluster(settings: &[(&str, &str)]) -> Cluster {
    started(None, settings)
}

fn started(programs: Option<PathBuf>, settings: &[(&str, &str)]) -> Cluster {
    let room = [("max_replication_slots", "60"), ("max_wal_senders", "60")];
    let settings = room.iter().chain(settings);
    let settings = settings.map(|(name, value)| ((*name).into(), (*value).into())).collect();
    Cluster::start(ClusterSettings { programs, settings, ..ClusterSettings::default() })
        .unwrap_or_else(|fault| panic!("{fault}"))
}

/// Runs a script of `deploy/sql` as the superuser, with these variables of psql.
pub fn script(cluster: &Cluster, database: &str, file: &str, variables: &[(&str, &str)]) {
    let own = cluster.programs().join("psql");
    let variables =
        variables.iter().flat_map(|(name, value)| ["-v".into(), format!("{name}={value}")]);
    // Servers that do not come from a package come without it, and any version will do.
    let output = Command::new(if own.is_file() { own } else { "psql".into() })
        .args(["-X", "-q", "-d", &cluster.url(database), "-f"])
        .arg(format!("{}/deploy/sql/{file}", env!("CARGO_MANIFEST_DIR")))
        .args(variables)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A CRM.
pub struct Crm {
    pub cluster: &'static Cluster,
    /// Names the database, the role, the publication and the slot.
    pub name: &'static str,
    admin: Client,
}

impl Crm {
    /// On the shared server.
    pub async fn new(name: &'static str) -> Crm {
        Crm::on(shared(), name).await
    }

    /// On another server. The role and the publication come from `deploy/sql/role.sql`.
    pub async fn on(cluster: &'static Cluster, name: &'static str) -> Crm {
        let server = connect(&cluster.url("postgres")).await;
        server.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
        let crm = Crm { cluster, name, admin: administrator(cluster, name).await };
        crm.run(SCHEMA).await;
        crm.run(rows::STAFF).await;
        let variables =
            [("role", name), ("publication", name), ("schemas", "crm"), ("tables", TABLES)];
        script(cluster, name, "role.sql", &variables);
        crm.run(&format!("ALTER ROLE {name} PASSWORD '{PASSWORD}'")).await;
        crm
    }

    /// Address of the role over TCP.
    pub fn url(&self) -> String {
        self.cluster.url_of(self.name, PASSWORD, self.name)
    }

    /// Runs statements as the superuser, as one transaction.
    pub async fn run(&self, statements: &str) {
        self.admin.batch_execute(statements).await.unwrap();
    }

    /// One value, as text.
    pub async fn value(&self, query: &str) -> String {
        let rows = self.admin.query(query, &[]).await.unwrap();
        rows.first().and_then(|row| row.get::<_, Option<String>>(0)).unwrap_or_default()
    }

    /// Waits until a query gives a value.
    pub async fn until_value(&self, query: &str, wanted: &str) {
        let answer = async || (self.value(query).await == wanted).then_some(());
        until(&format!("{query} to be {wanted}"), answer).await;
    }

    /// End of the log.
    pub async fn written(&self) -> Lsn {
        self.value("SELECT pg_current_wal_lsn()::text").await.parse().unwrap()
    }

    /// What lawtail's slot has confirmed.
    pub async fn confirmed(&self) -> Lsn {
        let slot = self.name;
        let query = format!(
            "SELECT confirmed_flush_lsn::text FROM pg_replication_slots WHERE slot_name = '{slot}'"
        );
        self.value(&query).await.parse().unwrap()
    }

    /// Opens a new session, after the server was restarted.
    pub async fn reconnect(&mut self) {
        self.admin = administrator(self.cluster, self.name).await;
    }
}

/// A session of the superuser whose commits are in the log when they return.
async fn administrator(cluster: &Cluster, database: &str) -> Client {
    let admin = connect(&cluster.url(database)).await;
    admin.batch_execute("SET synchronous_commit = on").await.unwrap();
    admin
}

/// A session.
pub async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}
