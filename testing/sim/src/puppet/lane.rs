use rustls::Connection;
use spoke_wire::{ControlMessage, KeyExchange};
use std::io::{Read, Write};

/// What a puppet holds for one key-id.
#[derive(Default)]
pub struct Lane {
    /// The id of the message that it sends next.
    pub next_id: u32,
    /// Messages of the victim that wait to be acknowledged.
    pub unacknowledged: Vec<u32>,
    /// What TLS has decrypted and nobody has read.
    pub plaintext: Vec<u8>,
    /// TLS bytes that are kept from TLS until it may begin.
    pub held: Vec<u8>,
    /// Its own message of the key exchange, once sent.
    pub own: Option<KeyExchange>,
    /// The victim's message of the key exchange, once read.
    pub peer: Option<KeyExchange>,
    /// An error of TLS, which ends it.
    pub fault: Option<String>,
    /// The TLS session, once it has begun.
    pub tls: Option<Connection>,
    expected: u32,
}

impl Lane {
    /// Whether `id` is the next message; counts it then.
    pub(crate) fn is_next(&mut self, id: u32) -> bool {
        let next = id == self.expected;
        if next {
            self.expected += 1;
        }
        next
    }

    /// Whether the TLS handshake is over.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.tls.as_ref().is_some_and(|tls| !tls.is_handshaking())
    }

    /// Gives TLS what came for it.
    pub(crate) fn feed(&mut self) {
        let Some(tls) = &mut self.tls else {
            return;
        };
        let bytes = std::mem::take(&mut self.held);
        let mut rest = bytes.as_slice();
        while !rest.is_empty() && self.fault.is_none() {
            if tls.read_tls(&mut rest).is_err() {
                self.fault = Some("TLS takes no more".to_owned());
            }
            match tls.process_new_packets() {
                Ok(state) => {
                    let mut more = vec![0; state.plaintext_bytes_to_read()];
                    if tls.reader().read_exact(&mut more).is_ok() {
                        self.plaintext.append(&mut more);
                    }
                }
                Err(error) => self.fault = Some(error.to_string()),
            }
        }
    }

    /// Encrypts `plaintext` as one write; [`Lane::output`] has the bytes.
    pub fn write(&mut self, plaintext: &[u8]) {
        if let Some(tls) = &mut self.tls
            && tls.writer().write_all(plaintext).is_err()
        {
            self.fault = Some("TLS cannot be written to".to_owned());
        }
    }

    /// The 256 bytes of key material that TLS has under `label`.
    pub(crate) fn export(&self, label: &str) -> Result<[u8; 256], String> {
        let tls = self.tls.as_ref().ok_or("no TLS")?;
        tls.export_keying_material([0; 256], label.as_bytes(), None)
            .map_err(|error| error.to_string())
    }

    /// The TLS bytes that are ready to be sent.
    pub fn output(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        if let Some(tls) = &mut self.tls {
            while tls.wants_write() && tls.write_tls(&mut out).is_ok() {}
        }
        out
    }

    /// Reads the victim's key exchange off the plaintext, once it is whole.
    pub(crate) fn read_exchange(&mut self, from_client: bool) {
        let decoded = match from_client {
            true => KeyExchange::decode_client(&self.plaintext),
            false => KeyExchange::decode_server(&self.plaintext),
        };
        if self.peer.is_none()
            && let Ok(Some((message, used))) = decoded
        {
            self.plaintext.drain(..used);
            self.peer = Some(message);
        }
    }

    /// The text messages that have come since the last call, those that cannot be read left out.
    pub fn messages(&mut self) -> Vec<ControlMessage> {
        let Some(end) = self.plaintext.iter().rposition(|byte| *byte == 0) else {
            return Vec::new();
        };
        let whole: Vec<u8> = self.plaintext.drain(..=end).collect();
        whole
            .split(|byte| *byte == 0)
            .filter(|text| !text.is_empty())
            .filter_map(|text| ControlMessage::parse(text).ok())
            .collect()
    }
}
