//! `spoke-gateway`: the other end of the tunnel, for people without an Azure
//! gateway and for tests. The engine in server role over TCP and UDP, access tokens checked
//! against the sign-in server's keys, one tunnel device for all clients.

mod certificates;
mod client;
mod config;
mod datagrams;
mod departures;
mod device;
mod faults;
mod keys;
mod listen;
mod log;
mod manual;
mod outbox;
mod pool;
mod registry;
mod reload;
mod second_factor;
mod server;
mod sessions;
mod strangers;
mod stream;
mod switchboard;
mod users;
mod verdict;
mod wrapping;

use clap::Parser;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use zeroize::Zeroizing;

/// A VPN gateway that accepts Microsoft Entra access tokens, passwords and client
/// certificates.
#[derive(Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
struct Arguments {
    /// The configuration file (TOML).
    #[arg(long, required = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Print a line for the users file; the password is a line on standard input.
    User {
        /// The user's name.
        name: String,
    },
    /// Print the man page.
    #[command(hide = true)]
    Man,
}

fn main() -> ExitCode {
    let Arguments { config, command } = Arguments::parse();
    let ended = match command {
        Some(Command::User { name }) => print_user(&name).map_err(|error| error.to_string()),
        Some(Command::Man) => manual::print().map_err(|error| error.to_string()),
        None => start(&config.unwrap_or_default()).map_err(|error| error.to_string()),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log::event("failed", &[("error", &error)]);
            ExitCode::FAILURE
        }
    }
}

fn print_user(name: &str) -> Result<(), users::UserFault> {
    let mut password = Zeroizing::new(String::new());
    // What cannot be read is no password.
    let _ = std::io::stdin().read_line(&mut password);
    let line = users::line(name, password.trim_end_matches(['\r', '\n']))?;
    // There is nowhere to complain about a broken standard output.
    let _ = writeln!(std::io::stdout(), "{line}");
    Ok(())
}

fn start(path: &std::path::Path) -> Result<(), server::GatewayError> {
    // The HTTPS client takes the process-wide cryptography; the engine names its own.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let config = config::Config::load(path)?;
    // The cryptography library takes a tenth of a second and more for its first randomness
    // (it measures the processor's jitter): nobody's first connection should wait for that.
    std::thread::spawn(|| {
        spoke_engine::provider()
            .secure_random
            .fill(&mut [0; 32])
            .is_ok()
    });
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|source| server::GatewayError::Io {
            doing: "start".to_owned(),
            source,
        })?
        .block_on(server::run(config, path.to_owned()))
}
