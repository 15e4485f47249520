use crate::model::{Thumbprint, der_list};
use crate::wrapping::{self, ControlWrapping};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// How the gateway proves that it is the right one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerCheck {
    /// What protects control packets before TLS: a shield that the gateway knows its
    /// users by, no proof of who it is.
    #[serde(alias = "secret", deserialize_with = "wrapping::stored")]
    pub wrapping: ControlWrapping,
    /// SHA-1 thumbprint of the root certificate that the chain must end at.
    pub root_sha1: Option<Thumbprint>,
    /// `usepinnedroot`: `false` allows any root of the system. Absent means "pin
    /// when a thumbprint is present" (azure.md, part 7).
    pub use_pinned_root: Option<bool>,
    /// Root certificates that came with the profile or were given by the user
    /// (DER), candidates for the pinned thumbprint.
    #[serde(with = "der_list")]
    pub root_certificates: Vec<Vec<u8>>,
    /// The user's override of the name that the certificate must carry.
    pub server_name: Option<String>,
    /// What else the certificate must be; nothing for an Azure profile.
    #[serde(default)]
    pub requirements: CertificateRequirements,
}

impl ServerCheck {
    /// Whether nothing says yet which gateway is the right one: a file with a PKCS#12 may
    /// have its root in there, where it is found when the user opens it.
    #[must_use]
    pub fn awaits_root(&self) -> bool {
        let requirements = &self.requirements;
        requirements.own_roots_only
            && self.root_certificates.is_empty()
            && requirements.fingerprints.is_empty()
    }

    /// Takes these as the roots that the gateway's certificate may come from; no more than
    /// a profile may have.
    pub fn take_roots(&mut self, roots: &[Vec<u8>]) {
        for der in roots {
            let room = self.root_certificates.len() < crate::limits::ROOT_CERTIFICATES;
            if room && !self.root_certificates.contains(der) {
                self.root_certificates.push(der.clone());
            }
        }
    }

    /// Control packets protected like this, and everything else as Azure needs it.
    #[must_use]
    pub fn new(wrapping: ControlWrapping) -> Self {
        Self {
            wrapping,
            root_sha1: None,
            use_pinned_root: None,
            root_certificates: Vec::new(),
            server_name: None,
            requirements: CertificateRequirements::default(),
        }
    }
}

/// What an `.ovpn` file asks of the gateway's certificate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CertificateRequirements {
    /// How the certificate must be named.
    pub name: NameCheck,
    /// Whether the profile's own root certificates are the only ones (`ca`); the
    /// system's and Spoke's count for nothing then.
    pub own_roots_only: bool,
    /// Key usages of which one must be present, in OpenVPN's bit order, where
    /// `digitalSignature` is 80 and `keyEncipherment` 20 (`remote-cert-ku`); an empty
    /// list with [`any_key_usage`](Self::any_key_usage) set asks that there be one.
    pub key_usage: Vec<u16>,
    /// Whether the certificate must say what its key is for (`remote-cert-tls`).
    pub any_key_usage: bool,
    /// The purpose that the certificate must name beside the one of servers, as OID
    /// (`remote-cert-eku`).
    pub extended_key_usage: Option<String>,
    /// SHA-256 fingerprints of which the certificate must have one
    /// (`peer-fingerprint`). Without a root certificate they are all the trust there is.
    pub fingerprints: Vec<Fingerprint>,
    /// Digests of which the certificate above the gateway's must have one
    /// (`verify-hash`).
    pub issuer_digests: Vec<CertificateDigest>,
    /// Lists of revoked certificates (DER; `crl-verify`).
    #[serde(with = "der_list")]
    pub revocation_lists: Vec<Vec<u8>>,
}

/// How the certificate of a gateway must be named.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value", rename_all = "kebab-case")]
pub enum NameCheck {
    /// As the host, or as Azure derives a name from it.
    #[default]
    Host,
    /// Not at all: whoever holds a certificate of the profile's own roots is the gateway.
    Any,
    /// The common name is this (`verify-x509-name … name`).
    CommonName(String),
    /// The common name begins so (`verify-x509-name … name-prefix`).
    CommonNamePrefix(String),
    /// The whole subject is this, as OpenVPN writes it: `C=…, O=…, CN=…`
    /// (`verify-x509-name … subject`).
    Subject(String),
}

impl fmt::Display for NameCheck {
    /// As [`FromStr`] reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host => f.write_str("host"),
            Self::Any => f.write_str("any"),
            Self::CommonName(name) => write!(f, "name:{name}"),
            Self::CommonNamePrefix(name) => write!(f, "name-prefix:{name}"),
            Self::Subject(name) => write!(f, "subject:{name}"),
        }
    }
}

impl FromStr for NameCheck {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Ok(match text.split_once(':') {
            None if text == "host" => Self::Host,
            None if text == "any" => Self::Any,
            Some((_, "")) | None => return Err(()),
            Some(("name", name)) => Self::CommonName(name.to_owned()),
            Some(("name-prefix", name)) => Self::CommonNamePrefix(name.to_owned()),
            Some(("subject", name)) => Self::Subject(name.to_owned()),
            Some(_) => return Err(()),
        })
    }
}

/// A SHA-256 fingerprint of a certificate, printed as OpenVPN prints it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(pub [u8; 32]);

/// A digest of a certificate by one of the two functions that `verify-hash` knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum CertificateDigest {
    /// SHA-1.
    Sha1(Thumbprint),
    /// SHA-256.
    Sha256(Fingerprint),
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, byte) in self.0.iter().enumerate() {
            let colon = if position == 0 { "" } else { ":" };
            write!(f, "{colon}{byte:02X}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

impl FromStr for Fingerprint {
    type Err = hex::FromHexError;

    /// Reads 64 hexadecimal digits of either case, with or without colons.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits: String = text.chars().filter(|&letter| letter != ':').collect();
        let mut bytes = [0; 32];
        hex::decode_to_slice(digits, &mut bytes)?;
        Ok(Self(bytes))
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
