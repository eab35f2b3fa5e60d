//! What is known of a kind of identifier besides its algorithm.

/// What is known of a kind of identifier. The free-text engine and the dictionary of column names
/// read it as data; `docs/identifiers.md` is its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identifier {
    /// Countries that give it, ISO 3166-1 alpha-2.
    pub countries: &'static [&'static str],
    /// Its forms without separators: `9` is a digit, `A` a letter, `X` either, all else itself.
    pub shapes: &'static [&'static str],
    /// What its check rests on.
    pub check: &'static str,
    /// Law or specification.
    pub source: &'static str,
    /// How many of a thousand random texts of the same shape pass, rounded up.
    pub chance: u16,
    /// Whether a value says by itself that it is one: chance passes five in a thousand at most, or
    /// letters stand at telling places. All others need a word beside them.
    pub evident: bool,
    /// How the people who have it call it: folded, words divided by single spaces.
    pub keywords: &'static [&'static str],
}

impl Identifier {
    /// The lengths of its shapes, to leave out most checks at once: bit *n* for *n* digits, bit
    /// 32 + *n* for *n* characters not all of which are digits.
    pub(super) const fn lengths(&self) -> u64 {
        let (mut lengths, mut index) = (0, 0);
        while index < self.shapes.len() {
            let shape = self.shapes[index].as_bytes();
            let (mut at, mut digits_only) = (0, true);
            while at < shape.len() {
                digits_only &= shape[at] == b'9' || shape[at] == b'X';
                lengths |= if shape[at] == b'9' { 0 } else { 1 << (32 + shape.len()) };
                at += 1;
            }
            lengths |= if digits_only { 1 << shape.len() } else { 0 };
            index += 1;
        }
        lengths
    }
}
