//! The people, companies and users of the demonstration CRM, each a pure function of the seed and
//! its number.
//!
//! E-mail addresses use names that are reserved for examples (RFC 2606, RFC 6761), so that nobody
//! is reached even by a mistake.

use super::dice::Dice;
use super::locales::{LOCALES, Locale};

/// One contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Key in `crm.contacts`.
    pub id: i64,
    /// Form of address.
    pub salutation: &'static str,
    /// First name.
    pub first_name: &'static str,
    /// Last name.
    pub last_name: &'static str,
    /// E-mail address, different for each person.
    pub email: String,
    /// Phone in E.164.
    pub phone: String,
    /// Street and house number.
    pub street: String,
    /// Postal code.
    pub postal_code: &'static str,
    /// City.
    pub city: &'static str,
    /// ISO 3166 country.
    pub country: &'static str,
    /// ISO 639 language.
    pub language: &'static str,
    /// Date of birth, ISO 8601.
    pub birth_date: String,
    /// Job title.
    pub job_title: &'static str,
    /// What a colleague noted, in the person's language.
    pub notes: String,
    /// IBAN with a valid checksum, made up.
    pub iban: String,
}

const JOB_TITLES: [&str; 10] = [
    "Buyer",
    "Head of Purchasing",
    "Managing Director",
    "Office Manager",
    "IT Lead",
    "Facility Manager",
    "Accountant",
    "Plant Engineer",
    "Marketing Lead",
    "Assistant",
];

const DOMAINS: [&str; 6] = [
    "example.org",
    "example.com",
    "example.net",
    "nordwind.example",
    "post.example",
    "atelier.example",
];

/// The person with a number.
pub fn person(seed: u64, id: i64) -> Person {
    let mut dice = Dice::new(seed, "person", id);
    let locale = &LOCALES[dice.below(LOCALES.len() as u64) as usize];
    let woman = dice.chance(50);
    let first_name = dice.pick(if woman { locale.women } else { locale.men });
    let last_name = dice.pick(locale.last_names);
    let (city, postal_code) = dice.pick(locale.cities);
    let house = dice.between(1, 180).to_string();
    Person {
        id,
        salutation: locale.salutations[usize::from(!woman)],
        first_name,
        last_name,
        email: email(first_name, last_name, id, dice.pick(&DOMAINS)),
        phone: format!("{}{:07}", locale.phone, scattered(id)),
        street: dice.pick(locale.streets).replace('#', &house),
        postal_code,
        city,
        country: locale.country,
        language: locale.language,
        birth_date: format!(
            "{}-{:02}-{:02}",
            dice.between(1946, 2004),
            dice.between(1, 12),
            dice.between(1, 28)
        ),
        job_title: dice.pick(&JOB_TITLES),
        notes: dice.pick(locale.notes).replace("{}", first_name),
        iban: iban(locale, &mut dice),
    }
}

/// One user of the CRM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Key in `crm.users`.
    pub id: i32,
    /// Login, which is also what `modified_by` names.
    pub username: String,
    /// Name.
    pub full_name: String,
    /// E-mail address.
    pub email: String,
    /// One of the roles.
    pub role: &'static str,
}

const SEVEN_DIGITS: u64 = 10_000_000;

/// How many people work with the CRM.
pub const STAFF: i32 = 60;

/// The services that write to the CRM, in the order of their keys after the staff.
pub const SERVICES: [&str; 4] =
    ["svc.web-form", "svc.mailer", "svc.preference-centre", "svc.retention"];

/// A member of staff, from 1 to [`STAFF`].
pub fn colleague(seed: u64, id: i32) -> User {
    let mut dice = Dice::new(seed, "colleague", i64::from(id));
    let locale = &LOCALES[dice.below(LOCALES.len() as u64) as usize];
    let names = if dice.chance(50) { locale.women } else { locale.men };
    let first_name = dice.pick(names);
    let last_name = dice.pick(locale.last_names);
    let username = format!("{}.{}{id}", initial(first_name), latin(last_name));
    let role = match id {
        1..=2 => "admin",
        3..=8 => "manager",
        _ if dice.chance(50) => "sales",
        _ => "support",
    };
    User {
        id,
        email: format!("{username}@staff.example"),
        full_name: format!("{first_name} {last_name}"),
        username,
        role,
    }
}

/// The name of a company.
pub fn company_name(seed: u64, id: i32) -> String {
    let mut dice = Dice::new(seed, "company", i64::from(id));
    let first = dice.pick(&["Nordwind", "Hélios", "Łan", "Ægir", "Αιγαίο", "Витоша", "Sørlys"]);
    let second = dice.pick(&["Maschinenbau", "Logistique", "Papír", "Energía", "Textil", "Food"]);
    let third = dice.pick(&["GmbH", "SARL", "S.p.A.", "AB", "Sp. z o.o.", "Ltd", "Α.Ε."]);
    format!("{first} {second} {id} {third}")
}

/// An address of the ranges for documentation (RFC 5737).
pub fn documentation_ip(dice: &mut Dice) -> String {
    format!("{}.{}", dice.pick(&["192.0.2", "198.51.100", "203.0.113"]), dice.between(1, 254))
}

fn email(first_name: &str, last_name: &str, id: i64, domain: &str) -> String {
    format!("{}.{}.{id}@{domain}", latin(first_name), latin(last_name))
}

fn initial(name: &str) -> String {
    latin(name).chars().take(1).collect()
}

/// Seven digits that differ for every number below ten million: 7,654,321 shares no factor with it.
fn scattered(id: i64) -> u64 {
    (id.unsigned_abs() % SEVEN_DIGITS) * 7_654_321 % SEVEN_DIGITS
}

/// An account number of the country with its check digits (ISO 13616, ISO 7064 MOD 97-10).
fn iban(locale: &Locale, dice: &mut Dice) -> String {
    let (letters, digits) = locale.account;
    let account = format!("{}{}", &"DEMO"[..letters], dice.digits(digits));
    let remainder = remainder_97(&format!("{account}{}00", locale.country));
    format!("{}{:02}{account}", locale.country, 98 - remainder)
}

/// Letters count from A = 10, as ISO 13616 says.
fn remainder_97(text: &str) -> u32 {
    text.chars().fold(0, |remainder, character| {
        let value = character.to_digit(36).expect("an IBAN has letters and digits only");
        (remainder * if value < 10 { 10 } else { 100 } + value) % 97
    })
}

/// A name in the letters of an e-mail address. Spaces and marks fall away.
fn latin(name: &str) -> String {
    name.chars().flat_map(char::to_lowercase).map(latin_letters).collect()
}

fn latin_letters(letter: char) -> &'static str {
    const ASCII: &str = "abcdefghijklmnopqrstuvwxyz";
    if let Some(index) = ASCII.find(letter) {
        return &ASCII[index..index + 1];
    }
    match letter {
        'ä' | 'æ' => "ae",
        'à' | 'á' | 'â' | 'ã' | 'å' | 'ă' | 'ą' | 'α' | 'ά' | 'а' | 'ъ' => "a",
        'б' => "b",
        'ç' | 'č' | 'ć' => "c",
        'ď' | 'δ' | 'д' => "d",
        'è' | 'é' | 'ê' | 'ë' | 'ě' | 'ę' | 'ε' | 'έ' | 'е' => "e",
        'ф' | 'φ' => "f",
        'γ' | 'г' => "g",
        'х' => "h",
        'ì' | 'í' | 'î' | 'ï' | 'η' | 'ή' | 'ι' | 'ί' | 'и' => "i",
        'й' => "y",
        'κ' | 'к' => "k",
        'ł' | 'λ' | 'л' => "l",
        'μ' | 'м' => "m",
        'ñ' | 'ń' | 'ň' | 'ν' | 'н' => "n",
        'ö' | 'ő' | 'ø' => "oe",
        'ò' | 'ó' | 'ô' | 'õ' | 'ο' | 'ό' | 'ω' | 'ώ' | 'о' => "o",
        'π' | 'п' => "p",
        'ř' | 'ρ' | 'р' => "r",
        'ß' => "ss",
        'ś' | 'š' | 'ș' | 'σ' | 'ς' | 'с' => "s",
        'ť' | 'ț' | 'τ' | 'т' => "t",
        'ü' | 'ű' => "ue",
        'ù' | 'ú' | 'û' | 'ů' | 'у' => "u",
        'β' | 'в' => "v",
        'ý' | 'υ' | 'ύ' | 'ы' | 'ь' => "y",
        'ź' | 'ż' | 'ž' | 'ζ' | 'з' => "z",
        'ж' => "zh",
        'θ' => "th",
        'χ' => "ch",
        'ξ' => "x",
        'ψ' => "ps",
        'ц' => "ts",
        'ч' => "ch",
        'ш' => "sh",
        'щ' => "sht",
        'ю' => "yu",
        'я' => "ya",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_person_is_the_same_every_time() {
        assert_eq!(person(7, 42), person(7, 42));
        assert_ne!(person(7, 42), person(8, 42));
        assert_eq!(colleague(7, 3), colleague(7, 3));
    }

    #[test]
    fn every_iban_has_a_valid_checksum() {
        for id in 0..2_000 {
            let iban = person(1, id).iban;
            let (head, account) = iban.split_at(4);
            assert_eq!(remainder_97(&format!("{account}{head}")), 1, "{iban}");
        }
        assert_eq!(remainder_97("370400440532013000DE89"), 1, "the standard's own example");
    }

    #[test]
    fn every_email_is_unique_plain_and_at_a_reserved_name() {
        let emails: BTreeSet<String> = (0..2_000).map(|id| person(1, id).email).collect();
        assert_eq!(emails.len(), 2_000);
        for email in emails {
            assert!(email.is_ascii() && !email.contains(' '));
            assert!(!email.starts_with('.') && !email.contains(".."), "{email}");
            let (_, domain) = email.split_once('@').unwrap();
            assert!(domain.ends_with(".example") || domain.starts_with("example."), "{email}");
        }
    }

    #[test]
    fn every_phone_is_e_164_and_unique() {
        let phones: BTreeSet<String> = (0..2_000).map(|id| person(1, id).phone).collect();
        assert_eq!(phones.len(), 2_000, "a shared phone would look like an erased person's");
        for phone in phones {
            let digits = phone.strip_prefix('+').unwrap();
            assert!((10..=15).contains(&digits.len()), "{phone}");
            assert!(digits.bytes().all(|byte| byte.is_ascii_digit()));
        }
    }

    #[test]
    fn notes_come_in_many_languages_and_three_scripts() {
        let people: Vec<Person> = (0..500).map(|id| person(1, id)).collect();
        let languages: BTreeSet<&str> = people.iter().map(|person| person.language).collect();
        assert!(languages.len() >= 10);
        let written = |from: char, to: char| {
            people.iter().any(|person| person.notes.chars().any(|c| (from..=to).contains(&c)))
        };
        assert!(written('α', 'ω') && written('а', 'я') && written('ä', 'ž'));
    }

    #[test]
    fn usernames_are_unique() {
        let names: BTreeSet<String> = (1..=STAFF).map(|id| colleague(1, id).username).collect();
        assert_eq!(names.len(), STAFF as usize);
    }
}
