//! A store that is being created: killed in the middle of it, the next start begins anew.
//!
//! The library writes its files one after the other and marks the folder last. What it left behind
//! without the mark it neither opens nor creates again. So a mark of ours stands in the folder while
//! a store is being created. What lies beside it was never used: a store takes its first decision
//! only once it is open.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;

use super::faults::unusable;
use crate::model::{Code, Fault};

/// Ours: there while a store is being created.
pub(super) const MARK: &str = "creating";

/// The library's: there once a store has been created, as far as the library is concerned.
pub(super) const CREATED: &str = "version";

/// The library's: held by whoever uses the store.
pub(super) const LOCK: &str = "lock";

/// Makes way for a new store, unless there is one.
///
/// # Errors
/// `STO-001` when another process is creating it at this moment or the folder cannot be written,
/// `STO-002` when the disk is full.
pub(super) fn begin(folder: &Path) -> Result<(), Fault> {
    let (mark, created) = (folder.join(MARK), folder.join(CREATED));
    let failed = |error: io::Error| unusable(folder, &error);
    if !mark.exists() && created.exists() {
        return Ok(());
    }
    let _held = hold(folder)?;
    clear(folder, mark.exists()).map_err(failed)?;
    let mark = File::create(&mark).map_err(failed)?;
    mark.sync_all().and_then(|()| File::open(folder)?.sync_all()).map_err(failed)
}

/// It has been created, or was there.
pub(super) fn end(folder: &Path) -> Result<(), Fault> {
    let mark = folder.join(MARK);
    if !mark.exists() {
        return Ok(());
    }
    // Durably: a mark that comes back after a power failure would make way for a new store.
    let removed = fs::remove_file(mark).and_then(|()| File::open(folder)?.sync_all());
    removed.map_err(|error| unusable(folder, &error))
}

/// Keeps others from creating it meanwhile.
pub(super) fn hold(folder: &Path) -> Result<File, Fault> {
    let lock = File::options().write(true).create(true).truncate(false).open(folder.join(LOCK));
    let lock = lock.map_err(|error| unusable(folder, &error))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => {
            let cause = format!("{}: another lawtail is using it", folder.display());
            Err(Fault::new(Code::STO_001, cause))
        }
        Err(TryLockError::Error(error)) => Err(unusable(folder, &error)),
    }
}

/// Removes what a creation left behind. Without our mark it was one of an earlier release, and then
/// only what such a one leaves is touched: it may be somebody's folder.
fn clear(folder: &Path, marked: bool) -> io::Result<()> {
    let trees = folder.join("keyspaces");
    if !marked {
        absent(fs::remove_file(folder.join("0.jnl")))?;
        // Not when anything lies in it.
        let _ = fs::remove_dir(trees);
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "jnl") {
            fs::remove_file(path)?;
        }
    }
    absent(fs::remove_file(folder.join(CREATED)))?;
    absent(fs::remove_dir_all(trees))
}

/// Removed, or not there.
fn absent(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::store::{FjallStore, StoreSettings};

    fn open(folder: &Path) -> Result<FjallStore, Fault> {
        FjallStore::open(&StoreSettings {
            folder: folder.to_owned(),
            cache_bytes: 1 << 20,
            key: None,
        })
    }

    #[test]
    fn killed_at_any_step_of_its_creation_it_is_created_anew() {
        let whole = tempfile::tempdir().unwrap();
        drop(open(whole.path()).unwrap());
        assert!(!whole.path().join(MARK).exists());
        // What the library has written by then, in its order; the last is the whole store.
        for written in 0..=4 {
            let folder = tempfile::tempdir().unwrap();
            let path = |name: &str| folder.path().join(name);
            fs::write(path(MARK), "").unwrap();
            if written > 0 {
                fs::write(path(LOCK), "").unwrap();
                fs::create_dir(path("keyspaces")).unwrap();
            }
            if written > 1 {
                fs::write(path("0.jnl"), [0; 64]).unwrap();
            }
            if written > 2 {
                fs::write(path(CREATED), "").unwrap();
            }
            if written > 3 {
                fs::create_dir_all(path("keyspaces/0/tables")).unwrap();
            }
            drop(open(folder.path()).unwrap_or_else(|fault| panic!("{written}: {fault}")));
            assert!(!path(MARK).exists());
        }
    }

    #[test]
    fn what_an_earlier_release_left_of_a_creation_is_no_store_either() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("keyspaces")).unwrap();
        fs::write(folder.path().join("0.jnl"), [0; 64]).unwrap();
        fs::write(folder.path().join("notes.jnl"), "somebody's").unwrap();
        drop(open(folder.path()));
        assert!(folder.path().join("notes.jnl").exists());
    }

    #[test]
    fn whoever_is_creating_it_is_not_disturbed() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(MARK), "").unwrap();
        let lock = File::create(folder.path().join(LOCK)).unwrap();
        lock.lock().unwrap();
        fs::write(folder.path().join("0.jnl"), "").unwrap();
        let fault = open(folder.path()).err().unwrap();
        assert_eq!(fault.code, Code::STO_001);
        assert!(folder.path().join("0.jnl").exists());
    }
}
