//! Any text of any structure is walked through without harm, and whatever is entered is left.
#![no_main]

use lawtail::engine::nested::{Visitor, read};
use lawtail::model::limits::NESTED_PARTS;
use lawtail::model::{Part, Structure};
use libfuzzer_sys::fuzz_target;

#[derive(Default)]
struct Depth {
    entered: usize,
    values: usize,
}

impl Visitor for Depth {
    fn key(&mut self, key: &str) -> bool {
        let follows = !key.starts_with('!');
        self.entered += usize::from(follows);
        follows
    }

    fn element(&mut self) {
        self.entered += 1;
    }

    fn leave(&mut self) {
        self.entered = self.entered.checked_sub(1).expect("only what was entered is left");
    }

    fn value(&mut self, _: &str, _: u32) {
        self.values += 1;
    }
}

fuzz_target!(|text: &str| {
    let plain = || Part { type_oid: 25, structure: Structure::Plain };
    let fields = || vec![("a".to_owned(), plain()), ("b".to_owned(), plain())];
    let array = |structure| Structure::Array(Box::new(Part { type_oid: 0, structure }));
    for structure in [
        Structure::Json,
        Structure::Map,
        array(Structure::Plain),
        array(Structure::Json),
        Structure::Composite(fields()),
        array(Structure::Composite(fields())),
    ] {
        let mut depth = Depth::default();
        read(&structure, text, &mut depth);
        assert_eq!(depth.entered, 0);
        assert!(depth.values <= NESTED_PARTS);
    }
});
