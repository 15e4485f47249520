use crate::peer::{Attempt, ClientId, Peer};
use ipnet::IpNet;
use spoke_api::{DnsState, Request};
use spoke_engine::{Credentials, Error};
use spoke_wire::{PushReply, SignInStep};
use std::net::SocketAddr;
use std::time::Duration;

/// What the supervisor is told.
#[derive(Debug)]
pub enum Input {
    /// A client asks for something. [`Request::DaemonInfo`], [`Request::Network`],
    /// [`Request::Log`] and [`Request::SetLogLevel`] are the daemon's own to answer and
    /// are ignored here.
    Asked {
        /// Its socket.
        client: ClientId,
        /// Its number for the request.
        id: u64,
        /// Who it is.
        peer: Peer,
        /// What it asks.
        request: Request,
    },
    /// A client's socket has closed.
    ClientGone(ClientId),
    /// [`Action::Resolve`](crate::Action::Resolve) has come to an end.
    Resolved {
        /// Of which attempt.
        attempt: Attempt,
        /// Addresses in order of preference, or why there are none.
        result: Result<Vec<SocketAddr>, String>,
    },
    /// Something happened to the tunnel.
    Tunnel {
        /// Of which attempt.
        attempt: Attempt,
        /// What.
        event: TunnelEvent,
    },
    /// The host plan went a step on.
    Plan {
        /// Of which attempt.
        attempt: Attempt,
        /// What.
        event: PlanEvent,
    },
    /// [`Action::UndoPlan`](crate::Action::UndoPlan) has come to an end; the error
    /// says which change could not be taken back.
    Restored(Result<(), String>),
    /// A lockdown could not be set; says why.
    NotLocked(String),
    /// Totals of the tunnel's bytes since it was opened, inner packets only.
    Traffic {
        /// Bytes received.
        received: u64,
        /// Bytes sent.
        sent: u64,
    },
    /// The host's links or routes changed: what failed before may work now.
    NetworkChanged,
    /// Whether this computer's network wants a sign-in on a web page of its own before it
    /// lets anything through.
    Portal(bool),
    /// Take everything down and then say [`Action::Exit`](crate::Action::Exit).
    Shutdown,
    /// A newer program waits: once nothing is connected, say
    /// [`Action::MakeRoom`](crate::Action::MakeRoom). Nothing is taken down for it.
    MakeRoom,
}

/// What a tunnel tells.
#[derive(Debug)]
pub enum TunnelEvent {
    /// The transport is connected to this address.
    Connected(SocketAddr),
    /// The gateway answered the first packet.
    PeerAnswered,
    /// TLS is established and the gateway's certificate verified.
    TlsEstablished {
        /// `TLS 1.3`.
        version: String,
    },
    /// Name and password are needed to go on.
    CredentialsWanted {
        /// For a new key of a session that is up.
        renegotiation: bool,
    },
    /// The gateway's settings.
    Pushed(Box<PushReply>),
    /// All of the gateway's settings anew, in place of those before.
    Reconfigured(Box<PushReply>),
    /// What to sign in with at the next connection to the same gateway, in place of
    /// the user's own credentials, until the gateway refuses it.
    TokenGiven(Credentials),
    /// The sign-in takes further steps, for which the gateway waits.
    SignInPending {
        /// How long, from now on.
        timeout: Duration,
    },
    /// A further step of the sign-in, for the user.
    SignInStep(SignInStep),
    /// The first authenticated data packet came in.
    FirstData,
    /// What is worth knowing of a session that goes on.
    Notice(spoke_engine::Notice),
    /// Packets do not get to the gateway for now, and why.
    Trouble(String),
    /// Nothing more will come of this tunnel.
    Ended(Ending),
}

/// How a tunnel ended.
#[derive(Debug)]
pub enum Ending {
    /// No transport connection: every address with what came of it.
    Unreachable(Vec<(SocketAddr, String)>),
    /// The proxy on the way cannot be reached or does not pass on.
    Proxy {
        /// Its words, or what came of it.
        why: String,
        /// Whether only a user name and password can help.
        credentials: bool,
    },
    /// The gateway closed the transport, or it broke.
    TransportLost(String),
    /// As was asked by [`Action::CloseTunnel`](crate::Action::CloseTunnel).
    Asked,
    /// The session ended, by its own rules or by the gateway's word.
    Session(Box<Error>),
    /// The profile gives nothing to measure the gateway's certificate by.
    Untrustable(String),
    /// This machine failed (no thread, no memory, no tun device).
    Local(String),
}

/// How far a host plan is.
#[derive(Debug)]
pub enum PlanEvent {
    /// The tunnel device is up.
    InterfaceReady {
        /// Its name.
        interface: String,
        /// Its addresses.
        addresses: Vec<IpNet>,
        /// Its MTU in bytes.
        mtu: u16,
    },
    /// Routes are set.
    RoutesReady {
        /// Into the tunnel.
        routes: Vec<IpNet>,
        /// Kept out of it.
        excluded: Vec<IpNet>,
    },
    /// DNS is set; the plan is complete.
    DnsReady {
        /// As it is now; none when the host's DNS was left alone.
        dns: Option<DnsState>,
    },
    /// The gateways of [`Action::LeadPast`](crate::Action::LeadPast) are reached past the
    /// tunnel.
    Led,
    /// The end of [`Action::KeepPlan`](crate::Action::KeepPlan).
    Kept {
        /// Whether anything had to be set again, or be tried to.
        changed: bool,
    },
    /// Something the user should know of the plan.
    Notice(Box<spoke_plan::Notice>),
    /// What another program took away could not be set again, and why.
    NotSetAgain(String),
    /// A change could not be made; says which and why.
    Failed(String),
}
