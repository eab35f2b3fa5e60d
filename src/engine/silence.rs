//! From withdrawal to silence: how long after somebody said no the last message still came.
//!
//! A no is looked at again when the profile's time for its propagation has passed. Whatever came after it
//! until then is a finding of its own (CN-002); the time to the last of them is a number for the whole
//! channel. A part of the stream that was not seen leaves the number out.

use serde::{Deserialize, Serialize};

use super::assess::{Answer, Circumstances, Question};
use super::decide::Deciding;
use super::judge::Due;
use super::keys;
use super::ledger::Stamp;
use crate::model::{Channel, Code, Fault, Reference, Timestamp};

/// A no, and the last message that came all the same.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Silence {
    no: Stamp,
    channel: Channel,
    last: Timestamp,
}

/// What it leaves behind among what is due, beside what else its change does.
const LANE: u8 = u8::MAX - 7;

impl Deciding<'_> {
    /// Each no begins to wait for silence; a newer one takes the place of an older.
    pub(super) fn await_silence(
        &mut self,
        refused: Vec<(Reference, Channel, String)>,
        change: &Circumstances,
    ) {
        let within = self.engine.policies.profile.consent.propagated_within;
        for (holder, channel, purpose) in refused {
            let key = keys::silence(holder, channel, &purpose);
            let mut due = keys::due(change.stamp.time + within, change.position(), LANE);
            due.extend_from_slice(&key);
            self.expect(due, &Due::Silence(key.clone()));
            let silence = Silence { no: change.stamp, channel, last: change.stamp.time };
            self.state.write(key, &silence);
        }
    }

    /// A message came all the same.
    pub(super) fn note_noise(
        &mut self,
        question: &Question,
        answer: &Answer,
        change: &Circumstances,
    ) -> Result<(), Fault> {
        let asked = match question {
            Question::Late { question, .. } => question,
            question => question,
        };
        let (Question::Message { channel, purpose, holders }, Answer::Unlawful(found)) =
            (asked, answer)
        else {
            return Ok(());
        };
        if found.code != Code::CN_002 {
            return Ok(());
        }
        for holder in holders {
            for scope in [purpose.as_str(), ""] {
                let key = keys::silence(*holder, *channel, scope);
                if let Some(silence) = self.state.read::<Silence>(&key)? {
                    let last = silence.last.max(change.stamp.time);
                    self.state.write(key, &Silence { last, ..silence });
                }
            }
        }
        Ok(())
    }

    /// The time has come.
    pub(super) fn reach_silence(&mut self, key: &[u8]) -> Result<(), Fault> {
        let Some(silence) = self.state.read::<Silence>(key)? else { return Ok(()) };
        let within = self.engine.policies.profile.consent.propagated_within;
        // A newer no has its own time.
        if silence.no.time + within > self.now {
            return Ok(());
        }
        self.state.remove(key.to_vec());
        if silence.no.place.part == self.part() && !self.is_incomplete(silence.no.place) {
            let microseconds = silence.last.microseconds_since(silence.no.time);
            let seconds = u64::try_from(microseconds / 1_000_000).unwrap_or_default();
            self.counts.silences.push((silence.channel, seconds));
        }
        Ok(())
    }
}
