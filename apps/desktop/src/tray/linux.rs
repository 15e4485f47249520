//! A StatusNotifierItem on the session bus. Desktops without a place for one have no
//! watcher on the bus; one that comes later is noticed.

use crate::door::perform;
use ksni::blocking::TrayMethods as _;
use ksni::menu::StandardItem;
use ksni::{MenuItem, OfflineReason, ToolTip};
use spoke_desk::Desk;
use spoke_view::{Tray, TrayAct, TrayEntry, TrayIcon};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use tauri::image::Image;
use tauri::{AppHandle, Manager as _};

/// The item in the tray.
pub(crate) struct Item {
    models: Sender<Tray>,
}

impl Item {
    /// Puts it there, now or when there is a tray. The bus is waited for on a thread of
    /// its own.
    pub(crate) fn new(app: &AppHandle, tray: Tray) -> Self {
        let (models, received) = mpsc::channel();
        let app = app.clone();
        let started = std::thread::Builder::new()
            .name("tray".to_owned())
            .spawn(move || serve(app, tray, &received));
        if let Err(error) = started {
            tracing::warn!("there will be no tray icon: {error}");
        }
        Self { models }
    }

    /// Shows another picture of it.
    pub(crate) fn show(&self, tray: Tray) {
        // Without its thread there is no tray.
        let _ = self.models.send(tray);
    }
}

fn serve(app: AppHandle, tray: Tray, models: &Receiver<Tray>) {
    let offline = Arc::new(AtomicBool::new(false));
    let notifier = StatusNotifier {
        app: app.clone(),
        tray,
        offline: Arc::clone(&offline),
    };
    let handle = match notifier.assume_sni_available(true).spawn() {
        Ok(handle) => handle,
        Err(error) => {
            tracing::info!("no tray icon: {error}");
            return;
        }
    };
    if !offline.load(Ordering::Relaxed) {
        app.state::<Desk>().set_tray(true);
    }
    while let Ok(tray) = models.recv() {
        handle.update(|notifier| notifier.tray = tray);
    }
}

struct StatusNotifier {
    app: AppHandle,
    tray: Tray,
    offline: Arc<AtomicBool>,
}

impl ksni::Tray for StatusNotifier {
    fn id(&self) -> String {
        self.app.config().identifier.clone()
    }

    fn title(&self) -> String {
        self.tray.tooltip.clone()
    }

    fn icon_pixmap(&self) -> Vec<ksni::Icon> {
        pixmap(self.tray.icon).into_iter().collect()
    }

    fn tool_tip(&self) -> ToolTip {
        ToolTip {
            title: self.tray.tooltip.clone(),
            ..ToolTip::default()
        }
    }

    fn status(&self) -> ksni::Status {
        match self.tray.icon {
            TrayIcon::Attention => ksni::Status::NeedsAttention,
            _ => ksni::Status::Active,
        }
    }

    fn attention_icon_pixmap(&self) -> Vec<ksni::Icon> {
        self.icon_pixmap()
    }

    fn activate(&mut self, _x: i32, _y: i32) {
        perform(&self.app, TrayAct::OpenWindow);
    }

    fn menu(&self) -> Vec<MenuItem<Self>> {
        self.tray.menu.iter().map(entry).collect()
    }

    fn watcher_online(&self) {
        self.offline.store(false, Ordering::Relaxed);
        self.app.state::<Desk>().set_tray(true);
    }

    fn watcher_offline(&self, reason: OfflineReason) -> bool {
        tracing::debug!("there is no tray: {reason:?}");
        self.offline.store(true, Ordering::Relaxed);
        self.app.state::<Desk>().set_tray(false);
        true
    }
}

fn entry(entry: &TrayEntry) -> MenuItem<StatusNotifier> {
    match entry {
        TrayEntry::Separator => MenuItem::Separator,
        TrayEntry::Label(label) => StandardItem {
            label: plain(label),
            enabled: false,
            ..StandardItem::default()
        }
        .into(),
        TrayEntry::Item {
            label,
            act,
            enabled,
        } => {
            let act = act.clone();
            StandardItem {
                label: plain(label),
                enabled: *enabled,
                activate: Box::new(move |notifier: &mut StatusNotifier| {
                    perform(&notifier.app, act.clone());
                }),
                ..StandardItem::default()
            }
            .into()
        }
    }
}

/// A label as it is: an underscore would mark the letter after it.
fn plain(label: &str) -> String {
    label.replace('_', "__")
}

/// The icon as the bus wants it: four bytes a pixel, alpha first.
fn pixmap(icon: TrayIcon) -> Option<ksni::Icon> {
    let png: &[u8] = match icon {
        TrayIcon::Disconnected => include_bytes!("../../icons/tray/disconnected.png"),
        TrayIcon::Connecting => include_bytes!("../../icons/tray/connecting.png"),
        TrayIcon::Connected => include_bytes!("../../icons/tray/connected.png"),
        TrayIcon::Attention => include_bytes!("../../icons/tray/attention.png"),
    };
    let image = Image::from_bytes(png).ok()?;
    let mut data = image.rgba().to_vec();
    for pixel in data.chunks_exact_mut(4) {
        pixel.rotate_right(1);
    }
    Some(ksni::Icon {
        width: image.width().try_into().ok()?,
        height: image.height().try_into().ok()?,
        data,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn each_state_has_a_shape_of_its_own() {
        let shapes: HashSet<Vec<bool>> = [
            TrayIcon::Disconnected,
            TrayIcon::Connecting,
            TrayIcon::Connected,
            TrayIcon::Attention,
        ]
        .into_iter()
        .map(|icon| {
            let pixmap = pixmap(icon).expect("an icon");
            assert_eq!(pixmap.data.len(), 48 * 48 * 4);
            // What is white and opaque: the shape without its edge.
            pixmap
                .data
                .chunks_exact(4)
                .map(|pixel| pixel.iter().all(|byte| *byte > 200))
                .collect()
        })
        .collect();
        assert_eq!(shapes.len(), 4);
        assert!(shapes.iter().all(|shape| shape.contains(&true)));
    }

    #[test]
    fn underscores_are_shown() {
        assert_eq!(plain("Connect to my_hub"), "Connect to my__hub");
    }
}
