use crate::places::Places;
use clap::Parser;
use std::path::PathBuf;

/// Spoke's service: owns the tunnel device, routes and DNS, and speaks to the gateway.
#[derive(Debug, Parser)]
#[command(name = "spoked", version)]
pub(crate) struct Options {
    /// Where clients connect
    #[arg(long, value_name = "PATH", default_value_os_t = Places::here().socket)]
    pub(crate) socket: PathBuf,
    /// Where the way back from host changes is kept
    #[arg(long, value_name = "DIR", default_value_os_t = Places::here().state_dir)]
    pub(crate) state_dir: PathBuf,
    /// What an administrator has decided for all users; only root may have written it
    #[arg(long, value_name = "FILE", default_value = spoke_settings::policy_path(std::env::consts::OS))]
    pub(crate) policy: PathBuf,
    /// Log to standard error even under systemd
    #[arg(long)]
    pub(crate) foreground: bool,
    /// What to log, as tracing's filters say it ("info", "debug", "spoke_tunnel=trace")
    #[arg(long, value_name = "FILTER", default_value = "info")]
    pub(crate) log: String,
    /// Print the man page
    #[arg(long, hide = true)]
    pub(crate) man: bool,
}
