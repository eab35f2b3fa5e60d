//! The command `lawtail`.

fn main() {}
