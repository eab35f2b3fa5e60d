//! `lawtail decoy`: drafts records of nobody's that only an intruder would touch (SEC-015).
//!
//! Nothing is written to the CRM: the statements are for whoever works with it to look at, to complete and
//! to run. The register names a decoy by its keyed reference, so that who reads the register does not know
//! it: therefore its addresses are made of another keyed hash than its reference.

use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anstream::print;
use secrecy::ExposeSecret;

use super::faults;
use crate::engine::pseudonym::Pseudonymizer;
use crate::model::{Channel, Code, Fault, TableName};
use crate::policy::{Pack, SubjectMapping};
use crate::shell::{policies, settings};

/// Arguments of `lawtail decoy`.
#[derive(clap::Args)]
pub struct DecoyArguments {
    /// A table of people, such as crm.contacts
    table: String,
    /// The keys that the records will have: free ones, that look like the others
    #[arg(long = "key", value_name = "KEY", required = true)]
    keys: Vec<String>,
    /// A further column with its value, such as first_name=Nora; may be given again
    #[arg(long = "set", value_name = "COLUMN=VALUE")]
    set: Vec<String>,
    /// The domain of their e-mail addresses: one of yours that nobody uses, so that a message shows
    /// who has copied them
    #[arg(long, default_value = "example.org")]
    domain: String,
    /// The settings, with the policies and the key of the references
    #[arg(short, long, value_name = "FILE", default_value = "lawtail.yaml")]
    config: PathBuf,
}

/// Prints the statements and what to add to the register: 0, or 1 with the faults.
pub fn run(arguments: DecoyArguments) -> ExitCode {
    let drafted = settings::load(&arguments.config).and_then(|settings| {
        let policies = policies::load(&settings.policies.folder)?;
        let pseudonyms = Pseudonymizer::new(settings.pseudonym_key.expose_secret());
        draft(&policies.pack, &pseudonyms, &arguments).map_err(|fault| vec![fault])
    });
    match drafted {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(found) => faults::show(&found),
    }
}

fn draft(
    pack: &Pack,
    pseudonyms: &Pseudonymizer,
    arguments: &DecoyArguments,
) -> Result<String, Fault> {
    let wrong = |cause: String| Fault::new(Code::CFG_002, cause);
    let table: Option<TableName> = arguments.table.parse().ok();
    let mapped = table.as_ref().and_then(|table| pack.tables.get(table));
    let (Some(table), Some(mapping)) = (&table, mapped) else {
        return Err(wrong(format!("the pack has no table {}", arguments.table)));
    };
    let Some(SubjectMapping::Itself { key }) = &mapping.subject else {
        return Err(wrong(format!(
            "{table} is no table of people: decoys have a row of their own"
        )));
    };
    let set: Option<Vec<(&str, &str)>> =
        arguments.set.iter().map(|pair| pair.split_once('=')).collect();
    let set = set.ok_or_else(|| wrong("--set asks for COLUMN=VALUE".to_owned()))?;
    let mut text =
        format!("-- Decoys in {table}. Complete what the table asks for, and run it.\nBEGIN;\n");
    let mut references = Vec::new();
    for row in &arguments.keys {
        let reference = pseudonyms.subject(table, row.as_bytes());
        let digits = pseudonyms.row(table, &[b"decoy".as_slice(), row.as_bytes()]).to_string();
        let mut cells = vec![(key.as_str(), row.clone())];
        for point in &mapping.contact_points {
            let value = match point.channel {
                Channel::Email => format!("{}@{}", &digits[..10], arguments.domain),
                Channel::Sms | Channel::Phone => telephone(&digits),
                _ => continue,
            };
            if cells.iter().all(|(known, _)| *known != point.column) {
                cells.push((&point.column, value));
            }
        }
        for (column, value) in &set {
            cells.retain(|(known, _)| known != column);
            cells.push((column, (*value).to_owned()));
        }
        let columns: Vec<String> = cells.iter().map(|(column, _)| name(column)).collect();
        let values: Vec<String> = cells.iter().map(|(_, value)| literal(value)).collect();
        let into = format!("{}.{}", name(&table.schema), name(&table.name));
        let (columns, values) = (columns.join(", "), values.join(", "));
        writeln!(text, "INSERT INTO {into} ({columns}) VALUES ({values});").expect("text grows");
        references.push(format!("\"{reference}\""));
    }
    writeln!(
        text,
        "COMMIT;\n\n-- In the register, before it is run:\n-- decoys:\n--   {table}: [{}]",
        references.join(", ")
    )
    .expect("text grows");
    Ok(text)
}

/// A number of nobody's: 0.0 to 23.9 of 030 23125 are kept for films and books (Bundesnetzagentur,
/// numbers for media productions).
fn telephone(digits: &str) -> String {
    let number = u32::from_str_radix(&digits[..6], 16).unwrap_or(0) % 1_000;
    format!("+49 30 23125{number:03}")
}

/// An identifier of SQL.
fn name(identifier: &str) -> String {
    format!("\"{}\"", identifier.replace('"', "\"\""))
}

/// A string literal of SQL, whatever `standard_conforming_strings` says.
fn literal(value: &str) -> String {
    let quoted = value.replace('\\', "\\\\").replace('\'', "''");
    if value.contains('\\') { format!("E'{quoted}'") } else { format!("'{quoted}'") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy;

    fn arguments(table: &str) -> DecoyArguments {
        DecoyArguments {
            table: table.to_owned(),
            keys: vec!["4077".to_owned(), "o'neill".to_owned()],
            set: vec!["first_name=Nora".to_owned()],
            domain: "example.org".to_owned(),
            config: PathBuf::new(),
        }
    }

    #[test]
    fn the_draft_inserts_rows_and_names_them_by_reference_alone() {
        let pack = policy::compile(&policy::embedded::demo()).unwrap().pack;
        let pseudonyms = Pseudonymizer::new(b"a key of this test");
        let text = draft(&pack, &pseudonyms, &arguments("crm.contacts")).unwrap();
        assert_eq!(text.matches("INSERT INTO \"crm\".\"contacts\"").count(), 2, "{text}");
        assert!(text.contains("'o''neill'") && text.contains("'Nora'"), "{text}");
        let (_, register) = text.split_once("decoys:").unwrap();
        let contacts = "crm.contacts".parse().unwrap();
        let reference = pseudonyms.subject(&contacts, b"4077").to_string();
        assert!(register.contains(&reference) && !register.contains("4077\""), "{text}");
    }

    /// Or who reads the register would find the decoys by it.
    #[test]
    fn no_address_is_part_of_a_reference() {
        let pack = policy::compile(&policy::embedded::demo()).unwrap().pack;
        let pseudonyms = Pseudonymizer::new(b"a key of this test");
        let text = draft(&pack, &pseudonyms, &arguments("crm.contacts")).unwrap();
        let (statements, register) = text.split_once("decoys:").unwrap();
        let addresses = statements.split('\'').filter(|it| it.ends_with("@example.org"));
        let locals: Vec<&str> = addresses.filter_map(|it| it.split('@').next()).collect();
        assert_eq!(locals.len(), 2, "{text}");
        for local in locals {
            assert!(local.len() >= 8 && !register.contains(local), "{text}");
        }
        let contacts = "crm.contacts".parse().unwrap();
        for key in ["4077", "o'neill"] {
            let reference = pseudonyms.subject(&contacts, key.as_bytes()).to_string();
            assert!(!statements.contains(&telephone(&reference)), "{text}");
        }
    }

    #[test]
    fn only_tables_of_people_have_decoys() {
        let pack = policy::compile(&policy::embedded::demo()).unwrap().pack;
        let pseudonyms = Pseudonymizer::new(b"a key of this test");
        for table in ["crm.nowhere", "crm.sends", "contacts"] {
            let fault = draft(&pack, &pseudonyms, &arguments(table)).unwrap_err();
            assert_eq!(fault.code, Code::CFG_002, "{table}");
        }
    }
}
