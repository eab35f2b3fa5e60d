//! What the other columns of a table say about one of them.

use super::kind::Kind;
use super::lexicon::{LEXICON, WordClass};
use super::names::{self, Reading, Sense};
use super::role::{self, Role};
use super::words::words;
use crate::model::{Category, Table};

/// Readings in the light of those beside them.
pub(super) fn complete(readings: &mut [Reading], table: &Table) {
    for index in 0..readings.len() {
        if is_stray_number(readings, index) {
            readings[index] = Reading { sense: Sense::Silent, ..readings[index].clone() };
        }
    }
    let named = &table.name.name;
    if role::by_name(named) == Some(Role::Person) {
        readings.iter_mut().for_each(address_of_a_client);
    }
    if words(named).iter().any(|word| LEXICON.is_person(word)) && !role::is_fleet(named) {
        readings.iter_mut().for_each(number_in_a_register);
    }
    readings_of_clients(readings, table);
    readings_of_cards(readings, table);
    readings_of_wards(readings, table);
    complete_names(readings);
    complete_titles(readings);
    complete_insurers(readings, table);
    readings_of_trades(readings, table);
    complete_treatments(readings, table);
    complete_health(readings, table);
    complete_pay(readings, table);
    complete_pictures(readings, table);
    complete_positions(readings, table);
    complete_accounts(readings, table);
}

/// `reg_nr` beside `konto_nr`: the branch of the bank, as Danish and Norwegian accounts have it.
fn complete_accounts(readings: &mut [Reading], table: &Table) {
    const BRANCHES: [&str; 6] =
        ["regnr", "reg_nr", "regno", "reg_no", "registreringsnr", "reg_nummer"];
    let is_account = |it: &&Reading| {
        it.category() == Some(Category::BankAccount) && it.phrase.starts_with("kont")
    };
    let Some(account) = readings.iter().find(is_account).cloned() else { return };
    for (reading, column) in readings.iter_mut().zip(&table.columns) {
        if reading.sense == Sense::Silent && BRANCHES.contains(&column.name.to_lowercase().as_str())
        {
            *reading = account.clone();
        }
    }
}

/// `pickup_lon` beside `pickup_lat`, whatever `lon` means by itself.
fn complete_positions(readings: &mut [Reading], table: &Table) {
    const BREADTHS: [&str; 5] = ["breite", "breedte", "bredd", "bredde", "leveys"];
    let is_position = |it: &Reading| it.category() == Some(Category::PreciseLocation);
    if readings.iter().filter(|it| is_position(it)).count() == 1 {
        // How wide something is.
        for reading in readings.iter_mut().filter(|it| is_position(it)) {
            if BREADTHS.contains(&reading.phrase.as_str()) {
                reading.sense = Sense::Silent;
            }
        }
    }
    let names: Vec<String> = table.columns.iter().map(|it| it.name.to_lowercase()).collect();
    for index in 0..readings.len() {
        let Some(place) = names[index].strip_suffix("lat") else { continue };
        if readings[index].category() != Some(Category::PreciseLocation) {
            continue;
        }
        let latitude = readings[index].clone();
        for (reading, name) in readings.iter_mut().zip(&names) {
            let rest = name.strip_prefix(place);
            if rest.is_some_and(|rest| ["lon", "lng", "long"].contains(&rest)) {
                *reading = latitude.clone();
            }
        }
    }
}

/// `tratamiento` is how somebody is addressed, and beside a diagnosis how somebody is treated.
fn complete_treatments(readings: &mut [Reading], table: &Table) {
    const BOTH: [&str; 2] = ["tratamiento", "tratamento"];
    let named = names::is_about(&table.name.name, Category::Health);
    if !named && !readings.iter().any(|it| it.category() == Some(Category::Health)) {
        return;
    }
    for reading in readings.iter_mut().filter(|it| BOTH.contains(&it.phrase.as_str())) {
        reading.sense = Sense::Personal(Category::Health);
    }
}

/// Whether a table is one of patients.
fn is_of_patients(table: &Table) -> bool {
    const PATIENTS: [&str; 9] =
        ["patien", "pacien", "pazient", "pacjen", "doent", "beteg", "asthen", "potila", "ασθεν"];
    words(&table.name.name).iter().any(|word| PATIENTS.iter().any(|it| word.starts_with(it)))
}

/// `aseguradora` and `num_poliza` of a patient say who pays for the treatment.
fn complete_insurers(readings: &mut [Reading], table: &Table) {
    const INSURERS: [&str; 29] = [
        "insurer",
        "policy",
        "versicherer",
        "police",
        "assureur",
        "mutuelle",
        "aseguradora",
        "poliza",
        "polizza",
        "ubezpieczyciel",
        "polisa",
        "verzekeraar",
        "polis",
        "seguradora",
        "apolice",
        "pojistovna",
        "pojistka",
        "asigurator",
        "polita",
        "biztosito",
        "kotveny",
        "vakuutusyhtio",
        "forsakringsbolag",
        "forsikringsselskab",
        "polisnummer",
        "polisnr",
        "policenr",
        "policenummer",
        "kotvenyszam",
    ];
    if !is_of_patients(table) {
        return;
    }
    for (reading, column) in readings.iter_mut().zip(&table.columns) {
        let words = words(&column.name);
        let says = |word: &String| INSURERS.contains(&word.as_str());
        let alone = |word: &String| says(word) || LEXICON.is(WordClass::Key, word);
        if reading.sense == Sense::Silent && words.iter().any(says) && words.iter().all(alone) {
            reading.sense = Sense::Personal(Category::Health);
            reading.weak = true;
            reading.phrase = words.join("_");
        }
    }
}

/// A `title` beside what somebody's work is called, right before the given name or after the form of
/// address, is how somebody is addressed.
fn complete_titles(readings: &mut [Reading]) {
    const TITLES: [&str; 10] = [
        "title",
        "titel",
        "titre",
        "titul",
        "titulo",
        "titolo",
        "tytul",
        "titulus",
        "titlu",
        "τιτλοσ",
    ];
    const FORMS: [&str; 6] = ["anrede", "civilite", "aanhef", "tilltal", "osloveni", "tratamiento"];
    let of_work = |it: &Reading| it.category() == Some(Category::JobTitle);
    let is_title = |it: &Reading| of_work(it) && TITLES.contains(&it.phrase.as_str());
    let works = readings.iter().any(|it| of_work(it) && !it.weak);
    for index in 0..readings.len() {
        let phrase = readings[index].phrase.as_str();
        let follows = |it: usize| FORMS.contains(&readings[it].phrase.as_str());
        let after = index.checked_sub(1).is_some_and(follows);
        let next = readings.get(index + 1).and_then(Reading::category);
        let before = phrase == "title" && next == Some(Category::FirstName);
        if is_title(&readings[index]) && (works && phrase != "titel" || before || after) {
            readings[index].sense = Sense::Personal(Category::Name);
        }
    }
}

/// `ape` beside the number of a French establishment is its trade.
fn readings_of_trades(readings: &mut [Reading], table: &Table) {
    const ESTABLISHMENTS: [&str; 3] = ["siret", "siren", "naf"];
    let is_numbered = table.columns.iter().any(|column| {
        words(&column.name).iter().any(|word| ESTABLISHMENTS.contains(&word.as_str()))
    });
    for reading in readings.iter_mut().filter(|it| is_numbered && it.phrase == "ape") {
        reading.sense = Sense::Property;
    }
}

/// In a register of patients the department is where they lie, not where they work.
fn readings_of_wards(readings: &mut [Reading], table: &Table) {
    const DEPARTMENTS: [&str; 12] = [
        "department",
        "departement",
        "departamento",
        "abteilung",
        "afdeling",
        "avdelning",
        "reparto",
        "osasto",
        "oddeleni",
        "osztaly",
        "oddzial",
        "sectie",
    ];
    // The class of a pupil is called as departments are in Hungarian.
    let learns = |word: &String| word.starts_with("tanul") || word.starts_with("diak");
    if !(is_of_patients(table) || words(&table.name.name).iter().any(learns)) {
        return;
    }
    for reading in readings.iter_mut() {
        if reading.category() == Some(Category::JobTitle)
            && DEPARTMENTS.contains(&reading.phrase.as_str())
        {
            reading.sense = Sense::Property;
        }
    }
}

/// The number of the card of a patient or a reader is that of the row, and pays for nothing.
fn readings_of_cards(readings: &mut [Reading], table: &Table) {
    const READERS: [&str; 12] = [
        "borrower",
        "borrowers",
        "patron",
        "patrons",
        "reader",
        "readers",
        "leser",
        "czytelnicy",
        "ctenari",
        "lezers",
        "lanare",
        "olvasok",
    ];
    const CARDS: [&str; 14] = [
        "card_number",
        "cardnumber",
        "card_no",
        "kartennummer",
        "karten_nr",
        "numer_karty",
        "nr_karty",
        "cislo_karty",
        "kaartnummer",
        "kortnummer",
        "numero_tarjeta",
        "numero_carte",
        "numero_carta",
        "numar_card",
    ];
    let of_health = names::is_about(&table.name.name, Category::Health) || is_of_patients(table);
    let reads = words(&table.name.name).iter().any(|word| READERS.contains(&word.as_str()));
    let paid = readings.iter().filter(|it| it.category() == Some(Category::CreditCard)).count() > 1;
    if paid || !(of_health || reads) {
        return;
    }
    let is_plain = |reading: &&mut Reading| {
        reading.category() == Some(Category::CreditCard) && CARDS.contains(&reading.phrase.as_str())
    };
    for (reading, column) in readings.iter_mut().zip(&table.columns) {
        // `numer_karty_kredytowej` says of what card.
        if is_plain(&reading) && words(&column.name).join("_") == reading.phrase {
            reading.sense = Sense::Key;
        }
    }
}

/// A `matricula` is a car's plate, and of a student or an employee the number in the register.
fn number_in_a_register(reading: &mut Reading) {
    if reading.category() == Some(Category::VehicleRegistration) && reading.phrase == "matricula" {
        reading.sense = Sense::Key;
    }
}

/// `email_client` is a client's address in French and Romanian, and beside openings and clicks a program.
fn readings_of_clients(readings: &mut [Reading], table: &Table) {
    const OPENED: [&str; 8] =
        ["open", "opens", "opened", "click", "clicks", "clicked", "campaign", "agent"];
    let has = |category| readings.iter().any(|it| it.category() == Some(category));
    let opened = |name: &str| words(name).iter().any(|word| OPENED.contains(&word.as_str()));
    if has(Category::Email)
        || has(Category::DeviceIdentifier)
        || table.columns.iter().any(|column| opened(&column.name))
    {
        return;
    }
    for reading in readings.iter_mut().filter(|it| it.phrase == "email_client") {
        reading.sense = Sense::Personal(Category::Email);
    }
}

/// The `client_address` of a log is that of a machine, and in `clients` where they live.
fn address_of_a_client(reading: &mut Reading) {
    if reading.category() == Some(Category::IpAddress) && reading.phrase == "client_address" {
        reading.sense = Sense::Personal(Category::Address);
    }
}

/// Beside a column of given names, the only one that is called `nom` holds surnames; beside one of
/// surnames, `jmeno` holds given names.
fn complete_names(readings: &mut [Reading]) {
    const PLAIN: [&str; 16] = [
        "name",
        "nom",
        "nombre",
        "nome",
        "naam",
        "namn",
        "navn",
        "jmeno",
        "nume",
        "nev",
        "nimi",
        "onoma",
        "ονομα",
        "ime",
        "imie",
        "meno",
    ];
    // What somebody was called at birth is not what they are called.
    let has = |category| {
        let is_one = |it: &Reading| it.category() == Some(category) && !is_of_birth(&it.phrase);
        readings.iter().any(is_one)
    };
    let other = match (has(Category::FirstName), has(Category::LastName)) {
        (true, false) => Category::LastName,
        (false, true) => Category::FirstName,
        _ => return,
    };
    let is_plain = |reading: &Reading| {
        reading.category() == Some(Category::Name)
            && PLAIN.contains(&reading.phrase.as_str())
            && !reading.of_organisation
    };
    let mut plain: Vec<usize> = (0..readings.len()).filter(|&it| is_plain(&readings[it])).collect();
    // `nome` beside `genitore_nome`.
    let own: Vec<usize> = plain.iter().copied().filter(|&it| !readings[it].of_person).collect();
    if let ([_, _, ..], [_]) = (plain.as_slice(), own.as_slice()) {
        plain = own;
    }
    let given = readings.iter().filter(|reading| reading.category() == Some(Category::FirstName));
    // `nom1` beside `prenom1`, `nom2` beside `prenom2`.
    if plain.len() == 1 || plain.len() == given.count() {
        for index in plain {
            readings[index].sense = Sense::Personal(other);
            readings[index].weak = false;
        }
    }
}

/// Whether a phrase is one for the name that somebody had before: `geburtsname`, `nom_jeune_fille`.
fn is_of_birth(phrase: &str) -> bool {
    const STEMS: [&str; 30] = [
        "birth",
        "maiden",
        "former",
        "previous",
        "geb",
        "fruher",
        "madchen",
        "maedchen",
        "jeune",
        "naissance",
        "usage",
        "marital",
        "solter",
        "solteir",
        "casad",
        "nubile",
        "nascita",
        "sposata",
        "rod",
        "panien",
        "meisje",
        "geboorte",
        "flick",
        "fodelse",
        "fata",
        "leany",
        "szul",
        "γενοσ",
        "tytto",
        "pige",
    ];
    STEMS.iter().any(|stem| phrase.contains(stem))
}

/// `numero` is a house number beside a street or a town, and an invoice's number elsewhere.
fn is_stray_number(readings: &[Reading], index: usize) -> bool {
    const NEAR: usize = 2;
    let is_number = |reading: &Reading| {
        reading.weak
            && reading.category() == Some(Category::Street)
            && LEXICON.is(WordClass::Key, &reading.phrase)
    };
    let is_place = |reading: &Reading| {
        use Category::{Address, City, PostalCode, Street};
        matches!(reading.category(), Some(Street | City | PostalCode | Address))
            && !is_number(reading)
    };
    let near = index.saturating_sub(NEAR)..(index + NEAR + 1).min(readings.len());
    is_number(&readings[index]) && !readings[near].iter().any(is_place)
}

/// In a table about somebody's health, what people wrote under a name that says nothing is about it
/// as well: `subjective` beside `diagnosis` and `prescription`, `fumo` in `anamnesi`.
fn complete_health(readings: &mut [Reading], table: &Table) {
    const SEVERAL: usize = 3;
    let personal = |reading: &&Reading| reading.category().is_some();
    let health = readings.iter().filter(|it| it.category() == Some(Category::Health)).count();
    let mostly = health >= SEVERAL && health * 2 >= readings.iter().filter(personal).count();
    let named = names::is_about(&table.name.name, Category::Health);
    let refers = readings.iter().any(Reading::is_reference);
    if !refers || !(mostly || named) {
        return;
    }
    for (reading, column) in readings.iter_mut().zip(&table.columns) {
        let silent = reading.sense == Sense::Silent;
        let measured = matches!(Kind::of(column.type_oid), Kind::Text | Kind::Amount);
        if silent && measured && says_what_the_table_is_about(&column.name) {
            reading.sense = Sense::Personal(Category::Health);
            reading.weak = true;
            reading.phrase = "about health".to_owned();
        }
    }
}

/// The `amount` in a table of salaries is somebody's.
fn complete_pay(readings: &mut [Reading], table: &Table) {
    let name = &table.name.name;
    if !names::is_about(name, Category::Financial) || names::is_of(name, WordClass::Trade) {
        return;
    }
    for (reading, column) in readings.iter_mut().zip(&table.columns) {
        let number = matches!(Kind::of(column.type_oid), Kind::Amount | Kind::Integer);
        if reading.sense == Sense::Silent && number && is_amount(&column.name) {
            reading.sense = Sense::Personal(Category::Financial);
            reading.weak = false;
            reading.phrase = "amount".to_owned();
        }
    }
}

/// The bytes in a table of people's photographs are such.
fn complete_pictures(readings: &mut [Reading], table: &Table) {
    let refers = readings.iter().any(Reading::is_reference);
    if !refers || !names::is_about(&table.name.name, Category::SelfImage) {
        return;
    }
    for (reading, column) in readings.iter_mut().zip(&table.columns) {
        if reading.sense == Sense::Silent && Kind::of(column.type_oid) == Kind::Binary {
            reading.sense = Sense::Personal(Category::SelfImage);
            reading.weak = false;
            reading.phrase = "bytes".to_owned();
        }
    }
}

/// Whether a column's name has no word that speaks of keys, kinds, states, things or people: it may
/// hold whatever its table is about.
fn says_what_the_table_is_about(name: &str) -> bool {
    use WordClass::{Amount, Colleague, Flag, Head, Key, Property, Staff};
    // `DRKZ`, `SACHB`: letters of the house, of which nobody can tell what they stand for.
    let speaks = |word: &String| word.len() > 5 || LEXICON.knows(word);
    let words = words(name);
    (words.is_empty() || words.iter().any(speaks))
        && words.iter().all(|word| {
            let classes = [Key, Property, Flag, Head, Staff, Colleague, Amount];
            !classes.into_iter().any(|class| LEXICON.is(class, word))
                && LEXICON.role(word).flatten().is_none()
                && !LEXICON.is_person(word)
                && !["cost", "costs", "fee", "fees", "copay"].contains(&word.as_str())
        })
}

/// Whether a column's name speaks of an amount of money and of nothing else.
fn is_amount(name: &str) -> bool {
    let words = words(name);
    words.iter().any(|word| LEXICON.is(WordClass::Amount, word))
        && words
            .iter()
            .all(|word| LEXICON.is(WordClass::Amount, word) || LEXICON.is(WordClass::Neutral, word))
}
