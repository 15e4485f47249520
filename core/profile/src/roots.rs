use crate::model::Thumbprint;
use sha1::{Digest, Sha1};

/// A root certificate that Spoke carries with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EmbeddedRoot {
    /// Common name, as the portal and Microsoft's documentation call it.
    pub name: &'static str,
    /// SHA-1 thumbprint, as profiles name it.
    pub sha1: Thumbprint,
    /// The certificate, DER.
    pub der: &'static [u8],
}

/// The two roots that Azure gateways are known to chain to, newest first, so that a
/// computer whose store lacks them can still connect.
pub const EMBEDDED_ROOTS: [EmbeddedRoot; 2] = [
    EmbeddedRoot {
        name: "DigiCert Global Root G2",
        sha1: Thumbprint([
            0xdf, 0x3c, 0x24, 0xf9, 0xbf, 0xd6, 0x66, 0x76, 0x1b, 0x26, 0x80, 0x73, 0xfe, 0x06,
            0xd1, 0xcc, 0x8d, 0x4f, 0x82, 0xa4,
        ]),
        der: include_bytes!("roots/digicert-global-root-g2.der"),
    },
    EmbeddedRoot {
        name: "DigiCert Global Root CA",
        sha1: Thumbprint([
            0xa8, 0x98, 0x5d, 0x3a, 0x65, 0xe5, 0xe5, 0xc4, 0xb2, 0xd7, 0xd6, 0x6d, 0x40, 0xc6,
            0xdd, 0x2f, 0xb1, 0x9c, 0x54, 0x36,
        ]),
        der: include_bytes!("roots/digicert-global-root-ca.der"),
    },
];

/// The embedded root with this thumbprint.
#[must_use]
pub fn embedded_root(sha1: Thumbprint) -> Option<&'static EmbeddedRoot> {
    EMBEDDED_ROOTS.iter().find(|root| root.sha1 == sha1)
}

impl Thumbprint {
    /// The thumbprint of a certificate, from its DER bytes.
    #[must_use]
    pub fn of(der: &[u8]) -> Self {
        Self(Sha1::digest(der).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_roots_are_what_their_names_and_thumbprints_say() {
        for root in &EMBEDDED_ROOTS {
            assert_eq!(Thumbprint::of(root.der), root.sha1);
            let (rest, certificate) = x509_parser::parse_x509_certificate(root.der).unwrap();
            assert!(rest.is_empty());
            let names: Vec<_> = certificate
                .subject()
                .iter_common_name()
                .filter_map(|name| name.as_str().ok())
                .collect();
            assert_eq!(names, [root.name]);
            assert!(certificate.is_ca());
        }
    }
}
