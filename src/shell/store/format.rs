//! Of which format a store is, and which steps lead from an earlier one to the present.

use std::fs;
use std::path::{Path, PathBuf};

use super::faults::{unreadable, writing_fault};
use super::trees::Trees;
use crate::model::{Code, Fault};

/// Version of what the trees hold. A store of a later version is refused, never guessed at.
///
pub(super) const FORMAT: u32 = 9;

/// Where it stands in the bookkeeping, in the clear.
pub(super) const KEY: &str = "format";

/// From one format to the next.
#[derive(Debug)]
pub(super) struct Step {
    /// The earlier one.
    pub from: u32,
    /// What becomes of one record.
    pub rewrite: Rewrite,
}

/// Tree, key and value of a record → its value from then on; `None` removes it.
pub(super) type Rewrite = fn(&str, &[u8], Vec<u8>) -> Result<Option<Vec<u8>>, Fault>;

/// Every step there is, in order.
///
/// None leads from 8 and earlier, which no release has: records of people, permissions, findings and
/// incidents have got parts that only a copy can make. The first release begins the list.
pub(super) const STEPS: &[Step] = &[];

/// How a store stands to this program.
#[derive(Debug)]
pub(super) enum Standing {
    /// There is nothing in it yet.
    New,
    /// It is as this program writes it.
    Current,
    /// It is of this format, from which these steps lead here.
    Earlier(u32, &'static [Step]),
}

/// The format that a store has; `None` of one that holds none.
///
/// Fails with `STO-003` when it cannot be read.
pub(super) fn of(trees: &Trees) -> Result<Option<u32>, Fault> {
    let written = trees.meta.get(KEY.as_bytes())?;
    let read = |bytes: Vec<u8>| postcard::from_bytes(&bytes).map_err(|_| unreadable("its format"));
    written.map(read).transpose()
}

/// Marks a store as of the present format.
pub(super) fn write(trees: &Trees) -> Result<(), Fault> {
    let format = postcard::to_stdvec(&FORMAT).expect("a number serialises");
    let mut batch = trees.durable_batch();
    trees.meta.put(&mut batch, KEY.into(), format);
    batch.commit().map_err(|e| writing_fault(&e))
}

/// How a store stands to this program, which can take these steps.
///
/// Fails with `STO-003` when it is damaged, `STO-004` when no step leads from its format to ours.
pub(super) fn judge(
    folder: &Path,
    trees: &Trees,
    steps: &'static [Step],
) -> Result<Standing, Fault> {
    let place = folder.display();
    let Some(found) = of(trees)? else {
        return match trees.are_empty()? {
            true => Ok(Standing::New),
            false => {
                Err(Fault::new(Code::STO_003, format!("{place}: it holds data but no format")))
            }
        };
    };
    if found == FORMAT {
        return Ok(Standing::Current);
    }
    if found > FORMAT {
        let cause = format!("{place}: its format is {found}, this lawtail writes {FORMAT}");
        return Err(Fault::new(Code::STO_004, cause).help(way_back(folder, steps)));
    }
    match steps.iter().position(|step| step.from == found) {
        Some(first) => Ok(Standing::Earlier(found, &steps[first..])),
        None => {
            let cause = format!("{place}: nothing leads from its format {found} to {FORMAT}");
            Err(Fault::new(Code::STO_004, cause))
        }
    }
}

/// What to do about a store that a later program has upgraded.
fn way_back(folder: &Path, steps: &[Step]) -> String {
    let later = "use the lawtail that wrote it, or a later one";
    match newest_backup(folder, steps) {
        Some(backup) => format!(
            "{later}; or move the folder away and {} into its place, which is how it was before the \
             upgrade: what came since is announced as a gap and copied anew",
            backup.display()
        ),
        None => later.to_owned(),
    }
}

/// Where a store of a format is kept after its upgrade, but for the position.
pub(super) fn backup_prefix(folder: &Path, format: u32) -> String {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    format!("{name}.format-{format}-")
}

/// The backup beside a store that this program can use.
fn newest_backup(folder: &Path, steps: &[Step]) -> Option<PathBuf> {
    let usable = (1..=FORMAT)
        .rev()
        .filter(|format| *format == FORMAT || steps.iter().any(|step| step.from == *format));
    let beside = fs::read_dir(folder.parent()?).ok()?;
    let paths: Vec<PathBuf> = beside.flatten().map(|entry| entry.path()).collect();
    let named = |path: &&PathBuf, prefix: &str| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(prefix))
    };
    let written = |path: &&PathBuf| fs::metadata(path).and_then(|it| it.modified()).ok();
    usable.into_iter().find_map(|format| {
        let prefix = backup_prefix(folder, format);
        paths.iter().filter(|path| named(path, &prefix)).max_by_key(written).cloned()
    })
}
