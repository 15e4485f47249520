//! `spoke doctor [PROFILE]`

use crate::context::{Context, VERSION};
use crate::exit::Outcome;
use crate::progress::done;
use crate::render::{Printer, Tone};
use crate::{clean, document, select, words};
use serde::Serialize;
use spoke_agent::{DaemonClient, look_over};
use spoke_api::{ExitCode, Problem, Request};
use spoke_diagnose::{Check, Examination, Repair, Standing, examine};
use spoke_profile::Profile;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Looks at the daemon, the tunnel device, the network, leftovers, other VPNs, \
                        the resolver, the keyring, the clock, proxies, and a profile with its gateway. \
                        Nothing is changed without --fix.\n\
                        Exit code 1 says: something keeps connections from working."
)]
pub(crate) struct Args {
    /// Which profile; the beginning of its name will do. The only one when absent.
    profile: Option<String>,
    /// Repair what can be repaired without a risk.
    #[arg(long)]
    fix: bool,
}

/// `spoke.doctor/1`
#[derive(Debug, Serialize)]
pub(crate) struct Body<'a> {
    checks: &'a [Check],
    repaired: usize,
}

pub(crate) fn run(context: &Context, args: Args) -> Outcome {
    let profile = about(context, args.profile.as_deref())?;
    let (mut checks, repaired) = context.run(async {
        let daemon = context.daemon().await.map(|(daemon, _updates)| daemon);
        context.print.wait_for("Looking around");
        let found = look(context, &daemon, profile.as_ref()).await;
        context.print.stop_waiting();
        let checks = examine(&found);
        let repaired = match (args.fix, &daemon) {
            (true, Ok(daemon)) => repair(daemon, &checks).await?,
            _ => 0,
        };
        let checks = match repaired {
            0 => checks,
            _ => examine(&look(context, &daemon, profile.as_ref()).await),
        };
        Ok((checks, repaired))
    })?;
    checks.iter_mut().for_each(clean_check);
    if context.print.json() {
        let checks = &checks;
        context
            .print
            .document(&document::of("spoke.doctor/1", Body { checks, repaired }));
        return Ok(code(checks));
    }
    for check in &checks {
        for line in lines(check, &context.print) {
            context.print.result(line);
        }
    }
    if args.fix {
        let said = match repaired {
            0 => "Nothing was there that can be repaired without a risk.".to_owned(),
            _ => format!("Repaired: {repaired}."),
        };
        context.print.note(done(&context.print, &said));
    }
    Ok(code(&checks))
}

/// The profile that is meant; none where nothing says which.
///
/// # Errors
/// When the named one is not there.
pub(crate) fn about(context: &Context, named: Option<&str>) -> Result<Option<Profile>, Problem> {
    match select::profile(context, named) {
        Ok(profile) => Ok(Some(profile)),
        Err(problem) if named.is_some() => Err(problem),
        Err(_) => Ok(None),
    }
}

/// Everything that the doctor looks at.
pub(crate) async fn look(
    context: &Context,
    daemon: &Result<DaemonClient, Problem>,
    profile: Option<&Profile>,
) -> Examination {
    let mut found = look_over(&context.paths, VERSION, daemon, profile).await;
    found.state.as_mut().map(clean::state);
    found
}

/// Repairs what can be; says how much was.
async fn repair(daemon: &DaemonClient, checks: &[Check]) -> Result<usize, Problem> {
    let mut repaired = 0;
    for repair in checks.iter().filter_map(|check| check.repair) {
        match repair {
            Repair::TakeBack => {
                let request = Request::Disconnect { profile: None };
                daemon.request(request).await?;
            }
        }
        repaired += 1;
    }
    Ok(repaired)
}

/// What a gateway said may be in a finding.
pub(crate) fn clean_check(check: &mut Check) {
    clean::text(&mut check.finding);
    check.next.as_mut().map(clean::text);
}

fn code(checks: &[Check]) -> ExitCode {
    match checks.iter().any(|check| check.standing == Standing::Bad) {
        true => ExitCode::Failure,
        false => ExitCode::Success,
    }
}

/// The lines of one check.
#[must_use]
pub(crate) fn lines(check: &Check, print: &Printer) -> Vec<String> {
    let mark = match check.standing {
        Standing::Good => print.paint(Tone::Good, "✓"),
        Standing::Careful => print.paint(Tone::Careful, "!"),
        Standing::Bad => print.paint(Tone::Bad, "✗"),
    };
    let finding = words::sentence(&check.finding);
    let mut lines = vec![format!("{mark} {:<16}{finding}", check.subject.word())];
    if let Some(next) = &check.next {
        lines.push(format!("  {} {next}", print.paint(Tone::Strong, "→")));
    }
    lines
}
