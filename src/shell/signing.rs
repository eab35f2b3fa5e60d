//! Signing keys as files.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;

use secrecy::ExposeSecret;

use super::secret_file;
use crate::model::{Code, Fault};
use crate::wire::chain::{PublicKey, SigningKey};

/// The keys that events are signed with.
#[derive(Clone, Debug, Default)]
pub struct Signing {
    /// Signs from now on; without it events are chained and not signed.
    pub key: Option<Arc<SigningKey>>,
    /// Has signed so far, and announces the one above.
    pub retiring: Option<Arc<SigningKey>>,
}

impl Signing {
    /// Reads the keys of the settings.
    ///
    /// # Errors
    /// As [`load`].
    pub fn read(key: Option<&Path>, retiring: Option<&Path>) -> Result<Self, Fault> {
        let read = |path: Option<&Path>| path.map(|path| load(path).map(Arc::new)).transpose();
        Ok(Signing { key: read(key)?, retiring: read(retiring)? })
    }
}

/// Reads a private key.
///
/// # Errors
/// `EVD-002` when the file cannot be read, is open to others, or holds no such key.
pub fn load(path: &Path) -> Result<SigningKey, Fault> {
    let content = secret_file::read(path, Code::EVD_002)?;
    // What is no text is no key either.
    let text = std::str::from_utf8(content.expose_secret()).unwrap_or_default();
    let unusable =
        |fault: Fault| Fault::new(Code::EVD_002, format!("{}: {}", path.display(), fault.cause));
    SigningKey::from_pem(text).map_err(unusable)
}

/// Reads a public key.
///
/// # Errors
/// `EVD-002` when the file cannot be read or holds no such key.
pub fn load_public(path: &Path) -> Result<PublicKey, Fault> {
    let unusable =
        |cause: String| Fault::new(Code::EVD_002, format!("{}: {cause}", path.display()));
    let text = fs::read_to_string(path).map_err(|error| unusable(error.to_string()))?;
    PublicKey::from_pem(&text).map_err(|fault| unusable(fault.cause))
}

/// Makes a key from the operating system's randomness and writes it to a new file for its owner
/// alone.
///
/// # Errors
/// `EVD-002` when the file is there already or cannot be written.
pub fn create(path: &Path) -> Result<SigningKey, Fault> {
    let unusable =
        |error: io::Error| Fault::new(Code::EVD_002, format!("{}: {error}", path.display()));
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| unusable(io::Error::other(error.to_string())))?;
    let key = SigningKey::from_seed(&seed);
    seed.fill(0);
    std::hint::black_box(&seed);
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let mut file = file.map_err(unusable)?;
    let text = key.to_pem();
    file.write_all(text.expose_secret().as_bytes()).map_err(unusable)?;
    file.sync_all().map_err(unusable)?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_new_key_is_its_owners_alone_and_reads_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("signing.pem");
        let key = create(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(load(&path).unwrap().public(), key.public());
        assert_eq!(create(&path).unwrap_err().code, Code::EVD_002, "it is not overwritten");
        let public = folder.path().join("public.pem");
        fs::write(&public, key.public().to_pem()).unwrap();
        assert_eq!(load_public(&public).unwrap(), key.public());
        assert_ne!(create(&folder.path().join("other")).unwrap().public(), key.public());
    }

    #[test]
    fn a_key_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("signing.pem");
        create(&path).unwrap();
        for (mode, well) in [(0o400, true), (0o440, true), (0o604, false), (0o620, false)] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let found = load(&path);
            assert_eq!(found.is_ok(), well, "{mode:o}");
            assert!(found.err().is_none_or(|fault| fault.remedy().contains("chmod 600")));
        }
    }

    #[test]
    fn what_is_no_key_is_a_fault_that_names_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("signing.pem");
        assert!(load(&path).unwrap_err().cause.contains("signing.pem"));
        fs::write(&path, "hunter2").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let fault = load(&path).unwrap_err();
        assert!(fault.cause.contains("signing.pem") && !fault.to_string().contains("hunter2"));
        assert_eq!(load_public(&path).unwrap_err().code, Code::EVD_002);
    }
}
