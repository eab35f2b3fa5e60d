//! Countries' codes for telephone numbers.

/// What the numbering plans of the world assign: a line begins with the country's code, the country that it is
/// told by, and the prefix of long distance.
pub const NUMBERING_PLANS: &str = include_str!("../../policies/lexicons/numbering.txt");

/// Countries that have the code and plan of another one, which comes first.
const SHARED: [(&str, &str); 13] = [
    ("AU", "CC CX"),
    ("CW", "BQ"),
    ("FI", "AX"),
    ("GB", "GG IM JE UK"),
    ("GP", "BL MF"),
    ("GR", "EL"),
    ("IT", "VA"),
    ("MA", "EH"),
    ("NO", "BV SJ"),
    ("RE", "YT"),
    ("RU", "KZ"),
    ("SH", "TA"),
    ("US", "AG AI AS BB BM BS CA DM DO GD GU JM KN KY LC MP MS PR SX TC TT UM VC VG VI"),
];

/// The code of a country for telephone numbers (ITU-T E.164), such as 49.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallingCode(&'static str);

impl CallingCode {
    /// By the country's own code in capitals (ISO 3166-1 alpha-2).
    pub fn of(country: &str) -> Option<CallingCode> {
        let main = SHARED.iter().find(|(_, others)| others.split(' ').any(|it| it == country));
        let main = main.map_or(country, |(main, _)| main);
        NUMBERING_PLANS.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
            let (code, rest) = line.split_once(' ')?;
            // `001` stands for codes of no country.
            let is_it = main != "001" && rest.split(' ').next() == Some(main);
            is_it.then_some(CallingCode(code))
        })
    }

    /// Its digits.
    pub fn digits(self) -> &'static str {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_have_codes_and_some_share_them() {
        let code = |country| CallingCode::of(country).map(CallingCode::digits);
        assert_eq!([code("DE"), code("IT"), code("FR")], [Some("49"), Some("39"), Some("33")]);
        assert_eq!([code("CA"), code("US"), code("UK")], [Some("1"), Some("1"), Some("44")]);
        for wrong in ["de", "XX", "", "001", "49", "DEU"] {
            assert_eq!(code(wrong), None, "{wrong}");
        }
    }
}
