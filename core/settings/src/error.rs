/// Why a setting cannot be read or changed as it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// No setting has that key.
    #[error("there is no setting “{key}”")]
    UnknownKey {
        /// What was asked for.
        key: String,
        /// The key that is written most like it, if any is.
        nearest: Option<&'static str>,
    },
    /// The setting does not take that value.
    #[error("{key} cannot be “{value}”: it is {values}")]
    Value {
        /// The setting.
        key: &'static str,
        /// What it was to be.
        value: String,
        /// What it takes, as a part of a sentence.
        values: &'static str,
    },
    /// There is no `=` between key and value.
    #[error("“{text}” is no KEY=VALUE")]
    NoValue {
        /// What was given.
        text: String,
    },
}
