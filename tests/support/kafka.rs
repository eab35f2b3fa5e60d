//! A real Apache Kafka for tests: one JVM, broker and controller in one (KRaft), on loopback.

use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
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

impl Broker {
    /// Formats a new folder and starts a broker on free ports.
    pub fn start() -> Broker {
        let folder = tempfile::tempdir().unwrap();
        let (port, controller) = (free_port(), free_port());
        fs::write(folder.path().join("server.properties"), properties(&folder, port, controller))
            .unwrap();
        let formatted = java("kafka.tools.StorageTool", 64)
            .args(["format", "--ignore-formatted", "--cluster-id", "bGF3dGFpbC10ZXN0cy0wMQ"])
            .arg("--config")
            .arg(folder.path().join("server.properties"))
            .output()
            .expect("java starts");
        let told = String::from_utf8_lossy(&formatted.stderr).into_owned();
        assert!(formatted.status.success(), "kafka's storage cannot be formatted: {told}");
        let mut broker = Broker { folder, port, process: None };
        broker.restart();
        broker
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
        let deadline = Instant::now() + PATIENCE;
        while !self.answers() {
            let ended = self.process.as_mut().and_then(|process| process.try_wait().unwrap());
            assert!(ended.is_none(), "kafka ended while starting: {}", self.log());
            assert!(Instant::now() < deadline, "kafka does not start: {}", self.log());
        }
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
fn free_port() -> u16 {
    static TAKEN: AtomicU16 = AtomicU16::new(0);
    let first = 10_000 + (std::process::id() % 1_000) as u16 * 20;
    let port = || first + TAKEN.fetch_add(1, Ordering::Relaxed) % 2_000;
    let is_free = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    std::iter::repeat_with(port).take(2_000).find(is_free).expect("a port is free")
}

fn properties(folder: &TempDir, port: u16, controller: u16) -> String {
    let data = folder.path().join("data");
    format!(
        "process.roles=broker,controller\n\
         node.id=1\n\
         controller.quorum.voters=1@127.0.0.1:{controller}\n\
         listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}\n\
         advertised.listeners=PLAINTEXT://127.0.0.1:{port}\n\
         controller.listener.names=CONTROLLER\n\
         log.dirs={}\n\
         num.network.threads=1\n\
         num.io.threads=2\n\
         auto.create.topics.enable=false\n\
         offsets.topic.num.partitions=1\n\
         offsets.topic.replication.factor=1\n\
         transaction.state.log.num.partitions=1\n\
         transaction.state.log.replication.factor=1\n\
         transaction.state.log.min.isr=1\n\
         group.initial.rebalance.delay.ms=0\n",
        data.display()
    )
}
