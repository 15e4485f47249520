use crate::protocol::Protocol;
use crate::server_check::ServerCheck;
use crate::stored::StoredProfile;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::IpAddr;

/// One point-to-site connection as the user sees it, whatever file it came from.
///
/// Values are already normalised: host names and DNS suffixes in lower case and
/// without a leading dot, routes with their host bits cleared, the secret as bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "StoredProfile")]
pub struct Profile {
    /// Display name, unique among a user's profiles.
    pub name: String,
    /// Gateways in order of preference; never empty.
    pub servers: Vec<Server>,
    /// Port on the gateways that have none of their own; 443 wherever Azure is concerned.
    pub port: u16,
    /// How packets travel to the gateways that do not say it themselves.
    pub transport: Transport,
    /// How the gateway proves itself.
    pub server_check: ServerCheck,
    /// How the user proves themself.
    pub sign_in: SignIn,
    /// The client certificate to present in the TLS handshake, whatever else signs in.
    /// Its private key is not here, but in the user's keyring.
    pub client_certificate: Option<ClientCertificate>,
    /// The proxy on the way to the gateway.
    pub proxy: Option<Proxy>,
    /// What OpenVPN itself is told: ciphers, TLS versions, timers and the like.
    pub protocol: Protocol,
    /// DNS servers and suffixes of the profile, beside what the gateway pushes.
    pub dns: Dns,
    /// Prefixes to route into the tunnel beside the pushed ones.
    pub include: Vec<IpNet>,
    /// Prefixes to keep out of the tunnel; they win over everything else.
    pub exclude: Vec<IpNet>,
    /// Another profile to fail over to (`secondaryProfileName`).
    pub secondary_profile: Option<String>,
    /// Connect at login (`AlwaysOn` of an MDM wrapper).
    pub always_on: bool,
    /// MTU of the tunnel when neither 1500 nor a pushed `tun-mtu` will do, in bytes.
    pub mtu: Option<u16>,
}

/// One gateway of a profile.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    /// Host name (or address) to connect to.
    pub host: String,
    /// Its port, when it is not the profile's.
    pub port: Option<u16>,
    /// How packets travel to it, when not as the profile says.
    pub transport: Option<Transport>,
    /// The only kind of its addresses to use; both when absent.
    pub family: Option<AddressFamily>,
    /// What the portal calls it, when it differs from the host name.
    pub display_name: Option<String>,
}

impl Server {
    /// The gateway of this name or address, with everything as the profile says.
    #[must_use]
    pub fn new(host: impl Into<String>) -> Self {
        Self {
            host: host.into(),
            port: None,
            transport: None,
            family: None,
            display_name: None,
        }
    }
}

impl Profile {
    /// The port to reach this gateway at.
    #[must_use]
    pub fn port_of(&self, server: &Server) -> u16 {
        server.port.unwrap_or(self.port)
    }

    /// How packets travel to this gateway.
    #[must_use]
    pub fn transport_of(&self, server: &Server) -> Transport {
        server.transport.unwrap_or(self.transport)
    }
}

/// A kind of internet addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AddressFamily {
    /// IPv4 (`udp4`, `tcp4`).
    V4,
    /// IPv6 (`udp6`, `tcp6`).
    V6,
}

/// How packets travel to the gateway.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// Packets with a two-byte length before each, over TCP: what Azure speaks.
    #[default]
    Tcp,
    /// One packet a datagram.
    Udp,
}

/// How the user proves who they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum SignIn {
    /// A Microsoft Entra ID access token, sent as the password of user `AzureAD`.
    Entra(Entra),
    /// Nothing but the client certificate in the TLS handshake
    /// ([`Profile::client_certificate`]).
    Certificate,
    /// User name and password, checked by RADIUS or by whatever the gateway asks.
    Password {
        /// The user name, when the profile carries one.
        username: Option<String>,
        /// A question whose answer is sent along (`static-challenge`).
        #[serde(default)]
        static_challenge: Option<StaticChallenge>,
    },
}

impl SignIn {
    /// User name and password, all asked for.
    #[must_use]
    pub const fn password() -> Self {
        Self::Password {
            username: None,
            static_challenge: None,
        }
    }
}

/// A question that is put together with the password, such as for a one-time code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaticChallenge {
    /// The question.
    pub text: String,
    /// Whether the answer may be seen while it is typed.
    pub echo: bool,
    /// Whether the answer is sent as the end of the password instead of beside it.
    pub concatenated: bool,
}

/// Where and as what to sign in with Microsoft Entra ID.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entra {
    /// Tenant id or domain.
    pub tenant: String,
    /// `https://{host}/{tenant}`, without a trailing slash.
    pub authority: String,
    /// Whether the user trusts an authority that is not one of Microsoft's hosts.
    pub authority_trusted: bool,
    /// The `iss` that the gateway expects, with its trailing slash.
    pub issuer: Option<String>,
    /// The `aud` that the gateway expects: an application id or its URI.
    pub audience: String,
    /// Client id to sign in as (`applicationid`), when the profile names one.
    pub application_id: Option<String>,
    /// `cachesigninuser`: whether tokens may outlive the session.
    pub cache_sign_in: bool,
    /// `enabledevicesso`.
    pub device_sso: bool,
    /// `disableSso`.
    pub disable_sso: bool,
    /// `enablegrouptoken`: ask for the `groups` claim.
    pub group_token: bool,
    /// The user's override of the redirect URI registered for the client.
    pub redirect_uri: Option<String>,
    /// The user's override of the scope to ask for.
    pub scope: Option<String>,
}

/// Which client certificate to present.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClientCertificate {
    /// The certificate and those that lead from it towards a root (DER); empty when the
    /// profile only says which one the user has to add.
    #[serde(with = "der_list")]
    pub chain: Vec<Vec<u8>>,
    /// SHA-1 thumbprint of the certificate.
    pub sha1: Option<Thumbprint>,
    /// Its issuer's name.
    pub issuer: Option<String>,
}

impl ClientCertificate {
    /// Whether it says which certificate is meant.
    pub(crate) fn says_something(&self) -> bool {
        *self != Self::default()
    }
}

/// A proxy on the way to the gateway. Its password lives in the user's keyring.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proxy {
    /// What it speaks.
    pub kind: ProxyKind,
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// User name; absent when the proxy asks for none, or the user is to be asked.
    pub username: Option<String>,
    /// Further headers of the request to an HTTP proxy, as name and value.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
}

/// What a proxy speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProxyKind {
    /// HTTP with the CONNECT method; TCP only.
    Http,
    /// SOCKS 5 (RFC 1928).
    Socks5,
}

/// DNS settings of a profile.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dns {
    /// Resolvers inside the virtual network, in order.
    pub servers: Vec<IpAddr>,
    /// Names that they answer for, lower case, without a leading dot.
    pub suffixes: Vec<String>,
}

/// A SHA-1 certificate thumbprint, printed as 40 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Thumbprint(pub [u8; 20]);

impl fmt::Display for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Thumbprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Thumbprint({self})")
    }
}

impl std::str::FromStr for Thumbprint {
    type Err = hex::FromHexError;

    /// Reads 40 hexadecimal digits of either case.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; 20];
        hex::decode_to_slice(text, &mut bytes)?;
        Ok(Self(bytes))
    }
}

impl Serialize for Thumbprint {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Thumbprint {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

pub(crate) mod der_list {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

    pub(crate) fn serialize<S: Serializer>(list: &[Vec<u8>], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(list.iter().map(|der| STANDARD.encode(der)))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Vec<Vec<u8>>, D::Error> {
        Vec::<String>::deserialize(from)?
            .iter()
            .map(|text| STANDARD.decode(text).map_err(D::Error::custom))
            .collect()
    }
}
