//! A peer that can do everything right up to any point, and anything wrong from there.

mod lane;
mod stage;

pub use lane::Lane;
pub use stage::{Point, Stage};

use crate::credentials::{NAME, SimIdentity};
use crate::entropy::SeededEntropy;
use rustls_pki_types::ServerName;
use spoke_engine::{
    Cipher, DYNAMIC_TLS_CRYPT_LABEL, DataChannel, Digest, EXPORTER_LABEL, Entropy, KeyBlock,
    KeyError, Opener, PrfInputs, Sealer, Side, Wrap, Wrapping, dynamic_key,
};
use spoke_moment::WallTime;
use spoke_wire::{
    Control, DataHeader, FirstByte, KeyExchange, Message, Opcode, PushReply, SessionId,
};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// TLS bytes in one packet of a puppet's.
const PIECE: usize = 1000;

/// The peer of a session under test.
pub struct Puppet {
    /// Which role it plays: the other one is the victim's.
    pub side: Side,
    /// Its session id.
    pub own: SessionId,
    /// The victim's session id, once known.
    pub peer: Option<SessionId>,
    /// What it holds by key-id.
    pub lanes: BTreeMap<u8, Lane>,
    /// Whether it acknowledges what it gets.
    pub acknowledges: bool,
    /// What waits to be delivered to the victim.
    pub outbox: VecDeque<Vec<u8>>,
    /// The configuration that the two agreed on.
    pub agreed: PushReply,
    /// Payloads that came through the data channel.
    pub received: Vec<Vec<u8>>,
    /// Its ends of the data channel by key-id.
    pub channels: BTreeMap<u8, (Sealer, Opener)>,
    /// What a client says that it can do (`IV_PROTO`).
    pub abilities: u32,
    wrap: Wrap,
    /// Dynamic tls-crypt, once it was agreed on.
    renegotiations: Option<Wrap>,
    wrapping: Wrapping,
    /// The time in its packets.
    clock: WallTime,
    /// TLS bytes in one of its packets.
    piece: usize,
    tls: TlsSetup,
    entropy: SeededEntropy,
}

enum TlsSetup {
    Client(Arc<rustls::ClientConfig>),
    Server(Arc<rustls::ServerConfig>),
}

impl Puppet {
    /// A puppet that has said nothing yet.
    ///
    /// # Errors
    /// When the certificates cannot be used, as text.
    pub fn new(side: Side, identity: &SimIdentity, wrapping: &Wrapping) -> Result<Self, String> {
        let mut entropy = SeededEntropy::new(0x9099e7);
        let mut id = [0; 8];
        entropy.fill(&mut id);
        let tls = match side {
            Side::Client => TlsSetup::Client(identity.puppet_client()?),
            Side::Server => TlsSetup::Server(identity.puppet_server()?),
        };
        Ok(Self {
            side,
            own: SessionId::from_random(id),
            peer: None,
            lanes: BTreeMap::from([(0, Lane::default())]),
            acknowledges: true,
            outbox: VecDeque::new(),
            agreed: PushReply::default(),
            received: Vec::new(),
            channels: BTreeMap::new(),
            abilities: 158,
            wrap: Wrap::new(wrapping, side),
            renegotiations: None,
            wrapping: wrapping.clone(),
            clock: SimIdentity::WALL,
            piece: PIECE,
            tls,
            entropy,
        })
    }

    /// From now on a server shows the certificate of `identity`.
    ///
    /// # Errors
    /// When it cannot be used, as text.
    pub fn pretend(&mut self, identity: &SimIdentity) -> Result<(), String> {
        self.tls = TlsSetup::Server(identity.puppet_server()?);
        Ok(())
    }

    /// The hard reset of its role.
    #[must_use]
    pub const fn reset(&self) -> Opcode {
        match (self.side, &self.wrapping) {
            (Side::Client, Wrapping::TlsCryptV2Client(_)) => Opcode::HardResetClientV3,
            (Side::Client, _) => Opcode::HardResetClientV2,
            (Side::Server, _) => Opcode::HardResetServerV2,
        }
    }

    /// Goes back to the wrapping of the first key for renegotiations, although another was agreed on.
    pub fn forget_dynamic_wrapping(&mut self) {
        self.renegotiations = None;
    }

    const fn wrap_of(&mut self, key_id: u8) -> &mut Wrap {
        match &mut self.renegotiations {
            Some(wrap) if key_id > 0 => wrap,
            _ => &mut self.wrap,
        }
    }

    /// Wraps renegotiations by a key of this connection from now on.
    fn protect_renegotiations(&mut self) -> Result<(), String> {
        let shared = match &self.wrapping {
            Wrapping::TlsAuth(auth) => Some(&auth.key),
            Wrapping::TlsCrypt(key) => Some(key),
            Wrapping::TlsCryptV2Client(client) => Some(&client.key),
            Wrapping::None | Wrapping::TlsCryptV2Server(_) => None,
        }
        .cloned();
        let exported = self.lane(0).export(DYNAMIC_TLS_CRYPT_LABEL)?;
        let key = dynamic_key(&exported, shared.as_ref());
        self.renegotiations = Some(Wrap::new(&Wrapping::TlsCrypt(key), self.side));
        Ok(())
    }

    /// The lane of `key_id`, which begins with this where there is none.
    pub fn lane(&mut self, key_id: u8) -> &mut Lane {
        self.lanes.entry(key_id).or_default()
    }

    /// Counts its packets from 1 again, with another time.
    pub fn rewrap(&mut self, clock: WallTime) {
        self.wrap = Wrap::new(&self.wrapping, self.side);
        self.clock = clock;
    }

    /// A wrapped packet with these bytes behind its wrapping, right or wrong.
    pub fn packet(&mut self, opcode: Opcode, key_id: u8, rest: &[u8]) -> Vec<u8> {
        let first = FirstByte { opcode, key_id };
        let (clock, own) = (self.clock, self.own);
        let wrapped = self.wrap_of(key_id).wrap(clock, first, own, rest);
        wrapped.unwrap_or_default()
    }

    /// A wrapped packet with this content.
    pub fn control(&mut self, opcode: Opcode, key_id: u8, control: &Control<'_>) -> Vec<u8> {
        let mut rest = Vec::new();
        control.encode(&mut rest);
        self.packet(opcode, key_id, &rest)
    }

    /// A packet with the next message of `key_id`, and the acknowledgements that are due.
    pub fn message(&mut self, opcode: Opcode, key_id: u8, payload: &[u8]) -> Vec<u8> {
        let lane = self.lane(key_id);
        let id = lane.next_id;
        lane.next_id += 1;
        let due = lane.unacknowledged.len().min(4);
        let acks = lane.unacknowledged.drain(..due).collect();
        let message = Some(Message { id, payload });
        self.control(
            opcode,
            key_id,
            &Control {
                acks,
                receiver: self.peer,
                message,
            },
        )
    }

    /// Queues the next message.
    pub fn say(&mut self, opcode: Opcode, key_id: u8, payload: &[u8]) {
        let packet = self.message(opcode, key_id, payload);
        self.outbox.push_back(packet);
    }

    /// Begins TLS on `key_id`, if it has not begun.
    pub fn begin_tls(&mut self, key_id: u8) {
        let begun = match &self.tls {
            TlsSetup::Client(config) => ServerName::try_from(NAME)
                .ok()
                .and_then(|name| rustls::ClientConnection::new(config.clone(), name).ok())
                .map(rustls::Connection::from),
            TlsSetup::Server(config) => rustls::ServerConnection::new(config.clone())
                .ok()
                .map(rustls::Connection::from),
        };
        let lane = self.lane(key_id);
        if lane.tls.is_none() {
            lane.tls = begun.map(|mut tls| {
                tls.set_buffer_limit(None);
                tls
            });
            lane.feed();
        }
        self.flush(key_id);
    }

    /// As [`Puppet::begin_tls`], with `piece` TLS bytes in a packet from now on.
    pub fn begin_tls_in_pieces(&mut self, key_id: u8, piece: usize) {
        self.piece = piece.max(1);
        self.begin_tls(key_id);
    }

    /// Says `plaintext` under TLS.
    pub fn say_secret(&mut self, key_id: u8, plaintext: &[u8]) {
        self.lane(key_id).write(plaintext);
        self.flush(key_id);
    }

    /// Says one text message under TLS, with its NUL.
    pub fn tell(&mut self, key_id: u8, text: &str) {
        self.say_secret(key_id, &[text.as_bytes(), &[0]].concat());
    }

    /// Queues what TLS has to say.
    pub fn flush(&mut self, key_id: u8) {
        let bytes = self.lane(key_id).output();
        for piece in bytes.chunks(self.piece) {
            self.say(Opcode::ControlV1, key_id, piece);
        }
    }

    /// A correct message for the key exchange of its role.
    pub fn exchange(&mut self) -> KeyExchange {
        let is_client = self.side == Side::Client;
        let mut message = KeyExchange {
            pre_master: is_client.then_some([7; 48]),
            random1: [0; 32],
            random2: [0; 32],
            options: "V4,dev-type tun,cipher AES-256-GCM".to_owned(),
            username: is_client.then(|| "someone".to_owned()),
            password: is_client.then(|| "secret".to_owned()),
            peer_info: is_client
                .then(|| format!("IV_PROTO={}\nIV_CIPHERS=AES-256-GCM\n", self.abilities)),
        };
        self.entropy.fill(&mut message.random1);
        self.entropy.fill(&mut message.random2);
        message
    }

    /// Sends a correct message of the key exchange.
    pub fn say_exchange(&mut self, key_id: u8) {
        let message = self.exchange();
        self.say_this_exchange(key_id, message);
    }

    /// Sends `message` as its part of the key exchange.
    pub fn say_this_exchange(&mut self, key_id: u8, message: KeyExchange) {
        if let Ok(bytes) = message.encode() {
            self.say_secret(key_id, &bytes);
        }
        self.lane(key_id).own = Some(message);
    }

    /// Takes a packet of the victim's.
    pub fn handle(&mut self, mut packet: Vec<u8>) {
        let Some(first) = packet.first().copied() else {
            return;
        };
        if DataHeader::is_data(first) {
            if let Some((_, opener)) = self.channels.get_mut(&(first & 7))
                && let Ok(payload) = opener.open(&mut packet)
            {
                self.received.push(payload.to_vec());
            }
            return;
        }
        let clock = self.clock;
        let Ok(unwrapped) = self.wrap_of(first & 7).unwrap(clock, &packet) else {
            return;
        };
        self.peer.get_or_insert(unwrapped.sender);
        let FirstByte { opcode, key_id } = unwrapped.first;
        let Ok(control) = Control::decode(opcode, &unwrapped.rest) else {
            return;
        };
        let Some(Message { id, payload }) = control.message else {
            return;
        };
        let is_client = self.side == Side::Client;
        let lane = self.lanes.entry(key_id).or_default();
        lane.unacknowledged.push(id);
        if lane.is_next(id) && matches!(opcode, Opcode::ControlV1 | Opcode::ControlWkcV1) {
            lane.held.extend_from_slice(payload);
            lane.feed();
            lane.read_exchange(!is_client);
        }
        self.flush(key_id);
    }

    /// Queues the acknowledgements that are due.
    pub fn acknowledge(&mut self) {
        if !self.acknowledges {
            return;
        }
        let due: Vec<u8> = self.lanes.keys().copied().collect();
        for key_id in due {
            while !self.lane(key_id).unacknowledged.is_empty() {
                let lane = self.lane(key_id);
                let count = lane.unacknowledged.len().min(4);
                let acks = lane.unacknowledged.drain(..count).collect();
                let control = Control {
                    acks,
                    receiver: self.peer,
                    message: None,
                };
                let packet = self.control(Opcode::AckV1, key_id, &control);
                self.outbox.push_back(packet);
            }
        }
    }

    /// Makes the data keys of `key_id` as agreed on.
    ///
    /// # Errors
    /// When the key exchange is not complete or the keys cannot be used, as text.
    pub fn make_keys(&mut self, key_id: u8) -> Result<(), String> {
        let block = self.key_block(key_id)?;
        if key_id == 0 && self.agreed.protocol_flags.dyn_tls_crypt {
            self.protect_renegotiations()?;
        }
        let cipher = self.agreed.cipher.as_deref().unwrap_or("AES-256-GCM");
        let cipher: Cipher = cipher.parse().map_err(|_| format!("cipher {cipher}"))?;
        let header = match self.agreed.peer_id {
            Some(peer_id) => DataHeader::V2 { key_id, peer_id },
            None => DataHeader::V1 { key_id },
        };
        let channel = DataChannel {
            auth: Digest::Sha256,
            epoch: self.agreed.protocol_flags.aead_epoch,
            compression: self.agreed.compression,
            ..DataChannel::new(cipher, header)
        };
        let channel = block
            .data_channel(&channel, self.side)
            .map_err(|error: KeyError| error.to_string())?;
        self.channels.insert(key_id, channel);
        Ok(())
    }

    fn key_block(&mut self, key_id: u8) -> Result<KeyBlock, String> {
        let exporter = self.agreed.protocol_flags.tls_ekm;
        let (side, local, remote) = (self.side, self.own, self.peer);
        let lane = self.lane(key_id);
        if exporter {
            return Ok(KeyBlock::from_exporter(&lane.export(EXPORTER_LABEL)?));
        }
        let own = lane.own.as_ref().ok_or("no key exchange")?;
        let peer = lane.peer.as_ref().ok_or("no key exchange of the victim")?;
        let (local, remote) = (*local.bytes(), *remote.ok_or("no session")?.bytes());
        let (client, server, client_session, server_session) = match side {
            Side::Client => (own, peer, local, remote),
            Side::Server => (peer, own, remote, local),
        };
        Ok(KeyBlock::from_prf(&PrfInputs {
            pre_master: client.pre_master.as_ref().ok_or("no pre-master secret")?,
            client_random1: &client.random1,
            client_random2: &client.random2,
            server_random1: &server.random1,
            server_random2: &server.random2,
            client_session,
            server_session,
        }))
    }

    /// Seals a payload of the data channel under `key_id`.
    ///
    /// # Errors
    /// When there is no such key, or it cannot seal, as text.
    pub fn seal(&mut self, key_id: u8, payload: &[u8]) -> Result<Vec<u8>, String> {
        let (sealer, _) = self.channels.get_mut(&key_id).ok_or("no such data key")?;
        sealer.seal_copy(payload).map_err(|error| error.to_string())
    }
}
