use crate::error::Error;
use crate::{Opener, Sealer};
use rustls::pki_types::CertificateDer;
use spoke_wire::{ChallengeAnswer, ClientKeyMetadata, PeerInfo, PushReply, SignInStep};
use std::fmt;
use std::time::Duration;
use zeroize::Zeroizing;

/// What a session wants done or known. Poll until there is none after every call into the session.
#[derive(Debug)]
pub enum Output {
    /// Transmit this packet (on TCP, with its length before it).
    Packet(Vec<u8>),
    /// Client: the gateway's first packet is in, and is from someone who holds the wrapping key.
    PeerAnswered,
    /// TLS is up and the peer's certificate verified.
    TlsEstablished {
        /// `TLSv1.2` or `TLSv1.3`.
        version: String,
        /// The cipher suite's name.
        suite: String,
    },
    /// Client: answer with [`crate::Session::supply_credentials`]. Only the key exchange waits for
    /// it: TCP, reset and TLS go on without.
    CredentialsWanted {
        /// Whether a connection is up that a renewal is to keep.
        renegotiation: bool,
    },
    /// Server: answer with [`crate::Session::accept_credentials`] or [`crate::Session::reject_credentials`].
    CheckCredentials(Check),
    /// Client: the configuration.
    Pushed {
        /// All its parts joined, and all updates merged in.
        reply: Box<PushReply>,
        /// Whether one was there before, which this one takes the place of.
        again: bool,
    },
    /// Client: the gateway gave out a token, to be sent in place of the user's own credentials for as long as it is
    /// accepted. The session itself uses it for renegotiations; the caller may use it for the next connection.
    TokenGiven(Credentials),
    /// Client: the sign-in takes further steps, and the gateway waits for them.
    SignInPending {
        /// How long, from now on.
        timeout: Duration,
    },
    /// Client: a further step of the sign-in, for the user. A question is answered by
    /// [`crate::Session::answer_challenge`], a page answers by itself.
    SignInStep(SignInStep),
    /// Server: the client's answer to a question asked by [`crate::Session::defer_credentials`].
    ChallengeAnswered(ChallengeAnswer),
    /// A data key is ready: data packets with this key-id may be opened from now on.
    KeyInstalled {
        /// The key-id.
        key_id: u8,
        /// Encrypts what this end sends.
        sealer: Sealer,
        /// Decrypts what this end receives.
        opener: Opener,
    },
    /// Seal with this key from now on.
    SendWith {
        /// The key-id.
        key_id: u8,
    },
    /// Drop this key's sealer and opener.
    KeyRetired {
        /// The key-id.
        key_id: u8,
    },
    /// Nothing was sent for long: seal and send a keepalive.
    SendPing,
    /// This end leaves without a control message for it: seal and send `spoke_wire::OCC_EXIT` with the current key.
    SendExit,
    /// Something worth a log line.
    Notice(Notice),
    /// The session is over; the last output.
    Closed(Closed),
}

/// What is worth knowing of a session that goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Client: the gateway has something to say.
    GatewaySays(String),
    /// Something of the peer's was not understood, or has no place here.
    Ignored(String),
    /// The old key goes on after a renegotiation that came to nothing.
    RenegotiationFailed(String),
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GatewaySays(words) => write!(f, "the gateway says: {words}"),
            Self::Ignored(what) => write!(f, "ignored {what}"),
            Self::RenegotiationFailed(why) => {
                write!(f, "the renegotiation failed, the old key goes on: {why}")
            }
        }
    }
}

/// A client's credentials, to be judged.
pub struct Check {
    /// Which key's negotiation asks.
    pub key_id: u8,
    /// User name, empty when none was sent.
    pub username: String,
    /// Password, empty when none was sent.
    pub password: Zeroizing<String>,
    /// What the client says of itself.
    pub peer_info: PeerInfo,
    /// The client's options string.
    pub options: String,
    /// The client's verified certificate and those above it, empty when it showed none.
    pub certificates: Vec<CertificateDer<'static>>,
    /// What was sealed into the client's tls-crypt-v2 key when it was made, if it has one.
    pub client_key: Option<ClientKeyMetadata>,
    /// Whether the client is connected already. A renegotiation must name the same user.
    pub renegotiation: bool,
}

/// User name and password, sent under TLS only.
pub struct Credentials {
    /// The user name.
    pub username: String,
    /// The password, or an access token.
    pub password: Zeroizing<String>,
}

/// How a session ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Closed {
    /// By [`crate::Session::close`].
    Asked {
        /// The reason given there.
        why: String,
    },
    /// Server: the client's credentials were rejected, and it has been told so (or does not listen).
    Rejected,
    /// For any other reason, the peer's wish included.
    Failed(Error),
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Check")
            .field("key_id", &self.key_id)
            .field("username", &self.username)
            .field("renegotiation", &self.renegotiation)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}
