//! The command `lawtail`.

use std::process::ExitCode;

/// Rows are allocated by one thread and freed by another: docs/performance.md has the measurements.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// `mi_option_purge_delay`, which the binding does not name: see mimalloc.h.
const PURGE_DELAY: libmimalloc_sys::mi_option_t = 15;

/// How long memory that is free stays with the process, in milliseconds. The allocator's own second
/// is long enough for merging the store's tables to leave tens of MiB of it.
const PURGE_MILLISECONDS: std::ffi::c_long = 10;

#[allow(unsafe_code, reason = "a setting of the allocator, which takes any value at any time")]
fn main() -> ExitCode {
    // A default, so that MIMALLOC_PURGE_DELAY in the environment still counts.
    unsafe { libmimalloc_sys::mi_option_set_default(PURGE_DELAY, PURGE_MILLISECONDS) };
    lawtail::cli::main()
}
