//! "Did you mean …?"

/// Words listed at most; of more, the nearest.
const LISTED: usize = 16;

/// A sentence that names the nearest known word, when one is near, and lists what is allowed.
pub fn among(word: &str, known: &[&str]) -> String {
    let allowed = match known.len() {
        0 => "there is none to choose from".to_owned(),
        1..=LISTED => format!("allowed: {}", list(known)),
        many => {
            let letters: Vec<char> = word.to_lowercase().chars().collect();
            let mut nearest = known.to_vec();
            nearest.sort_by_key(|candidate| distance(&letters, candidate));
            let rest = many - LISTED;
            format!("allowed: {} and {rest} more", list(&nearest[..LISTED]))
        }
    };
    match nearest(word, known) {
        Some(near) => format!("did you mean `{near}`? {allowed}"),
        None => allowed,
    }
}

/// The words, separated by commas.
pub fn list(words: &[&str]) -> String {
    words.join(", ")
}

/// The known word with the fewest edits, when those are few for its length.
pub fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let word: Vec<char> = word.to_lowercase().chars().collect();
    let scored = known.iter().map(|candidate| (distance(&word, candidate), *candidate));
    let (edits, nearest) = scored.min_by_key(|(edits, _)| *edits)?;
    (edits <= word.len().max(3) / 3).then_some(nearest)
}

/// Edits between two words: insertions, deletions, replacements and swaps of neighbours
/// (optimal string alignment).
fn distance(word: &[char], candidate: &str) -> usize {
    let candidate: Vec<char> = candidate.to_lowercase().chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut previous: Vec<usize> = (0..=candidate.len()).collect();
    for (i, letter) in word.iter().enumerate() {
        let mut current = vec![i + 1];
        for (j, other) in candidate.iter().enumerate() {
            let replaced = previous[j] + usize::from(letter != other);
            let mut edits = replaced.min(previous[j + 1] + 1).min(current[j] + 1);
            if i > 0 && j > 0 && word[i - 1] == *other && candidate[j - 1] == *letter {
                edits = edits.min(before[j - 1] + 1);
            }
            current.push(edits);
        }
        before = std::mem::replace(&mut previous, current);
    }
    previous[candidate.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_recognised() {
        let known = ["email", "sms", "phone", "contact_points"];
        assert_eq!(nearest("emial", &known), Some("email"));
        assert_eq!(nearest("Phone", &known), Some("phone"));
        assert_eq!(nearest("contact_point", &known), Some("contact_points"));
        assert_eq!(nearest("fax", &known), None);
        assert_eq!(nearest("", &[]), None);
    }

    #[test]
    fn the_allowed_words_are_listed_either_way() {
        assert_eq!(among("smss", &["email", "sms"]), "did you mean `sms`? allowed: email, sms");
        assert_eq!(among("pigeon", &["email", "sms"]), "allowed: email, sms");
        assert_eq!(among("pigeon", &[]), "there is none to choose from");
    }

    #[test]
    fn of_many_words_the_nearest_are_listed() {
        let words: Vec<String> = (0..40).map(|number| format!("word {number}")).collect();
        let known: Vec<&str> = words.iter().map(String::as_str).collect();
        let sentence = among("word 39", &known);
        assert!(sentence.contains("word 39,") && sentence.ends_with("and 24 more"), "{sentence}");
    }
}
