//! The result, for people and for programs.

use anstream::println;
use anstyle::{AnsiColor, Style};
use serde_json::json;

use crate::cli::faults::{BAD, FAINT, GOOD, STRONG};
use crate::shell::diagnosis::{Remark, Verdict};

/// What could be better.
const DOUBTFUL: Style = AnsiColor::Yellow.on_default();

/// One line for each precondition, and the sum.
pub fn text(remarks: &[Remark]) {
    for Remark { group, check, verdict, found, remedy } in remarks {
        let style = match verdict {
            Verdict::Ok => GOOD,
            Verdict::Warning => DOUBTFUL,
            Verdict::Fault => BAD,
        };
        let verdict = verdict.name();
        let remedy = remedy.as_ref().map(|remedy| format!("; {FAINT}remedy:{FAINT:#} {remedy}"));
        let remedy = remedy.unwrap_or_default();
        println!("{style}{verdict:<8}{style:#}{STRONG}{group}{STRONG:#}, {check}: {found}{remedy}");
    }
    let [ok, warning, fault] = counts(remarks);
    println!("{ok} ok, {warning} warnings, {fault} faults");
}

/// One document.
pub fn json(remarks: &[Remark]) {
    let [ok, warning, fault] = counts(remarks);
    println!("{}", json!({"checks": remarks, "ok": ok, "warnings": warning, "faults": fault}));
}

fn counts(remarks: &[Remark]) -> [usize; 3] {
    let count = |verdict| remarks.iter().filter(|remark| remark.verdict == verdict).count();
    [Verdict::Ok, Verdict::Warning, Verdict::Fault].map(count)
}
