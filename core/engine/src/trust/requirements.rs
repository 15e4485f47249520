use super::names;
use super::seen::{Names, hex, printable};
use super::untrusted::UntrustedReason;
use aws_lc_rs::digest;
use rustls::pki_types::CertificateRevocationListDer;
use std::fmt;
use subtle::ConstantTimeEq as _;
use x509_parser::prelude::{FromDer, X509Certificate};

/// What a certificate must be beside well signed and made for servers.
#[derive(Clone, Debug, Default)]
pub struct Requirements {
    /// How it must be named.
    pub naming: Naming,
    /// That it says what its key may do, and that this includes all bits of one of these, where
    /// `digitalSignature` is 80 and `keyEncipherment` 20 (`remote-cert-ku`); of an empty list, that it says anything.
    pub key_usage: Option<Vec<u16>>,
    /// Whether it must name the purpose of servers even when its fingerprint is known (`remote-cert-tls`).
    pub server_purpose: bool,
    /// A further purpose that it must name, as OID (`remote-cert-eku`).
    pub purpose: Option<String>,
    /// SHA-256 fingerprints of which it must have one (`peer-fingerprint`). Where there is no root, one of these is enough.
    pub fingerprints: Vec<[u8; 32]>,
    /// Digests of which the certificate that it was issued by must have one (`verify-hash`).
    pub issuer_digests: Vec<IssuerDigest>,
    /// Lists of certificates that are no longer good (`crl-verify`). An authority without a list is not asked for one.
    pub revoked: Vec<CertificateRevocationListDer<'static>>,
}

/// How a certificate must be named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Naming {
    /// For one of the hosts that the trust is made for.
    #[default]
    Host,
    /// In any way.
    Any,
    /// With this common name (`verify-x509-name … name`). Alternative names do not matter.
    CommonName(String),
    /// With a common name that begins so (`… name-prefix`).
    CommonNamePrefix(String),
    /// With this whole subject, as OpenVPN writes it: `C=…, O=…, CN=…` (`… subject`).
    Subject(String),
}

/// The digest of an issuer's certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IssuerDigest {
    /// SHA-1.
    Sha1([u8; 20]),
    /// SHA-256.
    Sha256([u8; 32]),
}

impl Naming {
    /// What is expected, in words; hosts are named by themselves.
    pub(super) fn expected(&self, hosts: &[String]) -> Vec<String> {
        match self {
            Self::Host => hosts.to_vec(),
            other => vec![other.to_string()],
        }
    }

    fn fits(&self, certificate: &X509Certificate<'_>, hosts: &[String]) -> bool {
        match self {
            Self::Host => {
                let names = Names::of(certificate);
                hosts.iter().any(|wanted| names::is_for(&names, wanted))
            }
            Self::Any => true,
            Self::CommonName(wanted) => {
                common_name(certificate).is_some_and(|name| name == *wanted)
            }
            Self::CommonNamePrefix(wanted) => {
                common_name(certificate).is_some_and(|name| name.starts_with(wanted))
            }
            Self::Subject(wanted) => subject(certificate).is_some_and(|name| name == *wanted),
        }
    }
}

impl fmt::Display for Naming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host => f.write_str("the host's name"),
            Self::Any => f.write_str("any name"),
            Self::CommonName(name) => write!(f, "the common name {}", printable(name)),
            Self::CommonNamePrefix(name) => {
                write!(f, "a common name that begins with {}", printable(name))
            }
            Self::Subject(name) => write!(f, "the subject {}", printable(name)),
        }
    }
}

impl Requirements {
    /// Whether the certificate itself is one that is known.
    pub(super) fn check_fingerprint(&self, leaf: &[u8]) -> Result<(), UntrustedReason> {
        let own = digest::digest(&digest::SHA256, leaf);
        let mut known = self.fingerprints.iter();
        if self.fingerprints.is_empty() || known.any(|one| one.ct_eq(own.as_ref()).into()) {
            return Ok(());
        }
        let seen = hex(own.as_ref());
        Err(UntrustedReason::WrongFingerprint { seen })
    }

    /// Whether the certificate says all of itself that it must.
    pub(super) fn check_leaf(
        &self,
        certificate: &X509Certificate<'_>,
        hosts: &[String],
    ) -> Result<(), UntrustedReason> {
        if let Some(wanted) = &self.key_usage {
            check_key_usage(certificate, wanted)?;
        }
        if let Some(purpose) = &self.purpose
            && !purposes(certificate).contains(purpose)
        {
            return Err(UntrustedReason::WrongPurpose {
                wanted: printable(purpose),
            });
        }
        if !self.naming.fits(certificate, hosts) {
            return Err(UntrustedReason::WrongName);
        }
        Ok(())
    }

    /// Whether the certificate above the server's is the one that is known.
    pub(super) fn check_issuer(&self, issuer: Option<&[u8]>) -> Result<(), UntrustedReason> {
        if self.issuer_digests.is_empty() {
            return Ok(());
        }
        let Some(issuer) = issuer else {
            return Err(UntrustedReason::WrongIssuer { seen: None });
        };
        let sha1 = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, issuer);
        let sha256 = digest::digest(&digest::SHA256, issuer);
        let fits = self.issuer_digests.iter().any(|wanted| match wanted {
            IssuerDigest::Sha1(wanted) => wanted.ct_eq(sha1.as_ref()).into(),
            IssuerDigest::Sha256(wanted) => wanted.ct_eq(sha256.as_ref()).into(),
        });
        if fits {
            return Ok(());
        }
        let seen = Some(hex(sha256.as_ref()));
        Err(UntrustedReason::WrongIssuer { seen })
    }
}

fn check_key_usage(
    certificate: &X509Certificate<'_>,
    wanted: &[u16],
) -> Result<(), UntrustedReason> {
    let usage = certificate.key_usage().ok().flatten();
    let seen = usage.map(|usage| in_openvpns_order(usage.value.flags));
    let fits = seen.is_some_and(|seen| {
        wanted.is_empty() || wanted.iter().any(|&bits| bits != 0 && seen & bits == bits)
    });
    if fits {
        return Ok(());
    }
    Err(UntrustedReason::WrongKeyUsage { seen })
}

/// The first named bit is the highest of the low byte there, the ninth the highest of the next.
fn in_openvpns_order(flags: u16) -> u16 {
    let low = flags.to_le_bytes()[0].reverse_bits();
    u16::from(low) | ((flags >> 8) & 1) << 15
}

fn purposes(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(usage)) = certificate.extended_key_usage() else {
        return Vec::new();
    };
    let usage = usage.value;
    let known = [
        (usage.any, "2.5.29.37.0"),
        (usage.server_auth, "1.3.6.1.5.5.7.3.1"),
        (usage.client_auth, "1.3.6.1.5.5.7.3.2"),
        (usage.code_signing, "1.3.6.1.5.5.7.3.3"),
        (usage.email_protection, "1.3.6.1.5.5.7.3.4"),
        (usage.time_stamping, "1.3.6.1.5.5.7.3.8"),
        (usage.ocsp_signing, "1.3.6.1.5.5.7.3.9"),
    ];
    let known = known
        .iter()
        .filter(|(on, _)| *on)
        .map(|(_, oid)| (*oid).to_owned());
    let others = usage.other.iter().map(|oid| oid.to_id_string());
    known.chain(others).collect()
}

/// The one common name; two leave open which one counts, and control characters have no place in any.
fn common_name(certificate: &X509Certificate<'_>) -> Option<String> {
    let mut names = certificate.subject().iter_common_name();
    let (name, None) = (names.next()?, names.next()) else {
        return None;
    };
    name.as_str().ok().and_then(plain)
}

fn plain(text: &str) -> Option<String> {
    (!text.chars().any(char::is_control)).then(|| text.to_owned())
}

/// Short names of the parts of a subject, as OpenSSL has them.
const PARTS: [(&str, &str); 17] = [
    ("2.5.4.3", "CN"),
    ("2.5.4.4", "SN"),
    ("2.5.4.5", "serialNumber"),
    ("2.5.4.6", "C"),
    ("2.5.4.7", "L"),
    ("2.5.4.8", "ST"),
    ("2.5.4.9", "street"),
    ("2.5.4.10", "O"),
    ("2.5.4.11", "OU"),
    ("2.5.4.12", "title"),
    ("2.5.4.13", "description"),
    ("2.5.4.17", "postalCode"),
    ("2.5.4.41", "name"),
    ("2.5.4.42", "GN"),
    ("1.2.840.113549.1.9.1", "emailAddress"),
    ("0.9.2342.19200300.100.1.1", "UID"),
    ("0.9.2342.19200300.100.1.25", "DC"),
];

/// The whole subject as OpenVPN writes it: in the order of the certificate, parts after `, `, joint ones after ` + `.
fn subject(certificate: &X509Certificate<'_>) -> Option<String> {
    let mut parts = Vec::new();
    for joint in certificate.subject().iter_rdn() {
        let mut together = Vec::new();
        for part in joint.iter() {
            let oid = part.attr_type().to_id_string();
            let known = PARTS.iter().find(|(known, _)| *known == oid);
            let name = known.map_or(oid.as_str(), |(_, name)| name);
            together.push(format!("{name}={}", plain(part.as_str().ok()?)?));
        }
        parts.push(together.join(" + "));
    }
    Some(parts.join(", "))
}

/// The digest of the certificate in `candidates` that has this subject and key.
pub(super) fn root_of<'a>(
    candidates: impl Iterator<Item = &'a [u8]>,
    subject: &[u8],
    key: &[u8],
) -> Option<&'a [u8]> {
    let mut candidates = candidates;
    candidates.find(|der| {
        X509Certificate::from_der(der).is_ok_and(|(_, certificate)| {
            certificate.subject().as_raw().ends_with(subject)
                && certificate.public_key().raw.ends_with(key)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_usages_are_in_openvpns_order() {
        // digitalSignature and keyEncipherment, the first and the third named bit.
        assert_eq!(in_openvpns_order(0b101), 0xa0);
        assert_eq!(in_openvpns_order(1), 0x80);
        assert_eq!(in_openvpns_order(0), 0);
    }
}
