//! The machine that lawtail runs on: disk, files, address.

use std::fs::{self, OpenOptions};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use secrecy::ExposeSecret;

use crate::model::limits::STORE_JOURNAL_BYTES;
use crate::shell::diagnosis::{Remark, Remarks};
use crate::shell::settings::{Evidence, Settings};
use crate::shell::signing;

/// Below this the disk will soon be full.
const ROOM_BYTES: u64 = 1 << 30;

/// Fewer different bytes in a key of random ones come from a person or a mistake.
const KEY_VARIETY: usize = 16;

/// The store's folder, or where it will be made.
pub fn store(folder: &Path) -> Vec<Remark> {
    let mut remarks = Remarks::about("store");
    let there = existing(folder);
    let probe = there.join(format!(".lawtail-doctor-{}", std::process::id()));
    let written = OpenOptions::new().write(true).create_new(true).open(&probe);
    match written.and_then(|_| fs::remove_file(&probe)) {
        Ok(()) => remarks.ok("writable", folder.display().to_string()),
        Err(error) => remarks.wrong(
            "writable",
            format!("{}: {error}", there.display()),
            "give the folder to the user that lawtail runs as",
        ),
    }
    match rustix::fs::statvfs(&there) {
        Ok(disk) => say_room(disk.f_bavail.saturating_mul(disk.f_frsize), &mut remarks),
        Err(error) => remarks.wrong("free disk", error.to_string(), "see store.folder"),
    }
    remarks.all
}

fn say_room(free: u64, remarks: &mut Remarks) {
    const REMEDY: &str = "free disk space, or put store.folder on a larger disk";
    let found = format!("{} MiB are free", free >> 20);
    match free {
        ..STORE_JOURNAL_BYTES => remarks.wrong("free disk", found, REMEDY),
        STORE_JOURNAL_BYTES..ROOM_BYTES => remarks.warn("free disk", found, REMEDY),
        _ => remarks.ok("free disk", found),
    }
}

/// The folder, or the nearest thing above it that is there.
fn existing(folder: &Path) -> PathBuf {
    let there = folder.ancestors().find(|above| above.exists());
    match there {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// The pseudonym key; its length was checked with the settings.
pub fn key(settings: &Settings) -> Vec<Remark> {
    let mut remarks = Remarks::about("keys");
    let key = settings.pseudonym_key.expose_secret();
    let mut different = key.to_vec();
    different.sort_unstable();
    different.dedup();
    match different.len() >= KEY_VARIETY {
        true => remarks.ok("pseudonym key", format!("{} bytes", key.len())),
        false => remarks.warn(
            "pseudonym key",
            "it does not look random: whoever guesses it knows whom events are about",
            "before the first start, make one with `(umask 077; openssl rand -out FILE 32)`",
        ),
    }
    match settings.open_secrets.is_empty() {
        true => remarks.ok("secret files", "others cannot read them"),
        false => settings.open_secrets.iter().for_each(|fault| {
            let place = fault.place.as_ref().map(|place| format!("{place}: ")).unwrap_or_default();
            remarks.warn("secret files", format!("{place}{}", fault.cause), fault.remedy());
        }),
    }
    remarks.all
}

/// The keys of the evidence.
pub fn signing(settings: &Settings) -> Vec<Remark> {
    let mut remarks = Remarks::about("keys");
    let Evidence { signing_key, retiring_key } = &settings.evidence;
    if signing_key.is_none() {
        remarks.ok("signing key", "none: events are chained, and not signed");
    }
    for (name, file) in [("signing key", signing_key), ("retiring key", retiring_key)] {
        match file.as_deref().map(signing::load) {
            Some(Ok(key)) => remarks.ok(name, format!("id {}", key.public().id())),
            Some(Err(fault)) => remarks.wrong(name, fault.cause.clone(), fault.remedy()),
            None => {}
        }
    }
    remarks.all
}

/// The file that events go to.
pub fn event_file(file: &Path) -> Vec<Remark> {
    let mut remarks = Remarks::about("event file");
    let found = match file.exists() {
        true => OpenOptions::new().append(true).open(file).map(drop),
        false => {
            let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
            fs::metadata(folder.unwrap_or(Path::new("."))).map(drop)
        }
    };
    match found {
        Ok(()) => remarks.ok("writable", file.display().to_string()),
        Err(error) => remarks.wrong(
            "writable",
            format!("{}: {error}", file.display()),
            "make its folder, and give it to the user that lawtail runs as",
        ),
    }
    remarks.all
}

/// The address of metrics and health. `running`: a lawtail follows this slot now.
pub fn http(address: SocketAddr, running: bool) -> Vec<Remark> {
    let mut remarks = Remarks::about("http");
    match TcpListener::bind(address) {
        Ok(_) => remarks.ok("listen", format!("{address} is free")),
        Err(_) if running => remarks.ok(
            "listen",
            format!(
                "{address} is served, as it seems by the \
            lawtail that runs"
            ),
        ),
        Err(error) => remarks.wrong(
            "listen",
            format!("{address}: {error}"),
            "choose another http.listen address, or stop what is using it",
        ),
    }
    remarks.all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::diagnosis::Verdict;

    #[test]
    fn a_full_disk_is_a_fault_and_a_filling_one_a_warning() {
        let verdict = |free| {
            let mut remarks = Remarks::about("store");
            say_room(free, &mut remarks);
            remarks.all[0].verdict
        };
        let verdicts = [0, STORE_JOURNAL_BYTES, ROOM_BYTES].map(verdict);
        assert_eq!(verdicts, [Verdict::Fault, Verdict::Warning, Verdict::Ok]);
    }

    #[test]
    fn a_folder_that_is_not_there_yet_is_judged_by_the_one_above() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(existing(&folder.path().join("a/b")), folder.path());
        assert_eq!(existing(Path::new("no-such-folder")), Path::new("."));
        let remarks = store(&folder.path().join("a/b"));
        assert_eq!(remarks[0].verdict, Verdict::Ok);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left behind");
    }
}
