//! The dashboards, as Grafana imports them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::files;

/// Name and content of each dashboard.
pub fn all() -> BTreeMap<String, Value> {
    let name = |path: &std::path::Path| path.file_stem().unwrap().to_str().unwrap().to_owned();
    let parsed = |text: &str| serde_json::from_str(text).unwrap();
    files("deploy/grafana", "json").iter().map(|(path, text)| (name(path), parsed(text))).collect()
}

/// Title of the panel and text of each query.
pub fn queries(dashboard: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let of_panel = |panel: &Value| -> Vec<(String, String)> {
        let targets = panel["targets"].as_array().unwrap();
        targets.iter().map(|target| (text(&panel["title"]), text(&target["expr"]))).collect()
    };
    dashboard["panels"].as_array().unwrap().iter().flat_map(of_panel).collect()
}

#[test]
fn each_dashboard_has_an_id_of_its_own_and_the_variables_of_its_source() {
    let dashboards = all();
    let expected = ["change-activity", "detector-quality", "pipeline-health", "security-overview"];
    assert_eq!(dashboards.keys().collect::<Vec<_>>(), expected);
    let ids: BTreeSet<&str> = dashboards.values().map(|it| it["uid"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), dashboards.len());
    for (name, dashboard) in &dashboards {
        assert!(dashboard["schemaVersion"].as_u64().unwrap() >= 39, "{name}");
        assert!(dashboard["uid"].as_str().unwrap().len() <= 40, "{name}: Grafana takes 40 letters");
        assert_eq!(dashboard["editable"], false, "{name}");
        let variables = dashboard["templating"]["list"].as_array().unwrap();
        let names: Vec<&str> = variables.iter().map(|it| it["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["datasource", "job", "instance"], "{name}");
        assert_eq!(variables[0]["type"], "datasource", "{name}");
        assert_eq!(variables[0]["query"], "prometheus", "{name}");
    }
}

#[test]
fn each_panel_says_what_it_shows_in_which_unit_and_lies_on_no_other() {
    for (name, dashboard) in all() {
        let mut ids = BTreeSet::new();
        let mut cells = BTreeSet::new();
        for panel in dashboard["panels"].as_array().unwrap() {
            let title = panel["title"].as_str().unwrap();
            let of = format!("{name}, {title}");
            assert!(ids.insert(panel["id"].as_u64().unwrap()), "{of}: id");
            assert!(panel["description"].as_str().unwrap().ends_with('.'), "{of}: description");
            assert!(panel["fieldConfig"]["defaults"]["unit"].is_string(), "{of}: unit");
            assert_eq!(panel["datasource"]["uid"], "${datasource}", "{of}");
            for target in panel["targets"].as_array().unwrap() {
                assert_eq!(target["datasource"]["uid"], "${datasource}", "{of}");
            }
            let place = |key: &str| panel["gridPos"][key].as_u64().unwrap();
            assert!(place("x") + place("w") <= 24, "{of}: the grid has 24 columns");
            for x in place("x")..place("x") + place("w") {
                for y in place("y")..place("y") + place("h") {
                    assert!(cells.insert((x, y)), "{of}: lies on another");
                }
            }
        }
    }
}

#[test]
fn each_query_keeps_to_the_chosen_job_and_instance() {
    for (name, dashboard) in all() {
        for (panel, query) in queries(&dashboard) {
            let chosen = "job=~\"$job\",instance=~\"$instance\"";
            let selectors = query.matches('{').count();
            assert!(selectors > 0, "{name}, {panel}: {query}");
            if !query.starts_with("ALERTS{") {
                assert_eq!(query.matches(chosen).count(), selectors, "{name}, {panel}: {query}");
            }
        }
    }
}
