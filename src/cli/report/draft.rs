//! From an incident to what GDPR Art. 33(3) and Art. 34(2) ask for.
//!
//! What the stream knows is filled in, with the position it can be checked at. What only the
//! controller knows is left open and says so: a draft that guesses is worse than none.

use serde_json::Value;

use crate::cli::incident::{id, people, severity, word};
use crate::cli::scan::show::shown;

/// A report: its title and sections.
pub struct Report {
    /// Title.
    pub title: String,
    /// Sections, in order.
    pub sections: Vec<Section>,
}

/// A heading and what stands under it.
pub struct Section {
    /// Heading.
    pub heading: &'static str,
    /// The article that asks for it.
    pub article: &'static str,
    /// Lines, one statement each.
    pub lines: Vec<String>,
}

/// What a person has to fill in.
const OPEN: &str = "TO FILL IN:";

/// The report of an incident, from the body of its last event; `now` is the moment, RFC 3339 in UTC.
pub fn report(incident: &Value, now: &str) -> Report {
    let gdpr = &incident["unmapped"]["gdpr"];
    let mut report = Report {
        title: format!("Incident {}", id(incident)),
        sections: vec![
            summary(incident, gdpr),
            clock(gdpr, now),
            nature(incident, gdpr),
            contact(),
            consequences(gdpr),
            measures(gdpr),
            subjects(gdpr),
            history(gdpr),
            evidence(incident, gdpr),
        ],
    };
    // Sessions call themselves whatever they like.
    for line in report.sections.iter_mut().flat_map(|section| &mut section.lines) {
        *line = shown(line);
    }
    report
}

fn summary(incident: &Value, gdpr: &Value) -> Section {
    let settled = match word(&gdpr["state"]) {
        "aborted" => "The transaction was rolled back: nothing was changed.",
        "provisional" => "The transaction was still open when this was written.",
        "unknown" => "Whether the transaction committed was not seen.",
        _ => "The change is committed.",
    };
    Section {
        heading: "Summary",
        article: "Art. 33(1)",
        lines: vec![
            format!("{} ({}).", word(&incident["message"]), word(&gdpr["rule"])),
            settled.to_owned(),
            format!("Severity by ENISA's method, a proposal: {}.", severity(gdpr)),
            format!("Judgement so far: {}.", word(&gdpr["handling"]["stage"])),
        ],
    }
}

fn clock(gdpr: &Value, now: &str) -> Section {
    let handling = &gdpr["handling"];
    let until = word(&gdpr["notification_deadline"]);
    let mut lines = vec![
        format!("First change: {}.", word(&gdpr["occurred"])),
        format!("Last change so far: {}.", word(&gdpr["latest"])),
        format!("Detected: {}.", word(&gdpr["detected"])),
        format!("Triage started: {}.", word(&handling["triage_started"])),
        format!("Controller aware: {}.", word(&handling["aware"])),
        format!("Authority notified: {}.", word(&handling["notified"])),
        deadline(handling, until),
    ];
    if is_late(handling, until, now) {
        lines.push(format!("{OPEN} the reasons for the delay beyond {until}."));
    }
    Section { heading: "Times", article: "Art. 33(1)", lines }
}

/// What the 72 hours mean as things stand.
fn deadline(handling: &Value, until: &str) -> String {
    let is_aware = handling["aware"].is_string();
    match (handling["notified"].as_str(), word(&handling["stage"])) {
        (Some(notified), _) if notified > until => {
            format!(
                "The authority was notified after {until}, when the 72 hours from awareness had ended."
            )
        }
        (Some(_), _) => format!("The authority was notified before {until}: in time."),
        (None, "closed") if is_aware => {
            "It was closed without a notification; why, stands under what was done.".to_owned()
        }
        (None, "dismissed" | "closed") => {
            "It was found to be no breach: no time is running.".to_owned()
        }
        (None, _) if is_aware => {
            format!("The authority has to be notified by {until}, 72 hours after awareness.")
        }
        (None, _) => format!(
            "Nobody has confirmed a breach, so the 72 hours have not begun; counted from \
             detection they end at {until}. An alarm that nobody looks at is no reason for them not to begin."
        ),
    }
}

/// Moments of the same form compare as texts.
fn is_late(handling: &Value, until: &str, now: &str) -> bool {
    let unnotified = if word(&handling["stage"]) == "closed" { "" } else { now };
    handling["aware"].is_string() && handling["notified"].as_str().unwrap_or(unnotified) > until
}

fn nature(incident: &Value, gdpr: &Value) -> Section {
    let affected = &gdpr["affected"];
    let cells = affected["cells"].as_array().into_iter().flatten();
    let categories: Vec<String> =
        cells.map(|it| format!("{} ({} cells)", word(&it["category"]), it["cells"])).collect();
    Section {
        heading: "Nature of the breach",
        article: "Art. 33(3)(a)",
        lines: vec![
            format!("Kind: {}.", words(&gdpr["breach_types"])),
            format!("What was seen: {}.", word(&incident["message"])),
            format!("Data subjects, approximately: {}.", people(gdpr)),
            format!("Personal data records, approximately: {}.", affected["records"]),
            format!("Categories of personal data: {}.", or_none(&categories.join(", "))),
            format!("Tables: {}.", tables(affected)),
            format!("{OPEN} the categories of data subjects, such as customers or staff."),
        ],
    }
}

fn contact() -> Section {
    Section {
        heading: "Contact",
        article: "Art. 33(3)(b)",
        lines: vec![format!("{OPEN} name and contact details of the data protection officer.")],
    }
}

fn consequences(gdpr: &Value) -> Section {
    let kinds = words(&gdpr["breach_types"]);
    let mut lines = Vec::new();
    for (kind, consequence) in [
        ("confidentiality", "Data may have come to people who were not to see it."),
        ("integrity", "Data is not what the data subjects gave; decisions may rest on wrong data."),
        ("availability", "Data is gone; what the data subjects are owed may not be provided."),
    ] {
        if kinds.contains(kind) {
            lines.push(format!("By its kind ({kind}): {consequence}"));
        }
    }
    lines.push(format!("{OPEN} the likely consequences for the data subjects."));
    Section { heading: "Likely consequences", article: "Art. 33(3)(c)", lines }
}

fn measures(gdpr: &Value) -> Section {
    let reversible = match gdpr["affected"]["reversible"].as_bool() {
        Some(true) => {
            "The values from before were in the change stream: the change can be undone from the \
             database's log or from a backup of before it."
        }
        _ => {
            "The values from before were not in the change stream: they have to come from a backup."
        }
    };
    let mut lines = vec![reversible.to_owned()];
    match gdpr["transaction"]["circuit_breaker"].as_str() {
        Some("cancelled") => lines.push("lawtail cancelled the statement while it ran.".to_owned()),
        Some("refused") => {
            lines.push("lawtail tried to cancel the statement and was refused.".to_owned())
        }
        _ => {}
    }
    lines.push(format!("{OPEN} the measures taken and proposed, also against its effects."));
    Section { heading: "Measures", article: "Art. 33(3)(d)", lines }
}

fn subjects(gdpr: &Value) -> Section {
    let high = matches!(word(&gdpr["score"]["band"]), "high" | "very_high");
    let advice = match high {
        true => "The proposed severity suggests a high risk: the data subjects are to be told.",
        false => {
            "The proposed severity suggests no high risk; whether they are told is for people to decide."
        }
    };
    Section {
        heading: "Message to the data subjects (draft)",
        article: "Art. 34(2)",
        lines: vec![
            advice.to_owned(),
            format!(
                "{} personal data that we hold about you was affected by an incident ({}).",
                days(day(word(&gdpr["occurred"])), day(word(&gdpr["latest"]))),
                words(&gdpr["breach_types"]),
            ),
            format!("It concerns: {}.", or_none(&categories(gdpr))),
            format!(
                "{OPEN} in plain language, what happened, what may follow, what we have done, \
                     what you can do, and whom to ask."
            ),
        ],
    }
}

fn history(gdpr: &Value) -> Section {
    let acts = gdpr["handling"]["acts"].as_array().into_iter().flatten();
    let told = |act: &Value| {
        let (time, by) = (word(&act["time"]), word(&act["by"]));
        format!("{time} {} as {by}: {}", word(&act["action"]), word(&act["reason"]))
    };
    let mut lines: Vec<String> = acts.map(told).collect();
    if lines.is_empty() {
        lines.push("Nobody has done anything about it yet.".to_owned());
    }
    Section { heading: "What was done", article: "Art. 33(5)", lines }
}

fn evidence(incident: &Value, gdpr: &Value) -> Section {
    let at =
        |name: &str| format!("{}, change {}", word(&gdpr[name]["commit"]), gdpr[name]["ordinal"]);
    let mut lines = vec![
        format!("Changes from {} to {} of the database's log.", at("first"), at("last")),
        format!("Actor, as keyed hash: {}.", word(&gdpr["actor"])),
        format!("Further actors: {}.", or_none(&words(&gdpr["further_actors"]))),
        format!(
            "Told under {}; also under: {}.",
            word(&gdpr["rule"]),
            or_none(&words(&gdpr["further_rules"]))
        ),
        format!("Event {} (version {}).", word(&incident["metadata"]["uid"]), gdpr["version"]),
        format!("Policies in force: {}.", word(&gdpr["policy_digest"])),
        "Check the chain of the published events with `lawtail verify`.".to_owned(),
    ];
    if let Some(backend) = gdpr["transaction"]["backend"].as_object() {
        let said = |key: &str| backend.get(key).map_or("-", word);
        let (user, application, address) = (said("user"), said("application"), said("address"));
        lines.push(format!("Session: role {user}, application {application}, address {address}."));
    }
    Section { heading: "Evidence", article: "Art. 33(5)", lines }
}

fn tables(affected: &Value) -> String {
    let tables = affected["tables"].as_array().into_iter().flatten();
    let name = |table: &Value| match table.as_str() {
        Some(name) => name.to_owned(),
        None => format!("{}.{}", word(&table["schema"]), word(&table["name"])),
    };
    tables.map(name).collect::<Vec<_>>().join(", ")
}

fn categories(gdpr: &Value) -> String {
    let cells = gdpr["affected"]["cells"].as_array().into_iter().flatten();
    cells.map(|it| word(&it["category"])).collect::<Vec<_>>().join(", ")
}

fn words(values: &Value) -> String {
    values.as_array().into_iter().flatten().map(word).collect::<Vec<_>>().join(", ")
}

fn or_none(text: &str) -> &str {
    if text.is_empty() { "none known" } else { text }
}

/// One day, or from one to another.
fn days(first: &str, last: &str) -> String {
    if first == last { format!("On {first}") } else { format!("From {first} to {last}") }
}

/// The day of a moment.
fn day(moment: &str) -> &str {
    moment.split('T').next().unwrap_or(moment)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Act, Action, Incident, Timestamp};
    use crate::wire::{incident_body, samples};

    fn told(incident: &Incident, now: &str) -> String {
        let body = serde_json::from_str(&incident_body(incident)).unwrap();
        let sections = report(&body, now).sections;
        sections.into_iter().flat_map(|section| section.lines).collect::<Vec<_>>().join("\n")
    }

    fn act(action: Action, time: &str) -> Act {
        let time = Timestamp::parse(time).unwrap();
        Act { action, time, by: "officer".into(), reason: "seen in ticket 17".into(), aware: None }
    }

    #[test]
    fn what_the_stream_knows_is_filled_in_and_the_rest_is_left_open() {
        let text = told(&samples::incident(), "2026-03-02T04:00:00Z");
        for part in [
            "Data subjects, approximately: about 1200 (1081 to 1319).",
            "Personal data records, approximately: 1204.",
            "user.name (1204 cells)",
            "Tables: crm.contacts.",
            "Nobody has confirmed a breach",
            "2.75 = 2.00 x 1.00 + 0.75",
            "TO FILL IN: the likely consequences",
        ] {
            assert!(text.contains(part), "{part} is not in:\n{text}");
        }
    }

    #[test]
    fn the_clock_says_what_is_true_at_each_stage() {
        let after = |acts: &[(Action, &str)]| {
            let mut incident = samples::incident();
            acts.iter().for_each(|it| assert!(incident.handling.add(act(it.0, it.1))));
            told(&incident, "2026-03-06T00:00:00Z")
        };
        let confirmed = (Action::Confirm, "2026-03-02T09:00:00Z");
        let closed = (Action::Close, "2026-03-05T12:00:00Z");
        let in_time = [confirmed, (Action::Notify, "2026-03-05T08:59:00Z")];
        assert!(after(&[]).contains("the 72 hours have not begun"));
        assert!(after(&[confirmed]).contains("has to be notified by 2026-03-05T09:00:00Z"));
        assert!(after(&in_time).contains("in time"));
        assert!(!after(&in_time).contains("has to be notified"));
        let dismissed = after(&[(Action::Dismiss, "2026-03-02T09:00:00Z")]);
        assert!(dismissed.contains("no breach: no time is running"));
        let without = after(&[confirmed, closed]);
        assert!(
            without.contains("closed without a notification") && !without.contains("the delay")
        );
    }

    #[test]
    fn what_took_several_days_is_told_as_such() {
        let mut incident = samples::incident();
        assert!(told(&incident, "2026-03-02T04:00:00Z").contains("On 2026-03-02 personal data"));
        incident.latest = Timestamp::parse("2026-03-04T10:00:00Z").unwrap();
        let text = told(&incident, "2026-03-04T11:00:00Z");
        assert!(text.contains("From 2026-03-02 to 2026-03-04 personal data"), "{text}");
        assert!(text.contains("Last change so far: 2026-03-04T10:00:00Z."), "{text}");
    }

    #[test]
    fn a_late_notification_asks_for_reasons() {
        let mut incident = samples::incident();
        assert!(incident.handling.add(act(Action::Confirm, "2026-03-02T09:00:00Z")));
        let asks = |incident: &Incident, now| told(incident, now).contains("reasons for the delay");
        let (in_time, too_late) = ("2026-03-05T08:59:00Z", "2026-03-05T09:01:00Z");
        assert!(!asks(&incident, in_time));
        assert!(asks(&incident, too_late), "not notified yet");
        let mut late = incident.clone();
        assert!(incident.handling.add(act(Action::Notify, in_time)));
        assert!(late.handling.add(act(Action::Notify, too_late)));
        assert!(!asks(&incident, too_late));
        assert!(asks(&late, too_late));
        assert!(told(&late, too_late).contains("confirm as officer: seen in ticket 17"));
    }
}
