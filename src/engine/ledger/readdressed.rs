//! Changes of contact points, for permissions that hold only for those that the person had.

use serde::{Deserialize, Serialize};

use super::{Stamp, SubjectRecord};
use crate::engine::classified::Classified;
use crate::engine::keys;
use crate::engine::pseudonym::Pseudonymizer;
use crate::engine::record::says;
use crate::engine::state::State;
use crate::model::limits::READDRESSED_KEPT;
use crate::model::{Evidence, EvidenceRole, Fault, OperationKind, Reference};

/// A contact point that took the place of another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Readdressed {
    /// The one before; `None` when it is not known, nor whether there was another.
    pub former: Option<Reference>,
    /// The one since then.
    pub point: Reference,
    /// When.
    pub stamp: Stamp,
    /// The row.
    pub evidence: Evidence,
}

/// Those of a data subject, oldest first.
pub fn readdressed(state: &State<'_>, subject: Reference) -> Result<Vec<Readdressed>, Fault> {
    Ok(state.read(&keys::readdressed(subject))?.unwrap_or_default())
}

/// Notes which contact points an update replaced by others, before the ledger learns of the new ones. What the person changes is no matter: the
/// consent goes with them.
pub fn note_readdressed(
    change: &Classified<'_>,
    stamp: Stamp,
    state: &mut State<'_>,
    pseudonyms: &Pseudonymizer,
) -> Result<(), Fault> {
    let record = change.record();
    let updated = record.change.operation.kind() == OperationKind::Update;
    let Some(subject) = change.subject().filter(|_| record.mapping.followed.hinges && updated)
    else {
        return Ok(());
    };
    let mut changes = Vec::new();
    for mapping in record.contact_points() {
        let channel = mapping.channel;
        let refer = |text: Option<&str>| pseudonyms.reached_by(channel, text?);
        let Some(point) = refer(record.text(&mapping.column)) else { continue };
        let index = record.change.table.column(&mapping.column);
        let changed = index.and_then(|index| record.changed(index));
        let former = match changed {
            Some(false) => continue,
            Some(true) => match refer(record.former_text(&mapping.column).flatten()) {
                Some(former) if former != point => Some(former),
                // The same, written differently; or where there was none before.
                Some(_) | None => continue,
            },
            // What was known of the row says whether this is new.
            None => {
                let known = state.share::<SubjectRecord>(&keys::subject(subject))?;
                let own = known.contact_points.iter();
                let own = own.filter(|it| it.row == change.row() && it.channel == channel);
                let own: Vec<Reference> = own.map(|it| it.point).collect();
                match own[..] {
                    [] => None,
                    _ if own.contains(&point) => continue,
                    [former] => Some(former),
                    _ => None,
                }
            }
        };
        if says(record, &mapping.changed_by_subject) != Some(false) {
            continue;
        }
        let evidence = Evidence {
            role: EvidenceRole::Processing,
            table: record.change.table.name.clone(),
            row: change.row(),
            position: stamp.place.position,
        };
        changes.push(Readdressed { former, point, stamp, evidence });
    }
    if changes.is_empty() {
        return Ok(());
    }
    let mut all = readdressed(state, subject)?;
    all.extend(changes);
    let surplus = all.len().saturating_sub(READDRESSED_KEPT);
    all.drain(..surplus);
    state.write(keys::readdressed(subject), &all);
    Ok(())
}
