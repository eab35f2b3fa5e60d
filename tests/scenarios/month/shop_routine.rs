//! What the shop does day by day: campaigns, jobs, imports, work on the schema, people who come and go.

use super::crm::{Change, DAY, HOUR, MINUTE, add_column, berlin, cells, delete, insert, update};
use super::shop::{DAYS, STAFF, Shop};

/// Everything that is not one person's story.
pub fn work(shop: &mut Shop) {
    for week in 0..5 {
        shop.campaign(1, "newsletter", (week * 7 + 1) * DAY + 8 * HOUR);
        shop.campaign(2, "product_news", (week * 7 + 3) * DAY + 9 * HOUR);
    }
    for day in 0..DAYS - 2 {
        edits(shop, day);
        jobs(shop, day);
    }
    for day in [2, 9, 16] {
        fair(shop, day);
    }
    for day in [4, 11] {
        list(shop, day);
    }
    leaver(shop);
    migrations(shop);
    catalogue(shop);
    exports(shop);
}

/// What people do at their desks, from Monday to Friday.
fn edits(shop: &mut Shop, day: i64) {
    if day % 7 >= 5 {
        return;
    }
    for actor in STAFF {
        for _ in 0..3 {
            let moment = shop.by_day(day);
            let people = shop.plain(moment);
            if people.is_empty() {
                continue;
            }
            let person = &people[shop.dice.below(people.len() as u64) as usize];
            let change = match shop.dice.below(4) {
                0 => cells!(notes: "prefers to be called in the afternoon", modified_by: actor),
                1 => cells!(job_title: "Buyer", modified_by: actor),
                2 => cells!(city: "Graz", modified_by: actor),
                // Saved without a change.
                _ => cells!(updated_at: berlin(moment), modified_by: actor),
            };
            shop.plan.at(moment, [update("contacts", person.id, change)]);
        }
    }
}

/// What programs do every night.
fn jobs(shop: &mut Shop, day: i64) {
    // Also at half past two of the night in which clocks are set back.
    let moment = day * DAY + 30 * MINUTE + shop.dice.below(600) as i64;
    let people = shop.plain(moment);
    let mut scored = Vec::new();
    for person in people.iter().take(25) {
        let score = shop.dice.below(100);
        scored.push(update(
            "contacts",
            person.id,
            cells!(lead_score: score, modified_by: "svc.scoring"),
        ));
    }
    if !scored.is_empty() {
        shop.plan.at(moment, scored);
    }
}

/// Badges that are scanned; within ten days each becomes a contact, or is deleted.
fn fair(shop: &mut Shop, day: i64) {
    for number in 0..12 {
        let id = shop.row();
        let email = format!("visitor{id}@example.org");
        let cells =
            cells!(full_name: "Ida Muster", email: email, event: "Autumn fair", modified_by: "bob");
        shop.plan
            .at(day * DAY + 10 * HOUR + number * 8 * MINUTE, [insert("event_visitors", id, cells)]);
        let later = (day + 3 + shop.dice.below(7) as i64) * DAY + 13 * HOUR + number * MINUTE;
        let mut changes = vec![delete("event_visitors", id)];
        if shop.dice.chance(50) {
            let mut person = shop.somebody();
            person.email = email;
            changes.extend([
                shop.contact(&person, "bob"),
                shop.basis(person.id, "legitimate_interests"),
            ]);
        }
        shop.plan.at(later, changes);
    }
}

/// A list with its contract; everybody on it gets a letter within a fortnight.
fn list(shop: &mut Shop, day: i64) {
    let moment = day * DAY + 11 * HOUR;
    let people: Vec<_> = (0..30).map(|_| shop.somebody()).collect();
    let mut rows = Vec::new();
    for person in &people {
        rows.push(
            shop.contact(person, "svc.import")
                .with("source", "list")
                .with("list_proof", "contract 17/2026"),
        );
        rows.push(shop.basis(person.id, "legitimate_interests"));
    }
    shop.plan.at(moment, rows);
    for (number, person) in (0..).zip(&people) {
        let letter = moment + 9 * DAY + number * MINUTE;
        let message = match shop.dice.chance(70) {
            true => shop.send(person, 6, "post", letter),
            false => update(
                "contacts",
                person.id,
                cells!(informed_at: berlin(letter), modified_by: "svc.import"),
            ),
        };
        shop.plan.at(letter, [message]);
    }
}

/// Lena leaves; her account is switched off, and Omar takes over her book.
fn leaver(shop: &mut Shop) {
    let mut book = Vec::new();
    for _ in 0..40 {
        let mut person = shop.somebody();
        person.owner = 8;
        let contact = shop.contact(&person, "lena");
        let basis = shop.basis(person.id, "contract");
        shop.plan.at(-DAY, [contact, basis]);
        book.push(person.id);
    }
    let off = cells!(active: "f", modified_by: "svc.directory");
    shop.plan.at(10 * DAY + 16 * HOUR, [update("users", 8, off)]);
    let handed: Vec<Change> = book
        .iter()
        .map(|id| update("contacts", id, cells!(owner_id: 10, modified_by: "mia")))
        .collect();
    shop.plan.at(11 * DAY + 9 * HOUR, handed);
    let new = cells!(username: "nils", full_name: "nils Example", email: "nils@example.com", role: "admin", active: "t", mfa_enabled: "t", modified_by: "svc.directory");
    shop.plan.at(12 * DAY + 9 * HOUR, [insert("users", 11, new)]);
}

/// Two columns join, one of them is filled in batches, and a table is copied anew.
fn migrations(shop: &mut Shop) {
    let night = 12 * DAY + 3 * HOUR;
    shop.plan.at(
        night,
        [add_column("contacts", "middle_name"), add_column("contacts", "last_seen_at:timestamptz")],
    );
    let people = shop.plain(night + HOUR);
    for (number, batch) in (1..).zip(people.chunks(20)) {
        let filled = batch.iter().map(|person| {
            update(
                "contacts",
                person.id,
                cells!(language: "en", last_seen_at: berlin(night), modified_by: "svc.migration"),
            )
        });
        shop.plan.at(night + number * 15 * MINUTE, filled.collect::<Vec<_>>());
    }
    shop.plan.copy(15 * DAY + 3 * HOUR, "segments");
    shop.plan.copy(27 * DAY + 3 * HOUR, "consents");
    // The audit log's retention.
    let old: Vec<u64> = (0..40).map(|_| shop.row()).collect();
    for id in &old {
        let cells = cells!(at: "2023-01-07 10:00:00+01", actor: "ann", action: "login", table_name: "users", row_id: 1);
        shop.plan.at(-1, [insert("audit_log", id, cells)]);
    }
    shop.plan
        .at(5 * DAY + 4 * HOUR, old.iter().map(|id| delete("audit_log", id)).collect::<Vec<_>>());
}

/// A letter to everybody who has not said no.
fn catalogue(shop: &mut Shop) {
    let moment = 13 * DAY + 7 * HOUR;
    let people = shop.plain(moment);
    for (number, batch) in (0..).zip(people.chunks(25)) {
        let letters: Vec<Change> =
            batch.iter().map(|person| shop.send(person, 5, "post", moment)).collect();
        shop.plan.at(moment + number * 3 * MINUTE, letters);
    }
    // One comes back, and is sent again.
    for person in people.iter().take(4) {
        let (row, queued) = shop.queue(person, 3, "email");
        shop.plan.at(moment + HOUR, [queued]);
        for (minutes, status) in [(1, "sent"), (5, "bounced"), (30, "sent")] {
            let again = update("sends", row, cells!(status: status));
            shop.plan.at(moment + HOUR + minutes * MINUTE, [again]);
        }
    }
}

fn exports(shop: &mut Shop) {
    for day in 0..DAYS - 2 {
        let row = shop.row();
        let report = cells!(object: "contacts", row_count: 20_000, modified_by: "svc.reports");
        shop.plan.at(day * DAY + 5 * HOUR, [insert("exports", row, report)]);
        if day % 7 < 5 {
            let (row, actor) = (shop.row(), shop.staff());
            let few = cells!(object: "contacts", row_count: 300, modified_by: actor);
            let moment = shop.by_day(day);
            shop.plan.at(moment, [insert("exports", row, few)]);
        }
    }
}
