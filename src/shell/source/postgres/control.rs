//! The control connection: an ordinary session for the catalog, the slot's state and the rows of
//! the initial copy.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Connection, CopyOutStream, NoTls, Row};
use tokio_postgres_rustls::MakeRustlsConnect;
use tokio_rustls::rustls::ClientConfig;

use super::address::Address;
use super::refusal::control_fault;
use crate::model::{Code, Fault};

/// How long an answer to a question about the catalog may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// How often a question is asked at most. What is dropped while the server looks at its catalogue
/// makes an internal error of the answer; the next look is without it.
const LOOKS: u32 = 5;

/// One ordinary session. Dropping it closes it.
pub(super) struct Control {
    asker: Asker,
    task: JoinHandle<Option<Fault>>,
}

impl Drop for Control {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Control {
    /// Connects.
    ///
    /// Fails with `PG-001`, `PG-002`, `PG-007` or `PG-010`.
    pub async fn open(
        address: &Address,
        tls: Option<&Arc<ClientConfig>>,
        application_name: &str,
    ) -> Result<Self, Fault> {
        let config = address.config(application_name);
        let attempt = async {
            match tls {
                Some(tls) => {
                    let connector = MakeRustlsConnect::new(ClientConfig::clone(tls));
                    let (client, connection) = config.connect(connector).await?;
                    Ok((client, tokio::spawn(ended(connection))))
                }
                None => {
                    let (client, connection) = config.connect(NoTls).await?;
                    Ok((client, tokio::spawn(ended(connection))))
                }
            }
        };
        let connected = match timeout(address.connect_timeout, attempt).await {
            Ok(connected) => {
                connected.map_err(|error: tokio_postgres::Error| control_fault(&error))
            }
            Err(_) => Err(Fault::new(Code::PG_001, "no answer in time")),
        };
        let (client, task) = connected.map_err(|mut fault| {
            if fault.code == Code::PG_008 {
                fault.code = Code::PG_001;
            }
            fault.cause = format!("{address}: {}", fault.cause);
            fault
        })?;
        Ok(Control { asker: Asker(Arc::new(client)), task })
    }

    /// Runs one query.
    pub async fn rows(
        &self,
        query: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, Fault> {
        self.asker.rows(query, parameters).await
    }

    /// Runs a query that returns exactly one row.
    pub async fn row(&self, query: &str, parameters: &[&(dyn ToSql + Sync)]) -> Result<Row, Fault> {
        self.asker.row(query, parameters).await
    }

    /// Asks on the same connection, beside whoever holds this.
    pub fn asker(&self) -> Asker {
        self.asker.clone()
    }

    /// Runs statements without results.
    pub async fn execute(&self, statements: &str) -> Result<(), Fault> {
        self.asker.0.batch_execute(statements).await.map_err(|error| control_fault(&error))
    }

    /// Begins a `COPY … TO STDOUT`.
    pub async fn copy_out(&self, statement: &str) -> Result<CopyOutStream, Fault> {
        self.asker.0.copy_out(statement).await.map_err(|error| control_fault(&error))
    }

    /// Waits until the connection has ended and says why.
    pub async fn closed(&mut self) -> Fault {
        match (&mut self.task).await {
            Ok(Some(fault)) => fault,
            Ok(None) | Err(_) => Fault::new(Code::PG_008, "the control connection was closed"),
        }
    }
}

/// Puts questions to the server on a connection that somebody else holds. They fail when that is
/// dropped.
#[derive(Clone)]
pub(super) struct Asker(Arc<Client>);

impl Asker {
    /// As [`Control::rows`].
    pub async fn rows(
        &self,
        query: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, Fault> {
        let mut first = None;
        for _ in 0..LOOKS {
            let error = match timeout(ANSWER_TIMEOUT, self.0.query(query, parameters)).await {
                Ok(Ok(rows)) => return Ok(rows),
                Ok(Err(error)) => error,
                Err(_) => {
                    return Err(Fault::new(Code::PG_008, "the control connection does not answer"));
                }
            };
            // Within a transaction further answers say no more than that the first was an error.
            first.get_or_insert_with(|| control_fault(&error));
            if error.code() != Some(&SqlState::INTERNAL_ERROR) {
                break;
            }
        }
        Err(first.expect("it has been asked"))
    }

    /// As [`Control::row`].
    pub async fn row(&self, query: &str, parameters: &[&(dyn ToSql + Sync)]) -> Result<Row, Fault> {
        let rows = self.rows(query, parameters).await?;
        rows.into_iter()
            .next()
            .ok_or_else(|| Fault::new(Code::PG_009, "a question to the catalog has no answer"))
    }
}

/// Runs a connection to its end; `None` when it ended well.
async fn ended<S, T>(connection: Connection<S, T>) -> Option<Fault>
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    connection.await.err().as_ref().map(control_fault)
}

/// Reads a column of a catalog answer; a surprise there is a fault and not a panic.
pub(super) fn column<'a, T: tokio_postgres::types::FromSql<'a>>(
    row: &'a Row,
    index: usize,
) -> Result<T, Fault> {
    row.try_get(index).map_err(|_| {
        Fault::new(Code::PG_009, format!("column {index} of a catalog answer is not as expected"))
    })
}
