//! The user's side: speaks with the daemon, answers its questions for tokens,
//! and keeps the user's profiles and sign-ins. The only crate that opens a
//! browser, a keyring or an HTTP connection.

mod agent_loop;
mod browser;
mod daemon;
mod http;
mod interactive;
mod keyring;
mod loopback;
mod paths;
mod problems;
mod profiles;
mod prompt;
mod provider;
mod settings;
mod time;

pub use agent_loop::AgentLoop;
pub use browser::Browser;
pub use daemon::{DaemonClient, Updates};
pub use keyring::{Keyring, SecretKind, SecretName};
pub use paths::Paths;
pub use profiles::ProfileStore;
pub use prompt::{PasswordAnswer, Prompt, Unattended, Waiting};
pub use provider::{Ask, ProviderOptions, SignedIn, TokenProvider};
