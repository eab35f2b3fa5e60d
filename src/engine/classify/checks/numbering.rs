//! Telephone numbers that numbering plans assign (ITU-T E.164 and the plan of each country): by how they
//! begin and how many digits they have then. The plans are those of libphonenumber, in
//! `policies/lexicons/numbering.txt`; `tests/texts/numbering.py` says how they come there.

use std::sync::LazyLock;

use crate::model::{CallingCode, NUMBERING_PLANS};

/// Digits after the country's code that a plan is told apart by.
const DEPTH: usize = 3;

/// What a country assigns.
struct Plan {
    /// The country's code.
    code: &'static str,
    /// What is dialled before a number within the country; empty for most without.
    trunk: &'static str,
    /// Beginnings in order, each with a bit for every number of digits that a whole number may have.
    beginnings: Vec<(&'static str, u16)>,
}

impl Plan {
    /// From a line of the file: `33 FR 0 9:1 2 3; 9,10:8`.
    fn of(line: &'static str) -> Option<Plan> {
        let mut parts = line.splitn(4, ' ');
        let (code, _region, trunk) = (parts.next()?, parts.next()?, parts.next()?);
        let groups = parts.next()?;
        let mut beginnings = Vec::new();
        for group in groups.split("; ") {
            let (lengths, prefixes) = group.split_once(':')?;
            let lengths = lengths.split(',').filter_map(|length| length.parse::<u32>().ok());
            let lengths = lengths.filter(|length| *length < 16).fold(0, |all, it| all | 1 << it);
            beginnings.extend(prefixes.split(' ').map(|prefix| (prefix, lengths)));
        }
        beginnings.sort_unstable();
        Some(Plan { code, trunk: trunk.trim_matches('-'), beginnings })
    }

    /// Whether a number without the country's code and without the trunk prefix is assigned.
    fn assigns(&self, number: &str) -> bool {
        let length = if number.len() < 16 { 1 << number.len() } else { 0 };
        (1..=DEPTH.min(number.len())).rev().any(|digits| {
            let beginning = self.beginnings.binary_search_by_key(&&number[..digits], |(it, _)| it);
            beginning.is_ok_and(|place| self.beginnings[place].1 & length != 0)
        })
    }
}

/// The plans by their codes, of which none begins another.
static PLANS: LazyLock<Vec<Plan>> = LazyLock::new(|| {
    let lines = NUMBERING_PLANS.lines().filter(|line| !line.starts_with('#'));
    let mut plans: Vec<Plan> = lines.filter_map(Plan::of).collect();
    plans.sort_unstable_by_key(|plan| plan.code);
    plans
});

/// Whether the digits of an international number, the country's code first, are assigned. The trunk
/// prefix may stand after the code, as in `+49 (0)30`.
pub fn is_assigned(digits: &str) -> bool {
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    (1..=3.min(digits.len())).any(|length| {
        let (code, number) = digits.split_at(length);
        let place = PLANS.binary_search_by_key(&code, |plan| plan.code);
        place.is_ok_and(|place| {
            let plan = &PLANS[place];
            let after_trunk = || number.strip_prefix(plan.trunk).filter(|_| plan.trunk == "0");
            plan.assigns(number) || after_trunk().is_some_and(|number| plan.assigns(number))
        })
    })
}

/// Whether a European country assigns a national number that begins with a zero, by trunk prefix or as
/// part of the number. Europe's are the codes of E.164's zones 3 and 4.
pub fn is_assigned_in_europe(digits: &str) -> bool {
    // Two zeros are the prefix of international numbers.
    let national = digits.starts_with('0') && !digits.starts_with("00");
    if !national || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let mut europe = PLANS.iter().filter(|plan| plan.code.starts_with(['3', '4']));
    europe.any(|plan| digits.strip_prefix(plan.trunk).is_some_and(|number| plan.assigns(number)))
}

/// The digits of a national number as it is dialled from abroad, the country's code first; `None` when it is
/// none of the country's. As libphonenumber reads it, the prefix of long distance may be missing, and so may
/// the `+` before the country's code.
pub fn in_full(home: CallingCode, digits: &str) -> Option<String> {
    let plan = PLANS.iter().find(|plan| plan.code == home.digits())?;
    let full = |number: &str| [plan.code, number].concat();
    if plan.trunk == "0"
        && let Some(number) = digits.strip_prefix(plan.trunk)
    {
        return Some(full(number));
    }
    let after = |prefix| digits.strip_prefix(prefix).filter(|number| plan.assigns(number));
    // Without a zero it is more often the country's code than a zero that was lost.
    let coded = || after(plan.code).map(full);
    let whole = || plan.assigns(digits).then(|| full(digits));
    let dialled = || after(plan.trunk).map(full);
    match plan.trunk {
        "0" => coded().or_else(whole),
        _ => whole().or_else(coded).or_else(dialled),
    }
}

/// The digits of an international number, the country's code first, without a trunk zero that is written
/// behind the code, as in `+49 (0)30`.
pub fn without_trunk(digits: &str) -> Option<String> {
    let plan = PLANS.iter().find(|plan| digits.starts_with(plan.code))?;
    let number = &digits[plan.code.len()..];
    let rest = number.strip_prefix('0').filter(|_| plan.trunk == "0")?;
    (!plan.assigns(number) && plan.assigns(rest)).then(|| [plan.code, rest].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_plan_and_codes_begin_no_other() {
        assert_eq!(
            NUMBERING_PLANS.lines().filter(|line| !line.starts_with('#')).count(),
            PLANS.len()
        );
        for pair in PLANS.windows(2) {
            assert!(!pair[1].code.starts_with(pair[0].code), "{}", pair[1].code);
        }
        assert!(PLANS.iter().all(|plan| !plan.beginnings.is_empty() && plan.code.len() <= 3));
    }

    /// One of every state whose identifiers are known, and of Canada and the United States.
    #[test]
    fn numbers_of_each_country_are_assigned() {
        for digits in [
            "436641234567",
            "3225551234",
            "35929876543",
            "41446681800",
            "35722345678",
            "420601123456",
            "4930901820",
            "4520123456",
            "3725123456",
            "34612345678",
            "358401234567",
            "33142685300",
            "302101234567",
            "38514567890",
            "36301234567",
            "353871234567",
            "3545812345",
            "390612345678",
            "37061234567",
            "352621123456",
            "37121234567",
            "35621234567",
            "31612345678",
            "4740612345",
            "48601234567",
            "351912345678",
            "40722123456",
            "46701234567",
            "38640123456",
            "421901123456",
            "442079460958",
            "12125550123",
            "16135550123",
            "4930030901820",
        ] {
            assert!(is_assigned(digits), "{digits}");
        }
    }

    #[test]
    fn one_number_is_one_however_it_is_dialled() {
        for (country, full, spellings) in [
            ("DE", "491512340370", ["01512340370", "1512340370", "491512340370"]),
            ("AT", "436641234567", ["06641234567", "6641234567", "436641234567"]),
            ("GB", "442079460958", ["02079460958", "2079460958", "442079460958"]),
            ("IT", "390612345678", ["0612345678", "390612345678", "0612345678"]),
            ("IT", "393331234567", ["3331234567", "393331234567", "3331234567"]),
            ("ES", "34612345678", ["612345678", "34612345678", "612345678"]),
            ("CI", "2250701020304", ["0701020304", "2250701020304", "0701020304"]),
            ("US", "12125550123", ["2125550123", "12125550123", "2125550123"]),
            ("RU", "79121234567", ["89121234567", "9121234567", "79121234567"]),
            ("HU", "36301234567", ["06301234567", "301234567", "36301234567"]),
        ] {
            let home = CallingCode::of(country).unwrap();
            for digits in spellings {
                assert_eq!(in_full(home, digits).as_deref(), Some(full), "{country} {digits}");
            }
        }
        assert_eq!(in_full(CallingCode::of("ES").unwrap(), "112"), None);
        assert_eq!(without_trunk("4901512340370").as_deref(), Some("491512340370"));
        for same in ["491512340370", "390612345678", "2250701020304", "210887766554", ""] {
            assert_eq!(without_trunk(same), None, "{same}");
        }
    }

    #[test]
    fn what_no_plan_has_is_refused() {
        for digits in [
            // No such code, no such beginning, too long, too short.
            "210887766554",
            "2101234567",
            "33042685300",
            "331426853001",
            "3361234567",
            "4512345678901",
            "34112345678",
            "48123",
            "1012555012",
            "",
            "0",
            "49",
            "12125550123x",
        ] {
            assert!(!is_assigned(digits), "{digits}");
        }
    }

    #[test]
    fn national_numbers_of_europe_begin_with_their_prefix() {
        for digits in ["030901820", "0142685300", "02079460958", "0612345678", "0722123456"] {
            assert!(is_assigned_in_europe(digits), "{digits}");
        }
        for digits in ["00421234567", "1042685300", "0", "", "0000012345678"] {
            assert!(!is_assigned_in_europe(digits), "{digits}");
        }
    }
}
