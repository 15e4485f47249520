//! The door in a window: hands the [`Desk`]'s pictures to the pages, the tray and the
//! notifications, and the user's wishes to the desk. What to show is decided in
//! [`spoke_view`], what to do in the desk.

mod arguments;
mod commands;
mod dock;
mod door;
mod follow;
mod layers;
mod notifications;
mod place;
mod tray;
mod window;

pub use commands::COMMANDS;

use crate::arguments::Arguments;
use crate::door::Door;
use spoke_agent::Paths;
use spoke_desk::{Desk, DeskOptions};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tauri::{App, AppHandle, Manager as _, RunEvent};
use tokio::sync::mpsc;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Files that the system handed over before there was anything to look at them with.
#[derive(Default)]
struct Early(Mutex<Vec<PathBuf>>);

const VERSION: &str = env!("CARGO_PKG_VERSION");
/// So long a start with the user's session waits for the desktop's tray.
const TRAY_WITHIN: Duration = Duration::from_secs(15);

/// Runs the app until it is quit.
#[must_use]
pub fn run() -> ExitCode {
    log_to_stderr();
    let mut words = std::env::args_os().skip(1).peekable();
    if words.next_if(|word| word == "agent").is_some() {
        return renew_sign_ins(words);
    }
    layers::do_without();
    let folder = std::env::current_dir().unwrap_or_default();
    let arguments = Arguments::parse(words, &folder);
    let built = tauri::Builder::default()
        // First of all: a second start ends here, after it has handed over its files.
        .plugin(tauri_plugin_single_instance::init(|app, words, folder| {
            let words = words.into_iter().skip(1).map(Into::into);
            let arguments = Arguments::parse(words, Path::new(&folder));
            open(app, arguments.files);
        }))
        .plugin(tauri_plugin_dialog::init())
        .plugin(tauri_plugin_clipboard_manager::init())
        .manage(Early::default())
        .invoke_handler(commands::handler())
        .setup(move |app| {
            set_up(app, arguments);
            Ok(())
        })
        .build(tauri::generate_context!());
    match built {
        Ok(app) => {
            app.run(handle_event);
            ExitCode::SUCCESS
        }
        Err(error) => {
            tracing::error!("the window cannot be opened: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What [`Desk::leave_behind`] starts: no window, no tray, only the sign-in of a
/// connection that goes on.
fn renew_sign_ins(words: impl IntoIterator<Item = OsString>) -> ExitCode {
    match spoke_desk::stay_behind(words, VERSION) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            tracing::error!("{problem}");
            ExitCode::from(problem.code.exit_code() as u8)
        }
    }
}

fn set_up(app: &App, mut arguments: Arguments) {
    let paths = Paths::from_environment();
    let (notifications, others) = mpsc::unbounded_channel();
    app.manage(Door::new(paths.state.clone(), notifications));
    let options = DeskOptions {
        paths,
        version: VERSION.to_owned(),
    };
    let desk = tauri::async_runtime::block_on(async { Desk::start(options) });
    app.manage(desk);
    let handle = app.handle().clone();
    tauri::async_runtime::spawn(follow::follow(handle.clone(), others));
    arguments.files.append(&mut early(&handle));
    if arguments.hidden && arguments.files.is_empty() {
        app.state::<Desk>().look(false);
        dock::set_shown(&handle, false);
        tauri::async_runtime::spawn(show_without_tray(handle));
    } else {
        open(&handle, arguments.files);
    }
}

/// Shows the window, with these files to be looked at.
fn open(app: &AppHandle, files: Vec<PathBuf>) {
    window::show(app);
    if files.is_empty() {
        return;
    }
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        // What cannot be read is a part of the plan that the window shows.
        if let Err(problem) = app.state::<Desk>().open_files(files).await {
            tracing::warn!("not opened: {problem}");
        }
    });
}

/// Where no tray comes up, nobody would find a hidden program.
async fn show_without_tray(app: AppHandle) {
    let mut pictures = app.state::<Desk>().pictures();
    let tray = pictures.wait_for(|picture| picture.tray);
    if tokio::time::timeout(TRAY_WITHIN, tray).await.is_err() {
        window::show(&app);
    }
}

/// Takes the files that were handed over early.
fn early(app: &AppHandle) -> Vec<PathBuf> {
    let early = app.state::<Early>();
    let mut files = early.0.lock().unwrap_or_else(PoisonError::into_inner);
    std::mem::take(&mut *files)
}

fn handle_event(app: &AppHandle, event: RunEvent) {
    if let Some(files) = dock::asked_for(&event) {
        if app.try_state::<Desk>().is_some() {
            open(app, files);
        } else {
            let early = app.state::<Early>();
            let mut waiting = early.0.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.extend(files);
        }
    }
    // The window was closed: by the user, who may want the program to stay in the tray.
    if let RunEvent::ExitRequested {
        code: None, api, ..
    } = event
    {
        api.prevent_exit();
        let picture = app.state::<Desk>().pictures().borrow().clone();
        if !(picture.tray && picture.preferences.close_to_tray) {
            let app = app.clone();
            tauri::async_runtime::spawn(async move { door::quit(&app).await });
        }
    }
}

/// Only what this program says itself: the libraries below may speak of requests, and
/// requests hold secrets.
fn log_to_stderr() {
    let own = Targets::new()
        .with_default(LevelFilter::ERROR)
        .with_target("spoke", LevelFilter::INFO);
    tracing_subscriber::registry()
        .with(tracing_subscriber::fmt::layer().with_writer(std::io::stderr))
        .with(own)
        .init();
}
