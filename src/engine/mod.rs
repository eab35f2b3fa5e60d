//! The decision core: what a change means, whether it was lawful, whether it is a breach.
//!
//! Pure and deterministic. Time arrives inside the batch, memory through [`state::View`].

mod decision;
pub mod detect;
pub mod pseudonym;
pub mod state;

pub use decision::{Checkpoint, Counts, Decision};
