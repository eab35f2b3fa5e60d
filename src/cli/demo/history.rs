//! The past of every contact: bases, permissions, messages, calls, cases, orders, requests. Pure.

use super::cast::{Cast, Part, Standing};
use super::data::{
    BASIS_PURPOSE, COMPANIES, NEWSLETTER, NEWSLETTER_CAMPAIGNS, Rows, SERVICE_CAMPAIGN, SUPPORT,
    ago, basis_of, somebody,
};
use super::dice::Dice;
use super::people::{self, Person, STAFF};
use crate::model::Timestamp;

/// Tables about contacts, filled together because they must agree.
struct AboutContacts<'a> {
    cast: &'a Cast,
    now: Timestamp,
    contacts: Rows,
    bases: Rows,
    consents: Rows,
    sends: Rows,
    calls: Rows,
    cases: Rows,
    orders: Rows,
    requests: Rows,
}

/// Every table about contacts, in an order that foreign keys allow.
pub fn about_contacts(cast: &Cast, now: Timestamp) -> [Rows; 8] {
    let mut tables = AboutContacts::new(cast, now);
    for id in cast.everybody() {
        let person = people::person(cast.seed(), id);
        tables.contact(&person);
        if !cast.is_test(id) {
            tables.basis(&person);
            tables.permission(&person);
            tables.history(&person);
        }
    }
    [
        tables.contacts,
        tables.bases,
        tables.consents,
        tables.sends,
        tables.calls,
        tables.cases,
        tables.orders,
        tables.requests,
    ]
}

impl<'a> AboutContacts<'a> {
    fn new(cast: &'a Cast, now: Timestamp) -> Self {
        AboutContacts {
            cast,
            now,
            contacts: Rows::new(
                "crm.contacts (id, company_id, salutation, first_name, last_name, email, phone, \
                 street, postal_code, city, country, language, birth_date, job_title, lifecycle, \
                 lead_score, notes, is_test, owner_id, created_at, updated_at, modified_by)",
            ),
            bases: Rows::new(
                "crm.lawful_bases (contact_id, purpose, basis, source, captured_at, modified_by)",
            ),
            consents: Rows::new(
                "crm.consents (contact_id, channel, purpose, address, state, source, \
                 notice_version, requested_at, confirmed_at, ip_address, modified_by)",
            ),
            sends: Rows::new(
                "crm.sends (campaign_id, contact_id, channel, address, status, queued_at, \
                 sent_at, modified_by)",
            ),
            calls: Rows::new(
                "crm.calls (contact_id, direction, purpose, phone, status, duration_seconds, \
                 summary, started_at, modified_by)",
            ),
            cases: Rows::new(
                "crm.cases (contact_id, subject_line, description, priority, status, opened_at, \
                 modified_by)",
            ),
            orders: Rows::new(
                "crm.orders (number, contact_id, total, currency, iban, status, placed_at, \
                 modified_by)",
            ),
            requests: Rows::new(
                "crm.privacy_requests (contact_id, kind, status, received_at, completed_at, \
                 modified_by)",
            ),
        }
    }

    fn contact(&mut self, person: &Person) {
        let mut dice = Dice::new(self.cast.seed(), "contact", person.id);
        let created = ago(self.now, dice.between(700, 1_500));
        let lifecycle = if self.cast.is_customer(person.id) { "customer" } else { "lead" };
        let owner = match self.cast.part(Part::Deleted).contains(&person.id) {
            true => Cast::LEAVER,
            false => dice.between(1, i64::from(STAFF)) as i32,
        };
        let owner_name = people::colleague(self.cast.seed(), owner).username;
        self.contacts.row(&[
            &person.id.to_string(),
            &dice.between(1, i64::from(COMPANIES)).to_string(),
            person.salutation,
            person.first_name,
            person.last_name,
            &person.email,
            &person.phone,
            &person.street,
            person.postal_code,
            person.city,
            person.country,
            person.language,
            &person.birth_date,
            person.job_title,
            lifecycle,
            &dice.below(100).to_string(),
            &person.notes,
            if self.cast.is_test(person.id) { "t" } else { "f" },
            &owner.to_string(),
            &created,
            &created,
            &owner_name,
        ]);
    }

    fn basis(&mut self, person: &Person) {
        let mut dice = Dice::new(self.cast.seed(), "basis facts", person.id);
        let (basis, source) = basis_of(self.cast, person.id);
        let captured = ago(self.now, dice.between(700, 1_500));
        let actor = somebody(self.cast.seed(), &mut dice);
        let key = person.id.to_string();
        self.bases.row(&[&key, BASIS_PURPOSE, basis, &source, &captured, &actor]);
    }

    fn permission(&mut self, person: &Person) {
        let standing = self.cast.standing(person.id);
        let state = match standing {
            Standing::Unasked => return,
            Standing::Requested => "requested",
            Standing::Confirmed => "confirmed",
            Standing::OptedOut => "opted_out",
        };
        let mut dice = Dice::new(self.cast.seed(), "permission", person.id);
        let days = dice.between(400, 690);
        let (requested, confirmed) = (ago(self.now, days), ago(self.now, days - 1));
        let was_confirmed = standing != Standing::Requested;
        let ip_address = people::documentation_ip(&mut dice);
        self.consents.push(&[
            Some(&person.id.to_string()),
            Some("email"),
            Some(NEWSLETTER),
            Some(&person.email),
            Some(state),
            Some("web form /newsletter"),
            Some(dice.pick(&["privacy-notice-3", "privacy-notice-4"])),
            Some(&requested),
            was_confirmed.then_some(&*confirmed),
            was_confirmed.then_some(&*ip_address),
            Some("svc.preference-centre"),
        ]);
    }

    fn history(&mut self, person: &Person) {
        let mut dice = Dice::new(self.cast.seed(), "history", person.id);
        if self.cast.standing(person.id) == Standing::Confirmed {
            for _ in 0..dice.below(4) {
                let campaign = dice.pick(&NEWSLETTER_CAMPAIGNS);
                self.send(person, campaign, &mut dice);
            }
        }
        if dice.chance(35) {
            self.send(person, SERVICE_CAMPAIGN, &mut dice);
        }
        if dice.chance(20) {
            self.call(person, &mut dice);
        }
        if dice.chance(15) {
            self.case(person, &mut dice);
        }
        if self.cast.is_customer(person.id) {
            for number in 1..=dice.between(1, 2) {
                self.order(person, number, &mut dice);
            }
        }
        if dice.chance(1) {
            self.request(person, &mut dice);
        }
    }

    fn send(&mut self, person: &Person, campaign: i32, dice: &mut Dice) {
        let days = dice.between(1, 390);
        self.sends.row(&[
            &campaign.to_string(),
            &person.id.to_string(),
            "email",
            &person.email,
            if dice.chance(97) { "sent" } else { "bounced" },
            &ago(self.now, days),
            &ago(self.now, days),
            "svc.mailer",
        ]);
    }

    fn call(&mut self, person: &Person, dice: &mut Dice) {
        self.calls.row(&[
            &person.id.to_string(),
            "inbound",
            SUPPORT,
            &person.phone,
            "held",
            &dice.between(20, 1_800).to_string(),
            &person.notes,
            &ago(self.now, dice.between(1, 390)),
            &somebody(self.cast.seed(), dice),
        ]);
    }

    fn case(&mut self, person: &Person, dice: &mut Dice) {
        let subject = dice.pick(&["Question about invoice", "Delivery delayed", "Access problem"]);
        self.cases.row(&[
            &person.id.to_string(),
            subject,
            &person.notes,
            dice.pick(&["low", "normal", "high"]),
            dice.pick(&["open", "waiting", "closed"]),
            &ago(self.now, dice.between(1, 390)),
            &somebody(self.cast.seed(), dice),
        ]);
    }

    fn order(&mut self, person: &Person, number: i64, dice: &mut Dice) {
        self.orders.row(&[
            &format!("SO-{}-{number}", person.id),
            &person.id.to_string(),
            &format!("{}.{}", dice.between(20, 9_000), dice.digits(2)),
            "EUR",
            &person.iban,
            dice.pick(&["placed", "shipped", "paid"]),
            &ago(self.now, dice.between(1, 690)),
            &somebody(self.cast.seed(), dice),
        ]);
    }

    fn request(&mut self, person: &Person, dice: &mut Dice) {
        let days = dice.between(30, 300);
        self.requests.row(&[
            &person.id.to_string(),
            dice.pick(&["access", "rectification", "portability"]),
            "completed",
            &ago(self.now, days),
            &ago(self.now, days - 9),
            &somebody(self.cast.seed(), dice),
        ]);
    }
}
