//! The command line as a whole. Help, completions and the reference in
//! `docs/commands.md` all come from here.

use crate::commands::{
    account, agent, completion, connect, daemon, disconnect, dns, docs, doctor, explain, import,
    log, login, logout, man, metrics, pause, policy, probe, profile, reconnect, report, route, run,
    settings, status, version, wait, watch,
};
use crate::context::Context;
use crate::exit::Outcome;
use crate::global::Global;

/// Spoke connects this computer to an Azure virtual network.
///
/// Point-to-site VPN over the OpenVPN protocol, with Microsoft Entra ID sign-in.
/// Without a command: the status, as `spoke status` shows it.
#[derive(Debug, clap::Parser)]
#[command(
    name = "spoke",
    version,
    max_term_width = 100,
    after_help = "First steps:\n  \
                  spoke import azurevpn.zip     look at a profile and save it\n  \
                  spoke connect                 sign in and connect\n  \
                  spoke status                  see how it goes"
)]
pub(crate) struct Cli {
    /// What every command takes.
    #[command(flatten)]
    pub(crate) global: Global,
    /// What to do; the status when absent.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// What can be done.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Look at a profile package and save it.
    Import(import::Args),
    /// Connect, and wait until traffic flows.
    #[command(visible_alias = "up")]
    Connect(connect::Args),
    /// Disconnect, and wait until the host's network is as before.
    #[command(visible_alias = "down")]
    Disconnect(disconnect::Args),
    /// Connect anew, with the profile as it is stored now.
    Reconnect(reconnect::Args),
    /// Take the connection down for a time.
    Pause(pause::PauseArgs),
    /// End a pause before its time.
    Resume,
    /// Show what is connected and how well.
    Status(status::Args),
    /// Print what happens, one JSON event a line.
    Watch(watch::Args),
    /// Wait until something is so.
    Wait(wait::Args),
    /// Connect, run a command, and disconnect.
    Run(run::Args),
    /// Look after the stored profiles.
    #[command(subcommand)]
    Profile(profile::Command),
    /// Sign in now, so that connecting need not ask.
    Login(login::Args),
    /// Forget sign-ins.
    Logout(logout::Args),
    /// Look after signed-in accounts.
    #[command(subcommand)]
    Account(account::Command),
    /// Say why a host can, or cannot, be reached.
    Explain(explain::Args),
    /// See who answers names.
    #[command(subcommand)]
    Dns(dns::Command),
    /// See which way packets go.
    #[command(subcommand)]
    Route(route::Command),
    /// Test a gateway step by step up to the sign-in; changes nothing.
    Probe(probe::Args),
    /// Look for what keeps connections from working.
    Doctor(doctor::Args),
    /// Write down what somebody who helps needs to know, without secrets.
    Report(report::Args),
    /// Give numbers to a monitoring system.
    #[command(subcommand)]
    Metrics(metrics::Command),
    /// Read the daemon's log.
    #[command(subcommand)]
    Log(log::Command),
    /// See and change your settings.
    #[command(subcommand)]
    Settings(settings::Command),
    /// See what an administrator has decided.
    #[command(subcommand)]
    Policy(policy::Command),
    /// Look after the daemon.
    #[command(subcommand)]
    Daemon(daemon::Command),
    /// Print the completion script of a shell.
    Completion(completion::Args),
    /// Print the man page of a command.
    Man(man::Args),
    /// Print versions.
    Version,
    /// Answer the daemon's questions for tokens in the background.
    #[command(hide = true)]
    Agent(agent::Args),
    /// Print the reference of all commands as Markdown.
    #[command(hide = true)]
    Docs,
}

/// The grammar of the command line, for completions and reference pages.
#[must_use]
pub fn command() -> clap::Command {
    <Cli as clap::CommandFactory>::command()
}

impl Cli {
    /// Does what was asked.
    ///
    /// # Errors
    /// The problem that kept it from being done.
    pub(crate) fn run(self, context: &Context) -> Outcome {
        match self.command {
            None => status::overview(context),
            Some(command) => command.run(context),
        }
    }
}

impl Command {
    fn run(self, context: &Context) -> Outcome {
        match self {
            Self::Import(args) => import::run(context, args),
            Self::Connect(args) => connect::run(context, args),
            Self::Disconnect(args) => disconnect::run(context, args),
            Self::Reconnect(args) => reconnect::run(context, args),
            Self::Pause(args) => pause::pause(context, args),
            Self::Resume => pause::resume(context),
            Self::Status(args) => status::run(context, args),
            Self::Watch(args) => watch::run(context, args),
            Self::Wait(args) => wait::run(context, args),
            Self::Run(args) => run::run(context, args),
            Self::Profile(command) => profile::run(context, command),
            Self::Login(args) => login::run(context, args),
            Self::Logout(args) => logout::run(context, args),
            Self::Account(command) => account::run(context, command),
            Self::Explain(args) => explain::run(context, args),
            Self::Dns(command) => dns::run(context, command),
            Self::Route(command) => route::run(context, command),
            Self::Probe(args) => probe::run(context, args),
            Self::Doctor(args) => doctor::run(context, args),
            Self::Report(args) => report::run(context, args),
            Self::Metrics(command) => metrics::run(context, command),
            Self::Log(command) => log::run(context, command),
            Self::Settings(command) => settings::run(context, command),
            Self::Policy(command) => policy::run(context, command),
            Self::Daemon(command) => daemon::run(context, command),
            Self::Completion(args) => completion::run(context, args),
            Self::Man(args) => man::run(context, args),
            Self::Version => version::run(context),
            Self::Agent(args) => agent::run(context, args),
            Self::Docs => docs::run(context),
        }
    }
}
