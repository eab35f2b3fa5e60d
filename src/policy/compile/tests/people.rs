//! Who is a child, and until which age; who has objected to profiling.

use expect_test::expect;

use super::{PACK, PROFILE, check_faults, compile, with};
use crate::model::Country;

fn people(child: &str) -> String {
    PACK.replace("{subject: {key: id}}", &format!("{{subject: {{key: id}}, child: {child}}}"))
}

#[test]
fn something_tells_who_is_a_child() {
    check_faults(
        &with("packs/small.yaml", &people("{guardian: [{column: a, is_null: false}]}")),
        expect![[r#"
            POL-002 packs/small.yaml:4:45 (tables.crm.contacts.child): nothing tells who is a child; say `when` the row calls the person a child, or where it says when the person was `born`
        "#]],
    );
    check_faults(
        &with("packs/small.yaml", &people("{when: [{column: a, is_null: false}], country: FR}")),
        expect![[r#"
            POL-002 packs/small.yaml:4:92 (tables.crm.contacts.child.country): the country sets an age, and nothing tells the person's; add `born`, or remove `country`
        "#]],
    );
}

#[test]
fn ages_are_years_by_country() {
    let ages =
        |text: &str| with("profiles/small.yaml", &format!("{PROFILE}age_of_consent: {text}\n"));
    check_faults(
        &ages("160"),
        expect![[r#"
        POL-002 profiles/small.yaml:5:17 (age_of_consent): 160 is out of range; write an age in years, of at most 21, such as 16
    "#]],
    );
    check_faults(
        &ages("{as_of: 2026-01-31, otherwise: 16, countries: {Austria: 14, FR: none}}"),
        expect![[r#"
            POL-002 profiles/small.yaml:5:64 (age_of_consent.countries.Austria): `Austria` is no country; write two capital letters (ISO 3166-1 alpha-2), such as US; NO and other words that YAML reads as something else need quotes
            POL-002 profiles/small.yaml:5:81 (age_of_consent.countries.FR): this is not a whole number; write a number such as 50
        "#]],
    );
    check_faults(
        &ages("{otherwise: 16}"),
        expect![[r#"
        POL-002 profiles/small.yaml:5:17 (age_of_consent): `as_of` is missing; add `as_of:` here
        POL-002 profiles/small.yaml:5:17 (age_of_consent): `countries` is missing; add `countries:` here
    "#]],
    );
}

#[test]
fn the_age_of_the_profile_reaches_the_pack() {
    let mut files = with("packs/small.yaml", &people("{born: birth_date}"));
    let ages = "age_of_consent: {as_of: 2026-01-31, otherwise: 16, countries: {AT: 14}}\n";
    files.insert("profiles/small.yaml".to_owned(), format!("{PROFILE}{ages}"));
    let policies = compile(&files).map_err(|faults| faults[0].to_string()).unwrap();
    let child = policies.pack.tables.values().find_map(|mapping| mapping.child.as_ref()).unwrap();
    let ages = &child.born.as_ref().unwrap().ages;
    let years = ["AT", "DE"].map(|code| ages.years(Country::from_code(code)));
    assert_eq!((years, ages.years(None)), ([14, 16], 16));
}

#[test]
fn evaluations_need_an_objection_somewhere() {
    let evaluated = |orders: &str| {
        let about = "{about: {table: crm.contacts, column: contact_id}";
        PACK.replace(&format!("{about}}}"), &format!("{about}, profiling: {orders}}}"))
    };
    check_faults(
        &with("packs/small.yaml", &evaluated("{columns: [score]}")),
        expect![[r#"
        POL-002 packs/small.yaml:5:77 (tables.crm.orders.profiling): no table says who has objected to profiling; say when the person has `objected`, here or in the table that holds it
    "#]],
    );
    check_faults(
        &with("packs/small.yaml", &evaluated("{}")),
        expect![[r#"
        POL-002 packs/small.yaml:5:77 (tables.crm.orders.profiling): this says nothing of profiling; name the `columns` that evaluate the person, or say when the person has `objected`
    "#]],
    );
}
