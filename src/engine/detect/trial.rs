//! A small bench for the detectors' tests: transactions in, signals out, each
//! step in a batch of its own.

use std::collections::BTreeMap;
use std::time::Duration;

use super::schema_change::SchemaChange;
use super::{Settled, Signal, Tally, Touch};
use crate::engine::state::{State, Writes};
use crate::model::{
    Category, Lsn, OperationKind, Position, Reference, TableName, Timestamp, TransactionKind,
};
use crate::policy::{
    ConsentRules, Detection, Governance, Maintenances, OwnRules, Pack, Policies, Profile,
    Provenance, Register, Rules, Statistics, SubjectMapping, TableMapping, Tripwire,
};

/// Detectors' settings small enough to cross in a test.
pub(crate) fn settings() -> Detection {
    let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
    Detection {
        mass_change: Tripwire { subjects: 20, share_per_mille: 10, window: minutes(10) },
        mass_deletion: Tripwire { subjects: 10, share_per_mille: 50, window: minutes(10) },
        bulk_consent: Tripwire { subjects: 30, share_per_mille: 0, window: minutes(60) },
        ..Detection::default()
    }
}

/// Policies with a table of data subjects and tables about them.
pub(crate) fn policies() -> Policies {
    let contacts = table("crm.contacts");
    let itself = SubjectMapping::Itself { key: "id".into() };
    let about = SubjectMapping::About { table: contacts.clone(), column: "contact_id".into() };
    let mapping = |subject| TableMapping { subject: Some(subject), ..TableMapping::default() };
    let tables = BTreeMap::from([
        (contacts, mapping(itself)),
        (table("crm.notes"), mapping(about.clone())),
        (table("crm.consents"), mapping(about)),
    ]);
    Policies {
        pack: Pack {
            name: "trial".into(),
            provenance: Provenance::Origin,
            time_zone: crate::model::TimeZone::default(),
            telephone_country: None,
            tables,
        },
        register: Register {
            controller: "controller".into(),
            contact: "contact".into(),
            data_protection_officer: None,
            measures: Vec::new(),
            purposes: BTreeMap::new(),
            activities: Vec::new(),
            decoys: BTreeMap::new(),
            governance: Governance::default(),
        },
        profile: Profile {
            name: "trial".into(),
            grace: Duration::ZERO,
            erasure_within: Duration::ZERO,
            delivered_within: Duration::ZERO,
            adequacy: None,
            age_of_consent: crate::policy::AgeOfConsent::default(),
            channels: BTreeMap::new(),
            consent: ConsentRules::default(),
        },
        detection: settings(),
        rules: Rules::default(),
        statistics: Statistics::default(),
        maintenances: Maintenances::default(),
        own: OwnRules::default(),
        digest: "digest".into(),
    }
}

pub(crate) fn table(name: &str) -> TableName {
    name.parse().unwrap()
}

/// The reference of the n-th person; the multiplications (those of SplitMix64) spread the bits as
/// a keyed hash does.
pub(crate) fn person(number: u32) -> Reference {
    let mut bits = u64::from(number).wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    Reference((u128::from(bits ^ (bits >> 31)) << 64 | u128::from(number)).to_be_bytes())
}

/// An update of one person's e-mail address by the same actor; the position comes with the commit.
pub(crate) fn change(name: &str, number: u32) -> Touch {
    Touch {
        position: Position::default(),
        table: table(name),
        operation: OperationKind::Update,
        about_people: true,
        actor: Some(person(1_000_000)),
        subject: Some(person(number)),
        categories: vec![Category::Email],
        reversible: true,
        permission_granted: false,
        own_act: false,
        signs: Vec::new(),
        moves: Vec::new(),
    }
}

/// A deletion of one person's row by the same actor.
pub(crate) fn deletion(name: &str, number: u32) -> Touch {
    Touch { operation: OperationKind::Delete, ..change(name, number) }
}

/// A TRUNCATE of a table of data subjects, or about them.
pub(crate) fn truncation(name: &str) -> Touch {
    Touch {
        operation: OperationKind::Truncate,
        about_people: true,
        actor: None,
        subject: None,
        categories: Vec::new(),
        reversible: false,
        ..change(name, 0)
    }
}

/// Applies a batch's writes to a store in memory.
pub(crate) fn apply(store: &mut BTreeMap<Vec<u8>, Vec<u8>>, writes: Writes) {
    for (key, value) in writes {
        match value {
            Some(value) => store.insert(key, value),
            None => store.remove(&key),
        };
    }
}

/// See the module.
pub(crate) struct Trial {
    store: BTreeMap<Vec<u8>, Vec<u8>>,
    policies: Policies,
    position: Position,
    /// Whether transactions come from elsewhere by replication.
    pub(crate) foreign: bool,
}

impl Trial {
    pub(crate) fn new() -> Self {
        let (store, policies) = (BTreeMap::new(), policies());
        Trial { store, policies, position: Position::default(), foreign: false }
    }

    /// Copies this many rows into a table.
    pub(crate) fn rows(&mut self, name: &str, rows: u32) {
        let inserts = (0..rows)
            .map(|number| Touch { operation: OperationKind::Insert, ..change(name, number) });
        self.begin(inserts);
        let copied = self.end(Timestamp(0), TransactionKind::InitialCopy);
        assert_eq!(copied, []);
    }

    /// A transaction; its end comes in a batch of its own.
    pub(crate) fn commit(
        &mut self,
        seconds: i64,
        touches: impl IntoIterator<Item = Touch>,
    ) -> Vec<Signal> {
        self.begin(touches);
        self.end(Timestamp(seconds * 1_000_000), TransactionKind::Live)
    }

    /// Maps a table in another way.
    pub(crate) fn map(&mut self, name: &str, how: impl FnOnce(&mut TableMapping)) {
        how(self.policies.pack.tables.entry(table(name)).or_default());
    }

    /// Tells of a schema change in the next transaction.
    pub(crate) fn schema(&mut self, change: SchemaChange) {
        let mut state = State::new(&self.store);
        let mut tally = Tally::load(&state).unwrap();
        tally.schema_changed(change);
        tally.store(&mut state);
        let writes = state.into_writes();
        apply(&mut self.store, writes);
    }

    /// Makes rows of a table decoys.
    pub(crate) fn decoys(&mut self, name: &str, keys: &[&str]) {
        let keys = keys.iter().map(|key| (*key).to_owned()).collect();
        self.policies.register.decoys.insert(table(name), keys);
    }

    /// Entries about a table that are added to the CRM's audit log.
    pub(crate) fn audit(&mut self, name: &str, entries: u32) {
        let mut state = State::new(&self.store);
        let mut tally = Tally::load(&state).unwrap();
        (0..entries).for_each(|_| tally.audited(&table(name)));
        tally.store(&mut state);
        let writes = state.into_writes();
        apply(&mut self.store, writes);
    }

    /// A batch of changes.
    pub(crate) fn begin(&mut self, touches: impl IntoIterator<Item = Touch>) {
        let mut state = State::new(&self.store);
        let mut tally = Tally::load(&state).unwrap();
        for touch in touches {
            self.position.ordinal += 1;
            tally.touch(&Touch { position: self.position, ..touch });
        }
        tally.store(&mut state);
        let writes = state.into_writes();
        apply(&mut self.store, writes);
    }

    /// The stream breaks off within the transaction.
    pub(crate) fn abandon(&mut self) {
        let mut state = State::new(&self.store);
        let mut tally = Tally::load(&state).unwrap();
        tally.abandon(&mut state);
        tally.store(&mut state);
        let writes = state.into_writes();
        apply(&mut self.store, writes);
    }

    fn end(&mut self, time: Timestamp, kind: TransactionKind) -> Vec<Signal> {
        let mut state = State::new(&self.store);
        let mut tally = Tally::load(&state).unwrap();
        let settled = Settled { time, kind, foreign: self.foreign };
        let signals = tally.settle(&mut state, &self.policies, &settled).unwrap();
        tally.store(&mut state);
        let writes = state.into_writes();
        apply(&mut self.store, writes);
        self.position = Position { commit: Lsn(self.position.commit.0 + 1), ordinal: 0 };
        signals
    }
}
