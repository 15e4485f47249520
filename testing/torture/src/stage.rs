//! The lab, ready for torture, and a user who does not give up.

use spoke_lab::{Lab, LabError, Options, places};
use std::thread;
use std::time::{Duration, Instant};

/// Longest that anything may take that is waited for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks at something that is waited for.
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// A lab with the daemon running, its profile imported, the user signed in.
pub(crate) fn ready(transport: &str) -> Result<Lab, LabError> {
    let mut lab = Lab::up(Options::default())?;
    lab.start_daemon()?;
    let trust = ["--trust-authority", places::SIGN_IN_HOST, "--yes"];
    expect(&lab, &[&["import", "azurevpn.zip"], &trust[..]].concat())?;
    let setting = format!("transport={transport}");
    expect(&lab, &["profile", "set", places::PROFILE, &setting])?;
    expect(&lab, &["login"])?;
    Ok(lab)
}

/// Runs `spoke`, which has to succeed.
pub(crate) fn expect(lab: &Lab, arguments: &[&str]) -> Result<(), LabError> {
    let finished = lab.spoke(arguments)?;
    if finished.success() {
        return Ok(());
    }
    Err(LabError::Other(format!(
        "`spoke {}`: {finished:?}\nthe daemon's log:\n{}",
        arguments.join(" "),
        lab.daemon_log()
    )))
}

/// Waits until something is so.
pub(crate) fn wait_for(
    lab: &Lab,
    what: &str,
    mut so: impl FnMut() -> Result<bool, LabError>,
) -> Result<Duration, LabError> {
    let begun = Instant::now();
    while !so()? {
        if begun.elapsed() > PATIENCE {
            let log = lab.daemon_log();
            return Err(LabError::Other(format!(
                "not {what} for {PATIENCE:?}:\n{log}"
            )));
        }
        thread::sleep(BETWEEN_LOOKS);
    }
    Ok(begun.elapsed())
}
