//! Sign-in with Microsoft Entra ID as values: requests out, responses in.
//!
//! Three flows give a [`TokenSet`]: [`BrowserFlow`] (authorization code with
//! PKCE), [`DeviceFlow`] (a code typed on another device) and [`RefreshFlow`].
//! [`TokenCache`] says which of them is needed. Clock and chance are handed in,
//! and nothing here opens a connection.

#![forbid(unsafe_code)]

mod aadsts;
mod browser;
mod cache;
mod device;
mod error;
mod http;
mod jwt;
pub mod loopback;
mod precheck;
mod refresh;
mod refusal;
mod secret;
mod seed;
mod settings;
mod token;

pub use aadsts::{Aadsts, RefusalKind};
pub use browser::{BrowserFlow, BrowserStep, Page};
pub use cache::{CacheEntry, CacheKey, Choice, LEAST_LIFE, Need, TokenCache};
pub use device::{DeviceFlow, DeviceQuestion, DeviceStep};
pub use error::SignInError;
pub use http::{HttpRequest, HttpResponse};
pub use precheck::{Warning, precheck};
pub use refresh::{RefreshFlow, RefreshStep};
pub use refusal::Refusal;
pub use secret::Secret;
pub use seed::FlowSeed;
pub use settings::{FIXED_REDIRECT_PORT, SettingsError, SignInSettings};
pub use token::{Account, TokenSet};
