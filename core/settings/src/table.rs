use crate::error::SettingError;
use crate::nearest::nearest;
use crate::preferences::{Appearance, ConnectAtLogin, Language, Preferences, SignInWay};

/// A setting: its key, and how its value is read and written as text.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// The key.
    pub key: &'static str,
    /// What it is about, for the help.
    pub help: &'static str,
    /// What it takes, as a part of a sentence.
    pub values: &'static str,
    read: fn(&Preferences) -> String,
    write: fn(&mut Preferences, &str) -> Option<()>,
}

/// Every setting, in the order of the window's page.
pub const SETTINGS: [Setting; 8] = [
    Setting {
        key: "language",
        help: "Language of the window",
        values: "system, english or german",
        read: |of| word(LANGUAGES, of.language),
        write: |of, text| choose(LANGUAGES, text, &mut of.language),
    },
    Setting {
        key: "appearance",
        help: "Colours of the window",
        values: "system, light or dark",
        read: |of| word(APPEARANCES, of.appearance),
        write: |of, text| choose(APPEARANCES, text, &mut of.appearance),
    },
    Setting {
        key: "start-at-login",
        help: "Whether the desktop app starts with your session",
        values: TRUTHS,
        read: |of| of.start_at_login.to_string(),
        write: |of, text| decide(text, &mut of.start_at_login),
    },
    Setting {
        key: "notifications",
        help: "Whether the desktop app shows notifications",
        values: TRUTHS,
        read: |of| of.notifications.to_string(),
        write: |of, text| decide(text, &mut of.notifications),
    },
    Setting {
        key: "close-to-tray",
        help: "Whether closing the window leaves the desktop app in the tray",
        values: TRUTHS,
        read: |of| of.close_to_tray.to_string(),
        write: |of, text| decide(text, &mut of.close_to_tray),
    },
    Setting {
        key: "connect-at-login",
        help: "What is connected when your session begins",
        values: "off, last, or the name of a profile",
        read: |of| of.connect_at_login.to_string(),
        write: |of, text| {
            of.connect_at_login = ConnectAtLogin::from_text(text)?;
            Some(())
        },
    },
    Setting {
        key: "sign-in",
        help: "How to sign in, where you are asked",
        values: "auto, browser or device-code",
        read: |of| word(WAYS, of.sign_in),
        write: |of, text| choose(WAYS, text, &mut of.sign_in),
    },
    Setting {
        key: "lockdown",
        help: "Whether nothing but the tunnel is let out until you disconnect (Linux)",
        values: TRUTHS,
        read: |of| of.lockdown.to_string(),
        write: |of, text| decide(text, &mut of.lockdown),
    },
];

const TRUTHS: &str = "true or false";

const LANGUAGES: &[(&str, Language)] = &[
    ("system", Language::System),
    ("english", Language::English),
    ("german", Language::German),
];

const APPEARANCES: &[(&str, Appearance)] = &[
    ("system", Appearance::System),
    ("light", Appearance::Light),
    ("dark", Appearance::Dark),
];

const WAYS: &[(&str, SignInWay)] = &[
    ("auto", SignInWay::Auto),
    ("browser", SignInWay::Browser),
    ("device-code", SignInWay::DeviceCode),
];

/// The setting of this key.
///
/// # Errors
/// [`SettingError::UnknownKey`], with the key that may be meant.
pub fn setting(key: &str) -> Result<&'static Setting, SettingError> {
    let found = SETTINGS.iter().find(|setting| setting.key == key);
    found.ok_or_else(|| SettingError::UnknownKey {
        key: key.to_owned(),
        nearest: nearest(key, SETTINGS.iter().map(|setting| setting.key)),
    })
}

impl Setting {
    /// The value, as [`Setting::set`] takes it.
    #[must_use]
    pub fn value(&self, preferences: &Preferences) -> String {
        (self.read)(preferences)
    }

    /// The value where nothing was chosen.
    #[must_use]
    pub fn usual(&self) -> String {
        self.value(&Preferences::default())
    }

    /// Changes the value.
    ///
    /// # Errors
    /// [`SettingError::Value`] when it takes no such value; nothing has changed then.
    pub fn set(&self, preferences: &mut Preferences, value: &str) -> Result<(), SettingError> {
        (self.write)(preferences, value.trim()).ok_or_else(|| SettingError::Value {
            key: self.key,
            value: value.to_owned(),
            values: self.values,
        })
    }

    /// Chooses nothing.
    pub fn reset(&self, preferences: &mut Preferences) {
        // What a setting says of itself, it takes.
        let _ = (self.write)(preferences, &self.usual());
    }
}

fn word<T: PartialEq>(words: &[(&str, T)], value: T) -> String {
    let named = words.iter().find(|(_, one)| *one == value);
    named.map_or_else(String::new, |(word, _)| (*word).to_owned())
}

fn choose<T: Copy>(words: &[(&str, T)], text: &str, place: &mut T) -> Option<()> {
    let (_, value) = words
        .iter()
        .find(|(word, _)| word.eq_ignore_ascii_case(text))?;
    *place = *value;
    Some(())
}

fn decide(text: &str, place: &mut bool) -> Option<()> {
    *place = match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" => true,
        "false" | "no" | "off" => false,
        _ => return None,
    };
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen() -> Preferences {
        Preferences {
            language: Language::German,
            appearance: Appearance::Dark,
            start_at_login: true,
            notifications: false,
            close_to_tray: false,
            connect_at_login: ConnectAtLogin::Profile("office".to_owned()),
            sign_in: SignInWay::DeviceCode,
            lockdown: true,
        }
    }

    /// A choice that no key reaches would show here.
    #[test]
    fn the_keys_reach_every_choice() {
        let mut made = Preferences::default();
        for setting in SETTINGS {
            setting
                .set(&mut made, &setting.value(&chosen()))
                .expect("what it says");
        }
        assert_eq!(made, chosen());
        for setting in SETTINGS {
            setting.reset(&mut made);
            assert_eq!(setting.value(&made), setting.usual(), "{}", setting.key);
        }
        assert_eq!(made, Preferences::default());
    }

    #[test]
    fn what_a_setting_does_not_take_changes_nothing() {
        for setting in SETTINGS {
            let mut preferences = chosen();
            let error = setting.set(&mut preferences, "").expect_err(setting.key);
            assert!(error.to_string().contains(setting.values), "{error}");
            assert_eq!(preferences, chosen());
        }
    }

    #[test]
    fn people_write_truths_in_several_ways() {
        let notifications = setting("notifications").expect("a setting");
        let mut preferences = Preferences::default();
        for (text, wanted) in [("Off", false), ("yes", true), (" false ", false)] {
            notifications.set(&mut preferences, text).expect(text);
            assert_eq!(preferences.notifications, wanted, "{text}");
        }
    }

    #[test]
    fn a_wrong_key_names_the_right_one() {
        let error = setting("conect-at-login").expect_err("a slip");
        assert_eq!(
            error,
            SettingError::UnknownKey {
                key: "conect-at-login".to_owned(),
                nearest: Some("connect-at-login"),
            }
        );
    }
}
