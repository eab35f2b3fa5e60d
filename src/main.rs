//! The command `lawtail`.

use std::process::ExitCode;

fn main() -> ExitCode {
    lawtail::cli::main()
}
