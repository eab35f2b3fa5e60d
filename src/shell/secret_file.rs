//! Files that hold a secret.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use secrecy::SecretSlice;

use crate::model::{Code, Fault};

/// Permissions that the file of a secret may not give: writing to its group, anything to others.
/// A group may read, since that is how secrets reach a container.
const FORBIDDEN: u32 = 0o027;

/// What the file holds. Its memory is cleared when it is dropped.
///
/// # Errors
/// `code` when it cannot be read or is open to others; the cause names the file and quotes nothing.
pub fn read(path: &Path, code: Code) -> Result<SecretSlice<u8>, Fault> {
    let unusable = |cause: String| Fault::new(code, format!("{}: {cause}", path.display()));
    let mode = fs::metadata(path).map_err(|error| unusable(error.to_string()))?;
    let mode = mode.permissions().mode() & 0o777;
    if mode & FORBIDDEN != 0 {
        let help = format!("chmod 600 {}", path.display());
        return Err(unusable(format!("its mode {mode:o} lets others at it")).help(help));
    }
    let content = fs::read(path).map_err(|error| unusable(error.to_string()))?;
    Ok(SecretSlice::from(content))
}
