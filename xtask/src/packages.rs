//! Debian packages that the demo and the tests stand on.

use std::path::Path;
use std::process::{Command, Stdio};

/// A program and the Debian package that brings it.
pub(crate) struct Needed {
    program: &'static str,
    package: &'static str,
    why: &'static str,
}

/// What the demo needs.
pub(crate) const DEMO: &[Needed] = &[COMPILER, IP, NSENTER];

/// What the tests need.
pub(crate) const TESTS: &[Needed] = &[
    COMPILER,
    IP,
    NSENTER,
    Needed {
        program: "openvpn",
        package: "openvpn",
        why: "the real peer of the interoperability tests",
    },
    Needed {
        program: "ping",
        package: "iputils-ping",
        why: "traffic through the tunnel",
    },
    Needed {
        program: "tinyproxy",
        package: "tinyproxy-bin",
        why: "a real HTTP proxy on the way to the gateway",
    },
    Needed {
        program: "danted",
        package: "dante-server",
        why: "a real SOCKS5 proxy that relays datagrams",
    },
    Needed {
        program: "squid",
        package: "squid",
        why: "a real HTTP proxy with Digest authentication",
    },
    Needed {
        program: "microsocks",
        package: "microsocks",
        why: "a real SOCKS5 proxy on the way to the gateway",
    },
    Needed {
        program: "openssl",
        package: "openssl",
        why: "files of client certificates as people have them",
    },
    Needed {
        program: "dbus-daemon",
        package: "dbus",
        why: "the bus on which systemd-resolved is tested",
    },
    Needed {
        program: "gnome-keyring-daemon",
        package: "gnome-keyring",
        why: "a real Secret Service to keep a sign-in in",
    },
];

const COMPILER: Needed = Needed {
    program: "cc",
    package: "build-essential",
    why: "the C and assembly parts of the cryptography library",
};

const IP: Needed = Needed {
    program: "ip",
    package: "iproute2",
    why: "the lab's networks",
};

const NSENTER: Needed = Needed {
    program: "nsenter",
    package: "util-linux",
    why: "programs inside the lab's networks",
};

/// Installs what is missing when it may, and says what is missing when it may not.
///
/// Without root nothing is installed and nothing fails here: the tests that need a
/// missing program print that they were skipped.
pub(crate) fn provide(needed: &[Needed]) -> Result<(), String> {
    let missing: Vec<&Needed> = needed.iter().filter(|one| !present(one.program)).collect();
    let installs = nix::unistd::geteuid().is_root() && present("apt-get");
    if installs && (!missing.is_empty() || !knows_packages()) {
        apt(&["update", "-qq"])?;
    }
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<&str> = missing.iter().map(|one| one.package).collect();
    for one in &missing {
        println!("missing: {} ({}): {}", one.program, one.package, one.why);
    }
    if !installs {
        println!("install with: sudo apt-get install {}", packages.join(" "));
        return Ok(());
    }
    println!("installing: {}", packages.join(" "));
    let mut install = vec!["install", "-y", "-qq", "--no-install-recommends"];
    install.extend(packages);
    apt(&install)
}

/// Whether there are package lists: a test fetches a package without installing it.
fn knows_packages() -> bool {
    std::fs::read_dir("/var/lib/apt/lists").is_ok_and(|mut lists| {
        lists.any(|entry| {
            entry.is_ok_and(|entry| entry.file_name().to_string_lossy().contains("_Packages"))
        })
    })
}

fn apt(arguments: &[&str]) -> Result<(), String> {
    let status = Command::new("apt-get")
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdout(Stdio::null())
        .status()
        .map_err(|error| format!("cannot start apt-get: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("apt-get {} failed ({status})", arguments.join(" ")))
    }
}

fn present(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // Debian keeps administrators' programs out of an ordinary user's PATH.
    std::env::split_paths(&path)
        .chain(["/usr/sbin".into(), "/sbin".into()])
        .any(|folder| Path::new(&folder).join(program).is_file())
}
