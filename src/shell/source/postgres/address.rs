//! Where the database is and how to log in: one PostgreSQL URL or `key=value` string.
//!
//! `tokio_postgres::Config` reads both forms. It does not know `verify-ca`, `verify-full` and
//! `sslrootcert`, so those are taken out before. A setting that we would not honour is refused
//! rather than ignored.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio_postgres::config;

use crate::model::{Code, Fault};

/// How long a connection attempt may take unless the address says otherwise.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// What both of our connections ask for, so that the text of a value is the same in the initial
/// copy and in the stream, whatever the role's or the database's own settings are. Compiling our
/// questions to the catalogue (`jit`) would cost the server far more than answering them: it
/// overestimates how many types a table's columns are put together of.
const SESSION_OPTIONS: &str = "-c jit=off -c datestyle=ISO -c intervalstyle=postgres \
    -c extra_float_digits=3 -c timezone=UTC -c bytea_output=hex -c statement_timeout=0 \
    -c idle_in_transaction_session_timeout=0 -c tcp_keepalives_idle=30 \
    -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3";

/// First question to a silent other side, the next ones, and how many without an answer: a server
/// that has vanished is noticed within a minute, and so is a lawtail (`tcp_keepalives_idle` in
/// [`SESSION_OPTIONS`]), whose locks and snapshots end with it.
pub(super) const KEEPALIVE: (Duration, Duration, u32) =
    (Duration::from_secs(30), Duration::from_secs(10), 3);

/// The settings that an address may carry.
const KNOWN: [&str; 10] = [
    "user",
    "password",
    "dbname",
    "host",
    "hostaddr",
    "port",
    "options",
    "connect_timeout",
    "sslmode",
    "sslrootcert",
];

/// Where the server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// A name or address, reached over TCP; TLS is checked against it.
    Tcp(String),
    /// The folder of a Unix socket.
    Unix(PathBuf),
}

/// `sslmode`, with the meaning that libpq gives it (PostgreSQL manual, "SSL Support").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsMode {
    /// Never encrypted.
    Disable,
    /// Encrypted if the server can; not verified.
    Prefer,
    /// Encrypted; verified against `sslrootcert` only if that is given.
    Require,
    /// Encrypted, and the certificate comes from a trusted authority.
    VerifyCa,
    /// As `VerifyCa`, and the certificate names the host.
    VerifyFull,
}

/// Everything needed to connect. Shown without the password.
#[derive(Clone, Debug)]
pub struct Address {
    /// Where the server listens.
    pub host: Host,
    /// Where to connect instead of resolving the host's name.
    pub host_address: Option<IpAddr>,
    /// Port, also part of a Unix socket's name.
    pub port: u16,
    /// Role.
    pub user: String,
    /// Password, if the server asks for one.
    pub password: Option<SecretString>,
    /// Database.
    pub database: String,
    /// Whether and how the connection is protected.
    pub tls: TlsMode,
    /// Certificates of the authorities to trust, PEM; otherwise the system's.
    pub root_certificates: Option<PathBuf>,
    /// How long one attempt to connect may take.
    pub connect_timeout: Duration,
    /// Further `-c name=value` options for the server.
    options: String,
}

impl Address {
    /// Reads an address.
    ///
    /// Fails with `CFG-002`. The cause never quotes the text, because it may hold the password.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let is_url = text.starts_with("postgres://") || text.starts_with("postgresql://");
        let (rest, ours) = if is_url { split_url(text)? } else { split_pairs(text)? };
        let config: tokio_postgres::Config = rest
            .parse()
            .map_err(|_| wrong("it is neither a PostgreSQL URL nor a list of key=value"))?;
        let user = config.get_user().ok_or_else(|| wrong("it names no user"))?.to_owned();
        let password = match config.get_password().map(str::from_utf8) {
            None => None,
            Some(Ok(password)) => Some(SecretString::from(password)),
            Some(Err(_)) => return Err(wrong("the password is not UTF-8")),
        };
        Ok(Address {
            host: only_host(&config)?,
            host_address: config.get_hostaddrs().first().copied(),
            port: config.get_ports().first().copied().unwrap_or(5432),
            database: config.get_dbname().unwrap_or(&user).to_owned(),
            user,
            password,
            tls: ours.tls,
            root_certificates: ours.root_certificates,
            connect_timeout: config.get_connect_timeout().copied().unwrap_or(CONNECT_TIMEOUT),
            options: config.get_options().unwrap_or_default().to_owned(),
        })
    }

    /// Reads an address that somebody has typed: a password that it lacks is that of PGPASSWORD, as psql has
    /// it.
    pub fn typed(text: &str) -> Result<Self, Fault> {
        let address = Address::parse(text)?;
        let spare = std::env::var("PGPASSWORD").ok().filter(|_| address.password.is_none());
        Ok(match spare {
            Some(password) => address.with_password(SecretString::from(password)),
            None => address,
        })
    }

    /// Sets the password, for one that comes from a file of its own.
    pub fn with_password(mut self, password: SecretString) -> Self {
        self.password = Some(password);
        self
    }

    /// The `options` of the startup message.
    pub(super) fn session_options(&self) -> String {
        format!("{SESSION_OPTIONS} {}", self.options).trim_end().to_owned()
    }

    /// The same settings in the form of `tokio_postgres`.
    pub(super) fn config(&self, application_name: &str) -> tokio_postgres::Config {
        let mut config = tokio_postgres::Config::new();
        match &self.host {
            Host::Tcp(name) => config.host(name),
            Host::Unix(folder) => config.host_path(folder),
        };
        if let Some(address) = self.host_address {
            config.hostaddr(address);
        }
        if let Some(password) = &self.password {
            config.password(password.expose_secret());
        }
        config.ssl_mode(match (self.tls, &self.host) {
            (TlsMode::Disable, _) | (_, Host::Unix(_)) => config::SslMode::Disable,
            (TlsMode::Prefer, _) => config::SslMode::Prefer,
            _ => config::SslMode::Require,
        });
        config
            .port(self.port)
            .user(&self.user)
            .dbname(&self.database)
            // Waiting for a lock, the copy would hold back vacuum for as long.
            .options(format!("{} -c lock_timeout=30s", self.session_options()))
            .application_name(application_name)
            .connect_timeout(self.connect_timeout)
            .keepalives_idle(KEEPALIVE.0)
            .keepalives_interval(KEEPALIVE.1)
            .keepalives_retries(KEEPALIVE.2);
        config
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} as {} at ", self.database, self.user)?;
        match &self.host {
            Host::Tcp(name) => write!(f, "{name}:{}", self.port),
            Host::Unix(folder) => write!(f, "{}:{}", folder.display(), self.port),
        }
    }
}

/// The settings that `tokio_postgres` does not understand.
struct Ours {
    tls: TlsMode,
    root_certificates: Option<PathBuf>,
}

fn wrong(cause: &str) -> Fault {
    Fault::new(Code::CFG_002, format!("the address of the database: {cause}"))
        .help("write it like postgresql://lawtail@db.example.org:5432/crm?sslmode=verify-full")
}

fn only_host(config: &tokio_postgres::Config) -> Result<Host, Fault> {
    let several = config.get_hostaddrs().len() > 1 || config.get_ports().len() > 1;
    match config.get_hosts() {
        [host] if !several => Ok(match host {
            config::Host::Tcp(name) => Host::Tcp(name.clone()),
            config::Host::Unix(folder) => Host::Unix(folder.clone()),
        }),
        [] if config.get_hostaddrs().len() == 1 && !several => {
            Ok(Host::Tcp(config.get_hostaddrs()[0].to_string()))
        }
        [] => Err(wrong("it names no host")),
        _ => Err(wrong("it names several hosts; lawtail follows exactly one server")),
    }
}

/// Takes our own settings out of a URL.
fn split_url(url: &str) -> Result<(String, Ours), Fault> {
    let Some((start, query)) = url.split_once('?') else {
        return Ok((url.to_owned(), ours(Vec::new())?));
    };
    let (mut own, mut others) = (Vec::new(), Vec::new());
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').ok_or_else(|| wrong("a setting has no value"))?;
        check_known(key)?;
        if is_ours(key) {
            own.push((key.to_owned(), percent_decoded(value)?));
        } else {
            others.push(pair);
        }
    }
    Ok((format!("{start}?{}", others.join("&")), ours(own)?))
}

/// Takes our own settings out of `key=value` pairs.
fn split_pairs(text: &str) -> Result<(String, Ours), Fault> {
    let (mut own, mut others) = (Vec::new(), String::new());
    let mut characters = text.chars().peekable();
    loop {
        while characters.next_if(|c| c.is_whitespace()).is_some() {}
        if characters.peek().is_none() {
            break;
        }
        let (key, value) = pair(&mut characters)?;
        check_known(&key)?;
        if is_ours(&key) {
            own.push((key, value));
        } else {
            let quoted = value.replace('\\', "\\\\").replace('\'', "\\'");
            others.push_str(&format!("{key}='{quoted}' "));
        }
    }
    Ok((others, ours(own)?))
}

/// One `key = value`; the value may be quoted with `'`, and `\` escapes.
fn pair(text: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<(String, String), Fault> {
    let mut key = String::new();
    while let Some(c) = text.next_if(|&c| c != '=' && !c.is_whitespace()) {
        key.push(c);
    }
    while text.next_if(|c| c.is_whitespace()).is_some() {}
    if text.next() != Some('=') {
        return Err(wrong("a key is not followed by ="));
    }
    while text.next_if(|c| c.is_whitespace()).is_some() {}
    let quoted = text.next_if_eq(&'\'').is_some();
    let mut value = String::new();
    loop {
        match text.next() {
            Some('\\') => value.extend(text.next()),
            Some('\'') if quoted => return Ok((key, value)),
            Some(c) if !quoted && c.is_whitespace() => return Ok((key, value)),
            Some(c) => value.push(c),
            None if quoted => return Err(wrong("a quote is not closed")),
            None => return Ok((key, value)),
        }
    }
}

fn is_ours(key: &str) -> bool {
    matches!(key, "sslmode" | "sslrootcert")
}

fn check_known(key: &str) -> Result<(), Fault> {
    if KNOWN.contains(&key) {
        return Ok(());
    }
    Err(wrong(&format!("it holds a setting that is not one of {}", KNOWN.join(", "))))
}

fn ours(pairs: Vec<(String, String)>) -> Result<Ours, Fault> {
    let mut ours = Ours { tls: TlsMode::Prefer, root_certificates: None };
    for (key, value) in pairs {
        match (key.as_str(), value.as_str()) {
            ("sslmode", "disable") => ours.tls = TlsMode::Disable,
            ("sslmode", "prefer") => ours.tls = TlsMode::Prefer,
            ("sslmode", "require") => ours.tls = TlsMode::Require,
            ("sslmode", "verify-ca") => ours.tls = TlsMode::VerifyCa,
            ("sslmode", "verify-full") => ours.tls = TlsMode::VerifyFull,
            ("sslmode", _) => {
                return Err(wrong(
                    "sslmode is one of disable, prefer, require, verify-ca, verify-full",
                ));
            }
            // libpq's word for "the authorities that this machine trusts", our default.
            (_, "system") => {}
            (_, path) => ours.root_certificates = Some(PathBuf::from(path)),
        }
    }
    Ok(ours)
}

fn percent_decoded(text: &str) -> Result<String, Fault> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        if first != b'%' {
            bytes.push(first);
            continue;
        }
        let digits = tail.get(..2).and_then(|digits| str::from_utf8(digits).ok());
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.ok_or_else(|| wrong("a % is not followed by two hexadecimal digits"))?);
        rest = &tail[2..];
    }
    String::from_utf8(bytes).map_err(|_| wrong("a setting is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Address {
        Address::parse(text).unwrap_or_else(|fault| panic!("{fault}"))
    }

    #[test]
    fn a_url_and_a_list_of_pairs_say_the_same() {
        let url = parsed(
            "postgresql://law%40tail:s%27ecret@db.example.org:6543/crm?sslmode=verify-full\
             &sslrootcert=%2Fetc%2Fca.pem&connect_timeout=3",
        );
        let pairs = parsed(
            r"user = law@tail password='s\'ecret' host=db.example.org port=6543 dbname=crm
              sslmode=verify-full sslrootcert=/etc/ca.pem connect_timeout=3",
        );
        for address in [url, pairs] {
            assert_eq!(address.host, Host::Tcp("db.example.org".into()));
            assert_eq!((address.port, address.user.as_str()), (6543, "law@tail"));
            assert_eq!(address.database, "crm");
            assert_eq!(address.password.as_ref().unwrap().expose_secret(), "s'ecret");
            assert_eq!(address.tls, TlsMode::VerifyFull);
            assert_eq!(address.root_certificates, Some(PathBuf::from("/etc/ca.pem")));
            assert_eq!(address.connect_timeout, Duration::from_secs(3));
        }
    }

    #[test]
    fn a_folder_as_host_is_a_unix_socket() {
        let folder = Host::Unix("/var/run/postgresql".into());
        assert_eq!(parsed("postgresql:///crm?host=/var/run/postgresql&user=u").host, folder);
        assert_eq!(parsed("host=/var/run/postgresql user=u").host, folder);
        assert_eq!(parsed("host=/var/run/postgresql user=u").database, "u");
    }

    #[test]
    fn what_we_would_not_honour_is_refused() {
        for text in [
            "postgresql://u@h/d?sslcert=x",
            "postgresql://u@h/d?sslmode=maybe",
            "postgresql://u@h1,h2/d",
            "host=h",
            "user=u dbname=d",
            "host='h user=u",
            "host h",
            "postgresql://u@h/d?sslrootcert=%2",
        ] {
            assert_eq!(Address::parse(text).unwrap_err().code, Code::CFG_002, "{text}");
        }
    }

    #[test]
    fn neither_fault_nor_debug_output_shows_the_password() {
        let broken = "host=h user=u password=hunter2 hunter2=hunter2";
        assert!(!Address::parse(broken).unwrap_err().to_string().contains("hunter2"));
        let address = parsed("host=h user=u password=hunter2");
        assert!(!format!("{address:?} {address}").contains("hunter2"));
    }
}
