//! OpenVPN 2.x as one end of a cell: its command line, and what its log says of the connection.

use crate::axes::{
    DataFormat, Derivation, Family, Framing, Renegotiation, SignIn, Transport, Wrapping,
};
use crate::cell::Cell;
use crate::challenge;
use crate::failure::{Failure, require};
use crate::management;
use crate::party::Release;
use crate::peer::Peer;
use crate::peers::Peers;
use crate::place::Place;
use crate::program::Program;
use crate::seat::Seat;
use std::path::Path;

/// It says this when it is ready, and as a client when the connection stands.
const COMPLETED: &str = "Initialization Sequence Completed";
/// It says one of these when the other end has left.
const LEFT: [&str; 5] = [
    "exit message received",
    "remote-exit",
    "Connection reset",
    "pushed by server",
    "Server restart",
];
/// It says one of these when something is wrong.
const BAD: [&str; 6] = [
    "TLS Error",
    "Authenticate/Decrypt packet error",
    "AUTH_FAILED",
    "Bad compression",
    "bad packet",
    "Bad LZO",
];
/// A renegotiation comes after so many packets, where OpenVPN begins it.
const RENEGOTIATE_AFTER_PACKETS: u32 = 60;
/// OpenVPN sends with an old key for half of this many seconds after a renegotiation.
const RENEGOTIATE_SECONDS: u32 = 8;

/// A running OpenVPN.
pub(crate) struct OpenVpn {
    program: Program,
    release: Release,
}

/// Starts the server of a cell, and waits until it listens; with a management interface at `management`.
///
/// # Errors
/// When it does not come up.
pub(crate) fn server(
    peers: &Peers,
    release: Release,
    place: &Place,
    cell: &Cell,
    seat: Seat,
    management: Option<&Path>,
) -> Result<OpenVpn, Failure> {
    let mut words = common(cell, seat, true);
    if let Some(socket) = management {
        words.extend(["--management".to_owned(), socket.display().to_string()]);
        words.push("unix".to_owned());
    }
    words.extend(
        format!(
            "--server {network} 255.255.255.0 --proto {proto} --local {address} --lport {port} \
         --cert server.pem --key server.key --dh none --duplicate-cn --keepalive 2 60",
            network = seat.network(),
            proto = proto(cell, "-server"),
            address = seat.address(cell.family).ip(),
            port = seat.address(cell.family).port(),
        )
        .split_whitespace()
        .map(str::to_owned),
    );
    if cell.transport == Transport::Udp {
        words.extend(["--explicit-exit-notify", "1"].map(str::to_owned));
    }
    if !cell.sign_in.has_certificate() {
        words.extend(["--verify-client-cert", "none"].map(str::to_owned));
    }
    let check = match cell.sign_in {
        SignIn::Certificate => None,
        SignIn::None => Some("check-nothing"),
        SignIn::Password | SignIn::Both | SignIn::Token => Some("check-password"),
        SignIn::Challenge => Some("check-challenge"),
        SignIn::DynamicChallenge => Some("check-dynamic"),
        SignIn::Entra => Some("check-long"),
    };
    if let Some(check) = check {
        let check = place.folder().join(check).display().to_string();
        words.extend(["--script-security", "3", "--auth-user-pass-verify"].map(str::to_owned));
        words.extend([check, "via-env".to_owned()]);
    }
    match cell.sign_in {
        SignIn::None => words.push("--auth-user-pass-optional".to_owned()),
        SignIn::Token => {
            words.extend(["--auth-gen-token", "3600"].map(str::to_owned));
            // A renewal time of its own: it would follow from that of keys, which is too short for it.
            words.extend((release > Release::V2_5).then(|| "300".to_owned()));
        }
        _ => {}
    }
    if let Some(framing) = framing(cell.framing) {
        words.extend(format!("--{framing}").split_whitespace().map(str::to_owned));
        words.extend(["--push".to_owned(), framing.to_owned()]);
    }
    let mut command = peers.command(release)?;
    command.args(words);
    let mut program = Program::start(command, place.folder(), &format!("log-{}", seat.0))?;
    wait(&mut program, COMPLETED)?;
    Ok(OpenVpn { program, release })
}

/// Starts the client of a cell.
///
/// # Errors
/// When it cannot be started.
pub(crate) fn client(
    peers: &Peers,
    release: Release,
    place: &Place,
    cell: &Cell,
    seat: Seat,
) -> Result<OpenVpn, Failure> {
    let mut words = common(cell, seat, false);
    words.extend(format!(
        "--client --proto {proto} --remote {address} {port} --nobind --remote-cert-tls server --connect-retry 1 1",
        proto = proto(cell, "-client"),
        address = seat.address(cell.family).ip(),
        port = seat.address(cell.family).port(),
    ).split_whitespace().map(str::to_owned));
    if cell.transport == Transport::Udp {
        words.extend(["--explicit-exit-notify", "1"].map(str::to_owned));
    }
    if cell.sign_in.has_certificate() {
        words.extend(["--cert", "client.pem", "--key", "client.key"].map(str::to_owned));
    }
    match cell.sign_in {
        SignIn::None | SignIn::Certificate => {}
        SignIn::Password | SignIn::Both | SignIn::Token => {
            words.extend(["--auth-user-pass", "password.login"].map(str::to_owned));
        }
        SignIn::Entra => words.extend(["--auth-user-pass", "long.login"].map(str::to_owned)),
        SignIn::Challenge => {
            words
                .extend(["--auth-user-pass", "--static-challenge", "code", "1"].map(str::to_owned));
        }
        SignIn::DynamicChallenge => {
            words.extend(["--auth-user-pass", "--auth-retry", "interact"].map(str::to_owned));
        }
    }
    if cell.sign_in.is_asked() {
        let socket = place.folder().join(format!("management-{}", seat.0));
        let text = format!(
            "--management {} unix --management-query-passwords",
            socket.display()
        );
        words.extend(text.split_whitespace().map(str::to_owned));
        management::answer(socket);
    }
    let mut command = peers.command(release)?;
    command.args(words);
    let program = Program::start(command, place.folder(), &format!("log-{}", seat.0))?;
    Ok(OpenVpn { program, release })
}

/// What both roles are told.
fn common(cell: &Cell, seat: Seat, server: bool) -> Vec<String> {
    let device = format!("ov{}", seat.0);
    let cipher = cell.cipher.name();
    let mut text = format!(
        "--dev {device} --dev-type tun --topology subnet --ca ca.pem --auth {digest} --data-ciphers {cipher} \
         --persist-key --persist-tun --verb 4",
        digest = cell.digest(),
    );
    text += &match cell.wrapping {
        Wrapping::None => String::new(),
        Wrapping::AuthSha1 | Wrapping::AuthSha256 | Wrapping::AuthSha512 => {
            format!(" --tls-auth static.key {}", if server { 0 } else { 1 })
        }
        Wrapping::Crypt => " --tls-crypt static.key".to_owned(),
        Wrapping::CryptV2 if server => " --tls-crypt-v2 v2-server.key".to_owned(),
        Wrapping::CryptV2 => " --tls-crypt-v2 v2-client.key".to_owned(),
    };
    text += &match cell.renegotiation {
        Renegotiation::None => " --reneg-sec 3600".to_owned(),
        other if other.is_by_client() == server => format!(" --reneg-sec {RENEGOTIATE_SECONDS}"),
        _ => format!(" --reneg-sec {RENEGOTIATE_SECONDS} --reneg-pkts {RENEGOTIATE_AFTER_PACKETS}"),
    };
    text.split_whitespace().map(str::to_owned).collect()
}

fn proto(cell: &Cell, role: &str) -> String {
    let family = match cell.family {
        Family::V4 => 4,
        Family::V6 => 6,
    };
    match cell.transport {
        Transport::Tcp => format!("tcp{family}{role}"),
        Transport::Udp => format!("udp{family}"),
    }
}

const fn framing(framing: Framing) -> Option<&'static str> {
    match framing {
        Framing::None => None,
        Framing::Lzo => Some("comp-lzo no"),
        Framing::Stub => Some("compress stub"),
        Framing::StubV2 => Some("compress stub-v2"),
    }
}

/// Waits until the program has said `words`.
fn wait(program: &mut Program, words: &str) -> Result<(), Failure> {
    let end = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while !program.said(words) {
        let alive = !program.has_ended() && std::time::Instant::now() < end;
        require(alive, || {
            format!("no \"{words}\" from OpenVPN\n{}", program.log())
        })?;
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    Ok(())
}

impl Peer for OpenVpn {
    fn is_connected(&self) -> bool {
        self.program.said(COMPLETED)
    }

    fn check_runs(&mut self) -> Result<(), Failure> {
        require(!self.program.has_ended(), || "OpenVPN has ended".to_owned())
    }

    fn check(&self, cell: &Cell, _: u16) -> Result<(), Failure> {
        check(&self.program.log(), self.release, cell)
    }

    fn check_quiet(&self, cell: &Cell, _: u16) -> Result<(), Failure> {
        let mut log = self.program.log();
        if cell.sign_in == SignIn::DynamicChallenge {
            log = challenge::without_question(&log)?;
        }
        BAD.iter().try_for_each(|words| {
            require(!log.contains(words), || format!("OpenVPN says \"{words}\""))
        })
    }

    fn leave(&mut self) -> Result<(), Failure> {
        self.program.terminate()
    }

    fn saw_leaving(&self, _: u16) -> bool {
        let log = self.program.log();
        LEFT.iter().any(|words| log.contains(words))
    }

    fn log(&self) -> String {
        self.program.log()
    }
}

/// Checks in OpenVPN's log what it takes the connection for.
fn check(log: &str, release: Release, cell: &Cell) -> Result<(), Failure> {
    let holds = |words: &str| {
        require(log.contains(words), || {
            format!("OpenVPN does not say \"{words}\"")
        })
    };
    let lacks = |words: &str| require(!log.contains(words), || format!("OpenVPN says \"{words}\""));
    holds(&format!("Control Channel: TLSv{}", cell.tls.name()))?;
    let cipher = cell.cipher.name();
    match cell.format {
        DataFormat::V1 | DataFormat::V2 => holds(&format!("Data Channel: Cipher '{cipher}'"))?,
        DataFormat::Epoch => holds(&format!("Epoch Data key 1: Cipher '{cipher}'"))?,
    }
    if release > Release::V2_5 {
        match cell.derivation {
            Derivation::Exporter => holds("tls-ekm")?,
            Derivation::Prf => lacks("tls-ekm")?,
        }
        match cell.format {
            DataFormat::V1 => lacks("peer-id")?,
            DataFormat::V2 | DataFormat::Epoch => holds("peer-id")?,
        }
    }
    if release == Release::V2_7 {
        match cell.format {
            DataFormat::Epoch => holds("aead-epoch")?,
            DataFormat::V1 | DataFormat::V2 => lacks("aead-epoch")?,
        }
    }
    if cell.renegotiation.is_dynamic() {
        holds("dyn-tls-crypt")?;
    }
    Ok(())
}
