//! What a table's profile says, and when it changes its mind.

use super::*;
use crate::model::{Cell, Column, Content, ReplicaIdentity, Sensitivity, TableFacts, TableName};

fn table(name: &str, columns: &[(&str, u32)]) -> Table {
    let column =
        |&(name, type_oid): &(&str, u32)| Column { name: name.to_owned(), type_oid, key: false };
    Table {
        oid: 1,
        name: TableName::new("crm", name),
        replica_identity: ReplicaIdentity::Full,
        columns: columns.iter().map(column).collect(),
        facts: TableFacts::default(),
    }
}

fn row(values: &[&str]) -> Row {
    Row::from_cells(values.iter().map(|value| Cell::Known(Content::new(value.as_bytes()))))
}

fn categories(profile: &TableProfile) -> Vec<Option<Category>> {
    profile.verdicts().iter().map(|verdict| verdict.category).collect()
}

#[test]
fn a_name_is_a_persons_only_in_a_table_of_people() {
    let columns = [("id", 23), ("name", 25), ("email", 25)];
    let contacts = TableProfile::new(&table("contacts", &columns), &Declared::new());
    let expected = [Category::UniqueIdentifier, Category::Name, Category::Email];
    assert_eq!(categories(&contacts), expected.map(Some));
    assert!(contacts.is_personal());
    let products = TableProfile::new(&table("products", &columns), &Declared::new());
    assert_eq!(categories(&products), [None, None, None]);
    assert!(!products.is_personal());
}

#[test]
fn values_speak_where_the_name_is_silent() {
    let table = table("sends", &[("id", 20), ("target", 25)]);
    let mut profile = TableProfile::new(&table, &Declared::new());
    let mut changed = Vec::new();
    for number in 0..16 {
        let address = format!("person{number}@example.org");
        changed = profile.observe(&table, &row(&["7", &address]), &Declared::new());
    }
    assert_eq!(changed, [Place::column(1)]);
    assert_eq!(profile.verdicts()[1].category, Some(Category::Email));
    assert!(profile.verdicts()[1].why.contains("16 of 16"));
}

#[test]
fn a_declaration_wins_over_every_sign() {
    let table = table("contacts", &[("email", 25), ("blob", 25)]);
    let declared =
        Declared::from([("email".to_owned(), None), ("blob".to_owned(), Some(Category::Health))]);
    let mut profile = TableProfile::new(&table, &declared);
    for _ in 0..64 {
        profile.observe(&table, &row(&["ada@example.org", "x"]), &declared);
    }
    assert_eq!(categories(&profile), [None, Some(Category::Health)]);
}

#[test]
fn a_new_column_starts_fresh_and_the_others_keep_their_counters() {
    let before = table("contacts", &[("email", 25)]);
    let mut profile = TableProfile::new(&before, &Declared::new());
    profile.observe(&before, &row(&["ada@example.org"]), &Declared::new());
    let after = table("contacts", &[("shoe_size", 23), ("email", 25)]);
    assert_eq!(profile.reshape(&after, &Declared::new()), [Place::column(0)]);
    assert_eq!(categories(&profile), [None, Some(Category::Email)]);
    assert_eq!(profile.columns[1].profile.values, 1);
}

#[test]
fn a_renamed_column_is_no_new_one() {
    let before = table("contacts", &[("id", 20), ("mail", 25)]);
    let mut profile = TableProfile::new(&before, &Declared::new());
    profile.observe(&before, &row(&["1", "ada@example.org"]), &Declared::new());
    let after = table("contacts", &[("id", 20), ("email", 25)]);
    profile.reshape(&after, &Declared::new());
    assert_eq!(profile.columns[1].profile.values, 1);
    assert!(!profile.take_added(&Place::column(1)));
    let more = table("contacts", &[("id", 20), ("email", 25), ("phone", 25)]);
    profile.reshape(&more, &Declared::new());
    assert!(profile.take_added(&Place::column(2)));
    assert!(!profile.take_added(&Place::column(2)));
}

#[test]
fn a_column_of_another_type_is_no_new_one_and_is_counted_anew() {
    let before = table("contacts", &[("id", 20), ("email", 1043)]);
    let mut profile = TableProfile::new(&before, &Declared::new());
    profile.observe(&before, &row(&["1", "ada@example.org"]), &Declared::new());
    let after = table("contacts", &[("id", 20), ("email", 25), ("phone", 1043)]);
    assert_eq!(profile.reshape(&after, &Declared::new()), [Place::column(1), Place::column(2)]);
    assert_eq!(profile.columns[1].profile.values, 0);
    assert!(!profile.take_added(&Place::column(1)));
    // One that was added and has not been told of yet stays an added one.
    let again = table("contacts", &[("id", 20), ("email", 25), ("phone", 25)]);
    profile.reshape(&again, &Declared::new());
    assert!(profile.take_added(&Place::column(2)));
}

#[test]
fn paths_are_told_of_beside_their_column() {
    let table = table("contacts", &[("extra", 3802), ("emails", 1009)]);
    let mut profile = TableProfile::new(&table, &Declared::new());
    let mut told = Vec::new();
    for _ in 0..16 {
        let row = row(&[r#"{"fax":"+49 30 901821"}"#, "{ada@example.org}"]);
        told.extend(profile.observe(&table, &row, &Declared::new()));
    }
    let path = |column, path: &str| Place { column, path: Some(path.to_owned()) };
    let expected = [path(0, "$.fax"), Place::column(0), path(1, "$[*]"), Place::column(1)];
    assert_eq!(told, expected);
    assert_eq!(categories(&profile), [Some(Category::FaxNumber), Some(Category::Email)]);
    let declared = Declared::from([("extra".to_owned(), None)]);
    profile.reshape(&table, &declared);
    assert_eq!(categories(&profile), [None, Some(Category::Email)]);
    assert_eq!(profile.verdict(&path(0, "$.fax")).category, None);
}

#[test]
fn a_column_named_for_its_keys_is_judged_by_them() {
    for name in ["properties", "attributes", "metadata", "custom_fields"] {
        let table = table("contacts", &[("id", 20), (name, 3802)]);
        let mut profile = TableProfile::new(&table, &Declared::new());
        let keys = r#"{"emails":["ada@example.org"],"phones":["+49 30 901820"],"size":"M"}"#;
        for _ in 0..64 {
            profile.observe(&table, &row(&["7", keys]), &Declared::new());
        }
        let paths: Vec<_> = profile.paths(1).map(|(path, it)| (path, it.category)).collect();
        let expected = [
            ("$.emails[*]", Some(Category::Email)),
            ("$.phones[*]", Some(Category::PhoneNumber)),
            ("$.size", None),
        ];
        assert_eq!(paths, expected, "{name}");
    }
}

#[test]
fn a_column_that_drifts_is_judged_again_but_not_at_once() {
    let table = table("sends", &[("target", 25)]);
    let mut profile = TableProfile::new(&table, &Declared::new());
    let mut feed = |value: &str, times: usize| {
        for time in 0..times {
            let value = value.replace('#', &time.to_string());
            profile.observe(&table, &row(&[&value]), &Declared::new());
        }
        profile.verdicts()[0].category
    };
    assert_eq!(feed("ada#@example.org", 2048), Some(Category::Email));
    assert_eq!(feed("closed", 2048), Some(Category::Email));
    assert_eq!(feed("closed", 8192), None);
}

#[test]
fn a_profile_survives_its_storage_and_holds_no_value() {
    let table = table("contacts", &[("email", 25), ("notes", 25)]);
    let mut profile = TableProfile::new(&table, &Declared::new());
    profile.observe(&table, &row(&["canary@example.org", "canary"]), &Declared::new());
    let stored = postcard::to_stdvec(&profile).unwrap();
    assert!(!stored.windows(6).any(|window| window == b"canary"));
    assert_eq!(postcard::from_bytes::<TableProfile>(&stored).unwrap(), profile);
}

#[test]
fn names_in_two_columns_beside_addresses_for_messages_are_of_people() {
    let table = table("import_7", &[("f1", 25), ("f2", 25), ("f3", 25)]);
    let mut profile = TableProfile::new(&table, &Declared::new());
    let given = ["Pedro", "Aino", "Chiara", "Ingrid", "Lars", "Ioana", "Katalin", "Nikos"];
    let surnames = ["Virtanen", "Romano", "Johansson", "Hansen", "Popescu", "Nagy", "Nielsen"];
    let more = ["Bruno", "Freja", "Tomasz", "Eszter"];
    for number in 0..64 {
        let first = *given.iter().chain(&more).nth(number % 12).unwrap();
        let last = [surnames[number % 7], "Schmidt", "Kowalski", "Murphy", "Silva"][number % 5];
        let mail = format!("{first}{number}@example.org");
        profile.observe(&table, &row(&[first, last, &mail]), &Declared::new());
    }
    let expected = [Category::FirstName, Category::LastName, Category::Email];
    assert_eq!(categories(&profile), expected.map(Some));
}

#[test]
fn what_animals_and_goods_have_is_nobodys() {
    let visits = [("mascota_nombre", 25), ("mascota_especie", 25), ("diagnostico", 25)];
    let visits = TableProfile::new(&table("consultas", &visits), &Declared::new());
    assert_eq!(visits.verdicts()[2].category, None);
    let people = TableProfile::new(&table("consultas", &[("diagnostico", 25)]), &Declared::new());
    assert_eq!(people.verdicts()[0].category, Some(Category::Health));
    let goods = TableProfile::new(&table("products", &[("gender", 25)]), &Declared::new());
    assert_eq!(goods.verdicts()[0].category, None);
}

#[test]
fn a_suppliers_contact_does_not_make_it_a_person() {
    let columns = [("hq_address", 25), ("contact_first_name", 25), ("contact_last_name", 25)];
    let columns = [&columns[..], &[("contact_email", 25), ("contact_phone", 25)]].concat();
    let vendors = TableProfile::new(&table("vendors", &columns), &Declared::new());
    assert_eq!(vendors.verdicts()[0].category, None);
    assert_eq!(vendors.verdicts()[1].category, Some(Category::FirstName));
    assert_eq!(vendors.verdicts()[4].category, Some(Category::PhoneNumber));
}

#[test]
fn a_word_of_the_houses_own_before_several_columns_says_nothing() {
    let columns = [("loc_nom", 25), ("loc_prenom", 25), ("loc_mail", 25), ("loyer", 1700)];
    let profile = TableProfile::new(&table("dossiers_locataires", &columns), &Declared::new());
    let expected =
        [Some(Category::LastName), Some(Category::FirstName), Some(Category::Email), None];
    assert_eq!(categories(&profile), expected);
}

#[test]
fn a_column_that_joins_a_known_table_is_judged_by_its_own_first_values() {
    let (before, after) =
        (table("sends", &[("id", 20)]), table("sends", &[("id", 20), ("field7", 25)]));
    let mut profile = TableProfile::new(&before, &Declared::new());
    (0..600).for_each(|_| drop(profile.observe(&before, &row(&["7"]), &Declared::new())));
    profile.reshape(&after, &Declared::new());
    let empty = Row::from_cells([Cell::Known(Content::new(b"7")), Cell::Null]);
    assert!(!profile.awaits(&empty), "nothing to be seen there");
    let mut changed = Vec::new();
    for number in 0..16 {
        let row = row(&["7", &format!("person{number}@example.org")]);
        assert!(profile.awaits(&row));
        changed = profile.observe(&after, &row, &Declared::new());
    }
    assert_eq!(
        (changed, profile.verdicts()[1].category),
        (vec![Place::column(1)], Some(Category::Email))
    );
}

#[test]
fn a_path_that_was_never_seen_is_noticed_in_its_first_row() {
    let columns = [("id", 20), ("details", 3802)];
    let (shape, none) = (table("clients", &columns), Declared::new());
    let mut profile = TableProfile::new(&shape, &none);
    let of = |details: &str| row(&["7", details]);
    let known = r#"{"policy": {"number": "A-17", "premium": 12.5}, "tags": ["vip"]}"#;
    assert!(!profile.has_news(&shape, &of(known), |_| true), "nothing is known yet");
    (0..80).for_each(|_| drop(profile.observe(&shape, &of(known), &none)));
    for familiar in [
        known,
        r#"{"tags": ["vip", "new"], "policy": {"premium": 1, "number": "B"}}"#,
        r#"{"policy": {}}"#,
        "{}",
    ] {
        assert!(!profile.has_news(&shape, &of(familiar), |_| true), "{familiar}");
    }
    let new = of(r#"{"policy": {"number": "A-17", "diagnosis": "diabetes"}}"#);
    assert!(profile.has_news(&shape, &new, |_| true));
    assert!(!profile.has_news(&shape, &new, |_| false), "the row has not set it");
    profile.observe(&shape, &new, &none);
    assert!(!profile.has_news(&shape, &new, |_| true), "it is known now");
    let place = Place { column: 1, path: Some("$.policy.diagnosis".into()) };
    assert!(profile.take_added(&place), "and is told of as added");
}

#[test]
fn keys_that_are_data_are_no_paths_that_were_never_seen() {
    let (shape, none) = (table("clients", &[("id", 20), ("shares", 3802)]), Declared::new());
    let mut profile = TableProfile::new(&shape, &none);
    let of = |number: usize| row(&["7", &format!(r#"{{"person{number}@example.org": 1}}"#)]);
    (0..80).for_each(|number| drop(profile.observe(&shape, &of(number), &none)));
    assert!(!profile.has_news(&shape, &of(81), |_| true));
}

/// By names and types alone.
fn named(name: &str, columns: &[(&str, u32)]) -> Vec<Option<Category>> {
    categories(&TableProfile::new(&table(name, columns), &Declared::new()))
}

#[test]
fn people_are_told_from_where_they_are() {
    let guests =
        [("nombre_huesped", 1043), ("fecha_nacimiento", 1082), ("pais_nacionalidad", 1043)];
    let guests = named("huespedes_hotel", &guests);
    assert_eq!(guests[0], Some(Category::Name));
    assert_eq!(guests[2], Some(Category::RaceEthnicity));
    let hotels = named("hotel", &[("nombre", 1043), ("ciudad", 1043), ("estrellas", 21)]);
    assert_eq!(hotels, [None, None, None]);
}

#[test]
fn what_a_vacancy_is_called_and_pays_is_nobodys() {
    let jobs = [("job_title", 1043), ("salary_min", 1700), ("salary_max", 1700)];
    assert_eq!(named("xq_jobs", &jobs), [None, None, None]);
    let staff = [("full_name", 1043), ("job_title", 1043), ("salary", 1700)];
    let staff = named("xq_rows", &staff);
    assert_eq!(staff[1..], [Some(Category::JobTitle), Some(Category::Financial)]);
}

#[test]
fn a_datum_beside_a_word_for_people_is_theirs() {
    let debts = [("debiteur_naam", 1043), ("debiteur_adr", 1043), ("hoofdsom", 1700)];
    let debts = named("xq_zk", &debts);
    assert_eq!(debts, [Some(Category::Name), Some(Category::Address), None]);
    let goods = named("xq_zk", &[("varenavn", 1043), ("artikel_naam", 1043)]);
    assert_eq!(goods, [None, None]);
}

#[test]
fn a_longitude_follows_its_latitude() {
    let rides = [("id_pasajero", 2950), ("recogida_lat", 701), ("recogida_lon", 701)];
    let rides = named("viajes", &rides);
    assert_eq!(rides[1..], [Some(Category::PreciseLocation); 2]);
}

#[test]
fn stems_that_all_languages_share_count_within_words() {
    let people = [("anyagallergia", 25), ("psychiatrbehandlung", 25), ("allokation", 25)];
    let people = named("patienten", &people);
    assert_eq!(people, [Some(Category::Health), Some(Category::Health), None]);
}

#[test]
fn a_flag_may_say_what_somebody_owes_or_is() {
    let people = [("name", 25), ("insolvenz", 16), ("verheiratet_seit", 1082), ("aktiv", 16)];
    let people = named("kunden", &people);
    assert_eq!(people[1], Some(Category::Financial));
    assert_eq!(people[3], None);
}

#[test]
fn a_column_of_notes_that_often_speak_of_illness_is_special_and_its_change_is_told() {
    let table = table("contacts", &[("id", 20), ("notes", 25), ("extra", 3802)]);
    let mut profile = TableProfile::new(&table, &Declared::new());
    let mut told = Vec::new();
    for number in 0..64 {
        let note = match number % 8 {
            0 => "Kunde hatte einen Schlaganfall und sitzt im Rollstuhl.",
            _ => "Bitte am Montag zurückrufen, es geht um das Angebot.",
        };
        let extra = format!(r#"{{"remarks": "{note}"}}"#);
        let places = profile.observe(&table, &row(&["7", note, &extra]), &Declared::new());
        told.extend(places);
    }
    let notes = &profile.verdicts()[1];
    assert_eq!(notes.category, Some(Category::PrivateContent));
    assert_eq!(notes.sensitivity(), Some(Sensitivity::Special));
    assert!(notes.why.ends_with("8 of 64 texts mention health"), "{}", notes.why);
    assert!(told.contains(&Place::column(1)));
    let (_, remarks) = profile.paths(2).next().unwrap();
    assert_eq!(remarks.sensitivity(), Some(Sensitivity::Special));
    assert_eq!(profile.verdicts()[2].sensitivity(), Some(Sensitivity::Special));
    let stored = postcard::to_stdvec(&profile).unwrap();
    assert_eq!(postcard::from_bytes::<TableProfile>(&stored).unwrap(), profile);
}
