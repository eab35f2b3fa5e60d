//! How long the slot still has, before the server gives up on it.

use super::slot_health::SlotHealth;
use crate::model::{Timestamp, limits};

/// What lies ahead of the slot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outlook {
    /// Little of `max_slot_wal_keep_size` is left.
    pub low: bool,
    /// When it will be used up at the present rate; `None` while it does not shrink.
    pub loss: Option<Timestamp>,
}

/// Follows how much log the server would still keep.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Headroom {
    last: Option<(Timestamp, u64)>,
    /// Smoothed, in bytes per second; what is acknowledged counts against what is written.
    shrinks_by: f64,
    low: bool,
}

impl Headroom {
    /// Takes the state of a moment of the server's clock.
    pub fn look(&mut self, slot: &SlotHealth, now: Timestamp) -> Outlook {
        let (Some(left), Some(limit)) = (slot.safe_wal_bytes, slot.limit_bytes) else {
            *self = Headroom::default();
            return Outlook::default();
        };
        if let Some((time, before)) = self.last {
            let seconds = now.microseconds_since(time) as f64 / 1e6;
            if seconds > 0.0 {
                let rate = (before as f64 - left as f64) / seconds;
                let weight = 1.0 - (-seconds / limits::SLOT_RATE_WINDOW.as_secs_f64()).exp();
                self.shrinks_by += weight * (rate - self.shrinks_by);
            }
        }
        self.last = Some((now, left));
        let share = |percent: u64| limit / 100 * percent;
        let (warn, calm) = limits::SLOT_ROOM_PERCENT;
        self.low = left < share(if self.low { calm } else { warn });
        let loss = (self.shrinks_by >= 1.0)
            .then(|| Timestamp(now.0.saturating_add((left as f64 / self.shrinks_by * 1e6) as i64)));
        Outlook { low: self.low, loss }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(headroom: &mut Headroom, second: i64, left: u64) -> Outlook {
        let slot = SlotHealth {
            safe_wal_bytes: Some(left),
            limit_bytes: Some(1_000_000),
            ..SlotHealth::default()
        };
        headroom.look(&slot, Timestamp(second * 1_000_000))
    }

    #[test]
    fn it_warns_late_enough_and_calms_down_later_still() {
        let mut headroom = Headroom::default();
        let low = [900_000, 250_000, 249_999, 400_000, 499_999, 500_000, 300_000, 100]
            .map(|left| look(&mut headroom, 0, left).low);
        assert_eq!(low, [false, false, true, true, true, false, false, true]);
    }

    #[test]
    fn the_time_left_follows_the_present_rate() {
        let mut headroom = Headroom::default();
        let mut outlook = Outlook::default();
        for second in 0..600 {
            outlook = look(&mut headroom, second, 1_000_000 - 1_000 * second as u64);
        }
        let left = outlook.loss.unwrap().microseconds_since(Timestamp(599_000_000));
        assert!((395..=407).contains(&(left / 1_000_000)), "{left}");
        for second in 600..1_200 {
            outlook = look(&mut headroom, second, 400_000 + 10 * second as u64);
        }
        assert_eq!(outlook, Outlook::default(), "it grows again");
    }

    #[test]
    fn without_a_limit_there_is_nothing_to_lose() {
        let mut headroom = Headroom::default();
        look(&mut headroom, 0, 10);
        let outlook = headroom.look(&SlotHealth::default(), Timestamp(1));
        assert_eq!(outlook, Outlook::default());
    }
}
