//! What went wrong in lawtail's own operation, in the form in which a person can act on it.

use std::fmt;

use super::{Code, Meaning, Recovery};

/// Where in a document the fault lies. Lines and columns count from 1; 0 means unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// File, or another name for the input.
    pub file: String,
    /// Line.
    pub line: usize,
    /// Column.
    pub column: usize,
    /// Path of the key, such as `database.url`; empty for the whole document.
    pub key: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
            if self.column > 0 {
                write!(f, ":{}", self.column)?;
            }
        }
        if !self.key.is_empty() {
            write!(f, " ({})", self.key)?;
        }
        Ok(())
    }
}

/// A fault: code, place, cause and remedy. The cause is written by us and never contains a
/// personal value or a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Which kind.
    pub code: Code,
    /// Where, when it lies in a document.
    pub place: Option<Place>,
    /// What happened this time.
    pub cause: String,
    /// A remedy for this very case; otherwise the code's own.
    help: Option<String>,
}

impl Fault {
    /// A fault with the remedy of its code.
    pub fn new(code: Code, cause: impl Into<String>) -> Self {
        Fault { code, place: None, cause: cause.into(), help: None }
    }

    /// Adds the place.
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// Replaces the code's remedy by one for this very case.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// What the operator should do.
    pub fn remedy(&self) -> &str {
        match (&self.help, self.code.meaning()) {
            (Some(help), _) => help,
            (None, Meaning::Fault { remedy, .. }) => remedy,
            (None, Meaning::Finding { .. }) => "see `lawtail explain` for this code",
        }
    }

    /// Whether trying again may help.
    pub fn recovery(&self) -> Recovery {
        match self.code.meaning() {
            Meaning::Fault { recovery, .. } => recovery,
            Meaning::Finding { .. } => Recovery::Stop,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.code.title())?;
        if let Some(place) = &self.place {
            write!(f, "\n  place:  {place}")?;
        }
        write!(f, "\n  cause:  {}\n  remedy: {}", self.cause, self.remedy())
    }
}

impl std::error::Error for Fault {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_tells_code_place_cause_and_remedy() {
        let place = Place { file: "lawtail.yaml".into(), line: 3, column: 7, key: "store".into() };
        let fault = Fault::new(Code::CFG_002, "the folder is empty").at(place);
        let text = fault.to_string();
        for part in ["CFG-002", "lawtail.yaml:3:7 (store)", "the folder is empty", "correct the"] {
            assert!(text.contains(part), "{text}");
        }
        assert_eq!(fault.help("name one").remedy(), "name one");
    }
}
