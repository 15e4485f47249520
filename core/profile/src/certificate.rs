use crate::limits;
use crate::model::Thumbprint;
use serde::{Deserialize, Serialize};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::ParsedExtension;
use x509_parser::prelude::FromDer as _;

/// What a client certificate says of itself, for people and for choosing one.
///
/// All text comes from whoever made the certificate; unprintable characters are
/// replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateFacts {
    /// Who it is for ("CN=ana, O=Contoso").
    pub subject: String,
    /// The common name alone; the whole subject where there is none.
    pub common_name: String,
    /// Who issued it.
    pub issuer: String,
    /// SHA-1 of its DER.
    pub sha1: Thumbprint,
    /// Start of its validity, Unix time in seconds.
    pub not_before: u64,
    /// End of its validity, Unix time in seconds.
    pub not_after: u64,
    /// Whether it may be shown by a client: its extended key usage names client
    /// authentication or anything, or it has none.
    pub for_clients: bool,
}

/// Why a certificate cannot be used now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateFault {
    /// Its time is over.
    Expired,
    /// Its time has not come.
    NotYetValid,
    /// It is made for something else than clients.
    NotForClients,
}

/// A day, in seconds.
const DAY: u64 = 24 * 3600;
/// An expiry this near is worth a word.
const SOON: u64 = 14 * DAY;

impl CertificateFacts {
    /// Reads them from a certificate in DER; `None` when it is none.
    #[must_use]
    pub fn read(der: &[u8]) -> Option<Self> {
        let (rest, certificate) = X509Certificate::from_der(der).ok()?;
        if !rest.is_empty() {
            return None;
        }
        let subject = printable(&certificate.subject().to_string());
        let common_name = certificate
            .subject()
            .iter_common_name()
            .next()
            .and_then(|name| name.as_str().ok())
            .map_or_else(|| subject.clone(), printable);
        let for_clients = match certificate.extended_key_usage() {
            Ok(None) => true,
            Ok(Some(usage)) => usage.value.client_auth || usage.value.any,
            Err(_) => false,
        };
        let validity = certificate.validity();
        Some(Self {
            subject,
            common_name,
            issuer: printable(&certificate.issuer().to_string()),
            sha1: Thumbprint::of(der),
            not_before: seconds(validity.not_before.timestamp()),
            not_after: seconds(validity.not_after.timestamp()),
            for_clients,
        })
    }

    /// Whether it can be shown to a gateway at `now` (Unix time in seconds).
    ///
    /// # Errors
    /// What is wrong with it.
    pub const fn check(&self, now: u64) -> Result<(), CertificateFault> {
        if !self.for_clients {
            Err(CertificateFault::NotForClients)
        } else if now > self.not_after {
            Err(CertificateFault::Expired)
        } else if now < self.not_before {
            Err(CertificateFault::NotYetValid)
        } else {
            Ok(())
        }
    }

    /// Days until it expires, when that is soon.
    #[must_use]
    pub const fn expires_in_days(&self, now: u64) -> Option<u64> {
        let left = self.not_after.saturating_sub(now);
        if left < SOON { Some(left / DAY) } else { None }
    }
}

/// The certificate, and those of `others` that lead from it towards a root, as far as they
/// are there: what a client shows. A root is left out, since the gateway has it or does
/// not trust it.
#[must_use]
pub fn chain_upward(leaf: Vec<u8>, others: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut links: Vec<(Link, &Vec<u8>)> = others
        .iter()
        .filter_map(|der| Some((Link::read(der)?, der)))
        .filter(|(link, _)| link.issuer != link.subject)
        .collect();
    let mut last = Link::read(&leaf);
    let mut chain = vec![leaf];
    while let Some(link) = last.take()
        && chain.len() < limits::CHAIN_CERTIFICATES
        && let Some(at) = links.iter().position(|(above, _)| link.is_under(above))
    {
        let (above, der) = links.swap_remove(at);
        if !chain.contains(der) {
            chain.push(der.clone());
        }
        last = Some(above);
    }
    chain
}

/// Whether the certificate is an authority's: it says so, or it is of the kind from before
/// that could be said and issued itself.
#[must_use]
pub fn is_authority(der: &[u8]) -> bool {
    let Ok(([], certificate)) = X509Certificate::from_der(der) else {
        return false;
    };
    match certificate.basic_constraints() {
        Ok(Some(constraints)) => constraints.value.ca,
        Ok(None) => certificate.subject() == certificate.issuer(),
        Err(_) => false,
    }
}

/// What tells which certificate stands above which.
struct Link {
    subject: String,
    issuer: String,
    /// The identifiers of its own key and of its issuer's, which tell two certificates of
    /// one name apart (RFC 5280, 4.2.1.1).
    key: Option<Vec<u8>>,
    issuer_key: Option<Vec<u8>>,
}

impl Link {
    fn read(der: &[u8]) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        let (mut key, mut issuer_key) = (None, None);
        for extension in certificate.extensions() {
            match extension.parsed_extension() {
                ParsedExtension::SubjectKeyIdentifier(id) => key = Some(id.0.to_vec()),
                ParsedExtension::AuthorityKeyIdentifier(authority) => {
                    issuer_key = authority.key_identifier.as_ref().map(|id| id.0.to_vec());
                }
                _ => {}
            }
        }
        Some(Self {
            subject: certificate.subject().to_string(),
            issuer: certificate.issuer().to_string(),
            key,
            issuer_key,
        })
    }

    fn is_under(&self, above: &Self) -> bool {
        let same_key = match (&self.issuer_key, &above.key) {
            (Some(wanted), Some(key)) => wanted == key,
            _ => true,
        };
        self.issuer == above.subject && same_key
    }
}

fn printable(text: &str) -> String {
    const SHOWN: usize = 300;
    text.chars()
        .take(SHOWN)
        .map(|letter| {
            if letter.is_control() || crate::rules::is_disguise(letter) {
                char::REPLACEMENT_CHARACTER
            } else {
                letter
            }
        })
        .collect()
}

/// Times before 1970 count as 1970.
fn seconds(timestamp: i64) -> u64 {
    u64::try_from(timestamp).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::EMBEDDED_ROOTS;

    #[test]
    fn a_certificate_says_who_issued_it_and_until_when() {
        let facts = CertificateFacts::read(EMBEDDED_ROOTS[0].der).unwrap();
        assert_eq!(facts.common_name, "DigiCert Global Root G2");
        assert_eq!(facts.issuer, facts.subject);
        assert_eq!(facts.sha1, EMBEDDED_ROOTS[0].sha1);
        // 2013-08-01 12:00:00 to 2038-01-15 12:00:00.
        assert_eq!(facts.not_before, 1_375_358_400);
        assert_eq!(facts.not_after, 2_147_169_600);
        assert!(CertificateFacts::read(b"no certificate").is_none());
        assert!(CertificateFacts::read(&[EMBEDDED_ROOTS[0].der, b"x"].concat()).is_none());
    }

    #[test]
    fn its_time_and_its_purpose_are_checked() {
        let mut facts = CertificateFacts::read(EMBEDDED_ROOTS[0].der).unwrap();
        let (start, end) = (facts.not_before, facts.not_after);
        assert_eq!(facts.check(start), Ok(()));
        assert_eq!(facts.check(end), Ok(()));
        assert_eq!(facts.check(start - 1), Err(CertificateFault::NotYetValid));
        assert_eq!(facts.check(end + 1), Err(CertificateFault::Expired));
        assert_eq!(facts.expires_in_days(end - 3 * DAY), Some(3));
        assert_eq!(facts.expires_in_days(end - 30 * DAY), None);
        facts.for_clients = false;
        assert_eq!(facts.check(start), Err(CertificateFault::NotForClients));
    }
}
