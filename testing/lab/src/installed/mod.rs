//! `spoke-lab installed`: a life of the packages on a system of their own.

mod rpm;
mod tarball;

use crate::{demo, say};
use spoke_lab::{Finished, GREETING, Lab, LabError, Options, places, quietly};
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// This program, as the system sees it.
const PROGRAM: &str = "/run/lab/programs/spoke-lab";
/// How soon a newer daemon must have taken over from one that is not connected.
const SOON: Duration = Duration::from_secs(15);
/// How long a daemon of a connection is watched for whether it stays.
const WATCHED: Duration = Duration::from_secs(4);
/// What a system writes by itself.
const NOT_OURS: &[&str] = &[
    "dev",
    "proc",
    "run",
    "sys",
    "tmp",
    "var/cache",
    "var/lib/dpkg",
    "var/lib/systemd/random-seed",
    "var/lib/systemd/timers",
    "var/log",
    "var/tmp",
];

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A folder with a Debian system under systemd.
    #[arg(long)]
    root: PathBuf,
    /// A `.deb` of the command line and the service.
    #[arg(long)]
    old: PathBuf,
    /// The same of a later version.
    #[arg(long)]
    new: PathBuf,
    /// The same version as an RPM.
    #[arg(long)]
    rpm: PathBuf,
    /// The tarball.
    #[arg(long)]
    tarball: PathBuf,
}

/// Walks the whole life.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, LabError> {
    let started = Instant::now();
    let options = Options {
        computer: Some(arguments.root.clone()),
        ..Options::default()
    };
    let lab = Lab::up(options)?;
    let life = Life::prepare(lab, arguments, started)?;
    say::line(&format!(
        "a clean system is up after {:.1} s",
        started.elapsed().as_secs_f64()
    ));
    let walked = life.walk();
    let walked = walked.and_then(|()| life.by_rpm());
    if let Err(error) = walked.and_then(|()| life.by_tarball()) {
        say::error(&error.to_string());
        let log = life.run("journalctl", &["--no-pager", "-u", "spoked"])?;
        say::error(&format!("the service's journal:\n{}", log.stdout));
        return Ok(ExitCode::FAILURE);
    }
    say::line(&format!(
        "all of it in {:.1} s",
        started.elapsed().as_secs_f64()
    ));
    Ok(ExitCode::SUCCESS)
}

struct Life {
    lab: Lab,
    old: String,
    new: String,
    rpm: String,
    tarball: String,
    /// The computer's files, as the lab sees them.
    root: PathBuf,
    /// How long it took to boot.
    up_after: Duration,
}

impl Life {
    fn prepare(lab: Lab, arguments: &Arguments, started: Instant) -> Result<Self, LabError> {
        let root = PathBuf::from("/run/computer/root");
        let resolver = format!("nameserver {}\n", places::PUBLIC_DNS);
        let authority = root.join("usr/local/share/ca-certificates/lab.crt");
        for (path, text) in [
            (root.join("etc/resolv.conf"), resolver),
            (root.join("etc/hosts"), "127.0.0.1 localhost\n".to_owned()),
            (authority, lab.authority.pem()),
        ] {
            let _ = fs::remove_file(&path);
            write(&path, &text)?;
        }
        // What a login sets: where the user is at home (systemd knows that of root without
        // asking), and where sign-ins are kept.
        let own = root.join("root");
        fs::remove_dir_all(&own)
            .and_then(|()| symlink(lab.home(), &own))
            .map_err(LabError::io("have root live in the lab"))?;
        let session = lab.home().join(".config/environment.d");
        fs::create_dir_all(&session).map_err(LabError::io("make a folder for a session"))?;
        write(&session.join("lab.conf"), "SPOKE_TOKEN_STORE=file\n")?;
        let bring = |package: &Path, name: &str| -> Result<String, LabError> {
            let to = format!("/run/lab/{name}");
            fs::copy(package, &to).map_err(LabError::io(format!("copy {}", package.display())))?;
            Ok(to)
        };
        let life = Self {
            old: bring(&arguments.old, "old.deb")?,
            new: bring(&arguments.new, "new.deb")?,
            rpm: bring(&arguments.rpm, "old.rpm")?,
            tarball: bring(&arguments.tarball, "old.tar.gz")?,
            lab,
            root,
            up_after: started.elapsed(),
        };
        life.must("update-ca-certificates", &[])?;
        Ok(life)
    }

    fn walk(&self) -> Result<(), LabError> {
        let files = self.files()?;
        let network = self.lab.host_snapshot()?;

        self.must("dpkg", &["-i", &self.old])?;
        self.service_runs()?;
        self.page_is_there()?;
        say::line("✓ installed: the service runs and is enabled");

        let walked = Instant::now();
        let prepared = ("boot", self.up_after);
        demo::walk(&self.lab, self.lab.host_snapshot()?, there, prepared)?;
        say::line(&format!(
            "✓ the demo passes from the installed files ({:.1} s)",
            walked.elapsed().as_secs_f64()
        ));

        let imported = &[
            "import",
            "azurevpn.zip",
            "--trust-authority",
            places::SIGN_IN_HOST,
            "--yes",
        ];
        self.spoke(imported)?;
        self.spoke(&["connect"])?;
        self.traffic()?;
        say::line("✓ connected from the installed files, under the service's own restrictions");

        let connected = self.replaced_while_connected(&self.new)?;
        self.gives_way_after_disconnect(connected)?;
        self.same_network(&network)?;
        say::line(
            "✓ upgraded while connected: the tunnel went on, the new version came with the disconnect",
        );

        self.spoke(&["connect"])?;
        let connected = self.replaced_while_connected(&self.old)?;
        self.gives_way_after_disconnect(connected)?;
        say::line("✓ downgraded while connected, likewise");

        self.connects_at_login()?;
        self.same_network(&network)?;
        say::line("✓ connected by the user's session when it began, from what was kept");

        let idle = self.daemon()?;
        self.must("dpkg", &["-i", &self.new])?;
        self.another_than(idle)?;
        say::line("✓ upgraded while idle: the new version took over at once");

        self.spoke(&["connect"])?;
        self.must("dpkg", &["-r", "spoke"])?;
        self.same_network(&network)?;
        expect(
            self.root.join("var/lib/spoke").is_dir(),
            "removal keeps the service's state",
        )?;
        self.profile_is_kept()?;
        say::line(
            "✓ removed while connected: the network is as before, state and profile are kept",
        );

        self.must("dpkg", &["-P", "spoke"])?;
        self.profile_is_kept()?;
        let run = self.run("ls", &["-d", "/run/spoke"])?;
        expect(!run.success(), "purging takes /run/spoke")?;
        self.same_files(&files, |_| true)?;
        say::line(&format!(
            "✓ purged: the system's {} files are those of before",
            files.len()
        ));
        Ok(())
    }

    /// The user's session begins, as by a login: its manager starts what the choice has put
    /// there. Nobody types anything.
    fn connects_at_login(&self) -> Result<(), LabError> {
        self.spoke(&["settings", "set", "connect-at-login=last"])?;
        let began = self.must("systemctl", &["start", "user@0.service"]);
        let up = began
            .and_then(|_| self.spoke(&["wait", "--for", "connected", "--timeout", "20s"]))
            .and_then(|_| self.traffic());
        if let Err(error) = up {
            let log = self.run("journalctl", &["--no-pager", "--lines=60"])?;
            return Err(LabError::Other(format!("{error}\n{}", log.stdout)));
        }
        self.spoke(&["disconnect"])?;
        self.spoke(&["settings", "set", "connect-at-login=off"])?;
        self.must("systemctl", &["stop", "user@0.service"])
            .map(drop)
    }

    fn page_is_there(&self) -> Result<(), LabError> {
        self.must(
            "gzip",
            &[
                "-t",
                "/usr/share/man/man1/spoke.1.gz",
                "/usr/share/man/man8/spoked.8.gz",
            ],
        )
        .map(drop)
    }

    /// The daemon that holds the tunnel stays the same one.
    fn replaced_while_connected(&self, package: &str) -> Result<u32, LabError> {
        let daemon = self.daemon()?;
        let said = self.must("dpkg", &["-i", package])?;
        expect(
            said.stdout.contains("the connection goes on"),
            "the user is told",
        )?;
        self.goes_on(daemon)?;
        Ok(daemon)
    }

    /// The connection stays, with the daemon that holds it.
    fn goes_on(&self, daemon: u32) -> Result<(), LabError> {
        std::thread::sleep(WATCHED);
        expect(
            self.daemon()? == daemon,
            "the daemon of the connection is still there",
        )?;
        self.traffic()?;
        self.spoke(&["status"]).map(drop)
    }

    fn service_runs(&self) -> Result<(), LabError> {
        self.must("systemctl", &["is-active", "spoked"])?;
        self.must("systemctl", &["is-enabled", "spoked"]).map(drop)
    }

    /// The system's files are those of before, as far as they count.
    fn same_files(
        &self,
        before: &BTreeSet<String>,
        counts: fn(&str) -> bool,
    ) -> Result<(), LabError> {
        let now = self.files()?;
        let different = now.symmetric_difference(before);
        let left: Vec<&String> = different.filter(|file| counts(file)).collect();
        expect(
            left.is_empty(),
            &format!("removal leaves nothing; different are {left:?}"),
        )
    }

    fn gives_way_after_disconnect(&self, daemon: u32) -> Result<(), LabError> {
        self.spoke(&["disconnect"])?;
        self.another_than(daemon)
    }

    fn another_than(&self, daemon: u32) -> Result<(), LabError> {
        let end = Instant::now() + SOON;
        while Instant::now() < end {
            let now = self.daemon()?;
            let answers = now != 0 && now != daemon;
            if answers && self.run("spoke", &["daemon", "status"])?.success() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        expect(false, "a new daemon has taken over")
    }

    /// The process that systemd keeps for the service; 0 when there is none.
    fn daemon(&self) -> Result<u32, LabError> {
        let shown = self.must(
            "systemctl",
            &["show", "--property=MainPID", "--value", "spoked"],
        )?;
        Ok(shown.stdout.trim().parse().unwrap_or(0))
    }

    fn traffic(&self) -> Result<(), LabError> {
        let url = format!("http://{}/", places::INTRANET_HOST);
        let page = self.must(PROGRAM, &["fetch", &url])?;
        expect(
            page.stdout.contains(GREETING),
            "the virtual network answers",
        )
    }

    fn profile_is_kept(&self) -> Result<(), LabError> {
        let profiles = self.lab.home().join(".config/spoke/profiles");
        let kept = fs::read_dir(profiles).is_ok_and(|files| files.flatten().count() > 0);
        expect(kept, "the user's profile is kept")
    }

    fn same_network(&self, before: &spoke_lab::Snapshot) -> Result<(), LabError> {
        let difference = before.difference(&self.lab.host_snapshot()?);
        expect(
            difference.is_empty(),
            &format!("the network is as before:\n{difference}"),
        )
    }

    /// Every file of the system but what it writes by itself, with what links point to.
    fn files(&self) -> Result<BTreeSet<String>, LabError> {
        let mut found = BTreeSet::new();
        gather(&self.root, Path::new(""), &mut found)
            .map_err(LabError::io("list the system's files"))?;
        Ok(found)
    }

    fn spoke(&self, arguments: &[&str]) -> Result<Finished, LabError> {
        let finished = self.lab.spoke(arguments)?;
        good(&format!("spoke {}", arguments.join(" ")), finished)
    }

    fn must(&self, program: &str, arguments: &[&str]) -> Result<Finished, LabError> {
        let finished = self.run(program, arguments)?;
        good(&format!("{program} {}", arguments.join(" ")), finished)
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Result<Finished, LabError> {
        self.lab.user_runs(program, arguments, quietly)
    }
}

fn write(path: &Path, text: &str) -> Result<(), LabError> {
    fs::write(path, text).map_err(LabError::io(format!("write {}", path.display())))
}

/// Where the system has what the demo uses beside Spoke: only what the lab brings.
fn there(program: &str) -> Option<String> {
    (program == "spoke-lab").then(|| PROGRAM.to_owned())
}

fn gather(root: &Path, below: &Path, found: &mut BTreeSet<String>) -> std::io::Result<()> {
    for entry in fs::read_dir(root.join(below))? {
        let entry = entry?;
        let path = below.join(entry.file_name());
        if NOT_OURS.iter().any(|name| Path::new(name) == path) {
            continue;
        }
        let kind = entry.file_type()?;
        let target = fs::read_link(entry.path()).unwrap_or_default();
        found.insert(format!("{} {}", path.display(), target.display()));
        if kind.is_dir() {
            gather(root, &path, found)?;
        }
    }
    Ok(())
}

fn good(command: &str, finished: Finished) -> Result<Finished, LabError> {
    if finished.success() {
        return Ok(finished);
    }
    Err(LabError::Command {
        command: command.to_owned(),
        status: format!("{:?}", finished.code()),
        output: format!("{}{}", finished.stdout, finished.stderr),
    })
}

fn expect(so: bool, what: &str) -> Result<(), LabError> {
    if so {
        Ok(())
    } else {
        Err(LabError::Other(format!("not so: {what}")))
    }
}
