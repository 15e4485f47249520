//! Debian packages that the demo and the tests stand on.

use crate::turn;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Something that a Debian package brings.
pub(crate) struct Needed {
    sign: Sign,
    package: &'static str,
    why: &'static str,
}

/// What shows that a package is installed.
enum Sign {
    /// A program in `PATH`.
    Program(&'static str),
    /// What C libraries are built against, by the name that pkg-config knows.
    Development(&'static str),
    /// A module of Python.
    Module(&'static str),
}

use Sign::{Development, Module, Program};

/// What the demo needs.
pub(crate) const DEMO: &[Needed] = &[COMPILER, IP, NSENTER];

/// What the tests need.
pub(crate) const TESTS: &[Needed] = &[
    COMPILER,
    IP,
    NSENTER,
    OPENVPN,
    Needed {
        sign: Program("ping"),
        package: "iputils-ping",
        why: "traffic through the tunnel",
    },
    Needed {
        sign: Program("tinyproxy"),
        package: "tinyproxy-bin",
        why: "a real HTTP proxy on the way to the gateway",
    },
    Needed {
        sign: Program("danted"),
        package: "dante-server",
        why: "a real SOCKS5 proxy that relays datagrams",
    },
    Needed {
        sign: Program("squid"),
        package: "squid",
        why: "a real HTTP proxy with Digest authentication",
    },
    Needed {
        sign: Program("microsocks"),
        package: "microsocks",
        why: "a real SOCKS5 proxy on the way to the gateway",
    },
    Needed {
        sign: Program("openssl"),
        package: "openssl",
        why: "files of client certificates as people have them",
    },
    Needed {
        sign: Program("dbus-daemon"),
        package: "dbus",
        why: "the bus on which systemd-resolved is tested",
    },
    Needed {
        sign: Program("strace"),
        package: "strace",
        why: "the daemon is killed at each call that it makes",
    },
    Needed {
        sign: Program("gnome-keyring-daemon"),
        package: "gnome-keyring",
        why: "a real Secret Service to keep a sign-in in",
    },
];

/// What the benchmark needs.
pub(crate) const BENCH: &[Needed] = &[COMPILER, IP, NSENTER, OPENVPN];

/// What counting instructions needs.
pub(crate) const MICRO: &[Needed] = &[
    COMPILER,
    Needed {
        sign: Program("valgrind"),
        package: "valgrind",
        why: "counts the instructions of the data path's pieces",
    },
];

/// What the desktop app is built against.
pub(crate) const WINDOW: &[Needed] = &[
    COMPILER,
    Needed {
        sign: Development("webkit2gtk-4.1"),
        package: "libwebkit2gtk-4.1-dev",
        why: "the web view in the desktop app's window",
    },
];

/// What the tests of the desktop app's window need.
pub(crate) const WINDOW_TESTS: &[Needed] = &[
    Needed {
        sign: Program("WebKitWebDriver"),
        package: "webkit2gtk-driver",
        why: "hands and eyes at the desktop app's window",
    },
    Needed {
        sign: Program("Xvfb"),
        package: "xvfb",
        why: "a screen for the desktop app's window",
    },
    Needed {
        sign: Program("chromium"),
        package: "chromium",
        why: "a real browser to sign in with",
    },
    Needed {
        sign: Program("chromedriver"),
        package: "chromium-driver",
        why: "hands at the browser",
    },
    Needed {
        sign: Program("xdotool"),
        package: "xdotool",
        why: "hands at the dialogs that are not the web view's",
    },
];

/// What compiling for macOS needs.
pub(crate) const MACOS: &[Needed] = &[
    COMPILER,
    Needed {
        sign: Module("ensurepip"),
        package: "python3-venv",
        why: "Zig, which compiles C for macOS and links, comes as a Python package",
    },
];

/// What packages are made with.
pub(crate) const PACKAGE: &[Needed] = &[
    COMPILER,
    Needed {
        sign: Program("dpkg-shlibdeps"),
        package: "dpkg-dev",
        why: "the libraries that a package depends on",
    },
    Needed {
        sign: Program("rpmbuild"),
        package: "rpm",
        why: "packages for RPM systems",
    },
];

/// What packages for 64-bit ARM are built with elsewhere.
pub(crate) const CROSS_AARCH64: &[Needed] = &[Needed {
    sign: Program("aarch64-linux-gnu-gcc"),
    package: "gcc-aarch64-linux-gnu libc6-dev-arm64-cross",
    why: "compiles C for 64-bit ARM and links",
}];

/// What packages for 64-bit x86 are built with elsewhere.
pub(crate) const CROSS_X86_64: &[Needed] = &[Needed {
    sign: Program("x86_64-linux-gnu-gcc"),
    package: "gcc-x86-64-linux-gnu libc6-dev-amd64-cross",
    why: "compiles C for 64-bit x86 and links",
}];

/// What packages are tried with.
pub(crate) const PACKAGE_TRIAL: &[Needed] = &[
    IP,
    NSENTER,
    Needed {
        sign: Program("mmdebstrap"),
        package: "mmdebstrap",
        why: "a clean Debian to install packages in",
    },
    Needed {
        sign: Program("systemd-analyze"),
        package: "systemd",
        why: "how exposed the services are",
    },
    Needed {
        sign: Program("shellcheck"),
        package: "shellcheck",
        why: "faults in the scripts of packages",
    },
    Needed {
        sign: Program("ruby"),
        package: "ruby",
        why: "the grammar of the recipe for Homebrew",
    },
    Needed {
        sign: Program("nix-instantiate"),
        package: "nix-bin",
        why: "the grammar of the recipe for Nix",
    },
];

const COMPILER: Needed = Needed {
    sign: Program("cc"),
    package: "build-essential",
    why: "the C and assembly parts of the cryptography library",
};

const IP: Needed = Needed {
    sign: Program("ip"),
    package: "iproute2",
    why: "the lab's networks",
};

const OPENVPN: Needed = Needed {
    sign: Program("openvpn"),
    package: "openvpn",
    why: "the real peer of the interoperability tests, and what Spoke is measured beside",
};

const NSENTER: Needed = Needed {
    sign: Program("nsenter"),
    package: "util-linux",
    why: "programs inside the lab's networks",
};

/// Installs what is missing when it may, and says what is missing when it may not.
///
/// Without root nothing is installed and nothing fails here: the tests that need a
/// missing program print that they were skipped.
pub(crate) fn provide(needed: &[Needed]) -> Result<(), String> {
    let missing: Vec<&Needed> = needed.iter().filter(|one| !one.sign.seen()).collect();
    let installs = nix::unistd::geteuid().is_root() && program("apt-get");
    // apt does not wait for another that fetches the lists.
    let _turn = installs.then(|| turn::take("apt")).transpose()?;
    if installs && (!missing.is_empty() || !knows_packages()) {
        apt(&["update", "-qq"])?;
    }
    if missing.is_empty() {
        return Ok(());
    }
    let packages = missing.iter().flat_map(|one| one.package.split(' '));
    let packages: Vec<&str> = packages.collect();
    for one in &missing {
        println!("missing: {}: {}", one.package, one.why);
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

/// Whether all of it is there.
pub(crate) fn present(needed: &[Needed]) -> bool {
    needed.iter().all(|one| one.sign.seen())
}

impl Sign {
    fn seen(&self) -> bool {
        match self {
            Program(name) => program(name),
            Development(name) => {
                in_library_folders(&Path::new("pkgconfig").join(format!("{name}.pc")))
            }
            Module(name) => Command::new("python3")
                .args(["-c", &format!("import {name}")])
                .stderr(Stdio::null())
                .status()
                .is_ok_and(|status| status.success()),
        }
    }
}

fn program(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // Debian keeps administrators' programs out of an ordinary user's PATH.
    std::env::split_paths(&path)
        .chain(["/usr/sbin".into(), "/sbin".into()])
        .any(|folder| folder.join(name).is_file())
}

/// Whether there is such a file in `/usr/lib`, or in its folder for a kind of machine.
fn in_library_folders(file: &Path) -> bool {
    let kinds = std::fs::read_dir("/usr/lib")
        .into_iter()
        .flatten()
        .flatten();
    let kinds = kinds.map(|folder| folder.path());
    let plain = ["/usr/lib", "/usr/lib64", "/usr/share", "/usr/local/lib"].map(PathBuf::from);
    kinds.chain(plain).any(|folder| folder.join(file).is_file())
}
