//! Profiles as they were ever stored.

use crate::model::{
    ClientCertificate, Dns, Entra, Profile, Proxy, Server, SignIn, StaticChallenge, Thumbprint,
    Transport,
};
use crate::protocol::Protocol;
use crate::server_check::ServerCheck;
use ipnet::IpNet;
use serde::Deserialize;

/// A profile in today's form, or in the form from before there was anything but Azure:
/// what is new since then may be missing.
#[derive(Deserialize)]
pub(crate) struct StoredProfile {
    name: String,
    servers: Vec<Server>,
    port: u16,
    transport: Transport,
    server_check: ServerCheck,
    sign_in: StoredSignIn,
    client_certificate: Option<ClientCertificate>,
    proxy: Option<Proxy>,
    #[serde(default)]
    protocol: Protocol,
    dns: Dns,
    include: Vec<IpNet>,
    exclude: Vec<IpNet>,
    secondary_profile: Option<String>,
    always_on: bool,
    mtu: Option<u16>,
}

/// A [`SignIn`] that may still hold the certificate, which now stands beside it.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum StoredSignIn {
    Entra(Entra),
    Certificate {
        sha1: Option<Thumbprint>,
        issuer: Option<String>,
    },
    Password {
        username: Option<String>,
        static_challenge: Option<StaticChallenge>,
    },
}

impl From<StoredProfile> for Profile {
    fn from(stored: StoredProfile) -> Self {
        let mut client_certificate = stored.client_certificate;
        let sign_in = match stored.sign_in {
            StoredSignIn::Entra(entra) => SignIn::Entra(entra),
            StoredSignIn::Password {
                username,
                static_challenge,
            } => SignIn::Password {
                username,
                static_challenge,
            },
            StoredSignIn::Certificate { sha1, issuer } => {
                if client_certificate.is_none() && (sha1.is_some() || issuer.is_some()) {
                    client_certificate = Some(ClientCertificate {
                        chain: Vec::new(),
                        sha1,
                        issuer,
                    });
                }
                SignIn::Certificate
            }
        };
        Self {
            name: stored.name,
            servers: stored.servers,
            port: stored.port,
            transport: stored.transport,
            server_check: stored.server_check,
            sign_in,
            client_certificate,
            proxy: stored.proxy,
            protocol: stored.protocol,
            dns: stored.dns,
            include: stored.include,
            exclude: stored.exclude,
            secondary_profile: stored.secondary_profile,
            always_on: stored.always_on,
            mtu: stored.mtu,
        }
    }
}
