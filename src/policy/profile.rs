//! How strict to be, compiled: what a channel needs, how long to wait, when to raise an alarm.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::Provenance;
use crate::model::limits::{
    AGE_OF_CONSENT, BUNDLED_FROM, CONSENT_RECORDED_WITHIN, NO_SWAP_WITHIN,
    WITHDRAWAL_PROPAGATED_WITHIN,
};
use crate::model::{Channel, Country, Timestamp};

/// A profile: one reading of the law.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Its name, such as `strict`.
    pub name: String,
    /// How long, in stream time, a missing basis or permission may still be recorded.
    pub grace: Duration,
    /// How long, in stream time, an erasure that is recorded as fulfilled may take to reach every
    /// table.
    pub erasure_within: Duration,
    /// How long, in stream time, a copy of their data that people asked for may take to be handed over.
    pub delivered_within: Duration,
    /// Third countries with an adequate level of protection; `None`: the profile does not say.
    pub adequacy: Option<Adequacy>,
    /// From which age on people consent for themselves.
    pub age_of_consent: AgeOfConsent,
    /// What direct marketing needs, by channel. A channel that is not here needs opt-in.
    pub channels: BTreeMap<Channel, ChannelRule>,
    /// What records of consent and of its withdrawal need.
    pub consent: ConsentRules,
}

/// Third countries for which an adequacy decision is in force (Art. 45).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adequacy {
    /// The day on which the list was looked up.
    pub as_of: Timestamp,
    /// The countries.
    pub countries: BTreeSet<Country>,
}

/// From which age on people consent to services of the information society for themselves: 16 years, where
/// the law of a Member State sets no other age from 13 on (Art. 8(1)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgeOfConsent {
    /// The day on which the ages of the countries were looked up.
    pub as_of: Option<Timestamp>,
    /// By country, in years.
    pub countries: BTreeMap<Country, u32>,
    /// Everywhere else, and of whom nobody knows where they live.
    pub otherwise: u32,
}

impl Default for AgeOfConsent {
    fn default() -> Self {
        AgeOfConsent { as_of: None, countries: BTreeMap::new(), otherwise: AGE_OF_CONSENT }
    }
}

impl AgeOfConsent {
    /// In years, of somebody who lives there.
    pub fn years(&self, country: Option<Country>) -> u32 {
        let listed = country.and_then(|country| self.countries.get(&country));
        listed.copied().unwrap_or(self.otherwise)
    }
}

/// How much time records of consent and of its withdrawal are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConsentRules {
    /// After the data subject's act, its record is written within this much.
    pub recorded_within: Duration,
    /// After a withdrawal of the whole person's, every other record of a yes ends within this much.
    pub propagated_within: Duration,
    /// For this long after a consent was withdrawn, another basis does not take its place.
    pub no_swap_within: Duration,
    /// For this long after a no, a message that was on its way already is told of and weighs little.
    pub in_flight: Duration,
    /// Consents to this many unrelated purposes at once are told of as bundled.
    pub bundled_from: u64,
}

impl Default for ConsentRules {
    fn default() -> Self {
        ConsentRules {
            recorded_within: CONSENT_RECORDED_WITHIN,
            propagated_within: WITHDRAWAL_PROPAGATED_WITHIN,
            no_swap_within: NO_SWAP_WITHIN,
            in_flight: Duration::ZERO,
            bundled_from: BUNDLED_FROM,
        }
    }
}

/// What direct marketing over one channel needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChannelRule {
    /// Whether permission must be on record before a message; otherwise only an opt-out forbids.
    pub opt_in: bool,
    /// Whether the opt-in must be confirmed.
    pub double_opt_in: bool,
    /// Whether an existing customer may be written to about similar products.
    pub soft_opt_in: bool,
}

impl Profile {
    /// What a channel needs; opt-in when the profile does not say.
    pub fn channel(&self, channel: Channel) -> ChannelRule {
        let unlisted = ChannelRule { opt_in: true, double_opt_in: false, soft_opt_in: false };
        self.channels.get(&channel).copied().unwrap_or(unlisted)
    }
}

/// When the deterministic detectors fire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detection {
    /// Personal cells of this many data subjects changed by one actor.
    pub mass_change: Tripwire,
    /// This many data subjects deleted by one actor.
    pub mass_deletion: Tripwire,
    /// This many consents granted by one actor without evidence of the data subjects' own acts.
    pub bulk_consent: Tripwire,
    /// This many records of other owners given to one owner by one actor.
    pub reassignment: Tripwire,
    /// This many records merged into one by one actor.
    pub merge: Tripwire,
    /// This many records exported by one actor.
    pub export: Tripwire,
    /// One bank account in place of the former ones of this many data subjects.
    pub payee: Tripwire,
    /// Database roles that change the schema as part of their work.
    pub schema_changes_by: BTreeSet<String>,
}

impl Default for Detection {
    fn default() -> Self {
        let within = |subjects, seconds| Tripwire {
            subjects,
            share_per_mille: 0,
            window: Duration::from_secs(seconds),
        };
        Detection {
            // Somebody who changes this many people's data in so short a time is not working by hand.
            mass_change: within(100, 600),
            // Deletions by hand come one at a time.
            mass_deletion: within(50, 600),
            // Each consent is an act of one person; nobody records twenty within a minute.
            bulk_consent: within(20, 60),
            // A leaver's book is worth more than a record that changes hands.
            reassignment: within(25, 3_600),
            // Duplicates come in pairs, at most in handfuls.
            merge: within(10, 3_600),
            // More than anybody reads in a day.
            export: within(10_000, 86_400),
            // Two may be a couple.
            payee: within(3, 86_400),
            schema_changes_by: BTreeSet::new(),
        }
    }
}

impl Detection {
    /// The settings for a database that is this to its CRM. A sync job is one actor who brings many
    /// people's consents at once, so in a copy consent granted in bulk means nothing.
    pub fn within(self, provenance: Provenance) -> Detection {
        let bulk_consent = match provenance {
            Provenance::Origin => self.bulk_consent,
            Provenance::Replica | Provenance::Feed => {
                Tripwire { subjects: u64::MAX, ..self.bulk_consent }
            }
        };
        Detection { bulk_consent, ..self }
    }
}

/// Fires when both numbers are reached within the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tripwire {
    /// Distinct data subjects.
    pub subjects: u64,
    /// Share of the table's rows, in per mille; 0 switches the second test off.
    pub share_per_mille: u32,
    /// Sliding window in stream time.
    pub window: Duration,
}
