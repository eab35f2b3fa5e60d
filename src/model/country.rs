//! Countries, by their codes.

/// ISO 3166-1 alpha-2, with codes that are reserved or were withdrawn (3166-3): old records keep
/// them.
const CODES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI \
    BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY \
    CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN \
    GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH \
    KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO \
    MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL \
    PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV \
    SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN \
    VU WF WS YE YT ZA ZM ZW EU EL UK XK AC CP CQ DG EA IC SU TA UN AN BU CS DD DY FQ FX HV JT MI \
    NH NQ NT PC PU PZ RH TP VD WK YD YU ZR";

/// The Member States of the Union, those of the Agreement on the European Economic Area beside them, and
/// the outermost regions (TFEU Art. 349) and other parts with codes of their own.
const EEA: &str = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK \
    IS LI NO EU EL AX GF GP MF MQ RE YT EA IC";

/// A country by its code (ISO 3166-1 alpha-2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Country([u8; 2]);

impl Country {
    /// From its code in capitals.
    pub fn from_code(code: &str) -> Option<Country> {
        let code: [u8; 2] = code.as_bytes().try_into().ok()?;
        among(CODES, code).then_some(Country(code))
    }

    /// Its code.
    pub fn code(self) -> String {
        self.0.iter().map(|byte| char::from(*byte)).collect()
    }

    /// Every country.
    pub fn all() -> impl Iterator<Item = Country> {
        CODES.as_bytes().chunks(3).map(|code| Country([code[0], code[1]]))
    }

    /// Whether the GDPR holds there, so that data that goes there is not transferred to a third country.
    pub fn is_in_economic_area(self) -> bool {
        among(EEA, self.0)
    }
}

fn among(list: &str, code: [u8; 2]) -> bool {
    list.as_bytes().chunks(3).any(|listed| listed.starts_with(&code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_are_known_by_their_codes() {
        assert_eq!(Country::from_code("US").map(Country::code).as_deref(), Some("US"));
        for wrong in ["us", "XX", "U", "USA", "", "A ", " A"] {
            assert_eq!(Country::from_code(wrong), None, "{wrong:?}");
        }
        assert!(Country::all().all(|one| Country::from_code(&one.code()) == Some(one)));
    }

    #[test]
    fn the_economic_area_is_the_union_and_three_more() {
        let within = |code| Country::from_code(code).is_some_and(Country::is_in_economic_area);
        assert!(["DE", "IE", "IS", "LI", "NO", "HR", "RE"].into_iter().all(within));
        assert!(!["GB", "UK", "CH", "US", "GL", "FO", "SJ"].into_iter().any(within));
        assert!(EEA.as_bytes().chunks(3).all(|code| among(CODES, [code[0], code[1]])));
    }
}
