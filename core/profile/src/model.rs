use crate::secret::{self, ServerSecret};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::IpAddr;

/// One point-to-site connection as the user sees it, whatever file it came from.
///
/// Values are already normalised: host names and DNS suffixes in lower case and
/// without a leading dot, routes with their host bits cleared, the secret as bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Display name, unique among a user's profiles.
    pub name: String,
    /// Gateways in order of preference; never empty.
    pub servers: Vec<Server>,
    /// Port on the gateway; 443 wherever Azure is concerned.
    pub port: u16,
    /// How packets travel.
    pub transport: Transport,
    /// How the gateway proves itself.
    pub server_check: ServerCheck,
    /// How the user proves themself.
    pub sign_in: SignIn,
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
    /// What the portal calls it, when it differs from the host name.
    pub display_name: Option<String>,
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

/// How the gateway proves that it is the right one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerCheck {
    /// The shared tls-auth key.
    #[serde(with = "secret::exposed")]
    pub secret: ServerSecret,
    /// SHA-1 thumbprint of the root certificate that the chain must end at.
    pub root_sha1: Option<Thumbprint>,
    /// `usepinnedroot`: `false` allows any root of the system. Absent means "pin
    /// when a thumbprint is present" (azure.md, part 7).
    pub use_pinned_root: Option<bool>,
    /// Root certificates that came with the profile or were given by the user
    /// (DER), candidates for the pinned thumbprint.
    #[serde(with = "der_list")]
    pub root_certificates: Vec<Vec<u8>>,
    /// The user's override of the name that the certificate must carry.
    pub server_name: Option<String>,
}

/// How the user proves who they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum SignIn {
    /// A Microsoft Entra ID access token, sent as the password of user `AzureAD`.
    Entra(Entra),
    /// A client certificate in the TLS handshake.
    Certificate(ClientCertificate),
    /// User name and password, checked by RADIUS.
    Password {
        /// The user name, when the profile carries one.
        username: Option<String>,
    },
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
pub struct ClientCertificate {
    /// SHA-1 thumbprint of the certificate.
    pub sha1: Option<Thumbprint>,
    /// Its issuer's name.
    pub issuer: Option<String>,
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

mod der_list {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(list: &[Vec<u8>], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(list.iter().map(|der| STANDARD.encode(der)))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Vec<Vec<u8>>, D::Error> {
        Vec::<String>::deserialize(from)?
            .iter()
            .map(|text| STANDARD.decode(text).map_err(D::Error::custom))
            .collect()
    }
}
