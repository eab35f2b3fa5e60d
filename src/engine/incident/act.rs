//! Which signals are one act.
//!
//! Who reads alerts wants one for one act, whichever detectors speak of it. Signals of one transaction are
//! one act. Of several transactions they are when two of these agree: who did it, under which code and as which
//! kind of breach it is told, and what kind of people's data it was; until it is quiet for as long as its
//! tripwire looks back, an hour at least, and over no more than a day. Where nobody in particular did one of
//! them, because it was counted over all actors or the stream does not say, they are one when they are about the
//! same people for the most part, or where no people are known, when they are about the same table. The code of what
//! is done to the system rather than to people's data is enough: an administrator that one account makes
//! and a token that another makes are one way in. So what is diluted over accounts is one incident, as is what
//! one actor does to the same data in several ways; and two people who do different things remain two.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::clock;
use super::record::Record;
use crate::engine::detect::Signal;
use crate::engine::state::State;
use crate::model::{BreachType, Code, Fault, Incident, Reference, TableName, Timestamp, limits};

const LINKS: &[u8] = b"incident/link/";

/// What differs in something joins an incident no older than this.
const LONGEST: Duration = Duration::from_secs(24 * 3_600);

/// What is known of an act by one of its signals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Act {
    pub code: Code,
    pub breach: BreachType,
    pub actor: Option<Reference>,
    /// Whose data: [`data_class`](super::data_class).
    pub class: TableName,
}

/// Two things that agree.
#[derive(Serialize)]
enum Link<'a> {
    ActorAndData(Reference, &'a TableName),
    ActorAndCode(Reference, Code),
    /// Of what is only unusual the code says nothing of what was done; the kind of breach does.
    CodeAndData(Code, BreachType, &'a TableName),
    /// Of what is done to the system.
    Code(Code),
    /// What nobody in particular did.
    NobodysAndData(&'a TableName),
    /// For what nobody in particular did.
    Data(&'a TableName),
}

impl Act {
    /// Under what it is found.
    fn links(&self) -> impl Iterator<Item = Vec<u8>> {
        let nobodys = self.actor.is_none().then_some(Link::NobodysAndData(&self.class));
        let links = self.near().into_iter().chain([nobodys, Some(Link::Data(&self.class))]);
        links.flatten().map(|link| link.key())
    }

    /// Under what those are looked for that it belongs to, the closest first.
    fn relatives(&self) -> impl Iterator<Item = Vec<u8>> {
        self.near().into_iter().flatten().map(|link| link.key())
    }

    /// Under what those are looked for that it belongs to if they are about the same people: of whom nothing is
    /// known may be anybody.
    fn distant(&self) -> Vec<u8> {
        let link = match self.actor {
            Some(_) => Link::NobodysAndData(&self.class),
            None => Link::Data(&self.class),
        };
        link.key()
    }

    fn near(&self) -> [Option<Link<'_>>; 4] {
        [
            self.actor.map(|actor| Link::ActorAndData(actor, &self.class)),
            self.actor.map(|actor| Link::ActorAndCode(actor, self.code)),
            Some(Link::CodeAndData(self.code, self.breach, &self.class)),
            Act::is_upon_the_system(self.code).then_some(Link::Code(self.code)),
        ]
    }

    /// The parts of those who did it together, as far as they are known.
    pub fn of_each(&self, signal: &Signal) -> Vec<Act> {
        let actors = signal.together.iter().flatten();
        actors.map(|actor| Act { actor: Some(*actor), ..self.clone() }).collect()
    }

    /// Whether the code is about what somebody does to get in, to look or carry away, to hide, or to extort,
    /// once or a few times. Of what people also do all day, such as changing and deleting, two may do the same
    /// to different data, and it is two acts.
    fn is_upon_the_system(code: Code) -> bool {
        let codes = [
            Code::SEC_003,
            Code::SEC_004,
            Code::SEC_005,
            Code::SEC_006,
            Code::SEC_007,
            Code::SEC_008,
            Code::SEC_012,
            Code::SEC_014,
            Code::SEC_015,
            Code::SEC_016,
            Code::SEC_021,
            Code::TR_002,
        ];
        codes.contains(&code)
    }

    /// How long it has to be quiet before what comes is another act: where a tripwire looks back a day, what it
    /// goes on counting is the same.
    pub fn quiet_after(code: Code) -> Duration {
        match code {
            code if [Code::SEC_003, Code::SEC_012, Code::SEC_017].contains(&code) => LONGEST,
            _ => limits::INCIDENT_GAP,
        }
    }

    /// How much the code says of what happened: a tripwire explains more than what is only unusual, and one
    /// for a kind of change more than the one for any.
    pub fn rank(code: Code) -> u8 {
        match code {
            code if code == Code::SEC_009 => 0,
            code if code == Code::SEC_001 => 1,
            _ => 2,
        }
    }
}

impl Link<'_> {
    fn key(&self) -> Vec<u8> {
        let name = postcard::to_stdvec(self).expect("records of the engine serialise");
        [LINKS, &name].concat()
    }
}

/// The incident that collects such an act, if one is running.
pub(super) fn running(state: &State, act: &Act, now: Timestamp) -> Result<bool, Fault> {
    for link in act.relatives() {
        let Some(key) = state.recall::<Vec<u8>>(&link)? else { continue };
        let record = state.read::<Record>(&key)?;
        if record.map(|record| takes(state, &record, act, now)).transpose()?.unwrap_or(false) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// As [`running`], where it lies; also by the parts of those who did it together. What was looked at is taken out of the state into `loaded`.
pub(super) fn find(
    state: &mut State,
    loaded: &mut BTreeMap<Vec<u8>, Record>,
    (act, parts): (&Act, &[Act]),
    signal: &Signal,
    now: Timestamp,
) -> Result<Option<Vec<u8>>, Fault> {
    let near = act.relatives().chain(parts.iter().flat_map(Act::relatives));
    let links = near.map(|link| (link, true)).chain([(act.distant(), false)]);
    for (link, is_near) in links {
        let Some(key) = state.recall::<Vec<u8>>(&link)? else { continue };
        if !loaded.contains_key(&key) {
            let Some(record) = state.take::<Record>(&key)? else { continue };
            loaded.insert(key.clone(), record);
        }
        let record = &loaded[&key];
        if (is_near || record.concerns(signal)) && takes(state, record, act, now)? {
            return Ok(Some(key));
        }
    }
    Ok(None)
}

/// Whether the incident goes on with such an act. One that people have put aside goes on with what they put
/// aside, and with nothing else.
pub(super) fn takes(
    state: &State,
    record: &Record,
    act: &Act,
    now: Timestamp,
) -> Result<bool, Fault> {
    let incident = record.incident();
    if now >= record.quiet() || record.acts().contains(act) {
        return Ok(now < record.quiet());
    }
    let fresh = now < incident.detected + LONGEST;
    if !fresh || record.acts().len() >= limits::ACTS_OF_RECORD {
        return Ok(false);
    }
    // Its clock runs until people have put it aside.
    Ok(record.is_new() || state.read::<Incident>(&clock(incident))?.is_some())
}

/// An act belongs to the incident at this key from now on.
pub(super) fn link(state: &mut State, act: &Act, key: &Vec<u8>, opened: bool) -> Result<(), Fault> {
    for link in act.links() {
        if opened || state.recall::<Vec<u8>>(&link)?.is_none() {
            state.write(link, key);
        }
    }
    Ok(())
}

/// The incident has gone quiet.
pub(super) fn unlink(state: &mut State, record: &Record, key: &Vec<u8>) -> Result<(), Fault> {
    for link in record.acts().iter().flat_map(Act::links) {
        if state.recall::<Vec<u8>>(&link)?.as_ref() == Some(key) {
            state.remove(link);
        }
    }
    Ok(())
}
