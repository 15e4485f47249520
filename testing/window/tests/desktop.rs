//! What the app does beside its window: its icon, its notifications, its start with the
//! user's session, and what it leaves behind.

mod common;

use common::journey::{Desktop, import};
use spoke_api::{Connection, Phase, Problem, ProblemCode, State};
use spoke_lab::{Background, LabError, Options, places, quietly, run_program};
use spoke_window::{Cost, DaemonDouble, Icon, Pages, Shell};
use std::collections::BTreeSet;
use std::process::Command;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The lab's user, who starts the app.
const ROOT: u32 = 0;
/// Longest that the app may take to end.
const ENDING: Duration = Duration::from_secs(10);

#[test]
fn the_icon_and_the_notifications_tell_every_state() {
    common::inside(
        "the_icon_and_the_notifications_tell_every_state",
        || -> Result<(), LabError> {
            let desktop = Desktop::without_daemon()?;
            import(&desktop)?;
            let daemon = DaemonDouble::start()?;
            let mut app = start_hidden(&desktop)?;
            // A desktop that comes up after the app is noticed.
            thread::sleep(Duration::from_secs(1));
            let shell = Shell::start(&desktop.screen)?;
            common::until("there is an icon", || Ok(shell.has_icon()))?;
            shapes(&daemon, &shell)?;
            told(&daemon, &shell)?;
            no_window()?;

            let notices = shell.notices();
            let newest = notices.last().cloned();
            shell.click(&newest.ok_or_else(|| LabError::Other("no notice".to_owned()))?)?;
            common::until("a click on a notification opens the window", a_window)?;
            shell.choose("Quit")?;
            assert_eq!(app.exit_code(ENDING), Some(0), "{}", app.log());
            Ok(())
        },
    );
}

/// Each kind of state has a shape and words of its own.
fn shapes(daemon: &DaemonDouble, shell: &Shell) -> Result<(), LabError> {
    let name = places::PROFILE;
    let mut shapes = BTreeSet::new();
    for (phase, title, status) in [
        (None, "Spoke: Not connected".to_owned(), "Active"),
        (
            Some(Phase::Connecting),
            format!("Spoke: Connecting to {name}…"),
            "Active",
        ),
        (
            Some(Phase::Connected),
            format!("Spoke: Connected to {name}"),
            "Active",
        ),
        (
            Some(Phase::Failed),
            format!("Spoke: Connection to {name} failed"),
            "NeedsAttention",
        ),
    ] {
        daemon.show(state(phase))?;
        let icon = icon_that_says(shell, &title)?;
        assert_eq!(icon.status, status, "{title}");
        assert!(icon.shape.contains(&true), "{title}: nothing is drawn");
        shapes.insert(icon.shape);
    }
    assert_eq!(shapes.len(), 4, "two states look the same");
    Ok(())
}

/// Waits until this is what the icon says when it is pointed at.
fn icon_that_says(shell: &Shell, title: &str) -> Result<Icon, LabError> {
    let mut icon = shell.icon()?;
    common::until(title, || {
        icon = shell.icon()?;
        Ok(icon.title == title)
    })
    .map_err(|error| LabError::Other(format!("{error}, but {}", icon.title)))?;
    Ok(icon)
}

/// A lost connection, and a session that ends.
fn told(daemon: &DaemonDouble, shell: &Shell) -> Result<(), LabError> {
    let name = places::PROFILE;
    // States that follow each other fast are shown as one: each is waited for by what is new.
    let mut before = shell.notices().len();
    daemon.show(state(Some(Phase::Connected)))?;
    // The same words are not said twice in a minute.
    icon_that_says(shell, &format!("Spoke: Connected to {name}"))?;
    let mut lost = state(Some(Phase::Reconnecting));
    if let Some(connection) = &mut lost.connection {
        connection.problem = Some(Problem::new(
            ProblemCode::GatewaySilent,
            "the gateway has said nothing for 60 s",
            "wait, or connect again",
        ));
    }
    daemon.show(lost)?;
    let lost = notice(shell, &mut before, &format!("Connection to {name} lost"))?;
    assert!(lost.body.contains("said nothing for 60 s"), "{lost:?}");

    let mut ending = state(Some(Phase::Connected));
    if let Some(connection) = &mut ending.connection {
        connection.sign_in_expires = Some(now() + 240);
    }
    daemon.show(ending)?;
    notice(shell, &mut before, &format!("Connected to {name} again"))?;
    let ending = notice(
        shell,
        &mut before,
        &format!("Session with {name} ends soon"),
    )?;
    assert!(ending.body.contains("minutes are left"), "{ending:?}");
    assert_eq!(ending.urgency, 2, "it has to be seen");
    Ok(())
}

#[test]
fn a_hidden_start_connects_from_its_icon_and_leaves_an_agent_behind() {
    common::inside(
        "a_hidden_start_connects_from_its_icon_and_leaves_an_agent_behind",
        || -> Result<(), LabError> {
            let mut options = Options::default();
            // Tokens of a minute: what renews them has to be there all the time.
            options.sign_in.access_token_seconds = 50;
            let desktop = Desktop::set_up(options)?;
            let before = desktop.lab.host_snapshot()?;
            import(&desktop)?;
            let shell = Shell::start(&desktop.screen)?;
            let window = thread::scope(|scope| {
                // The driver waits for a window, and there is none before the second start.
                let opening = scope.spawn(|| desktop.open(&["--hidden"]));
                while_hidden(&desktop, &shell)?;
                let second = desktop.start_again(&[])?;
                assert_eq!(second.code(), Some(0), "{second:?}");
                let opened = opening.join();
                opened.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })?;
            window.press(places::PROFILE)?;
            common::journey::connected(&window)?;

            shell.choose("Quit")?;
            common::until("an agent is all that is left", || {
                Ok(agents() == 1 && Cost::now()?.processes == 1)
            })
            .map_err(|error| LabError::Other(format!("{error}: {} {:?}", agents(), Cost::now())))?;
            common::journey::intranet_answers(&desktop)?;
            let expires = sign_in_expires(&desktop)?;
            common::until("an agent renews the sign-in", || {
                Ok(sign_in_expires(&desktop)? > expires)
            })?;
            let disconnected = desktop.lab.spoke(&["disconnect"])?;
            assert!(disconnected.success(), "{disconnected:?}");
            common::until("the agent ends with the connection", || Ok(agents() == 0))?;
            common::journey::network_as_before(&desktop, &before)
        },
    );
}

/// Connects with the icon alone.
fn while_hidden(desktop: &Desktop, shell: &Shell) -> Result<(), LabError> {
    let name = places::PROFILE;
    common::until("there is an icon", || Ok(shell.has_icon()))?;
    no_window()?;
    let menu = shell.menu()?;
    let labels: Vec<_> = menu.iter().map(|line| line.label.as_str()).collect();
    assert_eq!(
        labels,
        [
            "Not connected",
            "",
            &format!("Connect to {name}"),
            "",
            "Open Spoke",
            "Quit"
        ]
    );
    let mut before = shell.notices().len();
    shell.choose(&format!("Connect to {name}"))?;
    notice(shell, &mut before, &format!("Sign-in to {name} needed"))?;
    let pages = Pages::noted(&desktop.screen)?;
    sign_in(desktop, &pages.newest()?)?;
    notice(shell, &mut before, &format!("Connected to {name}"))?;
    let menu = shell.menu()?;
    assert!(
        menu.iter()
            .any(|line| line.label == format!("Disconnect from {name}")),
        "{menu:?}"
    );
    no_window()
}

fn start_hidden(desktop: &Desktop) -> Result<Background, LabError> {
    let mut command = Command::new(spoke_lab::find_program("spoke-desktop")?);
    command.arg("--hidden");
    desktop.screen.dress(&desktop.lab, &mut command);
    let log = desktop.screen.home().join("app.log");
    Background::start(desktop.screen.machine(), command, log)
}

fn sign_in(desktop: &Desktop, page: &str) -> Result<(), LabError> {
    let mut browser = Command::new(desktop.lab.home().join("browser"));
    browser.arg(page);
    desktop.screen.dress(&desktop.lab, &mut browser);
    let limit = Duration::from_secs(20);
    run_program(desktop.screen.machine(), browser, limit, quietly).map(drop)
}

/// Waits for a notification of this title after the first `before`, which then count it too.
fn notice(
    shell: &Shell,
    before: &mut usize,
    title: &str,
) -> Result<spoke_window::Notice, LabError> {
    let mut found = None;
    common::until(title, || {
        let shown = shell.notices().into_iter().enumerate().skip(*before);
        found = shown.into_iter().find(|(_, notice)| notice.title == title);
        Ok(found.is_some())
    })
    .map_err(|error| LabError::Other(format!("{error}: {:?}", shell.notices())))?;
    let (place, notice) = found.ok_or_else(|| LabError::Other(title.to_owned()))?;
    *before = place + 1;
    Ok(notice)
}

/// While it is hidden the app is one process, without any of the web view.
fn no_window() -> Result<(), LabError> {
    let cost = Cost::now()?;
    assert_eq!(cost.processes, 1, "{cost:?}");
    Ok(())
}

fn a_window() -> Result<bool, LabError> {
    Ok(Cost::now()?.processes > 1)
}

fn state(phase: Option<Phase>) -> State {
    let connection = phase.map(|phase| Connection {
        connected_at_ms: Some(now() * 1000),
        ..Connection::new(places::PROFILE, ROOT, phase)
    });
    State { connection }
}

/// When the sign-in of the connection expires, by the command line.
fn sign_in_expires(desktop: &Desktop) -> Result<u64, LabError> {
    let status = desktop.lab.spoke(&["status", "--json"])?;
    let document: serde_json::Value = serde_json::from_str(&status.stdout)
        .map_err(LabError::other(format!("read {status:?}")))?;
    let expires = document.pointer("/connection/sign_in_expires");
    expires
        .and_then(serde_json::Value::as_u64)
        .ok_or_else(|| LabError::Other(format!("no sign-in in {document}")))
}

/// How many agents run that were left behind by the app.
fn agents() -> usize {
    let all = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    all.filter(|process| {
        let line = std::fs::read_to_string(process.path().join("cmdline"));
        line.is_ok_and(|line| line.contains("spoke-desktop\0agent"))
    })
    .count()
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default().as_secs()
}
