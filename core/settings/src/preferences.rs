use serde::{Deserialize, Serialize};
use std::fmt;
#[cfg(feature = "typescript")]
use ts_rs::TS;

/// The user's choices for the window and for connections in general.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "typescript", derive(TS))]
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
    /// What is connected when the user's session begins.
    pub connect_at_login: ConnectAtLogin,
    /// How to sign in, where the user is asked.
    pub sign_in: SignInWay,
    /// Nothing leaves this computer but through the tunnel, from a connect to the disconnect.
    pub lockdown: bool,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            language: Language::System,
            appearance: Appearance::System,
            start_at_login: false,
            notifications: true,
            close_to_tray: true,
            connect_at_login: ConnectAtLogin::Off,
            sign_in: SignInWay::Auto,
            lockdown: false,
        }
    }
}

impl Preferences {
    /// These choices, with what somebody changed who saw `before` and wants `after`: what
    /// another program changed meanwhile stays.
    #[must_use]
    pub fn merged(&self, before: &Self, after: &Self) -> Self {
        fn newer<T: Clone + PartialEq>(kept: &T, before: &T, after: &T) -> T {
            if before == after { kept } else { after }.clone()
        }
        Self {
            language: newer(&self.language, &before.language, &after.language),
            appearance: newer(&self.appearance, &before.appearance, &after.appearance),
            start_at_login: newer(
                &self.start_at_login,
                &before.start_at_login,
                &after.start_at_login,
            ),
            notifications: newer(
                &self.notifications,
                &before.notifications,
                &after.notifications,
            ),
            close_to_tray: newer(
                &self.close_to_tray,
                &before.close_to_tray,
                &after.close_to_tray,
            ),
            connect_at_login: newer(
                &self.connect_at_login,
                &before.connect_at_login,
                &after.connect_at_login,
            ),
            sign_in: newer(&self.sign_in, &before.sign_in, &after.sign_in),
            lockdown: newer(&self.lockdown, &before.lockdown, &after.lockdown),
        }
    }
}

/// Language of the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(TS))]
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(TS))]
pub enum Appearance {
    /// As the computer has it.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// What is connected when the user's session begins.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(TS))]
pub enum ConnectAtLogin {
    /// Nothing.
    #[default]
    Off,
    /// What was connected last.
    Last,
    /// This profile, by its name.
    Profile(String),
}

impl ConnectAtLogin {
    /// As it is written; `None` for nothing at all.
    pub(crate) fn from_text(text: &str) -> Option<Self> {
        Some(match text {
            "" => return None,
            "off" => Self::Off,
            "last" => Self::Last,
            name => Self::Profile(name.strip_prefix(NAMED).unwrap_or(name).to_owned()),
        })
    }
}

/// Before the name of a profile that is called as one of the words is.
const NAMED: &str = "profile:";

impl fmt::Display for ConnectAtLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => f.write_str("off"),
            Self::Last => f.write_str("last"),
            Self::Profile(name) if ["off", "last"].contains(&name.as_str()) => {
                write!(f, "{NAMED}{name}")
            }
            Self::Profile(name) if name.starts_with(NAMED) => write!(f, "{NAMED}{name}"),
            Self::Profile(name) => f.write_str(name),
        }
    }
}

/// How to sign in, where the user is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "typescript", derive(TS))]
pub enum SignInWay {
    /// In the browser where there is one, else with a code.
    #[default]
    Auto,
    /// In the browser.
    Browser,
    /// With a code to be typed on another device.
    DeviceCode,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_an_older_program_says_nothing_of_newer_choices() {
        let old = r#"{"language":"german","notifications":false}"#;
        let read: Preferences = serde_json::from_str(old).expect("choices");
        assert_eq!(
            read,
            Preferences {
                language: Language::German,
                notifications: false,
                ..Preferences::default()
            }
        );
    }

    #[test]
    fn what_another_program_changed_meanwhile_stays() {
        let before = Preferences::default();
        let kept = Preferences {
            sign_in: SignInWay::DeviceCode,
            appearance: Appearance::Light,
            ..before.clone()
        };
        let after = Preferences {
            appearance: Appearance::Dark,
            ..before.clone()
        };
        let merged = kept.merged(&before, &after);
        assert_eq!(merged.sign_in, SignInWay::DeviceCode);
        assert_eq!(merged.appearance, Appearance::Dark);
        assert_eq!(kept.merged(&before, &before), kept);
        assert_eq!(before.merged(&before, &kept), kept);
    }

    #[test]
    fn any_name_of_a_profile_is_read_as_it_is_written() {
        for name in ["office", "off", "last", "profile:last", "two words"] {
            let wanted = ConnectAtLogin::Profile(name.to_owned());
            assert_eq!(
                ConnectAtLogin::from_text(&wanted.to_string()),
                Some(wanted),
                "{name}"
            );
        }
    }
}
