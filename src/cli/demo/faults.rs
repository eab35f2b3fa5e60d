//! What goes wrong in the demonstration, and when. Each misdeed is known before it is done, so
//! that the end can tell what was found and what was missed.

use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio_postgres::Client;

use super::cast::{Cast, Part};
use super::data::NEWSLETTER_CAMPAIGNS;
use super::dice::Dice;
use super::load;
use super::people;
use super::scoreboard::{Seeded, Target};
use super::statements as sql;
use crate::engine::pseudonym::Pseudonymizer;
use crate::model::{Code, Fault, TableName};

/// First key of the contacts that only misdeeds bring in.
const STRANGERS: i64 = 8_000_000;

/// How many contacts come without a lawful basis.
const WITHOUT_BASIS: i64 = 5;

/// Shares of the run, in percent, at which misdeeds begin and have all been done.
const BEGIN_PERCENT: u32 = 10;
const END_PERCENT: u32 = 70;

/// Users who do what nobody should.
const SCRAMBLER: i32 = 7;
const FLIPPER: i32 = 13;
const IMPORTER: i32 = 17;

/// One thing that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misdeed {
    /// A contact is entered and nobody records why we may keep it.
    ContactWithoutBasis(i64),
    /// A newsletter goes to somebody of a part whose permission does not allow it.
    Newsletter(Part, i64),
    /// An import brings somebody back who was erased; the second number is the new contact's.
    Return(i64, i64),
    /// One user overwrites hundreds of phone numbers.
    Scramble,
    /// One user deletes the contacts he looked after.
    MassDeletion,
    /// A table of people is emptied.
    Truncate,
    /// One user sets consents to confirmed, without anybody having confirmed.
    Flip,
    /// A table with people's data appears that no policy knows.
    UnmappedTable,
}

impl Misdeed {
    /// The code under which it should be found.
    pub fn code(self) -> Code {
        match self {
            Misdeed::ContactWithoutBasis(_) => Code::LB_001,
            Misdeed::Newsletter(Part::OptedOut, _) => Code::CN_002,
            Misdeed::Newsletter(Part::Unconfirmed, _) => Code::CN_003,
            Misdeed::Newsletter(..) => Code::CN_001,
            Misdeed::Return(..) => Code::ER_002,
            Misdeed::Scramble => Code::SEC_001,
            Misdeed::MassDeletion | Misdeed::Truncate => Code::SEC_002,
            Misdeed::Flip => Code::CN_007,
            Misdeed::UnmappedTable => Code::COV_003,
        }
    }

    /// What it should be found about.
    pub fn target(self, pseudonyms: &Pseudonymizer) -> Target {
        let contacts = TableName::new("crm", "contacts");
        match self {
            Misdeed::ContactWithoutBasis(id)
            | Misdeed::Newsletter(_, id)
            | Misdeed::Return(_, id) => {
                Target::Subject(pseudonyms.subject(&contacts, id.to_string().as_bytes()))
            }
            Misdeed::Scramble | Misdeed::MassDeletion => Target::Table(contacts),
            Misdeed::Truncate => Target::Table(TableName::new("crm", "event_visitors")),
            Misdeed::Flip => Target::Table(TableName::new("crm", "consents")),
            Misdeed::UnmappedTable => Target::Table(TableName::new("crm", "leads_import")),
        }
    }

    /// Its transactions, in order.
    fn transactions(self, cast: &Cast) -> Vec<String> {
        let seed = cast.seed();
        let user = |id| people::colleague(seed, id).username;
        match self {
            Misdeed::ContactWithoutBasis(id) => {
                vec![sql::contact(&people::person(seed, id), &user(IMPORTER))]
            }
            Misdeed::Newsletter(_, id) => {
                let person = people::person(seed, id);
                vec![sql::queued(NEWSLETTER_CAMPAIGNS[0], &person), sql::sent(id)]
            }
            Misdeed::Return(erased, id) => {
                let person = people::Person { id, ..people::person(seed, erased) };
                let contact = sql::contact(&person, &user(IMPORTER));
                let basis =
                    sql::basis(id, "legitimate_interests", "list of a fair", &user(IMPORTER));
                vec![contact + &basis]
            }
            Misdeed::Scramble => vec![format!(
                "UPDATE crm.contacts SET phone = '+999' || lpad(id::text, 9, '0'), \
                 modified_by = '{}' WHERE {};",
                user(SCRAMBLER),
                within("id", cast, Part::Scrambled)
            )],
            Misdeed::MassDeletion => {
                vec![format!(
                    "DELETE FROM crm.contacts WHERE {};",
                    within("id", cast, Part::Deleted)
                )]
            }
            Misdeed::Truncate => vec!["TRUNCATE crm.event_visitors;".to_string()],
            Misdeed::Flip => vec![format!(
                "UPDATE crm.consents SET state = 'confirmed', modified_by = '{}' WHERE {};",
                user(FLIPPER),
                within("contact_id", cast, Part::Flipped)
            )],
            Misdeed::UnmappedTable => unmapped_table(seed),
        }
    }
}

fn within(column: &str, cast: &Cast, part: Part) -> String {
    let range = cast.part(part);
    format!("{column} BETWEEN {} AND {}", range.start, range.end - 1)
}

fn unmapped_table(seed: u64) -> Vec<String> {
    let create = "CREATE TABLE crm.leads_import (id bigint PRIMARY KEY, first_name text, \
                  last_name text, email text, phone text); \
                  GRANT SELECT ON crm.leads_import TO lawtail; \
                  ALTER PUBLICATION lawtail ADD TABLE crm.leads_import;";
    let rows = (1..=40).map(|id| {
        let person = people::person(seed, STRANGERS + 1_000 + id);
        // Some names have an apostrophe.
        let last_name = person.last_name.replace('\'', "''");
        let (first_name, email, phone) = (person.first_name, person.email, person.phone);
        format!("({id}, '{first_name}', '{last_name}', '{email}', '{phone}')")
    });
    let rows = rows.collect::<Vec<_>>().join(", ");
    vec![create.to_string(), format!("INSERT INTO crm.leads_import VALUES {rows};")]
}

/// Every misdeed with its moment in a run of this length.
pub fn plan(cast: &Cast, run: Duration) -> Vec<(Duration, Misdeed)> {
    let mut misdeeds = vec![
        Misdeed::Scramble,
        Misdeed::MassDeletion,
        Misdeed::Truncate,
        Misdeed::Flip,
        Misdeed::UnmappedTable,
    ];
    let strangers = STRANGERS..STRANGERS + WITHOUT_BASIS;
    misdeeds.extend(strangers.map(Misdeed::ContactWithoutBasis));
    for part in [Part::NeverAsked, Part::OptedOut, Part::Unconfirmed] {
        misdeeds.extend(cast.part(part).map(|id| Misdeed::Newsletter(part, id)));
    }
    let returning = cast.part(Part::Returning).zip(STRANGERS + WITHOUT_BASIS..);
    misdeeds.extend(returning.map(|(erased, id)| Misdeed::Return(erased, id)));
    shuffle(&mut misdeeds, &mut Dice::new(cast.seed(), "plan", 0));
    let (first, last) = (run * BEGIN_PERCENT / 100, run * END_PERCENT / 100);
    let step = (last - first) / misdeeds.len() as u32;
    let moments = (0..).map(|number| first + step * number);
    moments.zip(misdeeds).collect()
}

fn shuffle(misdeeds: &mut [Misdeed], dice: &mut Dice) {
    for last in (1..misdeeds.len()).rev() {
        misdeeds.swap(last, dice.below(last as u64 + 1) as usize);
    }
}

/// Does what is planned, each at its moment, and returns what was done by the time of the stop.
pub async fn run(
    client: &Client,
    cast: &Cast,
    plan: Vec<(Duration, Misdeed)>,
    pseudonyms: &Pseudonymizer,
    mut stop: watch::Receiver<bool>,
) -> Result<Vec<Seeded>, Fault> {
    let begin = tokio::time::Instant::now();
    erase_properly(client, cast).await?;
    let mut seeded = Vec::new();
    for (moment, misdeed) in plan {
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => break,
            () = tokio::time::sleep_until(begin + moment) => {}
        }
        for transaction in misdeed.transactions(cast) {
            load::execute(client, &transaction).await?;
        }
        let (code, target) = (misdeed.code(), misdeed.target(pseudonyms));
        seeded.push(Seeded { code, target, committed: Instant::now() });
    }
    Ok(seeded)
}

/// The people who come back later leave first, as the law wants it.
async fn erase_properly(client: &Client, cast: &Cast) -> Result<(), Fault> {
    let officer = people::colleague(cast.seed(), 1).username;
    for id in cast.part(Part::Returning) {
        load::execute(client, &sql::erasure_requested(id, &officer)).await?;
        load::execute(client, &sql::erasure_completed(id, &officer)).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::cast::FEWEST_CONTACTS;
    use super::*;

    fn codes(plan: &[(Duration, Misdeed)]) -> BTreeSet<Code> {
        plan.iter().map(|(_, misdeed)| misdeed.code()).collect()
    }

    #[test]
    fn every_code_of_the_demonstration_is_seeded_between_begin_and_end() {
        let plan = plan(&Cast::new(3, FEWEST_CONTACTS), Duration::from_secs(60));
        let expected = [
            Code::LB_001,
            Code::CN_001,
            Code::CN_002,
            Code::CN_003,
            Code::CN_007,
            Code::ER_002,
            Code::SEC_001,
            Code::SEC_002,
            Code::COV_003,
        ];
        assert_eq!(codes(&plan), expected.into());
        for (moment, _) in plan {
            assert!((Duration::from_secs(6)..=Duration::from_secs(42)).contains(&moment));
        }
    }

    #[test]
    fn the_order_is_that_of_the_seed() {
        let run = Duration::from_secs(60);
        let of = |seed| plan(&Cast::new(seed, FEWEST_CONTACTS), run);
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
    }

    #[test]
    fn no_two_misdeeds_share_code_and_target() {
        let pseudonyms = Pseudonymizer::new(b"key");
        let plan = plan(&Cast::new(1, FEWEST_CONTACTS), Duration::from_secs(60));
        let mut seen = Vec::new();
        for (_, misdeed) in plan {
            let fact = (misdeed.code(), misdeed.target(&pseudonyms));
            assert!(!seen.contains(&fact), "{misdeed:?}");
            seen.push(fact);
        }
    }
}
