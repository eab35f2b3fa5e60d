//! `lawtail verify`: whether published events are all there and as they were published.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;

use crate::model::{Code, Fault, Place};
use crate::shell::signing;
use crate::wire::chain::{Digested, Extent, Proof, PublicKey, Summary, Verifier};

/// Faults shown one by one; of further ones only their number.
const SHOWN: u64 = 20;

/// Lines and bytes that a worker takes at a time.
const PIECE: (usize, usize) = (1_024, 4 << 20);

/// Verify hash chain, signatures and checkpoints of published events, offline.
///
/// Reads JSON lines in the order in which they were published, as the file publisher writes them.
/// Finds every removal, insertion, reordering and edit up to the last event; compare the printed
/// head with a trusted copy to know that none is missing after it. docs/evidence.md tells what
/// that proves.
#[derive(Debug, clap::Args)]
pub struct VerifyArguments {
    /// Files of JSON lines, read one after another as one; `-` is standard input.
    #[arg(required_unless_present = "proof", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The files hold a later part of the chain and need not begin with its first event.
    #[arg(long)]
    part: bool,
    /// A public key that may have signed the events, in PEM; may be given several times. Without
    /// one no signature is checked.
    #[arg(long = "public-key", value_name = "FILE")]
    public_keys: Vec<PathBuf>,
    /// Check the proof of one event, as `lawtail prove` writes it, instead of files.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["files", "part"])]
    proof: Option<PathBuf>,
}

/// Prints what was verified of each topic, and every fault. Success means: no fault, and at least
/// one event.
pub fn run(arguments: VerifyArguments) -> ExitCode {
    match report(&arguments, &mut io::stdout().lock()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) | Err(_) => ExitCode::FAILURE,
    }
}

/// `false` when there was a fault; an error when the report could not be written.
fn report(arguments: &VerifyArguments, output: &mut dyn Write) -> io::Result<bool> {
    let mut faults = Faults { output, count: 0 };
    let keys: Result<Vec<PublicKey>, Fault> =
        arguments.public_keys.iter().map(|path| signing::load_public(path)).collect();
    let keys = match keys {
        Ok(keys) => keys,
        Err(fault) => {
            faults.show(&fault)?;
            return Ok(false);
        }
    };
    if let Some(file) = &arguments.proof {
        return match check_proof(file, &keys) {
            Ok(told) => writeln!(faults.output, "{told}").map(|()| true),
            Err(fault) => faults.show(&fault).map(|()| false),
        };
    }
    let extent = if arguments.part { Extent::Part } else { Extent::Whole };
    let checked = !keys.is_empty();
    let mut verifier = Verifier::new(extent, keys);
    for file in &arguments.files {
        if let Err(error) = verify_file(file, &mut verifier, &mut faults) {
            let cause = format!("{} cannot be read: {error}", file.display());
            faults.show(&Fault::new(Code::EVD_001, cause).help("name a file of JSON lines"))?;
        }
    }
    verifier.finish().iter().try_for_each(|fault| faults.show(fault))?;
    let summary = verifier.summary();
    if summary.is_empty() {
        let help = "nothing is proven; name the file that the file publisher writes";
        faults.show(&Fault::new(Code::EVD_001, "there is no event").help(help))?;
    }
    let Faults { output, count } = faults;
    show_summary(&summary, output)?;
    match (count, checked) {
        (0, true) => writeln!(
            output,
            "ok: nothing was removed, inserted, reordered or edited; signatures are good"
        )?,
        (0, false) => writeln!(
            output,
            "ok: nothing was removed, inserted, reordered or edited\n\
             signatures were not checked: name the key with --public-key"
        )?,
        _ => writeln!(output, "broken: {count} faults; the table counts from the last break on")?,
    }
    Ok(count == 0)
}

fn show_summary(summary: &Summary, output: &mut dyn Write) -> io::Result<()> {
    writeln!(
        output,
        "{:<10} {:>10} {:>10} {:>10} {:>10}  head",
        "topic", "events", "first", "last", "again"
    )?;
    for (topic, found) in summary {
        let name = topic.suffix();
        let (events, first, last, again) =
            (found.events, found.first, found.last, found.duplicates);
        let head = &found.head;
        writeln!(output, "{name:<10} {events:>10} {first:>10} {last:>10} {again:>10}  {head}")?;
    }
    Ok(())
}

/// What a proof shows, in words.
fn check_proof(file: &Path, keys: &[PublicKey]) -> Result<String, Fault> {
    let unreadable =
        |cause: String| Fault::new(Code::EVD_001, format!("{}: {cause}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| unreadable(error.to_string()))?;
    // The parser's own words may quote the text.
    let proof: Result<Proof, _> = serde_json::from_str(&text);
    let proof = proof.map_err(|error| unreadable(format!("no proof (line {})", error.line())))?;
    let found = proof.check(keys)?;
    let event = &found.event;
    let (topic, sequence, id) = (event.topic.suffix(), event.sequence, &event.id);
    let signed = match &found.authority {
        Some(authority) => format!("signed by key {authority}"),
        None => "whose signature was not checked: name the key with --public-key".into(),
    };
    Ok(format!(
        "ok: event {id} ({topic}, sequence {sequence}) was published as it stands here\n\
         covered by checkpoint {} of {}, {signed}\nroot {}",
        found.checkpoint, found.time, found.root
    ))
}

fn verify_file(file: &Path, verifier: &mut Verifier, faults: &mut Faults<'_>) -> io::Result<()> {
    let mut input: Box<dyn BufRead> = match file.to_str() {
        Some("-") => Box::new(io::stdin().lock()),
        _ => Box::new(BufReader::with_capacity(1 << 20, File::open(file)?)),
    };
    let mut number = 0;
    let mut follow = |event: Result<Digested, Fault>| -> io::Result<()> {
        number += 1;
        if let Err(fault) = event.and_then(|event| verifier.follow(event)) {
            let file = file.display().to_string();
            faults.show(&fault.at(Place { file, line: number, ..Place::default() }))?;
        }
        Ok(())
    };
    thread::scope(|scope| {
        let workers = thread::available_parallelism().map_or(1, usize::from);
        // Pieces in the order of the file, each with a worker that is at it: as many as there are
        // workers, so that reading and linking go on meanwhile.
        let mut digesting = VecDeque::new();
        // Memory of pieces that are done: taking it anew from the system costs more than reading.
        let mut spare: Vec<Vec<u8>> = Vec::new();
        loop {
            let (text, lines) = read_piece(&mut *input, spare.pop().unwrap_or_default())?;
            let ended = lines.is_empty();
            if !ended {
                digesting.push_back(scope.spawn(move || (digest(&text, &lines), text)));
            }
            while digesting.len() > if ended { 0 } else { workers } {
                let done = digesting.pop_front().expect("one is left").join();
                let (events, text) = done.expect("digesting does not panic");
                spare.push(text);
                events.into_iter().try_for_each(&mut follow)?;
            }
            if ended {
                return Ok(());
            }
        }
    })
}

/// The next lines, one after another, and where each lies. What stands in `text` goes.
fn read_piece(
    input: &mut dyn BufRead,
    mut text: Vec<u8>,
) -> io::Result<(Vec<u8>, Vec<Range<usize>>)> {
    text.clear();
    let mut lines = Vec::with_capacity(PIECE.0);
    while lines.len() < PIECE.0 && text.len() < PIECE.1 {
        let start = text.len();
        if input.read_until(b'\n', &mut text)? == 0 {
            break;
        }
        lines.push(start..text.len());
    }
    Ok((text, lines))
}

/// The laborious part of the verification, for one worker.
fn digest(text: &[u8], lines: &[Range<usize>]) -> Vec<Result<Digested, Fault>> {
    lines.iter().map(|line| Digested::of_line(text[line.clone()].trim_ascii_end())).collect()
}

struct Faults<'a> {
    output: &'a mut dyn Write,
    count: u64,
}

impl Faults<'_> {
    fn show(&mut self, fault: &Fault) -> io::Result<()> {
        self.count += 1;
        if self.count <= SHOWN { writeln!(self.output, "{fault}") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::Timestamp;
    use crate::model::limits::CHECKPOINT_INTERVAL;
    use crate::wire::samples::{emissions, origin};
    use crate::wire::{Chain, lines};

    fn published() -> Vec<String> {
        let mut chain = Chain::default();
        let events = emissions().into_iter().map(|emission| chain.seal(&emission, &origin()));
        events.map(|event| lines::encode(&event).unwrap() + "\n").collect()
    }

    fn arguments() -> VerifyArguments {
        VerifyArguments { files: Vec::new(), part: false, public_keys: Vec::new(), proof: None }
    }

    fn verify(files: &[&[String]], part: bool) -> (bool, String) {
        let folder = tempfile::tempdir().unwrap();
        let write = |(number, lines): (usize, &&[String])| {
            let path = folder.path().join(format!("{number}.jsonl"));
            std::fs::write(&path, lines.concat()).unwrap();
            path
        };
        let files = files.iter().enumerate().map(write).collect();
        let mut output = Vec::new();
        let arguments = VerifyArguments { files, part, ..arguments() };
        let ok = report(&arguments, &mut output).unwrap();
        (ok, String::from_utf8(output).unwrap())
    }

    #[test]
    fn an_undisturbed_file_is_ok_also_in_pieces() {
        let lines = published();
        let (ok, text) = verify(&[&lines[..5], &lines[5..]], false);
        assert!(ok, "{text}");
        assert!(text.contains("ok: nothing was removed"), "{text}");
        for topic in ["findings", "incidents", "catalog", "coverage", "policies"] {
            assert!(text.contains(topic), "{text}");
        }
    }

    #[test]
    fn a_removed_line_is_named_with_its_place() {
        let mut lines = published();
        lines.remove(1);
        let (ok, text) = verify(&[&lines], false);
        assert!(!ok);
        assert!(text.contains("EVD-001"), "{text}");
        assert!(text.contains("0.jsonl:2"), "{text}");
        assert!(text.contains("findings, sequence 3: sequence 2 is missing before it"), "{text}");
    }

    #[test]
    fn a_part_begins_anywhere_when_it_may() {
        let lines = published();
        assert!(!verify(&[&lines[1..]], false).0);
        assert!(verify(&[&lines[1..]], true).0);
    }

    #[test]
    fn what_is_no_event_is_a_fault() {
        for line in ["{}\n", "\n", "torn"] {
            let mut lines = published();
            lines.push(line.into());
            assert!(!verify(&[&lines], false).0);
        }
    }

    #[test]
    fn nothing_proves_nothing() {
        assert!(!verify(&[&[]], false).0);
        let missing = VerifyArguments { files: vec!["/nonexistent".into()], ..arguments() };
        assert!(!report(&missing, &mut Vec::new()).unwrap());
    }

    #[test]
    fn many_faults_are_counted_and_not_all_shown() {
        let lines = vec!["{}\n".to_owned(); 100];
        let (ok, text) = verify(&[&lines], false);
        assert!(!ok && text.contains("broken: 101 faults"), "{text}");
        assert_eq!(text.matches("EVD-001").count() as u64, SHOWN);
    }

    /// Signed events with a checkpoint, their key, and a folder for files.
    fn signed() -> (tempfile::TempDir, Vec<String>, Vec<PathBuf>) {
        let folder = tempfile::tempdir().unwrap();
        let begun = Timestamp(1_772_442_900_000_000);
        let mut keys = Vec::new();
        for name in ["one", "other"] {
            let key = signing::create(&folder.path().join(name)).unwrap();
            let public = folder.path().join(format!("{name}.pub"));
            std::fs::write(&public, key.public().to_pem()).unwrap();
            keys.push(public);
        }
        let key = Arc::new(signing::load(&folder.path().join("one")).unwrap());
        let mut chain = Chain::default().signing(Some(key), None).unwrap();
        let mut events = chain.extend(&emissions(), &origin(), begun);
        events.extend(chain.extend(&[], &origin(), begun + CHECKPOINT_INTERVAL));
        let lines = events.iter().map(|event| lines::encode(event).unwrap() + "\n").collect();
        (folder, lines, keys)
    }

    fn report_of(arguments: VerifyArguments) -> (bool, String) {
        let mut output = Vec::new();
        let ok = report(&arguments, &mut output).unwrap();
        (ok, String::from_utf8(output).unwrap())
    }

    #[test]
    fn signatures_are_checked_with_the_key_that_is_given() {
        let (folder, lines, keys) = signed();
        let file = folder.path().join("events.jsonl");
        std::fs::write(&file, lines.concat()).unwrap();
        let with = |public_keys: &[PathBuf]| {
            let (files, public_keys) = (vec![file.clone()], public_keys.to_vec());
            report_of(VerifyArguments { files, public_keys, ..arguments() })
        };
        let (ok, text) = with(&keys[..1]);
        assert!(ok && text.contains("signatures are good"), "{text}");
        let (ok, text) = with(&[]);
        assert!(ok && text.contains("signatures were not checked"), "{text}");
        let (ok, text) = with(&keys[1..]);
        assert!(!ok && text.contains("which was not given"), "{text}");
        let (ok, text) = with(&[folder.path().join("one")]);
        assert!(!ok && text.contains("EVD-002"), "{text}");
    }

    #[test]
    fn a_proof_is_checked_without_the_other_events() {
        let (folder, lines, keys) = signed();
        let events = || lines.iter().map(|line| lines::decode(line.trim().as_bytes()).unwrap());
        let id = events().nth(3).unwrap().id;
        let proof = Proof::of(&id, events()).unwrap();
        let file = folder.path().join("proof.json");
        let text = serde_json::to_string_pretty(&proof).unwrap();
        let with = |text: &str, public_keys: &[PathBuf]| {
            std::fs::write(&file, text).unwrap();
            let (proof, public_keys) = (Some(file.clone()), public_keys.to_vec());
            report_of(VerifyArguments { proof, public_keys, ..arguments() })
        };
        let (ok, told) = with(&text, &keys[..1]);
        assert!(ok && told.contains(&id) && told.contains("signed by key"), "{told}");
        assert!(with(&text, &[]).1.contains("was not checked"));
        assert!(!with(&text, &keys[1..]).0);
        assert!(!with("{}", &keys[..1]).0);
        assert!(!with(&text.replacen(&id, "other", 1), &keys[..1]).0);
    }
}
