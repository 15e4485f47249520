use crate::conduit::Arrived;
use crate::error::{Breach, Error};
use crate::link::Link;
use crate::output::Output;
use crate::phase::{AwaitReset, AwaitTls, Phase, Place};
use crate::role::{Context, Role};
use spoke_moment::Moment;
use spoke_wire::{ControlMessage, EarlyNegotiation, MAX_KEY_ID, Opcode};
use zeroize::Zeroizing;

/// One key-id from its reset to its retirement.
pub(crate) struct Slot {
    pub(crate) place: Place,
    pub(crate) began: Moment,
    pub(crate) link: Link,
    pub(crate) phase: Phase,
    own_reset: Opcode,
    peer_reset: Opcode,
    spoken: bool,
    /// Whether its becoming active was acted on.
    pub(crate) announced: bool,
}

impl Slot {
    /// The connection's first key.
    pub(crate) fn first(role: &Role, piece: usize, now: Moment) -> Self {
        let place = Place {
            key_id: 0,
            first: true,
        };
        let link = Link::new(role.transport().loses(), piece);
        Self {
            place,
            began: now,
            link,
            phase: Phase::AwaitReset(AwaitReset),
            own_reset: role.own_reset(),
            peer_reset: role.peer_reset(),
            spoken: false,
            announced: false,
        }
    }

    /// A later key.
    pub(crate) fn renegotiation(role: &Role, key_id: u8, piece: usize, now: Moment) -> Self {
        Self {
            place: Place {
                key_id,
                first: false,
            },
            own_reset: Opcode::SoftResetV1,
            peer_reset: Opcode::SoftResetV1,
            ..Self::first(role, piece, now)
        }
    }

    /// Sends the own reset, once.
    pub(crate) fn speak(&mut self) -> Result<(), Error> {
        if !self.spoken {
            self.spoken = true;
            self.link.send_reset(self.own_reset)?;
        }
        Ok(())
    }

    /// Goes on where both resets were exchanged without this value.
    pub(crate) fn resume(&mut self, role: &Role) -> Result<(), Error> {
        self.spoken = true;
        self.link.resume();
        self.link.start_tls(role.start_tls()?);
        self.phase = Phase::AwaitTls(AwaitTls);
        Ok(())
    }

    /// Sends what was held back, and then the last words.
    pub(crate) fn part(&mut self, words: &ControlMessage) -> Result<(), Error> {
        if let Phase::AwaitPush(state) = &mut self.phase {
            state.release(&mut self.link)?;
        }
        self.link.say(words)?;
        self.link.flush()
    }

    pub(crate) fn is_active(&self) -> bool {
        matches!(self.phase, Phase::Active(_))
    }

    /// The next text message, once the key exchange is over, or has been replaced by text.
    pub(crate) fn next_message(&mut self) -> Option<Zeroizing<Vec<u8>>> {
        match self.phase {
            Phase::AwaitPush(_) | Phase::Active(_) => self.link.next_message(),
            Phase::AwaitKeys(_) if self.link.plaintext().first().is_some_and(|byte| *byte != 0) => {
                self.link.next_message()
            }
            _ => None,
        }
    }

    /// Takes a packet of this key-id, and goes as far as it allows.
    pub(crate) fn handle(
        &mut self,
        arrived: Arrived,
        role: &mut Role,
        context: &mut Context<'_>,
    ) -> Result<(), Error> {
        self.link.handle(context.now, arrived);
        // What came before a failure still counts: a refusal often ends with a closed TLS session.
        let read = self.read(role, context);
        self.advance(role, context)?;
        read
    }

    fn read(&mut self, role: &mut Role, context: &mut Context<'_>) -> Result<(), Error> {
        while let Some(received) = self.link.deliver() {
            match self.phase {
                Phase::AwaitReset(AwaitReset) if received.opcode == self.peer_reset => {
                    self.speak()?;
                    if self.place.first && matches!(role, Role::Client(_)) {
                        context.events.push_back(Output::PeerAnswered);
                        self.answer_reset(&received.payload, context)?;
                    }
                    self.link.start_tls(role.start_tls()?);
                    self.phase = Phase::AwaitTls(AwaitTls);
                }
                // A client of OpenVPN 3 answers a server's soft reset with its ClientHello alone.
                Phase::AwaitReset(AwaitReset)
                    if self.spoken && !self.place.first && received.opcode == Opcode::ControlV1 =>
                {
                    self.link.start_tls(role.start_tls()?);
                    self.phase = Phase::AwaitTls(AwaitTls);
                    self.link.read(context.wall, &received.payload)?;
                }
                Phase::AwaitReset(_) | Phase::Over => {
                    return Err(Breach::OutOfPlace("control packet before a reset").into());
                }
                _ if matches!(received.opcode, Opcode::ControlV1 | Opcode::ControlWkcV1) => {
                    self.link.read(context.wall, &received.payload)?;
                }
                _ => return Err(Breach::OutOfPlace("second reset").into()),
            }
        }
        Ok(())
    }

    /// Client: heeds what the server says in its hard reset.
    fn answer_reset(&mut self, payload: &[u8], context: &Context<'_>) -> Result<(), Error> {
        let said = EarlyNegotiation::decode(payload).map_err(Breach::from)?;
        let length = context.conduit.client_key_length();
        if said.resend_client_key && length > 0 {
            self.link.attach_client_key(length);
        }
        Ok(())
    }

    /// Takes every step that is possible now.
    pub(crate) fn advance(
        &mut self,
        role: &mut Role,
        context: &mut Context<'_>,
    ) -> Result<(), Error> {
        if let Phase::AwaitTls(_) = self.phase {
            self.phase = match std::mem::take(&mut self.phase) {
                Phase::AwaitTls(state) => state.advance(self.place.first, &self.link, context)?,
                other => other,
            };
        }
        if let Phase::AwaitKeys(_) = self.phase {
            self.phase = match std::mem::take(&mut self.phase) {
                Phase::AwaitKeys(state) => {
                    state.advance(self.place, &mut self.link, role, context)?
                }
                other => other,
            };
        }
        self.link.flush()
    }
}

/// The key-id of the negotiation after `key_id`: 0 is the first one's only.
pub(crate) const fn next_key_id(key_id: u8) -> u8 {
    if key_id >= MAX_KEY_ID { 1 } else { key_id + 1 }
}
