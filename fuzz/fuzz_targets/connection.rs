//! Whatever a server says, in any pieces, ends in a fault with a code of its own, the same in every
//! cut. The first byte is the length of a piece, the rest is what the server says.
#![no_main]

use lawtail::model::Code;
use lawtail::shell::source::postgres::conversation::converse;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((&piece, said)) = data.split_first() else { return };
    let heard = converse(said, piece.into());
    // The server may refuse for any reason, but the disk and the settings are not to blame.
    assert!(
        heard.fault.code == Code::WIR_001 || heard.fault.code.text().starts_with("PG-"),
        "{}",
        heard.fault
    );
    assert!(heard.changes <= said.len());
    let whole = converse(said, said.len());
    if !heard.by_chance && !whole.by_chance {
        assert_eq!(heard, whole);
    }
});
