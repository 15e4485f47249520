//! `spoke profile check NAME`

use crate::context::Context;
use crate::exit::Outcome;
use crate::progress::done;
use crate::{document, profile_view, select, words};
use spoke_agent::faults;
use spoke_api::ExitCode;
use spoke_profile::differences;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which profile; the beginning of its name will do.
    name: Option<String>,
    /// Save it with what can be repaired.
    #[arg(long)]
    fix: bool,
}

pub(crate) fn run(context: &Context, args: Args) -> Outcome {
    let profile = select::profile(context, args.name.as_deref())?;
    let print = &context.print;
    let (normal, findings) = match profile.normalised() {
        Ok(found) => found,
        Err(errors) if print.json() => {
            print.document(&document::check(&profile.name, &[], &errors, false));
            return Ok(ExitCode::Profile);
        }
        Err(errors) => {
            for error in &errors {
                print.note(format_args!("  ✗ {error}"));
            }
            return Err(faults::in_profile(&profile.name, &errors));
        }
    };
    let repairable = normal != profile;
    if args.fix && repairable {
        context.store().save(&normal)?;
    }
    if print.json() {
        print.document(&document::check(
            &profile.name,
            &findings,
            &[],
            args.fix && repairable,
        ));
        return Ok(ExitCode::Success);
    }
    for finding in &findings {
        print.result(format_args!("  {:<8}  {finding}", finding.severity));
    }
    if repairable {
        for line in profile_view::difference_lines(&differences(&profile, &normal), print) {
            print.note(line);
        }
        if args.fix {
            print.note(done(print, &format!("Repaired {}.", profile.name)));
        } else {
            print.note(format_args!(
                "Next: spoke profile check {} --fix",
                words::shell(&profile.name)
            ));
        }
    } else {
        print.note(done(print, &format!("{} is valid.", profile.name)));
    }
    Ok(ExitCode::Success)
}
