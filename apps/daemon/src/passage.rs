use crate::tunnel::{DIAL, Target};
use spoke_profile::{Proxy, ProxyKind, Server};
use spoke_proxy::{Command, Credentials, Handshake, HttpConnect, Socks5};
use spoke_supervisor::Ending;
use spoke_tunnel::{Passage, Transport, dial_through};
use std::net::SocketAddr;
use std::sync::atomic::AtomicBool;
use zeroize::Zeroizing;

/// Bytes of chance in Digest's client nonce.
const NONCE: usize = 16;

/// A transport through a proxy, and whose address must stay reachable for it.
pub(crate) struct Passed {
    pub(crate) transport: Transport,
    pub(crate) next_hop: SocketAddr,
    pub(crate) local: SocketAddr,
}

/// Opens TCP to `server` through `proxy`, whose addresses are the target's. The proxy
/// resolves the gateway's name: nothing here may be able to.
pub(crate) fn tcp(
    target: &Target,
    server: &Server,
    proxy: &Proxy,
    cancel: &AtomicBool,
) -> Result<Passed, Ending> {
    let gateway = spoke_proxy::Target::new(&server.host, target.profile.port_of(server));
    let credentials = credentials(target, proxy);
    let handshake = match proxy.kind {
        ProxyKind::Http => {
            let http = HttpConnect::new(gateway, credentials, nonce()?);
            Handshake::Http(Box::new(http.with_headers(proxy.headers.clone())))
        }
        ProxyKind::Socks5 => {
            let socks = Socks5::new(Command::Connect, gateway, credentials);
            Handshake::Socks5(Box::new(socks))
        }
    };
    let (passage, _) = pass(target, handshake, cancel)?;
    let next_hop = passage.proxy;
    let local = passage.stream.local_addr().map_err(lost)?;
    let transport = Transport::tcp_through(passage).map_err(lost)?;
    Ok(Passed {
        transport,
        next_hop,
        local,
    })
}

/// Has a SOCKS5 proxy relay datagrams to `server`.
pub(crate) fn udp(
    target: &Target,
    server: &Server,
    proxy: &Proxy,
    cancel: &AtomicBool,
) -> Result<Passed, Ending> {
    if proxy.kind == ProxyKind::Http {
        return Err(Ending::Proxy {
            why: "an HTTP proxy passes TCP on, and no UDP".to_owned(),
            credentials: false,
        });
    }
    let gateway = spoke_proxy::Target::new(&server.host, target.profile.port_of(server));
    let socks = Socks5::new(
        Command::UdpAssociate,
        gateway.clone(),
        credentials(target, proxy),
    );
    let (passage, handshake) = pass(target, Handshake::Socks5(Box::new(socks)), cancel)?;
    let local = passage.stream.local_addr().map_err(lost)?;
    let relay = handshake.relay().map(|relay| {
        // “The same host as you speak to” in many words (RFC 1928, section 6).
        match relay.ip().is_unspecified() {
            true => SocketAddr::new(passage.proxy.ip(), relay.port()),
            false => relay,
        }
    });
    let Some(next_hop) = relay else {
        return Err(Ending::Proxy {
            why: "it names its relay by something that is no address".to_owned(),
            credentials: false,
        });
    };
    let transport = Transport::udp_through(passage, next_hop, &gateway).map_err(lost)?;
    Ok(Passed {
        transport,
        next_hop,
        local,
    })
}

fn pass(
    target: &Target,
    mut handshake: Handshake,
    cancel: &AtomicBool,
) -> Result<(Passage, Handshake), Ending> {
    match dial_through(&target.addresses, &mut handshake, DIAL, cancel) {
        Ok(passage) => Ok((passage, handshake)),
        Err(error) => Err(Ending::Proxy {
            why: error.to_string(),
            credentials: error.concerns_credentials(),
        }),
    }
}

/// A name without a password is no credentials: the proxy is asked without them, and
/// says whether it wants any.
fn credentials(target: &Target, proxy: &Proxy) -> Option<Credentials> {
    let password = target.proxy_password.as_ref()?;
    Some(Credentials {
        username: proxy.username.clone()?,
        password: Zeroizing::new(password.expose().to_owned()),
    })
}

fn nonce() -> Result<String, Ending> {
    let mut bytes = [0; NONCE];
    getrandom::fill(&mut bytes)
        .map_err(|error| Ending::Local(format!("get random bytes: {error}")))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn lost(error: std::io::Error) -> Ending {
    Ending::TransportLost(error.to_string())
}
