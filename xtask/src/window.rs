//! The desktop app's window, for people.

use crate::scope::Scope;
use crate::{cargo, packages};
use std::path::{Path, PathBuf};

/// Where an X server's cookie is kept for the lab, which does not see the one in `/run`.
const COOKIE: &str = "target/window.cookie";

/// Opens the window on this screen. The app runs on the lab's user's computer, against
/// the lab's daemon, gateway and sign-in server.
pub(crate) fn open() -> Result<(), String> {
    build()?;
    if std::env::var_os("DISPLAY").is_none() {
        return Err("there is no X display: DISPLAY is not set".to_owned());
    }
    if let Some(cookie) = cookie() {
        std::fs::copy(&cookie, COOKIE).map_err(|error| format!("{}: {error}", cookie.display()))?;
    }
    let here = std::env::current_dir().map_err(|error| format!("this folder: {error}"))?;
    let cookie = format!("XAUTHORITY={}", here.join(COOKIE).display());
    // The lab's user has a session bus of their own; a Wayland socket is out of sight.
    let app = ["dbus-run-session", "--", "spoke-desktop", "azurevpn.zip"];
    let command = [
        &["up", "--", "env", "GDK_BACKEND=x11", &cookie][..],
        &app[..],
    ]
    .concat();
    cargo::built("spoke-lab", &command, &[])
}

/// The X server's cookie, where there is one (Xsecurity(7)).
fn cookie() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("XAUTHORITY") {
        return Some(named.into());
    }
    let usual = Path::new(&std::env::var_os("HOME")?).join(".Xauthority");
    usual.is_file().then_some(usual)
}

/// Photographs every screen into `docs/pictures`.
pub(crate) fn pictures() -> Result<(), String> {
    packages::provide(packages::TESTS)?;
    packages::provide(packages::WINDOW_TESTS)?;
    build()?;
    let here = std::env::current_dir().map_err(|error| format!("this folder: {error}"))?;
    let folder = here.join("docs/pictures").display().to_string();
    std::fs::create_dir_all(&folder).map_err(|error| format!("{folder}: {error}"))?;
    cargo::run_in(
        &["test", "--package", "spoke-window", "--test", "pictures"],
        &[("SPOKE_PICTURES", &folder), ("SPOKE_TEST_STRICT", "1")],
    )
}

fn build() -> Result<(), String> {
    match Scope::provide()? {
        Scope::Workspace => cargo::on(&["build", "--bins"], Scope::Workspace, &[]),
        Scope::WithoutWindow => Err("the desktop app cannot be built here".to_owned()),
    }
}
