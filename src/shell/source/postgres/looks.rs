//! Since when what is published may have been otherwise than it was last seen.

use super::control::{Control, column};
use super::slot;
use crate::model::{Code, Fault, Lsn};

/// When somebody looked at the catalogue: before what is read from it afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Look {
    /// How far the log had been written.
    at: Lsn,
    /// Every transaction before this one had ended, and was seen.
    oldest: u64,
    /// Every transaction from this one on had written nothing yet.
    next: u64,
}

impl Look {
    /// Now. The position first: what began to write between the two questions lies after it.
    pub async fn now(control: &Control) -> Result<Look, Fault> {
        let at = slot::flushed(control).await?;
        let question = "SELECT pg_snapshot_xmin(s)::text, pg_snapshot_xmax(s)::text \
            FROM pg_current_snapshot() s";
        let row = control.row(question, &[]).await?;
        let transaction = |index| {
            let text: &str = column(&row, index)?;
            text.parse()
                .map_err(|_| Fault::new(Code::PG_009, "the server sent a malformed snapshot"))
        };
        Ok(Look { at, oldest: transaction(0)?, next: transaction(1)? })
    }
}

/// The looks so far, as much of them as matters.
///
/// What a look does not see is the work of transactions that had not ended, and these may have
/// written long before: a commit is even in the log for a moment before anybody sees it. So what was
/// changed since a look lies after an earlier one, at which none of them had begun to write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Looks {
    since: Lsn,
    next: Option<Look>,
}

impl Looks {
    /// The stream begins: whatever it does not show was committed behind this position.
    pub fn begin(&mut self, from: Lsn) {
        if self.since == Lsn::ZERO {
            self.since = from;
        }
    }

    /// Adds the latest.
    pub fn add(&mut self, look: Look) {
        match self.next {
            Some(earlier) if earlier.next > look.oldest => {}
            earlier => {
                self.since = earlier.map_or(self.since, |earlier| earlier.at);
                self.next = Some(look);
            }
        }
    }

    /// What the latest look did not see lies behind this position; zero before the first stream.
    pub fn since(&self) -> Lsn {
        self.since
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(at: u64, oldest: u64, next: u64) -> Look {
        Look { at: Lsn(at), oldest, next }
    }

    #[test]
    fn a_transaction_that_was_in_progress_may_have_written_before() {
        let mut looks = Looks::default();
        looks.begin(Lsn(90));
        looks.add(look(100, 7, 7));
        assert_eq!(looks.since(), Lsn(90));
        // 7 has committed at 150, but nobody sees that yet.
        looks.add(look(150, 7, 8));
        assert_eq!(looks.since(), Lsn(100));
        looks.add(look(200, 7, 9));
        assert_eq!(looks.since(), Lsn(100));
        looks.add(look(250, 9, 9));
        assert_eq!(looks.since(), Lsn(150));
        looks.add(look(300, 9, 9));
        assert_eq!(looks.since(), Lsn(250));
    }
}
