use crate::OptionLineError;
use thiserror::Error;
use zeroize::Zeroizing;

/// The options of one push message as text, separated by commas. Never printed, since an access token may be among them.
#[derive(Clone, PartialEq, Eq)]
pub struct PushText(Zeroizing<String>);

impl PushText {
    /// Takes the text after `PUSH_REPLY,`.
    #[must_use]
    pub fn new(options: impl Into<String>) -> Self {
        Self(Zeroizing::new(options.into()))
    }

    /// The whole text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The options one by one, empty ones left out.
    pub fn options(&self) -> impl Iterator<Item = &str> {
        self.0
            .split(',')
            .map(str::trim_start)
            .filter(|option| !option.is_empty())
    }
}

impl std::fmt::Debug for PushText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PushText({} bytes, hidden)", self.0.len())
    }
}

/// Why a pushed configuration cannot be used, or not be sent.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PushError {
    /// An option that the connection depends on has a value that makes no sense.
    #[error("the pushed option \"{option}\" cannot be used: {why}")]
    Invalid {
        /// The option as it came.
        option: String,
        /// What was needed.
        why: &'static str,
    },
    /// The gateway asks for a compression that is not known, not even how it frames what it does not compress.
    #[error(
        "the gateway asks for a compression that is not known (\"{option}\"); switch compression off on the gateway, it leaks traffic"
    )]
    Compression {
        /// The option as it came.
        option: String,
    },
    /// The gateway switches on something that changes keys or packets and is not known here.
    #[error("the gateway switches on \"{flag}\", which this client does not know")]
    UnknownFlag {
        /// The flag.
        flag: String,
    },
    /// Many parts add up to more than is reasonable.
    #[error("the pushed configuration is longer than {limit} bytes")]
    TooLong {
        /// The cap in bytes.
        limit: usize,
    },
    /// An option to send contains a comma or a control character, for which the grammar has no escape.
    #[error("the option \"{option}\" contains a comma or a control character and cannot be pushed")]
    Unsendable {
        /// The option.
        option: String,
    },
    /// An option to send is longer than a message may be.
    #[error("the option \"{name}\" is {len} bytes long, one message holds {limit}")]
    OptionTooLong {
        /// First word of the option.
        name: String,
        /// Its length in bytes.
        len: usize,
        /// How many fit.
        limit: usize,
    },
    /// An option that the connection depends on cannot be cut into words.
    #[error("a pushed option cannot be read: {0}")]
    Line(#[from] OptionLineError),
}
