//! What is done to the hospitals' patient service on the Monday after its benign weeks, and in the two weeks from then on.

use serde_json::{Value, json};

use super::rows::{
    DECOY, Line, about, change, delete, email, export, insert, patient, phone, schema_change,
    update, user,
};
use super::wards::{DAY, HOUR};

/// Something that somebody does: when, who, what.
pub type Act = (i64, String, Vec<Line>);

pub struct Attack {
    pub name: &'static str,
    /// Whether it must be found in every seed; otherwise docs/detection.md says that it may not be.
    pub found: bool,
    pub acts: fn() -> Vec<Act>,
}

/// Rows that attacks touch.
const ROW: u64 = 1 << 40;

fn found(name: &'static str, acts: fn() -> Vec<Act>) -> Attack {
    Attack { name, found: true, acts }
}

fn open(name: &'static str, acts: fn() -> Vec<Act>) -> Attack {
    Attack { name, found: false, acts }
}

/// All of them.
pub fn attacks() -> Vec<Attack> {
    let mut all = many_accounts();
    all.extend(jobs());
    all.extend(drips());
    all.extend(within_what_is_usual());
    all.extend(hours());
    all.extend(other_tables());
    all.extend(values_of_others());
    all.extend(staging());
    all.extend(plain());
    all
}

/// One row each time, evenly over a time; `who` by its number.
fn over(
    number: u64,
    from: i64,
    seconds: i64,
    who: impl Fn(u64) -> String,
    line: impl Fn(u64) -> Line,
) -> Vec<Act> {
    let time = |it: u64| from + it as i64 * seconds / number as i64 + (it * 7 % 11) as i64;
    (0..number).map(|it| (time(it), who(it), vec![line(it)])).collect()
}

fn one(who: &'static str) -> impl Fn(u64) -> String {
    move |_| who.to_owned()
}

/// The same on each of so many days, weekends left out.
fn daily(days: i64, of_day: impl Fn(i64) -> Vec<Act>) -> Vec<Act> {
    let worked = (0..days).filter(|day| day % 7 < 5);
    let acts = |day: i64| {
        of_day(day).into_iter().map(move |(time, who, lines)| (time + day * DAY, who, lines))
    };
    worked.flat_map(acts).collect()
}

/// In one transaction.
fn at_once(from: i64, who: &str, lines: impl Iterator<Item = Line>) -> Vec<Act> {
    vec![(from, who.to_owned(), lines.collect())]
}

fn addressed(it: u64) -> Line {
    change(100 + it, &[("email", format!("p{it}@mail.test").into())])
}

fn gone(it: u64) -> Line {
    delete("patients", patient(ROW + it))
}

fn of(table: &'static str, it: u64) -> Value {
    about(table, 100 + it, 100 + it)
}

fn many_accounts() -> Vec<Attack> {
    vec![
        found("12 new accounts, 8 patients each, in 1 h", || {
            over(96, 10 * HOUR, 3_500, |it| format!("tmp{}", it % 12), addressed)
        }),
        open("6 new accounts, 20 patients each, in 6 h", || {
            over(120, 9 * HOUR, 6 * HOUR, |it| format!("tmp{}", it % 6), addressed)
        }),
        found("10 new accounts delete 9 patients each in 2 h", || {
            over(90, 10 * HOUR, 2 * HOUR, |it| format!("tmp{}", it % 10), gone)
        }),
        found("40 new accounts, 4 patients each, in 2 h", || {
            over(160, 10 * HOUR, 2 * HOUR, |it| format!("tmp{}", it % 40), addressed)
        }),
        found("15 new accounts export 900 each in a day", || {
            over(15, 8 * HOUR, 9 * HOUR, |it| format!("tmp{it}"), |it| export(ROW + it, 900))
        }),
        found("20 new accounts a day, 5 patients each, for 4 days", || {
            daily(4, |day| {
                over(
                    100,
                    9 * HOUR,
                    8 * HOUR,
                    |it| format!("tmp{}", day as u64 * 20 + it % 20),
                    |it| addressed(day as u64 * 100 + it),
                )
            })
        }),
    ]
}

fn jobs() -> Vec<Attack> {
    vec![
        found("etl changes 40 e-mail addresses in its hour", || {
            at_once(HOUR + 400, "svc.etl", (0..40).map(addressed))
        }),
        found("etl changes 40 diagnoses", || {
            let noted =
                |it| update("diagnoses", of("diagnoses", it), &[("note", format!("x{it}").into())]);
            at_once(HOUR + 400, "svc.etl", (0..40).map(noted))
        }),
        found("etl deletes 40 appointments", || {
            at_once(
                HOUR + 400,
                "svc.etl",
                (0..40).map(|it| delete("appointments", of("appointments", it))),
            )
        }),
        found("lab sets bank accounts of 15 patients", || {
            let paid = |it: u64| {
                change(100 + it, &[("iban", format!("GB33BUKB2020155555{it:04}").into())])
            };
            over(15, 11 * HOUR, 600, one("svc.lab"), paid)
        }),
        found("reminder inserts 60 patients", || {
            at_once(
                17 * HOUR + 60,
                "svc.reminder",
                (0..60).map(|it| insert("patients", patient(ROW + it))),
            )
        }),
        found("etl inserts 200 letters", || {
            at_once(
                HOUR + 400,
                "svc.etl",
                (0..200).map(|it| insert("letters", about("letters", ROW + it, 100 + it))),
            )
        }),
        found("retention deletes 90 patients at its time", || {
            at_once(6 * DAY + 3 * HOUR + 200, "svc.retention", (0..90).map(gone))
        }),
        found("billing run in the middle of a month", || {
            let billed = |it| insert("invoices", about("invoices", ROW + it, 100 + it));
            at_once(DAY + 14 * HOUR, "svc.billing", (0..140).map(billed))
        }),
        found("migration of 300 telephone numbers, not announced", || {
            let moved = |it: u64| change(100 + it, &[("phone", format!("+49{it:09}").into())]);
            at_once(DAY + 20 * HOUR, "svc.migration", (0..300).map(moved))
        }),
    ]
}

fn drips() -> Vec<Attack> {
    vec![
        found("6 patients deleted a day, two weeks", || {
            daily(14, |day| {
                over(6, 9 * HOUR, 5 * HOUR, one("desk2"), |it| gone(day as u64 * 50 + it))
            })
        }),
        open("8 patients marked as deleted a day, two weeks", || {
            daily(14, |day| {
                over(8, 14 * HOUR, 5 * HOUR, one("desk3"), |it| {
                    change(100 + day as u64 * 20 + it, &[("deleted_at", "2026-03-03".into())])
                })
            })
        }),
        found("one bank account a day to the same, two weeks", || {
            daily(14, |day| {
                over(1, 11 * HOUR, HOUR, one("billing1"), |_| {
                    change(100 + day as u64, &[("iban", "GB33BUKB20201555555555".into())])
                })
            })
        }),
        open("800 exported each night, two weeks", || {
            daily(14, |day| {
                over(2, 23 * HOUR, HOUR, one("night1"), |it| export(ROW + day as u64 * 4 + it, 400))
            })
        }),
        open("6 patients changed at 03:30 each night, two weeks", || {
            daily(14, |day| {
                over(6, 3 * HOUR + 1_800, 900, one("billing2"), |it| {
                    addressed(day as u64 * 10 + it)
                })
            })
        }),
        open("8 patients given to one team a day, two weeks", || {
            daily(14, |day| {
                over(8, 9 * HOUR, 6 * HOUR, one("records1"), |it| {
                    change(100 + day as u64 * 20 + it, &[("team_id", 9.into())])
                })
            })
        }),
        found("4 addresses a day to one mailbox, two weeks", || {
            daily(14, |day| {
                over(4, 9 * HOUR, 6 * HOUR, one("desk4"), |it| {
                    change(100 + day as u64 * 20 + it, &[("email", "collect@mail.test".into())])
                })
            })
        }),
        found("25 diagnoses deleted a day by a doctor, two weeks", || {
            daily(14, |day| {
                over(25, 9 * HOUR, 7 * HOUR, one("doctor2"), |it| {
                    delete("diagnoses", about("diagnoses", ROW + day as u64 * 50 + it, 100 + it))
                })
            })
        }),
    ]
}

fn within_what_is_usual() -> Vec<Attack> {
    vec![open("12 patients changed a day on top, two weeks", || {
        daily(14, |day| {
            over(12, 14 * HOUR, 6 * HOUR, one("desk5"), |it| addressed(day as u64 * 20 + it))
        })
    })]
}

fn hours() -> Vec<Attack> {
    vec![
        found("somebody of alternating shifts, 25 patients at 03:00", || {
            over(25, 3 * HOUR, 2_400, one("desk1"), addressed)
        }),
        found("somebody of the night, 40 patients at 14:00", || {
            over(40, 14 * HOUR, 3_000, one("night2"), addressed)
        }),
        found("a doctor not on call, 20 diagnoses changed at 04:00", || {
            over(20, 4 * HOUR, 2_400, one("doctor4"), |it| {
                update("diagnoses", of("diagnoses", it), &[("note", format!("x{it}").into())])
            })
        }),
        found("billing on a Sunday: 60 patients over 3 h", || {
            over(60, 6 * DAY + 13 * HOUR, 3 * HOUR, one("billing0"), addressed)
        }),
    ]
}

fn other_tables() -> Vec<Attack> {
    vec![
        found("60 appointments deleted in 1 h", || {
            over(60, 10 * HOUR, 3_400, one("desk1"), |it| {
                delete("appointments", of("appointments", it))
            })
        }),
        found("80 diagnoses overwritten in 40 min", || {
            over(80, 10 * HOUR, 2_400, one("doctor1"), |it| {
                update(
                    "diagnoses",
                    of("diagnoses", it),
                    &[("note", "none".into()), ("code", "Z00".into())],
                )
            })
        }),
        found("55 letters deleted at once", || {
            at_once(10 * HOUR, "desk1", (0..55).map(|it| delete("letters", of("letters", it))))
        }),
        found("8 open invoices to one bank account", || {
            over(8, 10 * HOUR, 1_200, one("billing1"), |it| {
                update("invoices", of("invoices", it), &[("iban", "GB33BUKB20201555555555".into())])
            })
        }),
        open("8 invoices written to one bank account", || {
            over(8, 10 * HOUR, 1_200, one("billing1"), |it| {
                let mut row = about("invoices", ROW + it, 100 + it);
                row["iban"] = "GB33BUKB20201555555555".into();
                insert("invoices", row)
            })
        }),
        found("40 letters encrypted", || {
            let cipher = |it: u64| {
                let mut dice = crate::support::dice::Dice::new(it * 31 + 5);
                let text: String = (0..12).map(|_| format!("{:016x}", dice.next())).collect();
                Value::from(text)
            };
            at_once(
                10 * HOUR,
                "desk1",
                (0..40).map(|it| update("letters", of("letters", it), &[("body", cipher(it))])),
            )
        }),
    ]
}

fn values_of_others() -> Vec<Attack> {
    vec![
        found("telephone numbers of 40 swapped", || {
            let to = |it: u64| phone(100 + (it + 1) % 40);
            over(40, 10 * HOUR, 1_200, one("desk1"), |it| {
                change(100 + it, &[("phone", to(it).into())])
            })
        }),
        found("diagnoses of 40 swapped", || {
            over(40, 10 * HOUR, 1_200, one("doctor1"), |it| {
                let other = about("diagnoses", 100 + (it + 1) % 40, 0);
                update("diagnoses", of("diagnoses", it), &[("note", other["note"].clone())])
            })
        }),
        found("40 diagnoses moved to other patients", || {
            over(40, 10 * HOUR, 1_200, one("desk1"), |it| {
                update(
                    "diagnoses",
                    of("diagnoses", it),
                    &[("patient_id", (100 + (it + 1) % 40).into())],
                )
            })
        }),
        found("40 emergency contacts get patients' own numbers", || {
            over(40, 10 * HOUR, 1_200, one("desk1"), |it| {
                let to = phone(101 + it);
                update("emergency_contacts", of("emergency_contacts", it), &[("phone", to.into())])
            })
        }),
        found("numbers swapped between patients and emergency contacts", || {
            let mut acts = over(30, 10 * HOUR, 1_200, one("desk1"), |it| {
                change(100 + it, &[("phone", phone(20_100 + it).into())])
            });
            acts.extend(over(30, 10 * HOUR + 20, 1_200, one("desk1"), |it| {
                update(
                    "emergency_contacts",
                    of("emergency_contacts", it),
                    &[("phone", phone(100 + it).into())],
                )
            }));
            acts
        }),
        found("a restore sets 60 patients to others' values", || {
            let row = |it: u64| {
                let other = patient(100 + (it + 7) % 60);
                let keys = ["full_name", "email", "phone", "street", "insurance_no", "iban"];
                let changes: Vec<(&str, Value)> = keys.map(|key| (key, other[key].clone())).into();
                change(100 + it, &changes)
            };
            over(60, 10 * HOUR, 600, one("records0"), row)
        }),
    ]
}

fn staging() -> Vec<Attack> {
    fn copied(it: u64) -> Line {
        let row = json!({"id": it, "a": "Ada Muster", "b": email(it), "c": phone(it), "d": format!("A{it:09}")});
        json!({"insert": {"table": "hosp.scratch", "new": row}})
    }
    vec![
        found("CREATE TABLE, then INSERT … SELECT of 300", || {
            let made = schema_change("desk1", "CREATE TABLE", "table", "hosp.scratch");
            at_once(10 * HOUR, "desk1", std::iter::once(made).chain((0..300).map(copied)))
        }),
        found("CREATE TABLE AS of 300", || {
            let made = schema_change("desk1", "CREATE TABLE AS", "table", "hosp.scratch");
            at_once(10 * HOUR, "desk1", std::iter::once(made).chain((0..300).map(copied)))
        }),
        found("INSERT … SELECT of 300 into a table that is not mapped", || {
            at_once(10 * HOUR, "desk1", (0..300).map(copied))
        }),
        found("150 patients copied into letters", || {
            let row = |it: u64| {
                let mut row = about("letters", ROW + it, 100 + it);
                row["body"] = format!("Ada Muster {} {}", email(100 + it), phone(100 + it)).into();
                insert("letters", row)
            };
            at_once(10 * HOUR, "desk1", (0..150).map(row))
        }),
        found("12 accounts made administrators", || {
            let promoted = |it: u64| {
                update("users", user(it + 1, &format!("desk{it}")), &[("role", "admin".into())])
            };
            over(12, 10 * HOUR, 300, one("desk1"), promoted)
        }),
        found("15 accounts given the role that sees all", || {
            let granted = |it: u64| {
                insert(
                    "user_roles",
                    json!({"id": ROW + it, "user_id": it + 1, "role": "all_records"}),
                )
            };
            over(15, 10 * HOUR, 300, one("records0"), granted)
        }),
        found("25 accounts given another role", || {
            let granted = |it: u64| {
                insert("user_roles", json!({"id": ROW + it, "user_id": it + 1, "role": "ward"}))
            };
            over(25, 10 * HOUR, 900, one("desk1"), granted)
        }),
    ]
}

fn plain() -> Vec<Attack> {
    vec![
        found("100 patients deleted at once", || at_once(11 * HOUR, "desk1", (0..100).map(gone))),
        found("35 patients deleted in 1 h", || over(35, 11 * HOUR, 3_400, one("desk1"), gone)),
        found("150 patients changed in 1 h", || {
            over(150, 10 * HOUR, 3_400, one("desk1"), addressed)
        }),
        found("12 exports of 900 in 1 h", || {
            over(12, 10 * HOUR, 3_400, one("records1"), |it| export(ROW + it, 900))
        }),
        found("a decoy", || {
            at_once(10 * HOUR, "desk1", [change(DECOY, &[("phone", "+49 1".into())])].into_iter())
        }),
        found("letters emptied", || {
            at_once(
                10 * HOUR,
                "desk1",
                [json!({"truncate": {"tables": ["hosp.letters"]}})].into_iter(),
            )
        }),
        found("50 patients merged into one", || {
            over(50, 10 * HOUR, 1_800, one("records0"), |it| {
                change(100 + it, &[("merged_into", 3.into())])
            })
        }),
        found("who left comes back: 12 patients", || {
            over(12, 13 * HOUR, 1_200, one("desk99"), addressed)
        }),
    ]
}
