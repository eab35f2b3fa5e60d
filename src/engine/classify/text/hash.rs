//! The hash of a folded word, eight bytes at a time: what dictionaries are asked by, so that no string
//! is built. Words of eight bytes or fewer never share a hash.

/// Folded bytes of a word that are looked at for its beginning.
const LONGEST_BEGINNING: usize = 24;

/// Takes a folded word byte by byte or eight at a time.
#[derive(Clone, Copy, Default)]
pub(super) struct Hasher {
    state: u64,
    /// The bytes since the last eight, the first lowest.
    waiting: u64,
    length: u32,
    /// The first eight bytes.
    first: u64,
    /// The last eight bytes, the last lowest.
    last: u64,
}

impl Hasher {
    pub(super) fn push(&mut self, byte: u8) {
        self.waiting |= u64::from(byte) << (8 * (self.length % 8));
        self.last = self.last << 8 | u64::from(byte);
        self.length += 1;
        if self.length.is_multiple_of(8) {
            let eight = std::mem::take(&mut self.waiting);
            self.take(eight);
        }
    }

    fn take(&mut self, eight: u64) {
        if self.length == 8 {
            self.first = eight;
        }
        self.state = mix(self.state, eight);
    }

    pub(super) fn finish(&self) -> u64 {
        if self.waiting == 0 { self.state } else { mix(self.state, self.waiting) }
    }

    /// The first eight bytes, the first lowest; zeros stand after a shorter word.
    pub(super) fn first_eight(&self) -> u64 {
        if self.length < 8 { self.waiting } else { self.first }
    }

    /// The last eight bytes, the last lowest; zeros stand before a shorter word.
    pub(super) fn last_eight(&self) -> u64 {
        self.last
    }
}

/// Each step can be undone, so that no two chunks give the same. The factor is that of Fibonacci
/// hashing (Knuth, The Art of Computer Programming, volume 3, 6.4).
#[inline]
pub(super) fn mix(state: u64, chunk: u64) -> u64 {
    let product = (state ^ chunk).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    product ^ (product >> 32)
}

fn hasher_of(folded: &str) -> Hasher {
    let mut hasher = Hasher::default();
    folded.bytes().for_each(|byte| hasher.push(byte));
    hasher
}

/// The hash of a folded word.
pub(super) fn hash_of(folded: &str) -> u64 {
    hasher_of(folded).finish()
}

/// The hash of a folded word given in two parts.
pub(super) fn hash_of_parts(stem: &str, ending: &str) -> u64 {
    let mut hasher = hasher_of(stem);
    ending.bytes().for_each(|byte| hasher.push(byte));
    hasher.finish()
}

/// The hashes of the first three, four, … bytes of a folded word.
pub(super) fn hashes_of_beginnings(folded: &str) -> impl Iterator<Item = u64> {
    let mut hasher = Hasher::default();
    let hashes = folded.bytes().take(LONGEST_BEGINNING).map(move |byte| {
        hasher.push(byte);
        hasher.finish()
    });
    hashes.skip(2)
}

/// The first eight bytes of a folded word, the first lowest; zeros stand after a shorter one.
pub(super) fn first_eight(folded: &str) -> u64 {
    folded.bytes().take(8).rev().fold(0, |eight, byte| eight << 8 | u64::from(byte))
}

/// The last eight bytes of a folded word, the last lowest; zeros stand before a shorter one.
pub(super) fn last_eight(folded: &str) -> u64 {
    hasher_of(folded).last_eight()
}

/// The hash of so many of the first or last eight bytes.
#[inline]
pub(super) fn some_of(eight: u64, bytes: u32) -> u64 {
    mix(0, eight & ((1 << (8 * bytes)) - 1))
}

/// Words of a set of beginnings or endings: it stays in the processor's first cache.
const SET: usize = 1 << 10;

/// A set of hashes that now and then takes another's for one of its own.
pub(super) struct Set(Box<[u64; SET]>);

impl Set {
    pub(super) fn of(hashes: impl Iterator<Item = u64>) -> Set {
        let mut set = Set(Box::new([0; SET]));
        hashes.for_each(|hash| set.0[word(hash)] |= 1 << bit(hash));
        set
    }

    #[inline]
    pub(super) fn contains(&self, hash: u64) -> bool {
        self.0[word(hash)] & (1 << bit(hash)) != 0
    }
}

/// Both from the upper bits, which are mixed best.
fn word(hash: u64) -> usize {
    (hash >> 54) as usize
}

fn bit(hash: u64) -> u64 {
    hash >> 48 & 63
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_set_has_what_it_was_made_of(words in prop::collection::vec("[a-z]{1,12}", 1..40)) {
            let set = Set::of(words.iter().map(|word| hash_of(word)));
            prop_assert!(words.iter().all(|word| set.contains(hash_of(word))));
            prop_assert!(!Set::of(std::iter::empty()).contains(hash_of(&words[0])));
        }

        #[test]
        fn a_word_begins_as_its_beginnings_do(word in "[a-zα-ω]{3,12}", more in "[a-z]{0,9}") {
            let longer = format!("{word}{more}");
            prop_assert!(hashes_of_beginnings(&longer).any(|hash| hash == hash_of(&word)));
        }
    }
}
