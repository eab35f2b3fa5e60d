//! What the statistics say of a transaction, and what they would have said.
//!
//! An alarm over the budget opens no incident: that is what the budget promises. It is on record all the same, as
//! a finding that counts as information, with its reason, so that whoever looks sees what nobody was woken for.

use super::decide::Deciding;
use super::detect::{Settled, Signal};
use super::series::Withheld;
use crate::model::{Activity, Code, Emission, Fault, Finding, Severity, Standing, Status};

impl Deciding<'_> {
    /// The alarms of the statistics about a transaction of which the tripwires have said this.
    pub(super) fn unusual(
        &mut self,
        settled: &Settled,
        xid: u32,
        tripped: &[Signal],
    ) -> Result<Vec<Signal>, Fault> {
        let policies = &self.engine.policies;
        let signals = self.watch.settle(&mut self.state, policies, settled, tripped)?;
        for withheld in self.watch.withheld() {
            let finding = self.over_budget(withheld, settled, xid);
            self.emit(Emission::Finding(Box::new(finding)));
        }
        Ok(signals)
    }

    fn over_budget(&self, withheld: Withheld, settled: &Settled, xid: u32) -> Finding {
        let Withheld { position, table, actor, number, reason, series } = withheld;
        let code = Code::SEC_009;
        let policies = &self.engine.policies;
        let budget = policies.statistics.alert_budget_per_week;
        let place = [position.to_string(), table.to_string(), series.to_string()];
        let parts = [code.text(), "over budget", &place[0], &place[1], &place[2]];
        let reason =
            format!("{reason}; no incident, as the budget of {budget} within seven days is spent");
        Finding {
            id: self.identify(&parts),
            activity: Activity::Create,
            code,
            status: Status::Violation,
            severity: Severity::Informational,
            standing: Standing::Enforced,
            position,
            xid,
            time: settled.time,
            judged: self.now,
            table,
            subject: None,
            actor,
            purpose: None,
            channel: None,
            reason,
            evidence: Vec::new(),
            count: number,
            profile: policies.profile.name.clone(),
            own_rule: None,
            policy_digest: policies.digest.clone(),
        }
    }
}
