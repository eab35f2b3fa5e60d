//! Any text is a journal that reads back as it is written, or is refused by line.
#![no_main]

use lawtail::model::Code;
use lawtail::wire::journal::{read, write};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match read(text) {
        Ok(events) => assert!(read(&write(&events)) == Ok(events)),
        Err(faults) => {
            assert!(!faults.is_empty());
            for fault in faults {
                assert_eq!(fault.code, Code::WIR_002);
                assert!(fault.place.is_some_and(|place| place.line > 0));
            }
        }
    }
});
