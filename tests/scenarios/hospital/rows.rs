//! The rows of the hospitals' patient service, and the lines of a journal that change them.

use serde_json::{Value, json};

pub const PATIENTS: u64 = 3_000;
pub const DECOY: u64 = 4_077;

/// A line of a journal; `{who}` is the account.
pub type Line = Value;

pub const TABLES: [(&str, &str); 12] = [
    ("users", "id login email role mfa changed_by"),
    ("user_roles", "id user_id role changed_by"),
    (
        "patients",
        "id full_name email phone street insurance_no iban team_id merged_into deleted_at changed_by",
    ),
    ("appointments", "id patient_id starts_at status reason changed_by"),
    ("diagnoses", "id patient_id code note changed_by"),
    ("letters", "id patient_id body changed_by"),
    ("invoices", "id patient_id amount iban status changed_by"),
    ("emergency_contacts", "id patient_id full_name phone changed_by"),
    ("messages", "id patient_id body changed_by"),
    ("exports", "id object row_count changed_by"),
    ("audit_log", "id actor action table_name row_id"),
    ("scratch", "id a b c d"),
];

pub fn schema() -> String {
    let table = |(name, columns): &(&str, &str)| {
        let columns: Vec<Value> = columns.split(' ').map(|it| json!({"name": it})).collect();
        let table = json!({"name": format!("hosp.{name}"), "identity": "full", "columns": columns});
        format!("{}\n", json!({"table": table}))
    };
    TABLES.iter().map(table).collect()
}

pub fn email(id: u64) -> String {
    format!("patient{id}@example.org")
}

pub fn phone(id: u64) -> String {
    format!("+49 30 55{id:05}")
}

pub fn iban(id: u64) -> String {
    format!("DE4450010517540732{id:04}")
}

pub fn patient(id: u64) -> Value {
    json!({
        "id": id, "full_name": "Ada Muster", "email": email(id), "phone": phone(id),
        "street": format!("Lindenweg {id}"), "insurance_no": format!("A{id:09}"), "iban": iban(id),
        "team_id": id % 7 + 1, "merged_into": null, "deleted_at": null, "changed_by": "svc.portal",
    })
}

pub fn user(id: u64, login: &str) -> Value {
    json!({
        "id": id, "login": login, "email": format!("{login}@example.com"), "role": "staff",
        "mfa": true, "changed_by": "svc.directory",
    })
}

/// A row about a patient.
pub fn about(table: &str, id: u64, patient: u64) -> Value {
    let mut row = json!({"id": id, "patient_id": patient, "changed_by": "svc.portal"});
    let cells = match table {
        "appointments" => {
            json!({"starts_at": "2026-04-01", "status": "booked", "reason": "knee pain"})
        }
        "diagnoses" => json!({"code": "M17.1", "note": format!("gonarthrosis, seen {id}")}),
        "letters" => {
            json!({"body": format!("Dear colleague, patient {patient} was seen with asthma")})
        }
        "invoices" => json!({"amount": "85.20", "iban": iban(patient), "status": "open"}),
        "emergency_contacts" => {
            json!({"full_name": "Max Muster", "phone": phone(patient + 20_000)})
        }
        _ => json!({"body": "your appointment"}),
    };
    for (column, value) in cells.as_object().into_iter().flatten() {
        row[column] = value.clone();
    }
    row
}

pub fn insert(table: &str, mut new: Value) -> Line {
    new["changed_by"] = "{who}".into();
    json!({"insert": {"table": format!("hosp.{table}"), "new": new}})
}

pub fn delete(table: &str, old: Value) -> Line {
    json!({"delete": {"table": format!("hosp.{table}"), "old": old}})
}

pub fn update(table: &str, old: Value, changes: &[(&str, Value)]) -> Line {
    let mut new = old.clone();
    new["changed_by"] = "{who}".into();
    changes.iter().for_each(|(column, value)| new[*column] = value.clone());
    json!({"update": {"table": format!("hosp.{table}"), "old": old, "new": new}})
}

/// A patient's own row changes.
pub fn change(id: u64, changes: &[(&str, Value)]) -> Line {
    update("patients", patient(id), changes)
}

pub fn export(id: u64, rows: u64) -> Line {
    insert("exports", json!({"id": id, "object": "patients", "row_count": rows}))
}

pub fn schema_change(user: &str, command: &str, object: &str, identity: &str) -> Line {
    let content = json!({"command": command, "object": object, "identity": identity, "user": user});
    json!({"message": {"prefix": "lawtail.ddl", "content": content.to_string()}})
}

/// A transaction by an account.
pub fn by(who: &str, lines: Vec<Line>) -> Vec<String> {
    let actor = json!({"message": {"prefix": "lawtail.actor", "content": who}});
    let lines = lines.iter().map(|line| line.to_string().replace("{who}", who));
    std::iter::once(actor.to_string()).chain(lines).collect()
}
