//! The PostgreSQL source against a real server: the newest that is installed, or the one whose
//! program folder `LAWTAIL_TEST_POSTGRES` names (`tests/postgres/fetch.sh 18` prints one).

mod follow;
mod gaps;
mod login;
mod refusals;
mod support;
mod trouble;
