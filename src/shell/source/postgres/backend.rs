//! Whose transaction is open, asked on the control connection, and what is done about it.
//!
//! The stream tells of transactions that it newly sees open, the run loop of those that have
//! raised an alarm. Neither waits: the answers come as news of the transaction, beside the stream.

use std::convert::Infallible;

use tokio::sync::mpsc;

use super::batcher::Handover;
use super::breaker::{BreakerMode, CircuitBreaker};
use super::control::{Asker, column};
use crate::model::{
    Backend, Batch, Event, Fault, Interruption, Lsn, News, Timestamp, Uncommitted, limits,
};

/// Always one row. Anybody sees role, application and transaction of everybody; the address takes
/// the rights of `pg_read_all_stats`.
const WHOSE: &str = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::int8, pid, coalesce(usename::text, ''), coalesce(application_name, ''),
            coalesce(host(client_addr), '')
     FROM (SELECT) AS one LEFT JOIN pg_stat_activity ON backend_xid = $1::text::xid";

/// Questions that may wait. Those beyond are not asked: they concern what a backlog is about, and
/// an alarm asks again.
const WAITING: usize = 2 * limits::OPEN_TRANSACTIONS;

/// An open transaction to ask about.
#[derive(Clone, Copy, Debug)]
struct Question {
    xid: u32,
    first: Lsn,
    /// Whether it has raised an alarm.
    alarmed: bool,
}

/// Asks. Cheap to clone; never waits.
#[derive(Clone, Debug)]
pub(super) struct Questions(mpsc::Sender<Question>);

impl Questions {
    /// A transaction is newly seen open. To be called once for each, by the stream.
    pub fn seen(&self, xid: u32, first: Lsn) {
        // Without an answer it is unknown whose it is, until there is an alarm.
        let _ = self.0.try_send(Question { xid, first, alarmed: false });
    }

    /// An open transaction has raised an alarm.
    pub fn alarmed(&self, xid: u32, first: Lsn) {
        if self.0.try_send(Question { xid, first, alarmed: true }).is_err() {
            tracing::warn!(xid, "too many open transactions raise alarms: not asking whose it is");
        }
    }
}

/// What the server says of who has a transaction open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    /// The server's clock.
    pub time: Timestamp,
    /// `None` when nobody has it open any more.
    pub backend: Option<Backend>,
}

/// Asks the server who has a transaction open.
pub(super) async fn backend_of(asker: &Asker, xid: u32) -> Result<Answer, Fault> {
    let row = asker.row(WHOSE, &[&xid.to_string()]).await?;
    let backend = match column::<Option<i32>>(&row, 1)? {
        Some(pid) => Some(Backend {
            pid,
            user: column(&row, 2)?,
            application: column(&row, 3)?,
            address: column(&row, 4)?,
        }),
        None => None,
    };
    Ok(Answer { time: Timestamp(column(&row, 0)?), backend })
}

/// Answers, for as long as a connection stands; what is asked in between waits.
pub(super) struct Backends {
    questions: mpsc::Receiver<Question>,
    breaker: CircuitBreaker,
    /// Taken and not yet answered: a connection may end in between.
    pending: Option<Question>,
}

impl Backends {
    /// Both ends.
    pub fn new(breaker: CircuitBreaker) -> (Questions, Backends) {
        let (sender, questions) = mpsc::channel(WAITING);
        (Questions(sender), Backends { questions, breaker, pending: None })
    }

    /// Answers what is asked into `events`, until it is dropped.
    pub async fn run(&mut self, asker: Asker, events: mpsc::Sender<Handover>) -> Infallible {
        loop {
            if self.pending.is_none() {
                self.pending = self.questions.recv().await;
            }
            let Some(question) = self.pending else {
                // Nobody is left who could ask.
                return std::future::pending().await;
            };
            let news = self.answer(&asker, question).await;
            // When the receiver is gone, so is whoever would miss it.
            if !news.is_empty() {
                let _ = events.send(Ok(Batch { events: news })).await;
            }
            self.pending = None;
        }
    }

    async fn answer(&self, asker: &Asker, question: Question) -> Vec<Event> {
        let Question { xid, first, alarmed } = question;
        let answer = match backend_of(asker, xid).await {
            Ok(answer) => answer,
            Err(fault) => {
                // A connection that is lost is noticed elsewhere.
                tracing::warn!(xid, code = %fault.code, cause = fault.cause, "whose transaction it is was not told");
                return Vec::new();
            }
        };
        let mut news: Vec<News> = answer.backend.iter().cloned().map(News::Backend).collect();
        if alarmed {
            news.extend(self.interrupt(asker, xid, &answer).await.map(News::Interrupted));
        }
        let told = |news| Event::Uncommitted(Uncommitted { xid, first, time: answer.time, news });
        news.into_iter().map(told).collect()
    }

    async fn interrupt(&self, asker: &Asker, xid: u32, answer: &Answer) -> Option<Interruption> {
        let action = match &answer.backend {
            Some(backend) => self.breaker.act(asker, xid, backend).await?,
            None if self.breaker.mode == BreakerMode::Off => return None,
            None => Interruption::Gone,
        };
        let backend = answer.backend.clone().unwrap_or_default();
        tracing::warn!(
            xid,
            action = action.name(),
            pid = backend.pid,
            user = backend.user,
            application = backend.application,
            address = backend.address,
            "circuit breaker"
        );
        Some(action)
    }
}

#[cfg(test)]
#[path = "backend_tests.rs"]
mod tests;
