//! From the texts of a policy folder to what is in force, or to every fault at once.
//!
//! ```text
//! policy.yaml            what is in force
//! packs/<name>.yaml      which tables hold what
//! register/<name>.yaml   the record of processing activities
//! profiles/<name>.yaml   how strict to be
//! rules/<name>.yaml      rules of the controller's own
//! lists/<name>.yaml      lists that these use
//! tests/<name>.yaml      what must be found, and what not
//! ```

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::check;
use super::document::choice::{self, Choice};
use super::document::node::{self, Node, Value};
use super::document::own::{self, ListDocument, OwnDocument};
use super::document::pack::{self, PackDocument};
use super::document::reader::Reader;
use super::document::register::{self, RegisterDocument};
use super::document::scenario::{self, ScenarioDocument};
use super::document::{profile, suggestion};
use super::link::link;
use super::own::{Ground, OwnRules, assemble, tests_name_rules};
use super::{Policies, Profile};
use crate::model::{Code, Fault, Place};

/// The document that chooses among the others.
const CHOICE: &str = "policy.yaml";

/// Where documents belong.
const LAYOUT: &str = "a policy folder holds policy.yaml, packs/, register/, profiles/, rules/, lists/ \
                      and tests/, and in them one file NAME.yaml for each document";

/// Compiles a policy folder: relative path (with `/`) to text. Every document is checked, also
/// those that are not in force.
///
/// # Errors
///
/// All faults of all documents, in the order of files and lines.
pub fn compile(files: &BTreeMap<String, String>) -> Result<Policies, Vec<Fault>> {
    compile_with_tests(files).map(|tested| tested.in_force.policies)
}

/// Policies, and the documents of tests that are about them.
pub struct Tested {
    /// Names of pack, register and profile.
    pub names: [String; 3],
    /// The policies.
    pub policies: Policies,
    /// The tests.
    pub documents: Vec<ScenarioDocument>,
}

/// Every policies of a folder that somebody asks for.
pub struct AllTested {
    /// What is in force.
    pub in_force: Tested,
    /// What else documents of tests are about.
    pub others: Vec<Tested>,
}

/// As [`compile`], with the documents of tests, each with the policies it is about.
///
/// # Errors
///
/// As [`compile`].
pub fn compile_with_tests(files: &BTreeMap<String, String>) -> Result<AllTested, Vec<Fault>> {
    let mut library = Library::default();
    for (path, text) in files {
        library.read(path, text);
    }
    let tested = library.tested(files);
    library.faults.sort_by(|a, b| order(a).cmp(&order(b)));
    // What is wrong between two documents shows wherever both are chosen.
    library.faults.dedup();
    match tested {
        Some(tested) if library.faults.is_empty() => Ok(tested),
        _ => Err(library.faults),
    }
}

fn order(fault: &Fault) -> Option<(&str, usize, usize)> {
    fault.place.as_ref().map(|place| (place.file.as_str(), place.line, place.column))
}

/// Every document of the folder; `None` is one with faults.
#[derive(Default)]
struct Library {
    choice: Option<Choice>,
    packs: BTreeMap<String, Option<PackDocument>>,
    registers: BTreeMap<String, Option<RegisterDocument>>,
    profiles: BTreeMap<String, Option<Profile>>,
    rules: BTreeMap<String, Option<OwnDocument>>,
    lists: BTreeMap<String, Option<ListDocument>>,
    tests: Vec<ScenarioDocument>,
    faults: Vec<Fault>,
}

impl Library {
    fn read(&mut self, path: &str, text: &str) {
        let root = match node::parse(path, text, Code::POL_001) {
            Ok(root) => root,
            Err(faults) => {
                self.faults.extend(faults);
                self.keep_broken(path);
                return;
            }
        };
        let mut reader = Reader::new(Code::POL_002);
        match split(path) {
            Some(("", _)) => self.choice = choice::read(&mut reader, &root),
            Some(("packs", name)) => {
                let read = pack::read(&mut reader, &root);
                named(&mut reader, &root, "pack", name);
                self.packs.insert(name.to_owned(), read);
            }
            Some(("register", name)) => {
                let read = register::read(&mut reader, &root);
                named(&mut reader, &root, "register", name);
                self.registers.insert(name.to_owned(), read);
            }
            Some(("profiles", name)) => {
                let read = profile::read(&mut reader, &root);
                named(&mut reader, &root, "profile", name);
                self.profiles.insert(name.to_owned(), read);
            }
            Some(("rules", name)) => {
                let read = own::read(&mut reader, &root);
                named(&mut reader, &root, "rule", name);
                self.rules.insert(name.to_owned(), read);
            }
            Some(("lists", name)) => {
                let read = own::read_list(&mut reader, &root);
                named(&mut reader, &root, "list", name);
                self.lists.insert(name.to_owned(), read);
            }
            Some(_) => self.tests.extend(scenario::read(&mut reader, &root)),
            None => reader.fault(&root.place, "this document does not belong here", LAYOUT),
        }
        self.faults.extend(reader.into_faults());
    }

    /// Remembers a document that cannot be read, so that choosing it is not a second fault.
    fn keep_broken(&mut self, path: &str) {
        match split(path) {
            Some(("packs", name)) => drop(self.packs.insert(name.to_owned(), None)),
            Some(("register", name)) => drop(self.registers.insert(name.to_owned(), None)),
            Some(("profiles", name)) => drop(self.profiles.insert(name.to_owned(), None)),
            Some(("rules", name)) => drop(self.rules.insert(name.to_owned(), None)),
            Some(("lists", name)) => drop(self.lists.insert(name.to_owned(), None)),
            _ => {}
        }
    }

    fn tested(&mut self, files: &BTreeMap<String, String>) -> Option<AllTested> {
        if !files.contains_key(CHOICE) {
            let place = Place { file: CHOICE.to_owned(), ..Place::default() };
            let fault = Fault::new(Code::POL_001, "the document is missing").at(place);
            self.faults
                .push(fault.help("add it: it names the pack, register and profile in force"));
        }
        let choice = self.choice.take()?;
        self.rules_of_packs();
        let (mut own, mut others) = (Vec::new(), BTreeMap::new());
        for document in std::mem::take(&mut self.tests) {
            let about = choice.about(&document.subject);
            if about.names() == choice.names() {
                own.push(document);
                continue;
            }
            let key = about.names().map(str::to_owned);
            others.entry(key).or_insert_with(|| (about, Vec::new())).1.push(document);
        }
        let in_force = self.chosen(&choice, own, files);
        let others: Vec<Option<Tested>> = others
            .into_values()
            .map(|(about, documents)| self.chosen(&about, documents, files))
            .collect();
        Some(AllTested { in_force: in_force?, others: others.into_iter().collect::<Option<_>>()? })
    }

    /// The policies that are chosen, checked against each other and against the tests about them.
    fn chosen(
        &mut self,
        choice: &Choice,
        documents: Vec<ScenarioDocument>,
        files: &BTreeMap<String, String>,
    ) -> Option<Tested> {
        let mut reader = Reader::new(Code::POL_002);
        let pack = find(&mut reader, "pack", &choice.pack, &self.packs);
        let register = find(&mut reader, "register", &choice.register, &self.registers);
        let profile = find(&mut reader, "profile", &choice.profile, &self.profiles);
        if let (Some(pack), Some(register)) = (pack, register) {
            check::pack_against_register(&mut reader, pack, register);
            check::exceptions_against(&mut reader, &choice.rules, pack, register);
            check::maintenance_against(&mut reader, &choice.maintenance, pack);
        }
        // Without profile there is a fault already, and no policies.
        let ages = profile.map(|it| it.age_of_consent.clone()).unwrap_or_default();
        let linked =
            pack.zip(register).map(|(pack, it)| link(pack.pack.clone(), &it.register, &ages));
        let mut own = OwnRules::default();
        if let (Some(linked), Some(register)) = (&linked, register) {
            let lists = &self.lists;
            let ground = Ground { pack: linked, register: &register.register, lists, files };
            let rules = self.rules_of(choice);
            own = assemble(&mut reader, rules.iter().copied(), &ground);
            // What could not be compiled is no second fault where it is named.
            if own.all().len() == rules.len() {
                check::own_rules_named(&mut reader, &choice.rules, &own);
                tests_name_rules(&mut reader, &documents, &own);
            }
        }
        if let Some(pack) = pack {
            check::tests_against_pack(&mut reader, &documents, pack);
        }
        self.faults.extend(reader.into_faults());
        let mut profile = profile?.clone();
        profile.grace = choice.grace.unwrap_or(profile.grace);
        let (pack, register) = (pack?, register?.register.clone());
        let policies = Policies {
            pack: linked?,
            own,
            register,
            profile,
            detection: choice.detection.clone().within(pack.pack.provenance),
            statistics: choice.statistics.clone().within(pack.pack.provenance),
            rules: choice.rules.rules.clone(),
            maintenances: choice.maintenance.maintenances.clone(),
            digest: digest(choice, &self.rules_of(choice), files),
        };
        Some(Tested { names: choice.names().map(str::to_owned), policies, documents })
    }
}

impl Library {
    /// The rules that are about the pack of a choice: those that name it, and of the others those
    /// about the pack in force.
    fn rules_of(&self, choice: &Choice) -> Vec<&OwnDocument> {
        let about = |rule: &&OwnDocument| match &rule.pack {
            Some((pack, _)) => *pack == choice.pack.0,
            None => choice.in_force,
        };
        self.rules.values().flatten().filter(about).collect()
    }

    /// Every pack that a rule names is there.
    fn rules_of_packs(&mut self) {
        let mut reader = Reader::new(Code::POL_002);
        for rule in self.rules.values().flatten() {
            if let Some(pack) = &rule.pack {
                find(&mut reader, "pack", pack, &self.packs);
            }
        }
        self.faults.extend(reader.into_faults());
    }
}

/// Folder and name of a document: `packs/demo.yaml` is `("packs", "demo")`, `policy.yaml` is
/// `("", "policy")`.
fn split(path: &str) -> Option<(&str, &str)> {
    let stem = path.strip_suffix(".yaml")?;
    match stem.split_once('/') {
        None => (path == CHOICE).then_some(("", stem)),
        Some((
            folder @ ("packs" | "register" | "profiles" | "rules" | "lists" | "tests"),
            name,
        )) => (!name.is_empty() && !name.contains('/')).then_some((folder, name)),
        Some(_) => None,
    }
}

/// A document's name is that of its file, so that one can be found by the other.
fn named(reader: &mut Reader, root: &Node, key: &str, file: &str) {
    let Value::Map(entries) = &root.value else { return };
    let entry = entries.iter().find(|(entry, _)| entry.name == key);
    if let Some((_, Node { place, value: Value::Text(name) })) = entry
        && name != file
    {
        let cause = format!("the document is called `{name}` and its file `{file}.yaml`");
        reader.fault(place, cause, "give both the same name");
    }
}

/// Where a document of this kind stands.
fn document_of(what: &str, name: &str) -> String {
    let folder = if what == "register" { "register".to_owned() } else { format!("{what}s") };
    format!("{folder}/{name}.yaml; `lawtail init` drafts a whole folder")
}

fn find<'a, T>(
    reader: &mut Reader,
    what: &str,
    (name, place): &(String, Place),
    documents: &'a BTreeMap<String, Option<T>>,
) -> Option<&'a T> {
    let found = documents.get(name);
    if found.is_none() {
        let known: Vec<&str> = documents.keys().map(String::as_str).collect();
        let help = match known.is_empty() {
            true => format!("write the document {}", document_of(what, name)),
            false => suggestion::among(name, &known),
        };
        reader.fault(place, format!("there is no {what} `{name}`"), help);
    }
    found?.as_ref()
}

/// SHA-256 over path and text of each document in force, each with its length in front.
fn digest(choice: &Choice, rules: &[&OwnDocument], files: &BTreeMap<String, String>) -> String {
    let mut paths = vec![
        CHOICE.to_owned(),
        format!("packs/{}.yaml", choice.pack.0),
        format!("register/{}.yaml", choice.register.0),
        format!("profiles/{}.yaml", choice.profile.0),
    ];
    paths.extend(rules.iter().map(|rule| format!("rules/{}.yaml", rule.named.name)));
    if !rules.is_empty() {
        paths.extend(files.keys().filter(|path| path.starts_with("lists/")).cloned());
    }
    let mut hash = Sha256::new();
    for path in &paths {
        for part in [path.as_str(), files.get(path).map_or("", String::as_str)] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
