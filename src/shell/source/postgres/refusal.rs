//! What the server says when it refuses, turned into faults that a person can act on.
//!
//! Only the primary message is used, and only where it speaks of the server: detail, context and
//! hint may quote rows, and so may the message about a value.

use std::error::Error;

use tokio_rustls::rustls;

use crate::model::{Code, Fault};

/// Classes of SQLSTATE whose messages are about connections, rights, objects, resources and the
/// server's state (PostgreSQL manual, "PostgreSQL Error Codes"). A data exception quotes the data:
/// `22023 unrecognized encoding: "…"` from a row filter of the publication.
const PLAIN: [&str; 12] = ["08", "0A", "25", "28", "3D", "40", "42", "53", "54", "55", "57", "58"];

/// SQLSTATE with which the server gives up to wait for a lock.
pub(super) const LOCK_NOT_AVAILABLE: &str = "55P03";

/// Where a password is read from.
pub(super) const PASSWORD_MISSING: &str = "write database.password or password_file into lawtail.yaml; for --database-url set \
    PGPASSWORD, or put it into DATABASE_URL, which shows in no list of processes";

/// A refusal of the server: SQLSTATE and primary message (PostgreSQL manual, "Error and Notice
/// Message Fields").
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// SQLSTATE, five characters.
    pub state: String,
    /// The primary message.
    pub message: String,
}

impl Refusal {
    /// Reads the body of an `ErrorResponse`.
    pub fn from_body(body: &[u8]) -> Self {
        let mut refusal = Refusal { state: String::new(), message: String::new() };
        for field in body.split(|&byte| byte == 0) {
            match field.split_first() {
                Some((b'C', state)) => refusal.state = String::from_utf8_lossy(state).into_owned(),
                Some((b'M', text)) => refusal.message = String::from_utf8_lossy(text).into_owned(),
                _ => {}
            }
        }
        refusal
    }

    /// The fault that this refusal means unless the caller knows better.
    pub fn fault(&self) -> Fault {
        let code = match self.state.as_str() {
            "28P01" | "28000" | "3D000" => Code::PG_002,
            "42501" => Code::PG_004,
            "55006" => Code::PG_005,
            "42704" => Code::PG_006,
            // The names of settings stand in the message in every language.
            "55000" if self.message.contains("wal_level") => Code::PG_003,
            "55000" if self.message.contains("max_replication_slots") => Code::PG_010,
            // 58P01: the log that the slot needs has been removed.
            "55000" | "58P01" => Code::PG_011,
            "53300" | "53400" => Code::PG_010,
            "57P03" => Code::PG_001,
            // Shutdown, crash and termination by an administrator; running out of something for a
            // moment; a lock or a query that was given up.
            "57P01" | "57P02" | "57P05" | "57014" | "53000" | "53100" | "53200" | "55P03"
            | "40001" | "40P01" | "58030" => Code::PG_008,
            state if state.starts_with("08") => Code::PG_008,
            _ => Code::PG_009,
        };
        let fault = Fault::new(code, self.told());
        match self.state.as_str() {
            "3D000" => fault.help("check the database's name in the address: database.url"),
            _ => fault,
        }
    }

    fn told(&self) -> String {
        let Refusal { state, message } = self;
        if PLAIN.iter().any(|class| state.starts_with(class)) {
            return format!("the server says: {message} ({state})");
        }
        format!("the server's message may quote a row, so only its log has it ({state})")
    }
}

/// The fault behind an error of the control connection.
pub(super) fn control_fault(error: &tokio_postgres::Error) -> Fault {
    if let Some(refusal) = error.as_db_error() {
        let (state, message) = (refusal.code().code().to_owned(), refusal.message().to_owned());
        // Something was dropped while the server looked it up, or after it was listed. From a stream the
        // same would come again.
        let gone = ["XX000", "42P01", "42703", "3F000"].contains(&state.as_str());
        let fault = Refusal { state, message }.fault();
        return if gone { Fault::new(Code::PG_008, fault.cause) } else { fault };
    }
    let mut cause: Option<&(dyn Error + 'static)> = error.source();
    while let Some(inner) = cause {
        if let Some(error) = inner.downcast_ref::<std::io::Error>() {
            return io_fault(Code::PG_008, error);
        }
        cause = inner.source();
    }
    if error.is_closed() {
        return Fault::new(Code::PG_008, "the control connection was closed");
    }
    match error.source() {
        // The server asks for a password that nobody has named.
        Some(cause) if cause.to_string() == "password missing" => {
            Fault::new(Code::PG_002, "the server asks for a password and none is configured")
                .help(PASSWORD_MISSING)
        }
        // Logging in also fails here when the server's proof is wrong.
        Some(cause) => Fault::new(Code::PG_009, format!("{error}: {cause}")),
        None => Fault::new(Code::PG_009, error.to_string()),
    }
}

/// The fault behind an input or output error: `PG-007` when it comes from TLS, otherwise `code`.
pub(super) fn io_fault(code: Code, error: &std::io::Error) -> Fault {
    let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match tls {
        Some(tls) => Fault::new(Code::PG_007, tls.to_string()),
        None => Fault::new(code, error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Recovery;

    fn refusal(state: &str, message: &str) -> Refusal {
        Refusal { state: state.into(), message: message.into() }
    }

    #[test]
    fn each_refusal_has_its_code() {
        let codes = [
            ("28P01", Code::PG_002),
            ("28000", Code::PG_002),
            ("42501", Code::PG_004),
            ("55006", Code::PG_005),
            ("42704", Code::PG_006),
            ("55000", Code::PG_011),
            ("53400", Code::PG_010),
            ("57P03", Code::PG_001),
            ("57P01", Code::PG_008),
            ("08006", Code::PG_008),
            ("XX000", Code::PG_009),
            ("42601", Code::PG_009),
        ];
        for (state, code) in codes {
            assert_eq!(refusal(state, "no").fault().code, code, "{state}");
        }
        let low = refusal("55000", "logical decoding requires wal_level >= logical");
        assert_eq!(low.fault().code, Code::PG_003);
        assert_eq!(refusal("57P01", "bye").fault().recovery(), Recovery::Retry);
    }

    #[test]
    fn detail_and_context_never_reach_the_fault() {
        let body = b"SERROR\0C23505\0Mduplicate key\0DKey (mail)=(ada@example.org)\0Wrow ada\0\0";
        let refusal = Refusal::from_body(body);
        assert_eq!(refusal.state, "23505");
        assert!(!refusal.fault().to_string().contains("ada"));
    }

    #[test]
    fn a_message_about_a_value_is_left_to_the_server_s_log() {
        let fault = refusal("22P02", "invalid input syntax for type integer: \"ada\"").fault();
        assert_eq!(fault.code, Code::PG_009);
        assert!(fault.cause.contains("22P02") && !fault.to_string().contains("ada"), "{fault}");
        let plain = refusal("42501", "permission denied for table contacts").fault();
        assert!(plain.cause.contains("permission denied for table contacts"));
    }

    #[test]
    fn a_damaged_error_response_is_still_a_refusal() {
        assert_eq!(Refusal::from_body(&[0xFF, 0, b'C']).fault().code, Code::PG_009);
    }
}
