//! Seeded fault simulation of the production loop: the real pipeline and engine over a source, a
//! store and a publisher in memory that crash, fail, lose replies and stall. Time is virtual.
//!
//! A failure names its seed; paste it into `one_seed`.

mod support;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lawtail::engine::pseudonym::Pseudonymizer;
use lawtail::engine::state::View;
use lawtail::engine::{Checkpoint, Engine};
use lawtail::model::limits::DUE_PER_EVENT;
use lawtail::model::{Batch, Code, Event, Fault, Lsn, TransactionKind};
use lawtail::policy::{self, Policies};
use lawtail::shell::clock::ManualClock;
use lawtail::shell::contract::{Commitment, Publisher, Queued, Source, Store};
use lawtail::shell::monitor::Monitor;
use lawtail::shell::pipeline::{CHAIN_MEMORY, Parts, Pipeline};
use lawtail::shell::store::{Identity, MemoryStore};
use lawtail::wire::{Chain, CloudEvent, Origin, Topic, chain};
use support::crm;
use support::dice::Dice;

/// What survives every crash of the daemon: the server, the disk, the broker.
struct World {
    events: Vec<Event>,
    confirmed: Mutex<Lsn>,
    disk: Mutex<MemoryStore>,
    broker: Mutex<Vec<CloudEvent>>,
    dice: Mutex<Dice>,
    /// How many faults may still happen: they stop, so that everything can drain.
    faults: Mutex<u64>,
}

impl World {
    fn new(events: Vec<Event>, seed: u64, faults: u64) -> Arc<World> {
        Arc::new(World {
            events,
            confirmed: Mutex::new(Lsn::ZERO),
            disk: Mutex::new(MemoryStore::default()),
            broker: Mutex::new(Vec::new()),
            dice: Mutex::new(Dice::new(seed)),
            faults: Mutex::new(faults),
        })
    }

    fn roll(&self, bound: u64) -> u64 {
        self.dice.lock().unwrap().below(bound)
    }

    fn fails(&self, percent: u64) -> bool {
        let mut left = self.faults.lock().unwrap();
        let happens = *left > 0 && self.dice.lock().unwrap().chance(percent);
        *left -= u64::from(happens);
        happens
    }

    fn end(&self) -> Lsn {
        match self.events.last() {
            Some(Event::Idle(idle)) => idle.lsn,
            other => panic!("a life ends with an idle event, not {other:?}"),
        }
    }

    fn drained(&self) -> bool {
        *self.confirmed.lock().unwrap() == self.end()
    }
}

/// Resends from the first transaction that was not confirmed, as a replication slot does.
struct SimulatedSource {
    world: Arc<World>,
    next: usize,
    acknowledged: Mutex<Lsn>,
}

impl SimulatedSource {
    fn connect(world: &Arc<World>) -> Self {
        let confirmed = *world.confirmed.lock().unwrap();
        let mut begin = 0;
        for (index, event) in world.events.iter().enumerate() {
            match event {
                Event::Commit(commit) if commit.end <= confirmed => begin = index + 1,
                Event::Idle(idle) if idle.lsn <= confirmed => begin = index + 1,
                _ => {}
            }
        }
        SimulatedSource {
            world: Arc::clone(world),
            next: begin,
            acknowledged: Mutex::new(Lsn::ZERO),
        }
    }
}

impl Source for SimulatedSource {
    async fn next(&mut self) -> Result<Batch, Fault> {
        if self.world.fails(3) {
            return Err(Fault::new(Code::PG_009, "simulated"));
        }
        if self.next == self.world.events.len() {
            return std::future::pending().await;
        }
        tokio::time::sleep(Duration::from_millis(self.world.roll(20))).await;
        let size = 1 + self.world.roll(9) as usize;
        let end = (self.next + size).min(self.world.events.len());
        let batch = Batch { events: self.world.events[self.next..end].to_vec() };
        self.next = end;
        Ok(batch)
    }

    fn alarmed(&self, _: u32, _: Lsn) {}

    fn acknowledge(&self, position: Lsn) {
        let mut acknowledged = self.acknowledged.lock().unwrap();
        assert!(position >= *acknowledged, "the acknowledged position fell");
        *acknowledged = position;
        let mut confirmed = self.world.confirmed.lock().unwrap();
        *confirmed = position.max(*confirmed);
        // No hole: whatever is neither delivered nor coming again would be lost.
        let disk = self.world.disk.lock().unwrap();
        let committed = disk.checkpoint().unwrap().unwrap_or_default().end;
        assert!(position <= committed, "acknowledged what is not durable");
        let broker = self.world.broker.lock().unwrap();
        let delivered: BTreeSet<&str> = broker.iter().map(|event| event.id.as_str()).collect();
        for queued in disk.outbox(usize::MAX).unwrap() {
            let covered = delivered.contains(queued.event.id.as_str());
            assert!(covered || position <= queued.before, "acknowledged past undelivered work");
        }
    }

    fn retained_bytes(&self) -> u64 {
        0
    }
}

/// Writes through to the disk of the world; may fail before or after it has done so.
struct SimulatedStore {
    world: Arc<World>,
    inner: MemoryStore,
}

impl Store for SimulatedStore {
    fn view(&self) -> &dyn View {
        self.inner.view()
    }

    fn commit(&mut self, commitment: Commitment) -> Result<(), Fault> {
        if self.world.fails(2) {
            return Err(Fault::new(Code::STO_002, "simulated: nothing was written"));
        }
        self.inner.commit(commitment)?;
        *self.world.disk.lock().unwrap() = self.inner.after_crash();
        if self.world.fails(2) {
            return Err(Fault::new(Code::STO_002, "simulated: written, and died saying so"));
        }
        Ok(())
    }

    fn checkpoint(&self) -> Result<Option<Checkpoint>, Fault> {
        self.inner.checkpoint()
    }

    fn identity(&self) -> Result<Option<Identity>, Fault> {
        self.inner.identity()
    }

    fn chain_heads(&self) -> Result<Vec<CloudEvent>, Fault> {
        self.inner.chain_heads()
    }

    fn outbox(&self, limit: usize) -> Result<Vec<Queued>, Fault> {
        self.inner.outbox(limit)
    }

    fn delivered(&mut self, number: u64) -> Result<(), Fault> {
        self.inner.delivered(number)
    }
}

/// Takes events, sometimes slowly, sometimes only some of them, sometimes without saying so.
struct SimulatedPublisher {
    world: Arc<World>,
}

impl Publisher for SimulatedPublisher {
    async fn publish(&mut self, events: &[CloudEvent]) -> Result<(), Fault> {
        let fault = || Err(Fault::new(Code::KFK_001, "simulated"));
        if self.world.fails(10) {
            tokio::time::sleep(Duration::from_secs(self.world.roll(90))).await;
        }
        if self.world.fails(10) {
            return fault();
        }
        let lost_reply = self.world.fails(10);
        let taken = match lost_reply {
            true => self.world.roll(events.len() as u64 + 1) as usize,
            false => events.len(),
        };
        self.world.broker.lock().unwrap().extend_from_slice(&events[..taken]);
        if lost_reply { fault() } else { Ok(()) }
    }
}

fn policies() -> Policies {
    policy::compile(&policy::embedded::demo()).expect("the demo's policies compile")
}

fn engine() -> Engine {
    Engine::new(Arc::new(policies()), Pseudonymizer::new(b"a key for tests"), "1/crm".into())
}

fn parts(store: &SimulatedStore) -> Parts {
    let origin = Origin { system: "1".into(), database: "crm".into() };
    let heads = store.chain_heads().unwrap();
    let memory = store.view().get(CHAIN_MEMORY).unwrap();
    Parts {
        engine: engine(),
        chain: Chain::resume(&heads, memory.as_deref()).unwrap(),
        origin,
        identity: Identity { system: "1".into(), timeline: 1 },
        monitor: Arc::new(Monitor::new(&policies(), Arc::new(ManualClock::at(crm::START)))),
        slot_budget: u64::MAX,
    }
}

/// Time is virtual: it passes when there is nothing else to do.
fn runtime() -> tokio::runtime::Runtime {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_time().start_paused(true).build().unwrap()
}

/// One life of the daemon: ends by a fault, by a kill, or when everything has drained.
async fn live(world: &Arc<World>) {
    let inner = world.disk.lock().unwrap().after_crash();
    let store = SimulatedStore { world: Arc::clone(world), inner };
    let parts = parts(&store);
    let source = SimulatedSource::connect(world);
    let mut pipeline = Pipeline::resume(parts, source, store).unwrap();
    let publisher = SimulatedPublisher { world: Arc::clone(world) };
    let drained = async {
        while !world.drained() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let running = pipeline.run(publisher, drained);
    if world.fails(50) {
        let kill = Duration::from_millis(world.roll(3_000));
        let _killed = tokio::time::timeout(kill, running).await;
    } else {
        let _fault = running.await;
    }
}

/// Runs the daemon until everything is delivered and acknowledged, however often it dies.
fn simulate(seed: u64, faults: u64) -> Vec<CloudEvent> {
    runtime().block_on(async {
        let world = World::new(crm::life(seed, 25), seed ^ 0xFA11, faults);
        let mut lives = 0;
        while !world.drained() {
            lives += 1;
            assert!(lives <= 2 * faults + 2, "no progress though the faults have stopped");
            let patience = Duration::from_secs(24 * 3600);
            tokio::time::timeout(patience, live(&world)).await.expect("it hangs");
        }
        let broker = world.broker.lock().unwrap();
        broker.clone()
    })
}

/// Ids of all but the checkpoints: where these fall depends on how the stream is cut into batches.
fn ids(events: Vec<&CloudEvent>) -> Vec<String> {
    let decided = events.into_iter().filter(|event| event.topic != Topic::Evidence);
    decided.map(|event| event.id.clone()).collect()
}

fn faults_change_nothing(seed: u64) {
    let undisturbed = simulate(seed, 0);
    let disturbed = simulate(seed, 12);
    let mut seen = BTreeSet::new();
    let first: Vec<&CloudEvent> =
        disturbed.iter().filter(|event| seen.insert(event.id.as_str())).collect();
    assert_eq!(ids(first), ids(undisturbed.iter().collect()), "seed {seed}: ids and order");
    assert!(chain::verify(&disturbed).is_ok(), "seed {seed}: the chain holds across crashes");
}

#[test]
fn crashes_lost_replies_and_stalls_change_nothing() {
    for seed in 0..40 {
        faults_change_nothing(seed);
    }
}

/// Says everything at once, and nothing ever after.
struct OneBatch(Option<Batch>);

impl Source for OneBatch {
    async fn next(&mut self) -> Result<Batch, Fault> {
        match self.0.take() {
            Some(batch) => Ok(batch),
            None => std::future::pending().await,
        }
    }

    fn acknowledge(&self, _: Lsn) {}

    fn alarmed(&self, _: u32, _: Lsn) {}

    fn retained_bytes(&self) -> u64 {
        0
    }
}

#[test]
fn what_falls_due_after_a_large_copy_waits_for_no_further_event() {
    let people = 2 * DUE_PER_EVENT.1 as u64 + 1;
    let mut log = crm::Log::default();
    log.begin_as(TransactionKind::InitialCopy);
    (1..=people).for_each(|person| log.insert(&crm::contacts(), crm::contact_row(person, 0)));
    log.commit();
    log.pass(Duration::from_secs(48 * 3600));
    log.idle();
    let world = World::new(Vec::new(), 1, 0);
    let store = SimulatedStore { world: Arc::clone(&world), inner: MemoryStore::default() };
    let source = OneBatch(Some(Batch { events: log.events }));
    let mut pipeline = Pipeline::resume(parts(&store), source, store).unwrap();
    let publisher = SimulatedPublisher { world: Arc::clone(&world) };
    runtime().block_on(async {
        let stop = tokio::time::sleep(Duration::from_secs(1));
        pipeline.run(publisher, stop).await.unwrap();
    });
    let disk = world.disk.lock().unwrap();
    assert_eq!(Engine::pending(disk.view()).unwrap().1, 0);
}

#[test]
fn one_seed() {
    faults_change_nothing(3);
}
