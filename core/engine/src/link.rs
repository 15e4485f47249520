use crate::conduit::Arrived;
use crate::error::{Breach, Error};
use crate::reliable::{Outgoing, Received, Reliable};
use crate::tls::Tls;
use spoke_moment::{Deadline, Moment, WallTime};
use spoke_wire::{ControlMessage, Opcode};
use zeroize::Zeroizing;

/// What carries one key-id's negotiation: the reliable layer, TLS above it, and the plaintext above that.
pub(crate) struct Link {
    reliable: Reliable,
    tls: Option<Tls>,
    /// Decrypted bytes; those before `consumed` are understood already.
    plaintext: Zeroizing<Vec<u8>>,
    consumed: usize,
    piece: usize,
    /// How much the next message has to leave free for the client key that goes with it.
    with_client_key: Option<usize>,
}

impl Link {
    /// `piece` is the most TLS bytes that one packet takes.
    pub(crate) fn new(retransmits: bool, piece: usize) -> Self {
        Self {
            reliable: Reliable::new(retransmits),
            tls: None,
            plaintext: Zeroizing::default(),
            consumed: 0,
            piece,
            with_client_key: None,
        }
    }

    /// Sends the client key, of `length` bytes, along with the next message.
    pub(crate) const fn attach_client_key(&mut self, length: usize) {
        self.with_client_key = Some(length);
    }

    /// Goes on after one message each way.
    pub(crate) const fn resume(&mut self) {
        self.reliable.resume();
    }

    pub(crate) fn handle(&mut self, now: Moment, arrived: Arrived) {
        self.reliable.handle_acks(now, &arrived.acks);
        if let Some((id, payload)) = arrived.message {
            self.reliable
                .handle_message(id, arrived.first.opcode, payload);
        }
    }

    /// As [`Reliable::acknowledge_apart`].
    pub(crate) const fn acknowledge_apart(&mut self) {
        self.reliable.acknowledge_apart();
    }

    pub(crate) fn deliver(&mut self) -> Option<Received> {
        self.reliable.deliver()
    }

    pub(crate) fn send_reset(&mut self, opcode: Opcode) -> Result<(), Error> {
        Ok(self.reliable.send(opcode, Vec::new())?)
    }

    pub(crate) fn start_tls(&mut self, tls: Tls) {
        self.tls = Some(tls);
    }

    pub(crate) fn tls(&self) -> Result<&Tls, Error> {
        self.tls
            .as_ref()
            .ok_or_else(|| Error::Local("TLS has not begun".to_owned()))
    }

    pub(crate) fn read(&mut self, wall: WallTime, bytes: &[u8]) -> Result<(), Error> {
        if self.consumed > 0 {
            self.plaintext = Zeroizing::new(self.plaintext().to_vec());
            self.consumed = 0;
        }
        match &mut self.tls {
            Some(tls) => tls.read(wall, bytes, &mut self.plaintext),
            None => Err(Breach::OutOfPlace("TLS").into()),
        }
    }

    /// Encrypts one message; [`Link::flush`] sends it.
    pub(crate) fn write(&mut self, message: &[u8]) -> Result<(), Error> {
        match &mut self.tls {
            Some(tls) => tls.write(message),
            None => Err(Error::Local("TLS has not begun".to_owned())),
        }
    }

    /// As [`Link::write`], for a text message.
    pub(crate) fn say(&mut self, message: &ControlMessage) -> Result<(), Error> {
        self.write(&message.encode())
    }

    /// Hands what TLS wants to send to the reliable layer.
    pub(crate) fn flush(&mut self) -> Result<(), Error> {
        let Some(tls) = &mut self.tls else {
            return Ok(());
        };
        let mut output = tls.output();
        if !output.is_empty()
            && let Some(length) = self.with_client_key.take()
        {
            let most = self.piece.saturating_sub(length).min(output.len());
            let first = output.drain(..most).collect();
            self.reliable.send(Opcode::ControlWkcV1, first)?;
        }
        for piece in output.chunks(self.piece) {
            self.reliable.send(Opcode::ControlV1, piece.to_vec())?;
        }
        Ok(())
    }

    pub(crate) fn plaintext(&self) -> &[u8] {
        self.plaintext.get(self.consumed..).unwrap_or_default()
    }

    /// Steps over the first `count` bytes of the plaintext.
    pub(crate) fn consume(&mut self, count: usize) {
        self.consumed += count;
        if self.consumed >= self.plaintext.len() {
            self.plaintext = Zeroizing::default();
            self.consumed = 0;
        }
    }

    /// Takes the next text message, ended by NUL; empty ones are skipped.
    pub(crate) fn next_message(&mut self) -> Option<Zeroizing<Vec<u8>>> {
        loop {
            let plaintext = self.plaintext();
            let end = plaintext.iter().position(|byte| *byte == 0)?;
            let message = plaintext.get(..end).unwrap_or_default().to_vec();
            self.consume(end + 1);
            if !message.is_empty() {
                return Some(Zeroizing::new(message));
            }
        }
    }

    pub(crate) fn poll(&mut self, now: Moment) -> Option<Outgoing> {
        self.reliable.poll(now)
    }

    pub(crate) fn deadline(&self) -> Option<Deadline> {
        self.reliable.deadline()
    }

    pub(crate) fn all_acknowledged(&self) -> bool {
        self.reliable.all_acknowledged()
    }
}
