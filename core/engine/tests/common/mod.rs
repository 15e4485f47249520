//! Two sessions over a link in memory, in virtual time. Each test binary uses another part of it.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::expect_used)]

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose,
    RevokedCertParams, date_time_ymd,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use spoke_engine::trust::{ServerTrust, TrustConfig};
use spoke_engine::{
    Check, Cipher, ClientConfig, ClientIdentity, ClientTrust, Closed, Credentials, Digest, Entropy,
    Identity, Opener, Output, Sealer, ServerConfig, Session, Timing, TlsAuthKey, TlsVersions,
    TransportKind, Wrapping, tls_client_config, tls_server_config,
};
use spoke_moment::{Moment, WallTime};
use spoke_wire::{
    AuthFailure, ClientKeyMetadata, KeyDirection, PeerInfo, ProtocolBits, PushReply, SignInStep,
    StaticKey,
};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroizing;

/// 2026-11-23, within the validity of the certificates made here.
pub const WALL: WallTime = WallTime::from_unix(1_795_426_113);

/// Numbers that look random and are the same in every run.
pub struct Seeded(pub u64);

impl Entropy for Seeded {
    fn fill(&mut self, out: &mut [u8]) {
        for byte in out {
            *byte = self.next() as u8;
        }
    }
}

impl Seeded {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 >> 11
    }

    /// True in `percent` of all cases.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.next() % 100 < percent
    }
}

/// The serial number of every client's certificate.
const CLIENT_SERIAL: u64 = 7;

/// A certificate authority with one server under it.
pub struct Pki {
    pub root: CertificateDer<'static>,
    pub root_pem: String,
    pub chain: Vec<CertificateDer<'static>>,
    pub chain_pem: String,
    pub key: KeyPair,
    issuer: Issuer<'static, KeyPair>,
}

impl Pki {
    pub fn new() -> Self {
        let root_key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params
            .distinguished_name
            .push(DnType::CommonName, "Spoke test root");
        let root = params.self_signed(&root_key).unwrap();
        let issuer = Issuer::new(params, root_key);
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec!["gateway.test".to_owned()]).unwrap();
        params
            .distinguished_name
            .push(DnType::CommonName, "gateway.test");
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let leaf = params.signed_by(&key, &issuer).unwrap();
        Self {
            root_pem: root.pem(),
            root: root.der().clone(),
            chain: vec![leaf.der().clone()],
            chain_pem: leaf.pem(),
            key,
            issuer,
        }
    }

    /// A client's certificate under the same root.
    pub fn client_identity(&self, name: &str) -> Identity {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.serial_number = Some(CLIENT_SERIAL.into());
        let leaf = params.signed_by(&key, &self.issuer).unwrap();
        Identity {
            chain: vec![leaf.der().clone()],
            key: PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
        }
    }

    /// What a server measures clients' certificates by: this root.
    pub fn client_trust(&self) -> ClientTrust {
        ClientTrust {
            roots: vec![self.root.clone()],
            revoked: Vec::new(),
        }
    }

    /// The same, with every client's certificate revoked.
    pub fn client_trust_revoking(&self) -> ClientTrust {
        let list = CertificateRevocationListParams {
            this_update: date_time_ymd(2020, 1, 1),
            next_update: date_time_ymd(2049, 1, 1),
            crl_number: 1.into(),
            issuing_distribution_point: None,
            revoked_certs: vec![RevokedCertParams {
                serial_number: CLIENT_SERIAL.into(),
                revocation_time: date_time_ymd(2021, 1, 1),
                reason_code: None,
                invalidity_date: None,
            }],
            key_identifier_method: KeyIdMethod::Sha256,
        };
        let list = list.signed_by(&self.issuer).unwrap();
        ClientTrust {
            revoked: vec![list.der().clone()],
            ..self.client_trust()
        }
    }

    pub fn identity(&self) -> Identity {
        Identity {
            chain: self.chain.clone(),
            key: PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.key.serialize_der())),
        }
    }

    pub fn trust(&self, name: &str) -> Arc<ServerTrust> {
        let config = TrustConfig {
            roots: vec![self.root.clone()],
            roots_from: "the test".to_owned(),
            pinned_sha1: None,
            names: vec![name.to_owned()],
            requirements: spoke_engine::trust::Requirements::default(),
        };
        Arc::new(ServerTrust::new(config).unwrap())
    }
}

/// The 256 bytes of a static key for tests.
pub fn static_key() -> StaticKey {
    let mut bytes = [0; StaticKey::LEN];
    Seeded(77).fill(&mut bytes);
    StaticKey::from_bytes(&bytes)
}

pub fn tls_auth(digest: Digest, direction: KeyDirection) -> Wrapping {
    Wrapping::TlsAuth(TlsAuthKey {
        key: static_key(),
        digest,
        direction,
    })
}

pub fn client_config(pki: &Pki) -> ClientConfig {
    ClientConfig {
        transport: TransportKind::Tcp,
        wrapping: tls_auth(Digest::Sha256, KeyDirection::Inverse),
        tls: tls_client_config(pki.trust("gateway.test"), None, TlsVersions::Any).unwrap(),
        server_name: ServerName::try_from("gateway.test").unwrap(),
        ciphers: Cipher::ALL.to_vec(),
        fallback_cipher: None,
        auth: Digest::Sha256,
        framing: None,
        with_credentials: true,
        push_filter: spoke_wire::PushFilter::default(),
        tun_mtu: 1500,
        identity: ClientIdentity {
            version: "0.1".to_owned(),
            platform: "linux".to_owned(),
            program: "Spoke test".to_owned(),
            modern: true,
            can_be_asked: false,
            variables: Vec::new(),
            options_override: None,
            peer_info_override: None,
        },
        timing: Timing::default(),
    }
}

pub fn server_config(pki: &Pki) -> ServerConfig {
    ServerConfig {
        transport: TransportKind::Tcp,
        wrapping: tls_auth(Digest::Sha256, KeyDirection::Normal),
        tls: tls_server_config(pki.identity(), ClientTrust::default(), TlsVersions::Any).unwrap(),
        ciphers: Cipher::ALL.to_vec(),
        fallback_cipher: None,
        auth: Digest::Sha256,
        peer_id: 7,
        withheld: ProtocolBits::default(),
        tun_mtu: 1500,
        timing: Timing::default(),
    }
}

/// One end with what it was told.
pub struct End {
    pub session: Session,
    pub sealers: BTreeMap<u8, Sealer>,
    pub openers: BTreeMap<u8, Opener>,
    pub sending: Option<u8>,
    pub tls: Vec<String>,
    pub pushed: Vec<(PushReply, bool)>,
    pub checks: VecDeque<Check>,
    pub tokens: Vec<Credentials>,
    pub pending: Vec<Duration>,
    pub steps: Vec<SignInStep>,
    pub answers: Vec<String>,
    pub wanted: u32,
    pub notices: Vec<String>,
    pub pings: u32,
    pub retired: Vec<u8>,
    pub closed: Option<Closed>,
    pub inbox: VecDeque<(Moment, Vec<u8>)>,
    pub packets_sent: usize,
    /// The first byte of each packet that it sent.
    pub spoken: Vec<u8>,
    pub longest: usize,
    pub exits: u32,
}

/// What the caller does by itself.
pub struct Habits {
    /// Given whenever credentials are wanted.
    pub password: Option<String>,
    /// Given to the client when it is let in.
    pub push: PushReply,
    /// What the server does about the first sign-in in place of a verdict.
    pub defer: Option<(Duration, Option<SignInStep>)>,
    /// Given at renegotiations.
    pub push_again: PushReply,
    /// Why the client is not let in.
    pub refusal: Option<AuthFailure>,
    /// One-way delay.
    pub delay: Duration,
    /// Lost packets in percent.
    pub loss: u64,
    /// The server falls silent after so many packets.
    pub server_packets: usize,
    /// Packets that arrive up to this much later.
    pub jitter: Duration,
}

impl Default for Habits {
    fn default() -> Self {
        Self {
            password: Some("secret".to_owned()),
            push: PushReply::default(),
            defer: None,
            push_again: PushReply::default(),
            refusal: None,
            delay: Duration::from_millis(10),
            loss: 0,
            server_packets: usize::MAX,
            jitter: Duration::ZERO,
        }
    }
}

pub struct Pair {
    pub now: Moment,
    pub client: End,
    pub server: End,
    pub habits: Habits,
    pub chance: Seeded,
    /// Passwords that the server has seen.
    pub seen: Vec<(String, String, bool)>,
    /// What the client said of itself last.
    pub peer_info: Option<PeerInfo>,
    /// Client certificates that the server has seen, one entry a check.
    pub certificates: Vec<usize>,
    /// What came along with the client's tls-crypt-v2 key, one entry a check.
    pub client_keys: Vec<Option<ClientKeyMetadata>>,
}

impl End {
    fn new(session: Session) -> Self {
        Self {
            session,
            sealers: BTreeMap::new(),
            openers: BTreeMap::new(),
            sending: None,
            tls: Vec::new(),
            pushed: Vec::new(),
            checks: VecDeque::new(),
            tokens: Vec::new(),
            pending: Vec::new(),
            steps: Vec::new(),
            answers: Vec::new(),
            wanted: 0,
            notices: Vec::new(),
            pings: 0,
            retired: Vec::new(),
            closed: None,
            inbox: VecDeque::new(),
            packets_sent: 0,
            spoken: Vec::new(),
            longest: 0,
            exits: 0,
        }
    }

    /// Takes all outputs; gives the packets.
    fn drain(&mut self) -> Vec<Vec<u8>> {
        let mut packets = Vec::new();
        while let Some(output) = self.session.poll() {
            assert!(self.closed.is_none(), "an output after Closed: {output:?}");
            match output {
                Output::Packet(packet) => {
                    self.packets_sent += 1;
                    self.spoken.extend(packet.first());
                    self.longest = self.longest.max(packet.len());
                    packets.push(packet);
                }
                Output::PeerAnswered => {}
                Output::TlsEstablished { version, .. } => self.tls.push(version),
                Output::CredentialsWanted { .. } => self.wanted += 1,
                Output::CheckCredentials(check) => self.checks.push_back(check),
                Output::Pushed { reply, again } => self.pushed.push((*reply, again)),
                Output::TokenGiven(token) => self.tokens.push(token),
                Output::SignInPending { timeout } => self.pending.push(timeout),
                Output::SignInStep(step) => self.steps.push(step),
                Output::ChallengeAnswered(answer) => self.answers.push(answer.reveal().to_owned()),
                Output::KeyInstalled {
                    key_id,
                    sealer,
                    opener,
                } => {
                    self.sealers.insert(key_id, sealer);
                    self.openers.insert(key_id, opener);
                }
                Output::SendWith { key_id } => {
                    assert!(self.sealers.contains_key(&key_id));
                    self.sending = Some(key_id);
                }
                Output::KeyRetired { key_id } => {
                    assert_ne!(self.sending, Some(key_id), "the key in use was retired");
                    self.sealers.remove(&key_id);
                    self.openers.remove(&key_id);
                    self.retired.push(key_id);
                }
                Output::SendPing => self.pings += 1,
                Output::SendExit => self.exits += 1,
                Output::Notice(notice) => self.notices.push(notice.to_string()),
                Output::Closed(closed) => self.closed = Some(closed),
            }
        }
        packets
    }

    pub fn is_up(&self) -> bool {
        self.sending.is_some() && self.closed.is_none()
    }
}

impl Pair {
    pub fn new(client: ClientConfig, server: ServerConfig, habits: Habits) -> Self {
        let now = Moment::ORIGIN;
        let client = Session::client(client, Box::new(Seeded(1)), now, WALL);
        let server = Session::server(server, Box::new(Seeded(2)), now, WALL);
        Self::between(client, server, habits)
    }

    /// Of two sessions that may have met already.
    pub fn between(client: Session, server: Session, habits: Habits) -> Self {
        Self {
            now: Moment::ORIGIN,
            client: End::new(client),
            server: End::new(server),
            habits,
            chance: Seeded(3),
            seen: Vec::new(),
            certificates: Vec::new(),
            client_keys: Vec::new(),
            peer_info: None,
        }
    }

    fn transmit(&mut self) {
        loop {
            let from_client = self.client.drain();
            let from_server = self.server.drain();
            if from_client.is_empty() && from_server.is_empty() {
                break;
            }
            for packet in from_client {
                let at = self.arrival();
                self.server.inbox.extend(at.map(|at| (at, packet)));
            }
            for packet in from_server {
                if self.habits.server_packets == 0 {
                    continue;
                }
                self.habits.server_packets -= 1;
                let at = self.arrival();
                self.client.inbox.extend(at.map(|at| (at, packet)));
            }
        }
        self.answer();
    }

    fn arrival(&mut self) -> Option<Moment> {
        if self.chance.chance(self.habits.loss) {
            return None;
        }
        let jitter = self.habits.jitter.as_millis() as u64;
        let late = match jitter {
            0 => 0,
            most => self.chance.next() % most,
        };
        Some(self.now + self.habits.delay + Duration::from_millis(late))
    }

    fn answer(&mut self) {
        let mut again = false;
        if self.client.wanted > 0
            && let Some(password) = &self.habits.password
        {
            self.client.wanted = 0;
            let credentials = Credentials {
                username: "AzureAD".to_owned(),
                password: Zeroizing::new(password.clone()),
            };
            self.client
                .session
                .supply_credentials(self.now, credentials);
            again = true;
        }
        while let Some(check) = self.server.checks.pop_front() {
            let password = String::clone(&check.password);
            self.certificates.push(check.certificates.len());
            self.client_keys.push(check.client_key);
            self.peer_info = Some(check.peer_info);
            self.seen
                .push((check.username, password, check.renegotiation));
            let (session, habits) = (&mut self.server.session, &self.habits);
            match &habits.refusal {
                Some(failure) => {
                    session.reject_credentials(self.now, check.key_id, failure.clone());
                }
                None if let Some((time, step)) = &habits.defer => {
                    session.defer_credentials(self.now, check.key_id, *time, step.as_ref());
                }
                None if check.renegotiation => {
                    let push = habits.push_again.clone();
                    session.accept_credentials(self.now, check.key_id, push);
                }
                None => session.accept_credentials(self.now, check.key_id, habits.push.clone()),
            }
            again = true;
        }
        if again {
            self.transmit();
        }
    }

    /// Lets `time` pass, stopping early when `until` holds.
    pub fn run(&mut self, time: Duration, until: impl Fn(&Self) -> bool) {
        let end = self.now + time;
        self.transmit();
        while !until(self) {
            let arrivals = |end: &End| end.inbox.iter().map(|(at, _)| *at).min();
            let next = [
                arrivals(&self.client),
                arrivals(&self.server),
                self.client.session.deadline().map(|d| d.at),
                self.server.session.deadline().map(|d| d.at),
            ];
            let Some(next) = next.into_iter().flatten().min().filter(|at| *at <= end) else {
                self.now = end;
                break;
            };
            self.now = self.now.max(next);
            let wall = WALL.plus(self.now.since_origin());
            for end in [&mut self.client, &mut self.server] {
                while let Some(at) = end.inbox.iter().position(|(at, _)| *at <= self.now) {
                    let (_, packet) = end.inbox.remove(at).unwrap();
                    end.session.handle_packet(self.now, wall, &packet);
                }
                if end.session.deadline().is_some_and(|d| d.at <= self.now) {
                    end.session.handle_timeout(self.now, wall);
                }
            }
            self.transmit();
        }
    }

    pub fn connect(&mut self) {
        self.run(Duration::from_secs(120), |pair| {
            let over = pair.client.closed.is_some() || pair.server.closed.is_some();
            over || (pair.client.is_up() && pair.server.is_up() && !pair.client.pushed.is_empty())
        });
        assert_eq!(self.client.closed, None, "{:?}", self.client.notices);
        assert_eq!(self.server.closed, None, "{:?}", self.server.notices);
        assert!(self.client.is_up() && self.server.is_up());
        self.exchange();
    }

    /// Sends a data packet each way, each end with the key that it was told to use.
    pub fn exchange(&mut self) {
        carry(&mut self.client, &mut self.server, b"from client to server");
        carry(&mut self.server, &mut self.client, b"from server to client");
    }
}

fn carry(from: &mut End, to: &mut End, text: &[u8]) {
    let key_id = from.sending.expect("a key to send with");
    let sealer = from.sealers.get_mut(&key_id).unwrap();
    let mut packet = sealer.seal_copy(text).unwrap();
    let opener = to.openers.get_mut(&key_id).expect("the peer has the key");
    assert_eq!(opener.open(&mut packet).unwrap(), text);
}
