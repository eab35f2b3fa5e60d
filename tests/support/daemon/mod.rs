//! The real program as a child process, beside a real PostgreSQL with the demonstration's CRM.
#![allow(dead_code, unused_imports, reason = "not every test binary uses all of it")]

pub mod database;
pub mod patience;
pub mod process;
pub mod published;
pub mod rows;

pub use database::Crm;
pub use process::{Ended, Home, Lawtail};
