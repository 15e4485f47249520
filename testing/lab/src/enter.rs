//! Going into the lab's own namespaces, from which nothing outside can be changed.

use crate::error::LabError;
use nix::mount::{MsFlags, mount};
use std::ffi::OsString;
use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Set, to anything, in processes inside.
const INSIDE: &str = "SPOKE_LAB_INSIDE";
/// The lab's own files, on a private `/run`.
pub const FOLDER: &str = "/run/lab";

const NAMESPACES: [&str; 6] = [
    "--mount",
    "--net",
    "--pid",
    "--fork",
    "--kill-child",
    "--mount-proc",
];

/// Whether this process is inside already.
#[must_use]
pub fn inside() -> bool {
    std::env::var_os(INSIDE).is_some()
}

/// A command that runs this same program with `arguments` inside new namespaces:
/// links, mounts and processes of its own. All of it ends with the command.
///
/// # Errors
/// [`LabError::Impossible`] with what is missing on this machine.
pub fn command(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, LabError> {
    require_program("unshare", "util-linux")?;
    require_program("ip", "iproute2")?;
    require_tun()?;
    let user: &[&str] = if permitted(&[])? {
        &[]
    } else if permitted(&["--user", "--map-root-user"])? {
        &["--user", "--map-root-user"]
    } else {
        return Err(LabError::Impossible(
            "this system gives ordinary users no namespaces. Run it as root, or allow them (Debian: sysctl kernel.unprivileged_userns_clone=1; Ubuntu: sysctl kernel.apparmor_restrict_unprivileged_userns=0; in a container: run it privileged)".to_owned(),
        ));
    };
    let program = std::env::current_exe().map_err(LabError::io("find this program"))?;
    let mut command = Command::new("unshare");
    command
        .args(user)
        .args(NAMESPACES)
        .arg("--")
        .arg(program)
        .args(arguments)
        .env(INSIDE, "1");
    Ok(command)
}

/// Runs `body` inside, as the test of this program that is named `test`; the test is skipped where this machine cannot
/// hold the lab.
///
/// # Panics
/// When it fails.
#[track_caller]
#[expect(clippy::panic, reason = "a test fails by panicking")]
pub fn test(test: &str, body: impl FnOnce() -> Result<(), LabError>) {
    if inside() {
        return body().unwrap_or_else(|error| panic!("{error}"));
    }
    let arguments = spoke_needs::arguments(test).map(OsString::from);
    if let Some(program) = spoke_needs::found(command(arguments)) {
        spoke_needs::must_pass(program, test);
    }
}

/// Makes `/run` private, with the lab's folder in it. To be called once, inside.
///
/// # Errors
/// When it cannot be mounted.
pub fn furnish() -> Result<(), LabError> {
    mount(
        Some("tmpfs"),
        "/run",
        Some("tmpfs"),
        MsFlags::MS_NOSUID | MsFlags::MS_NODEV,
        Some("mode=0755"),
    )
    .map_err(|error| LabError::Io {
        doing: "mount a private /run".to_owned(),
        source: error.into(),
    })?;
    std::fs::create_dir_all(FOLDER).map_err(LabError::io(format!("make {FOLDER}")))
}

/// Copies `/etc` to a machine's own folder; files that this user may not read are
/// left out. Name resolution there is by `hosts` and DNS only.
///
/// # Errors
/// When the folder cannot be written.
pub fn copy_etc(machine: &str, resolver: std::net::Ipv4Addr) -> Result<PathBuf, LabError> {
    let folder = Path::new(FOLDER).join(machine).join("etc");
    std::fs::create_dir_all(&folder).map_err(LabError::io(format!("make {}", folder.display())))?;
    Command::new("cp")
        .args(["-a", "/etc/."])
        .arg(&folder)
        .stderr(Stdio::null())
        .status()
        .map_err(LabError::io("start `cp`"))?;
    let files = [
        ("resolv.conf", format!("nameserver {resolver}\n")),
        (
            "hosts",
            "127.0.0.1 localhost\n::1 localhost ip6-localhost\n".to_owned(),
        ),
        (
            "nsswitch.conf",
            "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\nservices: files\nprotocols: files\n".to_owned(),
        ),
    ];
    for (name, contents) in files {
        let path = folder.join(name);
        // It may be a link into /run, which is empty here.
        let _ = std::fs::remove_file(&path);
        std::fs::write(&path, contents)
            .map_err(LabError::io(format!("write {}", path.display())))?;
    }
    Ok(folder)
}

fn permitted(user: &[&str]) -> Result<bool, LabError> {
    Command::new("unshare")
        .args(user)
        .args(NAMESPACES)
        .args(["--", "true"])
        .stderr(Stdio::null())
        .status()
        .map(|status| status.success())
        .map_err(LabError::io("start `unshare`"))
}

fn require_program(program: &str, package: &str) -> Result<(), LabError> {
    let found = Command::new(program)
        .arg("-V")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    match found {
        Ok(_) => Ok(()),
        Err(_) => Err(LabError::Impossible(format!(
            "the program `{program}` is missing. Install it: apt-get install {package}"
        ))),
    }
}

fn require_tun() -> Result<(), LabError> {
    let path = "/dev/net/tun";
    match OpenOptions::new().read(true).write(true).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err(LabError::Impossible(format!(
                "{path} does not exist. As root: modprobe tun (in a container: --device {path})"
            )))
        }
        Err(error) => Err(LabError::Impossible(format!(
            "{path} cannot be opened: {error}. Run it as root, or as root once: chmod 666 {path} (what Debian's udev does too; a tunnel device still needs a network namespace of one's own)"
        ))),
    }
}
