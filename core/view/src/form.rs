use serde::{Deserialize, Serialize, Serializer};
use spoke_profile::Finding;
use ts_rs::TS;
use zeroize::Zeroizing;

/// A profile as it is typed: every field holds what stands in its box. It may hold the
/// server secret, so it cannot be printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ProfileForm {
    /// Connection Name.
    pub name: String,
    /// VPN Server: a host name, with a port when it is not 443.
    pub server: String,
    /// Certificate Information.
    pub root: RootChoice,
    /// Server Secret, in hexadecimal digits; absent when the stored one is to stay, which
    /// is how a stored profile comes into the form.
    #[serde(serialize_with = "hidden")]
    #[ts(type = "string | null")]
    pub secret: Option<Zeroizing<String>>,
    /// Authentication Type.
    pub sign_in: SignInKind,
    /// Tenant, with [`SignInKind::Entra`].
    pub tenant: String,
    /// Audience, with [`SignInKind::Entra`].
    pub audience: String,
    /// Issuer, with [`SignInKind::Entra`]; empty for the tenant's own.
    pub issuer: String,
    /// User name, with [`SignInKind::Password`]; may be empty.
    pub username: String,
    /// The tenant's sign-in host, when the user trusts it although it is not Microsoft's:
    /// with its port when that is not 443.
    pub trusted_authority: Option<String>,
    /// A secondary server; may be empty.
    pub secondary_server: String,
    /// Addresses, separated by commas, white space or lines.
    pub dns_servers: String,
    /// Suffixes, separated likewise.
    pub dns_suffixes: String,
    /// Prefixes to route into the tunnel beside the gateway's, separated likewise.
    pub include: String,
    /// Prefixes to keep out of the tunnel, separated likewise.
    pub exclude: String,
    /// All traffic goes into the tunnel.
    pub force_tunnel: bool,
}

/// A secret comes from the window and never goes there.
fn hidden<S: Serializer>(
    _secret: &Option<Zeroizing<String>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_none()
}

/// Which root certificate the gateway's certificate must come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RootChoice {
    /// One that is built in.
    BuiltIn {
        /// Its thumbprint (SHA-1), in hexadecimal digits.
        sha1: String,
        /// Its name.
        name: String,
    },
    /// Any root that this computer trusts.
    System,
    /// The root with this thumbprint, from among those that this computer trusts or that
    /// the profile has.
    Thumbprint {
        /// SHA-1, in hexadecimal digits.
        sha1: String,
    },
    /// A certificate from a file.
    File {
        /// The file's name.
        name: String,
        /// The certificate, DER in Base64.
        certificate: String,
        /// Who it is for, from the certificate.
        subject: String,
    },
}

/// Authentication Type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SignInKind {
    /// Microsoft Entra ID.
    #[default]
    Entra,
    /// A client certificate.
    Certificate,
    /// User name and password (RADIUS).
    Password,
}

/// A field of [`ProfileForm`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is the field of that name")]
pub enum Field {
    Name,
    Server,
    Root,
    Secret,
    SignIn,
    Tenant,
    Audience,
    Issuer,
    Username,
    SecondaryServer,
    DnsServers,
    DnsSuffixes,
    Include,
    Exclude,
    ForceTunnel,
}

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FieldFault {
    /// Which one.
    pub field: Field,
    /// The field is empty and must not be: said only when the user is done with it.
    pub missing: bool,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub next: String,
}

/// What a form amounts to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FormReport {
    /// What keeps it from being saved, in the order of the form.
    pub faults: Vec<FieldFault>,
    /// What would be repaired or looks wrong, when there are no faults.
    pub findings: Vec<Finding>,
    /// Hexadecimal digits in the secret so far; 512 are needed.
    pub secret_digits: u32,
}
