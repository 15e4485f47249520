use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The user's choices for the window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct Preferences {
    /// Language of the window.
    pub language: Language,
    /// Light or dark.
    pub appearance: Appearance,
    /// Start with the user's session.
    pub start_at_login: bool,
    /// Show notifications.
    pub notifications: bool,
    /// Closing the window leaves the program in the tray, where there is one.
    pub close_to_tray: bool,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            language: Language::System,
            appearance: Appearance::System,
            start_at_login: false,
            notifications: true,
            close_to_tray: true,
        }
    }
}

/// Language of the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// The computer's, when there is a translation; else English.
    #[default]
    System,
    /// English.
    English,
    /// German.
    German,
}

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Appearance {
    /// As the computer has it.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}
