//! Whose data a change is, or where the person is reached, may be written after it in one transaction.
//!
//! *What*: a row is about somebody through a record that has not been seen, or a message names no address and
//! the person's own are not on record yet. The question waits for the grace and is asked of whom it is about then.
//! What stood at the message comes first: a no of before forbids it. A message that names an address and nobody is
//! about who has that contact point.
//!
//! *Undecided*: the record does not come, but that the contact point itself had said no; several people have the
//! contact point, and one of them permitted the message and another did not.

use std::collections::BTreeSet;

use super::message::{self, Message};
use super::{Answer, Circumstances, Question, Until};
use crate::engine::keys;
use crate::engine::ledger::{self, Period, SubjectRecord};
use crate::engine::state::State;
use crate::model::{Channel, Code, Fault, Reference};
use crate::policy::Policies;

/// About whom the change is, as far as that is known by now.
pub fn subject(
    through: Option<Reference>,
    question: &Question,
    change: &Circumstances,
    state: &State<'_>,
) -> Result<Option<Reference>, Fault> {
    let subjects = subjects(through, question, change, state)?;
    Ok(subjects.first().copied().filter(|_| subjects.len() == 1))
}

/// About whom it may be.
fn subjects(
    through: Option<Reference>,
    question: &Question,
    change: &Circumstances,
    state: &State<'_>,
) -> Result<BTreeSet<Reference>, Fault> {
    if let Some(record) = through {
        return Ok(state.read(&keys::whose(record))?.into_iter().collect());
    }
    if let Some(subject) = change.subject {
        return Ok(BTreeSet::from([subject]));
    }
    let mut having = BTreeSet::new();
    for point in question.holders() {
        having.extend(ledger::having(state, point)?);
    }
    Ok(having)
}

/// Answers about whom it turns out to be. `reached`: the person's own contact points permit the message.
pub fn answer(
    (through, reached): (Option<Reference>, bool),
    question: &Question,
    (change, until): (&Circumstances, Until),
    (policies, state): (&Policies, &State<'_>),
) -> Result<Answer, Fault> {
    let subjects = subjects(through, question, change, state)?;
    let of = |subject| of_whom((subject, reached), question, (change, until), (policies, state));
    match (subjects.len(), until) {
        (0, _) if through.is_none() => question.answer(change, until, policies, state),
        (0, Until::Open) => Ok(Answer::Open),
        (0, Until::Closed(_)) => of_nobody(question, change, (policies, state)),
        _ => Ok(common(subjects.into_iter().map(of).collect::<Result<_, Fault>>()?)),
    }
}

/// What is so whomever of several people the message was to.
fn common(answers: Vec<Answer>) -> Answer {
    let same = |answer: &Answer, other: &Answer| match (answer, other) {
        (Answer::Unlawful(one), Answer::Unlawful(other)) => one.code == other.code,
        (one, other) => one == other,
    };
    let one = answers.first().filter(|one| answers.iter().all(|other| same(one, other)));
    match one {
        Some(one) => one.clone(),
        None if answers.contains(&Answer::Open) => Answer::Open,
        None => Answer::Undecided,
    }
}

/// Answers about one person.
fn of_whom(
    (subject, reached): (Reference, bool),
    question: &Question,
    (change, until): (&Circumstances, Until),
    (policies, state): (&Policies, &State<'_>),
) -> Result<Answer, Fault> {
    let change = &Circumstances { subject: Some(subject), ..change.clone() };
    let question = &extended(question, (subject, reached), state)?;
    if let (Question::Message { .. }, Until::Closed(_)) = (question, until) {
        match then(question, change, (policies, state))? {
            Answer::Open => {}
            answer => return Ok(answer),
        }
    }
    Ok(match question.answer(change, until, policies, state)? {
        // Where the person is reached may still come, with a no that stands there.
        Answer::Lawful if until == Until::Open && !question.is_of_basis() => Answer::Open,
        answer => answer,
    })
}

/// Nobody knows whom the message is about. What the contact point has said no to is forbidden whoever has it.
fn of_nobody(
    question: &Question,
    change: &Circumstances,
    (policies, state): (&Policies, &State<'_>),
) -> Result<Answer, Fault> {
    Ok(match then(question, change, (policies, state))? {
        Answer::Unlawful(no) if no.code == Code::CN_002 => Answer::Unlawful(no),
        _ => Answer::Undecided,
    })
}

/// What stood on record when the message was sent; open where the question is about none.
fn then(
    question: &Question,
    change: &Circumstances,
    (policies, state): (&Policies, &State<'_>),
) -> Result<Answer, Fault> {
    let Question::Message { channel, purpose, holders } = question else {
        return Ok(Answer::Open);
    };
    let message = Message { channel: *channel, purpose, holders };
    let period = Period::At { place: change.stamp.place };
    message::answer_of((&message, change), (period, true), (policies, state))
}

/// The question with everybody who can have permitted the message.
fn extended(
    question: &Question,
    (subject, reached): (Reference, bool),
    state: &State<'_>,
) -> Result<Question, Fault> {
    let mut question = question.clone();
    let points = |channel| match reached {
        true => own_contact_points(subject, channel, state),
        false => Ok(Vec::new()),
    };
    if let Question::Through { holders, .. } = &mut question {
        for (channel, holders) in holders {
            add(holders, points(*channel)?, subject);
        }
    } else if let Question::Message { channel, holders, .. }
    | Question::Asking { channel, holders, .. } = &mut question
    {
        add(holders, points(*channel)?, subject);
    }
    Ok(question)
}

fn add(holders: &mut Vec<Reference>, points: Vec<Reference>, subject: Reference) {
    let more = points.into_iter().chain([subject]);
    let more: Vec<Reference> = more.filter(|it| !holders.contains(it)).collect();
    holders.extend(more);
}

/// Where somebody is reached over a channel.
pub fn own_contact_points(
    subject: Reference,
    channel: Channel,
    state: &State<'_>,
) -> Result<Vec<Reference>, Fault> {
    let known = state.share::<SubjectRecord>(&keys::subject(subject))?;
    let known = known.contact_points.iter();
    Ok(known.filter(|known| known.channel.reaches(channel)).map(|known| known.point).collect())
}
