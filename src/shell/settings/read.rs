//! Each section of `lawtail.yaml`, from its node.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretSlice, SecretString};

use super::{
    Database, Evidence, Http, Kafka, Log, LogFormat, PSEUDONYM_KEY_BYTES, PolicyFolder, Publish,
    Settings, Store, Surroundings,
};
use crate::model::limits::{COPY_CONNECTIONS, TOKEN_LENGTH};
use crate::model::{Fault, Place};
use crate::policy::document::node::{Node, Value};
use crate::policy::document::reader::{Fields, Reader, optional};
use crate::shell::http::api::Token;
use crate::shell::source::postgres::{
    Account, BreakerMode, CircuitBreaker, CopySettings, FailoverSlot,
};

const SECTIONS: [&str; 11] = [
    "database",
    "copy",
    "policies",
    "store",
    "pseudonym_key",
    "publish",
    "evidence",
    "http",
    "slot_budget",
    "circuit_breaker",
    "log",
];

/// Cached blocks unless the settings say otherwise.
const CACHE_BYTES: u64 = 20 << 20;

/// Write-ahead log that may be held back unless the settings say otherwise.
const SLOT_BUDGET: u64 = 10 << 30;

/// The least of an event file that is rotated.
const LEAST_ROTATED: u64 = 1 << 20;

/// Partitions of a new topic unless the settings say otherwise. With one, a topic's order is that
/// of its hash chain.
const PARTITIONS: u16 = 1;

/// What paths and secrets are read against.
pub struct Form<'a> {
    /// Relative paths start here.
    pub folder: &'a Path,
    /// Environment and disk.
    pub surroundings: &'a Surroundings<'a>,
    /// Secrets in files that others may read, so far.
    pub open: RefCell<Vec<Fault>>,
}

impl Form<'_> {
    /// The whole document.
    pub fn settings(&self, reader: &mut Reader, root: &Node) -> Option<Settings> {
        let fields = reader.fields(root, &SECTIONS)?;
        let database = section(reader, &fields, "database", |r, n| self.database(r, n));
        let policies = section(reader, &fields, "policies", |r, n| self.policies(r, n));
        let copy = read_copy(reader, fields.optional("copy"));
        let store = section(reader, &fields, "store", |r, n| self.store(r, n));
        let key = section(reader, &fields, "pseudonym_key", |r, n| self.pseudonym_key(r, n));
        let publish = section(reader, &fields, "publish", |r, n| self.publish(r, n));
        let evidence = self.evidence(reader, fields.optional("evidence"));
        let http = self.http(reader, fields.optional("http"));
        let slot_budget =
            fields.optional("slot_budget").map_or(Some(SLOT_BUDGET), |node| reader.size(node));
        let circuit_breaker = read_breaker(reader, fields.optional("circuit_breaker"));
        let log = read_log(reader, fields.optional("log"));
        Some(Settings {
            database: database?,
            policies: policies?,
            copy: copy?,
            store: store?,
            pseudonym_key: key?,
            publish: publish?,
            evidence: evidence?,
            http: http?,
            slot_budget: slot_budget?,
            circuit_breaker: circuit_breaker?,
            log: log?,
            // Known once everything has been read.
            open_secrets: Vec::new(),
        })
    }

    fn database(&self, reader: &mut Reader, node: &Node) -> Option<Database> {
        let keys = [
            "url",
            "url_file",
            "password",
            "password_file",
            "slot",
            "publication",
            "failover_slot",
        ];
        let fields = reader.fields(node, &keys)?;
        let url = self.secret(reader, &fields, "url");
        if let Some(None) = url {
            let help = "add `url: postgresql://user@host/database`, or `url_file:`";
            reader.fault(fields.place(), "`url` is missing", help);
        }
        let password = self.secret(reader, &fields, "password");
        let slot = identifier(reader, &fields, "slot");
        let publication = identifier(reader, &fields, "publication");
        let failover = read_failover(reader, fields.optional("failover_slot"));
        Some(Database {
            url: url??,
            password: password?,
            slot: slot?,
            publication: publication?,
            failover_slot: failover?,
        })
    }

    fn policies(&self, reader: &mut Reader, node: &Node) -> Option<PolicyFolder> {
        let fields = reader.fields(node, &["folder", "reload_on_change"])?;
        let folder = fields.required("folder", reader).and_then(|node| self.path(reader, node));
        let on_change =
            fields.optional("reload_on_change").map_or(Some(false), |node| reader.flag(node));
        Some(PolicyFolder { folder: folder?, reload_on_change: on_change? })
    }

    fn store(&self, reader: &mut Reader, node: &Node) -> Option<Store> {
        let fields = reader.fields(node, &["folder", "cache", "encryption_key"])?;
        let folder = fields.required("folder", reader).and_then(|node| self.path(reader, node));
        let cache = fields.optional("cache").map_or(Some(CACHE_BYTES), |node| reader.size(node));
        let key = optional(&fields, "encryption_key", |node| self.path(reader, node));
        Some(Store { folder: folder?, cache_bytes: cache?, encryption_key: key? })
    }

    fn pseudonym_key(&self, reader: &mut Reader, node: &Node) -> Option<SecretSlice<u8>> {
        let fields = reader.fields(node, &["file"])?;
        let node = fields.required("file", reader)?;
        let key = self.secret_file(reader, node)?;
        if key.expose_secret().len() < PSEUDONYM_KEY_BYTES {
            let cause = format!("the key is shorter than {PSEUDONYM_KEY_BYTES} bytes");
            let help = "make one with `(umask 077; openssl rand -out FILE 32)`";
            reader.fault(&node.place, cause, help);
            return None;
        }
        Some(key)
    }

    fn publish(&self, reader: &mut Reader, node: &Node) -> Option<Publish> {
        let fields = reader.fields(node, &["file", "kafka", "webhook"])?;
        let (file, kafka) = (fields.optional("file"), fields.optional("kafka"));
        if file.is_none() && kafka.is_none() {
            let help = "add `file: {path: …}`, `kafka: {brokers: […]}`, or both";
            reader.fault(fields.place(), "nothing says where events go", help);
        }
        let file = file.map_or(Some(None), |node| self.event_file(reader, node).map(Some));
        let kafka = kafka.map_or(Some(None), |node| self.kafka(reader, node).map(Some));
        let webhook = optional(&fields, "webhook", |node| self.webhook(reader, node));
        let (file, rotate) = file?.unzip();
        Some(Publish { file, rotate: rotate.flatten(), kafka: kafka?, webhook: webhook? })
    }

    /// Where it lies, and from how many bytes on another is begun.
    fn event_file(&self, reader: &mut Reader, node: &Node) -> Option<(PathBuf, Option<u64>)> {
        let fields = reader.fields(node, &["path", "rotate"])?;
        let path = fields.required("path", reader).and_then(|node| self.path(reader, node));
        let rotate = optional(&fields, "rotate", |node| {
            let bytes = reader.size(node)?;
            if bytes < LEAST_ROTATED {
                let help = "name at least 1MiB, or leave `rotate` out";
                reader.fault(&node.place, "so small a file would hold hardly any event", help);
                return None;
            }
            Some(bytes)
        });
        Some((path?, rotate?))
    }

    fn evidence(&self, reader: &mut Reader, node: Option<&Node>) -> Option<Evidence> {
        let Some(node) = node else { return Some(Evidence::default()) };
        let fields = reader.fields(node, &["signing_key", "retiring_key"])?;
        let signing_key = optional(&fields, "signing_key", |node| self.path(reader, node));
        let retiring_key = optional(&fields, "retiring_key", |node| self.path(reader, node));
        let (signing_key, retiring_key) = (signing_key?, retiring_key?);
        if signing_key.is_none() && retiring_key.is_some() {
            let help = "add `signing_key:`, the key that takes over";
            reader.fault(fields.place(), "a retiring key without one that takes over", help);
            return None;
        }
        Some(Evidence { signing_key, retiring_key })
    }

    fn kafka(&self, reader: &mut Reader, node: &Node) -> Option<Kafka> {
        let keys = ["brokers", "prefix", "partitions", "replication", "exactly_once", "properties"];
        let fields = reader.fields(node, &keys)?;
        let brokers = fields.required("brokers", reader).and_then(|n| reader.some(n, Reader::text));
        let prefix =
            fields.optional("prefix").map_or(Some("lawtail".to_owned()), |n| reader.text(n));
        let partitions =
            fields.optional("partitions").map_or(Some(PARTITIONS), |n| positive(reader, n));
        let replication = optional(&fields, "replication", |node| positive(reader, node));
        let exactly_once =
            fields.optional("exactly_once").map_or(Some(true), |node| reader.flag(node));
        let properties = fields
            .optional("properties")
            .map_or(Some(BTreeMap::new()), |node| self.properties(reader, node));
        Some(Kafka {
            brokers: brokers?,
            prefix: prefix?,
            partitions: partitions?,
            replication: replication?,
            exactly_once: exactly_once?,
            properties: properties?,
        })
    }

    /// Properties of librdkafka; `sasl.password_file` reads `sasl.password` from a file.
    fn properties(
        &self,
        reader: &mut Reader,
        node: &Node,
    ) -> Option<BTreeMap<String, SecretString>> {
        let mut properties = BTreeMap::new();
        let mut complete = true;
        for (key, node) in reader.entries(node)? {
            let (name, value) = match key.name.strip_suffix("_file") {
                Some(name) => (name, self.secret_text(reader, node)),
                None => (key.name.as_str(), property(reader, node).map(SecretString::from)),
            };
            // librdkafka opens these itself, relative to where lawtail runs.
            if let (Some(file), true) = (&value, KEY_FILES.contains(&name)) {
                let path = Path::new(file.expose_secret());
                complete &= self.read_secret(reader, node, path).is_some();
            }
            match value {
                Some(value) => drop(properties.insert(name.to_owned(), value)),
                None => complete = false,
            }
        }
        complete.then_some(properties)
    }

    /// A secret that stands here, or in the file that `<key>_file` names; `Some(None)` is neither.
    pub(super) fn secret(
        &self,
        reader: &mut Reader,
        fields: &Fields<'_>,
        key: &str,
    ) -> Option<Option<SecretString>> {
        match (fields.optional(key), fields.optional(&format!("{key}_file"))) {
            (None, None) => Some(None),
            (Some(node), None) => reader.text(node).map(|text| Some(SecretString::from(text))),
            (None, Some(node)) => self.secret_text(reader, node).map(Some),
            (Some(_), Some(node)) => {
                let cause = format!("`{key}` and `{key}_file` are both given");
                reader.fault(&node.place, cause, "remove one of the two");
                None
            }
        }
    }

    /// The text of a secret's file, without the line break at its end.
    pub(super) fn secret_text(&self, reader: &mut Reader, node: &Node) -> Option<SecretString> {
        let content = self.secret_file(reader, node)?;
        let text = std::str::from_utf8(content.expose_secret()).ok();
        if text.is_none() {
            reader.fault(&node.place, "the file is not UTF-8 text", "write the secret as text");
        }
        Some(SecretString::from(text?.trim_end_matches(['\r', '\n']).to_owned()))
    }

    fn secret_file(&self, reader: &mut Reader, node: &Node) -> Option<SecretSlice<u8>> {
        let path = self.path(reader, node)?;
        self.read_secret(reader, node, &path)
    }

    fn read_secret(
        &self,
        reader: &mut Reader,
        node: &Node,
        path: &Path,
    ) -> Option<SecretSlice<u8>> {
        let read = (self.surroundings.secret)(path);
        let secret = read.map_err(|fault| reader.report(fault.at(node.place.clone()))).ok()?;
        let open = secret.open.map(|fault| fault.at(node.place.clone()));
        self.open.borrow_mut().extend(open);
        Some(secret.content)
    }

    fn http(&self, reader: &mut Reader, node: Option<&Node>) -> Option<Http> {
        let Some(node) = node else {
            return Some(Http { listen: read_listen(reader, None)?, tokens: Vec::new() });
        };
        let fields = reader.fields(node, &["listen", "tokens"])?;
        let listen = read_listen(reader, fields.optional("listen"));
        let tokens = match fields.optional("tokens") {
            None => Some(Vec::new()),
            Some(node) => reader.some(node, |reader, node| self.token(reader, node)),
        };
        Some(Http { listen: listen?, tokens: tokens? })
    }

    /// A role and its token.
    fn token(&self, reader: &mut Reader, node: &Node) -> Option<Token> {
        let fields = reader.fields(node, &["name", "token", "token_file"])?;
        let name = fields.required("name", reader).and_then(|node| reader.text(node));
        let secret = self.secret(reader, &fields, "token")?;
        let Some(secret) = secret else {
            let help = "add `token_file:` with the path of a file that holds it";
            reader.fault(fields.place(), "`token` is missing", help);
            return None;
        };
        if secret.expose_secret().len() < TOKEN_LENGTH {
            let cause = format!("the token is shorter than {TOKEN_LENGTH} characters");
            reader.fault(fields.place(), cause, "make one with `openssl rand -hex 32`");
            return None;
        }
        Some(Token { name: name?.to_owned(), secret })
    }

    pub(super) fn path(&self, reader: &mut Reader, node: &Node) -> Option<PathBuf> {
        reader.text(node).map(|text| self.folder.join(text))
    }
}

/// Properties of librdkafka that name the file of a private key.
const KEY_FILES: [&str; 2] = ["ssl.key.location", "ssl.keystore.location"];

/// The value of a property as librdkafka expects it.
fn property(reader: &mut Reader, node: &Node) -> Option<String> {
    match node.value {
        Value::Bool(value, _) => Some(value.to_string()),
        _ => reader.text(node),
    }
}

fn section<T>(
    reader: &mut Reader,
    fields: &Fields<'_>,
    key: &str,
    read: impl FnOnce(&mut Reader, &Node) -> Option<T>,
) -> Option<T> {
    let node = fields.required(key, reader)?;
    read(reader, node)
}

/// The name of a slot or publication, `lawtail` unless given. PostgreSQL allows slot names of
/// lower-case letters, digits and underscores, up to 63 bytes; we hold publications to the same,
/// so that no name needs quoting.
fn identifier(reader: &mut Reader, fields: &Fields<'_>, key: &str) -> Option<String> {
    let Some(node) = fields.optional(key) else { return Some("lawtail".to_owned()) };
    let name = reader.text(node)?;
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if name.len() > 63 || !name.bytes().all(plain) {
        let help = "use up to 63 lower-case letters, digits and underscores";
        reader.fault(&node.place, "this is not a plain name", help);
        return None;
    }
    Some(name)
}

/// `true` and `false` are YAML's own, `auto` is a word.
fn read_failover(reader: &mut Reader, node: Option<&Node>) -> Option<FailoverSlot> {
    match node.map(|node| (node, &node.value)) {
        None => Some(FailoverSlot::Auto),
        Some((_, Value::Bool(true, _))) => Some(FailoverSlot::Yes),
        Some((_, Value::Bool(false, _))) => Some(FailoverSlot::No),
        Some((node, _)) => {
            reader.one_of(node, "choice; `true`, `false`", &[("auto", FailoverSlot::Auto)])
        }
    }
}

fn positive(reader: &mut Reader, node: &Node) -> Option<u16> {
    let number = reader.number(node)?;
    let fitting = u16::try_from(number).ok().filter(|number| *number > 0);
    if fitting.is_none() {
        let place: &Place = &node.place;
        reader.fault(place, format!("{number} is out of range"), "write a number from 1 to 65535");
    }
    fitting
}

fn read_copy(reader: &mut Reader, node: Option<&Node>) -> Option<CopySettings> {
    let unset = CopySettings::default();
    let Some(node) = node else { return Some(unset) };
    let fields = reader.fields(node, &["connections", "rate_limit"])?;
    let connections = fields
        .optional("connections")
        .map_or(Some(unset.connections), |node| connections(reader, node));
    let rate_limit = optional(&fields, "rate_limit", |node| reader.size(node));
    Some(CopySettings { connections: connections?, rate_limit: rate_limit?, ..unset })
}

fn connections(reader: &mut Reader, node: &Node) -> Option<u16> {
    let number = reader.number(node)?;
    let (_, most) = COPY_CONNECTIONS;
    let fitting = u16::try_from(number).ok().filter(|number| (1..=most).contains(number));
    if fitting.is_none() {
        let help = format!("write a number from 1 to {most}");
        reader.fault(&node.place, format!("{number} is out of range"), help);
    }
    fitting
}

fn read_listen(reader: &mut Reader, node: Option<&Node>) -> Option<SocketAddr> {
    const LISTEN: SocketAddr =
        SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 9464);
    let Some(node) = node else { return Some(LISTEN) };
    let address = reader.text(node)?.parse().ok();
    if address.is_none() {
        let help = "write an IP address and a port, as in 127.0.0.1:9464 or [::]:9464";
        reader.fault(&node.place, "this is not an address to listen on", help);
    }
    address
}

fn read_breaker(reader: &mut Reader, node: Option<&Node>) -> Option<CircuitBreaker> {
    let modes =
        [("off", BreakerMode::Off), ("dry_run", BreakerMode::DryRun), ("on", BreakerMode::On)];
    // To YAML, off and on are booleans.
    let read_mode = |reader: &mut Reader, node: &Node| match node.value {
        Value::Bool(true, _) => Some(BreakerMode::On),
        Value::Bool(false, _) => Some(BreakerMode::Off),
        _ => reader.one_of(node, "mode", &modes),
    };
    let Some(node) = node else { return Some(CircuitBreaker::default()) };
    let fields = reader.fields(node, &["mode", "allow"])?;
    let mode =
        fields.optional("mode").map_or(Some(BreakerMode::Off), |node| read_mode(reader, node));
    let allow =
        fields.optional("allow").map_or(Some(Vec::new()), |node| reader.some(node, read_account));
    Some(CircuitBreaker { mode: mode?, allow: allow? })
}

/// Whoever is named by nothing would be everybody.
fn read_account(reader: &mut Reader, node: &Node) -> Option<Account> {
    let fields = reader.fields(node, &["user", "application"])?;
    let user = optional(&fields, "user", |node| reader.text(node))?;
    let application = optional(&fields, "application", |node| reader.text(node))?;
    if user.is_none() && application.is_none() {
        reader.fault(&node.place, "this names nobody", "give `user:`, `application:`, or both");
        return None;
    }
    Some(Account { user, application })
}

fn read_log(reader: &mut Reader, node: Option<&Node>) -> Option<Log> {
    use tracing::Level;
    let formats = [("text", LogFormat::Text), ("json", LogFormat::Json)];
    let levels = [
        ("error", Level::ERROR),
        ("warn", Level::WARN),
        ("info", Level::INFO),
        ("debug", Level::DEBUG),
        ("trace", Level::TRACE),
    ];
    let unset = Log { format: LogFormat::Text, level: Level::INFO };
    let Some(node) = node else { return Some(unset) };
    let fields = reader.fields(node, &["format", "level"])?;
    let format = fields
        .optional("format")
        .map_or(Some(unset.format), |node| reader.one_of(node, "log format", &formats));
    let level = fields
        .optional("level")
        .map_or(Some(unset.level), |node| reader.one_of(node, "log level", &levels));
    Some(Log { format: format?, level: level? })
}
