//! What the CRM's people and services write, as statements.

/// Who works here, and one campaign.
pub const STAFF: &str = "\
    INSERT INTO crm.users (id, username, full_name, email, role) VALUES \
        (1, 'ada', 'Ada Lovelace', 'ada@crm.example', 'sales'), \
        (2, 'bob', 'Bob Frankston', 'bob@crm.example', 'admin'); \
    INSERT INTO crm.companies (id, name, industry, country) VALUES \
        (1, 'Example Trading', 'trade', 'DE'); \
    INSERT INTO crm.campaigns (id, name, channel, purpose, status) VALUES \
        (1, 'spring', 'email', 'newsletter', 'running');";

/// A contact, and why we may keep it.
pub fn contact(id: u64) -> String {
    contacts(id..id + 1)
}

/// Contacts, and why we may keep them.
pub fn contacts(ids: std::ops::Range<u64>) -> String {
    let bases = format!(
        "INSERT INTO crm.lawful_bases (contact_id, purpose, basis, modified_by) \
         SELECT id, 'customer_relationship', 'contract', 'ada' FROM {};",
        series(&ids)
    );
    strangers(ids) + &bases
}

/// A contact, and nobody records why we may keep it.
pub fn stranger(id: u64) -> String {
    strangers(id..id + 1)
}

fn strangers(ids: std::ops::Range<u64>) -> String {
    format!(
        "INSERT INTO crm.contacts (id, company_id, first_name, last_name, email, phone, city, \
         country, language, notes, modified_by) \
         SELECT id, 1, 'Grace', 'Hopper', 'grace' || id || '@example.org', '+49 30 ' || 100000 + id, \
         'Berlin', 'DE', 'de', 'met at the fair', 'ada' FROM {};",
        series(&ids)
    )
}

fn series(ids: &std::ops::Range<u64>) -> String {
    format!("generate_series({}, {}) AS id", ids.start, ids.end - 1)
}

/// The person confirmed the newsletter by a click.
pub fn opt_in(id: u64) -> String {
    format!(
        "INSERT INTO crm.consents (contact_id, channel, purpose, address, state, source, \
         notice_version, requested_at, confirmed_at, ip_address, modified_by) \
         VALUES ({id}, 'email', 'newsletter', 'grace{id}@example.org', 'confirmed', \
         'double opt-in link', '2026-01', now() - interval '1 minute', now(), '192.0.2.7', \
         'svc.preference-centre');"
    )
}

/// The person unsubscribed.
pub fn opt_out(id: u64) -> String {
    format!(
        "INSERT INTO crm.consents (contact_id, channel, purpose, address, state, source, \
         modified_by) VALUES ({id}, 'email', 'newsletter', 'grace{id}@example.org', 'opted_out', \
         'unsubscribe link', 'svc.preference-centre');"
    )
}

/// A newsletter goes out to the person.
pub fn mail(id: u64) -> String {
    format!(
        "INSERT INTO crm.sends (campaign_id, contact_id, channel, address, status, sent_at, \
         modified_by) VALUES (1, {id}, 'email', 'grace{id}@example.org', 'sent', now(), \
         'svc.mailer');"
    )
}
