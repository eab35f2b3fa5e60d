//! One event, one request: a connection of its own, so that nothing is left of one that failed.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use axum::body::Bytes;
use axum::http::{Method, Request, StatusCode, Uri, header};
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper::rt::{Read, Write};
use hyper_util::rt::TokioIo;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use secrecy::{ExposeSecret, SecretString};
use tokio::net::{TcpStream, lookup_host};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore};

use super::signature;
use crate::model::limits::webhook::TIMEOUT;
use crate::model::{Code, Fault, Timestamp};
use crate::wire::{CloudEvent, lines};

/// CloudEvents, HTTP protocol binding 1.0.2: structured mode.
const CONTENT_TYPE: &str = "application/cloudevents+json; charset=UTF-8";

/// What kept a request from being answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unanswered {
    /// The host's name is not known.
    Name,
    /// Nothing takes the connection.
    Connection,
    /// No TLS connection came about.
    Tls,
    /// What answers does not speak HTTP, or hangs up.
    Http,
    /// It takes too long.
    Late,
    /// There is no such path in HTTP.
    Path,
}

impl Unanswered {
    /// What mends it.
    fn remedy(self) -> &'static str {
        match self {
            Unanswered::Name => "correct the host in publish.webhook.url, or this machine's DNS",
            Unanswered::Connection => {
                "start the receiver, correct host and port in publish.webhook.url, or let a firewall \
                 or network policy pass them"
            }
            Unanswered::Tls => {
                "check the receiver's certificate: its name, its dates, and that its authority is one \
                 of this system or of publish.webhook.ca_file"
            }
            Unanswered::Http => {
                "check that an HTTP server listens at the port of publish.webhook.url"
            }
            Unanswered::Late => "see why the receiver, or what stands before it, does not answer",
            Unanswered::Path => "correct the path of publish.webhook.url",
        }
    }
}

/// The same with the cause in words.
struct Failure(Unanswered, String);

/// How a receiver answered to a request without an event.
#[derive(Debug)]
pub enum Tried {
    /// With this status.
    Answered(u16),
    /// Not at all.
    Unanswered(Unanswered, Fault),
}

/// Who takes events: `https://host/path`, or `http://` on this machine.
#[derive(Debug)]
pub struct Receiver {
    host: String,
    port: u16,
    /// May hold a token, so it is never told.
    path: SecretString,
    tls: Option<Arc<ClientConfig>>,
}

impl Receiver {
    /// Reads the address; `authorities` is a file of certificates in PEM to trust in place of the system's.
    ///
    /// # Errors
    /// `CFG-002` when it is none, or is of a form that would send events in the clear to another machine.
    pub fn new(url: &SecretString, authorities: Option<&Path>) -> Result<Self, Fault> {
        let wrong = |cause: &str| {
            Fault::new(Code::CFG_002, format!("publish.webhook.url: {cause}"))
                .help("give it as https://host/path; a token belongs into the path")
        };
        let uri: Uri = url.expose_secret().parse().map_err(|_| wrong("it is no URL"))?;
        let authority = uri.authority().ok_or_else(|| wrong("it names no host"))?;
        if authority.as_str().contains('@') {
            return Err(wrong("it names a user"));
        }
        let host = authority.host().trim_matches(['[', ']']).to_owned();
        let own = host == "localhost"
            || host.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback());
        let (tls, port) = match uri.scheme_str() {
            Some("https") => (Some(trusting(authorities)?), 443),
            Some("http") if own => (None, 80),
            Some("http") => return Err(wrong("events may go to another machine only over TLS")),
            _ => return Err(wrong("it begins neither with https:// nor with http://")),
        };
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let (port, path) = (authority.port_u16().unwrap_or(port), SecretString::from(path));
        Ok(Receiver { host, port, path, tls })
    }

    /// Sends an event and returns once it is confirmed, by any status from 200 to 299.
    ///
    /// # Errors
    /// `WHK-001` when there is no answer in time, `WHK-002` when it is another.
    pub(super) async fn send(
        &self,
        event: &CloudEvent,
        secret: &SecretString,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let body = lines::encode(event)?;
        let moment = now.0.div_euclid(1_000_000);
        match self.asked(&Method::POST, &event.id, body, secret, moment).await {
            Ok(status) if status.is_success() => Ok(()),
            Ok(status) => {
                let cause = format!("it answers {}", status.as_u16());
                Err(Fault::new(Code::WHK_002, self.placed(&cause)))
            }
            Err(failure) => Err(self.fault(&failure)),
        }
    }

    /// Asks, signed and without an event, how the receiver would answer.
    pub async fn try_out(&self, secret: &SecretString, now: Timestamp) -> Tried {
        let moment = now.0.div_euclid(1_000_000);
        let id = format!("lawtail-doctor-{moment}");
        match self.asked(&Method::OPTIONS, &id, String::new(), secret, moment).await {
            Ok(status) => Tried::Answered(status.as_u16()),
            Err(failure) => Tried::Unanswered(failure.0, self.fault(&failure)),
        }
    }

    /// Host and port, and whether events go there over TLS.
    pub fn place(&self) -> (String, bool) {
        (format!("{}:{}", self.host, self.port), self.tls.is_some())
    }

    async fn asked(
        &self,
        method: &Method,
        id: &str,
        body: String,
        secret: &SecretString,
        moment: i64,
    ) -> Result<StatusCode, Failure> {
        let request = self.request(method, id, body, secret, moment)?;
        let answer = tokio::time::timeout(TIMEOUT, self.exchange(request)).await;
        let late = format!("no answer within {} s", TIMEOUT.as_secs());
        answer.unwrap_or(Err(Failure(Unanswered::Late, late)))
    }

    fn request(
        &self,
        method: &Method,
        id: &str,
        body: String,
        secret: &SecretString,
        moment: i64,
    ) -> Result<Request<Full<Bytes>>, Failure> {
        let key = secret.expose_secret().as_bytes();
        let host =
            if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        let request = Request::builder()
            .method(method)
            .uri(self.path.expose_secret())
            .header(header::HOST, format!("{host}:{}", self.port))
            .header(header::CONTENT_TYPE, CONTENT_TYPE)
            .header(header::USER_AGENT, concat!("lawtail/", env!("CARGO_PKG_VERSION")))
            .header("webhook-id", id)
            .header("webhook-timestamp", moment)
            .header("webhook-signature", signature::of(key, id, moment, &body))
            .body(Full::new(Bytes::from(body)));
        request.map_err(|_| Failure(Unanswered::Path, "its path cannot be asked for".to_owned()))
    }

    async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<StatusCode, Failure> {
        let because = |what| move |error: io::Error| Failure(what, error.to_string());
        let found = lookup_host((self.host.as_str(), self.port)).await;
        let addresses: Vec<SocketAddr> = found.map_err(because(Unanswered::Name))?.collect();
        let stream = TcpStream::connect(&addresses[..]).await;
        let stream = stream.map_err(because(Unanswered::Connection))?;
        let Some(config) = &self.tls else { return ask(TokioIo::new(stream), request).await };
        let name = ServerName::try_from(self.host.clone())
            .map_err(|error| Failure(Unanswered::Name, error.to_string()))?;
        let connector = TlsConnector::from(Arc::clone(config));
        let stream = connector.connect(name, stream).await.map_err(because(Unanswered::Tls))?;
        ask(TokioIo::new(stream), request).await
    }

    fn fault(&self, Failure(what, cause): &Failure) -> Fault {
        Fault::new(Code::WHK_001, self.placed(cause)).help(what.remedy())
    }

    fn placed(&self, cause: &str) -> String {
        format!("{}:{}: {cause}", self.host, self.port)
    }
}

/// The status of the answer. Its body is nothing to us.
async fn ask(
    stream: impl Read + Write + Send + Unpin + 'static,
    request: Request<Full<Bytes>>,
) -> Result<StatusCode, Failure> {
    let because = |error: hyper::Error| Failure(Unanswered::Http, error.to_string());
    let (mut sender, connection) = http1::handshake(stream).await.map_err(because)?;
    let connection = tokio::spawn(connection);
    let answer = sender.send_request(request).await;
    connection.abort();
    answer.map(|answer| answer.status()).map_err(because)
}

fn trusting(authorities: Option<&Path>) -> Result<Arc<ClientConfig>, Fault> {
    let refused = |cause: String| Fault::new(Code::CFG_002, format!("publish.webhook: {cause}"));
    let certificates = match authorities {
        None => rustls_native_certs::load_native_certs().certs,
        Some(file) => {
            let unreadable = |error| refused(format!("ca_file {}: {error}", file.display()));
            let read = CertificateDer::pem_file_iter(file).map_err(unreadable)?;
            read.collect::<Result<_, _>>().map_err(unreadable)?
        }
    };
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates);
    if roots.is_empty() {
        return Err(refused("no certificate authority to trust; name a ca_file".into()));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| refused(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}
