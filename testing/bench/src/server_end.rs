//! A running server.

use crate::case::{Case, Server};
use crate::papers::{Manners, Papers};
use crate::programs::Programs;
use crate::stage::Stage;
use crate::usage::settle;
use spoke_lab::{Background, FOLDER, LabError};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Longest that it may take to be ready.
const PATIENCE: Duration = Duration::from_secs(20);

/// Ends when dropped.
pub(crate) struct ServerEnd {
    running: Background,
    /// What it writes for each negotiation of keys.
    exchange: &'static str,
}

impl ServerEnd {
    /// Starts the case's server and waits until it is ready.
    ///
    /// # Errors
    /// When it is not installed or not built, or does not get ready.
    pub(crate) fn start(
        stage: &Stage,
        programs: &Programs,
        papers: &Papers,
        case: Case,
        manners: Manners,
    ) -> Result<Self, LabError> {
        let file = papers.server_file(case.server, case.transport, manners)?;
        let mut command = match case.server {
            Server::OpenVpn => Command::new("openvpn"),
            Server::Gateway => programs.spoke("spoke-gateway")?,
        };
        let (sign, exchange) = match case.server {
            Server::OpenVpn => ("Initialization Sequence Completed", "Control Channel: TLS"),
            Server::Gateway => ("event=listening", "event=key "),
        };
        command.arg("--config").arg(file);
        let log = Path::new(FOLDER).join("server.log");
        let mut running = Background::start(&stage.server, command, log)?;
        running.wait_until("ready", PATIENCE, |log| log.contains(sign))?;
        settle(running.id())?;
        Ok(Self { running, exchange })
    }

    pub(crate) fn process(&self) -> u32 {
        self.running.id()
    }

    /// How often keys were negotiated after the first time.
    pub(crate) fn new_keys(&self) -> f64 {
        let log = self.running.log();
        let exchanges = log.matches(self.exchange).count();
        let after = exchanges.saturating_sub(1);
        u32::try_from(after).map_or(f64::INFINITY, f64::from)
    }
}
