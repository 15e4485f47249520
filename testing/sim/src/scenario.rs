use crate::credentials::{NAME, SimIdentity};
use crate::end::End;
use crate::entropy::SeededEntropy;
use crate::link::{Conditions, Link};
use fastrand::Rng;
use rustls_pki_types::ServerName;
use spoke_engine::{
    Cipher, ClientConfig, ClientIdentity, ClientKeyPolicy, Digest, ServerConfig, Session, Timing,
    TlsAuthKey, TlsCryptV2Server, TlsVersions, TransportKind, Wrapping, seal_client_key,
};
use spoke_moment::Moment;
use spoke_wire::{
    ClientKeyMetadata, Compression, Ifconfig, KeyDirection, ProtocolBits, PushFilter, PushReply,
    Route, StaticKey, TlsCryptV2ClientKey, TlsCryptV2ServerKey, Topology,
};
use std::net::Ipv4Addr;
use thiserror::Error;

/// Everything that a simulated connection consists of, drawn from one seed.
pub struct Scenario<'a> {
    /// The certificates.
    pub identity: &'a SimIdentity,
    /// Where all chance comes from.
    pub seed: u64,
    /// Datagrams or a stream.
    pub transport: TransportKind,
    /// From client to server.
    pub up: Conditions,
    /// From server to client.
    pub down: Conditions,
    /// Protection of control packets.
    pub protection: Protection,
    /// TLS versions of the client.
    pub versions: TlsVersions,
    /// The client announces the abilities of OpenVPN 2.6, else none.
    pub modern: bool,
    /// Data ciphers of the client.
    pub ciphers: Vec<Cipher>,
    /// Whether data packets carry epochs when the client can.
    pub epochs: bool,
    /// The framing that the client's profile names.
    pub framing: Option<Compression>,
    /// What the client lets the server push.
    pub push_filter: PushFilter,
    /// The user's password or token.
    pub password: String,
    /// What the server pushes.
    pub push: PushReply,
    /// Timing of the client.
    pub client_timing: Timing,
    /// Timing of the server.
    pub server_timing: Timing,
}

/// How both ends of a scenario protect their control packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// Not at all.
    None,
    /// tls-auth with this digest.
    TlsAuth(Digest),
    /// tls-crypt.
    TlsCrypt,
    /// tls-crypt-v2.
    TlsCryptV2,
}

/// Why a scenario cannot be played.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ScenarioError {
    /// The certificates cannot be used.
    #[error("the simulated identity cannot be used: {0}")]
    Identity(String),
}

impl<'a> Scenario<'a> {
    /// Draws everything but the links from `seed`; the links are good ones.
    #[must_use]
    pub fn draw(identity: &'a SimIdentity, seed: u64, transport: TransportKind) -> Self {
        let mut chance = Rng::with_seed(seed);
        let protection = match chance.u8(0..10) {
            0 => Protection::None,
            1 => Protection::TlsAuth(Digest::Sha1),
            2 => Protection::TlsAuth(Digest::Sha512),
            3 | 4 => Protection::TlsCrypt,
            5 | 6 => Protection::TlsCryptV2,
            _ => Protection::TlsAuth(Digest::Sha256),
        };
        let versions = match chance.u8(0..4) {
            0 => TlsVersions::Only12,
            _ => TlsVersions::Any,
        };
        let modern = chance.u8(0..4) > 0;
        let mut ciphers = Cipher::ALL.to_vec();
        chance.shuffle(&mut ciphers);
        ciphers.truncate(chance.usize(1..=3));
        let longest = if chance.bool() { 40 } else { 4000 };
        let length = chance.usize(1..longest);
        let password = (0..length).map(|_| chance.alphanumeric()).collect();
        Self {
            identity,
            seed,
            transport,
            up: Conditions::default(),
            down: Conditions::default(),
            protection,
            versions,
            modern,
            ciphers,
            epochs: !seed.is_multiple_of(3),
            framing: None,
            push_filter: PushFilter::default(),
            password,
            push: configuration(chance.u8(0..120)),
            client_timing: Timing::default(),
            server_timing: Timing::default(),
        }
    }

    /// The seed of [`Scenario::plain`].
    pub const PLAIN_SEED: u64 = 1;

    /// What most connections are like: tls-auth with SHA256, all abilities, good links, the password `secret`.
    #[must_use]
    pub fn plain(identity: &'a SimIdentity, transport: TransportKind) -> Self {
        Self {
            protection: Protection::TlsAuth(Digest::Sha256),
            versions: TlsVersions::Any,
            modern: true,
            ciphers: Cipher::ALL.to_vec(),
            epochs: true,
            password: "secret".to_owned(),
            push: configuration(3),
            ..Self::draw(identity, Self::PLAIN_SEED, transport)
        }
    }

    pub(crate) fn client_end(&self, now: Moment) -> Result<End, ScenarioError> {
        let name = ServerName::try_from(NAME);
        let server_name = name.map_err(|error| ScenarioError::Identity(error.to_string()))?;
        let client = ClientConfig {
            transport: self.transport,
            wrapping: self.client_wrapping(),
            tls: self
                .identity
                .client(self.versions)
                .map_err(ScenarioError::Identity)?,
            server_name,
            ciphers: self.ciphers.clone(),
            fallback_cipher: self.ciphers.first().copied(),
            auth: Digest::Sha256,
            framing: self.framing,
            with_credentials: true,
            push_filter: self.push_filter.clone(),
            tun_mtu: 1500,
            identity: ClientIdentity {
                version: "sim".to_owned(),
                platform: "sim".to_owned(),
                program: "sim".to_owned(),
                modern: self.modern,
                can_be_asked: false,
                variables: Vec::new(),
                options_override: None,
                peer_info_override: None,
            },
            timing: self.client_timing,
        };
        let entropy = self.entropy(0x5eed_c11e_0000_0001);
        let session = Session::client(client, entropy, now, SimIdentity::WALL);
        Ok(End::new(
            session,
            self.password.clone(),
            PushReply::default(),
        ))
    }

    pub(crate) fn server_end(&self, now: Moment) -> Result<End, ScenarioError> {
        let server = ServerConfig {
            transport: self.transport,
            wrapping: self.server_wrapping(),
            tls: self.identity.server().map_err(ScenarioError::Identity)?,
            ciphers: Cipher::ALL.to_vec(),
            fallback_cipher: None,
            auth: Digest::Sha256,
            peer_id: Rng::with_seed(self.seed).u32(0..0xff_ffff),
            withheld: match self.epochs {
                true => ProtocolBits::default(),
                false => ProtocolBits::DATA_EPOCH,
            },
            tun_mtu: 1500,
            timing: self.server_timing,
        };
        let entropy = self.entropy(0x5eed_5e7e_0000_0002);
        let session = Session::server(server, entropy, now, SimIdentity::WALL);
        Ok(End::new(session, self.password.clone(), self.push.clone()))
    }

    fn entropy(&self, salt: u64) -> Box<SeededEntropy> {
        Box::new(SeededEntropy::new(self.seed ^ salt))
    }

    pub(crate) fn links(&self) -> (Link, Link) {
        let (up, down) = (self.seed.rotate_left(17) ^ 1, self.seed.rotate_left(29) ^ 2);
        match self.transport {
            TransportKind::Udp => (
                Link::datagrams(self.up, up),
                Link::datagrams(self.down, down),
            ),
            TransportKind::Tcp => (Link::stream(self.up, up), Link::stream(self.down, down)),
        }
    }

    /// The wrapping of the client.
    #[must_use]
    pub fn client_wrapping(&self) -> Wrapping {
        match self.protection {
            Protection::TlsCryptV2 => Wrapping::TlsCryptV2Client(client_key(self.seed)),
            _ => self.shared(KeyDirection::Inverse),
        }
    }

    /// The wrapping of the server.
    #[must_use]
    pub fn server_wrapping(&self) -> Wrapping {
        match self.protection {
            Protection::TlsCryptV2 => Wrapping::TlsCryptV2Server(TlsCryptV2Server {
                key: server_key(self.seed),
                accepts: ClientKeyPolicy::Any,
            }),
            _ => self.shared(KeyDirection::Normal),
        }
    }

    /// What both ends hold the same key for.
    fn shared(&self, direction: KeyDirection) -> Wrapping {
        let key = static_key(self.seed);
        match self.protection {
            Protection::None | Protection::TlsCryptV2 => Wrapping::None,
            Protection::TlsAuth(digest) => Wrapping::TlsAuth(TlsAuthKey {
                key,
                digest,
                direction,
            }),
            Protection::TlsCrypt => Wrapping::TlsCrypt(key),
        }
    }
}

/// The key by which the server of the scenario with this seed knows its clients' keys.
#[must_use]
pub fn server_key(seed: u64) -> TlsCryptV2ServerKey {
    let mut bytes = [0; TlsCryptV2ServerKey::LEN];
    Rng::with_seed(seed ^ 5).fill(&mut bytes);
    TlsCryptV2ServerKey::from_bytes(&bytes)
}

/// What the client of the scenario with this seed holds for tls-crypt-v2.
///
/// # Panics
/// Never: the metadata is short.
#[must_use]
#[expect(
    clippy::expect_used,
    reason = "a simulation ends where it cannot go on"
)]
pub fn client_key(seed: u64) -> TlsCryptV2ClientKey {
    let metadata = ClientKeyMetadata::Created(SimIdentity::WALL.unix());
    seal_client_key(&server_key(seed), static_key(seed), &metadata).expect("short metadata")
}

/// The key that both ends of the scenario with this seed share.
#[must_use]
pub fn static_key(seed: u64) -> StaticKey {
    let mut bytes = [0; StaticKey::LEN];
    Rng::with_seed(seed ^ 3).fill(&mut bytes);
    StaticKey::from_bytes(&bytes)
}

/// An address, and so many routes that the message may have to be split.
fn configuration(routes: u8) -> PushReply {
    let route = |n| Route::into_tunnel(Ipv4Addr::new(10, n, 0, 0), 16);
    PushReply {
        ifconfig: Some(Ifconfig {
            local: Ipv4Addr::new(172, 16, 0, 2),
            mask_or_remote: Ipv4Addr::new(255, 255, 255, 0),
        }),
        topology: Some(Topology::Subnet),
        route_gateway: Some(Ipv4Addr::new(172, 16, 0, 1)),
        routes: (0..routes).map(route).collect(),
        ..PushReply::default()
    }
}
