//! From the signs to the verdict: name, type, role of the table, neighbours, values.

use super::column::ColumnProfile;
use super::interval::{at_least, at_most};
use super::kind::Kind;
use super::lexicon::LEXICON;
use super::names::{Reading, Sense};
use super::role::Role;
use super::setting::Setting;
use super::signs;
use crate::model::{Category, ColumnVerdict, VerdictSource};

/// Values seen before they have a say.
pub(super) const ENOUGH_VALUES: u32 = 16;

/// A category once taken from values is kept down to this share, in thousandths, of the threshold
/// at which it was taken (hysteresis).
pub(super) const STAY: u64 = 700;

/// Confidence of a strong word, in thousandths.
const NAMED: u16 = 850;

/// Confidence of a word that needs its surroundings.
const NAMED_IN_CONTEXT: u16 = 750;

/// Mean length in bytes below which values reach nobody: extensions within a house, yes and no.
const SHORTEST_CONTACT: u64 = 5;

/// Confidence of free text that no word of the name announces.
const PROSE: u16 = 650;

/// No sign of personal data.
pub(super) fn silent() -> ColumnVerdict {
    none(500, VerdictSource::Name, "no word of the name is known to mean personal data")
}

/// Of a column that is gone.
pub(super) fn dropped() -> ColumnVerdict {
    none(1000, VerdictSource::Name, "the table has no such column any more")
}

/// As the pack or the operator said.
pub(super) fn declared(category: Option<Category>) -> ColumnVerdict {
    ColumnVerdict {
        category,
        confidence: 1000,
        source: VerdictSource::Declared,
        why: "declared".to_owned(),
    }
}

fn none(confidence: u16, source: VerdictSource, why: &str) -> ColumnVerdict {
    ColumnVerdict { category: None, confidence, source, why: why.to_owned() }
}

/// The verdict on a column. `current` is the category it had, which is not given up lightly.
pub(super) fn reach(
    setting: &Setting,
    reading: &Reading,
    kind: Kind,
    profile: &ColumnProfile,
    current: Option<Category>,
) -> ColumnVerdict {
    let named = by_name(setting, reading, kind);
    let settled = matches!(reading.sense, Sense::Staff | Sense::Listed);
    if profile.values < ENOUGH_VALUES || !kind.has_telling_values() || settled {
        return named;
    }
    by_values(setting, reading, &named, profile, current)
        .or_else(|| prose(setting, reading, profile))
        .unwrap_or_else(|| confront(named, reading, profile))
}

/// What people wrote about people, under whatever name: long texts that hardly repeat.
fn prose(setting: &Setting, reading: &Reading, profile: &ColumnProfile) -> Option<ColumnVerdict> {
    const LONG: u64 = 60;
    let about_people = matches!(setting.role_of_values(), Role::Person | Role::Record);
    let values = profile.values;
    let long = profile.bytes > u64::from(values) * LONG;
    let worded = at_least(profile.with_spaces, values) > 750;
    let varied = profile.distinct_at_least() * 2 > values.min(64);
    let found = about_people && reading.sense == Sense::Silent && long && worded && varied;
    found.then(|| ColumnVerdict {
        category: Some(Category::PrivateContent),
        confidence: PROSE,
        source: VerdictSource::Values,
        why: format!("long texts in {}", setting.role.words()),
    })
}

/// The verdict of the name, the type and the role of the table.
fn by_name(setting: &Setting, reading: &Reading, kind: Kind) -> ColumnVerdict {
    let name = VerdictSource::Name;
    let role = setting.role.words();
    let phrase = &reading.phrase;
    match reading.sense {
        // What a person has, by its name.
        Sense::Personal(Category::Name | Category::JobTitle | Category::PrivateContent)
            if setting.names_a_condition(reading) =>
        {
            let why = format!("name word `{phrase}` in {role} about health");
            named(Category::Health, NAMED_IN_CONTEXT, why)
        }
        // `cliente` of a booking.
        Sense::Personal(Category::Name)
            if reading.of_person
                && (setting.role != Role::Person || LEXICON.is_person(phrase))
                && matches!(kind, Kind::Integer | Kind::Uuid | Kind::Amount) =>
        {
            let why = format!("`{phrase}` refers to a person's row");
            named(Category::UniqueIdentifier, NAMED_IN_CONTEXT, why)
        }
        Sense::Personal(category) if !kind.allows(category) => {
            none(900, name, "a column of this type does not hold what its name suggests")
        }
        Sense::Personal(category) if !setting.believes(reading, category) => {
            none(700, name, &format!("name word `{phrase}`, but in {role}"))
        }
        Sense::Personal(category) => {
            let confidence = if reading.weak { NAMED_IN_CONTEXT } else { NAMED };
            named(category, confidence, format!("name word `{phrase}` in {role}"))
        }
        Sense::Reference if kind.allows(Category::UniqueIdentifier) => {
            named(Category::UniqueIdentifier, NAMED, format!("`{phrase}` refers to a person's row"))
        }
        Sense::Key if setting.role == Role::Person && kind.allows(Category::UniqueIdentifier) => {
            named(Category::UniqueIdentifier, NAMED, format!("key of {role}"))
        }
        Sense::Staff => {
            none(800, name, &format!("`{phrase}` names the member of staff who acted on the row"))
        }
        Sense::Property if kind == Kind::Network && setting.about_people => {
            named(Category::IpAddress, 700, "the type holds network addresses".to_owned())
        }
        Sense::Property => none(
            800,
            name,
            &format!("`{phrase}` says something about a datum and is not the datum"),
        ),
        Sense::Listed => none(900, name, "it may hold only terms of a list"),
        Sense::Silent if kind == Kind::Network && setting.role != Role::Thing => {
            named(Category::IpAddress, 700, "the type holds network addresses".to_owned())
        }
        Sense::Silent if kind == Kind::Hardware && setting.about_people => {
            named(Category::DeviceIdentifier, 700, "the type holds hardware addresses".to_owned())
        }
        Sense::Silent | Sense::Reference | Sense::Key => silent(),
    }
}

fn named(category: Category, confidence: u16, why: String) -> ColumnVerdict {
    ColumnVerdict { category: Some(category), confidence, source: VerdictSource::Name, why }
}

/// The verdict of the values, where they speak clearly: of what the name says, or alone.
fn by_values(
    setting: &Setting,
    reading: &Reading,
    named: &ColumnVerdict,
    profile: &ColumnProfile,
    current: Option<Category>,
) -> Option<ColumnVerdict> {
    let role = setting.role_of_values();
    let beside_addresses = setting.shows_streets || setting.address_parts > 0;
    let signs = signs::confirming(named.category, profile)
        .into_iter()
        .chain(signs::speaking_alone(role, reading, profile, beside_addresses));
    let values = profile.values;
    signs.into_iter().find_map(|sign| {
        let stays = current == Some(sign.category);
        let threshold = if stays { sign.threshold * STAY / 1000 } else { sign.threshold };
        let surely = at_least(sign.passes, values);
        (surely > threshold).then(|| ColumnVerdict {
            category: Some(sign.category),
            confidence: (750 + surely / 4).min(990) as u16,
            source: VerdictSource::Values,
            why: format!("{} of {values} values are {}", sign.passes, sign.words),
        })
    })
}

/// What remains of the name's verdict after a look at values that did not confirm it.
fn confront(named: ColumnVerdict, reading: &Reading, profile: &ColumnProfile) -> ColumnVerdict {
    if named.category == Some(Category::State)
        && reading.weak
        && signs::are_states_of_things(profile)
    {
        let why = format!("{}; but its few values are no places", named.why);
        return none(800, VerdictSource::Values, &why);
    }
    let Some(sign) = signs::confirming(named.category, profile).into_iter().next() else {
        return named;
    };
    let passes = sign.passes;
    // A list of names never knows every name, and people write dates in every way.
    if !sign.refutes {
        return named;
    }
    let values = profile.values;
    let almost_none = at_most(passes, values) < 200;
    // Few distinct values: a status word or a flag. Many: perhaps hashed, which is still personal, but
    // not where they are shorter than any such datum.
    let few = values >= 64 && profile.distinct_at_least() <= 8;
    let short = profile.bytes < u64::from(values) * SHORTEST_CONTACT;
    if almost_none && (few || short) {
        let why = format!("{}; but only {passes} of {values} values look like it", named.why);
        return none(800, VerdictSource::Values, &why);
    }
    let why = format!("{}; {passes} of {values} values look like it", named.why);
    ColumnVerdict { confidence: named.confidence.min(600), why, ..named }
}

#[cfg(test)]
mod tests {
    use super::super::names;
    use super::*;
    use crate::model::{Cell, Content};

    #[test]
    fn long_texts_about_people_are_private_content_whatever_their_name() {
        let mut profile = ColumnProfile::default();
        for number in 0..24 {
            let text = format!(
                "Visit {number}: she told us about her holidays, her new flat and the two cats."
            );
            profile.observe(Cell::Known(Content::new(text.as_bytes())), Kind::Text);
        }
        let category = |role, name: &str| {
            let setting = Setting::new(role, "", &[]);
            reach(&setting, &names::read(name), Kind::Text, &profile, None).category
        };
        assert_eq!(category(Role::Person, "c17"), Some(Category::PrivateContent));
        assert_eq!(category(Role::Thing, "c17"), None);
        assert_eq!(category(Role::Person, "email_template"), None);
    }
}
