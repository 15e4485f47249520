//! What holds for one `<connection>` alone, and what a profile makes of connections that
//! do not agree.

use super::document::Directive;
use super::draft::{Draft, Remote, Way};
use crate::error::{ReadError, Refusal};
use crate::finding::{FindingCode, Place};
use crate::model::{Proxy, ProxyKind, Transport};
use crate::protocol::MssFix;
use crate::secret::{ClientKey, SecretText, ServerSecret};
use crate::wrapping::{ControlWrapping, KeyDirection};

/// Applied directives that may stand in a `<connection>` (OpenVPN 2.6 refuses all others
/// there).
const IN_CONNECTION: [&str; 18] = [
    "connect-timeout",
    "explicit-exit-notify",
    "float",
    "http-proxy",
    "http-proxy-option",
    "key-direction",
    "mssfix",
    "nobind",
    "port",
    "proto",
    "remote",
    "rport",
    "server-poll-timeout",
    "socks-proxy",
    "tls-auth",
    "tls-crypt",
    "tls-crypt-v2",
    "tun-mtu",
];

/// Those of them that OpenVPN 2.6 keeps from the connections before them.
const FOR_WHAT_FOLLOWS: [&str; 10] = [
    "connect-timeout",
    "explicit-exit-notify",
    "http-proxy",
    "mssfix",
    "port",
    "proto",
    "rport",
    "server-poll-timeout",
    "socks-proxy",
    "tun-mtu",
];

/// Whether a directive may stand in a `<connection>`.
pub(super) fn may_stand_in(name: &str) -> bool {
    IN_CONNECTION.contains(&name)
}

/// Notes a directive of the file that stands behind connections for which it does not hold.
pub(super) fn note_what_comes_late(draft: &mut Draft<'_>, directive: &Directive) {
    let late = directive.connection.is_none() && !draft.connections.is_empty();
    if late && FOR_WHAT_FOLLOWS.contains(&directive.name.as_str()) {
        draft.pass_over(
            directive,
            "It stands behind a <connection>, and does not hold for it, as in OpenVPN.",
            "Move it up if it should.",
        );
    }
}

/// What applies to one `<connection>`, or to all the file.
#[derive(Clone, Default)]
pub(super) struct Scope {
    pub(super) port: Option<u16>,
    pub(super) way: Option<Way>,
    /// The proxy alone: its account and headers may stand before it, or in the other scope.
    pub(super) proxy: Option<Proxy>,
    pub(super) proxy_account: Option<Account>,
    pub(super) proxy_headers: Vec<(String, String)>,
    pub(super) key: Option<Key>,
    pub(super) key_direction: Option<KeyDirection>,
    pub(super) mss: Option<MssFix>,
    pub(super) mtu: Option<u16>,
    pub(super) explicit_exit_notify: Option<u32>,
    pub(super) connect_timeout: Option<u32>,
}

impl Scope {
    /// What a connection that begins here has from the lines before it. Keys and what is said to a proxy may also follow.
    pub(super) fn begin_connection(&self) -> Self {
        Self {
            proxy_account: None,
            proxy_headers: Vec::new(),
            key: None,
            key_direction: None,
            ..self.clone()
        }
    }
}

/// Name and password, each if it is there.
pub(super) type Account = (Option<String>, Option<SecretText>);

/// A static key and which directive brought it.
#[derive(Clone)]
pub(super) enum Key {
    TlsAuth(ServerSecret),
    TlsCrypt(ServerSecret),
    TlsCryptV2(ClientKey),
}

/// What a profile has once for all its servers.
pub(super) struct Settings {
    pub(super) proxy: Option<Proxy>,
    pub(super) wrapping: ControlWrapping,
    pub(super) mtu: Option<u16>,
}

/// What two connections must have in common to stand in one profile: with another's proxy
/// or key a connection would fail, or go where it should not.
#[derive(Clone, Default, PartialEq)]
struct Path {
    proxy: Option<Proxy>,
    proxy_password: Option<SecretText>,
    wrapping: Option<ControlWrapping>,
}

/// The remotes outside of the connections count only when there are no others, and those of
/// another way than `proto-force` says not at all.
///
/// # Errors
/// When that leaves none.
pub(super) fn remotes_that_count(draft: &mut Draft<'_>) -> Result<Vec<Remote>, ReadError> {
    let mut remotes = std::mem::take(&mut draft.remotes);
    let all = remotes.len();
    let inside = remotes.iter().any(|remote| remote.connection.is_some());
    remotes.retain(|remote| remote.connection.is_some() == inside);
    if remotes.len() < all {
        Place::new("remote", &mut draft.findings).info(
            FindingCode::DirectiveIgnored,
            "There are gateways inside and outside of <connection> blocks.",
            "Those outside are passed over, as OpenVPN does.",
        );
    }
    if let Some(forced) = draft.forced {
        let fits = |remote: &Remote| transport(draft, remote) == forced;
        remotes.retain(fits);
        if remotes.is_empty() {
            let next = "Write the other one after proto-force, or remove the line.";
            let why = "None of the gateways is reached in the way that proto-force says.";
            return Err(Refusal::invalid(why, next).in_element("proto-force"));
        }
    }
    Ok(remotes)
}

/// The remotes that one profile can have together, and what they share. Those without a
/// proxy go before those with one; the others are left out, with a warning each.
pub(super) fn settle(draft: &mut Draft<'_>, remotes: Vec<Remote>) -> (Vec<Remote>, Settings) {
    note_what_has_no_proxy(draft);
    let paths: Vec<Path> = remotes.iter().map(|remote| path(draft, remote)).collect();
    let direct = paths.iter().find(|path| path.proxy.is_none());
    let chosen = direct.or(paths.first()).cloned().unwrap_or_default();
    let mut kept = Vec::new();
    for (remote, path) in remotes.into_iter().zip(paths) {
        if path == chosen {
            kept.push(remote);
        } else {
            warn_of_the_left_out(draft, &remote, &path, &chosen);
        }
    }
    draft.secrets.proxy_password = chosen.proxy_password;
    let mtu = tune(draft, &kept);
    let settings = Settings {
        proxy: chosen.proxy,
        wrapping: chosen.wrapping.unwrap_or(ControlWrapping::None),
        mtu,
    };
    (kept, settings)
}

/// Accounts and headers of a file without any proxy.
fn note_what_has_no_proxy(draft: &mut Draft<'_>) {
    let mut scopes = std::iter::once(&draft.whole).chain(&draft.connections);
    let has_proxy = scopes.clone().any(|scope| scope.proxy.is_some());
    let of_proxy = |scope: &Scope| scope.proxy_account.is_some() || !scope.proxy_headers.is_empty();
    if !has_proxy && scopes.any(of_proxy) {
        Place::new("http-proxy", &mut draft.findings).info(
            FindingCode::DirectiveIgnored,
            "The file says what to tell a proxy, and names none.",
            "It was passed over.",
        );
    }
}

fn path(draft: &Draft<'_>, remote: &Remote) -> Path {
    let whole = &draft.whole;
    let own = draft.scope_of(remote);
    let (proxy, proxy_password) = match &own.proxy {
        None => (None, None),
        Some(proxy) => {
            let account = own.proxy_account.as_ref().or(whole.proxy_account.as_ref());
            let (username, password) = account.cloned().unwrap_or_default();
            let headers = match (proxy.kind, own.proxy_headers.is_empty()) {
                (ProxyKind::Socks5, _) => Vec::new(),
                (ProxyKind::Http, false) => own.proxy_headers.clone(),
                (ProxyKind::Http, true) => whole.proxy_headers.clone(),
            };
            let proxy = Proxy {
                username,
                headers,
                ..proxy.clone()
            };
            (Some(proxy), password)
        }
    };
    // A key of its own goes with a direction of its own.
    let keyed = if own.key.is_some() { own } else { whole };
    let wrapping = keyed.key.clone().map(|key| match key {
        Key::TlsAuth(key) => ControlWrapping::TlsAuth {
            key,
            direction: keyed.key_direction.unwrap_or_default(),
            digest: draft.digest,
        },
        Key::TlsCrypt(key) => ControlWrapping::TlsCrypt { key },
        Key::TlsCryptV2(client_key) => ControlWrapping::TlsCryptV2 { client_key },
    });
    Path {
        proxy,
        proxy_password,
        wrapping,
    }
}

fn warn_of_the_left_out(draft: &mut Draft<'_>, remote: &Remote, path: &Path, chosen: &Path) {
    let host = &remote.host;
    let message = match &path.proxy {
        Some(proxy) if path.proxy != chosen.proxy => {
            format!("The connection to {host} goes through {proxy}, which the others do not.")
        }
        _ if path.wrapping != chosen.wrapping => {
            format!("The connection to {host} protects its control packets with another key.")
        }
        _ => format!("The connection to {host} has another account for the proxy."),
    };
    Place::new(&*remote.place, &mut draft.findings).warning(
        FindingCode::ConnectionLeftOut,
        &message,
        "It was left out: a profile has one proxy and one such key. Import a file with this connection alone to have it too.",
    );
}

/// Takes the settings of one connection each that have a value that always works: where
/// the connections do not agree, it is left at that.
fn tune(draft: &mut Draft<'_>, remotes: &[Remote]) -> Option<u16> {
    let all: Vec<&Remote> = remotes.iter().collect();
    // Over TCP the end of the connection is the message.
    let by_udp: Vec<&Remote> = remotes
        .iter()
        .filter(|remote| transport(draft, remote) == Transport::Udp)
        .collect();
    let notify = agreed(draft, "explicit-exit-notify", &by_udp, |scope| {
        scope.explicit_exit_notify
    });
    let timeout = agreed(draft, "connect-timeout", &all, |scope| {
        scope.connect_timeout
    });
    let mss = agreed(draft, "mssfix", &all, |scope| scope.mss);
    let mtu = agreed(draft, "tun-mtu", &all, |scope| scope.mtu);
    draft.protocol.timers.explicit_exit_notify = notify;
    draft.protocol.timers.connect_timeout = timeout;
    draft.protocol.mss = mss.unwrap_or_default();
    mtu
}

fn transport(draft: &Draft<'_>, remote: &Remote) -> Transport {
    let way = remote.way.or(draft.scope_of(remote).way);
    way.map_or(Transport::Udp, |(transport, _)| transport)
}

/// The value that holds for all these remotes.
fn agreed<T: PartialEq>(
    draft: &mut Draft<'_>,
    name: &str,
    remotes: &[&Remote],
    field: fn(&Scope) -> Option<T>,
) -> Option<T> {
    let of = |remote: &Remote| field(draft.scope_of(remote));
    let Some((first, others)) = remotes.split_first() else {
        return field(&draft.whole);
    };
    let value = of(first);
    if others.iter().all(|other| of(other) == value) {
        return value;
    }
    Place::new(name, &mut draft.findings).warning(
        FindingCode::DirectiveIgnored,
        "The connections of the file do not say the same.",
        "It is as usual for all of them; `spoke profile set` changes it.",
    );
    None
}
