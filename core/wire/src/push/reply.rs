use super::dns::{DhcpOption, DnsSettings};
use super::route::{RedirectGateway, Route, RouteV6};
use std::net::{Ipv4Addr, Ipv6Addr};
use zeroize::Zeroizing;

/// Everything a server may tell its client to be, typed. Times are whole seconds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PushReply {
    /// The IPv4 address of the tunnel.
    pub ifconfig: Option<Ifconfig>,
    /// The IPv6 address of the tunnel.
    pub ifconfig_ipv6: Option<IfconfigV6>,
    /// What the second address of `ifconfig` means; `net30` when absent.
    pub topology: Option<Topology>,
    /// The gateway inside the tunnel.
    pub route_gateway: Option<Ipv4Addr>,
    /// IPv4 networks to reach through the tunnel (or, with their own gateway, past it).
    pub routes: Vec<Route>,
    /// IPv6 networks to reach through the tunnel.
    pub routes_v6: Vec<RouteV6>,
    /// Metric of the routes that name none.
    pub route_metric: Option<u32>,
    /// All traffic is to go through the tunnel.
    pub redirect_gateway: Option<RedirectGateway>,
    /// The side effects of `redirect-gateway` alone (`redirect-private`): no traffic is redirected.
    pub redirect_private: Option<RedirectGateway>,
    /// IPv6 is to be refused locally.
    pub block_ipv6: bool,
    /// Name lookups past the tunnel are to be prevented.
    pub block_outside_dns: bool,
    /// The older form of the name server settings.
    pub dhcp_options: Vec<DhcpOption>,
    /// The newer form; when it names servers, `dhcp_options` are not to be used.
    pub dns: DnsSettings,
    /// Largest packet inside the tunnel, 100 to 65535 bytes.
    pub tun_mtu: Option<u16>,
    /// The data cipher by its OpenVPN name; the caller checks that it offered it.
    pub cipher: Option<String>,
    /// The number for version 2 data headers; none means version 1 headers. -1 arrives as [`crate::DataHeader::NO_PEER_ID`].
    pub peer_id: Option<u32>,
    /// Features that both sides have.
    pub protocol_flags: ProtocolFlags,
    /// Framing of packets, where the server wants one.
    pub compression: Option<Compression>,
    /// Replaces the password from now on.
    pub auth_token: Option<AuthToken>,
    /// Replaces the user name from now on, decoded.
    pub auth_token_user: Option<String>,
    /// Send a keepalive after so long without sending; 0 is off.
    pub ping: Option<u32>,
    /// Reconnect after so long without receiving; 0 is off.
    pub ping_restart: Option<u32>,
    /// Give up after so long without receiving; 0 is off.
    pub ping_exit: Option<u32>,
    /// Leave when there is too little traffic.
    pub inactive: Option<Inactive>,
    /// Leave after so long.
    pub session_timeout: Option<u32>,
    /// Tell the server when leaving, so many times.
    pub explicit_exit_notify: Option<u32>,
    /// `reneg-sec`: start a renegotiation after so long; 0 leaves it to the server.
    pub reneg_sec: Option<u32>,
    /// `hand-window`: the longest that a key negotiation may take.
    pub hand_window: Option<u32>,
    /// `tran-window`: how long an old key lives on.
    pub tran_window: Option<u32>,
    /// Options that are not acted on, as they came, for showing: unknown ones, harmless ones, and ones with unusable values.
    pub unused: Vec<String>,
}

impl PushReply {
    /// Whether this carries nothing but a new token, as a server sends after a renegotiation: the configuration stays.
    #[must_use]
    pub fn is_token_only(&self) -> bool {
        self.auth_token.is_some()
            && Self {
                auth_token: None,
                auth_token_user: None,
                ..self.clone()
            } == Self::default()
    }
}

/// The pair of addresses of `ifconfig`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ifconfig {
    /// This side's address.
    pub local: Ipv4Addr,
    /// The netmask with topology `subnet`, else the other side's address.
    pub mask_or_remote: Ipv4Addr,
}

/// The addresses of `ifconfig-ipv6`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IfconfigV6 {
    /// This side's address.
    pub local: Ipv6Addr,
    /// Length of the prefix on the link, 64 to 124 in practice.
    pub prefix_len: u8,
    /// The other side's address.
    pub remote: Option<Ipv6Addr>,
}

/// What the addresses of the tunnel mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Topology {
    /// One subnet that all clients share.
    Subnet,
    /// A /30 for each client.
    #[default]
    Net30,
    /// Two addresses, no subnet.
    PointToPoint,
}

/// `protocol-flags`, and `key-derivation` as its forerunner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProtocolFlags {
    /// Leave with the control message `EXIT`.
    pub cc_exit: bool,
    /// Data keys come from the TLS exporter, not from the random numbers of key exchange 2.
    pub tls_ekm: bool,
    /// Renegotiations are wrapped with a key of this connection.
    pub dyn_tls_crypt: bool,
    /// Data packets carry an epoch.
    pub aead_epoch: bool,
}

/// What a server says about compression. Each of them frames packets that are not compressed, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// `comp-lzo no`: a byte `FA` before each packet.
    LzoStub,
    /// `compress` or `compress stub`: a byte `FB` in place of the first, which moves to the end.
    Stub,
    /// `compress stub-v2`: packets as they are, but for those that begin with `50`.
    StubV2,
    /// `comp-lzo` or `compress lzo`: framed as [`Compression::LzoStub`], may be compressed.
    Lzo,
    /// `compress lz4`: framed as [`Compression::Stub`], may be compressed.
    Lz4,
    /// `compress lz4-v2`: framed as [`Compression::StubV2`], may be compressed.
    Lz4V2,
}

impl Compression {
    /// Whether it only frames and never compresses.
    #[must_use]
    pub const fn is_stub(self) -> bool {
        matches!(self, Self::LzoStub | Self::Stub | Self::StubV2)
    }
}

/// Leave when fewer than `bytes` went through in `seconds`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inactive {
    /// Length of the window; 0 is off.
    pub seconds: u32,
    /// Least traffic in it.
    pub bytes: u64,
}

/// A password for later key exchanges, made by the server. Never printed, zeroed when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthToken(Zeroizing<String>);

impl AuthToken {
    /// Wraps the token.
    #[must_use]
    pub fn new(token: impl Into<String>) -> Self {
        Self(Zeroizing::new(token.into()))
    }

    /// The token, to be sent as the password.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for AuthToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AuthToken(hidden)")
    }
}
