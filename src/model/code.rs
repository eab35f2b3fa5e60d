//! The product's vocabulary: every code lawtail can say, in one declaration with its page.
//!
//! A code is legal only if it is listed here, has a page under `src/codes/`, is tested both ways
//! and is emitted; `tests/tidy.rs` holds us to that.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How much a finding matters: OCSF `severity_id` 1 to 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// 1
    Informational,
    /// 2
    Low,
    /// 3
    Medium,
    /// 4
    High,
    /// 5
    Critical,
}

impl Severity {
    /// OCSF `severity_id`.
    pub fn id(self) -> u8 {
        self as u8 + 1
    }

    /// OCSF `severity`, also the metric label once lower-cased.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Informational => "Informational",
            Severity::Low => "Low",
            Severity::Medium => "Medium",
            Severity::High => "High",
            Severity::Critical => "Critical",
        }
    }
}

/// What to do about a fault of lawtail's own operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// It may pass: try again with backoff.
    Retry,
    /// It will not pass by itself: stop and let a person act.
    Stop,
}

/// What kind of statement a code makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Something in the CRM's data: a violation, an alarm, or a gap in what can be judged.
    Finding {
        /// Severity unless a rule says otherwise.
        severity: Severity,
        /// The article it rests on.
        article: &'static str,
    },
    /// Something in lawtail's own operation.
    Fault {
        /// Retry or stop.
        recovery: Recovery,
        /// One sentence for the operator: what to do.
        remedy: &'static str,
    },
}

/// One code: `LB-001`, `PG-004`.
#[derive(Clone, Copy)]
pub struct Code(&'static Definition);

struct Definition {
    text: &'static str,
    title: &'static str,
    meaning: Meaning,
    page: &'static str,
}

impl Code {
    /// As it is written.
    pub fn text(self) -> &'static str {
        self.0.text
    }

    /// Its short name, such as `processing_without_basis`.
    pub fn title(self) -> &'static str {
        self.0.title
    }

    /// What kind of statement it makes.
    pub fn meaning(self) -> Meaning {
        self.0.meaning
    }

    /// Its page in Markdown, as `lawtail explain` prints it.
    pub fn page(self) -> &'static str {
        self.0.page
    }

    /// The article of a finding; empty for a fault.
    pub fn article(self) -> &'static str {
        match self.meaning() {
            Meaning::Finding { article, .. } => article,
            Meaning::Fault { .. } => "",
        }
    }

    /// The severity of a finding unless a rule says otherwise; a fault is [`Severity::High`].
    pub fn severity(self) -> Severity {
        match self.meaning() {
            Meaning::Finding { severity, .. } => severity,
            Meaning::Fault { .. } => Severity::High,
        }
    }
}

impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl Eq for Code {}

impl PartialOrd for Code {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Code {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.text().cmp(other.text())
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// No such code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such code; `lawtail explain` lists them all")]
pub struct UnknownCode;

impl FromStr for Code {
    type Err = UnknownCode;

    fn from_str(text: &str) -> Result<Self, UnknownCode> {
        let wanted = |code: &&Code| code.text().eq_ignore_ascii_case(text);
        Code::ALL.iter().find(wanted).copied().ok_or(UnknownCode)
    }
}

impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.text())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Declares each code once: constant, text, title, meaning and page.
macro_rules! codes {
    ($($constant:ident = $text:literal, $title:literal, $meaning:expr;)*) => {
        impl Code {
            $(
                #[doc = concat!("`", $text, "`: ", $title, ".")]
                pub const $constant: Code = Code(&Definition {
                    text: $text,
                    title: $title,
                    meaning: $meaning,
                    page: include_str!(concat!("../codes/", $text, ".md")),
                });
            )*

            /// Every code.
            pub const ALL: &'static [Code] = &[$(Code::$constant),*];
        }
    };
}

const fn finding(severity: Severity, article: &'static str) -> Meaning {
    Meaning::Finding { severity, article }
}

const fn retry(remedy: &'static str) -> Meaning {
    Meaning::Fault { recovery: Recovery::Retry, remedy }
}

const fn stop(remedy: &'static str) -> Meaning {
    Meaning::Fault { recovery: Recovery::Stop, remedy }
}

codes! {
    LB_001 = "LB-001", "processing without a recorded lawful basis",
        finding(Severity::High, "GDPR Art. 6(1)");
    LB_002 = "LB-002", "special category without a condition of Art. 9(2)",
        finding(Severity::Critical, "GDPR Art. 9(1), Art. 9(2)");
    LB_003 = "LB-003", "consent of a child without a guardian",
        finding(Severity::Critical, "GDPR Art. 8(1)");
    LB_004 = "LB-004", "another basis in place of a withdrawn consent",
        finding(Severity::High, "GDPR Art. 7(3), Art. 5(1)(a)");
    LB_005 = "LB-005", "lawful basis by a word that is not mapped",
        finding(Severity::Informational, "GDPR Art. 5(2)");
    CN_001 = "CN-001", "message sent without permission",
        finding(Severity::High, "GDPR Art. 6(1)(a), ePrivacy Art. 13(1)");
    CN_002 = "CN-002", "message sent after opt-out",
        finding(Severity::Critical, "GDPR Art. 21(3), Art. 7(3)");
    CN_003 = "CN-003", "message sent before double opt-in was confirmed",
        finding(Severity::Medium, "GDPR Art. 7(1)");
    CN_004 = "CN-004", "implausible double opt-in",
        finding(Severity::High, "GDPR Art. 7(1)");
    CN_005 = "CN-005", "consent dated back",
        finding(Severity::High, "GDPR Art. 7(1), Art. 5(2)");
    CN_006 = "CN-006", "consent dated ahead",
        finding(Severity::Medium, "GDPR Art. 7(1), Art. 5(2)");
    CN_007 = "CN-007", "consent granted in bulk",
        finding(Severity::Critical, "GDPR Art. 7(1)");
    CN_008 = "CN-008", "consent without evidence",
        finding(Severity::Medium, "GDPR Art. 7(1)");
    CN_009 = "CN-009", "consents to several purposes at once",
        finding(Severity::Low, "GDPR Art. 7(2), Art. 4(11)");
    CN_010 = "CN-010", "message sent after the end of a permission",
        finding(Severity::High, "GDPR Art. 5(1)(e), Art. 7(1)");
    CN_011 = "CN-011", "opt-out reversed without the person's own act",
        finding(Severity::Critical, "GDPR Art. 21(3), Art. 7(3)");
    CN_012 = "CN-012", "record of consent changed after the fact",
        finding(Severity::Critical, "GDPR Art. 5(2), Art. 7(1)");
    CN_013 = "CN-013", "records of consent that contradict each other",
        finding(Severity::Critical, "GDPR Art. 5(1)(d), Art. 7(1)");
    CN_014 = "CN-014", "withdrawal not propagated",
        finding(Severity::High, "GDPR Art. 7(3), Art. 21(3)");
    CN_015 = "CN-015", "somebody who refused was asked for permission",
        finding(Severity::High, "GDPR Art. 21(3), ePrivacy Art. 13(1)");
    CN_016 = "CN-016", "preferred channel ignored",
        finding(Severity::Low, "GDPR Art. 5(1)(a)");
    CN_017 = "CN-017", "message to an address that the consent was not given for",
        finding(Severity::High, "GDPR Art. 7(1)");
    OB_001 = "OB-001", "profiling after objection",
        finding(Severity::High, "GDPR Art. 21(1), Art. 22");
    OB_002 = "OB-002", "use of data that the level of consent does not reach",
        finding(Severity::High, "GDPR Art. 6(1)(a), Art. 7(3)");
    RT_001 = "RT-001", "request of a data subject overdue",
        finding(Severity::Critical, "GDPR Art. 12(3)");
    RT_002 = "RT-002", "request of a data subject due soon",
        finding(Severity::Medium, "GDPR Art. 12(3)");
    RT_003 = "RT-003", "request refused without a reason",
        finding(Severity::High, "GDPR Art. 12(4)");
    RT_004 = "RT-004", "right that does not come with the basis",
        finding(Severity::Informational, "GDPR Art. 12(4), Art. 17(3), Art. 20(1), Art. 21(1)");
    ER_001 = "ER-001", "erasure incomplete",
        finding(Severity::Critical, "GDPR Art. 17(1)");
    ER_002 = "ER-002", "erased data subject returned",
        finding(Severity::Critical, "GDPR Art. 17(1)");
    ER_003 = "ER-003", "deletion that took the evidence along",
        finding(Severity::Medium, "GDPR Art. 5(2), Art. 7(1)");
    ER_004 = "ER-004", "pseudonymisation undone",
        finding(Severity::High, "GDPR Art. 4(5), Art. 32(1)(a)");
    PO_001 = "PO-001", "copy of the data not handed over",
        finding(Severity::Medium, "GDPR Art. 20(1), Art. 12(3)");
    RS_001 = "RS-001", "restricted data processed",
        finding(Severity::High, "GDPR Art. 18(2)");
    RET_001 = "RET-001", "data subject kept for too long",
        finding(Severity::Medium, "GDPR Art. 5(1)(e)");
    RET_002 = "RET-002", "no time limit for erasure",
        finding(Severity::Informational, "GDPR Art. 5(1)(e), Art. 30(1)(f)");
    RET_003 = "RET-003", "data subject deactivated instead of erased",
        finding(Severity::High, "GDPR Art. 17(1)");
    MIN_001 = "MIN-001", "unregistered personal column",
        finding(Severity::Medium, "GDPR Art. 25(1), Art. 5(1)(c)");
    MIN_002 = "MIN-002", "personal data in free text",
        finding(Severity::Medium, "GDPR Art. 5(1)(c), Art. 9(1)");
    ACC_001 = "ACC-001", "invalid contact data",
        finding(Severity::Low, "GDPR Art. 5(1)(d)");
    ACC_002 = "ACC-002", "corrected value written anew elsewhere",
        finding(Severity::Medium, "GDPR Art. 16, Art. 19");
    PL_001 = "PL-001", "data used for another purpose",
        finding(Severity::High, "GDPR Art. 5(1)(b), Art. 6(4)");
    PL_002 = "PL-002", "data enriched beyond what the register says",
        finding(Severity::Medium, "GDPR Art. 5(1)(b), Art. 5(1)(c)");
    DPIA_001 = "DPIA-001", "processing that asks for an impact assessment",
        finding(Severity::Medium, "GDPR Art. 35(1), Art. 35(3)");
    PS_001 = "PS-001", "choice in the portal not reflected",
        finding(Severity::High, "GDPR Art. 7(3), Art. 12(2), Art. 24(1)");
    SRC_001 = "SRC-001", "data from elsewhere without information",
        finding(Severity::High, "GDPR Art. 14(3)(a)");
    SRC_002 = "SRC-002", "list imported without evidence",
        finding(Severity::High, "GDPR Art. 7(1), Art. 5(2)");
    OWN_001 = "OWN-001", "own rule",
        finding(Severity::Medium, "the controller's own rule");
    REG_001 = "REG-001", "register and database differ",
        finding(Severity::Medium, "GDPR Art. 30(1)");
    SEC_001 = "SEC-001", "mass change of personal data",
        finding(Severity::High, "GDPR Art. 32(1), Art. 4(12)");
    SEC_002 = "SEC-002", "mass deletion of personal data",
        finding(Severity::Critical, "GDPR Art. 32(1), Art. 4(12)");
    SEC_003 = "SEC-003", "mass export of personal data",
        finding(Severity::High, "GDPR Art. 32(1), Art. 4(12)");
    SEC_004 = "SEC-004", "account that is switched off goes on working",
        finding(Severity::High, "GDPR Art. 32(1)(b), Art. 32(4)");
    SEC_005 = "SEC-005", "privileges gained or second factor lost",
        finding(Severity::High, "GDPR Art. 32(1)(b), Art. 32(4)");
    SEC_006 = "SEC-006", "records opened to more people",
        finding(Severity::High, "GDPR Art. 25(2), Art. 32(1)(b)");
    SEC_007 = "SEC-007", "clear text where ciphertext is expected",
        finding(Severity::Critical, "GDPR Art. 32(1)(a)");
    SEC_008 = "SEC-008", "change that bypasses the audit log",
        finding(Severity::Critical, "GDPR Art. 5(2), Art. 32(1)");
    SEC_009 = "SEC-009", "activity that is unusual for its actor, table or time",
        finding(Severity::Low, "GDPR Art. 32(1)");
    SEC_010 = "SEC-010", "many records given to another owner",
        finding(Severity::High, "GDPR Art. 32(1), Art. 4(12)");
    SEC_011 = "SEC-011", "many records merged into one",
        finding(Severity::High, "GDPR Art. 5(1)(d), Art. 4(12)");
    SEC_012 = "SEC-012", "one bank account for several data subjects",
        finding(Severity::Critical, "GDPR Art. 32(1), Art. 4(12)");
    SEC_013 = "SEC-013", "values moved between data subjects",
        finding(Severity::Critical, "GDPR Art. 5(1)(d), Art. 4(12)");
    SEC_014 = "SEC-014", "schema change that no change of a row shows",
        finding(Severity::Critical, "GDPR Art. 32(1), Art. 4(12)");
    SEC_015 = "SEC-015", "decoy touched",
        finding(Severity::Critical, "GDPR Art. 32(1)(d)");
    SEC_016 = "SEC-016", "rows encrypted in place",
        finding(Severity::Critical, "GDPR Art. 32(1), Art. 4(12)");
    SEC_017 = "SEC-017", "one contact point for many data subjects",
        finding(Severity::High, "GDPR Art. 5(1)(d), Art. 4(12)");
    SEC_018 = "SEC-018", "records given to another tenant",
        finding(Severity::High, "GDPR Art. 32(1), Art. 4(12)");
    SEC_019 = "SEC-019", "keys of many data subjects changed",
        finding(Severity::High, "GDPR Art. 5(1)(d), Art. 32(1)(b)");
    SEC_020 = "SEC-020", "end of storage pushed out for many records",
        finding(Severity::Medium, "GDPR Art. 5(1)(e)");
    SEC_021 = "SEC-021", "audit log altered",
        finding(Severity::Critical, "GDPR Art. 5(2), Art. 32(1)");
    TR_001 = "TR-001", "recipient in a third country without safeguards",
        finding(Severity::High, "GDPR Art. 44, Art. 46");
    TR_002 = "TR-002", "new destination of data",
        finding(Severity::High, "GDPR Art. 28, Art. 44");
    COV_001 = "COV-001", "old values are not sent",
        finding(Severity::Informational, "GDPR Art. 5(2)");
    COV_002 = "COV-002", "a part of the change stream was not seen",
        finding(Severity::Medium, "GDPR Art. 5(2)");
    COV_003 = "COV-003", "table with personal data is not mapped",
        finding(Severity::Informational, "GDPR Art. 5(2), Art. 30(1)");
    COV_004 = "COV-004", "change by an unknown actor",
        finding(Severity::Informational, "GDPR Art. 5(2)");

    CFG_001 = "CFG-001", "the configuration cannot be read",
        stop("correct the file at the place shown; deploy/lawtail.yaml is a commented example");
    CFG_002 = "CFG-002", "a setting is wrong",
        stop("correct the setting at the place shown");
    CFG_003 = "CFG-003", "a secret is missing",
        stop("set the environment variable, or make the file readable to lawtail's user");
    POL_001 = "POL-001", "a policy document cannot be read",
        stop("correct the document at the place shown; `lawtail check DIR` shows every fault at once");
    POL_002 = "POL-002", "a policy document is wrong",
        stop("correct the entry at the place shown; `lawtail check DIR` shows every fault at once");
    POL_003 = "POL-003", "a policy does not fit the database",
        stop("correct the table or column name in the pack, or the publication in the database");
    POL_004 = "POL-004", "policies that need a restart",
        stop("restart lawtail: the tables' meaning has changed, and what is on record was read by the former one");
    PG_001 = "PG-001", "PostgreSQL cannot be reached",
        retry("check host, port and network; a lawtail that is already running keeps trying");
    PG_002 = "PG-002", "PostgreSQL refused the login",
        stop("check user, password and pg_hba.conf");
    PG_003 = "PG-003", "wal_level is too low",
        stop("set wal_level = logical and restart PostgreSQL");
    PG_004 = "PG-004", "a privilege is missing",
        stop("run deploy/sql/role.sql as a database owner");
    PG_005 = "PG-005", "the replication slot is in use",
        retry("stop the other consumer, or give this lawtail a slot of its own");
    PG_006 = "PG-006", "the publication is missing",
        stop("create it with deploy/sql/role.sql as a database owner, or name another: database.publication");
    PG_007 = "PG-007", "the TLS connection failed",
        stop("check sslmode, the server's certificate and sslrootcert");
    PG_008 = "PG-008", "the replication connection was lost",
        retry("nothing to do: lawtail reconnects and continues where it stopped");
    PG_009 = "PG-009", "the server refused a command",
        stop("read the server's message and its log; report it if the remedy is not plain");
    PG_010 = "PG-010", "no replication slot is free",
        stop("raise max_replication_slots or max_wal_senders, or drop a slot that nobody uses");
    PG_011 = "PG-011", "the replication slot can no longer be used",
        stop("drop the slot; lawtail announces the gap and takes a new initial copy");
    PG_012 = "PG-012", "the database was too busy to be scanned",
        retry("scan again when whoever has locked the tables is done");
    WIR_001 = "WIR-001", "a replication message cannot be decoded",
        stop("keep the slot, report the message kind and offset; nothing unread was acknowledged without a gap");
    WIR_002 = "WIR-002", "a change journal cannot be read",
        stop("correct the line shown; docs/journal.md describes the format");
    STO_001 = "STO-001", "the store cannot be opened",
        stop("check that the folder exists, is writable and not used by another lawtail");
    STO_002 = "STO-002", "the store cannot be written",
        stop("free disk space or mend the disk, then start again: it continues where it stopped");
    STO_003 = "STO-003", "the store holds what it should not",
        stop("restore the folder from a backup, or move it away: lawtail then announces the gap and copies anew");
    STO_004 = "STO-004", "the store is of another format",
        stop("move the folder away: lawtail then announces the gap and copies anew");
    STO_005 = "STO-005", "the store cannot be written anew beside the former",
        stop("make room beside store.folder and let lawtail write there, then start again; the store is as it was");
    STO_006 = "STO-006", "the store's key does not fit",
        stop("name the file of the key that encrypted the store as store.encryption_key");
    KFK_001 = "KFK-001", "Kafka cannot be reached",
        retry("check brokers and network; events wait in the outbox meanwhile");
    KFK_002 = "KFK-002", "Kafka refused an event",
        stop("check topic, size limit and permissions; the event waits in the outbox");
    KFK_003 = "KFK-003", "another lawtail publishes in our place",
        stop("let only one lawtail follow the slot, and start that again");
    KFK_004 = "KFK-004", "Kafka does not take one event",
        stop("raise max.message.bytes of the topic, or see why the brokers refuse the event");
    KFK_005 = "KFK-005", "Kafka refused the login",
        retry("correct mechanism, user and secret under publish.kafka.properties; events wait in the outbox");
    KFK_006 = "KFK-006", "the TLS connection to Kafka failed",
        retry("check ssl.ca.location, the client's certificate and the brokers' names under publish.kafka");
    PUB_001 = "PUB-001", "the event file cannot be written",
        retry("free disk space or correct permissions; events wait in the outbox meanwhile");
    WHK_001 = "WHK-001", "the webhook's receiver cannot be reached",
        retry("check address, network and certificate of publish.webhook; the event waits meanwhile");
    WHK_002 = "WHK-002", "the webhook's receiver refuses an event",
        retry("check path and secret of publish.webhook and what the receiver says; the event waits meanwhile");
    NET_001 = "NET-001", "the HTTP address cannot be bound",
        stop("choose another http.listen address, or stop what is using it");
    API_001 = "API-001", "the request carries no valid token",
        stop("name a token under http.tokens in lawtail.yaml, and give its file with --token-file");
    API_002 = "API-002", "lawtail cannot answer",
        retry("check that lawtail runs, --url, and its log; then ask again");
    API_003 = "API-003", "nobody can be named like this",
        stop("name the person as TABLE/KEY, CHANNEL:CONTACT-POINT or by the reference of an event");
    INC_001 = "INC-001", "there is no such incident",
        stop("`lawtail incident list` prints all ids");
    INC_002 = "INC-002", "the step is not possible at this stage",
        stop("`lawtail incident show ID` says where the incident stands");
    INC_003 = "INC-003", "the step cannot be recorded as given",
        stop("give a reason without any personal data; it stays in the evidence for good");
    DEM_001 = "DEM-001", "the demonstration cannot start its PostgreSQL",
        stop("install the server: apt-get install postgresql");
    EVD_001 = "EVD-001", "the evidence chain is broken",
        stop("compare with another copy of the topic: the events from the place shown on are not proven");
    EVD_002 = "EVD-002", "a signing key cannot be used",
        stop("make one with `lawtail key new FILE`, or correct the file named");
    EVD_003 = "EVD-003", "an event cannot be proven",
        stop("name the files that hold the event and the topic `evidence` up to the checkpoint after it");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_reads_back_what_it_prints() {
        for code in Code::ALL {
            assert_eq!(code.to_string().parse(), Ok(*code));
        }
        assert_eq!("XX-999".parse::<Code>(), Err(UnknownCode));
    }

    #[test]
    fn no_code_is_declared_twice() {
        for (index, code) in Code::ALL.iter().enumerate() {
            assert!(!Code::ALL[..index].contains(code), "{code} is declared twice");
        }
    }

    #[test]
    fn every_page_starts_with_its_code() {
        for code in Code::ALL {
            let heading = format!("# {code}");
            assert!(code.page().starts_with(&heading), "{code}.md must start with {heading}");
        }
    }
}
