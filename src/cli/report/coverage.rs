//! What lawtail cannot see or judge: rules that the policies give nothing to rest on, tables with
//! personal data that nobody mapped, and mapped tables whose changes arrive without old values.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::cli::scan::show::shown;
use crate::cli::test::coverage::possible;
use crate::model::{Category, Code, ReplicaIdentity, TableName};
use crate::policy::{Policies, Provenance};
use crate::shell::source::postgres::{Found, Scanned};

/// What a rule lacks when it can never be raised.
const LACKING: [(Code, &str); 6] = [
    (Code::LB_001, "no activity of the register asks for a basis of each person (`per_subject`)"),
    (
        Code::CN_001,
        "the pack maps no `activity`, no purpose is direct marketing, or no channel needs opt-in",
    ),
    (
        Code::CN_002,
        "the pack maps no `activity` or no `permissions`, or no purpose is direct marketing",
    ),
    (Code::CN_003, "as CN-002, or no channel of the profile needs double opt-in"),
    (Code::CN_007, "no permission of the pack can become a yes, or the database is a copy"),
    (Code::ER_002, "the pack maps no `request` that may be an erasure"),
];

/// The report.
pub fn report(policies: &Policies, found: &Found) -> String {
    let mut text = format!("coverage of pack {}", policies.pack.name);
    if policies.pack.provenance != Provenance::Origin {
        text.push_str(", a copy: times and transactions are those of the sync job");
    }
    text.push('\n');
    let mapped = |scanned: &&Scanned| policies.pack.tables.contains_key(&scanned.table.name);
    section(&mut text, "rules that these policies can never raise", out_of_reach(policies));
    let unmapped = found.tables.iter().filter(|it| !mapped(it)).filter_map(personal);
    section(&mut text, "personal data that no pack maps (COV-003 where it is published)", unmapped);
    let unregistered = found.tables.iter().filter(mapped).filter_map(|it| {
        let name = &it.table.name;
        let missing = categories(it).into_iter().filter(|it| !policies.register.lists(name, *it));
        let missing: Vec<&str> = missing.map(Category::key).collect();
        (!missing.is_empty()).then(|| format!("{}: {}", name, missing.join(", ")))
    });
    section(
        &mut text,
        "categories that the register does not list (REG-001, MIN-001)",
        unregistered,
    );
    let partial = found.tables.iter().filter(mapped).filter(|it| {
        it.table.replica_identity != ReplicaIdentity::Full && it.profile.is_personal()
    });
    let partial = partial.map(|it| it.table.name.to_string());
    section(&mut text, "mapped tables without REPLICA IDENTITY FULL (COV-001)", partial);
    let unfit = found.tables.iter().filter_map(|it| policies.pack.fits(&it.table).err());
    section(&mut text, "columns of the pack that are not there", unfit.map(|fault| fault.cause));
    let there: BTreeSet<&TableName> = found.tables.iter().map(|it| &it.table.name).collect();
    let absent = policies.pack.tables.keys().filter(|name| !there.contains(name));
    section(&mut text, "tables of the pack that are not there", absent.map(TableName::to_string));
    text
}

/// A heading with its lines; an empty section says so.
fn section(text: &mut String, heading: &str, lines: impl Iterator<Item = String>) {
    let _ = writeln!(text, "\n{heading}");
    let before = text.len();
    for line in lines {
        let _ = writeln!(text, "  {}", shown(&line));
    }
    if text.len() == before {
        text.push_str("  none\n");
    }
}

fn out_of_reach(policies: &Policies) -> impl Iterator<Item = String> {
    let never = possible(policies).into_iter().filter(|(_, possible)| !possible);
    never.map(|(code, _)| {
        let lacking = LACKING.iter().find(|(it, _)| *it == code).map(|(_, lacking)| *lacking);
        let lacking = lacking.unwrap_or("pack, register and profile give it nothing to rest on");
        format!("{code} {}: {lacking}", code.title())
    })
}

fn personal(scanned: &Scanned) -> Option<String> {
    let found: Vec<&str> = categories(scanned).into_iter().map(Category::key).collect();
    (!found.is_empty()).then(|| format!("{}: {}", scanned.table.name, found.join(", ")))
}

fn categories(scanned: &Scanned) -> BTreeSet<Category> {
    let found = scanned.profile.verdicts().iter().filter_map(|verdict| verdict.category);
    found.filter(|category| *category != Category::UniqueIdentifier).collect()
}
