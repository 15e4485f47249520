//! The door in a window: hands the [`Desk`]'s pictures to the pages and the pages' wishes
//! to the desk.

use spoke_agent::Paths;
use spoke_desk::{Desk, DeskOptions};
use spoke_view::Picture;
use tauri::{Emitter as _, Manager as _, State, WebviewUrl, WebviewWindowBuilder};

/// Runs the app until it is quit.
pub fn run() {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .init();
    let outcome = tauri::Builder::default()
        .plugin(tauri_plugin_dialog::init())
        .plugin(tauri_plugin_clipboard_manager::init())
        .setup(|app| {
            let options = DeskOptions {
                paths: Paths::from_environment(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
            };
            let desk = tauri::async_runtime::block_on(async { Desk::start(options) });
            let mut pictures = desk.pictures();
            app.manage(desk);
            let handle = app.handle().clone();
            tauri::async_runtime::spawn(async move {
                while pictures.changed().await.is_ok() {
                    let picture = pictures.borrow_and_update().clone();
                    if let Err(error) = handle.emit("picture", picture) {
                        tracing::warn!("the window was not told of a change: {error}");
                    }
                }
            });
            WebviewWindowBuilder::new(app, "main", WebviewUrl::default())
                .title("Spoke")
                .inner_size(960.0, 640.0)
                .min_inner_size(480.0, 400.0)
                .build()?;
            Ok(())
        })
        .invoke_handler(tauri::generate_handler![picture])
        .run(tauri::generate_context!());
    if let Err(error) = outcome {
        tracing::error!("the window cannot be opened: {error}");
        std::process::exit(1);
    }
}

#[tauri::command]
fn picture(desk: State<'_, Desk>) -> Picture {
    desk.pictures().borrow().clone()
}
