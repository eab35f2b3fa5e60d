//! Faults as people see them: coloured on a terminal, plain elsewhere.

use std::process::ExitCode;

use anstream::eprintln;
use anstyle::{AnsiColor, Style};

use crate::model::Fault;

/// What is well.
pub const GOOD: Style = AnsiColor::Green.on_default();

/// What is not.
pub const BAD: Style = AnsiColor::Red.on_default().bold();

/// What leads the eye.
pub const STRONG: Style = Style::new().bold();

/// What stands back.
pub const FAINT: Style = AnsiColor::Cyan.on_default();

/// Prints every fault to standard error. The exit code is that of a failure.
pub fn show(faults: &[Fault]) -> ExitCode {
    let (bad, strong, faint) = (BAD, STRONG, FAINT);
    for fault in faults {
        eprintln!("{bad}{}{bad:#} {strong}{}{strong:#}", fault.code, fault.code.title());
        if let Some(place) = &fault.place {
            eprintln!("  {faint}place: {faint:#} {place}");
        }
        eprintln!("  {faint}cause: {faint:#} {}", fault.cause);
        eprintln!("  {faint}remedy:{faint:#} {}\n", fault.remedy());
    }
    ExitCode::FAILURE
}
