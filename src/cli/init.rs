//! `lawtail init`: policies to begin with, for the CRM that a database holds.

mod draft;
mod known;
mod pack;
mod pairs;
mod register;
mod requests;
mod scenarios;
mod suggest;
mod wishes;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anstream::println;
use clap::CommandFactory;
use clap::error::ErrorKind;
use postgres_protocol::escape::escape_identifier;

use super::faults;
use crate::model::{Code, Fault, TableName, limits};
use crate::policy::known::{KnownCrm, PROFILES, recognise};
use crate::policy::{Policies, compile};
use crate::shell::source::postgres::{Address, Found, ScanSettings, scan};
use scenarios::Shown;

/// Arguments of `lawtail init`.
#[derive(clap::Args)]
pub struct InitArguments {
    /// The database; otherwise that of the variable DATABASE_URL
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
    /// Folder for the policies; nothing in it is overwritten
    #[arg(long, value_name = "DIR", default_value = "policies")]
    into: PathBuf,
    /// Only this schema; may be given several times
    #[arg(long, value_name = "NAME")]
    schema: Vec<String>,
    /// Most rows to look at in one table; with 0 names and types alone decide
    #[arg(long, value_name = "N", default_value_t = limits::SCAN_ROWS)]
    sample_rows: u32,
}

/// Documents by their path in the folder, and what a person is told of them.
#[derive(Default)]
struct Draft {
    documents: BTreeMap<String, String>,
    told: Vec<String>,
    /// What the pack in force maps.
    tables: Vec<TableName>,
}

/// Writes the policies: 0 when they are written, otherwise 1.
pub fn run(arguments: InitArguments) -> ExitCode {
    let written = look(&arguments).and_then(|(database, found)| {
        let draft = drafted(&found)?;
        write(&arguments.into, &draft.documents)?;
        Ok((database, found, draft))
    });
    match written {
        Ok((database, found, draft)) => {
            super::scan::show::skipped(&found);
            tell(&arguments.into, &database, &draft);
            ExitCode::SUCCESS
        }
        Err(fault) => faults::show(&[fault]),
    }
}

/// The database's name, and what was found in it.
fn look(arguments: &InitArguments) -> Result<(String, Found), Fault> {
    let url = match &arguments.database_url {
        Some(url) => url.clone(),
        None => std::env::var("DATABASE_URL").unwrap_or_else(|_| {
            let message = "which database? Give --database-url, or set DATABASE_URL";
            super::Arguments::command().error(ErrorKind::MissingRequiredArgument, message).exit()
        }),
    };
    let settings = ScanSettings {
        address: Address::typed(&url)?,
        schemas: arguments.schema.clone(),
        rows: arguments.sample_rows,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime {
        Ok(runtime) => {
            let found = runtime.block_on(scan(&settings, &BTreeMap::new(), |_, _| {}))?;
            Ok((settings.address.database, found))
        }
        Err(error) => Err(Fault::new(Code::CFG_002, format!("no runtime: {error}"))),
    }
}

fn drafted(found: &Found) -> Result<Draft, Fault> {
    let scanned = found.tables.iter().map(|scanned| scanned.table.name.clone());
    let skipped = found.skipped.iter().map(|skipped| skipped.table.clone());
    let tables: BTreeSet<TableName> = scanned.chain(skipped).collect();
    let mut draft = Draft::default();
    for (name, text) in PROFILES {
        draft.documents.insert(format!("profiles/{name}.yaml"), (*text).to_owned());
    }
    let recognised = recognise(&tables);
    for (number, (crm, schema)) in recognised.iter().enumerate() {
        if !known::is_writable(schema) {
            return Err(unwritable(crm, schema));
        }
        let home = known::Home { written: crm.schema, actual: schema, tables: &tables };
        draft.known(crm, &home, number, found);
    }
    if let [(first, schema), _, ..] = &recognised[..] {
        draft.told.push(format!(
            "confirm: only {} in schema {schema} is in force; policy.yaml names one pack",
            first.title
        ));
    }
    if recognised.is_empty() {
        draft.unknown(found)?;
    } else {
        let left_out = scenarios::keep_what_holds(&mut draft.documents);
        if left_out > 0 {
            draft.told.push(format!(
                "confirm: {left_out} tests of the pack do not hold with the tables that are there, and \
                 are left out"
            ));
        }
    }
    match compile(&draft.documents) {
        Ok(policies) => draft.tables = policies.pack.tables.into_keys().collect(),
        Err(faults) => draft.told.push(format!(
            "confirm: {} faults keep the draft from being in force; `lawtail check` names them",
            faults.len()
        )),
    }
    Ok(draft)
}

/// A table as SQL names it.
fn in_sql(table: &TableName) -> String {
    format!("{}.{}", sql_name(&table.schema), sql_name(&table.name))
}

fn sql_name(name: &str) -> String {
    let is_plain = name.starts_with(|letter: char| letter.is_ascii_lowercase() || letter == '_')
        && name.chars().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_');
    if is_plain { name.to_owned() } else { escape_identifier(name) }
}

impl Draft {
    /// A CRM that was recognised. The second one of a database gets a name of its own.
    fn known(&mut self, crm: &KnownCrm, home: &known::Home<'_>, number: usize, found: &Found) {
        let again = self.documents.contains_key(&format!("packs/{}.yaml", crm.name));
        let name = if again { format!("{}_{number}", crm.name) } else { crm.name.to_owned() };
        let renamed = |text: String, key: &str| {
            text.replacen(&format!("{key}: {}\n", crm.name), &format!("{key}: {name}\n"), 1)
        };
        let pack = renamed(known::pack(crm.pack, home), "pack");
        let register = renamed(known::register(crm.register, home), "register");
        self.told.push(format!("recognised {} in schema {}", crm.title, home.actual));
        self.check(&name, &pack, &register, found);
        self.questions(&format!("packs/{name}.yaml"), &pack);
        self.questions(&format!("register/{name}.yaml"), &register);
        let tests = renamed(renamed(known::tests(crm.tests, home), "pack"), "register");
        self.documents.insert(format!("tests/{name}.yaml"), tests);
        self.documents.insert(format!("packs/{name}.yaml"), pack);
        self.documents.insert(format!("register/{name}.yaml"), register);
        self.documents.entry("policy.yaml".to_owned()).or_insert_with(|| choice(&name));
    }

    /// What the pack uses and the database does not have: another version, or a module less.
    fn check(&mut self, name: &str, pack: &str, register: &str, found: &Found) {
        let mut files = BTreeMap::from([
            ("policy.yaml".to_owned(), choice(name)),
            (format!("packs/{name}.yaml"), pack.to_owned()),
            (format!("register/{name}.yaml"), register.to_owned()),
        ]);
        for (name, text) in PROFILES {
            files.insert(format!("profiles/{name}.yaml"), (*text).to_owned());
        }
        match compile(&files) {
            Ok(Policies { pack, .. }) => {
                let unfit = found.tables.iter().filter_map(|it| pack.fits(&it.table).err());
                self.told.extend(unfit.map(|fault| format!("confirm: {}", fault.cause)));
            }
            Err(faults) => {
                let causes = faults.iter().map(|fault| format!("confirm: {}", fault.cause));
                self.told.extend(causes);
            }
        }
    }

    /// A CRM that nobody knows.
    fn unknown(&mut self, found: &Found) -> Result<(), Fault> {
        let (tables, unclear) = draft::tables(&found.tables);
        if tables.is_empty() {
            return Err(nothing_found(found));
        }
        let pack = pack::pack(&tables, &unclear);
        let register = register::register(&tables);
        self.told.push(format!(
            "no CRM that lawtail knows: drafted a pack of {} tables about people",
            tables.len()
        ));
        self.questions("packs/draft.yaml", &pack);
        self.questions("register/draft.yaml", &register);
        self.documents.insert("packs/draft.yaml".to_owned(), pack);
        self.documents.insert("register/draft.yaml".to_owned(), register);
        self.documents.insert("policy.yaml".to_owned(), choice("draft"));
        self.drafted_tests(&tables);
        Ok(())
    }

    /// Of each table what holds of it: what is unlawful, and what is lawful where a basis is declared.
    fn drafted_tests(&mut self, tables: &[draft::Drafted<'_>]) {
        let declared = register::declared(&self.documents["register/draft.yaml"]);
        self.documents.insert("register/declared.yaml".to_owned(), declared);
        let documents =
            [("tests/draft.yaml", Shown::Unlawful), ("tests/declared.yaml", Shown::Lawful)];
        for (path, shown) in documents {
            let candidates = scenarios::candidates(tables, shown);
            self.documents.insert(path.to_owned(), candidates);
        }
        scenarios::keep_what_holds(&mut self.documents);
        for (path, _) in documents {
            if let Some(tests) = self.documents.get_mut(path) {
                *tests = scenarios::first_of_each(tests);
            }
        }
        if !self.documents.contains_key("tests/declared.yaml") {
            self.documents.remove("register/declared.yaml");
        }
    }

    fn questions(&mut self, path: &str, text: &str) {
        let questions = text.matches("# confirm: ").count();
        self.told.push(format!("{path}: {questions} lines to confirm"));
    }
}

/// Why there is nothing to draft: mostly because nothing could be seen.
fn nothing_found(found: &Found) -> Fault {
    let unread = found.skipped.len();
    let cause = match (found.tables.len(), unread) {
        (0, 0) => "the role can see no table there".to_owned(),
        (seen, 0) => format!("no personal data was found (tables looked at: {seen})"),
        (0, unread) => {
            format!("none of the {unread} tables could be read: {}", found.skipped[0].reason)
        }
        (seen, unread) => format!(
            "no personal data was found (tables looked at: {seen}), and {unread} could not be read: {}",
            found.skipped[0].reason
        ),
    };
    Fault::new(Code::CFG_002, cause).help(
        "look as a role that may read the CRM's tables: their owner, or one with GRANT pg_read_all_data; \
         or look elsewhere with --database-url and --schema",
    )
}

fn unwritable(crm: &KnownCrm, schema: &str) -> Fault {
    let schema = draft::quoted(schema);
    let cause = format!("{} is in schema {schema}, a name that no policy can hold", crm.title);
    Fault::new(Code::CFG_002, cause).help(
        "give the schema a name of letters, digits and underscores, or leave it out: name the others \
         with --schema",
    )
}

/// What is in force.
fn choice(name: &str) -> String {
    format!(
        "# What is in force. `lawtail check` checks every document of this folder.\n\n\
         pack: {name}\nregister: {name}\n\
         profile: gdpr-baseline # confirm: your reading of the law; `strict` asks for double opt-in\n"
    )
}

/// Writes the documents unless one of them is there already; then nothing is written.
fn write(folder: &Path, documents: &BTreeMap<String, String>) -> Result<(), Fault> {
    let there: Vec<String> = documents
        .keys()
        .map(|path| folder.join(path))
        .filter(|path| path.symlink_metadata().is_ok())
        .map(|path| path.display().to_string())
        .collect();
    if !there.is_empty() {
        let cause = format!("there already: {}", there.join(", "));
        let fault = Fault::new(Code::CFG_002, cause);
        return Err(fault.help("name another folder with --into; nothing is overwritten"));
    }
    for (path, text) in documents {
        let path = folder.join(path);
        create(&path, text).map_err(|error| {
            let fault = Fault::new(Code::CFG_002, format!("{}: {error}", path.display()));
            fault.help("name a folder with --into that can be written")
        })?;
    }
    Ok(())
}

fn create(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = fs::File::options().write(true).create_new(true).open(path)?;
    file.write_all(text.as_bytes())
}

fn tell(folder: &Path, database: &str, draft: &Draft) {
    let (good, strong) = (faults::GOOD, faults::STRONG);
    for line in &draft.told {
        println!("{}", super::scan::show::shown(line));
    }
    println!("{good}wrote{good:#} {} documents into {}", draft.documents.len(), folder.display());
    if !draft.tables.is_empty() {
        tell_publication(database, &draft.tables);
    }
    println!(
        "next: answer the lines marked `confirm`, which this lists:\n  {strong}lawtail check \
         {}{strong:#}",
        folder.display()
    );
}

/// The command that publishes the tables.
fn tell_publication(database: &str, tables: &[TableName]) {
    let names: Vec<String> = tables.iter().map(in_sql).collect();
    let schemas: BTreeSet<&str> = tables.iter().map(|it| &*it.schema).collect();
    let schemas: Vec<String> = schemas.into_iter().map(sql_name).collect();
    println!(
        "publish the tables, as their owner or a superuser; its warnings say what is left out:"
    );
    println!(
        "  psql -d {} -v role=lawtail -v publication=lawtail \\\n    -v schemas='{}' \\\n    -v tables='{}' \\\n    \
         -f deploy/sql/role.sql",
        super::scan::show::shown(database),
        schemas.join(", "),
        names.join(", ")
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_overwritten_and_nothing_half_written() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("policy.yaml"), "mine").unwrap();
        let documents = |paths: &[&str]| {
            paths.iter().map(|path| ((*path).to_owned(), "text".to_owned())).collect()
        };
        let fault = write(folder.path(), &documents(&["packs/x.yaml", "policy.yaml"])).unwrap_err();
        assert!(fault.cause.contains("policy.yaml"), "{}", fault.cause);
        assert_eq!(fs::read_to_string(folder.path().join("policy.yaml")).unwrap(), "mine");
        assert!(!folder.path().join("packs").exists());
        write(folder.path(), &documents(&["packs/x.yaml"])).unwrap();
        assert_eq!(fs::read_to_string(folder.path().join("packs/x.yaml")).unwrap(), "text");
    }
}
