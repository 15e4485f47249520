//! `spoke-lab`: the lab as a program.

mod demo;
mod installed;
mod say;
mod up;

use clap::{Parser, Subcommand};
use spoke_lab::{LabError, Typed};
use std::process::ExitCode;

/// A virtual network, a gateway and a sign-in server on this one machine, in
/// namespaces of their own: nothing outside is changed.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Takes `spoke` through the whole path: import, sign-in, Connected, traffic, disconnect.
    Demo,
    /// Brings the lab up and opens a shell on the user's computer in it.
    Up {
        /// Runs this command instead of a shell.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        command: Vec<String>,
    },
    /// Installs packages on a whole system, connects, upgrades, downgrades, removes and purges
    /// them there, and says whether all of it is as it was before.
    Installed(installed::Arguments),
    /// Prints what a web address gives, as `curl` would.
    Fetch {
        /// The address.
        url: String,
    },
    /// Opens a sign-in page and fills it in, as a browser with a person in front would.
    Browse {
        /// The page.
        url: String,
        /// Code to type when the page asks for one.
        #[arg(long)]
        code: Option<String>,
        /// Account to type.
        #[arg(long, default_value = spoke_lab::signin::ACCOUNT)]
        account: String,
        /// Password to type; the account exists only in the lab.
        #[arg(long, default_value = spoke_lab::signin::PASSWORD)]
        password: String,
    },
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Task::Demo => inside(demo::run),
        Task::Up { command } => inside(move || up::run(&command)),
        Task::Installed(arguments) => inside(move || installed::run(&arguments)),
        Task::Fetch { url } => now(spoke_lab::fetch(&url)),
        Task::Browse {
            url,
            code,
            account,
            password,
        } => browse(&url, account, password, code),
    };
    match outcome {
        Ok(code) => code,
        Err(error) => {
            say::error(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

fn inside(task: impl FnOnce() -> Result<ExitCode, LabError>) -> Result<ExitCode, LabError> {
    if spoke_lab::inside() {
        return task();
    }
    let status = spoke_lab::inside_command(std::env::args_os().skip(1))?
        .status()
        .map_err(LabError::io("start `unshare`"))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(ExitCode::from(code.unwrap_or(1)))
}

fn browse(
    url: &str,
    account: String,
    password: String,
    user_code: Option<String>,
) -> Result<ExitCode, LabError> {
    let typed = Typed {
        account,
        password,
        user_code,
    };
    now(spoke_lab::browse(url, &typed))
}

fn now(answer: impl Future<Output = Result<String, LabError>>) -> Result<ExitCode, LabError> {
    let text = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(LabError::io("start"))?
        .block_on(answer)?;
    say::line(&text);
    Ok(ExitCode::SUCCESS)
}
