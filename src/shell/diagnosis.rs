//! What `lawtail doctor` finds: one remark for each precondition.

use serde::Serialize;

use crate::model::Fault;

/// How a precondition stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// lawtail works, and something is weaker than it could be.
    Warning,
    /// lawtail does not work, or does not see what it should.
    Fault,
}

impl Verdict {
    /// The name in the output.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Ok => "ok",
            Verdict::Warning => "warning",
            Verdict::Fault => "fault",
        }
    }
}

/// One precondition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Remark {
    /// What it belongs to, such as `database`.
    pub group: &'static str,
    /// Its name within the group, such as `wal_level`.
    pub check: &'static str,
    /// How it stands.
    pub verdict: Verdict,
    /// What was found. Names and numbers, never a value of the CRM.
    pub found: String,
    /// What to do; `None` when all is well.
    pub remedy: Option<String>,
}

/// Gathers the remarks of one group.
#[derive(Debug)]
pub struct Remarks {
    group: &'static str,
    /// In the order in which they were made.
    pub all: Vec<Remark>,
}

impl Remarks {
    /// None yet.
    pub fn about(group: &'static str) -> Remarks {
        Remarks { group, all: Vec::new() }
    }

    /// All is well.
    pub fn ok(&mut self, check: &'static str, found: impl Into<String>) {
        self.add(check, Verdict::Ok, found.into(), None);
    }

    /// Something is weaker than it could be.
    pub fn warn(&mut self, check: &'static str, found: impl Into<String>, remedy: &str) {
        self.add(check, Verdict::Warning, found.into(), Some(remedy.to_owned()));
    }

    /// Something must be changed.
    pub fn wrong(&mut self, check: &'static str, found: impl Into<String>, remedy: &str) {
        self.add(check, Verdict::Fault, found.into(), Some(remedy.to_owned()));
    }

    /// What kept lawtail from going on.
    pub fn fault(&mut self, check: &'static str, fault: &Fault) {
        let place = fault.place.as_ref().map(|place| format!("{place}: ")).unwrap_or_default();
        let found = format!("{} {}: {place}{}", fault.code, fault.code.title(), fault.cause);
        self.wrong(check, found, fault.remedy());
    }

    fn add(
        &mut self,
        check: &'static str,
        verdict: Verdict,
        found: String,
        remedy: Option<String>,
    ) {
        self.all.push(Remark { group: self.group, check, verdict, found, remedy });
    }
}
