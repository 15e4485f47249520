//! `spoke` and the real `spoked`, in a network of their own without a gateway.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests fail by panicking"
)]

mod support;

use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};
use support::{Outcome, Person};

/// A running daemon and its user.
struct World {
    person: Person,
    socket: PathBuf,
    daemon: Child,
}

impl World {
    /// `None`, said aloud, where the daemon is not built or namespaces are not allowed.
    fn up() -> Option<Self> {
        let program = assert_cmd::cargo::cargo_bin("spoke").with_file_name("spoked");
        if !program.exists() {
            return skip(&format!("{} is not built", program.display()));
        }
        let allowed = Command::new("unshare")
            .args(["-Urnm", "true"])
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
        if !allowed {
            return skip("user namespaces are not allowed here");
        }
        let person = Person::with_office();
        let socket = person.path("spoke.sock");
        let daemon = Command::new("unshare")
            .args(["-Urnm", "--kill-child"])
            .arg(&program)
            .arg("--foreground")
            .arg("--socket")
            .arg(&socket)
            .arg("--state-dir")
            .arg(person.path("daemon"))
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let world = Self {
            person,
            socket,
            daemon,
        };
        world.wait_for_socket();
        Some(world)
    }

    fn wait_for_socket(&self) {
        let begun = Instant::now();
        // The file is there a moment before anybody listens on it.
        while UnixStream::connect(&self.socket).is_err() {
            assert!(
                begun.elapsed() < Duration::from_secs(10),
                "spoked does not listen"
            );
            sleep(Duration::from_millis(5));
        }
    }

    fn run(&self, arguments: &[&str]) -> Outcome {
        let mut command = self.person.command(arguments);
        Person::outcome(command.env("SPOKE_SOCKET", &self.socket))
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

fn skip<T>(reason: &str) -> Option<T> {
    spoke_needs::skip(reason);
    None
}

#[test]
fn a_failed_connect_is_told_by_every_command_the_same_way() {
    let Some(world) = World::up() else { return };
    let disconnected = world.run(&["status", "--json"]);
    assert_eq!(disconnected.code, 3);
    assert_eq!(disconnected.document()["state"], "disconnected");
    assert_eq!(disconnected.document()["schema"], "spoke.status/1");

    let connect = world.run(&["connect", "--auth", "never"]);
    assert!([4, 6].contains(&connect.code), "{}", connect.stderr);
    assert!(connect.stdout.starts_with('✗'), "{}", connect.stdout);
    assert!(
        connect.next_step().starts_with("  → "),
        "{}",
        connect.stderr
    );

    let status = world.run(&["status", "--json"]);
    assert_eq!(status.code, 3);
    assert_eq!(status.document()["state"], "failed");
    assert!(status.document()["connection"]["problem"]["hint"].is_string());
    assert_eq!(world.run(&["wait", "--for", "connected"]).code, 3);

    assert_eq!(world.run(&["disconnect"]).code, 0);
    assert_eq!(
        world.run(&["disconnect"]).code,
        0,
        "disconnecting twice is no failure"
    );
    assert_eq!(world.run(&["wait", "--for", "disconnected"]).code, 0);
    let after = world.run(&["status", "--json"]);
    assert_eq!(after.document()["state"], "disconnected");
}

#[test]
fn not_waiting_returns_at_once() {
    let Some(world) = World::up() else { return };
    let begun = world.run(&["up", "--no-wait", "--auth", "never"]);
    assert!([0, 4].contains(&begun.code), "{}", begun.stderr);
    let waited = world.run(&["wait", "--for", "connected", "--timeout", "20s"]);
    assert_eq!(waited.code, 3, "{}", waited.stderr);
}

#[test]
fn waiting_ends_with_its_time_and_with_ctrl_c() {
    let Some(world) = World::up() else { return };
    let late = world.run(&["wait", "--for", "connected", "--timeout", "200ms"]);
    assert_eq!(late.code, 124);
    for arguments in [
        vec!["wait", "--for", "connected"],
        vec!["watch"],
        vec!["status", "--watch"],
    ] {
        let mut child = Command::new(assert_cmd::cargo::cargo_bin("spoke"))
            .args(&arguments)
            .env("SPOKE_SOCKET", &world.socket)
            .env("SPOKE_CONFIG_DIR", world.person.path("config"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        wait_until_it_listens(child.id());
        nix::sys::signal::kill(
            nix::unistd::Pid::from_raw(i32::try_from(child.id()).unwrap()),
            nix::sys::signal::Signal::SIGINT,
        )
        .unwrap();
        let code = child.wait().unwrap().code();
        let expected = match arguments[0] {
            "wait" => 130,
            "watch" => 0,
            _ => 3,
        };
        assert_eq!(code, Some(expected), "{arguments:?}");
    }
}

/// Waits until the process has its own answer to SIGINT (bit 1 of `SigCgt`).
fn wait_until_it_listens(process: u32) {
    let begun = Instant::now();
    let status = Path::new("/proc").join(process.to_string()).join("status");
    while begun.elapsed() < Duration::from_secs(10) {
        let text = std::fs::read_to_string(&status).unwrap();
        let caught = text
            .lines()
            .find_map(|line| line.strip_prefix("SigCgt:"))
            .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
            .unwrap_or_default();
        if caught & 0b10 != 0 {
            return;
        }
        sleep(Duration::from_millis(5));
    }
    panic!("it never listens to Ctrl-C");
}

#[test]
fn the_daemon_and_its_log_can_be_looked_at() {
    let Some(world) = World::up() else { return };
    let daemon = world.run(&["daemon", "status", "--json"]).document();
    assert_eq!(daemon["schema"], "spoke.daemon/1");
    assert!(daemon["pid"].as_u64().unwrap() > 0);
    let version = world.run(&["version", "--json"]).document();
    assert_eq!(version["daemon"], version["version"]);
    world.run(&["connect", "--auth", "never"]);
    let log = world.run(&["log", "show", "--json"]).document();
    assert_eq!(log["schema"], "spoke.log/1");
    assert!(!log["lines"].as_array().unwrap().is_empty());
    let text = world.run(&["log", "show", "--since", "5m"]);
    assert!(text.stdout.contains("contoso-hub"), "{}", text.stdout);
}

/// The promise is 20 ms for the shipped program; this one is not optimised.
#[test]
fn the_status_comes_at_once() {
    let Some(world) = World::up() else { return };
    let quickest = (0..20)
        .map(|_| {
            let begun = Instant::now();
            assert_eq!(world.run(&["status"]).code, 3);
            begun.elapsed()
        })
        .min()
        .unwrap();
    println!("spoke status took {quickest:?} at best");
    assert!(quickest < Duration::from_millis(50), "{quickest:?}");
}

#[test]
fn removing_a_profile_disconnects_it_first() {
    let Some(world) = World::up() else { return };
    world.run(&["up", "--no-wait", "--auth", "never"]);
    let removed = world.run(&["profile", "remove", "contoso-hub", "--yes"]);
    assert_eq!(removed.code, 0, "{}", removed.stderr);
    let status = world.run(&["status", "--json"]);
    assert_eq!(status.document()["state"], "disconnected");
}
