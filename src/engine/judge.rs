//! Answers become outcomes and findings, at once or when the grace is over.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::assess::coverage::{self, Gap};
use super::assess::{Answer, Circumstances, Question, Until, Violation, Waiting};
use super::decide::Deciding;
use super::erasure::Erasing;
use super::keys;
use super::ledger::{Conflict, Refusal, SubjectRecord};
use super::portal::Choice;
use super::preference::Addressed;
use super::record::Record;
use super::standing::{self, About};
use crate::model::limits::{
    CLOCK_SLACK, COPY_FINDING_WINDOW, DUE_PER_EVENT, FINDING_WINDOW, RETURNED_TOLD,
};
use crate::model::{
    Activity, Code, Emission, Fault, Finding, Lsn, Outcome, Reference, Standing, Status, TableName,
    Timestamp,
};
use crate::policy::RequestKind;

/// What happens at a moment of stream time.
#[derive(Serialize, Deserialize)]
pub(super) enum Due {
    /// A grace ends.
    Judgement(Waiting),
    /// The window of a finding ends; this is its key.
    WindowEnd(Vec<u8>),
    /// The next moment of a request; this is its key.
    Request(Vec<u8>),
    /// The time for carrying out an erasure is over.
    Erasure(Box<Erasing>),
    /// A withdrawal should have reached every record by now.
    Propagation(Circumstances, Refusal),
    /// The time limit for the erasure of a data subject may have passed.
    Storage(Reference),
    /// A data subject should have been informed by now.
    Notice(Reference),
    /// What a data subject chose in a portal should have been reflected by now.
    Portal(Circumstances, Choice),
    /// Something should have been set right by now; this is its key.
    Pending(Vec<u8>),
    /// A transaction that deleted a data subject is over; this is the key of what went along.
    Deleted(Vec<u8>),
    /// So long after a no it is told when silence came; this is its key.
    Silence(Vec<u8>),
    /// People are looked at again because of other policies, from this record on.
    Recount(Vec<u8>),
    /// The bases that a right comes with should be on record by now: the request, the table of people, and
    /// what is asked for.
    Right(Box<(Circumstances, TableName, RequestKind)>),
    /// Two records of one person should say the same by now.
    Duplicate(Box<(Circumstances, Conflict)>),
    /// The time to answer is over of which nobody has written what was asked for; this is its key.
    Unnamed(Vec<u8>),
    /// What was remembered for the length of a transaction, and of the answers about it; this is its key.
    Over(Vec<u8>),
    /// A grace ends, and that of these lawful bases only then.
    Parts(Box<(Waiting, Vec<Question>, Timestamp)>),
    /// What a message was for should be known by now, to somebody who prefers a channel.
    Addressed(Box<Addressed>),
}

/// One finding that stands for all of its kind until its window ends.
#[derive(Serialize, Deserialize)]
struct Window {
    finding: Finding,
    count: u64,
    end: Timestamp,
}

impl Deciding<'_> {
    /// Answers what can be answered now; the rest waits for the end of the grace.
    pub(super) fn judge(
        &mut self,
        (record, change): (&Record<'_>, Circumstances),
        questions: Vec<Question>,
        so_far: Option<Outcome>,
    ) -> Result<(), Fault> {
        let mut worst = so_far.unwrap_or(Outcome::NotPersonal);
        let mut open = Vec::new();
        for question in questions {
            let answer =
                question.answer(&change, Until::Open, &self.engine.policies, &self.state)?;
            let answer = self.as_far_as_known(&question, answer, &change)?;
            self.note_noise(&question, &answer, &change)?;
            let answer = self.engine.unless_retired(answer);
            match answer.outcome() {
                None => open.push(question),
                Some(outcome) => {
                    worst = worst.max(outcome);
                    self.report_answer(answer, (&question, &change), change.time)?;
                }
            }
        }
        if open.is_empty() {
            self.counts.judged(&change.table, worst);
            return Ok(());
        }
        self.counts.waiting += 1;
        self.await_answers((record, change), open, worst)
    }

    /// Waits for the end of the grace; for lawful bases not before declared work is done, since it may still
    /// bring them.
    fn await_answers(
        &mut self,
        (record, change): (&Record<'_>, Circumstances),
        open: Vec<Question>,
        worst: Outcome,
    ) -> Result<(), Fault> {
        let (time, grace) = (change.stamp.time, self.engine.policies.profile.grace);
        let is_basis = Question::is_of_basis;
        let done = match open.iter().any(is_basis) {
            true => self.work_until(record, &change)?.map_or(time, |until| until.max(time)),
            false => time,
        };
        if done == time || open.iter().all(is_basis) {
            let deadline = done + grace;
            self.await_grace(Waiting { change, questions: open, worst, deadline });
            return Ok(());
        }
        let (bases, others): (Vec<_>, Vec<_>) = open.into_iter().partition(is_basis);
        let deadline = time + grace;
        let key = keys::due(deadline, change.position(), 0);
        let waiting = Waiting { change, questions: others, worst, deadline };
        self.expect(key, &Due::Parts(Box::new((waiting, bases, done + grace))));
        Ok(())
    }

    fn await_grace(&mut self, waiting: Waiting) {
        let key = keys::due(waiting.deadline, waiting.change.position(), 0);
        self.expect(key, &Due::Judgement(waiting));
    }

    /// Whether so many erased people have come back with one transaction already that the rest is one
    /// finding, as after a restored backup.
    fn is_burst(&mut self, change: &Circumstances) -> Result<bool, Fault> {
        let commit = change.position().commit;
        let known = self.state.read::<(Lsn, u64)>(keys::RETURNED)?;
        let count = known.filter(|(of, _)| *of == commit).map_or(0, |(_, count)| count) + 1;
        self.state.write(keys::RETURNED.to_vec(), &(commit, count));
        Ok(count > RETURNED_TOLD)
    }

    /// Reaches at most `most` of what was due before `time`, oldest first.
    pub(super) fn reach_due(&mut self, time: Timestamp, most: usize) -> Result<(), Fault> {
        let end = keys::due_at(time);
        self.more_is_due = false;
        for _ in 0..most {
            if self.due_from >= end {
                return Ok(());
            }
            // Looking beyond what is due tells until when nothing will be.
            let Some((key, due)) = self.state.first::<Due>(&self.due_from, keys::DUE_END)? else {
                self.due_from = keys::DUE_END.to_vec();
                return Ok(());
            };
            if key >= end {
                self.due_from = key;
                return Ok(());
            }
            self.state.remove(key.clone());
            self.due_from = key;
            match due {
                Due::Judgement(waiting) => self.reach_judgement(waiting)?,
                Due::WindowEnd(window) => self.reach_window_end(&window)?,
                Due::Request(request) => self.reach_request(request)?,
                Due::Unnamed(unnamed) => self.reach_unnamed(&unnamed)?,
                Due::Erasure(erasing) => self.reach_erasure(&erasing)?,
                Due::Propagation(change, refusal) => self.reach_propagation(&change, &refusal)?,
                Due::Storage(subject) => self.reach_storage(subject)?,
                Due::Notice(subject) => self.reach_notice(subject)?,
                Due::Portal(change, choice) => self.reach_portal(&change, &choice)?,
                Due::Pending(pending) => self.reach_pending(&pending)?,
                Due::Deleted(deleted) => self.reach_deleted(&deleted)?,
                Due::Recount(from) => self.reach_recount(from)?,
                Due::Silence(no) => self.reach_silence(&no)?,
                Due::Right(asked) => self.reach_right(&asked.0, &asked.1, asked.2)?,
                Due::Duplicate(found) => self.reach_duplicate(&found.0, &found.1)?,
                Due::Over(key) => self.state.remove(key),
                Due::Parts(parts) => self.reach_parts(*parts)?,
                Due::Addressed(addressed) => self.reach_addressed(*addressed)?,
            }
        }
        // A transaction reaches few by design, and how long the stream rests after it is no part of
        // what is decided.
        self.more_is_due = most == DUE_PER_EVENT.1;
        Ok(())
    }

    /// Commit times may step back, so what is new may be due before what was reached last.
    pub(super) fn expect(&mut self, key: Vec<u8>, due: &Due) {
        if key < self.due_from {
            self.due_from.clone_from(&key);
        }
        match due {
            // A change is judged once, so no earlier decision has left a record there.
            Due::Judgement(_) | Due::Parts(_) => self.state.add(key, due),
            _ => self.state.write(key, due),
        }
    }

    fn reach_judgement(&mut self, waiting: Waiting) -> Result<(), Fault> {
        let worst = self.answer_finally(&waiting)?;
        self.counts.judged(&waiting.change.table, worst);
        self.counts.waiting -= 1;
        Ok(())
    }

    /// The first grace is over; the bases go on waiting.
    fn reach_parts(
        &mut self,
        (waiting, bases, deadline): (Waiting, Vec<Question>, Timestamp),
    ) -> Result<(), Fault> {
        let worst = self.answer_finally(&waiting)?;
        self.await_grace(Waiting { questions: bases, worst, deadline, ..waiting });
        Ok(())
    }

    /// The worst outcome, now that nothing more may come.
    fn answer_finally(&mut self, waiting: &Waiting) -> Result<Outcome, Fault> {
        let Waiting { change, questions, deadline, .. } = waiting;
        if self.is_of_a_test(waiting)? {
            return Ok(Outcome::NotPersonal);
        }
        let mut worst = waiting.worst;
        let broke_off = self.broke_off(change, *deadline)?;
        for question in questions {
            let until = Until::Closed(*deadline);
            let answer = question.answer(change, until, &self.engine.policies, &self.state)?;
            let mut answer = self.as_far_as_known(question, answer, change)?;
            if broke_off && question.may_be_healed() && matches!(answer, Answer::Unlawful(_)) {
                answer = Answer::Undecided;
            }
            let answer = self.engine.unless_retired(answer);
            worst = worst.max(answer.outcome().unwrap_or(Outcome::Undecided));
            self.report_answer(answer, (question, change), *deadline)?;
        }
        Ok(worst)
    }

    /// Whether whom it is about has turned out to be no person: that row may follow in the transaction.
    fn is_of_a_test(&self, Waiting { change, questions, .. }: &Waiting) -> Result<bool, Fault> {
        let about = questions.first().map(|question| question.about(change, &self.state));
        let Some(subject) = about.transpose()?.and_then(|change| change.subject) else {
            return Ok(false);
        };
        Ok(self.state.share::<SubjectRecord>(&keys::subject(subject))?.test)
    }

    /// Whether a part of the grace was not seen, because the stream broke off within it: what is
    /// missing may have been there.
    fn broke_off(&self, change: &Circumstances, deadline: Timestamp) -> Result<bool, Fault> {
        let part = change.stamp.place.part;
        if part == self.part() {
            return Ok(false);
        }
        let end = self.state.recall::<Timestamp>(&keys::part_end(part))?;
        Ok(end.is_none_or(|end| end < deadline + CLOCK_SLACK))
    }

    fn report_answer(
        &mut self,
        answer: Answer,
        (question, change): (&Question, &Circumstances),
        judged: Timestamp,
    ) -> Result<(), Fault> {
        match answer {
            Answer::Unlawful(violation) => {
                let change = question.about(change, &self.state)?;
                self.report(violation, &change, judged)
            }
            Answer::Lawful | Answer::Undecided | Answer::Open => Ok(()),
        }
    }

    /// One finding per rule, data subject, purpose and window; further ones count. What the
    /// initial copy brings is one finding per rule and table. What counts differently is counted
    /// apart, so that no exception covers what it does not match.
    pub(super) fn report(
        &mut self,
        violation: Violation,
        change: &Circumstances,
        judged: Timestamp,
    ) -> Result<(), Fault> {
        // An exception is over in stream time, also for what was unlawful before it was seen.
        let about = About::new(&violation, change, judged.max(change.stamp.time));
        let Some(standing) = self.engine.standing(&about) else { return Ok(()) };
        let table = self.engine.pseudonyms.row(&change.table, &[]);
        // A list is one finding, and so is what one account has filled in, or one activity does.
        let listed = [Code::SRC_002, Code::PL_002, Code::DPIA_001].contains(&violation.code);
        let listed = listed || (violation.code == Code::ER_002 && self.is_burst(change)?);
        let whom = change.subject.filter(|_| !change.copied && !listed).unwrap_or(table);
        let column = violation.column.clone();
        let purpose = violation.purpose.as_deref().or(column.as_deref()).unwrap_or("");
        let mut key = keys::window(violation.code, whom, purpose);
        if standing != Standing::Enforced {
            key.push(0);
            key.extend_from_slice(standing.name().as_bytes());
        }
        if let Some(mut window) = self.state.read::<Window>(&key)? {
            // A copy is one transaction, and another one finds for itself.
            let is_of_another_copy =
                change.copied && window.finding.position.commit != change.position().commit;
            if change.stamp.time < window.end && !is_of_another_copy {
                window.count += 1;
                self.state.write(key, &window);
                return Ok(());
            }
            // Its end has not been reached yet, but it is over.
            self.close_window(&key, window);
        }
        let finding = self.finding(violation, change, (whom, standing), judged);
        self.emit(Emission::Finding(Box::new(finding.clone())));
        self.open_window(key, finding, change, column.as_deref());
        Ok(())
    }

    fn open_window(
        &mut self,
        key: Vec<u8>,
        finding: Finding,
        change: &Circumstances,
        column: Option<&str>,
    ) {
        let length = match change.copied {
            true => self.engine.policies.profile.grace + COPY_FINDING_WINDOW,
            false => FINDING_WINDOW,
        };
        let end = change.stamp.time + length;
        // Lane 0 is the change's own judgement. One change raises at most one finding per code,
        // column and purpose, told apart by the code's place in the list and these names.
        let place = Code::ALL.iter().position(|code| *code == finding.code).unwrap_or(0);
        let mut due = keys::due(end, finding.position, 1 + place as u8);
        due.extend_from_slice(column.unwrap_or_default().as_bytes());
        due.push(0);
        due.extend_from_slice(finding.purpose.as_deref().unwrap_or_default().as_bytes());
        self.expect(due, &Due::WindowEnd(key.clone()));
        self.state.write(key, &Window { finding, count: 1, end });
    }

    fn reach_window_end(&mut self, key: &[u8]) -> Result<(), Fault> {
        match self.state.read::<Window>(key)? {
            Some(window) if window.end < self.now => self.close_window(key, window),
            // Closed already, or another one has taken its place.
            Some(_) | None => {}
        }
        Ok(())
    }

    fn close_window(&mut self, key: &[u8], window: Window) {
        self.state.remove(key.to_vec());
        if window.count > 1 {
            let Window { finding, count, end } = window;
            let counted = Finding { activity: Activity::Update, judged: end, count, ..finding };
            self.emit(Emission::Finding(Box::new(counted)));
        }
    }

    pub(super) fn finding(
        &self,
        violation: Violation,
        change: &Circumstances,
        (whom, standing): (Reference, Standing),
        judged: Timestamp,
    ) -> Finding {
        let own_rule = standing::own_rule(&violation);
        let own_rule = own_rule.and_then(|name| self.engine.policies.own.rule(name));
        let own_rule = own_rule.map(|rule| rule.named.clone());
        let mut evidence = vec![change.evidence()];
        evidence.extend(violation.evidence);
        let mut reason = violation.reason;
        if change.copied {
            reason.push_str("; found by the initial copy, counted for the whole table");
        }
        // A person may be kept for too long more than once; what is judged is the same row.
        let lapsed = (violation.code == Code::RET_001).then(|| judged.to_string());
        let (whom_text, position) = (whom.to_string(), change.position().to_string());
        let about = violation.purpose.as_deref().or(violation.column.as_deref()).unwrap_or("");
        let mut parts = vec![violation.code.text(), &whom_text, about, &position];
        parts.extend(lapsed.as_deref());
        Finding {
            id: self.identify(&parts),
            own_rule,
            activity: Activity::Create,
            code: violation.code,
            status: Status::Violation,
            severity: standing::severity(&standing, violation.severity),
            standing,
            position: change.position(),
            xid: change.xid,
            time: change.time,
            judged,
            table: change.table.clone(),
            subject: change.subject.filter(|subject| !change.copied && *subject == whom),
            actor: change.actor,
            purpose: violation.purpose,
            channel: violation.channel,
            reason,
            evidence,
            count: 1,
            profile: self.engine.policies.profile.name.clone(),
            policy_digest: self.engine.policies.digest.clone(),
        }
    }

    /// Announces what cannot be judged, once per table.
    pub(super) fn announce(&mut self, gap: Gap, change: &Circumstances) -> Result<(), Fault> {
        if !coverage::is_new(gap, &change.table, &mut self.state)? {
            return Ok(());
        }
        let violation = Violation {
            code: gap.code(),
            severity: gap.severity(),
            reason: gap.reason().to_owned(),
            evidence: Vec::new(),
            purpose: None,
            channel: None,
            column: None,
        };
        let about = About::new(&violation, change, change.time);
        let Some(standing) = self.engine.standing(&about) else { return Ok(()) };
        let table = self.engine.pseudonyms.row(&change.table, &[]);
        let finding = Finding {
            status: Status::Gap,
            subject: None,
            reason: gap.reason().to_owned(),
            ..self.finding(violation, change, (table, standing), change.time)
        };
        self.emit(Emission::Finding(Box::new(finding)));
        Ok(())
    }

    /// An id that a replay repeats: UUIDv5 over the database and what makes the object one.
    pub(super) fn identify(&self, parts: &[&str]) -> Uuid {
        let name = parts.join("\u{1f}");
        let system = Uuid::new_v5(&Uuid::NAMESPACE_URL, self.engine.system.as_bytes());
        Uuid::new_v5(&system, name.as_bytes())
    }
}
