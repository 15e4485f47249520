//! `spoke report [FILE]`

use crate::commands::doctor;
use crate::context::{Context, VERSION};
use crate::exit::Outcome;
use crate::progress::done;
use crate::render::Printer;
use crate::{clean, clock, private_file, words};
use serde::Serialize;
use spoke_agent::DaemonClient;
use spoke_api::{ExitCode, LogLine, Problem, ProblemCode, Request, Response};
use spoke_diagnose::{Examination, examine, redact};
use spoke_profile::{Profile, ProfileView, SignIn};
use std::fmt::Write as _;
use std::path::PathBuf;

/// How much of the log goes into a report, in seconds.
const LOG: u64 = 3600;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "A report holds versions, the state, the network, the profile without its secret, \
                        what `spoke doctor` finds, and the last hour of the log. Tokens, keys and passwords \
                        are never in it; names of people are taken out.\n\n\
                        Examples:\n  \
                        spoke report --preview        only show it\n  \
                        spoke report trouble.txt"
)]
pub(crate) struct Args {
    /// Where to; - for standard output. Otherwise a file here, named after the time.
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Only show what would be written.
    #[arg(long)]
    preview: bool,
    /// Leave the names of people in: accounts, user names, this user's name.
    #[arg(long)]
    with_names: bool,
    /// Which profile it is about; the only one when absent.
    #[arg(long, value_name = "PROFILE")]
    profile: Option<String>,
}

pub(crate) fn run(context: &Context, args: Args) -> Outcome {
    let profile = doctor::about(context, args.profile.as_deref())?;
    let (found, log) = context.run(async {
        let daemon = context.daemon().await.map(|(daemon, _updates)| daemon);
        context.print.wait_for("Looking around");
        let found = doctor::look(context, &daemon, profile.as_ref()).await;
        let log = match &daemon {
            Ok(daemon) => log_of(daemon).await,
            Err(_) => Vec::new(),
        };
        context.print.stop_waiting();
        Ok((found, log))
    })?;
    let names = match args.with_names {
        true => Vec::new(),
        false => names(&found, profile.as_ref()),
    };
    let text = redact(&text(&found, profile.as_ref(), &log), &names);
    let to_output = args
        .file
        .as_ref()
        .is_some_and(|file| file.as_os_str() == "-");
    if args.preview || to_output {
        // As it stands: also where documents are wanted, a report is a text.
        for line in text.lines() {
            context.print.dump(line);
        }
        return Ok(ExitCode::Success);
    }
    write(context, args.file, &text)
}

fn write(context: &Context, file: Option<PathBuf>, text: &str) -> Outcome {
    let file = file.unwrap_or_else(|| PathBuf::from(format!("spoke-report-{}.txt", clock::now())));
    let shown = file.display();
    for title in text.lines().filter_map(|line| line.strip_prefix("## ")) {
        context.print.note(format_args!("  {title}"));
    }
    let size = words::bytes(u64::try_from(text.len()).unwrap_or(u64::MAX));
    if !context
        .ask
        .confirm(&format!("Write these parts to {shown} ({size})?"))
    {
        return Err(Problem::new(
            ProblemCode::Cancelled,
            "Nothing was written.",
            "spoke report --preview",
        ));
    }
    private_file::create(&file, text.as_bytes()).map_err(|error| {
        Problem::new(
            ProblemCode::Other,
            format!("{shown} cannot be written: {error}."),
            "spoke report ANOTHER-FILE",
        )
    })?;
    let said = format!("Wrote {shown}, readable by you alone. Look it over before you send it.");
    context.print.note(done(&context.print, &said));
    Ok(ExitCode::Success)
}

async fn log_of(daemon: &DaemonClient) -> Vec<LogLine> {
    let request = Request::Log {
        since_seconds: Some(LOG),
        follow: false,
    };
    match daemon.request(request).await {
        Ok(Response::Log { lines }) => lines,
        _ => Vec::new(),
    }
}

/// Names of people that can be in a report.
fn names(found: &Examination, profile: Option<&Profile>) -> Vec<String> {
    let connection = found
        .state
        .as_ref()
        .and_then(|state| state.connection.as_ref());
    let account = connection.and_then(|connection| connection.account.clone());
    let certificate = connection
        .and_then(|connection| connection.certificate.as_ref())
        .map(|certificate| certificate.subject.clone());
    let user = profile.and_then(|profile| match &profile.sign_in {
        SignIn::Password { username, .. } => username.clone(),
        _ => None,
    });
    let own = ["USER", "LOGNAME"].map(|name| std::env::var(name).ok());
    let all = [account, certificate, user].into_iter().chain(own);
    all.flatten()
        // The name in an address is one too, and root is nobody's.
        .flat_map(|name| match name.split_once('@') {
            Some((start, _)) => vec![start.to_owned(), name],
            None => vec![name],
        })
        .filter(|name| name != "root")
        .collect()
}

fn text(found: &Examination, profile: Option<&Profile>, log: &[LogLine]) -> String {
    let mut text = String::from("# Spoke: a report for whoever helps\n");
    let system = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    let system = system
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="))
        .map_or(std::env::consts::OS, |name| name.trim_matches('"'));
    let kernel = nix::sys::utsname::uname()
        .map(|name| name.release().to_string_lossy().into_owned())
        .unwrap_or_default();
    section(&mut text, "Versions");
    let _ = writeln!(text, "spoke {VERSION}");
    let daemon = match &found.daemon {
        Some(Ok(version)) => format!("spoked {version}"),
        Some(Err(problem)) => problem.summary.clone(),
        None => "spoked was not asked".to_owned(),
    };
    let _ = writeln!(
        text,
        "{daemon}\n{system}, kernel {kernel}, {}",
        std::env::consts::ARCH
    );
    let _ = writeln!(text, "{}", clock::local_seconds(clock::now_ms()));

    section(&mut text, "What spoke doctor finds");
    for mut check in examine(found) {
        doctor::clean_check(&mut check);
        for line in doctor::lines(&check, &Printer::to_file()) {
            let _ = writeln!(text, "{line}");
        }
    }
    if let Some(profile) = profile {
        section(&mut text, "Profile, without its secret");
        let _ = writeln!(text, "{}", json(&ProfileView::from(profile)));
    }
    if let Some(state) = &found.state {
        section(&mut text, "State");
        let _ = writeln!(text, "{}", json(state));
    }
    if let Some(network) = &found.network {
        section(&mut text, "Network");
        let _ = writeln!(text, "{}", json(network));
    }
    section(&mut text, "Log, the last hour");
    for line in log {
        let mut said = line.text.clone();
        clean::text(&mut said);
        let at = clock::local_seconds(line.at_ms);
        let _ = writeln!(text, "{at}  {:<5}  {said}", line.level);
    }
    text
}

fn section(text: &mut String, title: &str) {
    let _ = writeln!(text, "\n## {title}");
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}
