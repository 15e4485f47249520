use crate::client::ClientSide;
use crate::conduit::Conduit;
use crate::entropy::Entropy;
use crate::error::Error;
use crate::output::Output;
use crate::server::ServerSide;
use crate::tls::Tls;
use crate::wrap::Wrapping;
use crate::{Cipher, Digest, TransportKind};
use spoke_moment::{Moment, WallTime};
use spoke_wire::{AuthFailure, Compression, Opcode, ProtocolBits};
use std::collections::VecDeque;

/// What differs by role, as data.
pub(crate) enum Role {
    Client(Box<ClientSide>),
    Server(Box<ServerSide>),
}

/// What a step of a negotiation may use of its session.
pub(crate) struct Context<'a> {
    pub(crate) now: Moment,
    pub(crate) wall: WallTime,
    pub(crate) entropy: &'a mut dyn Entropy,
    pub(crate) events: &'a mut VecDeque<Output>,
    pub(crate) conduit: &'a mut Conduit,
}

/// What both ends agreed on with the first key; holds for all later ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Agreed {
    pub(crate) cipher: Cipher,
    /// Version 2 data headers with this number, else version 1.
    pub(crate) peer_id: Option<u32>,
    /// Keys by the TLS exporter, else by the key exchange's randoms.
    pub(crate) exporter: bool,
    /// Wrap renegotiations by a key that TLS exports with the first data keys.
    pub(crate) dynamic_tls_crypt: bool,
    /// Leave by the message `EXIT`.
    pub(crate) exit_message: bool,
    /// Client, over UDP: how often the server is told in the data channel where there is no `EXIT`; 0 is not at all in
    /// either way (`explicit-exit-notify`).
    pub(crate) exit_notices: u32,
    /// Digest of the HMAC with a CBC cipher.
    pub(crate) auth: Digest,
    /// Data packets carry an epoch.
    pub(crate) epoch: bool,
    /// Framing of data packets.
    pub(crate) compression: Option<Compression>,
}

impl Role {
    /// A TLS session for one key-id.
    pub(crate) fn start_tls(&self) -> Result<Tls, Error> {
        match self {
            Self::Client(client) => client.start_tls(),
            Self::Server(server) => server.start_tls(),
        }
    }

    /// The first packet that this end sends.
    pub(crate) const fn own_reset(&self) -> Opcode {
        match self {
            Self::Client(client) => client_reset(&client.config().wrapping),
            Self::Server(_) => Opcode::HardResetServerV2,
        }
    }

    /// The first packet that the peer sends.
    pub(crate) const fn peer_reset(&self) -> Opcode {
        match self {
            Self::Client(_) => Opcode::HardResetServerV2,
            Self::Server(server) => client_reset(&server.config().wrapping),
        }
    }

    /// A server's refusal in a form that its client knows.
    pub(crate) fn in_its_words(&self, failure: AuthFailure) -> AuthFailure {
        match (self, failure) {
            (Self::Server(server), AuthFailure::Temporary { reason, .. })
                if !server.abilities().has(ProtocolBits::AUTH_FAILED_TEMP) =>
            {
                AuthFailure::Refused { reason }
            }
            (_, failure) => failure,
        }
    }

    pub(crate) const fn agreed(&self) -> Option<&Agreed> {
        match self {
            Self::Client(client) => client.agreed(),
            Self::Server(server) => server.agreed(),
        }
    }

    pub(crate) const fn transport(&self) -> TransportKind {
        match self {
            Self::Client(client) => client.config().transport,
            Self::Server(server) => server.config().transport,
        }
    }
}

const fn client_reset(wrapping: &Wrapping) -> Opcode {
    match wrapping.is_tls_crypt_v2() {
        true => Opcode::HardResetClientV3,
        false => Opcode::HardResetClientV2,
    }
}
