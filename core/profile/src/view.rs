use crate::error::ErrorView;
use crate::finding::Finding;
use crate::model::{Profile, Server, SignIn, Thumbprint, Transport};
use crate::package::Package;
use crate::secret::ServerSecret;
use crate::server_check::{CertificateDigest, CertificateRequirements, Fingerprint};
use ipnet::IpNet;
use serde::Serialize;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// A profile as programs may see it: everything but the server secret.
///
/// Fields that do not apply are absent. The document only ever gains fields within
/// its schema `spoke.profile/1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProfileView {
    /// Always `spoke.profile/1`.
    pub schema: &'static str,
    /// Display name.
    pub name: String,
    /// Host names of the gateways, in order of preference.
    pub servers: Vec<String>,
    /// The gateways with the port and transport that are their own, when any has such.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub server_addresses: Vec<String>,
    /// Port on the gateway.
    pub port: u16,
    /// `tcp` or `udp`.
    pub transport: Transport,
    /// `aad`, `cert` or `usernamepass`, as in the Azure profile.
    pub auth: &'static str,
    /// What concerns sign-in with Microsoft Entra ID.
    #[serde(flatten)]
    pub entra: Option<EntraView>,
    /// Thumbprint of the client certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_cert_sha1: Option<Thumbprint>,
    /// Issuer of the client certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_cert_issuer: Option<String>,
    /// Certificates in the client's chain, when the profile has them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub client_cert_chain_sha1: Vec<Thumbprint>,
    /// User name for RADIUS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The question whose answer goes with the password.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub static_challenge: Option<String>,
    /// How control packets are protected, when not as Azure does it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wrapping: Option<&'static str>,
    /// Hexadecimal digits in the server secret; the secret itself is not shown.
    pub secret_hex_len: usize,
    /// Thumbprint of the pinned root certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root_sha1: Option<Thumbprint>,
    /// `usepinnedroot`, when the profile says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub use_pinned_root: Option<bool>,
    /// Thumbprints of the root certificates that are kept with the profile.
    pub root_certificates_sha1: Vec<Thumbprint>,
    /// The user's override of the certificate's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_name: Option<String>,
    /// What an `.ovpn` file asks of the gateway's certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<CertificateView>,
    /// The proxy on the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy: Option<String>,
    /// What OpenVPN is told beside the usual, by the keys of `spoke profile set`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub protocol: BTreeMap<&'static str, String>,
    /// DNS servers.
    pub dns_servers: Vec<IpAddr>,
    /// DNS suffixes, lower case, without leading dot.
    pub dns_suffixes: Vec<String>,
    /// Prefixes routed into the tunnel beside the pushed ones.
    pub include: Vec<IpNet>,
    /// Prefixes kept out of the tunnel.
    pub exclude: Vec<IpNet>,
    /// Profile to fail over to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secondary_profile: Option<String>,
    /// Connect at login.
    pub always_on: bool,
    /// MTU override, in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mtu: Option<u16>,
}

/// The requirements on the gateway's certificate in a [`ProfileView`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CertificateView {
    /// How it must be named.
    pub name: String,
    /// Whether only the profile's own root certificates count.
    pub own_roots_only: bool,
    /// Key usages of which it must have one, in hexadecimal digits.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub key_usage: Vec<String>,
    /// The purpose that it must name beside the one of servers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extended_key_usage: Option<String>,
    /// SHA-256 fingerprints of which it must have one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fingerprints: Vec<Fingerprint>,
    /// Digests of which the certificate above it must have one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub issuer_digests: Vec<CertificateDigest>,
    /// Thumbprints of the lists of revoked certificates.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub revocation_lists_sha1: Vec<Thumbprint>,
}

impl CertificateView {
    fn of(requirements: &CertificateRequirements) -> Option<Self> {
        if *requirements == CertificateRequirements::default() {
            return None;
        }
        let usages = requirements.key_usage.iter();
        let lists = requirements.revocation_lists.iter();
        Some(Self {
            name: requirements.name.to_string(),
            own_roots_only: requirements.own_roots_only,
            key_usage: usages.map(|usage| format!("{usage:02x}")).collect(),
            extended_key_usage: requirements.extended_key_usage.clone(),
            fingerprints: requirements.fingerprints.clone(),
            issuer_digests: requirements.issuer_digests.clone(),
            revocation_lists_sha1: lists.map(|der| Thumbprint::of(der)).collect(),
        })
    }
}

/// The Entra part of a [`ProfileView`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EntraView {
    /// Tenant id or domain.
    pub tenant: String,
    /// Sign-in address of the tenant, without trailing slash.
    pub authority: String,
    /// Whether the user trusts a host that is not Microsoft's.
    pub authority_trusted: bool,
    /// The issuer that the gateway expects.
    pub issuer: String,
    /// The audience that the gateway expects.
    pub audience: String,
    /// The scope that is asked for.
    pub scope: String,
    /// Client ids in the order in which they are tried.
    pub client_id_try: Vec<String>,
    /// The client id that the profile names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application_id: Option<String>,
    /// The user's override of the redirect URI.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect_uri: Option<String>,
    /// Whether tokens may outlive the session.
    pub cache_sign_in: bool,
    /// `enabledevicesso`.
    pub device_sso: bool,
    /// `disableSso`.
    pub disable_sso: bool,
    /// `enablegrouptoken`.
    pub group_token: bool,
}

/// What an import would do: the document of `spoke import --dry-run --json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DryRun {
    /// Always `spoke.import/1`.
    pub schema: &'static str,
    /// The file, as the user named it.
    pub file: String,
    /// `accept` when at least one profile can be imported, else `reject`.
    pub verdict: Verdict,
    /// Every profile that can be imported.
    pub profiles: Vec<DryRunProfile>,
    /// The findings of all profiles.
    pub findings: Vec<Finding>,
    /// Why files that should be profiles are none; the first is the verdict's reason.
    pub errors: Vec<DryRunError>,
    /// The first of `errors`.
    pub error: Option<ErrorView>,
    /// What else is worth knowing about the package.
    pub notes: Vec<String>,
}

/// Whether anything can be imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// At least one profile.
    Accept,
    /// None.
    Reject,
}

/// One importable profile of a [`DryRun`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DryRunProfile {
    /// Where in the package it was found; empty for a plain file.
    pub path: String,
    /// The profile.
    #[serde(flatten)]
    pub profile: ProfileView,
    /// What was found in it.
    pub findings: Vec<Finding>,
}

/// One unusable file of a [`DryRun`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DryRunError {
    /// Where in the package it was found; empty for a plain file.
    pub path: String,
    /// Why it is unusable.
    #[serde(flatten)]
    pub error: ErrorView,
}

impl DryRun {
    /// Describes what importing `outcome`, read from `file`, would do.
    #[must_use]
    pub fn new(file: &str, outcome: &Result<Package, crate::ReadError>) -> Self {
        let mut document = Self {
            schema: "spoke.import/1",
            file: file.to_owned(),
            verdict: Verdict::Reject,
            profiles: Vec::new(),
            findings: Vec::new(),
            errors: Vec::new(),
            error: None,
            notes: Vec::new(),
        };
        match outcome {
            Ok(package) => document.add(package),
            Err(error) => document.errors.push(DryRunError {
                path: String::new(),
                error: error.into(),
            }),
        }
        document.error = document.errors.first().map(|first| first.error.clone());
        if !document.profiles.is_empty() {
            document.verdict = Verdict::Accept;
        }
        document
    }

    fn add(&mut self, package: &Package) {
        self.notes = [&*package.set_aside, &*package.notes].concat();
        for found in &package.found {
            let path = found.path.clone();
            match &found.result {
                Ok(reading) => {
                    self.findings.extend(reading.findings.iter().cloned());
                    self.profiles.push(DryRunProfile {
                        path,
                        profile: ProfileView::from(&reading.profile),
                        findings: reading.findings.clone(),
                    });
                }
                Err(error) => self.errors.push(DryRunError {
                    path,
                    error: error.into(),
                }),
            }
        }
    }
}

impl From<&Profile> for ProfileView {
    fn from(profile: &Profile) -> Self {
        let check = &profile.server_check;
        let certificate = profile.client_certificate.as_ref();
        let protocol = &profile.protocol;
        let mut view = Self {
            schema: "spoke.profile/1",
            name: profile.name.clone(),
            servers: profile.servers.iter().map(|s| s.host.clone()).collect(),
            server_addresses: server_addresses(profile),
            port: profile.port,
            transport: profile.transport,
            auth: profile.sign_in.azure_type(),
            entra: None,
            client_cert_sha1: certificate.and_then(|certificate| certificate.sha1),
            client_cert_issuer: certificate.and_then(|certificate| certificate.issuer.clone()),
            client_cert_chain_sha1: certificate.map_or_else(Vec::new, |certificate| {
                let chain = certificate.chain.iter();
                chain.map(|der| Thumbprint::of(der)).collect()
            }),
            username: None,
            static_challenge: None,
            wrapping: match check.wrapping.secret() {
                Some(_) => None,
                None => Some(check.wrapping.name()),
            },
            secret_hex_len: match check.wrapping.static_key() {
                Some(_) => 2 * ServerSecret::LEN,
                None => 0,
            },
            root_sha1: check.root_sha1,
            use_pinned_root: check.use_pinned_root,
            root_certificates_sha1: check
                .root_certificates
                .iter()
                .map(|der| Thumbprint::of(der))
                .collect(),
            server_name: check.server_name.clone(),
            certificate: CertificateView::of(&check.requirements),
            proxy: profile.proxy.as_ref().map(ToString::to_string),
            protocol: protocol
                .changed_keys()
                .into_iter()
                .map(|key| (key, protocol.value(key).unwrap_or_default()))
                .collect(),
            dns_servers: profile.dns.servers.clone(),
            dns_suffixes: profile.dns.suffixes.clone(),
            include: profile.include.clone(),
            exclude: profile.exclude.clone(),
            secondary_profile: profile.secondary_profile.clone(),
            always_on: profile.always_on,
            mtu: profile.mtu,
        };
        match &profile.sign_in {
            SignIn::Entra(entra) => {
                view.entra = Some(EntraView {
                    tenant: entra.tenant.clone(),
                    authority: entra.authority.clone(),
                    authority_trusted: entra.authority_trusted,
                    issuer: entra.expected_issuer(),
                    audience: entra.audience.clone(),
                    scope: entra.scope(),
                    client_id_try: entra.client_ids(),
                    application_id: entra.application_id.clone(),
                    redirect_uri: entra.redirect_uri.clone(),
                    cache_sign_in: entra.cache_sign_in,
                    device_sso: entra.device_sso,
                    disable_sso: entra.disable_sso,
                    group_token: entra.group_token,
                });
            }
            SignIn::Certificate => {}
            SignIn::Password {
                username,
                static_challenge,
            } => {
                view.username.clone_from(username);
                view.static_challenge = static_challenge.as_ref().map(|one| one.text.clone());
            }
        }
        view
    }
}

fn server_addresses(profile: &Profile) -> Vec<String> {
    let own = |server: &Server| server.to_string() != server.host;
    if !profile.servers.iter().any(own) {
        return Vec::new();
    }
    profile.servers.iter().map(ToString::to_string).collect()
}

impl SignIn {
    /// The authentication type as Azure profiles write it.
    #[must_use]
    pub fn azure_type(&self) -> &'static str {
        match self {
            Self::Entra(_) => "aad",
            Self::Certificate => "cert",
            Self::Password { .. } => "usernamepass",
        }
    }
}
