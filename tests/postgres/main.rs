//! The PostgreSQL source against a real server: the newest that is installed, or the one whose
//! program folder `LAWTAIL_TEST_POSTGRES` names (`tests/postgres/fetch.sh 18` prints one).

mod copy;
#[path = "../support/dice.rs"]
mod dice;
mod follow;
mod gaps;
mod harmless;
mod headroom;
mod login;
mod refusals;
mod role;
mod streaming;
mod support;
mod timelines;
mod trouble;
