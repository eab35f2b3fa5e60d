//! One line of text for each emission: what `lawtail replay` prints and the golden tests compare.

use crate::model::{
    Activity, Backend, CatalogueEntry, Emission, Finding, Gap, Incident, IncidentState,
    OpenTransaction, PolicyEvent, PolicyNews, Reference, Standing, Status,
};

/// The line of an emission, without its end.
pub fn line(emission: &Emission) -> String {
    match emission {
        Emission::Finding(finding) => finding_line(finding),
        Emission::Incident(incident) => incident_line(incident),
        Emission::Catalogue(entry) => catalogue_line(entry),
        Emission::Coverage(gap) => coverage_line(gap),
        Emission::Policies(news) => policies_line(news),
    }
}

fn finding_line(finding: &Finding) -> String {
    let status = match finding.status {
        Status::Violation => "",
        Status::Gap => " gap",
    };
    let mut line = format!(
        "{} finding {}{status} {} {} at {}",
        finding.judged,
        finding.code,
        finding.severity.name().to_lowercase(),
        finding.table,
        finding.position,
    );
    match &finding.standing {
        Standing::Enforced => {}
        Standing::Trial => line.push_str(" on trial"),
        Standing::Suppressed { exception, owner } => {
            line.push_str(&format!(" suppressed by {exception} of {owner}"));
        }
    }
    if let Some(rule) = &finding.own_rule {
        line.push_str(&format!(" rule {}", rule.name));
    }
    if let Some(subject) = finding.subject {
        line.push_str(&format!(" subject {}", short(subject)));
    }
    match finding.activity {
        Activity::Create => {}
        Activity::Update => line.push_str(&format!(" counted {}", finding.count)),
        Activity::Close => line.push_str(" closed"),
    }
    for evidence in finding.evidence.iter().skip(1) {
        line.push_str(&format!(" [{:?} {} {}]", evidence.role, evidence.table, evidence.position));
    }
    format!("{line}: {}", finding.reason)
}

fn incident_line(incident: &Incident) -> String {
    let subjects = match incident.affected.subjects {
        Some(count) if count.exact => count.value.to_string(),
        Some(count) => format!("about {}", count.value),
        None => "an unknown number of".into(),
    };
    let cells: Vec<String> = incident
        .affected
        .cells
        .iter()
        .map(|count| format!("{} {}", count.cells, count.category.key()))
        .collect();
    let state = match incident.state {
        IncidentState::Open => String::new(),
        state => format!(" {}", state.name()),
    };
    let transaction = incident.transaction.as_ref().map_or_else(String::new, transaction);
    let further: String =
        incident.further_codes.iter().map(|code| format!(" and {code}")).collect();
    format!(
        "{} incident {}{further} v{}{state} {} ({}.{:02}) {} to {}: {subjects} data subjects, {} records, cells \
         [{}]{transaction}, notify by {}: {}",
        incident.detected,
        incident.code,
        incident.version,
        incident.score.band().name(),
        incident.score.total() / 100,
        incident.score.total() % 100,
        incident.first,
        incident.last,
        incident.affected.records,
        cells.join(", "),
        incident.deadline,
        incident.reason,
    )
}

/// What is known of a transaction that was told of before its commit.
fn transaction(of: &OpenTransaction) -> String {
    let mut text = format!(", transaction {}", of.xid);
    if let Some(backend) = &of.backend {
        let Backend { pid, user, application, address } = backend;
        text.push_str(&format!(" by {user} with {application} from {address} (process {pid})"));
    }
    if let Some(interruption) = of.interruption {
        text.push_str(&format!(", circuit breaker: {}", interruption.name()));
    }
    if let Some(incident) = of.continued_by {
        text.push_str(&format!(", continued by {incident}"));
    }
    text
}

fn catalogue_line(entry: &CatalogueEntry) -> String {
    let category = entry.verdict.category.map_or("not personal", |category| category.key());
    let path = entry.path.as_deref().map(|path| format!(" {path}")).unwrap_or_default();
    format!("{} column {}.{}{path}: {category}", entry.time, entry.table, entry.column)
}

fn coverage_line(gap: &Gap) -> String {
    format!("{} not seen: {} to {}: {}", gap.time, gap.from, gap.to, gap.cause.name())
}

fn policies_line(news: &PolicyNews) -> String {
    let mut line = format!("{} policies: {}", news.time, news.event.describe());
    if let PolicyEvent::Replaced { former } = &news.event {
        let digits = |digest: &str| digest.chars().take(8).collect::<String>();
        line.push_str(&format!(", {} in place of {}", digits(&news.digest), digits(former)));
    }
    line
}

/// Eight digits tell people in one list apart; the event carries all.
fn short(reference: Reference) -> String {
    reference.to_string()[..8].to_owned()
}
