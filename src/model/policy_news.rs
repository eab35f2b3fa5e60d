//! What becomes of the policies while the stream is followed.

use serde::Serialize;
use uuid::Uuid;

use super::{Code, Timestamp};

/// Something happened to the policies in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyNews {
    /// Derived from what makes it one: a replay repeats it.
    pub id: Uuid,
    /// Stream time.
    pub time: Timestamp,
    /// What happened.
    pub event: PolicyEvent,
    /// Digest of the policies in force from here on, hexadecimal.
    pub digest: String,
}

/// What can happen to policies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum PolicyEvent {
    /// Others have taken their place.
    Replaced {
        /// The digest of those that were in force before.
        former: String,
    },
    /// Others were to take their place and cannot; nothing has changed.
    Refused {
        /// Code of the first fault.
        code: Code,
        /// Where it lies: file, line and key, never what stands there.
        place: Option<String>,
        /// How many faults there are.
        faults: u64,
    },
    /// An exception has expired: what it matched counts in full again.
    ExceptionExpired {
        /// Its name.
        exception: String,
        /// The rule that it is from.
        rule: Code,
        /// Whose it was.
        owner: String,
        /// The first moment at which it no longer held, RFC 3339.
        expired: String,
    },
}

impl PolicyEvent {
    /// Why, in words, without any value.
    pub fn describe(&self) -> String {
        match self {
            PolicyEvent::Replaced { .. } => "other policies are in force".to_owned(),
            PolicyEvent::Refused { code, place, faults } => {
                let place = place.as_ref().map(|place| format!(" at {place}")).unwrap_or_default();
                format!(
                    "new policies were refused and those in force stay: {faults} \
                     fault{}, the first {code}{place}",
                    if *faults == 1 { "" } else { "s" }
                )
            }
            PolicyEvent::ExceptionExpired { exception, rule, .. } => {
                format!("the exception {exception} from {rule} has expired")
            }
        }
    }
}
