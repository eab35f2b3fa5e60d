//! What lawtail cannot see or judge: rules that the policies give nothing to rest on, tables with
//! personal data that nobody mapped, and mapped tables whose changes arrive without old values.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::cli::scan::show::shown;
use crate::cli::test::coverage::possible;
use crate::cli::test::duties;
use crate::model::limits::ATTESTED_FOR;
use crate::model::{Category, Code, ReplicaIdentity, TableName, Timestamp};
use crate::policy::{
    Attestation, Attested, Exception, ImpactAssessment, Maturity, Policies, Provenance,
};
use crate::shell::source::postgres::{Found, Scanned};

/// What a rule lacks when it can never be raised.
const LACKING: [(Code, &str); 49] = [
    (Code::LB_001, "no activity of the register asks for a basis of each person (`per_subject`)"),
    (
        Code::LB_002,
        "no table declares a column of a special category whose activity names no condition",
    ),
    (Code::LB_003, "no table of people says who is a `child`"),
    (Code::LB_004, "no `basis` of the pack can be withdrawn as consent and become another"),
    (Code::LB_005, "no `basis` of the pack stands in a column"),
    (
        Code::CN_001,
        "the pack maps no `activity`, no purpose is direct marketing, or no channel needs opt-in",
    ),
    (
        Code::CN_002,
        "the pack maps no `activity` or no `permissions`, or no purpose is direct marketing",
    ),
    (Code::CN_003, "as CN-002, or no channel of the profile needs double opt-in"),
    (Code::CN_004, "no permission has `requested_at` and can become confirmed"),
    (Code::CN_005, "no permission has `captured_at` or `confirmed_at`, or the database is a copy"),
    (Code::CN_006, "no permission has `captured_at` or `confirmed_at`, or the database is a copy"),
    (Code::CN_007, "no permission of the pack can become a yes, or the database is a copy"),
    (Code::CN_008, "no permission says by what it is `documented_by`"),
    (Code::CN_010, "as CN-002, or no permission has `valid_until`"),
    (Code::CN_011, "no permission that can be an opt-out has `evidence` of the person's own act"),
    (Code::CN_012, "no table is `append_only`"),
    (Code::CN_013, "no permission that can be an opt-out has `evidence` of the person's own act"),
    (Code::CN_014, "no permission holds for the whole person, or there is none beside it"),
    (Code::OB_001, "no table has `profiling`, with columns and with objections"),
    (Code::SEC_003, "no table records an `export`"),
    (Code::SEC_004, "no `account` of the pack can be `inactive`"),
    (
        Code::SEC_005,
        "no `account` can be `privileged` or have a `second_factor`, and no `credential`",
    ),
    (Code::SEC_006, "no table says who has `access`"),
    (Code::SEC_008, "no table is `audited_by` another, or the database is a copy"),
    (Code::SEC_010, "no table names the `owner` of a record"),
    (Code::SEC_011, "no table names what a record was `merged_into`"),
    (Code::SEC_015, "the register lists no `decoys`"),
    (Code::SEC_018, "no table names the `tenant` of a record"),
    (Code::SEC_020, "no table says until when a record is `kept_until`"),
    (Code::SEC_021, "no table is `audited_by` another"),
    (Code::TR_002, "no table names a `destination`"),
    (Code::RT_001, "the pack maps no `request`"),
    (Code::RT_002, "the pack maps no `request`"),
    (Code::RT_003, "no `request` of the pack has a `reason`"),
    (
        Code::RT_004,
        "no `request` may be of a right that depends on the basis, or no basis is known",
    ),
    (Code::ER_001, "the pack maps no `request` that may be an erasure"),
    (Code::ER_002, "the pack maps no `request` that may be an erasure"),
    (Code::RET_001, "the register sets no `erase_after` for a table of people"),
    (Code::RET_002, "the register sets no `erase_after` for a table of people"),
    (
        Code::PL_001,
        "no table is a `list_membership`, and no purpose of the register says what it is \
         `compatible_with`, or the pack maps no `activity`",
    ),
    (Code::PS_001, "no table is a `portal_choice`"),
    (Code::SRC_001, "no table of people says who was `obtained_elsewhere`"),
    (Code::SRC_002, "no table of people says who came with a `list_import`"),
    (
        Code::CN_009,
        "permissions name fewer purposes of the register than the profile's `bundled_from`",
    ),
    (
        Code::CN_015,
        "no purpose of the register `asks_permission_for` another, or the pack maps no `activity` or \
         no `permissions`",
    ),
    (Code::CN_016, "no table of people has a `preferred_channel`, or as CN-002"),
    (Code::CN_017, "no permission is `hinged`, or as CN-002"),
    (
        Code::RET_003,
        "no table of people says who is `deactivated`, or no `request` may be an erasure",
    ),
    (
        Code::RS_001,
        "no `request` may be a restriction, and no table of people says who is `restricted`",
    ),
];

/// The report as of `now`. `schemas` are those that were looked at; empty: all.
pub fn report(policies: &Policies, found: &Found, schemas: &[String], now: Timestamp) -> String {
    let mut text = format!("coverage of pack {}", policies.pack.name);
    if policies.pack.provenance != Provenance::Origin {
        text.push_str(", a copy: times and transactions are those of the sync job");
    }
    text.push('\n');
    let mapped = |scanned: &&Scanned| policies.pack.tables.contains_key(&scanned.table.name);
    section(&mut text, "rules that these policies can never raise", out_of_reach(policies));
    let of = |wanted: Maturity| {
        let rules = policies.rules.maturity.iter().filter(move |(_, it)| **it == wanted);
        let own = policies.rules.own.iter().filter(move |(_, it)| **it == wanted);
        rules
            .map(|(code, _)| format!("{code} {}", code.title()))
            .chain(own.map(|(name, _)| format!("{name} (own rule)")))
    };
    section(&mut text, "rules that are retired", of(Maturity::Retired));
    section(&mut text, "rules on trial, whose findings are information", of(Maturity::Trial));
    section(&mut text, "exceptions", policies.rules.exceptions.iter().map(|it| excepted(it, now)));
    section(&mut text, "what no row shows, as people attested it", attested(policies, now));
    section(&mut text, "lists with a date", dated(policies, now));
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
    let (unseen, absent): (Vec<_>, Vec<_>) =
        absent.map(|name| (name, unseen(name, found, schemas))).partition(|(_, why)| why.is_some());
    let unseen =
        unseen.into_iter().map(|(name, why)| format!("{name}: {}", why.unwrap_or_default()));
    section(&mut text, "tables of the pack that were not looked at", unseen);
    let absent = absent.into_iter().map(|(name, _)| name.to_string());
    section(&mut text, "tables of the pack that are not there", absent);
    text
}

/// Each item of the checklist, with the day on which it was attested last.
fn attested(policies: &Policies, now: Timestamp) -> impl Iterator<Item = String> {
    let known = &policies.register.governance.attestations;
    Attestation::ALL.into_iter().map(move |(_, item, what)| match known.get(&item) {
        None => format!("{what}: not attested"),
        Some(Attested { day, by }) => format!("{what}: {} by {by}", as_of(*day, now)),
    })
}

/// The lists and assessments that were looked up or made on a day.
fn dated(policies: &Policies, now: Timestamp) -> impl Iterator<Item = String> {
    let adequacy = policies.profile.adequacy.iter().map(move |list| {
        format!("third countries with adequate protection: {}", as_of(list.as_of, now))
    });
    let ages = policies.profile.age_of_consent.as_of;
    let ages = ages.map(|day| format!("ages of consent by country: {}", as_of(day, now)));
    let activities = policies.register.activities.iter();
    adequacy.chain(ages).chain(activities.filter_map(move |activity| {
        match &activity.impact_assessment {
            None => None,
            Some(ImpactAssessment::Done(on)) => {
                Some(format!("impact assessment of {}: {}", activity.id, as_of(*on, now)))
            }
            Some(ImpactAssessment::NotNeeded(reason)) => {
                Some(format!("impact assessment of {}: not needed, {reason}", activity.id))
            }
        }
    }))
}

/// A day, and whether that is long ago, or still to come.
fn as_of(day: Timestamp, now: Timestamp) -> String {
    let text = day.to_string();
    let date = text.split('T').next().unwrap_or_default();
    let note = match () {
        () if day > now => ", which is still to come",
        () if day + ATTESTED_FOR < now => ", more than a year ago",
        () => "",
    };
    format!("{date}{note}")
}

/// Why a table that was not found may be there all the same.
pub(super) fn unseen<'f>(
    name: &TableName,
    found: &'f Found,
    schemas: &[String],
) -> Option<&'f str> {
    if !schemas.is_empty() && !schemas.iter().any(|schema| *schema == *name.schema) {
        return Some("its schema was not asked for");
    }
    let skipped = found.skipped.iter().find(|skipped| skipped.table == *name)?;
    Some(&skipped.reason)
}

/// An exception in a line.
pub fn excepted(exception: &Exception, now: Timestamp) -> String {
    let Exception { name, tables, purposes, channels, actors, owner, expires, .. } = exception;
    let rule = exception.rule_name();
    let tables = tables.iter().map(TableName::to_string);
    let channels = channels.iter().map(|channel| channel.name().to_owned());
    let named =
        tables.chain(purposes.iter().cloned()).chain(channels).chain(actors.iter().cloned());
    let named: Vec<String> = named.collect();
    let state = if *expires <= now { "expired at" } else { "until" };
    format!("{name}: {rule} for {}, {state} {expires}, owner: {owner}", named.join(", "))
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
        let lacking = LACKING
            .iter()
            .chain(&duties::LACKING)
            .find(|(it, _)| *it == code)
            .map(|(_, lacking)| *lacking);
        let lacking = lacking.unwrap_or("nothing of the policies that it could rest on");
        format!("{code} {}: {lacking}", code.title())
    })
}

fn personal(scanned: &Scanned) -> Option<String> {
    let found: Vec<&str> = categories(scanned).into_iter().map(Category::key).collect();
    (!found.is_empty()).then(|| format!("{}: {}", scanned.table.name, found.join(", ")))
}

/// The categories of a table's columns; an identifier alone says nothing.
pub(super) fn categories(scanned: &Scanned) -> BTreeSet<Category> {
    let found = scanned.profile.verdicts().iter().filter_map(|verdict| verdict.category);
    found.filter(|category| *category != Category::UniqueIdentifier).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{compile, embedded};

    fn day(text: &str) -> Timestamp {
        Timestamp::parse(&format!("{text}T00:00:00Z")).unwrap()
    }

    #[test]
    fn what_people_attested_is_shown_with_its_day_and_what_they_did_not_as_missing() {
        let mut policies = compile(&embedded::demo()).map_err(|it| it[0].to_string()).unwrap();
        let by = "head of legal".to_owned();
        let recent = day("2026-02-01");
        let attestations = &mut policies.register.governance.attestations;
        attestations.clear();
        attestations.insert(Attestation::CookieBanner, Attested { day: recent, by: by.clone() });
        attestations.insert(Attestation::TerritorialScope, Attested { day: day("2024-12-01"), by });
        let lines: Vec<String> = attested(&policies, day("2026-03-01")).collect();
        assert_eq!(lines.len(), Attestation::ALL.len());
        let line = |part: &str| lines.iter().find(|line| line.contains(part)).unwrap().as_str();
        assert!(line("Art. 5(3)").ends_with(": 2026-02-01 by head of legal"));
        assert!(line("Art. 27").contains("2024-12-01, more than a year ago by"));
        assert!(line("Art. 37").ends_with(": not attested"));
    }

    #[test]
    fn every_rule_that_can_never_be_raised_says_what_it_lacks() {
        let mut policies = compile(&embedded::demo()).map_err(|it| it[0].to_string()).unwrap();
        policies.pack.tables.clear();
        let lacking = LACKING.iter().chain(&duties::LACKING);
        let named: BTreeSet<Code> = lacking.map(|(code, _)| *code).collect();
        for (code, _) in possible(&policies) {
            assert!(named.contains(&code), "{code}");
        }
    }
}
