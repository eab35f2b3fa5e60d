//! Is the database still as it was when following it began? Told in the log and as a metric, once
//! each time that it turns.
//!
//! What it was like is kept in a file in the store's folder, so that a change while lawtail was
//! stopped shows as well. A difference stays one until a person accepts it by removing the file:
//! then the next look is what later ones are compared with. What was wrong is never compared with:
//! it has only to become well. Of a table that joins the publication that it joined is the difference;
//! that it may be read is none.

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
        for Difference { check, object, .. } in ended(&self.told, &found) {
            let is = observed.objects.get(check).and_then(|objects| objects.get(object));
            info!(check = check.name(), object, is, "the database is well again");
        }
        let checks = Check::ALL.iter();
        let passed = |check: &Check| (*check, !found.iter().any(|it| it.check == *check));
        let passed = checks.map(passed).collect();
        self.told = found;
        passed
    }

    /// What the first look saw; this one, where it is the first.
    fn first_seen(&self, observed: &Observed) -> io::Result<Objects> {
        let kept = match fs::read(&self.file) {
            Ok(text) => Some(serde_json::from_slice(&text).map_err(io::Error::from)?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let is_first = kept.is_none();
        let mut first: Objects = kept.unwrap_or_default();
        if add(&mut first, observed) || is_first {
            let part = self.file.with_extension("part");
            fs::write(&part, serde_json::to_vec_pretty(&first)?)?;
            fs::rename(&part, &self.file)?;
        }
        if is_first {
            info!(file = %self.file.display(), "noted what the database is like");
        }
        Ok(first)
    }
}

/// Adds what later looks are compared with from now on: what a check shows for the first time, and new
/// objects that are well. Returns whether there is any.
fn add(first: &mut Objects, observed: &Observed) -> bool {
    let mut is_more = false;
    for check in Check::ALL {
        let Some(is) = observed.shown(check) else { continue };
        let is_new = !first.contains_key(&check);
        let was = first.entry(check).or_default();
        for (object, state) in is.iter().filter(|(object, _)| !observed.is_wrong(check, object)) {
            if !was.contains_key(object) && (is_new || check.may_begin_as(state)) {
                was.insert(object.clone(), state.clone());
                is_more = true;
            }
        }
        is_more |= is_new;
    }
    is_more
}

/// Those of the first whose objects the second has nothing to say of.
fn ended<'d>(
    told: &'d BTreeSet<Difference>,
    found: &'d BTreeSet<Difference>,
) -> impl Iterator<Item = &'d Difference> {
    let still: BTreeSet<(Check, &str)> =
        found.iter().map(|it| (it.check, it.object.as_str())).collect();
    told.iter().filter(move |it| !still.contains(&(it.check, it.object.as_str())))
}

fn differences(first: &Objects, observed: &Observed) -> BTreeSet<Difference> {
    let none = BTreeMap::new();
    let mut found = BTreeSet::new();
    let published = first.get(&Check::Publication).unwrap_or(&none);
    for check in Check::ALL {
        let is = observed.objects.get(&check).unwrap_or(&none);
        // A check that an older lawtail did not know has nothing to be compared with.
        let was = first.get(&check).unwrap_or(is);
        let objects: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
        for object in objects {
            let (was, is) = (was.get(object), is.get(object));
            // What joined after the first look, and is gone again, is as it was then.
            let is_undone = is.is_none()
                && was.is_some_and(|state| check.may_begin_as(state))
                && !published.contains_key(object);
            if was != is && !is_undone || observed.is_wrong(check, object) {
                let (was, is) = (was.cloned(), is.cloned());
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

    /// What is told of the objects of each check.
    fn told(attestation: &Attestation) -> Vec<(Check, &str)> {
        attestation.told.iter().map(|it| (it.check, it.object.as_str())).collect()
    }

    #[test]
    fn of_a_table_that_joins_only_that_and_what_is_wrong_is_told() {
        use Check::{Persistence, Publication, Readable, ReplicaIdentity};
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE);
        let before = [(Publication, "crm.a", "all columns"), (Readable, "crm.a", "readable")];
        let with = |more: &[(Check, &'static str, &'static str)]| [&before[..], more].concat();
        let mut attestation = Attestation::new(file.clone());
        attestation.take(&seen(&before, &[]));

        let joined = (Publication, "crm.b", "all columns");
        let (logged, full) = ((Persistence, "crm.b", "logged"), (ReplicaIdentity, "crm.b", "full"));
        let closed = with(&[joined, logged, full, (Readable, "crm.b", "not readable")]);
        attestation.take(&seen(&closed, &[(Readable, "crm.b")]));
        assert_eq!(told(&attestation), [(Publication, "crm.b"), (Readable, "crm.b")]);
        let open = with(&[joined, logged, full, (Readable, "crm.b", "readable")]);
        attestation.take(&seen(&open, &[]));
        assert_eq!(told(&attestation), [(Publication, "crm.b")]);

        // What becomes of it is told, also across a restart.
        let narrowed = with(&[joined, logged, (ReplicaIdentity, "crm.b", "default")]);
        let mut restarted = Attestation::new(file);
        restarted.take(&seen(&narrowed, &[]));
        assert_eq!(told(&restarted), [(Publication, "crm.b"), (ReplicaIdentity, "crm.b")]);
        // And a table beside it that is not logged is something to ask about.
        restarted.take(&seen(&with(&[(Persistence, "crm.c", "unlogged")]), &[]));
        assert_eq!(told(&restarted), [(Persistence, "crm.c")]);
        restarted.take(&seen(&before, &[]));
        assert_eq!(told(&restarted), []);
    }

    #[test]
    fn what_was_wrong_at_the_first_look_is_well_once_it_is_mended() {
        let folder = tempfile::tempdir().unwrap();
        let mut attestation = Attestation::new(folder.path().join(FILE));
        let limit = |state| [(Check::SlotWalLimit, "max_slot_wal_keep_size", state)];
        let wrong = [(Check::SlotWalLimit, "max_slot_wal_keep_size")];
        assert_eq!(failed(&attestation.take(&seen(&limit("-1 MB"), &wrong))), [wrong[0].0]);
        assert_eq!(failed(&attestation.take(&seen(&limit("1024 MB"), &[]))), []);
        assert_eq!(failed(&attestation.take(&seen(&limit("512 MB"), &[]))), [wrong[0].0]);
    }

    #[test]
    fn a_difference_that_becomes_another_has_not_ended() {
        let one = |is: &str| Difference {
            check: Check::Publication,
            object: "crm.a".into(),
            was: Some("all columns".into()),
            is: Some(is.into()),
        };
        let (told, found) =
            (BTreeSet::from([one("columns id")]), BTreeSet::from([one("columns b")]));
        assert_eq!(ended(&told, &found).count(), 0);
        assert_eq!(ended(&told, &BTreeSet::new()).count(), 1);
    }

    #[test]
    fn a_file_that_cannot_be_kept_does_not_hide_what_is_wrong() {
        let folder = tempfile::tempdir().unwrap();
        let mut attestation = Attestation::new(folder.path().join("missing").join(FILE));
        let observed = seen(&[(Check::Roles, "x", "superuser")], &[(Check::Roles, "x")]);
        assert_eq!(failed(&attestation.take(&observed)), [Check::Roles]);
    }
}
