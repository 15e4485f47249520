//! Desktop Notifications Specification 1.2, by D-Bus. A click opens the window; a newer
//! notification takes the place of the one before of its kind.

use super::place::Place;
use crate::door::perform;
use futures_util::StreamExt as _;
use spoke_view::{Notification, NotificationKind, TrayAct};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tauri::AppHandle;
use zbus::{Connection, Proxy, Variant};

const SERVICE: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";
/// How long the service may take.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The action that stands for a click on the notification itself.
const CLICK: &str = "default";

/// The way to the user's notifications.
pub(crate) struct Notifications {
    app: AppHandle,
    service: Option<Service>,
    shown: Shown,
}

/// The number of the last notification of each place.
type Shown = Arc<Mutex<HashMap<Place, u32>>>;

struct Service {
    proxy: Proxy<'static>,
    /// The text of a notification may be marked up, so what is plain has to be escaped.
    markup: bool,
}

impl Notifications {
    pub(crate) fn new(app: AppHandle) -> Self {
        Self {
            app,
            service: None,
            shown: Shown::default(),
        }
    }

    /// Shows one. Where nobody shows notifications, the tray and the window still say it.
    pub(crate) async fn show(&mut self, notification: Notification) {
        let shown = tokio::time::timeout(TIMEOUT, self.try_to_show(&notification)).await;
        let failed = match shown {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error.to_string(),
            Err(_) => "the notification service does not answer".to_owned(),
        };
        tracing::info!("{:?} was not shown: {failed}", notification.kind);
        self.service = None;
    }

    async fn try_to_show(&mut self, notification: &Notification) -> Result<(), zbus::Error> {
        let service = match self.service.take() {
            Some(service) => service,
            None => Service::connect(&self.app, &self.shown).await?,
        };
        let service = self.service.insert(service);
        let place = Place::of(notification.kind);
        let before = lock(&self.shown).get(&place).copied().unwrap_or(0);
        let body = if service.markup {
            escape(&notification.body)
        } else {
            notification.body.clone()
        };
        let identifier = self.app.config().identifier.as_str();
        let hints = BTreeMap::from([
            ("desktop-entry", Variant::from(identifier)),
            ("urgency", Variant::from(urgency(notification.kind))),
        ]);
        let number: u32 = service
            .proxy
            .call(
                "Notify",
                &(
                    "Spoke",
                    before,
                    identifier,
                    notification.title.as_str(),
                    body.as_str(),
                    [CLICK, "Spoke"].as_slice(),
                    hints,
                    // As long as the user's desktop shows them.
                    -1_i32,
                ),
            )
            .await?;
        lock(&self.shown).insert(place, number);
        Ok(())
    }
}

impl Service {
    async fn connect(app: &AppHandle, shown: &Shown) -> Result<Self, zbus::Error> {
        let bus = Connection::session().await?;
        let proxy = Proxy::new(&bus, SERVICE, PATH, SERVICE).await?;
        let capabilities: Vec<String> = proxy.call("GetCapabilities", &()).await?;
        let mut clicks = proxy.receive_signal("ActionInvoked").await?;
        let (app, shown) = (app.clone(), Arc::clone(shown));
        tokio::spawn(async move {
            while let Some(click) = clicks.next().await {
                // All programs on this bus hear of every click.
                let ours = |number| lock(&shown).values().any(|shown| *shown == number);
                if let Ok((number, action)) = click.body().deserialize::<(u32, String)>()
                    && action == CLICK
                    && ours(number)
                {
                    perform(&app, TrayAct::OpenWindow);
                }
            }
        });
        Ok(Self {
            proxy,
            markup: capabilities.iter().any(|it| it == "body-markup"),
        })
    }
}

fn lock(shown: &Shown) -> MutexGuard<'_, HashMap<Place, u32>> {
    shown.lock().unwrap_or_else(PoisonError::into_inner)
}

/// 0 low, 1 normal, 2 critical: stays until the user has seen it.
fn urgency(kind: NotificationKind) -> u8 {
    match kind {
        NotificationKind::Connected => 0,
        NotificationKind::Lost | NotificationKind::Failed | NotificationKind::SignInNeeded => 1,
        NotificationKind::SessionEnding => 2,
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strangers_words_are_no_markup() {
        assert_eq!(
            escape("<a href=\"x\">A & B</a>"),
            "&lt;a href=\"x\"&gt;A &amp; B&lt;/a&gt;"
        );
    }
}
