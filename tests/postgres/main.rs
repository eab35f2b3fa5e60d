//! The PostgreSQL source against a real server.

mod follow;
mod gaps;
mod harmless;
mod login;
mod refusals;
mod support;
mod trouble;
