//! A month of EspoCRM, with the pack, register and profile that lawtail ships: addresses are rows of
//! their own, opt-outs belong to them, deleting only marks, and an act of a campaign is a row.

use super::crm::{
    Change, DAY, HOUR, MINUTE, Moment, Plan, Schema, add_column, cells, insert, update, utc,
};
use super::shop::code;
use crate::support::dice::Dice;

pub const SCHEMA: Schema = &[
    (
        "public.user",
        "id user_name first_name last_name is_active:bool type auth_method modified_by_id",
    ),
    (
        "public.contact",
        "id first_name last_name description do_not_call:bool address_city deleted:bool \
         created_at:timestamp modified_at:timestamp modified_by_id assigned_user_id",
    ),
    (
        "public.lead",
        "id first_name last_name status source description do_not_call:bool deleted:bool \
         created_at:timestamp modified_by_id assigned_user_id",
    ),
    ("public.account", "id name website description deleted:bool"),
    ("public.email_address", "id name lower invalid:bool opt_out:bool deleted:bool"),
    ("public.phone_number", "id name type invalid:bool opt_out:bool deleted:bool"),
    (
        "public.entity_email_address",
        "id:int entity_id entity_type email_address_id primary:bool deleted:bool",
    ),
    ("public.campaign", "id name type status description"),
    (
        "public.campaign_log_record",
        "id action parent_type parent_id campaign_id string_data is_test:bool deleted:bool \
         action_date:timestamp created_by_id",
    ),
    ("public.contact_target_list", "id:int contact_id target_list_id opted_out:bool deleted:bool"),
];

const STAFF: [&str; 5] = ["u-ann", "u-bob", "u-cem", "u-dan", "u-fay"];

/// Faults and how often each is done.
const FAULTS: [(Fault, usize); 12] = [
    (no_permission, 55),
    (after_opt_out, 55),
    (card_in_description, 40),
    (malformed, 40),
    (column, 1),
    (mass_change, 1),
    (mass_deletion, 2),
    (administrator, 2),
    (leaver_active, 1),
    (taken_over, 1),
    (bulk_opt_in, 1),
    (telephone_no_address, 1),
];

type Fault = fn(&mut Espo, Moment, u64);

struct Person {
    id: String,
    /// Contact or Lead.
    kind: &'static str,
    address: String,
}

pub struct Espo {
    pub plan: Plan,
    dice: Dice,
    last: u64,
}

impl Espo {
    pub fn month(seed: u64) -> Espo {
        let mut espo = Espo { plan: Plan::default(), dice: Dice::new(seed), last: 1000 };
        for (id, name) in STAFF.iter().zip(["ann", "bob", "cem", "dan", "fay"]) {
            let cells = cells!(user_name: name, first_name: name, last_name: "Example", is_active: "t", type: "regular", modified_by_id: "system");
            espo.plan.at(-1, [insert("public.user", id, cells)]);
        }
        let gone = cells!(user_name: "lena", first_name: "lena", last_name: "Example", is_active: "t", type: "regular", modified_by_id: "system");
        espo.plan.at(-1, [insert("public.user", "u-lena", gone)]);
        espo.plan.at(
            10 * DAY,
            [update("public.user", "u-lena", cells!(is_active: "f", modified_by_id: "system"))],
        );
        for (id, kind) in [("c1", "Newsletter"), ("c2", "Informational Email")] {
            let cells = cells!(name: "Autumn", type: kind, status: "Active");
            espo.plan.at(-1, [insert("public.campaign", id, cells)]);
        }
        for number in 0..220 {
            let day = espo.dice.below(26) as Moment;
            let moment = day * DAY + 8 * HOUR + espo.dice.below(9 * 3_600) as Moment;
            espo.story(number, moment);
        }
        espo
    }

    /// Two hundred faults beside it.
    pub fn with_faults(mut self) -> Espo {
        let mut number = 0;
        for (fault, times) in FAULTS {
            for _ in 0..times {
                number += 1;
                let day = 11 + self.dice.below(15) as Moment;
                let moment = day * DAY + 8 * HOUR + self.dice.below(9 * 3_600) as Moment;
                fault(&mut self, moment, number);
            }
        }
        self
    }

    fn id(&mut self, kind: char) -> String {
        self.last += 1;
        format!("{kind}{:016x}", self.last)
    }

    fn staff(&mut self) -> &'static str {
        STAFF[self.dice.below(STAFF.len() as u64) as usize]
    }

    /// Person, address and what ties them together: one transaction of the application.
    fn enter(&mut self, moment: Moment) -> Person {
        let kind = if self.dice.chance(70) { "Contact" } else { "Lead" };
        let (id, actor) = (self.id('p'), self.staff());
        let address = self.id('e');
        let name = format!("{id}@example.org");
        let table = if kind == "Contact" { "public.contact" } else { "public.lead" };
        let person = cells!(first_name: "Ada", last_name: "Byron", do_not_call: "f", deleted: "f", created_at: utc(moment.max(0)), modified_by_id: actor, assigned_user_id: actor);
        self.last += 1;
        let tie = cells!(entity_id: id, entity_type: kind, email_address_id: address, primary: "t", deleted: "f");
        let lower = cells!(name: name, lower: name, invalid: "f", opt_out: "f", deleted: "f");
        let changes = [
            insert(table, &id, person),
            insert("public.email_address", &address, lower),
            insert("public.entity_email_address", self.last, tie),
        ];
        self.plan.at(moment, changes);
        Person { id, kind, address }
    }

    /// An act of a campaign.
    fn act(&mut self, person: &Person, campaign: &str, action: &str, moment: Moment) -> Change {
        let data = format!("{}@example.org", person.id);
        let cells = cells!(action: action, parent_type: person.kind, parent_id: person.id, campaign_id: campaign, string_data: data, is_test: "f", deleted: "f", action_date: utc(moment), created_by_id: "system");
        insert("public.campaign_log_record", self.id('l'), cells)
    }

    fn acts(&mut self, person: &Person, campaign: &str, acts: &[(&str, Moment)]) {
        for (action, moment) in acts {
            let act = self.act(person, campaign, action, *moment);
            self.plan.at(*moment, [act]);
        }
    }

    /// What happens to one person who is treated rightly.
    fn story(&mut self, number: u64, moment: Moment) {
        let entered = if self.dice.chance(60) { -1 } else { moment };
        let person = self.enter(entered);
        let table = if person.kind == "Contact" { "public.contact" } else { "public.lead" };
        let later = moment + 2 * HOUR;
        let actor = self.staff();
        match number % 8 {
            // Opted in, written to, opened, clicked.
            0 | 1 => self.acts(
                &person,
                "c1",
                &[
                    ("Opted In", later),
                    ("Sent", later + DAY),
                    ("Opened", later + DAY + HOUR),
                    ("Clicked", later + DAY + HOUR + 9),
                ],
            ),
            // Opted in and out; what the contract needs still comes.
            2 => {
                self.acts(
                    &person,
                    "c1",
                    &[("Opted In", later), ("Sent", later + DAY), ("Opted Out", later + 2 * DAY)],
                );
                let out = update("public.email_address", &person.address, cells!(opt_out: "t"));
                self.plan.at(later + 2 * DAY + 1, [out]);
                self.acts(&person, "c2", &[("Sent", later + 4 * DAY)]);
            }
            // Put into the recycle bin, and some come back.
            3 => {
                self.plan.at(
                    later + DAY,
                    [update(table, &person.id, cells!(deleted: "t", modified_by_id: actor))],
                );
                if self.dice.chance(50) {
                    self.plan.at(
                        later + 2 * DAY,
                        [update(table, &person.id, cells!(deleted: "f", modified_by_id: actor))],
                    );
                }
            }
            // Two records become one: the address goes along, and so does its opt-out.
            4 => {
                let double = self.enter(later);
                let out = update("public.email_address", &double.address, cells!(opt_out: "t"));
                self.plan.at(later + DAY, [out]);
                let table = if double.kind == "Contact" { "public.contact" } else { "public.lead" };
                self.last += 1;
                let tie = cells!(entity_id: person.id, entity_type: person.kind, email_address_id: double.address, primary: "f", deleted: "f");
                self.plan.at(
                    later + 2 * DAY,
                    [
                        insert("public.entity_email_address", self.last, tie),
                        update(table, &double.id, cells!(deleted: "t", modified_by_id: actor)),
                    ],
                );
            }
            // Edited, saved without a change, given to somebody else.
            5 => {
                let text = "Met at the fair; asked about order 4000-1234 of 2026-09-30.";
                self.plan.at(
                    later,
                    [update(table, &person.id, cells!(description: text, modified_by_id: actor))],
                );
                self.plan
                    .at(later + MINUTE, [update(table, &person.id, cells!(modified_by_id: actor))]);
                self.plan.at(
                    later + DAY,
                    [update(
                        table,
                        &person.id,
                        cells!(assigned_user_id: STAFF[0], modified_by_id: actor),
                    )],
                );
            }
            // A telephone that must not ring, and a list.
            6 => {
                self.plan.at(
                    later,
                    [update(table, &person.id, cells!(do_not_call: "t", modified_by_id: actor))],
                );
                let phone = cells!(name: format!("+4366412{number:05}"), type: "Mobile", invalid: "f", opt_out: "f", deleted: "f");
                let id = self.id('t');
                self.plan.at(later + 5, [insert("public.phone_number", &id, phone)]);
                self.plan
                    .at(later + DAY, [update("public.phone_number", &id, cells!(opt_out: "t"))]);
            }
            _ => {
                self.last += 1;
                let list = cells!(contact_id: person.id, target_list_id: "t1", opted_out: "f", deleted: "f");
                if person.kind == "Contact" {
                    self.plan.at(later, [insert("public.contact_target_list", self.last, list)]);
                }
                // A message that bounces and is sent again.
                self.acts(
                    &person,
                    "c2",
                    &[
                        ("Sent", later + DAY),
                        ("Bounced", later + DAY + 60),
                        ("Sent", later + DAY + HOUR),
                    ],
                );
            }
        }
    }
}

/// The table and key of whom an act is about.
fn about(person: &Person) -> (&'static str, String) {
    let table = if person.kind == "Contact" { "public.contact" } else { "public.lead" };
    (table, person.id.clone())
}

fn no_permission(espo: &mut Espo, moment: Moment, _: u64) {
    let person = espo.enter(moment - 3 * DAY);
    let sent = espo.act(&person, "c1", "Sent", moment).wrong(code("CN-001"), about(&person));
    espo.plan.at(moment, [sent]);
}

fn after_opt_out(espo: &mut Espo, moment: Moment, _: u64) {
    let person = espo.enter(moment - 5 * DAY);
    espo.acts(&person, "c1", &[("Opted In", moment - 4 * DAY)]);
    let out = update("public.email_address", &person.address, cells!(opt_out: "t"));
    espo.plan.at(moment - 2 * DAY, [out]);
    let sent = espo.act(&person, "c1", "Sent", moment).wrong(code("CN-002"), about(&person));
    espo.plan.at(moment, [sent]);
}

fn card_in_description(espo: &mut Espo, moment: Moment, _: u64) {
    let person = espo.enter(moment - 3 * DAY);
    let (table, id) = about(&person);
    let text = "The customer pays with 4111 1111 1111 1111 from now on.";
    let edit = update(table, &id, cells!(description: text, modified_by_id: "u-fay"));
    espo.plan.at(moment, [edit.wrong(code("MIN-002"), (table, id))]);
}

fn malformed(espo: &mut Espo, moment: Moment, number: u64) {
    let id = espo.id('e');
    let name = format!("ada{number}(at)example.org");
    let cells = cells!(name: name, lower: format!("ada{number}@example.org"), invalid: "f", opt_out: "f", deleted: "f");
    let address = insert("public.email_address", &id, cells);
    espo.plan.at(moment, [address.wrong(code("ACC-001"), ("public.email_address", id))]);
}

fn column(espo: &mut Espo, moment: Moment, _: u64) {
    let new = add_column("public.contact", "passport_number");
    espo.plan.at(moment, [new.wrong_about_nobody(code("MIN-001"))]);
}

fn many(espo: &mut Espo, number: usize) -> Vec<Person> {
    (0..number).map(|_| espo.enter(-1)).collect()
}

fn incident(espo: &mut Espo, moment: Moment, text: &str, mut changes: Vec<Change>) {
    let first = changes.remove(0).wrong_about_nobody(code(text));
    espo.plan.at(moment, [vec![first], changes].concat());
}

fn mass_change(espo: &mut Espo, moment: Moment, _: u64) {
    // Contacts and leads are tables of their own, and each counts by itself.
    let people = many(espo, 180);
    let contacts = people.iter().filter(|it| it.kind == "Contact").take(110);
    let changes = contacts.map(|person| {
        update(about(person).0, &person.id, cells!(last_name: "Nobody", modified_by_id: "u-dan"))
    });
    incident(espo, moment, "SEC-001", changes.collect());
}

fn mass_deletion(espo: &mut Espo, moment: Moment, number: u64) {
    let people = many(espo, 100);
    let actor = STAFF[number as usize % 3];
    let contacts = people.iter().filter(|it| it.kind == "Contact").take(55);
    let changes = contacts.map(|person| {
        update(about(person).0, &person.id, cells!(deleted: "t", modified_by_id: actor))
    });
    incident(espo, moment, "SEC-002", changes.collect());
}

fn administrator(espo: &mut Espo, moment: Moment, number: u64) {
    let id = format!("u-new{number}");
    let cells = cells!(user_name: id, first_name: "New", last_name: "Example", is_active: "t", type: "admin", modified_by_id: "u-cem");
    incident(espo, moment, "SEC-005", vec![insert("public.user", &id, cells)]);
}

fn leaver_active(espo: &mut Espo, moment: Moment, _: u64) {
    let person = espo.enter(-1);
    let (table, id) = about(&person);
    let edit = update(table, id, cells!(address_city: "Linz", modified_by_id: "u-lena"));
    let edit = if person.kind == "Lead" {
        update(table, &person.id, cells!(status: "Recycled", modified_by_id: "u-lena"))
    } else {
        edit
    };
    incident(espo, moment, "SEC-004", vec![edit]);
}

fn taken_over(espo: &mut Espo, moment: Moment, _: u64) {
    let people = many(espo, 120);
    let contacts = people.iter().filter(|it| it.kind == "Contact").take(60);
    let changes = contacts.map(|person| {
        update(
            about(person).0,
            &person.id,
            cells!(assigned_user_id: "u-bob", modified_by_id: "u-bob"),
        )
    });
    incident(espo, moment, "SEC-010", changes.collect());
}

fn bulk_opt_in(espo: &mut Espo, moment: Moment, _: u64) {
    let people = many(espo, 25);
    let acts = people.iter().map(|person| {
        let act = espo.act(person, "c1", "Opted In", moment);
        act.with("created_by_id", "u-ann")
    });
    let acts = acts.collect();
    incident(espo, moment, "CN-007", acts);
}

fn telephone_no_address(espo: &mut Espo, moment: Moment, _: u64) {
    let id = espo.id('t');
    let cells =
        cells!(name: "ada@example.org", type: "Mobile", invalid: "f", opt_out: "f", deleted: "f");
    let phone = insert("public.phone_number", &id, cells);
    espo.plan.at(moment, [phone.wrong(code("ACC-001"), ("public.phone_number", id))]);
}
