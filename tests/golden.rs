//! Golden tests: a journal in, findings as text out.
//!
//! Each case is `tests/golden/<name>.journal`, which tells its story in its first comment, and
//! `tests/golden/<name>.expect`; `UPDATE_EXPECT=1 cargo test --test golden` writes the latter anew.
//! The policies are those of the demonstration with small tripwires. Comments of the form
//! `# key: value` before the first line of the journal choose something else:
//!
//! | comment | chooses |
//! |---|---|
//! | `# profile: gdpr-baseline` | another profile |
//! | `# grace: 0s` | another grace |
//! | `# pack: flags` | pack and register from `tests/golden/policies/` |
//! | `# catalogue: shown` | prints the data map as well |

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use expect_test::expect_file;
use lawtail::engine::Engine;
use lawtail::engine::pseudonym::Pseudonymizer;
use lawtail::model::{Batch, Code, Emission, Event, Meaning, Outcome, TableName};
use lawtail::policy::{self, Policies};
use lawtail::wire;

macro_rules! golden {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                check(stringify!($name));
            }
        )*

        /// Every case that is tested.
        const CASES: &[&str] = &[$(stringify!($name)),*];
    };
}

golden! {
    acc_001_initial_copy
    acc_001_invalid_address
    acc_001_legacy_and_masked_values
    acc_001_value_that_was_there
    cn_001_address_spelled_differently
    cn_001_another_system
    cn_001_call_that_was_not_held
    cn_001_confirmed_opt_in
    cn_001_consent_after_the_grace
    cn_001_consent_copied_again_after_a_gap
    cn_001_consent_deleted
    cn_001_consent_in_the_next_transaction
    cn_001_consent_in_the_same_transaction_after_the_message
    cn_001_consent_then_opt_out_within_the_grace
    cn_001_consent_with_a_natural_key
    cn_001_consent_with_an_unmapped_state
    cn_001_consents_truncated
    cn_001_consents_without_a_key
    cn_001_deleted_campaign
    cn_001_deleted_duplicate_of_a_consent
    cn_001_flag_on_the_person_without_address
    cn_001_gap_within_the_grace
    cn_001_initial_copy
    cn_001_letter_needs_no_opt_in
    cn_001_newest_record_takes_the_permission_back
    cn_001_no_permission
    cn_001_nobody_known
    cn_001_permission_between_queued_and_sent
    cn_001_permission_for_another_purpose
    cn_001_permission_of_another_channel
    cn_001_purpose_that_the_register_does_not_know
    cn_001_queued_and_suppressed
    cn_001_queued_then_sent
    cn_001_restored
    cn_001_same_table_in_another_schema
    cn_001_service_message
    cn_001_single_opt_in_under_gdpr_baseline
    cn_001_soft_opt_in
    cn_001_soft_opt_in_under_the_strict_profile
    cn_001_telephone_spelled_differently
    cn_001_test_recipient
    cn_001_unknown_campaign
    cn_001_unmapped_channel
    cn_002_after_opt_out
    cn_002_delivery_report_after_opt_out
    cn_002_letter_after_objection
    cn_002_many_messages_in_a_day
    cn_002_moment_of_sending_is_unknown
    cn_002_old_yes_confirmed_anew_after_the_no
    cn_002_old_yes_touched_after_the_no
    cn_002_opt_in_again_in_a_row_of_its_own
    cn_002_opt_out_after_the_message
    cn_002_opt_out_between_queued_and_sent
    cn_002_opt_out_later_in_the_same_transaction
    cn_002_opt_out_of_one_purpose
    cn_002_opt_out_of_the_person_beats_permission_of_the_address
    cn_002_opt_out_then_opt_in_again
    cn_002_opt_out_with_foreign_origin
    cn_002_sent_a_second_time
    cn_003_asked_but_not_confirmed
    cn_003_confirmation_mail
    cn_003_confirmed_just_before
    cn_003_single_opt_in_under_gdpr_baseline
    cn_003_single_opt_in_under_the_strict_profile
    cn_007_initial_copy
    cn_007_many_permissions_without_evidence
    cn_007_permissions_that_were_there
    cn_007_permissions_with_evidence
    cn_007_test_records
    cov_001_full_replica_identity
    cov_001_inserts_and_deletes_only
    cov_001_key_changes_without_old_values
    cov_001_old_values_are_missing
    cov_001_unchanged_large_value_without_old_row
    cov_002_gap
    cov_002_quiet_day
    cov_002_undecodable_told_again
    cov_003_same_table_in_another_schema
    cov_003_unmapped_table
    cov_003_unmapped_table_about_nobody
    cov_004_actor_by_message
    cov_004_empty_actor
    cov_004_initial_copy
    cov_004_known_actor
    cov_004_message_of_another_transaction
    cov_004_unknown_actor
    er_002_address_of_an_erased_person_is_set
    er_002_deleted_without_a_request
    er_002_initial_copy
    er_002_old_values_are_missing
    er_002_request_open_or_refused
    er_002_restored_under_the_same_key
    er_002_returns_by_import
    er_002_returns_in_the_transaction_of_the_erasure
    er_002_returns_to_another_table
    er_002_returns_with_a_new_basis
    er_002_row_is_emptied_after_the_request
    er_002_row_is_touched_before_it_is_deleted
    er_002_second_address_returns
    er_002_somebody_else
    er_002_telephone_returns
    er_002_test_record
    lb_001_bases_truncated
    lb_001_basis_expired
    lb_001_basis_first_in_the_same_transaction
    lb_001_basis_for_a_contact_unknown_so_far
    lb_001_basis_for_another_purpose
    lb_001_basis_in_the_next_transaction
    lb_001_basis_just_after_the_grace
    lb_001_basis_last_in_the_same_transaction
    lb_001_basis_moved_to_another_person
    lb_001_basis_of_another_kind
    lb_001_basis_recorded_and_deleted_within_the_grace
    lb_001_basis_row_gets_another_key
    lb_001_basis_valid_through_its_last_day
    lb_001_basis_with_an_unmapped_value
    lb_001_basis_withdrawn
    lb_001_basis_without_end
    lb_001_commit_times_going_backwards
    lb_001_declared_basis
    lb_001_deleted_duplicate_of_a_basis
    lb_001_dropped_column
    lb_001_each_person_is_found
    lb_001_emptied_and_deleted
    lb_001_foreign_origin
    lb_001_foreign_origin_without_basis
    lb_001_gap_after_the_grace
    lb_001_gap_within_the_grace
    lb_001_initial_copy
    lb_001_initial_copy_reads_bases_last
    lb_001_many_violations_in_a_day
    lb_001_new_column
    lb_001_no_basis_is_recorded
    lb_001_one_of_two_bases_withdrawn
    lb_001_person_moves_to_another_key
    lb_001_renamed_column
    lb_001_savepoints
    lb_001_test_record
    lb_001_unchanged_large_value
    lb_001_update_of_a_column_about_nobody
    lb_001_update_that_changes_nothing
    lb_001_update_that_sets_a_personal_column
    lb_001_validity_that_cannot_be_read
    min_001_added_column_about_nobody
    min_001_added_column_is_not_registered
    min_001_added_column_is_registered
    min_001_added_column_of_special_category
    min_001_column_of_another_type
    min_001_renamed_column
    min_002_card_number_in_notes
    min_002_identifier_within_json
    min_002_notes_that_did_not_change
    min_002_order_numbers_uuids_and_timestamps
    min_002_special_category_in_notes
    min_002_words_that_tell_of_nobody
    reg_001_category_that_the_register_does_not_list
    reg_001_not_seen_for_ninety_days
    reg_001_ninety_days_with_a_gap
    reg_001_purpose_that_the_register_does_not_know
    reg_001_register_lists_it
    reg_001_seen_within_ninety_days
    reg_001_staging_table
    sec_001_a_small_share
    sec_001_circuit_breaker
    sec_001_columns_about_nobody
    sec_001_commit_after_all
    sec_001_end_was_not_seen
    sec_001_gap_cuts_a_transaction
    sec_001_gap_while_open
    sec_001_import
    sec_001_many_actors
    sec_001_mass_change
    sec_001_nothing_changed
    sec_001_one_transaction
    sec_001_open_below_the_tripwire
    sec_001_open_savepoint_rolled_back
    sec_001_open_table_about_nobody
    sec_001_open_test_records
    sec_001_open_while_an_incident_is_running
    sec_001_spread_over_a_day
    sec_001_test_records
    sec_001_told_again_after_a_lost_connection
    sec_001_told_and_rolled_back
    sec_001_told_before_the_commit
    sec_002_a_few_deletions
    sec_002_deletion_with_keys_only
    sec_002_mass_deletion
    sec_002_test_records
    sec_002_told_before_the_commit
    sec_002_truncate
    sec_002_truncate_about_nobody
    sec_002_truncate_before_the_commit
    sec_002_truncate_of_several
}

fn check(name: &str) {
    let journal = fs::read_to_string(folder().join(format!("{name}.journal")))
        .unwrap_or_else(|error| panic!("{name}.journal: {error}"));
    assert!(journal.starts_with("# "), "{name}.journal begins with its story");
    let events = wire::journal::read(&journal).unwrap_or_else(|faults| panic!("{faults:#?}"));
    let choices = choices(&journal);
    let engine = engine(&choices);
    let told = run(&engine, &[&events]);
    let each: Vec<&[Event]> = events.chunks(1).collect();
    assert_eq!(run(&engine, &each), told, "cutting the stream changes nothing");
    expect_file![folder().join(format!("{name}.expect"))]
        .assert_eq(&told.text(choices.contains_key("catalogue")));
}

/// What was said and counted about one journal.
#[derive(Debug, Default, PartialEq)]
struct Told {
    emissions: Vec<Emission>,
    judged: BTreeMap<(TableName, Outcome), u64>,
    waiting: i64,
}

impl Told {
    fn text(&self, catalogue: bool) -> String {
        let mut text = String::new();
        for emission in &self.emissions {
            if catalogue || !matches!(emission, Emission::Catalogue(_)) {
                writeln!(text, "{}", wire::text::line(emission)).expect("text grows");
            }
        }
        for ((table, outcome), count) in &self.judged {
            writeln!(text, "judged {table}: {count} {}", outcome.name()).expect("text grows");
        }
        if self.waiting != 0 {
            writeln!(text, "waiting: {}", self.waiting).expect("text grows");
        }
        text
    }
}

fn run(engine: &Engine, batches: &[&[Event]]) -> Told {
    let mut memory = BTreeMap::new();
    let mut told = Told::default();
    for events in batches {
        let batch = Batch { events: events.to_vec() };
        let decision = engine.decide(&memory, &batch).expect("the journal is well-formed");
        told.emissions.extend_from_slice(decision.emissions());
        let counts = decision.counts();
        told.waiting += counts.waiting;
        for (judged, count) in &counts.judged {
            *told.judged.entry(judged.clone()).or_default() += count;
        }
        for (key, value) in decision.writes() {
            match value {
                Some(value) => memory.insert(key.clone(), value.clone()),
                None => memory.remove(key),
            };
        }
    }
    told
}

/// The comments `# key: value` before the first line.
fn choices(journal: &str) -> BTreeMap<String, String> {
    let known = ["profile", "grace", "pack", "catalogue"];
    let comments = journal.lines().map_while(|line| line.strip_prefix('#'));
    let pairs = comments.filter_map(|comment| comment.trim().split_once(": "));
    pairs
        .filter(|(key, _)| known.contains(key))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

fn engine(choices: &BTreeMap<String, String>) -> Engine {
    let policies = policies(choices);
    Engine::new(Arc::new(policies), Pseudonymizer::new(b"golden"), "golden".into())
}

fn policies(choices: &BTreeMap<String, String>) -> Policies {
    let chosen =
        |key: &str, otherwise: &str| choices.get(key).map_or(otherwise, String::as_str).to_owned();
    let (profile, grace, pack) =
        (chosen("profile", "strict"), chosen("grace", "5s"), chosen("pack", "demo"));
    let mut documents = policy::embedded::demo();
    for kind in ["packs", "register"] {
        let path = format!("{kind}/{pack}.yaml");
        if let Ok(text) = fs::read_to_string(folder().join("policies").join(&path)) {
            documents.insert(path, text);
        }
    }
    let choice = format!(
        "pack: {pack}\nregister: {pack}\nprofile: {profile}\ngrace: {grace}\n\
         detection:\n\
         \x20 mass_change: {{subjects: 5, share_per_mille: 100, window: 10m}}\n\
         \x20 mass_deletion: {{subjects: 5, share_per_mille: 100, window: 10m}}\n\
         \x20 bulk_consent: {{subjects: 5, share_per_mille: 0, window: 10m}}\n"
    );
    documents.insert("policy.yaml".into(), choice);
    policy::compile(&documents).unwrap_or_else(|faults| panic!("{faults:#?}"))
}

/// A key that a form begins to write is told of like a new column, once enough values of the column
/// were seen without it; the same key from the beginning is no news (MIN-001, MIN-002).
#[test]
fn a_path_that_joins_a_known_column_is_told_once() {
    let table = r#"{"table":{"name":"crm.members","identity":"full","columns":[{"name":"id"},{"name":"extra","type":3802}]}}"#;
    let insert = |id: u32, extra: &str| {
        let new = format!(r#"{{"id":{id},"extra":{}}}"#, serde_json::to_string(extra).unwrap());
        format!(r#"{{"insert":{{"table":"crm.members","new":{new}}}}}"#)
    };
    let told = |later: &str| {
        let rows = (0..2500)
            .map(|id| insert(id, if id < 600 { r#"{"email":"a@example.org"}"# } else { later }));
        let rows: Vec<String> = rows.collect();
        let journal = format!(
            "{table}\n{{\"begin\":{{\"time\":\"12:00\"}}}}\n{}\n{{\"commit\":{{}}}}\n",
            rows.join("\n")
        );
        let events = wire::journal::read(&journal).unwrap();
        let choices = BTreeMap::from([("pack".to_owned(), "flags".to_owned())]);
        let told = run(&engine(&choices), &[&events]).text(false);
        told.matches("finding MIN-001").count()
    };
    assert_eq!(told(r#"{"email":"a@example.org","iban":"none"}"#), 1);
    assert_eq!(told(r#"{"email":"a@example.org","points":"none"}"#), 0);
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

#[test]
fn every_journal_is_tested() {
    let tested: BTreeSet<String> = CASES.iter().map(|name| (*name).to_owned()).collect();
    let written: BTreeSet<String> = fs::read_dir(folder())
        .expect("the folder is there")
        .map(|entry| entry.expect("it can be listed").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "journal"))
        .map(|path| path.file_stem().expect("a file has a name").to_string_lossy().into_owned())
        .collect();
    let different: Vec<_> = written.symmetric_difference(&tested).collect();
    assert!(different.is_empty(), "{different:?}");
}

/// A case belongs to the code with which its name begins, as in `lb_001_…`.
#[test]
fn every_finding_has_cases_in_which_it_is_raised_and_in_which_it_is_not() {
    for code in Code::ALL {
        if !matches!(code.meaning(), Meaning::Finding { .. }) {
            continue;
        }
        let prefix = format!("{}_", code.text().to_lowercase().replace('-', "_"));
        let raised: BTreeSet<bool> = CASES
            .iter()
            .filter(|name| name.starts_with(&prefix))
            .map(|name| fs::read_to_string(folder().join(format!("{name}.expect"))))
            .map(|text| text.expect("every case has its text").contains(code.text()))
            .collect();
        assert_eq!(raised, BTreeSet::from([true, false]), "{code}");
    }
}
