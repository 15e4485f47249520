//! What the pages may ask of the program: each a line to the [`Desk`](spoke_desk::Desk).
//! The other end is `ui/src/desk.ts`. No command takes an address to open: pages are
//! opened by the number of the question that they belong to.

mod connection;
mod pages;
mod profiles;

use tauri::Wry;
use tauri::ipc::Invoke;

macro_rules! commands {
    ($($group:ident::$name:ident),+ $(,)?) => {
        /// The names of all commands.
        pub const COMMANDS: &[&str] = &[$(stringify!($name)),+];

        /// Calls the command that a page names.
        pub(crate) fn handler() -> impl Fn(Invoke<Wry>) -> bool + Send + Sync + 'static {
            tauri::generate_handler![$($group::$name),+]
        }
    };
}

commands![
    connection::connect,
    connection::disconnect,
    connection::retry_now,
    connection::renew_now,
    connection::answer,
    connection::open_again,
    connection::use_another_device,
    connection::watch_traffic,
    connection::sign_out,
    connection::explain,
    connection::mend,
    profiles::inspect_files,
    profiles::inspect_azure_vpn_client,
    profiles::save_import,
    profiles::drop_import,
    profiles::profile,
    profiles::blank_form,
    profiles::check_form,
    profiles::save_form,
    profiles::probe_form,
    profiles::read_root,
    profiles::repair,
    profiles::rename,
    profiles::duplicate,
    profiles::remove,
    profiles::export_profile,
    pages::picture,
    pages::set_preferences,
    pages::log,
    pages::about,
    pages::quit,
];
