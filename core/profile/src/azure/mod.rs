//! `azurevpnconfig.xml`, in and out.

mod client_config;
mod document;
mod known;
mod server;
mod sign_in;
mod write;

pub(crate) use document::{is_profile_root, read_document};
pub use write::{ExportOptions, export_azure, lost_in_azure, options_of};
