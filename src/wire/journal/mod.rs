//! The change journal: what the source hands over, as JSON lines that people can read and write.
//!
//! `lawtail replay` and the golden tests read it; `docs/journal.md` describes it for users. A
//! journal holds the content of rows in clear. It is the one format of lawtail that does, which is
//! why nothing in the daemon writes one.

mod cells;
mod line;
mod moment;
mod read;
#[cfg(test)]
mod tests;
mod write;

pub use read::read;
pub use write::write;
