//! What is allowed: documents as written → checked → compiled.
//!
//! Pure: texts in, compiled policies or every fault at once out. Reading files is the shell's.

mod check;
mod compile;
pub mod document;
mod duties;
pub mod embedded;
pub mod expression;
mod fit;
mod governance;
pub mod known;
mod link;
mod maintenance;
mod own;
mod pack;
mod person;
mod profile;
mod reached;
mod reading;
mod register;
mod rules;
mod security;
mod statistics;
mod subject;

pub use compile::{AllTested, Tested, compile, compile_with_tests};
pub use duties::{
    Deletion, DeliveryMapping, Duties, Level, PseudonymisedMapping, ResolvesMapping,
    TransferMapping,
};
pub use fit::{Hidden, place};
pub use governance::{Attestation, Attested, Governance, ImpactAssessment};
pub use maintenance::{Maintenance, MaintenanceByMessage, MaintenanceScope, Maintenances};
pub use own::{ListInForce, OwnRule, OwnRules, own_coverage, untested};
pub use pack::{
    ActivityMapping, AppendOnly, BasisMapping, Condition, ContactPointMapping, LawfulBasis, Pack,
    PermissionMapping, PermissionStatus, ProfilingMapping, Provenance, RequestKind, RequestMapping,
    Retention, Selector, TableMapping, Test, ValueMap,
};
pub use person::{
    BirthMapping, ChildMapping, Followed, ImportMapping, MembershipMapping, PersonMapping,
    PortalMapping, SourceMapping, Storage, SubjectAct,
};
pub use profile::{
    Adequacy, AgeOfConsent, ChannelRule, ConsentRules, Detection, Profile, Tripwire,
};
pub use reached::Hashing;
pub use register::{
    Periods, ProcessingActivity, Purpose, Register, RegisteredBasis, SpecialCondition, StorageLimit,
};
pub use rules::{Exception, Maturity, Rules};
pub use security::{
    AccessMapping, AccountMapping, AuditMapping, CredentialMapping, DestinationMapping,
    ExportMapping, Security,
};
pub use statistics::Statistics;
pub use subject::SubjectMapping;

/// Everything in force, compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policies {
    /// The CRM's tables.
    pub pack: Pack,
    /// The record of processing activities.
    pub register: Register,
    /// The reading of the law.
    pub profile: Profile,
    /// The detectors' settings.
    pub detection: Detection,
    /// What is said of the rules themselves.
    pub rules: Rules,
    /// The statistical alarms' settings.
    pub statistics: Statistics,
    /// Work that was declared beforehand.
    pub maintenances: Maintenances,
    /// Rules of the controller's own.
    pub own: OwnRules,
    /// SHA-256 over the documents in force, hexadecimal.
    pub digest: String,
}
