//! A limit on what the copy reads in a second, over all its connections.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use tokio::time::{Instant, sleep};

/// Shared by all readers of a copy; without a rate it never waits.
pub(super) struct Limiter {
    begun: Instant,
    bucket: Option<Mutex<Bucket>>,
}

impl Limiter {
    /// `rate` in bytes per second.
    pub fn new(rate: Option<u64>) -> Self {
        let bucket = rate.map(|rate| Mutex::new(Bucket::new(rate)));
        Limiter { begun: Instant::now(), bucket }
    }

    /// Waits until this many bytes more may be read.
    pub async fn take(&self, bytes: usize) {
        let Some(bucket) = &self.bucket else { return };
        let wait = {
            let mut bucket = bucket.lock().unwrap_or_else(PoisonError::into_inner);
            bucket.take(bytes as u64, self.begun.elapsed())
        };
        sleep(wait).await;
    }
}

/// A token bucket that holds one second's worth, kept as the moment at which everything taken so
/// far is paid for (the virtual scheduling form of the generic cell rate algorithm, ITU-T I.371).
struct Bucket {
    rate: u64,
    paid: Duration,
}

/// What an idle second is good for later.
const BURST: Duration = Duration::from_secs(1);

impl Bucket {
    fn new(rate: u64) -> Self {
        Bucket { rate: rate.max(1), paid: Duration::ZERO }
    }

    /// Takes bytes at a moment; returns how long to wait for them.
    fn take(&mut self, bytes: u64, now: Duration) -> Duration {
        let nanoseconds = u128::from(bytes) * 1_000_000_000 / u128::from(self.rate);
        let cost = Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX));
        self.paid = self.paid.max(now).saturating_add(cost);
        self.paid.saturating_sub(now + BURST)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Takes one after another, each as soon as it may, and returns when all have been taken.
    fn all_taken(rate: u64, takes: &[(u64, u64)]) -> Duration {
        let mut bucket = Bucket::new(rate);
        takes.iter().fold(Duration::ZERO, |now, (bytes, idle)| {
            let now = now + Duration::from_millis(*idle);
            now + bucket.take(*bytes, now)
        })
    }

    proptest! {
        #[test]
        fn never_more_is_read_than_the_rate_and_one_second_allow(
            rate in 1u64..1_000_000,
            takes in prop::collection::vec((0u64..2_000_000, 0u64..3_000), 1..50),
        ) {
            let bytes: u64 = takes.iter().map(|(bytes, _)| bytes).sum();
            let time = all_taken(rate, &takes).as_secs_f64();
            prop_assert!(bytes as f64 <= rate as f64 * (time + 1.0) + takes.len() as f64);
        }

        #[test]
        fn a_reader_that_never_pauses_gets_the_whole_rate(
            rate in 1_000u64..1_000_000, takes in prop::collection::vec(1u64..2_000_000, 1..50),
        ) {
            let bytes: u64 = takes.iter().sum();
            let takes: Vec<(u64, u64)> = takes.into_iter().map(|bytes| (bytes, 0)).collect();
            let needed = bytes as f64 / rate as f64;
            prop_assert!(all_taken(rate, &takes).as_secs_f64() <= needed);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn readers_share_one_rate_and_without_one_nobody_waits() {
        let limited = Limiter::new(Some(1_000));
        tokio::join!(limited.take(2_000), limited.take(3_000));
        assert_eq!(limited.begun.elapsed().as_secs(), 4);
        let free = Limiter::new(None);
        free.take(usize::MAX).await;
        assert_eq!(free.begun.elapsed(), Duration::ZERO);
    }
}
