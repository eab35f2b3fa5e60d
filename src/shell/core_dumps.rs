//! No image of this process's memory is ever written to a disk: it holds keys, and rows on their way through.

use rustix::io;
use rustix::process::{self, DumpableBehavior, Resource, Rlimit};

/// Turns core dumps off for good, also those that are piped to a collector, which heed no limit; and keeps
/// other processes of the same user from reading the memory (prctl(2), `PR_SET_DUMPABLE`).
///
/// # Errors
/// That of the operating system.
pub fn forbid() -> io::Result<()> {
    process::set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    // For what would turn dumps on again; a unit that forbids the call has set the limit itself.
    let _ = process::setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn afterwards_neither_limit_nor_collector_gets_a_dump() {
        forbid().unwrap();
        let limit = process::getrlimit(Resource::Core);
        assert_eq!((limit.current, limit.maximum), (Some(0), Some(0)));
        assert_eq!(process::dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
    }
}
