//! `spoke-gateway`: the other end of the tunnel, for people without an Azure
//! gateway and for tests. The engine in server role over TCP, access tokens checked
//! against the sign-in server's keys, one tunnel device for all clients.

mod client;
mod config;
mod device;
mod faults;
mod keys;
mod log;
mod outbox;
mod pool;
mod server;
mod switchboard;
mod verdict;

use clap::Parser;
use std::path::PathBuf;
use std::process::ExitCode;

/// A VPN gateway that accepts Microsoft Entra access tokens.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The configuration file (TOML).
    #[arg(long)]
    config: PathBuf,
}

fn main() -> ExitCode {
    let Arguments { config } = Arguments::parse();
    match start(&config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log::event("failed", &[("error", &error)]);
            ExitCode::FAILURE
        }
    }
}

fn start(path: &std::path::Path) -> Result<(), server::GatewayError> {
    // The HTTPS client takes the process-wide cryptography; the engine names its own.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let config = config::Config::load(path)?;
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|source| server::GatewayError::Io {
            doing: "start".to_owned(),
            source,
        })?
        .block_on(server::run(config))
}
