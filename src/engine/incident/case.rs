//! What is kept of an incident for the people who judge it: its last event, and what they did.
//!
//! The stream's own record of an incident ends when it has gone quiet; people take longer. A case
//! stays for [`limits::CASE_KEPT`] after detection, and longer while it is not closed.

use uuid::Uuid;

use super::agenda::{self, Due};
use super::clock;
use crate::engine::classify::text;
use crate::engine::state::State;
use crate::model::{
    Activity, Code, Emission, Fault, Incident, Instruction, Stage, Timestamp, limits,
};

const CASES: &[u8] = b"incident/case/";
const CASES_END: &[u8] = b"incident/case0";

/// Every case, in the order of detection.
pub fn all(state: &State) -> Result<Vec<Incident>, Fault> {
    let cases = state.all::<Incident>(CASES, CASES_END)?;
    let mut cases: Vec<Incident> = cases.into_iter().map(|(_, incident)| incident).collect();
    cases.sort_by_key(|incident| (incident.detected, incident.id));
    Ok(cases)
}

/// The case of an incident.
///
/// # Errors
/// [`Code::INC_001`] when there is none.
pub fn find(state: &State, id: Uuid) -> Result<Incident, Fault> {
    let unknown = || Fault::new(Code::INC_001, format!("there is no incident {id}"));
    state.read(&key(id))?.ok_or_else(unknown)
}

/// Puts an incident's next event on file. What people did stays with it, and each thing that they
/// did was an event as well.
pub(super) fn file(state: &mut State, incident: &mut Incident) -> Result<(), Fault> {
    let key = key(incident.id);
    match state.read::<Incident>(&key)? {
        Some(filed) => {
            incident.handling = filed.handling;
            incident.version += incident.handling.acts.len() as u32;
        }
        None => {
            let due = Due::Case(key.clone());
            agenda::schedule(state, incident.detected + limits::CASE_KEPT, &due)?;
        }
    }
    state.write(key, incident);
    Ok(())
}

/// Does what a person asks for.
///
/// # Errors
/// [`Code::INC_001`] there is no such incident, [`Code::INC_002`] it is not possible at this stage,
/// [`Code::INC_003`] the reason is missing, too long or names a person, or the moment of awareness
/// lies after the act.
pub fn instruct(state: &mut State, instruction: &Instruction) -> Result<Emission, Fault> {
    let mut incident = find(state, instruction.incident)?;
    let act = &instruction.act;
    check_reason(&act.reason)?;
    if act.aware.is_some_and(|aware| aware > act.time) {
        return Err(Fault::new(Code::INC_003, "the moment of awareness lies in the future"));
    }
    let stage = incident.handling.stage;
    if !incident.handling.add(act.clone()) {
        let possible: Vec<&str> = incident.handling.possible().map(|it| it.name()).collect();
        let possible = match possible.is_empty() {
            true => "nothing more is".to_owned(),
            false => format!("possible is {}", possible.join(", ")),
        };
        let (action, stage) = (act.action.name(), stage.name());
        let cause = format!("{action} is not possible for an incident that is {stage}; {possible}");
        return Err(Fault::new(Code::INC_002, cause));
    }
    incident.version += 1;
    incident.activity = match incident.handling.stage {
        Stage::Closed => Activity::Close,
        _ => Activity::Update,
    };
    state.write(key(incident.id), &incident);
    // The time for notification ends with a notification or a dismissal.
    match incident.handling.stage.ends_clock() {
        true => state.remove(clock(&incident)),
        false => state.write(clock(&incident), &incident),
    }
    Ok(Emission::Incident(Box::new(incident)))
}

/// The time to forget a case has come, unless somebody still works on it.
pub(super) fn reach(state: &mut State, key: Vec<u8>, now: Timestamp) -> Result<(), Fault> {
    let Some(incident) = state.read::<Incident>(&key)? else { return Ok(()) };
    let untouched = incident.handling.stage == Stage::New;
    if untouched || incident.handling.stage.ends_clock() {
        state.remove(key);
        return Ok(());
    }
    agenda::schedule(state, now + limits::NOTIFICATION_WINDOW, &Due::Case(key))
}

/// A reason goes into the evidence for good, so it must not name anybody.
fn check_reason(reason: &str) -> Result<(), Fault> {
    let length = reason.trim().chars().count();
    if !(limits::REASON_LENGTH.0..=limits::REASON_LENGTH.1).contains(&length) {
        let (least, most) = limits::REASON_LENGTH;
        let cause = format!("a reason has {least} to {most} characters, this one {length}");
        return Err(Fault::new(Code::INC_003, cause));
    }
    if reason.chars().any(char::is_control) {
        let cause = "a reason is one line of text, without control characters";
        return Err(Fault::new(Code::INC_003, cause));
    }
    match text::read(reason).spans.first() {
        None => Ok(()),
        Some(span) => {
            let category = span.category.key();
            let cause = format!("the reason holds personal data ({category})");
            Err(Fault::new(Code::INC_003, cause))
        }
    }
}

fn key(id: Uuid) -> Vec<u8> {
    [CASES, id.as_bytes()].concat()
}
