use crate::{Row, RowGroup};
use spoke_moment::WallTime;
use spoke_profile::{
    CertificateFacts, ClientCertificate, ControlWrapping, Entra, MICROSOFT_REGISTERED_APP,
    NameCheck, Profile, Server, ServerCheck, ServerSecret, SignIn, Transport, embedded_root,
};
use std::fmt::Display;

/// All fields of a profile with values for people, grouped as in the form. Fields of the
/// form are there even when they have no value; secrets are not shown.
#[must_use]
pub fn rows(profile: &Profile) -> Vec<RowGroup> {
    let groups = [
        ("connection", connection(profile)),
        ("server_check", server_check(&profile.server_check)),
        ("sign_in", sign_in(profile)),
        ("network", network(profile)),
        ("openvpn", openvpn(profile)),
    ];
    let filled = groups.into_iter().filter(|(_, rows)| !rows.0.is_empty());
    filled
        .map(|(group, rows)| RowGroup {
            group: group.to_owned(),
            rows: rows.0,
        })
        .collect()
}

#[derive(Default)]
struct Rows(Vec<Row>);

impl Rows {
    fn add(&mut self, key: &str, value: impl Display) {
        self.0.push(Row {
            key: key.to_owned(),
            value: value.to_string(),
        });
    }

    fn add_some<T: Display>(&mut self, key: &str, value: Option<&T>) {
        if let Some(value) = value {
            self.add(key, value);
        }
    }

    fn add_flag(&mut self, key: &str, value: bool, usual: bool) {
        if value != usual {
            self.add(key, if value { "yes" } else { "no" });
        }
    }
}

fn connection(profile: &Profile) -> Rows {
    let mut rows = Rows::default();
    rows.add("name", &profile.name);
    let address = |server: &Server| {
        let with_port = Server {
            port: Some(profile.port_of(server)),
            ..server.clone()
        };
        with_port.to_string()
    };
    rows.add("server", joined(profile.servers.iter().map(address)));
    if let Some(name) = profile
        .servers
        .first()
        .and_then(|one| one.display_name.as_ref())
    {
        rows.add("display-name", name);
    }
    if profile.transport == Transport::Udp {
        rows.add("transport", "UDP");
    }
    rows.add_some("secondary", profile.secondary_profile.as_ref());
    rows.add_some("proxy", profile.proxy.as_ref());
    rows.add_some("mtu", profile.mtu.as_ref());
    rows.add_flag("always-on", profile.always_on, false);
    rows
}

fn server_check(check: &ServerCheck) -> Rows {
    let mut rows = Rows::default();
    rows.add("root", root(check));
    let secret = match &check.wrapping {
        ControlWrapping::None => "none".to_owned(),
        wrapping if wrapping.secret().is_some() => {
            format!("present ({} bytes, hidden)", ServerSecret::LEN)
        }
        wrapping => format!("{} key present (hidden)", wrapping.name()),
    };
    rows.add("server-secret", secret);
    rows.add_some("server-name", check.server_name.as_ref());
    let requirements = &check.requirements;
    if requirements.name != NameCheck::Host {
        rows.add("certificate-name", &requirements.name);
    }
    if !requirements.fingerprints.is_empty() {
        rows.add("peer-fingerprint", joined(requirements.fingerprints.iter()));
    }
    rows
}

fn root(check: &ServerCheck) -> String {
    if check.requirements.own_roots_only {
        return match check.root_certificates.len() {
            0 if check.awaits_root() => "the root in its PKCS#12 file".to_owned(),
            0 => "fingerprint".to_owned(),
            1 => "the profile's own root".to_owned(),
            more => format!("{more} roots of the profile's own"),
        };
    }
    match (check.root_sha1, check.use_pinned_root) {
        (Some(_), Some(false)) | (None, _) => "any root of this computer".to_owned(),
        (Some(sha1), _) => match embedded_root(sha1) {
            Some(root) => root.name.to_owned(),
            None => format!("root certificate {sha1}"),
        },
    }
}

fn sign_in(profile: &Profile) -> Rows {
    let mut rows = Rows::default();
    match &profile.sign_in {
        SignIn::Entra(entra) => {
            rows.add("sign-in", "Microsoft Entra ID");
            with_entra(entra, &mut rows);
        }
        SignIn::Certificate => rows.add("sign-in", "client certificate"),
        SignIn::Password { username, .. } => {
            rows.add("sign-in", "user name and password");
            rows.add("username", username.as_deref().unwrap_or_default());
        }
    }
    if let Some(certificate) = &profile.client_certificate {
        rows.add("client-certificate", client_certificate(certificate));
    }
    rows
}

fn with_entra(entra: &Entra, rows: &mut Rows) {
    rows.add("sign-in.tenant", &entra.authority);
    let registered = match entra.audience.as_str() {
        MICROSOFT_REGISTERED_APP => " (Microsoft-registered)",
        _ => "",
    };
    rows.add(
        "sign-in.audience",
        format_args!("{}{registered}", entra.audience),
    );
    rows.add("sign-in.issuer", entra.expected_issuer());
    rows.add_some("client-id", entra.application_id.as_ref());
    rows.add_some("scope", entra.scope.as_ref());
    rows.add_some("redirect-uri", entra.redirect_uri.as_ref());
    rows.add_flag("cache-sign-in", entra.cache_sign_in, true);
    rows.add_flag("device-sso", entra.device_sso, false);
    rows.add_flag("disable-sso", entra.disable_sso, false);
    rows.add_flag("group-token", entra.group_token, false);
}

/// The certificate that is there, else the one that is wanted.
fn client_certificate(certificate: &ClientCertificate) -> String {
    let facts = certificate
        .chain
        .first()
        .map(|der| CertificateFacts::read(der));
    if let Some(Some(facts)) = facts {
        let end = WallTime::from_unix(facts.not_after).to_string();
        let day = end.split(' ').next().unwrap_or_default();
        return format!(
            "{}, issued by {}, valid until {day}",
            facts.common_name, facts.issuer
        );
    }
    match (&certificate.issuer, certificate.sha1) {
        (Some(issuer), _) => format!("issued by {issuer}, not given yet"),
        (None, Some(sha1)) => format!("{sha1}, not given yet"),
        (None, None) => "not given yet".to_owned(),
    }
}

fn network(profile: &Profile) -> Rows {
    let mut rows = Rows::default();
    rows.add("dns.servers", joined(profile.dns.servers.iter()));
    rows.add("dns.suffixes", joined(profile.dns.suffixes.iter()));
    rows.add("routes.include", joined(profile.include.iter()));
    rows.add("routes.exclude", joined(profile.exclude.iter()));
    rows
}

fn openvpn(profile: &Profile) -> Rows {
    let mut rows = Rows::default();
    let protocol = &profile.protocol;
    for key in protocol.changed_keys() {
        let value = protocol.value(key).filter(|value| !value.is_empty());
        rows.add(key, value.as_deref().unwrap_or("none"));
    }
    rows
}

pub(crate) fn joined(list: impl Iterator<Item = impl Display>) -> String {
    let texts: Vec<_> = list.map(|one| one.to_string()).collect();
    texts.join(", ")
}
