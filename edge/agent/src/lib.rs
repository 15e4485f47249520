//! The user's side: speaks with the daemon, answers its questions for tokens,
//! and keeps the user's profiles and sign-ins. The only crate that opens a
//! browser, a keyring or an HTTP connection.

mod accounts;
mod agent_loop;
mod browser;
mod chosen_accounts;
mod client_certificate;
mod daemon;
mod examination;
pub mod faults;
mod follow;
mod http;
mod identity;
mod inquiry;
mod interactive;
mod keyring;
mod last;
mod left_behind;
mod leftovers;
mod login;
mod loopback;
mod passwords;
mod paths;
mod policy;
mod preferences;
mod problems;
mod profiles;
mod prompt;
mod provider;
mod proxy_password;
mod settings;
pub mod source;
mod time;

pub use accounts::SignedIn;
pub use agent_loop::{AgentLoop, is_mine};
pub use browser::Browser;
pub use chosen_accounts::ChosenAccounts;
pub use client_certificate::{client_key, has_private_key, take_certificate};
pub use daemon::{DaemonClient, Updates};
pub use examination::{look_over, probe};
pub use follow::follow_profile;
pub use identity::{AskPassword, ClientIdentity, certificate_problem};
pub use inquiry::{host_network, inquire, inquire_name, source_towards};
pub use keyring::{Keyring, SecretKind, SecretName};
pub use last::LastConnected;
pub use left_behind::{connect_at_login, leave_behind, stay_behind};
pub use leftovers::{forget_leftovers, leaves_secrets};
pub use passwords::{KeptPassword, keep_password};
pub use paths::Paths;
pub use policy::{permit, policy};
pub use preferences::PreferenceStore;
pub use profiles::{Listing, ProfileStore, free_name};
pub use prompt::{PasswordAnswer, Prompt, Question, Unattended, Waiting};
pub use provider::{Ask, ProviderOptions, TokenProvider};
pub use proxy_password::{forget_proxy_password, keep_proxy_password, proxy_password};
