//! A client, before it connects and after.

use crate::case::{Case, Client};
use crate::papers::{Papers, profile};
use crate::ping::{Pinger, wall};
use crate::programs::{Programs, home};
use crate::stage::Stage;
use crate::usage::settle;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use spoke_lab::{Background, FOLDER, LabError};
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

/// Longest that a step may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often it is tried whether the tunnel is there.
const BEAT: Duration = Duration::from_millis(1);
const SOCKET: &str = "/run/spoke/spoke.sock";

/// The user's end of a case.
pub(crate) struct ClientEnd<'a> {
    stage: &'a Stage,
    programs: &'a Programs,
    papers: &'a Papers,
    case: Case,
    /// What holds the tunnel: `openvpn` once it connects, `spoked` always.
    holder: Option<Background>,
}

impl<'a> ClientEnd<'a> {
    /// Ready to connect, as after the start of the computer: `spoked` runs and has
    /// been given nothing, the profile is imported; of OpenVPN nothing runs.
    ///
    /// # Errors
    /// When a program is missing or does not do its part.
    pub(crate) fn ready(
        stage: &'a Stage,
        programs: &'a Programs,
        papers: &'a Papers,
        case: Case,
    ) -> Result<Self, LabError> {
        let mut end = Self {
            stage,
            programs,
            papers,
            case,
            holder: None,
        };
        if case.client == Client::Spoke {
            end.prepare()?;
        }
        Ok(end)
    }

    /// Connects, and returns the time from the start of the program to the first
    /// answered ping.
    ///
    /// # Errors
    /// When there is no tunnel in the end.
    pub(crate) fn connect(&mut self) -> Result<Duration, LabError> {
        let command = match self.case.client {
            Client::OpenVpn => {
                let mut command = Command::new("openvpn");
                let file = self.papers.client_file(self.case.transport);
                command.arg("--config").arg(file);
                command
            }
            Client::Spoke => {
                let mut command = self.programs.spoke("spoke")?;
                let profile = profile(self.case.transport);
                command.args(["connect", &profile, "--timeout", "30s"]);
                command
            }
        };
        let pinger = Pinger::start(self.stage, BEAT)?;
        let started = (wall(), Instant::now());
        let log = Path::new(FOLDER).join("client.log");
        let mut running = Background::start(&self.stage.client, command, log)?;
        while !pinger.is_answered() {
            if started.1.elapsed() > PATIENCE {
                return Err(self.failed("no ping was answered", &running));
            }
            thread::sleep(BEAT);
        }
        let answer = pinger.finish().first_answer().unwrap_or_default();
        match self.case.client {
            Client::OpenVpn => self.holder = Some(running),
            Client::Spoke if running.exit_code(PATIENCE) == Some(0) => {}
            Client::Spoke => return Err(self.failed("`spoke connect` failed", &running)),
        }
        Ok(answer.saturating_sub(started.0))
    }

    /// Ends the tunnel as a user does.
    ///
    /// # Errors
    /// When it does not end.
    pub(crate) fn disconnect(&mut self) -> Result<(), LabError> {
        match self.case.client {
            Client::Spoke => self.spoke(&["disconnect"]),
            Client::OpenVpn => {
                let Some(mut running) = self.holder.take() else {
                    return Ok(());
                };
                let id = i32::try_from(running.id()).unwrap_or(i32::MAX);
                kill(Pid::from_raw(id), Signal::SIGTERM)
                    .map_err(|errno| LabError::io("end openvpn")(errno.into()))?;
                match running.exit_code(PATIENCE) {
                    Some(_) => Ok(()),
                    None => Err(self.failed("openvpn does not end", &running)),
                }
            }
        }
    }

    /// Process that holds the tunnel.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) fn process(&self) -> Result<u32, LabError> {
        let holder = self.holder.as_ref().map(Background::id);
        holder.ok_or_else(|| LabError::Other("there is no tunnel".to_owned()))
    }

    fn prepare(&mut self) -> Result<(), LabError> {
        let state = Path::new(FOLDER).join("client").join("state");
        for folder in [&home(), &state] {
            // It is there when another case was played before.
            let _ = std::fs::remove_dir_all(folder);
        }
        std::fs::create_dir_all(home()).map_err(LabError::io("make a home folder"))?;
        let mut command = self.programs.spoke("spoked")?;
        command.args(["--socket", SOCKET, "--state-dir"]).arg(state);
        let log = Path::new(FOLDER).join("client").join("spoked.log");
        let mut daemon = Background::start(&self.stage.client, command, log)?;
        daemon.wait_until("listening", PATIENCE, |_| {
            std::os::unix::net::UnixStream::connect(SOCKET).is_ok()
        })?;
        settle(daemon.id())?;
        self.holder = Some(daemon);
        let file = self.papers.client_file(self.case.transport);
        self.spoke(&["import", &file.display().to_string(), "--yes"])
    }

    fn spoke(&self, arguments: &[&str]) -> Result<(), LabError> {
        let mut command = self.programs.spoke("spoke")?;
        command.args(arguments);
        let log = Path::new(FOLDER).join("command.log");
        let mut running = Background::start(&self.stage.client, command, log)?;
        match running.exit_code(PATIENCE) {
            Some(0) => Ok(()),
            _ => Err(self.failed(&format!("`spoke {}` failed", arguments.join(" ")), &running)),
        }
    }

    fn failed(&self, what: &str, running: &Background) -> LabError {
        let holder = self.holder.as_ref().map(Background::log);
        LabError::Other(format!(
            "{}: {what}; it printed:\n{}\n{}",
            self.case,
            running.log(),
            holder.unwrap_or_default()
        ))
    }
}
