//! Every lawtail.yaml that a deployment brings is one that lawtail reads.

use std::path::Path;

use lawtail::shell::secret_file::Secret;
use lawtail::shell::settings::{Settings, Surroundings, read_text};
use secrecy::SecretSlice;
use serde_json::Value;

use super::root;

fn read(file: &str) -> String {
    std::fs::read_to_string(root().join(file)).unwrap()
}

/// As in a container whose secrets are there.
fn settings(file: &str, text: &str) -> Settings {
    let content = || SecretSlice::from(b"thirty-two bytes, only for tests".to_vec());
    let secret = |_: &Path| Ok(Secret { content: content(), open: None });
    let surroundings =
        Surroundings { variable: &|name| Some(name.to_ascii_lowercase()), secret: &secret };
    read_text(file, text, Path::new("/etc/lawtail"), &surroundings)
        .unwrap_or_else(|faults| panic!("{file}: {faults:#?}"))
}

/// What the volumes of chart, manifests and compose file are made for.
fn fits_the_container(file: &str, settings: &Settings) {
    assert_eq!(settings.store.folder, Path::new("/var/lib/lawtail/store"), "{file}");
    assert_eq!(settings.policies.folder, Path::new("/etc/lawtail/policies"), "{file}");
    assert_eq!(settings.http.listen.port(), 9464, "{file}");
    assert!(settings.http.listen.ip().is_unspecified(), "{file}: the probes come from outside");
    assert!(settings.publish.kafka.is_some(), "{file}");
}

#[test]
fn the_settings_of_each_deployment_are_valid() {
    for file in ["deploy/compose/lawtail.yaml", "deploy/kubernetes/lawtail.yaml"] {
        fits_the_container(file, &settings(file, &read(file)));
    }
    let file = "deploy/helm/lawtail/values.yaml";
    let values: Value = serde_saphyr::from_str(&read(file)).unwrap();
    // JSON is YAML.
    fits_the_container(file, &settings(file, &values["config"].to_string()));
}

#[test]
fn the_example_for_systemd_listens_on_loopback_and_keeps_its_store_where_the_unit_may_write() {
    let file = "deploy/lawtail.yaml";
    let example = settings(file, &read(file));
    assert!(example.http.listen.ip().is_loopback());
    let unit = read("deploy/systemd/lawtail.service");
    assert!(unit.lines().any(|line| line == "StateDirectory=lawtail"));
    assert!(example.store.folder.starts_with("/var/lib/lawtail"));
    assert!(example.publish.file.unwrap().starts_with("/var/lib/lawtail"));
    assert!(
        example.publish.kafka.is_none(),
        "who has no brokers would never be told why nothing leaves"
    );
}

#[test]
fn the_settings_of_the_quick_start_are_valid() {
    let guide = read("docs/quick-start.md");
    let (_, rest) = guide.split_once("<<'END'\n").unwrap();
    let (text, _) = rest.split_once("END\n").unwrap();
    let settings = settings("lawtail.yaml", text);
    assert!(settings.publish.file.is_some() && settings.publish.kafka.is_none());
    // As `init` writes them, and as the scripts have them.
    assert_eq!((&*settings.database.slot, &*settings.database.publication), ("lawtail", "lawtail"));
}

/// What is commented out there is read as well, once the marks are gone.
#[test]
fn the_lines_about_kafka_in_the_example_are_valid() {
    let file = "deploy/lawtail.yaml";
    let text = read(file);
    let (before, rest) = text.split_once("  # kafka:\n").unwrap();
    let (kafka, after) = rest.split_once("\n\n").unwrap();
    let kafka: String =
        kafka.lines().map(|line| format!("  {}\n", line.strip_prefix("  # ").unwrap())).collect();
    let example = settings(file, &format!("{before}  kafka:\n{kafka}\n{after}"));
    assert_eq!(example.publish.kafka.unwrap().brokers.len(), 2);
}

#[test]
fn the_trial_follows_every_table_of_the_demonstrations_crm() {
    let script = read("deploy/compose/crm.sh");
    let wanted = r"sed -n 's/^CREATE TABLE \([a-z_]*\) .*/crm.\1/p' /lawtail/schema.sql";
    assert!(script.contains(wanted), "{script}");
    let schema = read("src/cli/demo/schema.sql");
    let tables = schema.lines().filter(|line| line.starts_with("CREATE TABLE "));
    assert!(tables.clone().count() > 10);
    for line in tables {
        let name = line.split_whitespace().nth(2).unwrap();
        assert!(name.bytes().all(|it| it.is_ascii_lowercase() || it == b'_'), "{line}");
    }
}
