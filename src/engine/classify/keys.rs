//! Which columns are keys: of the row itself, or of a person's.

use super::lexicon::{LEXICON, WordClass};
use super::role::Role;
use super::surroundings::Surroundings;
use crate::model::Category;

/// `kind_nr` is the number of a child's row, or of a kind; `kod_pel` in `pelates` that of the row.
pub(super) fn numbers_row(
    words: &[String],
    phrase: &str,
    category: Category,
    surroundings: &Surroundings,
) -> bool {
    let is_key = |word: &str| LEXICON.is(WordClass::Key, word);
    let of_children = category == Category::Childrens
        && matches!(words, [_, key] if is_key(key))
        && !numbers_child(words);
    // `kh_kod` beside `kh_ulica` and `kh_miasto` is a postal code.
    let shared = words.iter().any(|word| surroundings.is_of_most(word));
    let of_row = is_key(phrase) && words.len() > 1 && repeats_table(words, surroundings);
    of_children || of_row && !shared
}

/// `contact_id`, `id_cliente`, `kundennummer`: a word for people beside a word for keys.
pub(super) fn person_key(words: &[String], taken: bool) -> Option<String> {
    if numbers_child(words) {
        return Some(words.join("_"));
    }
    let is_person = |word: &String| LEXICON.is_person(word);
    // `socio_n`
    let is_key =
        |word: &String| LEXICON.is(WordClass::Key, word) || words.len() == 2 && word == "n";
    // `num_employees` counts, `num_adherent` names.
    let counts = |pair: &[String]| {
        matches!(pair[0].as_str(), "num" | "number" | "no" | "numero" | "nombre" | "nb")
            && pair[1].ends_with('s')
    };
    let pair = words.windows(2).enumerate().find(|(start, pair)| {
        // `person_id_patient` and `id_contact_invoice` say in what part.
        let is_id = pair.iter().any(|word| word == "id") && !ends_in_property(words);
        let names_key =
            (is_person(&pair[0]) && is_key(&pair[1]) && (is_id || start + 2 == words.len()))
                || (is_key(&pair[0])
                    && !counts(pair)
                    && is_person(&pair[1])
                    && (words.len() == 2 || (is_id && *start == 0)));
        // `personal_number` and `caller_id_number` are phrases of their own.
        names_key && !taken
    });
    pair.map(|(_, pair)| pair.join("_"))
}

/// `kindnr`, `barn_nr`: what has a number is a child, also where the word means a kind elsewhere.
fn numbers_child(words: &[String]) -> bool {
    matches!(words, [child, number]
        if matches!(child.as_str(), "kind" | "barn")
            && matches!(number.as_str(), "nr" | "nummer" | "nmr"))
}

/// Whether the last word is one that says something about a datum, and no key.
fn ends_in_property(words: &[String]) -> bool {
    words.last().is_some_and(|last| {
        LEXICON.is(WordClass::Property, last) && !LEXICON.is(WordClass::Key, last)
    })
}

/// `id`, `rowid`, `external_id`, or `id_prac` in `pracownicy`: the key of the row itself.
pub(super) fn own_key(words: &[String], surroundings: &Surroundings) -> bool {
    const QUALIFIERS: [&str; 9] =
        ["row", "external", "internal", "legacy", "old", "record", "entity", "remote", "global"];
    match words {
        [key] => {
            matches!(
                key.as_str(),
                "id" | "uuid"
                    | "guid"
                    | "rowid"
                    | "uid"
                    | "pk"
                    | "oid"
                    | "sfid"
                    | "codigo"
                    | "codice"
                    | "no"
                    | "identifier"
            )
        }
        // `workspace_id` in `workspace_members` is that of the workspace.
        [body, _] if matches!(LEXICON.role(body), Some(Some(Role::Organisation | Role::Thing))) => {
            surroundings.ends_table(body)
        }
        [qualifier, key] => {
            QUALIFIERS.contains(&qualifier.as_str())
                && matches!(key.as_str(), "id" | "uuid" | "guid" | "key" | "ref")
                || repeats_table(words, surroundings)
        }
        _ => repeats_table(words, surroundings),
    }
}

/// A word for keys and others that only repeat the table's name.
pub(super) fn repeats_table(words: &[String], surroundings: &Surroundings) -> bool {
    let (keys, others): (Vec<&String>, Vec<&String>) =
        words.iter().partition(|word| LEXICON.is(WordClass::Key, word));
    let repeats =
        |word: &&String| surroundings.repeats(word) || surroundings.is_one_of_its_people(word);
    keys.len() == 1 && others.iter().all(repeats)
}
