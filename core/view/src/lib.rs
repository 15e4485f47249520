//! What a window shows and is told, as values.
//!
//! The user's side publishes one [`Picture`] after every change; the window is a pure
//! function of it and of where the user is in the window. What the user types and chooses
//! comes back as [`ProfileForm`], [`ImportChoice`] and [`Answer`]. The window's pages are
//! written in TypeScript: all types here write themselves as such, so that the two
//! languages cannot drift apart.

#![forbid(unsafe_code)]

mod export;
mod form;
mod form_filling;
mod form_rules;
mod import;
mod locks;
mod notify;
mod notify_words;
mod picture;
mod planned;
mod problem_words;
mod profile;
mod prompt;
mod repairs;
mod rows;
#[cfg(test)]
mod samples;
mod tongue;
mod tray;
mod tray_words;
mod typescript;

pub use export::{ExportFormat, ExportRequest};
pub use form::{Field, FieldFault, FormReport, ProfileForm, RootChoice, SignInKind};
pub use import::{
    ImportChoice, ImportPlan, ImportSource, OnClash, PlannedProfile, RefusedFile, Repair,
};
pub use locks::Locks;
pub use notify::{Notification, NotificationKind, Notifier};
pub use picture::{About, Account, DaemonLink, Leaving, Picture, ProfileSummary};
pub use planned::ReadProfile;
pub use profile::{ProfileDetail, Row, RowGroup};
pub use prompt::{Answer, PromptKind, UserPrompt};
pub use repairs::{repairs, undo};
pub use rows::rows;
pub use spoke_settings::{Appearance, ConnectAtLogin, Forbidden, Language, Preferences, SignInWay};
pub use tongue::Tongue;
pub use tray::{Tray, TrayAct, TrayEntry, TrayIcon};
pub use typescript::typescript;
