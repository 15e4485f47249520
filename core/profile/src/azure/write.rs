use crate::model::{Entra, Profile, Server, SignIn, Transport};
use crate::package::ReadOptions;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use ipnet::IpNet;
use quick_xml::escape::escape;
use zeroize::Zeroizing;

const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";
const CONTRACT: &str = "http://schemas.datacontract.org/2004/07/";
const CONTRACT_XML: &str = "http://schemas.datacontract.org/2004/07/System.Xml";

/// What an export contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExportOptions {
    /// Whether the server secret is written; without it the file alone lets nobody
    /// reach the gateway, and whoever imports it must add the secret.
    pub with_secret: bool,
}

/// The profile as `azurevpnconfig.xml`, laid out as the portal lays it out, for
/// Spoke and for Microsoft's clients.
///
/// Settings of Spoke that the format has no place for are left out;
/// [`lost_in_azure`] names them.
///
/// ```
/// use spoke_profile::{Assignment, ExportOptions, Profile, ReadOptions, ServerSecret};
/// use spoke_profile::{export_azure, lost_in_azure, read};
///
/// let options = ReadOptions::default();
/// let mut profile = Profile::draft("office", ServerSecret::from_text(&"0f".repeat(256))?);
/// profile.set(&Assignment::set("server", "gw.example"), &options)?;
/// profile.set(&Assignment::set("sign-in", "usernamepass"), &options)?;
///
/// let text = export_azure(&profile, ExportOptions { with_secret: true });
/// assert_eq!(read(text.as_bytes(), &options)?.profile, profile);
///
/// profile.set(&Assignment::set("mtu", "1400"), &options)?;
/// assert_eq!(lost_in_azure(&profile), ["mtu"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn export_azure(profile: &Profile, options: ExportOptions) -> Zeroizing<String> {
    let mut out = Writer::default();
    out.line(&format!(
        "<AzVpnProfile xmlns:i=\"{INSTANCE}\" xmlns=\"{CONTRACT}\">"
    ));
    out.depth += 1;
    out.line(&format!("<any xmlns:d2p1=\"{CONTRACT_XML}\""));
    out.line("  i:nil=\"true\" />");
    write_client_auth(&mut out, profile);
    write_client_config(&mut out, profile);
    out.leaf("name", Some(&profile.name));
    out.within("protocolconfig", |out| {
        out.within("sslprotocolConfig", |out| {
            let transport = match profile.transport {
                Transport::Tcp => "tcp",
                Transport::Udp => "udp",
            };
            out.leaf("transportprotocol", Some(transport));
        });
    });
    if let Some(secondary) = &profile.secondary_profile {
        out.leaf("secondaryProfileName", Some(secondary));
    }
    write_servers(&mut out, profile);
    write_server_validation(&mut out, profile, options);
    out.leaf("version", Some(version(profile)));
    out.depth -= 1;
    out.line("</AzVpnProfile>");
    out.text
}

/// The settings of this profile that `azurevpnconfig.xml` has no place for, by their
/// keys in `spoke profile set`.
#[must_use]
pub fn lost_in_azure(profile: &Profile) -> Vec<&'static str> {
    let check = &profile.server_check;
    let entra = match &profile.sign_in {
        SignIn::Entra(entra) => Some(entra),
        _ => None,
    };
    let mut lost = Vec::new();
    let mut note = |is_lost: bool, key: &'static str| {
        if is_lost {
            lost.push(key);
        }
    };
    note(profile.always_on, "always-on");
    note(profile.mtu.is_some(), "mtu");
    note(check.server_name.is_some(), "server-name");
    note(check.root_certificates.len() > 1, "ca");
    note(
        entra.is_some_and(|entra| entra.redirect_uri.is_some()),
        "redirect-uri",
    );
    note(entra.is_some_and(|entra| entra.scope.is_some()), "scope");
    lost.extend(beyond_azure(profile));
    lost
}

/// What no Azure gateway has a use for.
fn beyond_azure(profile: &Profile) -> Vec<&'static str> {
    let check = &profile.server_check;
    let own_transport = |server: &Server| {
        server.family.is_some()
            || profile.transport_of(server) != profile.transport
            || profile.port_of(server) != profile.port
    };
    let asks = |sign_in: &SignIn| matches!(sign_in, SignIn::Password { static_challenge, .. } if static_challenge.is_some());
    let certificate = profile.client_certificate.as_ref();
    let plain_certificate = profile.sign_in == SignIn::Certificate
        && certificate.is_none_or(|certificate| certificate.chain.is_empty());
    let mut lost = Vec::new();
    let mut note = |is_lost: bool, key: &'static str| {
        if is_lost {
            lost.push(key);
        }
    };
    note(profile.servers.iter().any(own_transport), "server");
    note(check.wrapping.secret().is_none(), "wrapping");
    note(check.requirements != Default::default(), "certificate-name");
    note(asks(&profile.sign_in), "static-challenge");
    note(
        certificate.is_some() && !plain_certificate,
        "client-certificate",
    );
    note(profile.proxy.is_some(), "proxy");
    lost.extend(profile.protocol.changed_keys());
    lost
}

/// The options with which an export of this profile reads back without a question:
/// what its owner has already decided to trust.
#[must_use]
pub fn options_of(profile: &Profile) -> ReadOptions {
    let trusted_authorities = match &profile.sign_in {
        SignIn::Entra(entra) if entra.authority_trusted => vec![entra.authority_host().to_owned()],
        _ => Vec::new(),
    };
    ReadOptions {
        trusted_authorities,
        server_secret: profile.server_check.wrapping.static_key().cloned(),
        client_key: profile.server_check.wrapping.client_key().cloned(),
        ..ReadOptions::default()
    }
}

fn write_client_auth(out: &mut Writer, profile: &Profile) {
    let sign_in = &profile.sign_in;
    out.within("clientauth", |out| {
        match sign_in {
            SignIn::Entra(entra) => write_entra(out, entra),
            _ => out.leaf("aad", None),
        }
        match sign_in {
            SignIn::Certificate => out.within("cert", |out| {
                let certificate = profile.client_certificate.as_ref();
                let sha1 = certificate.and_then(|certificate| certificate.sha1);
                out.leaf("hash", sha1.map(|sha1| sha1.to_string()).as_deref());
                let issuer = certificate.and_then(|certificate| certificate.issuer.as_deref());
                out.leaf("issuer", issuer);
            }),
            _ => out.leaf("cert", None),
        }
        out.leaf("type", Some(sign_in.azure_type()));
        match sign_in {
            SignIn::Password { username, .. } => out.within("usernamepass", |out| {
                out.leaf("password", None);
                out.leaf("username", username.as_deref());
            }),
            _ => out.leaf("usernamepass", None),
        }
    });
}

fn write_entra(out: &mut Writer, entra: &Entra) {
    out.within("aad", |out| {
        if let Some(id) = &entra.application_id {
            out.leaf("applicationid", Some(id));
        }
        out.leaf("audience", Some(&entra.audience));
        out.leaf("cachesigninuser", Some(truth(entra.cache_sign_in)));
        if entra.disable_sso {
            out.leaf("disableSso", Some("true"));
        }
        if entra.device_sso {
            out.leaf("enabledevicesso", Some("true"));
        }
        if entra.group_token {
            out.leaf("enablegrouptoken", Some("true"));
        }
        out.leaf("issuer", entra.issuer.as_deref());
        out.leaf("tenant", Some(&format!("{}/", entra.authority)));
    });
}

fn write_client_config(out: &mut Writer, profile: &Profile) {
    let dns = &profile.dns;
    let nothing = dns.servers.is_empty()
        && dns.suffixes.is_empty()
        && profile.include.is_empty()
        && profile.exclude.is_empty();
    if nothing {
        return out.leaf("clientconfig", None);
    }
    out.within("clientconfig", |out| {
        out.list("dnsservers", &dns.servers, |out, server| {
            out.leaf("dnsserver", Some(&server.to_string()));
        });
        out.list("dnssuffixes", &dns.suffixes, |out, suffix| {
            out.leaf("dnssuffix", Some(&format!(".{suffix}")));
        });
        out.list("excluderoutes", &profile.exclude, write_route);
        out.list("includeroutes", &profile.include, write_route);
    });
}

fn write_route(out: &mut Writer, route: &IpNet) {
    out.within("route", |out| {
        out.leaf("destination", Some(&route.addr().to_string()));
        out.leaf("mask", Some(&route.prefix_len().to_string()));
    });
}

fn write_servers(out: &mut Writer, profile: &Profile) {
    out.within("serverlist", |out| {
        for server in &profile.servers {
            out.within("ServerEntry", |out| {
                out.leaf("displayname", server.display_name.as_deref());
                let host = match profile.port_of(server) {
                    443 => server.host.clone(),
                    port if server.host.contains(':') => format!("[{}]:{port}", server.host),
                    port => format!("{}:{port}", server.host),
                };
                out.leaf("fqdn", Some(&host));
            });
        }
    });
}

fn write_server_validation(out: &mut Writer, profile: &Profile, options: ExportOptions) {
    let check = &profile.server_check;
    out.within("servervalidation", |out| {
        out.within("cert", |out| {
            if let Some(der) = check.root_certificates.first() {
                out.leaf("certificatedata", Some(&STANDARD.encode(der)));
            }
            let sha1 = check
                .root_sha1
                .map(|sha1| sha1.to_string().to_ascii_uppercase());
            out.leaf("hash", sha1.as_deref());
            out.leaf("issuer", None);
        });
        let secret = options
            .with_secret
            .then(|| check.wrapping.secret())
            .flatten()
            .map(|secret| Zeroizing::new(hex::encode(secret.expose())));
        out.leaf(
            "serversecret",
            secret.as_ref().map(|digits| digits.as_str()),
        );
        out.leaf("type", Some("cert"));
        if let Some(pinned) = check.use_pinned_root {
            out.leaf("usepinnedroot", Some(truth(pinned)));
        }
    });
}

/// Microsoft asks for version 2 where a default route was added by hand.
fn version(profile: &Profile) -> &'static str {
    let is_default = |route: &IpNet| route.prefix_len() == 0;
    if profile.include.iter().any(is_default) {
        "2"
    } else {
        "1"
    }
}

fn truth(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

/// Writes elements the way .NET's DataContractSerializer does in portal packages.
#[derive(Default)]
struct Writer {
    text: Zeroizing<String>,
    depth: usize,
}

impl Writer {
    fn line(&mut self, line: &str) {
        for _ in 0..self.depth {
            self.text.push_str("  ");
        }
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// An element with text, or a nil one.
    fn leaf(&mut self, name: &str, value: Option<&str>) {
        match value {
            Some(value) => {
                let line = Zeroizing::new(format!("<{name}>{}</{name}>", escape(value)));
                self.line(&line);
            }
            None => {
                self.line(&format!("<{name}"));
                self.line("  i:nil=\"true\" />");
            }
        }
    }

    fn within(&mut self, name: &str, content: impl FnOnce(&mut Self)) {
        self.line(&format!("<{name}>"));
        self.depth += 1;
        content(self);
        self.depth -= 1;
        self.line(&format!("</{name}>"));
    }

    /// A list that is left out when it is empty.
    fn list<T>(&mut self, name: &str, items: &[T], write: impl Fn(&mut Self, &T)) {
        if items.is_empty() {
            return;
        }
        self.within(name, |out| {
            for item in items {
                write(out, item);
            }
        });
    }
}
