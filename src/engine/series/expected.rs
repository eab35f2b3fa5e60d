//! What is expected of an hour, and how improbable a count in it is.
//!
//! Two models are asked. One knows how much there is at this time of the day and the week: a negative binomial
//! distribution around that. The other knows how often there is anything at all at about this time, and how much
//! there is when there is something: who stays an hour longer works as in any other hour. What either of them
//! finds probable is probable. What all actors together do to a table has a third one: as many people as there are,
//! each with what one of them usually does. Without the second one, a few rows in an hour that used to be empty are among the most
//! improbable things there are, and thresholds learn from scores.

use super::tail::{self, HIGHEST, Score};

/// What is expected of a bucket.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Expected {
    pub mean: f64,
    pub dispersion: f64,
    /// How it is in hours that are not empty, once that is known.
    pub work: Option<Work>,
    /// What so many people usually do, where it is no news that there are so many.
    pub crowd: Option<Crowd>,
}

/// Several people at one table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Crowd {
    pub mean: f64,
    pub dispersion: f64,
}

/// An hour with anything in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Work {
    /// How probable that is.
    pub chance: f64,
    /// How much there is then.
    pub mean: f64,
    pub dispersion: f64,
}

impl Expected {
    /// The score of a count.
    pub fn score(&self, rows: u64) -> Score {
        let mut score = tail::score(rows, self.mean, self.dispersion);
        if let Some(work) = self.work.as_ref().filter(|work| rows > 0 && work.chance < 1.0) {
            score = score.min(work.score(rows));
        }
        if let Some(crowd) = &self.crowd {
            score = score.min(tail::score(rows, crowd.mean, crowd.dispersion));
        }
        score
    }

    /// The smallest count with this score.
    pub fn rows_for(&self, wanted: Score) -> u64 {
        tail::smallest(self.mean as u64, |rows| self.reaches(rows, wanted))
    }

    /// Whether a count has at least this score: as soon as one model says no, the others need not be asked.
    fn reaches(&self, rows: u64, wanted: Score) -> bool {
        let work = self.work.as_ref().filter(|work| rows > 0 && work.chance < 1.0);
        let crowd = self.crowd.as_ref();
        tail::score(rows, self.mean, self.dispersion) >= wanted
            && work.is_none_or(|work| work.score(rows) >= wanted)
            && crowd.is_none_or(|it| tail::score(rows, it.mean, it.dispersion) >= wanted)
    }
}

impl Work {
    fn score(&self, rows: u64) -> Score {
        let any = (-1_000.0 * libm::log10(self.chance)).clamp(0.0, HIGHEST) as Score;
        any.saturating_add(tail::score(rows, self.mean, self.dispersion))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evening(chance: f64) -> Expected {
        let work = Work { chance, mean: 6.0, dispersion: 1.0 };
        Expected { mean: 0.02, dispersion: 1.0, work: Some(work), crowd: None }
    }

    #[test]
    fn staying_longer_is_less_improbable_than_coming_at_night() {
        let scores = [0.1, 0.000_1].map(|chance| evening(chance).score(10));
        assert_eq!(scores, [1_669, 4_669]);
        let alone = Expected { work: None, ..evening(0.1) };
        assert!(alone.score(10) > 15_000);
    }

    #[test]
    fn the_smallest_count_of_a_score_has_it_and_the_one_below_has_not() {
        for (chance, wanted) in [(0.1, 3_000), (0.9, 6_000), (0.000_1, 4_500)] {
            let expected = evening(chance);
            let rows = expected.rows_for(wanted);
            assert!(expected.score(rows) >= wanted && expected.score(rows - 1) < wanted);
            for rows in 0..3 * rows {
                assert_eq!(expected.reaches(rows, wanted), expected.score(rows) >= wanted);
            }
        }
        assert_eq!(evening(0.000_1).rows_for(3_000), 2, "one may always be");
    }
}
