//! A stand-in for the user's desktop environment on the session bus: a place for icons
//! beside the clock (StatusNotifierItem, with its menu by com.canonical.dbusmenu), and
//! the service that shows notifications (Desktop Notifications Specification 1.2).

use crate::screen::Screen;
use futures_util::StreamExt as _;
use spoke_lab::LabError;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::runtime::Runtime;
use zbus::message::Type;
use zbus::{Connection, DynamicType, Message, MessageStream, OwnedVariant, Variant};

const WATCHER: &str = "org.kde.StatusNotifierWatcher";
const ITEM: &str = "org.kde.StatusNotifierItem";
const ITEM_PATH: &str = "/StatusNotifierItem";
const MENU: &str = "com.canonical.dbusmenu";
const NOTIFICATIONS: &str = "org.freedesktop.Notifications";
const NOTIFICATIONS_PATH: &str = "/org/freedesktop/Notifications";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
/// Longest that the app may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// A running stand-in.
pub struct Shell {
    runtime: Runtime,
    bus: Connection,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    /// The bus names of icons, the newest last.
    icons: Vec<String>,
    notifications: Vec<Notice>,
}

/// A notification that is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Its number, which those that take its place have too.
    pub number: u32,
    /// One line.
    pub title: String,
    /// One sentence more.
    pub body: String,
    /// 0 low, 1 normal, 2 critical.
    pub urgency: u8,
}

/// The icon beside the clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Icon {
    /// What it says when it is pointed at.
    pub title: String,
    /// `Active` or `NeedsAttention`.
    pub status: String,
    /// Its shape: which of its pixels are white.
    pub shape: Vec<bool>,
}

/// One line of the icon's menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MenuLine {
    number: i32,
    /// What it says; empty for a separator.
    pub label: String,
    /// Whether it can be chosen.
    pub enabled: bool,
}

impl Shell {
    /// Takes its place on the bus of the screen.
    ///
    /// # Errors
    /// When the bus does not let it.
    pub fn start(screen: &Screen) -> Result<Self, LabError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(LabError::io("start a runtime"))?;
        let seen = Arc::new(Mutex::new(Seen::default()));
        let address = screen.bus_address();
        let shared = Arc::clone(&seen);
        let begun = runtime.block_on(async move {
            let bus = zbus::connection::Builder::address(address.as_str())
                .method_timeout(PATIENCE)
                .build()
                .await?;
            // From here on calls are kept for it.
            let calls = MessageStream::from(&bus);
            tokio::spawn(serve(bus.clone(), calls, shared));
            bus.request_name(NOTIFICATIONS).await?;
            bus.request_name(WATCHER).await?;
            Ok::<_, zbus::Error>(bus)
        });
        Ok(Self {
            bus: begun.map_err(LabError::other("take part in the session bus"))?,
            runtime,
            seen,
        })
    }

    /// Whether an icon has come.
    #[must_use]
    pub fn has_icon(&self) -> bool {
        !lock(&self.seen).icons.is_empty()
    }

    /// The notifications that have been shown, oldest first: those that were replaced too.
    #[must_use]
    pub fn notices(&self) -> Vec<Notice> {
        lock(&self.seen).notifications.clone()
    }

    /// Clicks on a notification.
    ///
    /// # Errors
    /// When the bus does not take it.
    pub fn click(&self, notice: &Notice) -> Result<(), LabError> {
        let click = (notice.number, "default");
        let signal = self.bus.emit_signal(
            None::<&str>,
            NOTIFICATIONS_PATH,
            NOTIFICATIONS,
            "ActionInvoked",
            &click,
        );
        self.runtime
            .block_on(signal)
            .map_err(LabError::other("click on a notification"))
    }

    /// The icon as it looks now.
    ///
    /// # Errors
    /// When there is none, or it does not say.
    pub fn icon(&self) -> Result<Icon, LabError> {
        let answer = self.call(ITEM_PATH, PROPERTIES, "GetAll", &ITEM)?;
        let read = || LabError::other("read the icon");
        let body = answer.body();
        let properties: HashMap<String, OwnedVariant> = body.deserialize().map_err(read())?;
        let pixels = properties.get("IconPixmap").map(white_pixels);
        Ok(Icon {
            title: text(properties.get("Title")),
            status: text(properties.get("Status")),
            shape: pixels.unwrap_or_default(),
        })
    }

    /// Presses the icon, as a click with the first button does.
    ///
    /// # Errors
    /// When there is none, or it does not answer.
    pub fn press_icon(&self) -> Result<(), LabError> {
        self.call(ITEM_PATH, ITEM, "Activate", &(0_i32, 0_i32))
            .map(drop)
    }

    /// The icon's menu.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub fn menu(&self) -> Result<Vec<MenuLine>, LabError> {
        let path = self.menu_path()?;
        let all: &[&str] = &[];
        let answer = self.call(&path, MENU, "GetLayout", &(0_i32, -1_i32, all))?;
        let body = answer.body();
        let (_, (_, _, lines)): (u32, Entry) = body
            .deserialize()
            .map_err(LabError::other("read the icon's menu"))?;
        Ok(lines.iter().filter_map(|line| menu_line(line)).collect())
    }

    /// Chooses the line of the menu that says this.
    ///
    /// # Errors
    /// When there is none, or it cannot be chosen.
    pub fn choose(&self, label: &str) -> Result<(), LabError> {
        let menu = self.menu()?;
        let line = menu.iter().find(|line| line.label == label && line.enabled);
        let line = line
            .ok_or_else(|| LabError::Other(format!("`{label}` cannot be chosen from {menu:?}")))?;
        let event = (line.number, "clicked", Variant::from(0_i32), 0_u32);
        let path = self.menu_path()?;
        self.call(&path, MENU, "Event", &event).map(drop)
    }

    fn menu_path(&self) -> Result<String, LabError> {
        let answer = self.call(ITEM_PATH, PROPERTIES, "Get", &(ITEM, "Menu"))?;
        let body = answer.body();
        let path: OwnedVariant = body
            .deserialize()
            .map_err(LabError::other("read where the icon's menu is"))?;
        match &*path {
            Variant::ObjectPath(path) => Ok(path.as_str().to_owned()),
            other => Err(LabError::Other(format!("the menu is no object: {other:?}"))),
        }
    }

    /// Calls the newest icon.
    fn call<B>(
        &self,
        path: &str,
        interface: &str,
        method: &str,
        body: &B,
    ) -> Result<Message, LabError>
    where
        B: serde::Serialize + DynamicType,
    {
        let icon = lock(&self.seen).icons.last().cloned();
        let icon = icon.ok_or_else(|| LabError::Other("there is no icon".to_owned()))?;
        let call = self
            .bus
            .call_method(Some(icon.as_str()), path, Some(interface), method, body);
        self.runtime
            .block_on(call)
            .map_err(LabError::other(format!("call {method} of the icon")))
    }
}

/// One entry of a menu: number, properties, children.
type Entry = (i32, HashMap<String, OwnedVariant>, Vec<OwnedVariant>);

/// What a `Notify` call has: program, number to replace, icon, title, body, actions,
/// hints, milliseconds.
type Notify = (
    String,
    u32,
    String,
    String,
    String,
    Vec<String>,
    HashMap<String, OwnedVariant>,
    i32,
);

async fn serve(bus: Connection, mut calls: MessageStream, seen: Arc<Mutex<Seen>>) {
    while let Some(Ok(call)) = calls.next().await {
        if call.message_type() == Type::MethodCall {
            // A caller that has gone wants no answer.
            let _ = answer(&bus, &call, &seen).await;
        }
    }
}

async fn answer(bus: &Connection, call: &Message, seen: &Mutex<Seen>) -> zbus::Result<()> {
    let header = call.header();
    let body = call.body();
    let member = header.member().map(|name| name.as_str());
    match member.unwrap_or_default() {
        "RegisterStatusNotifierItem" => {
            let icon: String = body.deserialize()?;
            lock(seen).icons.push(icon);
            bus.reply(&header, &()).await
        }
        "GetCapabilities" => {
            let capabilities: &[&str] = &["actions", "body", "body-markup"];
            bus.reply(&header, &capabilities).await
        }
        "Notify" => {
            let number = show(&mut lock(seen).notifications, body.deserialize()?);
            bus.reply(&header, &number).await
        }
        other => {
            let unknown = "org.freedesktop.DBus.Error.UnknownMethod";
            bus.reply_error(&header, unknown, &other).await
        }
    }
}

/// Shows a notification and gives its number.
fn show(shown: &mut Vec<Notice>, call: Notify) -> u32 {
    let (_, replaces, _, title, body, _, hints, _) = call;
    let next = shown.iter().map(|notice| notice.number).max().unwrap_or(0) + 1;
    let number = if replaces == 0 { next } else { replaces };
    let urgency = match hints.get("urgency").map(|hint| &**hint) {
        Some(Variant::U8(urgency)) => *urgency,
        _ => 1,
    };
    shown.push(Notice {
        number,
        title,
        body,
        urgency,
    });
    number
}

fn menu_line(entry: &Variant<'_>) -> Option<MenuLine> {
    let entry = match entry {
        Variant::Variant(inner) => inner,
        other => other,
    };
    let Variant::Structure(entry) = entry else {
        return None;
    };
    let [Variant::I32(number), Variant::Dict(properties), _] = entry.fields() else {
        return None;
    };
    let label = properties.get::<&str, &str>(&"label").ok().flatten();
    let enabled = properties.get::<&str, bool>(&"enabled").ok().flatten();
    Some(MenuLine {
        number: *number,
        // Two underscores stand for one.
        label: label.unwrap_or_default().replace("__", "_"),
        enabled: enabled.unwrap_or(true),
    })
}

fn text(value: Option<&OwnedVariant>) -> String {
    match value.map(|value| &**value) {
        Some(Variant::Str(text)) => text.as_str().to_owned(),
        _ => String::new(),
    }
}

/// Of the first of the pictures: width, height, and four bytes a pixel.
fn white_pixels(pictures: &OwnedVariant) -> Vec<bool> {
    let pictures = Vec::<(i32, i32, Vec<u8>)>::try_from(pictures.clone());
    let picture = pictures.unwrap_or_default().into_iter().next();
    let (_, _, bytes) = picture.unwrap_or_default();
    bytes
        .chunks_exact(4)
        .map(|pixel| pixel.iter().all(|byte| *byte > 200))
        .collect()
}

fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}
