//! How severe an incident may be: ENISA's score, filled in from what was touched.
//!
//! `SE = DPC × EI + CB` (ENISA, Recommendations for a methodology of the assessment of severity of
//! personal data breaches, 2013). A draft with its inputs shown: people decide.

use crate::model::{
    Affected, BreachType, Category, Code, Incident, ProcessingContext, SeverityScore,
};

/// The score of what is affected so far.
///
/// The data processing context is that of the most sensitive category. Where it is not known which data were touched,
/// as of what was exported or emptied, they are taken to point at people. What was altered or
/// destroyed weighs half as much when the old values were in the stream, because then it can be
/// undone. Each kind of breach that a detector saw counts. Whether anybody meant harm does not show in a single table's changes and is left at 0,
/// but for the few codes that name an intent.
pub(super) fn score(codes: &[Code], breaches: &[BreachType], affected: &Affected) -> SeverityScore {
    let categories = || affected.cells.iter().map(|count| count.category);
    let context = categories().map(Category::processing_context).max();
    let circumstances = if affected.reversible { 25 } else { 50 };
    let part = |kind| if breaches.contains(&kind) { circumstances } else { 0 };
    SeverityScore {
        processing_context: 100 * context.unwrap_or(ProcessingContext::Simple) as u16,
        ease_of_identification: categories().map(identification).max().unwrap_or(100),
        confidentiality: part(BreachType::Confidentiality),
        integrity: part(BreachType::Integrity),
        availability: part(BreachType::Availability),
        malicious_intent: if codes.iter().any(|code| Incident::is_intended(*code)) {
            50
        } else {
            0
        },
    }
}

/// How easily the category points at one person: 100 by itself, 75 as a name, which others may
/// share, 25 only together with more.
fn identification(category: Category) -> u16 {
    match category {
        category if category.is_direct_identifier() => 100,
        Category::Name | Category::FirstName | Category::LastName => 75,
        _ => 25,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CategoryCount, SeverityBand};

    fn affected(categories: &[Category], reversible: bool) -> Affected {
        let count = |category: &Category| CategoryCount { category: *category, cells: 1 };
        let cells = categories.iter().map(count).collect();
        Affected { subjects: None, records: 1, cells, tables: Vec::new(), reversible }
    }

    #[test]
    fn the_most_sensitive_category_and_the_best_identifier_decide() {
        let touched = affected(&[Category::LastName, Category::BankAccount], true);
        let score = score(&[Code::SEC_001], &[BreachType::Integrity], &touched);
        assert_eq!((score.processing_context, score.ease_of_identification), (300, 100));
        assert_eq!((score.total(), score.band()), (325, SeverityBand::High));
    }

    #[test]
    fn what_cannot_be_undone_weighs_more() {
        let total = |reversible| {
            score(
                &[Code::SEC_002],
                &[BreachType::Availability],
                &affected(&[Category::Email], reversible),
            )
            .total()
        };
        assert_eq!((total(true), total(false)), (125, 150));
    }

    #[test]
    fn names_identify_less_and_what_is_not_known_is_taken_to_identify() {
        let ease = |categories: &[Category]| {
            score(&[Code::SEC_001], &[BreachType::Integrity], &affected(categories, true))
                .ease_of_identification
        };
        assert_eq!(ease(&[Category::FirstName, Category::City]), 75);
        assert_eq!(ease(&[Category::Health]), 25);
        assert_eq!(ease(&[]), 100);
    }
}
