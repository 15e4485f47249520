use aws_lc_rs::aead;
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// The data ciphers that this side knows; all of them authenticate what they encrypt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cipher {
    /// AES-256-GCM, the one that Azure gateways use.
    Aes256Gcm,
    /// AES-128-GCM.
    Aes128Gcm,
    /// CHACHA20-POLY1305, for machines without AES instructions.
    ChaCha20Poly1305,
}

impl Cipher {
    /// All, in the order of preference.
    pub const ALL: [Self; 3] = [Self::Aes256Gcm, Self::Aes128Gcm, Self::ChaCha20Poly1305];

    /// The name as OpenVPN writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Aes256Gcm => "AES-256-GCM",
            Self::Aes128Gcm => "AES-128-GCM",
            Self::ChaCha20Poly1305 => "CHACHA20-POLY1305",
        }
    }

    /// Length of the key in bytes.
    #[must_use]
    pub const fn key_len(self) -> usize {
        match self {
            Self::Aes256Gcm | Self::ChaCha20Poly1305 => 32,
            Self::Aes128Gcm => 16,
        }
    }

    /// How many 16-byte blocks and packets together one key may take, or none for no such limit.
    ///
    /// For GCM 2^36, as OpenVPN 2.7 counts (it keeps an attacker's advantage below 2^-57).
    pub(crate) const fn usage_limit(self) -> Option<u64> {
        match self {
            Self::Aes256Gcm | Self::Aes128Gcm => Some(1 << 36),
            Self::ChaCha20Poly1305 => None,
        }
    }

    pub(crate) fn algorithm(self) -> &'static aead::Algorithm {
        match self {
            Self::Aes256Gcm => &aead::AES_256_GCM,
            Self::Aes128Gcm => &aead::AES_128_GCM,
            Self::ChaCha20Poly1305 => &aead::CHACHA20_POLY1305,
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

/// A cipher that this side does not know.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "the data cipher \"{0}\" is not supported; AES-256-GCM, AES-128-GCM and CHACHA20-POLY1305 are"
)]
pub struct UnknownCipher(pub String);
