use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use tempfile::TempDir;

use super::super::contract_tests::commitment;
use super::super::{FjallStore, StoreSettings, format, rekey};
use super::*;
use crate::engine::state::{View, Writes};
use crate::shell::contract::Store;
use crate::wire::Topic;

fn key(byte: u8) -> Option<Arc<EncryptionKey>> {
    Some(Arc::new(EncryptionKey::new([byte; 32])))
}

fn settings(home: &TempDir, key: Option<Arc<EncryptionKey>>) -> StoreSettings {
    StoreSettings { folder: home.path().join("store"), cache_bytes: 1 << 20, key }
}

/// A word that stands in every value, and that no file may show.
const WORD: &[u8] = b"a word that is nowhere else";

/// A store with records of both kinds and events, some delivered.
fn written(home: &TempDir, key: Option<Arc<EncryptionKey>>) {
    let mut store = FjallStore::open(&settings(home, key)).unwrap();
    for number in 1..=50_u64 {
        let names = [b"S".as_slice(), b"v"].map(|kind| [kind, &number.to_be_bytes()].concat());
        let writes: Writes = names.into_iter().map(|name| (name, Some(WORD.to_vec()))).collect();
        let mut made = commitment(writes, &[Topic::Findings], number, number * 10);
        made.events[0].data = String::from_utf8(WORD.to_vec()).unwrap();
        store.commit(made).unwrap();
    }
    store.delivered(20).unwrap();
}

fn assert_holds_all(home: &TempDir, key: Option<Arc<EncryptionKey>>) {
    let store = FjallStore::open(&settings(home, key)).unwrap_or_else(|fault| panic!("{fault}"));
    assert_eq!(store.scan(b"S", b"T", 99).unwrap().len(), 50);
    assert_eq!(store.scan(b"A", b"z", 999).unwrap().len(), 100);
    assert_eq!(Store::outbox(&store, 99).unwrap().len(), 30);
    assert_eq!(store.chain_heads().unwrap()[0].data.as_bytes(), WORD);
    let name = [b"v".as_slice(), &7_u64.to_be_bytes()].concat();
    assert_eq!(View::get(&store, &name).unwrap().as_deref(), Some(WORD));
    assert_eq!(store.checkpoint().unwrap().unwrap().end.0, 500);
}

fn refusal(home: &TempDir, key: Option<Arc<EncryptionKey>>) -> Fault {
    FjallStore::open(&settings(home, key)).err().expect("the store must be refused")
}

/// How often the word stands in the files of a folder.
fn shown(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let within = |path: &Path| {
        let bytes = fs::read(path).unwrap();
        bytes.windows(WORD.len()).filter(|window| *window == WORD).count()
    };
    entries.map(|path| if path.is_dir() { shown(&path) } else { within(&path) }).sum()
}

#[test]
fn an_encrypted_store_holds_the_same_and_shows_none_of_it() {
    let home = tempfile::tempdir().unwrap();
    written(&home, key(1));
    assert_holds_all(&home, key(1));
    assert_holds_all(&home, key(1));
    assert_eq!(shown(home.path()), 0);
    let open = tempfile::tempdir().unwrap();
    written(&open, None);
    assert!(shown(open.path()) > 0, "the search finds what is not encrypted");
}

#[test]
fn a_key_that_is_missing_wrong_or_too_many_is_told_with_its_remedy() {
    let home = tempfile::tempdir().unwrap();
    written(&home, key(1));
    let fault = refusal(&home, None);
    assert_eq!(fault.code, Code::STO_006);
    assert!(fault.remedy().contains("store.encryption_key"), "{fault}");
    let fault = refusal(&home, key(2));
    assert_eq!(fault.code, Code::STO_006);
    assert!(fault.cause.contains("not with this key"), "{fault}");
    assert_holds_all(&home, key(1));
    let open = tempfile::tempdir().unwrap();
    written(&open, None);
    let fault = refusal(&open, key(1));
    assert_eq!(fault.code, Code::STO_006);
    assert!(fault.remedy().contains("lawtail store rekey"), "{fault}");
    assert_holds_all(&open, None);
}

#[test]
fn a_store_is_encrypted_gets_another_key_and_is_decrypted() {
    let home = tempfile::tempdir().unwrap();
    written(&home, None);
    let change = |former: Option<&Arc<EncryptionKey>>, now: Option<Arc<EncryptionKey>>| {
        let backup = rekey(&settings(&home, now.clone()), former).unwrap();
        let name = format!("store.format-{}-at-1F4", format::FORMAT);
        assert!(backup.file_name().unwrap().to_string_lossy().starts_with(&name));
        assert_holds_all(&home, now);
        fs::remove_dir_all(backup).unwrap();
    };
    change(None, key(1));
    assert_eq!(shown(home.path()), 0);
    assert_eq!(rekey(&settings(&home, key(2)), None).unwrap_err().code, Code::STO_006);
    change(key(1).as_ref(), key(2));
    assert_eq!(refusal(&home, key(1)).code, Code::STO_006);
    change(key(2).as_ref(), None);
    let none = tempfile::tempdir().unwrap();
    assert_eq!(rekey(&settings(&none, key(1)), None).unwrap_err().code, Code::STO_001);
    assert_eq!(fs::read_dir(none.path()).unwrap().count(), 0);
}

/// Puts values of the same tree in each other's place, and changes one.
#[test]
fn a_value_that_was_moved_or_changed_is_not_read() {
    let trees = |home: &TempDir| Trees::open(&settings(home, None).folder, 1 << 20).unwrap();
    let name = |number: u64| [b"v".as_slice(), &number.to_be_bytes()].concat();
    let altered: [fn(&mut Vec<u8>); 4] = [
        |value| value.reverse(),
        |value| value[HEAD_BYTES] ^= 1,
        |value| value[3] ^= 0x40,
        |value| value.truncate(HEAD_BYTES - 1),
    ];
    let home = tempfile::tempdir().unwrap();
    written(&home, key(1));
    {
        let trees = trees(&home);
        let records = &trees.records.keyspace;
        let other = records.get(name(9)).unwrap().unwrap();
        records.insert(name(1), other).unwrap();
        for (number, alter) in (2..).zip(altered) {
            let mut value = records.get(name(number)).unwrap().unwrap().to_vec();
            alter(&mut value);
            records.insert(name(number), value).unwrap();
        }
        let of_the_ledger = [b"S".as_slice(), &9_u64.to_be_bytes()].concat();
        let other = trees.ledger.keyspace.get(of_the_ledger).unwrap().unwrap();
        records.insert(name(6), other).unwrap();
        trees.database.persist(fjall::PersistMode::SyncAll).unwrap();
    }
    let store = FjallStore::open(&settings(&home, key(1))).unwrap();
    for number in 1..=6 {
        let fault = View::get(&store, &name(number)).unwrap_err();
        assert_eq!(fault.code, Code::STO_003, "{number}");
    }
    assert!(View::get(&store, &name(7)).is_ok());
}

#[test]
fn no_two_values_are_sealed_under_one_key_and_number() {
    let home = tempfile::tempdir().unwrap();
    written(&home, key(1));
    // A copy that is started beside the original goes on under another salt.
    let copied = |from: &Path, to: &Path| {
        let status = std::process::Command::new("cp").arg("-a").arg(from).arg(to).status();
        assert!(status.unwrap().success());
    };
    let copy = tempfile::tempdir().unwrap();
    copied(&home.path().join("store"), copy.path());
    written(&home, key(1));
    written(&copy, key(1));
    let trees = |home: &TempDir| Trees::open(&settings(home, None).folder, 1 << 20).unwrap();
    let salts = |home: &TempDir| -> Vec<Vec<u8>> {
        let starts = trees(home).meta.with_prefix(STARTS).unwrap();
        starts.into_iter().map(|(_, value)| value).collect()
    };
    let (ours, theirs) = (salts(&home), salts(&copy));
    assert_eq!((ours.len(), theirs.len(), &ours[0]), (2, 2, &theirs[0]));
    assert_ne!(ours[1], theirs[1]);
    let mut heads = BTreeSet::new();
    for tree in trees(&home).all() {
        for entry in tree.range::<Vec<u8>>(..) {
            let (key, value) = entry.unwrap();
            let new = tree.is_plain(&key) || heads.insert(value[..HEAD_BYTES].to_vec());
            assert!(new, "{} holds a number twice", tree.name);
        }
    }
    assert!(heads.len() > 150);
}

#[test]
fn a_key_is_32_bytes_or_64_digits_and_its_owners_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.key");
    let load = |content: &[u8], mode: u32| {
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        EncryptionKey::load(&path).map(|key| key.0.expose_secret().to_vec())
    };
    assert_eq!(load(&[b'\n'; 32], 0o600).unwrap(), [b'\n'; 32]);
    let digits = format!("{}Ff\n", "0a".repeat(31));
    assert_eq!(load(digits.as_bytes(), 0o400).unwrap(), [[0x0A; 31].as_slice(), &[0xFF]].concat());
    for (content, mode) in [
        (b"hunter2".as_slice(), 0o600),
        (&[7; 31], 0o600),
        ("g".repeat(64).as_bytes(), 0o600),
        (&[7; 32], 0o644),
    ] {
        let fault = load(content, mode).unwrap_err();
        assert_eq!(fault.code, Code::STO_006);
        assert!(fault.cause.contains("store.key") && !fault.to_string().contains("hunter2"));
    }
    assert_eq!(EncryptionKey::load(&folder.path().join("none")).unwrap_err().code, Code::STO_006);
}
