use crate::{Notice, Problem, SignInProgress};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// Everything a client can show, published whole. It holds no secrets.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct State {
    /// The connection, if there is or lately was one.
    pub connection: Option<Connection>,
}

impl State {
    /// The phase of the connection; `disconnected` when there is none.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.connection
            .as_ref()
            .map_or(Phase::Disconnected, |connection| connection.phase)
    }
}

/// What a connection is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum Phase {
    /// Nothing; the host's network is as without Spoke.
    Disconnected,
    /// On the way to the gateway.
    Connecting,
    /// On the way, and waiting for the user to sign in.
    SigningIn,
    /// Traffic flows.
    Connected,
    /// It was connected and is trying to be again.
    Reconnecting,
    /// The user asked for a pause.
    Paused,
    /// Something outside keeps it from connecting (no network, captive portal).
    Blocked,
    /// Being taken down.
    Disconnecting,
    /// Given up; [`Connection::problem`] says why.
    Failed,
}

impl Phase {
    /// All of them, in the order in which a connection may meet them.
    pub const ALL: [Self; 9] = [
        Self::Disconnected,
        Self::Connecting,
        Self::SigningIn,
        Self::Connected,
        Self::Reconnecting,
        Self::Paused,
        Self::Blocked,
        Self::Disconnecting,
        Self::Failed,
    ];

    /// The word used on the command line, in JSON and in logs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Disconnected => "disconnected",
            Self::Connecting => "connecting",
            Self::SigningIn => "signing_in",
            Self::Connected => "connected",
            Self::Reconnecting => "reconnecting",
            Self::Paused => "paused",
            Self::Blocked => "blocked",
            Self::Disconnecting => "disconnecting",
            Self::Failed => "failed",
        }
    }
}

/// One connection as clients see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Connection {
    /// Name of the profile.
    pub profile: String,
    /// User id of its owner.
    pub owner: u32,
    /// What it is doing.
    pub phase: Phase,
    /// When this phase began, Unix time in milliseconds.
    pub since_ms: u64,
    /// When traffic first flowed in this session, Unix time in milliseconds.
    pub connected_at_ms: Option<u64>,
    /// Stages of the current or last attempt, in the order they happen.
    pub stages: Vec<StageReport>,
    /// Where the sign-in waits for the user.
    pub sign_in: Option<SignInProgress>,
    /// Who is signed in.
    pub account: Option<String>,
    /// The client certificate that is shown to the gateway.
    #[serde(default)]
    pub certificate: Option<Certificate>,
    /// When the token expires, Unix time in seconds.
    pub sign_in_expires: Option<u64>,
    /// When it is renewed, Unix time in seconds.
    pub sign_in_renews: Option<u64>,
    /// The gateway in use.
    pub gateway: Option<Gateway>,
    /// Tunnel device.
    pub interface: Option<String>,
    /// Its addresses.
    #[cfg_attr(feature = "typescript", ts(type = "string[]"))]
    pub addresses: Vec<IpNet>,
    /// Its MTU in bytes.
    pub mtu: Option<u16>,
    /// Prefixes routed into the tunnel.
    #[cfg_attr(feature = "typescript", ts(type = "string[]"))]
    pub routes: Vec<IpNet>,
    /// Prefixes kept out of it.
    #[cfg_attr(feature = "typescript", ts(type = "string[]"))]
    pub excluded: Vec<IpNet>,
    /// DNS as set for the tunnel.
    pub dns: Option<DnsState>,
    /// Data cipher in use, by its OpenVPN name.
    pub cipher: Option<String>,
    /// TLS version of the control channel.
    pub tls: Option<String>,
    /// What this client tells the gateway of itself.
    #[serde(default)]
    pub description: Option<Description>,
    /// Bytes through the tunnel since it was connected.
    pub traffic: Traffic,
    /// What the user should know although it is no failure.
    pub notices: Vec<Notice>,
    /// Options that the gateway pushed and Spoke does not use, for `status -v`.
    pub unused_options: Vec<String>,
    /// Why it failed, or why it is reconnecting.
    pub problem: Option<Problem>,
    /// When the next attempt begins, Unix time in seconds, while it waits for that.
    #[serde(default)]
    pub next_try: Option<u64>,
}

impl Connection {
    /// A connection of which nothing is known but its profile, its owner and its phase.
    #[must_use]
    pub fn new(profile: impl Into<String>, owner: u32, phase: Phase) -> Self {
        Self {
            profile: profile.into(),
            owner,
            phase,
            since_ms: 0,
            connected_at_ms: None,
            stages: Vec::new(),
            sign_in: None,
            account: None,
            certificate: None,
            sign_in_expires: None,
            sign_in_renews: None,
            gateway: None,
            interface: None,
            addresses: Vec::new(),
            mtu: None,
            routes: Vec::new(),
            excluded: Vec::new(),
            dns: None,
            cipher: None,
            tls: None,
            description: None,
            traffic: Traffic::default(),
            notices: Vec::new(),
            unused_options: Vec::new(),
            problem: None,
            next_try: None,
        }
    }
}

/// A client certificate in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Certificate {
    /// Who it is for.
    pub subject: String,
    /// Who issued it.
    pub issuer: String,
    /// End of its validity, Unix time in seconds.
    pub expires: u64,
}

/// What this client tells a gateway of itself: some accept only what Microsoft's own
/// client says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum Description {
    /// The truth.
    Ordinary,
    /// What the stock client says, since the profile wants it so.
    Stock,
    /// What the stock client says, after the gateway closed the connection on the truth.
    StockAfterRefusal,
    /// What the stock client says, since that is what this gateway accepted before.
    StockRemembered,
}

/// A step of connecting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum Stage {
    /// The gateway's name is resolved.
    Resolve,
    /// A TCP connection and the first packets both ways.
    Transport,
    /// The TLS handshake and the check of the gateway's certificate.
    Tls,
    /// Sign-in, and the gateway's acceptance of it.
    Auth,
    /// The gateway's settings for this session arrive.
    Options,
    /// The tunnel device with its addresses.
    Interface,
    /// Routes.
    Routes,
    /// DNS.
    Dns,
    /// The first sign that traffic flows.
    Verify,
}

impl Stage {
    /// All stages in the order they happen.
    pub const ALL: [Self; 9] = [
        Self::Resolve,
        Self::Transport,
        Self::Tls,
        Self::Auth,
        Self::Options,
        Self::Interface,
        Self::Routes,
        Self::Dns,
        Self::Verify,
    ];

    /// The word used in JSON and in logs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Resolve => "resolve",
            Self::Transport => "transport",
            Self::Tls => "tls",
            Self::Auth => "auth",
            Self::Options => "options",
            Self::Interface => "interface",
            Self::Routes => "routes",
            Self::Dns => "dns",
            Self::Verify => "verify",
        }
    }
}

/// How a stage went. The token is fetched while the handshake runs, so stages can
/// overlap in time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct StageReport {
    /// Which one.
    pub stage: Stage,
    /// How far it is.
    pub status: StageStatus,
    /// How long it took (or has taken when it failed), in milliseconds.
    pub took_ms: Option<u64>,
    /// What came of it, for people ("TLS 1.3, certificate ok").
    pub detail: String,
}

/// How far a stage is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum StageStatus {
    /// Under way.
    Running,
    /// Passed.
    Done,
    /// Ended the attempt.
    Failed,
}

/// The gateway in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Gateway {
    /// Host name from the profile.
    pub host: String,
    /// Address and port of the transport.
    pub address: Option<std::net::SocketAddr>,
    /// Place in the profile's list; 0 is the primary.
    pub position: usize,
    /// Round-trip time of the control channel in microseconds, when measured.
    pub rtt_us: Option<u64>,
}

/// DNS of the tunnel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct DnsState {
    /// Which names go into the tunnel.
    pub mode: DnsMode,
    /// Resolvers inside.
    pub servers: Vec<IpAddr>,
    /// Names they answer for.
    pub suffixes: Vec<String>,
    /// What carries it out: `systemd-resolved`, `resolv.conf`.
    pub manager: String,
}

/// Which names go into the tunnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum DnsMode {
    /// Only the suffixes' names.
    Split,
    /// All names.
    Full,
}

/// Bytes through the tunnel, inner packets only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Traffic {
    /// Bytes received.
    pub received: u64,
    /// Bytes sent.
    pub sent: u64,
    /// Bytes received in the last second or so.
    pub receive_rate: u64,
    /// Bytes sent in the last second or so.
    pub send_rate: u64,
}

/// What a test of a gateway found, stage by stage up to the sign-in. Nothing on the host
/// was changed for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ProbeReport {
    /// The stages that were tried.
    pub stages: Vec<StageReport>,
    /// The gateway that was tried last.
    pub gateway: Option<Gateway>,
    /// Why it ended early; absent when the gateway got as far as asking for a sign-in.
    pub problem: Option<Problem>,
}
