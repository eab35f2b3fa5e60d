//! The way into the throwaway database: connecting, loading, and the role of the daemon.

use bytes::Bytes;
use futures_util::SinkExt;
use tokio_postgres::{Client, NoTls};

use super::cast::Cast;
use super::data::{self, Rows};
use crate::model::{Code, Fault, Timestamp};

/// The CRM's tables.
const SCHEMA: &str = include_str!("schema.sql");
/// The daemon's role and publication.
const ROLE: &str = include_str!("role.sql");

/// Bytes handed to `COPY` at a time.
const CHUNK_BYTES: usize = 256 << 10;

/// Connects; the connection is driven by a task of its own until the client is dropped.
pub async fn connect(url: &str) -> Result<Client, Fault> {
    let connected = tokio_postgres::connect(url, NoTls).await;
    let (client, connection) = connected.map_err(|error| refused("connect", &error))?;
    tokio::spawn(async move {
        // The client's next statement reports whatever ended the connection.
        let _ = connection.await;
    });
    Ok(client)
}

/// Creates the tables, loads the past of the CRM, and returns the number of rows.
pub async fn load(client: &Client, cast: &Cast, now: Timestamp) -> Result<u64, Fault> {
    execute(client, SCHEMA).await?;
    let mut count = 0;
    for rows in data::rows(cast, now) {
        count += rows.count;
        copy(client, rows).await?;
    }
    execute(client, "ANALYZE").await?;
    Ok(count)
}

/// Creates the role of the daemon with its least privileges, and the publication.
pub async fn create_role(client: &Client, password: &str) -> Result<(), Fault> {
    execute(client, &ROLE.replace(":password", password)).await
}

/// Sends statements as one transaction.
pub async fn execute(client: &Client, statements: &str) -> Result<(), Fault> {
    client.batch_execute(statements).await.map_err(|error| refused("write", &error))
}

async fn copy(client: &Client, rows: Rows) -> Result<(), Fault> {
    let statement = format!("COPY {} FROM STDIN", rows.target);
    let sink = client.copy_in::<_, Bytes>(&statement).await;
    let mut sink = Box::pin(sink.map_err(|error| refused("load", &error))?);
    let mut text = Bytes::from(rows.text);
    while !text.is_empty() {
        let chunk = text.split_to(text.len().min(CHUNK_BYTES));
        sink.send(chunk).await.map_err(|error| refused("load", &error))?;
    }
    sink.as_mut().finish().await.map_err(|error| refused("load", &error))?;
    Ok(())
}

/// The server's message may repeat a value, so only its class is told.
pub fn refused(attempt: &str, error: &tokio_postgres::Error) -> Fault {
    let reason = match error.code() {
        Some(state) => format!("SQLSTATE {}", state.code()),
        None if error.is_closed() => "the connection is closed".to_string(),
        None => "the connection failed".to_string(),
    };
    Fault::new(Code::DEM_001, format!("the demonstration could not {attempt}: {reason}"))
        .help("run it again; if it happens again, run it with --keep and read the server's log")
}
