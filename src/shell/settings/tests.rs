use std::os::unix::fs::PermissionsExt;

use expect_test::{Expect, expect};
use secrecy::ExposeSecret;

use super::*;
use crate::shell::source::postgres::{Account, BreakerMode};
use crate::shell::webhook::When;

const EXAMPLE: &str = include_str!("../../../deploy/lawtail.yaml");

fn variable(name: &str) -> Option<String> {
    match name {
        "CRM_HOST" => Some("db.example.org".into()),
        "CRM_PASSWORD" => Some("pa$$word: [x".into()),
        _ => None,
    }
}

fn secret(path: &Path) -> Result<Secret, Fault> {
    let content = match path.to_str() {
        Some("/etc/lawtail/pseudonym.key") => vec![7; 32],
        Some("/etc/lawtail/webhook.secret") => b"a secret of at least 24 characters\n".to_vec(),
        Some("/run/secrets/kafka-password") => b"from a file\n".to_vec(),
        Some("/etc/short.key") => vec![7; 31],
        _ => {
            let cause = format!("{}: entity not found", path.display());
            return Err(Fault::new(Code::CFG_003, cause));
        }
    };
    Ok(Secret { content: SecretSlice::from(content), open: None })
}

fn read(text: &str) -> Result<Settings, Vec<Fault>> {
    let surroundings = Surroundings { variable: &variable, secret: &secret };
    read_text("lawtail.yaml", text, Path::new("/etc/lawtail"), &surroundings)
}

fn check_faults(text: &str, expected: Expect) {
    let faults = read(text).err().unwrap_or_default();
    let line = |fault: &Fault| {
        let place = fault.place.as_ref().map(Place::to_string).unwrap_or_default();
        format!("{} {place}: {}; {}\n", fault.code, fault.cause, fault.remedy())
    };
    expected.assert_eq(&faults.iter().map(line).collect::<String>());
}

#[test]
fn the_example_loads() {
    let settings = read(EXAMPLE).map_err(|faults| faults[0].to_string()).unwrap();
    let url = settings.database.url.expose_secret();
    assert_eq!(url, "postgresql://lawtail@db.example.org:5432/crm?sslmode=verify-full");
    let password = settings.database.password.as_ref().unwrap();
    assert_eq!(password.expose_secret(), "pa$$word: [x");
    assert_eq!(settings.database.slot, "lawtail");
    assert_eq!(settings.store.cache_bytes, 20 << 20);
    assert_eq!(settings.slot_budget, 10 << 30);
    assert_eq!(settings.log, Log { format: LogFormat::Json, level: tracing::Level::INFO });
    assert!(settings.publish.kafka.is_none());
    // The lines about it, without the marks of a comment.
    let (before, rest) = EXAMPLE.split_once("  # kafka:\n").unwrap();
    let (kafka, after) = rest.split_once("\n\n").unwrap();
    let unmarked = |line: &str| format!("  {}\n", line.strip_prefix("  # ").unwrap());
    let kafka: String = kafka.lines().map(unmarked).collect();
    let settings = read(&format!("{before}  kafka:\n{kafka}\n{after}")).unwrap();
    let kafka = settings.publish.kafka.as_ref().unwrap();
    assert_eq!(
        (kafka.prefix.as_str(), kafka.partitions, kafka.replication),
        ("lawtail", 1, Some(3))
    );
    assert_eq!(kafka.properties["sasl.password"].expose_secret(), "from a file");
    assert_eq!(kafka.properties["enable.ssl.certificate.verification"].expose_secret(), "true");
}

#[test]
fn a_failover_slot_is_automatic_wanted_or_not() {
    let wanted = |line: &str| {
        let text = EXAMPLE.replace("  # failover_slot: auto ", line);
        read(&text).map(|settings| settings.database.failover_slot)
    };
    assert_eq!(wanted("  # nothing "), Ok(FailoverSlot::Auto));
    assert_eq!(wanted("  failover_slot: auto "), Ok(FailoverSlot::Auto));
    assert_eq!(wanted("  failover_slot: true "), Ok(FailoverSlot::Yes));
    assert_eq!(wanted("  failover_slot: false "), Ok(FailoverSlot::No));
    let faults = wanted("  failover_slot: perhaps ").unwrap_err();
    assert_eq!(faults[0].code, Code::CFG_002);
}

#[test]
fn what_the_example_comments_out_is_a_key_that_exists() {
    let uncommented: String = EXAMPLE
        .lines()
        .map(|line| match line.trim_start().strip_prefix("# ") {
            Some(rest) if is_setting(rest) => line.replacen("# ", "", 1) + "\n",
            _ => line.to_owned() + "\n",
        })
        .collect();
    assert_ne!(uncommented, EXAMPLE);
    // Only the two ways to give the same secret exclude each other.
    check_faults(
        &uncommented,
        expect![[r#"
        CFG-002 lawtail.yaml:12:13 (database.url_file): `url` and `url_file` are both given; remove one of the two
        CFG-002 lawtail.yaml:14:18 (database.password_file): `password` and `password_file` are both given; remove one of the two
    "#]],
    );
}

fn is_setting(comment: &str) -> bool {
    let key = comment.split(':').next().unwrap_or_default();
    !key.is_empty()
        && comment.contains(": ")
        && key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
}

#[test]
fn every_fault_is_reported_at_once() {
    let text = "\
database: {url: 'postgres://${NOBODY}/crm', url_file: a, password_file: /missing, slot: My-Slot}
policys: {folder: policies}
store: {folder: '', cache: 64MB}
pseudonym_key: {file: /etc/short.key}
publish: {kafka: {brokers: [], partitions: 0, replication: many, properties: {a_file: /gone}}}
http: {listen: localhost}
slot_budget: 10
log: {format: xml, level: information}
";
    check_faults(
        text,
        expect![[r#"
            CFG-002 lawtail.yaml:1:1: `policies` is missing; add `policies:` here
            CFG-003 lawtail.yaml:1:17 (database.url): the environment variable NOBODY is not set; set NOBODY, or write the value here
            CFG-002 lawtail.yaml:1:55 (database.url_file): `url` and `url_file` are both given; remove one of the two
            CFG-003 lawtail.yaml:1:73 (database.password_file): /missing: entity not found; set the environment variable, or make the file readable to lawtail's user
            CFG-002 lawtail.yaml:1:89 (database.slot): this is not a plain name; use up to 63 lower-case letters, digits and underscores
            CFG-002 lawtail.yaml:2:1 (policys): unknown key `policys`; did you mean `policies`? allowed: database, copy, policies, store, pseudonym_key, publish, evidence, http, slot_budget, circuit_breaker, log
            CFG-002 lawtail.yaml:3:17 (store.folder): the text is empty; write a text
            CFG-002 lawtail.yaml:3:28 (store.cache): this is not a size; write a whole number with its unit: 512KiB, 64MiB, 10GiB or 1TiB
            CFG-002 lawtail.yaml:4:23 (pseudonym_key.file): the key is shorter than 32 bytes; make one with `(umask 077; openssl rand -out FILE 32)`
            CFG-002 lawtail.yaml:5:28 (publish.kafka.brokers): the list is empty; name at least one
            CFG-002 lawtail.yaml:5:44 (publish.kafka.partitions): 0 is out of range; write a number from 1 to 65535
            CFG-002 lawtail.yaml:5:60 (publish.kafka.replication): this is not a whole number; write a number such as 50
            CFG-003 lawtail.yaml:5:87 (publish.kafka.properties.a_file): /gone: entity not found; set the environment variable, or make the file readable to lawtail's user
            CFG-002 lawtail.yaml:6:16 (http.listen): this is not an address to listen on; write an IP address and a port, as in 127.0.0.1:9464 or [::]:9464
            CFG-002 lawtail.yaml:7:14 (slot_budget): this is not a size; write a whole number with its unit: 512KiB, 64MiB, 10GiB or 1TiB
            CFG-002 lawtail.yaml:8:15 (log.format): unknown log format `xml`; allowed: text, json
            CFG-002 lawtail.yaml:8:27 (log.level): unknown log level `information`; allowed: error, warn, info, debug, trace
        "#]],
    );
    check_faults(
        "publish: {}\n",
        expect![[r#"
        CFG-002 lawtail.yaml:1:1: `database` is missing; add `database:` here
        CFG-002 lawtail.yaml:1:1: `policies` is missing; add `policies:` here
        CFG-002 lawtail.yaml:1:1: `store` is missing; add `store:` here
        CFG-002 lawtail.yaml:1:1: `pseudonym_key` is missing; add `pseudonym_key:` here
        CFG-002 lawtail.yaml:1:10 (publish): nothing says where events go; add `file: {path: …}`, `kafka: {brokers: […]}`, or both
    "#]],
    );
    check_faults(
        "database: [",
        expect![[r#"
        CFG-001 lawtail.yaml:1:11: this is not YAML: unclosed bracket '['; correct the file at the place shown; deploy/lawtail.yaml is a commented example
    "#]],
    );
}

#[test]
fn the_event_file_is_rotated_where_it_says_so() {
    let wanted = |line: &str| {
        let text = EXAMPLE.replace("    # rotate: 1GiB", line);
        read(&text).map(|settings| settings.publish.rotate)
    };
    assert_eq!(wanted("    # nothing"), Ok(None));
    assert_eq!(wanted("    rotate: 5MiB"), Ok(Some(5 << 20)));
    let faults = wanted("    rotate: 5KiB").unwrap_err();
    assert!(faults[0].remedy().contains("at least 1MiB"), "{faults:?}");
}

#[test]
fn the_circuit_breaker_is_off_unless_asked_for_and_spares_nobody_unnamed() {
    let mode = |mode: &str| {
        let text = EXAMPLE.replace("  # mode: off", &format!("  mode: {mode}"));
        read(&text).map(|settings| settings.circuit_breaker.mode)
    };
    let settings = read(EXAMPLE).map_err(|faults| faults[0].to_string()).unwrap();
    assert_eq!(settings.circuit_breaker.mode, BreakerMode::Off);
    let account = |user: &str, application: Option<&str>| Account {
        user: Some(user.into()),
        application: application.map(str::to_owned),
    };
    let nightly = account("crm_batch", Some("nightly-deduplication"));
    assert_eq!(settings.circuit_breaker.allow, [account("crm_migration", None), nightly]);
    assert_eq!(mode("off").unwrap(), BreakerMode::Off);
    assert_eq!(mode("dry_run").unwrap(), BreakerMode::DryRun);
    assert_eq!(mode("on").unwrap(), BreakerMode::On);
    assert_eq!(mode("perhaps").unwrap_err()[0].code, Code::CFG_002);
    let everybody = EXAMPLE.replace("    - user: crm_migration", "    - {}");
    assert_eq!(read(&everybody).unwrap_err()[0].cause, "this names nobody");
}

#[test]
fn a_dollar_sign_needs_two_and_a_brace_its_partner() {
    let url = |text: &str| {
        let text =
            EXAMPLE.replace("postgresql://lawtail@${CRM_HOST}:5432/crm?sslmode=verify-full", text);
        read(&text).map(|settings| settings.database.url.expose_secret().to_owned())
    };
    assert_eq!(url("a$$b$c$${CRM_HOST}").unwrap(), "a$b$c${CRM_HOST}");
    assert_eq!(url("'${CRM_HOST}${CRM_HOST}'").unwrap(), "db.example.orgdb.example.org");
    assert_eq!(url("'a${CRM_HOST'").unwrap_err()[0].code, Code::CFG_002);
    assert_eq!(url("'a${OTHER}'").unwrap_err()[0].code, Code::CFG_003);
}

#[test]
fn relative_paths_start_at_the_folder_of_the_file() {
    let text = EXAMPLE.replace("folder: /etc/lawtail/policies", "folder: policies");
    assert_eq!(read(&text).unwrap().policies.folder, Path::new("/etc/lawtail/policies"));
}

#[test]
fn secrets_are_not_printed() {
    let text = EXAMPLE.replace("lawtail@", "lawtail:canary@");
    let settings = read(&text).map_err(|faults| faults[0].to_string()).unwrap();
    let printed = format!("{settings:?}");
    for secret in ["canary", "pa$$", "from a file", "7, 7, 7"] {
        assert!(!printed.contains(secret), "{printed}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_a_fault() {
    let faults = load(Path::new("/nowhere/lawtail.yaml")).unwrap_err();
    assert_eq!(faults[0].code, Code::CFG_001);
}

/// The settings of a folder with every secret in a file, of which one has another mode.
fn with_open_file(open: &str, mode: u32) -> Result<Settings, Vec<Fault>> {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        let mode = if name == open { mode } else { 0o640 };
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let text = format!(
        "database: {{url_file: url, password_file: password, slot: s, publication: p}}\n\
         policies: {{folder: policies}}\nstore: {{folder: store}}\npseudonym_key: {{file: key}}\n\
         publish:\n  kafka: {{brokers: [a], properties: {{sasl.password_file: sasl, \
            ssl.key.location: {folder}/tls.key}}}}\n  \
         webhook: {{url_file: hook, secret_file: signs}}\n\
         http: {{listen: '127.0.0.1:0', tokens: [{{name: officer, token_file: token}}]}}\n",
        folder = folder.path().display()
    );
    write("lawtail.yaml", &text);
    let long = "k".repeat(48);
    for (name, text) in [
        ("url", "postgres://host/crm"),
        ("password", "canary"),
        ("key", &long),
        ("sasl", "canary"),
        ("tls.key", "canary"),
        ("hook", "https://host/canary"),
        ("signs", &long),
        ("token", &long),
    ] {
        write(name, text);
    }
    load(&folder.path().join("lawtail.yaml"))
}

#[test]
fn a_secret_that_others_can_read_is_told_of_and_one_that_they_can_write_is_refused() {
    assert_eq!(with_open_file("", 0).map(|settings| settings.open_secrets).ok(), Some(Vec::new()));
    for (file, key) in [
        ("url", "database.url_file"),
        ("password", "database.password_file"),
        ("key", "pseudonym_key.file"),
        ("sasl", "publish.kafka.properties.sasl.password_file"),
        ("tls.key", "publish.kafka.properties.ssl.key.location"),
        ("hook", "publish.webhook.url_file"),
        ("signs", "publish.webhook.secret_file"),
        ("token", "http.tokens[0].token_file"),
    ] {
        let told = with_open_file(file, 0o604).map(|settings| settings.open_secrets);
        let refused = with_open_file(file, 0o602).err();
        for (mode, faults) in [(604, told.ok()), (602, refused)] {
            let faults = faults.unwrap_or_default();
            let [fault] = &faults[..] else { panic!("{file}: {faults:?}") };
            let place = fault.place.as_ref().unwrap();
            assert_eq!((fault.code, place.key.as_str()), (Code::CFG_003, key));
            let cause = format!("its mode {mode} lets others at it");
            assert!(fault.cause.contains(&cause), "{fault}");
            assert!(fault.remedy().starts_with("chmod 600 "), "{fault}");
            assert!(!fault.to_string().contains("canary"), "{fault}");
        }
    }
}

#[test]
fn the_keys_of_the_evidence_are_files() {
    assert_eq!(read(EXAMPLE).unwrap().evidence, Evidence::default());
    let with = |evidence: &str| read(&format!("{EXAMPLE}\nevidence: {evidence}\n"));
    let found = with("{signing_key: new.pem, retiring_key: /old.pem}").unwrap().evidence;
    let signing_key = Some("/etc/lawtail/new.pem".into());
    assert_eq!(found, Evidence { signing_key, retiring_key: Some("/old.pem".into()) });
    let faults = with("{retiring_key: old.pem}").unwrap_err();
    assert_eq!(faults[0].code, Code::CFG_002);
    assert!(faults[0].cause.contains("without one that takes over"), "{}", faults[0]);
}

#[test]
fn a_webhook_is_read_with_its_secret_and_its_moment() {
    let read_webhook = |webhook: &str| {
        let text = EXAMPLE.replacen("publish:\n", &format!("publish:\n  webhook: {webhook}\n"), 1);
        read(&text).map(|settings| settings.publish.webhook.unwrap())
    };
    let plain = "url: 'https://host/x', secret_file: webhook.secret";
    let webhook = read_webhook(&format!("{{{plain}}}")).unwrap();
    assert_eq!(webhook.secret.expose_secret(), "a secret of at least 24 characters");
    assert_eq!(webhook.when, When::KafkaAway(std::time::Duration::from_secs(300)));
    let webhook = read_webhook(&format!("{{{plain}, after: 30s, ca_file: ca.pem}}")).unwrap();
    assert_eq!(webhook.when, When::KafkaAway(std::time::Duration::from_secs(30)));
    assert_eq!(webhook.authorities.as_deref(), Some(Path::new("/etc/lawtail/ca.pem")));
    let webhook = read_webhook(&format!("{{{plain}, when: always}}")).unwrap();
    assert_eq!(webhook.when, When::Always);
    let short = read_webhook("{url: 'https://host/x', secret_file: /run/secrets/kafka-password}");
    assert!(short.unwrap_err()[0].cause.contains("shorter than 24"));
    assert!(read_webhook("{secret_file: webhook.secret}").is_err());
    assert!(read_webhook(&format!("{{{plain}, when: never}}")).is_err());
}

#[test]
fn the_key_of_the_store_is_a_file() {
    let text = EXAMPLE.replacen("store:\n", "store:\n  encryption_key: store.key\n", 1);
    let store = read(&text).unwrap().store;
    assert_eq!(store.encryption_key.as_deref(), Some(Path::new("/etc/lawtail/store.key")));
    assert_eq!(read(EXAMPLE).unwrap().store.encryption_key, None);
}
