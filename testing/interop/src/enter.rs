//! Going into namespaces of our own, where this user may make tunnel devices and nothing outside is touched.

use crate::failure::Failure;
use std::path::Path;
use std::process::Command;

/// Set, to anything, in the process inside.
const INSIDE: &str = "SPOKE_INTEROP_INSIDE";

/// Whether this process is inside already. Once inside, the loopback device is brought up.
///
/// # Errors
/// When it cannot be.
pub fn inside() -> Result<bool, Failure> {
    if std::env::var_os(INSIDE).is_none() {
        return Ok(false);
    }
    let mut up = Command::new("ip");
    up.args(["link", "set", "lo", "up"]);
    match works(&mut up) {
        true => Ok(true),
        false => Err(Failure::new("the loopback device does not come up")),
    }
}

/// What this machine lacks for it.
#[must_use]
pub fn missing() -> Option<&'static str> {
    if !Path::new("/dev/net/tun").exists() {
        Some("there is no /dev/net/tun")
    } else if !works(Command::new("ip").arg("-V")) {
        Some("iproute2 is not installed")
    } else if !works(Command::new("unshare").args(namespaces()).arg("true")) {
        Some("namespaces cannot be made")
    } else {
        None
    }
}

/// Runs this program again, inside, with the same arguments; whether it succeeded.
///
/// # Errors
/// When it cannot be started.
pub fn again() -> Result<bool, Failure> {
    let this = std::env::current_exe().map_err(Failure::during("find this program"))?;
    let status = Command::new("unshare")
        .args(namespaces())
        .arg("--")
        .arg(this)
        .args(std::env::args_os().skip(1))
        .env(INSIDE, "1")
        .status()
        .map_err(Failure::during("start unshare"))?;
    Ok(status.success())
}

/// Whether this process may be any user: root, and not only of a namespace of its own.
#[must_use]
pub fn is_root() -> bool {
    let map = std::fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
    nix::unistd::geteuid().is_root() && map.split_whitespace().last() == Some("4294967295")
}

/// Links, mounts and processes of our own; all of it ends with the first process.
fn namespaces() -> Vec<&'static str> {
    let user: &[&str] = match is_root() {
        true => &[],
        false => &["--user", "--map-root-user"],
    };
    let all = [
        "--net",
        "--mount",
        "--pid",
        "--fork",
        "--kill-child",
        "--mount-proc",
    ];
    [user, &all].concat()
}

fn works(command: &mut Command) -> bool {
    let quiet = command
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}
