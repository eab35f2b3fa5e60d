//! Each alert has a page and a test, and every name in rules and dashboards is one that is exported.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{files, root};

/// The alerting rules, as they are.
fn alerts() -> Vec<Value> {
    let text = std::fs::read_to_string(root().join("deploy/prometheus/alerts.yaml")).unwrap();
    let rules: Value = serde_saphyr::from_str(&text).unwrap();
    let groups = rules["groups"].as_array().unwrap();
    groups.iter().flat_map(|group| group["rules"].as_array().unwrap().clone()).collect()
}

/// The words of a text that begin with a prefix.
fn words<'a>(text: &'a str, prefix: &str) -> BTreeSet<&'a str> {
    text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
        .filter(|word| word.starts_with(prefix))
        .collect()
}

#[test]
fn each_alert_has_a_severity_a_text_and_a_runbook() {
    let alerts = alerts();
    assert!(alerts.len() > 20);
    for alert in alerts {
        let severity = alert["labels"]["severity"].as_str().unwrap();
        assert!(["critical", "warning", "info", "none"].contains(&severity), "{alert}");
        let annotations = &alert["annotations"];
        for text in ["summary", "description"] {
            assert!(annotations[text].as_str().unwrap().ends_with('.'), "{alert}");
        }
        let page = root().join(annotations["runbook_url"].as_str().unwrap());
        let page =
            std::fs::read_to_string(&page).unwrap_or_else(|error| panic!("{alert}: {error}"));
        assert!(page.contains(alert["alert"].as_str().unwrap()), "{alert}");
        assert!(page.contains(severity), "{alert}: its page tells another severity");
        assert!(page.contains("**What to do.**"), "{alert}");
    }
}

#[test]
fn each_runbook_belongs_to_an_alert_and_leads_to_pages_that_are_there() {
    let alerts = alerts();
    for (path, text) in files("docs/runbooks", "md") {
        let end = path.file_name().unwrap().to_str().unwrap();
        let belongs = alerts
            .iter()
            .any(|alert| alert["annotations"]["runbook_url"].as_str().unwrap().ends_with(end));
        assert!(belongs, "{end} belongs to no alert");
        for link in text.split("](").skip(1) {
            let target = path.parent().unwrap().join(link.split(')').next().unwrap());
            assert!(target.is_file(), "{end} leads to {}", target.display());
        }
    }
}

#[test]
fn each_alert_is_seen_to_fire_in_the_rules_tests() {
    let tests: String =
        files("deploy/prometheus/tests", "yaml").into_iter().map(|(_, text)| text).collect();
    for alert in alerts() {
        let name = alert["alert"].as_str().unwrap();
        // As a sample of ALERTS, or in a test of the alert itself.
        let forms = [format!("alertname=\"{name}\"}}'"), format!("alertname: {name}\n")];
        let fires = forms.iter().any(|form| tests.contains(form));
        assert!(fires, "{name} is never expected to fire");
    }
}

#[test]
fn rules_runbooks_and_dashboards_name_metrics_that_are_exported() {
    let sources: String =
        files("src/shell/metrics", "rs").into_iter().map(|(_, text)| text).collect();
    let of_histogram = ["_bucket", "_count", "_sum"];
    let texts = [
        files("deploy/prometheus", "yaml"),
        files("deploy/prometheus/tests", "yaml"),
        files("deploy/grafana", "json"),
        files("docs/runbooks", "md"),
    ];
    let mut seen = 0;
    for (path, text) in texts.iter().flatten() {
        // Recorded names have a colon: lawtail_table:changes:rate5m.
        for word in words(text, "lawtail_").into_iter().filter(|word| *word != "lawtail_table") {
            let name = word.trim_start_matches("lawtail_");
            let whole = of_histogram.iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
            let exported = [name, whole].iter().any(|it| sources.contains(&format!("\"{it}\"")));
            assert!(exported, "{word} in {} is not exported", path.display());
            seen += 1;
        }
    }
    assert!(seen > 80, "{seen}");
}
