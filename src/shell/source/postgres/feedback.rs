//! What we tell the server while it streams: how far we have come, and that we are alive.
//!
//! It has its own half of the connection and its own task, so that a slow receiver of changes
//! never looks like a dead client.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use bytes::{BufMut, BytesMut};
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use super::refusal::io_fault;
use crate::model::{Code, Fault, Lsn, Timestamp};

/// The sending half of a streaming connection.
pub(super) struct Feedback {
    /// To the server.
    pub writer: Box<dyn AsyncWrite + Send + Unpin>,
    /// The largest position that was received.
    pub received: Arc<AtomicU64>,
    /// What the server had noted as confirmed when the stream began; nothing less is told.
    pub confirmed: Lsn,
    /// What the server may forget.
    pub acknowledged: watch::Receiver<Lsn>,
    /// Turns true when the source is to end.
    pub stop: watch::Receiver<bool>,
    /// Turns true when this stream is to end so that another begins.
    pub leave: watch::Receiver<bool>,
    /// How often to speak when there is nothing new to say.
    pub every: Duration,
}

impl Feedback {
    /// Speaks at intervals, and at once when the acknowledged position rises. Ends after a last
    /// word when told to stop or to leave, otherwise only with a fault.
    pub async fn run(mut self) -> Result<(), Fault> {
        let mut ticks = interval(self.every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut stop, mut acknowledged) = (self.stop.clone(), self.acknowledged.clone());
        let mut leave = self.leave.clone();
        loop {
            tokio::select! {
                () = stopped(&mut stop) => break,
                () = stopped(&mut leave) => break,
                // The answer asked for carries the server's clock and how far it has read: that
                // is what moves an idle database on without a single write to it.
                _ = ticks.tick() => self.tell(true).await?,
                changed = acknowledged.changed() => match changed {
                    Ok(()) => self.tell(false).await?,
                    Err(_) => break,
                },
            }
        }
        self.tell(false).await?;
        self.send(&END).await
    }

    /// Sends a standby status update (PostgreSQL manual, "Streaming Replication Protocol").
    async fn tell(&mut self, answer_wanted: bool) -> Result<(), Fault> {
        let acknowledged = self.confirmed.max(*self.acknowledged.borrow());
        let received = self.received.load(Ordering::Relaxed).max(acknowledged.0);
        let mut message = BytesMut::with_capacity(39);
        message.put_u8(b'd');
        message.put_i32(38);
        message.put_u8(b'r');
        message.put_u64(received);
        message.put_u64(acknowledged.0);
        message.put_u64(acknowledged.0);
        message.put_i64(local_time().to_postgres());
        message.put_u8(answer_wanted.into());
        self.send(&message).await
    }

    async fn send(&mut self, message: &[u8]) -> Result<(), Fault> {
        let sent = async {
            self.writer.write_all(message).await?;
            self.writer.flush().await
        };
        sent.await.map_err(|error| io_fault(Code::PG_008, &error))
    }
}

/// Waits until told to stop, or until nobody is left to tell.
pub(super) async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// `CopyDone`, then `Terminate`.
const END: [u8; 10] = [b'c', 0, 0, 0, 4, b'X', 0, 0, 0, 4];

/// The protocol wants our own clock here; nothing is decided by it.
fn local_time() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;

    use super::*;

    #[tokio::test]
    async fn what_is_acknowledged_is_told_at_once_and_once_more_at_the_end() {
        let (ours, mut server) = tokio::io::duplex(1024);
        let (acknowledge, acknowledged) = watch::channel(Lsn::ZERO);
        let (end, stop) = watch::channel(false);
        let (_stay, leave) = watch::channel(false);
        let feedback = Feedback {
            writer: Box::new(ours),
            received: Arc::new(AtomicU64::new(9)),
            confirmed: Lsn(5),
            acknowledged,
            stop,
            leave,
            every: Duration::from_secs(3600),
        };
        let task = tokio::spawn(feedback.run());
        let mut message = [0; 39];
        server.read_exact(&mut message).await.unwrap();
        assert_eq!((message[0], message[5], message[38]), (b'd', b'r', 1));
        assert_eq!((message[13], message[21]), (9, 5));
        acknowledge.send(Lsn(7)).unwrap();
        server.read_exact(&mut message).await.unwrap();
        assert_eq!((message[13], message[21], message[29], message[38]), (9, 7, 7, 0));
        end.send(true).unwrap();
        let mut rest = Vec::new();
        server.read_to_end(&mut rest).await.unwrap();
        assert_eq!((rest.len(), &rest[39..]), (49, &END[..]));
        assert_eq!(task.await.unwrap(), Ok(()));
    }
}
