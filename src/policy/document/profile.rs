//! A profile as written: `profiles/<name>.yaml`.

use std::collections::BTreeMap;
use std::time::Duration;

use super::node::{Node, Value};
use super::reader::{Reader, optional};
use super::selector::{country, country_named};
use crate::model::{Channel, Country};
use crate::policy::{Adequacy, AgeOfConsent, ChannelRule, ConsentRules, Profile};

/// How long a missing basis or permission may still be recorded when nobody says otherwise: CRMs
/// write the contact and its basis in two transactions.
const GRACE: Duration = Duration::from_secs(120);

/// How long an erasure may take when nobody says otherwise: it is recorded as fulfilled before its
/// background jobs have come to their end.
const ERASURE_WITHIN: Duration = Duration::from_secs(24 * 3600);

/// How long a copy of the data may take when nobody says otherwise: Art. 12(3) leaves a month for all of
/// the request, and a job that has not ended after three days has failed.
const DELIVERED_WITHIN: Duration = Duration::from_secs(72 * 3600);

/// Beyond the age at which people come of age anywhere.
const MAXIMUM_AGE: u32 = 21;

/// What a channel can need: opt-in, double opt-in.
const NEEDS: [(&str, (bool, bool)); 3] =
    [("opt_in", (true, false)), ("double_opt_in", (true, true)), ("no_opt_out", (false, false))];

/// Reads a profile.
pub fn read(reader: &mut Reader, root: &Node) -> Option<Profile> {
    let keys = [
        "profile",
        "grace",
        "erasure_within",
        "delivered_within",
        "adequacy",
        "age_of_consent",
        "sources",
        "channels",
        "consent",
    ];
    let fields = reader.fields(root, &keys)?;
    let name = fields.required("profile", reader).and_then(|node| reader.text(node));
    let grace = fields.optional("grace").map_or(Some(GRACE), |node| reader.duration(node));
    let erasure_within = fields
        .optional("erasure_within")
        .map_or(Some(ERASURE_WITHIN), |node| reader.duration(node));
    let sources =
        fields.required("sources", reader).and_then(|node| reader.some(node, Reader::text));
    let channels = fields.required("channels", reader).and_then(|node| read_channels(reader, node));
    let consent = fields
        .optional("consent")
        .map_or(Some(ConsentRules::default()), |node| read_consent(reader, node));
    let delivered_within = fields
        .optional("delivered_within")
        .map_or(Some(DELIVERED_WITHIN), |node| reader.duration(node));
    let adequacy = optional(&fields, "adequacy", |node| read_adequacy(reader, node));
    let age_of_consent = fields
        .optional("age_of_consent")
        .map_or(Some(AgeOfConsent::default()), |node| read_ages(reader, node));
    sources?;
    Some(Profile {
        name: name?,
        grace: grace?,
        erasure_within: erasure_within?,
        delivered_within: delivered_within?,
        adequacy: adequacy?,
        age_of_consent: age_of_consent?,
        channels: channels?,
        consent: consent?,
    })
}

/// `{as_of: 2026-01-31, countries: [CH, JP]}`.
fn read_adequacy(reader: &mut Reader, node: &Node) -> Option<Adequacy> {
    let fields = reader.fields(node, &["as_of", "countries"])?;
    let as_of = fields.required("as_of", reader).and_then(|node| reader.day(node));
    let countries =
        fields.required("countries", reader).and_then(|node| reader.some(node, country));
    Some(Adequacy { as_of: as_of?, countries: countries?.into_iter().collect() })
}

/// `16`, or `{as_of: 2026-01-31, otherwise: 16, countries: {AT: 14}}`.
fn read_ages(reader: &mut Reader, node: &Node) -> Option<AgeOfConsent> {
    if !matches!(node.value, Value::Map(_)) {
        return Some(AgeOfConsent { otherwise: age(reader, node)?, ..AgeOfConsent::default() });
    }
    let fields = reader.fields(node, &["as_of", "otherwise", "countries"])?;
    let as_of = fields.required("as_of", reader).and_then(|node| reader.day(node));
    let otherwise = fields.required("otherwise", reader).and_then(|node| age(reader, node));
    let listed = fields.required("countries", reader).and_then(|node| reader.entries(node))?;
    let read = listed
        .iter()
        .map(|(key, node)| (country_named(reader, &key.name, &key.place), age(reader, node)));
    let read: Vec<(Option<Country>, Option<u32>)> = read.collect();
    let countries: Option<BTreeMap<Country, u32>> =
        read.into_iter().map(|(country, years)| Some((country?, years?))).collect();
    Some(AgeOfConsent { as_of: Some(as_of?), countries: countries?, otherwise: otherwise? })
}

/// The Regulation leaves 13 to 16 years to the Member States; elsewhere other ages are the law.
fn age(reader: &mut Reader, node: &Node) -> Option<u32> {
    let years = reader.number(node)?;
    let age = u32::try_from(years).ok().filter(|years| (1..=MAXIMUM_AGE).contains(years));
    if age.is_none() {
        let help = format!("write an age in years, of at most {MAXIMUM_AGE}, such as 16");
        reader.fault(&node.place, format!("{years} is out of range"), help);
    }
    age
}

fn read_consent(reader: &mut Reader, node: &Node) -> Option<ConsentRules> {
    let keys =
        ["recorded_within", "propagated_within", "no_swap_within", "in_flight", "bundled_from"];
    let fields = reader.fields(node, &keys)?;
    let mut within =
        |key, otherwise| fields.optional(key).map_or(Some(otherwise), |node| reader.duration(node));
    let otherwise = ConsentRules::default();
    let recorded_within = within("recorded_within", otherwise.recorded_within);
    let propagated_within = within("propagated_within", otherwise.propagated_within);
    let no_swap_within = within("no_swap_within", otherwise.no_swap_within);
    let in_flight = within("in_flight", otherwise.in_flight);
    let bundled_from = fields
        .optional("bundled_from")
        .map_or(Some(otherwise.bundled_from), |node| at_least_two(reader, node));
    Some(ConsentRules {
        recorded_within: recorded_within?,
        propagated_within: propagated_within?,
        no_swap_within: no_swap_within?,
        in_flight: in_flight?,
        bundled_from: bundled_from?,
    })
}

fn at_least_two(reader: &mut Reader, node: &Node) -> Option<u64> {
    let number = reader.number(node)?;
    if number < 2 {
        let cause = format!("{number} is out of range");
        reader.fault(&node.place, cause, "one consent is no bundle; write 2 or more");
        return None;
    }
    Some(number)
}

fn read_channels(reader: &mut Reader, node: &Node) -> Option<BTreeMap<Channel, ChannelRule>> {
    let names = Channel::ALL.map(Channel::name);
    let mut channels = BTreeMap::new();
    let mut complete = true;
    for (key, node) in reader.entries(node)? {
        let channel = Channel::ALL.into_iter().find(|channel| channel.name() == key.name);
        if channel.is_none() {
            reader.unknown(&key.place, "channel", &key.name, &names);
        }
        match (channel, read_rule(reader, node)) {
            (Some(channel), Some(rule)) => drop(channels.insert(channel, rule)),
            _ => complete = false,
        }
    }
    complete.then_some(channels)
}

fn read_rule(reader: &mut Reader, node: &Node) -> Option<ChannelRule> {
    let fields = reader.fields(node, &["needs", "soft_opt_in"])?;
    let needs =
        fields.required("needs", reader).and_then(|node| reader.one_of(node, "need", &NEEDS));
    let soft_opt_in = fields.optional("soft_opt_in").map_or(Some(false), |node| reader.flag(node));
    let ((opt_in, double_opt_in), soft_opt_in) = (needs?, soft_opt_in?);
    if soft_opt_in && !opt_in {
        let cause = "a soft opt-in says nothing where no opt-in is needed";
        reader.fault(fields.place(), cause, "remove `soft_opt_in`");
        return None;
    }
    Some(ChannelRule { opt_in, double_opt_in, soft_opt_in })
}
