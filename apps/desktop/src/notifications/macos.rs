//! The system's notification centre (UserNotifications, macOS 10.14). A newer notification takes
//! the place of the one before of its kind.

use super::place::Place;
use block2::RcBlock;
use objc2::rc::Retained;
use objc2::runtime::Bool;
use objc2_foundation::{NSBundle, NSError, NSString};
use objc2_user_notifications::{
    UNAuthorizationOptions, UNMutableNotificationContent, UNNotificationRequest,
    UNUserNotificationCenter,
};
use spoke_view::Notification;
use tauri::AppHandle;

/// The way to the user's notifications.
pub(crate) struct Notifications {
    /// The centre knows programs by their bundles, and ends one that asks without.
    bundled: bool,
}

impl Notifications {
    pub(crate) fn new(_app: AppHandle) -> Self {
        let bundled = NSBundle::mainBundle().bundleIdentifier().is_some();
        if !bundled {
            tracing::warn!("there will be no notifications: this program is not in its app");
        }
        Self { bundled }
    }

    /// Shows one. Where the user forbids them, the menu bar and the window still say it.
    #[expect(
        clippy::unused_async,
        reason = "other systems have to wait for an answer"
    )]
    pub(crate) async fn show(&mut self, notification: Notification) {
        if self.bundled {
            ask_and_add(request(&notification));
        }
    }
}

/// Without a trigger: shown at once.
fn request(notification: &Notification) -> Retained<UNNotificationRequest> {
    let content = UNMutableNotificationContent::new();
    content.setTitle(&NSString::from_str(&notification.title));
    content.setBody(&NSString::from_str(&notification.body));
    let place = NSString::from_str(&format!("{:?}", Place::of(notification.kind)));
    UNNotificationRequest::requestWithIdentifier_content_trigger(&place, &content, None)
}

/// The user is asked once, when there is first something to say; afterwards the system answers.
fn ask_and_add(request: Retained<UNNotificationRequest>) {
    let answered = RcBlock::new(move |granted: Bool, _error: *mut NSError| {
        if granted.as_bool() {
            let added = RcBlock::new(|error: *mut NSError| {
                if !error.is_null() {
                    tracing::info!("a notification was not shown");
                }
            });
            UNUserNotificationCenter::currentNotificationCenter()
                .addNotificationRequest_withCompletionHandler(&request, Some(&added));
        }
    });
    UNUserNotificationCenter::currentNotificationCenter()
        .requestAuthorizationWithOptions_completionHandler(
            UNAuthorizationOptions::Alert,
            &answered,
        );
}
