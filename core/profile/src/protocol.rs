use crate::wrapping::Digest;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What OpenVPN itself is told. The default is what Azure needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Protocol {
    /// Data ciphers to accept, best first (`data-ciphers`); never empty.
    pub data_ciphers: Vec<DataCipher>,
    /// The cipher to use when the gateway cannot negotiate (`data-ciphers-fallback`).
    pub fallback_cipher: Option<DataCipher>,
    /// The digest that goes with the older data ciphers (`auth`).
    pub digest: Digest,
    /// What may be negotiated for TLS.
    pub tls: TlsLimits,
    /// Intervals and timeouts.
    pub timers: Timers,
    /// The framing of compression that the gateway expects, without compression.
    pub framing: Framing,
    /// How segment sizes inside the tunnel are bounded (`mssfix`).
    pub mss: MssFix,
    /// Rules on what the gateway may push, the first that fits decides (`pull-filter`).
    pub pull_filters: Vec<PullFilter>,
    /// Take no routes and no DNS from the gateway (`route-nopull`).
    pub route_nopull: bool,
    /// Take all traffic into the tunnel, as if the gateway pushed it.
    pub redirect_gateway: Option<RedirectGateway>,
    /// Keep IPv6 out of the tunnel and off the network (`block-ipv6`).
    pub block_ipv6: bool,
    /// Try the servers in random order (`remote-random`).
    pub random_order: bool,
    /// Put random letters before host names (`remote-random-hostname`).
    pub random_host_name: bool,
    /// Further variables of the peer information, `UV_…` or `IV_…`, as name and value.
    pub peer_info: Vec<(String, String)>,
    /// Whether to speak as Microsoft's own client.
    pub compat: Compat,
}

impl Default for Protocol {
    fn default() -> Self {
        Self {
            data_ciphers: vec![
                DataCipher::Aes256Gcm,
                DataCipher::Aes128Gcm,
                DataCipher::ChaCha20Poly1305,
            ],
            fallback_cipher: Some(DataCipher::Aes256Gcm),
            digest: Digest::Sha256,
            tls: TlsLimits::default(),
            timers: Timers::default(),
            framing: Framing::default(),
            mss: MssFix::default(),
            pull_filters: Vec::new(),
            route_nopull: false,
            redirect_gateway: None,
            block_ipv6: false,
            random_order: false,
            random_host_name: false,
            peer_info: Vec::new(),
            compat: Compat::default(),
        }
    }
}

/// Defines the names of an enum once: the variants, their texts and the list of all.
macro_rules! named {
    ($(#[$meta:meta])* $name:ident { $($(#[$one:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$meta])*
        pub enum $name {
            $($(#[$one])* #[serde(rename = $text)] $variant,)*
        }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name as it is written in files and settings.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }

        impl FromStr for $name {
            type Err = ();

            /// Reads the name in any case.
            fn from_str(text: &str) -> Result<Self, ()> {
                let mut all = Self::ALL.iter().copied();
                all.find(|one| one.name().eq_ignore_ascii_case(text)).ok_or(())
            }
        }
    };
}

named! {
    /// A cipher of the data channel.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
    DataCipher {
        /// AES-256-GCM, the one that Azure gateways use.
        Aes256Gcm = "AES-256-GCM",
        /// AES-192-GCM.
        Aes192Gcm = "AES-192-GCM",
        /// AES-128-GCM.
        Aes128Gcm = "AES-128-GCM",
        /// CHACHA20-POLY1305.
        ChaCha20Poly1305 = "CHACHA20-POLY1305",
        /// AES-256-CBC with an HMAC.
        Aes256Cbc = "AES-256-CBC",
        /// AES-192-CBC with an HMAC.
        Aes192Cbc = "AES-192-CBC",
        /// AES-128-CBC with an HMAC.
        Aes128Cbc = "AES-128-CBC",
    }
}

named! {
    /// A version of TLS.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
    TlsVersion {
        /// TLS 1.2.
        V12 = "1.2",
        /// TLS 1.3.
        V13 = "1.3",
    }
}

named! {
    /// Whether to speak as Microsoft's own client does, for gateways that accept nothing else.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    Compat {
        /// After an ordinary try that such a gateway would refuse.
        #[default]
        Auto = "auto",
        /// Never.
        Off = "off",
        /// Always.
        On = "on",
    }
}

named! {
    /// The framing of compression around data packets; nothing is ever compressed.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    Framing {
        /// None.
        #[default]
        None = "none",
        /// `comp-lzo`: one byte before the packet.
        CompLzo = "comp-lzo",
        /// `compress stub`, and `compress` with an algorithm: one byte, swapped with the last.
        Stub = "stub",
        /// `compress stub-v2`: bytes only before packets that begin like them.
        StubV2 = "stub-v2",
    }
}

named! {
    /// What a [`PullFilter`] does with a pushed option that fits.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    FilterAction {
        /// Takes it, whatever later filters say.
        Accept = "accept",
        /// Passes over it.
        Ignore = "ignore",
        /// Ends the connection.
        Reject = "reject",
    }
}

/// What may be negotiated for TLS.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TlsLimits {
    /// The lowest version (`tls-version-min`).
    pub min: Option<TlsVersion>,
    /// The highest version (`tls-version-max`).
    pub max: Option<TlsVersion>,
    /// Names of the cipher suites, by their IANA names (`tls-cipher`,
    /// `tls-ciphersuites`); for a version without any, all that are sound.
    pub cipher_suites: Vec<String>,
}

/// Intervals and timeouts, in OpenVPN's names and in seconds. Absent ones are as the
/// gateway says, or as OpenVPN 2.6 has them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Timers {
    /// `reneg-sec`; 0 for never.
    pub reneg_sec: Option<u32>,
    /// `reneg-bytes`.
    pub reneg_bytes: Option<u64>,
    /// `hand-window`.
    pub hand_window: Option<u32>,
    /// `tran-window`.
    pub tran_window: Option<u32>,
    /// `ping`; 0 for never.
    pub ping: Option<u32>,
    /// `ping-restart`; 0 for never.
    pub ping_restart: Option<u32>,
    /// `ping-exit`; 0 for never.
    pub ping_exit: Option<u32>,
    /// `inactive`: seconds, and the bytes that count as activity.
    pub inactive: Option<(u32, u64)>,
    /// `session-timeout`.
    pub session_timeout: Option<u32>,
    /// `explicit-exit-notify`: how often; 0 for not at all.
    pub explicit_exit_notify: Option<u32>,
    /// `connect-timeout`, also called `server-poll-timeout`: the longest that one server
    /// may take to answer.
    pub connect_timeout: Option<u32>,
}

/// How segment sizes inside the tunnel are bounded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MssFix {
    /// So that packets outside have at most 1400 bytes over UDP, and as OpenVPN 2.6 does by
    /// itself, 1492, over TCP.
    #[default]
    Auto,
    /// Not at all.
    Off,
    /// So that the encapsulated packet, without IP and UDP or TCP headers, has at most so
    /// many bytes (`mssfix N`).
    Payload(u16),
    /// So that the whole packet outside has at most so many bytes (`mssfix N mtu`).
    Mtu(u16),
    /// So that the packet inside has at most so many bytes (`mssfix N fixed`).
    Fixed(u16),
}

/// A rule on pushed options.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullFilter {
    /// What is done.
    pub action: FilterAction,
    /// How the option begins.
    pub text: String,
}

impl fmt::Display for PullFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // As `spoke profile set` takes it: white space around a bare text does not count.
        let Self { action, text } = self;
        if text.trim() != text || text.starts_with('"') {
            write!(f, "{action} \"{text}\"")
        } else {
            write!(f, "{action} {text}")
        }
    }
}

/// Which traffic is redirected (`redirect-gateway`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedirectGateway {
    /// IPv4; not with the flag `!ipv4`.
    pub ipv4: bool,
    /// IPv6; with the flag `ipv6`.
    pub ipv6: bool,
    /// Nothing to the local network beside the tunnel (`block-local`).
    pub block_local: bool,
}
