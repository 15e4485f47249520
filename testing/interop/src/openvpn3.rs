//! The client of OpenVPN 3, an implementation of its own beside OpenVPN 2.x, as the client of cells.
//!
//! It is a handful of services on a message bus. They run once, in a file system of their own, and serve all cells.

use crate::axes::{Family, Renegotiation, SignIn, Transport, Wrapping};
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
    start: Program,
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
            .arg("/usr/libexec/openvpn3-linux/openvpn3-service-backendstart");
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
        let mut command = Command::new("chroot");
        command
            .arg(&self.root)
            .args(["/usr/bin/openvpn3", "session-start", "--config", &config]);
        let start = Program::start(command, place.folder(), &format!("log-{}", seat.0))?;
        Ok(Connection {
            services: self,
            config,
            start,
        })
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
        require(!ended, || "OpenVPN 3 has given up".to_owned())
    }

    fn check(&self, _: &Cell) -> Result<(), Failure> {
        // It tells nobody; but its packets are those of the cell, or nothing would come through.
        Ok(())
    }

    fn check_quiet(&self) -> Result<(), Failure> {
        let sessions = self.services.run(&["sessions-list"])?;
        require(is_connected(&sessions, &self.config), || {
            format!("OpenVPN 3 says {sessions}")
        })
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
        format!("{}\n{}", self.services.bus.log(), self.start.log())
    }
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
