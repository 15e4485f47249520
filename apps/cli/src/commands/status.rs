//! `spoke status [PROFILE]`, and `spoke` alone

use crate::context::Context;
use crate::exit::Outcome;
use crate::{clock, document, follow, status_view, words};
use dialoguer::console::{Term, truncate_str};
use spoke_agent::Listing;
use spoke_api::{ExitCode, Phase, Problem, State};
use std::time::Duration;

#[derive(Debug, clap::Args)]
#[command(after_help = "Exit code 3 says: not connected.")]
pub(crate) struct Args {
    /// Only of this profile; the beginning of its name will do.
    profile: Option<String>,
    /// Keep showing it, until Ctrl-C.
    #[arg(long)]
    watch: bool,
}

pub(crate) fn run(context: &Context, args: Args) -> Outcome {
    let named = args
        .profile
        .map(|name| context.store().find(&name).map(|profile| profile.name))
        .transpose()?;
    if args.watch {
        return context.run(watch(context, named));
    }
    let state = once(context)?;
    let state = only(state, named.as_deref());
    show(context, &state);
    hint(context, &state, named.as_deref());
    Ok(code(&state))
}

/// `spoke` alone: the status, and a hint when nothing is set up. It never fails for
/// being disconnected.
///
/// # Errors
/// When the profiles cannot be read, or the daemon does not answer.
pub(crate) fn overview(context: &Context) -> Outcome {
    match once(context) {
        Ok(state) => {
            show(context, &state);
            hint(context, &state, None);
            Ok(ExitCode::Success)
        }
        Err(problem) if !context.print.json() && context.store().list()? == Listing::default() => {
            context.print.note("Nothing is set up yet.");
            context
                .print
                .note("Next: spoke import FILE   (the portal's zip or azurevpnconfig.xml)");
            Err(problem)
        }
        Err(problem) => Err(problem),
    }
}

fn once(context: &Context) -> Result<State, Problem> {
    context.run(async {
        let (daemon, _updates) = context.daemon().await?;
        follow::state(&daemon).await
    })
}

/// The state as far as it is about this profile.
fn only(state: State, named: Option<&str>) -> State {
    if follow::concerns(&state, named) {
        state
    } else {
        State::default()
    }
}

fn code(state: &State) -> ExitCode {
    match state.phase() {
        Phase::Connected => ExitCode::Success,
        _ => ExitCode::NotConnected,
    }
}

fn show(context: &Context, state: &State) {
    if context.print.json() {
        context.print.document(&document::status(state));
    } else {
        for line in status_view::lines(state, clock::now_ms(), &context.print) {
            context.print.result(line);
        }
    }
}

fn hint(context: &Context, state: &State, named: Option<&str>) {
    if state.connection.is_some() {
        return;
    }
    let Ok(Listing { profiles, .. }) = context.store().list() else {
        return;
    };
    match (named, profiles.as_slice()) {
        (Some(name), _) => context
            .print
            .note(format_args!("Next: spoke connect {}", words::shell(name))),
        (None, []) => context
            .print
            .note("Next: spoke import FILE   (the portal's zip or azurevpnconfig.xml)"),
        (None, [only]) => context
            .print
            .note(format_args!("Next: spoke connect   ({})", only.name)),
        (None, several) => {
            let names: Vec<_> = several.iter().map(|one| one.name.as_str()).collect();
            context.print.note(format_args!(
                "Next: spoke connect PROFILE   ({})",
                names.join(", ")
            ));
        }
    }
}

async fn watch(context: &Context, named: Option<String>) -> Outcome {
    let (daemon, mut updates) = context.daemon().await?;
    let mut state = only(
        follow::subscribe(&daemon, &mut updates).await?,
        named.as_deref(),
    );
    let mut tick = tokio::time::interval(Duration::from_secs(1));
    let mut drawn = 0;
    loop {
        if context.print.json() {
            context.print.document_line(&document::status(&state));
        } else {
            drawn = redraw(context, &state, drawn);
        }
        // Durations grow on a terminal; for programs only changes count.
        let live = context.print.live();
        tokio::select! {
            next = follow::next_state(&mut updates) => state = only(next?, named.as_deref()),
            _ = tick.tick(), if live => {}
            _ = tokio::signal::ctrl_c() => return Ok(code(&state)),
        }
    }
}

/// Draws over the `drawn` lines of before; says how many there are now.
fn redraw(context: &Context, state: &State, drawn: usize) -> usize {
    let lines = status_view::lines(state, clock::now_ms(), &context.print);
    if !context.print.live() {
        for line in &lines {
            context.print.result(line);
        }
        return 0;
    }
    let mut text = String::new();
    if drawn > 0 {
        text.push_str(&format!("\u{1b}[{drawn}A"));
    }
    text.push_str("\u{1b}[0J");
    // A line that the terminal breaks would take two rows, and the next picture would
    // be drawn a row too low.
    let width = usize::from(Term::stdout().size().1).max(20);
    let rows: Vec<_> = lines
        .iter()
        .map(|line| truncate_str(line, width, "…"))
        .collect();
    text.push_str(&rows.join("\n"));
    context.print.result(text);
    lines.len()
}
