//! Bytes, both ways. Never panics on what comes from outside.

mod assemble;
mod block;
pub mod chain;
mod dead_letter;
mod envelope;
mod event;
pub mod journal;
pub mod lines;
mod ocsf;
pub mod pgoutput;
mod policy_event;
#[cfg(test)]
pub(crate) mod samples;
pub mod text;
mod timeline;
mod view;

pub use assemble::{Assembler, Sent, Then};
pub use chain::Chain;
pub use dead_letter::DeadLetter;
pub use envelope::{Origin, incident_body, incident_event_id};
pub use event::{CloudEvent, Signature, Topic};
pub use timeline::timeline_body;
pub use view::EventView;
