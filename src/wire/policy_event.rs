//! The body of an event about the policies themselves: OCSF 1.8.0 Entity Management (3004) of the
//! policies that are, or stay, in force.

use serde::Serialize;

use super::envelope::Origin;
use super::ocsf::{Product, VERSION};
use crate::model::{MaintenanceNews, PolicyEvent, PolicyNews, Severity};

/// OCSF `category_uid`: identity and access management.
const MANAGEMENT: u32 = 3;
const CLASS: u32 = 3004;

/// OCSF `activity_id`: update.
const UPDATE: u32 = 3;

/// One event's body, written in the order of its members.
#[derive(Serialize)]
pub(super) struct Body<'a> {
    activity_id: u32,
    category_uid: u32,
    class_uid: u32,
    type_uid: u32,
    severity_id: u8,
    severity: &'static str,
    /// In milliseconds since the Unix epoch.
    time: i64,
    /// 1: success, 2: failure.
    status_id: u8,
    message: String,
    metadata: Metadata<'a>,
    entity: Entity<'a>,
    unmapped: Unmapped<'a>,
}

#[derive(Serialize)]
struct Metadata<'a> {
    version: &'static str,
    uid: &'a str,
    product: Product,
}

#[derive(Serialize)]
struct Entity<'a> {
    r#type: &'static str,
    name: String,
    /// The digest of the policies in force.
    uid: &'a str,
}

#[derive(Serialize)]
struct Unmapped<'a> {
    gdpr: Own<'a>,
}

/// What OCSF has no words for.
#[derive(Serialize)]
struct Own<'a> {
    #[serde(flatten)]
    event: &'a PolicyEvent,
    policy_digest: &'a str,
    noticed: String,
}

/// The body of what became of the policies.
pub(super) fn body<'a>(news: &'a PolicyNews, origin: &Origin, event: &'a str) -> Body<'a> {
    let (severity, status_id) = match news.event {
        PolicyEvent::Replaced { .. } => (Severity::Informational, 1),
        PolicyEvent::Refused { .. } => (Severity::Medium, 2),
        PolicyEvent::ExceptionExpired { .. } => (Severity::Low, 1),
        PolicyEvent::Maintenance { news, .. } => match news {
            MaintenanceNews::Begun | MaintenanceNews::Within | MaintenanceNews::Ended => {
                (Severity::Informational, 1)
            }
            MaintenanceNews::Exceeded | MaintenanceNews::Refused => (Severity::Medium, 2),
        },
    };
    Body {
        activity_id: UPDATE,
        category_uid: MANAGEMENT,
        class_uid: CLASS,
        type_uid: CLASS * 100 + UPDATE,
        severity_id: severity.id(),
        severity: severity.name(),
        time: news.time.0.div_euclid(1_000),
        status_id,
        message: news.event.describe(),
        metadata: Metadata { version: VERSION, uid: event, product: Product::OWN },
        entity: Entity { r#type: "policies", name: origin.source(), uid: &news.digest },
        unmapped: Unmapped {
            gdpr: Own {
                event: &news.event,
                policy_digest: &news.digest,
                noticed: news.time.to_string(),
            },
        },
    }
}
