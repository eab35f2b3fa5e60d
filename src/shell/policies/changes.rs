//! Tells when a policy folder has changed and come to rest.
//!
//! Files of a deployment change one by one, or all at once where a link is swapped. Neither must be read in
//! between: what is there counts once two looks in a row have found the same, byte by byte.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::read_folder;

/// Between two looks.
pub(super) const LOOK: Duration = Duration::from_secs(3);

/// SHA-256.
type Digest = [u8; 32];

/// The texts of a folder, by path.
pub(super) type Files = BTreeMap<String, String>;

/// What a folder held when it was last taken over, and what the last look found since.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    taken: Option<Digest>,
    seen: Option<Digest>,
}

impl Changes {
    /// What the folder holds now counts as taken over.
    pub fn since(folder: &Path) -> Changes {
        let (files, faults) = read_folder(folder);
        let taken = faults.is_empty().then(|| digest(&files));
        Changes { taken, seen: None }
    }

    /// The folder was read because somebody asked.
    pub(super) fn took(&mut self, files: &Files) {
        *self = Changes { taken: Some(digest(files)), seen: None };
    }

    /// Looks once more: whether these are others than were taken over, and at rest. They count as taken
    /// over then, also when nobody can use them: that is said once. `None`: not all of them could be read,
    /// as while they are written.
    pub(super) fn look(&mut self, files: Option<&Files>) -> bool {
        let now = files.map(digest);
        let at_rest = now.is_some() && now == self.seen && now != self.taken;
        self.seen = now;
        if at_rest {
            self.taken = now;
        }
        at_rest
    }
}

/// Each path and text with its length, so that no two folders share one.
fn digest(files: &Files) -> Digest {
    let mut hasher = Sha256::new();
    for part in files.iter().flat_map(|(path, text)| [path, text]) {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(texts: [&str; 2]) -> Files {
        ["a.yaml", "b.yaml"].into_iter().zip(texts).map(|(a, b)| (a.into(), b.into())).collect()
    }

    fn taken(texts: [&str; 2]) -> Changes {
        let mut changes = Changes::default();
        changes.took(&files(texts));
        changes
    }

    #[test]
    fn what_changes_file_by_file_is_taken_once_and_whole() {
        let mut changes = taken(["1", "1"]);
        let looks = [["1", "1"], ["2", "1"], ["2", "2"], ["2", "2"], ["2", "2"]];
        let told = looks.map(|texts| changes.look(Some(&files(texts))));
        assert_eq!(told, [false, false, false, true, false]);
    }

    #[test]
    fn what_is_put_back_before_it_was_taken_says_nothing() {
        let mut changes = taken(["1", "1"]);
        let looks = [["2", "1"], ["1", "1"], ["1", "1"], ["2", "1"], ["1", "1"]];
        assert!(looks.iter().all(|texts| !changes.look(Some(&files(*texts)))));
    }

    #[test]
    fn what_cannot_be_read_is_not_at_rest() {
        let mut changes = taken(["1", "1"]);
        let new = files(["2", "2"]);
        let looks = [Some(&new), None, Some(&new), None, None, Some(&new), Some(&new)];
        let told = looks.map(|files| changes.look(files));
        assert_eq!(told, [false, false, false, false, false, false, true]);
    }

    #[test]
    fn a_text_that_moves_to_another_file_is_a_change() {
        assert_ne!(digest(&files(["ab", "c"])), digest(&files(["a", "bc"])));
    }
}
