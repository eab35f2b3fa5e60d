//! What the words of a column's name say.

use super::categories::{is_coded, is_numbered, is_special, of_whom_one_serves};
use super::keys::{numbers_row, own_key, person_key, repeats_table};
use super::lexicon::{LEXICON, Meaning, WordClass};
use super::role::Role;
use super::surroundings::Surroundings;
use super::words::words;
use crate::model::Category;

/// What a name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sense {
    /// Personal data of this category.
    Personal(Category),
    /// A reference to a person's row.
    Reference,
    /// The row's own key.
    Key,
    /// The member of staff who acted on the row.
    Staff,
    /// Says something about a datum (`email_verified`), or looks personal and is not.
    Property,
    /// It may hold only terms that somebody listed.
    Listed,
    /// Nothing.
    Silent,
}

/// The reading of a column's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reading {
    /// What it says.
    pub(super) sense: Sense,
    /// It counts only in a table about people.
    pub(super) weak: bool,
    /// The words it rests on.
    pub(super) phrase: String,
    /// The name speaks of a company.
    pub(super) of_organisation: bool,
    /// The name speaks of people.
    pub(super) of_person: bool,
    /// The name speaks of whom one talks to at a company.
    pub(super) of_contact: bool,
    /// The name speaks of an animal.
    pub(super) of_animal: bool,
}

impl Reading {
    /// The category, where it says one.
    pub(super) fn category(&self) -> Option<Category> {
        match self.sense {
            Sense::Personal(category) => Some(category),
            _ => None,
        }
    }

    /// Whether it points at a person's row.
    pub(super) fn is_reference(&self) -> bool {
        self.sense == Sense::Reference
    }
}

/// A phrase found in the words of a name.
struct Match {
    start: usize,
    end: usize,
    phrase: String,
    meaning: Meaning,
}

impl Match {
    /// In words.
    fn length(&self) -> usize {
        self.end - self.start
    }

    /// Which of several phrases says what the column is: the longer; a strong one before a weak
    /// one (`avatar_external_url` is an avatar); a contact point before where it is
    /// (`tel_domicile`). Abbreviations are as good as one word: `tel_contacto` rests on `tel`.
    fn rank(&self) -> (usize, bool, bool, bool, bool) {
        use Category::{Email, FaxNumber, PhoneNumber};
        let is_contact_point =
            matches!(self.meaning.category, Some(Email | FaxNumber | PhoneNumber));
        let Meaning { weak, guessed, category } = self.meaning;
        // `observaciones_internas` are what people wrote.
        if category.is_none() && LEXICON.is(WordClass::Neutral, &self.phrase) {
            return (0, false, false, false, false);
        }
        // `cpr_barn` is a child's number.
        let own = category != Some(Category::Childrens);
        (if guessed { 1 } else { self.length() }, !weak, guessed, own, is_contact_point)
    }
}

/// Reads a name by itself.
pub(super) fn read(name: &str) -> Reading {
    read_in(name, &Surroundings::default())
}

/// Reads a column's name in its table.
pub(super) fn read_in(name: &str, surroundings: &Surroundings) -> Reading {
    let reading = read_words(&surroundings.words(name), surroundings);
    // `vzn_naam` beside `vzn_tel`, also where the prefix was left out; so is `zak` of `zak_jmeno` in `dochazka_zaku`.
    let is_somebody = |word: &String| surroundings.is_somebody(word) || names_person(word);
    let of_person = reading.of_person || words(name).iter().any(is_somebody);
    Reading { of_person, ..reading }
}

fn read_words(words: &[String], surroundings: &Surroundings) -> Reading {
    let is_organisation = |word: &String| LEXICON.role(word) == Some(Some(Role::Organisation));
    let of_person = words.iter().any(|word| names_person(word));
    let (sense, weak, phrase) = sense_of(words, surroundings, of_person);
    Reading {
        sense,
        weak,
        phrase,
        of_organisation: words.iter().any(is_organisation),
        of_person,
        of_contact: words.iter().any(|word| LEXICON.is(WordClass::Contact, word)),
        of_animal: words.iter().any(|word| LEXICON.is(WordClass::Animal, word)),
    }
}

/// What words say, whether it is weak, and on which of them it rests.
fn sense_of(
    words: &[String],
    surroundings: &Surroundings,
    of_person: bool,
) -> (Sense, bool, String) {
    let found = deciding_match(words);
    let category = found.as_ref().and_then(|found| found.meaning.category);
    let staff = staff_phrase(words);
    // What the agent wrote is not the agent.
    let prose = found.as_ref().is_some_and(|found| {
        let at_edge = found.start == 0 || found.end == words.len();
        at_edge && LEXICON.is(WordClass::Prose, &found.phrase)
    });
    // `owner_fullname` is a name.
    let in_full = found.as_ref().is_some_and(|found| found.phrase.starts_with("full"));
    if let Some(phrase) = staff
        && !(prose || in_full)
        && !category.is_some_and(of_whom_one_serves)
        && found.as_ref().is_none_or(|found| found.length() <= phrase.split('_').count())
    {
        return (Sense::Staff, false, phrase);
    }
    if words.last().is_some_and(|last| matches!(last.as_str(), "id" | "uuid" | "guid"))
        && (words.len() > 2
            || category == Some(Category::CookieIdentifier) && !of_person
            // `kezeles_id` of `kezeles` numbers the treatment.
            || category == Some(Category::Health))
        && repeats_table(words, surroundings)
    {
        return (Sense::Key, false, words.join("_"));
    }
    let refused = found.as_ref().is_some_and(|found| found.meaning.category.is_none());
    if !refused
        && let Some(phrase) =
            person_key(words, found.as_ref().is_some_and(|found| found.length() >= 2))
    {
        return (Sense::Reference, false, phrase);
    }
    let Some(found) = found else {
        return match own_key(words, surroundings) {
            true => (Sense::Key, false, words.join("_")),
            false if is_somebody(words, surroundings) => {
                (Sense::Personal(Category::Name), true, words.join("_"))
            }
            false => (Sense::Silent, false, String::new()),
        };
    };
    let Some(category) = category else {
        return (Sense::Property, false, found.phrase);
    };
    if found.meaning.weak && numbers_row(words, &found.phrase, category, surroundings) {
        return (Sense::Key, false, words.join("_"));
    }
    if is_property(words, &found, category) || is_on_journey(words, category) {
        return (Sense::Property, false, words.join("_"));
    }
    if found.meaning.weak && !beside_neutral_words(words, &found, surroundings) {
        return match own_key(words, surroundings) {
            true => (Sense::Key, false, words.join("_")),
            false => (Sense::Silent, false, String::new()),
        };
    }
    (Sense::Personal(category), found.meaning.weak, found.phrase)
}

/// Whether the name of a table speaks of this category. What may stand for a word is no word: `VSN`, `mobili`.
pub(super) fn is_about(table: &str, category: Category) -> bool {
    deciding_match(&words(table))
        .is_some_and(|found| !found.meaning.guessed && found.meaning.category == Some(category))
}

/// Whether a word of a table's name is of this class.
pub(super) fn is_of(table: &str, class: WordClass) -> bool {
    words(table).iter().any(|word| LEXICON.is(class, word))
}

/// The phrase that decides: the longest, or what stands after it where that is a whole of which
/// the name goes on to say the part (`billing_address_postalcode`).
fn deciding_match(words: &[String]) -> Option<Match> {
    let whole = longest_match(words, 0)?;
    let is_whole = matches!(
        whole.meaning.category,
        Some(Category::Address | Category::Contact | Category::Name | Category::Organization)
    );
    match longest_match(words, whole.end).filter(|part| part.meaning.category.is_some()) {
        // The `nom` of `resp_legal_nom` is whose it was said to be.
        Some(part) if is_whole && !is_same_name(&whole, &part) => Some(part),
        // `last_seen_ip` is one whatever it was kept for.
        Some(part) if part.meaning.category == Some(Category::IpAddress) => Some(part),
        _ if whole.meaning.category == Some(Category::Name) => {
            Some(contact_point_before(words, whole.start).unwrap_or(whole))
        }
        _ => Some(whole),
    }
}

/// Whether the part of a name that goes on says no more than the name itself.
fn is_same_name(whole: &Match, part: &Match) -> bool {
    let name = Some(Category::Name);
    whole.meaning.category == name
        && whole.length() > 1
        && part.meaning.category == name
        && part.meaning.weak
}

/// `tel_kontaktni_osoba` is the telephone of whom one talks to.
fn contact_point_before(words: &[String], end: usize) -> Option<Match> {
    use Category::{Email, FaxNumber, PhoneNumber};
    let found = longest_match(&words[..end], 0)?;
    let reaches = matches!(found.meaning.category, Some(Email | PhoneNumber | FaxNumber));
    (reaches && !found.meaning.guessed && found.end == end).then_some(found)
}

/// The longest phrase in the words; among equals the last, which in compounds is the head.
fn longest_match(words: &[String], from: usize) -> Option<Match> {
    let mut best: Option<Match> = None;
    for start in from..words.len() {
        let longest = (words.len() - start).min(LEXICON.longest_phrase);
        for length in (1..=longest).rev() {
            let end = start + length;
            let phrase = words[start..end].join("_");
            let Some(meaning) = LEXICON.column(&phrase) else { continue };
            let found = Match { start, end, phrase, meaning };
            if best.as_ref().is_none_or(|best| found.rank() >= best.rank()) {
                best = Some(found);
            }
            if !meaning.guessed {
                break;
            }
        }
    }
    best
}

/// `modified_by`, `owner_id`: the phrase that names the acting member of staff.
fn staff_phrase(words: &[String]) -> Option<String> {
    (0..words.len()).find_map(|start| {
        let longest = (words.len() - start).min(LEXICON.longest_phrase);
        let phrases = (1..=longest).map(|length| words[start..start + length].join("_"));
        phrases.into_iter().find(|phrase| LEXICON.is(WordClass::Staff, phrase))
    })
}

/// `najemca` of a contract, `first_witness`: only a word for people, who are called by their names;
/// but not the word that the table itself has for its rows.
fn is_somebody(words: &[String], surroundings: &Surroundings) -> bool {
    let (people, others): (Vec<&String>, Vec<&String>) =
        words.iter().partition(|word| LEXICON.is_person(word));
    let counts = words.iter().any(|word| LEXICON.is(WordClass::Key, word));
    people.len() == 1
        && !counts
        && !surroundings.repeats(people[0])
        && !LEXICON.is(WordClass::Colleague, people[0])
        && others.iter().all(|word| LEXICON.is(WordClass::Neutral, word))
}

/// Whether words outside the phrase turn the column into a statement about the datum.
fn is_property(words: &[String], found: &Match, category: Category) -> bool {
    // Whose address a subscriber confirmed from is an address all the same.
    // `num_telefono` is one telephone's, `num_phones` a count.
    let numbered = is_numbered(category) && !found.phrase.ends_with('s');
    let first_is_head = found.start > 0
        && LEXICON.is(WordClass::Head, &words[0])
        && !is_coded(category)
        && !matches!(category, Category::IpAddress | Category::FirstName | Category::LastName);
    let first_is_flag = found.start > 0
        && category != Category::IpAddress
        && !(numbered && LEXICON.is(WordClass::Key, &words[0]))
        && (LEXICON.is(WordClass::Flag, &words[0])
            || words[..found.start]
                .iter()
                .any(|word| matches!(word.as_str(), "num" | "nb" | "is")));
    let last = words.len() - 1;
    let last_is_property = found.end <= last && LEXICON.is(WordClass::Property, &words[last]);
    // `address_num` is the number of the house.
    let is_house = category == Category::Address
        && matches!(
            words[last].as_str(),
            "num" | "nr" | "no" | "nro" | "numero" | "number" | "nummer" | "cislo" | "szam"
        );
    // A gender's code or a smoker's status says the same as the datum, and an address of the
    // Internet Protocol is one whatever it was kept for.
    let says_the_same = match words[last].as_str() {
        "key" | "hash" | "value" if category == Category::Credentials => true,
        // `borndate` is a date.
        "date" | "day" | "month" | "year" if category == Category::DateOfBirth => true,
        // A salutation's code says the same, a payer's status does not.
        "status" | "stage" | "type" | "group" | "level" if category == Category::Name => false,
        "id" | "code" | "key" | "value" | "status" | "stage" | "class" | "type" | "category"
        | "group" | "level" | "lvl" | "cd" | "typ" | "tipo" | "kod" | "hours" | "days" => {
            is_coded(category)
        }
        // The day of an examination, until when it holds and what came of it.
        "until" | "since" | "expiry" | "expires" | "valid" | "validity" | "result" | "score"
        | "reason" | "percent" | "rate" | "jour" | "dag" | "duration" | "scad" | "scadenza"
        | "caducidad" | "vencimiento" | "validade" | "validez" | "validite" | "expiration"
        | "platnost" | "waznosc" | "gueltig" | "geldig" | "giltig" | "ervenyes" | "lejarat"
        | "voimassa" | "gyldig" | "lixi" | "expirare" => is_special(category),
        // `ssn_num` is the number itself.
        last => {
            is_house
                || category == Category::IpAddress
                || (numbered && LEXICON.is(WordClass::Key, last))
        }
    };
    // `cod_tel` is the key of a row of telephone numbers.
    let is_reference = found.start == 1
        && matches!(words[0].as_str(), "id" | "cod" | "codigo" | "codice" | "kod")
        && matches!(category, Category::PhoneNumber | Category::Address | Category::Email);
    first_is_flag || first_is_head || is_reference || (last_is_property && !says_the_same)
}

/// The town where a journey begins or ends is nobody's home.
fn is_on_journey(words: &[String], category: Category) -> bool {
    matches!(category, Category::City | Category::State | Category::Country)
        && words.iter().any(|word| LEXICON.is(WordClass::Journey, word))
}

fn beside_neutral_words(words: &[String], found: &Match, surroundings: &Surroundings) -> bool {
    let outside = words[..found.start].iter().chain(&words[found.end..]);
    let mut outside = outside.filter(|word| !LEXICON.is(WordClass::Vendor, word));
    // Whatever `transport_notes` are about, people wrote them.
    if found.meaning.category == Some(Category::PrivateContent)
        && (found.end == words.len() || found.start == 0)
        && LEXICON.is(WordClass::Prose, &found.phrase)
    {
        return outside.all(|word| {
            LEXICON.is(WordClass::Neutral, word)
                || LEXICON.column(word).is_none_or(|other| other.category.is_some())
        });
    }
    // `mail_collaboratore` is an address whoever that may be.
    if found.phrase == "mail" && (found.end == words.len() || found.start == 0) {
        let is_whose = |word: &String| word.len() > 3 && says_nothing(word);
        return outside.all(|word| is_whose(word) || LEXICON.is_person(word));
    }
    // Whatever opens with a token.
    if found.meaning.category == Some(Category::Credentials) && found.end == words.len() {
        return outside.all(|word| LEXICON.column(word).is_none());
    }
    let of_money = found.meaning.category == Some(Category::Financial) && !found.meaning.guessed;
    outside.all(|word| {
        LEXICON.is(WordClass::Neutral, word)
            || (of_money && LEXICON.is(WordClass::Amount, word))
            || LEXICON.is_person(word)
            || LEXICON.begins_person(word)
            || surroundings.repeats(word)
            || (surroundings.is_somebody(word) && !found.meaning.guessed)
            || LEXICON.column(word).is_some_and(|other| {
                other.category == found.meaning.category
                    // `naam_bedrijf` is a company's.
                    || (other.category == Some(Category::Name)
                        && found.meaning.category == Some(Category::Organization))
                    || (other.category == Some(Category::Address) && is_address_part(found))
            })
            || (is_coded_key(word) && found.meaning.category.is_some_and(is_coded))
    })
}

/// Whether a word is one for people, or short for one: `hozzatart` of `hozzatartozo`.
fn names_person(word: &str) -> bool {
    const TELLING: usize = 5;
    LEXICON.is_person(word) || (word.len() >= TELLING && LEXICON.begins_person(word))
}

/// Whether no dictionary knows a word, or only as one for people or a neutral one.
fn says_nothing(word: &str) -> bool {
    let known = LEXICON.knows(word) || LEXICON.column(word).is_some();
    !known || LEXICON.is(WordClass::Neutral, word) || LEXICON.is_person(word)
}

/// `direccion_estado` is a state whatever `estado` alone may be.
fn is_address_part(found: &Match) -> bool {
    use Category::{City, Country, PostalCode, State, Street};
    matches!(found.meaning.category, Some(Street | City | PostalCode | State | Country))
}

fn is_coded_key(word: &str) -> bool {
    matches!(word, "id" | "code")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_property_of_a_datum_is_not_the_datum() {
        for name in [
            "email_verified",
            "is_email_valid",
            "phone_type",
            "hasoptedoutofemail",
            "order_number",
            "acid_level",
            "academic_year_code",
            "tracking_code",
            "email_template_id",
            "donotemail",
            "file_name",
            "cod_tel",
        ] {
            assert_eq!(read(name).category(), None, "{name}");
        }
    }

    #[test]
    fn data_is_found_in_many_languages() {
        for (name, category) in [
            ("EmailAddress1", Category::Email),
            ("Geburtsdatum", Category::DateOfBirth),
            ("prénom", Category::FirstName),
            ("codice_fiscale", Category::NationalIdentifier),
            ("nr_telefonu", Category::PhoneNumber),
            ("διεύθυνση", Category::Address),
            ("last_login_ip", Category::IpAddress),
            ("billing_address_postalcode", Category::PostalCode),
            ("nameFirstName", Category::FirstName),
            ("gendercode", Category::Gender),
            ("xLinkPrimaryLinkUrl", Category::Url),
            ("next_of_kin_phone", Category::PhoneNumber),
            ("avatar_external_url", Category::SelfImage),
            ("contact_persoon", Category::Name),
            ("naam_bedrijf", Category::Organization),
            ("epileptico", Category::Health),
            ("emp_ssn_num", Category::NationalIdentifier),
            ("satphone", Category::PhoneNumber),
            ("disease_stage", Category::Health),
        ] {
            assert_eq!(read(name).category(), Some(category), "{name}");
        }
    }

    #[test]
    fn staff_and_references_are_told_apart() {
        assert_eq!(read("modified_by").sense, Sense::Staff);
        assert_eq!(read("assigned_user_id").sense, Sense::Staff);
        assert_eq!(read("contact_id").sense, Sense::Reference);
        assert_eq!(read("contactid").sense, Sense::Reference);
        assert_eq!(read("id").sense, Sense::Key);
        assert_eq!(read("ID_Klienta").sense, Sense::Reference);
        let own = Surroundings::of("pracownicy", std::iter::empty());
        assert_eq!(read_in("id_prac", &own).sense, Sense::Key);
        assert_eq!(read_in("id_biura", &own).sense, Sense::Silent);
    }
}
