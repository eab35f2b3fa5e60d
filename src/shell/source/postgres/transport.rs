//! Bytes to and from the server: TCP or Unix socket, encrypted or not.

use std::net::SocketAddr;
use std::sync::Arc;

use rustls_pki_types::ServerName;
use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;

use super::address::{Address, Host, KEEPALIVE, TlsMode};
use super::refusal::io_fault;
use super::tls;
use crate::model::{Code, Fault};

/// The request code of `SSLRequest` after its length (PostgreSQL manual, "Message Formats").
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// The two directions of a connection, used by different tasks.
pub(super) struct Transport {
    /// From the server.
    pub reader: Box<dyn AsyncRead + Send + Unpin>,
    /// To the server.
    pub writer: Box<dyn AsyncWrite + Send + Unpin>,
    /// What ties a SCRAM login to this very TLS connection (`tls-server-end-point`).
    pub channel_binding: Option<Vec<u8>>,
}

/// Connects, and encrypts as the address says.
///
/// Fails with `PG-001` when the server cannot be reached and `PG-007` when TLS fails.
pub(super) async fn dial(
    address: &Address,
    tls: Option<&Arc<ClientConfig>>,
) -> Result<Transport, Fault> {
    let attempt = async {
        match (&address.host, tls) {
            (Host::Unix(folder), _) => {
                let path = folder.join(format!(".s.PGSQL.{}", address.port));
                let (reader, writer) = UnixStream::connect(path)
                    .await
                    .map_err(|error| io_fault(Code::PG_001, &error))?
                    .into_split();
                Ok(plain(reader, writer))
            }
            (Host::Tcp(name), None) => {
                let (reader, writer) = connect_tcp(address, name).await?.into_split();
                Ok(plain(reader, writer))
            }
            (Host::Tcp(name), Some(tls)) => {
                let socket = connect_tcp(address, name).await?;
                negotiate(socket, name, address.tls, tls).await
            }
        }
    };
    let told = |mut fault: Fault| {
        fault.cause = format!("{address}: {}", fault.cause);
        fault
    };
    match timeout(address.connect_timeout, attempt).await {
        Ok(result) => result.map_err(told),
        Err(_) => Err(told(Fault::new(Code::PG_001, "no answer in time"))),
    }
}

fn plain(
    reader: impl AsyncRead + Send + Unpin + 'static,
    writer: impl AsyncWrite + Send + Unpin + 'static,
) -> Transport {
    Transport { reader: Box::new(reader), writer: Box::new(writer), channel_binding: None }
}

async fn connect_tcp(address: &Address, name: &str) -> Result<TcpStream, Fault> {
    let connected = match address.host_address {
        Some(ip) => TcpStream::connect(SocketAddr::new(ip, address.port)).await,
        None => TcpStream::connect((name, address.port)).await,
    };
    let socket = connected.map_err(|error| io_fault(Code::PG_001, &error))?;
    // Feedback is small and must not wait for more of it.
    let kept = socket.set_nodelay(true).and_then(|()| {
        // A command may take its time, making a slot above all, and nothing is said meanwhile.
        let (time, interval, retries) = KEEPALIVE;
        let keepalive = TcpKeepalive::new().with_time(time).with_interval(interval);
        SockRef::from(&socket).set_tcp_keepalive(&keepalive.with_retries(retries))
    });
    kept.map_err(|error| io_fault(Code::PG_001, &error))?;
    Ok(socket)
}

/// Asks for TLS. The answer is one byte, read alone: whatever an attacker would smuggle in after
/// it goes through the handshake and breaks it (CVE-2021-23222).
async fn negotiate(
    mut socket: TcpStream,
    name: &str,
    mode: TlsMode,
    tls: &Arc<ClientConfig>,
) -> Result<Transport, Fault> {
    let lost = |error: std::io::Error| io_fault(Code::PG_001, &error);
    socket.write_all(&SSL_REQUEST).await.map_err(lost)?;
    match socket.read_u8().await.map_err(lost)? {
        b'S' => {}
        b'N' if mode == TlsMode::Prefer => {
            let (reader, writer) = socket.into_split();
            return Ok(plain(reader, writer));
        }
        b'N' => return Err(Fault::new(Code::PG_007, "the server does not offer TLS")),
        _ => return Err(Fault::new(Code::PG_007, "this does not look like a PostgreSQL server")),
    }
    let name = ServerName::try_from(name.to_owned())
        .map_err(|_| Fault::new(Code::PG_007, "the host is not a name that TLS can check"))?;
    let stream = TlsConnector::from(tls.clone()).connect(name, socket).await.map_err(lost)?;
    let certificate = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
    let channel_binding = certificate.and_then(tls::channel_binding);
    let (reader, writer) = tokio::io::split(stream);
    Ok(Transport { channel_binding, ..plain(reader, writer) })
}
