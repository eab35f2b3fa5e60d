//! `lawtail verify`: whether published events are all there and as they were published.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::model::{Code, Fault, Place};
use crate::wire::chain::{Extent, Verifier};
use crate::wire::lines;

/// Faults shown one by one; of further ones only their number.
const SHOWN: u64 = 20;

/// Verify the hash chain of published events, offline.
///
/// Reads JSON lines in the order in which they were published, as the file publisher writes them.
/// Finds every removal, insertion, reordering and edit up to the last event; compare the printed
/// head with a trusted copy to know that none is missing after it.
#[derive(Debug, clap::Args)]
pub struct VerifyArguments {
    /// Files of JSON lines, read one after another as one; `-` is standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The files hold a later part of the chain and need not begin with its first event.
    #[arg(long)]
    part: bool,
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
    let extent = if arguments.part { Extent::Part } else { Extent::Whole };
    let mut verifier = Verifier::new(extent);
    let mut faults = Faults { output, count: 0 };
    for file in &arguments.files {
        if let Err(error) = verify_file(file, &mut verifier, &mut faults) {
            let cause = format!("{} cannot be read: {error}", file.display());
            faults.show(&Fault::new(Code::EVD_001, cause).help("name a file of JSON lines"))?;
        }
    }
    let summary = verifier.summary();
    if summary.is_empty() {
        let help = "nothing is proven; name the file that the file publisher writes";
        faults.show(&Fault::new(Code::EVD_001, "there is no event").help(help))?;
    }
    let Faults { output, count } = faults;
    writeln!(
        output,
        "{:<10} {:>10} {:>10} {:>10} {:>10}  head",
        "topic", "events", "first", "last", "again"
    )?;
    for (topic, found) in summary {
        let name = topic.suffix();
        let (events, first, last, again) =
            (found.events, found.first, found.last, found.duplicates);
        let head = found.head;
        writeln!(output, "{name:<10} {events:>10} {first:>10} {last:>10} {again:>10}  {head}")?;
    }
    match count {
        0 => writeln!(output, "ok: nothing was removed, inserted, reordered or edited")?,
        _ => writeln!(output, "broken: {count} faults; the table counts from the last break on")?,
    }
    Ok(count == 0)
}

fn verify_file(file: &Path, verifier: &mut Verifier, faults: &mut Faults<'_>) -> io::Result<()> {
    let mut input: Box<dyn BufRead> = match file.to_str() {
        Some("-") => Box::new(io::stdin().lock()),
        _ => Box::new(BufReader::new(File::open(file)?)),
    };
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        if input.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        let event = lines::decode(line.trim_ascii_end());
        if let Err(fault) = event.and_then(|event| verifier.add(&event)) {
            let place =
                Place { file: file.display().to_string(), line: number, ..Place::default() };
            faults.show(&fault.at(place))?;
        }
    }
    Ok(())
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
    use super::*;
    use crate::wire::Chain;
    use crate::wire::samples::{emissions, origin};

    fn published() -> Vec<String> {
        let mut chain = Chain::default();
        let events = emissions().into_iter().map(|emission| chain.seal(&emission, &origin()));
        events.map(|event| lines::encode(&event).unwrap() + "\n").collect()
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
        let ok = report(&VerifyArguments { files, part }, &mut output).unwrap();
        (ok, String::from_utf8(output).unwrap())
    }

    #[test]
    fn an_undisturbed_file_is_ok_also_in_pieces() {
        let lines = published();
        let (ok, text) = verify(&[&lines[..5], &lines[5..]], false);
        assert!(ok, "{text}");
        assert!(text.contains("ok: nothing was removed"), "{text}");
        for topic in ["findings", "incidents", "catalog", "coverage"] {
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
        let missing = VerifyArguments { files: vec!["/nonexistent".into()], part: false };
        assert!(!report(&missing, &mut Vec::new()).unwrap());
    }

    #[test]
    fn many_faults_are_counted_and_not_all_shown() {
        let lines = vec!["{}\n".to_owned(); 100];
        let (ok, text) = verify(&[&lines], false);
        assert!(!ok && text.contains("broken: 101 faults"), "{text}");
        assert_eq!(text.matches("EVD-001").count() as u64, SHOWN);
    }
}
