//! The decision core: what a change means, whether it was lawful, whether it is a breach.
//!
//! Pure and deterministic. Time arrives inside the batch, memory through [`state::View`].

mod arrived;
mod aside;
mod asked;
pub mod assess;
mod bundle;
mod classified;
pub mod classify;
mod copying;
mod data_map;
mod decide;
mod decision;
pub mod detect;
mod drift;
mod duplicate;
mod duties;
mod erasure;
pub mod incident;
mod inspect;
mod judge;
mod keys;
pub mod ledger;
mod lifted;
mod lookout;
mod maintenance;
pub mod nested;
mod notice;
mod observed;
mod own;
mod portal;
mod preference;
pub mod pseudonym;
mod questions;
mod record;
mod recorded;
mod requests;
mod retention;
pub mod series;
mod silence;
mod standing;
pub mod state;
mod timeline;
mod touched;
mod unfit;
mod unusual;
mod used;
mod word;

pub use classified::{Classified, Left, Touched};
pub use data_map::said;
pub use decide::Engine;
pub use decision::{Checkpoint, Counts, Decision, Requests};
pub use ledger::Census;
pub use record::Record;
pub use timeline::{Timeline, Whom};
pub use unfit::UnfitTables;
