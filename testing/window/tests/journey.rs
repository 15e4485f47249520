//! The whole path of a person, in the window.

mod common;

use common::journey::{
    Desktop, connected, intranet_answers, network_as_before, sign_in_by_typing, up_to_the_sign_in,
};
use serde_json::Value;
use spoke_lab::{LabError, Options, places};
use spoke_window::Window;

#[test]
fn from_a_package_to_its_removal() {
    common::inside(
        "from_a_package_to_its_removal",
        || -> Result<(), LabError> {
            let desktop = Desktop::set_up(Options::default())?;
            let before = desktop.lab.host_snapshot()?;
            let window = desktop.open(&["azurevpn.zip"])?;

            // What the package says, in full, before anything is kept.
            window.shows("Imported profile")?;
            let page = window.text()?;
            for value in [
                places::PROFILE,
                places::GATEWAY_HOST,
                places::TENANT,
                places::AUDIENCE,
            ] {
                assert!(page.contains(value), "`{value}` is not in:\n{page}");
            }
            assert!(
                !page.contains(&desktop.lab.profile.server_secret),
                "the server secret is on the page"
            );
            // The lab's sign-in host is not Microsoft's, so it has to be trusted first.
            window.tick(&format!("I know {}", places::SIGN_IN_HOST))?;
            window.press("Save and Connect")?;

            window.shows("Continue in your browser")?;
            sign_in_by_typing(&desktop, &window.page_to_open()?, None)?;
            connected(&window)?;
            let page = window.text()?;
            for value in [
                "172.16.201.",
                places::VIRTUAL_NETWORK,
                "10.20.0.4",
                "ana@contoso.com",
            ] {
                assert!(page.contains(value), "`{value}` is not in:\n{page}");
            }

            let received = traffic(&window)?;
            intranet_answers(&desktop)?;
            common::until("the graph's numbers move", || {
                Ok(traffic(&window)? != received)
            })?;

            hosts_are_explained(&desktop, &window)?;
            window.press("Disconnect")?;
            window.shows("Not connected")?;
            network_as_before(&desktop, &before)?;

            window.press("More actions")?;
            window.press("Edit")?;
            window.shows("Edit contoso-lab")?;
            window.field("Connection Name")?;
            // Folded, unless the profile has something there.
            if !window.text()?.contains("DNS suffixes") {
                window.press("More: secondary server")?;
            }
            window.fill("DNS suffixes", "corp.example")?;
            window.press("Save")?;
            window.shows("Not connected")?;
            common::until("the change is stored", || {
                let stored = desktop.lab.spoke(&["profile", "show", places::PROFILE])?;
                Ok(stored.stdout.contains("corp.example"))
            })?;
            window.no_longer_shows("Edit contoso-lab")?;

            window.press("More actions")?;
            window.press("Remove")?;
            window.shows("Remove VPN connection?")?;
            assert_eq!(window.focused()?, "Cancel");
            window.press("Cancel")?;
            window.press("More actions")?;
            window.press("Remove")?;
            window.shows("Remove VPN connection?")?;
            window.press("Remove")?;
            window.shows("Welcome to Spoke")?;
            let left = desktop.lab.spoke(&["profile", "list", "--json"])?;
            assert!(!left.stdout.contains(places::PROFILE), "{left:?}");
            network_as_before(&desktop, &before)
        },
    );
}

/// In the tunnel, past it, unknown, in the user's language, and mended by a press.
fn hosts_are_explained(desktop: &Desktop, window: &Window) -> Result<(), LabError> {
    let explained = |target: &str, verdict: &str| {
        window.fill("Host name, address or URL", target)?;
        window.press("Explain")?;
        window.shows(verdict)
    };
    explained("no host", "Type a host name, an address,")?;
    let inside = format!("http://{}/", places::INTRANET_HOST);
    explained(&inside, "is reached through the tunnel, port 80 is open.")?;
    let outside = format!("https://{}/", places::SIGN_IN_HOST);
    explained(&outside, "is reached past the tunnel, port 443 is open.")?;
    let unknown = format!("no-such.{}", places::PRIVATE_SUFFIX);
    explained(&unknown, &format!("There is no name {unknown}"))?;
    speak(window, "german")?;
    window.shows(&format!("Den Namen {unknown} gibt es nicht"))?;
    speak(window, "english")?;
    explained("10.99.0.1", "No route leads 10.99.0.1 into the tunnel.")?;
    window.press("Lead 10.99.0.1/32 into the tunnel")?;
    // It is asked again by itself once it is connected anew.
    window.shows("10.99.0.1 is led into the tunnel")?;
    let stored = desktop.lab.spoke(&["profile", "show", places::PROFILE])?;
    assert!(stored.stdout.contains("10.99.0.1/32"), "{stored:?}");
    connected(window)
}

fn speak(window: &Window, language: &str) -> Result<(), LabError> {
    let picture = window.call("picture", &Value::Null)?;
    let mut preferences = picture["preferences"].clone();
    preferences["language"] = language.into();
    let wanted = serde_json::json!({ "preferences": preferences });
    window.call("set_preferences", &wanted).map(drop)
}

/// What the graph says in words: how much has come and gone.
fn traffic(window: &Window) -> Result<Value, LabError> {
    let picture = window.call("picture", &Value::Null)?;
    Ok(picture["state"]["connection"]["traffic"]["received"].clone())
}

#[test]
fn with_a_code_on_another_device() {
    common::inside(
        "with_a_code_on_another_device",
        || -> Result<(), LabError> {
            let desktop = Desktop::set_up(Options::default())?;
            let window = up_to_the_sign_in(&desktop)?;
            window.press("Use another device")?;
            window.shows("Sign in on another device")?;
            let picture = window.call("picture", &Value::Null)?;
            let kind = &picture["prompt"]["kind"];
            let code = kind["code"].as_str().unwrap_or_default().to_owned();
            let page = kind["url"].as_str().unwrap_or_default().to_owned();
            assert!(window.text()?.contains(&code), "{picture}");
            sign_in_by_typing(&desktop, &page, Some(code))?;
            connected(&window)
        },
    );
}

#[test]
fn a_cancelled_sign_in_leaves_everything_as_it_was() {
    common::inside(
        "a_cancelled_sign_in_leaves_everything_as_it_was",
        || -> Result<(), LabError> {
            let desktop = Desktop::set_up(Options::default())?;
            let before = desktop.lab.host_snapshot()?;
            let window = up_to_the_sign_in(&desktop)?;
            let abandoned = window.page_to_open()?;
            window.press("Cancel")?;
            window.shows("Not connected")?;
            network_as_before(&desktop, &before)?;
            // And again, as if nothing had been.
            window.press("Connect")?;
            window.shows("Continue in your browser")?;
            let page = window.page_to_open()?;
            assert_ne!(page, abandoned);
            sign_in_by_typing(&desktop, &page, None)?;
            connected(&window)
        },
    );
}

#[test]
fn a_killed_daemon_is_missed_and_found_again() {
    common::inside(
        "a_killed_daemon_is_missed_and_found_again",
        || -> Result<(), LabError> {
            let mut desktop = Desktop::set_up(Options::default())?;
            let before = desktop.lab.host_snapshot()?;
            let window = up_to_the_sign_in(&desktop)?;
            sign_in_by_typing(&desktop, &window.page_to_open()?, None)?;
            connected(&window)?;
            desktop.lab.kill_daemon();
            window.shows("The Spoke service is not running")?;
            // The lab is not run by systemd.
            window.shows("sudo spoked")?;
            desktop.lab.start_daemon()?;
            window.no_longer_shows("The Spoke service is not running")?;
            // What was connected is so again, with the sign-in that the window keeps.
            connected(&window)?;
            intranet_answers(&desktop)?;
            assert_eq!(
                window.pages().take(),
                None,
                "nobody is asked to sign in again"
            );
            window.press("Disconnect")?;
            window.shows("Not connected")?;
            network_as_before(&desktop, &before)
        },
    );
}

#[test]
fn a_connection_typed_by_hand() {
    common::inside("a_connection_typed_by_hand", || -> Result<(), LabError> {
        let desktop = Desktop::set_up(Options::default())?;
        let window = desktop.open(&[])?;
        window.press("Add manually")?;
        window.shows("Add a connection")?;
        window.fill("Connection Name", "by hand")?;
        window.fill("VPN Server", places::GATEWAY_HOST)?;
        window.choose("Certificate Information", "By thumbprint")?;
        window.fill("Thumbprint", &desktop.lab.profile.root_thumbprint)?;
        // Typed short first: the field says how much of it is there.
        let secret = desktop.lab.profile.server_secret.clone();
        window.fill("Server Secret", secret.get(..8).unwrap_or_default())?;
        window.shows("8 of 512 digits")?;
        window.fill("Server Secret", &secret)?;
        window.shows("512 of 512 digits")?;
        window.fill("Tenant", &places::authority())?;
        window.choose("Audience", "Microsoft-registered")?;
        window.fill("Issuer", &places::issuer())?;
        window.tick(&format!("I trust {}", places::SIGN_IN_HOST))?;
        window.press("Test without saving")?;
        window.shows("The gateway answers and asks for a sign-in.")?;
        window.press("Save")?;
        window.press("Connect")?;
        window.shows("Continue in your browser")?;
        sign_in_by_typing(&desktop, &window.page_to_open()?, None)?;
        connected(&window)?;
        intranet_answers(&desktop)
    });
}
