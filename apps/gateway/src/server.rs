//! The gateway as a whole: what all clients share, and the door.

use crate::certificates::{client_trust, read_chain, read_key};
use crate::client::Client;
use crate::config::{Config, ConfigError, Push, contents, read_text};
use crate::device::Device;
use crate::faults::Faults;
use crate::log;
use crate::pool::Pool;
use crate::switchboard::Switchboard;
use crate::verdict::Judge;
use ipnet::Ipv4Net;
use spoke_engine::{
    Cipher, Digest, Entropy, Identity, ServerConfig, Session, Timing, TlsAuthKey, TlsVersions,
    TransportKind, Wrapping, tls_server_config,
};
use spoke_moment::{Moment, WallTime};
use spoke_wire::{DhcpOption, Ifconfig, KeyDirection, PushReply, Route, StaticKey, Topology};
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;

/// Seconds of quiet after which a client sends a keepalive, and after which it
/// takes the gateway for lost.
const PING_SECONDS: u32 = 10;
const PING_RESTART_SECONDS: u32 = 60;

/// The longest a key negotiation may take (OpenVPN's default).
const HAND_WINDOW: Duration = Duration::from_secs(60);

/// What all clients share.
pub(crate) struct Gateway {
    pub(crate) device: Device,
    pub(crate) board: Switchboard,
    pub(crate) judge: Judge,
    pub(crate) faults: Faults,
    sessions: ServerConfig,
    peer_ids: AtomicU32,
    push: Push,
    pool: Ipv4Net,
    mtu: u16,
    own: Ipv4Addr,
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
pub(crate) async fn run(mut config: Config) -> Result<(), GatewayError> {
    let judge = Judge::new(&mut config)?;
    let sessions = session_config(&config)?;
    let pool = Pool::new(config.pool);
    let own = pool.gateway();
    let device = Device::open(&config, own).await?;
    let gateway = Arc::new(Gateway {
        device,
        board: Switchboard::new(pool),
        judge,
        faults: config.faults,
        sessions,
        peer_ids: AtomicU32::new(0),
        push: config.push,
        pool: config.pool,
        mtu: config.mtu,
        own,
    });
    if gateway.faults.any() {
        log::event("faults_configured", &[]);
    }
    gateway.judge.prepare().await;
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(|source| GatewayError::Io {
            doing: format!("listen on {}", config.listen),
            source,
        })?;
    log::event("listening", &[("address", &config.listen)]);
    let mut reader = gateway
        .device
        .distribute(gateway.board.clone())
        .map_err(tunnel_failed)?;
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    // Small control packets must not wait for acknowledgements.
                    let _ = stream.set_nodelay(true);
                    let client = Client::new(Arc::clone(&gateway), stream, peer);
                    tokio::spawn(client.serve());
                }
                Err(error) => log::event("accept_failed", &[("error", &error)]),
            },
            ended = &mut reader => {
                return Err(tunnel_failed(ended.unwrap_or_else(std::io::Error::other)));
            }
        }
    }
}

impl Gateway {
    /// A session for a new client.
    pub(crate) fn session(&self, now: Moment, wall: WallTime) -> Session {
        let mut config = self.sessions.clone();
        config.peer_id = self.peer_ids.fetch_add(1, Ordering::Relaxed) % 0x00ff_ffff;
        Session::server(config, Box::new(SystemEntropy), now, wall)
    }

    /// The configuration of the client with this address.
    pub(crate) fn push_reply(&self, address: Ipv4Addr) -> PushReply {
        let Push {
            routes,
            dns,
            domain,
        } = &self.push;
        let servers = dns.iter().map(|server| DhcpOption::Dns((*server).into()));
        let domain = domain.iter().cloned().map(DhcpOption::Domain);
        PushReply {
            ifconfig: Some(Ifconfig {
                local: address,
                mask_or_remote: self.pool.netmask(),
            }),
            topology: Some(Topology::Subnet),
            route_gateway: Some(self.own),
            routes: routes
                .iter()
                .map(|route| Route::into_tunnel(route.network(), route.prefix_len()))
                .collect(),
            dhcp_options: servers.chain(domain).collect(),
            tun_mtu: Some(self.mtu),
            ping: Some(PING_SECONDS),
            ping_restart: Some(PING_RESTART_SECONDS),
            ..PushReply::default()
        }
    }
}

fn tunnel_failed(source: std::io::Error) -> GatewayError {
    GatewayError::Io {
        doing: "read the tunnel device".to_owned(),
        source,
    }
}

fn session_config(config: &Config) -> Result<ServerConfig, GatewayError> {
    let identity = Identity {
        chain: read_chain(&config.certificate_chain)?,
        key: read_key(&config.private_key)?,
    };
    let renegotiate_after = Some(config.renegotiate_seconds)
        .filter(|seconds| *seconds > 0)
        .map(Duration::from_secs);
    Ok(ServerConfig {
        transport: TransportKind::Tcp,
        wrapping: Wrapping::TlsAuth(TlsAuthKey {
            key: read_secret(&config.server_secret)?,
            digest: Digest::Sha256,
            direction: KeyDirection::Normal,
        }),
        tls: tls_server_config(
            identity,
            client_trust(config.client_certificates.as_ref())?,
            TlsVersions::Any,
        )?,
        ciphers: vec![
            Cipher::Aes256Gcm,
            Cipher::Aes128Gcm,
            Cipher::ChaCha20Poly1305,
        ],
        fallback_cipher: None,
        peer_id: 0,
        tun_mtu: config.mtu,
        timing: Timing {
            renegotiate_after,
            // A negotiation must be over before the next one is due.
            hand_window: renegotiate_after.map_or(HAND_WINDOW, |after| HAND_WINDOW.min(after / 2)),
            ping: Some(Duration::from_secs(PING_SECONDS.into())),
            ping_restart: Some(Duration::from_secs(2 * u64::from(PING_RESTART_SECONDS))),
            ..Timing::default()
        },
    })
}

fn read_secret(path: &Path) -> Result<StaticKey, ConfigError> {
    let text = zeroize::Zeroizing::new(read_text(path)?);
    let key = if text.contains("-----BEGIN") {
        StaticKey::parse(&text)
    } else {
        StaticKey::parse_hex(text.trim())
    };
    key.map_err(|error| contents(path, error))
}

struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&mut self, out: &mut [u8]) {
        if getrandom::fill(out).is_err() {
            // Keys of zeros would be worse than no gateway.
            std::process::abort();
        }
    }
}
