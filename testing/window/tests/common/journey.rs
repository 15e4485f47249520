//! Steps that several tests take.

use spoke_lab::{Finished, GREETING, Lab, LabError, Options, Snapshot, Typed, places, quietly};
use spoke_window::{Browser, Screen, Window};

/// The lab with its daemon, and a screen on its user's computer.
pub(crate) struct Desktop {
    pub(crate) lab: Lab,
    pub(crate) screen: Screen,
}

impl Desktop {
    pub(crate) fn set_up(options: Options) -> Result<Self, LabError> {
        let mut lab = Lab::up(options)?;
        lab.start_daemon()?;
        let screen = Screen::start(&lab)?;
        Ok(Self { lab, screen })
    }

    /// The same with nobody at the daemon's socket.
    pub(crate) fn without_daemon() -> Result<Self, LabError> {
        let lab = Lab::without_gateway(Options::default())?;
        let screen = Screen::start(&lab)?;
        Ok(Self { lab, screen })
    }

    pub(crate) fn open(&self, arguments: &[&str]) -> Result<Window, LabError> {
        Window::open(&self.lab, &self.screen, arguments)
    }

    /// Starts the app once more, beside the one that runs.
    pub(crate) fn start_again(&self, arguments: &[&str]) -> Result<Finished, LabError> {
        let mut command = std::process::Command::new(spoke_lab::find_program("spoke-desktop")?);
        command.args(arguments);
        self.screen.dress(&self.lab, &mut command);
        let limit = std::time::Duration::from_secs(20);
        spoke_lab::run_program(self.screen.machine(), command, limit, quietly)
    }
}

/// Stores the lab's profile, as the command line does.
pub(crate) fn import(desktop: &Desktop) -> Result<(), LabError> {
    let imported = desktop.lab.spoke(&[
        "import",
        "azurevpn.zip",
        "--trust-authority",
        places::SIGN_IN_HOST,
        "--yes",
    ])?;
    assert!(imported.success(), "{imported:?}");
    Ok(())
}

/// Opens the window with the lab's profile in it, and connects up to the sign-in.
pub(crate) fn up_to_the_sign_in(desktop: &Desktop) -> Result<Window, LabError> {
    import(desktop)?;
    let window = desktop.open(&[])?;
    window.press(places::PROFILE)?;
    window.press("Connect")?;
    window.shows("Continue in your browser")?;
    Ok(window)
}

/// Signs in at the page as a person does, in a real browser.
pub(crate) fn sign_in_by_typing(
    desktop: &Desktop,
    page: &str,
    user_code: Option<String>,
) -> Result<(), LabError> {
    // The page of the program, or the sign-in server's own.
    let ending = match user_code {
        None => "You are signed in",
        Some(_) => "You have signed in",
    };
    let typed = Typed {
        user_code,
        ..Typed::default()
    };
    let browser = Browser::start(&desktop.lab, &desktop.screen)?;
    browser.sign_in(page, &typed, ending).map(drop)
}

/// Waits until the window says that it is connected.
pub(crate) fn connected(window: &Window) -> Result<(), LabError> {
    window.shows("Connected for ")
}

/// Sends traffic through the tunnel, by a name that only the virtual network knows.
pub(crate) fn intranet_answers(desktop: &Desktop) -> Result<(), LabError> {
    let url = format!("http://{}/", places::INTRANET_HOST);
    let lab = spoke_lab::find_program("spoke-lab")?.display().to_string();
    let page = desktop.lab.user_runs(&lab, &["fetch", &url], quietly)?;
    assert!(page.stdout.contains(GREETING), "{page:?}");
    Ok(())
}

/// Compares the computer's network with what it was.
pub(crate) fn network_as_before(desktop: &Desktop, before: &Snapshot) -> Result<(), LabError> {
    let mut difference = String::new();
    super::until("the network is as before", || {
        difference = before.difference(&desktop.lab.host_snapshot()?);
        Ok(difference.is_empty())
    })
    .map_err(|error| LabError::Other(format!("{error}:\n{difference}")))
}
