//! A stream that breaks off, on a connection of the test's own.

use tokio::io::AsyncWriteExt;
use tokio::sync::mpsc;

use super::super::backend::Backends;
use super::super::breaker::CircuitBreaker;
use super::super::spool::SpoolSettings;
use super::*;

/// A message of the stream in its frame.
fn sent(payload: &[u8]) -> Vec<u8> {
    let length = (4 + 25 + payload.len()) as u32;
    [&b"d"[..], &length.to_be_bytes(), b"w", &[0; 24], payload].concat()
}

/// A chunk of transaction 7, in which a row of one column is added.
fn chunk() -> Vec<u8> {
    let xid = &[0, 0, 0, 7][..];
    let relation = [b"R", xid, &[0, 0, 0, 9], b"crm\0t\0d", &[0, 1, 1], b"id\0", &[0; 8]].concat();
    let insert = [b"I", xid, &[0, 0, 0, 9], b"N", &[0, 1], b"t", &[0, 0, 0, 1], b"1"].concat();
    let messages = [[b"S", xid, &[1]].concat(), relation, insert, b"E".to_vec()];
    messages.iter().flat_map(|message| sent(message)).collect()
}

/// The commit of it at 0/10, up to 0/18.
fn committed() -> Vec<u8> {
    let places = [0x10_u64, 0x18, 0].map(u64::to_be_bytes).concat();
    sent(&[&[b'c', 0, 0, 0, 7, 0][..], &places].concat())
}

fn news(events: &[Event]) -> Vec<(u32, &News)> {
    let news = |event| match event {
        &Event::Uncommitted(Uncommitted { xid, ref news, .. }) => Some((xid, news)),
        _ => None,
    };
    events.iter().filter_map(news).collect()
}

/// What is said to be lost when the connection breaks after this, of which only the first chunk
/// was handed over.
async fn lost_after(rest: &[u8], taking: bool) -> Vec<Event> {
    let (ours, mut server) = tokio::io::duplex(1 << 16);
    let (events, mut receiver) = mpsc::channel(1);
    let mut batcher = Batcher::new(events);
    let (status, _watched) = watch::channel(SourceStatus::default());
    let (questions, _backends) = Backends::new(CircuitBreaker::default());
    let spool = Spool::new(&SpoolSettings::new(std::env::temp_dir())).unwrap();
    let reader = FrameReader::new(Box::new(ours), limits::MESSAGE_BYTES);
    let mut stream =
        Stream::new(reader, Lsn::ZERO, spool, &mut batcher, Arc::default(), &status, questions);
    server.write_all(&chunk()).await.unwrap();
    let mut first = None;
    {
        let mut running = std::pin::pin!(stream.run());
        while receiver.is_empty() {
            let ended = (&mut running).now_or_never();
            assert!(ended.is_none(), "{ended:?}");
            tokio::task::yield_now().await;
        }
        if taking {
            first = receiver.try_recv().ok();
        }
        server.write_all(rest).await.unwrap();
        while taking && first.is_some() && receiver.is_empty() {
            assert!((&mut running).now_or_never().is_none());
            tokio::task::yield_now().await;
        }
        drop(server);
        running.await.unwrap_err();
    }
    let Ok(batch) = first.unwrap_or_else(|| receiver.try_recv().unwrap()) else {
        panic!("a batch")
    };
    assert!(matches!(news(&batch.events)[..], [(7, News::Change { .. })]));
    stream.lost()
}

#[tokio::test]
async fn a_transaction_that_is_open_when_the_connection_breaks_is_lost() {
    assert_eq!(news(&lost_after(&[], false).await), [(7, &News::Lost)]);
}

#[tokio::test]
async fn one_whose_end_had_come_and_was_not_handed_over_is_lost_as_well() {
    let aborted = sent(&[b'A', 0, 0, 0, 7, 0, 0, 0, 7]);
    assert_eq!(news(&lost_after(&aborted, false).await), [(7, &News::Lost)]);
    assert_eq!(news(&lost_after(&committed(), false).await), [(7, &News::Lost)]);
}

#[tokio::test]
async fn one_whose_end_was_handed_over_is_not() {
    let aborted = sent(&[b'A', 0, 0, 0, 7, 0, 0, 0, 7]);
    assert_eq!(news(&lost_after(&aborted, true).await), []);
    assert_eq!(news(&lost_after(&committed(), true).await), []);
}
