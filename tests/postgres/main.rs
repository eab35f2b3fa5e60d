//! The PostgreSQL source against a real server.

mod copy;
#[path = "../support/dice.rs"]
mod dice;
mod follow;
mod gaps;
mod login;
mod refusals;
mod support;
mod trouble;
