//! The PostgreSQL source against a real server.

mod follow;
mod gaps;
mod headroom;
mod login;
mod refusals;
mod support;
mod timelines;
mod trouble;
