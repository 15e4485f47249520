//! What is done with a profile while it is connected: it is exported, imported again,
//! repaired and removed. The dialogs for files are those of the toolkit, with keys typed
//! into them.

mod common;

use common::journey::{Desktop, import, network_as_before};
use spoke_lab::{LabError, Options, places};
use spoke_window::Window;
use std::path::{Path, PathBuf};

#[test]
fn a_connected_profile_is_exported_repaired_and_removed() {
    common::inside(
        "a_connected_profile_is_exported_repaired_and_removed",
        || -> Result<(), LabError> {
            let desktop = Desktop::set_up(Options::default())?;
            let before = desktop.lab.host_snapshot()?;
            import(&desktop)?;
            let connected = desktop.lab.spoke(&["connect"])?;
            assert!(connected.success(), "{connected:?}");
            let window = desktop.open(&[])?;
            window.press(places::PROFILE)?;
            common::journey::connected(&window)?;

            exports(&desktop, &window)?;
            imports(&desktop, &window)?;
            repairs(&desktop, &window)?;

            act(&window, "Remove", "Remove VPN connection?")?;
            window.shows(places::PROFILE)?;
            window.shows("It is connected now and will be disconnected first.")?;
            assert_eq!(window.focused()?, "Cancel");
            window.press("Remove")?;
            window.shows("Welcome to Spoke")?;
            let status = desktop.lab.spoke(&["status"])?;
            assert_eq!(status.code(), Some(3), "{status:?}");
            let left = desktop.lab.spoke(&["profile", "list", "--json"])?;
            assert!(!left.stdout.contains(places::PROFILE), "{left:?}");
            network_as_before(&desktop, &before)
        },
    );
}

/// The file holds the secret only where that is ticked.
fn exports(desktop: &Desktop, window: &Window) -> Result<(), LabError> {
    let secret = &desktop.lab.profile.server_secret;
    let plain = desktop.lab.home().join("plain.xml");
    act(window, "Export", "Include the server secret")?;
    export_to(desktop, window, &plain)?;
    let text = read(&plain)?;
    assert!(text.contains(places::GATEWAY_HOST) && !text.contains(secret));
    window.press("Close")?;

    let full = desktop.lab.home().join("full.xml");
    act(window, "Export", "Include the server secret")?;
    window.tick("Include the server secret")?;
    window.shows("Whoever has the file can talk to your gateway.")?;
    export_to(desktop, window, &full)?;
    assert!(read(&full)?.contains(secret));
    window.press("Close")
}

fn export_to(desktop: &Desktop, window: &Window, path: &Path) -> Result<(), LabError> {
    window.press("Export…")?;
    let title = "Export the profile to";
    desktop
        .screen
        .answer_dialog(&desktop.lab, title, &path.display().to_string())?;
    window.shows(&format!("Written to {},", path.display()))
}

/// What was exported comes in again by the dialog that asks for files, and a package that
/// is dropped on the window.
fn imports(desktop: &Desktop, window: &Window) -> Result<(), LabError> {
    let full = desktop.lab.home().join("full.xml");
    window.press("Import")?;
    window.press("Profile files or packages")?;
    let title = "Choose profile files";
    desktop
        .screen
        .answer_dialog(&desktop.lab, title, &full.display().to_string())?;
    window.shows("Imported profile")?;
    window.press("Cancel")?;
    window.press(places::PROFILE)?;
    common::journey::connected(window)?;

    desktop.screen.drop_file(&desktop.lab.package())?;
    window.shows("Imported profile")?;
    window.press("Cancel")?;
    window.press(places::PROFILE)?;
    common::journey::connected(window)
}

/// A profile that another program has damaged in a way that can be mended.
fn repairs(desktop: &Desktop, window: &Window) -> Result<(), LabError> {
    let file = stored(desktop)?;
    let right = places::issuer();
    let wrong = right.trim_end_matches('/');
    let damaged = read(&file)?.replace(&format!("{right}\""), &format!("{wrong}\""));
    std::fs::write(&file, damaged).map_err(LabError::io("damage a profile"))?;
    act(window, "Check", "Check contoso-lab")?;
    window.shows("Can be repaired")?;
    window.press("Repair and save")?;
    window.shows("Repaired and saved.")?;
    assert!(read(&file)?.contains(&format!("{right}\"")));
    window.press(places::PROFILE)?;
    common::journey::connected(window)
}

fn stored(desktop: &Desktop) -> Result<PathBuf, LabError> {
    let folder = desktop.lab.home().join(".config/spoke/profiles");
    let mut files = std::fs::read_dir(&folder)
        .map_err(LabError::io("look at the stored profiles"))?
        .flatten()
        .map(|entry| entry.path());
    files
        .find(|path| path.extension().is_some_and(|ending| ending == "json"))
        .ok_or_else(|| LabError::Other(format!("no profile in {}", folder.display())))
}

fn act(window: &Window, item: &str, title: &str) -> Result<(), LabError> {
    window.press("More actions")?;
    window.press(item)?;
    window.shows(title)
}

fn read(path: &Path) -> Result<String, LabError> {
    std::fs::read_to_string(path).map_err(LabError::io(format!("read {}", path.display())))
}
