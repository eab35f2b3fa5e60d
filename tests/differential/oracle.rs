//! What PostgreSQL's own `test_decoding` says of the same log, read by SQL.
//!
//! Its text names every column with its type and writes values as SQL literals:
//! `table crm.t: UPDATE: old-key: id[integer]:1 new-tuple: id[integer]:2 "A"[text]:'it''s'`.

use lawtail::model::{Lsn, OperationKind, TableName, Timestamp};
use tokio_postgres::Client;

use crate::told::{Cell, Cells, Told, Transaction};

/// Makes the slot. From here on everything that commits will be told.
pub async fn create(client: &Client, slot: &str) {
    let make = "SELECT pg_create_logical_replication_slot($1::text::name, 'test_decoding')::text";
    client.query_one(make, &[&slot]).await.unwrap();
}

/// Everything that has been committed since the last call, up to the end of the flushed log.
pub async fn transactions(client: &Client, slot: &str) -> Vec<Transaction> {
    // The same text of values that lawtail asks for, whatever the database's own settings are. And
    // memory enough for every transaction: on PostgreSQL 18 the plugin crashes where lawtail has to
    // bear a message that it has not asked for (see `Message::StreamAbort`).
    let settings = "SET logical_decoding_work_mem = '1GB'; SET datestyle = ISO; SET intervalstyle = postgres; SET timezone = UTC; \
        SET extra_float_digits = 3; SET bytea_output = hex";
    client.batch_execute(settings).await.unwrap();
    let get = "SELECT lsn::text, data FROM pg_logical_slot_get_changes($1::text::name, NULL, NULL, \
        'include-xids', 'on', 'include-timestamp', 'on', 'skip-empty-xacts', 'off')";
    let mut reader = Transactions::default();
    for row in client.query(get, &[&slot]).await.unwrap() {
        reader.take(row.get(0), row.get(1));
    }
    assert!(reader.open.is_none(), "the oracle ends within a transaction");
    reader.done
}

#[derive(Default)]
struct Transactions {
    open: Option<Transaction>,
    done: Vec<Transaction>,
}

impl Transactions {
    fn take(&mut self, lsn: &str, line: &str) {
        if let Some(xid) = line.strip_prefix("BEGIN ") {
            assert!(self.open.is_none());
            self.open = Some(Transaction {
                xid: xid.parse().unwrap(),
                time: Timestamp::default(),
                end: Lsn::ZERO,
                changes: Vec::new(),
                messages: Vec::new(),
            });
        } else if let Some(commit) = line.strip_prefix("COMMIT ") {
            let mut open = self.open.take().expect("what commits has begun");
            let (xid, time) = commit.split_once(" (at ").unwrap();
            assert_eq!(xid.parse(), Ok(open.xid));
            open.time = moment(time.strip_suffix(')').unwrap());
            open.end = lsn.parse().unwrap();
            self.done.push(open);
        } else if let Some(message) = line.strip_prefix("message: transactional: 1 prefix: ") {
            let (prefix, rest) = message.split_once(", sz: ").unwrap();
            let (_, content) = rest.split_once(" content:").unwrap();
            let open = self.open.as_mut().expect("the message is transactional");
            open.messages.push((prefix.to_owned(), content.as_bytes().to_vec()));
        } else if let Some(change) = line.strip_prefix("table ") {
            let open = self.open.as_mut().expect("a change stands in a transaction");
            open.changes.extend(Reader { rest: change, line }.change());
        } else {
            assert!(line.starts_with("message: transactional: 0 "), "what is {line}?");
        }
    }
}

/// `2026-01-31 12:00:00.123456+00`.
fn moment(text: &str) -> Timestamp {
    let text = text.strip_suffix("+00").expect("the session's time zone is UTC").replace(' ', "T");
    let time: jiff::Timestamp = format!("{text}Z").parse().unwrap();
    Timestamp(time.as_microsecond())
}

/// What is left of one line.
struct Reader<'a> {
    rest: &'a str,
    line: &'a str,
}

impl Reader<'_> {
    /// `table …`: one change, or several for TRUNCATE.
    fn change(mut self) -> Vec<Told> {
        let mut tables = vec![self.table()];
        while self.skip(", ") {
            tables.push(self.table());
        }
        self.expect(": ");
        let kind = match self.until(':') {
            "INSERT" => OperationKind::Insert,
            "UPDATE" => OperationKind::Update,
            "DELETE" => OperationKind::Delete,
            "TRUNCATE" => OperationKind::Truncate,
            other => panic!("what is {other}?"),
        };
        let (old, new) = match kind {
            OperationKind::Truncate => (None, None),
            OperationKind::Insert => (None, Some(self.row())),
            OperationKind::Delete if self.rest == " (no-tuple-data)" => (None, None),
            OperationKind::Delete => (Some(self.row()), None),
            OperationKind::Update => {
                let old = self.skip(" old-key:").then(|| self.row());
                assert_eq!(self.skip(" new-tuple:"), old.is_some(), "{}", self.line);
                (old, Some(self.row()))
            }
        };
        assert!(kind == OperationKind::Truncate || old.is_some() || new.is_some());
        let told = |table| Told { table, kind, old: old.clone(), new: new.clone() };
        tables.into_iter().map(told).collect()
    }

    fn table(&mut self) -> TableName {
        let schema = self.identifier();
        self.expect(".");
        TableName::new(schema, self.identifier())
    }

    /// Up to the end, or to what cannot be a column because it would be in quotes.
    fn row(&mut self) -> Cells {
        let mut cells = Vec::new();
        while !self.rest.is_empty() && !self.rest.starts_with(" new-tuple:") {
            self.expect(" ");
            let name = self.identifier();
            self.data_type();
            cells.push((name, self.value()));
        }
        cells
    }

    /// As `quote_ident` writes it.
    fn identifier(&mut self) -> String {
        if self.rest.starts_with('"') {
            return self.quoted('"');
        }
        let end = self.rest.find(|it: char| !(it.is_ascii_alphanumeric() || it == '_'));
        let (name, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        assert!(!name.is_empty(), "a name is missing before {rest:?} in {}", self.line);
        self.rest = rest;
        name.to_owned()
    }

    /// `[…]:`, where names in quotes may hold brackets and arrays have their own.
    fn data_type(&mut self) {
        self.expect("[");
        let mut depth = 1;
        while depth > 0 {
            if self.rest.starts_with('"') {
                self.quoted('"');
                continue;
            }
            let next = self.rest.chars().next().expect("the type ends");
            self.rest = &self.rest[next.len_utf8()..];
            depth += match next {
                '[' => 1,
                ']' => -1,
                _ => 0,
            };
        }
        self.expect(":");
    }

    fn value(&mut self) -> Cell {
        if self.rest.starts_with('\'') || self.skip("B") {
            return Cell::text(&self.quoted('\''));
        }
        let end = self.rest.find(' ').unwrap_or(self.rest.len());
        let (bare, rest) = self.rest.split_at(end);
        self.rest = rest;
        match bare {
            "null" => Cell::Null,
            "unchanged-toast-datum" => Cell::Unchanged,
            // The type's own text is a letter.
            "true" => Cell::text("t"),
            "false" => Cell::text("f"),
            number => Cell::text(number),
        }
    }

    /// Between quotes, where a quote within is doubled.
    fn quoted(&mut self, quote: char) -> String {
        let mut text = String::new();
        let mut start = 1;
        loop {
            let length = self.rest[start..].find(quote).expect("the quote is closed");
            text.push_str(&self.rest[start..start + length]);
            start += length + 1;
            if !self.rest[start..].starts_with(quote) {
                self.rest = &self.rest[start..];
                return text;
            }
            text.push(quote);
            start += 1;
        }
    }

    fn until(&mut self, end: char) -> &str {
        let (before, after) = self.rest.split_once(end).expect("the operation is told");
        self.rest = after;
        before
    }

    fn skip(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn expect(&mut self, text: &str) {
        assert!(self.skip(text), "expected {text:?} before {:?} in {}", self.rest, self.line);
    }
}

#[test]
fn the_oracles_own_text_is_read_whatever_names_and_values_hold() {
    let line = r#"table crm."a.b: INSERT": UPDATE: old-key: id[integer]:-1 new-tuple: "new-tuple:"["x]""y[]"[]]:'it''s' "#
        .to_owned()
        + "b[boolean]:true n[numeric]:NaN x[bit(3)]:B'101' e[text]:'' z[text]:null t[text]:unchanged-toast-datum";
    let told = Reader { rest: line.strip_prefix("table ").unwrap(), line: &line }.change();
    assert_eq!(told[0].table, TableName::new("crm", "a.b: INSERT"));
    assert_eq!(told[0].old, Some(vec![("id".into(), Cell::text("-1"))]));
    let new = [
        ("new-tuple:", Cell::text("it's")),
        ("b", Cell::text("t")),
        ("n", Cell::text("NaN")),
        ("x", Cell::text("101")),
        ("e", Cell::text("")),
        ("z", Cell::Null),
        ("t", Cell::Unchanged),
    ];
    assert_eq!(told[0].new, Some(new.map(|(name, cell)| (name.to_owned(), cell)).to_vec()));
}
