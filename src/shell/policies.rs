//! Reads a policy folder from disk: at the start, whenever somebody asks, and when it has changed.

mod changes;

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::string::FromUtf8Error;

use tokio::sync::mpsc;
use tracing::{error, info};

use super::desk::Desk;
use super::metrics::Reload;
use crate::model::{Code, Fault, Place};
use crate::policy::{self, Policies};
pub use changes::Changes;

const NO_FOLDER: &str =
    "name the folder of the policies; `lawtail init --database-url URL --into DIR` drafts one";

/// A policy folder, and who asks for it to be read anew.
pub struct Watched {
    /// The folder.
    pub folder: PathBuf,
    /// Something comes whenever somebody asks.
    pub asked: mpsc::Receiver<()>,
    /// What it held at the start, when changes of its files are to be taken over unasked.
    pub changes: Option<Changes>,
}

impl Watched {
    /// Reads the folder whenever somebody asks or it has changed, and brings what it holds to the run
    /// loop.
    pub async fn follow(mut self, desk: Desk) {
        let mut look = tokio::time::interval(changes::LOOK);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let asked = tokio::select! {
                asked = self.asked.recv() => match asked {
                    Some(()) => true,
                    None => return,
                },
                _ = look.tick(), if self.changes.is_some() => false,
            };
            let Some(read) = self.read(asked).await else { continue };
            match desk.replace(read).await {
                Ok(Reload::Unchanged) => info!("the policies are those in force"),
                Ok(Reload::Accepted | Reload::Refused) => {}
                Err(fault) => {
                    error!(code = %fault.code, cause = fault.cause, "the policies were not taken over; ask again")
                }
            }
        }
    }

    /// What the folder holds, when somebody asked or it has come to rest with something else.
    async fn read(&mut self, asked: bool) -> Option<Result<Policies, Vec<Fault>>> {
        let (folder, mut changes) = (self.folder.clone(), self.changes.clone());
        // Reading and compiling take a while.
        let work = tokio::task::spawn_blocking(move || {
            let (files, faults) = read_folder(&folder);
            let complete = faults.is_empty().then_some(&files);
            let read = match (&mut changes, asked) {
                (Some(changes), false) => changes.look(complete),
                (Some(changes), true) => {
                    changes.took(&files);
                    true
                }
                (None, asked) => asked,
            };
            if read {
                info!(folder = %folder.display(), asked, "reading the policies anew");
            }
            (read.then(|| compile(files, faults)), changes)
        });
        let (read, changes) = work.await.ok()?;
        self.changes = changes;
        read
    }
}

/// The documents in force that hold lines which are still to be confirmed, with the numbers of these.
/// `names` are those of pack, register and profile.
pub fn unconfirmed<'a>(
    files: &'a BTreeMap<String, String>,
    names: &[String; 3],
) -> Vec<(&'a str, Vec<usize>)> {
    let [pack, register, profile] = names;
    let in_force = [
        "policy.yaml".to_owned(),
        format!("packs/{pack}.yaml"),
        format!("register/{register}.yaml"),
        format!("profiles/{profile}.yaml"),
    ];
    let open = |text: &str| -> Vec<usize> {
        let numbered = text.lines().zip(1..);
        numbered.filter(|(line, _)| line.contains("# confirm: ")).map(|(_, line)| line).collect()
    };
    let documents = in_force.iter().filter_map(|path| files.get_key_value(path));
    let found = documents.map(|(path, text)| (path.as_str(), open(text)));
    found.filter(|(_, lines)| !lines.is_empty()).collect()
}

/// Reads and compiles the policies of a folder.
///
/// # Errors
///
/// Every fault of every document; `POL-001` for what cannot be read.
pub fn load(folder: &Path) -> Result<Policies, Vec<Fault>> {
    let (files, faults) = read_folder(folder);
    compile(files, faults)
}

fn compile(
    files: BTreeMap<String, String>,
    mut faults: Vec<Fault>,
) -> Result<Policies, Vec<Fault>> {
    match policy::compile(&files) {
        Ok(policies) if faults.is_empty() => Ok(policies),
        Ok(_) => Err(faults),
        // Without a single document the folder itself is the fault.
        Err(_) if files.is_empty() && !faults.is_empty() => Err(faults),
        Err(found) => {
            faults.extend(found);
            Err(faults)
        }
    }
}

/// The YAML documents of a folder and of the folders in it: relative path with `/`, and text.
/// What cannot be read is a fault and does not keep the rest from being read.
pub fn read_folder(folder: &Path) -> (BTreeMap<String, String>, Vec<Fault>) {
    let mut files = BTreeMap::new();
    let mut faults = Vec::new();
    for (path, entry) in entries(folder, "", &mut faults) {
        if !entry.is_dir() {
            keep(path, &entry, &mut files, &mut faults);
            continue;
        }
        for (path, entry) in entries(&entry, &format!("{path}/"), &mut faults) {
            keep(path, &entry, &mut files, &mut faults);
        }
    }
    (files, faults)
}

/// Files and folders in `folder`, by relative path; hidden ones are left out.
fn entries(
    folder: &Path,
    prefix: &str,
    faults: &mut Vec<Fault>,
) -> BTreeMap<String, std::path::PathBuf> {
    let listed = fs::read_dir(folder).and_then(|list| list.collect::<Result<Vec<_>, _>>());
    let listed = listed.unwrap_or_else(|error| {
        let fault = unreadable(&folder.display().to_string(), &error);
        faults.push(match error.kind() {
            ErrorKind::NotFound => fault.help(NO_FOLDER),
            ErrorKind::NotADirectory => fault.help("name the folder, not a document in it"),
            _ => fault,
        });
        Vec::new()
    });
    let named = listed
        .into_iter()
        .map(|entry| (format!("{prefix}{}", entry.file_name().to_string_lossy()), entry.path()));
    named.filter(|(path, _)| !path[prefix.len()..].starts_with('.')).collect()
}

fn keep(path: String, entry: &Path, files: &mut BTreeMap<String, String>, faults: &mut Vec<Fault>) {
    let is_yaml = [".yaml", ".yml"].iter().any(|suffix| path.ends_with(suffix));
    if !is_yaml {
        return;
    }
    match fs::read(entry).map(String::from_utf8) {
        Ok(Ok(text)) => drop(files.insert(path, text)),
        Ok(Err(error)) => {
            // As far as it can be read, so that nothing else is said to be missing for want of it.
            files.insert(path.clone(), String::from_utf8_lossy(error.as_bytes()).into_owned());
            faults.push(not_text(path, &error));
        }
        Err(error) => faults.push(unreadable(&path, &error)),
    }
}

/// Where the text ends: the bytes themselves may be of a personal value.
fn not_text(path: String, error: &FromUtf8Error) -> Fault {
    let read = &error.as_bytes()[..error.utf8_error().valid_up_to()];
    let line = read.iter().filter(|byte| **byte == b'\n').count() + 1;
    let place = Place { file: path, line, ..Place::default() };
    Fault::new(Code::POL_001, "the document is not UTF-8 from here on").at(place).help(
        "save it as UTF-8; `iconv -f windows-1252 -t utf-8` converts what older editors write",
    )
}

fn unreadable(path: &str, error: &std::io::Error) -> Fault {
    let place = Place { file: path.to_owned(), ..Place::default() };
    let cause = match error.kind() {
        ErrorKind::NotFound => "there is nothing of that name".to_owned(),
        ErrorKind::PermissionDenied => "lawtail's user may not read it".to_owned(),
        ErrorKind::NotADirectory => "it is no folder".to_owned(),
        _ => error.to_string(),
    };
    let fault = Fault::new(Code::POL_001, cause).at(place);
    match error.kind() {
        ErrorKind::PermissionDenied => fault.help("let the user that lawtail runs as read it"),
        _ => fault,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::embedded;

    fn written(files: &BTreeMap<String, String>) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    #[test]
    fn a_folder_compiles_to_the_same_as_its_texts() {
        let files = embedded::demo();
        let folder = written(&files);
        fs::write(folder.path().join("README.md"), "not a policy").unwrap();
        fs::write(folder.path().join(".hidden.yaml"), "[").unwrap();
        assert_eq!(load(folder.path()).unwrap(), policy::compile(&files).unwrap());
    }

    #[test]
    fn what_cannot_be_read_is_reported_beside_the_other_faults() {
        let mut files = embedded::demo();
        files.insert("profiles/broken.yaml".into(), "[".into());
        let folder = written(&files);
        // As an editor that knows no UTF-8 saves it. The pack itself is there, and not said to be missing.
        let pack = folder.path().join("packs/demo.yaml");
        let text = [fs::read(&pack).unwrap(), b"# caf\xE9 secret\n".to_vec()].concat();
        let lines = text.iter().filter(|byte| **byte == b'\n').count();
        fs::write(&pack, text).unwrap();
        let faults = load(folder.path()).unwrap_err();
        let places: Vec<_> = faults.iter().map(|fault| fault.place.as_ref().unwrap()).collect();
        let files: Vec<&str> = places.iter().map(|place| place.file.as_str()).collect();
        assert_eq!(files, ["packs/demo.yaml", "profiles/broken.yaml"]);
        assert_eq!((faults[0].code, places[0].line), (Code::POL_001, lines));
        assert!(faults[0].remedy().contains("UTF-8") && !faults[0].to_string().contains("secret"));
    }

    #[test]
    fn a_missing_folder_is_one_fault() {
        let faults = load(Path::new("/nowhere/policies")).unwrap_err();
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].code, Code::POL_001);
        assert!(faults[0].remedy().contains("lawtail init"), "{}", faults[0].remedy());
        let document = tempfile::NamedTempFile::new().unwrap();
        let faults = load(document.path()).unwrap_err();
        assert_eq!(faults[0].remedy(), "name the folder, not a document in it");
    }

    #[test]
    fn where_there_is_no_document_of_a_kind_the_remedy_says_where_it_belongs() {
        let mut files = embedded::demo();
        files.retain(|path, _| !path.starts_with("register/") && !path.starts_with("tests/"));
        let faults = policy::compile(&files).unwrap_err();
        assert!(
            faults[0].remedy().starts_with("write the document register/demo.yaml"),
            "{faults:?}"
        );
    }
}
