//! TLS with libpq's rules: what `sslmode` verifies, and what binds a login to the connection.

use std::path::Path;
use std::sync::Arc;

use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use sha2::{Digest, Sha256, Sha384, Sha512};
use tokio_rustls::rustls;
use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::client::{WebPkiServerVerifier, verify_server_name};
use tokio_rustls::rustls::crypto::{
    CryptoProvider, verify_tls12_signature, verify_tls13_signature,
};
use tokio_rustls::rustls::server::ParsedCertificate;
use tokio_rustls::rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};

use super::address::{Address, Host, TlsMode};
use crate::model::{Code, Fault};

/// The TLS settings for an address; `None` when its connections are never encrypted.
///
/// Fails with `PG-007` when the certificates to trust cannot be read.
pub(super) fn settings(address: &Address) -> Result<Option<Arc<ClientConfig>>, Fault> {
    if address.tls == TlsMode::Disable || matches!(address.host, Host::Unix(_)) {
        return Ok(None);
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Verifier::new(address, &provider)?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Fault::new(Code::PG_007, error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(Some(Arc::new(config)))
}

/// Whom to trust.
#[derive(Debug)]
enum Trust {
    /// Anybody: encryption without verification, as libpq's `prefer` and `require`.
    Anybody,
    /// Whoever an authority vouches for; with `name`, only for the host that was asked for.
    Authorities {
        chain: Arc<WebPkiServerVerifier>,
        pinned: Vec<CertificateDer<'static>>,
        name: bool,
    },
}

/// Verifies a server's certificate as `sslmode` says.
#[derive(Debug)]
struct Verifier {
    trust: Trust,
    provider: Arc<CryptoProvider>,
}

impl Verifier {
    fn new(address: &Address, provider: &Arc<CryptoProvider>) -> Result<Self, Fault> {
        let file = address.root_certificates.as_deref();
        let name = match (address.tls, file) {
            (TlsMode::VerifyFull, _) => true,
            (TlsMode::VerifyCa, _) | (TlsMode::Require, Some(_)) => false,
            _ => return Ok(Verifier { trust: Trust::Anybody, provider: provider.clone() }),
        };
        let certificates = match file {
            Some(file) => certificates_of(file)?,
            None => rustls_native_certs::load_native_certs().certs,
        };
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(certificates.iter().cloned());
        let chain = WebPkiServerVerifier::builder_with_provider(roots.into(), provider.clone())
            .build()
            .map_err(|error| {
                Fault::new(Code::PG_007, format!("no certificate authority to trust: {error}"))
            })?;
        let pinned = if file.is_some() { certificates } else { Vec::new() };
        let trust = Trust::Authorities { chain, pinned, name };
        Ok(Verifier { trust, provider: provider.clone() })
    }
}

fn certificates_of(file: &Path) -> Result<Vec<CertificateDer<'static>>, Fault> {
    let unreadable = |error: rustls_pki_types::pem::Error| {
        Fault::new(Code::PG_007, format!("sslrootcert {}: {error}", file.display()))
    };
    CertificateDer::pem_file_iter(file)
        .map_err(unreadable)?
        .collect::<Result<_, _>>()
        .map_err(unreadable)
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let Trust::Authorities { chain, pinned, name } = &self.trust else {
            return Ok(ServerCertVerified::assertion());
        };
        let verified =
            chain.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        match verified {
            // The chain is checked before the name, so the name is all that is wrong.
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if !name => Ok(ServerCertVerified::assertion()),
            // A self-signed certificate, named by the operator as the one to trust, is what many
            // PostgreSQL servers have; as its own authority it does not form a chain.
            Err(_) if pinned.contains(end_entity) && is_current(end_entity, now) => {
                if *name {
                    verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
                }
                Ok(ServerCertVerified::assertion())
            }
            other => other,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

fn is_current(certificate: &CertificateDer<'_>, now: UnixTime) -> bool {
    use x509_cert::der::Decode;
    x509_cert::Certificate::from_der(certificate).is_ok_and(|certificate| {
        let validity = certificate.tbs_certificate.validity;
        let moment = |time: x509_cert::time::Time| time.to_unix_duration().as_secs();
        (moment(validity.not_before)..=moment(validity.not_after)).contains(&now.as_secs())
    })
}

/// The channel binding `tls-server-end-point` of a certificate: its hash, by the hash function of
/// its signature (RFC 5929, section 4.1). `None` when the signature names no hash function.
pub(super) fn channel_binding(certificate: &CertificateDer<'_>) -> Option<Vec<u8>> {
    use x509_cert::der::Decode;
    use x509_cert::der::oid::db::rfc5912 as oid;
    let algorithm = x509_cert::Certificate::from_der(certificate).ok()?.signature_algorithm.oid;
    match algorithm {
        oid::ID_MD_5
        | oid::MD_5_WITH_RSA_ENCRYPTION
        | oid::SHA_1_WITH_RSA_ENCRYPTION
        | oid::SHA_256_WITH_RSA_ENCRYPTION
        | oid::ECDSA_WITH_SHA_256 => Some(Sha256::digest(certificate).to_vec()),
        oid::SHA_384_WITH_RSA_ENCRYPTION | oid::ECDSA_WITH_SHA_384 => {
            Some(Sha384::digest(certificate).to_vec())
        }
        oid::SHA_512_WITH_RSA_ENCRYPTION | oid::ECDSA_WITH_SHA_512 => {
            Some(Sha512::digest(certificate).to_vec())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made for this test; its key was thrown away.
    const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----
MIIBdTCCARugAwIBAgIUbx7AhMGpfZzy9gKRVvjN0sdFdc4wCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjIxMTEzMTVaGA8yMTI2MTAyOTExMTMx
NVowDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABJO4
UIIWotbfMEyC8eysgapj5+sXmSAzmlKkFFLqhE80goy7cT1W3E4mOXcK1s5NQ/ub
61QEiuuzMEGo3Bh1Xa6jUzBRMB0GA1UdDgQWBBQlVF6IdIEjGx8eUSJjC0ehKC0j
9zAfBgNVHSMEGDAWgBQlVF6IdIEjGx8eUSJjC0ehKC0j9zAPBgNVHRMBAf8EBTAD
AQH/MAoGCCqGSM49BAMCA0gAMEUCIQCzkLdmfxqmS3qoqpR3+U5KezjMLBwUsJvE
R8JkK3cdcgIgVVv8uL/AnyPsncqoRdHyX5KoeLkqswUPpKSgZjeEuzw=
-----END CERTIFICATE-----";

    #[test]
    fn a_login_is_bound_to_the_hash_of_the_certificate() {
        let certificate = CertificateDer::from_pem_slice(CERTIFICATE.as_bytes()).unwrap();
        let binding = channel_binding(&certificate).unwrap();
        let text: String = binding.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(text, "7adc2c353ad3d1a3ca8b17e1877d1ec7a9701711b2cbdd3ae694c042550e51b0");
        assert_eq!(channel_binding(&CertificateDer::from(vec![0x30, 0x01])), None);
    }

    #[test]
    fn a_pinned_certificate_is_good_only_while_it_is_valid() {
        let certificate = CertificateDer::from_pem_slice(CERTIFICATE.as_bytes()).unwrap();
        let at = |seconds| UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
        assert!(!is_current(&certificate, at(1_700_000_000)));
        assert!(is_current(&certificate, at(2_000_000_000)));
        assert!(!is_current(&certificate, at(5_000_000_000)));
    }
}
