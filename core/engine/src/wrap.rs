use crate::keys::Side;
use crate::replay_time::SendCounter;
use crate::tls_auth::{TlsAuth, TlsAuthKey};
use crate::tls_crypt::{CipherFailed, TlsCrypt};
use crate::tls_crypt_v2::{ClientKeyError, TlsCryptV2Server, open_client_key};
use spoke_moment::WallTime;
use spoke_wire::{
    ClientKeyMetadata, FirstByte, KeyDirection, PlainLayout, SessionId, StaticKey, TlsCryptFields,
    TlsCryptV2ClientKey, WrapError, WrappedClientKey,
};
use std::borrow::Cow;
use thiserror::Error;

/// The replay counter of a tls-crypt-v2 client starts here: so it says that it can send its wrapped key again
/// (OpenVPN 2.6, `EARLY_NEG_START` and one).
const CAN_RESEND_KEY: u32 = 0x0f00_0001;

/// How control packets are protected outside of TLS.
#[derive(Clone, Default)]
pub enum Wrapping {
    /// Not at all.
    #[default]
    None,
    /// An HMAC by a key that all users share: shields the TLS stack from strangers.
    TlsAuth(TlsAuthKey),
    /// Encryption and an HMAC by a key that all users share.
    TlsCrypt(StaticKey),
    /// Client: as tls-crypt, by a key of its own, which it sends along in a form that only the server can read.
    TlsCryptV2Client(TlsCryptV2ClientKey),
    /// Server: the same from its side.
    TlsCryptV2Server(TlsCryptV2Server),
}

/// Why a packet did not come out of its wrapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum UnwrapError {
    /// Its outside cannot be read.
    #[error(transparent)]
    Layout(#[from] WrapError),
    /// The HMAC is wrong: another key, direction or digest, or a forgery.
    #[error(
        "the HMAC of a control packet is wrong; server secret, key direction or digest differ from the peer's"
    )]
    Hmac,
    /// The same packet again, or one from long ago.
    #[error("control packet {packet_id} of time {time} came twice or too late")]
    Replayed {
        /// Its replay counter.
        packet_id: u32,
        /// Its time field, seconds since 1970.
        time: u32,
    },
    /// The client's own key, sent along with its packet, is none to use.
    #[error(transparent)]
    ClientKey(#[from] ClientKeyError),
    /// A client key comes along, or is missing, where the wrapping wants it otherwise.
    #[error(
        "a control packet with a client key where none belongs, or without the one that it needs"
    )]
    ClientKeyOutOfPlace,
}

/// Why a packet cannot be wrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum WrapFailure {
    /// A tls-crypt-v2 server has no key before its client has sent one.
    #[error("there is no key yet to wrap a control packet with")]
    NoKey,
    /// The cipher did not do its work.
    #[error("a control packet could not be encrypted")]
    Cipher,
}

/// A control packet out of its wrapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unwrapped<'a> {
    /// Opcode and key-id.
    pub first: FirstByte,
    /// The sender's session id.
    pub sender: SessionId,
    /// The sender's replay counter, 0 where the wrapping has none.
    pub packet_id: u32,
    /// The part that `spoke_wire::Control` reads.
    pub rest: Cow<'a, [u8]>,
}

/// Puts control packets into their wrapping and takes them out.
pub struct Wrap {
    kind: Kind,
    /// What dynamic tls-crypt mixes its key with.
    key: Option<StaticKey>,
}

enum Kind {
    None,
    TlsAuth(Box<TlsAuth>),
    TlsCrypt(Box<TlsCrypt>),
    TlsCryptV2Client(Box<TlsCrypt>, WrappedClientKey),
    TlsCryptV2Server(Box<V2Server>),
}

struct V2Server {
    server: TlsCryptV2Server,
    first_packet_id: u32,
    /// There once a client has sent its key.
    client: Option<(TlsCrypt, Option<ClientKeyMetadata>)>,
}

impl Wrap {
    /// A fresh context of this end: counts from 1 (as a tls-crypt-v2 client from the number that says so), has seen
    /// nothing.
    #[must_use]
    pub fn new(wrapping: &Wrapping, side: Side) -> Self {
        Self::counting_from(wrapping, side, 1)
    }

    /// As [`Wrap::new`], for a server that has sent so many packets less one without keeping the context.
    pub(crate) fn counting_from(wrapping: &Wrapping, side: Side, first_packet_id: u32) -> Self {
        let counter = SendCounter::from(first_packet_id);
        let direction = direction(side);
        match wrapping {
            Wrapping::None => Self {
                kind: Kind::None,
                key: None,
            },
            Wrapping::TlsAuth(auth) => Self {
                kind: Kind::TlsAuth(Box::new(TlsAuth::new(auth, counter))),
                key: Some(auth.key.clone()),
            },
            Wrapping::TlsCrypt(key) => Self {
                kind: Kind::TlsCrypt(Box::new(TlsCrypt::new(key, direction, counter))),
                key: Some(key.clone()),
            },
            Wrapping::TlsCryptV2Client(TlsCryptV2ClientKey { key, wrapped }) => {
                let counter = SendCounter::from(CAN_RESEND_KEY);
                let crypt = Box::new(TlsCrypt::new(key, direction, counter));
                Self {
                    kind: Kind::TlsCryptV2Client(crypt, wrapped.clone()),
                    key: Some(key.clone()),
                }
            }
            Wrapping::TlsCryptV2Server(server) => Self {
                kind: Kind::TlsCryptV2Server(Box::new(V2Server {
                    server: server.clone(),
                    first_packet_id,
                    client: None,
                })),
                key: None,
            },
        }
    }

    /// How many bytes this wrapping adds to a packet without a client key.
    #[must_use]
    pub const fn overhead(&self) -> usize {
        match &self.kind {
            Kind::None => 0,
            Kind::TlsAuth(auth) => auth.overhead(),
            Kind::TlsCrypt(_) | Kind::TlsCryptV2Client(..) | Kind::TlsCryptV2Server(_) => {
                TlsCryptFields::OVERHEAD
            }
        }
    }

    /// How many bytes more it adds to one that carries a client key.
    #[must_use]
    pub fn client_key_length(&self) -> usize {
        match &self.kind {
            Kind::TlsCryptV2Client(_, wrapped) => wrapped.bytes().len(),
            _ => 0,
        }
    }

    /// The key that both ends had beforehand, if there is one.
    pub(crate) const fn key(&self) -> Option<&StaticKey> {
        self.key.as_ref()
    }

    /// What came along with the client's key, for a server that has it.
    #[must_use]
    pub fn client_key_metadata(&self) -> Option<&ClientKeyMetadata> {
        match &self.kind {
            Kind::TlsCryptV2Server(server) => server.client.as_ref()?.1.as_ref(),
            _ => None,
        }
    }

    /// The packet to transmit for `rest`; every transmission must be wrapped anew.
    ///
    /// # Errors
    /// When the wrapping has no key yet, or its cipher fails.
    pub fn wrap(
        &mut self,
        wall: WallTime,
        first: FirstByte,
        sender: SessionId,
        rest: &[u8],
    ) -> Result<Vec<u8>, WrapFailure> {
        match &mut self.kind {
            Kind::None => Ok(PlainLayout {
                first,
                sender,
                rest,
            }
            .join()),
            Kind::TlsAuth(auth) => Ok(auth.wrap(wall, first, sender, rest)),
            Kind::TlsCrypt(crypt) => crypt.wrap(wall, first, sender, rest),
            Kind::TlsCryptV2Client(crypt, wrapped) => {
                let mut packet = crypt.wrap(wall, first, sender, rest)?;
                if first.opcode.carries_client_key() {
                    packet.extend_from_slice(wrapped.bytes());
                }
                Ok(packet)
            }
            Kind::TlsCryptV2Server(server) => match &mut server.client {
                Some((crypt, _)) => crypt.wrap(wall, first, sender, rest),
                None => Err(WrapFailure::NoKey),
            },
        }
    }

    /// Verifies and unwraps a packet received at `wall`.
    ///
    /// # Errors
    /// When the packet is malformed, forged or a replay, or comes with a client key that is none to use.
    pub fn unwrap<'a>(
        &mut self,
        wall: WallTime,
        packet: &'a [u8],
    ) -> Result<Unwrapped<'a>, UnwrapError> {
        let first = FirstByte::of(packet).map_err(WrapError::from)?;
        if let Kind::TlsCryptV2Server(server) = &mut self.kind {
            let (unwrapped, key) = server.unwrap(wall, first, packet)?;
            self.key = key.or(self.key.take());
            return Ok(unwrapped);
        }
        if first.opcode.carries_client_key() {
            return Err(UnwrapError::ClientKeyOutOfPlace);
        }
        match &mut self.kind {
            Kind::TlsAuth(auth) => auth.unwrap(packet),
            Kind::TlsCrypt(crypt) | Kind::TlsCryptV2Client(crypt, _) => crypt.unwrap(packet),
            Kind::None | Kind::TlsCryptV2Server(_) => {
                let plain = PlainLayout::split(packet)?;
                Ok(Unwrapped {
                    first: plain.first,
                    sender: plain.sender,
                    packet_id: 0,
                    rest: Cow::Borrowed(plain.rest),
                })
            }
        }
    }
}

impl V2Server {
    /// Gives the packet, and the client's key when it is new.
    fn unwrap<'a>(
        &mut self,
        wall: WallTime,
        first: FirstByte,
        packet: &'a [u8],
    ) -> Result<(Unwrapped<'a>, Option<StaticKey>), UnwrapError> {
        if !first.opcode.carries_client_key() {
            let (crypt, _) = self
                .client
                .as_mut()
                .ok_or(UnwrapError::ClientKeyOutOfPlace)?;
            return Ok((crypt.unwrap(packet)?, None));
        }
        if let Some((crypt, _)) = &mut self.client {
            let (packet, ..) = WrappedClientKey::split(packet).ok_or(ClientKeyError::Length)?;
            return Ok((crypt.unwrap(packet)?, None));
        }
        let opened = open_client_key(&self.server.key, packet)?;
        self.server.accepts.check(opened.metadata.as_ref(), wall)?;
        let counter = SendCounter::from(self.first_packet_id);
        let mut crypt = TlsCrypt::new(&opened.key, KeyDirection::Normal, counter);
        let unwrapped = crypt.unwrap(opened.packet)?;
        self.client = Some((crypt, opened.metadata));
        Ok((unwrapped, Some(opened.key)))
    }
}

impl Unwrapped<'_> {
    /// Whether the client says by its replay counter that it can send its wrapped key again.
    #[must_use]
    pub const fn can_resend_key(&self) -> bool {
        self.packet_id >> 24 == CAN_RESEND_KEY >> 24
    }
}

impl Wrapping {
    /// The key direction as an options string names it.
    pub(crate) fn options_direction(&self) -> Option<u8> {
        match self {
            Self::TlsAuth(key) => match key.direction {
                KeyDirection::Normal => Some(0),
                KeyDirection::Inverse => Some(1),
                KeyDirection::Both => None,
            },
            _ => None,
        }
    }

    /// Whether this is tls-auth.
    pub(crate) const fn is_tls_auth(&self) -> bool {
        matches!(self, Self::TlsAuth(_))
    }

    /// Whether the client sends its own key along.
    pub(crate) const fn is_tls_crypt_v2(&self) -> bool {
        matches!(self, Self::TlsCryptV2Client(_) | Self::TlsCryptV2Server(_))
    }
}

const fn direction(side: Side) -> KeyDirection {
    match side {
        Side::Client => KeyDirection::Inverse,
        Side::Server => KeyDirection::Normal,
    }
}

impl From<CipherFailed> for WrapFailure {
    fn from(_: CipherFailed) -> Self {
        Self::Cipher
    }
}
