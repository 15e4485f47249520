//! The gateway as a whole: what all clients share, and the door.

#[cfg(test)]
mod tests;

use crate::client::wall;
use crate::config::{Config, ConfigError, Push};
use crate::datagrams;
use crate::departures::Departures;
use crate::device::Device;
use crate::faults::Faults;
use crate::log;
use crate::pool::{Addresses, Pool};
use crate::reload;
use crate::sessions::{PING_RESTART_SECONDS, PING_SECONDS, Sessions};
use crate::strangers::Strangers;
use crate::stream;
use crate::switchboard::Switchboard;
use crate::verdict::Judge;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use spoke_engine::{Admission, Session, StatelessHandshake};
use spoke_wire::{
    DataHeader, DhcpOption, Ifconfig, IfconfigV6, PushReply, Route, RouteGateway, RouteV6, Topology,
};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// What all clients share.
pub(crate) struct Gateway {
    pub(crate) device: Device,
    pub(crate) board: Switchboard<Departures>,
    pub(crate) judge: Judge,
    pub(crate) faults: Faults,
    pub(crate) strangers: Strangers,
    sessions: Sessions,
    peer_ids: AtomicU32,
    /// What clients are told; may change while they are connected.
    pub(crate) push: watch::Sender<Push>,
    pool: Ipv4Net,
    pool6: Option<Ipv6Net>,
    pub(crate) mtu: u16,
    own: Addresses,
}

/// Why the gateway cannot run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GatewayError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("the HTTPS client cannot be set up: {0}")]
    Http(#[from] reqwest::Error),
    #[error(transparent)]
    Host(#[from] spoke_host::HostError),
    #[error(transparent)]
    Engine(#[from] spoke_engine::Error),
    #[error("cannot {doing}: {source}")]
    Io {
        doing: String,
        source: std::io::Error,
    },
}

/// Runs the gateway until it cannot go on.
pub(crate) async fn run(mut config: Config, path: PathBuf) -> Result<(), GatewayError> {
    let judge = Judge::new(&mut config)?;
    let sessions = Sessions::new(&config)?;
    let pool = Pool::new(config.pool, config.pool6);
    let own = pool.gateway();
    let device = Device::open(&config, own).await?;
    let gateway = Arc::new(Gateway {
        device,
        board: Switchboard::new(pool),
        judge,
        faults: config.faults,
        strangers: Strangers::default(),
        sessions,
        peer_ids: AtomicU32::new(0),
        push: watch::Sender::new(config.push),
        pool: config.pool,
        pool6: config.pool6,
        mtu: config.mtu,
        own,
    });
    if gateway.faults.any() {
        log::event("faults_configured", &[]);
    }
    gateway.judge.prepare().await;
    let mut doors = JoinSet::new();
    if let Some(address) = config.listen.tcp {
        let listener = TcpListener::bind(address).await;
        let listener = listener.map_err(|source| cannot_listen(address, source))?;
        doors.spawn(stream::listen(Arc::clone(&gateway), listener));
        log::event("listening", &[("address", &address), ("transport", &"tcp")]);
    }
    if let Some(address) = config.listen.udp {
        let socket = spoke_tunnel::listen_udp(address).and_then(UdpSocket::from_std);
        let socket = socket.map_err(|source| cannot_listen(address, source))?;
        doors.spawn(datagrams::listen(Arc::clone(&gateway), socket));
        log::event("listening", &[("address", &address), ("transport", &"udp")]);
    }
    doors.spawn(reload::on_hangup(Arc::clone(&gateway), path));
    let reader = gateway.device.clone().distribute(gateway.board.clone());
    let mut reader = tokio::spawn(reader);
    tokio::select! {
        // A door that panicked is as good as closed.
        Some(ended) = doors.join_next() => Err(GatewayError::Io {
            doing: "listen any longer".to_owned(),
            source: ended.unwrap_or_else(std::io::Error::other),
        }),
        ended = &mut reader => {
            Err(tunnel_failed(ended.unwrap_or_else(std::io::Error::other)))
        }
    }
}

impl Gateway {
    /// A session for a new TCP client. Its number means nothing: the connection says
    /// whose a packet is.
    pub(crate) fn stream_session(&self) -> Session {
        let peer_id = self.peer_ids.fetch_add(1, Ordering::Relaxed) % DataHeader::NO_PEER_ID;
        self.sessions.open(peer_id, wall())
    }

    /// What deals with UDP clients before they have a session.
    pub(crate) fn stateless(&self) -> StatelessHandshake {
        self.sessions.stateless()
    }

    /// A session for a UDP client that has been admitted.
    pub(crate) fn datagram_session(&self, peer_id: u32, admission: Admission<'_>) -> Session {
        self.sessions.admit(peer_id, admission, wall())
    }

    /// The configuration of the client with these addresses.
    pub(crate) fn push_reply(&self, addresses: Addresses) -> PushReply {
        let Push {
            routes,
            dns,
            domain,
        } = &*self.push.borrow();
        let servers = dns.iter().map(|server| DhcpOption::Dns(*server));
        let domain = domain.iter().cloned().map(DhcpOption::Domain);
        PushReply {
            ifconfig: Some(Ifconfig {
                local: addresses.v4,
                mask_or_remote: self.pool.netmask(),
            }),
            ifconfig_ipv6: addresses
                .v6
                .zip(self.pool6)
                .map(|(local, pool)| IfconfigV6 {
                    local,
                    prefix_len: pool.prefix_len(),
                    remote: self.own.v6,
                }),
            topology: Some(Topology::Subnet),
            route_gateway: Some(self.own.v4),
            routes: routes.iter().filter_map(route_v4).collect(),
            routes_v6: routes.iter().filter_map(route_v6).collect(),
            dhcp_options: servers.chain(domain).collect(),
            tun_mtu: Some(self.mtu),
            ping: Some(PING_SECONDS),
            ping_restart: Some(PING_RESTART_SECONDS),
            ..PushReply::default()
        }
    }
}

fn route_v4(route: &IpNet) -> Option<Route> {
    match route {
        IpNet::V4(route) => Some(Route::into_tunnel(route.network(), route.prefix_len())),
        IpNet::V6(_) => None,
    }
}

fn route_v6(route: &IpNet) -> Option<RouteV6> {
    match route {
        IpNet::V4(_) => None,
        IpNet::V6(route) => Some(RouteV6 {
            network: route.network(),
            prefix_len: route.prefix_len(),
            gateway: RouteGateway::Tunnel,
            metric: None,
        }),
    }
}

fn cannot_listen(address: SocketAddr, source: std::io::Error) -> GatewayError {
    GatewayError::Io {
        doing: format!("listen on {address}"),
        source,
    }
}

fn tunnel_failed(source: std::io::Error) -> GatewayError {
    GatewayError::Io {
        doing: "read the tunnel device".to_owned(),
        source,
    }
}
