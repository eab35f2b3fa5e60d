//! Is the database still as it was when following it began? Told in the log and as a metric, once
//! each time that it turns.
//!
//! What it was like is kept in a file in the store's folder, so that a change while lawtail was
//! stopped shows as well. A difference stays one until a person accepts it by removing the file:
//! then the next look is what later ones are compared with.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::{fs, io};

use tracing::{info, warn};

use super::source::postgres::{Check, Observed};

/// Name of the file in the store's folder.
pub const FILE: &str = "attestation.json";

type Objects = BTreeMap<Check, BTreeMap<String, String>>;

/// Compares what is seen with what was seen first.
pub struct Attestation {
    file: PathBuf,
    /// What was said and still holds.
    told: BTreeSet<Difference>,
}

/// One object that is not as it was, or not as it must be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Difference {
    check: Check,
    object: String,
    was: Option<String>,
    is: Option<String>,
}

impl Attestation {
    /// With the file that keeps what was seen first.
    pub fn new(file: PathBuf) -> Attestation {
        Attestation { file, told: BTreeSet::new() }
    }

    /// Takes a look; returns each check and whether it is passed.
    pub fn take(&mut self, observed: &Observed) -> Vec<(Check, bool)> {
        let found = match self.first_seen(observed) {
            Ok(first) => differences(&first, observed),
            Err(error) => {
                warn!(file = %self.file.display(), %error, "what the database was like is not kept");
                differences(&observed.objects, observed)
            }
        };
        for new in found.difference(&self.told) {
            let Difference { check, object, was, is } = new;
            warn!(check = check.name(), object, was, is, "the database is not as it should be");
        }
        for over in self.told.difference(&found) {
            info!(check = over.check.name(), object = over.object, "the database is well again");
        }
        let checks = Check::ALL.iter();
        let passed = |check: &Check| (*check, !found.iter().any(|it| it.check == *check));
        let passed = checks.map(passed).collect();
        self.told = found;
        passed
    }

    /// What the first look saw; this one, where it is the first.
    fn first_seen(&self, observed: &Observed) -> io::Result<Objects> {
        match fs::read(&self.file) {
            Ok(text) => serde_json::from_slice(&text).map_err(io::Error::from),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let text = serde_json::to_vec_pretty(&observed.objects)?;
                let part = self.file.with_extension("part");
                fs::write(&part, text)?;
                fs::rename(&part, &self.file)?;
                info!(file = %self.file.display(), "noted what the database is like");
                Ok(observed.objects.clone())
            }
            Err(error) => Err(error),
        }
    }
}

fn differences(first: &Objects, observed: &Observed) -> BTreeSet<Difference> {
    let none = BTreeMap::new();
    let mut found = BTreeSet::new();
    for check in Check::ALL {
        let is = observed.objects.get(&check).unwrap_or(&none);
        // A check that an older lawtail did not know has nothing to be compared with.
        let was = first.get(&check).unwrap_or(is);
        let objects: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
        let wrong = observed.wrong.get(&check).map_or(&[][..], Vec::as_slice);
        for object in objects {
            let (was, is) = (was.get(object).cloned(), is.get(object).cloned());
            if was != is || wrong.contains(object) {
                found.insert(Difference { check, object: object.clone(), was, is });
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(objects: &[(Check, &str, &str)], wrong: &[(Check, &str)]) -> Observed {
        let mut observed = Observed::default();
        for check in Check::ALL {
            observed.objects.insert(check, BTreeMap::new());
        }
        for (check, object, state) in objects {
            let objects = observed.objects.entry(*check).or_default();
            objects.insert((*object).into(), (*state).into());
        }
        for (check, object) in wrong {
            observed.wrong.entry(*check).or_default().push((*object).into());
        }
        observed
    }

    fn failed(passed: &[(Check, bool)]) -> Vec<Check> {
        passed.iter().filter(|(_, passed)| !passed).map(|(check, _)| *check).collect()
    }

    #[test]
    fn a_change_shows_across_restarts_until_it_is_accepted() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE);
        let whole = seen(&[(Check::Publication, "crm.a", "all"), (Check::Roles, "x", "y")], &[]);
        let narrowed = seen(&[(Check::Publication, "crm.a", "columns id")], &[]);
        let mut attestation = Attestation::new(file.clone());
        assert_eq!(failed(&attestation.take(&whole)), []);
        let broken = [Check::Publication, Check::Roles];
        assert_eq!(failed(&attestation.take(&narrowed)), broken);
        assert_eq!(failed(&attestation.take(&whole)), []);
        let mut restarted = Attestation::new(file.clone());
        assert_eq!(failed(&restarted.take(&narrowed)), broken);
        fs::remove_file(&file).unwrap();
        assert_eq!(failed(&restarted.take(&narrowed)), []);
        assert_eq!(failed(&restarted.take(&whole)), broken);
    }

    #[test]
    fn what_is_wrong_is_wrong_from_the_first_look_on() {
        let folder = tempfile::tempdir().unwrap();
        let mut attestation = Attestation::new(folder.path().join(FILE));
        let objects = [(Check::WalLevel, "wal_level", "replica")];
        let wrong = seen(&objects, &[(Check::WalLevel, "wal_level")]);
        assert_eq!(failed(&attestation.take(&wrong)), [Check::WalLevel]);
        assert_eq!(failed(&attestation.take(&seen(&objects, &[]))), []);
    }

    #[test]
    fn a_file_that_cannot_be_kept_does_not_hide_what_is_wrong() {
        let folder = tempfile::tempdir().unwrap();
        let mut attestation = Attestation::new(folder.path().join("missing").join(FILE));
        let observed = seen(&[(Check::Roles, "x", "superuser")], &[(Check::Roles, "x")]);
        assert_eq!(failed(&attestation.take(&observed)), [Check::Roles]);
    }
}
