//! TR-002: data goes to a destination that was never seen before.
//!
//! **What**: a webhook, an integration or a forwarding rule is added or changed, and its domain is
//! neither among the known ones nor in any row of the table so far.
//!
//! **Why**: from then on every change may go there by itself. A new recipient, possibly in a third
//! country, needs a reason and a contract (GDPR Art. 28, Art. 44), and an intruder needs neither. MITRE
//! ATT&CK T1020, Automated Exfiltration; T1567, Exfiltration Over Web Service.
//!
//! **Not counted**: destinations that the initial copy brings; another path or subdomain of a known
//! domain; a row that a second person has approved of.
//!
//! **False positives**: a new partner. List the domain under `known` first, or map the approval.
//!
//! **Blind spots**: a known service under somebody else's account; addresses in columns that are not mapped.

use super::{Detector, Sign};
use crate::engine::pseudonym::Pseudonymizer;
use crate::engine::record::{self, Record};
use crate::engine::state::State;
use crate::model::{Fault, OperationKind};

const SEEN: &[u8] = b"th";

/// Notes the destination of a row; says so when it is new.
pub fn sign(
    record: &Record<'_>,
    copied: bool,
    state: &mut State,
    pseudonyms: &Pseudonymizer,
) -> Result<Option<Sign>, Fault> {
    let Some(mapping) = &record.mapping.security.destination else { return Ok(None) };
    if record.change.operation.new_row().is_none() {
        return Ok(None);
    }
    let known = |host: &String| {
        mapping.known.iter().any(|domain| {
            host.strip_suffix(domain.as_str()).is_some_and(|it| it.is_empty() || it.ends_with('.'))
        })
    };
    let mut fresh = None;
    let hosts = record.text(&mapping.column).into_iter().flat_map(hosts);
    for host in hosts.filter(|host| !known(host)) {
        let name = pseudonyms.counted(&[b"destination", host.as_bytes()]);
        let key = [SEEN, &name.0].concat();
        if state.recall::<()>(&key)?.is_none() {
            state.write(key, &());
            fresh = fresh.or(Some(name));
        }
    }
    let Some(name) = fresh else { return Ok(None) };
    let approved = record::says(record, &mapping.approved) == Some(true);
    // It was there before, and only now is it known that the column leads somewhere.
    let column = record.change.table.column(&mapping.column);
    let kept = record.change.operation.kind() == OperationKind::Update
        && column.and_then(|index| record.changed(index)) == Some(false);
    Ok((!copied && !approved && !kept).then(|| Sign::of(Detector::Destination).to(name)))
}

/// The hosts of URLs or e-mail addresses, of which one column may hold several. Words beside them, and
/// what follows a comma within a URL, lead nowhere.
fn hosts(text: &str) -> impl Iterator<Item = String> {
    let has_scheme = text.contains("://");
    let parts =
        text.split([',', ';', ' ', '\n', '\t']).map(|part| part.trim_matches(['<', '>', '"']));
    let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    let alone = parts.len() == 1;
    let leads = move |part: &&str| match has_scheme {
        true => part.contains("://") || part.contains('@'),
        false => alone || part.contains(['@', '.', '[']),
    };
    parts.into_iter().filter(leads).filter_map(host)
}

/// The host of a URL or an e-mail address.
fn host(text: &str) -> Option<String> {
    let text = text.trim();
    let behind = text.split_once("://").map_or(text, |(_, rest)| rest);
    let authority = behind.split(['/', '?', '#']).next()?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = match host.strip_prefix('[') {
        Some(address) => address.split(']').next()?,
        None if host.matches(':').count() > 1 => host,
        None => host.split(':').next()?.trim_end_matches('.'),
    };
    (!host.is_empty()).then(|| host.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::detect::Touch;
    use crate::engine::detect::trial::{Trial, change, person};
    use crate::model::{BreachType, Code};

    #[test]
    fn one_new_destination_is_an_alarm() {
        let mut trial = Trial::new();
        let sign = Sign::of(Detector::Destination).to(person(9));
        let entered = Touch { signs: vec![sign], subject: None, ..change("crm.webhooks", 1) };
        let signals = trial.commit(60, [entered]);
        let alarms: Vec<(Code, BreachType)> =
            signals.iter().map(|signal| (signal.code, signal.breach)).collect();
        assert_eq!(alarms, [(Code::TR_002, BreachType::Confidentiality)]);
    }

    #[test]
    fn the_host_is_what_stands_between_scheme_and_path() {
        for text in [
            "https://user:secret@Hooks.Example.org:8443/a@b?c",
            "hooks.example.org/in",
            "ada@hooks.example.org",
            " http://hooks.example.org. ",
        ] {
            assert_eq!(host(text).as_deref(), Some("hooks.example.org"), "{text}");
        }
        assert_eq!((host(""), host("https:///path")), (None, None));
        let several = |text| hosts(text).collect::<Vec<_>>();
        assert_eq!(several("https://known.example/in?cols=name,email;phone"), ["known.example"]);
        assert_eq!(
            several("Ada Lovelace <ada@a.example>, b@b.example"),
            ["a.example", "b.example"]
        );
        assert_eq!(several("https://a.example/x, https://b.example"), ["a.example", "b.example"]);
        for text in ["https://[2001:db8::7]:8443/in", "[2001:DB8::7]", "2001:db8::7"] {
            assert_eq!(host(text).as_deref(), Some("2001:db8::7"), "{text}");
        }
    }

    #[test]
    fn each_of_several_addresses_counts() {
        let both: Vec<String> = hosts("ada@example.org; https://evil.test/a,\n").collect();
        assert_eq!(both, ["example.org", "evil.test"]);
    }
}
