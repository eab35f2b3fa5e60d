//! Any text gives ordered spans within it, in time that grows with its length.
#![no_main]

use lawtail::engine::classify::text::read;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let length = text.chars().count();
    let mut end = 0;
    for span in read(&text).spans {
        assert!(end <= span.start && span.start < span.end && span.end <= length);
        end = span.end;
    }
});
