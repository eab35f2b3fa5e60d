//! The way to the run loop from outside of the stream: questions about incidents, what people decide
//! about them, and other policies. The loop alone holds the store.

use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use super::metrics::Reload;
use crate::engine::Whom;
use crate::model::limits::QUESTIONS_WAITING;
use crate::model::{Code, Fault, Incident, Instruction};
use crate::policy::Policies;

/// One question, and where the answer goes. Without `Debug`: a question may name somebody.
pub enum Question {
    /// All incidents on file.
    List(oneshot::Sender<Result<Vec<Incident>, Fault>>),
    /// One of them.
    Show(Uuid, oneshot::Sender<Result<Incident, Fault>>),
    /// Do something about one of them. The answer comes when it is durable.
    Instruct(Instruction, oneshot::Sender<Result<Incident, Fault>>),
    /// What is on record of somebody, as JSON.
    Timeline(Box<Whom>, oneshot::Sender<Result<String, Fault>>),
    /// Put these policies in force; or, when they have faults, on record that they were refused.
    Replace(Box<Result<Policies, Vec<Fault>>>, oneshot::Sender<Result<Reload, Fault>>),
}

/// Where questions are asked.
#[derive(Clone, Debug)]
pub struct Desk {
    questions: mpsc::Sender<Question>,
}

impl Desk {
    /// A desk, and what whoever answers reads from.
    pub fn open() -> (Desk, mpsc::Receiver<Question>) {
        let (questions, asked) = mpsc::channel(QUESTIONS_WAITING);
        (Desk { questions }, asked)
    }

    /// All incidents on file, in the order of detection.
    ///
    /// # Errors
    /// [`Code::API_002`] when nobody answers any more.
    pub async fn list(&self) -> Result<Vec<Incident>, Fault> {
        self.ask(Question::List).await
    }

    /// One incident.
    ///
    /// # Errors
    /// [`Code::INC_001`] there is none of this id; [`Code::API_002`] nobody answers any more.
    pub async fn show(&self, id: Uuid) -> Result<Incident, Fault> {
        self.ask(|answer| Question::Show(id, answer)).await
    }

    /// Does something about an incident, which is durable when this returns.
    ///
    /// # Errors
    /// As [`crate::engine::Engine::instruct`]; [`Code::API_002`] when nobody answers any more.
    pub async fn instruct(&self, instruction: Instruction) -> Result<Incident, Fault> {
        self.ask(|answer| Question::Instruct(instruction, answer)).await
    }

    /// What is on record of somebody, as JSON.
    ///
    /// # Errors
    /// As [`crate::engine::Engine::timeline`]; [`Code::API_002`] when nobody answers any more.
    pub async fn timeline(&self, whom: Whom) -> Result<String, Fault> {
        self.ask(|answer| Question::Timeline(Box::new(whom), answer)).await
    }

    /// Puts policies in force, or their refusal on record, which is durable when this returns.
    ///
    /// # Errors
    /// [`Code::API_002`] when nothing could be done yet, or nobody answers any more.
    pub async fn replace(&self, read: Result<Policies, Vec<Fault>>) -> Result<Reload, Fault> {
        self.ask(|answer| Question::Replace(Box::new(read), answer)).await
    }

    async fn ask<T>(
        &self,
        question: impl FnOnce(oneshot::Sender<Result<T, Fault>>) -> Question,
    ) -> Result<T, Fault> {
        let (answer, answered) = oneshot::channel();
        let stopping = || Fault::new(Code::API_002, "lawtail is stopping");
        self.questions.send(question(answer)).await.map_err(|_| stopping())?;
        answered.await.map_err(|_| stopping())?
    }
}
