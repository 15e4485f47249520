//! A sign-in server that answers Entra's paths for one tenant.

mod errors;
mod forms;
mod grants;
mod pages;
mod server;
mod settings;
mod tokens;

pub use server::SignInServer;
pub use settings::{ACCOUNT, PASSWORD, Refusal, Settings};
pub use tokens::SigningKey;
