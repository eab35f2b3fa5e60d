//! `lawtail run` as a child process, with a folder of its own for settings, policies and state.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};

use lawtail::engine::pseudonym::Pseudonymizer;
use lawtail::model::TableName;
use lawtail::policy::embedded;
use lawtail::shell::store::{FjallStore, StoreSettings};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::Crm;
use super::patience::until;
use super::published::Published;

/// The pseudonym key of every test.
const KEY: &[u8; 32] = b"thirty-two bytes only for tests.";

/// What is in force: findings come soon, and a few deletions are many.
const POLICY: &str = "\
pack: demo
register: demo
profile: strict
grace: 1s
detection:
  mass_deletion: {subjects: 20, share_per_mille: 0, window: 1m}
";

/// A folder with everything that `lawtail run` needs.
pub struct Home {
    folder: TempDir,
    sections: BTreeMap<&'static str, String>,
    runs: Cell<u32>,
}

impl Home {
    /// Settings to follow a CRM, with the event file as the only receiver.
    pub fn following(crm: &Crm) -> Home {
        let home = Home {
            folder: tempfile::tempdir().unwrap(),
            sections: BTreeMap::new(),
            runs: Cell::new(0),
        };
        let mut policies = embedded::demo();
        policies.insert("policy.yaml".into(), POLICY.into());
        for (path, text) in policies {
            home.write(&format!("policies/{path}"), text);
        }
        home.write("pseudonym.key", KEY);
        let name = crm.name;
        let database = format!("{{url: '{}', slot: {name}, publication: {name}}}", crm.url());
        home.with("database", &database)
            .with("policies", "{folder: policies}")
            .with("store", "{folder: store}")
            .with("pseudonym_key", "{file: pseudonym.key}")
            .with("publish", "{file: {path: events.jsonl}}")
            .with("http", "{listen: '127.0.0.1:0'}")
            .with("log", "{format: json, level: debug}")
    }

    /// The same with another section.
    pub fn with(mut self, section: &'static str, yaml: &str) -> Home {
        self.set(section, yaml);
        self
    }

    /// Replaces a section from the next start on.
    pub fn set(&mut self, section: &'static str, yaml: &str) {
        self.sections.insert(section, yaml.to_owned());
    }

    /// A path within the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file into the folder, closed to others as that of a secret has to be.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// Starts `lawtail run` with the sections as they are now.
    pub fn start(&self) -> Lawtail {
        self.write_settings();
        self.start_as_written()
    }

    /// Runs `lawtail doctor` with the sections as they are now, and more arguments.
    pub fn doctor(&self, arguments: &[&str]) -> Output {
        self.write_settings();
        let mut command = Command::new(env!("CARGO_BIN_EXE_lawtail"));
        command.args(["doctor", "--config"]).arg(self.path("lawtail.yaml")).args(arguments);
        command.output().unwrap()
    }

    fn write_settings(&self) {
        let sections = self.sections.iter();
        let text: String = sections.map(|(name, yaml)| format!("{name}: {yaml}\n")).collect();
        self.write("lawtail.yaml", text);
    }

    /// The same with more environment variables.
    pub fn start_with(&self, environment: &[(&str, &OsStr)]) -> Lawtail {
        self.write_settings();
        self.launch(environment)
    }

    /// Starts `lawtail run` with the settings that a test has written itself.
    pub fn start_as_written(&self) -> Lawtail {
        self.launch(&[])
    }

    fn launch(&self, environment: &[(&str, &OsStr)]) -> Lawtail {
        let run = self.runs.get();
        self.runs.set(run + 1);
        let output = |name: &str| self.path(&format!("{name}.{run}"));
        let child = Command::new(program())
            .args(["run", "--config"])
            .arg(self.path("lawtail.yaml"))
            .env("RUST_BACKTRACE", "1")
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(File::create(output("stdout")).unwrap())
            .stderr(File::create(output("stderr")).unwrap())
            .spawn()
            .unwrap();
        Lawtail { child, stdout: output("stdout"), stderr: output("stderr") }
    }

    /// What has been published to the file.
    pub fn published(&self) -> Published {
        Published::in_file(&self.events())
    }

    /// Whether the file has a finding of this code about a contact. Cheap enough to be asked often.
    pub fn has_found(&self, code: &str, contact: u64) -> Option<()> {
        let text = fs::read_to_string(self.events()).unwrap_or_default();
        let (code, subject) = (format!("\"rule\":\"{code}\""), self.subject(contact));
        let wanted = |line: &str| line.contains(&subject) && line.contains(&code);
        text.lines().rev().any(wanted).then_some(())
    }

    /// The event file.
    pub fn events(&self) -> PathBuf {
        self.path("events.jsonl")
    }

    /// A Kafka as the only receiver, and not the event file.
    pub fn with_kafka(self, broker: &str) -> Home {
        self.with("publish", &format!("{{kafka: {{brokers: ['{broker}'], prefix: crm}}}}"))
    }

    /// The store, while no lawtail is using it.
    pub fn store(&self) -> FjallStore {
        let settings =
            StoreSettings { folder: self.path("store"), cache_bytes: 1 << 20, key: None };
        FjallStore::open(&settings).unwrap_or_else(|fault| panic!("{fault}"))
    }

    /// The reference by which events name a contact.
    pub fn subject(&self, contact: u64) -> String {
        subject_of(contact)
    }

    /// The fact that a contact has no recorded basis.
    pub fn without_basis(&self, contact: u64) -> (String, Option<String>) {
        ("LB-001".into(), Some(self.subject(contact)))
    }

    /// The fact that a contact was written to after opting out.
    pub fn after_opt_out(&self, contact: u64) -> (String, Option<String>) {
        ("CN-002".into(), Some(self.subject(contact)))
    }
}

/// The reference by which events name a contact: every test has the same key.
pub fn subject_of(contact: u64) -> String {
    let table = TableName::new("crm", "contacts");
    Pseudonymizer::new(KEY).subject(&table, contact.to_string().as_bytes()).to_string()
}

/// The program under test; another build of it where the environment names one.
pub fn program() -> PathBuf {
    let named = std::env::var_os("LAWTAIL_PROGRAM");
    named.map_or_else(|| env!("CARGO_BIN_EXE_lawtail").into(), PathBuf::from)
}

/// A running `lawtail run`; killed when dropped.
pub struct Lawtail {
    child: Child,
    stdout: PathBuf,
    stderr: PathBuf,
}

/// How it ended.
pub struct Ended {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

impl Lawtail {
    /// Process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Standard error so far.
    pub fn stderr(&self) -> String {
        text(&self.stderr)
    }

    /// The log lines so far, when the settings ask for JSON.
    pub fn log(&self) -> Vec<Value> {
        self.stderr().lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// The log lines with this message.
    pub fn said(&self, message: &str) -> Vec<Value> {
        self.log().into_iter().filter(|line| line["message"] == message).collect()
    }

    /// Asks until there is an answer, as long as it runs.
    pub async fn until<T>(
        &mut self,
        what: &str,
        mut ask: impl AsyncFnMut(&Lawtail) -> Option<T>,
    ) -> T {
        let what = format!("{what}, log in {}", self.stderr.display());
        until(&what, async || {
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none(), "lawtail ended ({ended:?}): {}", self.stderr());
            ask(self).await
        })
        .await
    }

    /// Waits until it has said something.
    pub async fn until_said(&mut self, message: &str) -> Value {
        let wanted = format!("\"{message}\"");
        self.until(&wanted, async |lawtail| lawtail.said(message).into_iter().next()).await
    }

    /// Waits until the initial copy is over and changes are followed.
    pub async fn until_streaming(&mut self) {
        self.until_said("streaming").await;
    }

    /// Waits until there is a finding of this code about a contact.
    pub async fn until_found(&mut self, home: &Home, code: &str, contact: u64) {
        let what = format!("{code} about contact {contact}");
        self.until(&what, async |_| home.has_found(code, contact)).await;
    }

    /// Waits until a metric without labels satisfies a condition.
    pub async fn until_metric(&mut self, name: &str, wanted: impl Fn(f64) -> bool) -> f64 {
        let ask =
            async |lawtail: &Lawtail| lawtail.metric(name).await.filter(|value| wanted(*value));
        self.until(name, ask).await
    }

    /// The value of a metric, by its name with its labels.
    pub async fn metric(&self, name: &str) -> Option<f64> {
        let (_, text) = self.get("/metrics").await?;
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line?.parse().ok()
    }

    /// Where metrics, health and incidents are served; `None` before they are.
    pub fn address(&self) -> Option<SocketAddr> {
        let serving = self.said("serving metrics and health");
        serving.first()?["address"].as_str()?.parse().ok()
    }

    /// Status and body of an answer; `None` while nothing is served.
    pub async fn get(&self, path: &str) -> Option<(u16, String)> {
        let mut stream = TcpStream::connect(self.address()?).await.ok()?;
        let request = format!("GET {path} HTTP/1.1\r\nHost: lawtail\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        let status = head.split_whitespace().nth(1)?.parse().ok()?;
        Some((status, body.to_owned()))
    }

    /// SIGKILL.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        let status = self.child.wait().unwrap();
        assert_eq!(status.signal(), Some(9), "it had ended before: {}", self.stderr());
    }

    /// SIGTERM, and its end.
    pub async fn terminate(self) -> Ended {
        self.tell_to_stop();
        self.ended().await
    }

    /// SIGTERM.
    pub fn tell_to_stop(&self) {
        self.signal("TERM");
    }

    /// Any signal, by its name.
    pub fn signal(&self, name: &str) {
        let told = Command::new("kill").args(["-s", name, &self.id().to_string()]).status();
        assert!(told.unwrap().success());
    }

    /// Whether it runs no longer.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Waits until it ends by itself.
    pub async fn ended(mut self) -> Ended {
        let status = until("lawtail's end", async || self.child.try_wait().unwrap()).await;
        Ended { status, stdout: text(&self.stdout), stderr: text(&self.stderr) }
    }
}

impl Drop for Lawtail {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Ended {
    /// It stopped because it was told to, and says nothing bad.
    pub fn assert_clean(&self) {
        assert_eq!(self.status.code(), Some(0), "{}", self.stderr);
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
    }
}

impl Ended {
    /// The codes of the faults that it ended with, having checked that each is told in full and
    /// nothing else is: no panic, no secret, and exit code 1.
    pub fn faults(&self) -> Vec<&str> {
        let Ended { status, stdout, stderr } = self;
        assert_eq!((status.code(), stdout.as_str()), (Some(1), ""), "{stderr}");
        for forbidden in ["panicked", "backtrace", super::database::PASSWORD] {
            assert!(!stderr.contains(forbidden), "{stderr}");
        }
        // Before the settings are read they are plain text, then lines of the log as of any other.
        let told = |start: &str| {
            let after = |line: &&str| line.strip_prefix(start).is_some_and(|text| text.len() > 10);
            stderr.lines().filter(after).count()
        };
        let plain: Vec<&str> = stderr.lines().filter_map(code_of).collect();
        assert_eq!([told("  cause: "), told("  remedy: ")], [plain.len(); 2], "{stderr}");
        let logged = stderr.lines().filter_map(logged_code);
        plain.into_iter().chain(logged).collect()
    }
}

/// The code of a fault that ended the process, as one object; what else is logged names no cause and place.
fn logged_code(line: &str) -> Option<&str> {
    let fault: serde_json::Value = serde_json::from_str(line).ok()?;
    let text = |key: &str| fault[key].as_str();
    let is_last = text("level") == Some("ERROR") && text("place").is_some();
    if !is_last {
        return None;
    }
    let told = |key: &str| text(key).is_some_and(|text| text.len() > 3);
    assert!(told("message") && told("cause") && told("remedy"), "{line}");
    let (_, rest) = line.split_once("\"code\":\"")?;
    rest.split('"').next()
}

/// The code with which a line begins.
fn code_of(line: &str) -> Option<&str> {
    let code = line.split(' ').next()?;
    code.parse::<lawtail::model::Code>().is_ok().then_some(code)
}

fn text(path: &Path) -> String {
    String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned()
}
