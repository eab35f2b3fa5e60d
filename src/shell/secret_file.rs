//! Files that hold a secret.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use secrecy::SecretSlice;

use crate::model::{Code, Fault};

/// Permissions that the file of a secret may not give: writing to its group, anything to others.
/// A group may read, since that is how secrets reach a container.
const FORBIDDEN: u32 = 0o027;

/// With this anybody may put another secret in place of it.
const WRITABLE: u32 = 0o002;

/// What the file holds. Its memory is cleared when it is dropped.
///
/// # Errors
/// `code` when it cannot be read or is open to others; the cause names the file and quotes nothing.
pub fn read(path: &Path, code: Code) -> Result<SecretSlice<u8>, Fault> {
    match read_or_warn(path, code)? {
        Secret { open: Some(fault), .. } => Err(fault),
        Secret { content, open: None } => Ok(content),
    }
}

/// A secret, and the fault of a file that others may read.
pub struct Secret {
    /// What the file holds.
    pub content: SecretSlice<u8>,
    /// That others may read it, with the remedy.
    pub open: Option<Fault>,
}

/// As [`read`], for secrets that a service has been started with before: that others may read the file
/// is told and is no reason to leave a CRM unwatched. That anybody may write it is.
///
/// # Errors
/// As [`read`], but for what is only readable.
pub fn read_or_warn(path: &Path, code: Code) -> Result<Secret, Fault> {
    let unusable = |cause: String| Fault::new(code, format!("{}: {cause}", path.display()));
    let mode = fs::metadata(path).map_err(|error| unusable(error.to_string()))?;
    let mode = mode.permissions().mode() & 0o777;
    let open = (mode & FORBIDDEN != 0).then(|| {
        let help = format!("chmod 600 {}", path.display());
        unusable(format!("its mode {mode:o} lets others at it")).help(help)
    });
    if let Some(fault) = open.clone().filter(|_| mode & WRITABLE != 0) {
        return Err(fault);
    }
    let content = fs::read(path).map_err(|error| unusable(error.to_string()))?;
    Ok(Secret { content: SecretSlice::from(content), open })
}
