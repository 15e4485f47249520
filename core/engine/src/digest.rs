use aws_lc_rs::hmac;

/// Digest of an HMAC (OpenVPN's `auth` option).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digest {
    /// 20 bytes; OpenVPN's default.
    Sha1,
    /// 28 bytes.
    Sha224,
    /// 32 bytes.
    Sha256,
    /// 48 bytes.
    Sha384,
    /// 64 bytes.
    Sha512,
}

impl Digest {
    /// All that there are, shortest first.
    pub const ALL: [Self; 5] = [
        Self::Sha1,
        Self::Sha224,
        Self::Sha256,
        Self::Sha384,
        Self::Sha512,
    ];

    /// Bytes of the HMAC.
    #[must_use]
    pub const fn length(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha224 => 28,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// The digest with this name, in any of the spellings that OpenVPN takes for it: `SHA256`, `RSA-SHA256`,
    /// `SHA2-256`, in either case.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let name = name.to_ascii_uppercase();
        let name = name.strip_prefix("RSA-").unwrap_or(&name);
        let number = name.strip_prefix("SHA2-").or(name.strip_prefix("SHA-"));
        match number.or(name.strip_prefix("SHA")) {
            Some("1") if !name.starts_with("SHA2") => Some(Self::Sha1),
            Some("224") => Some(Self::Sha224),
            Some("256") => Some(Self::Sha256),
            Some("384") => Some(Self::Sha384),
            Some("512") => Some(Self::Sha512),
            _ => None,
        }
    }

    /// Its name in options strings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "SHA1",
            Self::Sha224 => "SHA224",
            Self::Sha256 => "SHA256",
            Self::Sha384 => "SHA384",
            Self::Sha512 => "SHA512",
        }
    }

    pub(crate) fn algorithm(self) -> hmac::Algorithm {
        match self {
            Self::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha224 => hmac::HMAC_SHA224,
            Self::Sha256 => hmac::HMAC_SHA256,
            Self::Sha384 => hmac::HMAC_SHA384,
            Self::Sha512 => hmac::HMAC_SHA512,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_known_by_every_spelling() {
        for digest in Digest::ALL {
            let name = digest.name();
            let lower = name.to_lowercase();
            for spelling in [name.to_owned(), format!("RSA-{name}"), lower] {
                assert_eq!(Digest::from_name(&spelling), Some(digest), "{spelling}");
            }
            assert_eq!(
                digest.algorithm().digest_algorithm().output_len(),
                digest.length()
            );
        }
        for (spelling, digest) in [
            ("SHA2-256", Some(Digest::Sha256)),
            ("sha-1", Some(Digest::Sha1)),
            ("SHA2-1", None),
            ("SHA3-256", None),
            ("SHA512-256", None),
            ("MD5", None),
            ("none", None),
            ("", None),
        ] {
            assert_eq!(Digest::from_name(spelling), digest, "{spelling}");
        }
    }
}
