use aws_lc_rs::{aead, cipher};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// The data ciphers that this side knows.
///
/// Those with a block of 64 bits, `none`, and the modes CFB and OFB are not among them and never will be: what they
/// hide can be read or changed by others (CVE-2016-6329 for the short blocks).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cipher {
    /// AES-256-GCM, the one that Azure gateways use.
    Aes256Gcm,
    /// AES-128-GCM.
    Aes128Gcm,
    /// CHACHA20-POLY1305, for machines without AES instructions.
    ChaCha20Poly1305,
    /// AES-192-GCM.
    Aes192Gcm,
    /// AES-256-CBC with an HMAC beside it, for servers of OpenVPN 2.3 and older.
    Aes256Cbc,
    /// AES-192-CBC, likewise.
    Aes192Cbc,
    /// AES-128-CBC, likewise.
    Aes128Cbc,
}

/// How a cipher keeps packets from being changed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// It authenticates what it encrypts.
    Aead(&'static aead::Algorithm),
    /// An HMAC goes over what it encrypts.
    Cbc(&'static cipher::Algorithm),
}

impl Cipher {
    /// All, in the order of preference: those that need no HMAC come first.
    pub const ALL: [Self; 7] = [
        Self::Aes256Gcm,
        Self::Aes128Gcm,
        Self::ChaCha20Poly1305,
        Self::Aes192Gcm,
        Self::Aes256Cbc,
        Self::Aes192Cbc,
        Self::Aes128Cbc,
    ];

    /// What OpenVPN 2.6 takes when it is not told anything (`data-ciphers DEFAULT`).
    pub const DEFAULT: [Self; 3] = [Self::Aes256Gcm, Self::Aes128Gcm, Self::ChaCha20Poly1305];

    /// The name as OpenVPN writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Aes256Gcm => "AES-256-GCM",
            Self::Aes192Gcm => "AES-192-GCM",
            Self::Aes128Gcm => "AES-128-GCM",
            Self::ChaCha20Poly1305 => "CHACHA20-POLY1305",
            Self::Aes256Cbc => "AES-256-CBC",
            Self::Aes192Cbc => "AES-192-CBC",
            Self::Aes128Cbc => "AES-128-CBC",
        }
    }

    /// Length of the key in bytes.
    #[must_use]
    pub const fn key_len(self) -> usize {
        match self {
            Self::Aes256Gcm | Self::Aes256Cbc | Self::ChaCha20Poly1305 => 32,
            Self::Aes192Gcm | Self::Aes192Cbc => 24,
            Self::Aes128Gcm | Self::Aes128Cbc => 16,
        }
    }

    /// Whether it authenticates what it encrypts, so that no `auth` digest is needed.
    #[must_use]
    pub const fn is_aead(self) -> bool {
        match self {
            Self::Aes256Gcm | Self::Aes192Gcm | Self::Aes128Gcm | Self::ChaCha20Poly1305 => true,
            Self::Aes256Cbc | Self::Aes192Cbc | Self::Aes128Cbc => false,
        }
    }

    /// How many packets and 16-byte blocks together one key may take, or none for no such limit.
    ///
    /// For GCM 2^36 - 1, as OpenVPN 2.7 counts (it keeps an attacker's advantage below 2^-57). With CBC the packet
    /// numbers end long before the blocks do.
    pub(crate) const fn usage_limit(self) -> Option<u64> {
        match self {
            Self::Aes256Gcm | Self::Aes192Gcm | Self::Aes128Gcm => Some((1 << 36) - 1),
            Self::ChaCha20Poly1305 | Self::Aes256Cbc | Self::Aes192Cbc | Self::Aes128Cbc => None,
        }
    }

    pub(crate) const fn mode(self) -> Mode {
        match self {
            Self::Aes256Gcm => Mode::Aead(&aead::AES_256_GCM),
            Self::Aes192Gcm => Mode::Aead(&aead::AES_192_GCM),
            Self::Aes128Gcm => Mode::Aead(&aead::AES_128_GCM),
            Self::ChaCha20Poly1305 => Mode::Aead(&aead::CHACHA20_POLY1305),
            Self::Aes256Cbc => Mode::Cbc(&cipher::AES_256),
            Self::Aes192Cbc => Mode::Cbc(&cipher::AES_192),
            Self::Aes128Cbc => Mode::Cbc(&cipher::AES_128),
        }
    }
}

impl fmt::Display for Cipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Cipher {
    type Err = UnknownCipher;

    /// Letters of either case are taken, as OpenVPN does.
    fn from_str(name: &str) -> Result<Self, UnknownCipher> {
        Self::ALL
            .into_iter()
            .find(|cipher| cipher.name().eq_ignore_ascii_case(name))
            .ok_or_else(|| UnknownCipher(name.to_owned()))
    }
}

/// A cipher that this side does not know, or does not want to.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "the data cipher \"{0}\" is not supported; AES in 128, 192 and 256 bits with GCM or CBC and CHACHA20-POLY1305 are"
)]
pub struct UnknownCipher(pub String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_either_case_and_weak_ciphers_are_refused_by_name() {
        for cipher in Cipher::ALL {
            assert_eq!(cipher.name().to_lowercase().parse(), Ok(cipher));
        }
        for name in [
            "none",
            "BF-CBC",
            "DES-EDE3-CBC",
            "CAST5-CBC",
            "AES-256-CFB",
            "AES-128-OFB",
            "AES-256-CTR",
            "",
        ] {
            let refused = name.parse::<Cipher>().unwrap_err();
            assert!(refused.to_string().contains(&format!("\"{name}\"")));
        }
    }

    #[test]
    fn ciphers_that_need_no_hmac_are_preferred() {
        let aead: Vec<bool> = Cipher::ALL.iter().map(|cipher| cipher.is_aead()).collect();
        assert!(aead.is_sorted_by(|before, after| before >= after));
        assert!(Cipher::DEFAULT.iter().all(|cipher| cipher.is_aead()));
    }
}
