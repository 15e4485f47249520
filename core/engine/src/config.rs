use crate::tls_config::{TlsClient, TlsServer};
use crate::wrap::Wrapping;
use crate::{Cipher, Digest};
use rustls::pki_types::ServerName;
use spoke_wire::{
    Compression, Inactive, OptionsString, PeerInfo, ProtocolBits, PushFilter, PushReply,
    TransportName,
};
use std::time::Duration;

/// How packets travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransportKind {
    /// In order and without loss; a bad packet ends the connection.
    Tcp,
    /// Unordered and lossy; bad packets are dropped without a word.
    Udp,
}

/// Everything a client session is told at its start.
#[derive(Clone)]
pub struct ClientConfig {
    /// How packets travel.
    pub transport: TransportKind,
    /// Protection of control packets outside of TLS.
    pub wrapping: Wrapping,
    /// TLS; from [`crate::tls_client_config`].
    pub tls: TlsClient,
    /// The name for SNI. (Whether the certificate fits is for the trust in `tls` to say.)
    pub server_name: ServerName<'static>,
    /// Data ciphers to accept, best first.
    pub ciphers: Vec<Cipher>,
    /// The cipher to use when the gateway names none.
    pub fallback_cipher: Option<Cipher>,
    /// `auth`: digest of the data channel's HMAC, for CBC ciphers alone. OpenVPN's default is SHA1.
    pub auth: Digest,
    /// The framing that the profile names (`comp-lzo`, `compress`); a pushed one wins. Nothing is ever compressed.
    pub framing: Option<Compression>,
    /// Whether user name and password are sent. When not, none are asked for.
    pub with_credentials: bool,
    /// What the gateway may push.
    pub push_filter: PushFilter,
    /// The tunnel's MTU in bytes as announced.
    pub tun_mtu: u16,
    /// What the client says of itself.
    pub identity: ClientIdentity,
    /// Intervals and timeouts.
    pub timing: Timing,
}

/// What a client says of itself in its peer info.
#[derive(Clone, Debug)]
pub struct ClientIdentity {
    /// Version of the protocol implementation (`IV_VER`).
    pub version: String,
    /// `linux`, `mac`, … (`IV_PLAT`).
    pub platform: String,
    /// The program and its version (`IV_GUI_VER`).
    pub program: String,
    /// Whether to announce OpenVPN 2.6's abilities: exporter keys, peer-id, exit message. Without them the
    /// session behaves towards the gateway like an early 2.x client.
    pub modern: bool,
    /// Whether there is somebody who can be asked: then pages and questions are announced as ways to sign in (`IV_SSO`).
    pub can_be_asked: bool,
    /// More lines of the peer info, such as `UV_…` of the user's own. They come last and replace none.
    pub variables: Vec<(String, String)>,
    /// Sent in place of the options string that would be computed, for gateways that insist on one.
    pub options_override: Option<String>,
    /// Sent in place of the peer info that would be computed, likewise.
    pub peer_info_override: Option<String>,
}

/// Everything a server session is told at its start.
#[derive(Clone)]
pub struct ServerConfig {
    /// How packets travel.
    pub transport: TransportKind,
    /// Protection of control packets outside of TLS.
    pub wrapping: Wrapping,
    /// TLS; from [`crate::tls_server_config`].
    pub tls: TlsServer,
    /// Data ciphers to offer, best first.
    pub ciphers: Vec<Cipher>,
    /// `data-ciphers-fallback`: the cipher for clients that name none, or that cannot negotiate and name this one.
    pub fallback_cipher: Option<Cipher>,
    /// `auth`: digest of the data channel's HMAC, for CBC ciphers alone.
    pub auth: Digest,
    /// The number for the client's version 2 data headers, below 2^24 - 1. Pushed to clients that understand it.
    pub peer_id: u32,
    /// Abilities of clients that are not made use of, as by a server older than they are; empty to use them all.
    pub withheld: ProtocolBits,
    /// The tunnel's MTU in bytes as announced.
    pub tun_mtu: u16,
    /// Intervals and timeouts.
    pub timing: Timing,
}

/// Intervals and timeouts, in OpenVPN's names where it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// `hand-window`: the longest a key negotiation may take.
    pub hand_window: Duration,
    /// `tran-window`: how long an old key lives on after the negotiation of the next has begun.
    pub transition_window: Duration,
    /// `reneg-sec`: start a renegotiation this long after the last began; `None` leaves it to the peer.
    pub renegotiate_after: Option<Duration>,
    /// `reneg-bytes`: start a renegotiation once so many bytes of user traffic went through.
    pub renegotiate_bytes: Option<u64>,
    /// `ping`: send a keepalive after so long without sending. A pushed value wins.
    pub ping: Option<Duration>,
    /// `ping-restart`: give up after so long without receiving. A pushed value wins.
    pub ping_restart: Option<Duration>,
    /// `ping-exit`: end for good after so long without receiving, in place of `ping_restart`. A pushed value of
    /// either wins.
    pub ping_exit: Option<Duration>,
    /// `inactive`: end when there is too little user traffic. A pushed value wins.
    pub inactive: Option<Inactive>,
    /// `session-timeout`: end after so many seconds. A pushed value wins.
    pub session_timeout: Option<u32>,
    /// `explicit-exit-notify`: how often the peer is told of the end; 0 is not at all, and matters over UDP only. A
    /// pushed value wins.
    pub explicit_exit_notify: Option<u32>,
}

impl Default for Timing {
    /// OpenVPN 2.6's defaults; keepalive as `keepalive 10 60` would push it.
    fn default() -> Self {
        Self {
            hand_window: Duration::from_secs(60),
            transition_window: Duration::from_secs(3600),
            renegotiate_after: None,
            renegotiate_bytes: None,
            ping: Some(Duration::from_secs(10)),
            ping_restart: Some(Duration::from_secs(60)),
            ping_exit: None,
            inactive: None,
            session_timeout: None,
            explicit_exit_notify: None,
        }
    }
}

impl Timing {
    /// Takes over what the peer wants of key negotiations, within what keeps a connection safe and alive: keys change
    /// at least once a week, and an old key outlives the negotiation of the next.
    pub(crate) fn take(&mut self, reply: &PushReply) {
        let within = |seconds: u32, least: u64, most: u64| {
            Duration::from_secs(u64::from(seconds).clamp(least, most))
        };
        if let Some(seconds) = reply.hand_window {
            self.hand_window = within(seconds, 10, 600);
        }
        if let Some(seconds) = reply.tran_window {
            self.transition_window = within(seconds, 60, 86_400).max(self.hand_window);
        }
        if let Some(seconds) = reply.reneg_sec {
            self.renegotiate_after = (seconds > 0).then(|| within(seconds, 60, 7 * 86_400));
        }
    }
}

impl ClientConfig {
    /// The options string to send.
    pub(crate) fn options(&self) -> String {
        if let Some(text) = &self.identity.options_override {
            return text.clone();
        }
        let cipher = self.fallback_cipher.or(self.ciphers.first().copied());
        let (mtu, auth) = (self.tun_mtu, self.auth);
        options(self.transport, &self.wrapping, (cipher, auth), mtu, false)
    }

    /// The peer info to send.
    pub(crate) fn peer_info(&self) -> String {
        if let Some(text) = &self.identity.peer_info_override {
            return text.clone();
        }
        let ciphers: Vec<&str> = self.ciphers.iter().map(|cipher| cipher.name()).collect();
        let mut info = PeerInfo::default()
            .with("IV_VER", &self.identity.version)
            .with("IV_PLAT", &self.identity.platform)
            .with("IV_TCPNL", "1")
            .with("IV_MTU", &self.tun_mtu.max(1600).to_string())
            .with("IV_NCP", "2")
            .with("IV_CIPHERS", &ciphers.join(":"))
            .with("IV_PROTO", &self.protocol().0.to_string())
            .with("IV_LZO_STUB", "1")
            .with("IV_COMP_STUB", "1")
            .with("IV_COMP_STUBv2", "1")
            .with("IV_GUI_VER", &self.identity.program);
        if self.identity.can_be_asked {
            info = info.with("IV_SSO", "webauth,crtext,openurl");
        }
        for (name, value) in &self.identity.variables {
            info = info.with(name, value);
        }
        info.to_string()
    }

    /// What this session can do.
    pub(crate) fn protocol(&self) -> ProtocolBits {
        if !self.identity.modern {
            return ProtocolBits::default();
        }
        ProtocolBits::DATA_V2
            | ProtocolBits::REQUEST_PUSH
            | ProtocolBits::TLS_KEY_EXPORT
            | ProtocolBits::AUTH_PENDING
            | ProtocolBits::DNS_OPTION
            | ProtocolBits::EXIT_MESSAGE
            | ProtocolBits::AUTH_FAILED_TEMP
            | ProtocolBits::DYNAMIC_TLS_CRYPT
            | ProtocolBits::DATA_EPOCH
            | ProtocolBits::DNS_OPTION_V2
            | ProtocolBits::PUSH_UPDATE
    }
}

impl ServerConfig {
    /// The options string to send.
    pub(crate) fn options(&self) -> String {
        let cipher = self.fallback_cipher.or(self.ciphers.first().copied());
        let (mtu, auth) = (self.tun_mtu, self.auth);
        options(self.transport, &self.wrapping, (cipher, auth), mtu, true)
    }
}

impl TransportKind {
    /// As options strings call it.
    pub(crate) const fn in_options(self) -> TransportName {
        match self {
            Self::Tcp => TransportName::Tcp,
            Self::Udp => TransportName::Udp,
        }
    }
}

fn options(
    transport: TransportKind,
    wrapping: &Wrapping,
    (cipher, auth): (Option<Cipher>, Digest),
    tun_mtu: u16,
    server: bool,
) -> String {
    let cipher = cipher.unwrap_or(Cipher::Aes256Gcm);
    let key_bits = u16::try_from(8 * cipher.key_len()).unwrap_or(u16::MAX);
    OptionsString {
        transport: transport.in_options(),
        tun_mtu,
        key_direction: wrapping.options_direction(),
        cipher: (cipher.name().to_owned(), key_bits),
        auth: match cipher.is_aead() {
            true => "[null-digest]".to_owned(),
            false => auth.name().to_owned(),
        },
        tls_auth: wrapping.is_tls_auth(),
        server,
    }
    .to_string()
}
