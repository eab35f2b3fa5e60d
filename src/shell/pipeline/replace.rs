//! Other policies take the place of those in force, between two batches, or not at all.

use tracing::{error, info};

use super::{Delivery, Pipeline};
use crate::model::{Batch, Code, Fault};
use crate::policy::Policies;
use crate::shell::contract::{Source, Store};
use crate::shell::metrics::Reload;

impl<S: Source, T: Store> Pipeline<S, T> {
    /// Puts others in force, or on record that they were refused. The inner fault is that nothing
    /// was done, the outer one ours.
    pub(super) fn replace(
        &mut self,
        read: Result<Policies, Vec<Fault>>,
        delivery: &mut Delivery,
    ) -> Result<Result<Reload, Fault>, Fault> {
        // Nothing may be durable before it is known whose stream it belongs to.
        if !self.heard {
            let cause = "the database has not been heard of since the start";
            return Ok(Err(Fault::new(Code::API_002, cause)));
        }
        let in_force = self.parts.engine.policies();
        let read = read.and_then(|policies| match policies.pack == in_force.pack {
            true => Ok(policies),
            false => Err(vec![other_pack()]),
        });
        let more_is_due = self.more_is_due;
        let outcome = match read {
            Ok(policies) if policies.digest == in_force.digest => Reload::Unchanged,
            Ok(policies) => {
                let digest = &policies.digest;
                info!(former = in_force.digest, digest, "other policies are in force");
                self.parts.monitor.policies_replaced(&policies);
                self.parts.engine.replace(policies.into());
                // The engine announces what it finds to be other than before.
                self.decide(&Batch::default(), delivery)?;
                Reload::Accepted
            }
            Err(faults) => {
                faults.iter().for_each(say);
                let refusal = self.parts.engine.refuse(self.store.view(), &faults)?;
                self.settle(refusal, delivery)?;
                Reload::Refused
            }
        };
        self.more_is_due = more_is_due;
        self.parts.monitor.policies_read(outcome);
        Ok(Ok(outcome))
    }
}

/// What is on record was read by the pack in force, and rows that it did not map were not copied.
fn other_pack() -> Fault {
    let cause =
        "the tables of the pack, or what the register's purposes make of them, have changed";
    Fault::new(Code::POL_004, cause)
}

fn say(fault: &Fault) {
    let place = fault.place.as_ref().map(ToString::to_string);
    error!(
        code = %fault.code,
        place,
        cause = fault.cause,
        remedy = fault.remedy(),
        "new policies were refused; those in force stay"
    );
}
