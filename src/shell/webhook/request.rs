//! One event, one request: a connection of its own, so that nothing is left of one that failed.

use std::path::Path;
use std::sync::Arc;

use axum::body::Bytes;
use axum::http::{Request, StatusCode, Uri, header};
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper::rt::{Read, Write};
use hyper_util::rt::TokioIo;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use secrecy::{ExposeSecret, SecretString};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore};

use super::signature;
use crate::model::limits::webhook::TIMEOUT;
use crate::model::{Code, Fault, Timestamp};
use crate::wire::{CloudEvent, lines};

/// CloudEvents, HTTP protocol binding 1.0.2: structured mode.
const CONTENT_TYPE: &str = "application/cloudevents+json; charset=UTF-8";

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
        let request = self.request(event, body, secret, now.0.div_euclid(1_000_000));
        let answer = tokio::time::timeout(TIMEOUT, self.exchange(request?)).await;
        let seconds = TIMEOUT.as_secs();
        let status = answer.unwrap_or_else(|_| Err(format!("no answer within {seconds} s")));
        match status.map_err(|cause| self.fault(Code::WHK_001, &cause))? {
            status if status.is_success() => Ok(()),
            status => Err(self.fault(Code::WHK_002, &format!("it answers {}", status.as_u16()))),
        }
    }

    fn request(
        &self,
        event: &CloudEvent,
        body: String,
        secret: &SecretString,
        moment: i64,
    ) -> Result<Request<Full<Bytes>>, Fault> {
        let key = secret.expose_secret().as_bytes();
        let host =
            if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        let request = Request::post(self.path.expose_secret())
            .header(header::HOST, format!("{host}:{}", self.port))
            .header(header::CONTENT_TYPE, CONTENT_TYPE)
            .header(header::USER_AGENT, concat!("lawtail/", env!("CARGO_PKG_VERSION")))
            .header("webhook-id", &event.id)
            .header("webhook-timestamp", moment)
            .header("webhook-signature", signature::of(key, &event.id, moment, &body))
            .body(Full::new(Bytes::from(body)));
        request.map_err(|_| self.fault(Code::WHK_001, "its path cannot be asked for"))
    }

    async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<StatusCode, String> {
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await;
        let stream = stream.map_err(|error| error.to_string())?;
        let Some(config) = &self.tls else { return ask(TokioIo::new(stream), request).await };
        let name = ServerName::try_from(self.host.clone()).map_err(|error| error.to_string())?;
        let connector = TlsConnector::from(Arc::clone(config));
        let stream = connector.connect(name, stream).await;
        ask(TokioIo::new(stream.map_err(|error| error.to_string())?), request).await
    }

    fn fault(&self, code: Code, cause: &str) -> Fault {
        Fault::new(code, format!("{}:{}: {cause}", self.host, self.port))
    }
}

/// The status of the answer. Its body is nothing to us.
async fn ask(
    stream: impl Read + Write + Send + Unpin + 'static,
    request: Request<Full<Bytes>>,
) -> Result<StatusCode, String> {
    let (mut sender, connection) =
        http1::handshake(stream).await.map_err(|error| error.to_string())?;
    let connection = tokio::spawn(connection);
    let answer = sender.send_request(request).await;
    connection.abort();
    answer.map(|answer| answer.status()).map_err(|error| error.to_string())
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
