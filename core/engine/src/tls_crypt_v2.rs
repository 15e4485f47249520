use crate::tls_crypt::SivKey;
use spoke_moment::WallTime;
use spoke_wire::{
    ClientKeyMetadata, StaticKey, TlsCryptV2ClientKey, TlsCryptV2ServerKey, WrappedClientKey,
};
use std::time::Duration;
use thiserror::Error;
use zeroize::Zeroizing;

/// A server's side of tls-crypt-v2.
#[derive(Clone)]
pub struct TlsCryptV2Server {
    /// Opens the keys that clients send along.
    pub key: TlsCryptV2ServerKey,
    /// Which of them are let in.
    pub accepts: ClientKeyPolicy,
}

/// Which genuine client keys a server takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClientKeyPolicy {
    /// All.
    #[default]
    Any,
    /// Those made no longer ago than this (OpenVPN 2.7, `tls-crypt-v2-max-age`).
    MaxAge(Duration),
}

/// Why a client's key does not come out of its wrapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ClientKeyError {
    /// The length at the end of the packet cannot be one.
    #[error("the packet does not end with a wrapped client key")]
    Length,
    /// Another server's, or a forgery.
    #[error("the wrapped client key was not made by this server's key")]
    Forged,
    /// Made too long ago, in the future, or at no known time.
    #[error("the client key is too old")]
    TooOld,
}

/// Why a client's key cannot be sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SealClientKeyError {
    /// With its metadata it is longer than a server takes.
    #[error(
        "the client key with its metadata is longer than {} bytes",
        WrappedClientKey::MOST
    )]
    TooLong,
    /// The cipher did not do its work.
    #[error("the client key could not be encrypted")]
    Cipher,
}

/// Makes what a client is given: `key`, random and its own, and the same sealed for the server.
///
/// # Errors
/// When `metadata` is too long, or the cipher fails.
pub fn seal_client_key(
    server: &TlsCryptV2ServerKey,
    key: StaticKey,
    metadata: &ClientKeyMetadata,
) -> Result<TlsCryptV2ClientKey, SealClientKeyError> {
    let clear = Zeroizing::new([key.bytes(), &metadata.encode()].concat());
    let length = WrappedClientKey::length_of(&clear).ok_or(SealClientKeyError::TooLong)?;
    let sealed = siv_key(server).seal(&length.to_be_bytes(), &clear);
    let (tag, sealed) = sealed.map_err(|_| SealClientKeyError::Cipher)?;
    let wrapped = WrappedClientKey::join(&tag, &sealed).ok_or(SealClientKeyError::TooLong)?;
    Ok(TlsCryptV2ClientKey { key, wrapped })
}

/// A client's key out of the packet that it follows.
pub(crate) struct OpenedClientKey<'a> {
    /// The packet, without the key.
    pub(crate) packet: &'a [u8],
    pub(crate) key: StaticKey,
    pub(crate) metadata: Option<ClientKeyMetadata>,
}

/// Opens the client key at the end of `packet`.
pub(crate) fn open_client_key<'a>(
    server: &TlsCryptV2ServerKey,
    packet: &'a [u8],
) -> Result<OpenedClientKey<'a>, ClientKeyError> {
    let (packet, tag, sealed) = WrappedClientKey::split(packet).ok_or(ClientKeyError::Length)?;
    let length = WrappedClientKey::length_of(sealed).ok_or(ClientKeyError::Length)?;
    let clear = siv_key(server).open(&length.to_be_bytes(), tag, sealed);
    let clear = clear.ok_or(ClientKeyError::Forged)?;
    let (key, metadata) = clear.split_first_chunk().ok_or(ClientKeyError::Length)?;
    Ok(OpenedClientKey {
        packet,
        key: StaticKey::from_bytes(key),
        metadata: ClientKeyMetadata::decode(metadata),
    })
}

impl ClientKeyPolicy {
    /// Whether a key with this metadata is taken at `wall`.
    pub(crate) fn check(
        self,
        metadata: Option<&ClientKeyMetadata>,
        wall: WallTime,
    ) -> Result<(), ClientKeyError> {
        match (self, metadata) {
            (Self::Any, _) => Ok(()),
            (Self::MaxAge(longest), Some(ClientKeyMetadata::Created(at))) => {
                let age = wall.unix().checked_sub(*at);
                let good = age.is_some_and(|age| age <= longest.as_secs());
                good.then_some(()).ok_or(ClientKeyError::TooOld)
            }
            (Self::MaxAge(_), _) => Err(ClientKeyError::TooOld),
        }
    }
}

fn siv_key(server: &TlsCryptV2ServerKey) -> SivKey {
    SivKey::new(server.cipher(), server.hmac())
}
