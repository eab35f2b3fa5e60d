//! What the rows of a table are: a `name` is a person's in `contacts` and not in `products`.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::categories::is_special;
use super::lexicon::{LEXICON, WordClass};
use super::names;
use super::words::words;
use crate::model::{Category, Table};

/// What one row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// A person.
    Person,
    /// Something about a person: an order, a call, a consent.
    Record,
    /// A company or body.
    Organisation,
    /// Neither: a product, a campaign, a setting.
    Thing,
    /// A line in a log of what the system did.
    Audit,
    /// Nobody can tell from names.
    Unknown,
}

impl Role {
    /// From the word used in `tables.txt`.
    pub(super) fn from_word(word: &str) -> Option<Role> {
        Some(match word {
            "person" => Role::Person,
            "record" => Role::Record,
            "organisation" => Role::Organisation,
            "thing" => Role::Thing,
            "audit" => Role::Audit,
            _ => return None,
        })
    }

    /// For explanations.
    pub fn words(self) -> &'static str {
        match self {
            Role::Person => "a table of people",
            Role::Record => "a table of records about people",
            Role::Organisation => "a table of organisations",
            Role::Thing => "a table of things",
            Role::Audit => "a log",
            Role::Unknown => "a table of unknown role",
        }
    }
}

/// The role of a table from its name and the meanings of its columns' names.
pub(super) fn of_table(name: &str, columns: &[names::Reading]) -> Role {
    let named = by_name(name);
    let telling = columns.iter().filter(|reading| is_telling(reading)).count();
    // Services have user names and passwords as well.
    let is_thing = named == Some(Role::Thing);
    // `contact_first_name` of a supplier is that of somebody who works there.
    let is_body = named == Some(Role::Organisation);
    let names_a_person = columns.iter().any(|reading| {
        !(reading.weak || is_body && reading.of_contact)
            && matches!(
                reading.category(),
                Some(Category::FirstName | Category::LastName | Category::DateOfBirth)
            )
            || (!is_thing
                && (!is_body || is_login_account(name))
                && !reading.weak
                && reading.category() == Some(Category::Username))
            || is_number_of_somebody(reading)
    });
    let people = columns.iter().filter(|reading| is_of_somebody(reading)).count();
    let whose = if people >= 2 { whose_rows(name) } else { None };
    match (named, whose) {
        // `accounts` and `tenants` hold companies in one system and people in the next.
        (Some(Role::Organisation | Role::Thing), _) if names_a_person && telling >= 3 => {
            Role::Person
        }
        // Who logs in is somebody: `voip_accounts`, but not the accounts of a sales department.
        (Some(Role::Organisation), _)
            if is_login_account(name) && names_a_person && telling >= 2 =>
        {
            Role::Person
        }
        (Some(Role::Organisation | Role::Thing), Some(role)) => role,
        (Some(role), _) => named_otherwise(name, role, columns).unwrap_or(role),
        (None, _) if telling >= 2 => Role::Person,
        (None, _) if columns.iter().any(names::Reading::is_reference) => Role::Record,
        (None, _) if columns.iter().filter(|it| says_whose(it)).count() >= 2 => Role::Record,
        (None, _) if names_a_person => Role::Person,
        (None, _) if are_somebodys(columns) => Role::Person,
        (None, _) => Role::Unknown,
    }
}

/// A number that the state gives to people only: customers who have one are no firms.
fn is_number_of_somebody(reading: &names::Reading) -> bool {
    const NUMBERS: [&str; 12] = [
        "pesel",
        "rodne_cislo",
        "cnp",
        "hetu",
        "henkilotunnus",
        "personnummer",
        "cpr",
        "cprnr",
        "amka",
        "αμκα",
        "bsn",
        "dni",
    ];
    !reading.of_contact
        && reading.category() == Some(Category::NationalIdentifier)
        && NUMBERS.contains(&reading.phrase.as_str())
}

/// The role of a table whose columns say otherwise than its name.
fn named_otherwise(name: &str, named: Role, columns: &[names::Reading]) -> Option<Role> {
    let count = |is: fn(&names::Reading) -> bool| columns.iter().filter(|it| is(it)).count();
    let refers = columns.iter().any(names::Reading::is_reference);
    let otherwise = match named {
        // `ski_school_lesson` with the names and ages of its pupils.
        Role::Thing if count(is_of_somebody) >= 3 => true,
        Role::Organisation if is_login_account(name) && opens_something(columns) => true,
        // Where somebody is, not what stands there.
        Role::Organisation => is_whereabouts(name, columns),
        Role::Thing if count(is_full_name) > 0 && count(is_telling) >= 2 => true,
        // `mail_events` with the address, the browser and the network of whoever opened it.
        Role::Thing if logs_somebody(columns) || is_said_by_somebody(name, columns) => true,
        // `health_status` beside a reference to whose it is.
        Role::Thing => names::is_about(name, Category::Health) && refers,
        // `VisitorMap`: what is said of visitors, not who they are.
        Role::Person => is_mapping(name) && count(is_telling) < 2 && count(names_somebody) == 0,
        _ => false,
    };
    otherwise.then_some(Role::Record)
}

/// `forum_posts`: what somebody wrote, and who did.
fn is_said_by_somebody(name: &str, columns: &[names::Reading]) -> bool {
    const SAID: [&str; 8] =
        ["post", "posts", "beitrag", "beitrage", "inlagg", "indlaeg", "prispevky", "posty"];
    let says = |reading: &names::Reading| reading.category() == Some(Category::PrivateContent);
    let by = |it: &names::Reading| {
        it.is_reference()
            || matches!(it.category(), Some(Category::Username | Category::UniqueIdentifier))
    };
    words(name).last().is_some_and(|last| SAID.contains(&last.as_str()))
        && columns.iter().any(says)
        && columns.iter().any(by)
}

/// Who was there, from where and with what.
fn logs_somebody(columns: &[names::Reading]) -> bool {
    let has = |category| columns.iter().any(|it| !it.weak && it.category() == Some(category));
    has(Category::IpAddress)
        && (has(Category::DeviceIdentifier) || has(Category::CookieIdentifier))
        && (has(Category::Email) || columns.iter().any(names::Reading::is_reference))
}

/// `full_name` and an address for messages are a person's wherever they stand.
fn is_full_name(reading: &names::Reading) -> bool {
    !reading.weak
        && reading.category() == Some(Category::Name)
        && ["full_name", "fullname"].contains(&reading.phrase.as_str())
}

/// `cogn_nom`, `iscr_sind`, `inval_perc`, `prec_pen`: of each alone nobody could tell what it stands for, but a name
/// beside so many kinds of what only somebody has is a person's.
fn are_somebodys(columns: &[names::Reading]) -> bool {
    use Category::{DateOfBirth, FirstName, Gender, LastName, MaritalStatus, Name};
    const KINDS: usize = 4;
    let is_name = |category: &Category| matches!(category, Name | FirstName | LastName);
    let theirs = |category: &Category| {
        is_name(category)
            || matches!(category, DateOfBirth | Gender | MaritalStatus)
            || is_special(*category)
    };
    let own = columns.iter().filter(|reading| !reading.of_organisation && !reading.of_contact);
    let kinds: BTreeSet<Category> =
        own.filter_map(names::Reading::category).filter(theirs).collect();
    kinds.len() >= KINDS && kinds.iter().any(is_name)
}

/// A part of a name, a date of birth or a user name.
fn names_somebody(reading: &names::Reading) -> bool {
    use Category::{DateOfBirth, FirstName, LastName, Username};
    !reading.weak
        && matches!(reading.category(), Some(FirstName | LastName | DateOfBirth | Username))
}

/// Of two roles in a table's name, that of people or of what they do, whose columns it has: `lejere_bolig`
/// are tenants, `huespedes_hotel` guests.
fn whose_rows(name: &str) -> Option<Role> {
    let words = words(name);
    let of_people = words.iter().any(|word| LEXICON.is_person(word));
    let of_deeds = words.iter().any(|word| LEXICON.role(word) == Some(Some(Role::Record)));
    match (of_people, of_deeds) {
        _ if names::is_of(name, WordClass::Animal) => None,
        (true, _) => Some(Role::Person),
        (false, deeds) => deeds.then_some(Role::Record),
    }
}

/// `debtor_name`, `debtor_address`: a datum beside a word for the person it is of.
fn says_whose(reading: &names::Reading) -> bool {
    use Category::*;
    reading.of_person
        && !reading.of_contact
        && matches!(
            reading.category(),
            Some(Name | FirstName | LastName | Address | PhoneNumber | Email | NationalIdentifier)
        )
}

/// A column that neither a body nor a thing has.
fn is_of_somebody(reading: &names::Reading) -> bool {
    use Category::*;
    let surely = !reading.weak && !reading.of_contact;
    match reading.category() {
        Some(DateOfBirth | Gender | MaritalStatus) => surely,
        Some(AgeRange) => reading.of_person,
        Some(Name | FirstName | LastName) => !reading.of_contact && (surely || reading.of_person),
        Some(category) => surely && is_special(category),
        None => false,
    }
}

/// Which of one stands beside which of another.
fn is_mapping(name: &str) -> bool {
    const LAST: &[&str] =
        &["map", "maps", "mapping", "mappings", "link", "links", "rel", "rels", "xref", "crossref"];
    words(name).last().is_some_and(|last| LAST.contains(&last.as_str()))
}

/// `accounts` hold companies in sales and logins elsewhere.
fn is_login_account(name: &str) -> bool {
    words(name).last().is_some_and(|last| last == "account" || last == "accounts")
}

/// `locations` without names that refer to people.
fn is_whereabouts(name: &str, columns: &[names::Reading]) -> bool {
    let of_places = ["location", "locations", "place", "places"];
    let last = words(name).last().is_some_and(|last| of_places.contains(&last.as_str()));
    let named = columns.iter().any(|reading| reading.category() == Some(Category::Name));
    last && !named && columns.iter().any(names::Reading::is_reference)
}

/// Tokens and keys beside a reference to whose they are.
fn opens_something(columns: &[names::Reading]) -> bool {
    let is_credential = |it: &names::Reading| it.category() == Some(Category::Credentials);
    columns.iter().any(is_credential) && columns.iter().any(names::Reading::is_reference)
}

/// The role of a table from everything that is known of it.
pub(super) fn of(table: &Table, columns: &[names::Reading]) -> Role {
    if extends_people(table) {
        return Role::Person;
    }
    let role = of_table(&table.name.name, columns);
    if role != Role::Unknown && by_name(&table.name.name).is_some() {
        return role;
    }
    // The name is silent; a comment begins with what it speaks of.
    let comment = table.facts.comment.as_deref().and_then(by_comment);
    comment.unwrap_or(role)
}

/// A primary key that refers to a table of people: more columns of the same people.
fn extends_people(table: &Table) -> bool {
    let mut keys = table.facts.columns.values().filter(|facts| facts.primary_key);
    match (keys.next(), keys.next()) {
        (Some(key), None) => key.references.as_ref().is_some_and(|target| {
            target.table != table.name && by_name(&target.table.name) == Some(Role::Person)
        }),
        _ => false,
    }
}

fn by_comment(comment: &str) -> Option<Role> {
    words(comment).iter().find_map(|word| match LEXICON.is_person(word) {
        true => Some(Role::Person),
        false => LEXICON.role(word).flatten(),
    })
}

/// A column that only a table of people has.
fn is_telling(reading: &names::Reading) -> bool {
    use Category::*;
    let telling = matches!(
        reading.category(),
        Some(
            FirstName
                | LastName
                | Name
                | Email
                | PhoneNumber
                | DateOfBirth
                | Gender
                | MaritalStatus
                | NationalIdentifier
                | Username
                | Password
                | JobTitle
        )
    );
    telling && !reading.weak
}

/// The last telling word decides: `contact_tags` are tags, `campaign_members` members; but where a
/// language puts the head first, that does: `tipos_clientes` are kinds, `pedidos_clientes` orders.
pub(super) fn by_name(name: &str) -> Option<Role> {
    let words = words(name);
    let last = last_telling(&words);
    let head = words.first().filter(|first| words.len() > 1 && LEXICON.is(WordClass::Whole, first));
    // `motoristas_frota` are the drivers of the fleet.
    if last == Some(Role::Thing) && is_fleet(name) && words.iter().any(|it| LEXICON.is_person(it)) {
        return Some(Role::Person);
    }
    match head.and_then(|head| LEXICON.role(head).flatten()) {
        Some(role) if last == Some(Role::Person) => Some(role),
        // `szablony_wiadomosci` are patterns of messages.
        Some(Role::Thing) if last == Some(Role::Record) => Some(Role::Thing),
        _ => last,
    }
}

/// Whether a table is named for the vehicles that a house has.
pub(super) fn is_fleet(table: &str) -> bool {
    const FLEETS: [&str; 13] = [
        "fleet",
        "fleets",
        "flota",
        "floty",
        "flotte",
        "flottes",
        "flotta",
        "frota",
        "parco",
        "parque",
        "parc",
        "stolos",
        "στολοσ",
    ];
    let is_one = |word: &String| FLEETS.contains(&word.as_str()) || word.ends_with("park");
    words(table).iter().any(is_one)
}

fn last_telling(words: &[String]) -> Option<Role> {
    let mut end = words.len();
    while end > 0 {
        // `audit_log` before `log`.
        let pair = (end >= 2).then(|| words[end - 2..end].join("_"));
        match pair.and_then(|pair| LEXICON.role(&pair)) {
            Some(Some(role)) => return Some(role),
            Some(None) => {
                end -= 2;
                continue;
            }
            None => {}
        }
        match LEXICON.role(&words[end - 1]) {
            Some(Some(role)) => return Some(role),
            None if LEXICON.is_person(&words[end - 1]) => return Some(Role::Person),
            None => match role_of_part(&words[end - 1]) {
                Some(role) => return Some(role),
                None => end -= 1,
            },
            Some(None) => end -= 1,
        }
    }
    None
}

/// The role of an unknown word that begins as a known one or, being a compound, ends with it: `facturascli`,
/// `storningsarende`.
fn role_of_part(word: &str) -> Option<Role> {
    LEXICON.role_of_beginning(word).or_else(|| LEXICON.role_of_ending(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_telling_word_of_the_name_decides() {
        for (name, role) in [
            ("contacts", Role::Person),
            ("contact_tags", Role::Thing),
            ("campaign_members", Role::Person),
            ("llx_socpeople", Role::Person),
            ("customer_entity", Role::Person),
            ("audit_log", Role::Audit),
            ("sales_order_address", Role::Record),
            ("Kunden", Role::Person),
            ("productCategories", Role::Thing),
            ("tipos_clientes", Role::Thing),
            ("pedidos_de_clientes", Role::Record),
            ("szablony_wiadomosci", Role::Thing),
            ("groupes_utilisateurs", Role::Thing),
            ("group_members", Role::Person),
            ("storningsarende", Role::Record),
            ("vikailmoitus", Role::Record),
            ("vastike_laskutus", Role::Record),
            ("kov_dagverslag", Role::Record),
            ("event_stream", Role::Record),
            ("accessi_tornello", Role::Record),
            ("vozovy_park", Role::Thing),
        ] {
            assert_eq!(by_name(name), Some(role), "{name}");
        }
        assert_eq!(by_name("zzz_data"), None);
    }
}
