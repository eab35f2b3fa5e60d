//! `lawtail init` on CRMs that nobody here has a pack for, in a real PostgreSQL: what a draft says of each
//! table, that it passes `lawtail check`, and that its tests pass.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::OnceLock;

use lawtail::shell::cluster::{Cluster, ClusterSettings};
use tokio_postgres::NoTls;

/// Stands in every value that could leak.
const CANARY: &str = "kanarienvogel";

fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(|| {
        Cluster::start(ClusterSettings::default()).unwrap_or_else(|fault| panic!("{fault}"))
    })
}

async fn run(name: &str, statements: &str) {
    let (client, connection) = tokio_postgres::connect(&cluster().url(name), NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute(statements).await.unwrap();
}

fn lawtail(arguments: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_lawtail");
    Command::new(program).args(arguments).env_remove("DATABASE_URL").output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A folder with the draft for a database with these tables.
async fn drafted(name: &str, tables: &str) -> tempfile::TempDir {
    drafted_and_told(name, tables).await.0
}

/// The same, and what was printed.
async fn drafted_and_told(name: &str, tables: &str) -> (tempfile::TempDir, String) {
    run("postgres", &format!("CREATE DATABASE {name}")).await;
    run(name, tables).await;
    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().to_str().unwrap();
    let output = lawtail(&["init", "--database-url", &cluster().url(name), "--into", into]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let said = text(&output.stdout);
    assert!(!said.to_lowercase().contains(CANARY), "{said}");
    (folder, said)
}

fn document(folder: &Path, path: &str) -> String {
    let text = fs::read_to_string(folder.join(path)).unwrap();
    assert!(!text.to_lowercase().contains(CANARY), "{text}");
    text
}

/// What a pack says of a table.
fn mapping<'p>(pack: &'p str, table: &str) -> &'p str {
    let head = format!("\n  {table}:\n");
    let (_, rest) = pack.split_once(&head).unwrap_or_else(|| panic!("no {table} in {pack}"));
    rest.split("\n\n").next().unwrap()
}

/// Checks that mappings hold each of these lines, and none of the second.
fn says(pack: &str, table: &str, lines: &[&str], others: &[&str]) {
    let mapping = mapping(pack, table);
    for line in lines {
        assert!(mapping.contains(line), "{line}\nis not in {table}:\n{mapping}");
    }
    for line in others {
        assert!(!mapping.contains(line), "{line}\nis in {table}:\n{mapping}");
    }
}

/// The draft is without fault, what is to be confirmed is named, and every test passes: their number.
fn holds(folder: &Path) -> usize {
    let folder = folder.to_str().unwrap();
    let checked = lawtail(&["check", folder]);
    let said = text(&checked.stdout);
    assert!(checked.status.success(), "{}", text(&checked.stderr));
    for document in ["policy.yaml", "packs/draft.yaml", "register/draft.yaml"] {
        assert!(said.contains(&format!("to confirm: {document}, line")), "{said}");
    }
    let tested = text(&lawtail(&["test", folder]).stdout);
    assert!(!tested.contains("FAIL") && tested.contains(" 0 failed"), "{tested}");
    tested.matches("ok    ").count()
}

#[tokio::test]
async fn a_travel_agencys_crm_is_drafted_as_somebody_who_knows_it_would() {
    let folder = drafted("agency", include_str!("agency.sql")).await;
    let pack = document(folder.path(), "packs/draft.yaml");
    says(
        &pack,
        "agency.Person",
        &[
            "    subject: {key: PersonId}\n",
            "    actor: TouchedBy # confirm: ",
            "values: {true: given, false: unknown}}",
            "    # restricted: [{column: ProcessingBlocked, in: [true]}]\n",
            "objected: [{column: ProfilingObjection, in: [true]}]}",
        ],
        &[
            "column: ProcessingBlocked, values",
            "column: ProfilingObjection, values",
            "AccountBlocked",
        ],
    );
    let about_person = "    about: {table: agency.Person, column: PersonId}\n";
    let (email, phone) = ("{channel: email, column: Address}", "{channel: phone, column: Number}");
    says(
        &pack,
        "agency.PersonEmail",
        &[about_person, "    key: Id\n", email, "actor: changed_by"],
        &[],
    );
    says(&pack, "agency.PersonPhone", &[about_person, phone, "actor: modified_user"], &[]);
    let email = r#"{channel: email, column: Value, when: [{column: ContactKind, in: ["e-mail"]}]}"#;
    let phone = r#"when: [{column: ContactKind, in: [mobile, "home phone"]}]}"#;
    says(&pack, "agency.PersonContact", &[about_person, email, phone], &["website"]);
    says(&pack, "agency.VisitorMap", &[about_person, "    key: VisitorId\n"], &["subject:"]);
    // The customer before the colleague, and one step after the other.
    says(&pack, "agency.Booking", &[about_person, "key: BookingId\n", "actor: LastEditor"], &[]);
    let about_booking = "    about: {table: agency.Booking, column: BookingId}\n";
    says(&pack, "agency.BookingNeed", &[about_booking, "    key: NeedId\n"], &["subject:"]);
    let about_need = "    about: {table: agency.BookingNeed, column: NeedId}\n";
    says(&pack, "agency.NeedReply", &[about_need, "# confirm: is it data about people?"], &[]);
    let address = "# activity: {channel: email, purpose: …, address: Recipient, when: [{column: State, \
        in: [queued, sent]}]}";
    says(&pack, "agency.MailOut", &[about_person, address], &["contact_points"]);
    let no_key = "# confirm: the table has no primary key, and with REPLICA IDENTITY FULL";
    says(&pack, "agency.Waitlist", &[about_person, no_key, "    # key: "], &[]);
    says(&pack, "agency.Visit", &["rows are named by VisitId and Day together"], &[]);
    let doubtful = "# confirm: does this column alone name a person, and for good?";
    says(&pack, "agency.Guest", &["    subject: {key: GuestCode}\n", doubtful], &[]);
    assert!(!pack.contains("agency.Tour:") && !pack.contains("Visit_2026"), "{pack}");
    assert!(holds(folder.path()) >= 20);
}

#[tokio::test]
async fn a_polish_clinics_system_is_drafted_with_its_own_words() {
    let folder = drafted("clinic", include_str!("clinic_pl.sql")).await;
    let pack = document(folder.path(), "packs/draft.yaml");
    let about = "    about: {table: przychodnia.pacjenci, column: id_pacjenta}\n";
    says(
        &pack,
        "przychodnia.pacjenci",
        &[
            "    subject: {key: id_pacjenta}\n",
            "    actor: zmienil # confirm: ",
            "{column: zgoda_marketing, values: {true: given, false: unknown}}",
            "{column: sprzeciw_marketing, values: {true: opted_out, false: unknown}}",
            "objected: [{column: sprzeciw_profilowanie, in: [true]}]",
            "# restricted: [{column: przetwarzanie_ograniczone, in: [true]}]",
            "# child: {born: data_ur, guardian: [{column: …, is_null: false}]}",
        ],
        &["konto_zablokowane"],
    );
    let points = ["{channel: email, column: email}", "{channel: phone, column: telefon}"];
    let actor = "actor: zmodyfikowane_przez";
    let kontakty = [&[about, actor][..], &points].concat();
    says(&pack, "przychodnia.kontakty_pacjentow", &kontakty, &["subject:"]);
    says(&pack, "przychodnia.wizyty", &[about, "    key: id_wizyty\n"], &["id_lekarza"]);
    let visit = "    about: {table: przychodnia.wizyty, column: id_wizyty}\n";
    says(&pack, "przychodnia.rozpoznania", &[visit, "    # actor: utworzyl"], &[]);
    let diagnosis = "    about: {table: przychodnia.rozpoznania, column: id_rozpoznania}\n";
    says(&pack, "przychodnia.recepty", &[diagnosis, "    key: nr_recepty\n"], &["subject:"]);
    let by_name = "# confirm: no foreign key says so, only the column's name.\n";
    says(
        &pack,
        "przychodnia.wyslane_sms",
        &[by_name, about, "# activity: {channel: sms, purpose: …, address: numer"],
        &[],
    );
    let states = "values: {oczekuje: …, udzielona: …, cofnieta: …}";
    says(&pack, "przychodnia.zgody", &[about, states], &[]);
    assert!(!pack.contains("slownik_icd"), "{pack}");
    let register = document(folder.path(), "register/draft.yaml");
    assert!(register.contains("# special_categories: …"), "{register}");
    assert!(holds(folder.path()) >= 16);
}

#[tokio::test]
async fn a_german_trading_companys_three_schemas_are_drafted_as_if_they_were_one() {
    let (folder, said) = drafted_and_told("handel", include_str!("handel_de.sql")).await;
    let pack = document(folder.path(), "packs/draft.yaml");
    let flag = |channel: &str, column: &str, values: &str| {
        format!(
            "    #   - channel: {channel}\n    #     status: {{column: {column}, values: {values}}}"
        )
    };
    let yes = "{true: given, false: unknown}";
    let mail = flag("email", "werbung_email", yes);
    let sms = flag("sms", "werbung_sms", yes);
    let post = flag("post", "keine_post", "{true: opted_out, false: unknown}");
    let fax = flag("fax", "werbung_fax", "{…: …}");
    let all = "do werbung_email, werbung_sms, keine_post, werbung_fax record whether a message may be sent?\n";
    says(
        &pack,
        "kern.person",
        &[
            "    subject: {key: person_id}\n",
            all,
            &mail,
            &sms,
            &post,
            &fax,
            "      - {channel: email, column: kontakt_email}\n",
            "objected: [{column: kein_profiling, in: [true]}]}",
            "    # restricted: [{column: verarbeitung_gesperrt, in: [true]}]",
        ],
        &["email_geprueft", "reklamation", "column: werbung_fax}"],
    );
    let by_name = "# confirm: no foreign key says so, only the column's name.\n";
    let about = "    about: {table: kern.person, column: person_id}\n";
    let others = [
        "kern.auftrag",
        "werbung.praeferenzen",
        "werbung.doi_token",
        "werbung.zustellung",
        "werbung.mail_versand",
        "werbung.sms_versand",
        "werbung.listenmitglied",
        "recht.anfrage",
        "recht.portal_wahl",
        "recht.datenkopie",
    ];
    for table in others {
        says(&pack, table, &[by_name, about], &["subject:"]);
        assert!(said.contains(table), "{said}");
    }
    let fault = "    about: {table: werbung.zustellung, column: zustellung_id}\n";
    says(&pack, "werbung.zustellung_fehler", &[fault], &["subject:"]);
    let kinds =
        "#   - channel: {column: kanal, values: {email: email, sms: sms, telefon: phone}}\n";
    let choice = "{column: wahl, values: {ja: …, nein: …}}";
    says(&pack, "werbung.praeferenzen", &[kinds, choice], &[]);
    let state = "{column: zustand, values: {offen: …, bestaetigt: …}}";
    says(&pack, "werbung.doi_token", &[state], &[]);
    let sent = "# activity: {channel: …, purpose: …, address: …, when: [{column: zustand, in: [geplant, zugestellt]}]}";
    says(&pack, "werbung.zustellung", &[sent], &[]);
    says(&pack, "recht.anfrage", &["# request: {kind: …"], &[]);
    assert!(!pack.contains("kern.kampagne:"), "{pack}");
    assert!(holds(folder.path()) >= 20);
}

#[tokio::test]
async fn a_spanish_estate_agencys_rows_that_name_their_table_are_about_whoever_that_holds() {
    let folder = drafted("inmo", include_str!("inmobiliaria_es.sql")).await;
    let pack = document(folder.path(), "packs/draft.yaml");
    let others = "# Rows of the other kinds (Contrato, Inmueble) are about somebody unknown, and so undecided.";
    let kinds = "table: {column: propietario_tipo, values: {Cliente: inmo.clientes}}";
    says(&pack, "inmo.documentos", &[others, kinds, "# actor: subido_por"], &["no foreign key"]);
    let kinds = "{Cliente: inmo.clientes, Propietario: inmo.propietarios}}";
    says(&pack, "inmo.telefonos", &[kinds, "{channel: phone, column: numero}"], &["subject:"]);
    for table in ["notas", "etiquetados"] {
        assert!(!pack.contains(&format!("\n  inmo.{table}:")), "{pack}");
        assert!(pack.contains(&format!("\n  # inmo.{table}:\n  #   about: {{column: ")), "{pack}");
    }
    // A receipt is about whoever the contract is about, though it names an account.
    let contract = "about: {table: inmo.contratos, column: contrato_id}";
    says(&pack, "inmo.recibos", &[contract], &["subject:"]);
    let own = "{address: email, channel: email, status: opted_out}";
    says(&pack, "inmo.bajas_boletin", &["subject: {key: id}", own], &["is each row a person"]);
    let three =
        "{column: acepta_publicidad_email, values: {true: given, false: opted_out, \"\": unknown}}";
    let two = "{column: acepta_sms, values: {true: given, false: unknown}}";
    says(&pack, "inmo.clientes", &[three, two, "actor: modificado_por", "es_prueba"], &[]);
    let channels = "channel: {column: canal, values: {email: email, movil: sms, telefono: phone, postal: post}}";
    let answer = "status: {column: otorgado, values: {true: given, false: unknown}}";
    says(&pack, "inmo.consentimientos", &[channels, answer], &["activity"]);
    let call = "# activity: {channel: phone, purpose: …, address: numero";
    says(&pack, "inmo.llamadas", &[call, "# actor: agente"], &[]);
    let sent = "# activity: {channel: {column: canal, values: {email: email, sms: sms}}";
    says(&pack, "inmo.envios", &[sent], &[]);
    let kind = "{acceso: access, supresion: erasure, rectificacion: rectification}";
    let outcome = "fulfilled: [{column: estado, in: [resuelta]}], rejected: [{column: estado, in: [denegada]}]";
    says(&pack, "inmo.solicitudes_rgpd", &[kind, outcome], &["permissions"]);
    says(&pack, "inmo.contratos", &["    actor: usuario_modificacion # confirm: "], &[]);
    says(&pack, "inmo.auditoria", &["# actor: usuario"], &[]);
    says(&pack, "inmo.empleados", &["subject: {key: id}"], &["# actor: usuario\n"]);
    assert!(holds(folder.path()) >= 40);
}

#[tokio::test]
async fn a_french_driving_schools_columns_are_read_without_what_they_all_begin_with() {
    let folder = drafted("ecole", include_str!("auto_ecole_fr.sql")).await;
    let pack = document(folder.path(), "packs/draft.yaml");
    let mail = "{column: ELE_OPTIN_MEL, values: {O: given, \"N\": unknown}}";
    let number = "{column: ELE_PROSPECTION, values: {1: given, 0: unknown}}";
    says(&pack, "auto_ecole.T_ELEVE", &[mail, number, "actor: ELE_MODIF_PAR"], &[]);
    let stop = "{address: STO_NUMERO, channel: sms, status: opted_out}";
    says(&pack, "auto_ecole.T_STOP_SMS", &[stop], &["activity"]);
    let own = "{address: DES_MEL, channel: email, status: opted_out}";
    says(&pack, "auto_ecole.T_DESABONNEMENT", &[own], &[]);
    let channels = "{column: CON_CANAL, values: {mel: email, portable: sms, courrier: post}}";
    let answer = "status: {column: CON_ACCORD, values: {true: given, false: unknown}}";
    says(&pack, "auto_ecole.T_CONSENTEMENT", &[channels, answer], &["activity"]);
    let sent = "address: ENV_ADRESSE, when: [{column: ENV_ETAT, in: [a_envoyer, envoye, erreur]}]";
    says(&pack, "auto_ecole.T_ENVOI", &[sent], &[]);
    let sms = "# activity: {channel: sms, purpose: …, address: SMS_NUMERO";
    says(&pack, "auto_ecole.T_SMS", &[sms], &[]);
    let kinds = "{acces: access, effacement: erasure, opposition: objection}";
    says(&pack, "auto_ecole.T_DEMANDE_RGPD", &["# request: ", kinds], &[]);
    let about = "table: {column: COM_OBJET_TYPE, values: {eleve: auto_ecole.T_ELEVE}}";
    says(&pack, "auto_ecole.T_COMMENTAIRE", &[about, "# actor: COM_AUTEUR"], &[]);
    let payment = "about: {table: auto_ecole.T_REGLEMENT, column: REG_ID}";
    says(&pack, "auto_ecole.T_RECU", &[payment], &["subject:"]);
    says(&pack, "auto_ecole.T_RESPONSABLE", &["subject: {key: RES_ID}"], &[]);
    assert!(holds(folder.path()) >= 40);
}

/// What somebody meets who has neither rights nor password, and how it is mended.
#[tokio::test]
async fn a_role_without_rights_or_password_is_told_so() {
    run("postgres", "CREATE DATABASE locked").await;
    run("locked", include_str!("clinic_pl.sql")).await;
    run("locked", "CREATE ROLE guest LOGIN PASSWORD 'of-the-guest'").await;
    let folder = tempfile::tempdir().unwrap();
    let url = format!("postgresql://guest@127.0.0.1:{}/locked", cluster().port());
    let draft = |password: Option<&str>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lawtail"));
        command.args(["init", "--database-url", &url, "--into"]).arg(folder.path());
        command.env_remove("PGPASSWORD").envs(password.map(|it| ("PGPASSWORD", it)));
        let output = command.output().unwrap();
        (output.status.success(), text(&output.stdout) + &text(&output.stderr))
    };
    let (_, said) = draft(None);
    assert!(said.contains("PG-002") && said.contains("none is configured"), "{said}");
    assert!(said.contains("PGPASSWORD"), "{said}");
    let (_, said) = draft(Some("of-the-guest"));
    assert!(said.contains("none of the ") && said.contains("pg_read_all_data"), "{said}");
    run("locked", "GRANT pg_read_all_data TO guest").await;
    let (success, said) = draft(Some("of-the-guest"));
    assert!(success && !said.contains("of-the-guest"), "{said}");
    let command =
        "psql -d locked -v role=lawtail -v publication=lawtail \\\n    -v schemas='przychodnia'";
    assert!(said.contains(command) && said.contains("-f deploy/sql/role.sql"), "{said}");
}

#[tokio::test]
async fn papers_and_lists_are_not_taken_for_people() {
    let folder = drafted("shop", include_str!("shop_mixed.sql")).await;
    let pack = document(folder.path(), "packs/draft.yaml");
    let order = "about: {table: shop.orders, column: order_id}";
    says(&pack, "shop.receipts", &[order], &["subject:"]);
    let own = "{address: adresse, channel: email, status: opted_out}";
    says(&pack, "shop.abmeldungen", &[own], &[]);
    let only = "- channel: email\n    #     status: {column: unsubscribed, ";
    says(&pack, "shop.newsletter_subscribers", &["subject: {key: id}", only], &[]);
    says(&pack, "shop.subscriber_events", &["about: {table: shop.newsletter_subscribers"], &[]);
    says(&pack, "shop.customers", &["# actor: utente"], &[]);
    let phone = "{channel: phone, column: value, when: [{column: type, in: [cellulare, handy]}]}";
    says(&pack, "shop.contact_channels", &[phone], &[]);
    // Who answers there is somebody, where a column names them.
    says(&pack, "shop.suppliers", &["is each row a person"], &["about: nobody\n"]);
    says(&pack, "shop.companies", &["is each row an organisation", "about: nobody"], &[]);
    assert!(pack.contains("\n  # shop.addresses:\n"), "{pack}");
    assert!(holds(folder.path()) >= 14);
}
