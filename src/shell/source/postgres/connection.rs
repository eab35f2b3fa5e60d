//! Our replication connection: start-up, simple queries, and the switch to streaming.

use std::sync::Arc;

use bytes::{Buf, Bytes, BytesMut};
use postgres_protocol::message::frontend;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;
use tokio_rustls::rustls::ClientConfig;

use super::address::Address;
use super::frame::FrameReader;
use super::login::log_in;
use super::refusal::{Refusal, io_fault};
use super::transport::{Transport, dial};
use crate::model::{Code, Fault, limits};

/// A connection in logical replication mode, ready for commands.
pub(super) struct Connection {
    reader: FrameReader,
    writer: Box<dyn AsyncWrite + Send + Unpin>,
}

/// One row of an answer, as text.
pub(super) type TextRow = Vec<Option<String>>;

/// Why a command did not work.
pub(super) enum Failure {
    /// The server said no; the connection may still be used.
    Refused(Refusal),
    /// The connection is of no use any more.
    Broken(Fault),
}

impl Failure {
    /// The fault that this means unless the caller knows better.
    pub fn fault(self) -> Fault {
        match self {
            Failure::Refused(refusal) => refusal.fault(),
            Failure::Broken(fault) => fault,
        }
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Failure::Broken(fault)
    }
}

impl Connection {
    /// Connects and logs in.
    ///
    /// Fails with `PG-001` (unreachable, or starting up), `PG-002` (login refused), `PG-004` (the
    /// role may not replicate), `PG-007` (TLS) or `PG-010` (no walsender free).
    pub async fn open(
        address: &Address,
        tls: Option<&Arc<ClientConfig>>,
        application_name: &str,
    ) -> Result<Self, Fault> {
        let transport = dial(address, tls).await?;
        Connection::begin(address, transport, application_name).await
    }

    /// Logs in.
    pub async fn begin(
        address: &Address,
        transport: Transport,
        application_name: &str,
    ) -> Result<Self, Fault> {
        let mut reader = FrameReader::new(transport.reader, limits::LOGIN_MESSAGE_BYTES);
        let mut writer = transport.writer;
        let start = async {
            send(&mut writer, |out| startup(address, application_name, out)).await?;
            log_in(address, transport.channel_binding, &mut reader, &mut writer).await?;
            let encoding = until_ready(&mut reader).await?;
            reader.allow(limits::MESSAGE_BYTES);
            let mut connection = Connection { reader, writer };
            if encoding.as_deref() == Some(b"SQL_ASCII") {
                // Its bytes are no text in any encoding. The server would check them for ours, and
                // end the stream at the first that is none.
                let raw = "SET client_encoding = 'SQL_ASCII'";
                connection.query(raw).await.map_err(Failure::fault)?;
            }
            Ok::<_, Fault>(connection)
        };
        match timeout(address.connect_timeout, start).await {
            Ok(Ok(connection)) => Ok(connection),
            // Before we are in, a lost connection is one that could not be made.
            Ok(Err(fault)) if fault.code == Code::PG_008 => {
                Err(Fault::new(Code::PG_001, format!("{address}: {}", fault.cause)))
            }
            Ok(Err(fault)) => Err(fault),
            Err(_) => Err(Fault::new(Code::PG_001, format!("{address}: no answer in time"))),
        }
    }

    /// Runs one command and returns its rows.
    pub async fn query(&mut self, command: &str) -> Result<Vec<TextRow>, Failure> {
        send(&mut self.writer, |out| frontend::query(command, out)).await?;
        let (mut rows, mut refusal, mut bytes) = (Vec::new(), None, 0);
        loop {
            let frame = self.reader.next().await?;
            bytes += frame.body.len();
            if bytes > limits::ANSWER_BYTES {
                let cause = format!("the answer to a command is longer than {bytes} bytes");
                return Err(Fault::new(Code::WIR_001, cause).into());
            }
            match frame.tag {
                b'D' => rows.push(data_row(frame.body)?),
                b'E' => refusal = Some(Refusal::from_body(&frame.body)),
                b'Z' => break,
                _ => {}
            }
        }
        match refusal {
            Some(refusal) => Err(Failure::Refused(refusal)),
            None => Ok(rows),
        }
    }

    /// Runs `START_REPLICATION`; afterwards both sides send copy data at will.
    pub async fn stream(
        mut self,
        command: &str,
    ) -> Result<(FrameReader, Box<dyn AsyncWrite + Send + Unpin>), Failure> {
        send(&mut self.writer, |out| frontend::query(command, out)).await?;
        loop {
            let frame = self.reader.next().await?;
            match frame.tag {
                b'W' => return Ok((self.reader, self.writer)),
                b'E' => return Err(Failure::Refused(Refusal::from_body(&frame.body))),
                b'Z' => {
                    let cause = "the server did not begin to stream";
                    return Err(Fault::new(Code::PG_009, cause).into());
                }
                _ => {}
            }
        }
    }
}

fn startup(address: &Address, application_name: &str, out: &mut BytesMut) -> std::io::Result<()> {
    let options = address.session_options();
    let parameters = [
        ("user", address.user.as_str()),
        ("database", address.database.as_str()),
        ("replication", "database"),
        ("client_encoding", "UTF8"),
        ("application_name", application_name),
        ("options", options.as_str()),
    ];
    frontend::startup_message(parameters, out)
}

async fn send(
    writer: &mut Box<dyn AsyncWrite + Send + Unpin>,
    write: impl FnOnce(&mut BytesMut) -> std::io::Result<()>,
) -> Result<(), Fault> {
    let mut out = BytesMut::new();
    write(&mut out).map_err(|error| Fault::new(Code::CFG_002, error.to_string()))?;
    let sent = async {
        writer.write_all(&out).await?;
        writer.flush().await
    };
    sent.await.map_err(|error| io_fault(Code::PG_008, &error))
}

/// Waits until the first command can be sent. Returns the database's encoding, if the server told it.
async fn until_ready(reader: &mut FrameReader) -> Result<Option<Vec<u8>>, Fault> {
    let mut encoding = None;
    loop {
        let frame = reader.next().await?;
        match frame.tag {
            b'S' => {
                let mut parts = frame.body.split(|&byte| byte == 0);
                if parts.next() == Some(b"server_encoding") {
                    encoding = parts.next().map(<[u8]>::to_vec);
                }
            }
            b'Z' => return Ok(encoding),
            b'E' => return Err(Refusal::from_body(&frame.body).fault()),
            _ => {}
        }
    }
}

/// Reads a `DataRow` (PostgreSQL manual, "Message Formats").
fn data_row(mut body: Bytes) -> Result<TextRow, Fault> {
    let damaged = || Fault::new(Code::WIR_001, "a row of a command's answer is cut short");
    let count = body.try_get_u16().map_err(|_| damaged())?;
    let mut row = Vec::with_capacity(count.into());
    for _ in 0..count {
        let length = body.try_get_i32().map_err(|_| damaged())?;
        row.push(match usize::try_from(length) {
            Err(_) => None,
            Ok(length) if length > body.len() => return Err(damaged()),
            Ok(length) => Some(String::from_utf8_lossy(&body.split_to(length)).into_owned()),
        });
    }
    Ok(row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_with_nulls_is_read_and_a_truncated_one_is_a_fault() {
        let bytes = [&[0, 2][..], &[0, 0, 0, 1, b'x'], &[255; 4]].concat();
        assert_eq!(data_row(bytes.clone().into()).unwrap(), [Some("x".to_owned()), None]);
        for end in 0..bytes.len() {
            let fault = data_row(Bytes::copy_from_slice(&bytes[..end])).unwrap_err();
            assert_eq!(fault.code, Code::WIR_001);
        }
    }
}
