//! Running a test inside the lab's namespaces: the test program starts itself again
//! there, for this one test.

#![allow(dead_code, reason = "each test file uses some of it")]

pub(crate) mod real_server;

use spoke_lab::{GREETING, Lab, LabError, places, quietly};
use std::fmt::Display;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

/// Waits until `spoke status` says this of the connection.
pub(crate) fn wait_for(lab: &Lab, state: &str) -> Result<(), LabError> {
    let begun = Instant::now();
    loop {
        let status = lab.spoke(&["status", "--json"])?;
        if status.stdout.contains(&format!("\"state\":\"{state}\"")) {
            return Ok(());
        }
        let late = begun.elapsed() > Duration::from_secs(30);
        assert!(!late, "never {state}: {status:?}\n{}", lab.daemon_log());
        thread::sleep(Duration::from_millis(50));
    }
}

/// Sees the virtual network's page come through the tunnel, from the web server by this name or address.
pub(crate) fn intranet_answers(lab: &Lab, host: impl Display) -> Result<(), LabError> {
    let page = format!("http://{host}/");
    let page = lab.user_runs("curl", &["-sS", "--max-time", "10", &page], quietly)?;
    assert!(
        page.stdout.contains(GREETING),
        "{page:?}\n{}",
        lab.daemon_log()
    );
    Ok(())
}

/// OpenVPN's text form of a static key that is given as hexadecimal digits.
pub(crate) fn static_key_text(hex: &str) -> String {
    let mut text = String::from("-----BEGIN OpenVPN Static key V1-----\n");
    for line in hex.as_bytes().chunks(32) {
        text += &String::from_utf8_lossy(line);
        text.push('\n');
    }
    text + "-----END OpenVPN Static key V1-----\n"
}

/// Writes a file that only its owner reads.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), LabError> {
    let doing = format!("write {}", path.display());
    std::fs::write(path, text).map_err(LabError::io(doing.clone()))?;
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(path, mode).map_err(LabError::io(doing))
}

/// Starts the daemon and imports the lab's package.
pub(crate) fn ready_to_connect(lab: &mut Lab) -> Result<(), LabError> {
    lab.start_daemon()?;
    import(lab, "azurevpn.zip")
}

/// Imports a file of the user's home.
pub(crate) fn import(lab: &Lab, file: &str) -> Result<(), LabError> {
    let imported = lab.spoke(&[
        "import",
        file,
        "--trust-authority",
        places::SIGN_IN_HOST,
        "--yes",
    ])?;
    assert!(imported.success(), "{imported:?}");
    Ok(())
}
