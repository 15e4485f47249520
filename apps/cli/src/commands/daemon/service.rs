//! `spoke daemon install`, `uninstall` and `restart`

use crate::context::Context;
use crate::exit::Outcome;
use crate::progress::done;
use crate::service::{Step, System};
use nix::unistd::Uid;
use spoke_api::{ExitCode, Problem, ProblemCode};
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

#[derive(Debug, clap::Args)]
pub(crate) struct InstallArgs {
    /// The daemon's program; the one beside this program when absent.
    #[arg(long, value_name = "PATH")]
    program: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Place {
    /// Write below this folder and call no program, as who makes an image of a system does.
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
}

pub(crate) fn install(context: &Context, args: InstallArgs) -> Outcome {
    let daemon = match args.program {
        Some(program) => {
            std::path::absolute(&program).map_err(|error| failed("find", &program, &error))?
        }
        None => beside()?,
    };
    let steps = System::present().install(&daemon);
    carry_out(context, &steps, &args.place, "spoke daemon install")?;
    context.print.note(done(
        &context.print,
        "The daemon starts with this computer.",
    ));
    Ok(ExitCode::Success)
}

pub(crate) fn uninstall(context: &Context, place: Place) -> Outcome {
    let system = System::present();
    if !below(&place, &system.file()).exists() {
        context
            .print
            .note("It is not installed by this command; a package is removed as it was installed.");
        return Ok(ExitCode::Success);
    }
    carry_out(
        context,
        &system.uninstall(),
        &place,
        "spoke daemon uninstall",
    )?;
    context.print.note(done(
        &context.print,
        "The daemon does not start any more. Profiles and sign-ins are kept.",
    ));
    Ok(ExitCode::Success)
}

pub(crate) fn restart(context: &Context) -> Outcome {
    let place = Place { root: None };
    let steps = System::present().restart();
    carry_out(context, &steps, &place, "spoke daemon restart")?;
    context
        .print
        .note(done(&context.print, "The daemon was started anew."));
    Ok(ExitCode::Success)
}

/// Says what will be done and does it, once it may.
fn carry_out(
    context: &Context,
    steps: &[Step],
    place: &Place,
    command: &str,
) -> Result<(), Problem> {
    let steps = steps
        .iter()
        .filter(|step| place.root.is_none() || !matches!(step, Step::Call { .. }));
    for step in steps.clone() {
        context.print.note(format_args!("  {step}"));
    }
    if place.root.is_none() && !Uid::effective().is_root() {
        return Err(Problem::new(
            ProblemCode::NotPermitted,
            "Only root may tell the system what to start.",
            format!("sudo {command}"),
        ));
    }
    if !context.ask.confirm("Do this?") {
        return Err(Problem::new(
            ProblemCode::Cancelled,
            "Nothing was done.",
            command,
        ));
    }
    steps.into_iter().try_for_each(|step| make(step, place))
}

fn make(step: &Step, place: &Place) -> Result<(), Problem> {
    match step {
        Step::Write { path, text } => {
            let path = below(place, path);
            let written = path
                .parent()
                .map_or(Ok(()), fs::create_dir_all)
                .and_then(|()| fs::write(&path, text))
                .and_then(|()| fs::set_permissions(&path, Permissions::from_mode(0o644)));
            written.map_err(|error| failed("write", &path, &error))
        }
        Step::Folder(path) => {
            let path = below(place, path);
            fs::create_dir_all(&path).map_err(|error| failed("make", &path, &error))
        }
        Step::Remove(path) => {
            let path = below(place, path);
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    Err(failed("remove", &path, &error))
                }
                _ => Ok(()),
            }
        }
        Step::Call { words, may_fail } => call(words, *may_fail),
    }
}

fn call(words: &[String], may_fail: bool) -> Result<(), Problem> {
    let (program, arguments) = words.split_first().ok_or_else(|| {
        Problem::new(
            ProblemCode::Other,
            "There is nothing to call.",
            "spoke version",
        )
    })?;
    let ended = Command::new(program).args(arguments).output();
    let why = match ended {
        Ok(output) if output.status.success() || may_fail => return Ok(()),
        Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        Err(error) => error.to_string(),
    };
    Err(Problem::new(
        ProblemCode::HostSetup,
        format!("{} failed: {why}", words.join(" ")),
        "sudo spoked   (in the foreground, without the system's help)",
    ))
}

fn below(place: &Place, path: &Path) -> PathBuf {
    match &place.root {
        Some(root) => root.join(path.strip_prefix("/").unwrap_or(path)),
        None => path.to_owned(),
    }
}

/// The daemon that came with this program.
fn beside() -> Result<PathBuf, Problem> {
    let own = std::env::current_exe();
    let daemon = own
        .ok()
        .and_then(|own| own.canonicalize().ok())
        .map(|own| own.with_file_name("spoked"));
    daemon.filter(|daemon| daemon.is_file()).ok_or_else(|| {
        Problem::new(
            ProblemCode::Usage,
            "There is no spoked beside this program.",
            "spoke daemon install --program /path/to/spoked",
        )
    })
}

fn failed(verb: &str, path: &Path, error: &io::Error) -> Problem {
    Problem::new(
        ProblemCode::HostSetup,
        format!("{verb} {}: {error}", path.display()),
        "sudo spoke daemon install",
    )
}
