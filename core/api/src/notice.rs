use serde::{Deserialize, Serialize};
use std::fmt;

/// What the user should know although it is no failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Notice {
    /// Stable code: what programs look at, and translations go by.
    pub code: NoticeCode,
    /// What the sentence is about, in its order: prefixes, names, numbers.
    pub about: Vec<String>,
    /// The sentence, in English.
    pub text: String,
}

impl Notice {
    /// A notice about nothing in particular.
    #[must_use]
    pub fn new(code: NoticeCode, text: impl Into<String>) -> Self {
        Self {
            code,
            about: Vec::new(),
            text: text.into(),
        }
    }

    /// With one more thing that it is about.
    #[must_use]
    pub fn about(mut self, what: impl ToString) -> Self {
        self.about.push(what.to_string());
        self
    }

    /// What others found that have no code of their own for it.
    #[must_use]
    pub fn other(text: impl Into<String>) -> Self {
        Self::new(NoticeCode::Other, text)
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Stable codes of notices. In parentheses: what a notice of this code is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub enum NoticeCode {
    /// Nothing more exact is known.
    Other,
    /// A route that no network has was left out (prefix).
    AbsurdRoute,
    /// A route to the gateway itself was left out (prefix).
    RouteToGateway,
    /// A route was left out whose family the tunnel has no address of (prefix, family).
    NoAddressFor,
    /// An IPv6 address was left out: the host has IPv6 switched off (address).
    Ipv6Off,
    /// Routes beyond the limit were left out (how many, the limit).
    TooManyRoutes,
    /// A prefix of the tunnel's is on a link of the host too (prefix, the link's, link).
    Overlap,
    /// The network led a prefix past the tunnel; the tunnel's route was made to win (link, prefix).
    Announced,
    /// Likewise, and no route can win over it (link, prefix).
    NotOutdone,
    /// A route that another program took away was set again (prefix).
    RouteSetAgain,
    /// A setting of the tunnel device was set again (device).
    DeviceSetAgain,
    /// DNS in a file was set again (file).
    DnsSetAgain,
    /// DNS of the tunnel device in systemd-resolved was set again (device).
    LinkDnsSetAgain,
    /// The lockdown was set again.
    LockdownSetAgain,
    /// What another program took away could not be set again (why).
    NotSetAgain,
    /// A prefix is kept out of the tunnel and there is no other way to it (prefix).
    NoWayTo,
    /// All IPv4 traffic goes into the tunnel, IPv6 traffic does not.
    Ipv6Outside,
    /// An MTU that no tunnel works with was raised (asked, used).
    MtuRaised,
    /// An address that no device can have was left out (address).
    AbsurdAddress,
    /// A DNS server that cannot be one was left out (address).
    AbsurdServer,
    /// A DNS server is in no route of the tunnel's (address).
    ServerOutside,
    /// DNS suffixes came without a server.
    SuffixesWithoutServer,
    /// A DNS suffix that is no domain name was left out (suffix).
    BadSuffix,
    /// The host cannot ask only some names in the tunnel.
    CannotSplit,
    /// Names are asked in the tunnel and outside.
    AskedBoth,
    /// All names are asked in the tunnel, for want of suffixes.
    AllAskedInside,
    /// The gateway has something to say (its words).
    GatewaySays,
    /// The gateway tried to set what no gateway may (option).
    ForbiddenOption,
    /// The gateway wants addresses to be translated, which is not done.
    TranslationWanted,
    /// Something of the gateway's was not understood and ignored (what).
    Ignored,
    /// A renegotiation failed; the old key goes on (why).
    RenegotiationFailed,
    /// Packets do not get to the gateway for now (why).
    WayTroubled,
    /// The connection is to a gateway of the secondary profile (its name).
    SecondaryGateway,
    /// A lockdown is on.
    Locked,
    /// Likewise, with the web open for a sign-in.
    LockedForSignIn,
    /// The sign-in could not be renewed (why).
    SignInNotRenewed,
    /// Sign-ins are kept in a file (its path).
    KeptInFile,
    /// The sign-in could not be kept (why).
    SignInNotKept,
    /// The sign-in ends with the program: there is no keyring, or the profile forbids keeping it.
    SignInForgotten,
    /// The password could not be kept (why).
    PasswordNotKept,
    /// The password is not kept: there is no keyring.
    PasswordForgotten,
    /// The gateway refused the kept password.
    KeptPasswordRefused,
    /// The gateway refused the user name or the password.
    PasswordRefused,
    /// The port that the sign-in comes back to is taken (port).
    PortTaken,
    /// The gateway may not like something about the token (claim).
    TokenDoubtful,
    /// The client certificate expires soon (its name, days).
    CertificateExpires,
    /// A page could not be opened (why).
    PageNotOpened,
    /// Secrets of a profile are still in the keyring (profile, why).
    SecretsLeft,
}
