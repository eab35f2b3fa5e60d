//! What a whole table says about each of its columns: whose rows they are and what else they hold.

use super::categories::{describes_person, is_logged, is_special, of_whom_one_serves};
use super::column::ColumnProfile;
use super::interval::at_least;
use super::lexicon::{LEXICON, WordClass};
use super::names::{self, Reading};
use super::role::{self, Role};
use super::signs;
use super::verdict::ENOUGH_VALUES;
use crate::model::Category;

/// What the whole table says about each of its columns.
pub(super) struct Setting {
    pub(super) role: Role,
    /// The table has people's names, contact points or references.
    pub(super) about_people: bool,
    /// It refers to rows of people.
    pub(super) refers_to_people: bool,
    /// It has given names and surnames: its rows are persons as they were at the time.
    pub(super) names_people: bool,
    /// How many columns hold parts of an address.
    pub(super) address_parts: usize,
    /// How many hold whole addresses, or say of what part they are (`home_address_country`).
    pub(super) addresses: usize,
    /// It holds bank accounts or payment cards.
    pub(super) about_payment: bool,
    /// It holds people's health.
    pub(super) about_health: bool,
    /// Its name says so.
    pub(super) named_for_health: bool,
    /// How many columns hold e-mail addresses or telephone numbers.
    pub(super) contact_points: usize,
    /// Its name is one for contracts, orders or payments.
    pub(super) about_trade: bool,
    /// Its values are names of people and their contact points.
    pub(super) shows_people: bool,
    /// Its values are streets with house numbers.
    pub(super) shows_streets: bool,
    /// How many columns name towns, regions or countries.
    pub(super) places: usize,
    /// How many hold streets or whole addresses.
    pub(super) streets: usize,
    /// Its rows are about animals, whose illnesses are nobody's.
    pub(super) about_animals: bool,
    /// Its rows are the vehicles of the house.
    pub(super) about_fleet: bool,
    /// Its rows are vehicles, and say who drives each.
    pub(super) says_who_drives: bool,
    /// It has addresses of the Internet Protocol.
    pub(super) logs_visits: bool,
    /// It names people in columns that say which (`billing_name`).
    pub(super) says_which_names: bool,
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
            about_fleet: role == Role::Thing && role::is_fleet(table),
            says_who_drives: of(&[VehicleRegistration]) > 0
                && readings.iter().any(|it| it.of_person && it.category() == Some(Name)),
            logs_visits: has(IpAddress),
            says_which_names: readings
                .iter()
                .any(|it| it.category() == Some(Name) && !it.of_contact && it.phrase.contains('_')),
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
    pub(super) fn role_of_values(&self) -> Role {
        match self.role {
            Role::Thing | Role::Unknown if self.shows_people => Role::Person,
            role => role,
        }
    }

    /// Whether a `name` is that of an illness or a medicine that somebody has.
    pub(super) fn names_a_condition(&self, reading: &Reading) -> bool {
        let nobodys = reading.weak && !reading.of_person && !reading.of_organisation;
        nobodys && self.role == Role::Record && self.named_for_health
    }

    /// Whether a name that speaks of this category is believed in this table.
    pub(super) fn believes(&self, reading: &Reading, category: Category) -> bool {
        use Category::*;
        if self.is_anothers(reading, category) {
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
                _ => !(self.about_trade && is_of_goods(reading, category)),
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
                DeviceIdentifier => {
                    self.about_people || self.contact_points > 0 || self.logs_visits
                }
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
                // Where a car is, its driver is.
                PreciseLocation if self.says_who_drives => true,
                Email | PhoneNumber if self.says_who_drives => reading.of_person,
                _ if is_special(category) => self.refers_to_people,
                _ => describes_person || (names_people && category == Name),
            },
        }
    }

    /// Whether such a datum is that of an animal or of the house itself.
    fn is_anothers(&self, reading: &Reading, category: Category) -> bool {
        use Category::*;
        let of_an_animal = self.about_animals && matches!(category, Health | DateOfBirth | Gender);
        // Whose the car is that the house owns.
        let of_the_house = self.about_fleet
            && category == VehicleRegistration
            && !self.says_who_drives
            && !self.refers_to_people;
        // What a horse is called.
        let called =
            reading.of_animal && !reading.of_person && matches!(category, Name | FirstName);
        of_an_animal || of_the_house || called
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
                // What somebody calls an address.
                Name if reading.phrase == "alias" && self.address_parts > 0 => false,
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
                // What an order is called, beside whom it is billed to.
                Name if self.about_trade && self.says_which_names && !reading.of_person => false,
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
            Role::Thing if self.says_who_drives => {
                matches!(category, DriversLicence | VehicleRegistration)
                    || category == Name && reading.of_person
            }
            Role::Unknown | Role::Organisation => {
                let whose = reading.of_person && !LEXICON.is_person(&reading.phrase);
                whose
                    && (category == Name
                        // `ansprechpartner_mail` of a supplier.
                        || category == Email && reading.of_contact
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

/// What is a person's elsewhere, and in an order that of the goods or of the invoice.
fn is_of_goods(reading: &Reading, category: Category) -> bool {
    const PICTURES: [&str; 12] = [
        "bild",
        "kuva",
        "zdjecie",
        "foto",
        "photo",
        "image",
        "imagen",
        "immagine",
        "kep",
        "picture",
        "billede",
        "afbeelding",
    ];
    let phrase = reading.phrase.as_str();
    let pictured = phrase.strip_suffix("_url").unwrap_or(phrase);
    match category {
        Category::SelfImage => PICTURES.contains(&pictured) && !reading.of_person,
        Category::BankAccount => phrase == "szamlaszam",
        Category::JobTitle => phrase == "designation",
        _ => false,
    }
}

/// `contact_name`, `ansprechpartner`: the words themselves name people.
fn names_people(phrase: &str) -> bool {
    let mut words = phrase.split('_').chain([phrase]);
    words.any(|word| LEXICON.role(word) == Some(Some(Role::Person)))
        || phrase.starts_with("contact")
        || phrase.starts_with("kontakt")
}
