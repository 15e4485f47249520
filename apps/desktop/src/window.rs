//! The one window. It exists while the user sees it: closed to the tray, nothing of the
//! web view is left that could take memory or wake up.

use crate::dock;
use crate::door::Door;
use crate::place::Place;
use spoke_desk::Desk;
use spoke_view::Appearance;
use std::time::Duration;
use tauri::webview::{NewWindowResponse, PageLoadEvent};
use tauri::{
    AppHandle, Manager as _, Theme, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder,
    WindowEvent,
};

const MAIN: &str = "main";
/// The window shows by then, whether or not its pages do.
const SHOWN_WITHIN: Duration = Duration::from_secs(1);

/// Brings the window to the front, and into being where it is not.
pub(crate) fn show(app: &AppHandle) {
    let handle = app.clone();
    let shown = app.run_on_main_thread(move || {
        let outcome = match handle.get_webview_window(MAIN) {
            Some(window) => bring_forward(&window),
            None => open(&handle),
        };
        if let Err(error) = outcome {
            tracing::error!("the window cannot be shown: {error}");
        }
    });
    if let Err(error) = shown {
        tracing::error!("the window cannot be shown: {error}");
    }
}

/// Light or dark, as the user wants it.
pub(crate) fn set_appearance(app: &AppHandle, appearance: Appearance) {
    if let Some(window) = app.get_webview_window(MAIN)
        && let Err(error) = window.set_theme(theme(appearance))
    {
        tracing::warn!("the window's appearance cannot be changed: {error}");
    }
}

fn open(app: &AppHandle) -> tauri::Result<()> {
    dock::set_shown(app, true);
    let desk = app.state::<Desk>();
    desk.look(true);
    let preferences = desk.pictures().borrow().preferences.clone();
    let place = app.state::<Door>().place.load();
    // Hidden until there is something to see: an empty web view flashes white.
    let mut builder = WebviewWindowBuilder::new(app, MAIN, WebviewUrl::default())
        .title("Spoke")
        .inner_size(place.width, place.height)
        .min_inner_size(480.0, 400.0)
        .prevent_overflow()
        .maximized(place.maximized)
        .theme(theme(preferences.appearance))
        .visible(false)
        .zoom_hotkeys_enabled(true)
        .on_navigation(is_ours)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .on_download(|_, _| false)
        .on_page_load(|window, payload| {
            if payload.event() == PageLoadEvent::Finished {
                first_show(&window);
            }
        });
    if let Some((x, y)) = place.corner_on(&app.available_monitors()?) {
        builder = builder.position(x, y);
    }
    let window = builder.build()?;
    let slow = window.clone();
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(SHOWN_WITHIN).await;
        first_show(&slow);
    });
    let handle = app.clone();
    window.on_window_event(move |event| handle_event(&handle, event));
    Ok(())
}

fn handle_event(app: &AppHandle, event: &WindowEvent) {
    match event {
        WindowEvent::Focused(focused) => {
            app.state::<Door>().set_watched(*focused);
            if *focused {
                // The command line may have changed them meanwhile.
                app.state::<Desk>().refresh();
            }
        }
        WindowEvent::CloseRequested { .. } => {
            if let Some(window) = app.get_webview_window(MAIN)
                && let Some(place) = Place::of(&window)
            {
                app.state::<Door>().place.save(&place);
            }
        }
        WindowEvent::Destroyed => {
            dock::set_shown(app, false);
            app.state::<Door>().set_watched(false);
            let desk = app.state::<Desk>();
            desk.watch_traffic(false);
            desk.look(false);
        }
        _ => {}
    }
}

fn first_show(window: &WebviewWindow) {
    if window.is_visible().is_ok_and(|visible| visible) {
        return;
    }
    if let Err(error) = window.show().and_then(|()| window.set_focus()) {
        tracing::debug!("the window is gone before it was shown: {error}");
    }
}

fn bring_forward(window: &WebviewWindow) -> tauri::Result<()> {
    window.unminimize()?;
    window.show()?;
    window.set_focus()
}

/// Whether an address is one of the app's own pages. Everything else stays outside.
fn is_ours(url: &Url) -> bool {
    let own_scheme = url.scheme() == "tauri" && url.host_str() == Some("localhost");
    // How web views that know no schemes of an app's own name its pages.
    let own_host = url.host_str() == Some("tauri.localhost");
    own_scheme || own_host
}

fn theme(appearance: Appearance) -> Option<Theme> {
    match appearance {
        Appearance::System => None,
        Appearance::Light => Some(Theme::Light),
        Appearance::Dark => Some(Theme::Dark),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leads_out_of_the_pages() {
        let ours = |url: &str| is_ours(&Url::parse(url).expect("an address"));
        assert!(ours("tauri://localhost/index.html"));
        assert!(ours("http://tauri.localhost/"));
        for stranger in [
            "https://example.com/",
            "http://localhost/",
            "https://tauri.localhost.example.com/",
            "file:///etc/passwd",
            "data:text/html,hello",
            "about:blank",
            "tauri://elsewhere/",
        ] {
            assert!(!ours(stranger), "{stranger}");
        }
    }
}
