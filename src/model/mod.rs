//! What happened: positions, rows, tables, events, findings, incidents, codes and limits.
//!
//! The bottom of the house. Plain values without behaviour beyond their own invariants.

mod category;
mod cell;
mod code;
mod copy;
mod country;
mod event;
mod facts;
mod fault;
mod finding;
mod handling;
mod incident;
pub mod limits;
mod observation;
mod policy_news;
mod position;
mod reference;
mod table;
mod telephone;
mod time;
mod written;
mod zone;

pub use category::{Category, Heading, ProcessingContext, Sensitivity};
pub use cell::{Cell, Content, Row, Span};
pub use code::{Code, Meaning, Recovery, Severity, UnknownCode};
pub use copy::{
    ChunkId, CopyMark, CopyMemory, CopyNews, CopyOrigin, CopyRelation, LeftTable, OpenCopy,
    Reached, RowPlace,
};
pub use country::Country;
pub use event::{
    Backend, Batch, Begin, Change, Commit, Event, Gap, GapCause, Idle, Message, News, OldRow,
    Operation, OperationKind, TransactionKind, Uncommitted,
};
pub use facts::{ColumnFacts, Part, ReferencedColumn, Structure, TableFacts};
pub use fault::{Fault, Place};
pub use finding::{
    Activity, CatalogueEntry, Channel, ColumnVerdict, Emission, Evidence, EvidenceRole, Finding,
    Outcome, OwnRuleName, Standing, Status, VerdictSource,
};
pub use handling::{Act, Action, Handling, Instruction, Stage};
pub use incident::{
    Affected, BreachType, CategoryCount, Incident, IncidentState, Interruption, OpenTransaction,
    SeverityBand, SeverityScore, SubjectCount,
};
pub use observation::Observation;
pub use policy_news::{MaintenanceNews, PolicyEvent, PolicyNews};
pub use position::{InvalidLsn, Lsn, Position};
pub use reference::Reference;
pub use table::{Column, InvalidTableName, ReplicaIdentity, Table, TableName};
pub use telephone::{CallingCode, NUMBERING_PLANS};
pub use time::Timestamp;
pub use zone::{Hour, Slot, TimeZone};
