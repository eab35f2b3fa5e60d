//! Faults that are incidents: each is one transaction, or a few rows of one actor.

use super::crm::{Change, DAY, Moment, berlin, cells, delete, delete_about, insert, update};
use super::shop::{Person, Shop, code};
use super::shop_faults::met;

pub fn merged_into_one(shop: &mut Shop, moment: Moment) {
    let survivor = met(shop, moment);
    let mut changes = Vec::new();
    for _ in 0..12 {
        let mut person = shop.somebody();
        shop.enter(&mut person, -DAY);
        let gone = cells!(master_id: survivor.id, deleted_at: berlin(moment), modified_by: "cem");
        changes.push(update("contacts", person.id, gone));
    }
    incident(shop, moment, "SEC-011", changes);
}

pub fn numbers_moved(shop: &mut Shop, moment: Moment) {
    let mut people: Vec<Person> = (0..24).map(|_| shop.somebody()).collect();
    people.iter_mut().for_each(|person| shop.enter(person, -DAY));
    let next = people.iter().cycle().skip(1);
    let changes = people.iter().zip(next).map(|(person, next)| {
        update("contacts", person.id, cells!(phone: next.phone, modified_by: "bob"))
    });
    incident(shop, moment, "SEC-013", changes.collect());
}

pub fn webhook(shop: &mut Shop, moment: Moment) {
    let row = shop.row();
    let url = format!("https://collect.elsewhere{row}.example.net/crm");
    let hook = insert("webhooks", row, cells!(url: url, modified_by: "eve"));
    shop.plan.at(moment, [hook.wrong_about_nobody(code("TR-002"))]);
}

pub fn mass_change(shop: &mut Shop, moment: Moment) {
    let mut people: Vec<Person> = (0..120).map(|_| shop.somebody()).collect();
    people.iter_mut().for_each(|person| shop.enter(person, -DAY));
    let changes = people.iter().map(|person| {
        let phone = format!("+4930{}", 7_000_000 + person.id);
        update("contacts", person.id, cells!(phone: phone, modified_by: "eve"))
    });
    incident(shop, moment, "SEC-001", changes.collect());
}

pub fn mass_deletion(shop: &mut Shop, moment: Moment) {
    let mut rows = Vec::new();
    for _ in 0..60 {
        let (mut person, row) = (shop.somebody(), shop.row());
        shop.enter(&mut person, -DAY);
        let call = cells!(contact_id: person.id, direction: "inbound", purpose: "customer_relationship", phone: person.phone, status: "held", modified_by: "ann");
        shop.plan.at(-1, [insert("calls", row, call)]);
        rows.push(delete("calls", row));
    }
    incident(shop, moment, "SEC-002", rows);
}

/// Memberships of a list, each about somebody else.
pub fn list_deleted(shop: &mut Shop, moment: Moment) {
    let mut rows = Vec::new();
    for _ in 0..55 {
        let mut person = shop.somebody();
        shop.enter(&mut person, -DAY);
        rows.push(person);
    }
    for person in &rows {
        let row = shop.row();
        let cells = cells!(contact_id: person.id, name: "Old", purpose: "customer_relationship", active: "f");
        shop.plan.at(-1, [insert("segments", row, cells)]);
    }
    let gone =
        rows.iter().map(|person| delete_about("segments", "contact_id", person.id)).collect();
    incident(shop, moment, "SEC-002", gone);
}

pub fn mass_export(shop: &mut Shop, moment: Moment) {
    let row = shop.row();
    let cells = cells!(object: "contacts", row_count: 12_000, modified_by: "eve");
    incident(shop, moment, "SEC-003", vec![insert("exports", row, cells)]);
}

pub fn leaver_active(shop: &mut Shop, moment: Moment) {
    let (person, row) = (met(shop, moment), shop.row());
    let call = cells!(contact_id: person.id, direction: "inbound", purpose: "customer_relationship", phone: person.phone, status: "held", modified_by: "lena");
    incident(shop, moment, "SEC-004", vec![insert("calls", row, call)]);
}

pub fn administrator(shop: &mut Shop, moment: Moment) {
    let role = update("users", 3, cells!(role: "admin", modified_by: "dan"));
    incident(shop, moment, "SEC-005", vec![role]);
}

pub fn without_second_factor(shop: &mut Shop, moment: Moment) {
    let factor = update("users", 5, cells!(mfa_enabled: "f", modified_by: "gil"));
    incident(shop, moment, "SEC-005", vec![factor]);
}

pub fn past_the_audit_log(shop: &mut Shop, moment: Moment) {
    let (person, row) = (met(shop, moment), shop.row());
    let cells = cells!(contact_id: person.id, subject_line: "Late parcel", priority: "normal", status: "open", modified_by: "ann");
    shop.plan.at(moment - DAY, [insert("cases", row, cells)]);
    incident(shop, moment, "SEC-008", vec![update("cases", row, cells!(status: "closed"))]);
}

pub fn taken_over(shop: &mut Shop, moment: Moment) {
    let mut changes = Vec::new();
    for number in 0..30 {
        let mut person = shop.somebody();
        person.owner = 2 + number % 3;
        shop.enter(&mut person, -DAY);
        changes.push(update("contacts", person.id, cells!(owner_id: 6, modified_by: "hal")));
    }
    incident(shop, moment, "SEC-010", changes);
}

pub fn one_bank_account(shop: &mut Shop, moment: Moment) {
    let mut changes = Vec::new();
    for _ in 0..4 {
        let (person, order) = (met(shop, moment), shop.row());
        let iban = format!("DE{:020}", 500_000 + order);
        let cells = cells!(contact_id: person.id, total: "80.00", currency: "EUR", iban: iban, status: "placed", modified_by: "svc.shop");
        shop.plan.at(moment - DAY, [insert("orders", order, cells)]);
        changes.push(update(
            "orders",
            order,
            cells!(iban: "LT121000011101001000", modified_by: "ivy"),
        ));
    }
    incident(shop, moment, "SEC-012", changes);
}

pub fn decoy(shop: &mut Shop, moment: Moment) {
    let touched = update("contacts", 9_901, cells!(job_title: "Buyer", modified_by: "fay"));
    incident(shop, moment, "SEC-015", vec![touched]);
}

pub fn bulk_consent(shop: &mut Shop, moment: Moment) {
    let mut changes = Vec::new();
    for _ in 0..25 {
        let person = met(shop, moment);
        let row = shop.ask(&person, "newsletter", moment - DAY);
        changes.push(update("consents", row, cells!(state: "confirmed", modified_by: "eve")));
    }
    incident(shop, moment, "CN-007", changes);
}

/// One transaction that must open one incident.
fn incident(shop: &mut Shop, moment: Moment, text: &str, mut changes: Vec<Change>) {
    let first = changes.remove(0).wrong_about_nobody(code(text));
    shop.plan.at(moment, [vec![first], changes].concat());
}
