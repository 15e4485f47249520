//! An item in the menu bar. Its icon is a template that the system paints in the menu
//! bar's own colour.

use crate::door::perform;
use spoke_desk::Desk;
use spoke_view::{Tray, TrayAct, TrayEntry, TrayIcon};
use std::sync::{Arc, Mutex, PoisonError};
use tauri::image::Image;
use tauri::menu::{Menu, MenuItem, PredefinedMenuItem};
use tauri::tray::TrayIconBuilder;
use tauri::{AppHandle, Manager as _, Wry};

const ID: &str = "spoke";

/// The item in the menu bar.
pub(crate) struct Item {
    app: AppHandle,
    /// What the menu's lines do, by their place.
    acts: Arc<Mutex<Vec<Option<TrayAct>>>>,
}

impl Item {
    /// Puts it there.
    pub(crate) fn new(app: &AppHandle, tray: Tray) -> Self {
        let item = Self {
            app: app.clone(),
            acts: Arc::default(),
        };
        item.show(tray);
        item
    }

    /// Shows another picture of it.
    pub(crate) fn show(&self, tray: Tray) {
        let (app, acts) = (self.app.clone(), Arc::clone(&self.acts));
        let asked = self.app.run_on_main_thread(move || {
            if let Err(error) = draw(&app, &acts, &tray) {
                tracing::warn!("the menu bar cannot be drawn: {error}");
            }
        });
        if let Err(error) = asked {
            tracing::warn!("the menu bar cannot be drawn: {error}");
        }
    }
}

fn draw(
    app: &AppHandle,
    acts: &Arc<Mutex<Vec<Option<TrayAct>>>>,
    tray: &Tray,
) -> tauri::Result<()> {
    let icon = Image::from_bytes(template(tray.icon))?;
    let menu = menu(app, tray)?;
    *acts.lock().unwrap_or_else(PoisonError::into_inner) = tray.menu.iter().map(act_of).collect();
    if let Some(item) = app.tray_by_id(ID) {
        item.set_icon_with_as_template(Some(icon), true)?;
        item.set_tooltip(Some(&tray.tooltip))?;
        return item.set_menu(Some(menu));
    }
    let acts = Arc::clone(acts);
    TrayIconBuilder::with_id(ID)
        .icon(icon)
        .icon_as_template(true)
        .tooltip(&tray.tooltip)
        .menu(&menu)
        .show_menu_on_left_click(true)
        .on_menu_event(move |app, event| {
            let acts = acts.lock().unwrap_or_else(PoisonError::into_inner);
            let chosen = event.id().as_ref().parse::<usize>().ok();
            if let Some(Some(act)) = chosen.and_then(|place| acts.get(place)) {
                perform(app, act.clone());
            }
        })
        .build(app)?;
    app.state::<Desk>().set_tray(true);
    Ok(())
}

fn menu(app: &AppHandle, tray: &Tray) -> tauri::Result<Menu<Wry>> {
    let menu = Menu::new(app)?;
    for (place, entry) in tray.menu.iter().enumerate() {
        match entry {
            TrayEntry::Separator => menu.append(&PredefinedMenuItem::separator(app)?)?,
            TrayEntry::Label(label) => menu.append(&item(app, place, label, false)?)?,
            TrayEntry::Item { label, enabled, .. } => {
                menu.append(&item(app, place, label, *enabled)?)?;
            }
        }
    }
    Ok(menu)
}

fn item(app: &AppHandle, place: usize, label: &str, enabled: bool) -> tauri::Result<MenuItem<Wry>> {
    // A single ampersand would mark the letter after it.
    let label = label.replace('&', "&&");
    MenuItem::with_id(app, place.to_string(), label, enabled, None::<&str>)
}

fn act_of(entry: &TrayEntry) -> Option<TrayAct> {
    match entry {
        TrayEntry::Item { act, .. } => Some(act.clone()),
        TrayEntry::Label(_) | TrayEntry::Separator => None,
    }
}

fn template(icon: TrayIcon) -> &'static [u8] {
    match icon {
        TrayIcon::Disconnected => include_bytes!("../../icons/tray/disconnected-template.png"),
        TrayIcon::Connecting => include_bytes!("../../icons/tray/connecting-template.png"),
        TrayIcon::Connected => include_bytes!("../../icons/tray/connected-template.png"),
        TrayIcon::Attention => include_bytes!("../../icons/tray/attention-template.png"),
    }
}
