//! The initial copy: the rows that were there before the slot's first position, as one large
//! transaction just below it (see [`TransactionKind::InitialCopy`]).
//!
//! The slot's exported snapshot shows exactly what the slot will not send, so that together they
//! are the whole database, nothing missing and nothing twice. Rows come table by table in the
//! tables' names' order; their positions count through.

use std::sync::Arc;

use futures_util::StreamExt;
use postgres_protocol::escape::escape_literal;
use tokio::sync::watch;

use super::batcher::Batcher;
use super::control::Control;
use super::copy_text::decode;
use super::preflight::server_time;
use super::publication::{PublishedTable, tables};
use super::refusal::control_fault;
use super::slot::NewSlot;
use super::status::{CopyProgress, SourceStatus};
use crate::model::{
    Begin, Change, Commit, Event, Fault, Lsn, Operation, Position, Timestamp, TransactionKind,
};

/// What the copy needs from its surroundings.
pub(super) struct InitialCopy<'a> {
    /// Session that reads the rows.
    pub control: &'a Control,
    /// `server_version_num`.
    pub version: i32,
    /// What to read.
    pub publication: &'a str,
    /// Where the rows go.
    pub batcher: &'a mut Batcher,
    /// Where the progress is told.
    pub status: &'a watch::Sender<SourceStatus>,
}

impl InitialCopy<'_> {
    /// Reads every published row as of the slot's snapshot.
    ///
    /// Everything before the copy's Commit is to be taken back when it fails: the next attempt
    /// has another slot, another snapshot and other positions.
    pub async fn run(&mut self, slot: &NewSlot) -> Result<(), Fault> {
        let snapshot = escape_literal(&slot.snapshot);
        // With row security a role may be shown fewer rows than there are; this makes it a
        // refusal instead.
        let begin = format!(
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; \
             SET TRANSACTION SNAPSHOT {snapshot}; SET LOCAL row_security = off"
        );
        self.control.execute(&begin).await?;
        let tables = tables(self.control, self.version, self.publication).await?;
        let time = server_time(self.control).await?;
        self.announce(&tables, slot.consistent_point);
        let position = self.rows(&tables, slot.consistent_point, time).await?;
        self.control.execute("COMMIT").await?;
        let commit = Commit { position, end: slot.consistent_point };
        self.batcher.events().push(Event::Commit(commit));
        self.batcher.hand_over().await?;
        let rows = position.ordinal.saturating_sub(1);
        tracing::info!(rows, "the initial copy is complete");
        self.status.send_modify(|status| status.copy = None);
        Ok(())
    }

    fn announce(&self, tables: &[PublishedTable], consistent_point: Lsn) {
        let progress = CopyProgress {
            tables: tables.len(),
            estimated_rows: tables.iter().map(|table| table.estimated_rows).sum(),
            estimated_bytes: tables.iter().map(|table| table.estimated_bytes).sum(),
            ..CopyProgress::default()
        };
        tracing::info!(
            tables = progress.tables,
            estimated_rows = progress.estimated_rows,
            at = %consistent_point,
            "the initial copy begins"
        );
        if tables.is_empty() {
            tracing::warn!("the publication holds no table: there is nothing to follow");
        }
        self.status.send_modify(|status| status.copy = Some(progress));
    }

    /// Hands over Begin and every row; returns the position after the last.
    async fn rows(
        &mut self,
        tables: &[PublishedTable],
        consistent_point: Lsn,
        time: Timestamp,
    ) -> Result<Position, Fault> {
        let commit = Lsn(consistent_point.0.saturating_sub(1));
        let begin = Begin { xid: 0, commit, time, kind: TransactionKind::InitialCopy };
        self.batcher.events().push(Event::Begin(begin));
        let mut position = Position { commit, ordinal: 1 };
        for published in tables {
            self.table(published, &mut position).await?;
        }
        Ok(position)
    }

    async fn table(
        &mut self,
        published: &PublishedTable,
        position: &mut Position,
    ) -> Result<(), Fault> {
        let table = Arc::new(published.table.clone());
        let statement = format!("COPY ({}) TO STDOUT", published.select);
        let mut lines = std::pin::pin!(self.control.copy_out(&statement).await?);
        let mut unreported = (0, 0);
        while let Some(line) = lines.next().await {
            let line = line.map_err(|error| control_fault(&error))?;
            let new = decode(&line, table.columns.len())?;
            let operation = Operation::Insert { new };
            let change = Change { position: *position, table: table.clone(), operation };
            position.ordinal += 1;
            self.batcher.events().push(Event::Change(change));
            self.batcher.add_bytes(line.len());
            unreported = (unreported.0 + 1, unreported.1 + line.len() as u64);
            if self.batcher.is_full() {
                self.report(&published.table.name, std::mem::take(&mut unreported));
                self.batcher.hand_over().await?;
            }
        }
        self.report(&published.table.name, unreported);
        self.progress(|progress| progress.tables_done += 1);
        Ok(())
    }

    fn report(&self, table: &crate::model::TableName, (rows, bytes): (u64, u64)) {
        self.progress(|progress| {
            progress.table = Some(table.clone());
            progress.rows += rows;
            progress.bytes += bytes;
        });
    }

    fn progress(&self, change: impl FnOnce(&mut CopyProgress)) {
        self.status.send_modify(|status| {
            if let Some(progress) = &mut status.copy {
                change(progress);
            }
        });
    }
}
