//! The real program beside a session with its socket and keys.
#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test with the real program needs a clock, sockets and a process"
)]
#![allow(dead_code, unreachable_pub)]

pub mod echo;

pub mod management;

use super::common::{Pki, static_key};
use spoke_engine::{
    Closed, Credentials, OpenError, Opener, Output, Sealer, Session, TransportKind,
};
use spoke_moment::{Moment, WallTime};
use spoke_wire::{
    AuthFailure, MAX_FRAME, PING, Payload, PushReply, SignInStep, StreamFramer, frame_prefix,
};
use std::collections::BTreeMap;
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};
use zeroize::Zeroizing;

const PROGRAM: &str = "/usr/sbin/openvpn";

/// A folder with all the files that the program wants.
pub struct Place {
    pub folder: PathBuf,
    pub pki: Pki,
    /// How the program wraps control packets as a server.
    pub server_wrapping: String,
    /// How it does as a client.
    pub client_wrapping: String,
}

/// A running program; ended when dropped.
pub struct Running {
    pub child: Child,
    pub log: PathBuf,
}

/// A connected socket of either kind.
pub enum Socket {
    Tcp(TcpStream, StreamFramer),
    Udp(UdpSocket),
}

/// A session with its socket and keys.
pub struct Driver {
    pub session: Session,
    pub socket: Socket,
    pub start: Instant,
    pub sealers: BTreeMap<u8, Sealer>,
    pub openers: BTreeMap<u8, Opener>,
    pub sending: Option<u8>,
    pub username: String,
    pub password: String,
    pub push: PushReply,
    /// In place of a server's yes.
    pub refusal: Option<AuthFailure>,
    /// What a server asks for before its yes, which is the test's to say.
    pub defer: Option<SignInStep>,
    pub pushed: Option<PushReply>,
    pub token: Option<Credentials>,
    pub pending: Option<Duration>,
    pub steps: Vec<SignInStep>,
    pub answers: Vec<String>,
    pub tls: Option<String>,
    pub users: Vec<(String, String)>,
    pub pings: BTreeMap<u8, u32>,
    /// IPv4 packets received. (The kernel sends IPv6 ones of its own.)
    pub packets: u32,
    /// Payloads that are neither OpenVPN's own nor IP packets.
    pub strange: u32,
    pub closed: Option<Closed>,
    pub answered: bool,
    pub notices: Vec<String>,
}

/// Whether the named test is in a network of its own, where it is to go on; otherwise it is run again in one.
pub fn inside(test: &str) -> bool {
    if !spoke_needs::program(PROGRAM) || !spoke_needs::inside_of(spoke_needs::NETWORK, test) {
        return false;
    }
    let up = Command::new("ip")
        .args(["link", "set", "lo", "up"])
        .status();
    assert!(up.is_ok_and(|status| status.success()));
    true
}

impl Place {
    pub fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("openvpn-{name}"));
        std::fs::create_dir_all(&folder).unwrap();
        let pki = Pki::new();
        let place = Self {
            folder,
            pki,
            server_wrapping: "--tls-auth ta.key 0 --auth SHA256".to_owned(),
            client_wrapping: "--tls-auth ta.key 1 --auth SHA256".to_owned(),
        };
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

    pub fn put(&self, name: &str, text: &str) {
        std::fs::write(self.folder.join(name), text).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.join(name)).unwrap()
    }

    /// Runs the program to its end.
    pub fn run(&self, arguments: &str) {
        let mut running = self.start(arguments);
        let status = running.child.wait().unwrap();
        assert!(status.success(), "{}", running.log());
    }

    pub fn start(&self, arguments: &str) -> Running {
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

    pub fn server(&self, proto: &str, port: u16, more: &str) -> Running {
        let script = "--auth-user-pass-verify ./check.sh via-file --script-security 2";
        self.asking_server(proto, port, &format!("{script} {more}"))
    }

    /// A server whose judge of passwords is in `more`.
    pub fn asking_server(&self, proto: &str, port: u16, more: &str) -> Running {
        let wrapping = &self.server_wrapping;
        self.start(&format!(
            "--mode server --tls-server --dev tun --topology subnet --ifconfig 10.8.0.1 255.255.255.0 --ifconfig-pool 10.8.0.2 10.8.0.9 --proto {proto} --local 127.0.0.1 --lport {port} \
             --ca ca.pem --cert cert.pem --key key.pem --dh none {wrapping} \
             --verify-client-cert none --username-as-common-name --persist-key --keepalive 1 30 --verb 3 {more}"
        ))
    }

    /// The program as a client, with a renegotiation every few seconds.
    pub fn client(&self, proto: &str, port: u16, more: &str) -> Running {
        let wrapping = &self.client_wrapping;
        self.start(&format!(
            "--client --dev null --proto {proto} --remote 127.0.0.1 {port} --nobind --ca ca.pem \
             {wrapping} --auth-user-pass login --remote-cert-tls server \
             --ifconfig-noexec --route-noexec --reneg-sec 6 --hand-window 3 --verb 3 {more}"
        ))
    }
}

impl Running {
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Asks the program to leave.
    pub fn interrupt(&self) {
        let id = self.child.id().to_string();
        let done = Command::new("kill").args(["-INT", &id]).status().unwrap();
        assert!(done.success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Driver {
    pub fn new(session: Session, socket: Socket) -> Self {
        Self {
            session,
            socket,
            start: Instant::now(),
            sealers: BTreeMap::new(),
            openers: BTreeMap::new(),
            sending: None,
            username: "AzureAD".to_owned(),
            password: "let me in".to_owned(),
            push: PushReply::default(),
            refusal: None,
            defer: None,
            pushed: None,
            token: None,
            pending: None,
            steps: Vec::new(),
            answers: Vec::new(),
            tls: None,
            users: Vec::new(),
            pings: BTreeMap::new(),
            packets: 0,
            strange: 0,
            closed: None,
            answered: false,
            notices: Vec::new(),
        }
    }

    pub fn now(&self) -> Moment {
        Moment::from_origin(self.start.elapsed())
    }

    /// Lets the session think that so much time went by.
    pub fn grow_older(&mut self, time: Duration) {
        self.start -= time;
    }

    /// Drives until `until` holds; panics with the program's log when that takes too long.
    pub fn run(&mut self, other: &Running, until: impl Fn(&Self) -> bool) {
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

    pub fn receive(&mut self) {
        for mut packet in self.socket.receive() {
            let now = self.now();
            let (opcode, key_id) = (packet[0] >> 3, packet[0] & 7);
            if opcode != 6 && opcode != 9 {
                self.session.handle_packet(now, wall(), &packet);
                continue;
            }
            let opener = self.openers.get_mut(&key_id);
            let opener = opener.expect("the key of a data packet");
            let payload = match opener.open(&mut packet) {
                Err(OpenError::Compressed) => {
                    self.session.handle_compressed(now);
                    return;
                }
                opened => opened.unwrap(),
            };
            self.session.note_received(now);
            match Payload::of(payload) {
                Payload::Ping => *self.pings.entry(key_id).or_default() += 1,
                Payload::Ip => match payload[0] >> 4 {
                    4 => self.packets += 1,
                    version => self.strange += u32::from(version != 6),
                },
                _ => {}
            }
        }
    }

    pub fn drain(&mut self) {
        while let Some(output) = self.session.poll() {
            let now = self.now();
            match output {
                Output::Packet(packet) => self.send(&packet),
                Output::PeerAnswered => self.answered = true,
                Output::TlsEstablished { version, .. } => self.tls = Some(version),
                Output::CredentialsWanted { .. } => {
                    let credentials = Credentials {
                        username: self.username.clone(),
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
                    let (key_id, patience) = (check.key_id, Duration::from_secs(40));
                    match (&self.refusal, &self.defer) {
                        (Some(refusal), _) => {
                            let refusal = refusal.clone();
                            self.session.reject_credentials(now, key_id, refusal);
                        }
                        (None, Some(step)) => {
                            self.session
                                .defer_credentials(now, key_id, patience, Some(step));
                        }
                        (None, None) => self.session.accept_credentials(now, key_id, push),
                    }
                }
                Output::Pushed { reply, .. } => self.pushed = Some(*reply),
                Output::TokenGiven(token) => self.token = Some(token),
                Output::SignInPending { timeout } => self.pending = Some(timeout),
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
                Output::SendWith { key_id } => self.sending = Some(key_id),
                Output::KeyRetired { key_id } => {
                    self.sealers.remove(&key_id);
                    self.openers.remove(&key_id);
                }
                Output::SendPing => self.ping(),
                Output::SendExit => self.seal(&spoke_wire::OCC_EXIT),
                Output::Notice(notice) => self.notices.push(notice.to_string()),
                Output::Closed(closed) => self.closed = Some(closed),
            }
        }
    }

    pub fn ping(&mut self) {
        self.seal(&PING);
    }

    /// Sends one payload with the current key.
    pub fn seal(&mut self, payload: &[u8]) {
        let sealer = self.sealers.get_mut(&self.sending.unwrap()).unwrap();
        let packet = sealer.seal_copy(payload).unwrap();
        self.send(&packet);
        let now = self.now();
        self.session.note_sent(now);
    }

    pub fn send(&mut self, packet: &[u8]) {
        match &mut self.socket {
            Socket::Udp(socket) => assert_eq!(socket.send(packet).unwrap(), packet.len()),
            Socket::Tcp(socket, _) => {
                let mut frame = frame_prefix(packet.len()).unwrap().to_vec();
                frame.extend_from_slice(packet);
                socket.write_all(&frame).unwrap();
            }
        }
    }
}

impl Socket {
    pub fn tcp(socket: TcpStream) -> Self {
        socket.set_nodelay(true).unwrap();
        let patience = Some(Duration::from_millis(20));
        socket.set_read_timeout(patience).unwrap();
        Self::Tcp(socket, StreamFramer::new(MAX_FRAME))
    }

    pub fn udp(socket: UdpSocket) -> Self {
        let patience = Some(Duration::from_millis(20));
        socket.set_read_timeout(patience).unwrap();
        Self::Udp(socket)
    }

    /// What has come within a moment.
    fn receive(&mut self) -> Vec<Vec<u8>> {
        let mut packets = Vec::new();
        match self {
            Self::Udp(socket) => {
                let mut packet = vec![0; MAX_FRAME];
                if let Some(count) = soon(socket.recv(&mut packet)) {
                    packet.truncate(count);
                    packets.push(packet);
                }
            }
            Self::Tcp(socket, framer) => {
                if let Some(count) = soon(socket.read(framer.space())) {
                    assert!(count > 0, "the peer closed the connection");
                    framer.filled(count);
                }
                while let Some(frame) = framer.next_frame().unwrap() {
                    packets.push(frame.to_vec());
                }
            }
        }
        packets
    }
}

/// `None` when nothing came in time.
fn soon(read: std::io::Result<usize>) -> Option<usize> {
    match read {
        Ok(count) => Some(count),
        Err(error) => {
            let kind = error.kind();
            assert!(
                matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut),
                "{error}"
            );
            None
        }
    }
}

pub fn wall() -> WallTime {
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap();
    WallTime::from_unix(since.as_secs())
}

pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// Connects as soon as the program listens.
pub fn connect(transport: TransportKind, port: u16, running: &Running) -> Socket {
    let address = ("127.0.0.1", port);
    for _ in 0..200 {
        if transport == TransportKind::Udp && running.log().contains("Initialization Sequence") {
            let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
            socket.connect(address).unwrap();
            return Socket::udp(socket);
        }
        if transport == TransportKind::Tcp
            && let Ok(socket) = TcpStream::connect(address)
        {
            return Socket::tcp(socket);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("the program does not listen:\n{}", running.log());
}
