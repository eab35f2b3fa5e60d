//! The people of the benchmark: a lawful basis and three permissions each, in the demonstration's tables.

use bytes::{BufMut, BytesMut};
use lawtail::engine::pseudonym::Pseudonymizer;
use lawtail::model::{
    Channel, Column, Reference, ReplicaIdentity, Row, Span, Table, TableFacts, TableName,
};

/// The purpose that is asked for.
pub const PURPOSE: &str = "newsletter";

/// Each person's permissions: channel and purpose.
pub const PERMISSIONS: [(Channel, &str); 3] =
    [(Channel::Email, PURPOSE), (Channel::Email, "product_news"), (Channel::Sms, PURPOSE)];

/// One of them.
pub struct Person(u64);

impl Person {
    pub fn new(number: u64) -> Person {
        Person(number)
    }

    pub fn subject(&self, pseudonyms: &Pseudonymizer) -> Reference {
        pseudonyms.subject(&TableName::new("crm", "contacts"), self.0.to_string().as_bytes())
    }

    pub fn point(&self, channel: Channel, pseudonyms: &Pseudonymizer) -> Reference {
        let point = pseudonyms.reached_by(channel, &self.address(channel));
        point.expect("it is an address")
    }

    /// Who can have permitted an e-mail: the contact point and the person.
    pub fn holders(&self, pseudonyms: &Pseudonymizer) -> [Reference; 2] {
        [self.point(Channel::Email, pseudonyms), self.subject(pseudonyms)]
    }

    fn address(&self, channel: Channel) -> String {
        match channel {
            Channel::Email => format!("person{}@example{}.org", self.0, self.0 % 97),
            _ => format!("+49151{:08}", self.0),
        }
    }

    fn basis(&self) -> Vec<Row> {
        let id = self.0.to_string();
        vec![row(&[&id, &id, "customer_relationship", "contract", "active", "", "svc.import"])]
    }

    fn contact(&self) -> Vec<Row> {
        let id = self.0.to_string();
        let (email, phone) = (self.address(Channel::Email), self.address(Channel::Sms));
        let last = format!("Lovelace-{id}");
        vec![row(&[&id, "Ada", &last, &email, &phone, "svc.import"])]
    }

    fn consents(&self) -> Vec<Row> {
        (0..PERMISSIONS.len()).map(|place| self.consent(place, "confirmed")).collect()
    }

    fn consent(&self, place: usize, state: &str) -> Row {
        let (channel, purpose) = PERMISSIONS[place];
        let id = (self.0 * PERMISSIONS.len() as u64 + place as u64).to_string();
        let (contact, address) = (self.0.to_string(), self.address(channel));
        row(&[
            &id,
            &contact,
            channel.name(),
            purpose,
            &address,
            state,
            "web form",
            "notice-4",
            "2025-11-22 11:50:00+00",
            "2025-11-22 11:58:00+00",
            "192.0.2.1",
            "svc.web-form",
        ])
    }

    /// The row of the first permission before and after its opt-out.
    pub fn opting_out(&self) -> [Row; 2] {
        ["confirmed", "opted_out"].map(|state| self.consent(0, state))
    }
}

/// So many people, in an order that is the same each time and looks like none.
pub fn in_no_order(subjects: u64, number: u64) -> impl Iterator<Item = Person> {
    // SplitMix64.
    (1..=number).map(move |at| {
        let mut mixed = at.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        Person((mixed ^ (mixed >> 31)) % subjects + 1)
    })
}

/// The rows that a table has of one person.
type RowsOf = fn(&Person) -> Vec<Row>;

/// The tables in the order of the copy, each with its rows of one person.
pub fn tables() -> [(Table, RowsOf); 3] {
    let bases = "id contact_id purpose basis status valid_until modified_by";
    let contacts = "id first_name last_name email phone modified_by";
    [
        (table(1, "lawful_bases", bases), Person::basis),
        (table(2, "contacts", contacts), Person::contact),
        (consents(), Person::consents),
    ]
}

pub fn consents() -> Table {
    let columns = "id contact_id channel purpose address state source notice_version requested_at \
                   confirmed_at ip_address modified_by";
    table(3, "consents", columns)
}

fn table(oid: u32, name: &str, columns: &str) -> Table {
    let column = |name: &str| Column { name: name.into(), type_oid: 25, key: name == "id" };
    Table {
        oid,
        name: TableName::new("crm", name),
        replica_identity: ReplicaIdentity::Full,
        columns: columns.split_whitespace().map(column).collect(),
        facts: TableFacts::default(),
    }
}

fn row(cells: &[&str]) -> Row {
    let mut bytes = BytesMut::new();
    let mut spans = Vec::new();
    for cell in cells {
        let start = bytes.len() as u32;
        bytes.put_slice(cell.as_bytes());
        let span = Span::Bytes { start, end: bytes.len() as u32 };
        spans.push(if cell.is_empty() { Span::Null } else { span });
    }
    Row::new(bytes.freeze(), spans).expect("row")
}
