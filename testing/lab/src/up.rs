//! `spoke-lab up`.

use crate::say;
use spoke_lab::{Lab, LabError, Options, find_program, places};
use std::process::{Command, ExitCode};

/// Brings the lab up and runs a shell, or `command`, on the user's computer.
pub(crate) fn run(command: &[String]) -> Result<ExitCode, LabError> {
    let mut lab = Lab::up(Options::default())?;
    lab.start_daemon()?;
    let mut shell = match command.split_first() {
        Some((program, arguments)) => {
            let mut command = Command::new(program);
            command.args(arguments);
            command
        }
        None => {
            explain(&lab);
            let mut shell = Command::new("bash");
            shell.args(["--norc", "-i"]).env("PS1", "lab$ ");
            shell
        }
    };
    let folder = find_program("spoke")?
        .parent()
        .map(|folder| folder.display().to_string())
        .unwrap_or_default();
    let path = std::env::var("PATH").unwrap_or_default();
    shell.env("PATH", format!("{folder}:{path}"));
    lab.dress(&mut shell);
    let mut child = lab.network.client.spawn(shell)?;
    let status = child.wait().map_err(LabError::io("wait for the shell"))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(ExitCode::from(code.unwrap_or(1)))
}

fn explain(lab: &Lab) {
    say::line("The lab is up. This shell runs on its user's computer; `exit` ends everything.");
    say::line("");
    say::line(&format!(
        "  spoke import {} --trust-authority {}",
        lab.package().display(),
        places::SIGN_IN_HOST
    ));
    say::line("  spoke connect");
    say::line(&format!("  curl http://{}/", places::INTRANET_HOST));
    say::line("  spoke disconnect");
    say::line("");
    say::line("The sign-in page is filled in by a person without a screen (BROWSER).");
    for machine in lab.network.machines() {
        say::line(&format!(
            "  {:<9} nsenter --net=/proc/{}/ns/net ip addr",
            machine.name(),
            machine.thread_id()
        ));
    }
    say::line("");
}
