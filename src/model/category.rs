//! Categories of personal data, in the terms of the fideslang taxonomy.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// How sensitive a category is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sensitivity {
    /// Personal data (GDPR Art. 4(1)).
    Ordinary,
    /// Special categories (Art. 9).
    Special,
    /// Criminal convictions and offences (Art. 10).
    Criminal,
}

/// ENISA's data processing context class, the base of the severity score (ENISA, Recommendations
/// for a methodology of the assessment of severity of personal data breaches, 2013).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProcessingContext {
    /// 1: contact data, education, family life.
    Simple = 1,
    /// 2: location, preferences, habits.
    Behavioural = 2,
    /// 3: income, bank accounts, cards.
    Financial = 3,
    /// 4: special categories, criminal record.
    Sensitive = 4,
}

/// Declares each category once: constant name, key, context class, direct identifier or not.
macro_rules! categories {
    ($($name:ident = $key:literal, $context:ident, $identifying:literal;)*) => {
        /// A category of personal data. The key is fideslang's, or a `pd:` term of the Data
        /// Privacy Vocabulary where fideslang has none.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        pub enum Category {
            $(
                #[doc = concat!("`", $key, "`")]
                #[serde(rename = $key)]
                $name,
            )*
        }

        impl Category {
            /// Every category.
            pub const ALL: &'static [Category] = &[$(Category::$name),*];

            /// Its key.
            pub fn key(self) -> &'static str {
                match self { $(Category::$name => $key),* }
            }

            /// Its class in ENISA's severity score.
            pub fn processing_context(self) -> ProcessingContext {
                match self { $(Category::$name => ProcessingContext::$context),* }
            }

            /// Whether it points at one person by itself (ENISA: ease of identification 1).
            pub fn is_direct_identifier(self) -> bool {
                match self { $(Category::$name => $identifying),* }
            }
        }
    };
}

categories! {
    Name = "user.name", Simple, false;
    FirstName = "user.name.first", Simple, false;
    LastName = "user.name.last", Simple, false;
    Contact = "user.contact", Simple, true;
    Email = "user.contact.email", Simple, true;
    PhoneNumber = "user.contact.phone_number", Simple, true;
    FaxNumber = "user.contact.fax_number", Simple, true;
    Url = "user.contact.url", Simple, true;
    Organization = "user.contact.organization", Simple, false;
    Address = "user.contact.address", Simple, true;
    Street = "user.contact.address.street", Simple, true;
    City = "user.contact.address.city", Simple, false;
    State = "user.contact.address.state", Simple, false;
    PostalCode = "user.contact.address.postal_code", Simple, false;
    Country = "user.contact.address.country", Simple, false;
    Username = "user.account.username", Simple, true;
    AccountSettings = "user.account.settings", Simple, false;
    Password = "user.authorization.password", Simple, false;
    Credentials = "user.authorization.credentials", Simple, false;
    DateOfBirth = "user.demographic.date_of_birth", Simple, false;
    AgeRange = "user.demographic.age_range", Simple, false;
    Gender = "user.demographic.gender", Simple, false;
    Language = "user.demographic.language", Simple, false;
    MaritalStatus = "user.demographic.marital_status", Simple, false;
    PoliticalOpinion = "user.demographic.political_opinion", Sensitive, false;
    RaceEthnicity = "user.demographic.race_ethnicity", Sensitive, false;
    ReligiousBelief = "user.demographic.religious_belief", Sensitive, false;
    SexualOrientation = "user.demographic.sexual_orientation", Sensitive, false;
    Profile = "user.demographic.profile", Behavioural, false;
    BankAccount = "user.financial.bank_account", Financial, true;
    CreditCard = "user.financial.credit_card", Financial, true;
    Financial = "user.financial", Financial, false;
    Payment = "user.payment", Financial, false;
    NationalIdentifier = "user.government_id.national_identification_number", Simple, true;
    PassportNumber = "user.government_id.passport_number", Simple, true;
    DriversLicence = "user.government_id.drivers_license_number", Simple, true;
    VehicleRegistration = "user.government_id.vehicle_registration", Simple, true;
    Health = "user.health_and_medical", Sensitive, false;
    Genetic = "user.health_and_medical.genetic", Sensitive, false;
    Biometric = "user.biometric", Sensitive, true;
    IpAddress = "user.device.ip_address", Simple, true;
    CookieIdentifier = "user.device.cookie_id", Simple, true;
    DeviceIdentifier = "user.device.device_id", Simple, true;
    PreciseLocation = "user.location.precise", Behavioural, false;
    ImpreciseLocation = "user.location.imprecise", Behavioural, false;
    Behaviour = "user.behavior", Behavioural, false;
    BrowsingHistory = "user.behavior.browsing_history", Behavioural, false;
    PurchaseHistory = "user.behavior.purchase_history", Behavioural, false;
    PrivacyPreferences = "user.privacy_preferences", Simple, false;
    CriminalHistory = "user.criminal_history", Sensitive, false;
    Childrens = "user.childrens", Simple, false;
    JobTitle = "user.job_title", Simple, false;
    UniqueIdentifier = "user.unique_id", Simple, false;
    PrivateContent = "user.content.private", Simple, false;
    TradeUnionMembership = "pd:TradeUnionMembership", Sensitive, false;
    PhilosophicalBelief = "pd:PhilosophicalBelief", Sensitive, false;
    SexLife = "pd:Sexual", Sensitive, false;
    SelfImage = "user.content.self_image", Simple, true;
}

impl Category {
    /// From its key.
    pub fn from_key(key: &str) -> Option<Category> {
        Category::ALL.iter().copied().find(|category| category.key() == key)
    }

    /// How sensitive it is.
    pub fn sensitivity(self) -> Sensitivity {
        use Category::*;
        match self {
            CriminalHistory => Sensitivity::Criminal,
            PoliticalOpinion | RaceEthnicity | ReligiousBelief | SexualOrientation | Health
            | Genetic | Biometric | TradeUnionMembership | PhilosophicalBelief | SexLife => {
                Sensitivity::Special
            }
            _ => Sensitivity::Ordinary,
        }
    }
}

/// What a register lists: a category, or a heading of the taxonomy with all categories below it, such
/// as `user.account`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Heading(&'static str);

impl Heading {
    /// Every heading that has a category.
    pub fn all() -> Vec<Heading> {
        let keys = Category::ALL.iter().flat_map(|category| {
            let key = category.key();
            let dots = key.match_indices('.').map(|(at, _)| &key[..at]);
            dots.filter(|heading| heading.contains('.')).chain([key])
        });
        let headings: BTreeSet<Heading> = keys.map(Heading).collect();
        headings.into_iter().collect()
    }

    /// Its key.
    pub fn key(self) -> &'static str {
        self.0
    }

    /// Whether it is this category, or one that includes it.
    pub fn includes(self, category: Category) -> bool {
        let rest = category.key().strip_prefix(self.0);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_includes_what_is_below_it_and_nothing_beside_it() {
        let headings = Heading::all();
        let named = |key| headings.iter().find(|heading| heading.key() == key);
        let account = named("user.account").expect("a heading without a category of its own");
        assert!(account.includes(Category::Username) && !account.includes(Category::Email));
        let contact = named("user.contact").expect("a heading that is a category");
        assert!(contact.includes(Category::Contact) && contact.includes(Category::Street));
        assert!(named("user").is_none(), "it would list everything");
    }

    #[test]
    fn a_category_reads_back_its_key() {
        for category in Category::ALL {
            assert_eq!(Category::from_key(category.key()), Some(*category));
        }
    }

    #[test]
    fn special_categories_are_sensitive_contexts() {
        for category in Category::ALL {
            if category.sensitivity() != Sensitivity::Ordinary {
                assert_eq!(category.processing_context(), ProcessingContext::Sensitive);
            }
        }
    }
}
