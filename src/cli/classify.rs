//! `lawtail classify`: personal data in texts, one JSON line in, one out.

use std::io::{self, BufRead, BufWriter, Read, Write};
use std::process::ExitCode;

use anstream::eprintln;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::engine::classify::text::{Reader, Reading, TextSpan};

/// Longest line that is read, in bytes; one beyond it is reported and passed over.
const LONGEST_LINE: usize = 64 * 1024 * 1024;

/// Arguments of `lawtail classify`.
#[derive(clap::Args)]
pub struct ClassifyArguments {
    /// How the answers are written: one JSON object a line
    #[arg(long, value_enum, default_value_t = Format::Json)]
    format: Format,
}

/// How the answers are written.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Format {
    Json,
}

/// A line of the input. The id comes back as it was.
#[derive(Deserialize)]
struct Question<'line> {
    #[serde(borrow)]
    id: &'line RawValue,
    #[serde(borrow)]
    text: std::borrow::Cow<'line, str>,
}

/// Answers every line: 0, or 1 when a line could not be read or written.
pub fn run(arguments: ClassifyArguments) -> ExitCode {
    let Format::Json = arguments.format;
    match answer(io::stdin().lock(), BufWriter::with_capacity(1 << 16, io::stdout().lock())) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        // Whoever read the answers has enough of them.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("input or output failed: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Answers line by line; how many lines could not be read. What is answered is written at once
/// when nothing more is waiting to be read.
fn answer(input: impl io::Read, mut output: impl Write) -> io::Result<usize> {
    let mut input = io::BufReader::with_capacity(1 << 16, input);
    let mut line = Vec::new();
    let mut reader = Reader::default();
    let (mut number, mut faults) = (0, 0);
    loop {
        if !input.buffer().contains(&b'\n') {
            output.flush()?;
        }
        let Some(length) = read_line(&mut input, &mut line)? else { break };
        number += 1;
        let fault = match length {
            length if length > LONGEST_LINE => Some(format!("longer than {LONGEST_LINE} bytes")),
            _ if line.trim_ascii().is_empty() => None,
            _ => answer_line(&line, &mut reader, &mut output)?,
        };
        if let Some(fault) = fault {
            faults += 1;
            eprintln!("line {number}: {fault}");
        }
    }
    output.flush()?;
    Ok(faults)
}

/// Reads a line without its end, at most a byte more than [`LONGEST_LINE`] of it; its length, or
/// `None` at the end.
fn read_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Option<usize>> {
    line.clear();
    let most = LONGEST_LINE as u64 + 1;
    let mut length = input.by_ref().take(most).read_until(b'\n', line)?;
    if length == 0 {
        return Ok(None);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
        return Ok(Some(line.len()));
    }
    // What is beyond the longest line is passed over.
    while length > LONGEST_LINE {
        let waiting = input.fill_buf()?;
        let end = waiting.iter().position(|byte| *byte == b'\n');
        let used = end.map_or(waiting.len(), |end| end + 1);
        input.consume(used);
        if end.is_some() || used == 0 {
            break;
        }
        length += used;
    }
    Ok(Some(length))
}

/// Answers one line, or says what is wrong with it without repeating it.
fn answer_line(
    line: &[u8],
    reader: &mut Reader,
    output: &mut impl Write,
) -> io::Result<Option<String>> {
    let question: Question = match serde_json::from_slice(line) {
        Ok(question) => question,
        Err(error) => return Ok(Some(what_is_wrong(&error))),
    };
    let id = question.id.get();
    if !id.starts_with(['"', '-']) && !id.starts_with(|first: char| first.is_ascii_digit()) {
        return Ok(Some("`id` is neither a string nor a number".to_owned()));
    }
    let reading = reader.read(&question.text);
    write_answer(id, &reading, output)?;
    Ok(None)
}

/// A line of the output. It is put together by hand: with many spans, a serializer takes a sixth of the
/// time. Nothing in it but the id, which is JSON already, could need an escape.
fn write_answer(id: &str, reading: &Reading, output: &mut impl Write) -> io::Result<()> {
    let mut line = Vec::with_capacity(64 + id.len() + 80 * reading.spans.len());
    line.extend_from_slice(b"{\"id\":");
    line.extend_from_slice(id.as_bytes());
    line.extend_from_slice(b",\"spans\":[");
    for (place, TextSpan { start, end, category }) in reading.spans.iter().enumerate() {
        line.extend_from_slice(if place == 0 { b"{\"start\":" } else { b",{\"start\":" });
        push_number(*start, &mut line);
        line.extend_from_slice(b",\"end\":");
        push_number(*end, &mut line);
        line.extend_from_slice(b",\"category\":\"");
        line.extend_from_slice(category.key().as_bytes());
        line.extend_from_slice(b"\"}");
    }
    line.extend_from_slice(b"],\"special\":[");
    for (place, special) in reading.special.iter().enumerate() {
        line.extend_from_slice(if place == 0 { b"\"" } else { b",\"" });
        line.extend_from_slice(special.name().as_bytes());
        line.push(b'"');
    }
    line.extend_from_slice(b"]}\n");
    output.write_all(&line)
}

/// Appends a number in decimal digits.
fn push_number(number: usize, line: &mut Vec<u8>) {
    let (mut digits, mut first, mut rest) = ([0; 20], 20, number);
    while rest > 0 || first == 20 {
        first -= 1;
        digits[first] = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
    }
    line.extend_from_slice(&digits[first..]);
}

/// The place and kind of a fault: serde's own words may quote the text.
fn what_is_wrong(error: &serde_json::Error) -> String {
    use serde_json::error::Category;
    let column = error.column();
    match error.classify() {
        Category::Eof => format!("the JSON ends too early, at column {column}"),
        Category::Syntax => format!("not JSON, at column {column}"),
        Category::Data | Category::Io => {
            "not an object with `id` (string or number) and `text` (string), each once".to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(input: &str) -> (usize, String) {
        let mut output = Vec::new();
        let faults = answer(input.as_bytes(), &mut output).unwrap();
        (faults, String::from_utf8(output).unwrap())
    }

    #[test]
    fn each_line_is_answered_in_order_with_its_id() {
        let (faults, output) = answers(concat!(
            "{\"id\":\"a\\u00e9\",\"text\":\"Ř ada@example.org\"}\n",
            "\n",
            "{\"text\":\"nothing here\",\"id\":12.50,\"more\":null}"
        ));
        assert_eq!(faults, 0);
        assert_eq!(
            output,
            concat!(
                "{\"id\":\"a\\u00e9\",\"spans\":[{\"start\":2,\"end\":17,\"category\":\"user.contact.email\"}],\"special\":[]}\n",
                "{\"id\":12.50,\"spans\":[],\"special\":[]}\n",
            )
        );
    }

    #[test]
    fn a_bad_line_is_counted_and_the_others_are_answered() {
        for bad in [
            "{",
            "[]",
            "{\"id\":1}",
            "{\"id\":null,\"text\":\"\"}",
            "{\"id\":1,\"text\":2}",
            "\u{fffd}",
        ] {
            let (faults, output) = answers(&format!("{bad}\n{{\"id\":2,\"text\":\"\"}}\n"));
            assert_eq!((faults, output.lines().count()), (1, 1), "{bad}");
        }
    }

    #[test]
    fn a_fault_says_where_and_repeats_nothing_of_the_text() {
        for line in [
            "{\"id\":1,\"text\":\"canary\" canary",
            "{\"id\":1,\"text\":[\"canary\"]}",
            "\"canary\"",
        ] {
            let fault = answer_line(line.as_bytes(), &mut Reader::default(), &mut Vec::new())
                .unwrap()
                .unwrap();
            assert!(!fault.contains("canary"), "{fault}");
        }
    }
}
