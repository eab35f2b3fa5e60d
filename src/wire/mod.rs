//! Bytes, both ways. Never panics on what comes from outside.

mod event;

pub use event::{CloudEvent, Topic};
