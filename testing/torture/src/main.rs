//! `spoke-torture`: plays the trials, each in namespaces of its own, and prints tables.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this program talks to the person who started it"
)]

use clap::Parser;
use spoke_lab::LabError;
use spoke_torture::{Size, Trial};
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{ExitCode, Stdio};

#[derive(Parser)]
#[command(
    name = "spoke-torture",
    about = "Everything that can happen to a connection, again and again"
)]
struct Arguments {
    /// Only what fits into the tests of every change.
    #[arg(long)]
    quick: bool,
    /// So many hundredths of all.
    #[arg(long, value_name = "PERCENT", default_value_t = 100)]
    part: usize,
    /// Write the tables into this document, between its marks.
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
    /// Only these: leaks, lockdown, names, kills, roams, links, crowd, soak.
    trials: Vec<Trial>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("spoke-torture: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether every goal was kept.
fn run(arguments: &Arguments) -> Result<bool, LabError> {
    let size = match arguments.quick {
        true => Size::Small,
        false => Size::Part(arguments.part),
    };
    if spoke_lab::inside()
        && let [trial] = arguments.trials[..]
    {
        let report = trial.play(size)?;
        print!("{report}");
        for text in report.circumstances() {
            eprintln!("{text}");
        }
        return Ok(report.kept());
    }
    let trials = match &arguments.trials[..] {
        [] => &Trial::ALL[..],
        some => some,
    };
    let mut kept = true;
    for trial in trials {
        eprintln!("== {}", trial.name());
        kept &= play(*trial, arguments)?;
    }
    Ok(kept)
}

/// Has another process play one, in namespaces.
fn play(trial: Trial, arguments: &Arguments) -> Result<bool, LabError> {
    let mut words = vec![
        format!("--part={}", arguments.part),
        trial.name().to_owned(),
    ];
    words.extend(arguments.quick.then(|| "--quick".to_owned()));
    let mut command = spoke_lab::inside_command(words.into_iter().map(OsString::from))?;
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(LabError::io("start `unshare`"))?;
    let table = String::from_utf8_lossy(&output.stdout);
    print!("{table}");
    if let Some(path) = &arguments.write
        && !table.is_empty()
    {
        let size = match arguments.part {
            100 => String::new(),
            percent => format!("\n{percent} % of the full size.\n"),
        };
        spoke_lab::write_part(path, trial.name(), &format!("{table}{size}"))?;
    }
    Ok(output.status.success())
}
