//! The real daemon on a socket of its own, spoken to in raw frames.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests may fail like tests"
)]

use bytes::BytesMut;
use spoke_api::{
    API_VERSION, AccessToken, ClientMessage, ConnectOptions, DaemonMessage, Hello, Phase,
    ProblemCode, Request, Response, TokenGrant, Update, frame,
};
use spoke_profile::{Profile, Server, ServerCheck, ServerSecret, SignIn};
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const SOON: Duration = Duration::from_secs(10);

struct Daemon {
    child: Child,
    folder: tempfile::TempDir,
}

struct Client {
    socket: UnixStream,
    input: BytesMut,
    next_id: u64,
    states: Vec<Phase>,
    asked: Vec<u64>,
}

impl Daemon {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_spoked"))
            .arg("--socket")
            .arg(folder.path().join("run/spoke.sock"))
            .arg("--state-dir")
            .arg(folder.path().join("state"))
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let daemon = Self { child, folder };
        let end = Instant::now() + SOON;
        while UnixStream::connect(daemon.socket()).is_err() {
            assert!(Instant::now() < end, "spoked does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        daemon
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("run/spoke.sock")
    }

    fn raw(&self) -> UnixStream {
        let socket = UnixStream::connect(self.socket()).unwrap();
        socket.set_read_timeout(Some(SOON)).unwrap();
        socket
    }

    fn client(&self) -> Client {
        let mut client = Client {
            socket: self.raw(),
            input: BytesMut::new(),
            next_id: 0,
            states: Vec::new(),
            asked: Vec::new(),
        };
        client.send(&Hello {
            api: API_VERSION,
            version: "test".into(),
        });
        let hello: Hello = client.receive();
        assert_eq!(hello.api, API_VERSION);
        client
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Client {
    fn send<T: serde::Serialize>(&mut self, message: &T) {
        let mut bytes = BytesMut::new();
        frame::encode(message, &mut bytes).unwrap();
        self.socket.write_all(&bytes).unwrap();
    }

    fn receive<T: serde::de::DeserializeOwned>(&mut self) -> T {
        loop {
            if let Some(message) = frame::decode(&mut self.input).unwrap() {
                return message;
            }
            let mut buffer = [0; 4096];
            let count = self.socket.read(&mut buffer).unwrap();
            assert!(count > 0, "the daemon closed the socket");
            self.input.extend_from_slice(&buffer[..count]);
        }
    }

    fn ask(&mut self, request: Request) -> Response {
        self.next_id += 1;
        let id = self.next_id;
        self.send(&ClientMessage { id, request });
        loop {
            match self.receive() {
                DaemonMessage::Response { id: of, response } if of == id => return response,
                DaemonMessage::Response { .. } => panic!("an answer to nothing"),
                DaemonMessage::Update { update } => self.note(update),
            }
        }
    }

    fn note(&mut self, update: Update) {
        match update {
            Update::State { state } => self.states.push(state.phase()),
            Update::TokenWanted(wanted) => self.asked.push(wanted.request),
            Update::TokenNoLongerWanted { .. } | Update::PageWanted { .. } | Update::Log { .. } => {
            }
        }
    }

    fn until_phase(&mut self, phase: Phase) {
        while self.states.last() != Some(&phase) {
            match self.receive() {
                DaemonMessage::Update { update } => self.note(update),
                DaemonMessage::Response { .. } => panic!("an answer to nothing"),
            }
        }
    }
}

fn profile(port: u16) -> Box<Profile> {
    let draft = Profile::draft("hub", ServerSecret::new([3; 256].into()));
    Box::new(Profile {
        servers: vec![Server::new("127.0.0.1")],
        port,
        server_check: ServerCheck {
            root_sha1: Some(spoke_profile::EMBEDDED_ROOTS[0].sha1),
            ..draft.server_check.clone()
        },
        sign_in: SignIn::password(),
        ..draft
    })
}

fn connect(port: u16) -> Request {
    Request::Connect {
        profile: profile(port),
        options: ConnectOptions {
            interactive: false,
            anew: false,
            lockdown: false,
        },
        private_key: None,
        proxy_password: None,
        secondary: None,
    }
}

fn closed(mut socket: UnixStream) -> bool {
    let mut rest = Vec::new();
    socket.read_to_end(&mut rest).is_ok()
}

#[test]
fn status_and_facts() {
    let daemon = Daemon::start();
    let mut client = daemon.client();
    let Response::State { state } = client.ask(Request::Status) else {
        panic!();
    };
    assert_eq!(state.phase(), Phase::Disconnected);
    let Response::DaemonInfo { info } = client.ask(Request::DaemonInfo) else {
        panic!();
    };
    assert_eq!(info.pid, daemon.child.id());
    assert!(info.resident_bytes.unwrap() < 20 << 20, "{info:?}");
    let follow = Request::Log {
        since_seconds: Some(60),
        follow: true,
    };
    let Response::Log { lines } = client.ask(follow) else {
        panic!();
    };
    assert!(lines.iter().any(|line| line.text.contains("listens on")));
    assert_eq!(
        client.ask(Request::Disconnect { profile: None }),
        Response::Done
    );
}

#[test]
fn what_is_no_message_closes_the_socket_and_harms_nobody() {
    let daemon = Daemon::start();
    let mut witness = daemon.client();
    // Not even a hello.
    for garbage in [
        &b"GET / HTTP/1.1\r\n\r\n"[..],
        &[0xff; 64],
        &[0, 0, 0, 2, b'{', b'}'],
        &[0, 0, 0, 0],
    ] {
        let mut socket = daemon.raw();
        // The daemon may have closed it before all of it is written.
        let _ = socket.write_all(garbage);
        assert!(closed(socket));
    }
    // After a good hello.
    for garbage in [
        &[0x00, 0x20, 0x00, 0x00][..],
        &[0, 0, 0, 3, 1, 2, 3],
        b"\0\0\0\x2a{\"id\":1,\"request\":{\"type\":\"launch_rocket\"}}",
    ] {
        let mut client = daemon.client();
        let _ = client.socket.write_all(garbage);
        assert!(closed(client.socket));
    }
    let mut old = daemon.raw();
    let mut bytes = BytesMut::new();
    let hello = Hello {
        api: API_VERSION + 1,
        version: "9".into(),
    };
    frame::encode(&hello, &mut bytes).unwrap();
    old.write_all(&bytes).unwrap();
    assert!(closed(old));
    assert!(matches!(
        witness.ask(Request::Status),
        Response::State { .. }
    ));
}

#[test]
fn one_user_cannot_take_all_sockets_nor_stay_silent() {
    let daemon = Daemon::start();
    let mut witness = daemon.client();
    let silent: Vec<UnixStream> = (0..40).map(|_| daemon.raw()).collect();
    let open = |socket: &UnixStream| {
        let mut socket = socket;
        let mut hello = [0; 512];
        socket.read(&mut hello).is_ok_and(|count| count > 0)
    };
    let let_in = silent.iter().filter(|socket| open(socket)).count();
    assert_eq!(let_in, 31, "32 sockets, of which the witness has one");
    let begun = Instant::now();
    assert!(silent.into_iter().all(closed));
    assert!(begun.elapsed() < SOON);
    assert!(matches!(
        witness.ask(Request::Status),
        Response::State { .. }
    ));
}

#[test]
fn a_gateway_that_is_not_there_is_said_and_nothing_remains() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let daemon = Daemon::start();
    let mut client = daemon.client();
    assert_eq!(
        client.ask(Request::Subscribe { traffic: true }),
        Response::Done
    );
    assert_eq!(client.ask(connect(port)), Response::Done);
    client.until_phase(Phase::Failed);
    assert_eq!(client.asked.len(), 1, "the token is asked for at once");
    let Response::State { state } = client.ask(Request::Status) else {
        panic!();
    };
    let problem = state.connection.unwrap().problem.unwrap();
    assert_eq!(problem.code, ProblemCode::GatewayUnreachable);
    assert!(problem.summary.contains("127.0.0.1"), "{problem:?}");
    let grant = TokenGrant {
        request: client.asked[0],
        username: "AzureAD".into(),
        token: AccessToken::new("late".into()),
        account: None,
        expires: None,
        silent: true,
        once: false,
    };
    let Response::Failed { problem } = client.ask(Request::GrantToken(grant)) else {
        panic!("a token nobody wants was taken");
    };
    assert_eq!(problem.code, ProblemCode::Usage);
}

#[test]
fn a_silent_gateway_can_be_left_at_any_time() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let daemon = Daemon::start();
    let mut client = daemon.client();
    let mut other = daemon.client();
    assert_eq!(client.ask(connect(port)), Response::Done);
    let (_gateway, _) = listener.accept().unwrap();
    assert_eq!(client.ask(connect(port)), Response::Done);
    let begun = Instant::now();
    assert_eq!(
        other.ask(Request::Disconnect { profile: None }),
        Response::Done
    );
    assert!(begun.elapsed() < Duration::from_secs(3));
    let Response::State { state } = other.ask(Request::Status) else {
        panic!();
    };
    assert_eq!(state.connection, None);
}

#[test]
fn a_second_daemon_is_turned_away_and_the_first_leaves_cleanly() {
    let mut daemon = Daemon::start();
    let second = Command::new(env!("CARGO_BIN_EXE_spoked"))
        .arg("--socket")
        .arg(daemon.folder.path().join("other.sock"))
        .arg("--state-dir")
        .arg(daemon.folder.path().join("state"))
        .output()
        .unwrap();
    assert!(!second.status.success());
    assert!(String::from_utf8_lossy(&second.stderr).contains("another spoked"));
    let pid = nix::unistd::Pid::from_raw(daemon.child.id().cast_signed());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
    assert!(daemon.child.wait().unwrap().success());
    assert!(!daemon.socket().exists());
}

/// What an upgrade asks for: to be started anew, by the exit status that the service unit
/// names, but only when nothing is connected.
#[test]
fn it_makes_room_for_a_newer_program_when_it_is_told_of_one() {
    let mut daemon = Daemon::start();
    let id = nix::unistd::Pid::from_raw(daemon.child.id().try_into().unwrap());
    nix::sys::signal::kill(id, nix::sys::signal::Signal::SIGHUP).unwrap();
    let end = Instant::now() + SOON;
    let status = loop {
        if let Some(status) = daemon.child.try_wait().unwrap() {
            break status;
        }
        assert!(Instant::now() < end, "spoked goes on");
        std::thread::sleep(Duration::from_millis(20));
    };
    assert_eq!(status.code(), Some(75));
    assert!(!daemon.socket().exists());
}
