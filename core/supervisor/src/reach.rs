//! What a connection and a test have in common in reaching a gateway.

use crate::action::Action;
use crate::input::Ending;
use crate::peer::Attempt;
use crate::problems;
use crate::session_problems::session_problem;
use crate::timer::Step;
use spoke_api::Problem;
use spoke_profile::{AddressFamily, Profile, Server, Transport};
use std::net::SocketAddr;

/// Asks for the addresses of what is to be connected to: the gateway, or the proxy on the
/// way, which resolves the gateway's name itself.
pub(crate) fn resolve(attempt: Attempt, profile: &Profile, server: &Server) -> Action {
    let (host, port, random_label) = match &profile.proxy {
        Some(proxy) => (proxy.host.clone(), proxy.port, false),
        None => {
            let random = profile.protocol.random_host_name;
            (server.host.clone(), profile.port_of(server), random)
        }
    };
    Action::Resolve {
        attempt,
        host,
        port,
        random_label,
    }
}

/// The addresses of those found that the profile allows for this gateway, which are one at
/// least; a proxy's are its own.
pub(crate) fn usable(
    profile: &Profile,
    server: &Server,
    found: Result<Vec<SocketAddr>, String>,
) -> Result<Vec<SocketAddr>, Problem> {
    let wanted = |address: &SocketAddr| match server.family {
        Some(AddressFamily::V4) if profile.proxy.is_none() => address.is_ipv4(),
        Some(AddressFamily::V6) if profile.proxy.is_none() => address.is_ipv6(),
        _ => true,
    };
    let why = match found {
        Ok(mut addresses) => {
            addresses.retain(wanted);
            if !addresses.is_empty() {
                return Ok(addresses);
            }
            "it has no address of the kind that is wanted".to_owned()
        }
        Err(why) => why,
    };
    Err(match &profile.proxy {
        Some(proxy) => problems::proxy_not_resolved(&proxy.host, &profile.name, &why),
        None => problems::not_resolved(&server.host, &why),
    })
}

/// Addresses in words.
pub(crate) fn in_words(addresses: &[SocketAddr]) -> String {
    match addresses {
        [] => String::new(),
        [only] => only.ip().to_string(),
        [first, others @ ..] => format!("{} and {} more", first.ip(), others.len()),
    }
}

/// How a gateway was reached, in words.
pub(crate) fn way_in_words(profile: &Profile, server: &Server, address: SocketAddr) -> String {
    let transport = match profile.transport_of(server) {
        Transport::Tcp => "TCP",
        Transport::Udp => "UDP",
    };
    match &profile.proxy {
        Some(proxy) => format!("{address} ({transport} through {proxy})"),
        None => format!("{address} ({transport})"),
    }
}

/// What the end of a tunnel to `host` means that came during `step`.
pub(crate) fn ending_problem(profile: &Profile, host: &str, step: Step, ending: Ending) -> Problem {
    let name = &profile.name;
    match ending {
        Ending::Unreachable(tried) => problems::unreachable(host, &tried),
        Ending::Proxy { why, credentials } => match &profile.proxy {
            Some(proxy) => problems::proxy(proxy, name, &why, credentials),
            None => problems::local(&why),
        },
        Ending::TransportLost(why) => problems::transport_lost(step, host, name, &why),
        Ending::Session(error) => session_problem(&error, step, host, name),
        Ending::Asked => problems::transport_lost(step, host, name, "it was closed here"),
        Ending::Untrustable(what) => problems::untrustable(name, &what),
        Ending::Local(what) => problems::local(&what),
    }
}
