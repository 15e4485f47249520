//! A screen without a monitor, and the session bus of the person in front of it.

use crate::drop::drop_file;
use spoke_lab::{Background, Lab, LabError, Machine, quietly, run_program};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The lab's user's computer is alone with its displays.
const DISPLAY: &str = ":7";
/// Larger than any window that is looked at.
const SIZE: &str = "1280x1024x24";
/// Longest that a server may take to listen.
const START_LIMIT: Duration = Duration::from_secs(20);

/// How often a dialog is told to accept what was typed into it.
const RETURNS: usize = 4;

/// The programs that a driven window needs, and the Debian packages that bring them.
const PROGRAMS: [(&str, &str); 7] = [
    ("Xvfb", "xvfb"),
    ("dbus-daemon", "dbus"),
    ("WebKitWebDriver", "webkit2gtk-driver"),
    ("chromium", "chromium"),
    ("chromedriver", "chromium-driver"),
    ("xdotool", "xdotool"),
    ("tinyproxy", "tinyproxy-bin"),
];

/// Why no window can be driven here.
#[must_use]
pub fn missing() -> Option<String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let there =
        |program: &str| std::env::split_paths(&path).any(|folder| folder.join(program).is_file());
    PROGRAMS
        .iter()
        .find(|(program, _)| !there(program))
        .map(|(program, package)| {
            format!("the program `{program}` is missing. Install it: apt-get install {package}")
        })
}

/// A running screen with a session bus.
pub struct Screen {
    machine: Machine,
    home: PathBuf,
    // End with it.
    _display: Background,
    _bus: Background,
}

impl Screen {
    /// Starts both on the lab's user's computer.
    ///
    /// # Errors
    /// When one of them does not start.
    pub fn start(lab: &Lab) -> Result<Self, LabError> {
        let machine = lab.network.client.clone();
        let home = lab.home();
        Ok(Self {
            _display: display(&machine, &home)?,
            _bus: bus(&machine, &home)?,
            machine,
            home,
        })
    }

    /// The computer that it stands at.
    #[must_use]
    pub fn machine(&self) -> &Machine {
        &self.machine
    }

    /// Where the person's files are.
    #[must_use]
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Where the session bus listens.
    #[must_use]
    pub fn bus_address(&self) -> String {
        bus_address(&self.home)
    }

    /// Asks programs that are started from now on to move nothing on screen, as people
    /// do whom it disturbs.
    ///
    /// # Errors
    /// When the setting cannot be written.
    pub fn hold_still(&self) -> Result<(), LabError> {
        let folder = self.home.join(".config/gtk-3.0");
        let doing = format!("write {}", folder.display());
        std::fs::create_dir_all(&folder)
            .and_then(|()| {
                std::fs::write(
                    folder.join("settings.ini"),
                    "[Settings]\ngtk-enable-animations=0\n",
                )
            })
            .map_err(LabError::io(doing))
    }

    /// Types an absolute path into the toolkit's dialog of this title, and accepts it.
    ///
    /// # Errors
    /// When there is no such dialog.
    pub fn answer_dialog(&self, lab: &Lab, title: &str, path: &str) -> Result<(), LabError> {
        let dialog = ["search", "--onlyvisible", "--name", title];
        let sync = ["search", "--sync", "--onlyvisible", "--name", title];
        let focus = ["windowfocus", "--sync", "sleep", "0.5"];
        // Into the field for a path, in the place of the whole name that is proposed there.
        let text = ["key", "ctrl+l", "ctrl+a", "type", "--delay", "20", path];
        let typed = self.hands(lab, &[&sync[..], &focus, &text].concat())?;
        // The dialog that asks for files to be opened may be looking for completions still.
        for _ in 0..RETURNS {
            if !typed {
                break;
            }
            self.hands(lab, &["sleep", "0.7", "key", "Return", "sleep", "0.7"])?;
            if !self.hands(lab, &dialog)? {
                return Ok(());
            }
        }
        Err(LabError::Other(format!("the dialog `{title}` stays open")))
    }

    /// Whether this could be done by hand.
    fn hands(&self, lab: &Lab, words: &[&str]) -> Result<bool, LabError> {
        let mut hands = Command::new("xdotool");
        hands.args(words);
        self.dress(lab, &mut hands);
        run_program(&self.machine, hands, START_LIMIT, quietly).map(|done| done.success())
    }

    /// Takes the app's window off the screen, as minimising it does.
    ///
    /// # Errors
    /// When there is no window.
    pub fn hide_window(&self, lab: &Lab) -> Result<(), LabError> {
        let words = [
            "search",
            "--onlyvisible",
            "--name",
            "^Spoke$",
            "windowunmap",
        ];
        match self.hands(lab, &words)? {
            true => Ok(()),
            false => Err(LabError::Other("there is no window to hide".to_owned())),
        }
    }

    /// Drops a file on the app's window.
    ///
    /// # Errors
    /// When there is no window, or it does not take the file.
    pub fn drop_file(&self, path: &Path) -> Result<(), LabError> {
        let path = path.display().to_string();
        drop_file(&self.machine, DISPLAY, "Spoke", &path)
    }

    /// Gives a command what programs with a window need in their environment.
    pub fn dress(&self, lab: &Lab, command: &mut Command) {
        lab.dress(command);
        command
            .env("DISPLAY", DISPLAY)
            .env("DBUS_SESSION_BUS_ADDRESS", self.bus_address())
            .env("GDK_BACKEND", "x11")
            .env("GSETTINGS_BACKEND", "memory")
            // There is no graphics card, and nobody listens to what is on screen. (With
            // WEBKIT_DISABLE_DMABUF_RENDERER the web view never answers with a picture.)
            .env("WEBKIT_DMABUF_RENDERER_FORCE_SHM", "1")
            .env("WEBKIT_SKIA_ENABLE_CPU_RENDERING", "1")
            .env("LIBGL_ALWAYS_SOFTWARE", "1")
            .env("NO_AT_BRIDGE", "1")
            .env("LANG", "en_US.UTF-8")
            .env_remove("LANGUAGE")
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("XAUTHORITY");
    }
}

fn display(machine: &Machine, home: &Path) -> Result<Background, LabError> {
    let mut command = Command::new("Xvfb");
    // An abstract socket is of the network namespace. The lock and the socket that are
    // files are not: they would meet those of other displays on this machine.
    command
        .args([DISPLAY, "-screen", "0", SIZE, "-nolock"])
        .args(["-nolisten", "tcp", "-nolisten", "unix"]);
    let mut display = Background::start(machine, command, home.join("display.log"))?;
    display.wait_until("listening", START_LIMIT, |_| {
        let looked = machine.run(|| {
            let name = format!("/tmp/.X11-unix/X{}", DISPLAY.trim_start_matches(':'));
            let address = SocketAddr::from_abstract_name(name)?;
            UnixStream::connect_addr(&address)
        });
        matches!(looked, Ok(Ok(_)))
    })?;
    Ok(display)
}

fn bus(machine: &Machine, home: &Path) -> Result<Background, LabError> {
    let mut command = Command::new("dbus-daemon");
    command
        .args(["--session", "--nofork", "--nopidfile"])
        .arg(format!("--address={}", bus_address(home)));
    let mut bus = Background::start(machine, command, home.join("bus.log"))?;
    let socket = home.join(".runtime/bus");
    bus.wait_until("listening", START_LIMIT, |_| {
        UnixStream::connect(&socket).is_ok()
    })?;
    Ok(bus)
}

fn bus_address(home: &Path) -> String {
    format!("unix:path={}", home.join(".runtime/bus").display())
}
