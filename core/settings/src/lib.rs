//! What a user chooses for all profiles together: one value for the window and the command
//! line, the table of keys by which it is read and changed, and what an administrator has
//! decided in the user's place.

#![forbid(unsafe_code)]

mod error;
mod login;
mod nearest;
mod policy;
mod preferences;
mod table;
mod xml;

pub use error::SettingError;
pub use login::{LoginContent, LoginFile, LoginItem, Starter};
pub use nearest::nearest;
pub use policy::{Breach, Forbidden, Policy, PolicyError, policy_path};
pub use preferences::{Appearance, ConnectAtLogin, Language, Preferences, SignInWay};
pub use table::{SETTINGS, Setting, setting};
pub use xml::xml_text;
