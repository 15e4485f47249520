use crate::replay_time::{SendCounter, TimedWindow};
use crate::wrap::{UnwrapError, Unwrapped, WrapFailure};
use aws_lc_rs::cipher::{AES_256, EncryptingKey, EncryptionContext, UnboundCipherKey};
use aws_lc_rs::hmac;
use aws_lc_rs::iv::FixedLength;
use spoke_moment::WallTime;
use spoke_wire::{FirstByte, KeyDirection, SessionId, StaticKey, TLS_CRYPT_TAG, TlsCryptFields};
use std::borrow::Cow;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Bytes of an AES-256 key and of the HMAC-SHA256 key beside it.
const KEY: usize = 32;
/// Bytes of the cipher's initial counter, taken from the tag.
const IV: usize = 16;

/// The label under which TLS exports the key of dynamic tls-crypt (OpenVPN 2.6); 256 bytes, no context.
pub const DYNAMIC_TLS_CRYPT_LABEL: &str = "EXPORTER-OpenVPN-dynamic-tls-crypt";

/// The key of dynamic tls-crypt: what TLS exported, mixed with the key that both ends had beforehand, if any.
#[must_use]
pub fn dynamic_key(exported: &[u8; StaticKey::LEN], shared: Option<&StaticKey>) -> StaticKey {
    let mut bytes = Zeroizing::new(*exported);
    if let Some(shared) = shared {
        for (byte, other) in bytes.iter_mut().zip(shared.bytes()) {
            *byte ^= other;
        }
    }
    StaticKey::from_bytes(&bytes)
}

/// Encrypts and authenticates the packets of one connection.
pub(crate) struct TlsCrypt {
    send: SivKey,
    receive: SivKey,
    counter: SendCounter,
    seen: TimedWindow,
}

/// AES-256-CTR whose initial counter is the start of the HMAC-SHA256 of the clear text.
pub(crate) struct SivKey {
    cipher: Zeroizing<[u8; KEY]>,
    hmac: hmac::Key,
}

/// The cipher did not do its work; with keys of the right length it always does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CipherFailed;

impl TlsCrypt {
    /// A server takes [`KeyDirection::Normal`], a client [`KeyDirection::Inverse`].
    pub(crate) fn new(key: &StaticKey, direction: KeyDirection, counter: SendCounter) -> Self {
        Self {
            send: SivKey::new(key.send_cipher(direction), key.send_hmac(direction)),
            receive: SivKey::new(key.receive_cipher(direction), key.receive_hmac(direction)),
            counter,
            seen: TimedWindow::default(),
        }
    }

    pub(crate) fn wrap(
        &mut self,
        wall: WallTime,
        first: FirstByte,
        sender: SessionId,
        rest: &[u8],
    ) -> Result<Vec<u8>, WrapFailure> {
        let (packet_id, time) = self.counter.next(wall);
        let mut fields = TlsCryptFields {
            first,
            sender,
            packet_id,
            time,
            tag: [0; TLS_CRYPT_TAG],
            sealed: &[],
        };
        let (tag, sealed) = self.send.seal(&fields.authenticated_head(), rest)?;
        fields.tag = tag;
        fields.sealed = &sealed;
        Ok(fields.join())
    }

    pub(crate) fn unwrap(&mut self, packet: &[u8]) -> Result<Unwrapped<'static>, UnwrapError> {
        let fields = TlsCryptFields::split(packet)?;
        let head = fields.authenticated_head();
        let rest = self.receive.open(&head, &fields.tag, fields.sealed);
        let rest = rest.ok_or(UnwrapError::Hmac)?;
        self.seen.accept(fields.time, fields.packet_id)?;
        Ok(Unwrapped {
            first: fields.first,
            sender: fields.sender,
            packet_id: fields.packet_id,
            rest: Cow::Owned(rest.to_vec()),
        })
    }
}

impl SivKey {
    /// Takes as much of both slots as it needs.
    pub(crate) fn new(cipher: &[u8; 64], hmac: &[u8; 64]) -> Self {
        let mut key = Zeroizing::new([0; KEY]);
        for (to, from) in key.iter_mut().zip(cipher) {
            *to = *from;
        }
        let hmac = hmac.get(..KEY).unwrap_or(hmac);
        Self {
            cipher: key,
            hmac: hmac::Key::new(hmac::HMAC_SHA256, hmac),
        }
    }

    /// Tag and cipher text of `clear`, authenticated together with `head`.
    pub(crate) fn seal(
        &self,
        head: &[u8],
        clear: &[u8],
    ) -> Result<([u8; TLS_CRYPT_TAG], Vec<u8>), CipherFailed> {
        let tag = self.tag(head, clear);
        let mut sealed = clear.to_vec();
        match self.cipher(&tag, &mut sealed) {
            Some(()) => Ok((tag, sealed)),
            None => Err(CipherFailed),
        }
    }

    /// The clear text, if the tag is right.
    pub(crate) fn open(
        &self,
        head: &[u8],
        tag: &[u8; TLS_CRYPT_TAG],
        sealed: &[u8],
    ) -> Option<Zeroizing<Vec<u8>>> {
        let mut clear = Zeroizing::new(sealed.to_vec());
        self.cipher(tag, &mut clear)?;
        let genuine = self.tag(head, &clear).ct_eq(tag);
        bool::from(genuine).then_some(clear)
    }

    fn tag(&self, head: &[u8], clear: &[u8]) -> [u8; TLS_CRYPT_TAG] {
        let mut context = hmac::Context::with_key(&self.hmac);
        context.update(head);
        context.update(clear);
        let mut tag = [0; TLS_CRYPT_TAG];
        for (to, from) in tag.iter_mut().zip(context.sign().as_ref()) {
            *to = *from;
        }
        tag
    }

    /// Encrypts and decrypts alike.
    fn cipher(&self, tag: &[u8; TLS_CRYPT_TAG], text: &mut [u8]) -> Option<()> {
        let iv = tag.first_chunk::<IV>()?;
        let key = UnboundCipherKey::new(&AES_256, &self.cipher[..]).ok()?;
        let key = EncryptingKey::ctr(key).ok()?;
        let iv = EncryptionContext::Iv128(FixedLength::from(iv));
        key.less_safe_encrypt(text, iv).ok().map(|_| ())
    }
}
