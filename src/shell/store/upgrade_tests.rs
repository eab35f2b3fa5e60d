//! Stores in earlier layouts, written key by key, and kills at each step of an upgrade.

use std::collections::BTreeMap;

use tempfile::TempDir;

use super::super::contract_tests::event;
use super::super::fjall::FjallStore;
use super::super::format::FORMAT;
use super::super::trees::Tree;
use super::*;
use crate::engine::Checkpoint;
use crate::engine::state::View;
use crate::model::{Position, Timestamp};
use crate::shell::contract::Store;
use crate::shell::store::Identity;
use crate::wire::Topic;

/// Tree → key → value.
type Written = BTreeMap<&'static str, BTreeMap<Vec<u8>, Vec<u8>>>;

fn settings(home: &TempDir) -> StoreSettings {
    StoreSettings { folder: home.path().join("store"), cache_bytes: 1 << 20, key: None }
}

/// Of formats that differ in what may be there, and not in what is.
fn unchanged(_: &str, _: &[u8], value: Vec<u8>) -> Result<Option<Vec<u8>>, Fault> {
    Ok(Some(value))
}

/// By a program that knows a step from format 6 to its own.
fn open(settings: &StoreSettings) -> Result<FjallStore, Fault> {
    FjallStore::open_by(settings, &[Step { from: 6, rewrite: unchanged }])
}

/// What a program of format 6 leaves after one commitment, whose first event was delivered.
fn as_format_6_wrote_it() -> Written {
    let encode = |value: &dyn erased::Encode| value.encode();
    let position = Position { commit: Lsn(0x16B_3748), ordinal: 1 };
    let checkpoint = Checkpoint { position, end: Lsn(0x16B_3748), time: Timestamp(7) };
    let identity = Identity { system: "7301234567890123456".into(), timeline: 2 };
    let queued = event(Topic::Findings, 2);
    let meta = [
        ("format", encode(&6_u32)),
        ("checkpoint", encode(&checkpoint)),
        ("identity", encode(&identity)),
        ("outbox/last", encode(&2_u64)),
        ("outbox/delivered", encode(&1_u64)),
        ("head/findings", encode(&queued)),
    ];
    let meta = meta.into_iter().map(|(key, value)| (key.as_bytes().to_vec(), value)).collect();
    let outbox = BTreeMap::from([(2_u64.to_be_bytes().to_vec(), encode(&(Lsn(9), queued)))]);
    let ledger = (0..3_000_u32).map(|number| {
        let key = [b"S".as_slice(), &number.to_be_bytes()].concat();
        (key, number.to_be_bytes().to_vec())
    });
    let records = BTreeMap::from([(b"v".to_vec(), vec![1, 2, 3])]);
    BTreeMap::from([
        ("meta", meta),
        ("outbox", outbox),
        ("ledger", ledger.collect()),
        ("records", records),
    ])
}

/// Anything that postcard writes.
mod erased {
    pub trait Encode {
        fn encode(&self) -> Vec<u8>;
    }

    impl<T: serde::Serialize> Encode for T {
        fn encode(&self) -> Vec<u8> {
            postcard::to_stdvec(self).unwrap()
        }
    }
}

fn write_by_hand(folder: &Path, written: &Written) {
    fs::create_dir_all(folder).unwrap();
    let trees = Trees::open(folder, 1 << 20).unwrap();
    for tree in trees.all() {
        for (key, value) in &written[tree.name] {
            tree.keyspace.insert(key.as_slice(), value.as_slice()).unwrap();
        }
    }
    trees.database.persist(PersistMode::SyncAll).unwrap();
    fs::write(folder.join("dead-letters.jsonl"), "{}\n").unwrap();
}

fn read_by_hand(folder: &Path) -> Written {
    let trees = Trees::open(folder, 1 << 20).unwrap();
    let content = |tree: &Tree| tree.range::<Vec<u8>>(..).map(Result::unwrap).collect();
    trees.all().into_iter().map(|tree| (tree.name, content(tree))).collect()
}

/// A store of format 6 in a folder of its own.
fn format_6() -> (TempDir, StoreSettings) {
    let home = tempfile::tempdir().unwrap();
    let settings = settings(&home);
    write_by_hand(&settings.folder, &as_format_6_wrote_it());
    (home, settings)
}

fn names(home: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(home.path()).unwrap();
    let mut names: Vec<String> =
        entries.map(|it| it.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort_unstable();
    names
}

const BACKUP: &str = "store.format-6-at-16B3748";

/// It is whole, of the present format, and beside it is what there was.
fn assert_taken_over(home: &TempDir, settings: &StoreSettings) {
    let store = open(settings).unwrap_or_else(|fault| panic!("{fault}"));
    assert_eq!(store.checkpoint().unwrap().unwrap().end, Lsn(0x16B_3748));
    assert_eq!(store.identity().unwrap().unwrap().timeline, 2);
    let numbers = Store::outbox(&store, 9).unwrap();
    assert_eq!(numbers.iter().map(|queued| queued.number).collect::<Vec<_>>(), [2]);
    assert_eq!(store.chain_heads().unwrap(), [event(Topic::Findings, 2)]);
    assert_eq!(store.scan(b"S", b"T", usize::MAX).unwrap().len(), 3_000);
    assert_eq!(View::get(&store, b"v").unwrap(), Some(vec![1, 2, 3]));
    drop(store);
    let mut now = as_format_6_wrote_it();
    now.get_mut("meta").unwrap().insert(b"format".to_vec(), vec![FORMAT as u8]);
    assert_eq!(read_by_hand(&settings.folder), now);
    assert_eq!(read_by_hand(&home.path().join(BACKUP)), as_format_6_wrote_it());
    assert!(settings.folder.join("dead-letters.jsonl").exists());
    assert_eq!(names(home), ["store", BACKUP]);
}

#[test]
fn a_store_of_the_former_format_is_taken_over_and_kept_as_it_was() {
    let (home, settings) = format_6();
    assert_taken_over(&home, &settings);
    assert_taken_over(&home, &settings);
}

#[test]
fn killed_at_any_step_the_next_start_completes_it() {
    // While the new one was being written.
    let (home, settings) = format_6();
    write_by_hand(&home.path().join("store.upgrading"), &as_format_6_wrote_it());
    assert_taken_over(&home, &settings);
    // When it was whole, and before the former one was renamed.
    let (home, settings) = format_6();
    write_by_hand(&home.path().join("store.upgraded"), &as_format_6_wrote_it());
    assert_taken_over(&home, &settings);
    // Between the two.
    let (home, settings) = format_6();
    drop(open(&settings).unwrap());
    fs::rename(&settings.folder, home.path().join("store.upgraded")).unwrap();
    assert_taken_over(&home, &settings);
}

#[test]
fn what_an_interrupted_rekey_left_does_not_come_back_later() {
    let (home, settings) = format_6();
    drop(open(&settings).unwrap());
    for left in ["store.upgrading", "store.upgraded"] {
        write_by_hand(&home.path().join(left), &as_format_6_wrote_it());
    }
    drop(open(&settings).unwrap());
    assert_eq!(names(&home), ["store", BACKUP]);
}

#[test]
fn steps_follow_each_other_record_by_record() {
    let (home, settings) = format_6();
    let longer: format::Rewrite = |tree, key, mut value| {
        value.extend((tree == "ledger" && key[0] == b'S').then_some(0xFF));
        Ok(Some(value))
    };
    let fewer: format::Rewrite = |_, key, value| Ok((key != b"v").then_some(value));
    let steps = [Step { from: 4, rewrite: longer }, Step { from: 5, rewrite: fewer }];
    let former = Trees::open(&settings.folder, 1 << 20).unwrap();
    let backup = run(&settings, former, 4, &steps).unwrap();
    assert_eq!(backup, home.path().join("store.format-4-at-16B3748"));
    let now = read_by_hand(&settings.folder);
    assert!(now["records"].is_empty());
    assert!(now["ledger"].values().all(|value| value.len() == 5 && value[4] == 0xFF));
    assert_eq!(now["ledger"].len(), 3_000);
}

#[test]
fn a_step_that_fails_leaves_the_former_store_alone() {
    let (home, settings) = format_6();
    let failing: format::Rewrite =
        |_, _, _| Err(Fault::new(Code::STO_003, "a record cannot be read"));
    let former = Trees::open(&settings.folder, 1 << 20).unwrap();
    let fault = run(&settings, former, 6, &[Step { from: 6, rewrite: failing }]).unwrap_err();
    assert_eq!(fault.code, Code::STO_003);
    assert_eq!(names(&home), ["store"]);
    assert_eq!(read_by_hand(&settings.folder), as_format_6_wrote_it());
}

#[test]
fn without_room_or_the_right_to_it_the_former_store_is_left_alone() {
    let fault = enough(Path::new("store"), 628 << 20, 627 << 20).unwrap_err();
    assert_eq!(fault.code, Code::STO_005);
    assert!(fault.cause.contains("628 MiB, and 627 MiB are free"), "{fault}");
    assert!(enough(Path::new("store"), 628 << 20, 628 << 20).is_ok());
    let (home, settings) = format_6();
    fs::write(home.path().join("store.upgrading"), "somebody's").unwrap();
    let fault = open(&settings).err().unwrap();
    assert_eq!(fault.code, Code::STO_005);
    assert!(fault.cause.contains("store.upgrading"), "{fault}");
    assert_eq!(read_by_hand(&settings.folder), as_format_6_wrote_it());
}

#[test]
fn a_link_to_a_store_stays_one() {
    let (home, settings) = format_6();
    let link = home.path().join("link");
    std::os::unix::fs::symlink("store", &link).unwrap();
    drop(open(&StoreSettings { folder: link.clone(), ..settings }).unwrap());
    assert!(fs::read_link(&link).is_ok());
    assert_eq!(names(&home), ["link", "store", BACKUP]);
}

fn refusal(format: u32) -> (TempDir, Fault) {
    let (home, settings) = format_6();
    drop(open(&settings).unwrap());
    let trees = Trees::open(&settings.folder, 1 << 20).unwrap();
    trees.meta.keyspace.insert("format", postcard::to_stdvec(&format).unwrap()).unwrap();
    trees.database.persist(PersistMode::SyncAll).unwrap();
    drop(trees);
    let fault = open(&settings).err().unwrap();
    assert_eq!(fault.code, Code::STO_004);
    (home, fault)
}

#[test]
fn a_later_format_is_refused_and_the_backup_is_named() {
    let (home, fault) = refusal(FORMAT + 1);
    assert!(fault.cause.contains(&format!("its format is {}", FORMAT + 1)), "{fault}");
    assert!(fault.remedy().contains("the lawtail that wrote it"), "{fault}");
    assert!(fault.remedy().contains(BACKUP), "{fault}");
    fs::remove_dir_all(home.path().join(BACKUP)).unwrap();
    let fault = FjallStore::open(&settings(&home)).err().unwrap();
    assert!(!fault.remedy().contains("move the folder"), "{fault}");
}

#[test]
fn a_format_that_nothing_leads_from_is_refused_with_a_remedy() {
    let (_home, fault) = refusal(5);
    assert!(fault.cause.contains("nothing leads from its format 5"), "{fault}");
    assert!(fault.remedy().contains("move the folder away"), "{fault}");
}

#[test]
fn the_last_step_leads_to_the_present_format() {
    let froms: Vec<u32> = format::STEPS.iter().map(|step| step.from).collect();
    let first = froms.first().copied().unwrap_or(FORMAT);
    assert_eq!(froms, (first..FORMAT).collect::<Vec<_>>());
}
