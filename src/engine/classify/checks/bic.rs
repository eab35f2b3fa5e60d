//! BIC: bank, country, place, and a branch or none (ISO 9362).

/// Countries of ISO 3166-1 alpha-2 and XK, which SWIFT uses for Kosovo.
const COUNTRIES: &str = "ADAEAFAGAIALAMAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZCACCCDCF\
CGCHCICKCLCMCNCOCRCUCVCWCXCYCZDEDJDKDMDODZECEEEGEHERESETFIFJFKFMFOFRGAGBGDGEGFGGGHGIGLGMGNGPGQGRGSGTGUGWGYHK\
HMHNHRHTHUIDIEILIMINIOIQIRISITJEJMJOJPKEKGKHKIKMKNKPKRKWKYKZLALBLCLILKLRLSLTLULVLYMAMCMDMEMFMGMHMKMLMMMNMOMP\
MQMRMSMTMUMVMWMXMYMZNANCNENFNGNINLNONPNRNUNZOMPAPEPFPGPHPKPLPMPNPRPSPTPWPYQARERORSRURWSASBSCSDSESGSHSISJSKSL\
SMSNSOSRSSSTSVSXSYSZTCTDTFTGTHTJTKTLTMTNTOTRTTTVTWTZUAUGUMUSUYUZVAVCVEVGVIVNVUWFWSXKYEYTZAZMZW";

/// Whether a text is a BIC. It has no check digit and every third word of eight capitals is one:
/// a column's name or a word beside it must speak as well.
pub fn is_bic(text: &str) -> bool {
    let bytes = text.as_bytes();
    let shape = matches!(bytes.len(), 8 | 11)
        && bytes[..6].iter().all(u8::is_ascii_uppercase)
        && bytes[6..].iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    // The place never begins with 0 or 1, nor ends in O, which would be read as 0.
    shape
        && !matches!(bytes[6], b'0' | b'1')
        && bytes[7] != b'O'
        && COUNTRIES.as_bytes().chunks_exact(2).any(|country| country == &bytes[4..6])
}

/// Whether a BIC has a branch or a place that no word has: a digit, or the branch `XXX`. Such a
/// value says by itself that it is one.
pub fn is_evident_bic(text: &str) -> bool {
    let branch = text.get(6..).unwrap_or_default();
    is_bic(text) && (branch.ends_with("XXX") || branch.bytes().any(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bic_names_a_country() {
        for text in ["DEUTDEFF", "BNPAFRPPXXX", "CHASUS33", "NDEAFIHH"] {
            assert!(is_bic(text), "{text}");
        }
        for text in ["", "DEUTZZFF", "deutdeff", "DEUTDEFFX", "ÄÄÄÄDEFF", "DEUTDE0F", "DEUTDEFO"]
        {
            assert!(!is_bic(text), "{text}");
        }
    }

    #[test]
    fn a_word_is_not_evident() {
        assert!(is_evident_bic("BNPAFRPPXXX") && is_evident_bic("CHASUS33"));
        assert!(!is_evident_bic("CUSTOMER") && !is_evident_bic("DOCUMENTS") && !is_evident_bic(""));
    }
}
