//! Names as grammar bends them: `Nowakowi`, `Nováka`, `Virtasen`, `Kovácsnak`, `Παπαδόπουλου`. A bent
//! form counts only beside another sign of a name.

use std::sync::LazyLock;

use super::words::{Class, Classes, classes_of};

/// Ends of words and what each means, by their last byte, so that few are compared.
pub(super) struct Suffixes<Meaning> {
    by_last: Vec<Vec<(String, Meaning)>>,
}

impl<Meaning> Suffixes<Meaning> {
    pub(super) fn of<'word>(endings: impl Iterator<Item = (&'word str, Meaning)>) -> Self {
        let mut by_last: Vec<Vec<(String, Meaning)>> = (0..=255).map(|_| Vec::new()).collect();
        for (ending, meaning) in endings {
            if let Some(&last) = ending.as_bytes().last() {
                by_last[usize::from(last)].push((ending.to_owned(), meaning));
            }
        }
        Suffixes { by_last }
    }

    /// What stands before each end that a word has, and its meaning.
    pub(super) fn stems<'word>(
        &self,
        word: &'word str,
    ) -> impl Iterator<Item = (&'word str, &Meaning)> {
        let last = word.as_bytes().last().map_or(0, |last| usize::from(*last));
        self.by_last[last]
            .iter()
            .filter_map(|(ending, meaning)| Some((word.strip_suffix(ending.as_str())?, meaning)))
    }
}

/// Ends of a bent form and what stands there in the list. Folded.
const ENDINGS: &[(&str, &str)] = &[
    // Polish.
    ("skiego", "ski"),
    ("skiemu", "ski"),
    ("skim", "ski"),
    ("skiej", "ska"),
    ("ckiego", "cki"),
    ("ckiemu", "cki"),
    ("ckim", "cki"),
    ("ckiej", "cka"),
    ("kiem", "ek"),
    ("ka", "ek"),
    ("kowi", "ek"),
    ("owi", ""),
    ("em", ""),
    ("iem", ""),
    ("a", ""),
    ("y", "a"),
    ("e", "a"),
    ("ie", "a"),
    ("i", "a"),
    ("u", ""),
    ("nie", "na"),
    ("rze", "ra"),
    ("ce", "ka"),
    ("dze", "ga"),
    ("cie", "ta"),
    ("zie", "da"),
    // Czech and Slovak.
    ("ovi", ""),
    ("ove", "ova"),
    ("ovou", "ova"),
    ("ou", "a"),
    ("eho", "y"),
    ("emu", "y"),
    ("ym", "y"),
    ("ka", "ek"),
    ("kem", "ek"),
    ("kovi", "ek"),
    ("le", "el"),
    ("la", "el"),
    ("ovej", "ova"),
    // Finnish.
    ("sen", "nen"),
    ("selle", "nen"),
    ("selta", "nen"),
    ("sta", "nen"),
    ("sella", "nen"),
    ("sesta", "nen"),
    ("n", ""),
    ("lle", ""),
    ("lla", ""),
    ("lta", ""),
    ("sta", ""),
    ("in", ""),
    ("ille", ""),
    ("an", "a"),
    // Hungarian.
    ("nak", ""),
    ("nek", ""),
    ("val", ""),
    ("vel", ""),
    ("nal", ""),
    ("nel", ""),
    ("tol", ""),
    ("hoz", ""),
    ("hez", ""),
    ("ert", ""),
    ("t", ""),
    ("ot", ""),
    ("et", ""),
    ("at", ""),
    ("rol", ""),
    ("anak", "a"),
    ("at", "a"),
    ("et", "e"),
    // Greek.
    ("ου", "οσ"),
    ("ου", "ησ"),
    ("ο", "οσ"),
    ("η", "ησ"),
    ("α", "ασ"),
    ("ασ", "α"),
    ("ησ", "η"),
    ("ε", "οσ"),
    // German, Dutch, Swedish, Danish, Norwegian.
    ("s", ""),
    ("ens", "e"),
    // Romanian.
    ("ului", ""),
    ("ei", "a"),
    ("iei", "ia"),
    ("ului", "u"),
];

/// Ends that only surnames have.
#[rustfmt::skip]
const SURNAMES: &[&str] = &[
    "owski", "owska", "ewski", "ewska", "inski", "inska", "ynski", "ynska", "wicz", "czyk", "owskiego",
    "owskiemu", "owskim", "owskiej", "wskiego", "wskiej", "inskiego", "inskiej", "wiczem", "wiczowi", "wicza",
    "ova", "ove", "ovou", "ovic", "evic", "ovsky", "ovska",
    "sson", "ssons", "sdottir", "sdotter", "gaard", "qvist", "kvist", "strom", "berg", "lund", "gren",
    "inen", "isen", "iselle", "ainen", "aisen",
    "escu", "eanu", "oiu",
    "opoulos", "opoulou", "idis", "idou", "akis", "aki", "οπουλοσ", "οπουλου", "οπουλο", "ιδησ", "ιδη", "ιδου",
    "ακησ", "ακη", "ελλησ", "αδησ", "αδη",
    "mann", "meier", "meyer", "maier", "bauer", "hofer", "huber", "stra", "sma",
];

static BY_LAST: LazyLock<Suffixes<&str>> = LazyLock::new(|| Suffixes::of(ENDINGS.iter().copied()));
static SURNAMES_BY_LAST: LazyLock<Suffixes<()>> =
    LazyLock::new(|| Suffixes::of(SURNAMES.iter().map(|ending| (*ending, ()))));

/// The classes of names that a folded word may be a bent form of.
pub(super) fn bent(folded: &str) -> Classes {
    let mut best = Classes::default();
    for (stem, base) in BY_LAST.stems(folded).filter(|(stem, _)| stem.len() >= 3) {
        let found = classes_of(stem, base);
        if found.has(Class::Surname) || found.has(Class::Given) {
            best = if best.has(Class::Given) { best } else { found };
        }
    }
    best
}

/// Whether a folded word ends as surnames do.
pub(super) fn ends_like_a_surname(folded: &str) -> bool {
    SURNAMES_BY_LAST.stems(folded).any(|(stem, ())| stem.chars().count() >= 2)
}
