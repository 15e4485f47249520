use crate::error::ErrorView;
use crate::finding::Finding;
use crate::model::{Profile, SignIn, Thumbprint, Transport};
use crate::package::Package;
use crate::secret::ServerSecret;
use ipnet::IpNet;
use serde::Serialize;
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
    /// User name for RADIUS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
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
        self.notes.clone_from(&package.notes);
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
        let mut view = Self {
            schema: "spoke.profile/1",
            name: profile.name.clone(),
            servers: profile.servers.iter().map(|s| s.host.clone()).collect(),
            port: profile.port,
            transport: profile.transport,
            auth: profile.sign_in.azure_type(),
            entra: None,
            client_cert_sha1: None,
            client_cert_issuer: None,
            username: None,
            secret_hex_len: 2 * ServerSecret::LEN,
            root_sha1: check.root_sha1,
            use_pinned_root: check.use_pinned_root,
            root_certificates_sha1: check
                .root_certificates
                .iter()
                .map(|der| Thumbprint::of(der))
                .collect(),
            server_name: check.server_name.clone(),
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
            SignIn::Certificate(certificate) => {
                view.client_cert_sha1 = certificate.sha1;
                view.client_cert_issuer.clone_from(&certificate.issuer);
            }
            SignIn::Password { username } => view.username.clone_from(username),
        }
        view
    }
}

impl SignIn {
    /// The authentication type as Azure profiles write it.
    #[must_use]
    pub fn azure_type(&self) -> &'static str {
        match self {
            Self::Entra(_) => "aad",
            Self::Certificate(_) => "cert",
            Self::Password { .. } => "usernamepass",
        }
    }
}
