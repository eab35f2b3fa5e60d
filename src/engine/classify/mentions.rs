//! What the texts of a column mention: notes in which people's illnesses are often told are no ordinary
//! notes, whatever their column is called.

use super::checks::Check;
use super::column::ColumnProfile;
use super::interval::at_least;
use super::names::Reading;
use super::role::Role;
use super::text::SpecialCategory;
use super::verdict::STAY;
use crate::model::{Category, ColumnVerdict, VerdictSource};

/// Texts with a mention below which nothing is said of the others: one may be misread.
const FEWEST: u32 = 3;

/// Share of the texts, in thousandths, that must surely have a mention. Among notes that speak of no
/// such thing about one in four hundred is misread.
const SHARE: u64 = 15;

/// The same where nothing else says that the texts are about people.
const SHARE_ALONE: u64 = 50;

/// Categories that a verdict names.
const MOST_NAMED: usize = 3;

/// The verdict after a look at what the texts mention. `former` is the one before, whose sensitivity is
/// not given up lightly.
pub(super) fn weigh(
    verdict: ColumnVerdict,
    reading: &Reading,
    role: Role,
    profile: &ColumnProfile,
    former: &ColumnVerdict,
) -> ColumnVerdict {
    let mentions = profile.passed(Check::Mention);
    if mentions < FEWEST {
        return verdict;
    }
    let (category, needed) = match verdict.category {
        Some(Category::PrivateContent) => (Category::PrivateContent, SHARE),
        // Notes about a firm, or in a table of which nobody knows what it holds.
        None if verdict.source != VerdictSource::Declared
            && reading.category() == Some(Category::PrivateContent)
            && !matches!(role, Role::Thing) =>
        {
            (Category::PrivateContent, SHARE_ALONE)
        }
        _ => return verdict,
    };
    let needed = if former.source.mentions_special() { needed * STAY / 1000 } else { needed };
    let read = profile.passed(Check::ReadText);
    if at_least(mentions, read) <= needed {
        return verdict;
    }
    let source = match verdict.source {
        VerdictSource::Declared => VerdictSource::DeclaredSpecialTexts,
        _ => VerdictSource::SpecialTexts,
    };
    let what = mentioned(profile).join(", ");
    let why = format!("{}; {mentions} of {read} texts mention {what}", verdict.why);
    ColumnVerdict { category: Some(category), source, why, ..verdict }
}

/// The categories that texts mention most, the most frequent first.
fn mentioned(profile: &ColumnProfile) -> Vec<&'static str> {
    let mut mentioned: Vec<(u32, SpecialCategory)> = profile
        .passes()
        .filter_map(|(check, count)| match check {
            Check::MentionOf(category) => Some((count, category)),
            _ => None,
        })
        .collect();
    mentioned.sort_by_key(|(count, category)| (std::cmp::Reverse(*count), *category));
    mentioned.into_iter().take(MOST_NAMED).map(|(_, category)| in_words(category)).collect()
}

fn in_words(category: SpecialCategory) -> &'static str {
    match category {
        SpecialCategory::Health => "health",
        SpecialCategory::Religion => "religion or belief",
        SpecialCategory::Ethnicity => "ethnic origin",
        SpecialCategory::Politics => "political opinions",
        SpecialCategory::Union => "trade union membership",
        SpecialCategory::SexualOrientation => "sexual orientation",
        SpecialCategory::Biometric => "biometric data",
        SpecialCategory::Genetic => "genetic data",
        SpecialCategory::Criminal => "criminal offences",
    }
}

#[cfg(test)]
mod tests {
    use super::super::names;
    use super::super::verdict::declared;
    use super::*;
    use crate::model::Sensitivity;

    fn profile(with: u32, without: u32) -> ColumnProfile {
        let mut profile = ColumnProfile::default();
        for _ in 0..with {
            profile.read("Customer had a stroke in May, her daughter signs for her.");
        }
        for _ in 0..without {
            profile.read("Wants the invoice by e-mail, delivery in the morning.");
        }
        profile
    }

    fn weighed(profile: &ColumnProfile, former: &ColumnVerdict) -> ColumnVerdict {
        let notes = declared(Some(Category::PrivateContent));
        let notes = ColumnVerdict { source: VerdictSource::Name, ..notes };
        weigh(notes, &names::read("notes"), Role::Person, profile, former)
    }

    #[test]
    fn notes_that_often_mention_illnesses_are_special_and_say_why() {
        let ordinary = declared(Some(Category::PrivateContent));
        let verdict = weighed(&profile(4, 60), &ordinary);
        assert_eq!(verdict.category, Some(Category::PrivateContent));
        assert_eq!(verdict.sensitivity(), Some(Sensitivity::Special));
        assert!(verdict.why.ends_with("4 of 64 texts mention health"), "{}", verdict.why);
    }

    #[test]
    fn a_few_mentions_among_many_notes_leave_them_ordinary() {
        let ordinary = declared(Some(Category::PrivateContent));
        for profile in [profile(2, 10), profile(4, 500), profile(0, 100)] {
            let verdict = weighed(&profile, &ordinary);
            assert_eq!(verdict.sensitivity(), Some(Sensitivity::Ordinary), "{}", verdict.why);
        }
    }

    #[test]
    fn what_was_special_stays_so_until_mentions_are_clearly_rarer() {
        let ordinary = declared(Some(Category::PrivateContent));
        let special = weighed(&profile(10, 300), &ordinary);
        assert_eq!(special.source, VerdictSource::SpecialTexts);
        let rarer = profile(10, 440);
        assert_eq!(weighed(&rarer, &ordinary).source, VerdictSource::Name);
        assert_eq!(weighed(&rarer, &special).source, VerdictSource::SpecialTexts);
    }

    #[test]
    fn a_declaration_keeps_its_category_and_says_what_the_texts_mention() {
        let ordinary = declared(Some(Category::PrivateContent));
        let reading = names::read("notes");
        let verdict = weigh(ordinary.clone(), &reading, Role::Person, &profile(9, 9), &ordinary);
        assert_eq!(verdict.source, VerdictSource::DeclaredSpecialTexts);
        assert_eq!(verdict.sensitivity(), Some(Sensitivity::Special));
        let nothing = declared(None);
        let verdict = weigh(nothing.clone(), &reading, Role::Person, &profile(9, 9), &nothing);
        assert_eq!(verdict, nothing);
    }
}
