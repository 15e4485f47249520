//! What a user chooses for all profiles together: one value for the window and the command
//! line, and the table of keys by which it is read and changed.

#![forbid(unsafe_code)]

mod error;
mod login;
mod nearest;
mod preferences;
mod table;

pub use error::SettingError;
pub use login::{LoginContent, LoginFile, LoginItem, Starter};
pub use nearest::nearest;
pub use preferences::{Appearance, ConnectAtLogin, Language, Preferences, SignInWay};
pub use table::{SETTINGS, Setting, setting};
