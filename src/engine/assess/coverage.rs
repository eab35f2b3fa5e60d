//! COV-001, COV-003, COV-004, REG-001, LB-005, RET-002: what cannot be judged, said once per table.
//!
//! A gap is neither lawful nor unlawful. It is announced when it first shows, and the changes it
//! concerns are counted as undecided.

use serde::{Deserialize, Serialize};

use crate::engine::keys;
use crate::engine::state::State;
use crate::model::{Code, Fault, Severity, TableName};

/// Which gaps of a table have been announced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Announced {
    old_values: bool,
    unmapped: bool,
    actor: bool,
    purpose: bool,
    request: bool,
    basis: bool,
    limit: bool,
}

/// Why something about a table cannot be judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gap {
    /// Updates arrive without old values. (COV-001)
    OldValues,
    /// Personal data in a table that pack or register do not know. (COV-003)
    Unmapped,
    /// The column that should name who made the change is empty. (COV-004)
    Actor,
    /// A message has a purpose that the register does not know. (REG-001)
    Purpose,
    /// A request that may have been answered unseen, or that cannot be read. (RT-001)
    Request,
    /// A lawful basis is recorded by a word that the pack does not know. (LB-005)
    Basis,
    /// Nothing says how long these people may be kept. (RET-002)
    Limit,
}

impl Gap {
    /// Its code.
    pub fn code(self) -> Code {
        match self {
            Gap::OldValues => Code::COV_001,
            Gap::Unmapped => Code::COV_003,
            Gap::Actor => Code::COV_004,
            Gap::Purpose => Code::REG_001,
            Gap::Request => Code::RT_001,
            Gap::Basis => Code::LB_005,
            Gap::Limit => Code::RET_002,
        }
    }

    /// How much it matters. It is never more than a reason to look.
    pub fn severity(self) -> Severity {
        match self {
            Gap::Request => Severity::Low,
            other => other.code().severity(),
        }
    }

    /// Why, in words.
    pub fn reason(self) -> &'static str {
        match self {
            Gap::OldValues => {
                "the replica identity is not FULL, so it cannot be told which personal values an \
                 update changed"
            }
            Gap::Unmapped => "personal data in a table that the pack or the register does not know",
            Gap::Actor => "the column that should name who made the change is empty",
            Gap::Purpose => "a message was sent for a purpose that the register does not know",
            Gap::Request => {
                "whether a request was answered in time cannot be judged: its kind or state cannot \
                 be read, its row is gone, or a part of the stream was not seen"
            }
            Gap::Basis => {
                "a lawful basis is recorded by a word that the pack does not know; it counts for \
                 nothing and against nobody"
            }
            Gap::Limit => {
                "the register sets no time limit for the erasure of people who are entered here, or \
                 not for their category"
            }
        }
    }
}

/// Whether the gap is new for the table; from now on it is not.
pub fn is_new(gap: Gap, table: &TableName, state: &mut State<'_>) -> Result<bool, Fault> {
    let key = keys::announced(table);
    let mut announced = state.read::<Announced>(&key)?.unwrap_or_default();
    let flag = match gap {
        Gap::OldValues => &mut announced.old_values,
        Gap::Unmapped => &mut announced.unmapped,
        Gap::Actor => &mut announced.actor,
        Gap::Purpose => &mut announced.purpose,
        Gap::Request => &mut announced.request,
        Gap::Basis => &mut announced.basis,
        Gap::Limit => &mut announced.limit,
    };
    let new = !std::mem::replace(flag, true);
    if new {
        state.write(key, &announced);
    }
    Ok(new)
}
