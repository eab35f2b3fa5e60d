//! Any text goes through every check without harm, and says the same twice. A text beyond the
//! longest datum is nothing to any of them.
#![no_main]

use lawtail::engine::classify::checks::{self, NationalId};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = core::str::from_utf8(data) else { return };
    let passes = || {
        let mut passes = Vec::new();
        checks::run(text, |check| passes.push(check));
        passes
    };
    let first = passes();
    assert_eq!(first, passes());
    assert!(text.trim().len() <= checks::LONGEST_DATUM || first.is_empty());
    for id in NationalId::ALL {
        id.is_valid(text);
    }
    checks::is_vat_number(text);
    checks::is_vat_body("EL", text);
    checks::is_imei(text);
    checks::is_cookie_id(text);
    checks::is_advertising_id(text);
    checks::has_vin_shape(text);
    checks::is_evident_bic(text);
});
