//! What the disk and the library say, as faults.

use std::error::Error as _;
use std::io;
use std::path::Path;

use crate::model::{Code, Fault};

/// The folder, or something in it, cannot be used.
pub(super) fn unusable(folder: &Path, error: &io::Error) -> Fault {
    let code = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Code::STO_002,
        _ => Code::STO_001,
    };
    Fault::new(code, format!("{}: {error}", folder.display()))
}

/// The operating system's error, when it is one and not our own complaint about the content.
fn system_error(error: &fjall::Error) -> Option<&io::Error> {
    let mut next = error.source();
    while let Some(source) = next {
        if let Some(system) = source.downcast_ref::<io::Error>() {
            return system.raw_os_error().map(|_| system);
        }
        next = source.source();
    }
    None
}

pub(super) fn opening_fault(folder: &Path, error: &fjall::Error) -> Fault {
    if matches!(error, fjall::Error::Locked) {
        let cause = format!("{}: another lawtail is using it", folder.display());
        return Fault::new(Code::STO_001, cause)
            .help("stop the other lawtail, or give this one a folder of its own");
    }
    match system_error(error) {
        Some(system) => unusable(folder, system),
        None => Fault::new(Code::STO_003, format!("{}: {error}", folder.display())),
    }
}

pub(super) fn reading_fault(error: &fjall::Error) -> Fault {
    let code = if system_error(error).is_some() { Code::STO_002 } else { Code::STO_003 };
    Fault::new(code, format!("reading failed: {error}"))
}

/// After a failed write the tree accepts no other: what is on disk is known again only once the
/// store has been opened anew.
pub(super) fn writing_fault(error: &fjall::Error) -> Fault {
    Fault::new(Code::STO_002, format!("writing failed: {error}"))
}

/// Something is there that is not what it should be.
pub(super) fn unreadable(what: &str) -> Fault {
    Fault::new(Code::STO_003, format!("{what} cannot be read"))
}
