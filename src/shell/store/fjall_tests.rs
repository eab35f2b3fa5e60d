//! What only the store on disk can do: crash, be damaged, be shared, be of another version.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tempfile::TempDir;

use super::super::contract_tests::commitment;
use super::super::format::KEY as FORMAT_KEY;
use super::*;
use crate::model::Code;

fn settings(folder: &Path) -> StoreSettings {
    StoreSettings { folder: folder.to_path_buf(), cache_bytes: 1 << 20, key: None }
}

fn refusal(folder: &Path) -> Fault {
    match FjallStore::open(&settings(folder)) {
        Ok(_) => panic!("the store must be refused"),
        Err(fault) => fault,
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A store with `commits` commitments, as a crash right after the last one would leave it.
fn crashed_store(commits: u64) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let live = folder.path().join("live");
    let mut store = FjallStore::open(&settings(&live)).unwrap();
    for number in 1..=commits {
        let key = number.to_be_bytes().to_vec();
        let writes =
            Writes::from([(key.clone(), Some(key)), (b"sum".to_vec(), Some(vec![number as u8]))]);
        store.commit(commitment(writes, &[Topic::Findings], number, number * 10)).unwrap();
    }
    copy(&live, &folder.path().join("crashed"));
    folder
}

#[test]
fn what_was_committed_survives_a_crash() {
    let folder = crashed_store(5);
    let store = FjallStore::open(&settings(&folder.path().join("crashed"))).unwrap();
    assert_eq!(store.checkpoint().unwrap().unwrap().end, Lsn(50));
    assert_eq!(store.outbox(9).unwrap().len(), 5);
    assert_eq!(store.outbox(9).unwrap()[4].before, Lsn(40));
}

/// The end of the journal's content; the rest of the file is reserved space.
fn journal_end(journal: &Path) -> u64 {
    let bytes = fs::read(journal).unwrap();
    bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last as u64 + 1)
}

#[test]
fn a_journal_torn_anywhere_leaves_whole_commitments() {
    let commits = 4;
    let folder = crashed_store(commits);
    let journal = folder.path().join("crashed/0.jnl");
    let end = journal_end(&journal);
    // Without the reserved space, which would be copied again and again.
    fs::File::options().write(true).open(&journal).unwrap().set_len(end).unwrap();
    for kept in (0..end).rev().step_by(37) {
        let torn = folder.path().join(format!("torn {kept}"));
        copy(&folder.path().join("crashed"), &torn);
        fs::File::options().write(true).open(torn.join("0.jnl")).unwrap().set_len(kept).unwrap();
        let store = FjallStore::open(&settings(&torn)).unwrap();
        let done = store.checkpoint().unwrap().map_or(0, |checkpoint| checkpoint.end.0 / 10);
        assert!(done < commits || kept + 37 > end);
        assert_eq!(store.outbox(9).unwrap().len() as u64, done);
        let sum = View::get(&store, b"sum").unwrap().map_or(0, |sum| u64::from(sum[0]));
        assert_eq!(sum, done);
        fs::remove_dir_all(torn).unwrap();
    }
}

#[test]
fn a_second_instance_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let _first = FjallStore::open(&settings(folder.path())).unwrap();
    let fault = refusal(folder.path());
    assert_eq!(fault.code, Code::STO_001);
    assert!(fault.cause.contains("another lawtail is using it"), "{fault}");
}

#[test]
fn a_new_folder_is_for_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a/b");
    let _store = FjallStore::open(&settings(&path)).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn a_path_that_cannot_be_a_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    assert_eq!(refusal(&file).code, Code::STO_001);
    assert_eq!(refusal(&file.join("below")).code, Code::STO_001);
}

#[test]
fn data_without_a_format_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = FjallStore::open(&settings(folder.path())).unwrap();
    store.trees.records.keyspace.insert("key", "value").unwrap();
    store.trees.meta.keyspace.remove(FORMAT_KEY).unwrap();
    drop(store);
    assert_eq!(refusal(folder.path()).code, Code::STO_003);
}

#[test]
fn damaged_files_are_a_fault_and_not_a_panic() {
    for damage in ["version", "keyspaces/stray", "0.jnl"] {
        let folder = crashed_store(3);
        let store = folder.path().join("crashed");
        match damage {
            "keyspaces/stray" => fs::create_dir(store.join(damage)).unwrap(),
            "0.jnl" => {
                fs::remove_file(store.join(damage)).unwrap();
                fs::create_dir(store.join(damage)).unwrap();
            }
            _ => fs::write(store.join(damage), b"FJLx").unwrap(),
        }
        assert_eq!(refusal(&store).code, Code::STO_003, "{damage}");
    }
}

#[test]
fn a_damaged_queued_event_is_a_fault() {
    let folder = tempfile::tempdir().unwrap();
    let store = FjallStore::open(&settings(folder.path())).unwrap();
    store.trees.outbox.keyspace.insert(1_u64.to_be_bytes(), [0xFF; 4]).unwrap();
    assert_eq!(Store::outbox(&store, 1).unwrap_err().code, Code::STO_003);
    store.trees.outbox.keyspace.insert([1], [0xFF; 4]).unwrap();
    assert_eq!(Store::outbox(&store, 9).unwrap_err().code, Code::STO_003);
}

#[test]
fn the_source_is_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = FjallStore::open(&settings(folder.path())).unwrap();
    assert_eq!(store.identity().unwrap(), None);
    let identity = Identity { system: "7301234567890123456".into(), timeline: 2 };
    let commitment = Commitment { identity: identity.clone(), ..Commitment::default() };
    store.commit(commitment).unwrap();
    drop(store);
    let store = FjallStore::open(&settings(folder.path())).unwrap();
    assert_eq!(store.identity().unwrap(), Some(identity));
}

#[test]
fn numbers_go_on_after_everything_was_delivered() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = FjallStore::open(&settings(folder.path())).unwrap();
    store.commit(commitment(Writes::new(), &[Topic::Findings; 3], 1, 10)).unwrap();
    store.delivered(3).unwrap();
    drop(store);
    let mut store = FjallStore::open(&settings(folder.path())).unwrap();
    store.commit(commitment(Writes::new(), &[Topic::Findings], 4, 20)).unwrap();
    let queued = Store::outbox(&store, 9).unwrap();
    assert_eq!(queued.iter().map(|queued| queued.number).collect::<Vec<_>>(), [4]);
}
