//! The system's notification centre.

use spoke_view::Notification;
use tauri::AppHandle;
use tauri_plugin_notification::NotificationExt as _;

/// The way to the user's notifications.
pub(crate) struct Notifications {
    app: AppHandle,
}

impl Notifications {
    pub(crate) fn new(app: AppHandle) -> Self {
        if let Err(error) = app.plugin(tauri_plugin_notification::init()) {
            tracing::warn!("there will be no notifications: {error}");
        }
        Self { app }
    }

    /// Shows one. Where the user forbids them, the menu bar and the window still say it.
    #[expect(
        clippy::unused_async,
        reason = "other systems have to wait for an answer"
    )]
    pub(crate) async fn show(&mut self, notification: Notification) {
        let shown = self
            .app
            .notification()
            .builder()
            .title(notification.title)
            .body(notification.body)
            .show();
        if let Err(error) = shown {
            tracing::info!("{:?} was not shown: {error}", notification.kind);
        }
    }
}
