//! Certificates: the gateway's own, and those of its clients.

use crate::config::{ClientCertificates, ConfigError, contents, read_text};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer};
use spoke_engine::ClientTrust;
use std::path::Path;
use x509_parser::prelude::{FromDer as _, X509Certificate};

/// The certificates in a PEM file.
pub(crate) fn read_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, ConfigError> {
    let text = read_text(path)?;
    let chain = CertificateDer::pem_slice_iter(text.as_bytes())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| contents(path, error))?;
    if chain.is_empty() {
        return Err(contents(path, "there is no certificate in it"));
    }
    Ok(chain)
}

/// The private key in a PEM file.
pub(crate) fn read_key(path: &Path) -> Result<PrivateKeyDer<'static>, ConfigError> {
    let text = zeroize::Zeroizing::new(read_text(path)?);
    PrivateKeyDer::from_pem_slice(text.as_bytes()).map_err(|error| contents(path, error))
}

/// What clients' certificates are measured by; nothing when none is asked for.
pub(crate) fn client_trust(rules: Option<&ClientCertificates>) -> Result<ClientTrust, ConfigError> {
    let Some(rules) = rules else {
        return Ok(ClientTrust::default());
    };
    let revoked = match &rules.crl {
        None => Vec::new(),
        Some(path) => {
            let text = read_text(path)?;
            CertificateRevocationListDer::pem_slice_iter(text.as_bytes())
                .collect::<Result<Vec<_>, _>>()
                .map_err(|error| contents(path, error))?
        }
    };
    if let Some(path) = rules.crl.as_deref().filter(|_| revoked.is_empty()) {
        return Err(contents(path, "there is no revocation list in it"));
    }
    Ok(ClientTrust {
        roots: read_chain(&rules.ca)?,
        revoked,
    })
}

/// Who a client's verified certificate is for: its common name.
pub(crate) fn account(chain: &[CertificateDer<'_>]) -> Option<String> {
    let (_, certificate) = X509Certificate::from_der(chain.first()?).ok()?;
    let name = certificate.subject().iter_common_name().next()?;
    name.as_str().ok().map(ToOwned::to_owned)
}
