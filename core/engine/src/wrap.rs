use crate::replay_time::TimedWindow;
use aws_lc_rs::hmac;
use spoke_moment::WallTime;
use spoke_wire::{
    FirstByte, KeyDirection, PlainLayout, SessionId, StaticKey, TlsAuthFields, TlsAuthLayout,
    WrapError,
};
use subtle::ConstantTimeEq;
use thiserror::Error;

/// How control packets are protected outside of TLS.
#[derive(Clone, Default)]
pub enum Wrapping {
    /// Not at all.
    #[default]
    None,
    /// An HMAC by a key that all users share: shields the TLS stack from strangers.
    TlsAuth(TlsAuthKey),
}

/// The key of tls-auth and how to use it.
#[derive(Clone)]
pub struct TlsAuthKey {
    /// The shared key.
    pub key: StaticKey,
    /// Digest of the HMAC.
    pub digest: Digest,
    /// Which half of the key this end sends with.
    pub direction: KeyDirection,
}

/// Digest of the tls-auth HMAC (the `auth` option).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digest {
    /// 20 bytes; OpenVPN's default.
    Sha1,
    /// 32 bytes.
    Sha256,
    /// 64 bytes.
    Sha512,
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
}

/// A control packet out of its wrapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unwrapped<'a> {
    /// Opcode and key-id.
    pub first: FirstByte,
    /// The sender's session id.
    pub sender: SessionId,
    /// The part that `spoke_wire::Control` reads.
    pub rest: &'a [u8],
}

/// Puts control packets into their wrapping and takes them out.
pub struct Wrap(Kind);

enum Kind {
    None,
    TlsAuth(TlsAuth),
}

struct TlsAuth {
    layout: TlsAuthLayout,
    send: hmac::Key,
    receive: hmac::Key,
    next: u32,
    time: Option<u32>,
    seen: TimedWindow,
}

impl Digest {
    /// Bytes of the HMAC.
    #[must_use]
    pub const fn length(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }

    /// The digest with this name, as `auth` spells it.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Sha1, Self::Sha256, Self::Sha512]
            .into_iter()
            .find(|digest| digest.name().eq_ignore_ascii_case(name))
    }

    /// Its name in options strings.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
            Self::Sha512 => "SHA512",
        }
    }

    fn algorithm(self) -> hmac::Algorithm {
        match self {
            Self::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => hmac::HMAC_SHA256,
            Self::Sha512 => hmac::HMAC_SHA512,
        }
    }
}

impl Wrap {
    /// A fresh context: counts from 1, has seen nothing.
    #[must_use]
    pub fn new(wrapping: &Wrapping) -> Self {
        Self(match wrapping {
            Wrapping::None => Kind::None,
            Wrapping::TlsAuth(key) => Kind::TlsAuth(TlsAuth::new(key)),
        })
    }

    /// How many bytes this wrapping adds.
    #[must_use]
    pub const fn overhead(&self) -> usize {
        match &self.0 {
            Kind::None => 0,
            Kind::TlsAuth(auth) => auth.layout.overhead(),
        }
    }

    /// The packet to transmit for `rest`; every transmission must be wrapped anew.
    pub fn wrap(
        &mut self,
        wall: WallTime,
        first: FirstByte,
        sender: SessionId,
        rest: &[u8],
    ) -> Vec<u8> {
        match &mut self.0 {
            Kind::None => PlainLayout {
                first,
                sender,
                rest,
            }
            .join(),
            Kind::TlsAuth(auth) => auth.wrap(wall, first, sender, rest),
        }
    }

    /// Verifies and unwraps a received packet.
    ///
    /// # Errors
    /// When the packet is malformed, forged or a replay.
    pub fn unwrap<'a>(&mut self, packet: &'a [u8]) -> Result<Unwrapped<'a>, UnwrapError> {
        match &mut self.0 {
            Kind::None => {
                let plain = PlainLayout::split(packet)?;
                Ok(Unwrapped {
                    first: plain.first,
                    sender: plain.sender,
                    rest: plain.rest,
                })
            }
            Kind::TlsAuth(auth) => auth.unwrap(packet),
        }
    }
}

impl TlsAuth {
    fn new(key: &TlsAuthKey) -> Self {
        let hmac_key = |slot: &[u8; 64]| {
            let used = slot.get(..key.digest.length()).unwrap_or(slot);
            hmac::Key::new(key.digest.algorithm(), used)
        };
        Self {
            layout: TlsAuthLayout::new(key.digest.length()),
            send: hmac_key(key.key.send_hmac(key.direction)),
            receive: hmac_key(key.key.receive_hmac(key.direction)),
            next: 1,
            time: None,
            seen: TimedWindow::default(),
        }
    }

    fn wrap(
        &mut self,
        wall: WallTime,
        first: FirstByte,
        sender: SessionId,
        rest: &[u8],
    ) -> Vec<u8> {
        // The field is 32 bits wide; it wraps in 2106 and both ends only compare it.
        #[expect(clippy::cast_possible_truncation, reason = "the wire has 32 bits")]
        let time = *self.time.get_or_insert(wall.unix() as u32);
        let packet_id = self.next;
        match self.next.checked_add(1) {
            Some(next) => self.next = next,
            None => {
                self.next = 1;
                self.time = Some(time.wrapping_add(1));
            }
        }
        let mut fields = TlsAuthFields {
            first,
            sender,
            hmac: &[],
            packet_id,
            time,
            rest,
        };
        let tag = sign(&self.send, &fields);
        fields.hmac = tag.as_ref();
        fields.join()
    }

    fn unwrap<'a>(&mut self, packet: &'a [u8]) -> Result<Unwrapped<'a>, UnwrapError> {
        let fields = self.layout.split(packet)?;
        let expected = sign(&self.receive, &fields);
        if !bool::from(expected.as_ref().ct_eq(fields.hmac)) {
            return Err(UnwrapError::Hmac);
        }
        let (packet_id, time) = (fields.packet_id, fields.time);
        if !self.seen.accept(time, packet_id) {
            return Err(UnwrapError::Replayed { packet_id, time });
        }
        Ok(Unwrapped {
            first: fields.first,
            sender: fields.sender,
            rest: fields.rest,
        })
    }
}

fn sign(key: &hmac::Key, fields: &TlsAuthFields<'_>) -> hmac::Tag {
    let mut context = hmac::Context::with_key(key);
    context.update(&fields.authenticated_head());
    context.update(fields.rest);
    context.sign()
}

impl Wrapping {
    /// The key direction as an options string names it.
    pub(crate) fn options_direction(&self) -> Option<u8> {
        match self {
            Self::None => None,
            Self::TlsAuth(key) => match key.direction {
                KeyDirection::Normal => Some(0),
                KeyDirection::Inverse => Some(1),
                KeyDirection::Both => None,
            },
        }
    }

    /// Whether this is tls-auth.
    pub(crate) const fn is_tls_auth(&self) -> bool {
        matches!(self, Self::TlsAuth(_))
    }
}
