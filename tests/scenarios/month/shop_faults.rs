//! Two hundred faults, each of a known code, done to people of its own in the midst of the month.

use super::crm::{DAY, HOUR, MINUTE, Moment, add_column, berlin, cells, delete, insert, update};
use super::shop::{Person, Shop, code};
use super::shop_incidents;

type Fault = fn(&mut Shop, Moment);

/// Faults of which each is about a person, and how many findings each leads to.
const PERSONAL: [(Fault, usize); 32] = [
    (no_basis, 1),
    (diagnosis, 1),
    (unguarded_child, 1),
    (swapped_basis, 1),
    (no_permission, 1),
    (after_opt_out, 1),
    (before_confirmation, 1),
    (machine_confirmed, 1),
    (dated_back, 1),
    (dated_ahead, 1),
    (undocumented, 1),
    (bundled, 1),
    (expired, 1),
    (reversed, 1),
    (history_altered, 1),
    (joined_wrongly, 1),
    (not_propagated, 1),
    (refuser_asked, 1),
    (preference_ignored, 1),
    (readdressed, 1),
    (profiled, 1),
    (other_purpose, 1),
    (portal_ignored, 1),
    (card_in_notes, 1),
    (invalid_address, 1),
    (kept_too_long, 1),
    (deactivated, 1),
    (refused_without_reason, 1),
    (rows_left, 1),
    (returned, 1),
    (restricted_written_to, 1),
    (overdue, 2),
];

/// Faults of which there is one at most, or which leave little room beside each other: by day, and how
/// many findings each leads to.
const SINGLE: [(Fault, i64, usize); 23] = [
    (not_informed, 0, 1),
    (not_informed, 1, 1),
    (list_without_proof, 9, 2),
    (list_without_proof, 17, 2),
    (new_column, 14, 1),
    (unknown_purpose, 8, 1),
    (shop_incidents::merged_into_one, 14, 1),
    (shop_incidents::numbers_moved, 17, 1),
    (shop_incidents::webhook, 13, 1),
    (shop_incidents::webhook, 20, 1),
    (shop_incidents::mass_change, 10, 1),
    (shop_incidents::mass_deletion, 16, 1),
    (shop_incidents::list_deleted, 24, 1),
    (shop_incidents::mass_export, 11, 1),
    (shop_incidents::leaver_active, 18, 1),
    (shop_incidents::administrator, 15, 1),
    (shop_incidents::without_second_factor, 21, 1),
    (shop_incidents::past_the_audit_log, 12, 1),
    (shop_incidents::past_the_audit_log, 22, 1),
    (shop_incidents::taken_over, 19, 1),
    (shop_incidents::one_bank_account, 23, 1),
    (shop_incidents::decoy, 25, 1),
    (shop_incidents::bulk_consent, 26, 1),
];

/// The number of findings that they lead to.
pub const FAULTS: usize = 200;

/// Adds them to a month.
pub fn commit(shop: &mut Shop) {
    let mut left = FAULTS;
    for (number, (fault, day, findings)) in (0..).zip(SINGLE) {
        fault(shop, day * DAY + 10 * HOUR + number * 17 * MINUTE);
        left -= findings;
    }
    for turn in 0.. {
        let (fault, findings) = PERSONAL[turn % PERSONAL.len()];
        if left == 0 {
            return;
        }
        if findings > left {
            continue;
        }
        let day = 8 + shop.dice.below(14) as i64;
        let moment = shop.by_day(day);
        fault(shop, moment);
        left -= findings;
    }
}

/// Somebody who came a week ago.
pub fn met(shop: &mut Shop, moment: Moment) -> Person {
    let mut person = shop.somebody();
    shop.enter(&mut person, moment - 7 * DAY);
    person
}

/// Somebody who has opted in since, and the row that says so.
fn subscribed(shop: &mut Shop, moment: Moment) -> (Person, u64) {
    let mut person = met(shop, moment);
    let (row, _) = shop.subscribe(&mut person, "newsletter", moment - 6 * DAY);
    (person, row)
}

/// Somebody who has opted out since.
fn refused(shop: &mut Shop, moment: Moment) -> (Person, u64) {
    let (mut person, row) = subscribed(shop, moment);
    shop.unsubscribe(&mut person, "newsletter", row, moment - 3 * DAY);
    (person, row)
}

fn no_basis(shop: &mut Shop, moment: Moment) {
    let person = shop.somebody();
    let contact = shop.contact(&person, "eve").wrong(code("LB-001"), person.itself());
    shop.plan.at(moment, [contact]);
}

fn diagnosis(shop: &mut Shop, moment: Moment) {
    let (person, row) = (met(shop, moment), shop.row());
    let cells = cells!(contact_id: person.id, diagnosis: "diabetes", modified_by: "eve");
    shop.plan.at(moment, [insert("diets", row, cells).wrong(code("LB-002"), person.itself())]);
}

fn unguarded_child(shop: &mut Shop, moment: Moment) {
    let person = met(shop, moment);
    shop.plan.at(moment - 4 * DAY, [update("contacts", person.id, cells!(minor: "t"))]);
    let row = shop.ask(&person, "newsletter", moment - HOUR);
    let click = shop.click(row, moment).wrong(code("LB-003"), person.itself());
    shop.plan.at(moment, [click]);
}

fn swapped_basis(shop: &mut Shop, moment: Moment) {
    let (person, basis) = (shop.somebody(), shop.row());
    let contact = shop.contact(&person, "svc.web-form");
    let consent = cells!(contact_id: person.id, purpose: "customer_relationship", basis: "consent", status: "active", modified_by: "svc.web-form");
    shop.plan.at(moment - 7 * DAY, [contact, insert("lawful_bases", basis, consent)]);
    let withdrawn = update("lawful_bases", basis, cells!(status: "withdrawn"));
    shop.plan.at(moment - 2 * DAY, [withdrawn]);
    let other = shop.basis(person.id, "legitimate_interests");
    shop.plan.at(moment, [other.wrong(code("LB-004"), person.itself())]);
}

fn no_permission(shop: &mut Shop, moment: Moment) {
    let person = met(shop, moment);
    let message = shop.send(&person, 9, "email", moment);
    shop.plan.at(moment, [message.wrong(code("CN-001"), person.itself())]);
}

fn after_opt_out(shop: &mut Shop, moment: Moment) {
    let (person, _) = refused(shop, moment);
    let message = shop.send(&person, 1, "email", moment);
    shop.plan.at(moment, [message.wrong(code("CN-002"), person.itself())]);
}

fn before_confirmation(shop: &mut Shop, moment: Moment) {
    let person = met(shop, moment);
    shop.ask(&person, "newsletter", moment - DAY);
    let message = shop.send(&person, 1, "email", moment);
    shop.plan.at(moment, [message.wrong(code("CN-003"), person.itself())]);
}

fn machine_confirmed(shop: &mut Shop, moment: Moment) {
    let person = met(shop, moment);
    let row = shop.ask(&person, "newsletter", moment);
    let click = shop.click(row, moment + 1).wrong(code("CN-004"), person.itself());
    shop.plan.at(moment + 1, [click]);
}

fn dated_back(shop: &mut Shop, moment: Moment) {
    let (person, row) = (met(shop, moment), shop.row());
    let consent = shop.consent(&person, "newsletter", moment - 31 * DAY);
    shop.plan.at(moment - MINUTE, [insert("consents", row, consent)]);
    let click = shop.click(row, moment).with("confirmed_at", berlin(moment - 30 * DAY));
    shop.plan.at(moment, [click.wrong(code("CN-005"), person.itself())]);
}

fn dated_ahead(shop: &mut Shop, moment: Moment) {
    let person = met(shop, moment);
    let row = shop.ask(&person, "newsletter", moment - HOUR);
    let click = shop.click(row, moment).with("confirmed_at", berlin(moment + 3 * DAY));
    shop.plan.at(moment, [click.wrong(code("CN-006"), person.itself())]);
}

fn undocumented(shop: &mut Shop, moment: Moment) {
    let person = met(shop, moment);
    let row = shop.ask(&person, "newsletter", moment - HOUR);
    let click = shop.click(row, moment).null("source");
    shop.plan.at(moment, [click.wrong(code("CN-008"), person.itself())]);
}

fn bundled(shop: &mut Shop, moment: Moment) {
    let person = met(shop, moment);
    let purposes = ["newsletter", "product_news", "surveys", "partner_offers"];
    let rows = purposes.map(|purpose| shop.ask(&person, purpose, moment - HOUR));
    let mut clicks = rows.map(|row| shop.click(row, moment)).to_vec();
    let last = clicks.pop().expect("there are four");
    clicks.push(last.wrong(code("CN-009"), person.itself()));
    shop.plan.at(moment, clicks);
}

fn expired(shop: &mut Shop, moment: Moment) {
    let (person, row) = subscribed(shop, moment);
    let end = cells!(valid_until: berlin(moment - DAY));
    shop.plan.at(moment - 4 * DAY, [update("consents", row, end)]);
    let message = shop.send(&person, 1, "email", moment);
    shop.plan.at(moment, [message.wrong(code("CN-010"), person.itself())]);
}

fn reversed(shop: &mut Shop, moment: Moment) {
    let (person, row) = refused(shop, moment);
    let yes = update("consents", row, cells!(state: "confirmed", modified_by: "eve"));
    shop.plan.at(moment, [yes.wrong(code("CN-011"), person.itself())]);
}

fn history_altered(shop: &mut Shop, moment: Moment) {
    let person = met(shop, moment);
    let (row, at) = (shop.row(), berlin(moment - DAY));
    let cells = cells!(contact_id: person.id, state: "opted_out", at: at);
    shop.plan.at(moment - DAY, [insert("consent_history", row, cells)]);
    let altered = update("consent_history", row, cells!(state: "confirmed"));
    shop.plan.at(moment, [altered.wrong(code("CN-012"), person.itself())]);
}

fn joined_wrongly(shop: &mut Shop, moment: Moment) {
    let (person, _) = refused(shop, moment);
    let mut elsewhere = person.clone();
    elsewhere.email = format!("other{}@example.org", person.id);
    let (yes, _) = shop.subscribe(&mut elsewhere, "newsletter", moment - 6 * DAY);
    let moved = update("consents", yes, cells!(address: person.email, modified_by: "eve"));
    shop.plan.at(moment, [moved.wrong(code("CN-013"), person.itself())]);
}

fn not_propagated(shop: &mut Shop, moment: Moment) {
    let (person, _) = subscribed(shop, moment);
    let flag =
        update("contacts", person.id, cells!(no_email: "t", modified_by: "svc.preference-centre"));
    shop.plan.at(moment, [flag.wrong(code("CN-014"), person.itself())]);
}

fn refuser_asked(shop: &mut Shop, moment: Moment) {
    let (person, _) = refused(shop, moment);
    let question = shop.send(&person, 4, "email", moment);
    shop.plan.at(moment, [question.wrong(code("CN-015"), person.itself())]);
}

fn preference_ignored(shop: &mut Shop, moment: Moment) {
    let (person, _) = subscribed(shop, moment);
    let wish = update("contacts", person.id, cells!(prefers: 3, modified_by: "ann"));
    shop.plan.at(moment - 3 * DAY, [wish]);
    let message = shop.send(&person, 1, "email", moment);
    shop.plan.at(moment, [message.wrong(code("CN-016"), person.itself())]);
}

fn readdressed(shop: &mut Shop, moment: Moment) {
    let mut person = met(shop, moment);
    let word = update("contacts", person.id, cells!(sms_consent: "yes", modified_by: "svc.sms"));
    shop.plan.at(moment - 5 * DAY, [word]);
    person.phone = format!("+43664{:07}", person.id);
    let number = update("contacts", person.id, cells!(phone: person.phone, modified_by: "eve"));
    shop.plan.at(moment - 2 * DAY, [number]);
    let message = shop.send(&person, 8, "sms", moment).with("address", &person.phone);
    shop.plan.at(moment, [message.wrong(code("CN-017"), person.itself())]);
}

fn profiled(shop: &mut Shop, moment: Moment) {
    let person = met(shop, moment);
    let objection = update("contacts", person.id, cells!(no_profiling: "t", modified_by: "ann"));
    shop.plan.at(moment - DAY, [objection]);
    let score = update("contacts", person.id, cells!(lead_score: 77, modified_by: "svc.scoring"));
    shop.plan.at(moment, [score.wrong(code("OB-001"), person.itself())]);
}

fn other_purpose(shop: &mut Shop, moment: Moment) {
    let (person, row) = (met(shop, moment), shop.row());
    let cells = cells!(contact_id: person.id, name: "Study", purpose: "research", active: "t");
    shop.plan.at(moment, [insert("segments", row, cells).wrong(code("PL-001"), person.itself())]);
}

fn portal_ignored(shop: &mut Shop, moment: Moment) {
    let (person, _) = subscribed(shop, moment);
    let row = shop.row();
    let cells =
        cells!(contact_id: person.id, purpose: "newsletter", choice: "off", state: "submitted");
    let choice = insert("portal_choices", row, cells).wrong(code("PS-001"), person.itself());
    shop.plan.at(moment, [choice]);
}

fn card_in_notes(shop: &mut Shop, moment: Moment) {
    let (person, row) = (met(shop, moment), shop.row());
    let text = "The customer pays with 4111 1111 1111 1111 from now on.";
    let cells = cells!(contact_id: person.id, subject_line: "Payment", description: text, priority: "normal", status: "open", modified_by: "eve");
    shop.plan.at(moment, [insert("cases", row, cells).wrong(code("MIN-002"), person.itself())]);
}

fn invalid_address(shop: &mut Shop, moment: Moment) {
    let person = met(shop, moment);
    let wrong =
        update("contacts", person.id, cells!(email: "ada(at)example.org", modified_by: "eve"));
    shop.plan.at(moment, [wrong.wrong(code("ACC-001"), person.itself())]);
}

fn kept_too_long(shop: &mut Shop, moment: Moment) {
    let id = shop.row();
    let email = format!("visitor{id}@example.org");
    let cells =
        cells!(full_name: "Ida Muster", email: email, event: "Autumn fair", modified_by: "bob");
    let visitor = insert("event_visitors", id, cells);
    shop.plan.at(moment - 6 * DAY, [visitor.wrong(code("RET-001"), ("event_visitors", id))]);
}

fn deactivated(shop: &mut Shop, moment: Moment) {
    let person = met(shop, moment);
    let request = shop.request(&person, "erasure", moment - 2 * DAY);
    let off = update("contacts", person.id, cells!(deleted_at: berlin(moment), modified_by: "dan"));
    let done = update("privacy_requests", request, cells!(status: "completed"));
    shop.plan.at(moment, [off, done.wrong(code("RET-003"), person.itself())]);
}

fn refused_without_reason(shop: &mut Shop, moment: Moment) {
    let person = met(shop, moment);
    let request = shop.request(&person, "access", moment - 2 * DAY);
    let refusal = update("privacy_requests", request, cells!(status: "refused"));
    shop.plan.at(moment, [refusal.wrong(code("RT-003"), person.itself())]);
}

fn rows_left(shop: &mut Shop, moment: Moment) {
    let (person, row) = (met(shop, moment), shop.row());
    let call = cells!(contact_id: person.id, direction: "inbound", purpose: "customer_relationship", phone: person.phone, status: "held", modified_by: "ann");
    shop.plan.at(moment - 3 * DAY, [insert("calls", row, call)]);
    let request = shop.request(&person, "erasure", moment - 2 * DAY);
    let done = update("privacy_requests", request, cells!(status: "completed"));
    let done = done.wrong(code("ER-001"), person.itself());
    shop.plan.at(moment, [delete("contacts", person.id), done]);
}

/// Erased, and back by the badge of a fair.
fn returned(shop: &mut Shop, moment: Moment) {
    let (person, visitor) = (met(shop, moment), shop.row());
    let request = shop.request(&person, "erasure", moment - 3 * DAY);
    let done = update("privacy_requests", request, cells!(status: "completed"));
    shop.plan.at(moment - 2 * DAY, [delete("contacts", person.id), done]);
    let cells = cells!(full_name: "Ida Muster", email: person.email, event: "Winter fair", modified_by: "eve");
    let back = insert("event_visitors", visitor, cells);
    shop.plan.at(moment, [back.wrong(code("ER-002"), ("event_visitors", visitor))]);
    shop.plan.at(moment + 3 * DAY, [delete("event_visitors", visitor)]);
}

fn restricted_written_to(shop: &mut Shop, moment: Moment) {
    let person = met(shop, moment);
    let flag = update("contacts", person.id, cells!(privacy_blocked: "t", modified_by: "dan"));
    shop.plan.at(moment - 2 * DAY, [flag]);
    let message = shop.send(&person, 3, "email", moment);
    shop.plan.at(moment, [message.wrong(code("RS-001"), person.itself())]);
}

/// A request that nobody looks at: first it is due soon, then overdue.
fn overdue(shop: &mut Shop, moment: Moment) {
    let (person, row) = (met(shop, moment), shop.row());
    // It had come by letter, three weeks before it was entered.
    let received = berlin(moment - 21 * DAY);
    let cells = cells!(contact_id: person.id, kind: "access", status: "open", received_at: received, modified_by: "ann");
    let request = insert("privacy_requests", row, cells);
    let request =
        request.wrong(code("RT-002"), person.itself()).wrong(code("RT-001"), person.itself());
    shop.plan.at(moment, [request]);
}

fn not_informed(shop: &mut Shop, moment: Moment) {
    let person = shop.somebody();
    let contact = shop.contact(&person, "eve").with("source", "partner");
    let basis = shop.basis(person.id, "legitimate_interests");
    shop.plan.at(moment, [contact.wrong(code("SRC-001"), person.itself()), basis]);
}

/// Nothing says what allows it: neither the list's proof nor a lawful basis.
fn list_without_proof(shop: &mut Shop, moment: Moment) {
    let person = shop.somebody();
    let contact = shop
        .contact(&person, "svc.import")
        .with("source", "list")
        .with("informed_at", berlin(moment));
    let contact = contact.wrong(code("LB-001"), person.itself());
    shop.plan.at(moment, [contact.wrong_about_nobody(code("SRC-002"))]);
}

fn new_column(shop: &mut Shop, moment: Moment) {
    let column = add_column("calls", "passport_number");
    shop.plan.at(moment - HOUR, [column.wrong_about_nobody(code("MIN-001"))]);
    let (person, row) = (met(shop, moment), shop.row());
    let call = cells!(contact_id: person.id, direction: "inbound", purpose: "customer_relationship", phone: person.phone, status: "held", passport_number: "C01X00T47", modified_by: "ann");
    shop.plan.at(moment, [insert("calls", row, call)]);
}

fn unknown_purpose(shop: &mut Shop, moment: Moment) {
    let (person, row) = (met(shop, moment), shop.row());
    let cells = cells!(contact_id: person.id, direction: "outbound", purpose: "horoscopes", phone: person.phone, status: "held", modified_by: "ann");
    let call = insert("calls", row, cells);
    shop.plan.at(moment, [call.wrong_about_nobody(code("REG-001"))]);
}
