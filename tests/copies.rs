//! What the decision core makes of copies: the marks it keeps, and what it knows before they are
//! complete.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use lawtail::engine::pseudonym::Pseudonymizer;
use lawtail::engine::{Checkpoint, Engine};
use lawtail::model::{
    Batch, Begin, ChunkId, Code, CopyMark, CopyMemory, CopyNews, CopyOrigin, Emission, Event, Gap,
    GapCause, LeftTable, Lsn, Outcome, Position, Reached, RowPlace, TableName, TransactionKind,
};
use lawtail::policy::{self, Policies};
use support::crm::{self, Log};

type Memory = BTreeMap<Vec<u8>, Vec<u8>>;

fn policies() -> Policies {
    policy::compile(&policy::embedded::demo()).expect("the demo's policies compile")
}

fn engine(policies: Policies) -> Engine {
    let pseudonyms = Pseudonymizer::new(b"a key for tests");
    Engine::new(Arc::new(policies), pseudonyms, "1/crm".into())
}

/// Those of the demonstration, with something else in the pack.
fn other_policies(instead: (&str, &str)) -> Policies {
    let mut documents = policy::embedded::demo();
    let pack = documents.get_mut("packs/demo.yaml").expect("the pack is there");
    assert!(pack.contains(instead.0));
    *pack = pack.replacen(instead.0, instead.1, 1);
    policy::compile(&documents).expect("the other policies compile")
}

/// The core with what it remembers, told one event at a time.
struct Core {
    engine: Engine,
    memory: Memory,
    emissions: Vec<Emission>,
    judged: BTreeMap<Outcome, u64>,
}

impl Core {
    fn new() -> Core {
        let (memory, emissions) = (Memory::new(), Vec::new());
        Core { engine: engine(policies()), memory, emissions, judged: BTreeMap::new() }
    }

    fn decide(&mut self, events: Vec<Event>) {
        for event in events {
            let batch = Batch { events: vec![event] };
            let decision = self.engine.decide(&self.memory, &batch).expect("it is well-formed");
            self.emissions.extend_from_slice(decision.emissions());
            for ((_, outcome), count) in &decision.counts().judged {
                *self.judged.entry(*outcome).or_default() += count;
            }
            for (key, value) in decision.writes() {
                match value {
                    Some(value) => self.memory.insert(key.clone(), value.clone()),
                    None => self.memory.remove(key),
                };
            }
        }
    }

    fn checkpoint(&self) -> Checkpoint {
        self.engine.decide(&self.memory, &Batch::default()).unwrap().checkpoint()
    }

    fn copies(&self) -> CopyMemory {
        Engine::copy_memory(&self.memory, &policies()).unwrap()
    }

    fn findings(&self, code: Code) -> usize {
        let of_code = |emission: &&Emission| match emission {
            Emission::Finding(finding) => finding.code == code,
            _ => false,
        };
        self.emissions.iter().filter(of_code).count()
    }
}

fn tables(names: &[&str]) -> BTreeSet<TableName> {
    names.iter().map(|name| TableName::new("crm", *name)).collect()
}

fn begun(log: &mut Log, kind: TransactionKind, names: &[&str]) {
    log.begin_as(kind);
    let Some(Event::Begin(begin)) = log.events.last() else { panic!("it has begun") };
    let news = CopyNews::Begun(Box::new(CopyOrigin {
        kind,
        point: Lsn(begin.commit.0 + 1),
        snapshot: "10:12:11".into(),
        chunk_pages: 8,
        tables: tables(names),
        relations: Vec::new(),
    }));
    log.events.push(Event::Copy(news));
}

fn reached(log: &mut Log, page: u32, reached: Reached) {
    let chunk = ChunkId { relation: 7, page };
    log.events.push(Event::Copy(CopyNews::Reached(CopyMark { chunk, reached })));
}

fn contact_comes(log: &mut Log, person: u64) {
    log.begin();
    log.insert(&crm::contacts(), crm::contact_row(person, 0));
    log.commit();
}

#[test]
fn that_a_table_rests_is_not_said_once_it_has_left_the_publication() {
    for leaves in [false, true] {
        let (mut core, mut log) = (Core::new(), Log::default());
        begun(&mut log, TransactionKind::InitialCopy, &["contacts", "opt_outs"]);
        log.insert(&crm::contacts(), crm::contact_row(1, 0));
        log.commit();
        log.idle();
        if leaves {
            let Some(Event::Idle(idle)) = log.events.last().cloned() else { unreachable!() };
            let (from, to, time) = (idle.lsn, idle.lsn, idle.time);
            let table = TableName::new("crm", "contacts");
            log.events.push(Event::Copy(CopyNews::Left(LeftTable { table, from, to, time })));
        }
        for _ in 0..4 {
            log.pass(Duration::from_secs(30 * 86_400));
            log.idle();
        }
        core.decide(log.events);
        let rests = core.emissions.iter().any(|emission| match emission {
            Emission::Finding(finding) => {
                finding.code == Code::REG_001 && *finding.table.name == *"contacts"
            }
            _ => false,
        });
        assert_eq!(rests, !leaves);
    }
}

#[test]
fn that_the_log_is_another_one_is_durable_before_anything_of_it_is_known() {
    for cause in GapCause::ALL.into_iter().filter(|cause| cause.leads_to_another_log()) {
        let (mut core, mut log) = (Core::new(), Log::default());
        begun(&mut log, TransactionKind::InitialCopy, &["contacts"]);
        log.commit();
        begun(&mut log, TransactionKind::TableCopy, &["opt_outs"]);
        core.decide(std::mem::take(&mut log.events));
        assert!(core.copies().open.is_some() && !core.copies().copied.is_empty());
        let before = core.checkpoint();
        // The log of a backup ends before ours.
        let (from, to) = (Lsn(before.end.0 - 0x30), Lsn(before.end.0 - 0x20));
        core.decide(vec![Event::Gap(Gap { from, to, time: before.time, cause })]);
        let expected = Checkpoint { position: Position::default(), end: to, ..before };
        assert_eq!(core.checkpoint(), expected);
        assert_eq!(core.copies(), CopyMemory::default());
        assert_eq!(core.findings(Code::COV_002), 1);
        // What comes in the new log is new, also below the old position.
        let commit = Lsn(to.0 + 8);
        let (xid, kind) = (0, TransactionKind::InitialCopy);
        core.decide(vec![Event::Begin(Begin { xid, commit, time: before.time, kind })]);
        assert_eq!(core.checkpoint().position, Position { commit, ordinal: 0 });
    }
}

#[test]
fn how_far_a_copy_has_come_is_remembered_until_it_ends() {
    let mut log = Log::default();
    begun(&mut log, TransactionKind::InitialCopy, &["contacts", "sends"]);
    log.insert(&crm::contacts(), crm::contact_row(1, 0));
    let place = RowPlace { page: 3, number: 4 };
    reached(&mut log, 0, Reached::Row(RowPlace { page: 1, number: 1 }));
    reached(&mut log, 0, Reached::Row(place));
    reached(&mut log, 8, Reached::End);
    let mut core = Core::new();
    core.decide(std::mem::take(&mut log.events));
    let open = core.copies().open.expect("a copy is open");
    assert_eq!((open.origin.snapshot.as_str(), open.origin.tables.len()), ("10:12:11", 2));
    let chunk = |page| ChunkId { relation: 7, page };
    let marks = BTreeMap::from([(chunk(0), Reached::Row(place)), (chunk(8), Reached::End)]);
    assert_eq!(open.reached, marks);
    log.events.push(Event::Copy(CopyNews::Void(TableName::new("crm", "sends"))));
    log.commit();
    core.decide(log.events);
    let copied = tables(&["contacts"]);
    assert_eq!(core.copies(), CopyMemory { open: None, copied, awaited: tables(&["sends"]) });
}

#[test]
fn what_is_remembered_is_what_the_source_would_remember() {
    let mut log = Log::default();
    let mut core = Core::new();
    let mut memory = CopyMemory::default();
    begun(&mut log, TransactionKind::InitialCopy, &["contacts"]);
    reached(&mut log, 0, Reached::End);
    log.commit();
    begun(&mut log, TransactionKind::TableCopy, &["sends"]);
    reached(&mut log, 8, Reached::End);
    for event in log.events {
        match &event {
            Event::Copy(news) => memory.note(news),
            Event::Commit(_) => memory.commit(),
            _ => {}
        }
        core.decide(vec![event]);
        assert_eq!(core.copies(), memory);
    }
}

#[test]
fn a_table_that_the_pack_has_learnt_of_since_counts_as_not_copied() {
    let mut log = Log::default();
    begun(&mut log, TransactionKind::InitialCopy, &["contacts", "unknown"]);
    log.commit();
    let mut core = Core::new();
    core.decide(log.events);
    assert_eq!(core.copies().copied, tables(&["contacts", "unknown"]));
    let mut learnt = policies();
    let contacts = learnt.pack.tables[&TableName::new("crm", "contacts")].clone();
    learnt.pack.tables.insert(TableName::new("crm", "unknown"), contacts);
    let copies = Engine::copy_memory(&core.memory, &learnt).unwrap();
    assert_eq!(copies.copied, tables(&["contacts"]));
}

/// A contact without basis is found by the copy and another one comes later; the copy was
/// interrupted or not, and before or after the place up to which records may be missing.
fn two_contacts(interrupted: Option<Lsn>) -> Core {
    let mut log = Log::default();
    begun(&mut log, TransactionKind::InitialCopy, &["contacts", "lawful_bases"]);
    log.insert(&crm::contacts(), crm::contact_row(1, 0));
    log.insert(&crm::contacts(), crm::contact_row(2, 0));
    log.insert(&crm::lawful_bases(), crm::basis_row("2", "2", "active"));
    if let Some(to) = interrupted {
        let Some(Event::Begin(begin)) = log.events.first().cloned() else { panic!("begun") };
        let (from, time) = (begin.commit, begin.time + Duration::from_secs(7_200));
        let cause = GapCause::CopyInterrupted;
        log.events.push(Event::Gap(Gap { from, to, time, cause }));
    }
    log.commit();
    log.begin();
    log.insert(&crm::contacts(), crm::contact_row(3, 0));
    log.commit();
    log.pass(Duration::from_secs(48 * 3600));
    log.idle();
    log.idle();
    let mut core = Core::new();
    core.decide(log.events);
    core
}

/// An interruption during which nothing was written, or none since the last one, is no news: told
/// twice, one id would have two contents.
#[test]
fn an_interrupted_copy_is_announced_once_for_what_was_written_meanwhile() {
    let mut log = Log::default();
    begun(&mut log, TransactionKind::InitialCopy, &["contacts"]);
    let Some(Event::Begin(begin)) = log.events.first().cloned() else { panic!("begun") };
    let from = begin.commit;
    for (seconds, to) in [(10, from), (20, Lsn(from.0 + 9)), (30, Lsn(from.0 + 9))] {
        let (time, cause) = (begin.time + Duration::from_secs(seconds), GapCause::CopyInterrupted);
        log.events.push(Event::Gap(Gap { from, to, time, cause }));
    }
    let mut core = Core::new();
    core.decide(log.events);
    assert_eq!(core.findings(Code::COV_002), 1);
}

#[test]
fn while_records_may_be_missing_only_a_basis_on_record_counts() {
    let whole = two_contacts(None);
    assert_eq!(whole.judged.get(&Outcome::Unlawful), Some(&2));
    assert_eq!(whole.findings(Code::LB_001), 2);
    // The stream has not come to where everything is known again.
    let blind = two_contacts(Some(Lsn(u64::MAX / 2)));
    assert_eq!(blind.judged.get(&Outcome::Unlawful), None);
    assert_eq!(blind.judged.get(&Outcome::Undecided), Some(&2));
    assert_eq!(blind.judged.get(&Outcome::Lawful), whole.judged.get(&Outcome::Lawful));
    assert_eq!((blind.findings(Code::LB_001), blind.findings(Code::COV_002)), (0, 1));
    // It passes that place before the last contact comes.
    let passed = two_contacts(Some(Lsn(0x1180)));
    assert_eq!(passed.judged.get(&Outcome::Unlawful), Some(&1));
    assert_eq!(passed.findings(Code::LB_001), 1);
}

#[test]
fn the_copy_of_one_table_replaces_what_was_known_of_it_and_of_no_other() {
    let mut log = Log::default();
    begun(&mut log, TransactionKind::InitialCopy, &["contacts", "lawful_bases"]);
    log.insert(&crm::lawful_bases(), crm::basis_row("1", "1", "active"));
    log.commit();
    begun(&mut log, TransactionKind::TableCopy, &["contacts"]);
    log.commit();
    log.begin();
    log.insert(&crm::contacts(), crm::contact_row(1, 0));
    log.commit();
    log.pass(Duration::from_secs(48 * 3600));
    log.idle();
    log.idle();
    let mut core = Core::new();
    core.decide(std::mem::take(&mut log.events));
    assert_eq!(core.findings(Code::LB_001), 0, "the basis stands");
    begun(&mut log, TransactionKind::TableCopy, &["lawful_bases"]);
    log.commit();
    log.begin();
    log.insert(&crm::contacts(), crm::contact_row(1, 1));
    log.commit();
    log.pass(Duration::from_secs(48 * 3600));
    log.idle();
    log.idle();
    core.decide(log.events);
    assert_eq!(core.findings(Code::LB_001), 1, "the basis was not there any more");
}

#[test]
fn after_a_void_table_nothing_is_certain_until_it_has_been_copied() {
    let mut log = Log::default();
    begun(&mut log, TransactionKind::InitialCopy, &["contacts", "lawful_bases"]);
    log.events.push(Event::Copy(CopyNews::Void(TableName::new("crm", "lawful_bases"))));
    log.commit();
    contact_comes(&mut log, 1);
    begun(&mut log, TransactionKind::TableCopy, &["lawful_bases"]);
    log.commit();
    contact_comes(&mut log, 2);
    log.pass(Duration::from_secs(48 * 3600));
    log.idle();
    log.idle();
    let mut core = Core::new();
    core.decide(log.events);
    assert_eq!(core.judged.get(&Outcome::Undecided), Some(&1));
    assert_eq!(core.judged.get(&Outcome::Unlawful), Some(&1));
}

#[test]
fn a_copy_that_is_void_itself_makes_nothing_certain() {
    let mut log = Log::default();
    begun(&mut log, TransactionKind::InitialCopy, &["contacts", "lawful_bases"]);
    log.events.push(Event::Copy(CopyNews::Void(TableName::new("crm", "lawful_bases"))));
    log.commit();
    begun(&mut log, TransactionKind::TableCopy, &["lawful_bases"]);
    log.events.push(Event::Copy(CopyNews::Void(TableName::new("crm", "lawful_bases"))));
    log.commit();
    log.begin();
    log.insert(&crm::contacts(), crm::contact_row(1, 0));
    log.commit();
    log.pass(Duration::from_secs(48 * 3600));
    log.idle();
    log.idle();
    let mut core = Core::new();
    core.decide(log.events);
    assert_eq!(core.judged.get(&Outcome::Undecided), Some(&1));
    assert_eq!(core.judged.get(&Outcome::Unlawful), None);
}

#[test]
fn a_void_table_that_leaves_before_it_was_copied_is_waited_for_no_more() {
    let table = TableName::new("crm", "lawful_bases");
    let mut log = Log::default();
    begun(&mut log, TransactionKind::InitialCopy, &["contacts", "lawful_bases"]);
    log.events.push(Event::Copy(CopyNews::Void(table.clone())));
    log.commit();
    // The copy of another table is not what is waited for.
    begun(&mut log, TransactionKind::TableCopy, &["messages"]);
    log.commit();
    contact_comes(&mut log, 1);
    let Some(Event::Commit(last)) = log.events.last() else { panic!("it has ended") };
    let to = last.end;
    let mut core = Core::new();
    core.decide(std::mem::take(&mut log.events));
    assert_eq!(core.copies().awaited, BTreeSet::from([table.clone()]));
    let left = LeftTable { table, from: Lsn(1), to, time: crm::START };
    log.events.push(Event::Copy(CopyNews::Left(left.clone())));
    log.events.push(Event::Copy(CopyNews::Left(left)));
    contact_comes(&mut log, 2);
    log.pass(Duration::from_secs(48 * 3600));
    log.idle();
    log.idle();
    core.decide(log.events);
    assert_eq!(core.copies().awaited, BTreeSet::new());
    let gaps = |emission: &&Emission| matches!(emission, Emission::Coverage(gap) if gap.cause == GapCause::TableUnpublished);
    assert_eq!(core.emissions.iter().filter(gaps).count(), 1);
    assert_eq!(core.judged.get(&Outcome::Undecided), Some(&1));
    assert_eq!(core.judged.get(&Outcome::Unlawful), Some(&1));
}

#[test]
fn a_table_that_leaves_is_announced_once_with_its_name_and_bounds() {
    let mut log = Log::default();
    begun(&mut log, TransactionKind::InitialCopy, &["contacts"]);
    log.commit();
    let left = LeftTable {
        table: TableName::new("crm", "contacts"),
        from: Lsn(0x2000),
        to: Lsn(0x3000),
        time: crm::START,
    };
    for _ in 0..2 {
        log.events.push(Event::Copy(CopyNews::Left(left.clone())));
    }
    let mut core = Core::new();
    core.decide(log.events);
    assert_eq!(core.copies().copied, BTreeSet::new());
    let gaps: Vec<_> = core
        .emissions
        .iter()
        .filter_map(|emission| match emission {
            Emission::Coverage(gap) => Some((gap.cause, gap.from, gap.to)),
            _ => None,
        })
        .collect();
    assert_eq!(gaps, [(GapCause::TableUnpublished, left.from, left.to)]);
    let said = core.emissions.iter().find_map(|emission| match emission {
        Emission::Finding(finding) => Some(finding.reason.clone()),
        _ => None,
    });
    assert_eq!(
        said.as_deref(),
        Some(
            "crm.contacts left the publication between 0/2000 and 0/3000; its changes are not seen \
             any more"
        )
    );
}

/// A pack that reads a table otherwise after a restart: what is on record of that table is nothing until it has
/// been copied anew, and no other table is.
#[test]
fn tables_that_a_restart_reads_otherwise_are_copied_anew() {
    let spelled = ("provenance: origin\n", "provenance: origin\ntelephone_country: DE\n");
    let refused = ("opted_out: opted_out", "opted_out: unknown");
    let drawn = ("provenance: origin\n", "provenance: origin\n# nothing else\n");
    for (instead, expected) in
        [(spelled, &["consents", "contacts"][..]), (refused, &["consents"]), (drawn, &[])]
    {
        let (mut core, mut log) = (Core::new(), Log::default());
        let all = ["contacts", "consents", "orders"];
        begun(&mut log, TransactionKind::InitialCopy, &all);
        log.insert(&crm::contacts(), crm::contact_row(1, 0));
        log.commit();
        log.idle();
        core.decide(std::mem::take(&mut log.events));
        assert_eq!(core.copies().copied, tables(&all));
        let others = other_policies(instead);
        let mut left = tables(&all);
        left.retain(|table| !expected.contains(&&*table.name));
        let found = Engine::copy_memory(&core.memory, &others).unwrap();
        assert_eq!(found.copied, left, "{instead:?}");
        core.engine = engine(others);
        log.idle();
        core.decide(std::mem::take(&mut log.events));
        let others = other_policies(instead);
        let found = Engine::copy_memory(&core.memory, &others).unwrap();
        assert_eq!((found.copied, found.awaited), (left, tables(expected)), "{instead:?}");
        if !expected.is_empty() {
            begun(&mut log, TransactionKind::TableCopy, expected);
            log.insert(&crm::contacts(), crm::contact_row(1, 0));
            log.commit();
            core.decide(std::mem::take(&mut log.events));
        }
        let found = Engine::copy_memory(&core.memory, &others).unwrap();
        assert_eq!((found.copied, found.awaited), (tables(&all), tables(&[])), "{instead:?}");
    }
}

/// A message that could not be read leads to no copy by itself: the tables that the pack reads are copied anew at
/// the next start, and until then what is missing may have been in it.
#[test]
fn after_an_unreadable_message_nothing_is_missing_until_the_tables_have_been_copied_anew() {
    let (mut core, mut log) = (Core::new(), Log::default());
    begun(&mut log, TransactionKind::InitialCopy, &["contacts", "lawful_bases", "unheard_of"]);
    log.commit();
    log.idle();
    let Some(Event::Idle(idle)) = log.events.last().cloned() else { unreachable!() };
    let (from, to, time) = (idle.lsn, Lsn(idle.lsn.0 + 1), idle.time);
    log.events.push(Event::Gap(Gap { from, to, time, cause: GapCause::Undecodable }));
    contact_comes(&mut log, 1);
    core.decide(std::mem::take(&mut log.events));
    let (read, all) = (["contacts", "lawful_bases"], ["contacts", "lawful_bases", "unheard_of"]);
    let known = core.copies();
    assert_eq!((known.copied, known.awaited), (tables(&all[2..]), tables(&read)));
    begun(&mut log, TransactionKind::TableCopy, &read);
    log.commit();
    contact_comes(&mut log, 2);
    log.pass(Duration::from_secs(48 * 3600));
    log.idle();
    log.idle();
    core.decide(log.events);
    assert_eq!(core.copies().copied, tables(&all));
    assert_eq!(core.judged.get(&Outcome::Undecided), Some(&1));
    assert_eq!(core.judged.get(&Outcome::Unlawful), Some(&1));
}
