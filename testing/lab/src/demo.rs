//! `spoke-lab demo`.

use spoke_lab::{Lab, LabError, Options};
use std::process::ExitCode;

/// Takes `spoke` through the whole path.
pub(crate) fn run() -> Result<ExitCode, LabError> {
    let mut lab = Lab::up(Options::default())?;
    lab.start_daemon()?;
    Ok(ExitCode::SUCCESS)
}
