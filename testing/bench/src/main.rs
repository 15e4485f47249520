//! `spoke-bench`: measures Spoke beside OpenVPN and prints tables.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this program talks to the person who started it"
)]

use clap::Parser;
use spoke_bench::{Amount, Case, Effort, Plan, Programs, Scene, Surroundings, document, play};
use spoke_lab::LabError;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

#[derive(Parser)]
#[command(name = "spoke-bench", about = "Measures Spoke beside OpenVPN")]
struct Arguments {
    /// One short round.
    #[arg(long)]
    quick: bool,
    /// How often each case is played.
    #[arg(long)]
    rounds: Option<usize>,
    /// How long each thing is measured, in seconds.
    #[arg(long)]
    seconds: Option<f64>,
    /// Only scenes and cases with this in their names, such as `uplink` or
    /// `spoke-tcp-openvpn`; may be given several times.
    #[arg(long, value_name = "CASE")]
    only: Vec<String>,
    /// Where `spoke`, `spoked` and `spoke-gateway` are; beside this program when absent.
    #[arg(long, value_name = "FOLDER")]
    programs: Option<PathBuf>,
    /// Write the tables into this document, between its marks.
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("spoke-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<ExitCode, LabError> {
    if !spoke_lab::inside() {
        let status = spoke_lab::inside_command(std::env::args_os().skip(1))?
            .status()
            .map_err(LabError::io("start `unshare`"))?;
        let code = status.code().and_then(|code| u8::try_from(code).ok());
        return Ok(ExitCode::from(code.unwrap_or(1)));
    }
    let plan = plan(arguments);
    let programs = Programs {
        folder: arguments.programs.clone(),
    };
    let surroundings = Surroundings::look();
    let results = play(&programs, &plan, &|line| eprintln!("{line}"))?;
    let text = document::section(&results, &surroundings.account(), &plan.effort);
    println!("{text}");
    if let Some(path) = &arguments.write {
        spoke_lab::write_part(path, "run", &text)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn plan(arguments: &Arguments) -> Plan {
    let mut effort = match arguments.quick {
        true => Effort {
            rounds: 1,
            window: Duration::from_secs(1),
            warm_up: Duration::from_millis(300),
            whole: Amount {
                bytes: 100_000_000,
                time: Duration::ZERO,
            },
        },
        false => Effort {
            rounds: 5,
            window: Duration::from_secs(3),
            warm_up: Duration::from_millis(500),
            whole: Amount {
                bytes: 1_000_000_000,
                time: Duration::from_secs(15),
            },
        },
    };
    effort.rounds = arguments.rounds.unwrap_or(effort.rounds);
    if let Some(seconds) = arguments.seconds {
        effort.window = Duration::from_secs_f64(seconds.clamp(0.01, 3600.0));
    }
    Plan {
        scenes: chosen(Scene::ALL, |scene| scene.name().to_owned(), &arguments.only),
        cases: chosen(Case::all(), Case::to_string, &arguments.only),
        effort,
    }
}

/// Those that one of the words is about; all when none of the words is about any.
fn chosen<T>(
    all: impl IntoIterator<Item = T>,
    name: impl Fn(&T) -> String,
    words: &[String],
) -> Vec<T> {
    let (wanted, others): (Vec<T>, Vec<T>) = all
        .into_iter()
        .partition(|one| words.iter().any(|word| name(one).contains(word)));
    if wanted.is_empty() { others } else { wanted }
}
