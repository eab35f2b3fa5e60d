//! National identifiers of people, one per file, each with its check digits.

mod at_insurance;
mod be_national;
mod bg_egn;
mod ch_ahv;
mod cz_birth;
mod de_pension;
mod de_tax;
pub(super) mod digits;
mod dk_cpr;
mod ee_lt_code;
mod es_dni;
mod fi_hetu;
mod fr_nir;
mod gb_nhs;
mod gb_nino;
mod gr_amka;
mod hr_oib;
mod hu_tax;
mod ie_pps;
mod it_codice_fiscale;
mod nl_bsn;
mod no_birth;
mod pl_pesel;
mod pt_nif;
mod ro_cnp;
mod se_personnummer;
mod si_emso;

use serde::{Deserialize, Serialize};

/// Declares each identifier once: variant, its check, how it is called, and whether a value says
/// by itself what it is. Evident are those that chance passes less than once in a hundred
/// (a date or letters besides the check digits); for the others a column's name must speak.
macro_rules! identifiers {
    ($($name:ident, $module:ident, $words:literal, $evident:literal;)*) => {
        /// A kind of national identifier.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize,
        )]
        #[serde(rename_all = "snake_case")]
        pub enum NationalId {
            $(
                #[doc = $words]
                $name,
            )*
        }

        impl NationalId {
            /// Every kind.
            pub const ALL: &'static [NationalId] = &[$(NationalId::$name),*];

            /// How it is called.
            pub fn words(self) -> &'static str {
                match self { $(NationalId::$name => $words),* }
            }

            /// Whether a value says by itself that it is one.
            pub fn is_evident(self) -> bool {
                match self { $(NationalId::$name => $evident),* }
            }

            /// Whether a text is one; separators already left out, letters in upper case.
            pub fn is_valid(self, compact: &str) -> bool {
                match self { $(NationalId::$name => $module::is_valid(compact)),* }
            }
        }
    };
}

identifiers! {
    Austrian, at_insurance, "Austrian social insurance number", false;
    Belgian, be_national, "Belgian national register number", true;
    Bulgarian, bg_egn, "Bulgarian personal number", false;
    Swiss, ch_ahv, "Swiss AHV number", true;
    Czech, cz_birth, "Czech or Slovak birth number", false;
    GermanPension, de_pension, "German pension insurance number", true;
    GermanTax, de_tax, "German tax identification number", false;
    Danish, dk_cpr, "Danish CPR number", false;
    Baltic, ee_lt_code, "Estonian or Lithuanian personal code", true;
    Spanish, es_dni, "Spanish DNI or NIE", true;
    Finnish, fi_hetu, "Finnish personal identity code", true;
    French, fr_nir, "French NIR", true;
    BritishHealth, gb_nhs, "British NHS number", false;
    BritishInsurance, gb_nino, "British National Insurance number", true;
    Greek, gr_amka, "Greek AMKA", false;
    Croatian, hr_oib, "Croatian OIB", false;
    Hungarian, hu_tax, "Hungarian tax identification", false;
    Irish, ie_pps, "Irish PPS number", true;
    Italian, it_codice_fiscale, "Italian codice fiscale", true;
    Dutch, nl_bsn, "Dutch BSN", false;
    Norwegian, no_birth, "Norwegian birth number", true;
    Polish, pl_pesel, "Polish PESEL", false;
    Portuguese, pt_nif, "Portuguese NIF", false;
    Romanian, ro_cnp, "Romanian CNP", true;
    Swedish, se_personnummer, "Swedish personnummer", false;
    Yugoslav, si_emso, "EMSO or JMBG", true;
}

/// Longest identifier with its separators, in bytes.
const LONGEST: usize = 24;

/// Calls `pass` for each kind of identifier that a text is.
pub fn run(text: &str, mut pass: impl FnMut(NationalId)) {
    if text.len() > LONGEST || !text.is_ascii() || !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return;
    }
    let upper = text.to_ascii_uppercase();
    let compact: String = upper.chars().filter(|letter| !" -./".contains(*letter)).collect();
    for &id in NationalId::ALL {
        // The Finnish century sign is a hyphen.
        let text = if id == NationalId::Finnish { &upper } else { &compact };
        if id.is_valid(text) {
            pass(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_do_not_matter() {
        let mut found = Vec::new();
        run("15 070649 C 103", |id| found.push(id));
        run("131052-308t", |id| found.push(id));
        run("756.9217.0769.85", |id| found.push(id));
        assert_eq!(found, [NationalId::GermanPension, NationalId::Finnish, NationalId::Swiss]);
    }

    #[test]
    fn chance_seldom_passes_an_evident_identifier() {
        // A fixed sequence without a pattern, of each length that identifiers have.
        let mut state = 42_u64;
        for length in 8..=13_u32 {
            for id in NationalId::ALL.iter().filter(|id| id.is_evident()) {
                let mut passes = 0;
                for _ in 0..2000 {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    let body = (state >> 20) % (9 * 10_u64.pow(length - 1));
                    passes += u32::from(id.is_valid(&(body + 10_u64.pow(length - 1)).to_string()));
                }
                assert!(passes < 20, "{}: {passes} of 2000", id.words());
            }
        }
    }
}
