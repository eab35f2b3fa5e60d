//! Names as grammar bends them: `Nowakowi`, `Nováka`, `Virtasen`, `Kovácsnak`, `Παπαδόπουλου`. A bent
//! form counts only beside another sign of a name.

use super::words::{Class, Classes, classes_of};

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

/// The classes of names that a folded word may be a bent form of.
pub(super) fn bent(folded: &str) -> Classes {
    let mut best = Classes::default();
    for (ending, base) in ENDINGS {
        let Some(stem) = folded.strip_suffix(ending) else { continue };
        if stem.len() < 3 {
            continue;
        }
        let found = classes_of(stem, base);
        if found.has(Class::Surname) || found.has(Class::Given) {
            best = if best.has(Class::Given) { best } else { found };
        }
    }
    best
}

/// Whether a folded word ends as surnames do.
pub(super) fn ends_like_a_surname(folded: &str) -> bool {
    SURNAMES
        .iter()
        .any(|ending| folded.strip_suffix(ending).is_some_and(|stem| stem.chars().count() >= 2))
}
