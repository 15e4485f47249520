use crate::config::TransportKind;
use crate::entropy::Entropy;
use crate::error::Breach;
use crate::keys::Side;
use crate::reliable::Outgoing;
use crate::tls_crypt::dynamic_key;
use crate::wrap::{UnwrapError, Wrap, WrapFailure, Wrapping};
use spoke_moment::WallTime;
use spoke_wire::{
    ClientKeyMetadata, Control, FirstByte, MAX_ACKS_SENT, Message, Opcode, SESSION_ID_LENGTH,
    SessionId, StaticKey,
};

/// OpenVPN's default for a control packet with its IP and UDP headers.
const PACKET_LIMIT: usize = 1250;
/// IPv4 and UDP header.
const OUTER_HEADERS: usize = 28;
/// First byte and session id.
const HEAD: usize = 1 + SESSION_ID_LENGTH;
/// The acknowledgements of a full packet.
const ACKS: usize = 1 + 4 * MAX_ACKS_SENT + SESSION_ID_LENGTH;
/// The message id.
const MESSAGE_ID: usize = 4;

/// Control packets in and out: wrapping, and who speaks to whom.
pub(crate) struct Conduit {
    side: Side,
    wrap: Wrap,
    /// Dynamic tls-crypt: what all packets of later key-ids are wrapped with, once it was agreed on.
    renegotiations: Option<Wrap>,
    local: SessionId,
    remote: Option<SessionId>,
}

/// One verified control packet.
pub(crate) struct Arrived {
    pub(crate) first: FirstByte,
    pub(crate) acks: Vec<u32>,
    /// Id and payload.
    pub(crate) message: Option<(u32, Vec<u8>)>,
}

impl Conduit {
    pub(crate) fn new(wrapping: &Wrapping, side: Side, entropy: &mut dyn Entropy) -> Self {
        let mut bytes = [0; SESSION_ID_LENGTH];
        entropy.fill(&mut bytes);
        Self {
            side,
            wrap: Wrap::new(wrapping, side),
            renegotiations: None,
            local: SessionId::from_random(bytes),
            remote: None,
        }
    }

    /// Goes on where the resets were exchanged without this value.
    pub(crate) fn resume(&mut self, wrap: Wrap, local: SessionId, remote: SessionId) {
        self.wrap = wrap;
        self.local = local;
        self.remote = Some(remote);
    }

    pub(crate) const fn local(&self) -> SessionId {
        self.local
    }

    pub(crate) const fn remote(&self) -> Option<SessionId> {
        self.remote
    }

    /// How many TLS bytes one packet of `key_id` takes at most.
    pub(crate) fn piece(&self, key_id: u8) -> usize {
        let wrap = match &self.renegotiations {
            Some(wrap) if key_id > 0 => wrap,
            _ => &self.wrap,
        };
        PACKET_LIMIT - OUTER_HEADERS - HEAD - ACKS - MESSAGE_ID - wrap.overhead()
    }

    /// How many bytes the client key takes in a packet that carries it; 0 when there is none to send.
    pub(crate) fn client_key_length(&self) -> usize {
        self.wrap.client_key_length()
    }

    /// What came along with the client's own key.
    pub(crate) fn client_key_metadata(&self) -> Option<&ClientKeyMetadata> {
        self.wrap.client_key_metadata()
    }

    /// Wraps the packets of all later key-ids by what TLS has exported under
    /// [`crate::DYNAMIC_TLS_CRYPT_LABEL`].
    pub(crate) fn protect_renegotiations(&mut self, exported: &[u8; StaticKey::LEN]) {
        let key = dynamic_key(exported, self.wrap.key());
        let wrap = Wrap::new(&Wrapping::TlsCrypt(key), self.side);
        self.renegotiations = Some(wrap);
    }

    /// Verifies and reads a received packet. The first good hard reset of kind `reset` fixes who the peer is.
    pub(crate) fn handle(
        &mut self,
        wall: WallTime,
        packet: &[u8],
        reset: Opcode,
    ) -> Result<Arrived, Breach> {
        let first = FirstByte::of(packet).map_err(|error| UnwrapError::Layout(error.into()))?;
        let unwrapped = self.wrap_of(first.key_id).unwrap(wall, packet)?;
        let control = Control::decode(first.opcode, &unwrapped.rest)?;
        if control
            .receiver
            .is_some_and(|receiver| receiver != self.local)
        {
            return Err(Breach::WrongSession);
        }
        if first.opcode.is_hard_reset() && first.opcode != reset {
            return Err(Breach::OutOfPlace("hard reset of the wrong role"));
        }
        match self.remote {
            Some(remote) if remote == unwrapped.sender => {}
            Some(_) => return Err(Breach::WrongSession),
            None if first.opcode == reset && first.key_id == 0 => {
                self.remote = Some(unwrapped.sender);
            }
            None => return Err(Breach::OutOfPlace("control packet before the hard reset")),
        }
        Ok(Arrived {
            first,
            message: control
                .message
                .map(|Message { id, payload }| (id, payload.to_vec())),
            acks: control.acks,
        })
    }

    /// Wraps a packet for transmission.
    pub(crate) fn wrap(
        &mut self,
        wall: WallTime,
        key_id: u8,
        outgoing: &Outgoing,
    ) -> Result<Vec<u8>, WrapFailure> {
        let message = outgoing.message.as_ref();
        let control = Control {
            acks: outgoing.acks.clone(),
            receiver: self.remote,
            message: message.map(|(id, payload)| Message { id: *id, payload }),
        };
        let mut rest = Vec::with_capacity(PACKET_LIMIT);
        control.encode(&mut rest);
        let (opcode, local) = (outgoing.opcode, self.local);
        self.wrap_of(key_id)
            .wrap(wall, FirstByte { opcode, key_id }, local, &rest)
    }

    const fn wrap_of(&mut self, key_id: u8) -> &mut Wrap {
        match &mut self.renegotiations {
            Some(wrap) if key_id > 0 => wrap,
            _ => &mut self.wrap,
        }
    }
}

impl TransportKind {
    /// Whether messages must be sent again.
    pub(crate) const fn loses(self) -> bool {
        matches!(self, Self::Udp)
    }
}
