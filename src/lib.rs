#![doc = include_str!("ARCHITECTURE.md")]

pub mod cli;
pub mod engine;
pub mod model;
pub mod policy;
pub mod shell;
pub mod wire;
