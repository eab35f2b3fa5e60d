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
}

impl Hasher {
    pub(super) fn push(&mut self, byte: u8) {
        self.waiting |= u64::from(byte) << (8 * (self.length % 8));
        self.length += 1;
        if self.length.is_multiple_of(8) {
            let eight = std::mem::take(&mut self.waiting);
            self.take(eight);
        }
    }

    /// Eight bytes, or the last ones of a word; only after a multiple of eight.
    pub(super) fn push_chunk(&mut self, chunk: u64, bytes: u32) {
        if bytes == 8 {
            self.length += 8;
            self.take(chunk);
        } else {
            self.length += bytes;
            self.waiting = chunk;
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

    /// The hash of the first four bytes, which decide whether a word is looked up among the special
    /// categories; zeros stand after a shorter word.
    pub(super) fn stem(&self) -> u64 {
        let first = if self.length < 8 { self.waiting } else { self.first };
        mix(0, first & 0xffff_ffff)
    }
}

/// Each step can be undone, so that no two chunks give the same. The factor is that of Fibonacci
/// hashing (Knuth, The Art of Computer Programming, volume 3, 6.4).
fn mix(state: u64, chunk: u64) -> u64 {
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

/// The hash of the beginning of a folded word that decides whether it is looked up.
pub(super) fn stem_of(folded: &str) -> u64 {
    let four = folded.bytes().take(4).rev().fold(0, |four, byte| four << 8 | u64::from(byte));
    mix(0, four)
}

/// Bits of the set of beginnings: it stays in the processor's first cache.
const SET: usize = 1 << 16;

fn bit(hash: u64) -> usize {
    usize::try_from(hash >> 48).unwrap_or(0) % SET
}

/// Whether a beginning is in a set; now and then it is another's.
pub(super) fn is_in(set: &[u64], hash: u64) -> bool {
    set[bit(hash) / 64] & (1 << (bit(hash) % 64)) != 0
}

/// The set of beginnings of these words.
pub(super) fn set_of(hashes: impl Iterator<Item = u64>) -> Vec<u64> {
    let mut set = vec![0; SET / 64];
    hashes.for_each(|hash| set[bit(hash) / 64] |= 1 << (bit(hash) % 64));
    set
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn chunks_and_single_bytes_give_the_same_hash(word in "[a-z]{1,40}") {
            let mut hasher = Hasher::default();
            for part in word.as_bytes().chunks(8) {
                let mut eight = [0; 8];
                eight[..part.len()].copy_from_slice(part);
                hasher.push_chunk(u64::from_le_bytes(eight), u32::try_from(part.len()).unwrap());
            }
            prop_assert_eq!(hasher.finish(), hash_of(&word));
            prop_assert_eq!(hasher.stem(), stem_of(&word));
        }

        #[test]
        fn a_word_begins_as_its_beginnings_do(word in "[a-zα-ω]{3,12}", more in "[a-z]{0,9}") {
            let longer = format!("{word}{more}");
            prop_assert!(hashes_of_beginnings(&longer).any(|hash| hash == hash_of(&word)));
        }
    }
}
