//! A real Apache Kafka for tests: one JVM, broker and controller in one (KRaft), on loopback.

use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use rdkafka::config::ClientConfig;
use rdkafka::producer::{BaseProducer, Producer};
use tempfile::TempDir;

/// The version that `tests/kafka/fetch.sh` brings.
const VERSION: &str = "4.1.0";

/// How long a broker may take to start on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// A broker of its own folder and ports. Killed when dropped.
pub struct Broker {
    folder: TempDir,
    port: u16,
    process: Option<Child>,
}

/// What a broker has beside what every one has.
#[derive(Default)]
pub struct Setup {
    /// Further listeners by their protocol, `SASL_SSL` or `SSL`, and their ports.
    pub listeners: Vec<(&'static str, u16)>,
    /// Further lines of server.properties.
    pub properties: String,
    /// Users made when the storage is formatted, as `--add-scram` takes them.
    pub users: Vec<String>,
    /// Where its data lies instead of its own folder.
    pub data: Option<PathBuf>,
    /// Its place in a cluster: its number from 1, and the controllers' ports, its own among them.
    pub node: Option<(usize, Vec<u16>)>,
}

impl Broker {
    /// Formats a new folder and starts a broker on free ports.
    pub fn start() -> Broker {
        Broker::with(&Setup::default())
    }

    /// The same with more.
    pub fn with(setup: &Setup) -> Broker {
        let mut broker = Broker::formatted(setup);
        broker.restart();
        broker
    }

    /// So many in one cluster, all of which keep everything.
    #[allow(dead_code, reason = "not every test binary has a cluster")]
    pub fn cluster(size: usize) -> Vec<Broker> {
        let controllers: Vec<u16> = (0..size).map(|_| free_port()).collect();
        let node = |number| Setup { node: Some((number, controllers.clone())), ..Setup::default() };
        let mut brokers: Vec<Broker> =
            (1..=size).map(|number| Broker::formatted(&node(number))).collect();
        brokers.iter_mut().for_each(Broker::spawn);
        brokers.iter_mut().for_each(Broker::wait);
        brokers
    }

    fn formatted(setup: &Setup) -> Broker {
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let alone = (1, vec![free_port()]);
        let node = setup.node.as_ref().unwrap_or(&alone);
        let written = properties(folder.path(), port, node, setup);
        fs::write(folder.path().join("server.properties"), written).unwrap();
        let users = setup.users.iter().flat_map(|user| ["--add-scram", user]);
        let formatted = java("kafka.tools.StorageTool", 64)
            .args(["format", "--ignore-formatted", "--cluster-id", "bGF3dGFpbC10ZXN0cy0wMQ"])
            .arg("--config")
            .arg(folder.path().join("server.properties"))
            .args(users)
            .output()
            .expect("java starts");
        let told = String::from_utf8_lossy(&formatted.stderr).into_owned();
        assert!(formatted.status.success(), "kafka's storage cannot be formatted: {told}");
        Broker { folder, port, process: None }
    }

    /// The broker that the tests of one process share; it goes with the last test that uses it.
    pub fn shared() -> Arc<Broker> {
        static SHARED: Mutex<Weak<Broker>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let broker = Arc::new(Broker::start());
            *shared = Arc::downgrade(&broker);
            broker
        })
    }

    /// `host:port` for clients.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Starts it again in the same folder on the same ports, and waits until it answers.
    pub fn restart(&mut self) {
        self.spawn();
        self.wait();
    }

    fn spawn(&mut self) {
        assert!(self.process.is_none(), "the broker is running");
        let log = File::create(self.folder.path().join("log")).unwrap();
        let process = java("kafka.Kafka", 256)
            .arg(self.folder.path().join("server.properties"))
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .expect("java starts");
        self.process = Some(process);
    }

    fn wait(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        while !self.answers() {
            let ended = self.process.as_mut().and_then(|process| process.try_wait().unwrap());
            assert!(ended.is_none(), "kafka ended while starting: {}", self.log());
            assert!(Instant::now() < deadline, "kafka does not start: {}", self.log());
        }
    }

    /// Sets a line of server.properties, for the next start.
    #[allow(dead_code, reason = "not every test binary changes its broker")]
    pub fn set(&self, key: &str, value: &str) {
        let path = self.folder.path().join("server.properties");
        let text = fs::read_to_string(&path).unwrap();
        let kept = text.lines().filter(|line| !line.starts_with(&format!("{key}=")));
        let lines: Vec<String> =
            kept.map(str::to_owned).chain([format!("{key}={value}")]).collect();
        fs::write(&path, lines.join("\n") + "\n").unwrap();
    }

    /// A signal by its name, such as STOP.
    #[allow(dead_code, reason = "not every test binary signals its broker")]
    pub fn signal(&self, name: &str) {
        let process = self.process.as_ref().expect("the broker is running");
        let told = Command::new("kill").args(["-s", name, &process.id().to_string()]).status();
        assert!(told.unwrap().success());
    }

    /// SIGTERM, and waits for its end.
    #[allow(dead_code, reason = "not every test binary stops its broker")]
    pub fn stop(&mut self) {
        let mut process = self.process.take().expect("the broker is running");
        let told = Command::new("kill").arg(process.id().to_string()).status().unwrap();
        assert!(told.success());
        process.wait().unwrap();
    }

    /// SIGKILL.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    fn answers(&self) -> bool {
        let client: BaseProducer = ClientConfig::new()
            .set("bootstrap.servers", self.address())
            .set("log_level", "0")
            .create()
            .unwrap();
        let metadata = client.client().fetch_metadata(None, Duration::from_secs(2));
        metadata.is_ok_and(|metadata| !metadata.brokers().is_empty())
    }

    fn log(&self) -> String {
        let text = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(30)..].join("\n")
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

fn jars() -> PathBuf {
    let cache = std::env::var_os("LAWTAIL_TEST_CACHE").map(PathBuf::from).unwrap_or_else(|| {
        let home = std::env::var_os("HOME").expect("HOME is set");
        PathBuf::from(home).join(".cache/lawtail-tests")
    });
    let folder = cache.join(format!("kafka-{VERSION}"));
    assert!(
        folder.join("complete").exists(),
        "Kafka is not in {}: run tests/run.sh, or tests/kafka/fetch.sh alone",
        folder.display()
    );
    folder
}

fn java(class: &str, heap_megabytes: u32) -> Command {
    let mut command = Command::new("java");
    command
        .arg(format!("-Xmx{heap_megabytes}m"))
        .args(["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"])
        .arg("-Dorg.slf4j.simpleLogger.defaultLogLevel=warn")
        .arg("-cp")
        .arg(jars().join("*"))
        .arg(class);
    command
}

/// A free port below those that the system gives to outgoing connections: while the broker is
/// down, a client that keeps trying to reach such a port would sooner or later occupy it.
pub fn free_port() -> u16 {
    static TAKEN: AtomicU16 = AtomicU16::new(0);
    let first = 10_000 + (std::process::id() % 1_000) as u16 * 20;
    let port = || first + TAKEN.fetch_add(1, Ordering::Relaxed) % 2_000;
    let is_free = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    std::iter::repeat_with(port).take(2_000).find(is_free).expect("a port is free")
}

fn properties(folder: &Path, port: u16, node: &(usize, Vec<u16>), setup: &Setup) -> String {
    let (number, controllers) = node;
    let (controller, size) = (controllers[number - 1], controllers.len());
    let voter = |(node, port): (usize, &u16)| format!("{node}@127.0.0.1:{port}");
    let voters: Vec<String> = (1..).zip(controllers).map(voter).collect();
    let (voters, most) = (voters.join(","), size / 2 + 1);
    let data = setup.data.clone().unwrap_or_else(|| folder.join("data"));
    let more = |(protocol, port): &(&str, u16)| format!(",{protocol}://127.0.0.1:{port}");
    let listeners: String = setup.listeners.iter().map(more).collect();
    let further = &setup.properties;
    format!(
        "process.roles=broker,controller\n\
         node.id={number}\n\
         controller.quorum.voters={voters}\n\
         default.replication.factor={size}\n\
         min.insync.replicas={most}\n\
         listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}{listeners}\n\
         advertised.listeners=PLAINTEXT://127.0.0.1:{port}{listeners}\n\
         listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,\
         SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL,SSL:SSL\n\
         controller.listener.names=CONTROLLER\n\
         log.dirs={}\n\
         num.network.threads=1\n\
         num.io.threads=2\n\
         auto.create.topics.enable=false\n\
         offsets.topic.num.partitions=1\n\
         offsets.topic.replication.factor={size}\n\
         transaction.state.log.num.partitions=1\n\
         transaction.state.log.replication.factor={size}\n\
         transaction.state.log.min.isr={most}\n\
         group.initial.rebalance.delay.ms=0\n\
         {further}",
        data.display()
    )
}
