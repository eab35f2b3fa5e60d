//! Keeps the map of the house true: import directions, purity, sizes, names, codes.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use lawtail::model::Code;

/// From the bottom up; each may import only what stands before it.
const LAYERS: [&str; 6] = ["model", "policy", "engine", "wire", "shell", "cli"];

/// The first four decide; nothing in them may touch the world or depend on an accident.
const PURE: usize = 4;

const IMPURE: [&str; 16] = [
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "std::os",
    "Instant::now",
    "SystemTime",
    "tokio::",
    "tracing::",
    "HashMap",
    "HashSet",
    "getrandom",
    "println!",
    "eprintln!",
    "std::io",
];

/// Lines of one source file.
const FILE_LINES: usize = 500;

/// Lines of one function.
const FUNCTION_LINES: usize = 70;

const EMPTY_NAMES: [&str; 5] = ["utils", "helpers", "types", "common", "core"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &str, ending: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder is there") {
            let path = entry.expect("it can be listed").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == ending) {
                let text = fs::read_to_string(&path).expect("sources are text");
                found.push((path, text));
            }
        }
    }
    found.sort();
    found
}

/// The lines of a file before its tests.
fn production(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod ").next().unwrap_or(text)
}

fn is_test_file(path: &Path) -> bool {
    path.file_stem().is_some_and(|name| name.to_string_lossy().ends_with("tests"))
}

fn layer(path: &Path) -> Option<usize> {
    let inside = path.strip_prefix(root().join("src")).ok()?;
    let first = inside.components().next()?.as_os_str().to_string_lossy().into_owned();
    LAYERS.iter().position(|layer| *layer == first.trim_end_matches(".rs"))
}

fn report(faults: Vec<String>) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn imports_point_one_way() {
    let mut faults = Vec::new();
    for (path, text) in files("src", "rs") {
        let Some(own) = layer(&path) else { continue };
        for above in &LAYERS[own + 1..] {
            if production(&text).contains(&format!("crate::{above}::")) {
                faults.push(format!("{} imports {above}", path.display()));
            }
        }
    }
    report(faults);
}

#[test]
fn the_decision_core_is_pure() {
    let mut faults = Vec::new();
    for (path, text) in files("src", "rs") {
        if layer(&path).is_none_or(|own| own >= PURE) || is_test_file(&path) {
            continue;
        }
        for line in production(&text).lines().filter(|line| !line.trim_start().starts_with("//")) {
            for impure in IMPURE.iter().filter(|impure| line.contains(**impure)) {
                faults.push(format!("{}: {impure}", path.display()));
            }
        }
    }
    report(faults);
}

/// Logarithms and their like differ from platform to platform in their last bits; `libm` does not.
#[test]
fn no_decision_rests_on_arithmetic_of_the_platform() {
    let functions = [
        ".ln()",
        ".ln_1p()",
        ".log(",
        ".log2()",
        ".log10()",
        ".exp()",
        ".exp2()",
        ".exp_m1()",
        ".powf(",
        ".powi(",
        ".sqrt()",
        ".cbrt()",
        ".hypot(",
        ".sin()",
        ".cos()",
        ".tan()",
        ".tanh()",
        ".mul_add(",
        ".gamma()",
        ".ln_gamma(",
    ];
    let mut faults = Vec::new();
    for (path, text) in files("src", "rs") {
        if layer(&path).is_none_or(|own| own >= PURE) || is_test_file(&path) {
            continue;
        }
        for function in functions.iter().filter(|function| production(&text).contains(**function)) {
            faults.push(format!("{}: {function} of the standard library", path.display()));
        }
    }
    report(faults);
}

#[test]
fn files_are_small_and_well_named() {
    let mut faults = Vec::new();
    for (path, text) in files("src", "rs") {
        let lines = text.lines().count();
        if lines > FILE_LINES {
            faults.push(format!("{}: {lines} lines, at most {FILE_LINES}", path.display()));
        }
        let name = path.file_stem().expect("a file has a name").to_string_lossy().into_owned();
        let folder = path.parent().and_then(Path::file_name);
        let folder = folder.map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
        if EMPTY_NAMES.contains(&name.as_str()) || EMPTY_NAMES.contains(&folder.as_str()) {
            faults.push(format!("{}: the name says nothing", path.display()));
        }
    }
    report(faults);
}

#[test]
fn functions_fit_a_screen() {
    let mut faults = Vec::new();
    for (path, text) in files("src", "rs") {
        let mut open: Option<(usize, String, String)> = None;
        for (number, line) in text.lines().enumerate() {
            let indent: String = line.chars().take_while(|it| *it == ' ').collect();
            let code = line.trim_start();
            let starts = ["fn ", "pub fn ", "async fn ", "pub async fn ", "pub(super) fn "];
            if starts.iter().any(|start| code.starts_with(start)) && !code.ends_with(';') {
                open = Some((number, indent.clone(), code.to_owned()));
            }
            let closes = |indent: &str| line == format!("{indent}}}");
            if let Some((start, _, name)) = open.take_if(|(_, indent, _)| closes(indent)) {
                let lines = number - start + 1;
                if lines > FUNCTION_LINES {
                    faults.push(format!("{}: {lines} lines: {name}", path.display()));
                }
            }
        }
    }
    report(faults);
}

#[test]
fn every_page_belongs_to_a_code() {
    for (path, _) in files("src/codes", "md") {
        let name = path.file_stem().expect("a file has a name").to_string_lossy().into_owned();
        assert!(name.parse::<Code>().is_ok(), "{}: no such code", path.display());
    }
}

#[test]
fn every_page_says_something() {
    for code in Code::ALL {
        let words = code.page().split_whitespace().count();
        assert!(words > 40, "{code}: the page has {words} words");
    }
}

#[test]
fn every_code_is_emitted_and_tested() {
    let mut emitted: BTreeMap<&str, bool> = BTreeMap::new();
    let mut tested: BTreeMap<&str, bool> = BTreeMap::new();
    let mut production_text = String::new();
    let mut test_text = String::new();
    for (path, text) in files("src", "rs") {
        if path.ends_with("model/code.rs") {
            continue;
        }
        if is_test_file(&path) {
            test_text.push_str(&text);
            continue;
        }
        let before = production(&text);
        production_text.push_str(before);
        test_text.push_str(&text[before.len()..]);
    }
    for (_, text) in files("tests", "rs").into_iter().chain(files("policies", "yaml")) {
        test_text.push_str(&text);
    }
    for code in Code::ALL {
        let constant = format!("Code::{}", code.text().replace('-', "_"));
        emitted.insert(code.text(), production_text.contains(&constant));
        tested
            .insert(code.text(), test_text.contains(&constant) || test_text.contains(code.text()));
    }
    let missing = |seen: &BTreeMap<&str, bool>| -> Vec<String> {
        seen.iter().filter(|(_, seen)| !**seen).map(|(code, _)| (*code).to_owned()).collect()
    };
    assert_eq!(missing(&emitted), Vec::<String>::new(), "never emitted");
    assert_eq!(missing(&tested), Vec::<String>::new(), "never tested");
}

#[test]
fn content_is_revealed_in_few_places() {
    let places: Vec<String> = files("src", "rs")
        .into_iter()
        .filter(|(path, text)| {
            !is_test_file(path)
                && !path.ends_with("model/cell.rs")
                && (production(text).contains(".reveal()")
                    || production(text).contains(".reveal_text()"))
        })
        .map(|(path, _)| path.strip_prefix(root()).expect("it is inside").display().to_string())
        .collect();
    assert!(places.len() <= 12, "too many places touch personal data:\n{}", places.join("\n"));
}

#[test]
fn every_test_against_a_complaint_or_a_threat_exists() {
    let read = |page: &str| fs::read_to_string(root().join(page)).expect("it is there");
    let pages = [read("tests/complaints.md"), read("docs/threat-model.md")].concat();
    let sources = [files("tests", "rs"), files("src", "rs")].concat();
    let named: Vec<&str> = pages.split('`').skip(1).step_by(2).collect();
    let tests = named.iter().filter(|name| name.matches('_').count() > 2 && !name.contains('.'));
    let mut missing: Vec<&str> = tests
        .filter(|name| !sources.iter().any(|(_, text)| text.contains(&format!("fn {name}("))))
        .filter(|name| !root().join(format!("tests/golden/{name}.journal")).is_file())
        .copied()
        .collect();
    let places = named.iter().filter(|name| name.contains('/') && !name.contains(' '));
    missing.extend(places.filter(|place| !root().join(place).exists()));
    report(missing.into_iter().map(str::to_owned).collect());
}
