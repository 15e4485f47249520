//! `spoke log show` and `spoke log level LEVEL`

use crate::context::Context;
use crate::exit::Outcome;
use crate::follow;
use crate::progress::done;
use crate::render::Tone;
use crate::{clean, clock, document, words};
use spoke_agent::Updates;
use spoke_api::{ExitCode, LogLevel, LogLine, Problem, Request, Response, Update};
use std::time::Duration;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Print what the daemon has logged.
    Show(ShowArgs),
    /// Change how much the daemon logs, until it ends.
    Level(LevelArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct LevelArgs {
    /// The least severe that is logged.
    #[arg(value_enum, value_name = "LEVEL")]
    level: Level,
}

/// How severe something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Level {
    /// Something failed.
    Error,
    /// Something deserves a look.
    Warn,
    /// What happens to connections; as it is at the start.
    Info,
    /// What leads to it, step by step.
    Debug,
    /// Everything.
    Trace,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ShowArgs {
    /// Only the last so much time.
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = words::parse_duration)]
    since: Duration,
    /// Keep printing what comes, until Ctrl-C.
    #[arg(long, short)]
    follow: bool,
}

pub(crate) fn run(context: &Context, command: Command) -> Outcome {
    match command {
        Command::Show(args) => show_log(context, args),
        Command::Level(args) => set_level(context, args.level),
    }
}

fn set_level(context: &Context, level: Level) -> Outcome {
    let level = match level {
        Level::Error => LogLevel::Error,
        Level::Warn => LogLevel::Warn,
        Level::Info => LogLevel::Info,
        Level::Debug => LogLevel::Debug,
        Level::Trace => LogLevel::Trace,
    };
    context.run(async {
        let (daemon, _updates) = context.daemon().await?;
        daemon.request(Request::SetLogLevel { level }).await
    })?;
    let said = format!("From now on {} is logged.", level.word());
    context.print.note(done(&context.print, &said));
    Ok(ExitCode::Success)
}

fn show_log(context: &Context, args: ShowArgs) -> Outcome {
    context.run(async {
        let (daemon, mut updates) = context.daemon().await?;
        let request = Request::Log {
            since_seconds: Some(args.since.as_secs()),
            follow: args.follow,
        };
        let Response::Log { lines } = daemon.request(request).await? else {
            return Err(follow::strange());
        };
        if context.print.json() && !args.follow {
            context.print.document(&document::log(&lines));
            return Ok(ExitCode::Success);
        }
        for line in &lines {
            show(context, line);
        }
        if lines.is_empty() && !args.follow {
            let since = words::duration(args.since.as_secs());
            context
                .print
                .note(format_args!("Nothing was logged in the last {since}."));
        }
        if args.follow {
            follow_on(context, &mut updates).await?;
        }
        Ok(ExitCode::Success)
    })
}

/// Prints lines as they come, until Ctrl-C.
async fn follow_on(context: &Context, updates: &mut Updates) -> Result<(), Problem> {
    loop {
        tokio::select! {
            update = updates.next() => {
                if let Update::Log { line } = update.ok_or_else(follow::gone)? {
                    show(context, &line);
                }
            }
            _ = tokio::signal::ctrl_c() => return Ok(()),
        }
    }
}

/// One line; with `--json` a document of its own.
fn show(context: &Context, line: &LogLine) {
    let print = &context.print;
    if print.json() {
        print.document_line(&document::log(std::slice::from_ref(line)));
        return;
    }
    let tone = match line.level.as_str() {
        "error" => Tone::Bad,
        "warn" => Tone::Careful,
        _ => Tone::Faint,
    };
    let level = print.paint(tone, format_args!("{:<5}", line.level));
    let mut text = line.text.clone();
    clean::text(&mut text);
    let at = clock::local_seconds(line.at_ms);
    print.result(format_args!("{at}  {level}  {text}"));
}
