//! What the words before a number say that it is.

use std::sync::LazyLock;

use super::super::fold::fold;
use super::hash::hash_of;
use super::scan::{Block, Kind, Token};
use super::words::{Class, Classes, Table, classes};

/// Words before a number in which one may say what it is.
const CONTEXT: usize = 7;

/// What the words just before a number say about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hint {
    None,
    Phone,
    /// Some number: of a telephone if it is written as one.
    Number,
    NationalId,
    Passport,
    Licence,
    Plate,
    Device,
    Cookie,
    /// An order, an invoice, an article: not a person's.
    Reference,
}

/// The nearest word that says something, within the line.
pub(super) fn hint(block: &Block, start: usize) -> Hint {
    let mut fallback = Hint::None;
    let before = block.tokens[..start].iter().rev().take_while(|token| token.kind != Kind::Line);
    let mut words = 0;
    let mut last_was_c = false;
    for token in before.take(4 * CONTEXT) {
        if !token.is_word() {
            continue;
        }
        words += 1;
        if words > CONTEXT {
            break;
        }
        let classes = classes(token);
        // `r. č.`: rodné číslo.
        let letter = if token.length() <= 2 { block.word(token) } else { "" };
        if last_was_c && matches!(letter, "r" | "R") {
            return Hint::NationalId;
        }
        last_was_c = matches!(letter, "č" | "Č" | "c" | "C");
        // `NI number`, `numer PESEL`: the word beside it says more.
        if classes.has(Class::Generic) && words <= 2 {
            fallback = Hint::Number;
            continue;
        }
        if !classes.meets(TELLING) {
            continue;
        }
        // A case or lot far before says nothing about this number.
        let says = |hint: Hint| hint != Hint::Reference || words <= 2;
        let hint = HINTS.iter().find(|(class, hint)| classes.has(*class) && says(*hint));
        if let Some(&(_, hint)) = hint {
            return hint;
        }
    }
    fallback
}

/// What each class of words says, the surest first.
const HINTS: [(Class, Hint); 8] = [
    (Class::Cookie, Hint::Cookie),
    (Class::Device, Hint::Device),
    (Class::Passport, Hint::Passport),
    (Class::Licence, Hint::Licence),
    (Class::NationalId, Hint::NationalId),
    (Class::Phone, Hint::Phone),
    (Class::Reference, Hint::Reference),
    (Class::Plate, Hint::Plate),
];

/// The classes above.
const TELLING: Classes = {
    let (mut classes, mut place) = ([HINTS[0].0; HINTS.len()], 0);
    while place < HINTS.len() {
        classes[place] = HINTS[place].0;
        place += 1;
    }
    Classes::of(&classes)
};

/// Whether a word that names a national identifier stands just before a number.
pub(super) fn names_an_identifier(block: &Block, start: usize) -> bool {
    let words = block.tokens[..start].iter().rev().take(8).take_while(|it| it.kind != Kind::Line);
    words.filter(|it| it.is_word()).take(3).any(|it| classes(it).has(Class::NationalId))
}

/// Words after which digits in groups reach somebody; alone they say too little for other numbers.
static REACHES: LazyLock<Table> = LazyLock::new(|| {
    table(
        "kontakt kontaktu kontakten kontaktowy kontaktowac kontaktujte kontaktovat kontaktirati kontaktnummer contacter joindre          contatto contattare contattatemi contattarla kapcsolat elerheto elerhetoseg επικοινωνια επικοινωνιασ επικοινωνησετε yhteys          yhteydenotto tavoitettavissa reach erreichen erreichbar bereiken bereikbaar nas traeffes dosazitelny localizable",
    )
});

/// What is done with a program, before the number of its version.
static RELEASES: LazyLock<Table> = LazyLock::new(|| {
    table(
        "crashed crashes crash upgraded upgrade upgrading downgraded downgrade rollback rolled reverted update updated release          released patched hotfix firmware abgesturzt absturz aktualisiert aktualisierung aktualisieren zuruckgerollt plante mise          retour actualizado actualizar actualizacion revertido aggiornato aggiornamento aggiornare ripristinato zaktualizowano          aktualizacja aktualizacji wycofano bijgewerkt teruggedraaid uppgraderad uppgraderat uppdaterad uppdatering kraschade          atualizado atualizacao revertida aktualizovano aktualizace aktualizaci actualizat actualizarea frissites frissitve          frissitettuk visszaallitva αναβαθμιση αναβαθμιστηκε ενημερωση εκδοση εκδοσησ paivitetty paivitys kaatui palautettu          opdateret opdatering opgraderet nedgraderet version versio versione wersja wersji versie verze verzi versiunea verzio build",
    )
});

fn table(words: &str) -> Table {
    let words = words.split_whitespace().map(|word| (hash_of(&fold(word)), 1));
    Table::of(&words.collect::<Vec<_>>())
}

/// The words before a token within its line, the nearest first.
fn words_before<'block>(block: &'block Block, start: usize) -> impl Iterator<Item = &'block Token> {
    let before = block.tokens[..start].iter().rev().take(12);
    before.take_while(|token| token.kind != Kind::Line).filter(|token| token.is_word())
}

/// `prosi o kontakt 512 773 908`.
pub(super) fn to_reach_somebody(block: &Block, start: usize) -> bool {
    const NEAR: usize = 3;
    let mut near = words_before(block, start).take(NEAR);
    near.any(|word| REACHES.bits(word.hash) != 0)
}

/// `rollback to 3.14.9.2`: four small numbers soon after a word for programs are a version, unless one for
/// machines of a network stands beside them.
pub(super) fn is_version(block: &Block, start: usize, text: &str) -> bool {
    const NEAR: usize = 4;
    let mut parts = text.split('.').map(str::parse::<u8>);
    let first = parts.next().is_some_and(|part| part.is_ok_and(|part| part < 24 && part != 10));
    if !first || !parts.all(|part| part.is_ok_and(|part| part < 100)) {
        return false;
    }
    let near: Vec<&Token> = words_before(block, start).take(NEAR).collect();
    let network = |word: &&Token| {
        let folded = block.folded(word);
        matches!(
            &*folded,
            "ip" | "ips" | "host" | "address" | "adresse" | "login" | "client" | "user"
        )
    };
    near.iter().any(|word| RELEASES.bits(word.hash) != 0) && !near.iter().any(network)
}

#[cfg(test)]
mod tests {
    use crate::engine::classify::text::spans;
    use crate::model::Category;

    fn categories(text: &str) -> Vec<Category> {
        spans(text).into_iter().map(|span| span.category).collect()
    }

    #[test]
    fn four_numbers_after_a_word_for_programs_are_a_version() {
        for text in [
            "rollback to 3.14.9.2",
            "App abgestürzt seit Update auf 4.12.0.7",
            "aggiornato a 5.2.1.8",
            "po aktualizacji do 2.11.3.1 nie działa",
            "päivitetty versioon 6.1.0.4",
        ] {
            assert_eq!(categories(text), [], "{text}");
        }
        for text in [
            "login from 81.2.69.142 after the update",
            "update failed, client ip 5.6.7.8",
            "visitor from 3.14.15.9 blocked",
        ] {
            assert_eq!(categories(text), [Category::IpAddress], "{text}");
        }
    }

    #[test]
    fn digits_after_a_word_for_reaching_somebody_are_a_telephone_number() {
        for text in ["prosi o kontakt 512 773 908", "kontakt 605 338 914, ráno"] {
            assert_eq!(categories(text), [Category::PhoneNumber], "{text}");
        }
        for text in
            ["kontakt w sprawie zamówienia 512 773 908", "kontakt 12 000 zł", "paleta 512 773 908"]
        {
            assert_eq!(categories(text), [], "{text}");
        }
    }

    #[test]
    fn a_letter_for_birth_counts_at_the_beginning_and_of_the_grown() {
        for text in
            ["s. 11.5.1962", "asiakas, s. 3.2.1958", "f. 12.03.1975", "ΑΜΚΑ, γεν. 12/08/1975"]
        {
            assert_eq!(categories(text), [Category::DateOfBirth], "{text}");
        }
        for text in ["ks. s. 12, 11.5.2023", "toimitus s. 11.5.2024", "rappel n. 3 du 04/06/2024"] {
            assert_eq!(categories(text), [], "{text}");
        }
    }
}
