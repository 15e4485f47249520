//! `spoke run PROFILE -- COMMAND…`

use crate::commands::{connect, disconnect};
use crate::context::Context;
use crate::exit::Outcome;
use crate::{follow, select};
use spoke_api::{ExitCode, Phase, Problem, ProblemCode};
use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "The exit code is the command's; 128 and the signal's number when a signal ended it. \
                        What was connected already stays connected.\n\n\
                        Example:\n  \
                        spoke run office -- rsync -a build/ files.contoso.internal:"
)]
pub(crate) struct Args {
    /// Which profile; the beginning of its name will do.
    profile: String,
    /// The command, and what it is given.
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

pub(crate) fn run(context: &Context, args: Args) -> Outcome {
    let profile = select::profile(context, Some(&args.profile))?;
    let name = profile.name.clone();
    let stays = is_connected(context, &name)?;
    connect::now(context, profile)?;
    let ended = context.run(carry_out(&args.command));
    if !stays {
        disconnect::before_another(context, &name)?;
    }
    let status = ended?;
    let by_signal = status.signal().map(|signal| 128 + signal);
    let code = status.code().or(by_signal).unwrap_or(1);
    context.ends_with(u8::try_from(code).unwrap_or(1));
    Ok(ExitCode::Success)
}

fn is_connected(context: &Context, name: &str) -> Result<bool, Problem> {
    context.run(async {
        let (daemon, _updates) = context.daemon().await?;
        let state = follow::state(&daemon).await?;
        Ok(state.phase() == Phase::Connected && follow::concerns(&state, Some(name)))
    })
}

/// Runs the command to its end. Ctrl-C is for the command, which shares the terminal.
async fn carry_out(command: &[OsString]) -> Result<ExitStatus, Problem> {
    let failed = |program: &OsString, error: std::io::Error| {
        Problem::new(
            ProblemCode::Usage,
            format!("{} cannot be run: {error}.", program.display()),
            "check the command after --",
        )
    };
    let Some((program, arguments)) = command.split_first() else {
        return Err(Problem::new(
            ProblemCode::Usage,
            "There is no command.",
            "spoke run PROFILE -- COMMAND",
        ));
    };
    let mut child = tokio::process::Command::new(program)
        .args(arguments)
        .spawn()
        .map_err(|error| failed(program, error))?;
    loop {
        tokio::select! {
            status = child.wait() => return status.map_err(|error| failed(program, error)),
            _ = tokio::signal::ctrl_c() => {}
        }
    }
}
