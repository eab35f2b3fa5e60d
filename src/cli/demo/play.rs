//! The order of events in a demonstration.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tokio_postgres::Client;

use super::cast::Cast;
use super::scoreboard::{Scoreboard, Seeded};
use super::sighting::{Sighting, Tail};
use super::{DemoArguments, Followed, daemon, faults, load, progress, screen, traffic};
use crate::engine::pseudonym::Pseudonymizer;
use crate::model::{Code, Fault, Timestamp, limits};
use crate::policy;
use crate::shell::cluster::{Cluster, ClusterSettings};

const DATABASE: &str = "postgres";
const SLOT: &str = "lawtail";
const PUBLICATION: &str = "lawtail";

/// Misdeeds are spread over so much time when nobody says how long the demonstration runs.
const OPEN_END: Duration = Duration::from_secs(60);

/// Between two looks at the published events.
const LOOK: Duration = Duration::from_millis(50);

/// How long we wait at the end for what is still on its way.
const DRAIN_PATIENCE: Duration = Duration::from_secs(60);

/// The daemon, running in a task of this process, and not longer than this value lives.
struct Daemon {
    task: JoinHandle<Result<(), Fault>>,
    stop: watch::Sender<bool>,
}

impl Daemon {
    /// Asks it to stop and waits until it has.
    async fn stop(&mut self) -> Result<(), Fault> {
        let _ = self.stop.send(true);
        (&mut self.task).await.unwrap_or_else(|_| Err(ended("it ended without a word")))
    }

    /// Resolves only if it ends by itself, which is a fault.
    async fn failure(&mut self) -> Fault {
        match (&mut self.task).await {
            Ok(Err(fault)) => fault,
            _ => ended("the daemon ended by itself"),
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What was seeded and what was seen.
#[derive(Default)]
struct Record {
    seeded: Vec<Seeded>,
    sightings: Vec<Sighting>,
}

/// Plays from the first to the last act. `Ok(false)` when the table at the end is not perfect.
pub async fn play(
    arguments: &DemoArguments,
    interrupted: watch::Receiver<bool>,
) -> Result<bool, Fault> {
    screen::heading("lawtail demo");
    let cluster = blocking(|| Cluster::start(ClusterSettings::default())).await?;
    let folder = cluster.folder().join("lawtail");
    let outcome = on_cluster(arguments, &cluster, &folder, interrupted).await;
    let keep = arguments.keep;
    if !keep {
        // The guardian removes the rest as the server's user, who may not remove this.
        let _ = std::fs::remove_dir_all(&folder);
    }
    let kept = blocking(move || if keep { cluster.keep().map(Some) } else { Ok(None) }).await?;
    if let Some(folder) = kept {
        screen::fact("kept", &folder.display().to_string());
    }
    outcome
}

async fn on_cluster(
    arguments: &DemoArguments,
    cluster: &Cluster,
    folder: &Path,
    interrupted: watch::Receiver<bool>,
) -> Result<bool, Fault> {
    screen::fact("PostgreSQL", &format!("127.0.0.1:{}, throwaway", cluster.port()));
    let cast = Cast::new(arguments.seed, arguments.contacts);
    let client = load::connect(&cluster.url(DATABASE)).await?;
    let rows = load::load(&client, &cast, now()).await?;
    screen::fact("CRM", &format!("{} contacts, {rows} rows", arguments.contacts));
    let followed = followed(cluster, folder, &client).await?;
    let pseudonyms = Pseudonymizer::new(&followed.pseudonym_key);
    let grace = grace(&followed)?;
    let mut tail = Tail::new(followed.events.clone());
    let events = followed.events.display().to_string();

    let (stop, stopped) = watch::channel(false);
    let (listening, address) = oneshot::channel();
    let task = tokio::spawn(daemon::run(followed, stopped, listening));
    let mut running = Daemon { task, stop };
    let stage = Stage { arguments, cluster, client, cast, pseudonyms, grace, rows, interrupted };
    let acts = tokio::select! {
        acts = stage.acts(address, &events, &mut tail) => acts,
        fault = running.failure() => return Err(fault),
    };
    running.stop().await?;
    stage.verdict(acts?, &mut tail)
}

/// Everything the acts need.
struct Stage<'a> {
    arguments: &'a DemoArguments,
    cluster: &'a Cluster,
    client: Client,
    cast: Cast,
    pseudonyms: Pseudonymizer,
    grace: Duration,
    rows: u64,
    interrupted: watch::Receiver<bool>,
}

impl Stage<'_> {
    async fn acts(
        &self,
        address: oneshot::Receiver<SocketAddr>,
        events: &str,
        tail: &mut Tail,
    ) -> Result<Record, Fault> {
        let mut interrupted = self.interrupted.clone();
        let prologue = async {
            let address = address.await.map_err(|_| ended("the daemon does not listen"))?;
            screen::fact("metrics", &format!("http://{address}/metrics"));
            screen::fact("events", events);
            self.initial_copy().await
        };
        tokio::select! {
            _ = interrupted.wait_for(|stop| *stop) => return Ok(Record::default()),
            done = prologue => done?,
        }
        screen::sightings_heading();
        let mut record = Record::default();
        tokio::select! {
            seeded = self.live() => record.seeded = seeded?,
            fault = show(tail, &mut record.sightings) => return Err(fault),
        }
        Ok(record)
    }

    async fn initial_copy(&self) -> Result<(), Fault> {
        let bar = screen::copy_bar(self.rows);
        let begin = Instant::now();
        let outcome = progress::initial_copy(&self.client, SLOT, &bar).await;
        bar.finish_and_clear();
        let seconds = begin.elapsed().as_secs_f32();
        screen::fact("initial copy", &format!("{} rows in {seconds:.1} s", self.rows));
        outcome
    }

    /// Traffic and misdeeds, and then the wait for what is on its way.
    async fn live(&self) -> Result<Vec<Seeded>, Fault> {
        let length = self.arguments.seconds.map(Duration::from_secs);
        let url = self.cluster.url(DATABASE);
        let plan = faults::plan(&self.cast, length.unwrap_or(OPEN_END));
        let transactions = Arc::new(AtomicU64::new(0));
        let (curtain, closed) = watch::channel(false);
        let clean = traffic::run(&url, self.cast, transactions.clone(), closed.clone());
        let wrong = faults::run(&self.client, &self.cast, plan, &self.pseudonyms, closed);
        let end = async {
            self.until_the_end(length).await;
            let _ = curtain.send(true);
            Ok(())
        };
        let ((), seeded, ()) = tokio::try_join!(clean, wrong, end)?;
        if !*self.interrupted.borrow() {
            self.settle().await?;
        }
        let count = transactions.load(Ordering::Relaxed);
        println!();
        screen::fact("traffic", &format!("{count} transactions besides the seeded faults"));
        Ok(seeded)
    }

    async fn until_the_end(&self, length: Option<Duration>) {
        let mut interrupted = self.interrupted.clone();
        let interruption = interrupted.wait_for(|stop| *stop);
        match length {
            Some(length) => drop(tokio::time::timeout(length, interruption).await),
            None => drop(interruption.await),
        }
    }

    /// Judgements wait for the grace, in stream time, so that much time has to pass before the last
    /// of them can be on its way.
    async fn settle(&self) -> Result<(), Fault> {
        let mut interrupted = self.interrupted.clone();
        let settled = async {
            tokio::time::sleep(self.grace + limits::CLOCK_SLACK + limits::FEEDBACK_INTERVAL).await;
            progress::drained(&self.client, SLOT, DRAIN_PATIENCE).await
        };
        tokio::select! {
            _ = interrupted.wait_for(|stop| *stop) => Ok(()),
            drained = settled => {
                if !drained? {
                    screen::fact("note", "the daemon has not caught up; what is missing may be late");
                }
                Ok(())
            }
        }
    }

    /// Shows the table, and decides. Who interrupts wants the run to stop and not to be judged,
    /// unless a comparison was asked for.
    fn verdict(&self, mut record: Record, tail: &mut Tail) -> Result<bool, Fault> {
        read(tail, &mut record.sightings)?;
        let board = Scoreboard::new(&record.seeded, &record.sightings);
        let interrupted = *self.interrupted.borrow();
        if interrupted {
            screen::fact("stopped", "what was seeded last may not have been judged yet");
        }
        if !board.0.is_empty() {
            screen::table(&board);
        }
        Ok(self.arguments.seconds.is_none() || (board.is_perfect() && !interrupted))
    }
}

/// Shows what is published as it appears. Ends only with a fault.
async fn show(tail: &mut Tail, sightings: &mut Vec<Sighting>) -> Fault {
    loop {
        if let Err(fault) = read(tail, sightings) {
            return fault;
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn read(tail: &mut Tail, sightings: &mut Vec<Sighting>) -> Result<(), Fault> {
    for line in tail.lines()? {
        let Some(sighting) = Sighting::parse(&line) else { continue };
        // The same event may be published twice, with the same id.
        if sightings.iter().all(|known| known.id != sighting.id) {
            screen::sighting(&sighting);
            sightings.push(sighting);
        }
    }
    Ok(())
}

async fn followed(cluster: &Cluster, folder: &Path, client: &Client) -> Result<Followed, Fault> {
    let password = random(16)?;
    let password: String = password.iter().map(|byte| format!("{byte:02x}")).collect();
    load::create_role(client, &password).await?;
    std::fs::create_dir(folder)
        .map_err(|error| Fault::new(Code::DEM_001, format!("no folder for the store: {error}")))?;
    Ok(Followed {
        database_url: cluster.url_of("lawtail", &password, DATABASE),
        slot: SLOT.to_string(),
        publication: PUBLICATION.to_string(),
        policies: policy::embedded::demo(),
        store: folder.join("store"),
        events: folder.join("events.jsonl"),
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        pseudonym_key: random(32)?,
    })
}

fn grace(followed: &Followed) -> Result<Duration, Fault> {
    match policy::compile(&followed.policies) {
        Ok(policies) => Ok(policies.profile.grace),
        Err(faults) => Err(faults.into_iter().next().unwrap_or_else(|| ended("no policies"))),
    }
}

fn random(bytes: usize) -> Result<Vec<u8>, Fault> {
    let mut drawn = vec![0; bytes];
    getrandom::fill(&mut drawn)
        .map_err(|error| Fault::new(Code::DEM_001, format!("no random bytes: {error}")))?;
    Ok(drawn)
}

fn now() -> Timestamp {
    let since_epoch = std::time::UNIX_EPOCH.elapsed().unwrap_or_default();
    Timestamp(i64::try_from(since_epoch.as_micros()).unwrap_or_default())
}

fn ended(cause: &str) -> Fault {
    Fault::new(Code::DEM_001, cause).help("run it again with --keep and read the logs")
}

/// Runs what blocks on a thread where it may.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    let joined = tokio::task::spawn_blocking(work).await;
    joined.unwrap_or_else(|_| Err(ended("a part of the demonstration panicked")))
}
