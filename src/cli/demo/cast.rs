//! Who plays which part: most contacts belong to the clean traffic, some are kept for the faults,
//! so that neither disturbs the other.

use std::ops::Range;

use super::dice::Dice;

/// Fewest contacts with which every part can be filled and traffic still looks like traffic.
pub const FEWEST_CONTACTS: u32 = 3_000;

/// Number of each part that is kept for a fault, in the order of the keys from the end.
const PARTS: [(Part, i64); 7] = [
    (Part::Scrambled, 600),
    (Part::Deleted, 400),
    (Part::Flipped, 60),
    (Part::NeverAsked, 5),
    (Part::OptedOut, 5),
    (Part::Unconfirmed, 5),
    (Part::Returning, 4),
];

/// One in so many regular contacts is a test row, which nobody needs a lawful basis for.
const TEST_ROWS: i64 = 500;

/// A part in the play.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Phone numbers are overwritten in one statement.
    Scrambled,
    /// Deleted in one statement.
    Deleted,
    /// Consents are set to confirmed in one statement.
    Flipped,
    /// Gets a newsletter and never gave permission.
    NeverAsked,
    /// Gets a newsletter after opting out.
    OptedOut,
    /// Gets a newsletter before the double opt-in was confirmed.
    Unconfirmed,
    /// Is erased on request and comes back with an import.
    Returning,
}

/// Where the permission to send newsletters stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Never asked.
    Unasked,
    /// The confirmation of the double opt-in is missing.
    Requested,
    /// Double opt-in.
    Confirmed,
    /// Opted out.
    OptedOut,
}

/// The contacts from 1 to their number.
#[derive(Clone, Copy, Debug)]
pub struct Cast {
    seed: u64,
    contacts: i64,
}

impl Cast {
    /// The user who looks after the contacts of [`Part::Deleted`], and deletes them.
    pub const LEAVER: i32 = 11;

    /// At least [`FEWEST_CONTACTS`] contacts.
    pub fn new(seed: u64, contacts: u32) -> Self {
        Cast { seed, contacts: i64::from(contacts.max(FEWEST_CONTACTS)) }
    }

    /// The seed of everything.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Every contact.
    pub fn everybody(&self) -> Range<i64> {
        1..self.contacts + 1
    }

    /// The contacts of the clean traffic.
    pub fn regulars(&self) -> Range<i64> {
        let kept: i64 = PARTS.iter().map(|(_, count)| count).sum();
        1..self.contacts + 1 - kept
    }

    /// The contacts of a part.
    pub fn part(&self, part: Part) -> Range<i64> {
        let mut end = self.contacts + 1;
        for (candidate, count) in PARTS {
            if candidate == part {
                return end - count..end;
            }
            end -= count;
        }
        end..end
    }

    /// Whether a contact is a test row.
    pub fn is_test(&self, id: i64) -> bool {
        self.regulars().contains(&id) && id % TEST_ROWS == 0
    }

    /// Whether a contact has bought something before.
    pub fn is_customer(&self, id: i64) -> bool {
        Dice::new(self.seed, "customer", id).chance(45)
    }

    /// Where the permission of a contact stands at the beginning.
    pub fn standing(&self, id: i64) -> Standing {
        let plays = |part| self.part(part).contains(&id);
        if plays(Part::NeverAsked) || self.is_test(id) {
            return Standing::Unasked;
        }
        if plays(Part::OptedOut) {
            return Standing::OptedOut;
        }
        if plays(Part::Unconfirmed) || plays(Part::Flipped) {
            return Standing::Requested;
        }
        match Dice::new(self.seed, "standing", id).below(100) {
            0..55 => Standing::Confirmed,
            55..63 => Standing::Requested,
            63..71 => Standing::OptedOut,
            _ => Standing::Unasked,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_do_not_overlap_and_leave_regulars() {
        let cast = Cast::new(1, FEWEST_CONTACTS);
        let mut ranges: Vec<Range<i64>> = PARTS.iter().map(|(part, _)| cast.part(*part)).collect();
        ranges.push(cast.regulars());
        ranges.sort_by_key(|range| range.start);
        assert_eq!(ranges[0].start, 1);
        assert!(ranges.windows(2).all(|pair| pair[0].end == pair[1].start));
        assert_eq!(ranges.last().unwrap().end, cast.everybody().end);
        assert!(cast.regulars().count() > 1_000);
    }

    #[test]
    fn the_parts_stand_where_their_fault_needs_them() {
        let cast = Cast::new(1, 20_000);
        let all = |part, standing| cast.part(part).all(|id| cast.standing(id) == standing);
        assert!(all(Part::NeverAsked, Standing::Unasked));
        assert!(all(Part::OptedOut, Standing::OptedOut));
        assert!(all(Part::Unconfirmed, Standing::Requested));
        assert!(all(Part::Flipped, Standing::Requested));
    }
}
