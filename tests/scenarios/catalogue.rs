//! The 26 scenarios of the catalogue, S01 to S26, each at once, spread over an hour and over three
//! accounts, and each with something that looks like it and is none.

use serde_json::{Value, json};

use crate::support::dice::Dice;

/// What one scenario does. Rows are written by the accounts they are given.
pub struct Case {
    pub name: &'static str,
    /// The code under which it must be found when it is done at once.
    pub code: &'static str,
    pub act: fn(&mut Dice) -> Vec<Deed>,
    /// What looks like it and is none.
    pub benign: fn(&mut Dice) -> Vec<Deed>,
    /// Hour of the day.
    pub hour: i64,
}

/// A change, or a schema change, as a line of a journal; `{who}` is the account.
pub struct Deed {
    pub line: Value,
    /// An account that does it whoever else acts.
    pub by: Option<&'static str>,
    /// An entry of the audit log beside it.
    pub audited: bool,
}

pub const PEOPLE: u64 = 400;
pub const DECOY: u64 = 4077;

const WHO: &str = "{who}";

pub fn contact(id: u64) -> Value {
    json!({
        "id": id, "first_name": "Ada", "email": format!("person{id}@example.org"),
        "phone": format!("+49 30 55{id:05}"), "iban": format!("DE4450010517540732{id:04}"),
        "owner_id": id % 5 + 1, "master_id": null, "deleted_at": null, "opt_in": "f",
        "client_id": "7", "modified_by": "svc.web-form",
    })
}

pub fn user(id: u64, name: &str) -> Value {
    json!({
        "id": id, "username": name, "email": format!("{name}@example.com"), "role": "sales",
        "active": true, "mfa": true, "modified_by": "svc.directory",
    })
}

pub fn case(id: u64) -> Value {
    json!({"id": id, "contact_id": id, "status": "open", "modified_by": "ann"})
}

fn entry(id: u64) -> Value {
    json!({"id": id, "actor": "ann", "action": "update", "table_name": "cases", "row_id": id})
}

pub fn log_entry(id: u64, who: &str) -> Value {
    let line = json!({"id": id, "actor": who, "action": "update", "table_name": "cases"});
    json!({"insert": {"table": "crm.audit_log", "new": line}})
}

pub fn deed(line: Value) -> Deed {
    Deed { line, by: None, audited: false }
}

fn by(who: &'static str, deed: Deed) -> Deed {
    Deed { by: Some(who), ..deed }
}

pub fn insert(table: &str, mut new: Value) -> Deed {
    new["modified_by"] = WHO.into();
    deed(json!({"insert": {"table": table, "new": new}}))
}

pub fn delete(table: &str, old: Value) -> Deed {
    deed(json!({"delete": {"table": table, "old": old}}))
}

pub fn update(table: &str, old: Value, changes: &[(&str, Value)]) -> Deed {
    let mut new = old.clone();
    new["modified_by"] = WHO.into();
    changes.iter().for_each(|(column, value)| new[*column] = value.clone());
    deed(json!({"update": {"table": table, "old": old, "new": new}}))
}

/// People by chance, each once.
fn some(dice: &mut Dice, number: u64) -> Vec<u64> {
    let from = dice.below(PEOPLE - number);
    (from..from + number).collect()
}

fn contacts(
    dice: &mut Dice,
    number: u64,
    changes: impl Fn(u64) -> Vec<(&'static str, Value)>,
) -> Vec<Deed> {
    let people = some(dice, number).into_iter();
    people.map(|id| update("crm.contacts", contact(id), &changes(id))).collect()
}

fn schema(user: &str, command: &str, object: &str, identity: &str) -> Vec<Deed> {
    let content = json!({"command": command, "object": object, "identity": identity, "user": user});
    vec![deed(json!({"message": {"prefix": "lawtail.ddl", "content": content.to_string()}}))]
}

fn exported(id: u64, rows: u64) -> Deed {
    insert(
        "crm.exports",
        json!({"id": id, "object": "contacts", "row_count": rows, "status": "done"}),
    )
}

/// Hexadecimal digits by chance.
fn cipher(id: u64, salt: u64) -> Value {
    let mut dice = Dice::new(id * 31 + salt);
    format!("{:016x}{:016x}", dice.next(), dice.next()).into()
}

fn edits(dice: &mut Dice, number: u64, who: &'static str) -> Vec<Deed> {
    let done = contacts(dice, number, |id| vec![("first_name", format!("Ada {id}").into())]);
    done.into_iter().map(|deed| by(who, deed)).collect()
}

fn cases(dice: &mut Dice, number: u64, audited: bool) -> Vec<Deed> {
    let closed = some(dice, number).into_iter().map(|id| {
        let deed = update("crm.cases", case(id % 100), &[("status", "closed".into())]);
        Deed { audited, ..deed }
    });
    closed.collect()
}

fn noon(
    name: &'static str,
    code: &'static str,
    act: fn(&mut Dice) -> Vec<Deed>,
    benign: fn(&mut Dice) -> Vec<Deed>,
) -> Case {
    Case { name, code, act, benign, hour: 11 }
}

/// All of them.
pub fn cases_of_the_catalogue() -> Vec<Case> {
    let mut all = destruction();
    all.extend(alteration());
    all.extend(accounts());
    all.extend(below_the_rows());
    all.sort_by_key(|case| case.name);
    all
}

fn destruction() -> Vec<Case> {
    vec![
        noon(
            "S01 mass deletion (100)",
            "SEC-002",
            |dice| {
                some(dice, 100).into_iter().map(|id| delete("crm.contacts", contact(id))).collect()
            },
            |dice| {
                some(dice, 8).into_iter().map(|id| delete("crm.contacts", contact(id))).collect()
            },
        ),
        noon(
            "S02 mass soft deletion (100)",
            "SEC-002",
            |dice| contacts(dice, 100, |_| vec![("deleted_at", "2026-02-02".into())]),
            |dice| contacts(dice, 8, |_| vec![("deleted_at", "2026-02-02".into())]),
        ),
        noon(
            "S03 audit log truncated",
            "SEC-021",
            |_| vec![deed(json!({"truncate": {"tables": ["crm.audit_log"]}}))],
            |_| vec![deed(log_entry(900, "ann"))],
        ),
        noon(
            "S04 audit entries deleted (5)",
            "SEC-021",
            |_| (0..5).map(|id| delete("crm.audit_log", entry(id))).collect(),
            |_| (0..5).map(|id| deed(log_entry(910 + id, "ann"))).collect(),
        ),
        noon(
            "S05 rows encrypted (40)",
            "SEC-016",
            |dice| {
                contacts(dice, 40, |id| vec![("email", cipher(id, 1)), ("phone", cipher(id, 2))])
            },
            |dice| contacts(dice, 4, |id| vec![("email", cipher(id, 1)), ("phone", cipher(id, 2))]),
        ),
        noon(
            "S21 addresses scrambled (60)",
            "SEC-013",
            |dice| {
                let first = some(dice, 60)[0];
                let to =
                    move |id: u64| format!("person{}@example.org", first + (id - first + 1) % 60);
                (first..first + 60)
                    .map(|id| update("crm.contacts", contact(id), &[("email", to(id).into())]))
                    .collect()
            },
            |dice| {
                let first = some(dice, 2)[0];
                let to = |id: u64| Value::from(format!("person{}@example.org", 2 * first + 1 - id));
                (first..first + 2)
                    .map(|id| update("crm.contacts", contact(id), &[("email", to(id))]))
                    .collect()
            },
        ),
        noon(
            "S22 deletion past triggers (3)",
            "SEC-008",
            |_| (0..3).map(|id| delete("crm.cases", case(id))).collect(),
            |_| (0..3).map(|id| Deed { audited: true, ..delete("crm.cases", case(id)) }).collect(),
        ),
    ]
}

fn alteration() -> Vec<Case> {
    vec![
        noon(
            "S08 export burst (12 x 5000)",
            "SEC-003",
            |_| (0..12).map(|id| exported(id, 5_000)).collect(),
            |_| vec![exported(1, 300), by("svc.reports", exported(2, 50_000))],
        ),
        noon(
            "S09 bulk reassignment (60)",
            "SEC-010",
            |dice| contacts(dice, 60, |_| vec![("owner_id", 9.into())]),
            |dice| contacts(dice, 9, |_| vec![("owner_id", 9.into())]),
        ),
        noon(
            "S10 bulk consent (60)",
            "CN-007",
            |dice| contacts(dice, 60, |_| vec![("opt_in", "t".into())]),
            |dice| contacts(dice, 8, |_| vec![("opt_in", "t".into())]),
        ),
        noon(
            "S11 payee redirected (6)",
            "SEC-012",
            |dice| contacts(dice, 6, |_| vec![("iban", "GB33BUKB20201555555555".into())]),
            |dice| {
                contacts(dice, 6, |id| vec![("iban", format!("DE8937040044053201{id:04}").into())])
            },
        ),
        noon(
            "S17 decoy touched",
            "SEC-015",
            |_| vec![update("crm.contacts", contact(DECOY), &[("phone", "+49 30 1".into())])],
            |_| vec![update("crm.contacts", contact(40), &[("phone", "+49 30 777777".into())])],
        ),
        noon(
            // A column that nothing is known of yet holds nothing personal: the statistics see it.
            "S18 shadow column (150)",
            "SEC-009",
            |dice| {
                let filled = |id| vec![("x_ref", Value::from(format!("+49 30 55{id:05}")))];
                contacts(dice, 150, filled)
            },
            |dice| contacts(dice, 8, |id| vec![("x_ref", Value::from(id))]),
        ),
        noon(
            "S25 merge abuse (60)",
            "SEC-011",
            |dice| contacts(dice, 60, |_| vec![("master_id", 3.into())]),
            |dice| contacts(dice, 8, |id| vec![("master_id", (id / 2).into())]),
        ),
        noon(
            "S26 raw SQL, actor left stale (20)",
            "SEC-008",
            |dice| {
                let stale = |mut deed: Deed| {
                    deed.line["update"]["new"]["modified_by"] = "ann".into();
                    deed
                };
                cases(dice, 20, false).into_iter().map(stale).collect()
            },
            |dice| cases(dice, 8, true),
        ),
    ]
}

fn accounts() -> Vec<Case> {
    vec![
        noon(
            "S12 accounts taken over (15)",
            "SEC-005",
            |_| {
                let moved = |id: u64| {
                    let user = user(100 + id, &format!("agent{id}"));
                    let email = format!("agent{id}@evil.test").into();
                    update("crm.users", user, &[("email", email), ("mfa", false.into())])
                };
                (0..15).map(moved).collect()
            },
            |_| {
                vec![update(
                    "crm.users",
                    user(100, "agent0"),
                    &[("email", "a0@example.com".into())],
                )]
            },
        ),
        noon(
            "S13 self-promotion",
            "SEC-005",
            |_| vec![by("eve", update("crm.users", user(7, "eve"), &[("role", "admin".into())]))],
            |_| {
                let promoted = update("crm.users", user(7, "eve"), &[("role", "admin".into())]);
                vec![by("svc.directory", promoted)]
            },
        ),
        noon(
            "S14 backdoor administrator and token",
            "SEC-005",
            |_| {
                let mut admin = user(90, "support2");
                admin["role"] = "admin".into();
                vec![
                    insert("crm.users", admin),
                    insert("crm.tokens", json!({"id": 1, "scope": "full"})),
                ]
            },
            |_| vec![insert("crm.tokens", json!({"id": 1, "scope": "read"}))],
        ),
        Case {
            hour: 13,
            ..noon(
                "S15 dormant account (11)",
                "SEC-009",
                |dice| edits(dice, 11, "dora"),
                |dice| edits(dice, 4, "ann"),
            )
        },
        Case {
            hour: 3,
            ..noon(
                "S16 off hours (13)",
                "SEC-009",
                |dice| edits(dice, 13, "ann"),
                |dice| edits(dice, 3, "ann"),
            )
        },
    ]
}

fn below_the_rows() -> Vec<Case> {
    vec![
        noon(
            "S06 ransom note table",
            "SEC-014",
            |_| schema("eve", "CREATE TABLE", "table", "public.please_read_me"),
            |_| schema("deploy", "CREATE TABLE", "table", "crm.features"),
        ),
        noon(
            "S07 staging copy",
            "SEC-014",
            |_| schema("eve", "CREATE TABLE AS", "table", "public.tmp_exp"),
            |_| schema("deploy", "CREATE TABLE AS", "table", "crm.report"),
        ),
        noon(
            "S19 trigger for persistence",
            "SEC-014",
            |_| schema("eve", "CREATE TRIGGER", "trigger", "stamp on crm.contacts"),
            |_| schema("deploy", "CREATE TRIGGER", "trigger", "stamp on crm.contacts"),
        ),
        noon(
            "S20 webhook to a new domain",
            "TR-002",
            |_| vec![insert("crm.webhooks", json!({"id": 1, "url": "https://evil.test/in"}))],
            |_| vec![insert("crm.webhooks", json!({"id": 1, "url": "https://a.example.com/in"}))],
        ),
        noon(
            "S23 rewrite by DDL",
            "SEC-014",
            |_| schema("eve", "rewrite", "table", "crm.contacts"),
            |_| schema("deploy", "rewrite", "table", "crm.contacts"),
        ),
        noon(
            "S24 table swapped",
            "SEC-014",
            |_| schema("eve", "ALTER TABLE", "table", "crm.users"),
            |_| schema("deploy", "ALTER TABLE", "table", "crm.users"),
        ),
    ]
}
