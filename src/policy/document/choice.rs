//! What is in force, as written: `policy.yaml`.

use std::time::Duration;

use super::maintenance::{self, MaintenanceDocument};
use super::node::Node;
use super::reader::{Fields, Reader, optional, time_zone};
use super::rules::{self, RulesDocument};
use super::scenario::Chosen;
use crate::model::{Place, limits};
use crate::policy::{Detection, Statistics, Tripwire};

/// The choice among the documents of the folder.
#[derive(Clone)]
pub struct Choice {
    /// The pack's name and where it was chosen.
    pub pack: (String, Place),
    /// The register's.
    pub register: (String, Place),
    /// The profile's.
    pub profile: (String, Place),
    /// Replaces the profile's grace.
    pub grace: Option<Duration>,
    /// The detectors' settings.
    pub detection: Detection,
    /// What is said of the rules themselves.
    pub rules: RulesDocument,
    /// The statistical alarms' settings.
    pub statistics: Statistics,
    /// Work that was declared beforehand.
    pub maintenance: MaintenanceDocument,
    /// Whether its pack is the one in force.
    pub in_force: bool,
}

impl Choice {
    /// The same settings for what a document of tests is about.
    pub fn about(&self, chosen: &Chosen) -> Choice {
        let or = |own: &Option<(String, Place)>, common: &(String, Place)| {
            own.clone().unwrap_or_else(|| common.clone())
        };
        let mut about = Choice {
            pack: or(&chosen.pack, &self.pack),
            register: or(&chosen.register, &self.register),
            profile: or(&chosen.profile, &self.profile),
            ..self.clone()
        };
        // What is said of rules is said of what is in force; its tables mean nothing elsewhere.
        if about.names() != self.names() {
            about.rules = RulesDocument::default();
            about.maintenance = MaintenanceDocument::default();
        }
        about.in_force = about.pack.0 == self.pack.0;
        about
    }

    /// The names of pack, register and profile.
    pub fn names(&self) -> [&str; 3] {
        [&self.pack.0, &self.register.0, &self.profile.0]
    }
}

/// Keys of the statistical alarms.
const BUDGET: &str = "alert_budget_per_week";
const ZONE: &str = "time_zone";

/// Reads `policy.yaml`.
pub fn read(reader: &mut Reader, root: &Node) -> Option<Choice> {
    let keys = [
        "pack",
        "register",
        "profile",
        "grace",
        "detection",
        "rules",
        "exceptions",
        "maintenance",
        "maintenance_by_message",
    ];
    let fields = reader.fields(root, &keys)?;
    let pack = chosen(reader, &fields, "pack");
    let register = chosen(reader, &fields, "register");
    let profile = chosen(reader, &fields, "profile");
    let grace = optional(&fields, "grace", |node| reader.duration(node));
    let detection = read_detection(reader, fields.optional("detection"));
    let rules = rules::read(reader, &fields);
    let maintenance = maintenance::read(reader, &fields);
    let (detection, statistics) = detection.unzip();
    Some(Choice {
        pack: pack?,
        register: register?,
        profile: profile?,
        grace: grace?,
        detection: detection?,
        rules: rules?,
        statistics: statistics?,
        maintenance: maintenance?,
        in_force: true,
    })
}

fn chosen(reader: &mut Reader, fields: &Fields<'_>, key: &str) -> Option<(String, Place)> {
    let node = fields.required(key, reader)?;
    Some((reader.text(node)?, node.place.clone()))
}

fn read_detection(reader: &mut Reader, node: Option<&Node>) -> Option<(Detection, Statistics)> {
    let keys = [
        "mass_change",
        "mass_deletion",
        "bulk_consent",
        "bulk_reassignment",
        "merge",
        "mass_export",
        "payee_redirection",
        "schema_changes_by",
        BUDGET,
        ZONE,
    ];
    let fields = match node {
        Some(node) => Some(reader.fields(node, &keys)?),
        None => None,
    };
    let roles = fields.as_ref().and_then(|fields| fields.optional("schema_changes_by"));
    let roles = roles.map_or(Some(Vec::new()), |node| reader.some(node, Reader::text));
    let mut tripwire = |key: &str, counted: &str, unset: Tripwire| {
        let node = fields.as_ref().and_then(|fields| fields.optional(key));
        node.map_or(Some(unset), |node| read_tripwire(reader, node, counted, unset))
    };
    let unset = Detection::default();
    let mass_change = tripwire("mass_change", "subjects", unset.mass_change);
    let mass_deletion = tripwire("mass_deletion", "subjects", unset.mass_deletion);
    let bulk_consent = tripwire("bulk_consent", "subjects", unset.bulk_consent);
    let reassignment = tripwire("bulk_reassignment", "records", unset.reassignment);
    let merge = tripwire("merge", "records", unset.merge);
    let export = tripwire("mass_export", "records", unset.export);
    let payee = tripwire("payee_redirection", "subjects", unset.payee);
    let statistics = read_statistics(reader, fields.as_ref());
    let detection = Detection {
        mass_change: mass_change?,
        mass_deletion: mass_deletion?,
        bulk_consent: bulk_consent?,
        reassignment: reassignment?,
        merge: merge?,
        export: export?,
        payee: payee?,
        schema_changes_by: roles?.into_iter().collect(),
    };
    Some((detection, statistics?))
}

fn read_statistics(reader: &mut Reader, fields: Option<&Fields<'_>>) -> Option<Statistics> {
    let unset = Statistics::default();
    let node = |key| fields.and_then(|fields| fields.optional(key));
    let budget = node(BUDGET).map_or(Some(u64::from(unset.alert_budget_per_week)), |node| {
        let most = u64::from(limits::ALERT_BUDGET);
        number_within(reader, node, 0..=most, &format!("0 (none) to {most} alarms a week"))
    });
    let time_zone = node(ZONE).map_or(Some(unset.time_zone), |node| time_zone(reader, node));
    Some(Statistics { alert_budget_per_week: u32::try_from(budget?).ok()?, time_zone: time_zone? })
}

/// What is not written keeps its default.
fn read_tripwire(
    reader: &mut Reader,
    node: &Node,
    counted: &str,
    unset: Tripwire,
) -> Option<Tripwire> {
    let fields = reader.fields(node, &[counted, "share_per_mille", "window"])?;
    let subjects = fields.optional(counted).map_or(Some(unset.subjects), |node| {
        let range = 1..=u64::MAX;
        number_within(reader, node, range, "at least one data subject")
    });
    let share = u64::from(unset.share_per_mille);
    let share_per_mille = fields.optional("share_per_mille").map_or(Some(share), |node| {
        number_within(reader, node, 0..=1000, "a share is 0 to 1000 per mille")
    });
    let window = fields.optional("window").map_or(Some(unset.window), |node| {
        let window = reader.duration(node)?;
        if window.is_zero() {
            reader.fault(&node.place, "the window is empty", "write a duration such as 10m");
            return None;
        }
        Some(window)
    });
    Some(Tripwire {
        subjects: subjects?,
        share_per_mille: u32::try_from(share_per_mille?).ok()?,
        window: window?,
    })
}

fn number_within(
    reader: &mut Reader,
    node: &Node,
    range: std::ops::RangeInclusive<u64>,
    help: &str,
) -> Option<u64> {
    let number = reader.number(node)?;
    if !range.contains(&number) {
        reader.fault(&node.place, format!("{number} is out of range"), help);
        return None;
    }
    Some(number)
}
