//! How a pack reads its tables, as far as what is on record was read so: people, contact points, bases,
//! permissions, requests. Records of another reading would be other ones.

use std::collections::BTreeMap;
use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::{Condition, Hashing, Pack, Selector, SubjectMapping, TableMapping, Test, ValueMap};
use crate::model::TableName;

impl Pack {
    /// A digest for each table, the same in every version of lawtail.
    pub fn readings(&self) -> BTreeMap<TableName, String> {
        let digest = |(name, mapping): (&TableName, &TableMapping)| {
            let hash = Sha256::digest(self.reading(mapping).as_bytes());
            let digits = hash[..8].iter().fold(String::new(), |mut digits, byte| {
                let _ = write!(digits, "{byte:02x}");
                digits
            });
            (name.clone(), digits)
        };
        self.tables.iter().map(digest).collect()
    }

    fn reading(&self, mapping: &TableMapping) -> String {
        let mut text = Text::default();
        text.subject(mapping);
        text.list("test rows", &mapping.test_rows);
        text.list("restricted", &mapping.restricted);
        for point in &mapping.contact_points {
            text.line("contact point", &[point.channel.name(), &point.column]);
            text.list("when", &point.when);
        }
        if let Some(basis) = &mapping.basis {
            text.selector("purpose", &basis.purpose, String::as_str);
            text.selector("basis", &basis.basis, |basis| basis.name());
            text.list("when", &basis.when);
            text.list("withdrawn", &basis.withdrawn);
            text.line("until", &[basis.valid_until.as_deref().unwrap_or_default()]);
        }
        text.permissions(mapping);
        if let Some(request) = &mapping.request {
            text.selector("kind", &request.kind, |kind| kind.name());
            text.list("fulfilled", &request.fulfilled);
            text.list("rejected", &request.rejected);
            text.list("withdrawn", &request.withdrawn);
        }
        for (column, words) in &mapping.looked_up {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            text.line(column, &words);
        }
        if text.reaches {
            let home = self.telephone_country.map(|home| home.digits()).unwrap_or_default();
            let hashing = self.hashing().map(Hashing::name).unwrap_or_default();
            text.line("spelling", &[home, hashing]);
        }
        text.written
    }
}

/// Lines, with a length before each part, so that no two readings are written alike.
#[derive(Default)]
struct Text {
    written: String,
    /// Whether there are contact points.
    reaches: bool,
}

impl Text {
    fn line(&mut self, what: &str, parts: &[&str]) {
        self.reaches |= what == "contact point" || (what == "address" && !parts[0].is_empty());
        for part in [what].iter().chain(parts) {
            let _ = write!(self.written, "{}:{part} ", part.len());
        }
        self.written.push('\n');
    }

    fn list(&mut self, what: &str, conditions: &[Condition]) {
        for Condition { column, test } in conditions {
            let (test, values) = match test {
                Test::In(values) => ("in", Some(values)),
                Test::NotIn(values) => ("not in", Some(values)),
                Test::Null => ("null", None),
                Test::NotNull => ("not null", None),
            };
            let values = values.into_iter().flatten().map(String::as_str);
            let parts: Vec<&str> = [column.as_str(), test].into_iter().chain(values).collect();
            self.line(what, &parts);
        }
    }

    fn selector<T>(&mut self, what: &str, selector: &Selector<T>, name: impl Fn(&T) -> &str) {
        let (place, values): (Vec<String>, _) = match selector {
            Selector::Fixed(value) => return self.line(what, &["fixed", name(value)]),
            Selector::Column { column, values } => (vec![column.clone()], values),
            Selector::Lookup { column, table, field, values } => {
                (vec![column.clone(), table.to_string(), field.clone()], values)
            }
        };
        let mut parts: Vec<&str> = place.iter().map(String::as_str).collect();
        if let ValueMap::Listed(listed) = values {
            parts.extend(listed.iter().flat_map(|(word, meant)| [word.as_str(), name(meant)]));
        }
        self.line(what, &parts);
    }

    fn subject(&mut self, mapping: &TableMapping) {
        match &mapping.subject {
            None => {}
            Some(SubjectMapping::Itself { key }) => self.line("subject", &[key]),
            Some(SubjectMapping::About { table, column }) => {
                self.line("about", &[&table.to_string(), column]);
            }
            Some(SubjectMapping::AboutOneOf { kind, tables, column, .. }) => {
                self.line("about", &[kind, column]);
                for (word, table) in tables {
                    self.line("one of", &[word, &table.to_string()]);
                }
            }
            Some(SubjectMapping::AboutThrough { table, column, .. }) => {
                self.line("through", &[&table.to_string(), column]);
            }
        }
        self.line("key", &[mapping.key.as_deref().unwrap_or_default()]);
        self.line("passes on", &[if mapping.passes_on { "yes" } else { "no" }]);
    }

    fn permissions(&mut self, mapping: &TableMapping) {
        for permission in &mapping.permissions {
            self.line("address", &[permission.address.as_deref().unwrap_or_default()]);
            self.line("hashed", &[permission.hashed.map(Hashing::name).unwrap_or_default()]);
            self.selector("channel", &permission.channel, |channel| channel.name());
            if let Some(purpose) = &permission.purpose {
                self.selector("purpose", purpose, String::as_str);
            }
            self.selector("status", &permission.status, |status| status.name());
            self.list("when", &permission.when);
            self.line("until", &[permission.valid_until.as_deref().unwrap_or_default()]);
        }
    }
}
