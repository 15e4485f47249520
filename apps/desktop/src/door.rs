use crate::place::PlaceFile;
use spoke_desk::Desk;
use spoke_view::{Notification, Picture, Tongue, TrayAct};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use tauri::{AppHandle, Manager as _};
use tokio::sync::mpsc;

/// What the parts of this program share beside the desk.
pub(crate) struct Door {
    pub(crate) place: PlaceFile,
    /// The computer's language (`de-AT`).
    locale: String,
    /// Whether the user sees the window.
    watched: AtomicBool,
    /// Notifications that no picture gives rise to.
    notifications: mpsc::UnboundedSender<Notification>,
}

impl Door {
    pub(crate) fn new(state: PathBuf, notifications: mpsc::UnboundedSender<Notification>) -> Self {
        Self {
            place: PlaceFile::new(state),
            locale: sys_locale::get_locale().unwrap_or_default(),
            watched: AtomicBool::new(false),
            notifications,
        }
    }

    pub(crate) fn set_watched(&self, watched: bool) {
        self.watched.store(watched, Ordering::Relaxed);
    }

    pub(crate) fn is_watched(&self) -> bool {
        self.watched.load(Ordering::Relaxed)
    }

    pub(crate) fn tongue(&self, picture: &Picture) -> Tongue {
        Tongue::of(&picture.preferences, &self.locale)
    }
}

/// Does what was chosen outside of the window: in the tray's menu, or by a click on a
/// notification.
pub(crate) fn perform(app: &AppHandle, act: TrayAct) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        match act {
            TrayAct::OpenWindow => crate::window::show(&app),
            TrayAct::Connect(profile) => connect(&app, profile).await,
            TrayAct::Disconnect => {
                if let Err(problem) = app.state::<Desk>().disconnect().await {
                    tracing::warn!("not disconnected: {problem}");
                }
            }
            TrayAct::Quit => quit(&app).await,
        }
    });
}

async fn connect(app: &AppHandle, profile: String) {
    let desk = app.state::<Desk>();
    if let Err(problem) = desk.connect(&profile).await {
        let door = app.state::<Door>();
        let tongue = door.tongue(&desk.pictures().borrow());
        let refused = Notification::refused(&profile, &problem, tongue);
        if door.notifications.send(refused).is_err() {
            tracing::warn!("not connected: {problem}");
        }
    }
}

/// Ends the program. A connection goes on: a small agent without a window stays behind
/// that renews its sign-in.
pub(crate) async fn quit(app: &AppHandle) {
    if let Err(problem) = app.state::<Desk>().leave_behind().await {
        tracing::warn!("the connection lasts until its sign-in expires: {problem}");
    }
    app.exit(0);
}
