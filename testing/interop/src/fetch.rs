//! Brings other releases of the peers to this machine: Debian packages of other suites, unpacked into a folder and
//! never installed.

use crate::failure::{Failure, require};
use nix::mount::{MsFlags, mount};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

/// A peer that Debian has.
pub(crate) struct Package {
    /// The folder that it is unpacked into.
    pub(crate) folder: &'static str,
    suites: &'static [&'static str],
    packages: &'static [&'static str],
}

/// OpenVPN 2.7 with the libraries that it was built for.
pub(crate) const OPENVPN_2_7: Package = Package {
    folder: "openvpn27",
    suites: &["trixie", "trixie-backports"],
    packages: &[
        "openvpn/trixie-backports",
        "libaudit1",
        "libc6",
        "libcap-ng0",
        "libcap2",
        "libgcc-s1",
        "liblz4-1",
        "liblzo2-2",
        "libnl-3-200",
        "libnl-genl-3-200",
        "libpam0g",
        "libpkcs11-helper1t64",
        "libssl3t64",
        "libsystemd0",
        "libzstd1",
        "zlib1g",
    ],
};

/// OpenVPN 2.5.1 with the libraries that it was built for.
pub(crate) const OPENVPN_2_5: Package = Package {
    folder: "openvpn25",
    suites: &["bullseye"],
    packages: &[
        "openvpn",
        "libaudit1",
        "libc6",
        "libcap-ng0",
        "libgcc-s1",
        "libgcrypt20",
        "libgpg-error0",
        "liblz4-1",
        "liblzma5",
        "liblzo2-2",
        "libpam0g",
        "libpkcs11-helper1",
        "libssl1.1",
        "libsystemd0",
        "libzstd1",
        "zlib1g",
    ],
};

/// SoftEther VPN Server with its command line.
pub(crate) const SOFTETHER: Package = Package {
    folder: "softether",
    suites: &["bullseye"],
    packages: &[
        "libc6",
        "libncurses6",
        "libreadline8",
        "libssl1.1",
        "libtinfo6",
        "softether-common",
        "softether-vpncmd",
        "softether-vpnserver",
        "zlib1g",
    ],
};

/// The client of OpenVPN 3 with a message bus.
pub(crate) const OPENVPN_3: Package = Package {
    folder: "openvpn3",
    suites: &["trixie"],
    packages: &[
        "dbus-bin",
        "dbus-daemon",
        "libapparmor1",
        "libatomic1",
        "libaudit1",
        "libblkid1",
        "libc6",
        "libcap-ng0",
        "libcap2",
        "libdbus-1-3",
        "libexpat1",
        "libffi8",
        "libgcc-s1",
        "libgdbuspp3",
        "libglib2.0-0t64",
        "libjsoncpp26",
        "liblz4-1",
        "libmount1",
        "libnl-3-200",
        "libnl-genl-3-200",
        "libpcre2-8-0",
        "libprotobuf32t64",
        "libselinux1",
        "libssl3t64",
        "libstdc++6",
        "libsystemd0",
        "libtinyxml2-11",
        "libuuid1",
        "libxxhash0",
        "libzstd1",
        "openvpn3-client",
        "zlib1g",
    ],
};

/// The file in a peer's folder that says what it was unpacked from.
const CONTENTS: &str = "contents";
/// Folders that a peer may write into: they are in memory, and only this run sees them.
const WRITABLE: [&str; 5] = ["dev", "etc", "run", "tmp", "var"];
/// Packages of Debian are verified with these keys.
const KEYS: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

impl Package {
    /// Unpacks the peer under `peers`, unless it is there already.
    ///
    /// # Errors
    /// When it cannot be had here.
    pub(crate) fn fetch(&self, peers: &Path) -> Result<(), Failure> {
        let folder = peers.join(self.folder);
        let contents = [self.suites, self.packages].concat().join("\n");
        if std::fs::read_to_string(folder.join(CONTENTS)).is_ok_and(|has| has == contents) {
            return Ok(());
        }
        std::fs::create_dir_all(peers).map_err(Failure::during(peers.display()))?;
        let work = tempfile::tempdir_in(peers).map_err(Failure::during(peers.display()))?;
        self.download(work.path())?;
        let root = work.path().join("root");
        for file in std::fs::read_dir(work.path()).map_err(Failure::during("list packages"))? {
            let file = file.map_err(Failure::during("list packages"))?.path();
            if file.extension().is_some_and(|ending| ending == "deb") {
                run(Command::new("dpkg").arg("-x").arg(file).arg(&root))?;
            }
        }
        let list = root.join(CONTENTS);
        std::fs::write(&list, contents).map_err(Failure::during(list.display()))?;
        // What was unpacked for an older list goes.
        let _ = std::fs::rename(&folder, work.path().join("old"));
        // Another process may have been faster.
        let renamed = std::fs::rename(&root, &folder);
        require(renamed.is_ok() || folder.exists(), || {
            format!("{} cannot be made", folder.display())
        })
    }

    /// Makes the unpacked peer a file system that it can live in, for this process and its children only.
    pub(crate) fn furnish(&self, root: &Path) -> Result<(), Failure> {
        for name in WRITABLE {
            put_on(&root.join(name), "tmpfs", MsFlags::empty())?;
        }
        put_on(
            &root.join("proc"),
            "/proc",
            MsFlags::MS_BIND | MsFlags::MS_REC,
        )?;
        for name in ["lib", "lib64"] {
            // Newer packages leave it to another one to say where libraries are.
            if !root.join(name).exists() {
                symlink(format!("usr/{name}"), root.join(name)).map_err(Failure::during(name))?;
            }
        }
        Ok(())
    }

    /// By an apt that knows the suites of this peer and nothing of what is installed here.
    fn download(&self, work: &Path) -> Result<(), Failure> {
        let mirror = mirror()?;
        let lines: Vec<String> = self
            .suites
            .iter()
            .map(|suite| format!("deb [signed-by={KEYS}] {mirror} {suite} main\n"))
            .collect();
        let sources = work.join("sources.list");
        std::fs::write(&sources, lines.concat()).map_err(Failure::during(sources.display()))?;
        for folder in ["lists/partial", "cache/archives/partial"] {
            let folder = work.join(folder);
            std::fs::create_dir_all(&folder).map_err(Failure::during(folder.display()))?;
        }
        let settings = [
            format!("Dir::State::lists={}", work.join("lists").display()),
            format!("Dir::Etc::sourcelist={}", sources.display()),
            format!("Dir::Cache={}", work.join("cache").display()),
            "Dir::Etc::sourceparts=-".to_owned(),
            "Dir::State::status=/dev/null".to_owned(),
            "Acquire::Languages=none".to_owned(),
            "APT::Sandbox::User=root".to_owned(),
        ];
        let apt = |words: &[&str]| {
            let mut command = Command::new("apt-get");
            command.arg("-qq").current_dir(work);
            for setting in &settings {
                command.args(["-o", setting]);
            }
            command.args(words);
            run(&mut command)
        };
        // An old suite moves to Debian's archive one day; then its peer leaves the table, for a reason that it names.
        apt(&["update"])?;
        apt(&[&["download"], self.packages].concat())
    }
}

fn put_on(folder: &Path, what: &str, flags: MsFlags) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(Failure::during(folder.display()))?;
    let kind = flags.is_empty().then_some(what);
    mount(Some(what), folder, kind, flags, None::<&str>)
        .map_err(Failure::during(format!("mount on {}", folder.display())))
}

/// The mirror of Debian that this machine uses.
fn mirror() -> Result<String, Failure> {
    let output = Command::new("apt-get")
        .args(["indextargets", "--format", "$(SITE)"])
        .args(["Created-By: Packages", "Label: Debian"])
        .output()
        .map_err(Failure::during("apt-get"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let first = text.lines().next().map(str::to_owned);
    first
        .ok_or_else(|| Failure::new("this machine has no package lists of Debian (apt-get update)"))
}

fn run(command: &mut Command) -> Result<(), Failure> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(Failure::during(&name))?;
    require(output.status.success(), || {
        format!("{name}: {}", String::from_utf8_lossy(&output.stderr))
    })
}
