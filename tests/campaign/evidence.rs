//! From the lines of an event file to what the checker compares.

use std::collections::BTreeMap;

use lawtail::model::Lsn;
use lawtail::wire::{CloudEvent, Topic};
use serde_json::Value;

use crate::history::{Evidence, Found, Gap, Place};
use crate::support::published::Published;

/// What a file says. `lives` holds, for each restore, how many lines there were before it.
pub fn read(published: &Published, lives: &[usize]) -> Evidence {
    let mut evidence = Evidence::default();
    let mut seen: BTreeMap<&str, &CloudEvent> = BTreeMap::new();
    for (line, event) in published.events.iter().enumerate() {
        match seen.insert(&event.id, event) {
            Some(before) if before == event => evidence.repetitions += 1,
            Some(_) => evidence.contradictions.push(event.id.clone()),
            None => take(line, event, lives, &mut evidence),
        }
    }
    evidence
}

fn take(line: usize, event: &CloudEvent, lives: &[usize], evidence: &mut Evidence) {
    let data: Value = serde_json::from_str(&event.data).unwrap();
    let own = &data["unmapped"]["gdpr"];
    match event.topic {
        Topic::Findings if data["activity_id"] == 1 => {
            let text = |value: &Value| value.as_str().map(str::to_owned);
            evidence.found.push(Found {
                code: text(&own["rule"]).unwrap(),
                subject: text(&own["subject"]),
                id: text(&data["finding_info"]["uid"]).unwrap(),
                line,
            });
        }
        Topic::Coverage if own["rule"] == "COV-002" => {
            // The first gap after a restore leads from one life of the database to the next.
            let life =
                |lines: usize| lives.iter().filter(|before| **before <= lines).count() as u32;
            let to = life(line);
            let crossed = to > evidence.gaps.last().map_or(0, |gap: &Gap| gap.to.life);
            let lsn = |name: &str| own[name].as_str().unwrap().parse::<Lsn>().unwrap().0;
            evidence.gaps.push(Gap {
                cause: own["cause"].as_str().unwrap().to_owned(),
                from: Place { life: if crossed { to - 1 } else { to }, lsn: lsn("from") },
                to: Place { life: to, lsn: lsn("to") },
            });
        }
        _ => {}
    }
}
