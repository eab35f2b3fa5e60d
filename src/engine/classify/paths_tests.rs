//! Which paths a column of objects has, and which of its keys are data.

use super::*;

fn judged(column: &str, role: Role, texts: &[&str]) -> Paths {
    let mut paths = Paths::default();
    for text in texts {
        paths.observe(column, &Structure::Json, text, false);
    }
    judge(&mut paths, column, role, &Declared::new());
    paths
}

fn judge(paths: &mut Paths, column: &str, role: Role, declared: &Declared) {
    let reading = names::read(column);
    paths.judge(role, &Setting::new(role, "", &[reading]), column, declared);
}

fn categories(paths: &Paths) -> Vec<(&str, Option<Category>)> {
    paths.verdicts().map(|(path, verdict)| (path, verdict.category)).collect()
}

#[test]
fn each_path_is_judged_by_the_names_of_its_keys() {
    let text = r#"{"address":{"city":"Wien","street":"Ring 1"},"email":["ada@example.org"],
        "contacts":[{"phone":"+49 30 901820"}],"company":{"name":"Acme"},"email_verified":true}"#;
    let paths = judged("extra", Role::Person, &[text]);
    assert_eq!(
        categories(&paths),
        [
            ("$.address.city", Some(Category::City)),
            ("$.address.street", Some(Category::Street)),
            ("$.company.name", None),
            ("$.contacts[*].phone", Some(Category::PhoneNumber)),
            ("$.email[*]", Some(Category::Email)),
            ("$.email_verified", None),
        ]
    );
}

#[test]
fn a_column_named_for_its_keys_leaves_them_to_the_table() {
    let text = r#"{"email":["ada@example.org"],"emails":["ada@example.org"],
        "phones":[{"number":"+49 30 901820"}],"first_name":"Ada","city":"Wien",
        "colour":"red"}"#;
    let own = ["properties", "attributes", "metadata", "custom_fields", "customFields"];
    for column in own.into_iter().chain(["extra", "data", "settings", "fields"]) {
        let expected = [
            ("$.city", Some(Category::City)),
            ("$.colour", None),
            ("$.email[*]", Some(Category::Email)),
            ("$.emails[*]", Some(Category::Email)),
            ("$.first_name", Some(Category::FirstName)),
            ("$.phones[*].number", Some(Category::PhoneNumber)),
        ];
        let paths = judged(column, Role::Person, &[text]);
        assert_eq!(categories(&paths), expected, "{column}");
    }
}

#[test]
fn a_declared_path_wins_with_everything_beneath_it_and_nothing_beside_it() {
    let text = r#"{"address":{"city":"Wien","street":"Ring 1"},"addressee":"Ada","emails":["a@example.org"],
        "colour":{"name":"7"}}"#;
    let mut paths = judged("extra", Role::Person, &[text]);
    let declare = |entries: &[(&str, Option<Category>)]| -> Declared {
        entries.iter().map(|(key, category)| ((*key).to_owned(), *category)).collect()
    };
    let named = categories(&paths).into_iter().map(|(path, it)| (path.to_owned(), it));
    let named: BTreeMap<String, Option<Category>> = named.collect();
    let declared = declare(&[
        ("extra$.address", None),
        ("extra$.address.street", Some(Category::Street)),
        ("extra$.emails[*]", None),
        ("extra$.colour.name", Some(Category::Health)),
        ("other$.addressee", None),
    ]);
    judge(&mut paths, "extra", Role::Person, &declared);
    let sources: BTreeMap<&str, (Option<Category>, bool)> = paths
        .verdicts()
        .map(|(path, it)| (path, (it.category, it.source == crate::model::VerdictSource::Declared)))
        .collect();
    assert_eq!(sources["$.address.city"], (None, true));
    assert_eq!(sources["$.address.street"], (Some(Category::Street), true));
    assert_eq!(sources["$.emails[*]"], (None, true));
    assert_eq!(sources["$.colour.name"], (Some(Category::Health), true));
    assert_eq!(sources["$.addressee"], (named["$.addressee"], false));
    assert_eq!(paths.crown(verdict::silent()).category, Some(Category::Health));
    // What is declared of a path stands within a column that is declared to hold nothing.
    judge(
        &mut paths,
        "extra",
        Role::Person,
        &declare(&[("extra", None), ("extra$.colour.name", Some(Category::Health))]),
    );
    let held: Vec<&str> =
        paths.verdicts().filter(|(_, it)| it.category.is_some()).map(|(path, _)| path).collect();
    assert_eq!(held, ["$.colour.name"]);
    // Without a declaration the names speak again.
    judge(&mut paths, "extra", Role::Person, &Declared::new());
    assert_eq!(
        named,
        categories(&paths).into_iter().map(|(path, it)| (path.to_owned(), it)).collect()
    );
}

#[test]
fn the_gravest_path_speaks_for_the_column() {
    let text = r#"{"email":"ada@example.org","diagnosis":"none"}"#;
    let verdict = judged("data", Role::Person, &[text]).crown(verdict::silent());
    assert_eq!(verdict.category, Some(Category::Health));
    assert!(verdict.why.starts_with("$.diagnosis, of 2 personal paths"), "{}", verdict.why);
}

#[test]
fn values_speak_where_keys_are_silent() {
    let texts: Vec<String> =
        (0..40).map(|number| format!(r#"{{"zq":"person{number}@example.org"}}"#)).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    assert_eq!(
        categories(&judged("blob", Role::Unknown, &texts)),
        [("$.zq", Some(Category::Email))]
    );
}

#[test]
fn keys_that_are_data_are_neither_kept_nor_many() {
    let mut texts: Vec<String> = (0..200)
        .map(|number| format!(r#"{{"ada{number}@example.org":{{"phone":"+4930{number}"}}}}"#))
        .collect();
    texts.extend((0..200).map(|number| format!(r#"{{"c{number:05}":1,"Kowalski":2,"Zoë":3}}"#)));
    texts.extend((0..200_u32).map(|number| {
        let letters: String = (0..6)
            .map(|place| char::from(b'a' + (number.wrapping_mul(7919 + place * 31) % 26) as u8))
            .collect();
        format!(r#"{{"q{letters}{}":1}}"#, number % 10)
    }));
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let paths = judged("by_owner", Role::Person, &texts);
    let found = categories(&paths);
    assert!(
        found.contains(&("$.{*}~", Some(Category::Email)))
            || found.iter().any(|(path, _)| *path == "$.{*}~")
    );
    assert!(found.contains(&("$.{*}.phone", Some(Category::PhoneNumber))), "{found:?}");
    let stored = postcard::to_stdvec(&paths).unwrap();
    for value in ["example.org", "Kowalski", "Zoë", "c00001", "ada1"] {
        let bytes = value.as_bytes();
        assert!(!stored.windows(bytes.len()).any(|window| window == bytes), "{value}");
    }
    assert!(found.len() < PATHS_PER_COLUMN);
}

#[test]
fn names_in_small_letters_and_logins_beside_data_are_no_names_of_a_schema() {
    let text = r#"{"ada@example.org":1,"anna":2,"kowalska":3,"anna.kowalczuk":4,"jqdoe":5}"#;
    let stored = postcard::to_stdvec(&judged("x", Role::Person, &[text; 64])).unwrap();
    for value in ["example", "anna", "kowal", "jqdoe"] {
        let bytes = value.as_bytes();
        assert!(!stored.windows(bytes.len()).any(|window| window == bytes), "{value}");
    }
}

#[test]
fn among_many_unknown_keys_none_becomes_a_name() {
    let letters = |number: u32| {
        (0..4).map(move |place| {
            char::from(
                b'a' + (number.wrapping_mul(2_654_435_761).rotate_left(8 * place) % 26) as u8,
            )
        })
    };
    let texts: Vec<String> = (0..20_000)
        .map(|number| {
            format!(r#"{{"q{}x{}":1}}"#, letters(number).collect::<String>(), number % 1000)
        })
        .collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let paths = judged("x", Role::Person, &texts);
    assert!(
        categories(&paths).iter().all(|(path, _)| path.starts_with("$.{*}")),
        "{:?}",
        categories(&paths)
    );
}

#[test]
fn a_key_that_no_dictionary_knows_is_a_name_once_rows_have_had_it() {
    let seen =
        |rows: usize| categories(&judged("x", Role::Unknown, &vec![r#"{"qzx":1}"#; rows])).len();
    assert_eq!((seen(1), seen(2), seen(3)), (0, 0, 1));
    let in_one_row = r#"[{"qzx":1},{"qzx":2},{"qzx":3}]"#;
    assert!(categories(&judged("x", Role::Unknown, &[in_one_row])).is_empty());
}

#[test]
fn further_paths_are_counted_and_said() {
    let members: Vec<String> = (0..400)
        .map(|number| format!(r#""{}{}":{{"email":1}}"#, letter(number / 26), letter(number % 26)))
        .collect();
    let text = format!("{{{}}}", members.join(","));
    let paths = judged("x", Role::Person, &[&text, &text, &text, &text]);
    assert!(paths.verdicts().count() <= PATHS_PER_COLUMN);
}

fn letter(number: usize) -> String {
    format!("zq{}", char::from(b'a' + (number % 26) as u8))
}
