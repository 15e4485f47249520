//! A machine of the lab: a thread with a network namespace and a mount namespace
//! of its own. Threads and programs that are started from it live in the same
//! namespaces; when the thread ends, so does the machine's network.

use crate::error::LabError;
use crate::system::{System, entry};
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, setns, unshare};
use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output};
use std::sync::mpsc;
use std::thread;

type Job = Box<dyn FnOnce() + Send>;

/// A running machine.
#[derive(Clone)]
pub struct Machine {
    name: &'static str,
    thread_id: i32,
    etc: Option<PathBuf>,
    /// How its programs are started, where it is more than a network: a program with arguments.
    door: Vec<String>,
    jobs: mpsc::Sender<Job>,
}

impl Machine {
    /// Starts a machine whose `/etc` is the folder `etc`, when given.
    ///
    /// # Errors
    /// When the namespaces cannot be made.
    pub fn boot(name: &'static str, etc: Option<&Path>) -> Result<Self, LabError> {
        let folder = etc.map(Path::to_path_buf);
        Self::start(name, etc, Vec::new(), move || enter(folder.as_deref()))
    }

    /// A machine that is a whole system: its programs run in there, from the folder `home`.
    ///
    /// # Errors
    /// When its network cannot be entered.
    pub fn of_system(name: &'static str, system: &System, home: &str) -> Result<Self, LabError> {
        let etc = system.root().join("etc");
        let door = ["nsenter".to_owned()].into_iter();
        let door = door.chain(entry(system.pid(), home)).collect();
        let network = format!("/proc/{}/ns/net", system.pid());
        Self::start(name, Some(&etc), door, move || join(&network))
    }

    fn start(
        name: &'static str,
        etc: Option<&Path>,
        door: Vec<String>,
        enter: impl FnOnce() -> Result<i32, LabError> + Send + 'static,
    ) -> Result<Self, LabError> {
        let (jobs, inbox) = mpsc::channel::<Job>();
        let (ready, booted) = mpsc::channel();
        thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                let outcome = enter();
                let alive = outcome.is_ok();
                if ready.send(outcome).is_err() || !alive {
                    return;
                }
                for job in inbox {
                    job();
                }
            })
            .map_err(LabError::io(format!("start the machine `{name}`")))?;
        let thread_id = booted
            .recv()
            .map_err(LabError::other(format!("start the machine `{name}`")))??;
        let machine = Self {
            name,
            thread_id,
            etc: etc.map(Path::to_path_buf),
            door,
            jobs,
        };
        machine.ip("link set lo up")?;
        Ok(machine)
    }

    /// Name of the machine.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Thread id, which names the machine's namespaces to `ip link … netns` and
    /// `nsenter --target`.
    #[must_use]
    pub fn thread_id(&self) -> i32 {
        self.thread_id
    }

    /// A file of this machine's own `/etc`, as seen from outside.
    #[must_use]
    pub fn etc_file(&self, name: &str) -> PathBuf {
        self.etc.as_deref().unwrap_or(Path::new("/etc")).join(name)
    }

    /// Runs `job` on the machine and waits for it.
    ///
    /// # Errors
    /// When the machine is gone or the job panicked.
    pub fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, LabError> {
        let (answer, answered) = mpsc::channel();
        let job: Job = Box::new(move || {
            // The asker may have gone; then nobody wants the answer.
            let _ = answer.send(job());
        });
        let gone = || LabError::Other(format!("the machine `{}` is gone", self.name));
        self.jobs.send(job).map_err(|_| gone())?;
        answered.recv().map_err(|_| gone())
    }

    /// A command that runs `program` on this machine when it is started here.
    #[must_use]
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        match self.door.split_first() {
            Some((door, arguments)) => {
                let mut command = Command::new(door);
                command.args(arguments).arg(program);
                command
            }
            None => Command::new(program),
        }
    }

    /// Starts a program on the machine.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn spawn(&self, mut command: Command) -> Result<Child, LabError> {
        let program = command.get_program().to_string_lossy().into_owned();
        self.run(move || command.spawn())?
            .map_err(LabError::io(format!("start `{program}`")))
    }

    /// Runs a program on the machine to its end.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn output(&self, mut command: Command) -> Result<Output, LabError> {
        let program = command.get_program().to_string_lossy().into_owned();
        self.run(move || command.output())?
            .map_err(LabError::io(format!("start `{program}`")))
    }

    /// Runs `ip` with these words and returns what it prints.
    ///
    /// # Errors
    /// When it fails.
    pub fn ip(&self, words: &str) -> Result<String, LabError> {
        let mut command = self.command("ip");
        command.args(words.split_whitespace());
        let output = self.output(command)?;
        if !output.status.success() {
            return Err(LabError::Command {
                command: format!("ip {words}"),
                status: output.status.to_string(),
                output: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
            });
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Uses IPv6 addresses without first asking whether a neighbour has them, so
    /// that a snapshot of the machine does not change by waiting.
    ///
    /// # Errors
    /// When the machine is gone.
    pub fn settle_at_once(&self) -> Result<(), LabError> {
        self.run(|| {
            for scope in ["all", "default"] {
                // A kernel without IPv6 has nothing to settle.
                let _ = std::fs::write(format!("/proc/sys/net/ipv6/conf/{scope}/accept_dad"), "0");
                let _ = std::fs::write(
                    format!("/proc/sys/net/ipv6/conf/{scope}/router_solicitations"),
                    "0",
                );
            }
        })
    }

    /// As [`Machine::forward`], for IPv6.
    ///
    /// # Errors
    /// When the kernel has no IPv6.
    pub fn forward_ipv6(&self) -> Result<(), LabError> {
        self.run(|| std::fs::write("/proc/sys/net/ipv6/conf/all/forwarding", "1"))?
            .map_err(LabError::io(format!(
                "turn on IPv6 forwarding on `{}`",
                self.name
            )))
    }

    /// Lets the machine pass packets on between its links.
    ///
    /// # Errors
    /// When the kernel's switch cannot be written.
    pub fn forward(&self) -> Result<(), LabError> {
        self.run(|| std::fs::write("/proc/sys/net/ipv4/ip_forward", "1"))?
            .map_err(LabError::io(format!(
                "turn on forwarding on `{}`",
                self.name
            )))
    }
}

/// Goes into a network that is there already.
fn join(network: &str) -> Result<i32, LabError> {
    let file = File::open(network).map_err(LabError::io(format!("open {network}")))?;
    setns(file, CloneFlags::CLONE_NEWNET)
        .map_err(|error| LabError::io(format!("enter {network}"))(error.into()))?;
    Ok(nix::unistd::gettid().as_raw())
}

fn enter(etc: Option<&Path>) -> Result<i32, LabError> {
    let cannot = |doing: &str, error: nix::Error| LabError::Io {
        doing: doing.to_owned(),
        source: error.into(),
    };
    unshare(CloneFlags::CLONE_FS | CloneFlags::CLONE_NEWNS | CloneFlags::CLONE_NEWNET)
        .map_err(|error| cannot("make a network namespace", error))?;
    mount(
        None::<&str>,
        "/",
        None::<&str>,
        MsFlags::MS_REC | MsFlags::MS_PRIVATE,
        None::<&str>,
    )
    .map_err(|error| cannot("make mounts private", error))?;
    if let Some(etc) = etc {
        mount(
            Some(etc),
            "/etc",
            None::<&str>,
            MsFlags::MS_BIND,
            None::<&str>,
        )
        .map_err(|error| cannot("put a private folder in the place of /etc", error))?;
    }
    // Shows this namespace's links under /sys/class/net. Not every container
    // allows it, and nothing of ours needs it.
    let _ = mount(
        Some("sysfs"),
        "/sys",
        Some("sysfs"),
        MsFlags::empty(),
        None::<&str>,
    );
    Ok(nix::unistd::gettid().as_raw())
}
