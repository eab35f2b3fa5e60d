//! What happens to the people of the shop: each story is of somebody else.

use super::crm::{DAY, HOUR, MINUTE, Moment, berlin, cells, delete, delete_about, insert, update};
use super::shop::{DAYS, Person, Shop};

type Story = fn(&mut Shop, Moment);

/// Each story, and how often it is told in a month.
const STORIES: [(Story, u64); 19] = [
    (customer, 60),
    (subscriber, 60),
    (leaves_newsletter, 15),
    (comes_back, 8),
    (never_confirms, 8),
    (leaves_everything, 6),
    (buys, 30),
    (calls, 20),
    (complains, 15),
    (two_that_are_one, 8),
    (erased, 8),
    (asks_for_access, 8),
    (restricted, 4),
    (shares_a_mailbox, 5),
    (moves, 6),
    (chooses_in_the_portal, 8),
    (child, 4),
    (asked_for_permission, 10),
    (other_basis, 4),
];

/// Tells them all, from before the month into its last week.
pub fn tell(shop: &mut Shop) {
    for (story, times) in STORIES {
        for _ in 0..times {
            let day = shop.dice.below(22) as i64;
            let moment = shop.by_day(day);
            story(shop, moment);
        }
    }
}

/// Somebody who was there before the month, or comes at this moment.
fn met(shop: &mut Shop, moment: Moment) -> (Person, Moment) {
    let mut person = shop.somebody();
    let long_ago = shop.dice.chance(60);
    let entered = if long_ago { -(moment + 30 * DAY) } else { moment };
    shop.enter(&mut person, entered);
    (person, if long_ago { moment } else { moment + HOUR })
}

fn customer(shop: &mut Shop, moment: Moment) {
    let (mut person, _) = met(shop, moment);
    person.plain = true;
    shop.people.push(person);
}

fn subscriber(shop: &mut Shop, moment: Moment) {
    let (mut person, now) = met(shop, moment);
    let asked = if person.since < 0 { person.since + DAY } else { now };
    shop.subscribe(&mut person, "newsletter", asked);
    if shop.dice.chance(40) {
        shop.subscribe(&mut person, "product_news", asked + 10 * MINUTE);
    }
    shop.people.push(person);
}

fn leaves_newsletter(shop: &mut Shop, moment: Moment) {
    let (mut person, now) = met(shop, moment);
    let (row, since) = shop.subscribe(&mut person, "newsletter", now);
    let leaves = since + HOUR + shop.dice.below(7 * 86_400) as Moment;
    shop.unsubscribe(&mut person, "newsletter", row, leaves);
    // Whoever has opted out still gets what the order needs.
    let service = shop.send(&person, 3, "email", leaves + DAY);
    shop.plan.at(leaves + DAY, [service]);
    shop.people.push(person);
}

fn comes_back(shop: &mut Shop, moment: Moment) {
    let (mut person, now) = met(shop, moment);
    let (row, since) = shop.subscribe(&mut person, "newsletter", now);
    let leaves = since + DAY;
    shop.unsubscribe(&mut person, "newsletter", row, leaves);
    let back = leaves + 2 * DAY;
    if shop.dice.chance(50) {
        shop.subscribe(&mut person, "newsletter", back);
    } else {
        // The same row, with a new click.
        let asked = update(
            "consents",
            row,
            cells!(state: "requested", requested_at: berlin(back), modified_by: "svc.web-form"),
        );
        shop.plan.at(back, [asked.null("confirmed_at").null("ip_address")]);
        let clicked = back + 7 * MINUTE;
        let click = shop.click(row, clicked);
        shop.plan.at(clicked, [click]);
        person.joins("newsletter", clicked);
    }
    shop.people.push(person);
}

fn never_confirms(shop: &mut Shop, moment: Moment) {
    let (person, now) = met(shop, moment);
    shop.ask(&person, "newsletter", now);
    shop.people.push(person);
}

/// One switch for everything; the job that ends the subscriptions comes within a day.
fn leaves_everything(shop: &mut Shop, moment: Moment) {
    let (mut person, now) = met(shop, moment);
    let (row, since) = shop.subscribe(&mut person, "newsletter", now);
    let leaves = since + DAY;
    let flag =
        update("contacts", person.id, cells!(no_email: "t", modified_by: "svc.preference-centre"));
    shop.plan.at(leaves, [flag]);
    person.leaves("newsletter", leaves);
    let later = leaves + HOUR + shop.dice.below(20 * 3_600) as Moment;
    shop.unsubscribe(&mut person, "newsletter", row, later);
    shop.people.push(person);
}

fn buys(shop: &mut Shop, moment: Moment) {
    let (mut person, now) = met(shop, moment);
    let order = shop.row();
    let iban = format!("DE{:020}", 10_000 + order);
    let cells = cells!(contact_id: person.id, total: "120.50", currency: "EUR", iban: iban, status: "placed", modified_by: "svc.shop");
    shop.plan.at(now, [insert("orders", order, cells)]);
    let confirmation = shop.send(&person, 3, "email", now + MINUTE);
    shop.plan.at(now + MINUTE, [confirmation]);
    for (days, status) in [(1, "packed"), (3, "delivered")] {
        shop.plan.at(now + days * DAY, [update("orders", order, cells!(status: status))]);
    }
    if shop.dice.chance(20) {
        let iban = format!("DE{:020}", 90_000_000 + order);
        shop.plan.at(
            now + 2 * DAY,
            [update("orders", order, cells!(iban: iban, modified_by: "svc.shop"))],
        );
    }
    let care = shop.send(&person, 7, "email", now + 5 * DAY);
    shop.plan.at(now + 5 * DAY, [care]);
    let list = cells!(contact_id: person.id, name: "Buyers", purpose: "after_sales", active: "t");
    let row = shop.row();
    shop.plan.at(now + 5 * DAY, [insert("segments", row, list)]);
    person.plain = false;
    shop.people.push(person);
}

fn calls(shop: &mut Shop, moment: Moment) {
    let (person, now) = met(shop, moment);
    for (hours, direction) in [(1, "inbound"), (20, "outbound")] {
        let (row, actor) = (shop.row(), shop.staff());
        let cells = cells!(contact_id: person.id, direction: direction, purpose: "customer_relationship", phone: person.phone, status: "planned", modified_by: actor);
        shop.plan.at(now + hours * HOUR, [insert("calls", row, cells)]);
        let held =
            cells!(status: "held", summary: "asked when the order 20261004-4711 would arrive");
        shop.plan.at(now + hours * HOUR + 9 * MINUTE, [update("calls", row, held)]);
    }
    shop.people.push(person);
}

fn complains(shop: &mut Shop, moment: Moment) {
    let (person, now) = met(shop, moment);
    let (row, actor) = (shop.row(), shop.staff());
    let text =
        "The parcel 00340434161094 came late, and the invoice says order 4000-1234. Please look.";
    let cells = cells!(contact_id: person.id, subject_line: "Late parcel", description: text, priority: "normal", status: "open", modified_by: actor);
    shop.plan.at(now, [insert("cases", row, cells)]);
    for (hours, status) in [(2, "in progress"), (30, "closed")] {
        let moment = now + hours * HOUR;
        let entry = audited(shop, actor, row, moment);
        shop.plan
            .at(moment, [update("cases", row, cells!(status: status, modified_by: actor)), entry]);
    }
    shop.people.push(person);
}

/// The CRM's own entry about a change of a case.
pub fn audited(shop: &mut Shop, actor: &str, case: u64, moment: Moment) -> super::crm::Change {
    let cells = cells!(at: berlin(moment), actor: actor, action: "update", table_name: "cases", row_id: case);
    insert("audit_log", shop.row(), cells)
}

/// Two records of one person, of which one has said no: what is kept is the no.
fn two_that_are_one(shop: &mut Shop, moment: Moment) {
    let (mut kept, now) = met(shop, moment);
    let (row, since) = shop.subscribe(&mut kept, "newsletter", now);
    let mut other = shop.somebody();
    shop.enter(&mut other, now + MINUTE);
    let (double, as_well) = shop.subscribe(&mut other, "newsletter", now + HOUR);
    let said_no = since.max(as_well) + DAY;
    let (message, queued) = shop.queue(&other, 1, "email");
    shop.plan.at(said_no - 2 * HOUR, [queued]);
    shop.plan.at(said_no - HOUR, [update("sends", message, cells!(status: "sent"))]);
    shop.unsubscribe(&mut other, "newsletter", double, said_no);
    let (merged, actor) = (said_no + DAY, shop.staff());
    let join = [
        update("consents", row, cells!(state: "opted_out", modified_by: actor)),
        delete("consents", double),
        update("sends", message, cells!(contact_id: kept.id)),
        update(
            "contacts",
            other.id,
            cells!(master_id: kept.id, deleted_at: berlin(merged), modified_by: actor),
        ),
    ];
    shop.plan.at(merged, join);
    kept.leaves("newsletter", merged - HOUR);
    // The recycle bin is emptied at night.
    shop.plan.at(
        (merged / DAY + 3) * DAY + 2 * HOUR + other.id as Moment % 600,
        [delete("contacts", other.id)],
    );
    shop.people.extend([kept, other]);
}

fn erased(shop: &mut Shop, moment: Moment) {
    let (mut person, now) = met(shop, moment);
    let (_, since) = shop.subscribe(&mut person, "newsletter", now);
    let order = shop.row();
    let cells = cells!(contact_id: person.id, total: "20.00", currency: "EUR", status: "delivered", modified_by: "svc.shop");
    shop.plan.at(since, [insert("orders", order, cells)]);
    let (message, queued) = shop.queue(&person, 3, "email");
    shop.plan.at(since + 1, [queued]);
    shop.plan.at(since + HOUR, [update("sends", message, cells!(status: "sent"))]);
    let asked = since + DAY;
    let request = shop.request(&person, "erasure", asked);
    person.leaves("newsletter", asked - HOUR);
    person.until = asked;
    let done = asked + DAY + shop.dice.below(5 * 86_400) as Moment;
    let mut changes =
        ["sends", "consents"].map(|table| delete_about(table, "contact_id", person.id)).to_vec();
    changes.push(update(
        "privacy_requests",
        request,
        cells!(status: "completed", modified_by: "dan"),
    ));
    match shop.dice.below(3) {
        // All at once.
        0 => {
            changes.insert(0, delete("contacts", person.id));
            shop.plan.at(done, changes);
        }
        // The CRM only marks the row, and a job deletes it.
        1 => {
            changes.insert(
                0,
                update("contacts", person.id, cells!(deleted_at: berlin(done), modified_by: "dan")),
            );
            shop.plan.at(done, changes);
            shop.plan.at(done + 11 * HOUR, [delete("contacts", person.id)]);
        }
        // The row stays, and nobody's data stands in it.
        _ => {
            let blank = update("contacts", person.id, cells!(modified_by: "dan"));
            let columns = [
                "first_name",
                "last_name",
                "email",
                "phone",
                "city",
                "country",
                "language",
                "lead_score",
            ];
            changes.insert(0, columns.into_iter().fold(blank, |it, column| it.null(column)));
            shop.plan.at(done, changes);
        }
    }
    shop.people.push(person);
}

fn asks_for_access(shop: &mut Shop, moment: Moment) {
    let (person, now) = met(shop, moment);
    let kind = ["access", "portability", "rectification", "objection"][shop.dice.below(4) as usize];
    let request = shop.request(&person, kind, now);
    if shop.dice.chance(30) {
        shop.plan
            .at(now + DAY, [update("privacy_requests", request, cells!(status: "identity check"))]);
        shop.plan.at(now + 3 * DAY, [update("privacy_requests", request, cells!(status: "open"))]);
    }
    let answered = now + 4 * DAY + shop.dice.below(4 * 86_400) as Moment;
    let answer = match shop.dice.chance(20) {
        true => cells!(status: "refused", refusal_reason: "repeated within a month, Art. 12(5)"),
        false => cells!(status: "completed"),
    };
    shop.plan.at(answered, [update("privacy_requests", request, answer)]);
    shop.people.push(person);
}

fn restricted(shop: &mut Shop, moment: Moment) {
    let (mut person, now) = met(shop, moment);
    let (_, since) = shop.subscribe(&mut person, "newsletter", now);
    let request = shop.request(&person, "restriction", since + HOUR);
    let (from, to) = (since + 5 * HOUR, since + 4 * DAY);
    shop.plan.at(from, [update("privacy_requests", request, cells!(status: "completed"))]);
    shop.plan.at(to, [update("privacy_requests", request, cells!(status: "withdrawn"))]);
    person.leaves("newsletter", since + HOUR);
    person.joins("newsletter", to + HOUR);
    shop.people.push(person);
}

/// Two colleagues read one mailbox; the no of one is a no to the mailbox.
fn shares_a_mailbox(shop: &mut Shop, moment: Moment) {
    let (mut one, now) = met(shop, moment);
    let mut other = shop.somebody();
    one.email = format!("info@company{}.example", one.id);
    other.email.clone_from(&one.email);
    shop.plan.at(
        now,
        [update(
            "contacts",
            one.id,
            cells!(email: one.email, modified_by: "svc.preference-centre"),
        )],
    );
    shop.enter(&mut other, now + HOUR);
    let (row, since) = shop.subscribe(&mut one, "newsletter", now + 2 * HOUR);
    let (_, as_well) = shop.subscribe(&mut other, "newsletter", now + 2 * HOUR);
    let leaves = since.max(as_well) + 2 * DAY;
    shop.unsubscribe(&mut one, "newsletter", row, leaves);
    other.leaves("newsletter", leaves);
    if shop.dice.chance(50) {
        shop.subscribe(&mut other, "newsletter", leaves + DAY);
    }
    shop.people.extend([one, other]);
}

/// Another address, which the person enters and confirms anew; before that staff mend a typing error.
fn moves(shop: &mut Shop, moment: Moment) {
    let (mut person, now) = met(shop, moment);
    let mended = format!("new{}@example.org", person.id);
    shop.subscribe(&mut person, "newsletter", now + HOUR);
    let moved = now + 3 * DAY;
    person.leaves("newsletter", moved);
    person.email = mended;
    let change = cells!(email: person.email, modified_by: "svc.preference-centre");
    shop.plan.at(moved, [update("contacts", person.id, change)]);
    shop.subscribe(&mut person, "newsletter", moved + MINUTE);
    shop.people.push(person);
}

fn chooses_in_the_portal(shop: &mut Shop, moment: Moment) {
    let (mut person, now) = met(shop, moment);
    let (row, since) = shop.subscribe(&mut person, "newsletter", now);
    let chosen = since + DAY;
    let choice = shop.row();
    let cells =
        cells!(contact_id: person.id, purpose: "newsletter", choice: "off", state: "submitted");
    shop.plan.at(chosen, [insert("portal_choices", choice, cells)]);
    let carried = chosen + 10 * MINUTE + shop.dice.below(20 * 3_600) as Moment;
    person.leaves("newsletter", chosen);
    shop.unsubscribe(&mut person, "newsletter", row, carried);
    shop.people.push(person);
}

fn child(shop: &mut Shop, moment: Moment) {
    let mut person = shop.somebody();
    let basis = shop.basis(person.id, "contract");
    let contact = shop.contact(&person, "svc.web-form").with("minor", "t").with("guardian_id", 7);
    shop.plan.at(moment, [contact, basis]);
    shop.subscribe(&mut person, "newsletter", moment + HOUR);
    shop.people.push(person);
}

/// Somebody of whom nothing is known is asked, and some answer.
fn asked_for_permission(shop: &mut Shop, moment: Moment) {
    let (mut person, now) = met(shop, moment);
    let question = shop.send(&person, 4, "email", now);
    shop.plan.at(now, [question]);
    if shop.dice.chance(60) {
        shop.subscribe(&mut person, "newsletter", now + 3 * HOUR);
    }
    shop.people.push(person);
}

/// A consent is withdrawn, and later the person buys something: then there is a contract.
fn other_basis(shop: &mut Shop, moment: Moment) {
    let person = shop.somebody();
    let (contact, basis) = (shop.contact(&person, "svc.web-form"), shop.row());
    let cells = cells!(contact_id: person.id, purpose: "customer_relationship", basis: "consent", status: "active", modified_by: "svc.web-form");
    shop.plan.at(moment, [contact, insert("lawful_bases", basis, cells)]);
    let withdrawn = moment + 2 * DAY;
    shop.plan.at(withdrawn, [update("lawful_bases", basis, cells!(status: "withdrawn"))]);
    let bought = withdrawn + 3 * DAY;
    let order = shop.row();
    let cells = cells!(contact_id: person.id, total: "9.90", currency: "EUR", status: "placed", modified_by: "svc.shop");
    shop.plan.at(bought, [insert("orders", order, cells)]);
    let contract = shop.basis(person.id, "contract");
    shop.plan.at(bought + 5, [contract]);
    assert!(bought < DAYS * DAY);
    shop.people.push(person);
}
