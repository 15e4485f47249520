use crate::{Language, Preferences};

/// A language that there are texts in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tongue {
    /// English.
    #[default]
    English,
    /// German.
    German,
}

impl Tongue {
    /// The language to speak with this choice on a computer with this locale (`de-AT`,
    /// `de_AT.UTF-8`).
    #[must_use]
    pub fn of(preferences: &Preferences, locale: &str) -> Self {
        match preferences.language {
            Language::English => Self::English,
            Language::German => Self::German,
            Language::System => {
                let language = locale.split(['-', '_', '.', '@']).next();
                match language {
                    Some(language) if language.eq_ignore_ascii_case("de") => Self::German,
                    _ => Self::English,
                }
            }
        }
    }

    /// The text in this language.
    pub(crate) fn choose(self, english: impl Into<String>, german: impl Into<String>) -> String {
        match self {
            Self::English => english.into(),
            Self::German => german.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_choice_comes_before_the_locale() {
        let speak = |language, locale| {
            let preferences = Preferences {
                language,
                ..Preferences::default()
            };
            Tongue::of(&preferences, locale)
        };
        assert_eq!(speak(Language::System, "de_AT.UTF-8"), Tongue::German);
        assert_eq!(speak(Language::System, "de"), Tongue::German);
        assert_eq!(speak(Language::System, "den-CA"), Tongue::English);
        assert_eq!(speak(Language::System, ""), Tongue::English);
        assert_eq!(speak(Language::English, "de-DE"), Tongue::English);
        assert_eq!(speak(Language::German, "C"), Tongue::German);
    }
}
