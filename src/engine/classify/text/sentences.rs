//! Where sentences begin and end.

use std::ops::Range;

use super::scan::{Block, Kind};

/// Tokens of the longest sentence that is looked at.
const SENTENCE: usize = 120;

/// The tokens of the sentence around a mention.
pub(super) fn sentence(block: &Block, mention: &Range<usize>) -> Range<usize> {
    let earliest = mention.start.saturating_sub(SENTENCE);
    let start = (earliest..mention.start)
        .rev()
        .find(|&at| ends_sentence(block, at))
        .map_or(earliest, |at| at + 1);
    let latest = (mention.end + SENTENCE).min(block.tokens.len());
    let end = (mention.end..latest).find(|&at| ends_sentence(block, at)).unwrap_or(latest);
    start..end
}

/// A full stop that is not that of an abbreviation, or the end of a line.
pub(super) fn ends_sentence(block: &Block, at: usize) -> bool {
    let token = &block.tokens[at];
    match token.kind {
        Kind::Line => true,
        Kind::Mark(b'!' | b'?') => true,
        Kind::Mark(b'.') => {
            let begins = block
                .tokens
                .get(at + 1)
                .is_none_or(|next| next.spaced && !matches!(next.kind, Kind::Lower));
            let long = at > 0 && block.tokens[at - 1].length() > 3;
            begins && long
        }
        _ => false,
    }
}
