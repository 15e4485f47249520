//! SoftEther VPN Server, an implementation of the protocol from other hands, as the server of cells.
//!
//! One server serves all its cells. It has a network stack of its own, which answers the echo requests.

use crate::axes::{Renegotiation, Transport};
use crate::cell::Cell;
use crate::failure::{Failure, require};
use crate::fetch::SOFTETHER;
use crate::peer::Peer;
use crate::pki::{Pki, USER};
use crate::place::PASSWORD;
use crate::program::Program;
use nix::mount::{MsFlags, mount};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// Where it listens, for streams and for datagrams.
pub(crate) const PORT: u16 = 1194;
/// It takes no datagrams on the loopback addresses; this one is given to the same device.
pub(crate) const ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 99, 0, 1);
/// Its own address in the tunnel.
const INSIDE: Ipv4Addr = Ipv4Addr::new(192, 168, 30, 1);

const SERVER: &str = "/usr/libexec/softether/vpnserver/vpnserver";
const COMMAND_LINE: &str = "/usr/libexec/softether/vpncmd/vpncmd";

/// What it says of a connection with which all is well; whatever else it says is a fault.
const USUAL: [&str; 9] = [
    "Session created.",
    "A new channel is created.",
    "Option Strings Received: ",
    "Client certificate is not provided, will use password authentication.",
    "Option Strings to Send: ",
    "The channel becomes the established state.",
    "network information parameters are set successfully.",
    "The full strings replied: ",
    "The channel is established. (Trigger: Re-key completion.)",
];

/// A running server.
pub(crate) struct SoftEther {
    root: PathBuf,
    _server: Program,
}

impl SoftEther {
    /// Starts it in its own file system, with what it writes in memory.
    ///
    /// # Errors
    /// When it does not come up.
    pub(crate) fn start(peers: &Path, folder: &Path, pki: &Pki) -> Result<Self, Failure> {
        let root = peers.join(SOFTETHER.folder);
        SOFTETHER.furnish(&root)?;
        put_devices(&root.join("dev"))?;
        for name in ["run/softether", "var/lib/softether", "var/log/softether"] {
            std::fs::create_dir_all(root.join(name)).map_err(Failure::during(name))?;
        }
        let address = format!("{ADDRESS}/32");
        let given = Command::new("ip")
            .args(["address", "add", &address, "dev", "lo"])
            .status();
        require(given.is_ok_and(|status| status.success()), || {
            "no second address".to_owned()
        })?;
        let mut command = Command::new("chroot");
        command.arg(&root).args([SERVER, "execsvc"]);
        let server = Program::start(command, folder, "log-softether")?;
        let softether = Self {
            root,
            _server: server,
        };
        softether.set_up(pki)?;
        Ok(softether)
    }

    fn set_up(&self, pki: &Pki) -> Result<(), Failure> {
        let put = |name: &str, text: &str| {
            std::fs::write(self.root.join("tmp").join(name), text).map_err(Failure::during(name))
        };
        put("server.pem", &pki.rsa_server.certificate_pem)?;
        put("server.key", &pki.rsa_server.key_pem())?;
        put(
            "commands",
            &format!(
                "ServerCertSet /LOADCERT:/tmp/server.pem /LOADKEY:/tmp/server.key\n\
                 Hub DEFAULT\n\
                 UserCreate {USER} /GROUP:none /REALNAME:none /NOTE:none\n\
                 UserPasswordSet {USER} /PASSWORD:\"{PASSWORD}\"\n\
                 SecureNatEnable\n"
            ),
        )?;
        let end = Instant::now() + Duration::from_secs(60);
        loop {
            let output = Command::new("chroot")
                .arg(&self.root)
                .args([
                    COMMAND_LINE,
                    "localhost:5555",
                    "/SERVER",
                    "/IN:/tmp/commands",
                ])
                .output()
                .map_err(Failure::during("start vpncmd"))?;
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            if text.matches("completed successfully").count() == 5 {
                return Ok(());
            }
            let early = text.contains("Connection to the server failed");
            require(early && Instant::now() < end, || text)?;
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// What it has written of the connection with a client's port.
    fn said_of(&self, port: u16) -> Vec<String> {
        let client = format!(":{port} -> ");
        let log = self.log();
        let lines = log.lines().filter(|line| line.contains(&client));
        lines.map(str::to_owned).collect()
    }

    /// Waits for a line with all these words: it writes its log a moment later.
    fn until_said(&self, port: u16, words: &[&str]) -> Result<(), Failure> {
        let end = Instant::now() + Duration::from_secs(10);
        let holds = |line: &String| words.iter().all(|words| line.contains(words));
        while !self.said_of(port).iter().any(holds) {
            require(Instant::now() < end, || {
                format!("SoftEther does not say {words:?} of port {port}")
            })?;
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// What it has written of its sessions.
    pub(crate) fn log(&self) -> String {
        let mut text = String::new();
        for folder in ["server_log", "security_log/DEFAULT"] {
            let folder = self.root.join("var/log/softether").join(folder);
            for file in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                let bytes = std::fs::read(file.path()).unwrap_or_default();
                text += &String::from_utf8_lossy(&bytes);
            }
        }
        text
    }
}

/// The machine's own devices.
fn put_devices(folder: &Path) -> Result<(), Failure> {
    let flags = MsFlags::MS_BIND | MsFlags::MS_REC;
    mount(Some("/dev"), folder, None::<&str>, flags, None::<&str>)
        .map_err(Failure::during(format!("mount on {}", folder.display())))
}

impl Peer for &SoftEther {
    fn is_connected(&self) -> bool {
        false
    }

    fn check_runs(&mut self) -> Result<(), Failure> {
        Ok(())
    }

    fn check(&self, cell: &Cell, port: u16) -> Result<(), Failure> {
        let proto = match cell.transport {
            Transport::Tcp => "(TCP): Session created.",
            Transport::Udp => "(UDP): Session created.",
        };
        let cipher = format!(",cipher {},", cell.cipher.name());
        self.until_said(port, &[proto])?;
        self.until_said(port, &["Option Strings to Send", &cipher])?;
        self.until_said(port, &["The channel becomes the established state."])
    }

    fn check_quiet(&self, cell: &Cell, port: u16) -> Result<(), Failure> {
        if cell.renegotiation != Renegotiation::None {
            self.until_said(port, &["Channel 1", "Trigger: Re-key completion."])?;
        }
        let lines = self.said_of(port);
        let strange = lines
            .iter()
            .find(|line| !USUAL.iter().any(|usual| line.contains(usual)));
        strange.map_or(Ok(()), |line| {
            Err(Failure::new(format!("SoftEther says {line}")))
        })
    }

    fn leave(&mut self) -> Result<(), Failure> {
        Err(Failure::new("it serves other cells too"))
    }

    fn saw_leaving(&self, port: u16) -> bool {
        let words = format!("Port number {port}) has been disconnected");
        SoftEther::log(self).contains(&words)
    }

    fn address(&self) -> Option<Ipv4Addr> {
        Some(INSIDE)
    }

    fn log(&self) -> String {
        SoftEther::log(self)
    }
}
