//! Every screen in the real window: none has a fault that axe-core knows, light or dark,
//! wide or narrow, and none is blank. With `SPOKE_PICTURES=FOLDER` each is photographed
//! into that folder.

mod common;

use common::album::Album;
use common::journey::{Desktop, connected};
use serde_json::{Value, json};
use spoke_api::{Phase, Problem, ProblemCode, State};
use spoke_lab::{GatewayOptions, LabError, Options, places, quietly};
use spoke_window::{DaemonDouble, Window};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

#[test]
fn every_screen_is_for_everybody() {
    common::inside(
        "every_screen_is_for_everybody",
        || -> Result<(), LabError> {
            let mut desktop = Desktop::set_up(Options::default())?;
            desktop.screen.hold_still()?;
            let mut album = Album::open();
            let window = Window::open_to_photograph(&desktop.lab, &desktop.screen, &[])?;
            before_a_connection(&desktop, &window, &mut album)?;
            to_a_connection(&desktop, &window, &mut album)?;
            let state = state(&window)?;
            about_a_profile(&window, &mut album)?;
            about_the_program(&window, &mut album)?;
            after_a_connection(&mut desktop, &window, &mut album)?;
            // What the real daemon cannot be brought into here, by a stand-in for it.
            desktop.lab.kill_daemon();
            window.shows("The Spoke service is not running")?;
            album.look(&window, "11-service-missing")?;
            let daemon = DaemonDouble::start()?;
            window.no_longer_shows("The Spoke service is not running")?;
            by_a_stand_in(&daemon, &state, &window, &mut album)?;
            album.close()
        },
    );
}

fn before_a_connection(
    desktop: &Desktop,
    window: &Window,
    album: &mut Album,
) -> Result<(), LabError> {
    window.shows("Welcome to Spoke")?;
    album.look(window, "01-welcome")?;
    window.press("Add manually")?;
    window.shows("Add a connection")?;
    album.look(window, "04-add")?;
    window.press("Save")?;
    window.shows("fields need a look")?;
    album.look(window, "04-add-faults")?;
    window.press("Cancel")?;
    window.shows("Welcome to Spoke")?;
    // A second start hands its file over and ends.
    let second = desktop.start_again(&["azurevpn.zip"])?;
    assert_eq!(second.code(), Some(0), "{second:?}");
    window.shows("Imported profile")?;
    album.look(window, "03-imported")?;
    window.tick(&format!("I know {}", places::SIGN_IN_HOST))?;
    window.press("Save and Connect")?;
    window.shows("Continue in your browser")
}

fn to_a_connection(desktop: &Desktop, window: &Window, album: &mut Album) -> Result<(), LabError> {
    album.look(window, "06-sign-in")?;
    window.press("Use another device")?;
    window.shows("Sign in on another device")?;
    album.look(window, "06-another-device")?;
    window.press("Cancel")?;
    window.shows("Not connected")?;
    album.look(window, "05-disconnected")?;
    window.press("Connect")?;
    window.shows("Continue in your browser")?;
    let page = window.page_to_open()?;
    let browser = desktop.lab.home().join("browser").display().to_string();
    desktop.lab.user_runs(&browser, &[&page], quietly)?;
    connected(window)?;
    // Something for the graph to show.
    let lab = spoke_lab::find_program("spoke-lab")?.display().to_string();
    let large = format!("http://{}/bytes/3000000", places::INTRANET_HOST);
    for _ in 0..2 {
        desktop.lab.user_runs(&lab, &["fetch", &large], quietly)?;
        std::thread::sleep(Duration::from_secs(1));
    }
    album.look(window, "08-connected")?;
    window.fill("Host name, address or URL", "10.99.0.1")?;
    window.press("Explain")?;
    window.shows("No route leads 10.99.0.1 into the tunnel.")?;
    album.look(window, "08-explain")
}

fn about_a_profile(window: &Window, album: &mut Album) -> Result<(), LabError> {
    let menu = |item: &str, title: &str| -> Result<(), LabError> {
        window.press("More actions")?;
        window.press(item)?;
        window.shows(title)
    };
    menu("Remove", "Remove VPN connection?")?;
    album.look(window, "12-remove")?;
    window.press("Cancel")?;
    menu("Export", "Include the server secret")?;
    album.look(window, "13-export")?;
    window.press("Cancel")?;
    menu("Rename", "New name")?;
    album.look(window, "13-rename")?;
    window.press("Cancel")?;
    menu("Check", "Check contoso-lab")?;
    album.look(window, "14-check")?;
    window.press(places::PROFILE)?;
    menu("Diagnose", "Diagnose contoso-lab")?;
    window.press("Start the test")?;
    window.shows("The gateway answers and asks for a sign-in.")?;
    album.look(window, "14-diagnose")?;
    window.press(places::PROFILE)
}

fn about_the_program(window: &Window, album: &mut Album) -> Result<(), LabError> {
    for (item, title, name) in [
        ("Accounts", "ana@contoso.com", "14-accounts"),
        ("Settings", "Start when I log in", "14-settings"),
        ("Log", "lines", "14-log"),
        ("About Spoke", "Where things are kept", "14-about"),
    ] {
        window.press("Menu")?;
        window.press(item)?;
        window.shows(title)?;
        album.look(window, name)?;
    }
    window.press(places::PROFILE)
}

fn after_a_connection(
    desktop: &mut Desktop,
    window: &Window,
    album: &mut Album,
) -> Result<(), LabError> {
    window.press("Disconnect")?;
    window.shows("Not connected")?;
    let gateway = GatewayOptions {
        other_secret: true,
        ..GatewayOptions::default()
    };
    desktop.lab.start_gateway(&gateway)?;
    window.press("Connect")?;
    window.shows("Could not connect")?;
    album.look(window, "11-error")
}

fn by_a_stand_in(
    daemon: &DaemonDouble,
    connected: &State,
    window: &Window,
    album: &mut Album,
) -> Result<(), LabError> {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let mut show = |phase: Phase, text: &str, name: &str, problem: Option<Problem>| {
        let mut state = connected.clone();
        if let Some(connection) = &mut state.connection {
            connection.phase = phase;
            connection.problem = problem;
            if phase == Phase::Connected {
                connection.sign_in_expires = Some(now.as_secs() + 240);
                connection.sign_in_renews = None;
            }
            if phase == Phase::Connecting {
                connection.stages.truncate(2);
            }
        }
        daemon.show(state)?;
        window.shows(text)?;
        album.look(window, name)
    };
    let lost = Problem::new(
        ProblemCode::GatewaySilent,
        "the gateway has said nothing for 60 s",
        "wait, or connect again",
    );
    show(Phase::Connecting, "Connecting", "06-connecting", None)?;
    show(
        Phase::Reconnecting,
        "Reconnecting",
        "09-reconnecting",
        Some(lost),
    )?;
    show(Phase::Paused, "Paused", "09-paused", None)?;
    show(
        Phase::Blocked,
        "Waiting for the network",
        "09-blocked",
        None,
    )?;
    show(
        Phase::Connected,
        "Your session ends in",
        "10-session-ending",
        None,
    )
}

fn state(window: &Window) -> Result<State, LabError> {
    let mut picture = window.call("picture", &json!({}))?;
    serde_json::from_value(
        picture
            .get_mut("state")
            .map(Value::take)
            .unwrap_or_default(),
    )
    .map_err(LabError::other("read the state in a picture"))
}
