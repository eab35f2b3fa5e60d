//! Each pack against a real PostgreSQL with its CRM's tables: every table and column that it maps is
//! there, and what a scan sees does not contradict it. `lawtail init` from the outside.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::OnceLock;

use lawtail::model::{Category, Channel, TableName};
use lawtail::policy::{self, Policies};
use lawtail::shell::cluster::{Cluster, ClusterSettings};
use lawtail::shell::policies::read_folder;
use lawtail::shell::source::postgres::{Address, Found, Mapped, ScanSettings, Scanned, scan};
use tokio_postgres::{Client, NoTls};

/// The packs, with the statements that make their tables.
const PACKS: &[(&str, &str)] = &[
    ("odoo", include_str!("packs/odoo.sql")),
    ("espocrm", include_str!("packs/espocrm.sql")),
    ("twenty", include_str!("packs/twenty.sql")),
    ("dolibarr", include_str!("packs/dolibarr.sql")),
    ("suitecrm", include_str!("packs/suitecrm.sql")),
    ("civicrm", include_str!("packs/civicrm.sql")),
    ("salesforce", include_str!("packs/salesforce.sql")),
    ("dynamics365", include_str!("packs/dynamics365.sql")),
    ("hubspot", include_str!("packs/hubspot.sql")),
    ("mailchimp", include_str!("packs/mailchimp.sql")),
];

fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(|| {
        Cluster::start(ClusterSettings::default()).unwrap_or_else(|fault| panic!("{fault}"))
    })
}

async fn connect(name: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(&cluster().url(name), NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// A database of a test's own with these tables.
async fn database(name: &str, tables: &str) -> Client {
    let server = connect("postgres").await;
    server.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
    let own = connect(name).await;
    own.batch_execute(tables).await.unwrap();
    own
}

#[tokio::test]
async fn init_recognises_each_crm_and_uses_its_whole_pack() {
    for (name, tables) in PACKS {
        let database_name = format!("known_{name}");
        let _client = database(&database_name, tables).await;
        let folder = tempfile::tempdir().unwrap();
        let into = folder.path().to_str().unwrap();
        let url = cluster().url(&database_name);
        let output =
            lawtail(&["init", "--database-url", &url, "--into", into, "--sample-rows", "0"]);
        let files = written(folder.path(), &output);
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/packs");
        let shipped = fs::read_to_string(shipped.join(format!("{name}.yaml"))).unwrap();
        assert_eq!(files[&format!("packs/{name}.yaml")], shipped);
        let said = text(&output.stdout);
        assert!(!said.contains("confirm: the pack"), "{said}");
        let packs = files.keys().filter(|path| path.starts_with("packs/")).count();
        assert_eq!(packs, 1, "{said}");
        assert_eq!(missing(folder.path()), BTreeSet::new());
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("policies/tests/{name}.yaml"));
        let tests = fs::read_to_string(own).unwrap().matches("  - name: ").count();
        assert_eq!(passed(folder.path()), tests, "{name}");
    }
}

/// The repository's policies with one pack and its register in force.
fn policies(name: &str) -> Policies {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
    let (mut files, faults) = read_folder(&folder);
    assert_eq!(faults, []);
    files.retain(|path, _| !path.starts_with("tests/"));
    let choice = format!("pack: {name}\nregister: {name}\nprofile: strict\n");
    files.insert("policy.yaml".to_owned(), choice);
    policy::compile(&files).map_err(|faults| faults[0].to_string()).unwrap()
}

async fn look(name: &str, mapped: &BTreeMap<TableName, Mapped>) -> Found {
    let address = Address::parse(&cluster().url(name)).unwrap();
    let settings = ScanSettings { address, schemas: Vec::new(), rows: 100 };
    scan(&settings, mapped, |_, _| {}).await.unwrap_or_else(|fault| panic!("{fault}"))
}

fn table<'f>(found: &'f Found, name: &TableName) -> &'f Scanned {
    let is_it = |scanned: &&Scanned| scanned.table.name == *name;
    found.tables.iter().find(is_it).unwrap_or_else(|| panic!("there is no table {name}"))
}

fn category(scanned: &Scanned, column: &str) -> Option<Category> {
    let index = scanned.table.column(column).unwrap_or_else(|| panic!("there is no {column}"));
    scanned.profile.verdicts()[index].category
}

#[tokio::test]
async fn every_table_and_column_of_a_pack_is_there() {
    for (name, tables) in PACKS {
        let database_name = format!("there_{name}");
        let _client = database(&database_name, tables).await;
        let found = look(&database_name, &BTreeMap::new()).await;
        let pack = policies(name).pack;
        for (table_name, mapping) in &pack.tables {
            let scanned = table(&found, table_name);
            assert_eq!(pack.fits(&scanned.table), Ok(()), "{name}");
            for column in mapping.columns.keys() {
                let there = scanned.table.column(column);
                assert!(there.is_some(), "{name}: {table_name} has no column {column}");
            }
        }
    }
}

#[tokio::test]
async fn what_a_scan_sees_does_not_contradict_a_pack() {
    let mut faults = Vec::new();
    for (name, tables) in PACKS {
        let database_name = format!("seen_{name}");
        let _client = database(&database_name, tables).await;
        let Policies { pack, register, .. } = policies(name);
        let alone = look(&database_name, &BTreeMap::new()).await;
        let found = look(&database_name, &Mapped::by(&pack)).await;
        for (table_name, mapping) in &pack.tables {
            for point in &mapping.contact_points {
                let seen = category(table(&alone, table_name), &point.column);
                let fits = match point.channel {
                    Channel::Email => Category::Email,
                    _ => Category::PhoneNumber,
                };
                if mapping.columns.contains_key(&point.column) {
                    assert_eq!(mapping.columns[&point.column], Some(fits), "{name}: {table_name}");
                } else if seen != Some(fits) {
                    faults
                        .push(format!("{name}: {table_name}.{} looks like {seen:?}", point.column));
                }
            }
            let scanned = table(&found, table_name);
            for (column, verdict) in scanned.table.columns.iter().zip(scanned.profile.verdicts()) {
                let personal = verdict.category.filter(|it| *it != Category::UniqueIdentifier);
                let Some(category) = personal else { continue };
                if !register.lists(table_name, category) {
                    let column = &column.name;
                    faults.push(format!("{name}: {table_name}.{column} holds {}", category.key()));
                }
            }
        }
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

/// Stands in every value that could leak.
const CANARY: &str = "kanarienvogel";

fn lawtail(arguments: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_lawtail");
    Command::new(program).args(arguments).env_remove("DATABASE_URL").output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// What was written, by path, having checked that no value of the data is in it.
fn written(folder: &Path, output: &Output) -> BTreeMap<String, String> {
    assert!(output.status.success(), "{}", text(&output.stderr));
    let (files, faults) = read_folder(folder);
    assert_eq!(faults, []);
    let said = [text(&output.stdout), text(&output.stderr)];
    assert!(!files.values().chain(&said).any(|text| text.contains(CANARY)));
    files
}

/// The keys that `lawtail check` misses, each once.
fn missing(folder: &Path) -> BTreeSet<String> {
    let output = lawtail(&["check", folder.to_str().unwrap()]);
    let said = text(&output.stderr);
    let causes = said.lines().filter_map(|line| line.trim().strip_prefix("cause:"));
    causes.map(|cause| cause.trim().to_owned()).collect()
}

/// The tests of a fresh folder run, and none fails; how many passed.
fn passed(folder: &Path) -> usize {
    let output = lawtail(&["test", folder.to_str().unwrap()]);
    let said = text(&output.stdout);
    assert!([Some(0), Some(3)].contains(&output.status.code()), "{said}");
    let (_, sum) = said.rsplit_once(" tests: ").unwrap_or_else(|| panic!("{said}"));
    let (passed, failed) = sum.lines().next().unwrap().split_once(", ").unwrap();
    assert_eq!(failed, "0 failed", "{said}");
    passed.strip_suffix(" passed").unwrap().parse().unwrap()
}

#[tokio::test]
async fn init_recognises_a_crm_and_leaves_out_what_is_not_there() {
    let client = database("init_odoo", PACKS[0].1).await;
    client.batch_execute("DROP TABLE privacy_consent, privacy_activity, crm_lead").await.unwrap();
    let row = format!(
        "INSERT INTO res_partner (id, name, email) VALUES (1, '{CANARY}', '{CANARY}@example.org')"
    );
    client.batch_execute(&row).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().to_str().unwrap();
    let url = cluster().url("init_odoo");
    let output = lawtail(&["init", "--database-url", &url, "--into", into]);
    let files = written(folder.path(), &output);
    let said = text(&output.stdout);
    assert!(said.contains("recognised Odoo in schema public"), "{said}");
    assert!(said.contains(&format!("lawtail check {into}")), "{said}");
    let (pack, register) = (&files["packs/odoo.yaml"], &files["register/odoo.yaml"]);
    assert!(pack.contains("public.res_partner:") && !pack.contains("privacy_consent:"), "{pack}");
    assert!(!pack.contains("public.crm_lead") && !register.contains("public.crm_lead"));
    assert_eq!(missing(folder.path()), BTreeSet::new());
    let tests = &files["tests/odoo.yaml"];
    assert!(passed(folder.path()) > 5 && !tests.contains("public.crm_lead"), "{tests}");
    // What only the controller knows is marked, and `check` names each line.
    let said = text(&lawtail(&["check", into]).stdout);
    assert!(said.contains("to confirm: register/odoo.yaml, lines "), "{said}");
    let again = lawtail(&["init", "--database-url", &url, "--into", into]);
    assert_eq!(again.status.code(), Some(1));
    assert!(text(&again.stderr).contains("there already"));
}

#[tokio::test]
async fn init_finds_a_crm_in_a_schema_of_another_name() {
    let tables = PACKS[2]
        .1
        .replace("SCHEMA workspace", "SCHEMA workspace_1wgvd")
        .replace(" workspace.", " workspace_1wgvd.");
    let _client = database("init_twenty", &tables).await;
    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().to_str().unwrap();
    let output =
        lawtail(&["init", "--database-url", &cluster().url("init_twenty"), "--into", into]);
    let files = written(folder.path(), &output);
    assert!(text(&output.stdout).contains("recognised Twenty in schema workspace_1wgvd"));
    let pack = &files["packs/twenty.yaml"];
    assert!(pack.contains("  workspace_1wgvd.person:\n") && !pack.contains(" workspace.person"));
    assert_eq!(missing(folder.path()), BTreeSet::new());
    assert!(files["tests/twenty.yaml"].contains("{insert: workspace_1wgvd.person, "));
    assert!(passed(folder.path()) > 3);
}

const UNKNOWN: &str = "
CREATE TABLE staff (id int PRIMARY KEY, login text, full_name text, email text);
CREATE TABLE customers (
    id int PRIMARY KEY, first_name text, last_name text, email text UNIQUE, mobile_phone text,
    email_opt_out boolean, is_test boolean, updated_by text);
CREATE TABLE consents (
    id int PRIMARY KEY, customer_id int REFERENCES customers, created_by int REFERENCES staff,
    channel text, state text CHECK (state IN ('asked', 'given', 'refused')));
CREATE TABLE sent_messages (id int PRIMARY KEY, customer_id int, address text, sent_at timestamptz);
CREATE TABLE \"odd: table\" (id int PRIMARY KEY, email text);
CREATE TABLE colours (id int PRIMARY KEY, label text, created_by int REFERENCES staff);
CREATE TABLE visits (
    id int PRIMARY KEY, email text, mobile_phone text, created_by int REFERENCES staff);
CREATE TABLE \"odd: people\" (id int PRIMARY KEY, first_name text, last_name text, email text);
CREATE TABLE shoe_sizes (id int PRIMARY KEY, whose int REFERENCES \"odd: people\", size int);
INSERT INTO staff VALUES (1, 'kanarienvogel', 'Eve Kanarienvogel', 'kanarienvogel@example.com');
INSERT INTO customers SELECT i, 'Ada', 'kanarienvogel', 'kanarienvogel' || i || '@example.org',
    '+49 30 901820', false, false, 'kanarienvogel' FROM generate_series(1, 50) i;
INSERT INTO consents VALUES (1, 1, 1, 'kanarienvogel', 'given');
INSERT INTO sent_messages VALUES (1, 1, 'kanarienvogel@example.org', now());
CREATE TABLE contracts (contract_no text PRIMARY KEY, customer_id int REFERENCES customers);
CREATE TABLE claims (id int PRIMARY KEY, contract_no text REFERENCES contracts, email text);
INSERT INTO contracts VALUES ('kanarienvogel', 1);
INSERT INTO claims SELECT i, 'kanarienvogel', 'kanarienvogel' || i || '@example.org'
    FROM generate_series(1, 50) i;
CREATE TABLE access_log (id int PRIMARY KEY, ip_address inet, request jsonb);
INSERT INTO access_log SELECT i, '192.0.2.7', '{\"email\": \"kanarienvogel@example.org\"}'
    FROM generate_series(1, 50) i;
";

#[tokio::test]
async fn init_drafts_a_pack_for_a_crm_that_nobody_knows() {
    let _client = database("init_unknown", UNKNOWN).await;
    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().to_str().unwrap();
    let url = cluster().url("init_unknown");
    let output = lawtail(&["init", "--database-url", &url, "--into", into]);
    let files = written(folder.path(), &output);
    let (pack, register) = (&files["packs/draft.yaml"], &files["register/draft.yaml"]);
    for line in [
        "  public.customers:\n    subject: {key: id}\n    contact_points:\n      - {channel: email, column: email}\n",
        "      - {channel: phone, column: mobile_phone}\n",
        "    actor: updated_by # confirm: ",
        "    # confirm: are rows with this flag no people?\n    # test_rows: [{column: is_test, in: [true]}]\n",
        "    #     status: {column: email_opt_out, values: {true: opted_out, false: unknown}}\n",
        // The person before the one who wrote it down.
        "  public.consents:\n    about: {table: public.customers, column: customer_id}\n",
        "{column: state, values: {asked: …, given: …, refused: …}}",
        "    # confirm: no foreign key says so, only the column's name.\n    about: {table: public.customers, column: customer_id}\n",
        "    # activity: ",
        "  # \"public.odd: table\"\n",
        // What refers to a table that cannot be written cannot be either.
        "  # \"public.shoe_sizes\"\n",
        // About whom the contract is about, which rows call by its number.
        "  public.claims:\n    about: {table: public.contracts, column: contract_no}\n",
        "    about: {table: public.customers, column: customer_id}\n    key: contract_no\n",
        "  public.access_log:\n    # confirm: is it about whoever worked with the CRM",
        "    about: nobody\n",
        "  public.visits:\n    # confirm: the column may only say who worked on the row",
    ] {
        assert!(pack.contains(line), "{line}\nis not in\n{pack}");
    }
    assert!(!pack.contains("colours"));
    assert!(
        register.contains(
            "tables: [public.claims, public.consents, public.contracts, public.customers, \
             public.sent_messages]"
        ),
        "{register}"
    );
    assert_eq!(missing(folder.path()), BTreeSet::new());
    assert!(passed(folder.path()) > 10);
}

#[tokio::test]
async fn init_of_two_crms_says_which_is_in_force_and_writes_no_name_that_yaml_would_misread() {
    let odd = PACKS[2].1.replace("SCHEMA workspace", "SCHEMA \"odd: name\"");
    let odd = odd.replace(" workspace.", " \"odd: name\".");
    let client = database("init_two", PACKS[0].1).await;
    client.batch_execute(PACKS[2].1).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().to_str().unwrap();
    let url = cluster().url("init_two");
    let arguments = ["init", "--database-url", &url, "--into", into, "--sample-rows", "0"];
    let output = lawtail(&arguments);
    let files = written(folder.path(), &output);
    assert!(files.contains_key("packs/odoo.yaml") && files.contains_key("packs/twenty.yaml"));
    let named = files["policy.yaml"].lines().find(|line| line.starts_with("pack: ")).unwrap();
    let first = if named == "pack: odoo" { "Odoo in schema public" } else { "Twenty in schema" };
    let said = text(&output.stdout);
    assert!(said.contains(&format!("confirm: only {first}")), "{said}");

    client.batch_execute(&odd).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().to_str().unwrap();
    let output = lawtail(&["init", "--database-url", &url, "--into", into, "--sample-rows", "0"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("a name that no policy can hold"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn init_says_what_keeps_it_from_drafting() {
    assert_eq!(lawtail(&["init"]).status.code(), Some(2));
    let _client = database("init_empty", "CREATE TABLE colours (id int, label text)").await;
    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().to_str().unwrap();
    let output = lawtail(&["init", "--database-url", &cluster().url("init_empty"), "--into", into]);
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    assert!(said.contains("no personal data was found (tables looked at: 1)"), "{said}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// The lines of a section of the report.
fn section<'r>(report: &'r str, heading: &str) -> Vec<&'r str> {
    let (_, rest) = report.split_once(heading).unwrap_or_else(|| panic!("{heading}: {report}"));
    let lines = rest.lines().skip(1).take_while(|line| line.starts_with("  "));
    lines.map(str::trim).collect()
}

/// A folder with the policies for Odoo.
fn odoo() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
    for path in ["packs/odoo.yaml", "register/odoo.yaml", "profiles/gdpr-baseline.yaml"] {
        let into = folder.path().join(path);
        fs::create_dir_all(into.parent().unwrap()).unwrap();
        fs::copy(source.join(path), into).unwrap();
    }
    let choice = "pack: odoo\nregister: odoo\nprofile: gdpr-baseline\n";
    fs::write(folder.path().join("policy.yaml"), choice).unwrap();
    folder
}

#[tokio::test]
async fn the_coverage_report_names_what_cannot_be_judged() {
    let client = database("covered", PACKS[0].1).await;
    let more = "DROP TABLE phone_blacklist; ALTER TABLE mail_blacklist DROP COLUMN write_uid; \
        ALTER TABLE res_partner REPLICA IDENTITY FULL; \
        ALTER TABLE mailing_contact ADD COLUMN date_of_birth date; \
        CREATE TABLE hr_employee (id int PRIMARY KEY, name text, private_email text)";
    client.batch_execute(more).await.unwrap();
    let row = format!("INSERT INTO hr_employee VALUES (1, '{CANARY}', '{CANARY}@example.org')");
    client.batch_execute(&row).await.unwrap();
    let folder = odoo();
    let (url, policies) = (cluster().url("covered"), folder.path().to_str().unwrap());
    let output = lawtail(&["report", "coverage", "--database-url", &url, "--policies", policies]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let report = text(&output.stdout);
    assert!(!report.contains(CANARY));
    let never = section(&report, "rules that these policies can never raise");
    let codes: Vec<&str> = never.iter().filter_map(|line| line.split(' ').next()).collect();
    for (code, lacking) in [("LB-001", true), ("CN-002", false), ("CN-003", true), ("ER-002", true)]
    {
        assert_eq!(codes.contains(&code), lacking, "{code} in {report}");
    }
    let unmapped = section(&report, "personal data that no pack maps");
    assert!(unmapped.iter().any(|line| line.starts_with("public.hr_employee: ")), "{report}");
    assert!(!unmapped.iter().any(|line| line.starts_with("public.res_partner")), "{report}");
    let unlisted = section(&report, "categories that the register does not list");
    assert_eq!(unlisted, ["public.mailing_contact: user.demographic.date_of_birth"]);
    let partial = section(&report, "mapped tables without REPLICA IDENTITY FULL");
    assert!(partial.contains(&"public.crm_lead") && !partial.contains(&"public.res_partner"));
    let unfit = section(&report, "columns of the pack that are not there");
    assert!(unfit.len() == 1 && unfit[0].ends_with("write_uid"), "{report}");
    let absent = section(&report, "tables of the pack that are not there");
    assert_eq!(absent, ["public.phone_blacklist"]);
    let unseen = section(&report, "tables of the pack that were not looked at");
    assert_eq!(unseen, ["none"]);
}

#[tokio::test]
async fn the_record_of_processing_shows_where_the_database_parts_from_it() {
    let client = database("registered", PACKS[0].1).await;
    let more = "DROP TABLE phone_blacklist; \
        ALTER TABLE mailing_contact ADD COLUMN date_of_birth date; \
        CREATE TABLE hr_employee (id int PRIMARY KEY, name text, private_email text)";
    client.batch_execute(more).await.unwrap();
    let row = format!("INSERT INTO hr_employee VALUES (1, '{CANARY}', '{CANARY}@example.org')");
    client.batch_execute(&row).await.unwrap();
    let folder = odoo();
    let choice = folder.path().join("policy.yaml");
    let said = "rules: {ACC-001: retired, CN-005: trial}\nexceptions:\n  leads: {rule: LB-001, tables: \
                [public.crm_lead], owner: head of sales, reason: a fair, expires: 2026-12-31}\n";
    fs::write(&choice, fs::read_to_string(&choice).unwrap() + "\n" + said).unwrap();
    let (url, policies) = (cluster().url("registered"), folder.path().to_str().unwrap());
    let report = |kind: &[&str]| {
        let place = ["--database-url", url.as_str(), "--policies", policies];
        let output = lawtail(&[&["report"], kind, &place].concat());
        assert!(output.status.success(), "{}", text(&output.stderr));
        let report = text(&output.stdout);
        assert!(!report.contains(CANARY));
        report
    };
    for format in ["markdown", "html", "yaml", "csv"] {
        let record = report(&["register", "--format", format]);
        for drift in [
            "public.mailing_contact holds user.demographic.date_of_birth, which the activity does not list",
            "public.phone_blacklist is listed and is not in the database",
            "public.hr_employee holds ",
        ] {
            assert!(record.contains(drift), "{format}: no {drift}\n{record}");
        }
        assert!(!record.contains("public.res_partner is listed"), "{record}");
    }
    let covered = report(&["coverage"]);
    assert_eq!(section(&covered, "rules that are retired"), ["ACC-001 invalid contact data"]);
    assert_eq!(section(&covered, "rules on trial"), ["CN-005 consent dated back"]);
    let excepted = section(&covered, "exceptions");
    assert!(excepted[0].starts_with("leads: LB-001 for public.crm_lead, "), "{excepted:?}");
}

#[tokio::test]
async fn the_coverage_report_does_not_miss_what_it_did_not_look_at() {
    let client = database("half_covered", PACKS[0].1).await;
    let role = "CREATE ROLE half LOGIN PASSWORD 's3cret'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO half; \
        REVOKE SELECT ON res_partner FROM half; DROP TABLE phone_blacklist; CREATE SCHEMA other";
    client.batch_execute(role).await.unwrap();
    let policies = odoo();
    let folder = policies.path().to_str().unwrap();
    let report = |url: &str, more: &[&str]| {
        let first = ["report", "coverage", "--database-url", url, "--policies", folder];
        let output = lawtail(&[&first, more].concat());
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    let (absent, unseen) =
        ("tables of the pack that are not there", "tables of the pack that were not looked at");
    let whole = report(&cluster().url("half_covered"), &["--schema", "other"]);
    assert_eq!(section(&whole, absent), ["none"]);
    let why = "public.phone_blacklist: its schema was not asked for";
    assert!(section(&whole, unseen).contains(&why), "{whole}");
    let half = report(&cluster().url_of("half", "s3cret", "half_covered"), &[]);
    assert_eq!(section(&half, absent), ["public.phone_blacklist"]);
    let why = "public.res_partner: the role may read none of its columns";
    assert_eq!(section(&half, unseen), [why]);
}
