//! National identifiers of people, one per file, each with its source, its check and what is known
//! of it.

mod at_insurance;
mod at_tax;
mod be_national;
mod bg_egn;
mod bg_lnch;
mod ch_ahv;
mod cy_tax;
mod cz_birth;
mod de_health;
mod de_id_card;
mod de_pension;
mod de_tax;
pub(super) mod digits;
mod dk_cpr;
mod ee_lt_code;
mod es_dni;
mod fi_hetu;
mod fr_nir;
mod fr_tax;
mod gb_nhs;
mod gb_nino;
mod gb_tax;
mod gr_amka;
mod gr_tax;
mod hr_oib;
mod hu_health;
mod hu_personal;
mod hu_tax;
mod identifier;
mod ie_pps;
mod is_kennitala;
mod it_codice_fiscale;
mod lu_matricule;
mod lv_code;
mod mt_id;
mod nl_bsn;
mod no_birth;
mod pl_id_card;
mod pl_pesel;
mod pt_card;
mod pt_nif;
mod ro_cnp;
mod se_personnummer;
mod si_emso;
mod si_tax;

use serde::{Deserialize, Serialize};

pub use identifier::Identifier;

/// Declares each kind of identifier once. Profiles in the store name a kind by its place, so a new
/// one is appended.
macro_rules! identifiers {
    ($($name:ident, $module:ident, $words:literal;)*) => {
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

            /// What is known of it.
            pub const fn about(self) -> &'static Identifier {
                match self { $(NationalId::$name => &$module::ABOUT),* }
            }

            /// How it is called in English, for explanations.
            pub fn words(self) -> &'static str {
                match self { $(NationalId::$name => $words),* }
            }

            /// Whether a text is one; separators already left out, letters in upper case.
            pub fn is_valid(self, compact: &str) -> bool {
                compact.is_ascii() && match self {
                    $(NationalId::$name => $module::is_valid(compact)),*
                }
            }
        }

        /// The lengths of each kind, by place.
        const LENGTHS: &[u64] = &[$($module::ABOUT.lengths()),*];
    };
}

identifiers! {
    Austrian, at_insurance, "Austrian social insurance number";
    Belgian, be_national, "Belgian national register number";
    Bulgarian, bg_egn, "Bulgarian personal number";
    Swiss, ch_ahv, "Swiss AHV number";
    Czech, cz_birth, "Czech or Slovak birth number";
    GermanPension, de_pension, "German pension insurance number";
    GermanTax, de_tax, "German tax identification number";
    Danish, dk_cpr, "Danish CPR number";
    Baltic, ee_lt_code, "Estonian or Lithuanian personal code";
    Spanish, es_dni, "Spanish DNI, NIE or NIF";
    Finnish, fi_hetu, "Finnish personal identity code";
    French, fr_nir, "French NIR";
    BritishHealth, gb_nhs, "British NHS number";
    BritishInsurance, gb_nino, "British National Insurance number";
    Greek, gr_amka, "Greek AMKA";
    Croatian, hr_oib, "Croatian OIB";
    Hungarian, hu_tax, "Hungarian tax identification";
    Irish, ie_pps, "Irish PPS number";
    Italian, it_codice_fiscale, "Italian codice fiscale";
    Dutch, nl_bsn, "Dutch BSN";
    Norwegian, no_birth, "Norwegian birth number";
    Polish, pl_pesel, "Polish PESEL";
    Portuguese, pt_nif, "Portuguese NIF";
    Romanian, ro_cnp, "Romanian CNP";
    Swedish, se_personnummer, "Swedish personnummer";
    Yugoslav, si_emso, "EMŠO or JMBG";
    AustrianTax, at_tax, "Austrian tax number";
    BulgarianForeigner, bg_lnch, "Bulgarian number of a foreigner";
    Cypriot, cy_tax, "Cypriot tax identification code";
    GermanHealth, de_health, "German health insurance number";
    GermanCard, de_id_card, "German identity card number";
    FrenchTax, fr_tax, "French tax number";
    BritishTax, gb_tax, "British UTR";
    GreekTax, gr_tax, "Greek AFM";
    HungarianHealth, hu_health, "Hungarian TAJ number";
    HungarianPersonal, hu_personal, "Hungarian personal identifier";
    Icelandic, is_kennitala, "Icelandic kennitala";
    Luxembourgish, lu_matricule, "Luxembourgish matricule";
    Latvian, lv_code, "Latvian personal code";
    Maltese, mt_id, "Maltese identity card number";
    PolishCard, pl_id_card, "Polish identity card number";
    PortugueseCard, pt_card, "Portuguese citizen card number";
    SlovenianTax, si_tax, "Slovenian tax number";
}

impl NationalId {
    /// How the people who have it call it: folded, words divided by single spaces.
    pub fn keywords(self) -> &'static [&'static str] {
        self.about().keywords
    }

    /// Whether a value says by itself that it is one.
    pub fn is_evident(self) -> bool {
        self.about().evident
    }

    /// How many of a thousand random texts of the same shape pass, rounded up.
    pub fn chance(self) -> u16 {
        self.about().chance
    }

    /// Countries that give it, ISO 3166-1 alpha-2.
    pub fn countries(self) -> &'static [&'static str] {
        self.about().countries
    }
}

/// Longest identifier with its separators, in bytes.
const LONGEST: usize = 24;

/// A text in one of the two spellings that identifiers are checked in, without an allocation.
struct Spelling {
    bytes: [u8; LONGEST],
    length: usize,
}

impl Spelling {
    fn of(text: &str, keeps: impl Fn(u8) -> bool) -> Spelling {
        let mut spelling = Spelling { bytes: [0; LONGEST], length: 0 };
        for byte in text.bytes().filter(|byte| keeps(*byte)) {
            spelling.bytes[spelling.length] = byte.to_ascii_uppercase();
            spelling.length += 1;
        }
        spelling
    }

    fn text(&self) -> &str {
        core::str::from_utf8(&self.bytes[..self.length]).unwrap_or_default()
    }
}

/// A bit for each kind, by place.
type Kinds = u64;

/// The kinds of each bit of [`Identifier::lengths`].
const KINDS: [Kinds; 64] = {
    let (mut kinds, mut place) = ([0; 64], 0);
    while place < LENGTHS.len() {
        let mut length = 0;
        while length < 64 {
            kinds[length] |= (LENGTHS[place] >> length & 1) << place;
            length += 1;
        }
        place += 1;
    }
    kinds
};

const EVIDENT: Kinds = {
    let (mut kinds, mut place) = (0, 0);
    while place < NationalId::ALL.len() {
        kinds |= (NationalId::ALL[place].about().evident as Kinds) << place;
        place += 1;
    }
    kinds
};

/// Kinds whose hyphen is a sign and no separator: the Finnish century.
const KEEP_HYPHEN: Kinds = 1 << NationalId::Finnish as Kinds;

/// Calls `pass` for each kind of identifier that a text is.
pub fn run(text: &str, pass: impl FnMut(NationalId)) {
    run_among(Kinds::MAX, text, pass);
}

/// Whether a text is an identifier of any kind, or of one that says so by itself.
pub fn is_any(text: &str, only_evident: bool) -> bool {
    let mut found = false;
    run_among(if only_evident { EVIDENT } else { Kinds::MAX }, text, |_| found = true);
    found
}

fn run_among(among: Kinds, text: &str, mut pass: impl FnMut(NationalId)) {
    let Some(lengths) = Lengths::of(text) else { return };
    let compact = KINDS[lengths.compact] & among & !KEEP_HYPHEN;
    let written = KINDS[lengths.written] & among & KEEP_HYPHEN;
    if compact != 0 {
        run_spelling(compact, &Spelling::of(text, |byte| !is_separator(byte)), &mut pass);
    }
    if written != 0 {
        run_spelling(written, &Spelling::of(text, |byte| byte != b' '), &mut pass);
    }
}

fn run_spelling(mut kinds: Kinds, spelling: &Spelling, pass: &mut impl FnMut(NationalId)) {
    let text = spelling.text();
    while kinds != 0 {
        let id = NationalId::ALL[kinds.trailing_zeros() as usize];
        if id.is_valid(text) {
            pass(id);
        }
        kinds &= kinds - 1;
    }
}

/// Whether a text has as many letters and digits as some kind has, whatever its check digits.
pub fn has_length(text: &str) -> bool {
    Lengths::of(text).is_some_and(|lengths| KINDS[lengths.compact] != 0)
}

/// The bits of [`Identifier::lengths`] that a text has in both spellings.
struct Lengths {
    /// Without separators.
    compact: usize,
    /// Without spaces.
    written: usize,
}

impl Lengths {
    /// `None` for a text that is no identifier: those have digits or letters at both ends, at least three
    /// digits, never two separators in a row, and more than a decimal point or a sign, as
    /// `525200.066` is a number and no identifier.
    fn of(text: &str) -> Option<Lengths> {
        let bytes = text.as_bytes();
        let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else { return None };
        if bytes.len() > LONGEST || !first.is_ascii_alphanumeric() || !last.is_ascii_alphanumeric()
        {
            return None;
        }
        let (mut digits, mut separators, mut spaces, mut dots) = (0, 0, 0, 0);
        let mut after_separator = false;
        for &byte in bytes {
            let separator = is_separator(byte);
            if !byte.is_ascii() || separator && after_separator {
                return None;
            }
            digits += usize::from(byte.is_ascii_digit());
            separators += usize::from(separator);
            spaces += usize::from(byte == b' ');
            dots += usize::from(byte == b'.');
            after_separator = separator;
        }
        let is_decimal = separators == 1 && dots == 1 && digits + 1 == bytes.len();
        if digits < 3 || is_decimal {
            return None;
        }
        let bit = |length: usize| length + if length == digits { 0 } else { 32 };
        Some(Lengths { compact: bit(bytes.len() - separators), written: bit(bytes.len() - spaces) })
    }
}

fn is_separator(byte: u8) -> bool {
    matches!(byte, b' ' | b'-' | b'.' | b'/')
}

#[cfg(test)]
mod tests;
