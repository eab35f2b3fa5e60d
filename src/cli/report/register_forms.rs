//! The record of processing activities as Markdown, as a page, as YAML and as CSV.

use super::register::{Entry, Field, Record};
use super::render::{escaped, page};

/// Its title.
const TITLE: &str = "Record of processing activities";

/// What the list of places that no activity lists is called.
const UNREGISTERED: &str = "Personal data in no activity";

/// As Markdown.
pub fn markdown(record: &Record) -> String {
    let mut text = format!("# {TITLE} (GDPR Art. 30(1))\n\n");
    record.head.iter().for_each(|field| text.push_str(&bullet(field)));
    for Entry { id, fields } in &record.activities {
        text.push_str(&format!("\n## {id}\n\n"));
        fields.iter().for_each(|field| text.push_str(&bullet(field)));
    }
    text.push_str(&format!("\n## {UNREGISTERED}\n\n"));
    text.push_str(&or_none(record.unregistered.iter().map(|it| format!("- {it}\n")), "- none\n"));
    text
}

fn bullet(field: &Field) -> String {
    let name = heading(field);
    format!("- **{name}**: {}\n", said(field))
}

/// A field's name and article for people.
fn heading(field: &Field) -> String {
    let name = field.name.replace('_', " ");
    match field.article {
        "" => name,
        article => format!("{name} ({article})"),
    }
}

fn said(field: &Field) -> String {
    if field.values.is_empty() { "none".to_owned() } else { field.values.join("; ") }
}

fn or_none(lines: impl Iterator<Item = String>, none: &str) -> String {
    let text: String = lines.collect();
    if text.is_empty() { none.to_owned() } else { text }
}

/// As a page of its own.
pub fn html(record: &Record) -> String {
    let mut body = list(&record.head);
    for Entry { id, fields } in &record.activities {
        body.push_str(&format!("<h2>{}</h2>\n{}", escaped(id), list(fields)));
    }
    let lines = record.unregistered.iter().map(|it| format!("<li>{}</li>\n", escaped(it)));
    let lines = or_none(lines, "<li>none</li>\n");
    body.push_str(&format!("<h2>{UNREGISTERED}</h2>\n<ul>\n{lines}</ul>\n"));
    page(&format!("{TITLE} (GDPR Art. 30(1))"), &body)
}

fn list(fields: &[Field]) -> String {
    let row = |field: &Field| {
        let (name, said) = (escaped(&heading(field)), escaped(&said(field)));
        format!("<li><b>{name}</b>: {said}</li>\n")
    };
    format!("<ul>\n{}</ul>\n", fields.iter().map(row).collect::<String>())
}

/// As YAML.
pub fn yaml(record: &Record) -> String {
    let mut text = String::new();
    record.head.iter().for_each(|field| text.push_str(&entry("", field.name, &field.values)));
    text.push_str("activities:\n");
    for Entry { id, fields } in &record.activities {
        text.push_str(&format!("  - id: {}\n", quoted(id)));
        fields.iter().for_each(|it| text.push_str(&entry("    ", it.name, &it.values)));
    }
    text.push_str(&entry("", "unregistered", &record.unregistered));
    text
}

fn entry(indent: &str, name: &str, values: &[String]) -> String {
    let items = values.iter().map(|value| format!("{indent}  - {}\n", quoted(value)));
    match values.is_empty() {
        true => format!("{indent}{name}: []\n"),
        false => format!("{indent}{name}:\n{}", items.collect::<String>()),
    }
}

/// A text in double quotes: what JSON writes is YAML as well.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// As CSV (RFC 4180): a line for each activity, and one for the places that no activity lists.
pub fn csv(record: &Record) -> String {
    let Some(first) = record.activities.first() else { return String::new() };
    let names = first.fields.iter().map(|field| field.name.to_owned());
    let mut rows = vec![std::iter::once("activity".to_owned()).chain(names).collect::<Vec<_>>()];
    for Entry { id, fields } in &record.activities {
        let values = fields.iter().map(|field| field.values.join("; "));
        rows.push(std::iter::once(id.clone()).chain(values).collect());
    }
    if !record.unregistered.is_empty() {
        let mut row = vec![String::new(); rows[0].len()];
        row[0] = "(in no activity)".to_owned();
        if let Some(drift) = row.last_mut() {
            *drift = record.unregistered.join("; ");
        }
        rows.push(row);
    }
    let line = |row: &Vec<String>| row.iter().map(|it| cell(it)).collect::<Vec<_>>().join(",");
    rows.iter().map(|row| line(row) + "\r\n").collect()
}

/// A cell in quotes; one that a spreadsheet would take for a formula is text.
fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let guard = if formula { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::super::register::tests::example;
    use super::*;
    use crate::model::Code;
    use crate::policy::document::node::{self, Value};

    fn text(value: &Value) -> Option<&str> {
        if let Value::Text(text) = value { Some(text) } else { None }
    }

    #[test]
    fn every_form_says_the_same() {
        let record = example();
        for text in [markdown(&record), html(&record), yaml(&record), csv(&record)] {
            for words in [
                "customer_relationship",
                "three years after the last contact",
                "marketing agency",
                "user.financial.bank_account, which the activity does not list",
                "crm.leavers holds ",
            ] {
                assert!(text.contains(words), "{words}\n{text}");
            }
        }
    }

    #[test]
    fn the_yaml_reads_back() {
        let mut record = example();
        let strange = "a \"quoted\": text, # with\nlines";
        record.activities[0].fields[0].values = vec![strange.to_owned()];
        let root = node::parse("register.yaml", &yaml(&record), Code::POL_001);
        let root = root.unwrap_or_else(|faults| panic!("{faults:?}"));
        let Value::Map(entries) = &root.value else { panic!("a mapping") };
        let (_, activities) = entries.iter().find(|(key, _)| key.name == "activities").unwrap();
        let Value::List(activities) = &activities.value else { panic!("a list") };
        assert_eq!(activities.len(), record.activities.len());
        let Value::Map(fields) = &activities[0].value else { panic!("a mapping") };
        let (_, purpose) = fields.iter().find(|(key, _)| key.name == "purpose").unwrap();
        let Value::List(values) = &purpose.value else { panic!("a list") };
        assert_eq!(text(&values[0].value), Some(strange));
    }

    #[test]
    fn a_cell_is_no_formula_and_no_row_breaks() {
        assert_eq!(cell("=1+1"), "\"'=1+1\"");
        assert_eq!(cell("say \"no\""), "\"say \"\"no\"\"\"");
        let record = example();
        let table = csv(&record);
        assert_eq!(table.lines().count(), record.activities.len() + 2);
        assert!(table.starts_with("\"activity\",\"purpose\","));
    }
}
