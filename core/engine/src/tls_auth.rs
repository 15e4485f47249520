use crate::digest::Digest;
use crate::replay_time::{SendCounter, TimedWindow};
use crate::wrap::{UnwrapError, Unwrapped};
use aws_lc_rs::hmac;
use spoke_moment::WallTime;
use spoke_wire::{FirstByte, KeyDirection, SessionId, StaticKey, TlsAuthFields, TlsAuthLayout};
use std::borrow::Cow;
use subtle::ConstantTimeEq;

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

/// Signs and verifies the packets of one connection.
pub(crate) struct TlsAuth {
    layout: TlsAuthLayout,
    send: hmac::Key,
    receive: hmac::Key,
    counter: SendCounter,
    seen: TimedWindow,
}

impl TlsAuth {
    pub(crate) fn new(key: &TlsAuthKey, counter: SendCounter) -> Self {
        let hmac_key = |slot: &[u8; 64]| {
            let used = slot.get(..key.digest.length()).unwrap_or(slot);
            hmac::Key::new(key.digest.algorithm(), used)
        };
        Self {
            layout: TlsAuthLayout::new(key.digest.length()),
            send: hmac_key(key.key.send_hmac(key.direction)),
            receive: hmac_key(key.key.receive_hmac(key.direction)),
            counter,
            seen: TimedWindow::default(),
        }
    }

    pub(crate) const fn overhead(&self) -> usize {
        self.layout.overhead()
    }

    pub(crate) fn wrap(
        &mut self,
        wall: WallTime,
        first: FirstByte,
        sender: SessionId,
        rest: &[u8],
    ) -> Vec<u8> {
        let (packet_id, time) = self.counter.next(wall);
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

    pub(crate) fn unwrap<'a>(&mut self, packet: &'a [u8]) -> Result<Unwrapped<'a>, UnwrapError> {
        let fields = self.layout.split(packet)?;
        let expected = sign(&self.receive, &fields);
        if !bool::from(expected.as_ref().ct_eq(fields.hmac)) {
            return Err(UnwrapError::Hmac);
        }
        self.seen.accept(fields.time, fields.packet_id)?;
        Ok(Unwrapped {
            first: fields.first,
            sender: fields.sender,
            packet_id: fields.packet_id,
            rest: Cow::Borrowed(fields.rest),
        })
    }
}

fn sign(key: &hmac::Key, fields: &TlsAuthFields<'_>) -> hmac::Tag {
    let mut context = hmac::Context::with_key(key);
    context.update(&fields.authenticated_head());
    context.update(fields.rest);
    context.sign()
}
