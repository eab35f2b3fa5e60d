//! The words of a name, however they were written as one.

use super::fold::fold_into;
use super::lexicon::{LEXICON, WordClass};

/// Names longer than this are not read further: PostgreSQL's own limit is 63 bytes. Comments are
/// read as far.
const LONGEST_NAME: usize = 128;

/// The words of a name: split at separators, at changes of case and at digits, folded, taken
/// apart where several known words are written as one; digits, vendor prefixes and the particles
/// between words left out.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    if is_numbered_field(name) {
        return words;
    }
    let pieces = pieces(name);
    // Beside a Greek word, one that is known in Latin letters is Greek as well.
    let greek = pieces.iter().any(|piece| LEXICON.heard(piece).is_some());
    for piece in pieces {
        let heard = if greek { LEXICON.sounds_like(&piece) } else { None };
        if let Some(greek) = heard {
            words.push(greek.to_owned());
            continue;
        }
        match split_compound(&piece) {
            Some(parts) => words.extend(parts),
            None => words.push(respelt(&piece).unwrap_or(piece)),
        }
    }
    let prefixes = words.iter().take_while(|word| LEXICON.is(WordClass::Vendor, word)).count();
    // `cf_dipendente` is an employee's tax code: what only names people says nothing by itself.
    let says_nothing =
        words[prefixes.min(words.len())..].iter().all(|word| LEXICON.is_person(word));
    let means = |word: &String| LEXICON.column(word).is_some();
    // `c_op` is the number of an identity card, and no `op` under a prefix.
    let is_phrase = LEXICON.is_phrase(&without_particles(words.clone()));
    if !(is_phrase || says_nothing && words.first().is_some_and(means)) {
        words.drain(..prefixes.min(words.len().saturating_sub(1)));
    }
    // Salesforce marks its custom fields with `__c`, those of its person accounts with `__pc`.
    let is_custom = name.ends_with("__c") || name.ends_with("__pc");
    if is_custom && words.len() > 1 {
        words.pop();
    }
    without_particles(words)
}

/// `cf_101`, `f17`: a field that somebody added, whatever the letters mean elsewhere.
pub(super) fn is_numbered_field(name: &str) -> bool {
    let number = name.trim_start_matches(|letter: char| letter.is_ascii_alphabetic());
    let letters = name.len() - number.len();
    let digits = number.strip_prefix('_').unwrap_or(number);
    (1..=3).contains(&letters)
        && digits.len() >= 2
        && !digits.starts_with('0')
        && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// `fecha_de_nacimiento` is `fecha_nacimiento`.
pub(super) fn without_particles(words: Vec<String>) -> Vec<String> {
    let last = words.len().saturating_sub(1);
    let inner = |index: usize| index > 0 && index < last;
    let kept = words
        .into_iter()
        .enumerate()
        .filter(|(index, word)| !(inner(*index) && (PARTICLES.contains(&word.as_str()))));
    kept.map(|(_, word)| word).collect()
}

/// Articles and prepositions that stand between the words of a name.
const PARTICLES: [&str; 38] = [
    "a", "au", "ao", "av", "da", "das", "de", "degli", "dei", "del", "della", "delle", "den",
    "der", "des", "di", "do", "dos", "du", "e", "el", "et", "het", "i", "la", "le", "les", "na",
    "no", "of", "och", "og", "os", "the", "van", "von", "w", "y",
];

/// Particles that stand within names written as one, never at their ends.
const JOINTS: [&str; 5] = ["da", "de", "di", "du", "of"];

/// `geschaeft` is `geschäft`, `koeln` is `köln`: a word that is known without its second vowel, with
/// one letter written otherwise, or with an unknown short ending (`adresseliv`).
fn respelt(word: &str) -> Option<String> {
    if LEXICON.knows(word) {
        return None;
    }
    let pairs = [("ae", "a"), ("oe", "o"), ("ue", "u"), ("aa", "a")];
    let mut candidates = pairs.iter().map(|(pair, letter)| word.replace(pair, letter));
    let known = candidates.find(|it| it.len() < word.len() && LEXICON.knows(it));
    let otherwise = || {
        let stem = without_link(word);
        stem.or_else(|| LEXICON.misspelt(word))
            .or_else(|| LEXICON.beginning(word))
            .or_else(|| LEXICON.head(word))
    };
    known.or_else(|| otherwise().map(str::to_owned))
}

pub(super) fn pieces(name: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut piece = String::new();
    let characters: Vec<char> = name.chars().take(LONGEST_NAME).collect();
    for (index, &character) in characters.iter().enumerate() {
        let previous = index.checked_sub(1).map(|before| characters[before]);
        let next = characters.get(index + 1);
        let rises = character.is_uppercase()
            && (previous.is_some_and(char::is_lowercase)
                || (previous.is_some_and(char::is_uppercase)
                    && next.is_some_and(|next| next.is_lowercase())));
        if !character.is_alphabetic() || rises {
            flush(&mut piece, &mut pieces);
        }
        if character.is_alphabetic() {
            fold_into(character, &mut piece);
        }
    }
    flush(&mut piece, &mut pieces);
    pieces
}

fn flush(piece: &mut String, pieces: &mut Vec<String>) {
    if !piece.is_empty() {
        pieces.push(std::mem::take(piece));
    }
}

/// Takes a word apart into the fewest known words, `donotbulkemail` into four; `None` when it is
/// known itself or does not come apart completely.
fn split_compound(word: &str) -> Option<Vec<String>> {
    if LEXICON.knows(word) || word.len() < 5 {
        return None;
    }
    let boundaries: Vec<usize> =
        word.char_indices().map(|(index, _)| index).chain([word.len()]).collect();
    // best[i]: fewest words that cover the first i characters, and where the last of them starts.
    let mut best: Vec<Option<(usize, usize)>> = vec![None; boundaries.len()];
    best[0] = Some((0, 0));
    for end in 1..boundaries.len() {
        for start in 0..end {
            let Some((count, _)) = best[start] else { continue };
            let part = &word[boundaries[start]..boundaries[end]];
            let better = best[end].is_none_or(|(fewest, _)| count + 1 < fewest);
            // `divisionid` is no `di_vision_id`.
            let at_edge = start == 0 || end + 1 == boundaries.len();
            if better && is_part(part) && !(at_edge && JOINTS.contains(&part)) {
                best[end] = Some((count + 1, start));
            }
        }
    }
    let mut parts = Vec::new();
    let mut end = boundaries.len() - 1;
    while end > 0 {
        let (_, start) = best[end]?;
        let part = &word[boundaries[start]..boundaries[end]];
        parts.push(if LEXICON.knows(part) { part } else { without_link(part)? }.to_owned());
        end = start;
    }
    parts.reverse();
    Some(parts)
}

/// `medlem` of `medlemsnummer`, `kontakt` of `kontaktenummer`: Germanic compounds are joined with
/// an s, n or e.
fn without_link(part: &str) -> Option<&str> {
    let links = ["s", "n", "e", "en", "es"];
    let mut stems = links.iter().filter_map(|link| part.strip_suffix(link));
    stems.find(|stem| stem.len() > 3 && LEXICON.knows(stem))
}

/// Short words are everywhere by accident; only those of the class `part` are taken.
fn is_part(part: &str) -> bool {
    match part.len() {
        0 | 1 => false,
        2 | 3 => LEXICON.is(WordClass::Part, part),
        _ => LEXICON.knows(part) || without_link(part).is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_apart_however_they_are_written() {
        for (name, expected) in [
            ("emailsPrimaryEmail", vec!["emails", "primary", "email"]),
            ("msdyn_gdproptout", vec!["gdpr", "optout"]),
            ("address1_line1", vec!["address", "line"]),
            ("hs_email_domain", vec!["email", "domain"]),
            ("MailingPostalCode", vec!["mailing", "postal", "code"]),
            ("mailingpostalcode", vec!["mailing", "postalcode"]),
            ("donotbulkemail", vec!["do", "not", "bulk", "email"]),
            ("HTTPServerName", vec!["http", "server", "name"]),
            ("Favourite_Colour__c", vec!["favourite", "colour"]),
            ("fecha_de_nacimiento", vec!["fecha", "nacimiento"]),
            ("Kundenstrasse", vec!["kunden", "strasse"]),
            ("acid", vec!["acid"]),
            ("comunediresidenza", vec!["comune", "residenza"]),
            ("divisionid", vec!["division", "id"]),
        ] {
            assert_eq!(words(name), expected, "{name}");
        }
    }
}
