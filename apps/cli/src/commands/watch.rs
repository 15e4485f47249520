//! `spoke watch`

use crate::context::Context;
use crate::events::{Event, between};
use crate::exit::Outcome;
use crate::render::{Printer, Tone};
use crate::{clock, document, follow, status_view, words};
use spoke_api::{ExitCode, SignInProgress, State};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// For people instead of programs.
    #[arg(long, conflicts_with = "json")]
    human: bool,
}

pub(crate) fn run(context: &Context, args: Args) -> Outcome {
    context.run(async {
        let (daemon, mut updates) = context.daemon().await?;
        let mut last = State::default();
        let mut state = follow::subscribe(&daemon, &mut updates).await?;
        let mut first = true;
        loop {
            let mut events = between(&last, &state);
            if first && events.is_empty() {
                events.push(Event::State {
                    profile: None,
                    state: state.phase(),
                    problem: None,
                });
            }
            first = false;
            for event in &events {
                tell(context, &args, event);
            }
            last = state;
            tokio::select! {
                next = follow::next_state(&mut updates) => state = next?,
                _ = tokio::signal::ctrl_c() => return Ok(ExitCode::Success),
            }
        }
    })
}

fn tell(context: &Context, args: &Args, event: &Event) {
    let at = clock::now_ms();
    if args.human {
        context.print.result(format_args!(
            "{}  {}",
            clock::local_seconds(at),
            told(event, &context.print)
        ));
    } else {
        context.print.document_line(&document::event(at, event));
    }
}

fn told(event: &Event, print: &Printer) -> String {
    match event {
        Event::State {
            profile,
            state,
            problem,
        } => {
            let profile = profile.as_deref().unwrap_or_default();
            let why = problem.as_ref().map_or_else(String::new, |problem| {
                format!("  {}", words::sentence(&problem.summary))
            });
            let state = print.paint(Tone::Strong, status_view::phase(*state));
            format!("{state}  {profile}{why}")
        }
        Event::Stage { report, .. } => status_view::stage_line(report, print)
            .unwrap_or_else(|| format!("  … {}", report.stage.word())),
        Event::SignIn {
            waits: SignInProgress::Browser,
            ..
        } => "Waiting for the sign-in in the browser".to_owned(),
        Event::SignIn {
            waits: SignInProgress::Page { url },
            ..
        } => format!("The gateway waits in a browser, at {url}"),
        Event::SignIn {
            waits: SignInProgress::DeviceCode { url, code },
            ..
        } => format!("Waiting for the sign-in at {url} with code {code}"),
        Event::Account {
            account,
            sign_in_expires,
            ..
        } => {
            let account = account.as_deref().unwrap_or("somebody");
            let until = sign_in_expires.map_or_else(String::new, |until| {
                format!(" until {}", clock::local(until))
            });
            format!("Signed in: {account}{until}")
        }
        Event::Notice { notice, .. } => format!("# {}", words::sentence(&notice.text)),
    }
}
