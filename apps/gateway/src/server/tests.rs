//! A whole gateway and a client of it, a step at a time.

use super::*;
use crate::client::{Client, Event, Taken};
use crate::outbox::Outbox;
use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, KeyPair};
use rustls_pki_types::{CertificateDer, ServerName};
use spoke_engine::trust::{Requirements, ServerTrust, TrustConfig};
use spoke_engine::{
    Cipher, ClientConfig, ClientIdentity, Credentials, Digest, Entropy, Opener, Output, Sealer,
    Timing, TlsAuthKey, TlsVersions, TransportKind, Wrapping, tls_client_config,
};
use spoke_moment::Moment;
use spoke_tunnel::TunIo;
use spoke_wire::{KeyDirection, MAX_FRAME, PING, PushFilter, StaticKey, StreamFramer};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::time::timeout;

const NAME: &str = "gateway.test";
const SECRET: u8 = 7;
const SOON: Duration = Duration::from_secs(20);

/// A gateway whose files are in `folder`, what its certificate is issued under, and the other side of its device.
fn gateway(folder: &Path) -> (Arc<Gateway>, CertificateDer<'static>, UnixDatagram) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec![NAME.to_owned()]).unwrap();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let root = params.self_signed(&key).unwrap();
    let issuer = rcgen::Issuer::new(params, key);
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec![NAME.to_owned()]).unwrap();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let leaf = params.signed_by(&key, &issuer).unwrap();
    let put = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    put("chain.pem", &leaf.pem());
    put("key.pem", &key.serialize_pem());
    put("secret.hex", &format!("{SECRET:02x}").repeat(256));
    let file = folder.join("gateway.toml");
    let text = format!(
        "listen = \"127.0.0.1:1\"\ncertificate_chain = \"{0}/chain.pem\"\n\
         private_key = \"{0}/key.pem\"\nserver_secret = \"{0}/secret.hex\"\n\
         pool = \"10.9.0.0/24\"\ninterface = \"none\"\n[passwords]\nana = \"word\"\n",
        folder.display()
    );
    std::fs::write(&file, text).unwrap();
    let mut config = Config::load(&file).unwrap();
    let (ours, kernel) = UnixDatagram::pair().unwrap();
    ours.set_nonblocking(true).unwrap();
    let pool = Pool::new(config.pool, config.pool6);
    let own = pool.gateway();
    let gateway = Gateway {
        device: Device::over(TunIo::new(ours.into(), config.mtu)).unwrap(),
        board: Switchboard::new(pool),
        judge: Judge::new(&mut config).unwrap(),
        sessions: Sessions::new(&config).unwrap(),
        faults: config.faults,
        strangers: Strangers::default(),
        peer_ids: AtomicU32::new(0),
        push: watch::Sender::new(config.push),
        pool: config.pool,
        pool6: config.pool6,
        mtu: config.mtu,
        own,
    };
    (Arc::new(gateway), root.der().clone(), kernel)
}

/// A client's session and the end of its connection.
struct Peer {
    session: Session,
    begun: Instant,
    stream: TcpStream,
    framer: StreamFramer,
    keys: BTreeMap<u8, (Sealer, Opener)>,
    address: Option<IpAddr>,
    /// The key that the last data packet came under.
    heard: Option<u8>,
}

struct Chance;

impl Entropy for Chance {
    fn fill(&mut self, out: &mut [u8]) {
        getrandom::fill(out).unwrap();
    }
}

impl Peer {
    fn new(root: CertificateDer<'static>, stream: TcpStream) -> Self {
        let trust = ServerTrust::new(TrustConfig {
            roots: vec![root],
            roots_from: "the test".into(),
            pinned_sha1: None,
            names: vec![NAME.into()],
            requirements: Requirements::default(),
        });
        let config = ClientConfig {
            transport: TransportKind::Tcp,
            wrapping: Wrapping::TlsAuth(TlsAuthKey {
                key: StaticKey::from_bytes(&[SECRET; 256]),
                digest: Digest::Sha256,
                direction: KeyDirection::Inverse,
            }),
            tls: tls_client_config(Arc::new(trust.unwrap()), None, TlsVersions::Any).unwrap(),
            server_name: ServerName::try_from(NAME).unwrap(),
            ciphers: vec![Cipher::Aes256Gcm],
            fallback_cipher: None,
            auth: Digest::Sha256,
            framing: None,
            with_credentials: true,
            push_filter: PushFilter::default(),
            tun_mtu: 1500,
            identity: ClientIdentity {
                version: "2.6.14".into(),
                platform: "linux".into(),
                program: "test".into(),
                modern: true,
                can_be_asked: false,
                variables: Vec::new(),
                options_override: None,
                peer_info_override: None,
            },
            timing: Timing::default(),
        };
        Self {
            session: Session::client(config, Box::new(Chance), Moment::ORIGIN, wall()),
            begun: Instant::now(),
            stream,
            framer: StreamFramer::with_room(MAX_FRAME, 256 * 1024),
            keys: BTreeMap::new(),
            address: None,
            heard: None,
        }
    }

    fn now(&self) -> Moment {
        Moment::from_origin(self.begun.elapsed())
    }

    /// What it has to say.
    fn say(&mut self) -> Vec<Vec<u8>> {
        let mut packets = Vec::new();
        while let Some(output) = self.session.poll() {
            match output {
                Output::Packet(packet) => packets.push(packet),
                Output::CredentialsWanted { .. } => {
                    let credentials = Credentials {
                        username: "ana".into(),
                        password: "word".to_owned().into(),
                    };
                    self.session.supply_credentials(self.now(), credentials);
                }
                Output::KeyInstalled {
                    key_id,
                    sealer,
                    opener,
                } => {
                    self.keys.insert(key_id, (sealer, opener));
                }
                Output::Pushed { reply, .. } => {
                    self.address = reply.ifconfig.map(|given| given.local.into());
                }
                Output::Closed(closed) => panic!("it ended: {closed:?}"),
                _ => {}
            }
        }
        packets
    }

    /// Takes in what came.
    fn hear(&mut self) {
        while let Ok(count @ 1..) = self.stream.try_read(self.framer.space()) {
            self.framer.filled(count);
            while let Some(place) = self.framer.next_place().unwrap() {
                let now = self.now();
                let packet = &mut self.framer.buffer()[place];
                if DataHeader::is_data(packet[0]) {
                    let key_id = packet[0] & 0x07;
                    self.keys.get_mut(&key_id).unwrap().1.open(packet).unwrap();
                    self.heard = Some(key_id);
                } else {
                    self.session.handle_packet(now, wall(), packet);
                }
            }
        }
    }

    /// A packet that says nothing but that it is there.
    fn ping_with(&mut self, key_id: u8) -> Vec<u8> {
        let sealer = &mut self.keys.get_mut(&key_id).unwrap().0;
        let (head, tail) = (sealer.headroom(), sealer.tailroom());
        let mut packet = vec![0; head + PING.len() + tail];
        packet[head..head + PING.len()].copy_from_slice(&PING);
        let length = sealer.seal(&mut packet, PING.len()).unwrap();
        packet.truncate(length);
        packet
    }
}

/// Lets both speak until `done`. What the client's task would do later, by a timer, is not done.
async fn until(client: &mut Client, peer: &mut Peer, done: impl Fn(&Peer) -> bool) {
    let end = Instant::now() + SOON;
    while !done(peer) {
        assert!(Instant::now() < end, "it did not happen");
        for mut packet in peer.say() {
            let place = 0..packet.len();
            client.take_from(&mut packet, place);
        }
        assert!(client.goes_on());
        let event = timeout(Duration::from_millis(1), client.next_event()).await;
        if let Ok(event @ (Event::Verdict(_) | Event::Departures)) = event {
            client.handle_event(event);
        }
        assert!(client.goes_on());
        peer.hear();
    }
}

#[tokio::test]
async fn a_client_that_sends_with_the_new_key_is_answered_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let (gateway, root, _kernel) = gateway(folder.path());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let far = TcpStream::connect(listener.local_addr().unwrap()).await;
    let (near, address) = listener.accept().await.unwrap();
    let mut peer = Peer::new(root, far.unwrap());
    let mut client = Client::new(
        Arc::clone(&gateway),
        address,
        Outbox::stream(Arc::new(near)),
        gateway.stream_session(),
        gateway.strangers.admit(address.ip()).unwrap(),
    );
    until(&mut client, &mut peer, |peer| peer.address.is_some()).await;
    peer.session.renegotiate(peer.now());
    until(&mut client, &mut peer, |peer| peer.keys.contains_key(&1)).await;

    let line = gateway.board.line(peer.address.unwrap()).unwrap();
    let tun = gateway.device.tun();
    for key_id in [0, 1] {
        let mut ping = peer.ping_with(key_id);
        let place = 0..ping.len();
        assert_eq!(client.take_from(&mut ping, place), Taken::GenuineData(None));
        assert!(client.goes_on());
        let mut buffer = vec![0; TunIo::LONGEST];
        line.take(tun, &mut buffer, 100);
        line.send_taken(tun);
        peer.heard = None;
        until(&mut client, &mut peer, |peer| peer.heard.is_some()).await;
        assert_eq!(peer.heard, Some(key_id));
    }
}
