//! A database that lawtail and the oracle follow side by side.

use std::collections::BTreeMap;
use std::time::Duration;

use lawtail::engine::Checkpoint;
use lawtail::model::{Batch, CopyMemory, Event, Fault, Lsn, TableName};
use lawtail::shell::cluster::Cluster;
use lawtail::shell::contract::Source;
use lawtail::shell::source::postgres::{Address, PostgresSource, Resume, SourceSettings, System};
use tokio::sync::MutexGuard;
use tokio::time::{Instant, sleep, timeout};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, NoTls};

use crate::oracle;
use crate::servers::Server;
use crate::told::{self, Cells, Told, Transaction, assert_agree};

/// How long anything may take before a test gives up. Generous: machines are shared.
const DEADLINE: Duration = Duration::from_secs(120);

/// The publication.
const PUBLICATION_NAME: &str = "lawtail";

/// Everything in these schemas is published unless a test says otherwise.
const PUBLICATION: &str = "CREATE SCHEMA crm; CREATE SCHEMA \"Odd \"\"schema\"\"\"; \
    CREATE PUBLICATION lawtail FOR TABLES IN SCHEMA crm, \"Odd \"\"schema\"\"\"";

/// A change of this table says that everything before it has been seen.
const FENCE: &str = "CREATE SCHEMA fence; CREATE TABLE fence.passed (n int PRIMARY KEY); \
    ALTER PUBLICATION lawtail ADD TABLE fence.passed";

/// A database of its own on a server that belongs to this test for as long as it runs.
pub struct Scene {
    pub admin: Client,
    /// `server_version_num` divided by 10,000.
    pub version: i32,
    cluster: &'static Cluster,
    database: String,
    fences: i32,
    follower: Option<Follower>,
    _turn: MutexGuard<'static, ()>,
}

/// What was handed over from the start to the last fence.
pub struct Transcript {
    /// Rows of the initial copy.
    pub copied: Vec<Told>,
    /// What was committed afterwards, by lawtail.
    pub ours: Vec<Transaction>,
}

impl Transcript {
    /// Every change in order.
    pub fn changes(&self) -> impl Iterator<Item = &Told> {
        self.ours.iter().flat_map(|it| &it.changes)
    }
}

impl Scene {
    /// With the publication of two whole schemas, `crm` and another whose name needs quotes.
    pub async fn new(server: Server, database: &str) -> Scene {
        Scene::publishing(server, database, PUBLICATION).await
    }

    /// With the publication that these statements make.
    pub async fn publishing(server: Server, database: &str, statements: &str) -> Scene {
        let scene = Scene::bare(server, database, "").await;
        scene.run(statements).await;
        scene.run(FENCE).await;
        scene
    }

    /// Without a publication. `options` belong to `CREATE DATABASE`.
    pub async fn bare(server: Server, database: &str, options: &str) -> Scene {
        let (cluster, turn) = server.take().await;
        let maintenance = connect(&cluster.url("postgres")).await;
        let create = format!("CREATE DATABASE {database} {options}");
        maintenance.batch_execute(&create).await.unwrap();
        let admin = connect(&cluster.url(database)).await;
        let version = admin.query_one("SELECT current_setting('server_version_num')", &[]).await;
        let version: i32 = version.unwrap().get::<_, String>(0).parse().unwrap();
        Scene {
            admin,
            version: version / 10_000,
            cluster,
            database: database.to_owned(),
            fences: 0,
            follower: None,
            _turn: turn,
        }
    }

    /// Makes the fence where the publication is not the usual one.
    pub async fn fence_in(&self) {
        self.run(FENCE).await;
    }

    /// Runs statements, each a transaction of its own unless they say otherwise.
    pub async fn run(&self, statements: &str) {
        for statement in split(statements) {
            let done = self.admin.batch_execute(statement).await;
            done.unwrap_or_else(|error| panic!("{statement}: {error:?}"));
        }
    }

    /// One transaction.
    pub async fn transaction(&self, statements: &str) {
        self.run("BEGIN").await;
        self.run(statements).await;
        self.run("COMMIT").await;
    }

    /// The SQLSTATE with which the server refuses a statement.
    pub async fn refused(&self, statement: &str) -> String {
        let error = self.admin.batch_execute(statement).await.expect_err("it should be refused");
        error.code().expect("the server said no").code().to_owned()
    }

    /// Another session.
    pub async fn session(&self) -> Client {
        connect(&self.cluster.url(&self.database)).await
    }

    /// The oracle begins to follow.
    pub async fn ask_the_oracle(&self) {
        oracle::create(&self.admin, &self.slot("oracle")).await;
    }

    /// Both begin to follow; lawtail copies what is there.
    pub async fn follow(&mut self) {
        self.ask_the_oracle().await;
        self.follow_alone().await;
    }

    /// Only lawtail begins to follow.
    pub async fn follow_alone(&mut self) {
        let mut follower = Follower::start(self.settings("first"), None).await.unwrap();
        follower.until("the end of the copy", |event| matches!(event, Event::Commit(_))).await;
        self.follower = Some(follower);
    }

    /// Slots belong to the server, not to a database.
    fn slot(&self, name: &str) -> String {
        format!("{}_{name}", self.database)
    }

    /// lawtail is away while these statements run.
    pub async fn run_unwatched(&mut self, statements: &str) {
        self.transcript().await;
        let before = self.follower.take().expect("it follows");
        let resume = before.resume();
        before.source.stop().await;
        self.run(statements).await;
        let after = Follower::start(self.settings("first"), Some(resume)).await.unwrap();
        self.follower = Some(Follower { source: after.source, ..before });
    }

    fn settings(&self, slot: &str) -> SourceSettings {
        let address = Address::parse(&self.cluster.url(&self.database)).unwrap();
        SourceSettings::new(address, self.slot(slot), PUBLICATION_NAME.into(), std::env::temp_dir())
    }

    /// Everything up to now, by lawtail.
    pub async fn transcript(&mut self) -> Transcript {
        self.fences += 1;
        self.run(&format!("INSERT INTO fence.passed VALUES ({})", self.fences)).await;
        let follower = self.follower.as_mut().expect("it follows");
        follower.until_fence(self.fences).await;
        let (copied, ours) = told::transactions(&follower.events);
        Transcript { copied, ours }
    }

    /// Compares everything since the start with the oracle, which tells all tables of the database
    /// and knows no publication: `published` says what becomes of each of its changes.
    pub async fn agree(&mut self, published: impl Fn(Told) -> Option<Told>) -> Transcript {
        let transcript = self.transcript().await;
        let mut oracle = oracle::transactions(&self.admin, &self.slot("oracle")).await;
        // What was committed before the copy's snapshot is in the copy.
        let copied = self.follower.as_ref().expect("it follows").copied_up_to();
        oracle.retain(|transaction| transaction.end > copied);
        restrict(&mut oracle, published);
        let mut ours = transcript.ours.clone();
        without_messages_unless_followed(&mut ours, &mut oracle);
        assert_agree(&ours, &oracle, &self.database);
        assert!(ours.len() > 1, "nothing happened but the fence");
        transcript
    }

    /// The rows that a new initial copy finds now.
    pub async fn copy(&self) -> Vec<Told> {
        let settings = self.settings("afterwards");
        let mut follower = Follower::start(settings, None).await.unwrap();
        follower.until("the end of the copy", |event| matches!(event, Event::Commit(_))).await;
        let copied = told::transactions(&follower.events).0;
        follower.source.stop().await;
        self.drop_slot("afterwards").await;
        copied
    }

    /// Leaves the server as it was, for the next test.
    pub async fn leave(mut self) {
        if let Some(follower) = self.follower.take() {
            follower.source.stop().await;
        }
        for slot in ["first", "oracle", "afterwards"] {
            self.drop_slot(slot).await;
        }
        let maintenance = connect(&self.cluster.url("postgres")).await;
        let drop = format!("DROP DATABASE {} WITH (FORCE)", self.database);
        maintenance.batch_execute(&drop).await.unwrap();
    }

    /// The server's own process lets go of a slot a moment after the connection has ended.
    async fn drop_slot(&self, slot: &str) {
        let slot = self.slot(slot);
        let drop = "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots \
            WHERE slot_name = $1::text";
        let given_up = Instant::now() + DEADLINE;
        while let Err(error) = self.admin.query(drop, &[&slot]).await {
            let in_use = error.code() == Some(&SqlState::OBJECT_IN_USE);
            assert!(in_use && Instant::now() < given_up, "{error}");
            sleep(Duration::from_millis(20)).await;
        }
    }
}

/// What the usual publication holds, or a test's own schema.
pub fn everything(told: Told) -> Option<Told> {
    (&*told.table.schema != "private").then_some(told)
}

/// Keeps what is published, and no transaction in which nothing is.
pub fn restrict(oracle: &mut Vec<Transaction>, published: impl Fn(Told) -> Option<Told>) {
    for transaction in &mut *oracle {
        let changes = std::mem::take(&mut transaction.changes);
        transaction.changes = changes.into_iter().filter_map(&published).collect();
        transaction.messages.retain(|(prefix, _)| prefix.starts_with("lawtail."));
    }
    oracle.retain(|it| !it.changes.is_empty() || !it.messages.is_empty());
}

/// A server tells messages only to those who ask for them.
fn without_messages_unless_followed(ours: &mut Vec<Transaction>, oracle: &mut Vec<Transaction>) {
    if ours.iter().any(|transaction| !transaction.messages.is_empty()) {
        return;
    }
    oracle.iter_mut().for_each(|transaction| transaction.messages.clear());
    oracle.retain(|transaction| !transaction.changes.is_empty());
    ours.retain(|transaction| !transaction.changes.is_empty());
}

/// Rows by table, sorted.
pub fn by_table(rows: impl IntoIterator<Item = Told>) -> BTreeMap<TableName, Vec<Cells>> {
    let mut tables: BTreeMap<TableName, Vec<Cells>> = BTreeMap::new();
    for row in rows.into_iter().filter(|row| &*row.table.schema != "fence") {
        tables.entry(row.table).or_default().extend(row.new);
    }
    tables.values_mut().for_each(|rows| rows.sort());
    tables
}

/// A session whose commits are in the log when they return.
async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute("SET synchronous_commit = on; SET lock_timeout = '20s'").await.unwrap();
    client
}

/// At semicolons that end a line.
fn split(statements: &str) -> impl Iterator<Item = &str> {
    statements.split(";\n").map(str::trim).filter(|statement| !statement.is_empty())
}

/// lawtail's source, and everything that came from it.
struct Follower {
    source: PostgresSource,
    events: Vec<Event>,
    searched: usize,
}

impl Follower {
    async fn start(settings: SourceSettings, resume: Option<Resume>) -> Result<Follower, Fault> {
        let source = timeout(DEADLINE, PostgresSource::start(settings, resume)).await;
        let source = source.expect("starting takes no time")?;
        Ok(Follower { source, events: Vec::new(), searched: 0 })
    }

    /// What a store would remember of what came.
    fn resume(&self) -> Resume {
        let last = self.events.iter().rev().find_map(|event| match event {
            Event::Commit(commit) => Some(*commit),
            _ => None,
        });
        let last = last.expect("the copy has ended");
        let System { identifier, timeline, .. } = self.source.system().clone();
        let checkpoint =
            Checkpoint { position: last.position, end: last.end, ..Checkpoint::default() };
        let mut copies = CopyMemory::default();
        for event in &self.events {
            match event {
                Event::Copy(news) => copies.note(news),
                Event::Commit(_) => copies.commit(),
                _ => {}
            }
        }
        Resume { checkpoint, system_identifier: identifier, timeline, copies }
    }

    /// Where the stream begins.
    fn copied_up_to(&self) -> Lsn {
        let end = self.events.iter().find_map(|event| match event {
            Event::Commit(commit) => Some(commit.end),
            _ => None,
        });
        end.expect("the copy has ended")
    }

    async fn until_fence(&mut self, fence: i32) {
        let fence = fence.to_string();
        let mut passed = false;
        self.until(&format!("fence {fence}"), |event| {
            if let Event::Change(change) = event
                && &*change.table.name.schema == "fence"
            {
                let cell = change.operation.new_row().and_then(|row| row.cell(0).known());
                passed |= cell.and_then(|cell| cell.reveal_text()) == Some(&fence);
            }
            passed && matches!(event, Event::Commit(_))
        })
        .await;
    }

    /// Takes batches until one of the events is what is waited for.
    async fn until(&mut self, what: &str, mut found: impl FnMut(&Event) -> bool) {
        while !self.events[self.searched..].iter().any(&mut found) {
            self.searched = self.events.len();
            match timeout(DEADLINE, self.source.next()).await {
                Ok(Ok(Batch { events })) => self.events.extend(events),
                Ok(Err(fault)) => panic!("waiting for {what}: {fault}"),
                Err(_) => panic!("waiting for {what} after {} events", self.events.len()),
            }
            let ends = self.events[self.searched..].iter().rev().find_map(|event| match event {
                Event::Commit(commit) => Some(commit.end),
                _ => None,
            });
            if let Some(end) = ends {
                self.source.acknowledge(end);
            }
        }
        self.searched = self.events.len();
    }
}
