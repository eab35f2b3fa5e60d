//! The command `lawtail`.

use std::process::ExitCode;

/// Rows are allocated by one thread and freed by another: docs/performance.md has the measurements.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    lawtail::cli::main()
}
