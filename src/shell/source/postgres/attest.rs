//! What the database is like, as far as it decides what the change stream can show: looked at on
//! the control connection, at the start of a stream and at intervals.
//!
//! Only names of objects and of roles are taken; what may quote a value (row filters, trigger
//! definitions) is taken as a hash that the server makes.

use std::collections::BTreeMap;

use super::control::{Control, column};
use super::refused::REFUSED;
use crate::model::{Fault, Recovery};

/// Something to look at, and its name in metrics and logs.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// Tables, column lists, row filters and options of our publication.
    Publication,
    /// Which old values each published table sends, and that PostgreSQL refuses the CRM no change
    /// of it.
    ReplicaIdentity,
    /// Published tables and their partitions are logged; no other table of their schemas has
    /// become unlogged.
    Persistence,
    /// We may read each published table, to copy it.
    Readable,
    /// Row security does not hide rows from the initial copy.
    RowSecurity,
    /// Triggers of published tables, and whether they are enabled.
    Triggers,
    /// Our own event triggers are there and enabled.
    SchemaChangesVisible,
    /// Event triggers of others.
    EventTriggers,
    /// Roles that are superuser, may replicate, pass by row security, or are members of such a
    /// role or of a predefined one that reads or writes everything.
    Roles,
    /// Logical slots of others, through which the same data can leave.
    OtherSlots,
    /// Publications of others.
    OtherPublications,
    /// `wal_level` is logical.
    WalLevel,
    /// `max_slot_wal_keep_size` is set, so that no slot can fill the disk.
    SlotWalLimit,
}

impl Check {
    /// Every check.
    pub const ALL: [Check; 13] = [
        Check::Publication,
        Check::ReplicaIdentity,
        Check::Persistence,
        Check::Readable,
        Check::RowSecurity,
        Check::Triggers,
        Check::SchemaChangesVisible,
        Check::EventTriggers,
        Check::Roles,
        Check::OtherSlots,
        Check::OtherPublications,
        Check::WalLevel,
        Check::SlotWalLimit,
    ];

    /// The name used in metrics and logs.
    pub fn name(self) -> &'static str {
        match self {
            Check::Publication => "publication",
            Check::ReplicaIdentity => "replica_identity",
            Check::Persistence => "persistence",
            Check::Readable => "readable",
            Check::RowSecurity => "row_security",
            Check::Triggers => "triggers",
            Check::SchemaChangesVisible => "schema_changes_visible",
            Check::EventTriggers => "event_triggers",
            Check::Roles => "roles",
            Check::OtherSlots => "other_slots",
            Check::OtherPublications => "other_publications",
            Check::WalLevel => "wal_level",
            Check::SlotWalLimit => "slot_wal_limit",
        }
    }

    /// Whether an object in this state may come up as it is, so that only what becomes of it is looked at: a
    /// published table that may be read. Another role or slot is something to ask about whatever it is like.
    pub fn may_begin_as(self, state: &str) -> bool {
        match self {
            Check::ReplicaIdentity
            | Check::Readable
            | Check::RowSecurity
            | Check::SchemaChangesVisible
            | Check::WalLevel
            | Check::SlotWalLimit => true,
            Check::Persistence => state == "logged",
            Check::Publication
            | Check::Triggers
            | Check::EventTriggers
            | Check::Roles
            | Check::OtherSlots
            | Check::OtherPublications => false,
        }
    }

    /// A query for object, state, and whether that is well whatever it was before. `$1` is the
    /// publication, `$2` the slot.
    fn query(self, version: i32) -> String {
        match self {
            Check::Publication => publication(version),
            Check::ReplicaIdentity => replica_identity(),
            Check::Persistence => persistence(),
            Check::Readable => readable(version),
            Check::RowSecurity => format!(
                "SELECT {TABLE}, CASE WHEN c.relrowsecurity THEN 'on' ELSE 'off' END, \
                    NOT row_security_active(c.oid) \
                 {PUBLISHED_TABLES} {OURS}"
            ),
            Check::Triggers => format!(
                "SELECT {TABLE} || ' ' || quote_ident(t.tgname), \
                    CASE t.tgenabled WHEN 'D' THEN 'disabled ' ELSE 'enabled ' END \
                        || md5(concat(t.tgenabled, pg_get_triggerdef(t.oid))), true \
                 {PUBLISHED_TABLES} JOIN pg_trigger t ON t.tgrelid = c.oid AND NOT t.tgisinternal \
                 {OURS}"
            ),
            Check::SchemaChangesVisible => OWN_EVENT_TRIGGERS.to_owned(),
            Check::EventTriggers => "SELECT e.evtname::text, \
                    CASE e.evtenabled WHEN 'D' THEN 'disabled ' ELSE 'enabled ' END \
                        || md5(concat(e.evtenabled, e.evtevent, e.evttags, f.prosrc)), true \
                 FROM pg_event_trigger e JOIN pg_proc f ON f.oid = e.evtfoid \
                 WHERE e.evtname NOT LIKE 'lawtail\\_%'"
                .to_owned(),
            Check::Roles => ROLES.to_owned(),
            Check::OtherSlots => "SELECT slot_name::text, concat_ws(' ', plugin, database), true \
                 FROM pg_replication_slots WHERE slot_type = 'logical' AND slot_name <> $2::text"
                .to_owned(),
            Check::OtherPublications => "SELECT pubname::text, \
                    CASE WHEN puballtables THEN 'all tables' ELSE 'some tables' END, true \
                 FROM pg_publication WHERE pubname <> $1::text"
                .to_owned(),
            Check::WalLevel => "SELECT name, setting, setting = 'logical' \
                 FROM pg_settings WHERE name = 'wal_level'"
                .to_owned(),
            Check::SlotWalLimit => "SELECT name, concat(setting, ' MB'), setting <> '-1' \
                 FROM pg_settings WHERE name = 'max_slot_wal_keep_size'"
                .to_owned(),
        }
    }
}

/// The name of a table.
const TABLE: &str = "format('%I.%I', n.nspname, c.relname)";

/// The published tables.
const PUBLISHED_TABLES: &str = "FROM pg_publication_tables p \
    JOIN pg_namespace n ON n.nspname = p.schemaname \
    JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = p.tablename";

/// Those of our publication.
const OURS: &str = "WHERE p.pubname = $1::text";

/// Where PostgreSQL refuses changes to the CRM, the state says why.
fn replica_identity() -> String {
    format!(
        "SELECT {TABLE}, CASE c.relreplident WHEN 'd' THEN 'default' WHEN 'f' THEN 'full' \
                WHEN 'i' THEN 'index' ELSE 'nothing' END \
                || coalesce('; UPDATE and DELETE are refused: ' || refused.reasons, ''), \
            refused.reasons IS NULL \
         {PUBLISHED_TABLES} LEFT JOIN ( \
            SELECT source, string_agg(DISTINCT reason, ', ' ORDER BY reason) AS reasons \
            FROM ({REFUSED}) all_refused GROUP BY source) refused ON refused.source = c.oid \
         {OURS}"
    )
}

/// A published table cannot be unlogged, but a partition can, and so can a table that was taken
/// out of the publication.
fn persistence() -> String {
    format!(
        "WITH published AS (SELECT c.oid, c.relnamespace {PUBLISHED_TABLES} {OURS}), \
         watched AS ( \
            SELECT oid FROM published \
            UNION SELECT t.relid FROM published, pg_partition_tree(published.oid) t) \
         SELECT {TABLE}, CASE c.relpersistence WHEN 'p' THEN 'logged' WHEN 'u' THEN 'unlogged' \
                ELSE 'temporary' END, \
            w.oid IS NULL OR c.relpersistence = 'p' \
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
         LEFT JOIN watched w ON w.oid = c.oid \
         WHERE w.oid IS NOT NULL OR c.relpersistence = 'u' AND c.relkind IN ('r', 'p') \
            AND c.relnamespace IN (SELECT relnamespace FROM published)"
    )
}

/// The event triggers of `deploy/sql/event-triggers.sql`.
pub(super) const OWN_EVENT_TRIGGERS: &str = "SELECT wanted.name, \
        CASE WHEN e.evtname IS NULL THEN 'missing' WHEN e.evtenabled IN ('O', 'A') THEN 'enabled' \
            ELSE 'disabled' END, \
        coalesce(e.evtenabled IN ('O', 'A'), false) \
    FROM (VALUES ('lawtail_ddl_command_end'), ('lawtail_sql_drop'), ('lawtail_table_rewrite')) \
        AS wanted (name) LEFT JOIN pg_event_trigger e ON e.evtname = wanted.name";

/// Managed services have roles of their own in the place of a superuser.
const ROLES: &str = "WITH strong AS ( \
        SELECT oid, rolname FROM pg_roles WHERE rolname IN ('pg_read_all_data', \
            'pg_write_all_data', 'pg_read_server_files', 'pg_write_server_files', \
            'pg_execute_server_program', 'pg_create_subscription', 'rds_superuser', \
            'rds_replication', 'cloudsqlsuperuser', 'azure_pg_admin') \
        OR rolsuper OR rolreplication OR rolbypassrls), \
    rights AS ( \
        SELECT r.rolname, concat_ws(', ', CASE WHEN r.rolsuper THEN 'superuser' END, \
            CASE WHEN r.rolreplication THEN 'replication' END, \
            CASE WHEN r.rolbypassrls THEN 'bypassrls' END, \
            CASE WHEN NOT r.rolsuper THEN (SELECT 'member of ' || \
                    string_agg(s.rolname, ' and ' ORDER BY s.rolname) \
                FROM strong s WHERE s.oid <> r.oid AND pg_has_role(r.oid, s.oid, 'MEMBER')) END) \
            AS rights \
        FROM pg_roles r WHERE r.rolname NOT LIKE 'pg\\_%') \
    SELECT rolname::text, rights, true FROM rights WHERE rights <> ''";

/// From 15 on a publication may choose columns.
fn readable(version: i32) -> String {
    let chosen = match version {
        150_000.. => "a.attname = ANY (p.attnames)",
        _ => "true",
    };
    format!(
        "SELECT {TABLE}, CASE WHEN may.read THEN 'readable' ELSE 'not readable' END, may.read \
         {PUBLISHED_TABLES} CROSS JOIN LATERAL ( \
            SELECT coalesce(has_schema_privilege(n.oid, 'USAGE') AND bool_and( \
                has_column_privilege(c.oid, a.attnum, 'SELECT')), true) AS read \
            FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 \
                AND NOT a.attisdropped AND {chosen}) may \
         {OURS}"
    )
}

/// From 15 on a publication may choose columns and rows.
fn publication(version: i32) -> String {
    let chosen = match version {
        150_000.. => {
            "CASE WHEN r.prattrs IS NULL THEN 'all columns' \
                ELSE 'columns ' || array_to_string(p.attnames, ', ') END \
             || coalesce('; row filter ' || md5(p.rowfilter), '')"
        }
        _ => "'all columns'",
    };
    format!(
        "SELECT {TABLE}, {chosen}, true {PUBLISHED_TABLES} \
            JOIN pg_publication b ON b.pubname = p.pubname \
            LEFT JOIN pg_publication_rel r ON r.prpubid = b.oid AND r.prrelid = c.oid \
            WHERE p.pubname = $1::text \
         UNION ALL SELECT 'options', concat_ws(', ', \
                CASE WHEN pubinsert THEN 'insert' END, CASE WHEN pubupdate THEN 'update' END, \
                CASE WHEN pubdelete THEN 'delete' END, CASE WHEN pubtruncate THEN 'truncate' END, \
                CASE WHEN pubviaroot THEN 'via partition root' END, \
                CASE WHEN puballtables THEN 'all tables' END), \
            pubinsert AND pubupdate AND pubdelete AND pubtruncate \
            FROM pg_publication WHERE pubname = $1::text"
    )
}

/// What was found, by check.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observed {
    /// The state of each object, by its name.
    pub objects: BTreeMap<Check, BTreeMap<String, String>>,
    /// Objects in a state that is wrong whatever it was before.
    pub wrong: BTreeMap<Check, Vec<String>>,
}

impl Observed {
    /// The objects of a check, unless the server would not show them.
    pub fn shown(&self, check: Check) -> Option<&BTreeMap<String, String>> {
        self.objects.get(&check).filter(|objects| !objects.contains_key(NOT_SHOWN))
    }

    /// Whether an object is in a state that is wrong whatever it was before.
    pub fn is_wrong(&self, check: Check, object: &str) -> bool {
        self.wrong.get(&check).is_some_and(|wrong| wrong.iter().any(|it| it == object))
    }
}

/// The one object of a check that the server would not answer.
const NOT_SHOWN: &str = "(not shown)";

/// Looks at everything once. What the server will not show fails its check, and following goes on.
///
/// Fails when the connection does.
pub(super) async fn observe(
    control: &Control,
    version: i32,
    publication: &str,
    slot: &str,
) -> Result<Observed, Fault> {
    let mut observed = Observed::default();
    for check in Check::ALL {
        // Every query names both, so that both have a type.
        let query = format!(
            "WITH named AS (SELECT $1::text, $2::text) SELECT q.* FROM named, ({}) q \
                (object, state, fine) ORDER BY 1",
            check.query(version)
        );
        let rows = match control.rows(&query, &[&publication, &slot]).await {
            Err(fault) if fault.recovery() == Recovery::Stop => {
                let code = fault.code.text().to_owned();
                observed.objects.insert(check, BTreeMap::from([(NOT_SHOWN.to_owned(), code)]));
                observed.wrong.insert(check, vec![NOT_SHOWN.to_owned()]);
                continue;
            }
            rows => rows?,
        };
        let mut objects = BTreeMap::new();
        for row in &rows {
            let object: String = column(row, 0)?;
            if !column::<bool>(row, 2)? {
                observed.wrong.entry(check).or_default().push(object.clone());
            }
            objects.insert(object, column(row, 1)?);
        }
        observed.objects.insert(check, objects);
    }
    Ok(observed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_asked_only_for_what_its_publications_have() {
        for (version, has) in [(130_000, false), (140_000, false), (150_000, true), (180_000, true)]
        {
            let query = Check::Publication.query(version);
            let asked = ["prattrs", "attnames", "rowfilter"].map(|name| query.contains(name));
            assert_eq!(asked, [has; 3], "{version}");
        }
    }

    #[test]
    fn every_check_has_a_name_of_its_own() {
        let mut names = Check::ALL.map(Check::name).to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Check::ALL.len());
    }
}
