use crate::rows::joined;
use crate::{ProfileForm, ProfileSummary, RootChoice, SignInKind};
use spoke_profile::{
    EMBEDDED_ROOTS, MICROSOFT_REGISTERED_APP, Profile, Server, SignIn, Thumbprint, Transport,
    all_traffic, embedded_root,
};
use zeroize::Zeroizing;

/// The port that goes without saying.
pub(crate) const USUAL_PORT: u16 = 443;

impl ProfileForm {
    /// A form to begin with: Azure's newest root, sign-in with Microsoft Entra ID for the
    /// application that Microsoft registered.
    #[must_use]
    pub fn blank() -> Self {
        let [newest, ..] = &EMBEDDED_ROOTS;
        Self {
            root: RootChoice::BuiltIn {
                sha1: newest.sha1.to_string(),
                name: newest.name.to_owned(),
            },
            secret: Some(Zeroizing::new(String::new())),
            audience: MICROSOFT_REGISTERED_APP.to_owned(),
            ..Self::empty()
        }
    }

    /// A stored profile as it comes into the form.
    #[must_use]
    pub fn of(profile: &Profile) -> Self {
        let all = all_traffic(&profile.include);
        let others = profile.include.iter().filter(|route| !all.contains(route));
        let mut form = Self {
            name: profile.name.clone(),
            server: first_server(profile),
            root: root(profile),
            secondary_server: second_server(profile),
            dns_servers: joined(profile.dns.servers.iter()),
            dns_suffixes: joined(profile.dns.suffixes.iter()),
            include: joined(others),
            exclude: joined(profile.exclude.iter()),
            force_tunnel: !all.is_empty(),
            ..Self::empty()
        };
        match &profile.sign_in {
            SignIn::Entra(entra) => {
                form.tenant.clone_from(&entra.authority);
                form.audience.clone_from(&entra.audience);
                form.issuer = entra.issuer.clone().unwrap_or_default();
                form.trusted_authority = entra
                    .authority_trusted
                    .then(|| entra.authority_host().to_owned());
            }
            SignIn::Certificate => form.sign_in = SignInKind::Certificate,
            SignIn::Password { username, .. } => {
                form.sign_in = SignInKind::Password;
                form.username = username.clone().unwrap_or_default();
            }
        }
        form
    }

    fn empty() -> Self {
        Self {
            name: String::new(),
            server: String::new(),
            root: RootChoice::System,
            secret: None,
            sign_in: SignInKind::Entra,
            tenant: String::new(),
            audience: String::new(),
            issuer: String::new(),
            username: String::new(),
            trusted_authority: None,
            secondary_server: String::new(),
            dns_servers: String::new(),
            dns_suffixes: String::new(),
            include: String::new(),
            exclude: String::new(),
            force_tunnel: false,
        }
    }
}

impl ProfileSummary {
    /// A profile's line in the list; `account` is who signs in with it, when known.
    #[must_use]
    pub fn of(profile: &Profile, account: Option<String>) -> Self {
        let first = profile.servers.first();
        Self {
            name: profile.name.clone(),
            server: first.map_or_else(String::new, |server| server.host.clone()),
            account,
            beyond_form: beyond_form(profile),
        }
    }
}

/// Whether the boxes of the form would not say what the profile does. Settings that the
/// form has no box for do not count: they stay as they are.
fn beyond_form(profile: &Profile) -> bool {
    let check = &profile.server_check;
    let own_way = |server: &Server| {
        server.transport.is_some()
            || server.family.is_some()
            || profile.port_of(server) != profile.port
    };
    let asks = matches!(&profile.sign_in, SignIn::Password { static_challenge, .. } if static_challenge.is_some());
    profile.transport != Transport::Tcp
        || profile.servers.iter().any(own_way)
        || check.wrapping.secret().is_none()
        || check.requirements != Default::default()
        || profile.protocol.redirect_gateway.is_some()
        || asks
}

fn first_server(profile: &Profile) -> String {
    match profile.servers.first() {
        Some(server) => address(&server.host, profile.port_of(server), USUAL_PORT),
        None => String::new(),
    }
}

fn second_server(profile: &Profile) -> String {
    match profile.servers.as_slice() {
        [first, second, ..] => {
            let usual = profile.port_of(first);
            address(&second.host, profile.port_of(second), usual)
        }
        _ => String::new(),
    }
}

/// The host, with its port when that is not the one that goes without saying.
fn address(host: &str, port: u16, usual: u16) -> String {
    let with_port = Server {
        port: (port != usual).then_some(port),
        ..Server::new(host)
    };
    with_port.to_string()
}

fn root(profile: &Profile) -> RootChoice {
    let check = &profile.server_check;
    let own = || {
        let first = check.root_certificates.first();
        first.filter(|_| check.requirements.own_roots_only)
    };
    let pinned = check
        .root_sha1
        .filter(|_| check.use_pinned_root != Some(false))
        .or_else(|| own().map(|der| Thumbprint::of(der)));
    match pinned {
        None => RootChoice::System,
        Some(sha1) => match embedded_root(sha1) {
            Some(root) => RootChoice::BuiltIn {
                sha1: sha1.to_string(),
                name: root.name.to_owned(),
            },
            None => RootChoice::Thumbprint {
                sha1: sha1.to_string(),
            },
        },
    }
}
