//! The client of OpenVPN 3, an implementation of its own beside OpenVPN 2.x, as the client of cells.
//!
//! It is a handful of services on a message bus. They run once, in a file system of their own, and serve all cells.

use crate::axes::{
    DataFormat, Derivation, Family, Framing, Renegotiation, SignIn, Transport, Wrapping,
};
use crate::cell::Cell;
use crate::failure::{Failure, require};
use crate::fetch::OPENVPN_3;
use crate::peer::Peer;
use crate::pki::USER;
use crate::place::{Place, password};
use crate::program::Program;
use crate::seat::Seat;
use nix::sys::stat::{Mode, SFlag, makedev, mknod, umask};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Its services give up root for this user.
const SERVICE_USER: u32 = 990;
/// It begins a renegotiation after so many seconds, and sends with the new key after half of them.
const RENEGOTIATE_SECONDS: u32 = 5;

/// What it writes of its connections, one after the other.
const CLIENT_LOG: &str = "/tmp/client.log";
/// With this it begins to write of one.
const BEGINS: &str = "Initializing VPN client session";
/// So it begins lines about what is wrong.
const BAD: [&str; 4] = ["Client WARNING", "Client ERROR", "!! CRITICAL !!", "FATAL"];
/// Nothing here is there to set names by, which it says of every connection.
const NO_NAMES: &str = "No DNS resolver configured";
/// What it counts of every connection. Whatever else it counts is an error.
const COUNTED: [&str; 8] = [
    "BYTES_IN",
    "BYTES_OUT",
    "PACKETS_IN",
    "PACKETS_OUT",
    "TUN_BYTES_IN",
    "TUN_BYTES_OUT",
    "TUN_PACKETS_IN",
    "TUN_PACKETS_OUT",
];

/// So it says that the process for a session did not come up, and so often it may be asked for one.
const NOT_STARTED: &str = "New tunnel did not respond";
const MOST_STARTS: usize = 4;

/// The longest that any step of it may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Everybody may do everything on this bus: nobody else is on it.
const BUS: &str = r#"<busconfig>
<type>system</type>
<listen>unix:path=/run/dbus/system_bus_socket</listen>
<auth>EXTERNAL</auth>
<servicedir>/usr/share/dbus-1/system-services</servicedir>
<policy context="default">
<allow user="*"/><allow own="*"/><allow send_type="method_call"/><allow send_type="signal"/>
<allow send_requested_reply="true" send_type="method_return"/>
<allow send_requested_reply="true" send_type="error"/>
<allow receive_type="method_call"/><allow receive_type="method_return"/>
<allow receive_type="error"/><allow receive_type="signal"/>
</policy>
</busconfig>
"#;

/// The running services.
pub(crate) struct OpenVpn3 {
    root: PathBuf,
    bus: Program,
    _starter: Program,
}

/// One connection.
pub(crate) struct Connection<'a> {
    services: &'a OpenVpn3,
    config: String,
    folder: PathBuf,
    start: Program,
    /// How often it was started.
    starts: usize,
}

impl OpenVpn3 {
    /// Starts the services.
    ///
    /// # Errors
    /// When they do not come up.
    pub(crate) fn start(peers: &Path, folder: &Path) -> Result<Self, Failure> {
        let root = peers.join(OPENVPN_3.folder);
        OPENVPN_3.furnish(&root)?;
        devices(&root)?;
        let write = |name: &str, text: &str| {
            std::fs::write(root.join(name), text).map_err(Failure::during(name))
        };
        let user = format!("root:x:0:0::/:\n_openvpn:x:{SERVICE_USER}:{SERVICE_USER}::/:\n");
        write("etc/passwd", &user)?;
        write(
            "etc/group",
            &format!("root:x:0:\n_openvpn:x:{SERVICE_USER}:\n"),
        )?;
        write("etc/bus.conf", BUS)?;
        for name in ["run/dbus", "var/lib/openvpn3/configs", "var/log/openvpn3"] {
            let path = root.join(name);
            std::fs::create_dir_all(&path).map_err(Failure::during(name))?;
        }
        for name in ["var/lib/openvpn3", "var/lib/openvpn3/configs"] {
            let owner = Some(SERVICE_USER);
            chown(root.join(name), owner, owner).map_err(Failure::during(name))?;
        }
        let mut bus = Command::new("chroot");
        bus.arg(&root).args([
            "/usr/bin/dbus-daemon",
            "--config-file=/etc/bus.conf",
            "--nofork",
        ]);
        let bus = Program::start(bus, folder, "log-openvpn3")?;
        wait("the bus", || {
            root.join("run/dbus/system_bus_socket").exists()
        })?;
        // The bus starts the other services, but as root, which this one does not take.
        let mut starter = Command::new("chroot");
        starter
            .arg(format!("--userspec={SERVICE_USER}:{SERVICE_USER}"))
            .arg(&root)
            .arg("/usr/libexec/openvpn3-linux/openvpn3-service-backendstart")
            .args(["--client-log-level", "6", "--client-log-file", CLIENT_LOG]);
        let starter = Program::start(starter, folder, "log-openvpn3-starter")?;
        wait("the log service", || bus.said("net.openvpn.v3.log'"))?;
        let services = Self {
            root,
            bus,
            _starter: starter,
        };
        for name in ["sessions", "configuration", "netcfg"] {
            services.wake(name)?;
        }
        Ok(services)
    }

    /// Begins the connection of a cell.
    ///
    /// # Errors
    /// When it cannot be begun.
    pub(crate) fn connect(
        &self,
        place: &Place,
        cell: &Cell,
        seat: Seat,
    ) -> Result<Connection<'_>, Failure> {
        let config = format!("/tmp/cell-{}.ovpn", seat.0);
        let path = self.root.join(config.trim_start_matches('/'));
        std::fs::write(&path, profile(place, cell, seat)).map_err(Failure::during(&config))?;
        let folder = place.folder().join(format!("openvpn3-{}", seat.0));
        std::fs::create_dir(&folder).map_err(Failure::during(folder.display()))?;
        let start = self.start_session(&config, &folder)?;
        Ok(Connection {
            services: self,
            config,
            folder,
            start,
            starts: 1,
        })
    }

    fn start_session(&self, config: &str, folder: &Path) -> Result<Program, Failure> {
        let mut command = Command::new("chroot");
        command
            .arg(&self.root)
            .args(["/usr/bin/openvpn3", "session-start", "--config", config]);
        Program::start(command, folder, "log")
    }

    /// Has the bus start a service.
    fn wake(&self, name: &str) -> Result<(), Failure> {
        let woken = Command::new("chroot")
            .arg(&self.root)
            .args(["/usr/bin/dbus-send", "--system", "--print-reply"])
            .arg(format!("--dest=net.openvpn.v3.{name}"))
            .args(["/", "org.freedesktop.DBus.Peer.Ping"])
            .output()
            .map_err(Failure::during("start dbus-send"))?;
        require(woken.status.success(), || {
            format!("{name}: {}", String::from_utf8_lossy(&woken.stderr))
        })
    }

    /// What was written of the connection that was begun last.
    fn client_log(&self) -> String {
        let path = self.root.join(CLIENT_LOG.trim_start_matches('/'));
        let bytes = std::fs::read(path).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        text.rsplit(BEGINS).next().unwrap_or_default().to_owned()
    }

    fn run(&self, words: &[&str]) -> Result<String, Failure> {
        let output = Command::new("chroot")
            .arg(&self.root)
            .arg("/usr/bin/openvpn3")
            .args(words)
            .stdin(Stdio::null())
            .output()
            .map_err(Failure::during("start openvpn3"))?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

impl Peer for Connection<'_> {
    fn is_connected(&self) -> bool {
        self.start.said("Connected")
    }

    fn check_runs(&mut self) -> Result<(), Failure> {
        let ended = self.start.has_ended() && !self.is_connected();
        // On a busy machine its own services can miss each other, before anything has gone over a network.
        if ended && self.start.said(NOT_STARTED) && self.starts < MOST_STARTS {
            self.starts += 1;
            self.start = self.services.start_session(&self.config, &self.folder)?;
            return Ok(());
        }
        require(!ended, || "OpenVPN 3 has given up".to_owned())
    }

    fn check(&self, cell: &Cell, _: u16) -> Result<(), Failure> {
        check(&self.services.client_log(), cell)
    }

    fn check_quiet(&self, cell: &Cell, _: u16) -> Result<(), Failure> {
        let sessions = self.services.run(&["sessions-list"])?;
        require(is_connected(&sessions, &self.config), || {
            format!("OpenVPN 3 says {sessions}")
        })?;
        let log = self.services.client_log();
        let bad = log
            .lines()
            .find(|line| BAD.iter().any(|words| line.contains(words)) && !line.contains(NO_NAMES));
        require(bad.is_none(), || format!("OpenVPN 3 says {bad:?}"))?;
        let handshakes = log.matches("SSL Handshake: ").count();
        let renewed = cell.renegotiation == Renegotiation::None || handshakes > 1;
        require(renewed, || "OpenVPN 3 says of no new key".to_owned())?;
        let counts = ["session-stats", "--config", &self.config];
        let counts = self.services.run(&counts)?;
        let errors = uncommon(&counts);
        require(
            counts.contains("TUN_PACKETS_IN") && errors.is_empty(),
            || format!("OpenVPN 3 counts {errors:?} in {counts}"),
        )
    }

    fn leave(&mut self) -> Result<(), Failure> {
        let said =
            self.services
                .run(&["session-manage", "--disconnect", "--config", &self.config])?;
        require(said.contains("Initiated session shutdown"), || said)
    }

    fn saw_leaving(&self, _: u16) -> bool {
        // Asking starts a program, which is dear.
        std::thread::sleep(Duration::from_millis(300));
        let sessions = self.services.run(&["sessions-list"]);
        sessions.is_ok_and(|sessions| !is_connected(&sessions, &self.config))
    }

    fn log(&self) -> String {
        [
            self.services.bus.log(),
            self.start.log(),
            self.services.client_log(),
        ]
        .join("\n")
    }
}

/// Checks in its log what it takes the connection for.
fn check(log: &str, cell: &Cell) -> Result<(), Failure> {
    let holds = |words: &str| {
        require(log.contains(words), || {
            format!("OpenVPN 3 does not say \"{words}\"")
        })
    };
    let lacks = |words: &str| {
        require(!log.contains(words), || {
            format!("OpenVPN 3 says \"{words}\"")
        })
    };
    let handshake = log.lines().find(|line| line.contains("SSL Handshake: "));
    let version = format!(" TLSv{} ", cell.tls.name());
    require(
        handshake.is_some_and(|line| line.contains(&version)),
        || format!("OpenVPN 3 says {handshake:?}"),
    )?;
    holds(&format!("\n  cipher: {}\n", cell.cipher.name()))?;
    holds(match cell.derivation {
        Derivation::Exporter => "key-derivation: TLS Keying Material Exporter",
        Derivation::Prf => "key-derivation: OpenVPN PRF",
    })?;
    holds(match cell.framing {
        Framing::StubV2 => "compress: COMP_STUBv2\n",
        Framing::None | Framing::Lzo | Framing::Stub => "compress: NONE\n",
    })?;
    match cell.format {
        DataFormat::V1 => holds("peer ID: -1\n")?,
        DataFormat::V2 | DataFormat::Epoch => lacks("peer ID: -1\n")?,
    }
    match cell.wrapping {
        Wrapping::None => lacks("control channel: tls-")?,
        Wrapping::AuthSha1 | Wrapping::AuthSha256 | Wrapping::AuthSha512 => {
            holds("control channel: tls-auth enabled")?;
        }
        Wrapping::Crypt => holds("control channel: tls-crypt enabled")?,
        Wrapping::CryptV2 => holds("control channel: tls-crypt v2 enabled")?,
    }
    if cell.renegotiation != Renegotiation::None {
        match cell.renegotiation.is_dynamic() {
            true => holds("control channel: dynamic tls-crypt enabled")?,
            false => lacks("dynamic tls-crypt")?,
        }
    }
    match cell.sign_in {
        SignIn::Token => holds("[auth-token]"),
        _ => lacks("[auth-token]"),
    }
}

/// What the list of counters has beside those that every connection has.
fn uncommon(counts: &str) -> Vec<&str> {
    counts
        .lines()
        .filter_map(|line| line.trim().split_once("..."))
        .map(|(name, _)| name.trim_end_matches('.'))
        .filter(|name| !COUNTED.contains(name))
        .collect()
}

/// Whether the list of sessions has this one as connected.
fn is_connected(sessions: &str, config: &str) -> bool {
    sessions
        .split("Path: ")
        .filter(|session| session.contains(&format!("{config} ")))
        .any(|session| session.contains("Client connected"))
}

fn profile(place: &Place, cell: &Cell, seat: Seat) -> String {
    let family = match cell.family {
        Family::V4 => "4",
        Family::V6 => "6",
    };
    let proto = match cell.transport {
        Transport::Tcp => format!("tcp{family}"),
        Transport::Udp => format!("udp{family}"),
    };
    let address = seat.address(cell.family);
    let mut text = format!(
        "client\ndev tun\nproto {proto}\nremote {} {}\nnobind\nremote-cert-tls server\n\
         auth {}\ncipher {}\n<ca>\n{}</ca>\n",
        address.ip(),
        address.port(),
        cell.digest(),
        cell.cipher.name(),
        place.pki.root_pem,
    );
    text += &match cell.wrapping {
        Wrapping::None => String::new(),
        Wrapping::AuthSha1 | Wrapping::AuthSha256 | Wrapping::AuthSha512 => {
            let key = place.static_key.to_text();
            format!("key-direction 1\n<tls-auth>\n{}</tls-auth>\n", *key)
        }
        Wrapping::Crypt => format!("<tls-crypt>\n{}</tls-crypt>\n", *place.static_key.to_text()),
        Wrapping::CryptV2 => {
            format!(
                "<tls-crypt-v2>\n{}</tls-crypt-v2>\n",
                *place.v2_client.to_text()
            )
        }
    };
    if cell.sign_in.has_certificate() {
        let (certificate, key) = (
            &place.pki.client.certificate_pem,
            place.pki.client.key_pem(),
        );
        text += &format!("<cert>\n{certificate}</cert>\n<key>\n{key}</key>\n");
    } else {
        text += "setenv CLIENT_CERT 0\n";
    }
    if cell.sign_in.has_password() && cell.sign_in != SignIn::Challenge {
        let password = password(cell.sign_in, false);
        text += &format!("<auth-user-pass>\n{USER}\n{password}\n</auth-user-pass>\n");
    }
    if cell.renegotiation != Renegotiation::None {
        text += &format!("reneg-sec {RENEGOTIATE_SECONDS}\n");
    }
    text
}

/// The few devices that the services want, for everybody.
fn devices(root: &Path) -> Result<(), Failure> {
    let before = umask(Mode::empty());
    let made = [
        ("null", 1, 3),
        ("random", 1, 8),
        ("urandom", 1, 9),
        ("net/tun", 10, 200),
    ]
    .into_iter()
    .try_for_each(|(name, major, minor)| {
        let path = root.join("dev").join(name);
        let folder = path.parent().unwrap_or(root);
        std::fs::create_dir_all(folder).map_err(Failure::during(name))?;
        let open = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(folder, open).map_err(Failure::during(name))?;
        let mode = Mode::from_bits_truncate(0o666);
        mknod(&path, SFlag::S_IFCHR, mode, makedev(major, minor)).map_err(Failure::during(name))
    });
    umask(before);
    made
}

fn wait(what: &str, holds: impl Fn() -> bool) -> Result<(), Failure> {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        require(Instant::now() < end, || format!("{what} does not come up"))?;
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cell::BASE;

    /// As core 3.10.4 writes it.
    const LOG: &str = "[Core] SSL Handshake: peer certificate: CN=gateway.test, cipher: TLS_AES_256_GCM_SHA384         TLSv1.3 Kx=any\n\
        7 [protocol-flags] [cc-exit] [tls-ekm]\n[Core] PROTOCOL OPTIONS:\n  cipher: AES-256-GCM\n  digest: none\n\
        \x20 key-derivation: TLS Keying Material Exporter [RFC5705]\n  compress: NONE\n  peer ID: 7\n\
        \x20 control channel: tls-auth enabled\n";

    #[test]
    fn a_log_of_another_connection_is_not_the_cells() {
        let base = Cell::at(&BASE);
        assert_eq!(check(LOG, &base), Ok(()));
        for (is, was) in [
            ("TLSv1.3", "TLSv1.2"),
            ("cipher: AES-256", "cipher: AES-128"),
            ("TLS Keying Material Exporter", "OpenVPN PRF"),
            ("NONE", "COMP_STUBv2"),
            ("peer ID: 7", "peer ID: -1"),
            ("tls-auth", "tls-crypt"),
            (
                "7 [protocol-flags]",
                "8 [auth-token] ...\n7 [protocol-flags]",
            ),
        ] {
            assert!(check(&LOG.replace(is, was), &base).is_err(), "{was}");
        }
    }

    #[test]
    fn a_counter_that_not_every_connection_has_is_an_error() {
        let counts = "\nConnection statistics:\n     BYTES_IN..................350101\n     TUN_PACKETS_IN...............536\n";
        assert_eq!(uncommon(counts), [""; 0]);
        let counts = format!("{counts}     DECRYPT_ERROR..................1\n");
        assert_eq!(uncommon(&counts), ["DECRYPT_ERROR"]);
    }
}
