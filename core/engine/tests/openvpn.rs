//! The engine against the real OpenVPN 2.x over loopback TCP, in both roles.
//!
//! Needs the `openvpn` program. Its server wants a tunnel device even when nothing goes through it: each test
//! runs itself again in a user and network namespace of its own, so that no privileges are needed.
#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test with the real program needs a clock, sockets and a process"
)]

mod common;

use common::{Pki, Seeded, client_config, server_config, static_key};
use spoke_engine::{
    Cipher, Closed, Credentials, Error, Opener, Output, Refusal, Sealer, Session, TlsVersions,
    tls_client_config,
};
use spoke_moment::{Moment, WallTime};
use spoke_wire::{
    Ifconfig, MAX_FRAME, PING, Payload, PushReply, StreamFramer, Topology, frame_prefix,
};
use std::collections::BTreeMap;
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};
use zeroize::Zeroizing;

const PROGRAM: &str = "/usr/sbin/openvpn";

/// A folder with all the files that the program wants.
struct Place {
    folder: PathBuf,
    pki: Pki,
}

/// A running program; ended when dropped.
struct Running {
    child: Child,
    log: PathBuf,
}

/// A session with its socket and keys.
struct Driver {
    session: Session,
    socket: TcpStream,
    framer: StreamFramer,
    start: Instant,
    sealers: BTreeMap<u8, Sealer>,
    openers: BTreeMap<u8, Opener>,
    sending: Option<u8>,
    password: String,
    push: PushReply,
    pushed: Option<PushReply>,
    tls: Option<String>,
    users: Vec<(String, String)>,
    pings: BTreeMap<u8, u32>,
    closed: Option<Closed>,
    answered: bool,
    notices: Vec<String>,
}

/// Runs the named test again in a namespace. `true` on the inside, where the test is to go on.
fn inside(test: &str) -> bool {
    const MARK: &str = "SPOKE_TEST_INSIDE";
    let works = |command: &mut Command| command.status().is_ok_and(|status| status.success());
    if std::env::var_os(MARK).is_some() {
        assert!(works(Command::new("ip").args(["link", "set", "lo", "up"])));
        return true;
    }
    let missing = if !Path::new(PROGRAM).exists() {
        Some("openvpn is not installed")
    } else if !Path::new("/dev/net/tun").exists() {
        Some("there is no /dev/net/tun")
    } else if !works(Command::new("unshare").args(["-Urn", "true"])) {
        Some("namespaces cannot be made")
    } else {
        None
    };
    if let Some(reason) = missing {
        assert!(std::env::var_os("SPOKE_TEST_STRICT").is_none(), "{reason}");
        println!("skipped: {reason}");
        return false;
    }
    let this = std::env::current_exe().unwrap();
    let mut again = Command::new("unshare");
    again
        .arg("-Urn")
        .arg(this)
        .args([test, "--exact", "--nocapture"]);
    assert!(
        works(again.env(MARK, "1")),
        "the test failed inside its namespace"
    );
    false
}

impl Place {
    fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("openvpn-{name}"));
        std::fs::create_dir_all(&folder).unwrap();
        let pki = Pki::new();
        let place = Self { folder, pki };
        place.put("ca.pem", &place.pki.root_pem);
        place.put("cert.pem", &place.pki.chain_pem);
        place.put("key.pem", &place.pki.key.serialize_pem());
        place.put("ta.key", &static_key().to_text());
        place.put("login", "AzureAD\nlet me in\n");
        place.put(
            "check.sh",
            "#!/bin/sh\n[ \"$(sed -n 2p \"$1\")\" = \"let me in\" ]\n",
        );
        let script = place.folder.join("check.sh");
        let done = Command::new("chmod")
            .arg("755")
            .arg(script)
            .status()
            .unwrap();
        assert!(done.success());
        place
    }

    fn put(&self, name: &str, text: &str) {
        std::fs::write(self.folder.join(name), text).unwrap();
    }

    fn start(&self, arguments: &str) -> Running {
        let log = self.folder.join("log");
        let out = std::fs::File::create(&log).unwrap();
        let child = Command::new(PROGRAM)
            .current_dir(&self.folder)
            .args(arguments.split_whitespace())
            .stdin(Stdio::null())
            .stderr(out.try_clone().unwrap())
            .stdout(out)
            .spawn()
            .unwrap();
        Running { child, log }
    }

    fn server(&self, port: u16, more: &str) -> Running {
        self.start(&format!(
            "--mode server --tls-server --dev tun --topology subnet --ifconfig 10.8.0.1 255.255.255.0 --ifconfig-pool 10.8.0.2 10.8.0.9 --proto tcp-server --local 127.0.0.1 --lport {port} \
             --ca ca.pem --cert cert.pem --key key.pem --dh none --tls-auth ta.key 0 --auth SHA256 \
             --verify-client-cert none --auth-user-pass-verify ./check.sh via-file --script-security 2 \
             --username-as-common-name --persist-key --keepalive 1 30 --verb 3 {more}"
        ))
    }
}

impl Running {
    fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Driver {
    fn new(session: Session, socket: TcpStream) -> Self {
        socket.set_nodelay(true).unwrap();
        socket
            .set_read_timeout(Some(Duration::from_millis(20)))
            .unwrap();
        Self {
            session,
            socket,
            framer: StreamFramer::new(MAX_FRAME),
            start: Instant::now(),
            sealers: BTreeMap::new(),
            openers: BTreeMap::new(),
            sending: None,
            password: "let me in".to_owned(),
            push: PushReply::default(),
            pushed: None,
            tls: None,
            users: Vec::new(),
            pings: BTreeMap::new(),
            closed: None,
            answered: false,
            notices: Vec::new(),
        }
    }

    fn now(&self) -> Moment {
        Moment::from_origin(self.start.elapsed())
    }

    /// Drives until `until` holds; panics with the program's log when that takes too long.
    fn run(&mut self, other: &Running, until: impl Fn(&Self) -> bool) {
        let end = Instant::now() + Duration::from_secs(40);
        loop {
            self.drain();
            if until(self) {
                return;
            }
            assert!(
                Instant::now() < end && self.closed.is_none(),
                "closed: {:?}, notices: {:?}, log:\n{}",
                self.closed,
                self.notices,
                other.log()
            );
            self.receive();
            let now = self.now();
            if self
                .session
                .deadline()
                .is_some_and(|deadline| deadline.at <= now)
            {
                self.session.handle_timeout(now, wall());
            }
        }
    }

    fn receive(&mut self) {
        let count = match self.socket.read(self.framer.space()) {
            Ok(0) => panic!("the peer closed the connection"),
            Ok(count) => count,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => 0,
            Err(error) => panic!("{error}"),
        };
        self.framer.filled(count);
        let now = self.now();
        while let Some(frame) = self.framer.next_frame().unwrap() {
            let (opcode, key_id) = (frame[0] >> 3, frame[0] & 7);
            if opcode != 6 && opcode != 9 {
                self.session.handle_packet(now, wall(), frame);
                continue;
            }
            let opener = self
                .openers
                .get_mut(&key_id)
                .expect("the key of a data packet");
            let payload = opener.open(frame).unwrap();
            self.session.note_received(now);
            if Payload::of(payload) == Payload::Ping {
                *self.pings.entry(key_id).or_default() += 1;
            }
        }
    }

    fn drain(&mut self) {
        while let Some(output) = self.session.poll() {
            let now = self.now();
            match output {
                Output::Packet(packet) => self.send(&packet),
                Output::PeerAnswered => self.answered = true,
                Output::TlsEstablished { version, .. } => self.tls = Some(version),
                Output::CredentialsWanted { .. } => {
                    let credentials = Credentials {
                        username: "AzureAD".to_owned(),
                        password: Zeroizing::new(self.password.clone()),
                    };
                    self.session.supply_credentials(now, credentials);
                }
                Output::CheckCredentials(check) => {
                    self.users
                        .push((check.username, String::clone(&check.password)));
                    let push = match check.renegotiation {
                        true => PushReply::default(),
                        false => self.push.clone(),
                    };
                    self.session.accept_credentials(now, check.key_id, push);
                }
                Output::Pushed { reply, .. } => self.pushed = Some(*reply),
                Output::KeyInstalled {
                    key_id,
                    sealer,
                    opener,
                } => {
                    self.sealers.insert(key_id, sealer);
                    self.openers.insert(key_id, opener);
                }
                Output::SendWith { key_id } => self.sending = Some(key_id),
                Output::KeyRetired { key_id } => {
                    self.sealers.remove(&key_id);
                    self.openers.remove(&key_id);
                }
                Output::SendPing => self.ping(),
                Output::SendExit => {}
                Output::Notice(notice) => self.notices.push(notice),
                Output::Closed(closed) => self.closed = Some(closed),
            }
        }
    }

    fn ping(&mut self) {
        let sealer = self.sealers.get_mut(&self.sending.unwrap()).unwrap();
        let mut packet = vec![0; sealer.headroom()];
        packet.extend_from_slice(&PING);
        sealer.seal(&mut packet).unwrap();
        self.send(&packet);
        let now = self.now();
        self.session.note_sent(now);
    }

    fn send(&mut self, packet: &[u8]) {
        let mut frame = frame_prefix(packet.len()).unwrap().to_vec();
        frame.extend_from_slice(packet);
        self.socket.write_all(&frame).unwrap();
    }
}

fn wall() -> WallTime {
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap();
    WallTime::from_unix(since.as_secs())
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// Connects as soon as the program listens.
fn connect(port: u16, running: &Running) -> TcpStream {
    for _ in 0..200 {
        if let Ok(socket) = TcpStream::connect(("127.0.0.1", port)) {
            return socket;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("the program does not listen:\n{}", running.log());
}

fn client(
    place: &Place,
    more: &str,
    change: impl Fn(&mut spoke_engine::ClientConfig),
) -> (Driver, Running) {
    let port = free_port();
    let running = place.server(port, more);
    let mut config = client_config(&place.pki);
    change(&mut config);
    let socket = connect(port, &running);
    let entropy = Seeded(u64::from(port) + wall().unix());
    let session = Session::client(config, Box::new(entropy), Moment::ORIGIN, wall());
    (Driver::new(session, socket), running)
}

#[test]
fn a_client_connects_renews_its_key_and_leaves() {
    if !inside("a_client_connects_renews_its_key_and_leaves") {
        return;
    }
    let place = Place::new("client");
    let (mut client, server) = client(&place, "", |_| {});
    client.run(&server, |client| {
        client.pushed.is_some() && client.pings.contains_key(&0)
    });
    assert_eq!(client.tls.as_deref(), Some("TLSv1.3"));
    let pushed = client.pushed.clone().unwrap();
    assert_eq!(pushed.cipher.as_deref(), Some("AES-256-GCM"));
    assert!(pushed.protocol_flags.tls_ekm && pushed.protocol_flags.cc_exit);
    assert!(pushed.peer_id.is_some());
    client.ping();
    let now = client.now();
    client.session.renegotiate(now);
    client.run(&server, |client| client.sending == Some(1));
    client.ping();
    client.run(&server, |client| client.pings.values().sum::<u32>() >= 5);
    let now = client.now();
    client.session.close(now, "done");
    client.drain();
    assert!(matches!(client.closed, Some(Closed::Asked { .. })));
    std::thread::sleep(Duration::from_millis(300));
    let log = server.log();
    assert!(log.contains("exit message received"), "{log}");
}

#[test]
fn a_client_follows_renegotiations_of_the_server() {
    if !inside("a_client_follows_renegotiations_of_the_server") {
        return;
    }
    let place = Place::new("reneg");
    let (mut client, server) = client(&place, "--reneg-sec 4 4 --hand-window 4", |_| {});
    client.run(&server, |client| {
        client.sending == Some(2) && client.pings.contains_key(&1)
    });
    assert_eq!(client.closed, None);
}

#[test]
fn old_and_new_ways_of_making_keys_work_under_both_tls_versions() {
    if !inside("old_and_new_ways_of_making_keys_work_under_both_tls_versions") {
        return;
    }
    let place = Place::new("ways");
    for versions in [TlsVersions::Only12, TlsVersions::Only13] {
        for (modern, cipher) in [
            (false, Cipher::Aes256Gcm),
            (true, Cipher::Aes128Gcm),
            (true, Cipher::ChaCha20Poly1305),
        ] {
            let trust = place.pki.trust("gateway.test");
            let (mut client, server) = client(&place, "", |config| {
                config.tls = tls_client_config(trust.clone(), None, versions).unwrap();
                config.identity.modern = modern;
                config.ciphers = vec![cipher];
            });
            client.run(&server, |client| client.pings.contains_key(&0));
            let pushed = client.pushed.clone().unwrap();
            assert_eq!(pushed.peer_id.is_some(), modern);
            assert_eq!(pushed.protocol_flags.tls_ekm, modern);
            assert_eq!(pushed.cipher.as_deref(), Some(cipher.name()));
        }
    }
}

#[test]
fn a_wrong_password_is_refused_by_name() {
    if !inside("a_wrong_password_is_refused_by_name") {
        return;
    }
    let place = Place::new("refused");
    let (mut client, server) = client(&place, "", |_| {});
    client.password = "wrong".to_owned();
    client.run(&server, |client| client.closed.is_some());
    let refused = Error::PeerRefused(Refusal::Credentials(None));
    assert_eq!(client.closed, Some(Closed::Failed(refused)));
}

#[test]
fn a_session_token_is_used_at_the_renewal() {
    if !inside("a_session_token_is_used_at_the_renewal") {
        return;
    }
    let place = Place::new("token");
    let (mut client, server) = client(&place, "--auth-gen-token 3600", |_| {});
    client.run(&server, |client| client.pushed.is_some());
    assert!(client.pushed.clone().unwrap().auth_token.is_some());
    client.password = "not asked for any more".to_owned();
    let now = client.now();
    client.session.renegotiate(now);
    client.run(&server, |client| client.sending == Some(1));
    assert_eq!(client.notices, [""; 0]);
}

#[test]
fn the_real_client_connects_to_our_server() {
    if !inside("the_real_client_connects_to_our_server") {
        return;
    }
    let place = Place::new("server");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let running = place.start(&format!(
        "--client --dev null --proto tcp-client --remote 127.0.0.1 {port} --nobind --ca ca.pem \
         --tls-auth ta.key 1 --auth SHA256 --auth-user-pass login --remote-cert-tls server \
         --ifconfig-noexec --route-noexec --reneg-sec 6 --hand-window 3 --verb 3"
    ));
    let (socket, _) = listener.accept().unwrap();
    let config = server_config(&place.pki);
    let session = Session::server(config, Box::new(Seeded(5)), Moment::ORIGIN, wall());
    let mut server = Driver::new(session, socket);
    server.push = PushReply {
        topology: Some(Topology::Subnet),
        ifconfig: Some(Ifconfig {
            local: Ipv4Addr::new(10, 9, 0, 2),
            mask_or_remote: Ipv4Addr::new(255, 255, 255, 0),
        }),
        ping: Some(1),
        ping_restart: Some(20),
        ..PushReply::default()
    };
    server.run(&running, |server| server.pings.contains_key(&0));
    server.run(&running, |_| {
        running.log().contains("Initialization Sequence Completed")
    });
    server.ping();
    server.run(&running, |server| server.pings.contains_key(&1));
    assert_eq!(
        server.users[0],
        ("AzureAD".to_owned(), "let me in".to_owned())
    );
    assert_eq!(server.users.len(), 2);
    server.ping();
    let now = server.now();
    server.session.renegotiate(now);
    server.run(&running, |server| server.openers.contains_key(&2));
    let log = running.log();
    assert!(
        !log.contains("decrypt") && !log.contains("inconsistent"),
        "{log}"
    );
}
