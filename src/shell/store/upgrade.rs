//! A store is written anew beside the one that there is, and takes its place when it is whole: after
//! a change of format, or under another key.
//!
//! ```text
//! store                      the one that there is, until the last moment
//! store.upgrading            what is being written; removed if found at a start
//! store.upgraded             whole; takes the place of a store that is missing, and is removed beside one
//! store.format-6-at-16B3748  the former store, as it was
//! ```
//!
//! Nothing is written into the former store. So a kill at any moment leaves either that one where it
//! was, or both whole, which the next start completes.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fjall::PersistMode;
use rustix::fs::statvfs;
use tracing::{info, warn};

use super::cipher::{Cipher, EncryptionKey};
use super::faults::{unusable, writing_fault};
use super::fjall::checkpoint;
use super::format::{self, Standing, Step};
use super::trees::{self, Tree, Trees};
use super::{StoreSettings, creation};
use crate::model::{Code, Fault, Lsn};

/// Records and bytes that are written together.
const BATCH: (usize, usize) = (1_024, 1 << 20);

/// Room that is left free beside the new store, in bytes: journals are reserved ahead.
const MARGIN: u64 = 128 << 20;

/// Completes what a kill has interrupted between the two renamings.
///
/// Fails with `STO-001` when the folder cannot be renamed.
pub(super) fn recover(folder: &Path) -> Result<(), Fault> {
    let folder = &followed(folder);
    let whole = beside(folder, "upgraded");
    if folder.exists() || !whole.exists() {
        return Ok(());
    }
    rename(&whole, folder)?;
    info!(store = %folder.display(), "the upgrade of the store that was interrupted is complete");
    Ok(())
}

/// Removes what an interrupted upgrade has left beside a store that stands: it would come back, out of
/// date, if the store were moved away one day. Nobody else writes it while we have the store.
///
/// Fails with `STO-005` when it cannot be removed.
pub(super) fn clear(folder: &Path) -> Result<(), Fault> {
    let folder = &followed(folder);
    remove(&beside(folder, "upgrading"))?;
    remove(&beside(folder, "upgraded"))
}

/// Takes each record through the steps into a new store, which takes the place of the former.
/// Returns where that one lies now.
///
/// Fails with `STO-005` when there is no room for a second store, or no right to make it.
pub(super) fn run(
    settings: &StoreSettings,
    former: Trees,
    found: u32,
    steps: &[Step],
) -> Result<PathBuf, Fault> {
    let folder = &followed(&settings.folder);
    let position = checkpoint(&former)?.map_or(Lsn::ZERO, |checkpoint| checkpoint.end);
    info!(store = %folder.display(), from = found, to = format::FORMAT, "upgrading the store");
    clear(folder)?;
    check_room(folder, settings.key.is_some())?;
    let (new, whole) = (beside(folder, "upgrading"), beside(folder, "upgraded"));
    if let Err(fault) =
        write(&new, &StoreSettings { folder: folder.clone(), ..settings.clone() }, &former, steps)
    {
        let _ = remove(&new);
        return Err(fault);
    }
    rename(&new, &whole)?;
    drop(former);
    let _held = creation::hold(folder)?;
    let backup = free_name(folder, found, position);
    rename(folder, &backup)?;
    rename(&whole, folder)?;
    warn!(
        backup = %backup.display(),
        "the store was written anew; the former one is kept: remove it when you will not go back"
    );
    Ok(backup)
}

/// Writes a store anew under the key of the settings, or unencrypted where they have none. `former` is the
/// key that it has, if it is encrypted. Returns where the former store lies now.
///
/// # Errors
/// As [`FjallStore::open`](super::FjallStore::open); `STO-001` also when there is no store.
pub fn rekey(
    settings: &StoreSettings,
    former: Option<&Arc<EncryptionKey>>,
) -> Result<PathBuf, Fault> {
    let folder = &settings.folder;
    recover(folder)?;
    trees::check_files(folder)?;
    let none = || Fault::new(Code::STO_001, format!("{}: there is no store", folder.display()));
    if !folder.join(creation::CREATED).exists() || folder.join(creation::MARK).exists() {
        return Err(none());
    }
    let trees = Trees::open(folder, settings.cache_bytes)?;
    let (found, steps) = match format::judge(folder, &trees, format::STEPS)? {
        Standing::New => return Err(none()),
        Standing::Current => (format::FORMAT, &[][..]),
        Standing::Earlier(found, steps) => (found, steps),
    };
    let cipher = Cipher::of(&trees, former)?;
    run(settings, trees.under(cipher), found, steps)
}

/// Writes the new store, durably.
fn write(
    folder: &Path,
    settings: &StoreSettings,
    former: &Trees,
    steps: &[Step],
) -> Result<(), Fault> {
    DirBuilder::new().mode(0o700).create(folder).map_err(|error| refused(folder, &error))?;
    let trees = Trees::open(folder, settings.cache_bytes)?;
    let cipher = settings.key.clone().map(Cipher::new);
    let cipher = cipher.map(|cipher| cipher.start(&trees)).transpose()?;
    let trees = trees.under(cipher);
    for (from, to) in former.all().into_iter().zip(trees.all()) {
        copy(from, to, &trees, steps)?;
    }
    format::write(&trees)?;
    trees.database.persist(PersistMode::SyncAll).map_err(|e| writing_fault(&e))?;
    drop(trees);
    copy_files(&settings.folder, folder).map_err(|error| unusable(folder, &error))
}

fn copy(from: &Tree, to: &Tree, trees: &Trees, steps: &[Step]) -> Result<(), Fault> {
    let (mut batch, mut records, mut bytes) = (trees.database.batch(), 0, 0);
    for entry in from.range::<Vec<u8>>(..) {
        let (key, value) = entry?;
        if from.is_plain(&key) {
            continue;
        }
        let mut rewritten = Some(value);
        for step in steps {
            let Some(value) = rewritten else { break };
            rewritten = (step.rewrite)(from.name, &key, value)?;
        }
        let Some(value) = rewritten else { continue };
        (records, bytes) = (records + 1, bytes + key.len() + value.len());
        to.put(&mut batch, key, value);
        if records >= BATCH.0 || bytes >= BATCH.1 {
            std::mem::replace(&mut batch, trees.database.batch())
                .commit()
                .map_err(|e| writing_fault(&e))?;
            trees.seal_full_buffers()?;
            (records, bytes) = (0, 0);
        }
    }
    batch.commit().map_err(|e| writing_fault(&e))
}

/// What else lies in the folder, such as dead letters, goes along.
fn copy_files(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let (path, name) = {
            let entry = entry?;
            (entry.path(), entry.file_name())
        };
        let of_the_trees = path.extension().is_some_and(|extension| extension == "jnl")
            || [creation::MARK, creation::CREATED, creation::LOCK].iter().any(|it| name == *it);
        if path.is_file() && !of_the_trees {
            let target = to.join(name);
            fs::copy(&path, &target)?;
            File::open(target)?.sync_all()?;
        }
    }
    File::open(to)?.sync_all()
}

/// Whether the disk takes a second store.
fn check_room(folder: &Path, encrypted: bool) -> Result<(), Fault> {
    let parent = parent(folder);
    let failed = |error: io::Error| unusable(folder, &error);
    let device = |path: &Path| fs::metadata(path).map(|it| it.dev()).map_err(failed);
    if device(folder)? != device(&parent)? {
        let cause = format!(
            "{}: it is where a volume begins, beside which is none of it",
            folder.display()
        );
        return Err(Fault::new(Code::STO_005, cause).help(
            "let store.folder be a folder within the volume, and move what is there into it",
        ));
    }
    let disk = statvfs(&parent).map_err(|error| failed(error.into()))?;
    let occupied = occupied(folder).map_err(failed)?;
    // What is encrypted is not compressed.
    let most = if encrypted { 2 * occupied } else { occupied + occupied / 4 };
    enough(folder, most + MARGIN, disk.f_bavail * disk.f_frsize)
}

fn enough(folder: &Path, needed: u64, free: u64) -> Result<(), Fault> {
    if free >= needed {
        return Ok(());
    }
    let (needed, free) = (needed >> 20, free >> 20);
    let cause = format!(
        "{}: a second one beside it may take {needed} MiB, and {free} MiB are free",
        folder.display()
    );
    Err(Fault::new(Code::STO_005, cause))
}

/// Bytes that a folder takes on its disk.
fn occupied(folder: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        bytes += if metadata.is_dir() { occupied(&entry.path())? } else { metadata.blocks() * 512 };
    }
    Ok(bytes)
}

/// A name for the former store that nothing has yet.
fn free_name(folder: &Path, format: u32, position: Lsn) -> PathBuf {
    let name = format!("{}at-{:X}", format::backup_prefix(folder, format), position.0);
    let numbered = (2..).map(|number: u32| format!("{name}.{number}"));
    let mut names = std::iter::once(name.clone()).chain(numbered);
    let free = names.find_map(|name| {
        let path = parent(folder).join(name);
        (!path.exists()).then_some(path)
    });
    free.expect("numbers do not end")
}

fn beside(folder: &Path, what: &str) -> PathBuf {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    parent(folder).join(format!("{name}.{what}"))
}

/// What a symbolic link leads to, whether it is there or not.
fn followed(folder: &Path) -> PathBuf {
    match fs::read_link(folder) {
        Ok(target) => parent(folder).join(target),
        Err(_) => folder.to_owned(),
    }
}

/// The folder that the store's lies in.
fn parent(folder: &Path) -> PathBuf {
    match folder.parent() {
        Some(parent) if parent != Path::new("") => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Durably.
fn rename(from: &Path, to: &Path) -> Result<(), Fault> {
    let renamed = fs::rename(from, to).and_then(|()| File::open(parent(to))?.sync_all());
    renamed.map_err(|error| refused(from, &error))
}

fn remove(folder: &Path) -> Result<(), Fault> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(refused(folder, &error)),
        _ => Ok(()),
    }
}

fn refused(folder: &Path, error: &io::Error) -> Fault {
    Fault::new(Code::STO_005, format!("{}: {error}", folder.display()))
}

#[cfg(test)]
#[path = "upgrade_tests.rs"]
mod tests;
