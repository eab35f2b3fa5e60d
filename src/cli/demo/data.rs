//! The rows of the demonstration CRM before the traffic begins, ready for `COPY`. Pure.
//!
//! The past is clean: everybody but test rows has a lawful basis with evidence, and newsletters
//! went only to people who had confirmed.

use std::time::Duration;

use super::cast::Cast;
use super::dice::Dice;
use super::history::about_contacts;
use super::people::{self, SERVICES, STAFF};
use crate::model::Timestamp;

/// What a lawful basis is recorded for.
pub const BASIS_PURPOSE: &str = "customer_relationship";
/// What a consent is recorded for: direct marketing.
pub const NEWSLETTER: &str = "newsletter";
/// Calls that the person's own question brings about.
pub const SUPPORT: &str = "support";
/// Messages that the person's own order brings about.
pub const ORDER_SERVICE: &str = "order_service";

/// Campaigns with [`NEWSLETTER`] as their purpose, by key.
pub const NEWSLETTER_CAMPAIGNS: [i32; 5] = [1, 2, 3, 4, 5];
/// The campaign of service messages.
pub const SERVICE_CAMPAIGN: i32 = 6;

/// Companies by key, from 1.
pub const COMPANIES: i32 = 1_500;

const VISITORS: i64 = 300;
/// Visitors are people whose numbers no contact has.
const VISITOR_NUMBERS: i64 = 9_000_000;
const DAY: u64 = 24 * 3600;

/// One table's rows as `COPY … FROM STDIN` reads them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows {
    /// Table and columns: `crm.users (id, username)`.
    pub target: &'static str,
    /// The rows in the text format.
    pub text: String,
    /// Their number.
    pub count: u64,
}

impl Rows {
    /// No rows yet.
    pub fn new(target: &'static str) -> Self {
        Rows { target, text: String::new(), count: 0 }
    }

    /// Adds a row without nulls.
    pub fn row(&mut self, fields: &[&str]) {
        self.push(&fields.iter().copied().map(Some).collect::<Vec<_>>());
    }

    /// Adds a row; `None` is null.
    pub fn push(&mut self, fields: &[Option<&str>]) {
        for (index, field) in fields.iter().enumerate() {
            if index > 0 {
                self.text.push('\t');
            }
            match field {
                Some(text) => text.chars().for_each(|character| self.push_escaped(character)),
                None => self.text.push_str("\\N"),
            }
        }
        self.text.push('\n');
        self.count += 1;
    }

    fn push_escaped(&mut self, character: char) {
        match character {
            '\\' => self.text.push_str("\\\\"),
            '\t' => self.text.push_str("\\t"),
            '\n' => self.text.push_str("\\n"),
            '\r' => self.text.push_str("\\r"),
            other => self.text.push(other),
        }
    }
}

/// Every table, in an order that its foreign keys allow. `now` is the moment the past ends.
pub fn rows(cast: &Cast, now: Timestamp) -> Vec<Rows> {
    let mut tables = vec![users(cast), companies(cast), campaigns()];
    tables.extend(about_contacts(cast, now));
    tables.extend([event_visitors(cast, now), exports(cast, now), audit_log(cast, now)]);
    tables
}

/// The login of somebody in the staff.
pub fn somebody(seed: u64, dice: &mut Dice) -> String {
    people::colleague(seed, dice.between(1, i64::from(STAFF)) as i32).username
}

/// The lawful basis of a contact and what proves it.
pub fn basis_of(cast: &Cast, id: i64) -> (&'static str, String) {
    let mut dice = Dice::new(cast.seed(), "basis", id);
    match cast.is_customer(id) {
        true => ("contract", format!("framework agreement FA-{}", dice.digits(6))),
        false if dice.chance(30) => ("consent", format!("web form, submission {}", dice.digits(8))),
        false => ("legitimate_interests", format!("assessment LIA-{}", dice.digits(4))),
    }
}

fn users(cast: &Cast) -> Rows {
    let mut rows = Rows::new("crm.users (id, username, full_name, email, role)");
    for id in 1..=STAFF {
        let user = people::colleague(cast.seed(), id);
        let key = id.to_string();
        let fields: [&str; 5] = [&key, &user.username, &user.full_name, &user.email, user.role];
        rows.row(&fields);
    }
    for (index, name) in SERVICES.iter().enumerate() {
        let (key, email) = (STAFF + 1 + index as i32, format!("{name}@staff.example"));
        rows.row(&[&key.to_string(), name, name, &email, "service"]);
    }
    rows
}

fn companies(cast: &Cast) -> Rows {
    let mut rows = Rows::new("crm.companies (id, name, industry, website, employees, country)");
    for id in 1..=COMPANIES {
        let mut dice = Dice::new(cast.seed(), "company facts", i64::from(id));
        let industry = dice.pick(&["manufacturing", "trade", "logistics", "food", "services"]);
        let country = dice.pick(&["DE", "FR", "ES", "IT", "NL", "PL", "CZ", "SE", "GR", "BG"]);
        let employees = dice.between(3, 4_000).to_string();
        let name = people::company_name(cast.seed(), id);
        let website = format!("https://company-{id}.example");
        rows.row(&[&id.to_string(), &name, industry, &website, &employees, country]);
    }
    rows
}

fn campaigns() -> Rows {
    let mut rows = Rows::new("crm.campaigns (id, name, channel, purpose, status, owner_id)");
    for id in NEWSLETTER_CAMPAIGNS {
        let name = format!("Newsletter {id}");
        rows.row(&[&id.to_string(), &name, "email", NEWSLETTER, "active", "3"]);
    }
    let key = SERVICE_CAMPAIGN.to_string();
    rows.row(&[&key, "Service messages", "email", ORDER_SERVICE, "active", "4"]);
    rows
}

fn event_visitors(cast: &Cast, now: Timestamp) -> Rows {
    let mut rows = Rows::new(
        "crm.event_visitors (id, full_name, email, phone, company_name, event, scanned_at, \
         modified_by)",
    );
    for id in 1..=VISITORS {
        let mut dice = Dice::new(cast.seed(), "visitor", id);
        let person = people::person(cast.seed(), VISITOR_NUMBERS + id);
        let company = people::company_name(cast.seed(), dice.between(1, 1_500) as i32);
        let event = dice.pick(&["Hannover", "Lyon", "Bologna", "Poznań", "Пловдив"]);
        rows.row(&[
            &id.to_string(),
            &format!("{} {}", person.first_name, person.last_name),
            &person.email,
            &person.phone,
            &company,
            event,
            &ago(now, dice.between(10, 200)),
            &somebody(cast.seed(), &mut dice),
        ]);
    }
    rows
}

fn exports(cast: &Cast, now: Timestamp) -> Rows {
    let mut rows = Rows::new("crm.exports (object, row_count, reason, created_at, modified_by)");
    for number in 0..200 {
        let mut dice = Dice::new(cast.seed(), "export", number);
        let object = dice.pick(&["orders", "companies", "contacts"]);
        let size = dice.between(10, 900).to_string();
        let reason = dice.pick(&["monthly report", "audit", "print run"]);
        let (at, actor) = (ago(now, dice.between(1, 390)), somebody(cast.seed(), &mut dice));
        rows.row(&[object, &size, reason, &at, &actor]);
    }
    rows
}

fn audit_log(cast: &Cast, now: Timestamp) -> Rows {
    let mut rows = Rows::new("crm.audit_log (at, actor, action, table_name, row_id)");
    for number in 0..5_000 {
        let mut dice = Dice::new(cast.seed(), "audit", number);
        let action = dice.pick(&["login", "view", "update", "create", "delete"]);
        let table = dice.pick(&["contacts", "orders", "cases", "consents"]);
        let row = dice.between(1, cast.everybody().end - 1).to_string();
        let (at, actor) = (ago(now, dice.between(1, 390)), somebody(cast.seed(), &mut dice));
        rows.row(&[&at, &actor, action, table, &row]);
    }
    rows
}

/// A moment so many days before `now`.
pub fn ago(now: Timestamp, days: i64) -> String {
    (now - Duration::from_secs(days.unsigned_abs() * DAY)).to_string()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::super::cast::FEWEST_CONTACTS;
    use super::*;

    fn tables() -> BTreeMap<&'static str, Rows> {
        let now = Timestamp::parse("2026-01-31T00:00:00Z").unwrap();
        let tables = rows(&Cast::new(7, FEWEST_CONTACTS), now);
        tables.into_iter().map(|rows| (rows.target.split(' ').next().unwrap(), rows)).collect()
    }

    fn column(rows: &Rows, number: usize) -> impl Iterator<Item = &str> {
        rows.text.lines().map(move |line| line.split('\t').nth(number).unwrap())
    }

    #[test]
    fn the_same_seed_loads_the_same_rows() {
        assert_eq!(tables(), tables());
    }

    #[test]
    fn every_row_has_as_many_fields_as_its_target_has_columns() {
        for rows in tables().values() {
            let columns = rows.target.split(',').count();
            assert!(rows.text.lines().all(|line| line.split('\t').count() == columns));
            assert_eq!(rows.text.lines().count() as u64, rows.count, "{}", rows.target);
            assert!(rows.count > 0, "{}", rows.target);
        }
    }

    #[test]
    fn everybody_but_test_rows_has_a_lawful_basis_with_evidence() {
        let (tables, cast) = (tables(), Cast::new(7, FEWEST_CONTACTS));
        let with_basis: BTreeSet<i64> =
            column(&tables["crm.lawful_bases"], 0).map(|id| id.parse().unwrap()).collect();
        for id in cast.everybody() {
            assert_ne!(with_basis.contains(&id), cast.is_test(id), "contact {id}");
        }
        assert!(column(&tables["crm.lawful_bases"], 3).all(|source| source.len() > 5));
    }

    #[test]
    fn newsletters_went_only_to_those_who_had_confirmed() {
        let tables = tables();
        let consents = &tables["crm.consents"];
        let confirmed: BTreeSet<&str> = column(consents, 0)
            .zip(column(consents, 4))
            .filter_map(|(id, state)| (state == "confirmed").then_some(id))
            .collect();
        let sends = &tables["crm.sends"];
        let service = SERVICE_CAMPAIGN.to_string();
        let mut newsletters = 0;
        for (campaign, contact) in column(sends, 0).zip(column(sends, 1)) {
            if campaign != service {
                newsletters += 1;
                assert!(confirmed.contains(contact), "contact {contact}");
            }
        }
        assert!(newsletters > 500);
    }

    #[test]
    fn what_copy_would_misread_is_escaped() {
        let mut rows = Rows::new("t (a, b)");
        rows.push(&[Some("a\tb\\c\nd"), None]);
        assert_eq!(rows.text, "a\\tb\\\\c\\nd\t\\N\n");
    }
}
