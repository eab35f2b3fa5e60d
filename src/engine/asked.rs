//! What people ask about incidents, and what they ask to be done about them.

use uuid::Uuid;

use super::decide::{Deciding, Engine};
use super::decision::Decision;
use super::incident;
use super::state::{State, View};
use crate::model::{Fault, Incident, Instruction};

impl Engine {
    /// All incidents on file, in the order of detection.
    pub fn incidents(view: &dyn View) -> Result<Vec<Incident>, Fault> {
        incident::case::all(&State::new(view))
    }

    /// One incident, as of its last event.
    ///
    /// # Errors
    /// [`Code::INC_001`](crate::model::Code) when there is none of this id.
    pub fn incident(view: &dyn View, id: Uuid) -> Result<Incident, Fault> {
        incident::case::find(&State::new(view), id)
    }

    /// Does what a person asks for about an incident. No part of the stream: progress stays.
    ///
    /// # Errors
    /// As [`incident::case::instruct`].
    pub fn instruct(&self, view: &dyn View, asked: &Instruction) -> Result<Decision, Fault> {
        let mut deciding = Deciding::resume(self, view)?;
        let told = incident::case::instruct(&mut deciding.state, asked)?;
        deciding.emissions.push(told);
        Ok(deciding.finish())
    }
}
