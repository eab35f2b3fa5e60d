#![doc = include_str!("ARCHITECTURE.md")]
#![forbid(unsafe_code)]

pub mod cli;
pub mod engine;
pub mod model;
pub mod policy;
pub mod shell;
pub mod wire;
