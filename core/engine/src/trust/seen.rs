use sha1::{Digest, Sha1};
use spoke_moment::WallTime;
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

/// What a server showed of itself. All text comes from a stranger; unprintable characters are replaced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeenCertificate {
    /// The subject of the server's own certificate.
    pub subject: String,
    /// The names it claims: all DNS names and addresses, or else the common name.
    pub names: Vec<String>,
    /// Subjects of the certificates above it as sent, and last who issued the last one.
    pub issuers: Vec<String>,
    /// SHA-1 of the last certificate sent, if that one is a root: 40 hex digits.
    pub root_sha1: Option<String>,
    /// Start of the validity.
    pub not_before: WallTime,
    /// End of the validity.
    pub not_after: WallTime,
}

impl SeenCertificate {
    pub(super) fn of(chain: &[&[u8]]) -> Self {
        let mut seen = Self::default();
        let mut last = None;
        for (index, der) in chain.iter().enumerate() {
            let Ok((_, certificate)) = X509Certificate::from_der(der) else {
                break;
            };
            let subject = printable(&certificate.subject().to_string());
            if index == 0 {
                let names = Names::of(&certificate);
                seen.subject = subject;
                seen.names = names.claimed();
                seen.not_before = wall(certificate.validity().not_before.timestamp());
                seen.not_after = wall(certificate.validity().not_after.timestamp());
            } else {
                seen.issuers.push(subject);
            }
            last = Some((
                printable(&certificate.issuer().to_string()),
                *der,
                is_root(&certificate),
            ));
        }
        match last {
            Some((_, der, true)) => seen.root_sha1 = Some(hex(&Sha1::digest(der))),
            Some((issuer, _, false)) => seen.issuers.push(issuer),
            None => {}
        }
        seen
    }
}

impl fmt::Display for SeenCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", or_dash(&self.subject))?;
        write!(f, ", names {}", or_dash(&self.names.join(", ")))?;
        write!(f, ", issued by {}", or_dash(&self.issuers.join(" < ")))?;
        if let Some(sha1) = &self.root_sha1 {
            write!(f, ", root SHA-1 {sha1}")?;
        }
        Ok(())
    }
}

/// The names in a certificate.
#[derive(Default)]
pub(super) struct Names {
    pub(super) dns: Vec<String>,
    pub(super) addresses: Vec<std::net::IpAddr>,
    /// The one common name; looked at only where there is no alternative name of any kind.
    pub(super) common_name: Option<String>,
}

impl Names {
    pub(super) fn of(certificate: &X509Certificate<'_>) -> Self {
        let mut names = Self::default();
        match certificate.subject_alternative_name() {
            Ok(Some(extension)) => {
                for name in &extension.value.general_names {
                    match name {
                        GeneralName::DNSName(name) => names.dns.push((*name).to_owned()),
                        GeneralName::IPAddress(bytes) => names.addresses.extend(address(bytes)),
                        _ => {}
                    }
                }
            }
            Ok(None) => {
                let mut all = certificate.subject().iter_common_name();
                // Two common names leave open which one counts.
                if let (Some(name), None) = (all.next(), all.next()) {
                    names.common_name = name.as_str().ok().map(str::to_owned);
                }
            }
            // Unreadable names are no names; falling back to the common name would let a bad extension widen trust.
            Err(_) => {}
        }
        names
    }

    fn claimed(&self) -> Vec<String> {
        let addresses = self.addresses.iter().map(ToString::to_string);
        let dns = self.dns.iter().chain(&self.common_name);
        dns.map(|name| printable(name)).chain(addresses).collect()
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

fn is_root(certificate: &X509Certificate<'_>) -> bool {
    certificate.subject().as_raw() == certificate.issuer().as_raw()
}

fn wall(timestamp: i64) -> WallTime {
    WallTime::from_unix(u64::try_from(timestamp).unwrap_or(0))
}

fn address(bytes: &[u8]) -> Option<std::net::IpAddr> {
    match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes)
            .ok()
            .map(|b| Ipv4Addr::from(b).into()),
        16 => <[u8; 16]>::try_from(bytes)
            .ok()
            .map(|b| Ipv6Addr::from(b).into()),
        _ => None,
    }
}

pub(super) fn printable(text: &str) -> String {
    let shown = text.chars().take(300);
    shown
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}

fn or_dash(text: &str) -> &str {
    if text.is_empty() { "-" } else { text }
}
