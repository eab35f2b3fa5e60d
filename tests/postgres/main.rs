//! The PostgreSQL source against a real server.

mod follow;
mod gaps;
mod login;
mod refusals;
mod streaming;
mod support;
mod trouble;
