//! What the counted passes of a column's checks are signs of.

use super::checks::{Check, NationalId};
use super::column::ColumnProfile;
use super::names::{Reading, Sense};
use super::role::Role;
use crate::model::Category;

/// Distinct values below which a column of words is a list of terms and not of people's names.
const DISTINCT_NAMES: u32 = 10;

/// The same where other columns say that the table is about people, or where the names are whole.
pub(super) const FEWEST_NAMES: u32 = 5;

/// Distinct values below which a column says the same of everybody.
const FEWEST: u32 = 3;

/// A number of values that are alike.
pub(super) struct Sign {
    /// What they are.
    pub(super) category: Category,
    /// How many.
    pub(super) passes: u32,
    /// In words, for explanations.
    pub(super) words: &'static str,
    /// Share in thousandths that the values' share must surely exceed. Far above what chance
    /// passes: one in a hundred for the check digits of an IBAN, one in ten for a card's.
    pub(super) threshold: u64,
    /// Whether the absence of passes speaks against the category.
    pub(super) refutes: bool,
}

fn sign(category: Category, passes: u32, words: &'static str, threshold: u64) -> Sign {
    Sign { category, passes, words, threshold, refutes: true }
}

/// Signs that the values are what the column's name says.
pub(super) fn confirming(named: Option<Category>, profile: &ColumnProfile) -> Option<Sign> {
    let category = named?;
    let passed = |check| profile.passed(check);
    let names = passed(Check::GivenName) + passed(Check::Surname) + passed(Check::FullName);
    Some(match category {
        Category::Email => {
            sign(category, passed(Check::Email), "well-formed e-mail addresses", 500)
        }
        Category::PhoneNumber | Category::FaxNumber => {
            sign(category, passed(Check::Phone), "telephone numbers", 500)
        }
        Category::BankAccount => {
            let accounts = passed(Check::Iban) + passed(Check::Bic);
            sign(category, accounts, "IBANs or BICs", 500)
        }
        // The last four digits of a card have no check digit.
        Category::CreditCard => Sign {
            refutes: profile.with_digits * 2 < profile.values,
            ..sign(category, passed(Check::Card), "card numbers with right check digits", 300)
        },
        Category::IpAddress => sign(category, passed(Check::Ip), "network addresses", 500),
        Category::NationalIdentifier => {
            let (id, passes) = best_national_id(profile, |_| true)?;
            Sign { refutes: false, ..sign(category, passes, id.words(), 300) }
        }
        Category::DateOfBirth => Sign {
            refutes: false,
            ..sign(category, passed(Check::BirthDate), "plausible dates of birth", 500)
        },
        Category::Name | Category::FirstName | Category::LastName => {
            // `dor_meno` of a delivery: the word for a given name means the whole as well.
            let whole = passed(Check::FullName) * 10 >= profile.values * 8;
            let category = match category {
                Category::Name => part_of_name(profile),
                Category::FirstName if whole => Category::Name,
                part => part,
            };
            Sign { refutes: false, ..sign(category, names, "known names of people", 300) }
        }
        Category::Street | Category::Address => Sign {
            refutes: false,
            ..sign(category, passed(Check::Street), "streets with house numbers", 300)
        },
        _ => return None,
    })
}

/// Signs that stand without a word of the name. `beside_addresses`: other columns hold parts of
/// addresses.
pub(super) fn speaking_alone(
    role: Role,
    reading: &Reading,
    profile: &ColumnProfile,
    beside_addresses: bool,
) -> Vec<Sign> {
    let passed = |check| profile.passed(check);
    // The one sender of all messages, the hotline in every row.
    if profile.distinct_at_least() < FEWEST {
        return Vec::new();
    }
    let of_nobody = matches!(role, Role::Organisation | Role::Thing);
    // The mailbox of a company or a campaign is nobody's.
    let roles = if of_nobody { passed(Check::RoleMailbox) } else { 0 };
    let emails = passed(Check::Email).saturating_sub(roles);
    let mut signs = vec![sign(Category::Email, emails, "well-formed e-mail addresses", 600)];
    if role == Role::Organisation {
        // Whom one talks to there.
        signs.extend(
            (reading.of_contact || reading.of_person)
                .then(|| names(Role::Person, profile))
                .flatten(),
        );
        return signs;
    }
    let iban = "IBANs with right check digits";
    signs.push(sign(Category::BankAccount, passed(Check::Iban), iban, 600));
    // A tracking code that looks like a telephone number is a tracking code.
    if reading.sense == Sense::Property {
        return signs;
    }
    if let Some((id, passes)) = best_national_id(profile, NationalId::is_evident) {
        signs.push(sign(Category::NationalIdentifier, passes, id.words(), 700));
    }
    let unnamed = reading.sense == Sense::Silent;
    let named = reading.category() == Some(Category::NationalIdentifier);
    let rare = |id: NationalId| {
        named && beats_chance(id, Role::Person) || unnamed && beats_chance(id, role)
    };
    if let Some((id, passes)) = best_national_id(profile, rare) {
        signs.push(sign(Category::NationalIdentifier, passes, id.words(), 900));
    }
    let passports = "machine-readable lines of passports";
    signs.push(sign(Category::PassportNumber, passed(Check::Passport), passports, 700));
    let cookies = "cookies of analysis";
    signs.push(sign(Category::CookieIdentifier, passed(Check::Cookie), cookies, 700));
    let cards = "card numbers with right check digits";
    signs.push(sign(Category::CreditCard, passed(Check::Card), cards, 700));
    if role == Role::Thing {
        return signs;
    }
    signs.extend(of_people(role, reading, profile, emails));
    if reading.sense == Sense::Silent
        && beside_addresses
        && matches!(role, Role::Person | Role::Record)
    {
        signs.push(sign(Category::City, passed(Check::Place), "towns", 700));
    }
    signs
}

/// Signs that speak where rows may be about people. `emails`: how many values are addresses of somebody.
fn of_people(role: Role, reading: &Reading, profile: &ColumnProfile, emails: u32) -> Vec<Sign> {
    let passed = |check| profile.passed(check);
    let unnamed = reading.sense == Sense::Silent;
    let mut signs = Vec::new();
    let phones = passed(Check::InternationalPhone);
    signs.push(sign(Category::PhoneNumber, phones, "telephone numbers", 600));
    let either = "e-mail addresses or telephone numbers";
    signs.push(sign(Category::Contact, emails + phones, either, 600));
    let grouped = passed(Check::NationalPhone) + phones;
    // Beside numbers that say so themselves, others in the groups of a plan are such as well.
    if unnamed && role != Role::Person && phones * 10 >= profile.values {
        signs.push(sign(Category::PhoneNumber, grouped, "telephone numbers", 900));
    }
    if unnamed && role == Role::Person {
        signs.extend(births(profile));
        signs.push(sign(Category::PhoneNumber, grouped, "telephone numbers", 800));
        let mobile = passed(Check::MobilePhone) + phones;
        signs.push(sign(Category::PhoneNumber, mobile, "numbers of mobile telephones", 850));
        signs.push(sign(Category::PostalCode, passed(Check::PostalCode), "postal codes", 900));
        signs.extend(numbered_streets(profile));
    }
    signs.push(sign(Category::IpAddress, passed(Check::DistantIp), "network addresses", 800));
    signs.push(sign(
        Category::DeviceIdentifier,
        passed(Check::Hardware),
        "hardware addresses",
        800,
    ));
    let pages = "pages of people in social networks";
    signs.push(sign(Category::Url, passed(Check::ProfileUrl), pages, 600));
    signs.push(sign(Category::Street, passed(Check::Street), "streets with house numbers", 600));
    signs.extend(speaks_of_no_other(reading).then(|| names(role, profile)).flatten());
    signs
}

/// Whether names of people may stand under a column's name: a town or a brand may be called as people
/// are, and what the name says is what it is; names that hold them anyway are confirmed elsewhere.
fn speaks_of_no_other(reading: &Reading) -> bool {
    use Category::*;
    // `patient` of a treatment: somebody's name or number.
    if reading.category() == Some(Name) && reading.of_person {
        return true;
    }
    !matches!(
        reading.category(),
        Some(
            Name | FirstName
                | LastName
                | Username
                | City
                | State
                | Country
                | Street
                | Address
                | Organization
                | Language
                | JobTitle
        )
    )
}

/// How many values are names of people of several words: one word may be a colour or a town.
pub(super) fn names_of_people(profile: &ColumnProfile) -> u32 {
    profile.passed(Check::FullName)
}

/// Whether values under a word that means both a region and a state of affairs are the latter: a few
/// words, longer than the codes of regions, of which hardly one is a place.
pub(super) fn are_states_of_things(profile: &ColumnProfile) -> bool {
    const ENOUGH: u32 = 48;
    const TERMS: u32 = 10;
    const CODE: u64 = 3;
    profile.values >= ENOUGH
        && profile.distinct_at_least() <= TERMS
        && profile.bytes > u64::from(profile.values) * CODE
        && profile.passed(Check::Place) * 5 < profile.values
}

/// How many values are given names.
pub(super) fn given_names(profile: &ColumnProfile) -> u32 {
    profile.passed(Check::GivenName)
}

/// How many values are surnames.
pub(super) fn surnames(profile: &ColumnProfile) -> u32 {
    profile.passed(Check::Surname)
}

/// How many values are streets with house numbers.
pub(super) fn streets(profile: &ColumnProfile) -> u32 {
    profile.passed(Check::Street)
}

/// How many values reach somebody.
pub(super) fn contact_points(profile: &ColumnProfile) -> u32 {
    let roles = profile.passed(Check::RoleMailbox);
    profile.passed(Check::Email).saturating_sub(roles) + profile.passed(Check::InternationalPhone)
}

/// Names with the number of a house, of which not few differ: rooms and models begin alike.
fn numbered_streets(profile: &ColumnProfile) -> Option<Sign> {
    const NAMES: u32 = 5;
    const VALUES: u32 = 24;
    let streets = profile.passed(Check::NumberedName);
    let varied = profile.distinct_heads() >= NAMES && profile.distinct_at_least() >= VALUES;
    varied.then(|| sign(Category::Street, streets, "names with the numbers of houses", 850))
}

/// Dates of which many lie before 1980: people are older than a business's records of them.
fn births(profile: &ColumnProfile) -> Option<Sign> {
    let (days, early) = (profile.passed(Check::BirthDate), profile.passed(Check::EarlyDate));
    let many = early * 4 >= days && profile.distinct_at_least() >= DISTINCT_NAMES;
    many.then(|| sign(Category::DateOfBirth, days, "dates as old as people", 900))
}

/// Whether a column in which nearly every value is such an identifier cannot be one by chance: in a
/// table of people check digits are enough, elsewhere other numbers may have the same.
fn beats_chance(id: NationalId, role: Role) -> bool {
    let most = if role == Role::Person { 110 } else { 10 };
    id.chance() <= most
}

/// Which part of a name nearly all values are: a `roepnaam` is a given name.
fn part_of_name(profile: &ColumnProfile) -> Category {
    let (given, values) = (profile.passed(Check::GivenName), profile.values);
    let surnames = profile.passed(Check::Surname);
    match (given * 10 >= values * 9, surnames * 10 >= values * 9) {
        (true, _) => Category::FirstName,
        (_, true) => Category::LastName,
        _ => Category::Name,
    }
}

/// Names of people, where the column is not a short list of terms.
fn names(role: Role, profile: &ColumnProfile) -> Option<Sign> {
    let given = profile.passed(Check::GivenName);
    let surnames = profile.passed(Check::Surname);
    let full = profile.passed(Check::FullName);
    // Many towns are called as people are, but few people as towns.
    let places = profile.passed(Check::Place) * 3 > given + surnames;
    let of_people = role == Role::Person || full > given + surnames;
    let fewest = if of_people { FEWEST_NAMES } else { DISTINCT_NAMES };
    if profile.distinct_at_least() < fewest || (places && full == 0) {
        return None;
    }
    let category = match (given > full + surnames, surnames > full + given) {
        (true, _) => Category::FirstName,
        (_, true) => Category::LastName,
        _ => Category::Name,
    };
    Some(sign(category, given + surnames + full, "known names of people", 600))
}

/// The national identifier that most values are.
fn best_national_id(
    profile: &ColumnProfile,
    counts: impl Fn(NationalId) -> bool,
) -> Option<(NationalId, u32)> {
    let ids = profile.passes().filter_map(|(check, passes)| match check {
        Check::National(id) if counts(id) => Some((id, passes)),
        _ => None,
    });
    ids.max_by_key(|(_, passes)| *passes)
}
