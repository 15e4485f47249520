use crate::config::TransportKind;
use crate::entropy::Entropy;
use crate::error::Breach;
use crate::reliable::Outgoing;
use crate::wrap::{Wrap, Wrapping};
use spoke_moment::WallTime;
use spoke_wire::{
    Control, FirstByte, MAX_ACKS_SENT, Message, Opcode, SESSION_ID_LENGTH, SessionId,
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
    wrap: Wrap,
    local: SessionId,
    remote: Option<SessionId>,
}

/// One verified control packet.
pub(crate) struct Arrived<'a> {
    pub(crate) first: FirstByte,
    pub(crate) control: Control<'a>,
}

impl Conduit {
    pub(crate) fn new(wrapping: &Wrapping, entropy: &mut dyn Entropy) -> Self {
        let mut bytes = [0; SESSION_ID_LENGTH];
        entropy.fill(&mut bytes);
        let local = SessionId::from_random(bytes);
        Self {
            wrap: Wrap::new(wrapping),
            local,
            remote: None,
        }
    }

    pub(crate) const fn local(&self) -> SessionId {
        self.local
    }

    pub(crate) const fn remote(&self) -> Option<SessionId> {
        self.remote
    }

    /// How many TLS bytes one packet takes at most.
    pub(crate) const fn piece(&self) -> usize {
        PACKET_LIMIT - OUTER_HEADERS - HEAD - ACKS - MESSAGE_ID - self.wrap.overhead()
    }

    /// Verifies and reads a received packet. The first good hard reset of kind `reset` fixes who the peer is.
    pub(crate) fn handle<'a>(
        &mut self,
        packet: &'a [u8],
        reset: Opcode,
    ) -> Result<Arrived<'a>, Breach> {
        let unwrapped = self.wrap.unwrap(packet)?;
        let first = unwrapped.first;
        let control = Control::decode(first.opcode, unwrapped.rest)?;
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
        Ok(Arrived { first, control })
    }

    /// Wraps a packet for transmission.
    pub(crate) fn wrap(&mut self, wall: WallTime, key_id: u8, outgoing: &Outgoing) -> Vec<u8> {
        let message = outgoing.message.as_ref();
        let control = Control {
            acks: outgoing.acks.clone(),
            receiver: self.remote,
            message: message.map(|(id, payload)| Message { id: *id, payload }),
        };
        let mut rest = Vec::with_capacity(PACKET_LIMIT);
        control.encode(&mut rest);
        let opcode = outgoing.opcode;
        self.wrap
            .wrap(wall, FirstByte { opcode, key_id }, self.local, &rest)
    }
}

impl TransportKind {
    /// Whether messages must be sent again.
    pub(crate) const fn loses(self) -> bool {
        matches!(self, Self::Udp)
    }
}
