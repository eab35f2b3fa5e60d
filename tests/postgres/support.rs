//! One shared server, a database and a role per test, and a follower that gathers events.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use lawtail::engine::Checkpoint;
use lawtail::model::{
    Cell, Change, CopyMemory, CopyNews, Event, Fault, Lsn, Operation, Row, TransactionKind,
};
use lawtail::shell::cluster::{Cluster, ClusterSettings};
use lawtail::shell::contract::Source;
use lawtail::shell::source::postgres::{Address, PostgresSource, Resume, SourceSettings};
use tokio::time::{Instant, sleep, timeout};
use tokio_postgres::{Client, NoTls};

/// How long anything may take before a test gives up. Generous: machines are shared.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// Password of every role.
pub const PASSWORD: &str = "s3cret";

/// The server that tests share. It goes away with this process.
pub fn shared() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(|| {
        let rule = |name: &str, method: &str| format!("host all {name} 127.0.0.1/32 {method}");
        cluster(
            &[],
            vec![
                rule("md5_role", "md5"),
                rule("clear_role", "password"),
                rule("trusted_role", "trust"),
                rule("unwelcome_role", "reject"),
            ],
        )
    })
}

/// A server of a test's own.
pub fn cluster(settings: &[(&str, &str)], host_rules: Vec<String>) -> Cluster {
    let room = [("max_replication_slots", "60"), ("max_wal_senders", "60")];
    let settings = room.iter().chain(settings);
    let settings = settings.map(|(name, value)| ((*name).into(), (*value).into())).collect();
    let programs = std::env::var_os("LAWTAIL_TEST_POSTGRES").map(PathBuf::from);
    Cluster::start(ClusterSettings { programs, settings, host_rules })
        .unwrap_or_else(|fault| panic!("{fault}"))
}

/// A client program: the server's own, or where only a server was brought, the installed one.
pub fn client_program(cluster: &Cluster, name: &str) -> PathBuf {
    let own = cluster.programs().join(name);
    if own.exists() {
        return own;
    }
    let folders = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let installed = folders.map(|folder| folder.path().join("bin").join(name));
    installed.filter(|path| path.exists()).max().unwrap_or_else(|| name.into())
}

/// A database with one published table, `crm.contacts`, and a role that may follow it.
pub struct Scene {
    pub cluster: &'static Cluster,
    /// Names the database, the role, the publication and the slot.
    pub name: &'static str,
    pub admin: Client,
}

impl Scene {
    /// On the shared server.
    pub async fn new(name: &'static str) -> Scene {
        Scene::on(shared(), name).await
    }

    /// On another server.
    pub async fn on(cluster: &'static Cluster, name: &'static str) -> Scene {
        Scene::made(cluster, name, "").await
    }

    /// With options of `CREATE DATABASE`. The role and the publication come from
    /// `deploy/sql/role.sql`.
    pub async fn made(cluster: &'static Cluster, name: &'static str, options: &str) -> Scene {
        let server = connect(&cluster.url("postgres")).await;
        server.batch_execute(&format!("CREATE DATABASE {name} {options}")).await.unwrap();
        let admin = Scene::admin(cluster, name).await;
        admin
            .batch_execute(
                "CREATE SCHEMA crm; CREATE TABLE crm.contacts (id int PRIMARY KEY, name text)",
            )
            .await
            .unwrap();
        let scene = Scene { cluster, name, admin };
        scene.role_script("crm.contacts").unwrap();
        scene.run(&format!("ALTER ROLE {name} PASSWORD '{PASSWORD}'")).await;
        scene
    }

    /// Runs `deploy/sql/role.sql` with these tables: what it said, and an error when it failed.
    pub fn role_script(&self, tables: &str) -> Result<String, String> {
        let (cluster, name) = (self.cluster, self.name);
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/sql/role.sql");
        let output = Command::new(client_program(cluster, "psql"))
            .args(["-X", "-q", "-d", &cluster.url(name), "-f", script])
            .args(["-v", &format!("role={name}"), "-v", &format!("publication={name}")])
            .args(["-v", "schemas=crm", "-v", &format!("tables={tables}")])
            .output()
            .unwrap();
        assert!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
        let said = String::from_utf8(output.stderr).unwrap();
        if output.status.success() { Ok(said) } else { Err(said) }
    }

    /// A session of the superuser whose commits are in the log when they return.
    pub async fn admin(cluster: &Cluster, database: &str) -> Client {
        let admin = connect(&cluster.url(database)).await;
        admin.batch_execute("SET synchronous_commit = on").await.unwrap();
        admin
    }

    /// Runs statements as the superuser.
    pub async fn run(&self, statements: &str) {
        self.admin.batch_execute(statements).await.unwrap();
    }

    /// One value, as text.
    pub async fn value(&self, query: &str) -> String {
        let rows = self.admin.query(query, &[]).await.unwrap();
        rows.first().and_then(|row| row.get::<_, Option<String>>(0)).unwrap_or_default()
    }

    /// Waits until a query gives a value.
    pub async fn until(&self, query: &str, wanted: &str) {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let value = self.value(query).await;
            if value == wanted {
                return;
            }
            assert!(Instant::now() < deadline, "{query} is still {value}, not {wanted}");
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Address of the role over TCP.
    pub fn url(&self) -> String {
        self.cluster.url_of(self.name, PASSWORD, self.name)
    }

    /// Settings to follow this database.
    pub fn settings(&self) -> SourceSettings {
        self.settings_at(&self.url())
    }

    /// The same with another address.
    pub fn settings_at(&self, address: &str) -> SourceSettings {
        settings(address, self.name)
    }

    /// Begins to follow.
    pub async fn follow(&self, resume: Option<Resume>) -> Follower {
        Follower::new(self.settings(), resume).await
    }

    /// The fault with which following does not begin.
    pub async fn refusal(&self, settings: SourceSettings) -> Fault {
        refusal(settings).await
    }

    /// What the slot has confirmed.
    pub async fn confirmed(&self) -> Lsn {
        let name = self.name;
        let query = format!(
            "SELECT confirmed_flush_lsn::text FROM pg_replication_slots WHERE slot_name = '{name}'"
        );
        self.value(&query).await.parse().unwrap()
    }
}

/// Settings in which slot and publication have one name.
pub fn settings(address: &str, name: &str) -> SourceSettings {
    let address = Address::parse(address).unwrap();
    SourceSettings::new(address, name.into(), name.into(), std::env::temp_dir())
}

/// The fault with which following does not begin.
pub async fn refusal(settings: SourceSettings) -> Fault {
    match timeout(DEADLINE, PostgresSource::start(settings, None)).await.unwrap() {
        Ok(_) => panic!("it should not have started"),
        Err(fault) => fault,
    }
}

/// A session.
pub async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Follows and remembers everything that came.
pub struct Follower {
    pub source: PostgresSource,
    /// Where it began.
    pub began: Checkpoint,
    /// What came, without what copies say of themselves from block to block.
    pub events: Vec<Event>,
    /// What is remembered of copies.
    pub copies: CopyMemory,
    /// Acknowledge whatever may be.
    pub acknowledging: bool,
}

impl Follower {
    pub async fn new(settings: SourceSettings, resume: Option<Resume>) -> Follower {
        let began = resume.as_ref().map(|resume| resume.checkpoint).unwrap_or_default();
        let copies = resume.as_ref().map(|resume| resume.copies.clone()).unwrap_or_default();
        let source = timeout(DEADLINE, PostgresSource::start(settings, resume)).await.unwrap();
        let source = source.unwrap_or_else(|fault| panic!("{fault}"));
        Follower { source, began, events: Vec::new(), copies, acknowledging: true }
    }

    /// Takes batches until the events satisfy a condition.
    pub async fn until(&mut self, what: &str, done: impl Fn(&[Event]) -> bool) {
        let deadline = Instant::now() + DEADLINE;
        while !done(&self.events) {
            self.take(what, deadline).await;
        }
    }

    async fn take(&mut self, what: &str, deadline: Instant) {
        let left = deadline.saturating_duration_since(Instant::now());
        match timeout(left, self.source.next()).await {
            Ok(Ok(batch)) => {
                self.remember(batch.events);
                self.acknowledge();
            }
            Ok(Err(fault)) => panic!("waiting for {what}: {fault}"),
            Err(_) => panic!("waiting for {what}; came: {:?}", told(&self.events)),
        }
    }

    /// Takes batches until this many different changes have come.
    pub async fn until_changes(&mut self, count: usize) {
        let deadline = Instant::now() + DEADLINE;
        while self.changes().len() < count {
            self.take(&format!("{count} changes"), deadline).await;
        }
    }

    /// Takes batches until this many transactions have ended.
    pub async fn until_commits(&mut self, count: usize) {
        self.until(&format!("{count} commits"), |events| commits(events) >= count).await;
    }

    /// The fault with which following ends.
    pub async fn until_fault(&mut self) -> Fault {
        let ended = async {
            loop {
                match self.source.next().await {
                    Ok(batch) => self.remember(batch.events),
                    Err(fault) => return fault,
                }
            }
        };
        timeout(DEADLINE, ended).await.expect("following should end")
    }

    fn remember(&mut self, events: Vec<Event>) {
        for event in events {
            match &event {
                Event::Copy(news) => self.copies.note(news),
                Event::Gap(gap) if gap.cause.leads_to_another_log() => {
                    self.copies = CopyMemory::default();
                }
                Event::Commit(_) => self.copies.commit(),
                _ => {}
            }
            if !matches!(event, Event::Copy(CopyNews::Begun(_) | CopyNews::Reached(_))) {
                self.events.push(event);
            }
        }
    }

    fn acknowledge(&self) {
        let last = self.events.iter().rev().find_map(|event| match event {
            Event::Commit(commit) => Some(commit.end),
            Event::Idle(idle) => Some(idle.lsn),
            _ => None,
        });
        if let (true, Some(last)) = (self.acknowledging, last) {
            self.source.acknowledge(last);
        }
    }

    /// What a store would remember of what came.
    pub fn resume(&self) -> Resume {
        let mut checkpoint = self.began;
        for event in &self.events {
            match event {
                Event::Begin(begin) => checkpoint.position.commit = begin.commit,
                Event::Change(change) => checkpoint.position = change.position,
                Event::Commit(commit) => {
                    (checkpoint.position, checkpoint.end) = (commit.position, commit.end);
                }
                Event::Idle(idle) => checkpoint.end = checkpoint.end.max(idle.lsn),
                Event::Gap(gap) if gap.cause.leads_to_another_log() => {
                    checkpoint = Checkpoint { end: gap.to, ..Checkpoint::default() };
                }
                Event::Gap(_) | Event::Message(_) | Event::Uncommitted(_) | Event::Copy(_) => {}
            }
        }
        let system = self.source.system();
        Resume {
            checkpoint,
            system_identifier: system.identifier.clone(),
            timeline: self.source.timeline().unwrap_or(system.timeline),
            copies: self.copies.clone(),
        }
    }

    /// The changes as text, once each: a lost connection may repeat some.
    pub fn changes(&self) -> Vec<String> {
        let mut last = lawtail::model::Position::default();
        let mut changes = Vec::new();
        for event in &self.events {
            if let Event::Change(change) = event
                && change.position > last
            {
                last = change.position;
                changes.push(change_text(change));
            }
        }
        changes
    }
}

/// Transactions that have ended.
pub fn commits(events: &[Event]) -> usize {
    events.iter().filter(|event| matches!(event, Event::Commit(_))).count()
}

/// Events as text, without those that only say that nothing happened.
pub fn told(events: &[Event]) -> Vec<String> {
    let text = |event: &Event| match event {
        Event::Begin(begin) if begin.kind == TransactionKind::InitialCopy => "copy".to_owned(),
        Event::Begin(begin) if begin.kind == TransactionKind::TableCopy => "table copy".to_owned(),
        Event::Begin(_) => "begin".to_owned(),
        Event::Change(change) => change_text(change),
        Event::Commit(_) => "commit".to_owned(),
        Event::Gap(gap) => format!("gap {}", gap.cause.name()),
        Event::Message(_) => "message".to_owned(),
        Event::Copy(CopyNews::Left(left)) => format!("left {}", left.table),
        Event::Copy(CopyNews::Void(table)) => format!("void {table}"),
        Event::Idle(_) | Event::Uncommitted(_) | Event::Copy(_) => String::new(),
    };
    events.iter().map(text).filter(|text| !text.is_empty()).collect()
}

fn change_text(change: &Change) -> String {
    match &change.operation {
        Operation::Insert { new } => format!("insert {}", row_text(new)),
        Operation::Update { new, .. } => format!("update {}", row_text(new)),
        Operation::Delete { old } => {
            format!("delete {}", old.identity().map(row_text).unwrap_or_default())
        }
        Operation::Truncate => format!("truncate {}", change.table.name),
    }
}

fn row_text(row: &Row) -> String {
    let cell = |cell: Cell<'_>| match cell {
        Cell::Null => "null".to_owned(),
        Cell::Unchanged => "unchanged".to_owned(),
        Cell::Known(content) => content.reveal_text().unwrap_or("not text").to_owned(),
    };
    row.cells().map(cell).collect::<Vec<_>>().join("|")
}

/// Drops the slot once the server's own process has let go of it, a moment after its connection ended.
pub async fn drop_slot(scene: &Scene) {
    let name = scene.name;
    let free = format!(
        "SELECT (active_pid IS NULL)::text FROM pg_replication_slots WHERE slot_name = '{name}'"
    );
    scene.until(&free, "true").await;
    scene.run(&format!("SELECT pg_drop_replication_slot('{name}')")).await;
}
