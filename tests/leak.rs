//! A canary in every personal cell of the CRM: none sings anywhere outside of it.
//!
//! The real program follows a database whose every cell that could hold something personal holds a
//! text, number or moment of its own that occurs nowhere else. It raises findings and incidents,
//! meets odd values and the server's own complaint about a row, and logs all that it can. Then
//! everything it has written or answered is searched.
//!
//! The store compresses: values of 4 KiB and more in its journal, and blocks of the trees it has
//! written out. So its files are searched byte by byte, which shows the journal's smaller records
//! also when they were overwritten since, and its records and outbox once more through its own
//! reading, which shows all that is there now. What neither shows are larger records of the past.

#[path = "support/daemon/mod.rs"]
mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use aho_corasick::AhoCorasick;
use lawtail::shell::contract::Store;
use support::{Crm, Home, rows};

/// Every canary, and the cells that it sits in.
#[derive(Default)]
struct Aviary {
    canaries: Vec<(String, String)>,
}

impl Aviary {
    /// A text for a cell.
    fn text(&mut self, cell: &str) -> String {
        let text = format!("Kanarienvogel {:03} im Käfig", self.canaries.len());
        self.caged(cell, &text, &text[..17])
    }

    /// An e-mail address.
    fn email(&mut self, cell: &str) -> String {
        let name = format!("kanarie.vogel{:03}", self.canaries.len());
        self.caged(cell, &format!("{name}@example.org"), &name)
    }

    /// A telephone number. Its last digits are searched, because blanks and prefix may go.
    fn phone(&mut self, cell: &str) -> String {
        let digits = format!("7361928{:03}", self.canaries.len());
        self.caged(cell, &format!("+49 1573 {digits}"), &digits)
    }

    /// Something like a bank account, a VAT number or the number of an order.
    fn number(&mut self, cell: &str) -> String {
        let number = format!("DE90KNRV{:03}0532013000", self.canaries.len());
        self.caged(cell, &number, &number)
    }

    /// An IP address (RFC 5737, TEST-NET-3).
    fn ip(&mut self, cell: &str) -> String {
        let address = format!("203.0.113.{}", self.canaries.len());
        self.caged(cell, &address, &address)
    }

    /// A day of birth.
    fn day(&mut self, cell: &str) -> String {
        let day = format!("19{:02}-11-09", self.canaries.len() % 100);
        self.caged(cell, &day, &day)
    }

    /// The key of a person.
    fn key(&mut self, cell: &str) -> u64 {
        let key = 8_675_309_000_000 + self.canaries.len() as u64;
        self.caged(cell, "", &key.to_string());
        key
    }

    fn caged(&mut self, cell: &str, value: &str, sought: &str) -> String {
        self.canaries.push((sought.to_lowercase(), cell.to_owned()));
        value.to_owned()
    }

    /// An ear for all of them.
    fn ear(&self) -> Ear {
        let mut canaries = self.canaries.clone();
        // The text as `Debug` prints bytes, and in hexadecimal.
        for coded in ["75, 97, 110, 97, 114, 105", "4b616e617269", "6b616e617269"] {
            canaries.push((coded.to_owned(), "a canary as numbers".to_owned()));
        }
        let sought = canaries.iter().map(|(sought, _)| sought);
        let search = AhoCorasick::builder().ascii_case_insensitive(true).build(sought).unwrap();
        Ear { search, cells: canaries.into_iter().map(|(_, cell)| cell).collect() }
    }
}

/// Hears canaries in bytes.
struct Ear {
    search: AhoCorasick,
    cells: Vec<String>,
}

impl Ear {
    /// The cells whose canaries sing in these bytes.
    fn heard(&self, bytes: &[u8]) -> BTreeSet<&str> {
        let heard = self.search.find_overlapping_iter(bytes);
        heard.map(|found| self.cells[found.pattern().as_usize()].as_str()).collect()
    }

    #[track_caller]
    fn assert_silence(&self, place: &str, bytes: &[u8]) {
        let cells = self.heard(bytes);
        assert!(cells.is_empty(), "{place} gives away {cells:?}");
    }
}

/// One row of every table, each cell with a canary of its own; returns the contact's key.
async fn everything(crm: &Crm, birds: &mut Aviary) -> u64 {
    let id = birds.key("contacts.id");
    let staff = birds.canaries.len();
    let mut texts = |cells: &[&str]| {
        let texts: Vec<String> = cells.iter().map(|cell| birds.text(cell)).collect();
        format!("'{}'", texts.join("', '"))
    };
    let users = texts(&["users.username", "users.full_name"]);
    let companies = texts(&["companies.name", "companies.industry", "companies.website"]);
    let names = texts(&["contacts.salutation", "contacts.first_name", "contacts.last_name"]);
    let home = texts(&["contacts.street", "contacts.postal_code", "contacts.city"]);
    let rest = texts(&["contacts.job_title", "contacts.notes", "contacts.modified_by"]);
    let visitor = texts(&["event_visitors.full_name", "event_visitors.company_name"]);
    let fair = texts(&["event_visitors.event", "event_visitors.modified_by"]);
    let basis = texts(&["lawful_bases.source", "lawful_bases.modified_by"]);
    let consent = texts(&["consents.source", "consents.notice_version", "consents.modified_by"]);
    let send = texts(&["sends.modified_by"]);
    let call = texts(&["calls.summary", "calls.modified_by"]);
    let case = texts(&["cases.subject_line", "cases.description", "cases.modified_by"]);
    let order = texts(&["orders.status", "orders.modified_by"]);
    let export = texts(&["exports.object", "exports.reason", "exports.modified_by"]);
    let request = texts(&["privacy_requests.modified_by"]);
    let audit = texts(&["audit_log.actor", "audit_log.action", "audit_log.table_name"]);
    let (vat, iban) = (birds.number("companies.vat_number"), birds.number("orders.iban"));
    let number = birds.number("orders.number");
    let (user_email, visitor_email) =
        (birds.email("users.email"), birds.email("event_visitors.email"));
    let (email, phone) = (birds.email("contacts.email"), birds.phone("contacts.phone"));
    let visitor_phone = birds.phone("event_visitors.phone");
    let (born, ip) = (birds.day("contacts.birth_date"), birds.ip("consents.ip_address"));
    crm.run(&format!(
        "INSERT INTO crm.users (id, username, full_name, email, role) \
            VALUES (1000 + {staff}, {users}, '{user_email}', 'sales'); \
         INSERT INTO crm.companies (id, name, industry, website, vat_number, country) \
            VALUES (1000 + {staff}, {companies}, '{vat}', 'DE'); \
         INSERT INTO crm.contacts (id, salutation, first_name, last_name, street, postal_code, \
            city, job_title, notes, modified_by, email, phone, birth_date) \
            VALUES ({id}, {names}, {home}, {rest}, '{email}', '{phone}', '{born}'); \
         INSERT INTO crm.event_visitors (id, full_name, company_name, event, modified_by, email, \
            phone) VALUES ({id}, {visitor}, {fair}, '{visitor_email}', '{visitor_phone}'); \
         INSERT INTO crm.lawful_bases (contact_id, purpose, basis, source, modified_by, \
            valid_until) VALUES ({id}, 'customer_relationship', 'contract', {basis}, 'infinity'); \
         INSERT INTO crm.consents (contact_id, channel, purpose, state, address, source, \
            notice_version, modified_by, ip_address) \
            VALUES ({id}, 'email', 'newsletter', 'opted_out', '{email}', {consent}, '{ip}'); \
         INSERT INTO crm.sends (campaign_id, contact_id, channel, address, status, modified_by) \
            VALUES (1, {id}, 'email', '{email}', 'queued', {send}); \
         INSERT INTO crm.calls (contact_id, direction, purpose, phone, status, summary, \
            modified_by) VALUES ({id}, 'outbound', 'newsletter', '{phone}', 'held', {call}); \
         INSERT INTO crm.cases (contact_id, subject_line, description, modified_by) \
            VALUES ({id}, {case}); \
         INSERT INTO crm.orders (number, contact_id, total, currency, iban, status, modified_by) \
            VALUES ('{number}', {id}, 31415.92, 'EUR', '{iban}', {order}); \
         INSERT INTO crm.exports (object, row_count, reason, modified_by) \
            SELECT object, 1, reason, actor FROM (VALUES ({export})) v (object, reason, actor); \
         INSERT INTO crm.privacy_requests (contact_id, kind, modified_by) \
            VALUES ({id}, 'access', {request}); \
         INSERT INTO crm.audit_log (actor, action, table_name, row_id) VALUES ({audit}, {id})"
    ))
    .await;
    id
}

/// Unlawful work of every kind that the rules know, on rows full of canaries.
async fn misdeeds(crm: &Crm, birds: &mut Aviary, id: u64) {
    // A mail after the opt-out, and a call.
    crm.run(&format!("UPDATE crm.sends SET status = 'sent' WHERE contact_id = {id}")).await;
    // Somebody without a basis, who is erased and comes back.
    let erased = birds.key("contacts.id of the erased");
    let (email, name) = (birds.email("contacts.email of the erased"), birds.text("their name"));
    let contact = format!(
        "INSERT INTO crm.contacts (id, last_name, email, modified_by) \
         VALUES ({erased}, '{name}', '{email}', '{name}');"
    );
    crm.run(&contact).await;
    crm.run(&format!(
        "INSERT INTO crm.privacy_requests (contact_id, kind, status, modified_by) \
            VALUES ({erased}, 'erasure', 'completed', '{name}'); \
         DELETE FROM crm.contacts WHERE id = {erased}"
    ))
    .await;
    crm.run(&contact).await;
    // Many at once: changed, deleted, opted in, emptied.
    let (many, actor) = (birds.text("contacts.notes of many"), birds.text("who changed many"));
    let reached = birds.email("consents.address of many");
    crm.run(&rows::contacts(1..200)).await;
    crm.run(&format!(
        "UPDATE crm.contacts SET notes = '{many}', modified_by = '{actor}' WHERE id < 200"
    ))
    .await;
    crm.run("DELETE FROM crm.contacts WHERE id < 50").await;
    crm.run(&format!(
        "INSERT INTO crm.consents (contact_id, channel, purpose, address, state, modified_by) \
         SELECT id, 'email', 'newsletter', id || '{reached}', 'requested', '{actor}' \
         FROM generate_series(50, 120) id"
    ))
    .await;
    crm.run("UPDATE crm.consents SET state = 'confirmed' WHERE contact_id BETWEEN 50 AND 120")
        .await;
    crm.run("TRUNCATE crm.event_visitors").await;
    // A table that no policy knows.
    let (lead, address) = (birds.text("leads.last_name"), birds.email("leads.email"));
    let name = crm.name;
    crm.run(&format!(
        "CREATE TABLE crm.leads (id int PRIMARY KEY, last_name text, email text); \
         GRANT SELECT ON crm.leads TO {name}; ALTER PUBLICATION {name} ADD TABLE crm.leads"
    ))
    .await;
    crm.run(&format!(
        "INSERT INTO crm.leads SELECT n, '{lead}', '{address}' FROM generate_series(1, 40) n"
    ))
    .await;
}

/// Values where the policies expect others, and of every size.
async fn oddities(crm: &Crm, birds: &mut Aviary, id: u64) {
    let odd = birds.text("where a known word, a number or a moment should be");
    crm.run(
        "ALTER TABLE crm.consents DROP CONSTRAINT consents_state_check, \
            DROP CONSTRAINT consents_channel_check, ALTER COLUMN confirmed_at TYPE text; \
         ALTER TABLE crm.lawful_bases DROP CONSTRAINT lawful_bases_status_check, \
            ALTER COLUMN valid_until TYPE text; \
         ALTER TABLE crm.contacts ALTER COLUMN is_test DROP DEFAULT; \
         ALTER TABLE crm.contacts ALTER COLUMN is_test TYPE text, \
            ALTER COLUMN birth_date TYPE text; \
         ALTER TABLE crm.sends DROP CONSTRAINT sends_status_check",
    )
    .await;
    crm.run(&format!(
        "INSERT INTO crm.consents (contact_id, channel, purpose, address, state, source, \
            confirmed_at, modified_by) \
            VALUES ({id}, '{odd}', 'newsletter', '{odd}', '{odd}', '{odd}', '{odd}', '{odd}'); \
         INSERT INTO crm.lawful_bases (contact_id, purpose, basis, status, valid_until, \
            modified_by) VALUES ({id}, 'customer_relationship', '{odd}', '{odd}', '{odd}', '{odd}'); \
         UPDATE crm.contacts SET is_test = '{odd}', birth_date = '{odd}', email = '{odd}', \
            phone = '{odd}', notes = repeat('{odd} ', 10000) WHERE id = {id}; \
         UPDATE crm.contacts SET lead_score = 7 WHERE id = {id}; \
         INSERT INTO crm.sends (campaign_id, contact_id, channel, address, status, modified_by) \
            VALUES (1, {id}, 'email', '{odd}', '{odd}', '{odd}'); \
         INSERT INTO crm.privacy_requests (contact_id, kind, modified_by) \
            VALUES ({id}, '{odd}', '{odd}')"
    ))
    .await;
}

/// The bytes of every file below a folder, without the zeros that journals end with.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            let mut bytes = fs::read(&path).unwrap();
            bytes.truncate(bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1));
            found.push((path.display().to_string(), bytes));
        }
    }
    found
}

#[tokio::test]
async fn no_canary_sings_outside_of_the_crm() {
    let crm = Crm::new("leak").await;
    let mut birds = Aviary::default();
    everything(&crm, &mut birds).await;
    let home = Home::following(&crm).with("log", "{format: json, level: trace}");
    let mut lawtail = home.start();
    lawtail.until_streaming().await;
    let id = everything(&crm, &mut birds).await;
    misdeeds(&crm, &mut birds, id).await;
    oddities(&crm, &mut birds, id).await;
    crm.run(
        "INSERT INTO crm.contacts (id, last_name, is_test, modified_by) \
         VALUES (999, 'Last', 'false', 'ada')",
    )
    .await;
    lawtail.until_found(&home, "LB-001", 999).await;
    let ear = birds.ear();
    for path in ["/metrics", "/livez", "/readyz"] {
        let (_, body) = lawtail.get(path).await.unwrap();
        assert!(body.len() > 20);
        ear.assert_silence(path, body.as_bytes());
    }
    // The server quotes a cell when it cannot tell whether a row is to be published.
    let name = crm.name;
    crm.run(&format!(
        "ALTER PUBLICATION {name} SET TABLE crm.contacts WHERE (decode('', notes) IS NOT NULL)"
    ))
    .await;
    let quoted = birds.text("contacts.notes, quoted by the server");
    crm.run(&format!("UPDATE crm.contacts SET notes = '{quoted}' WHERE id = 999")).await;
    let ended = lawtail.ended().await;
    assert_eq!(ended.faults(), ["PG-009"], "{}", ended.stderr);
    assert!(ended.stderr.contains("22023"), "{}", ended.stderr);

    let published = home.published();
    let findings = published.findings().into_iter().map(|found| found.code);
    let codes: BTreeSet<String> = findings.chain(published.incident_codes()).collect();
    for code in ["LB-001", "CN-002", "ER-002", "SEC-001", "SEC-002", "CN-007", "COV-003"] {
        assert!(codes.contains(code), "no {code}, so that its event was not searched: {codes:?}");
    }
    let ear = birds.ear();
    ear.assert_silence("stdout", ended.stdout.as_bytes());
    ear.assert_silence("stderr", ended.stderr.as_bytes());
    ear.assert_silence("the event file", &fs::read(home.events()).unwrap());
    let (mut readable, known) = (false, AhoCorasick::new(["customer_relationship"]).unwrap());
    for (file, bytes) in files(&home.path("store")) {
        ear.assert_silence(&file, &bytes);
        readable |= known.find(&bytes).is_some();
    }
    assert!(readable, "a word that the store remembers is not to be seen: the search is blind");
    let store = home.store();
    let records = store.view().scan(&[], &[0xFF; 64], usize::MAX).unwrap();
    assert!(records.len() > 500, "only {} records", records.len());
    for (key, value) in records {
        ear.assert_silence("a key of the store", &key);
        ear.assert_silence("a record of the store", &value);
    }
    for queued in store.outbox(usize::MAX).unwrap() {
        ear.assert_silence("the outbox", format!("{:?}", queued.event).as_bytes());
    }
}

/// The search itself finds what it should.
#[test]
fn a_singing_canary_is_heard() {
    let mut birds = Aviary::default();
    let (text, phone) = (birds.text("a"), birds.phone("b"));
    let ear = birds.ear();
    let heard = |bytes: &[u8]| ear.heard(bytes).into_iter().collect::<Vec<_>>();
    assert_eq!(heard(text.to_uppercase().as_bytes()), ["a"]);
    assert_eq!(heard(phone.replace(' ', "").as_bytes()), ["b"]);
    assert_eq!(heard(format!("{:?}", text.as_bytes()).as_bytes()), ["a canary as numbers"]);
    assert!(heard(b"nothing").is_empty());
}
