//! What one value is. Each check has its own file with its source and tests both ways; a pass is
//! counted, the value forgotten.

mod bic;
mod card;
mod date;
mod device;
mod email;
mod gazetteer;
mod iban;
pub mod national;
mod network;
mod numbering;
mod passport;
mod phone;
mod postal_code;
mod street;
mod vat;
mod vehicle;

use serde::{Deserialize, Serialize};

use super::text::SpecialCategory;

pub use bic::{is_bic, is_evident_bic};
pub use card::is_card;
pub use date::{is_birth_date, is_early_date};
pub use device::{is_advertising_id, is_cookie_id, is_imei};
pub use email::{is_email, is_role_mailbox};
pub use gazetteer::{NameParts, is_place, is_word_of_calendar, name_parts};
pub use iban::{iban_length, is_iban};
pub use national::{Identifier, NationalId};
pub use network::{is_hardware_address, is_ip_address, is_profile_url, is_unlike_a_version};
pub use numbering::{in_full, is_assigned, without_trunk};
pub use passport::{is_machine_readable_line, is_polish_passport};
pub use phone::{
    Form, form as phone_form, is_european as is_european_phone, is_grouped_mobile,
    is_grouped_national, is_plain_mobile,
};
pub use postal_code::{is_lettered_postal_code, is_postal_code_of, is_telling_postal_code};
pub use street::{is_street_line, numbered_name};
pub use vat::{is_vat_body, is_vat_number};
pub use vehicle::{has_vin_shape, is_vin};

/// Values longer than this many bytes are texts and not single data.
pub const LONGEST_DATUM: usize = 256;

/// A check that a value can pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// An e-mail address.
    Email,
    /// An e-mail address of a role.
    RoleMailbox,
    /// A telephone number in any form.
    Phone,
    /// A telephone number in international form, which says so itself.
    InternationalPhone,
    /// An IBAN.
    Iban,
    /// A BIC.
    Bic,
    /// A payment card's number.
    Card,
    /// An address of the Internet Protocol.
    Ip,
    /// A hardware address.
    Hardware,
    /// The page of a person in a social network.
    ProfileUrl,
    /// A date at which a living person may have been born.
    BirthDate,
    /// Street and house number.
    Street,
    /// A given name alone.
    GivenName,
    /// A surname alone.
    Surname,
    /// Several names, a given name or surname among them.
    FullName,
    /// A VAT number.
    Vat,
    /// A national identifier.
    National(NationalId),
    /// An identifier that a tool of analysis or advertising keeps in a browser.
    Cookie,
    /// The number of a mobile device.
    Imei,
    /// A vehicle's identification number with its check digit.
    Vin,
    /// The machine-readable line of a passport.
    Passport,
    /// A date before 1980.
    EarlyDate,
    /// An address of the Internet Protocol that no version number looks like.
    DistantIp,
    /// A telephone number in the groups of a national numbering plan.
    NationalPhone,
    /// A place, in one word.
    Place,
    /// A postal code that digits alone do not make.
    PostalCode,
    /// Digits as a national plan assigns them to mobile telephones, or in the groups of these.
    MobilePhone,
    /// Words with a capital and the number of a house: of a street, where the words differ.
    NumberedName,
    /// A text that was read for what it mentions.
    ReadText,
    /// Such a text that mentions special categories.
    Mention,
    /// Such a text that mentions this one.
    MentionOf(SpecialCategory),
}

/// Calls `pass` for each check that the value passes.
pub fn run(text: &str, mut pass: impl FnMut(Check)) {
    let text = text.trim();
    if text.is_empty() || text.len() > LONGEST_DATUM {
        return;
    }
    if is_email(text) {
        pass(Check::Email);
        if is_role_mailbox(text) {
            pass(Check::RoleMailbox);
        }
        return;
    }
    if text.bytes().any(|byte| byte.is_ascii_digit()) {
        run_numbers(text, &mut pass);
    }
    if is_hardware_address(text) {
        pass(Check::Hardware);
    }
    if is_profile_url(text) {
        pass(Check::ProfileUrl);
    }
    if is_bic(text) {
        pass(Check::Bic);
    }
    if is_place(text) {
        pass(Check::Place);
    }
    match name_parts(text) {
        Some(NameParts::Given) => pass(Check::GivenName),
        Some(NameParts::Surname) => pass(Check::Surname),
        Some(NameParts::Full) => pass(Check::FullName),
        None => {}
    }
}

/// Calls `pass` for each check of calendar days that the value passes.
pub fn run_dates(text: &str, mut pass: impl FnMut(Check)) {
    let checks: [(TextCheck, Check); 2] =
        [(is_birth_date, Check::BirthDate), (is_early_date, Check::EarlyDate)];
    checks.into_iter().filter(|(check, _)| check(text)).for_each(|(_, name)| pass(name));
}

/// A check that answers yes or no.
type TextCheck = fn(&str) -> bool;

/// The checks of values that have digits.
fn run_numbers(text: &str, pass: &mut impl FnMut(Check)) {
    match phone_form(text) {
        Some(Form::International) => {
            pass(Check::Phone);
            pass(Check::InternationalPhone);
        }
        Some(Form::Separated | Form::Plain) => pass(Check::Phone),
        None => {}
    }
    let checks: [(TextCheck, Check); 15] = [
        (is_iban, Check::Iban),
        (is_card, Check::Card),
        (is_ip_address, Check::Ip),
        (is_birth_date, Check::BirthDate),
        (is_street_line, Check::Street),
        (is_vat_number, Check::Vat),
        (is_cookie_id, Check::Cookie),
        (is_imei, Check::Imei),
        (is_vin, Check::Vin),
        (is_machine_readable_line, Check::Passport),
        (is_early_date, Check::EarlyDate),
        (is_unlike_a_version, Check::DistantIp),
        (is_grouped_national, Check::NationalPhone),
        (is_telling_postal_code, Check::PostalCode),
        (|text| is_plain_mobile(text) || is_grouped_mobile(text), Check::MobilePhone),
    ];
    checks.into_iter().filter(|(check, _)| check(text)).for_each(|(_, name)| pass(name));
    national::run(text, |id| pass(Check::National(id)));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn passed(text: &str) -> Vec<Check> {
        let mut passed = Vec::new();
        run(text, |check| passed.push(check));
        passed
    }

    #[test]
    fn each_check_is_reached() {
        for (text, check) in [
            ("ada@example.org", Check::Email),
            ("info@example.org", Check::RoleMailbox),
            ("+49 30 901820", Check::InternationalPhone),
            ("030 901820", Check::Phone),
            ("DE89370400440532013000", Check::Iban),
            ("DEUTDEFF", Check::Bic),
            ("4111111111111111", Check::Card),
            ("2001:db8::1", Check::Ip),
            ("00:1a:2b:3c:4d:5e", Check::Hardware),
            ("linkedin.com/in/ada-lovelace", Check::ProfileUrl),
            ("1984-02-29", Check::BirthDate),
            ("Hauptstraße 12", Check::Street),
            ("Zoë", Check::GivenName),
            ("Kowalski", Check::Surname),
            ("Jan Kowalski", Check::FullName),
            ("DE136695976", Check::Vat),
            ("GA1.2.123456789.1700000000", Check::Cookie),
            ("490154203237518", Check::Imei),
            ("1M8GDM9AXKP042788", Check::Vin),
            ("L898902C36UTO7408122F1204159ZE184226B<<<<<10", Check::Passport),
            ("44051401359", Check::National(NationalId::Polish)),
            ("1961-04-12", Check::EarlyDate),
            ("192.0.2.7", Check::DistantIp),
            ("0171/5556677", Check::NationalPhone),
            ("Valencia", Check::Place),
            ("1016 GV", Check::PostalCode),
            ("6944123456", Check::MobilePhone),
        ] {
            assert!(passed(text).contains(&check), "{text}");
        }
        assert_eq!(passed("closed"), []);
    }

    proptest! {
        #[test]
        fn any_text_is_checked_without_harm(text in any::<String>()) {
            passed(&text);
        }

        #[test]
        fn texts_like_identifiers_are_checked_without_harm(text in "[0-9A-Z +./@:-]{0,40}") {
            passed(&text);
        }
    }
}
