//! A whole Debian system under systemd, in the place of the user's computer: what packages
//! are installed in. It boots from a folder, which it does not change.

use crate::enter::FOLDER;
use crate::error::LabError;
use nix::mount::{MsFlags, mount};
use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const BOOT: &str = include_str!("boot.sh");
/// Longest that it may take to boot.
const LIMIT: Duration = Duration::from_secs(90);
/// Services of a real machine that have nothing to do here.
const IDLE: &[&str] = &[
    "console-getty.service",
    "e2scrub_reap.service",
    "systemd-modules-load.service",
    "systemd-sysctl.service",
];

/// A running system; it ends when dropped.
pub struct System {
    init: Child,
    pid: i32,
    root: PathBuf,
    control_group: PathBuf,
}

impl System {
    /// Boots what is in `folder`. To be called inside the lab's namespaces, as real root.
    ///
    /// # Errors
    /// When the system is not allowed to, or does not come up.
    pub fn boot(folder: &Path) -> Result<Self, LabError> {
        let place = Path::new("/run/computer");
        let root = place.join("root");
        let programs = Path::new(FOLDER).join("programs");
        for folder in [&place.join("upper"), &place.join("work"), &root, &programs] {
            fs::create_dir_all(folder).map_err(doing("make", folder))?;
        }
        let layers = format!(
            "lowerdir={},upperdir={},workdir={}",
            folder.display(),
            place.join("upper").display(),
            place.join("work").display()
        );
        mount(
            Some("overlay"),
            &root,
            Some("overlay"),
            MsFlags::empty(),
            Some(layers.as_str()),
        )
        .map_err(|error| LabError::io("lay a writable layer over the system")(error.into()))?;
        let here = std::env::current_exe().map_err(LabError::io("find this program"))?;
        let here = here.parent().unwrap_or(Path::new("/"));
        mount(
            Some(here),
            &programs,
            None::<&str>,
            MsFlags::MS_BIND,
            None::<&str>,
        )
        .map_err(|error| LabError::io("show the lab's programs")(error.into()))?;
        for service in IDLE {
            let mask = root.join("etc/systemd/system").join(service);
            symlink("/dev/null", &mask).map_err(doing("make", &mask))?;
        }
        let console = place.join("console");
        File::create(&console).map_err(doing("make", &console))?;
        let control_group = control_group()?;
        let init = start(&root, &control_group, &console)?;
        let mut system = Self {
            init,
            pid: 0,
            root,
            control_group,
        };
        system.wait_until_up(&console)?;
        Ok(system)
    }

    /// Its first process, as the lab counts processes.
    #[must_use]
    pub fn pid(&self) -> i32 {
        self.pid
    }

    /// Its files, as the lab sees them.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    fn wait_until_up(&mut self, console: &Path) -> Result<(), LabError> {
        let end = Instant::now() + LIMIT;
        let unshare = self.init.id();
        let children = format!("/proc/{unshare}/task/{unshare}/children");
        while Instant::now() < end {
            thread::sleep(Duration::from_millis(100));
            let text = fs::read_to_string(&children).unwrap_or_default();
            let Some(pid) = text
                .split_whitespace()
                .next()
                .and_then(|pid| pid.parse().ok())
            else {
                continue;
            };
            self.pid = pid;
            let state = Command::new("nsenter")
                .args(entry(pid, "/"))
                .args(["systemctl", "is-system-running"])
                .stderr(Stdio::null())
                .output();
            let state = state.map_err(LabError::io("start `nsenter`"))?.stdout;
            if matches!(state.trim_ascii(), b"running" | b"degraded") {
                return Ok(());
            }
        }
        let said = fs::read_to_string(console).unwrap_or_default();
        Err(LabError::Other(format!(
            "the system does not come up:\n{said}"
        )))
    }
}

impl Drop for System {
    fn drop(&mut self) {
        // With its init all of it ends.
        let _ = self.init.kill();
        let _ = self.init.wait();
        let end = Instant::now() + Duration::from_secs(5);
        while self.control_group.exists() && Instant::now() < end {
            sweep(&self.control_group);
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// The arguments with which `nsenter` runs a program in the system, from `folder` there.
pub(crate) fn entry(pid: i32, folder: &str) -> [String; 5] {
    let target = format!("--target={pid}");
    [
        target,
        "--all".to_owned(),
        format!("--wdns={folder}"),
        "--".to_owned(),
        "env".to_owned(),
    ]
}

fn start(root: &Path, control_group: &Path, console: &Path) -> Result<Child, LabError> {
    let join = "echo $$ > \"$0/cgroup.procs\" && exec \"$@\"";
    Command::new("sh")
        .args(["-c", join])
        .arg(control_group)
        .args([
            "unshare", "--mount", "--net", "--pid", "--uts", "--ipc", "--cgroup",
        ])
        .args(["--fork", "--kill-child", "sh", "-c", BOOT, "boot"])
        .args([root, control_group, console, Path::new(FOLDER)])
        .stdin(Stdio::null())
        .stdout(
            File::options()
                .append(true)
                .open(console)
                .map_err(doing("open", console))?,
        )
        .stderr(
            File::options()
                .append(true)
                .open(console)
                .map_err(doing("open", console))?,
        )
        .spawn()
        .map_err(LabError::io("start a system"))
}

/// A control group of its own: systemd makes others below it.
fn control_group() -> Result<PathBuf, LabError> {
    let mounts = fs::read_to_string("/proc/mounts").map_err(LabError::io("read /proc/mounts"))?;
    let top = mounts.lines().find_map(|line| {
        let mut words = line.split(' ').skip(1);
        let place = words.next()?;
        (words.next() == Some("cgroup2")).then_some(place)
    });
    let top = top.ok_or_else(|| LabError::Impossible("there are no control groups".to_owned()))?;
    let nonce = crate::package::random_secret()?;
    let name = format!("spoke-lab-{}", nonce.get(..8).unwrap_or_default());
    let path = Path::new(top).join(name);
    fs::create_dir(&path).map_err(doing("make", &path))?;
    Ok(path)
}

/// Takes groups away, deepest first; one that still has processes stays.
fn sweep(group: &Path) {
    let below = fs::read_dir(group).into_iter().flatten().flatten();
    for entry in below.filter(|entry| entry.path().is_dir()) {
        sweep(&entry.path());
    }
    let _ = fs::remove_dir(group);
}

fn doing(what: &str, path: &Path) -> impl FnOnce(std::io::Error) -> LabError {
    LabError::io(format!("{what} {}", path.display()))
}
