//! A month of the demonstration's CRM in which everything is done rightly.

use lawtail::model::Code;

use super::crm::{
    Cells, Change, DAY, HOUR, MINUTE, Moment, Plan, Schema, berlin, cells, insert, update,
};
use crate::support::dice::Dice;

pub const SCHEMA: Schema = &[
    ("users", "id username full_name email role active:bool mfa_enabled:bool modified_by"),
    (
        "contacts",
        "id:int first_name last_name email phone city country language job_title lifecycle \
         lead_score:int notes is_test:bool owner_id:int source informed_at:timestamptz list_proof \
         prefers no_email:bool sms_consent no_profiling:bool minor:bool guardian_id:int \
         privacy_blocked:bool master_id:int deleted_at:timestamptz updated_at:timestamptz modified_by",
    ),
    ("event_visitors", "id:int full_name email event modified_by"),
    (
        "lawful_bases",
        "id:int contact_id:int purpose basis status valid_until:timestamptz modified_by",
    ),
    (
        "consents",
        "id:int contact_id:int channel purpose address state source notice_version \
         requested_at:timestamptz confirmed_at:timestamptz valid_until:timestamptz ip_address:inet \
         modified_by",
    ),
    ("consent_history", "id:int contact_id:int state at:timestamptz"),
    ("segments", "id:int contact_id:int name purpose active:bool"),
    ("portal_choices", "id:int contact_id:int purpose choice state"),
    ("campaigns", "id:int name channel purpose status"),
    (
        "sends",
        "id:int campaign_id:int contact_id:int channel address status sent_at:timestamptz modified_by",
    ),
    ("calls", "id:int contact_id:int direction purpose phone status summary modified_by"),
    ("cases", "id:int contact_id:int subject_line description priority status modified_by"),
    ("diets", "id:int contact_id:int diagnosis modified_by"),
    ("orders", "id:int contact_id:int total:numeric currency iban status modified_by"),
    ("exports", "id:int object row_count:int modified_by"),
    ("api_tokens", "id:int scope modified_by"),
    ("webhooks", "id:int url approved_by modified_by"),
    (
        "privacy_requests",
        "id:int contact_id:int kind status refusal_reason extended_at:timestamptz \
         received_at:timestamptz modified_by",
    ),
    ("audit_log", "id:int at:timestamptz actor action table_name row_id:int"),
];

/// Who works with the CRM.
pub const STAFF: [&str; 8] = ["ann", "bob", "cem", "dan", "fay", "gil", "hal", "ivy"];

/// Everything ends before this day; what is due later is waited for.
pub const DAYS: i64 = 35;

const FIRST: [&str; 8] = ["Ada", "Jonas", "Marie", "Emre", "Sofia", "Luca", "Nora", "Piotr"];
const LAST: [&str; 8] =
    ["Byron", "Keller", "Dubois", "Yilmaz", "Rossi", "Novak", "Lind", "Kowalski"];

/// To which e-mails of direct marketing may go, from when until when, and to which address.
#[derive(Clone, Debug)]
pub struct Subscription {
    pub purpose: &'static str,
    pub address: String,
    pub from: Moment,
    pub to: Moment,
}

#[derive(Clone, Debug)]
pub struct Person {
    pub id: u64,
    pub email: String,
    pub phone: String,
    pub subscribed: Vec<Subscription>,
    /// Nothing else happens to them: their rows stay as they are.
    pub plain: bool,
    /// Until when the row is there.
    pub until: Moment,
    pub since: Moment,
    pub owner: usize,
}

impl Person {
    fn subscription(&self, purpose: &str, moment: Moment) -> Option<&Subscription> {
        let holds =
            |it: &&Subscription| it.purpose == purpose && it.from < moment && moment < it.to;
        self.subscribed.iter().find(holds)
    }

    /// From here on e-mails may go.
    pub fn joins(&mut self, purpose: &'static str, from: Moment) {
        let address = self.email.clone();
        self.subscribed.push(Subscription { purpose, address, from, to: Moment::MAX });
    }

    /// From here on nothing more is sent.
    pub fn leaves(&mut self, purpose: &str, moment: Moment) {
        for subscription in self.subscribed.iter_mut().filter(|it| it.purpose == purpose) {
            subscription.to = subscription.to.min(moment);
        }
    }

    pub fn itself(&self) -> (&'static str, u64) {
        ("contacts", self.id)
    }
}

pub struct Shop {
    pub plan: Plan,
    pub dice: Dice,
    pub people: Vec<Person>,
    last_row: u64,
}

impl Shop {
    /// What happens in a month, by seed.
    pub fn month(seed: u64) -> Shop {
        let mut shop = Shop {
            plan: Plan::default(),
            dice: Dice::new(seed),
            people: Vec::new(),
            last_row: 100_000,
        };
        shop.furnish();
        super::shop_stories::tell(&mut shop);
        super::shop_routine::work(&mut shop);
        shop
    }

    pub fn row(&mut self) -> u64 {
        self.last_row += 1;
        self.last_row
    }

    /// A moment of the opening hours of that day.
    pub fn by_day(&mut self, day: i64) -> Moment {
        day * DAY + 8 * HOUR + self.dice.below(9 * 3_600) as Moment
    }

    pub fn staff(&mut self) -> &'static str {
        STAFF[self.dice.below(STAFF.len() as u64) as usize]
    }

    /// Accounts, campaigns, webhooks, decoys: what was there.
    fn furnish(&mut self) {
        for (number, name) in STAFF.iter().chain(&["lena", "mia", "omar"]).enumerate() {
            let cells = cells!(username: name, full_name: format!("{name} Example"), email: format!("{name}@example.com"), role: "sales", active: "t", mfa_enabled: "t", modified_by: "svc.directory");
            self.plan.at(-1, [insert("users", number, cells)]);
        }
        let campaigns = [
            (1, "email", "newsletter"),
            (2, "email", "product_news"),
            (3, "email", "order_service"),
            (4, "email", "may_we_write"),
            (5, "post", "newsletter"),
            (6, "post", "customer_relationship"),
            (7, "email", "after_sales"),
            (8, "sms", "newsletter"),
            (9, "email", "surveys"),
        ];
        for (id, channel, purpose) in campaigns {
            let cells =
                cells!(name: "Autumn", channel: channel, purpose: purpose, status: "active");
            self.plan.at(-1, [insert("campaigns", id, cells)]);
        }
        for decoy in [9_901, 9_902, 9_903] {
            let cells = cells!(first_name: "Vera", last_name: "Fern", email: format!("v{decoy}@example.net"), lifecycle: "lead", is_test: "f", no_email: "f", owner_id: 1, modified_by: "ann");
            let basis = self.basis(decoy, "legitimate_interests");
            self.plan.at(-1, [insert("contacts", decoy, cells), basis]);
        }
        let url = "https://hooks.example.com/crm";
        self.plan.at(-1, [insert("webhooks", 1, cells!(url: url, modified_by: "ann"))]);
        self.plan.at(-1, [insert("api_tokens", 1, cells!(scope: "read", modified_by: "ann"))]);
    }

    /// Somebody new, who is not in the CRM yet.
    pub fn somebody(&mut self) -> Person {
        let id = self.row();
        let owner = self.dice.below(STAFF.len() as u64) as usize;
        let email = format!("person{id}@example.org");
        let phone = format!("+4930{id:07}");
        Person {
            id,
            email,
            phone,
            subscribed: vec![],
            plain: false,
            until: Moment::MAX,
            since: 0,
            owner,
        }
    }

    pub fn contact(&mut self, person: &Person, actor: &str) -> Change {
        let (first, last) = (FIRST[self.dice.below(8) as usize], LAST[self.dice.below(8) as usize]);
        let cells = cells!(first_name: first, last_name: last, email: person.email, phone: person.phone, city: "Wien", country: "AT", language: "de", lifecycle: "lead", lead_score: 0, is_test: "f", owner_id: person.owner, no_email: "f", no_profiling: "f", minor: "f", privacy_blocked: "f", modified_by: actor);
        insert("contacts", person.id, cells)
    }

    pub fn basis(&mut self, id: u64, basis: &str) -> Change {
        let cells = cells!(contact_id: id, purpose: "customer_relationship", basis: basis, status: "active", modified_by: "svc.web-form");
        insert("lawful_bases", self.row(), cells)
    }

    /// Enters somebody, whose lawful basis follows at once or a moment later.
    pub fn enter(&mut self, person: &mut Person, moment: Moment) {
        let (pause, staff) = (self.dice.below(100) as Moment, self.staff());
        let actor = if self.dice.chance(60) { "svc.web-form" } else { staff };
        let basis = ["contract", "legitimate_interests"][self.dice.below(2) as usize];
        let (contact, basis) = (self.contact(person, actor), self.basis(person.id, basis));
        person.since = moment;
        match pause {
            0..30 => self.plan.at(moment, [contact, basis]),
            _ => {
                self.plan.at(moment, [contact]);
                self.plan.at(moment + pause, [basis]);
            }
        }
    }

    pub fn consent(&self, person: &Person, purpose: &str, asked: Moment) -> Cells {
        cells!(contact_id: person.id, channel: "email", purpose: purpose, address: person.email, state: "requested", source: "web form", notice_version: "notice-4", requested_at: berlin(asked), modified_by: "svc.web-form")
    }

    pub fn history(&mut self, person: &Person, state: &str, moment: Moment) -> Change {
        let cells = cells!(contact_id: person.id, state: state, at: berlin(moment));
        insert("consent_history", self.row(), cells)
    }

    /// Asks to confirm; returns the row.
    pub fn ask(&mut self, person: &Person, purpose: &str, moment: Moment) -> u64 {
        let id = self.row();
        let consent = insert("consents", id, self.consent(person, purpose, moment));
        let history = self.history(person, "requested", moment);
        self.plan.at(moment, [consent, history]);
        id
    }

    /// The person's click.
    pub fn click(&mut self, row: u64, moment: Moment) -> Change {
        let address = format!("192.0.2.{}", 1 + self.dice.below(250));
        update(
            "consents",
            row,
            cells!(state: "confirmed", confirmed_at: berlin(moment), ip_address: address, modified_by: "svc.web-form"),
        )
    }

    /// A double opt-in; returns the row and when it was complete.
    pub fn subscribe(
        &mut self,
        person: &mut Person,
        purpose: &'static str,
        asked: Moment,
    ) -> (u64, Moment) {
        let row = self.ask(person, purpose, asked);
        let clicked = asked + MINUTE + self.dice.below(20 * 3_600) as Moment;
        let click = self.click(row, clicked);
        let history = self.history(person, "confirmed", clicked);
        self.plan.at(clicked, [click, history]);
        person.joins(purpose, clicked);
        (row, clicked)
    }

    /// Takes a consent back in the preference centre.
    pub fn unsubscribe(&mut self, person: &mut Person, purpose: &str, row: u64, moment: Moment) {
        let history = self.history(person, "opted_out", moment);
        let no = update(
            "consents",
            row,
            cells!(state: "opted_out", modified_by: "svc.preference-centre"),
        );
        self.plan.at(moment, [no, history]);
        person.leaves(purpose, moment);
    }

    /// A message in the queue; returns the row.
    pub fn queue(&mut self, person: &Person, campaign: u64, channel: &str) -> (u64, Change) {
        let row = self.row();
        let cells = cells!(campaign_id: campaign, contact_id: person.id, channel: channel, address: person.email, status: "queued", modified_by: "svc.mailer");
        (row, insert("sends", row, cells))
    }

    /// A message that goes out at once.
    pub fn send(
        &mut self,
        person: &Person,
        campaign: u64,
        channel: &str,
        moment: Moment,
    ) -> Change {
        let (_, queued) = self.queue(person, campaign, channel);
        queued.with("status", "sent").with("sent_at", berlin(moment))
    }

    /// A campaign: everybody who is subscribed is queued, and reached in batches.
    pub fn campaign(&mut self, campaign: u64, purpose: &str, moment: Moment) {
        let mut reached = self.people.clone();
        reached.retain_mut(|person| match person.subscription(purpose, moment) {
            Some(subscription) => {
                person.email = subscription.address.clone();
                true
            }
            None => false,
        });
        let mut queued = Vec::new();
        let mut rows = Vec::new();
        for person in &reached {
            let (row, change) = self.queue(person, campaign, "email");
            rows.push((row, person));
            queued.push(change);
        }
        if queued.is_empty() {
            return;
        }
        self.plan.at(moment, queued);
        for (number, batch) in (1..).zip(rows.chunks(20)) {
            let now = moment + number * 2 * MINUTE;
            let sent = batch.iter().map(|(row, person)| {
                match person.subscription(purpose, now).is_some() {
                    true => update("sends", row, cells!(status: "sent", sent_at: berlin(now))),
                    false => update("sends", row, cells!(status: "suppressed")),
                }
            });
            self.plan.at(now, sent.collect::<Vec<_>>());
        }
    }

    /// A request of a right; returns the row.
    pub fn request(&mut self, person: &Person, kind: &str, moment: Moment) -> u64 {
        let row = self.row();
        let actor = self.staff();
        let received = berlin(moment - 3 * HOUR);
        let cells = cells!(contact_id: person.id, kind: kind, status: "open", received_at: received, modified_by: actor);
        self.plan.at(moment, [insert("privacy_requests", row, cells)]);
        row
    }

    /// The row of somebody who is there at this moment, and to whom nothing else happens.
    pub fn plain(&self, moment: Moment) -> Vec<Person> {
        let there = |it: &&Person| it.plain && it.since < moment - HOUR && moment < it.until;
        self.people.iter().filter(there).cloned().collect()
    }
}

/// A code that is expected, by its text.
pub fn code(text: &str) -> Code {
    text.parse().expect("a code")
}
