use std::io;
use std::path::PathBuf;

/// Why something could not be read from the host or set on it. Every text names the
/// operation and its object.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The tunnel device could not be opened.
    #[error("open tunnel device {name}: {source}{}", tun_hint(source))]
    Tun {
        /// Its name.
        name: String,
        /// What the kernel said.
        source: io::Error,
    },
    /// The kernel refused a request about links, addresses or routes.
    #[error("{operation}: {source}{}", permission_hint(source))]
    Kernel {
        /// What was asked.
        operation: String,
        /// What the kernel said.
        source: io::Error,
    },
    /// There is no link of that name.
    #[error("{operation}: this host has no link {interface}")]
    NoLink {
        /// What was asked.
        operation: String,
        /// The name.
        interface: String,
    },
    /// Another route to the same prefix stands in the way.
    #[error("{operation}: another program has set a route to the same prefix with the same metric")]
    Taken {
        /// What was asked.
        operation: String,
    },
    /// systemd-resolved refused, or could not be asked.
    #[error("{operation}: systemd-resolved: {message}")]
    Resolved {
        /// What was asked.
        operation: String,
        /// What it said.
        message: String,
    },
    /// configd, which keeps macOS' dynamic store, refused or could not be asked.
    #[error("{operation}: configd: {message}")]
    DynamicStore {
        /// What was asked.
        operation: String,
        /// What it said.
        message: String,
    },
    /// A file could not be read or written.
    #[error("{operation}: {}: {source}{}", path.display(), file_hint(source))]
    File {
        /// What was asked.
        operation: String,
        /// The file.
        path: PathBuf,
        /// What the kernel said.
        source: io::Error,
    },
    /// The change is one that only another operating system has.
    #[error("{operation}: this operating system has no such thing")]
    OtherSystem {
        /// What was asked.
        operation: String,
    },
    /// The file has changed since the plan was made; make a new one.
    #[error("{operation}: {} was changed by another program meanwhile", path.display())]
    Superseded {
        /// What was asked.
        operation: String,
        /// The file.
        path: PathBuf,
    },
}

fn tun_hint(error: &io::Error) -> &'static str {
    match error.raw_os_error() {
        Some(libc::ENOENT | libc::ENODEV | libc::ENXIO) => {
            "; the kernel has no tun driver loaded, try: modprobe tun (a container needs --device /dev/net/tun)"
        }
        Some(libc::EPERM | libc::EACCES) => "; this needs the capability to administer the network",
        Some(libc::EBUSY) => "; another program holds it",
        _ => "",
    }
}

fn permission_hint(error: &io::Error) -> &'static str {
    match error.raw_os_error() {
        Some(libc::EPERM) => "; this needs the capability to administer the network",
        _ => "",
    }
}

fn file_hint(error: &io::Error) -> &'static str {
    match error.raw_os_error() {
        Some(libc::EPERM) => "; if it is marked immutable, try: chattr -i",
        Some(libc::EROFS) => "; it is on a file system that is mounted read-only",
        _ => "",
    }
}
