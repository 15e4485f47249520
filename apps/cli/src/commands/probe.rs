//! `spoke probe [PROFILE]`

use crate::context::Context;
use crate::exit::Outcome;
use crate::progress::done;
use crate::{clean, document, follow, select, status_view};
use spoke_agent::{Keyring, ProviderOptions, TokenProvider, Unattended, client_key};
use spoke_api::{ExitCode, ProbeReport, Request, Response};

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
        let provider = TokenProvider::new(keyring, ProviderOptions::default());
        // Without its key the certificate is not shown; most gateways tell as much.
        let key = client_key(&profile, provider.keyring(), false, &mut Unattended).await;
        let request = Request::Probe {
            profile: Box::new(profile),
            private_key: key.ok().flatten(),
        };
        context.print.wait_for("Testing the gateway");
        let response = daemon.request(request).await;
        context.print.stop_waiting();
        match response? {
            Response::Probe { report } => Ok(*report),
            _ => Err(follow::strange()),
        }
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
