//! `spoke daemon …`

mod service;

use crate::context::Context;
use crate::exit::Outcome;
use crate::{document, follow, status_view, words};
use spoke_api::{ExitCode, Request, Response};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Show whether the daemon runs, and which.
    Status,
    /// Have the system start the daemon, now and with every boot.
    Install(service::InstallArgs),
    /// Have the system start it no more.
    Uninstall(service::Place),
    /// Start the daemon anew.
    Restart,
}

pub(crate) fn run(context: &Context, command: Command) -> Outcome {
    match command {
        Command::Status => status(context),
        Command::Install(args) => service::install(context, args),
        Command::Uninstall(place) => service::uninstall(context, place),
        Command::Restart => service::restart(context),
    }
}

fn status(context: &Context) -> Outcome {
    let (info, state) = context.run(async {
        let (daemon, _updates) = context.daemon().await?;
        let Response::DaemonInfo { info } = daemon.request(Request::DaemonInfo).await? else {
            return Err(follow::strange());
        };
        Ok((info, follow::state(&daemon).await?))
    })?;
    let socket = context.paths.socket.display().to_string();
    if context.print.json() {
        context
            .print
            .document(&document::daemon(&socket, &info, state.phase()));
        return Ok(ExitCode::Success);
    }
    let memory = info.resident_bytes.map_or_else(String::new, |bytes| {
        format!(", {} of memory", words::bytes(bytes))
    });
    context.print.result(format_args!(
        "spoked {} runs: process {}, for {}{memory}",
        info.version,
        info.pid,
        follow::ago(info.started.saturating_mul(1000))
    ));
    context
        .print
        .result(format_args!("    Socket      {socket}"));
    context.print.result(format_args!(
        "    State       {}",
        status_view::phase(state.phase())
    ));
    Ok(ExitCode::Success)
}
