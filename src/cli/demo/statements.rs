//! What the CRM's application says to its database. Each text is one transaction when it is sent
//! on its own; several joined are one as well. Pure.

use super::data::{BASIS_PURPOSE, NEWSLETTER, SUPPORT};
use super::people::Person;

/// A text literal (PostgreSQL manual, *String Constants*, with `standard_conforming_strings`).
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A new contact.
pub fn contact(person: &Person, actor: &str) -> String {
    let texts = [
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
        &person.notes,
        actor,
    ];
    let values = texts.map(quoted).join(", ");
    format!(
        "INSERT INTO crm.contacts (id, salutation, first_name, last_name, email, phone, street, \
         postal_code, city, country, language, birth_date, job_title, notes, modified_by) \
         VALUES ({}, {values});",
        person.id
    )
}

/// A lawful basis with its evidence.
pub fn basis(id: i64, basis: &str, source: &str, actor: &str) -> String {
    format!(
        "INSERT INTO crm.lawful_bases (contact_id, purpose, basis, source, captured_at, modified_by) \
         VALUES ({id}, '{BASIS_PURPOSE}', '{basis}', {}, now(), '{actor}');",
        quoted(source)
    )
}

/// Somebody asked for the newsletter; the confirming click is still to come.
pub fn permission_requested(person: &Person) -> String {
    format!(
        "INSERT INTO crm.consents (contact_id, channel, purpose, address, state, source, \
         notice_version, requested_at, modified_by) VALUES ({}, 'email', '{NEWSLETTER}', {}, \
         'requested', 'web form /newsletter', 'privacy-notice-4', now(), 'svc.web-form');",
        person.id,
        quoted(&person.email)
    )
}

/// The confirming click, with its evidence.
pub fn permission_confirmed(id: i64, ip_address: &str) -> String {
    format!(
        "UPDATE crm.consents SET state = 'confirmed', confirmed_at = now(), \
         ip_address = '{ip_address}', source = 'double opt-in link', \
         modified_by = 'svc.preference-centre' WHERE contact_id = {id} AND state = 'requested';"
    )
}

/// A click on "unsubscribe".
pub fn opted_out(id: i64) -> String {
    format!(
        "UPDATE crm.consents SET state = 'opted_out', source = 'unsubscribe link', \
         modified_by = 'svc.preference-centre' WHERE contact_id = {id};"
    )
}

/// A message waits.
pub fn queued(campaign: i32, person: &Person) -> String {
    format!(
        "INSERT INTO crm.sends (campaign_id, contact_id, channel, address, status, modified_by) \
         VALUES ({campaign}, {}, 'email', {}, 'queued', 'svc.mailer');",
        person.id,
        quoted(&person.email)
    )
}

/// The messages that wait for a person are sent.
pub fn sent(id: i64) -> String {
    format!(
        "UPDATE crm.sends SET status = 'sent', sent_at = now(), modified_by = 'svc.mailer' \
         WHERE contact_id = {id} AND status = 'queued';"
    )
}

/// A call about a question of the person.
pub fn call(person: &Person, direction: &str, seconds: i64, actor: &str) -> String {
    format!(
        "INSERT INTO crm.calls (contact_id, direction, purpose, phone, status, duration_seconds, \
         summary, started_at, modified_by) VALUES ({}, '{direction}', '{SUPPORT}', {}, 'held', \
         {seconds}, {}, now(), '{actor}');",
        person.id,
        quoted(&person.phone),
        quoted(&person.notes)
    )
}

/// A case is opened.
pub fn case_opened(person: &Person, actor: &str) -> String {
    format!(
        "INSERT INTO crm.cases (contact_id, subject_line, description, modified_by) \
         VALUES ({}, 'Question about invoice', {}, '{actor}');",
        person.id,
        quoted(&person.notes)
    )
}

/// The cases of a person are closed.
pub fn cases_closed(id: i64, actor: &str) -> String {
    format!(
        "UPDATE crm.cases SET status = 'closed', modified_by = '{actor}' \
         WHERE contact_id = {id} AND status <> 'closed';"
    )
}

/// An order.
pub fn order(person: &Person, number: &str, euros: i64, actor: &str) -> String {
    format!(
        "INSERT INTO crm.orders (number, contact_id, total, currency, iban, status, modified_by) \
         VALUES ('{number}', {}, {euros}, 'EUR', '{}', 'placed', '{actor}');",
        person.id, person.iban
    )
}

/// A step of an order.
pub fn order_moved(id: i64, status: &str, actor: &str) -> String {
    format!(
        "UPDATE crm.orders SET status = '{status}', modified_by = '{actor}' \
         WHERE contact_id = {id};"
    )
}

/// One field of a profile is corrected.
pub fn profile_edited(id: i64, column: &str, value: &str, actor: &str) -> String {
    format!(
        "UPDATE crm.contacts SET {column} = {}, updated_at = now(), modified_by = '{actor}' \
         WHERE id = {id};",
        quoted(value)
    )
}

/// A form is saved without a change.
pub fn saved_unchanged(id: i64) -> String {
    format!("UPDATE crm.contacts SET notes = notes WHERE id = {id};")
}

/// A person asks to be erased.
pub fn erasure_requested(id: i64, actor: &str) -> String {
    format!(
        "INSERT INTO crm.privacy_requests (contact_id, kind, modified_by) \
         VALUES ({id}, 'erasure', '{actor}');"
    )
}

/// The erasure is carried out and recorded.
pub fn erasure_completed(id: i64, actor: &str) -> String {
    format!(
        "{} UPDATE crm.privacy_requests SET status = 'completed', completed_at = now(), \
         modified_by = '{actor}' WHERE contact_id = {id} AND kind = 'erasure';",
        deleted(id)
    )
}

/// Everything about a contact goes.
pub fn deleted(id: i64) -> String {
    let about = ["sends", "calls", "cases", "orders", "consents", "lawful_bases"];
    let about = about.map(|table| format!("DELETE FROM crm.{table} WHERE contact_id = {id};"));
    format!("{} DELETE FROM crm.contacts WHERE id = {id};", about.join(" "))
}

/// Somebody takes data out of the CRM.
pub fn exported(object: &str, rows: i64, actor: &str) -> String {
    format!(
        "INSERT INTO crm.exports (object, row_count, reason, modified_by) \
         VALUES ('{object}', {rows}, 'monthly report', '{actor}');"
    )
}

/// A line of the audit log.
pub fn audited(actor: &str, action: &str, table: &str, row: i64) -> String {
    format!(
        "INSERT INTO crm.audit_log (actor, action, table_name, row_id) \
         VALUES ('{actor}', '{action}', '{table}', {row});"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_in_a_value_stays_in_the_value() {
        assert_eq!(quoted("D'Angelo; --"), "'D''Angelo; --'");
    }

    #[test]
    fn an_erasure_leaves_no_table_out_and_ends_with_its_record() {
        let text = erasure_completed(7, "ada");
        for table in ["sends", "calls", "cases", "orders", "consents", "lawful_bases", "contacts"] {
            assert!(text.contains(&format!("DELETE FROM crm.{table} WHERE")), "{table}");
        }
        assert!(text.ends_with("AND kind = 'erasure';"));
    }
}
