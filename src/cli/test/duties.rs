//! Which rules of the duties beyond bases and permissions the policies can raise, and what each lacks.

use crate::cli::test::coverage::Possible;
use crate::model::{Category, Code, Sensitivity};
use crate::policy::{Deletion, Policies};

/// Each such rule, whether the policies can raise it, and what it lacks where they cannot.
pub fn duties(policies: &Policies) -> [Possible; 8] {
    let tables = || policies.pack.tables.values();
    let register = &policies.register;
    let evidence = tables().any(|table| table.duties.deletion == Deletion::Evidence);
    let pseudonyms =
        tables().any(|table| table.duties.pseudonymised.is_some() || table.duties.token.is_some());
    let levels = tables().any(|table| table.duties.consent_level.is_some())
        && tables().any(|table| table.duties.needs_level.is_some());
    let recipients = tables().any(|table| table.duties.transfer.is_some());
    let accounts = tables().any(|table| table.is_subject_table() && table.actor.is_some());
    let enriched = accounts && !register.governance.enrichment.is_empty();
    [
        (Code::OB_002, levels),
        (Code::ACC_002, tables().any(|table| !table.duties.repeated.is_empty())),
        (Code::PO_001, tables().any(|table| table.duties.delivery.is_some())),
        (Code::TR_001, recipients && policies.profile.adequacy.is_some()),
        (Code::ER_003, evidence),
        (Code::ER_004, pseudonyms),
        (Code::PL_002, enriched),
        (Code::DPIA_001, tables().any(|table| table.duties.unassessed && asks(table))),
    ]
}

/// Whether a table says that it holds what asks for an impact assessment.
fn asks(table: &crate::policy::TableMapping) -> bool {
    use Category::{BrowsingHistory, CookieIdentifier, DeviceIdentifier, PreciseLocation};
    let tracking = [PreciseLocation, BrowsingHistory, CookieIdentifier, DeviceIdentifier];
    let weighs = |it: &Category| it.sensitivity() != Sensitivity::Ordinary || tracking.contains(it);
    table.child.is_some()
        || table.profiling.is_some()
        || table.columns.values().flatten().any(weighs)
}

/// What each lacks where it can never be raised.
pub const LACKING: [(Code, &str); 8] = [
    (
        Code::OB_002,
        "no table of people has a `consent_level`, or no list or message says which it needs",
    ),
    (Code::ACC_002, "no table `copies` columns of people, or all that do are kept by law"),
    (Code::PO_001, "no table records a `data_export`"),
    (Code::TR_001, "no table names a `recipient`, or the profile has no list of `adequacy`"),
    (
        Code::ER_003,
        "nothing records bases, permissions or requests of people, or the register lists all of it \
         under `deleted_with_person`",
    ),
    (
        Code::ER_004,
        "no table is `pseudonymised`, and of none that has a `pseudonym` one `resolves` it",
    ),
    (
        Code::PL_002,
        "the register lists no account under `enrichment`, or no people have an `actor`",
    ),
    (
        Code::DPIA_001,
        "every activity that may ask for it has an `impact_assessment`, or the pack declares no such \
         columns",
    ),
];
