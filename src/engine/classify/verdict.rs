//! From the signs to the verdict: name, type, role of the table, neighbours, values.

use super::categories::{describes_person, is_logged, is_special, of_whom_one_serves};
use super::column::ColumnProfile;
use super::interval::{at_least, at_most};
use super::kind::Kind;
use super::lexicon::{LEXICON, WordClass};
use super::names::{self, Reading, Sense};
use super::role::Role;
use super::signs;
use crate::model::{Category, ColumnVerdict, VerdictSource};

/// Values seen before they have a say.
const ENOUGH_VALUES: u32 = 16;

/// A category once taken from values is kept down to this share, in thousandths, of the threshold
/// at which it was taken (hysteresis).
pub(super) const STAY: u64 = 700;

/// Confidence of a strong word, in thousandths.
const NAMED: u16 = 850;

/// Confidence of a word that needs its surroundings.
const NAMED_IN_CONTEXT: u16 = 750;

/// Mean length in bytes below which values reach nobody: extensions within a house, yes and no.
const SHORTEST_CONTACT: u64 = 5;

/// Confidence of free text that no word of the name announces.
const PROSE: u16 = 650;

/// What the whole table says about each of its columns.
pub(super) struct Setting {
    role: Role,
    /// The table has people's names, contact points or references.
    about_people: bool,
    /// It refers to rows of people.
    refers_to_people: bool,
    /// It has given names and surnames: its rows are persons as they were at the time.
    names_people: bool,
    /// How many columns hold parts of an address.
    address_parts: usize,
    /// How many hold whole addresses, or say of what part they are (`home_address_country`).
    addresses: usize,
    /// It holds bank accounts or payment cards.
    about_payment: bool,
    /// It holds people's health.
    about_health: bool,
    /// Its name says so.
    named_for_health: bool,
    /// How many columns hold e-mail addresses or telephone numbers.
    contact_points: usize,
    /// Its name is one for contracts, orders or payments.
    about_trade: bool,
    /// Its values are names of people and their contact points.
    shows_people: bool,
    /// Its values are streets with house numbers.
    shows_streets: bool,
    /// How many columns name towns, regions or countries.
    places: usize,
    /// How many hold streets or whole addresses.
    streets: usize,
    /// Its rows are about animals, whose illnesses are nobody's.
    about_animals: bool,
}

impl Setting {
    /// From the table's role and the readings of its columns' names.
    pub(super) fn new(role: Role, table: &str, readings: &[Reading]) -> Setting {
        let of_animals = readings.iter().filter(|reading| reading.of_animal).count();
        use Category::*;
        let about_people = matches!(role, Role::Person | Role::Record)
            || readings.iter().any(|reading| {
                reading.is_reference()
                    || matches!(reading.category(), Some(FirstName | LastName | DateOfBirth))
            });
        let has = |category| readings.iter().any(|it| !it.weak && it.category() == Some(category));
        let names_people = has(FirstName) && has(LastName);
        let address_parts = readings
            .iter()
            .filter(|reading| matches!(reading.category(), Some(Street | City | PostalCode)));
        let address_parts = address_parts.count();
        let of = |categories: &[Category]| {
            let fits = |it: &&Reading| it.category().is_some_and(|it| categories.contains(&it));
            readings.iter().filter(fits).count()
        };
        let (places, streets) = (of(&[City, State, Country]), of(&[Street, Address]));
        let addresses = readings.iter().filter(|reading| {
            reading.category() == Some(Address) || reading.phrase.starts_with("address")
        });
        let addresses = addresses.count();
        let about_payment = readings
            .iter()
            .any(|reading| matches!(reading.category(), Some(CreditCard | BankAccount)));
        let named_for_health = names::is_about(table, Health);
        let about_health = named_for_health
            || readings.iter().any(|reading| !reading.weak && reading.category() == Some(Health));
        let contact_points =
            readings.iter().filter(|it| matches!(it.category(), Some(Email | PhoneNumber))).count();
        Setting {
            role,
            about_people,
            refers_to_people: readings.iter().any(Reading::is_reference),
            names_people,
            address_parts,
            addresses,
            about_payment,
            about_health,
            named_for_health,
            contact_points,
            about_trade: names::is_of(table, WordClass::Trade),
            shows_people: false,
            shows_streets: false,
            places,
            streets,
            about_animals: names::is_of(table, WordClass::Animal) || of_animals > 1,
        }
    }

    /// The same after a look at the values: a table called `import_7` in which people's names stand
    /// beside their e-mail addresses is one of people.
    pub(super) fn after_a_look<'p>(
        self,
        profiles: impl Iterator<Item = &'p ColumnProfile> + Clone,
    ) -> Setting {
        let sure = |passes: u32, profile: &ColumnProfile| {
            profile.values >= ENOUGH_VALUES
                && profile.distinct_at_least() >= signs::FEWEST_NAMES
                && at_least(passes, profile.values) > 600
        };
        let any = |passes: fn(&ColumnProfile) -> u32| {
            profiles.clone().any(|profile| sure(passes(profile), profile))
        };
        let named = any(signs::names_of_people) || any(signs::given_names) && any(signs::surnames);
        let reached = profiles.clone().any(|profile| sure(signs::contact_points(profile), profile));
        let shows_streets = any(signs::streets);
        Setting { shows_people: named && reached, shows_streets, ..self }
    }

    /// The same for an object within a row of such a table: whose row it is, it is about.
    pub(super) fn within(self, table: &Setting) -> Setting {
        Setting {
            about_people: self.about_people || table.refers_to_people,
            refers_to_people: self.refers_to_people || table.refers_to_people,
            ..self
        }
    }

    /// What the rows are taken for where values speak alone.
    fn role_of_values(&self) -> Role {
        match self.role {
            Role::Thing | Role::Unknown if self.shows_people => Role::Person,
            role => role,
        }
    }

    /// Whether a `name` is that of an illness or a medicine that somebody has.
    fn names_a_condition(&self, reading: &Reading) -> bool {
        let nobodys = reading.weak && !reading.of_person && !reading.of_organisation;
        nobodys && self.role == Role::Record && self.named_for_health
    }

    /// Whether a name that speaks of this category is believed in this table.
    fn believes(&self, reading: &Reading, category: Category) -> bool {
        use Category::*;
        if self.about_animals && matches!(category, Health | DateOfBirth | Gender) {
            return false;
        }
        if reading.weak {
            return self.believes_weak(reading, category);
        }
        let names_people = names_people(&reading.phrase) || reading.of_person;
        let describes_person = describes_person(category);
        match self.role {
            Role::Person => true,
            Role::Record => match category {
                // `warehouse_phone` of an order is the warehouse's.
                Name | Address | Street | City | State | Country | PostalCode | PhoneNumber
                | FaxNumber
                    if reading.of_organisation && !reading.of_person =>
                {
                    false
                }
                State | Country => self.address_parts > 0 || self.names_people,
                _ => true,
            },
            Role::Unknown => match category {
                // Towns with their codes and regions are nobody's.
                City | State | Country | PostalCode | Street => {
                    self.address_parts + self.addresses >= 2
                        && !reading.of_organisation
                        && (self.streets > 0 || self.about_people || self.contact_points > 0)
                }
                PreciseLocation => self.places == 0 || self.about_people || self.streets > 0,
                Name | Organization | Url | PrivateContent => self.about_people || names_people,
                // What a vacancy is called and pays is nobody's.
                JobTitle | Financial => self.about_people || self.contact_points > 0,
                // Pumps and gateways have numbers as well.
                DeviceIdentifier => self.about_people || self.contact_points > 0,
                _ => !reading.of_organisation || self.about_people,
            },
            Role::Audit => {
                // A patient's `history` is no log of what the system did.
                (self.about_people && is_special(category))
                    || describes_person
                    || is_logged(category)
            }
            // Whoever logs in for a body is somebody.
            Role::Organisation => {
                describes_person
                    || (is_special(category) && self.about_people)
                    || matches!(category, Username | Password)
                    || (names_people && category != Organization)
            }
            Role::Thing => match category {
                // Clothes are made for men or women.
                Gender => self.about_people,
                // Where the user was when it happened.
                IpAddress | DeviceIdentifier | CookieIdentifier => self.about_people,
                _ if is_special(category) => self.refers_to_people,
                _ => describes_person || (names_people && category == Name),
            },
        }
    }

    /// The same of a word that needs its surroundings.
    fn believes_weak(&self, reading: &Reading, category: Category) -> bool {
        use Category::*;
        match self.role {
            // `numero` is a house number beside the rest of an address.
            // The `etat` of somebody without an address is active or blocked.
            Role::Person => match category {
                // So is the `kod` of a customer a postal code.
                Street | PostalCode => self.address_parts + self.addresses > 1,
                State => self.address_parts > 0,
                _ => true,
            },
            Role::Record => match category {
                Name if reading.of_organisation && !reading.of_person => false,
                // A contract's description is that of the goods.
                PrivateContent => {
                    !(self.about_trade && LEXICON.is(WordClass::Description, &reading.phrase))
                }
                Email | Password | Credentials => true,
                Street => self.address_parts > 1,
                State => self.address_parts > 0,
                // Rows that name people are these people as they were at the time.
                _ if self.names_people => true,
                FirstName | LastName | PhoneNumber | FaxNumber | Address | NationalIdentifier
                | DateOfBirth => reading.of_person,
                City | Country | PostalCode | Organization => self.address_parts > 0,
                Name => {
                    reading.of_person
                        || self.about_payment
                        || self.address_parts > 1
                        || self.contact_points > 1
                }
                Health => self.about_health,
                // What the insured drives.
                VehicleRegistration | DriversLicence | PassportNumber => self.refers_to_people,
                _ => false,
            },
            // `driver` may be one of a database.
            Role::Unknown | Role::Organisation => {
                let whose = reading.of_person && !LEXICON.is_person(&reading.phrase);
                whose
                    && (category == Name
                        || self.role == Role::Unknown && of_whom_one_serves(category))
            }
            // To whom a message went.
            Role::Audit => {
                category == Email || (category == Health && self.about_people && self.about_health)
            }
            _ => false,
        }
    }
}

/// `contact_name`, `ansprechpartner`: the words themselves name people.
fn names_people(phrase: &str) -> bool {
    let mut words = phrase.split('_').chain([phrase]);
    words.any(|word| LEXICON.role(word) == Some(Some(Role::Person)))
        || phrase.starts_with("contact")
        || phrase.starts_with("kontakt")
}

/// No sign of personal data.
pub(super) fn silent() -> ColumnVerdict {
    none(500, VerdictSource::Name, "no word of the name is known to mean personal data")
}

/// Of a column that is gone.
pub(super) fn dropped() -> ColumnVerdict {
    none(1000, VerdictSource::Name, "the table has no such column any more")
}

/// As the pack or the operator said.
pub(super) fn declared(category: Option<Category>) -> ColumnVerdict {
    ColumnVerdict {
        category,
        confidence: 1000,
        source: VerdictSource::Declared,
        why: "declared".to_owned(),
    }
}

fn none(confidence: u16, source: VerdictSource, why: &str) -> ColumnVerdict {
    ColumnVerdict { category: None, confidence, source, why: why.to_owned() }
}

/// The verdict on a column. `current` is the category it had, which is not given up lightly.
pub(super) fn reach(
    setting: &Setting,
    reading: &Reading,
    kind: Kind,
    profile: &ColumnProfile,
    current: Option<Category>,
) -> ColumnVerdict {
    let named = by_name(setting, reading, kind);
    let settled = matches!(reading.sense, Sense::Staff | Sense::Listed);
    if profile.values < ENOUGH_VALUES || !kind.has_telling_values() || settled {
        return named;
    }
    by_values(setting, reading, &named, profile, current)
        .or_else(|| prose(setting, reading, profile))
        .unwrap_or_else(|| confront(named, reading, profile))
}

/// What people wrote about people, under whatever name: long texts that hardly repeat.
fn prose(setting: &Setting, reading: &Reading, profile: &ColumnProfile) -> Option<ColumnVerdict> {
    const LONG: u64 = 60;
    let about_people = matches!(setting.role_of_values(), Role::Person | Role::Record);
    let values = profile.values;
    let long = profile.bytes > u64::from(values) * LONG;
    let worded = at_least(profile.with_spaces, values) > 750;
    let varied = profile.distinct_at_least() * 2 > values.min(64);
    let found = about_people && reading.sense == Sense::Silent && long && worded && varied;
    found.then(|| ColumnVerdict {
        category: Some(Category::PrivateContent),
        confidence: PROSE,
        source: VerdictSource::Values,
        why: format!("long texts in {}", setting.role.words()),
    })
}

/// The verdict of the name, the type and the role of the table.
fn by_name(setting: &Setting, reading: &Reading, kind: Kind) -> ColumnVerdict {
    let name = VerdictSource::Name;
    let role = setting.role.words();
    let phrase = &reading.phrase;
    match reading.sense {
        // What a person has, by its name.
        Sense::Personal(Category::Name | Category::JobTitle | Category::PrivateContent)
            if setting.names_a_condition(reading) =>
        {
            let why = format!("name word `{phrase}` in {role} about health");
            named(Category::Health, NAMED_IN_CONTEXT, why)
        }
        // `cliente` of a booking.
        Sense::Personal(Category::Name)
            if reading.of_person
                && (setting.role != Role::Person || LEXICON.is_person(phrase))
                && matches!(kind, Kind::Integer | Kind::Uuid | Kind::Amount) =>
        {
            let why = format!("`{phrase}` refers to a person's row");
            named(Category::UniqueIdentifier, NAMED_IN_CONTEXT, why)
        }
        Sense::Personal(category) if !kind.allows(category) => {
            none(900, name, "a column of this type does not hold what its name suggests")
        }
        Sense::Personal(category) if !setting.believes(reading, category) => {
            none(700, name, &format!("name word `{phrase}`, but in {role}"))
        }
        Sense::Personal(category) => {
            let confidence = if reading.weak { NAMED_IN_CONTEXT } else { NAMED };
            named(category, confidence, format!("name word `{phrase}` in {role}"))
        }
        Sense::Reference if kind.allows(Category::UniqueIdentifier) => {
            named(Category::UniqueIdentifier, NAMED, format!("`{phrase}` refers to a person's row"))
        }
        Sense::Key if setting.role == Role::Person && kind.allows(Category::UniqueIdentifier) => {
            named(Category::UniqueIdentifier, NAMED, format!("key of {role}"))
        }
        Sense::Staff => {
            none(800, name, &format!("`{phrase}` names the member of staff who acted on the row"))
        }
        Sense::Property if kind == Kind::Network && setting.about_people => {
            named(Category::IpAddress, 700, "the type holds network addresses".to_owned())
        }
        Sense::Property => none(
            800,
            name,
            &format!("`{phrase}` says something about a datum and is not the datum"),
        ),
        Sense::Listed => none(900, name, "it may hold only terms of a list"),
        Sense::Silent if kind == Kind::Network && setting.role != Role::Thing => {
            named(Category::IpAddress, 700, "the type holds network addresses".to_owned())
        }
        Sense::Silent if kind == Kind::Hardware && setting.about_people => {
            named(Category::DeviceIdentifier, 700, "the type holds hardware addresses".to_owned())
        }
        Sense::Silent | Sense::Reference | Sense::Key => silent(),
    }
}

fn named(category: Category, confidence: u16, why: String) -> ColumnVerdict {
    ColumnVerdict { category: Some(category), confidence, source: VerdictSource::Name, why }
}

/// The verdict of the values, where they speak clearly: of what the name says, or alone.
fn by_values(
    setting: &Setting,
    reading: &Reading,
    named: &ColumnVerdict,
    profile: &ColumnProfile,
    current: Option<Category>,
) -> Option<ColumnVerdict> {
    let role = setting.role_of_values();
    let beside_addresses = setting.shows_streets || setting.address_parts > 0;
    let signs = signs::confirming(named.category, profile)
        .into_iter()
        .chain(signs::speaking_alone(role, reading, profile, beside_addresses));
    let values = profile.values;
    signs.into_iter().find_map(|sign| {
        let stays = current == Some(sign.category);
        let threshold = if stays { sign.threshold * STAY / 1000 } else { sign.threshold };
        let surely = at_least(sign.passes, values);
        (surely > threshold).then(|| ColumnVerdict {
            category: Some(sign.category),
            confidence: (750 + surely / 4).min(990) as u16,
            source: VerdictSource::Values,
            why: format!("{} of {values} values are {}", sign.passes, sign.words),
        })
    })
}

/// What remains of the name's verdict after a look at values that did not confirm it.
fn confront(named: ColumnVerdict, reading: &Reading, profile: &ColumnProfile) -> ColumnVerdict {
    if named.category == Some(Category::State)
        && reading.weak
        && signs::are_states_of_things(profile)
    {
        let why = format!("{}; but its few values are no places", named.why);
        return none(800, VerdictSource::Values, &why);
    }
    let Some(sign) = signs::confirming(named.category, profile).into_iter().next() else {
        return named;
    };
    let passes = sign.passes;
    // A list of names never knows every name, and people write dates in every way.
    if !sign.refutes {
        return named;
    }
    let values = profile.values;
    let almost_none = at_most(passes, values) < 200;
    // Few distinct values: a status word or a flag. Many: perhaps hashed, which is still personal, but
    // not where they are shorter than any such datum.
    let few = values >= 64 && profile.distinct_at_least() <= 8;
    let short = profile.bytes < u64::from(values) * SHORTEST_CONTACT;
    if almost_none && (few || short) {
        let why = format!("{}; but only {passes} of {values} values look like it", named.why);
        return none(800, VerdictSource::Values, &why);
    }
    let why = format!("{}; {passes} of {values} values look like it", named.why);
    ColumnVerdict { confidence: named.confidence.min(600), why, ..named }
}

#[cfg(test)]
mod tests {
    use super::super::names;
    use super::*;
    use crate::model::{Cell, Content};

    #[test]
    fn long_texts_about_people_are_private_content_whatever_their_name() {
        let mut profile = ColumnProfile::default();
        for number in 0..24 {
            let text = format!(
                "Visit {number}: she told us about her holidays, her new flat and the two cats."
            );
            profile.observe(Cell::Known(Content::new(text.as_bytes())), Kind::Text);
        }
        let category = |role, name: &str| {
            let setting = Setting::new(role, "", &[]);
            reach(&setting, &names::read(name), Kind::Text, &profile, None).category
        };
        assert_eq!(category(Role::Person, "c17"), Some(Category::PrivateContent));
        assert_eq!(category(Role::Thing, "c17"), None);
        assert_eq!(category(Role::Person, "email_template"), None);
    }
}
