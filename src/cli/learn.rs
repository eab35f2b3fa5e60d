//! `lawtail store learn`: what is usual, from a history, before lawtail starts for the first time.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use secrecy::ExposeSecret;

use super::run;
use crate::engine::pseudonym::Pseudonymizer;
use crate::engine::state::Writes;
use crate::engine::{Engine, series};
use crate::model::{Batch, Code, Fault, Place, limits};
use crate::policy::Policies;
use crate::shell::store::FjallStore;
use crate::shell::{policies, settings};
use crate::wire::journal;

/// Learns from a journal into a store that has not followed a stream yet. Returns how many records were learnt.
pub(super) fn learn(config: &Path, history: &Path) -> Result<usize, Vec<Fault>> {
    let settings = settings::load(config)?;
    let policies = policies::load(&settings.policies.folder)?;
    let at = |mut fault: Fault| {
        fault.place = Some(Place {
            file: history.display().to_string(),
            ..fault.place.take().unwrap_or_default()
        });
        fault
    };
    let text = std::fs::read_to_string(history);
    let text = text.map_err(|error| vec![at(Fault::new(Code::WIR_002, error.to_string()))])?;
    let pseudonyms = Pseudonymizer::new(settings.pseudonym_key.expose_secret());
    let learnt = learnt(&text, policies, pseudonyms);
    let learnt = learnt.map_err(|found| found.into_iter().map(at).collect::<Vec<Fault>>())?;
    let number = learnt.len();
    let stored = || FjallStore::open(&run::stored(&settings.store)?)?.begin_with(learnt);
    stored().map_err(|fault| vec![fault])?;
    Ok(number)
}

/// What the statistics know after a journal, about the accounts and people that the daemon will meet.
fn learnt(text: &str, policies: Policies, pseudonyms: Pseudonymizer) -> Result<Writes, Vec<Fault>> {
    let events = journal::read(text)?;
    let engine = Engine::new(Arc::new(policies), pseudonyms, "history".into());
    let mut memory: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
    for events in events.chunks(limits::BATCH_EVENTS) {
        let batch = Batch { events: events.to_vec() };
        let mut decision = engine.decide(&memory, &batch).map_err(|fault| vec![fault])?;
        for (key, value) in decision.take_writes() {
            match value {
                Some(value) => memory.insert(key, value),
                None => memory.remove(&key),
            };
        }
    }
    series::learnt(&memory).map_err(|fault| vec![fault])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Emission;
    use crate::policy;
    use crate::shell::contract::Store;
    use crate::shell::store::StoreSettings;

    const TABLE: &str = r#"{"table":{"name":"crm.contacts","identity":"full","columns":[{"name":"id","key":true},{"name":"phone"},{"name":"modified_by"}]}}"#;

    fn policies() -> Policies {
        let mut documents = policy::embedded::demo();
        let choice = "pack: demo\nregister: demo\nprofile: strict\ngrace: 5s\n";
        documents.insert("policy.yaml".into(), choice.into());
        policy::compile(&documents).expect("the demonstration's policies compile")
    }

    fn pseudonyms() -> Pseudonymizer {
        Pseudonymizer::new(b"a key of this test")
    }

    /// So many contacts whose number one account changes.
    fn changes(time: &str, rows: std::ops::Range<u32>) -> String {
        let row = |id: u32, phone: &str| {
            format!(r#"{{"id":{id},"phone":"+49 30 {phone}","modified_by":"ann"}}"#)
        };
        let update = |id: u32| {
            let (old, new) = (row(id, "1234567"), row(id, "7654321"));
            format!(r#"{{"update":{{"table":"crm.contacts","old":{old},"new":{new}}}}}"#)
        };
        let updates: Vec<String> = rows.map(update).collect();
        format!(
            "{{\"begin\":{{\"time\":\"{time}\"}}}}\n{}\n{{\"commit\":{{}}}}\n",
            updates.join("\n")
        )
    }

    /// Three weeks of somebody who works by day, to Sunday, 25 January 2026.
    fn history() -> String {
        let mut text = format!("{TABLE}\n");
        for day in (5..24).filter(|day| (day - 5) % 7 < 5) {
            for hour in 9..17 {
                text += &changes(&format!("2026-01-{day:02}T{hour:02}:00:00Z"), 0..4);
            }
        }
        text
    }

    fn incidents(memory: &dyn crate::engine::state::View, text: &str) -> usize {
        let engine = Engine::new(Arc::new(policies()), pseudonyms(), "live".into());
        let events = journal::read(text).unwrap();
        let decision = engine.decide(memory, &Batch { events }).unwrap();
        decision.emissions().iter().filter(|it| matches!(it, Emission::Incident(_))).count()
    }

    #[test]
    fn who_has_learnt_from_a_history_notices_the_first_night() {
        let folder = tempfile::tempdir().unwrap();
        let settings =
            StoreSettings { folder: folder.path().join("store"), cache_bytes: 1 << 20, key: None };
        let night = format!("{TABLE}\n{}", changes("2026-01-27T03:00:00Z", 0..40));
        let mut store = FjallStore::open(&settings).unwrap();
        assert_eq!(incidents(store.view(), &night), 0, "nothing is known");
        let learnt = learnt(&history(), policies(), pseudonyms()).unwrap();
        store.begin_with(learnt.clone()).unwrap();
        assert_eq!(store.checkpoint().unwrap(), None, "no stream was followed");
        assert_eq!(incidents(store.view(), &night), 1);
        let day = format!("{TABLE}\n{}", changes("2026-01-27T10:00:00Z", 0..6));
        assert_eq!(incidents(store.view(), &day), 0);
        let again = store.begin_with(learnt).unwrap_err();
        assert_eq!(again.code, Code::STO_003, "what was learnt is not replaced");
    }

    #[test]
    fn nothing_but_what_is_usual_is_taken_over() {
        let learnt = learnt(&history(), policies(), pseudonyms()).unwrap();
        let prefixes: std::collections::BTreeSet<&[u8]> =
            learnt.keys().map(|key| &key[..2]).collect();
        let statistics: [&[u8]; 9] =
            [b"6b", b"6u", b"na", b"sb", b"sc", b"si", b"sm", b"sp", b"sq"];
        assert!(prefixes.iter().all(|prefix| statistics.contains(prefix)), "{prefixes:?}");
    }
}
