//! `spoke probe [PROFILE]`

use crate::context::Context;
use crate::exit::Outcome;
use crate::progress::done;
use crate::{clean, document, select, status_view};
use spoke_agent::{Keyring, probe};
use spoke_api::{ExitCode, ProbeReport};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Nothing on this computer is changed, and nobody is asked to sign in.\n\
                        The exit code is that of `spoke connect` with the same problem."
)]
pub(crate) struct Args {
    /// Which profile; the beginning of its name will do.
    profile: Option<String>,
}

pub(crate) fn run(context: &Context, args: Args) -> Outcome {
    let profile = select::profile(context, args.profile.as_deref())?;
    let name = profile.name.clone();
    let report = context.run(async {
        let (daemon, _updates) = context.daemon().await?;
        let keyring = Keyring::choose(&context.paths).await?;
        context.print.wait_for("Testing the gateway");
        let report = probe(&daemon, &profile, &keyring).await;
        context.print.stop_waiting();
        report
    })?;
    conclude(context, &name, report)
}

fn conclude(context: &Context, name: &str, mut report: ProbeReport) -> Outcome {
    for stage in &mut report.stages {
        clean::text(&mut stage.detail);
    }
    report.problem.as_mut().map(clean::problem);
    let code = report
        .problem
        .as_ref()
        .map_or(ExitCode::Success, |problem| problem.code.exit_code());
    if context.print.json() {
        context
            .print
            .document(&document::of("spoke.probe/1", &report));
        return Ok(code);
    }
    if let Some(gateway) = &report.gateway {
        context.print.note(format_args!("  {}", gateway.host));
    }
    for stage in &report.stages {
        if let Some(line) = status_view::stage_line(stage, &context.print) {
            context.print.result(line);
        }
    }
    if let Some(problem) = report.problem {
        return Err(problem);
    }
    context.print.result(done(
        &context.print,
        &format!("The gateway of {name} is there and would take a sign-in."),
    ));
    Ok(code)
}
