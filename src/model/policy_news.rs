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
    /// Something happened to an envelope of declared maintenance.
    Maintenance {
        /// Its name; `None` for one that a transaction declared for itself.
        maintenance: Option<String>,
        /// What happened.
        news: MaintenanceNews,
        /// Rows so far.
        rows: u64,
        /// Rows that were declared.
        declared_rows: u64,
    },
}

/// What can happen to an envelope of declared maintenance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MaintenanceNews {
    /// It was used for the first time.
    Begun,
    /// A transaction declared it for itself and stayed within it.
    Within,
    /// More was done than was declared: all of it counts.
    Exceeded,
    /// Its time is over.
    Ended,
    /// A transaction declared what it may not, or what cannot be read.
    Refused,
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
            PolicyEvent::Maintenance { maintenance, news, rows, declared_rows } => {
                let name = match maintenance {
                    Some(name) => format!("the maintenance {name}"),
                    None => "maintenance declared by a transaction".to_owned(),
                };
                let what = match news {
                    MaintenanceNews::Begun => "has begun",
                    MaintenanceNews::Within => "stayed within what was declared",
                    MaintenanceNews::Exceeded => {
                        "went beyond what was declared, so all of it counts"
                    }
                    MaintenanceNews::Ended => "is over",
                    MaintenanceNews::Refused => "was refused",
                };
                format!("{name} {what}: {rows} of {declared_rows} rows")
            }
        }
    }
}
