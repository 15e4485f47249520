//! A real systemd-resolved from Debian's package, unpacked and not installed, with a
//! bus of its own; and name servers that remember what they were asked.

use super::run;
use spoke_host::TunDevice;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, UdpSocket};
use std::os::fd::OwnedFd;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What the server outside answers to every question.
pub(crate) const OUTSIDE: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);

/// What the server in the tunnel answers to every question.
pub(crate) const INSIDE: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);

/// Names under this do not exist outside.
pub(crate) const HIDDEN: &str = "hidden.example";

const PACKAGES: [&str; 2] = ["systemd-resolved", "libsystemd-shared"];

const BUS: &str = r#"<busconfig>
  <type>system</type>
  <listen>unix:path=/run/dbus/system_bus_socket</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/><allow own="*"/>
    <allow send_destination="*" eavesdrop="true"/><allow receive_sender="*"/>
  </policy>
</busconfig>
"#;

/// Starts a system bus of its own.
pub(crate) fn start_bus() {
    fs::create_dir_all("/run/dbus").unwrap();
    fs::write("/run/bus.conf", BUS).unwrap();
    spawn(Command::new("dbus-daemon").args(["--config-file=/run/bus.conf", "--nofork"]));
    wait_for("the bus", || {
        Path::new("/run/dbus/system_bus_socket").exists()
    });
}

/// The unpacked package.
pub(crate) struct Package {
    root: PathBuf,
}

impl Package {
    /// Fetches it once into the build folder.
    pub(crate) fn fetch() -> Result<Self, String> {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("systemd-resolved");
        if root.exists() {
            return Ok(Self { root });
        }
        let new = root.with_extension(format!("{}", std::process::id()));
        fs::create_dir_all(&new).map_err(|error| error.to_string())?;
        let fetched = Command::new("apt-get")
            .arg("download")
            .args(PACKAGES)
            .current_dir(&new)
            .output()
            .map_err(|error| format!("apt-get download: {error}"))?;
        if !fetched.status.success() {
            let text = String::from_utf8_lossy(&fetched.stderr).into_owned();
            let _ = fs::remove_dir_all(&new);
            return Err(format!("apt-get download {}: {text}", PACKAGES.join(" ")));
        }
        for file in fs::read_dir(&new)
            .unwrap()
            .map(|entry| entry.unwrap().path())
        {
            run(&format!("dpkg -x {} {}", file.display(), new.display()));
        }
        // Another test may have been faster.
        let _ = fs::rename(&new, &root);
        let _ = fs::remove_dir_all(&new);
        Ok(Self { root })
    }

    /// Starts the bus and the service, the host's own server being the one outside.
    pub(crate) fn start(&self, settings: &str) {
        fs::create_dir_all("/run/systemd/resolve").unwrap();
        start_bus();

        // It gives up root for this user, and here there is no other user than root.
        be_root("/etc/passwd", "systemd-resolve:x:0:0::/:/usr/sbin/nologin");
        be_root("/etc/group", "systemd-resolve:x:0:");
        fs::create_dir_all("/etc/systemd").unwrap();
        let settings = format!("[Resolve]\nMulticastDNS=no\nFallbackDNS=\n{settings}");
        fs::write("/etc/systemd/resolved.conf", settings).unwrap();
        fs::remove_file("/etc/resolv.conf").unwrap();
        symlink(
            "../run/systemd/resolve/stub-resolv.conf",
            "/etc/resolv.conf",
        )
        .unwrap();
        self.start_service();
        self.resolvectl(&["dns", "eth0", "192.168.1.53"]);
    }

    fn start_service(&self) {
        let service = self.root.join("lib/systemd/systemd-resolved");
        spawn(self.with_library(&mut Command::new(service)));
        wait_for("systemd-resolved", || self.ask(&["status"]).is_ok());
    }

    /// Ends the service and starts it anew, as an upgrade of it does.
    pub(crate) fn restart(&self) {
        run("pkill --exact systemd-resolve");
        wait_for("the end of systemd-resolved", || {
            self.ask(&["status"]).is_err()
        });
        self.start_service();
    }

    /// Runs `resolvectl` and returns what it prints.
    pub(crate) fn resolvectl(&self, arguments: &[&str]) -> String {
        self.ask(arguments).unwrap()
    }

    /// Runs `resolvectl`, which may fail.
    pub(crate) fn ask(&self, arguments: &[&str]) -> Result<String, String> {
        let mut command = Command::new(self.root.join("usr/bin/resolvectl"));
        let output = self.with_library(command.args(arguments)).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        if output.status.success() {
            Ok(text(&output.stdout))
        } else {
            Err(text(&output.stderr))
        }
    }

    fn with_library<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        let folders = fs::read_dir(self.root.join("usr/lib")).unwrap();
        let library = folders
            .map(|entry| entry.unwrap().path().join("systemd"))
            .find(|path| path.exists())
            .unwrap();
        command.env("LD_LIBRARY_PATH", library)
    }
}

/// A name server that answers everything with one address.
#[derive(Clone, Default)]
pub(crate) struct NameServer {
    asked: Arc<Mutex<Vec<String>>>,
}

impl NameServer {
    /// One outside, on the other side of `eth0`.
    pub(crate) fn outside() -> Self {
        run("ip netns add far");
        run("ip link set far0 netns far");
        run("ip -n far addr add 192.168.1.53/24 dev far0");
        run("ip -n far link set far0 up");
        let server = Self::default();
        let mine = server.clone();
        thread::spawn(move || {
            let far = File::open("/run/netns/far").unwrap();
            nix::sched::setns(far, nix::sched::CloneFlags::CLONE_NEWNET).unwrap();
            let socket = UdpSocket::bind("192.168.1.53:53").unwrap();
            let mut packet = [0; 1500];
            while let Ok((length, from)) = socket.recv_from(&mut packet) {
                if let Some(answer) = mine.answer(&packet[..length], OUTSIDE) {
                    socket.send_to(&answer, from).unwrap();
                }
            }
        });
        server
    }

    /// One at every address in the tunnel, until the device is stopped.
    pub(crate) fn inside(device: TunDevice) -> (Self, Tunnel) {
        let server = Self::default();
        let mine = server.clone();
        let stop = Arc::new(Mutex::new(false));
        let stopped = stop.clone();
        let thread = thread::spawn(move || {
            let mut device = File::from(OwnedFd::from(device));
            let mut packet = [0; 1600];
            while !*stopped.lock().unwrap() {
                match device.read(&mut packet) {
                    Ok(length) => {
                        if let Some(reply) = mine.answer_packet(&packet[..length]) {
                            device.write_all(&reply).unwrap();
                        }
                    }
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        thread::sleep(Duration::from_millis(2));
                    }
                    // The device is down.
                    Err(_) => thread::sleep(Duration::from_millis(2)),
                }
            }
        });
        (server, Tunnel { stop, thread })
    }

    /// The names that it was asked for since the last time.
    pub(crate) fn asked(&self) -> Vec<String> {
        let mut names = std::mem::take(&mut *self.asked.lock().unwrap());
        names.sort();
        names.dedup();
        names
    }

    /// The answer to a DNS message (RFC 1035) with one question.
    fn answer(&self, question: &[u8], address: Ipv4Addr) -> Option<Vec<u8>> {
        let mut at = 12;
        let mut labels = Vec::new();
        loop {
            let length = usize::from(*question.get(at)?);
            let label = question.get(at + 1..at + 1 + length)?;
            at += 1 + length;
            if length == 0 {
                break;
            }
            labels.push(String::from_utf8_lossy(label).into_owned());
        }
        let kind = question.get(at..at + 2)?;
        let name = labels.join(".");
        let unknown = address == OUTSIDE && name.ends_with(HIDDEN);
        let is_address = kind == [0, 1] && !unknown;
        self.asked.lock().unwrap().push(name);
        let mut answer = question.get(..2)?.to_vec();
        let code = if unknown { 0x83 } else { 0x80 };
        answer.extend([0x81, code, 0, 1, 0, u8::from(is_address), 0, 0, 0, 0]);
        answer.extend(question.get(12..at + 4)?);
        if is_address {
            answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]);
            answer.extend(address.octets());
        }
        Some(answer)
    }

    /// The answer to an IPv4 packet with a UDP datagram for port 53.
    fn answer_packet(&self, packet: &[u8]) -> Option<Vec<u8>> {
        let header = usize::from(packet.first()? & 15) * 4;
        let is_udp = packet.first()? >> 4 == 4 && *packet.get(9)? == 17;
        let udp = packet.get(header..)?;
        if !is_udp || udp.get(2..4)? != [0, 53] {
            return None;
        }
        let answer = self.answer(udp.get(8..)?, INSIDE)?;
        let length = u16::try_from(28 + answer.len()).ok()?;
        let mut reply = vec![0x45, 0];
        reply.extend(length.to_be_bytes());
        reply.extend([0, 0, 0, 0, 64, 17, 0, 0]);
        reply.extend(packet.get(16..20)?);
        reply.extend(packet.get(12..16)?);
        let sum: u32 = reply
            .chunks(2)
            .map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]])))
            .sum();
        let sum = !(u16::try_from((sum & 0xffff) + (sum >> 16)).ok()?);
        reply[10..12].copy_from_slice(&sum.to_be_bytes());
        reply.extend([0, 53]);
        reply.extend(udp.get(..2)?);
        reply.extend((length - 20).to_be_bytes());
        reply.extend([0, 0]);
        reply.extend(answer);
        Some(reply)
    }
}

/// Holds the tunnel device open.
pub(crate) struct Tunnel {
    stop: Arc<Mutex<bool>>,
    thread: thread::JoinHandle<()>,
}

impl Tunnel {
    /// Closes the device.
    pub(crate) fn close(self) {
        *self.stop.lock().unwrap() = true;
        self.thread.join().unwrap();
    }
}

#[expect(
    clippy::zombie_processes,
    reason = "the process namespace ends with the test, and all in it"
)]
fn spawn(command: &mut Command) {
    command.stdin(Stdio::null()).spawn().unwrap();
}

/// Makes the service's user another name for root.
fn be_root(path: &str, line: &str) {
    let text = fs::read_to_string(path).unwrap();
    let others = text
        .lines()
        .filter(|line| !line.starts_with("systemd-resolve:"));
    let all: Vec<&str> = others.chain([line]).collect();
    fs::write(path, all.join("\n") + "\n").unwrap();
}

fn wait_for(what: &str, ready: impl Fn() -> bool) {
    for _ in 0..200 {
        if ready() {
            return;
        }
        thread::sleep(Duration::from_millis(50));
    }
    panic!("{what} does not come up");
}
