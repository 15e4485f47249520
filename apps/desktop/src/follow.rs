//! Hands each picture on: to the pages, to the tray, and to the notifications.

use crate::door::Door;
use crate::notifications::Notifications;
use crate::{tray, window};
use spoke_desk::Desk;
use spoke_moment::WallTime;
use spoke_view::{Notification, Notifier, Picture, Preferences, Tray};
use std::time::{Duration, SystemTime};
use tauri::{AppHandle, Emitter as _, Manager as _};
use tokio::sync::mpsc;

/// Follows the desk for as long as the program runs. It wakes up when the picture
/// changes, and once when a notification is due.
pub(crate) async fn follow(app: AppHandle, mut others: mpsc::UnboundedReceiver<Notification>) {
    let mut pictures = app.state::<Desk>().pictures();
    let door = app.state::<Door>();
    let mut notifications = Notifications::new(app.clone());
    let mut notifier = Notifier::default();
    let mut shown = Shown::default();
    loop {
        let picture = pictures.borrow_and_update().clone();
        let tongue = door.tongue(&picture);
        if let Err(error) = app.emit("picture", &picture) {
            tracing::warn!("the window was not told of a change: {error}");
        }
        shown.tray(&app, Tray::of(&picture, tongue));
        shown.preferences(&app, &picture.preferences);
        let news = notifier.handle_picture(now(), &picture, tongue, door.is_watched());
        for notification in news {
            notifications.show(notification).await;
        }
        tokio::select! {
            changed = pictures.changed() => {
                if changed.is_err() {
                    return;
                }
            }
            Some(other) = others.recv() => notifications.show(other).await,
            () = due(&notifier, &picture) => {}
        }
    }
}

/// What was shown last: what did not change is left alone.
#[derive(Default)]
struct Shown {
    tray: Option<(tray::Item, Tray)>,
    preferences: Option<Preferences>,
}

impl Shown {
    fn tray(&mut self, app: &AppHandle, tray: Tray) {
        match &mut self.tray {
            Some((_, shown)) if *shown == tray => {}
            Some((item, shown)) => {
                item.show(tray.clone());
                *shown = tray;
            }
            None => self.tray = Some((tray::Item::new(app, tray.clone()), tray)),
        }
    }

    fn preferences(&mut self, app: &AppHandle, preferences: &Preferences) {
        if self.preferences.as_ref() == Some(preferences) {
            return;
        }
        window::set_appearance(app, preferences.appearance);
        self.preferences = Some(preferences.clone());
    }
}

async fn due(notifier: &Notifier, picture: &Picture) {
    match notifier.deadline(picture) {
        Some(deadline) => {
            // Whole seconds: never a moment too early.
            let pause = deadline.until_from(now()) + Duration::from_secs(1);
            tokio::time::sleep(pause).await;
        }
        None => std::future::pending().await,
    }
}

fn now() -> WallTime {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    WallTime::from_unix(since.unwrap_or_default().as_secs())
}
