use spoke_engine::{Check, Credentials, Error, Notice};
use spoke_wire::{PushReply, SignInStep};
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

/// What a tunnel tells, on the pump's thread: the receiver must not block.
#[derive(Debug)]
pub enum Event {
    /// UDP: which of the addresses is the peer's, just before [`Event::PeerAnswered`];
    /// and from where it is reached, then and whenever that changes.
    Reached {
        /// The peer.
        peer: SocketAddr,
        /// This machine's end.
        local: SocketAddr,
    },
    /// Client: the gateway answered the first packet.
    PeerAnswered,
    /// TLS is up and the peer verified.
    TlsEstablished {
        /// `TLSv1.3`.
        version: String,
    },
    /// Client: to be answered with [`Pump::supply_credentials`](crate::Pump::supply_credentials).
    CredentialsWanted {
        /// For the next key of a connection that is up.
        renegotiation: bool,
    },
    /// Server: to be answered with [`Pump::accept`](crate::Pump::accept) or
    /// [`Pump::reject`](crate::Pump::reject).
    CheckCredentials(Check),
    /// Client: the gateway's configuration.
    Pushed {
        /// All of it.
        reply: Box<PushReply>,
        /// Whether one was there before, which this one takes the place of.
        again: bool,
    },
    /// Client: what to sign in with at the next connection, for as long as it is accepted.
    TokenGiven(Credentials),
    /// Client: the gateway waits so long for further steps of the sign-in.
    SignInPending {
        /// How long, from now on.
        timeout: Duration,
    },
    /// Client: a further step of the sign-in; a question is to be answered with
    /// [`Pump::answer_challenge`](crate::Pump::answer_challenge).
    SignInStep(SignInStep),
    /// The first genuine data packet came in.
    FirstData,
    /// What is worth knowing of a session that goes on.
    Notice(Notice),
    /// Packets do not get to the peer for now, and why.
    Trouble(String),
    /// The thread ends; the last event.
    Ended(Ending),
}

/// How a tunnel ended.
#[derive(Debug)]
pub enum Ending {
    /// By [`Pump::close`](crate::Pump::close).
    Asked,
    /// Server: the client was refused.
    Rejected,
    /// The session ended by its rules or by the peer's word.
    Session(Error),
    /// UDP: no address of the peer can be sent to; each with what came of it.
    Unreachable(Vec<(SocketAddr, io::Error)>),
    /// The peer closed the transport, or it broke.
    Transport(String),
    /// The inner descriptor or the thread's own means failed.
    Local(String),
}
