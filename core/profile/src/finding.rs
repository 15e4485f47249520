use crate::limits;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Something that a reader of a profile should know, although the profile is usable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Finding {
    /// What kind of finding it is; stable, for scripts and for the documentation.
    pub code: FindingCode,
    /// How much it matters.
    pub severity: Severity,
    /// Path of the element below the root, such as `clientauth/aad/issuer`, or the
    /// key of `spoke profile set`; empty for the file as a whole.
    pub element: String,
    /// What was found, as a sentence.
    pub message: String,
    /// What Spoke did about it, or what the user can do.
    pub fix: String,
}

/// How much a [`Finding`] matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum Severity {
    /// Worth knowing; nothing needs to be done.
    Info,
    /// The file said something else than what was kept; the connection will work.
    Repaired,
    /// The connection may fail or behave otherwise than expected.
    Warning,
}

/// Defines the codes once: the enum, its text and the list of all of them.
macro_rules! finding_codes {
    ($($variant:ident = $text:literal, $doc:literal;)*) => {
        /// The kinds of [`Finding`]. The texts are stable.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
        #[non_exhaustive]
        pub enum FindingCode {
            $(#[doc = $doc] #[serde(rename = $text)] $variant,)*
        }

        impl FindingCode {
            /// Every code, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The code as written in JSON and in the documentation.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }
    };
}

finding_codes! {
    EncodingMismatch = "encoding-mismatch", "The XML declaration names another encoding than the bytes have.";
    UnknownElement = "unknown-element", "An element that Spoke does not know was ignored.";
    NewerVersion = "newer-version", "The profile's format version is newer than those known.";
    Wrapper = "mdm-wrapper", "The profile was taken out of a Windows MDM `VPNProfile`.";
    DuplicateElement = "duplicate-element", "An element stands twice; the empty or equal one was dropped.";
    NameMissing = "name-missing", "The profile has no name; one was made from its server.";
    NameTrimmed = "name-trimmed", "White space around the name was removed.";
    HostTrimmed = "host-trimmed", "White space or a final dot around a host name was removed.";
    HostWasUrl = "host-was-url", "A URL stood where a host name belongs; its host was taken.";
    HostEncoded = "host-encoded", "A name with letters outside ASCII was written as IDNA asks.";
    ServerEmpty = "server-empty", "A server entry without a host name was dropped.";
    ServerPort = "server-port", "The server entry names a port.";
    TransportUdp = "transport-udp", "The profile asks for UDP, which no Azure gateway is known to answer.";
    SecretReformatted = "secret-reformatted", "White space inside the server secret was removed.";
    SecretSupplied = "secret-supplied", "The file has no server secret; the one given by the user was taken.";
    ThumbprintReformatted = "thumbprint-reformatted", "Separators inside a certificate thumbprint were removed.";
    NoPinnedRoot = "no-pinned-root", "The profile pins no root certificate.";
    RootNotPinned = "root-not-pinned", "The profile switches the pinning of its root certificate off.";
    RootUnknown = "root-unknown", "The pinned root is neither built in nor in the package.";
    RootIgnored = "root-ignored", "A root certificate in the file could not be used.";
    ServerNameOverride = "server-name-override", "The profile replaces the name that the gateway's certificate must carry.";
    AuthInferred = "auth-inferred", "The authentication type is missing; it was taken from the filled block.";
    AuthSynonym = "auth-synonym", "The authentication type is written in an unusual way.";
    PasswordIgnored = "password-ignored", "A password in the file was not kept.";
    CertificateIgnored = "certificate-ignored", "Client certificate data in the file was not kept.";
    TenantCompleted = "tenant-completed", "The tenant is a bare id or domain; its sign-in host was added.";
    TenantShortened = "tenant-shortened", "The tenant's address went on after the tenant; the rest was dropped.";
    TenantShared = "tenant-shared", "The tenant is a shared one such as `common`.";
    AuthorityTrusted = "authority-trusted", "The sign-in host is not Microsoft's; the user trusts it.";
    IssuerSlash = "issuer-slash", "The issuer had no trailing slash.";
    IssuerMissing = "issuer-missing", "The profile names no issuer.";
    IssuerOtherTenant = "issuer-other-tenant", "Issuer and tenant name different tenants.";
    AudienceTrimmed = "audience-trimmed", "The audience was written in an unusual way.";
    AudienceRetiring = "audience-retiring", "The audience is a manually registered application, which Microsoft retires.";
    ClientIdUnusual = "client-id-unusual", "The named client cannot get tokens for this audience.";
    SuffixNormalised = "suffix-normalised", "A DNS suffix was written with a wildcard, a final dot or white space.";
    SuffixTypo = "suffix-typo", "The element is misspelt `dnsssuffix`, as some macOS clients write it.";
    DnsServerUseless = "dns-server-useless", "This DNS server cannot answer through a VPN.";
    SuffixWithoutServer = "suffix-without-server", "There are DNS suffixes but no DNS server.";
    MaskStyle = "mask-style", "A route's mask is written in an unusual way.";
    HostBits = "host-bits", "A route's destination had bits set beyond its mask.";
    RouteBoth = "route-both", "A prefix is both included and excluded; exclusion wins.";
    RoutesMany = "routes-many", "There are more routes than an Azure gateway serves.";
    FullTunnel = "full-tunnel", "All traffic is sent into the tunnel.";
    DirectiveIgnored = "directive-ignored", "A directive of the `.ovpn` file, or a part of it, was passed over.";
    CertificateWanted = "certificate-wanted", "The file has a place for the user's certificate, but none in it.";
    CertificateNameAny = "certificate-name-any", "The file does not say how the gateway's certificate is named.";
    PasswordApart = "password-apart", "A password in the file goes to the keyring or nowhere, never into the profile.";
    CipherUnknown = "cipher-unknown", "A data cipher is not known or not sound, and is not used.";
    CompressionOff = "compression-off", "The file asks for compression, which is never used.";
    ConnectionLeftOut = "connection-left-out", "A `<connection>` of the `.ovpn` file has another proxy or key than the others, and was left out.";
    SecondaryNone = "secondary-none", "The secondary profile is the word `None`.";
}

impl fmt::Display for FindingCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Info => "info",
            Self::Repaired => "repaired",
            Self::Warning => "warning",
        })
    }
}

impl fmt::Display for Finding {
    /// The finding as one line: element, message, fix.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.element.is_empty() {
            write!(f, "{}: ", self.element)?;
        }
        write!(f, "{}", self.message)?;
        if !self.fix.is_empty() {
            write!(f, " {}", self.fix)?;
        }
        Ok(())
    }
}

/// Where findings about one element are written down.
pub(crate) struct Place<'a> {
    element: String,
    findings: &'a mut Vec<Finding>,
}

impl<'a> Place<'a> {
    pub(crate) fn new(element: impl Into<String>, findings: &'a mut Vec<Finding>) -> Self {
        Self {
            element: element.into(),
            findings,
        }
    }

    pub(crate) fn info(&mut self, code: FindingCode, message: &str, fix: &str) {
        self.note(code, Severity::Info, message, fix);
    }

    pub(crate) fn repaired(&mut self, code: FindingCode, message: &str, fix: &str) {
        self.note(code, Severity::Repaired, message, fix);
    }

    pub(crate) fn warning(&mut self, code: FindingCode, message: &str, fix: &str) {
        self.note(code, Severity::Warning, message, fix);
    }

    fn note(&mut self, code: FindingCode, severity: Severity, message: &str, fix: &str) {
        let finding = Finding {
            code,
            severity,
            element: self.element.clone(),
            message: message.to_owned(),
            fix: fix.to_owned(),
        };
        if self.findings.len() < limits::FINDINGS && !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }
}
