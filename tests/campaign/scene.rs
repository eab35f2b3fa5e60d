//! A CRM, a network, a lawtail and the sessions of a round.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use lawtail::model::Lsn;
use lawtail::shell::cluster::Cluster;
use tokio::time::{Instant, sleep};
use tokio_postgres::Client;

use crate::dice::Dice;
use crate::disk::Disk;
use crate::fault::Fault;
use crate::history::{Evidence, Place, Probe};
use crate::proxy::{Proxy, Weather};
use crate::support::database::PASSWORD;
use crate::support::patience::until;
use crate::support::published::{Found, Published};
use crate::support::{Crm, Home, Lawtail, rows};
use crate::workload::{Chronicle, Crew, Session, connect, values};

/// The first contact of the sessions; those below were there before lawtail came.
pub const FIRST: u64 = 100_000;

/// Contacts that are there before, so that an initial copy takes several batches.
const MANY: u64 = 5_000;

/// Sessions at work.
const SESSIONS: usize = 2;

/// How long everything may take to come to rest after the last fault.
const PATIENCE: Duration = Duration::from_secs(240);

/// How long a finding may take before another is tried: the one before may lie in a gap.
const MARKER_PATIENCE: Duration = Duration::from_secs(8);

/// Log that the server may keep for a slot at rest: a segment and what it is about to fill.
const RETAINED: u64 = 48 << 20;

/// Everything of a round. What goes first is dropped first.
pub struct Scene {
    pub cluster: &'static Cluster,
    pub name: &'static str,
    /// What takes over when the server dies for good.
    pub standby: Option<&'static Cluster>,
    pub dice: Dice,
    pub proxy: Proxy,
    pub chronicle: Arc<Chronicle>,
    pub lawtail: Option<Lawtail>,
    pub store_disk: Option<Disk>,
    pub event_disk: Option<Disk>,
    pub home: Home,
    pub events: PathBuf,
    /// Faults with which lawtail ended without having been told to.
    pub ends: Vec<String>,
    crew: Option<Crew>,
    /// For each restore, how many lines had been published before it.
    lives: Vec<usize>,
    probes: Vec<Probe>,
    /// How many gaps had been announced when somebody else last moved the slot.
    meddled: Option<usize>,
}

impl Scene {
    /// A database of its own with what the faults need. Nothing runs yet.
    pub async fn new(cluster: &'static Cluster, seed: u64, faults: &[Fault]) -> Scene {
        let name: &'static str = Box::leak(format!("campaign_{seed}").into_boxed_str());
        let crm = Crm::on(cluster, name).await;
        let there = if faults.contains(&Fault::KillInCopy) { MANY } else { 30 };
        crm.run(&(rows::contacts(1..there) + &rows::stranger(there) + &rows::opt_out(1))).await;
        let proxy = Proxy::before(cluster.port()).await;
        let mut home = Home::following(&crm);
        let url = format!("postgres://{name}:{PASSWORD}@127.0.0.1:{}/{name}", proxy.port());
        home.set("database", &format!("{{url: '{url}', slot: {name}, publication: {name}}}"));
        let disk = |fault: Fault, folder: &str| {
            faults.contains(&fault).then(|| Disk::mount(&home.path(folder))).flatten()
        };
        let (store_disk, event_disk) =
            (disk(Fault::FullStore, "store_disk"), disk(Fault::FullEvents, "event_disk"));
        if store_disk.is_some() {
            home.set("store", "{folder: store_disk/store}");
        }
        let events = if event_disk.is_some() { "event_disk/events.jsonl" } else { "events.jsonl" };
        let mut scene = Scene {
            cluster,
            name,
            standby: None,
            dice: Dice::new(seed),
            proxy,
            chronicle: Arc::new(Chronicle::new(cluster.url(name), FIRST)),
            lawtail: None,
            store_disk,
            event_disk,
            events: home.path(events),
            home,
            ends: Vec::new(),
            crew: None,
            lives: Vec::new(),
            probes: Vec::new(),
            meddled: None,
        };
        scene.publish_to_file_alone();
        scene
    }

    /// No further receiver.
    pub fn publish_to_file_alone(&mut self) {
        let path = self.events.display();
        self.home.set("publish", &format!("{{file: {{path: {path}}}}}"));
    }

    /// The file, and a Kafka that is to be found there.
    pub fn publish_also_to_kafka(&mut self, port: u16) {
        let (path, broker) = (self.events.display(), format!("127.0.0.1:{port}"));
        let kafka = format!("kafka: {{brokers: ['{broker}'], prefix: crm}}");
        self.home.set("publish", &format!("{{file: {{path: {path}}}, {kafka}}}"));
    }

    /// A session of the superuser.
    pub async fn admin(&self) -> Client {
        connect(&self.cluster.url(self.name)).await
    }

    /// Runs statements that have to succeed, and gives the first value.
    pub async fn ask(&self, statements: &str) -> String {
        let values = values(&self.admin().await, statements).await;
        values
            .unwrap_or_else(|error| panic!("{statements}: {error:?}"))
            .into_iter()
            .next()
            .unwrap_or_default()
    }

    /// Something about the slot; empty when there is none.
    pub async fn slot(&self, column: &str) -> String {
        let name = self.name;
        let query =
            format!("SELECT ({column})::text FROM pg_replication_slots WHERE slot_name = '{name}'");
        self.ask(&query).await
    }

    /// A moment by chance.
    pub async fn pause(&mut self, most_milliseconds: u64) {
        sleep(Duration::from_millis(self.dice.below(most_milliseconds))).await;
    }

    /// Lets the CRM's people work.
    pub fn begin_work(&mut self) {
        self.crew = Some(Crew::start(&self.chronicle, &mut self.dice, SESSIONS));
    }

    /// Lets each finish what it is doing, and go home.
    pub async fn end_work(&mut self) {
        if let Some(crew) = self.crew.take() {
            crew.stop().await;
        }
    }

    /// What supervises a service: starts it when it is not running.
    pub async fn keep_running(&mut self) {
        if let Some(lawtail) = &mut self.lawtail
            && !lawtail.has_ended()
        {
            return;
        }
        if let Some(ended) = self.lawtail.take() {
            let ended = ended.ended().await;
            let mut words = ended.stderr.lines().rev().filter_map(|line| line.split(' ').next());
            let code = words.find(|word| word.parse::<lawtail::model::Code>().is_ok());
            self.ends.push(code.unwrap_or("without a word").to_owned());
            sleep(Duration::from_millis(300)).await;
        }
        self.lawtail = Some(self.home.start());
    }

    /// SIGKILL, unless it has ended by itself.
    pub async fn kill(&mut self) {
        self.keep_running().await;
        self.probe().await;
        self.lawtail = None;
    }

    /// Waits until everything that is committed by now has been decided and acknowledged.
    pub async fn until_following(&mut self) {
        let written = self.ask("SELECT pg_current_wal_insert_lsn()::text").await;
        // A slot in the making is active as well.
        let query = format!(
            "confirmed_flush_lsn >= '{written}' AND EXISTS (SELECT FROM pg_stat_replication \
             WHERE pid = active_pid AND state IN ('catchup', 'streaming'))"
        );
        let deadline = Instant::now() + PATIENCE;
        loop {
            self.keep_running().await;
            if self.slot(&query).await == "true" {
                return;
            }
            self.give_up_after(deadline, "it does not follow");
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until the rows that were there have been judged: the server counts a copy as followed
    /// before the last of its rows have been decided, and a kill would still interrupt it.
    pub async fn until_copied(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        let about_copies = |found: &Found| found.code == "LB-001" && found.subject.is_none();
        while !self.published().findings().iter().any(about_copies) {
            self.keep_running().await;
            self.give_up_after(deadline, "what was copied is not judged");
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Another server has taken over.
    pub fn move_to(&mut self, cluster: &'static Cluster) {
        self.cluster = cluster;
        self.chronicle.move_to(cluster.url(self.name));
        self.proxy.redirect(cluster.port());
    }

    /// Somebody else has moved the slot: where it stands is not what was acknowledged, until lawtail
    /// has noticed.
    pub fn meddled(&mut self) {
        self.meddled = Some(self.evidence().gaps.len());
    }

    /// Notes what is confirmed, and then what has been published.
    pub async fn probe(&mut self) {
        if self.meddled.is_some_and(|announced| self.evidence().gaps.len() <= announced) {
            return;
        }
        if let Ok(confirmed) = self.slot("confirmed_flush_lsn").await.parse::<Lsn>() {
            let confirmed = Place { life: self.chronicle.life(), lsn: confirmed.0 };
            let lines = self.published().events.len();
            self.probes.push(Probe { confirmed, lines });
        }
    }

    /// Positions mean something else from here on.
    pub fn begin_another_life(&mut self) {
        self.chronicle.begin_another_life();
        self.lives.push(self.published().events.len());
    }

    pub fn published(&self) -> Published {
        Published::in_file(&self.events)
    }

    pub fn evidence(&self) -> Evidence {
        let evidence = crate::evidence::read(&self.published(), &self.lives);
        Evidence { probes: self.probes.clone(), ..evidence }
    }

    /// Waits until the last of several findings has been published: then every one before it has
    /// been as well.
    pub async fn come_to_rest(&mut self) {
        self.proxy.set(Weather::Fine);
        let mut session = Session::open(Arc::clone(&self.chronicle)).await;
        let deadline = Instant::now() + PATIENCE;
        while !self.finds_another(&mut session).await {
            self.give_up_after(deadline, "it does not come to rest");
        }
        self.until_following().await;
        self.ask("CHECKPOINT").await;
        let retained = "pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::int8";
        until("the server to forget its log", async || {
            let bytes: u64 = self.slot(retained).await.parse().ok()?;
            (bytes < RETAINED).then_some(())
        })
        .await;
        self.probe().await;
    }

    fn give_up_after(&self, deadline: Instant, why: &str) {
        if Instant::now() > deadline {
            self.keep_for_people();
            panic!("{why}; ended by itself with {:?}", self.ends);
        }
    }

    /// Commits one more violation and waits a while for its finding.
    async fn finds_another(&mut self, session: &mut Session) -> bool {
        self.keep_running().await;
        let Some(id) = session.stranger().await else { return false };
        let subject = crate::support::process::subject_of(id);
        let deadline = Instant::now() + MARKER_PATIENCE;
        while Instant::now() < deadline {
            let text = std::fs::read_to_string(&self.events).unwrap_or_default();
            let found =
                |line: &str| line.contains(&subject) && line.contains("\"rule\":\"LB-001\"");
            if text.lines().rev().any(found) {
                return true;
            }
            self.keep_running().await;
            sleep(Duration::from_millis(50)).await;
        }
        false
    }

    /// Copies logs and events to where `CAMPAIGN_KEEP` says, to be looked at.
    pub fn keep_for_people(&self) {
        let Ok(folder) = std::env::var("CAMPAIGN_KEEP") else { return };
        let folder = std::path::Path::new(&folder).join(self.name);
        std::fs::create_dir_all(&folder).unwrap();
        let logs =
            std::fs::read_dir(self.home.path("")).unwrap().map(|entry| entry.unwrap().path());
        for path in logs.filter(|path| path.is_file()).chain([self.events.clone()]) {
            std::fs::copy(&path, folder.join(path.file_name().unwrap())).unwrap();
        }
    }

    /// Removes what would be in the way of later rounds.
    pub async fn clear(self) {
        let Scene { cluster, name, lawtail, .. } = self;
        drop(lawtail);
        let admin = connect(&cluster.url("postgres")).await;
        let drop_slot = format!(
            "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots \
             WHERE slot_name = '{name}'"
        );
        until("the slot to go", async || values(&admin, &drop_slot).await.ok()).await;
        admin.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)")).await.unwrap();
    }
}
