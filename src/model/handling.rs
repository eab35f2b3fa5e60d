//! What people do about an incident, and the clock of GDPR Art. 33(1) that follows from it.
//!
//! ```text
//! new ──► acknowledged ──► confirmed ──► notified ──► closed
//!  │            │          ▲      │                     ▲
//!  └────────────┴──► dismissed ◄──┘                     │
//!                        └──────────────────────────────┘
//! ```
//!
//! The stream detects; only people judge. The controller is *aware* once somebody has confirmed
//! (EDPB Guidelines 9/2022, §31): from then on it has 72 hours.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Timestamp;
use super::limits::{ACTS_OF_INCIDENT, NOTIFICATION_WINDOW};

/// How far people have come with an incident.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Nobody has looked at it.
    #[default]
    New,
    /// Somebody is looking into it.
    Acknowledged,
    /// It is a personal data breach: the controller is aware of it.
    Confirmed,
    /// It is none.
    Dismissed,
    /// The supervisory authority was notified (Art. 33(1)).
    Notified,
    /// Nothing more is to be done.
    Closed,
}

impl Stage {
    /// The name used in events and commands.
    pub fn name(self) -> &'static str {
        match self {
            Stage::New => "new",
            Stage::Acknowledged => "acknowledged",
            Stage::Confirmed => "confirmed",
            Stage::Dismissed => "dismissed",
            Stage::Notified => "notified",
            Stage::Closed => "closed",
        }
    }

    /// Whether the time for notification is no longer running.
    pub fn ends_clock(self) -> bool {
        matches!(self, Stage::Dismissed | Stage::Notified | Stage::Closed)
    }
}

/// What a person may do about an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Take it up.
    Acknowledge,
    /// Judge it a breach: the controller is aware.
    Confirm,
    /// Judge it no breach.
    Dismiss,
    /// Record a notification to the authority; again for each further phase (Art. 33(4)).
    Notify,
    /// End the matter. Of a confirmed breach without notification the reason has to say why it is
    /// unlikely to result in a risk (Art. 33(1), 33(5)).
    Close,
}

impl Action {
    /// Every action.
    pub const ALL: [Action; 5] =
        [Action::Acknowledge, Action::Confirm, Action::Dismiss, Action::Notify, Action::Close];

    /// The name used in events and commands.
    pub fn name(self) -> &'static str {
        match self {
            Action::Acknowledge => "acknowledge",
            Action::Confirm => "confirm",
            Action::Dismiss => "dismiss",
            Action::Notify => "notify",
            Action::Close => "close",
        }
    }

    /// Where it leads from a stage; `None` when it is not possible there.
    pub fn leads(self, from: Stage) -> Option<Stage> {
        use Stage::{Acknowledged, Confirmed, Dismissed, New, Notified};
        match (self, from) {
            (Action::Acknowledge, New) => Some(Acknowledged),
            (Action::Confirm, New | Acknowledged | Dismissed) => Some(Confirmed),
            (Action::Dismiss, New | Acknowledged | Confirmed) => Some(Dismissed),
            (Action::Notify, Confirmed | Notified) => Some(Notified),
            (Action::Close, Confirmed | Dismissed | Notified) => Some(Stage::Closed),
            _ => None,
        }
    }
}

/// One thing that somebody did about an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// What.
    pub action: Action,
    /// When, by the clock of lawtail's machine.
    pub time: Timestamp,
    /// In which role: the name of the token that was shown.
    pub by: String,
    /// Why, in their words.
    pub reason: String,
    /// Since when the controller has been aware, where that is earlier than the act.
    pub aware: Option<Timestamp>,
}

impl Act {
    /// Since when the controller is aware by this act.
    fn awareness(&self) -> Option<Timestamp> {
        (self.action == Action::Confirm).then_some(self.aware.unwrap_or(self.time))
    }
}

/// What is to be done about which incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// The incident's id.
    pub incident: Uuid,
    /// What.
    pub act: Act,
}

/// What people have done about an incident so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handling {
    /// How far they have come.
    pub stage: Stage,
    /// When somebody first looked at it.
    pub triage_started: Option<Timestamp>,
    /// Since when the controller has been aware of a breach.
    pub aware: Option<Timestamp>,
    /// When the authority was first notified.
    pub notified: Option<Timestamp>,
    /// Everything, oldest first.
    pub acts: Vec<Act>,
}

impl Handling {
    /// Adds an act; false, and nothing has changed, when it is not possible at this stage, or when
    /// as many are on record as an event can carry: then the matter can only be closed.
    #[must_use]
    pub fn add(&mut self, act: Act) -> bool {
        let Some(stage) = act.action.leads(self.stage) else { return false };
        if self.acts.len() >= ACTS_OF_INCIDENT && act.action != Action::Close {
            return false;
        }
        self.stage = stage;
        self.triage_started.get_or_insert(act.time);
        match act.action {
            // Dismissed in between, it was known of all the same.
            Action::Confirm => {
                let first = self.acts.iter().filter_map(Act::awareness).min();
                self.aware = act.aware.or(first).or(Some(act.time));
            }
            // A breach that turned out to be none is no breach to be aware of.
            Action::Dismiss => self.aware = None,
            Action::Notify => _ = self.notified.get_or_insert(act.time),
            Action::Acknowledge | Action::Close => {}
        }
        self.acts.push(act);
        true
    }

    /// Until when the authority has to be notified (Art. 33(1)); `None` before the controller is
    /// aware.
    pub fn deadline(&self) -> Option<Timestamp> {
        self.aware.map(|aware| aware + NOTIFICATION_WINDOW)
    }

    /// What may be done next.
    pub fn possible(&self) -> impl Iterator<Item = Action> {
        let full = self.acts.len() >= ACTS_OF_INCIDENT;
        let fits = move |action: &Action| !full || *action == Action::Close;
        let leads = |action: &Action| action.leads(self.stage).is_some();
        Action::ALL.into_iter().filter(leads).filter(fits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn act(action: Action, time: i64) -> Act {
        Act {
            action,
            time: Timestamp(time),
            by: "officer".into(),
            reason: "why".into(),
            aware: None,
        }
    }

    fn after(actions: &[Action]) -> Handling {
        let mut handling = Handling::default();
        for (time, action) in actions.iter().enumerate() {
            assert!(handling.add(act(*action, time as i64)), "{action:?} in {actions:?}");
        }
        handling
    }

    #[test]
    fn the_clock_of_notification_starts_with_awareness() {
        use Action::*;
        assert_eq!(after(&[Acknowledge]).deadline(), None);
        let confirmed = after(&[Acknowledge, Confirm]);
        assert_eq!(
            (confirmed.triage_started, confirmed.aware),
            (Some(Timestamp(0)), Some(Timestamp(1)))
        );
        assert_eq!(confirmed.deadline(), Some(Timestamp(1) + NOTIFICATION_WINDOW));
        let mut told = Handling::default();
        let earlier = Act { aware: Some(Timestamp(-9)), ..act(Confirm, 5) };
        assert!(told.add(earlier));
        assert_eq!(told.deadline(), Some(Timestamp(-9) + NOTIFICATION_WINDOW));
        assert_eq!(after(&[Confirm, Dismiss]).deadline(), None);
        let again = after(&[Acknowledge, Confirm, Dismiss, Confirm]);
        assert_eq!(again.aware, Some(Timestamp(1)), "a dismissal in between gives no more time");
    }

    #[test]
    fn a_notification_may_come_in_phases_and_the_first_one_counts() {
        use Action::*;
        let handling = after(&[Confirm, Notify, Notify, Close]);
        assert_eq!(handling.notified, Some(Timestamp(1)));
        assert_eq!((handling.stage, handling.acts.len()), (Stage::Closed, 4));
    }

    #[test]
    fn an_event_can_carry_all_that_was_done_and_a_full_matter_can_be_closed() {
        let mut handling = after(&[Action::Confirm]);
        while handling.add(act(Action::Notify, 9)) {}
        assert_eq!(handling.acts.len(), ACTS_OF_INCIDENT);
        assert!(handling.possible().eq([Action::Close]));
        assert!(handling.add(act(Action::Close, 9)));
    }

    #[test]
    fn what_is_not_possible_changes_nothing() {
        use Action::*;
        for (actions, next) in [
            (&[][..], Notify),
            (&[], Close),
            (&[Acknowledge], Acknowledge),
            (&[Confirm, Close], Confirm),
        ] {
            let mut handling = after(actions);
            let before = handling.clone();
            assert!(!handling.add(act(next, 9)), "{next:?}");
            assert_eq!(handling, before);
            assert!(!before.possible().any(|it| it == next));
        }
    }
}
