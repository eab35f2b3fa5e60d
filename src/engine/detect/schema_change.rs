//! SEC-014: a schema change that no change of a row shows.
//!
//! **What**: the event triggers of `deploy/sql` report, within a transaction, that
//!
//! - a table of the pack was rewritten, altered (another renamed into its place is), dropped, or got a trigger,
//!   rule or policy;
//! - a table was made from a query, which copies rows;
//! - a publication was altered or dropped, which is how lawtail is blinded;
//! - where roles for schema changes are named, any other table was made by another role.
//!
//! **Why**: `ALTER COLUMN … TYPE … USING` overwrites every row and a swap of tables replaces them,
//! without one change of a row in the stream; a trigger sends on what is written from then on. GDPR Art.
//! 4(12), Art. 32(1). MITRE ATT&CK T1565.001, T1485, T1098, T1546, T1074.001.
//!
//! **Not counted**: changes by the roles of `schema_changes_by`; indexes, comments, views; tables that
//! the pack does not name.
//!
//! **False positives**: a migration by hand: let it run under a role that is named.
//!
//! **Blind spots**: databases without the event triggers; an intruder who has the role of the migrations.
//! Anybody who may connect can send such a message, so a report alone proves nothing; a false one is an
//! alarm too many, never one too few.

use serde::{Deserialize, Serialize};

use super::tripwire::grouped;
use super::{Extent, Signal};
use crate::model::{BreachType, Code, Position, Reference, TableName, Timestamp};
use crate::policy::Policies;

/// What a message says; other fields are ignored.
#[derive(Deserialize)]
struct Report {
    command: Option<String>,
    object: Option<String>,
    identity: Option<String>,
    user: Option<String>,
}

/// One schema change worth an alarm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemaChange {
    /// The table it is about; of a publication or event trigger, the catalogue's.
    pub table: TableName,
    kind: Kind,
    actor: Option<Reference>,
    position: Position,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Kind {
    Rewritten,
    Altered,
    Dropped,
    Hooked,
    MadeOfRows,
    Made,
    Blinded,
}

impl SchemaChange {
    /// What a message reports, if it is worth an alarm. `actor` names a role.
    pub fn read(
        content: &[u8],
        position: Position,
        policies: &Policies,
        actor: impl FnOnce(&[u8]) -> Reference,
    ) -> Option<SchemaChange> {
        let report: Report = serde_json::from_slice(content).ok()?;
        let user = report.user.as_deref().unwrap_or_default();
        let expected = &policies.detection.schema_changes_by;
        if expected.contains(user) {
            return None;
        }
        let command = report.command.as_deref()?;
        let object = report.object.as_deref().unwrap_or_default();
        let identity = report.identity.as_deref().unwrap_or_default();
        let named = table(identity);
        let mapped = named.clone().filter(|table| policies.pack.tables.contains_key(table));
        let blinds = matches!(object, "publication" | "publication_relation" | "event_trigger");
        let (kind, table) = match command {
            "rewrite" => (Kind::Rewritten, mapped?),
            "ALTER TABLE" => (Kind::Altered, mapped?),
            "CREATE TRIGGER" | "CREATE RULE" | "CREATE POLICY" | "ALTER TRIGGER" => {
                (Kind::Hooked, mapped?)
            }
            "CREATE TABLE AS" | "SELECT INTO" => (Kind::MadeOfRows, named?),
            "CREATE TABLE" if !expected.is_empty() && object == "table" => (Kind::Made, named?),
            "ALTER PUBLICATION" => (Kind::Blinded, TableName::new("pg_catalog", "pg_publication")),
            "drop" if blinds => (Kind::Blinded, TableName::new("pg_catalog", "pg_publication")),
            "drop" if object == "table" => (Kind::Dropped, mapped?),
            _ => return None,
        };
        let actor = (!user.is_empty()).then(|| actor(user.as_bytes()));
        Some(SchemaChange { table, kind, actor, position })
    }

    /// The database role that did it, as keyed hash.
    pub fn actor(&self) -> Option<Reference> {
        self.actor
    }

    /// Whether it is one that was told before: the position may be another.
    pub(super) fn is_same(&self, other: &SchemaChange) -> bool {
        self.kind == other.kind && self.actor == other.actor
    }

    /// The alarm. `rows` is how many the table held.
    pub(super) fn signal(&self, rows: u64, time: Timestamp) -> Signal {
        let (breach, what, rows) = match self.kind {
            Kind::Rewritten => (BreachType::Integrity, "rewritten, every row of it", rows),
            Kind::Altered => (BreachType::Integrity, "altered", 0),
            Kind::Dropped => (BreachType::Availability, "dropped", rows),
            Kind::Hooked => (BreachType::Confidentiality, "given a trigger, rule or policy", 0),
            Kind::MadeOfRows => (BreachType::Confidentiality, "made from a query", 0),
            Kind::Made => (BreachType::Confidentiality, "made", 0),
            Kind::Blinded => (BreachType::Integrity, "or an event trigger altered or dropped", 0),
        };
        let mut extent = Extent::from(self.position);
        (extent.records, extent.unattributed) = (rows, rows);
        extent.reversible = !matches!(self.kind, Kind::Rewritten | Kind::Dropped);
        let about =
            if rows > 0 { format!(": about {} rows", grouped(rows)) } else { String::new() };
        let reason = format!(
            "{} was {what}{about}, by a role that schema changes are not expected of",
            self.table
        );
        Signal {
            code: Code::SEC_014,
            breach,
            table: self.table.clone(),
            actor: self.actor,
            together: None,
            extent,
            countable: false,
            occurred: time,
            reason,
        }
    }
}

/// The table of an identity: `crm.contacts`, or `stamp on crm.contacts` of a trigger. Anything that
/// does not look like a name may be anything, and is none.
fn table(identity: &str) -> Option<TableName> {
    let last = identity.rsplit(" on ").next()?;
    let plain = last.replace('"', "");
    let named = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
    (plain.len() <= 128 && plain.chars().all(named)).then(|| plain.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::detect::trial::{self, Trial, person};

    fn read(content: &str) -> Option<SchemaChange> {
        let policies = trial::policies();
        SchemaChange::read(content.as_bytes(), Position::default(), &policies, |_| person(5))
    }

    fn report(command: &str, object: &str, identity: &str) -> String {
        format!(
            r#"{{"command":"{command}","object":"{object}","identity":"{identity}","user":"eve"}}"#
        )
    }

    #[test]
    fn a_rewrite_is_an_alarm_over_all_rows() {
        let mut trial = Trial::new();
        trial.rows("crm.contacts", 800);
        let rewritten = read(&report("rewrite", "table", "crm.contacts")).unwrap();
        trial.schema(rewritten.clone());
        trial.schema(rewritten);
        let signals = trial.commit(60, []);
        assert_eq!(signals.len(), 1, "told twice it is one");
        assert_eq!((signals[0].code, signals[0].extent.records), (Code::SEC_014, 800));
        assert!(!signals[0].extent.reversible);
        assert_eq!(
            signals[0].reason,
            "crm.contacts was rewritten, every row of it: about 800 rows, by a role that schema \
             changes are not expected of"
        );
    }

    #[test]
    fn swaps_hooks_copies_and_blinding_are_alarms() {
        for (command, object, identity) in [
            ("ALTER TABLE", "table", "crm.contacts"),
            ("CREATE TRIGGER", "trigger", "stamp on crm.contacts"),
            ("CREATE TABLE AS", "table", "public.tmp_exp"),
            ("drop", "table", "crm.contacts"),
            ("drop", "publication", "lawtail"),
            ("ALTER PUBLICATION", "publication", "lawtail"),
        ] {
            assert!(read(&report(command, object, identity)).is_some(), "{command} {identity}");
        }
    }

    #[test]
    fn what_touches_no_mapped_table_and_what_is_no_name_are_none() {
        for (command, object, identity) in [
            ("ALTER TABLE", "table", "crm.campaigns"),
            ("CREATE INDEX", "index", "crm.contacts_email"),
            ("CREATE VIEW", "view", "crm.contacts"),
            ("CREATE TABLE", "table", "crm.feature"),
            ("drop", "index", "crm.contacts"),
            ("CREATE TABLE AS", "table", "crm.ada@example.org"),
        ] {
            assert_eq!(read(&report(command, object, identity)), None, "{command} {identity}");
        }
        assert_eq!(read("not json"), None);
    }

    #[test]
    fn the_role_of_the_migrations_is_none_and_others_may_make_no_table() {
        let mut policies = trial::policies();
        policies.detection.schema_changes_by.insert("deploy".to_owned());
        let read = |content: &str| {
            SchemaChange::read(content.as_bytes(), Position::default(), &policies, |_| person(5))
        };
        let rewrite = report("rewrite", "table", "crm.contacts");
        assert!(read(&rewrite).is_some());
        assert_eq!(read(&rewrite.replace("eve", "deploy")), None);
        assert!(read(&report("CREATE TABLE", "table", "public.warning")).is_some());
    }
}
