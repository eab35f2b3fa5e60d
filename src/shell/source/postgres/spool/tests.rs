//! The spool against a plain vector, and what it leaves on the disk.

use std::fs;
use std::os::unix::fs::FileExt;

use proptest::prelude::*;

use super::*;

fn spool(folder: &std::path::Path, memory_bytes: usize) -> Spool {
    Spool::new(&SpoolSettings { folder: folder.into(), memory_bytes }).unwrap()
}

fn everything(spool: &mut Spool, xid: u32) -> Vec<Bytes> {
    let mut reading = spool.read(xid);
    std::iter::from_fn(|| spool.next(&mut reading).unwrap()).collect()
}

fn on_disk(spool: &Spool) -> u64 {
    spool.disk.file.as_ref().map_or(0, |file| file.metadata().unwrap().len())
}

#[derive(Clone, Debug)]
enum Step {
    Keep(u32, Vec<u8>),
    Drop(u32),
    Read(u32),
}

fn step() -> impl Strategy<Value = Step> {
    let message = (any::<u8>(), prop_oneof![4 => 0..100_usize, 1 => 0..3 * SPOOL_BLOCK_BYTES]);
    let message = message.prop_map(|(byte, length)| vec![byte; length]);
    prop_oneof![
        20 => (0..4_u32, message).prop_map(|(xid, message)| Step::Keep(xid, message)),
        1 => (0..4_u32).prop_map(Step::Drop),
        1 => (0..4_u32).prop_map(Step::Read),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_was_kept_comes_back_in_order_whatever_was_spilled(
        steps in proptest::collection::vec(step(), 0..120),
        memory_bytes in prop_oneof![Just(0), Just(50_000), Just(usize::MAX)],
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = spool(folder.path(), memory_bytes);
        let mut plain: BTreeMap<u32, Vec<Vec<u8>>> = BTreeMap::new();
        for step in steps {
            match step {
                Step::Keep(xid, message) => {
                    spool.keep(xid, &message).unwrap();
                    plain.entry(xid).or_default().push(message);
                    prop_assert!(spool.memory <= memory_bytes);
                }
                Step::Drop(xid) => {
                    spool.drop_transaction(xid);
                    plain.remove(&xid);
                }
                Step::Read(xid) => {
                    let kept = plain.remove(&xid).unwrap_or_default();
                    prop_assert_eq!(everything(&mut spool, xid), kept);
                }
            }
        }
        for (xid, kept) in plain {
            prop_assert_eq!(everything(&mut spool, xid), kept);
        }
        prop_assert_eq!((spool.memory, on_disk(&spool)), (0, 0));
    }
}

#[test]
fn the_disk_holds_no_content_and_no_name() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = spool(folder.path(), 0);
    spool.keep(1, b"ada@example.org").unwrap();
    let file = spool.disk.file.as_ref().unwrap();
    let mut content = vec![0; file.metadata().unwrap().len() as usize];
    file.read_exact_at(&mut content, 0).unwrap();
    assert!(content.len() > 15 && !content.windows(3).any(|it| it == b"ada"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn places_are_used_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = spool(folder.path(), 0);
    spool.keep(1, b"stays open").unwrap();
    spool.keep(2, &[7; 3 * SPOOL_BLOCK_BYTES]).unwrap();
    let size = on_disk(&spool);
    for _ in 0..20 {
        spool.drop_transaction(2);
        spool.keep(2, &[7; 3 * SPOOL_BLOCK_BYTES]).unwrap();
    }
    assert!(on_disk(&spool) <= size + disk::PLACE_BYTES, "{size}, then {}", on_disk(&spool));
    assert_eq!(everything(&mut spool, 1), [&b"stays open"[..]]);
}

#[test]
fn thousands_of_transactions_need_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = spool(folder.path(), 100_000);
    for round in 0..3_u8 {
        (0..5_000).for_each(|xid| spool.keep(xid, &[round; 40]).unwrap());
    }
    for xid in 0..5_000 {
        assert_eq!(everything(&mut spool, xid), [0, 1, 2].map(|round| vec![round; 40]));
    }
    assert_eq!(on_disk(&spool), 0);
}

#[test]
fn a_damaged_block_is_recognised() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = spool(folder.path(), 0);
    spool.keep(1, b"Ada").unwrap();
    spool.disk.file.as_ref().unwrap().write_all_at(b"x", 3).unwrap();
    let mut reading = spool.read(1);
    let fault = spool.next(&mut reading).unwrap_err();
    assert_eq!(fault.code, Code::STO_003);
    assert!(!fault.to_string().contains("Ada"));
}

#[test]
fn a_disk_that_takes_nothing_is_a_fault_with_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let gone = folder.path().join("gone");
    let fault = spool(&gone, 0).keep(1, b"Ada").unwrap_err();
    assert_eq!(fault.code, Code::STO_002);
    assert!(fault.cause.contains(&gone.display().to_string()), "{fault}");

    let mut full = spool(folder.path(), 0);
    full.disk.file = Some(fs::File::options().write(true).open("/dev/full").unwrap());
    let fault = full.keep(1, b"Ada").unwrap_err();
    assert!(fault.code == Code::STO_002 && fault.cause.contains("space"), "{fault}");
}
