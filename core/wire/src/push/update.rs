use super::text::{PushError, PushText};
use thiserror::Error;

/// A change of single settings of a running connection (OpenVPN 2.7), item by item, in the order sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PushUpdate {
    /// The changes.
    pub items: Vec<UpdateItem>,
}

/// One item of a [`PushUpdate`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateItem {
    /// Whether it may be skipped by a client that cannot do it; otherwise it has to connect anew.
    pub optional: bool,
    /// Whether all values of the kind are taken away.
    pub remove: bool,
    /// The option, or for a removal its name.
    pub option: String,
}

/// Why an update cannot be carried out on a running connection.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum UpdateError {
    /// An item is not of the grammar: `?-option`, a bare mark, or a removal with values.
    #[error("the item \"{0}\" of an update is not of the form that an update has")]
    Malformed(String),
    /// An option that only a new connection can change.
    #[error("the option \"{0}\" cannot be changed while connected")]
    Fixed(String),
    /// An option that may change, with a value that cannot be used.
    #[error("the option \"{0}\" of an update cannot be used")]
    Unusable(String),
    /// What comes out of the update is no configuration.
    #[error(transparent)]
    Configuration(#[from] PushError),
}

impl PushUpdate {
    /// Reads the items of a complete (joined) update.
    ///
    /// # Errors
    /// [`UpdateError::Malformed`] with the first item that is.
    pub fn parse(text: &PushText) -> Result<Self, UpdateError> {
        let items = text.options().map(UpdateItem::parse);
        let items = items.collect::<Result<_, _>>()?;
        Ok(Self { items })
    }

    /// The update as the text that [`PushUpdate::parse`] reads.
    #[must_use]
    pub fn to_options(&self) -> Vec<String> {
        self.items.iter().map(UpdateItem::encode).collect()
    }
}

impl UpdateItem {
    fn parse(item: &str) -> Result<Self, UpdateError> {
        let (remove, rest) = strip(item, '-');
        let (optional, option) = strip(rest, '?');
        let words = option.split_ascii_whitespace().count();
        let fits = !option.starts_with(['-', '?']) && words >= 1 && (!remove || words == 1);
        if !fits {
            return Err(UpdateError::Malformed(item.to_owned()));
        }
        Ok(Self {
            optional,
            remove,
            option: option.to_owned(),
        })
    }

    fn encode(&self) -> String {
        let remove = if self.remove { "-" } else { "" };
        let optional = if self.optional { "?" } else { "" };
        format!("{remove}{optional}{}", self.option)
    }
}

fn strip(option: &str, mark: char) -> (bool, &str) {
    option
        .strip_prefix(mark)
        .map_or((false, option), |rest| (true, rest))
}
